//! Finds the shape of a value: from one value of a parameter that is known to
//! be an identifier, or from two values of which nothing is known but that
//! they differ between two plays.
//!
//! A shape must be no narrower than what the next play may bring, so counts
//! are left out unless a format fixes them, and a short random word that
//! happens to hold digits only is not trusted to do so again.

use crate::snapshot::pattern::{Pattern, Piece, Shape, is_decimal, is_uuid};

/// Values longer than this get no finer shape than "some text".
const MAX_SHAPED: usize = 512;

/// The shape of an identifier.
pub fn of_identifier(value: &Pattern) -> Pattern {
    match value {
        Pattern::Null => Pattern::Null,
        Pattern::Bool(_) => Pattern::shape(Shape::JsonBoolean),
        Pattern::Number(_) => Pattern::shape(Shape::JsonNumber),
        Pattern::List(items) => Pattern::List(items.iter().map(of_identifier).collect()),
        Pattern::Map(fields) => Pattern::Map(
            fields.iter().map(|(key, value)| (key.clone(), of_identifier(value))).collect(),
        ),
        Pattern::Text(_) => match value.as_plain() {
            Some(text) => Pattern::pieces(of_text(text)),
            None => value.clone(),
        },
    }
}

/// The shape of a word in a URL when it is plainly no word: a click id, a
/// session id.
pub fn of_random_word(text: &str) -> Option<Vec<Piece>> {
    (is_uuid(text) || is_hash(text) || looks_random(text)).then(|| of_text(text))
}

fn of_text(text: &str) -> Vec<Piece> {
    if text.is_empty() {
        return Vec::new();
    }
    if text.len() > MAX_SHAPED || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return vec![Piece::Shape(Shape::Text)];
    }
    if let Some(at) = find_uuid(text) {
        let mut pieces = of_text(&text[..at]);
        pieces.push(Piece::Shape(Shape::Uuid));
        pieces.extend(of_text(&text[at + 36..]));
        return pieces;
    }
    let segments: Vec<&str> = text.split('.').collect();
    let mut pieces = Vec::new();
    // Meta's cookies: `fb.1.<milliseconds>.<random or click id>`.
    let cookie = segments.len() >= 4 && segments.first() == Some(&"fb");
    for (index, segment) in segments.iter().enumerate() {
        if index > 0 {
            pieces.push(Piece::Plain(".".to_owned()));
        }
        let is_time = segment.len() == 13 && all(segment, |c| c.is_ascii_digit());
        match index {
            0 | 1 if cookie => pieces.push(Piece::Plain((*segment).to_owned())),
            2 if cookie && is_time => pieces.push(Piece::Shape(Shape::Digits(Some(13)))),
            _ => pieces.extend(of_segment(segment)),
        }
    }
    pieces
}

fn of_segment(segment: &str) -> Vec<Piece> {
    if segment.is_empty() {
        return Vec::new();
    }
    if is_hash(segment) {
        return vec![Piece::Shape(match segment.len() {
            64 => Shape::Sha256,
            length => Shape::Hex(Some(length)),
        })];
    }
    if looks_random(segment) {
        return vec![Piece::Shape(Shape::Id(None))];
    }
    let words = words(segment);
    let last = words.len().saturating_sub(1);
    words.iter().enumerate().flat_map(|(index, word)| of_word(word, index == last)).collect()
}

