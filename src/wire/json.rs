//! JSON bodies and JSON texts inside parameters, borrowed from where they stand.
//!
//! Decoding looks at far more values than it keeps, so that texts without
//! escapes are not copied. Nesting is bounded by the parser's own recursion
//! limit: a body of a million brackets is an error, not a crash.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::{Number, Value};

/// The bytes of dotted names that one body may become. A long name around many
/// members would be repeated for each; beyond this, objects stay nested.
const MOST_NAME_BYTES: usize = 4 * 1024 * 1024;

/// A value whose texts are borrowed where they can be. Members keep their
/// order; of a repeated name the first counts.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Json<'a> {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

impl<'a> Json<'a> {
    /// The member of that name. Nothing of anything but an object.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        let Self::Object(members) = self else { return None };
        members.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// The value at a dotted path; positions in lists are numbers.
    pub fn at(&self, path: &str) -> Option<&Json<'a>> {
        path.split(['.']).try_fold(self, |value, name| match value {
            Self::List(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        })
    }

    /// The text itself. Nothing of anything but a text.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Its items. None of anything but a list.
    pub fn items(&self) -> &[Json<'a>] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// What a text, a number or a boolean reads like; nothing of an empty text
    /// and of anything else.
    pub fn to_text(&self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text.clone()),
            Self::Number(number) => Some(Cow::Owned(number.to_string())),
            Self::Bool(flag) => Some(Cow::Borrowed(if *flag { "true" } else { "false" })),
            _ => None,
        }
    }

    /// [`Json::to_text`] of what is at a dotted path.
    pub fn text_at(&self, path: &str) -> Option<Cow<'a, str>> {
        self.at(path)?.to_text()
    }

    /// How many leaves [`flatten`] finds.
    pub fn leaves(&self) -> usize {
        match self {
            Self::Object(members) if !members.is_empty() => {
                members.iter().map(|(_, value)| value.leaves()).sum()
            }
            _ => 1,
        }
    }

    /// Takes a member out of an object.
    pub fn remove(&mut self, name: &str) -> Option<Json<'a>> {
        let Self::Object(members) = self else { return None };
        let at = members.iter().position(|(known, _)| known == name)?;
        Some(members.remove(at).1)
    }

    /// The value with texts of its own.
    pub fn into_owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(flag) => Json::Bool(flag),
            Self::Number(number) => Json::Number(number),
            Self::Text(text) => Json::Text(Cow::Owned(text.into_owned())),
            Self::List(items) => Json::List(items.into_iter().map(Json::into_owned).collect()),
            Self::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (Cow::Owned(name.into_owned()), value.into_owned()))
                    .collect(),
            ),
        }
    }
}

/// A whole body, a byte order mark and white space around it left aside.
pub fn parse(bytes: &[u8]) -> Result<Json<'_>, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // One look at the whole is cheaper than one at every text in it.
    match std::str::from_utf8(bytes) {
        Ok(text) => parse_whole(text),
        Err(_) => serde_json::from_slice(bytes).or_else(|error| read_mended(bytes, error)),
    }
}

fn parse_whole(text: &str) -> Result<Json<'_>, serde_json::Error> {
    serde_json::from_str(text).or_else(|error| read_mended(text.as_bytes(), error))
}

fn read_mended(bytes: &[u8], error: serde_json::Error) -> Result<Json<'static>, serde_json::Error> {
    match mended(bytes) {
        Some(text) => serde_json::from_str(&text).map(Json::into_owned).map_err(|_| error),
        None => Err(error),
    }
}

/// [`parse`] for bytes that nobody keeps.
pub fn parse_owned(bytes: &[u8]) -> Result<Json<'static>, serde_json::Error> {
    parse(bytes).map(Json::into_owned)
}

/// The text with U+FFFD for bytes that are no UTF-8 and for halves of
/// surrogate pairs, which `JSON.stringify` writes for a title that was cut in
/// the middle of an emoji. `None` when there is neither.
fn mended(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut changed = matches!(text, Cow::Owned(_));
    let mut mended = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let taken = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(high), Some(low)) if high < 0xdc00 && low >= 0xdc00 => 12,
            (Some(_), _) => {
                mended.push_str("\\ufffd");
                changed = true;
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
            // The backslash and the letter after it.
            (None, _) => escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end),
        };
        let (kept, after) = escape.split_at(taken);
        mended.push_str(kept);
        rest = after;
    }
    mended.push_str(rest);
    changed.then_some(mended)
}

/// The surrogate that an escape at the start of the text stands for.
fn surrogate(escape: &str) -> Option<u32> {
    let digits = escape.strip_prefix("\\u")?.get(..4)?;
    let unit = u32::from_str_radix(digits, 16).ok()?;
    (0xd800..0xe000).contains(&unit).then_some(unit)
}

/// The object or array that a parameter's text holds; any other text stays
/// text, numbers and `true` included.
pub fn parse_text(text: Cow<'_, str>) -> Json<'_> {
    let inner = text.trim();
    let bracketed = (inner.starts_with('[') && inner.ends_with(']'))
        || (inner.starts_with('{') && inner.ends_with('}'));
    if !bracketed {
        return Json::Text(text);
    }
    match text {
        Cow::Borrowed(text) => parse_whole(text.trim()).unwrap_or(Json::Text(text.into())),
        Cow::Owned(text) => match parse_whole(text.trim()).map(Json::into_owned) {
            Ok(value) => value,
            Err(_) => Json::Text(text.into()),
        },
    }
}

/// Every leaf under dotted names (`context.page.url`), in document order.
/// Arrays are leaves: a list of items stays a list. An empty object is a leaf
/// of its own. Anything but an object has no leaves.
pub fn flatten<'a>(value: Json<'a>, mut leaf: impl FnMut(Cow<'a, str>, Json<'a>)) {
    let mut left = MOST_NAME_BYTES;
    if let Json::Object(members) = value {
        for (name, member) in members {
            flatten_into(name, member, &mut left, &mut leaf);
        }
    }
}