/// A word without separators, or one separator.
fn of_word(word: &str, last: bool) -> Vec<Piece> {
    let plain = || vec![Piece::Plain(word.to_owned())];
    if !all(word, |c| c.is_ascii_alphanumeric()) {
        return plain();
    }
    if all(word, |c| c.is_ascii_digit()) {
        return vec![Piece::Shape(Shape::Digits(None))];
    }
    if all(word, |c| c.is_ascii_alphabetic()) {
        let one_case =
            all(&word[1..], |c| c.is_ascii_lowercase()) || all(word, |c| c.is_ascii_uppercase());
        return if one_case && word.len() <= 16 && !(last && word.len() >= 8) {
            plain()
        } else {
            vec![Piece::Shape(Shape::Id(None))]
        };
    }
    if word.len() >= 8 && all(word, |c| c.is_ascii_digit() || ('a'..='f').contains(&c)) {
        return vec![Piece::Shape(Shape::Hex(None))];
    }
    match numbered(word) {
        Some((prefix, _)) => {
            vec![Piece::Plain(prefix.to_owned()), Piece::Shape(Shape::Digits(None))]
        }
        None => vec![Piece::Shape(Shape::Id(None))],
    }
}

/// What two values have in common. The first may hold shapes already.
pub fn join(a: &Pattern, b: &Pattern) -> Pattern {
    if a.accepts(b) {
        return a.clone();
    }
    match (a, b) {
        (Pattern::Number(_), Pattern::Number(_)) => Pattern::shape(Shape::JsonNumber),
        (Pattern::Bool(_), Pattern::Bool(_)) => Pattern::shape(Shape::JsonBoolean),
        (Pattern::List(a), Pattern::List(b)) if a.len() == b.len() => {
            Pattern::List(a.iter().zip(b).map(|(a, b)| join(a, b)).collect())
        }
        (Pattern::Map(a), Pattern::Map(b))
            if a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0) =>
        {
            Pattern::Map(a.iter().zip(b).map(|(a, b)| (a.0.clone(), join(&a.1, &b.1))).collect())
        }
        (Pattern::Text(pieces), Pattern::Text(other)) => {
            if let (Some(a), Some(b)) = (a.as_plain(), b.as_plain())
                && is_decimal(a)
                && is_decimal(b)
                && (a.contains('.') || b.contains('.'))
            {
                return Pattern::shape(Shape::Number);
            }
            let joined = Pattern::pieces(join_tokens(&tokens(pieces), &tokens(other)));
            // Whatever was found must be accepted, or the next play fails.
            if joined.accepts(b) { joined } else { Pattern::shape(Shape::Any) }
        }
        _ => Pattern::shape(Shape::Any),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Separator(String),
    Shape(Shape),
}

fn tokens(pieces: &[Piece]) -> Vec<Token> {
    let mut tokens = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Shape(shape) => tokens.push(Token::Shape(*shape)),
            Piece::Plain(text) => tokens.extend(words(text).into_iter().map(|word| {
                if word.starts_with(|c: char| c.is_alphanumeric()) {
                    Token::Word(word.to_owned())
                } else {
                    Token::Separator(word.to_owned())
                }
            })),
        }
    }
    tokens
}

fn join_tokens(a: &[Token], b: &[Token]) -> Vec<Piece> {
    let alike = a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a, b) {
            (Token::Separator(a), Token::Separator(b)) => a == b,
            (Token::Separator(_), _) | (_, Token::Separator(_)) => false,
            _ => true,
        });
    if alike {
        return a.iter().zip(b).flat_map(|(a, b)| join_token(a, b)).collect();
    }
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b, start) = (&a[prefix..], &b[prefix..], &a[..prefix]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, end) = a.split_at(a.len() - suffix);
    let b = &b[..b.len() - suffix];
    let is_id = |tokens: &[Token]| {
        !tokens.is_empty()
            && tokens.iter().all(|token| match token {
                Token::Word(word) => all(word, |c| c.is_ascii_alphanumeric()),
                Token::Separator(text) => text == "-" || text == "_",
                Token::Shape(shape) => !matches!(shape, Shape::Any | Shape::Text | Shape::Number),
            })
    };
    let middle = if is_id(a) && is_id(b) { Shape::Id(None) } else { Shape::Any };
    let plain = |token: &Token| match token {
        Token::Word(text) | Token::Separator(text) => Piece::Plain(text.clone()),
        Token::Shape(shape) => Piece::Shape(*shape),
    };
    start.iter().map(plain).chain([Piece::Shape(middle)]).chain(end.iter().map(plain)).collect()
}

fn join_token(a: &Token, b: &Token) -> Vec<Piece> {
    let one = |shape| vec![Piece::Shape(shape)];
    match (a, b) {
        (Token::Separator(a), _) => vec![Piece::Plain(a.clone())],
        (Token::Word(a), Token::Word(b)) if a == b => vec![Piece::Plain(a.clone())],
        (Token::Shape(a), Token::Shape(b)) if a == b => one(*a),
        (Token::Word(a), Token::Word(b)) => {
            let both = |class: fn(char) -> bool| all(a, class) && all(b, class);
            if is_uuid(a) && is_uuid(b) {
                one(Shape::Uuid)
            } else if both(|c| c.is_ascii_digit()) {
                one(Shape::Digits(None))
            } else if a.len() >= 8 && b.len() >= 8 && both(|c| c.is_ascii_hexdigit()) {
                match a.len() {
                    64 if b.len() == 64 => one(Shape::Sha256),
                    32 | 40 if a.len() == b.len() => one(Shape::Hex(Some(a.len()))),
                    _ => one(Shape::Hex(None)),
                }
            } else if let (Some((prefix, _)), Some((other, _))) = (numbered(a), numbered(b))
                && prefix == other
            {
                vec![Piece::Plain(prefix.to_owned()), Piece::Shape(Shape::Digits(None))]
            } else if both(|c| c.is_ascii_alphanumeric()) {
                one(Shape::Id(None))
            } else {
                one(Shape::Text)
            }
        }
        (Token::Shape(shape), Token::Word(word)) | (Token::Word(word), Token::Shape(shape)) => {
            if Pattern::shape(*shape).accepts(&Pattern::text(word)) {
                one(*shape)
            } else if all(word, |c| c.is_ascii_alphanumeric()) && *shape != Shape::Number {
                one(Shape::Id(None))
            } else {
                one(Shape::Text)
            }
        }
        _ => one(Shape::Text),
    }
}

/// Runs of letters and digits, and each separator on its own; a UUID is one
/// word.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.get(..36).is_some_and(is_uuid) {
            36
        } else if first.is_alphanumeric() {
            rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

fn find_uuid(text: &str) -> Option<usize> {
    text.char_indices().map(|(at, _)| at).find(|at| text.get(*at..*at + 36).is_some_and(is_uuid))
}

/// A digest: its length is fixed and it is hexadecimal with digits and
/// letters.
fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64)
        && all(text, |c| c.is_ascii_hexdigit())
        && text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic())
}

/// A token such as a click id: long, of both cases, with digits.
fn looks_random(text: &str) -> bool {
    let has = |class: fn(char) -> bool| text.chars().any(class);
    text.len() >= 16
        && all(text, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_lowercase())
        && has(|c| c.is_ascii_uppercase())
}

/// `ORD1001` as `ORD` and `1001`.
fn numbered(word: &str) -> Option<(&str, &str)> {
    let at = word.find(|c: char| c.is_ascii_digit())?;
    let (prefix, number) = word.split_at(at);
    let short = (2..=12).contains(&prefix.len()) && all(prefix, |c| c.is_ascii_alphabetic());
    (short && all(number, |c| c.is_ascii_digit())).then_some((prefix, number))
}