/// Every leaf of a value that has a name itself, which stands before theirs.
pub fn flatten_under<'a>(
    name: Cow<'a, str>,
    value: Json<'a>,
    mut leaf: impl FnMut(Cow<'a, str>, Json<'a>),
) {
    let mut left = MOST_NAME_BYTES;
    flatten_into(name, value, &mut left, &mut leaf);
}

fn flatten_into<'a>(
    name: Cow<'a, str>,
    value: Json<'a>,
    left: &mut usize,
    leaf: &mut impl FnMut(Cow<'a, str>, Json<'a>),
) {
    let Json::Object(members) = value else { return leaf(name, value) };
    let needed = members.iter().map(|(inner, _)| name.len() + 1 + inner.len()).sum();
    if members.is_empty() || *left < needed {
        return leaf(name, Json::Object(members));
    }
    *left -= needed;
    for (inner, member) in members {
        let mut full = String::with_capacity(name.len() + 1 + inner.len());
        full.push_str(&name);
        full.push('.');
        full.push_str(&inner);
        flatten_into(Cow::Owned(full), member, left, leaf);
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Json<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self::Text(text)
    }
}

impl From<Json<'_>> for Value {
    fn from(value: Json<'_>) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(flag) => Self::Bool(flag),
            Json::Number(number) => Self::Number(number),
            Json::Text(text) => Self::String(text.into_owned()),
            Json::List(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Json::Object(members) => {
                let mut map = serde_json::Map::with_capacity(members.len());
                for (name, value) in members {
                    map.entry(name.into_owned()).or_insert_with(|| value.into());
                }
                Self::Object(map)
            }
        }
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Json<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Json<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(flag))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(number).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Name(name), value)) = access.next_entry()? {
            members.push((name, value));
        }
        Ok(Json::Object(members))
    }
}

/// A member's name; serde would copy a plain `Cow`.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)? {
            Json::Text(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("expected a name")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn text_of(text: &str) -> Value {
        parse_text(Cow::Borrowed(text)).into()
    }

    #[test]
    fn half_an_emoji_does_not_lose_the_rest() {
        let read = |text: &str| parse(text.as_bytes()).ok().map(Value::from);
        assert_eq!(read(r#"{"a":"x\ud83d","b":1}"#), Some(json!({"a": "x\u{fffd}", "b": 1})));
        assert_eq!(read(r#"["\ude00\ud83d\ude00\\ud83d"]"#), Some(json!(["\u{fffd}😀\\ud83d"])));
        assert_eq!(read(r#"["\ud83d\ud83d\ude00"]"#), Some(json!(["\u{fffd}😀"])));
        assert_eq!(
            parse(b"{\"a\":\"\xff\",\"b\":1}").ok().map(Value::from),
            Some(json!({"a": "\u{fffd}", "b": 1}))
        );
        assert_eq!(text_of(r#"{"a":"\ud83d"}"#), json!({"a": "\u{fffd}"}));
        for broken in [r#"["\ud83"#, r#"["\"#, r#"{"a":"\ud83d""#, "\\u"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }

    #[test]
    fn flattening_keeps_lists_and_order() {
        let mut leaves = Vec::new();
        let body = br#"{"b":{"c":1,"d":{}},"a":[{"x":1}],"e":null}"#;
        flatten(parse(body).unwrap(), |name, value| {
            leaves.push((name.into_owned(), Value::from(value)));
        });
        assert_eq!(
            leaves,
            [
                ("b.c".to_owned(), json!(1)),
                ("b.d".to_owned(), json!({})),
                ("a".to_owned(), json!([{"x": 1}])),
                ("e".to_owned(), json!(null)),
            ]
        );
    }

    #[test]
    fn only_brackets_make_a_text_json() {
        assert_eq!(text_of("[\"A\"]"), json!(["A"]));
        assert_eq!(text_of("12"), json!("12"));
        assert_eq!(text_of("true"), json!("true"));
        assert_eq!(text_of("[a]"), json!("[a]"));
        assert_eq!(text_of(""), json!(""));
    }

    #[test]
    fn deep_nesting_is_an_error() {
        let deep = "[".repeat(1_000_000);
        assert!(parse(deep.as_bytes()).is_err());
        assert!(text_of(&format!("{deep}{}", "]".repeat(1_000_000))).is_string());
    }

    #[test]
    fn long_names_are_not_multiplied() {
        let inner: serde_json::Map<String, Value> =
            (0..1000).map(|number| (number.to_string(), json!({"a": 1}))).collect();
        let body = json!({ "n".repeat(100_000): inner }).to_string();
        let mut leaves = 0;
        flatten(parse(body.as_bytes()).unwrap(), |_, _| leaves += 1);
        assert_eq!(leaves, 1);
    }

    #[test]
    fn a_path_finds_its_value() {
        let value = parse(br#"{"a":[{"b":1}]}"#).unwrap();
        assert_eq!(value.at("a.0.b"), Some(&Json::Number(1.into())));
        assert_eq!(value.at("a.1.b"), None);
        assert_eq!(value.at("a.x"), None);
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>, text in "\\PC*") {
            let _ = parse(&bytes);
            let _ = parse_text(Cow::Owned(format!("{{{text}}}")));
        }
    }
}