fn all(text: &str, class: fn(char) -> bool) -> bool {
    text.chars().all(class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identifier(text: &str) -> String {
        of_identifier(&Pattern::text(text)).written_text().unwrap()
    }

    fn joined(a: &str, b: &str) -> String {
        join(&Pattern::text(a), &Pattern::text(b)).written_text().unwrap()
    }

    #[test]
    fn identifiers_have_stable_shapes() {
        for (text, shape) in [
            ("", ""),
            ("4e5a5c3e-55d8-4b69-8f0c-6c2e6f0e9f11", "[uuid]"),
            ("evt-4e5a5c3e-55d8-4b69-8f0c-6c2e6f0e9f11", "evt-[uuid]"),
            ("fb.1.1789989361298.5512345", "fb.1.[digits(13)].[digits]"),
            ("fb.1.1789989361298.IwAR0aBcDeFgHiJkLmNo-_12", "fb.1.[digits(13)].[id]"),
            ("1234567890.1700000000", "[digits].[digits]"),
            ("purchase-1001", "purchase-[digits]"),
            ("ORD1001", "ORD[digits]"),
            ("lead_k3j9x2p", "lead_[id]"),
            ("x7f3k2m9q1", "[id]"),
            ("abcdefghij", "[id]"),
            ("0a1b2c3d4e", "[hex]"),
            ("86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d", "[sha256]"),
            ("IwAR0aBcDeFgHiJkLmNo-_12", "[id]"),
            ("two words", "[text]"),
            ("GA1.1.11.22", "GA[digits].[digits].[digits].[digits]"),
        ] {
            assert_eq!(identifier(text), shape, "{text}");
            let pattern = Pattern::parse_text(&identifier(text)).unwrap();
            assert!(pattern.accepts(&Pattern::text(text)), "{text}");
        }
        let list = of_identifier(&Pattern::literal(&json!([1, "a-1"])));
        assert_eq!(list.to_value(), json!(["[json-number]", "a-[digits]"]));
    }

    #[test]
    fn what_two_plays_share_is_kept() {
        for (a, b, shape) in [
            ("same", "same", "same"),
            ("purchase-1001", "purchase-1002", "purchase-[digits]"),
            ("ORD1001", "ORD99", "ORD[digits]"),
            ("49.99", "50.10", "[number]"),
            ("49.9", "49.90", "49.9"),
            ("12", "13", "[digits]"),
            ("${base}/thanks?order=A1", "${base}/thanks?order=B22", "${base}/thanks?order=[id]"),
            (
                "4e5a5c3e-55d8-4b69-8f0c-6c2e6f0e9f11",
                "11111111-55d8-4b69-8f0c-6c2e6f0e9f11",
                "[uuid]",
            ),
            ("a@shop.example", "b.c@shop.example", "[any]@shop.example"),
            ("[uuid] x1", "[uuid] x2", "\\[uuid] [id]"),
            ("", "x", "[any]"),
        ] {
            assert_eq!(joined(a, b), shape, "{a} {b}");
        }
        let deep = join(
            &Pattern::literal(&json!({"contents": [{"id": "A-1", "n": 1, "x": true}]})),
            &Pattern::literal(&json!({"contents": [{"id": "A-2", "n": 2, "x": true}]})),
        );
        let shape = json!({"contents": [{"id": "A-[digits]", "n": "[json-number]", "x": true}]});
        assert_eq!(deep.to_value(), shape);
        let longer = join(&Pattern::literal(&json!([1])), &Pattern::literal(&json!([1, 2])));
        assert_eq!(longer, Pattern::shape(Shape::Any));
    }

    proptest::proptest! {
        #[test]
        fn a_shape_accepts_what_it_was_made_of(text in "[a-zA-Z0-9._é -]{0,24}") {
            let value = Pattern::text(&text);
            proptest::prop_assert!(of_identifier(&value).accepts(&value));
        }

        #[test]
        fn a_join_accepts_both(a in "[a-zA-Z0-9._/ -]{0,12}", b in "[a-zA-Z0-9._/ -]{0,12}", c in "[a-z0-9._-]{0,9}") {
            let (a, b, c) = (Pattern::text(&a), Pattern::text(&b), Pattern::text(&c));
            let joined = join(&a, &b);
            proptest::prop_assert!(joined.accepts(&a) && joined.accepts(&b), "{:?}", joined);
            let joined = join(&joined, &c);
            proptest::prop_assert!(joined.accepts(&a) && joined.accepts(&b) && joined.accepts(&c), "{:?}", joined);
        }
    }
}
