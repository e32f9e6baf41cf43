//! What a person typed: which fields hold somebody's data, and every form in
//! which a value may stand in a request: plain, in base64, hashed well or
//! badly. It does not look into requests; `pii` does.
//!
//! Rules of normalisation: Meta's customer information parameters
//! <https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters>
//! and Google's enhanced conversions
//! <https://support.google.com/google-ads/answer/13258081>.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::model::trace::{Field, Trace, Typed};
use crate::snapshot::show::harmless;
use crate::wire::base64::runs;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Email,
    Phone,
    FirstName,
    LastName,
    FullName,
    Street,
    City,
    Zip,
    BirthDate,
    Card,
    Password,
}

/// A typed value that is somebody's.
#[derive(Clone)]
pub struct Identity<'a> {
    pub kind: Kind,
    pub typed: &'a Typed,
}

/// One form of a value, to be searched for.
#[derive(Debug, Clone)]
pub struct Form {
    pub text: String,
    pub how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    Plain,
    Base64,
    /// SHA-256 of the normalised value.
    Hashed,
    /// SHA-256, but not of the normalised value.
    Misnormalised(&'static str),
    /// Another algorithm.
    Algorithm(&'static str),
}

/// What some vendors ask for and others cannot match.
pub const WITH_PLUS: &str = "hashed with its `+`";

impl Kind {
    pub fn noun(self) -> &'static str {
        match self {
            Self::Email => "e-mail address",
            Self::Phone => "phone number",
            Self::FirstName => "first name",
            Self::LastName => "last name",
            Self::FullName => "name",
            Self::Street => "street address",
            Self::City => "city",
            Self::Zip => "postal code",
            Self::BirthDate => "date of birth",
            Self::Card => "card number",
            Self::Password => "password",
        }
    }

    /// Names by which parameters carry such a value.
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::FirstName => &["fn", "firstname", "givenname", "fname"],
            Self::LastName => &["ln", "lastname", "surname", "familyname", "lname"],
            Self::FullName => &["fullname", "customername", "name"],
            Self::City => &["ct", "city", "town"],
            Self::Zip => &["zp", "zip", "zipcode", "postalcode", "postcode"],
            Self::BirthDate => &["db", "dob", "birthday", "birthdate", "dateofbirth"],
            _ => &[],
        }
    }
}

impl Identity<'_> {
    /// For messages: ``the e-mail address typed into `#mail` ``.
    pub fn name(&self) -> String {
        format!("the {} typed into {}", self.kind.noun(), field_name(&self.typed.field))
    }

    fn value(&self) -> &str {
        self.typed.value.trim()
    }

    /// Whether no other text is likely to hold it by chance: then it is
    /// searched everywhere, else only in parameters that are meant for it.
    pub fn is_distinctive(&self) -> bool {
        let value = self.value();
        match self.kind {
            Kind::Email | Kind::Card => true,
            Kind::Phone => digits(value).len() >= 9,
            Kind::Street => value.len() >= 8 && value.contains(' '),
            Kind::FullName => value.len() >= 6 && value.contains(' '),
            Kind::Password => value.len() >= 8,
            Kind::FirstName | Kind::LastName | Kind::City | Kind::Zip | Kind::BirthDate => false,
        }
    }

    /// The value as people and programs write it.
    pub fn plain(&self) -> Vec<String> {
        let value = self.value();
        let mut forms = vec![value.to_owned()];
        match self.kind {
            Kind::Phone | Kind::Card => forms.push(digits(value)),
            Kind::BirthDate => forms.push(alphanumeric(value)),
            _ => {}
        }
        forms.dedup();
        forms
    }

    /// What a vendor expects to be hashed. Vendors differ in details; each
    /// that one of them documents is right.
    pub fn normalised(&self) -> Vec<String> {
        let value = self.value();
        let lower = value.to_lowercase();
        let mut good = match self.kind {
            Kind::Email => {
                let google = lower.split_once('@').map(|(user, host)| {
                    let user = user.split('+').next().unwrap_or_default().replace('.', "");
                    format!("{user}@{host}")
                });
                [Some(lower), google].into_iter().flatten().collect()
            }
            Kind::Phone => {
                let digits = digits(value);
                let short = digits.trim_start_matches('0').to_owned();
                vec![short, digits]
            }
            Kind::Zip => {
                let zip = alphanumeric(&lower);
                let five = zip.get(..5).unwrap_or(&zip).to_owned();
                vec![zip, five, lower]
            }
            Kind::BirthDate => vec![alphanumeric(value), value.to_owned()],
            Kind::Password | Kind::Card => Vec::new(),
            _ => vec![alphanumeric(&lower), without_punctuation(&lower), lower],
        };
        good.sort_unstable();
        good.dedup();
        good
    }

    /// Every form that is searched for.
    pub fn forms(&self) -> Vec<Form> {
        let mut forms = Vec::new();
        if self.is_distinctive() {
            for text in self.plain() {
                for run in runs(text.as_bytes()) {
                    forms.push(Form { text: run, how: How::Base64 });
                }
                if text.contains(' ') {
                    forms.push(Form { text: text.replace(' ', "+"), how: How::Plain });
                }
                forms.push(Form { text, how: How::Plain });
            }
        }
        let good = self.normalised();
        let mut hashed: Vec<(String, How)> =
            good.iter().map(|text| (text.clone(), How::Hashed)).collect();
        let twice = good.iter().map(|text| hex(&Sha256::digest(text.as_bytes())));
        hashed.extend(twice.map(|text| (text, How::Misnormalised("hashed twice"))));
        for (text, fault) in self.misnormalised() {
            if !hashed.iter().any(|(known, _)| *known == text) {
                hashed.push((text, How::Misnormalised(fault)));
            }
        }
        for (text, how) in hashed {
            let digest = Sha256::digest(text.as_bytes());
            forms.push(Form { text: hex(&digest), how });
            forms.push(Form { text: STANDARD_NO_PAD.encode(digest), how });
        }
        for text in &good {
            let md5 = hex(&Md5::digest(text.as_bytes()));
            forms.push(Form { text: md5, how: How::Algorithm("MD5") });
            let sha1 = hex(&Sha1::digest(text.as_bytes()));
            forms.push(Form { text: sha1, how: How::Algorithm("SHA-1") });
        }
        forms
    }

    /// Mistakes that sites make before they hash.
    fn misnormalised(&self) -> Vec<(String, &'static str)> {
        let typed = &self.typed.value;
        let value = self.value();
        let lower = value.to_lowercase();
        match self.kind {
            Kind::Password | Kind::Card => Vec::new(),
            Kind::Phone => vec![
                (format!("+{}", digits(value).trim_start_matches('0')), WITH_PLUS),
                (value.to_owned(), "hashed with its spaces or punctuation"),
            ],
            _ => vec![
                (value.to_owned(), "hashed without lower-casing"),
                (value.to_uppercase(), "hashed without lower-casing"),
                (typed.clone(), "hashed with a space around it"),
                (format!("{value} "), "hashed with a space around it"),
                (format!("{lower} "), "hashed with a space around it"),
                (format!(" {lower}"), "hashed with a space around it"),
                (lower.replace('@', "%40"), "hashed while it was URL-encoded"),
            ],
        }
    }
}

/// Everything typed that is somebody's, each value once.
pub fn identities(trace: &Trace) -> Vec<Identity<'_>> {
    let mut found: Vec<Identity<'_>> = Vec::new();
    for typed in &trace.typed {
        let Some(kind) = kind_of(&typed.field, &typed.value) else { continue };
        let known = |it: &Identity<'_>| it.kind == kind && it.typed.value == typed.value;
        if !found.iter().any(known) {
            found.push(Identity { kind, typed });
        }
    }
    found
}

/// Typed texts that no report may hold. Those that other texts hold by
/// chance are left out: masking a last name such as `Page` would spoil every
/// report and hide nothing.
pub fn secrets(trace: &Trace) -> Vec<String> {
    let distinctive = identities(trace).into_iter().filter(Identity::is_distinctive);
    let mut secrets: Vec<String> = distinctive
        .flat_map(|it| [it.plain(), it.normalised()].concat())
        .filter(|text| text.chars().count() >= 6)
        .collect();
    secrets.sort_unstable();
    secrets.dedup();
    secrets
}

/// What the field's markup says first, then what the value looks like.
fn kind_of(field: &Field, value: &str) -> Option<Kind> {
    let value = value.trim();
    if value.chars().count() < 2 {
        return None;
    }
    if field.kind == "password" {
        return Some(Kind::Password);
    }
    if is_email(value) {
        return Some(Kind::Email);
    }
    let number = digits(value);
    let only_number = value.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-'));
    if only_number && (13..=19).contains(&number.len()) && passes_luhn(&number) {
        return Some(Kind::Card);
    }
    let by_token = field.autocomplete.split_whitespace().last().and_then(|token| {
        Some(match token.to_ascii_lowercase().as_str() {
            "tel" | "tel-national" => Kind::Phone,
            "given-name" => Kind::FirstName,
            "family-name" => Kind::LastName,
            "name" | "cc-name" => Kind::FullName,
            "street-address" | "address-line1" => Kind::Street,
            "address-level2" => Kind::City,
            "postal-code" => Kind::Zip,
            "bday" => Kind::BirthDate,
            _ => return None,
        })
    });
    let words = words(&format!("{} {} {}", field.id, field.name, field.label));
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let letters = value.chars().any(char::is_alphabetic);
    let kind = by_token.or_else(|| {
        if field.kind == "tel" || has(&["phone", "tel", "telephone", "mobile", "telefon"]) {
            Some(Kind::Phone)
        } else if has(&["birth", "birthday", "birthdate", "dob", "bday", "geburtsdatum"]) {
            Some(Kind::BirthDate)
        } else if has(&["zip", "zipcode", "postal", "postcode", "plz"]) {
            Some(Kind::Zip)
        } else if has(&["city", "town", "ort", "stadt"]) {
            Some(Kind::City)
        } else if has(&["street", "address", "address1", "strasse", "straße"]) {
            Some(Kind::Street)
        } else if has(&["firstname", "fname", "vorname", "given", "forename"])
            || has(&["first"]) && has(&["name"])
        {
            Some(Kind::FirstName)
        } else if has(&["lastname", "lname", "surname", "nachname", "family"])
            || has(&["last"]) && has(&["name"])
        {
            Some(Kind::LastName)
        } else if has(&["name", "fullname"])
            && !has(&["user", "company", "product", "file", "nick", "display", "event", "firm"])
        {
            Some(Kind::FullName)
        } else {
            None
        }
    })?;
    let fits = match kind {
        Kind::Phone => (7..=15).contains(&number.len()),
        Kind::BirthDate => number.len() >= 6,
        Kind::Zip => value.len() <= 12,
        _ => letters,
    };
    fits.then_some(kind)
}

/// `billingFirstName` → `billing`, `first`, `name`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_email(value: &str) -> bool {
    let Some((user, host)) = value.rsplit_once('@') else { return false };
    let dotted = host.split_once('.').is_some_and(|(name, end)| !name.is_empty() && end.len() > 1);
    !user.is_empty() && dotted && !value.contains(char::is_whitespace)
}

/// The check digit that every payment card has.
fn passes_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 1 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn alphanumeric(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn without_punctuation(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == ' ').collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// As a person would point at it.
fn field_name(field: &Field) -> String {
    let shown = |text: &str| harmless(&text.chars().take(80).collect::<String>());
    if !field.id.is_empty() {
        format!("`#{}`", shown(&field.id))
    } else if !field.name.is_empty() {
        format!("`[name={}]`", shown(&field.name))
    } else if field.label.is_empty() {
        "a field without a name".to_owned()
    } else {
        format!("“{}”", shown(&field.label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, value: &str) -> Option<Kind> {
        kind_of(&Field { name: name.to_owned(), ..Field::default() }, value)
    }

    fn typed(value: &str) -> Typed {
        Typed {
            step: None,
            field: Field::default(),
            value: value.to_owned(),
            frame_url: String::new(),
        }
    }

    #[test]
    fn fields_are_known_by_their_markup_and_values() {
        for (name, value, expected) in [
            ("q", "ann@shop.example", Some(Kind::Email)),
            ("billing[firstName]", "Ann", Some(Kind::FirstName)),
            ("last_name", "Lee", Some(Kind::LastName)),
            ("your-name", "Ann Lee", Some(Kind::FullName)),
            ("company_name", "Lee Ltd", None),
            ("phone", "+44 7700 900123", Some(Kind::Phone)),
            ("phone", "none", None),
            ("number", "4111 1111 1111 1111", Some(Kind::Card)),
            ("order", "4111 1111 1111 1112", None),
            ("address1", "1 Loop Road", Some(Kind::Street)),
            ("message", "the left sock", None),
            ("quantity", "12", None),
        ] {
            assert_eq!(kind(name, value), expected, "{name} {value}");
        }
    }

    /// Meta's published examples: a phone number, a first name in three
    /// scripts, a date of birth.
    #[test]
    fn hashes_are_those_that_meta_expects() {
        for (kind, value, start) in [
            (Kind::Email, " John_Smith@gmail.com", "62a14e44"),
            (Kind::Phone, "+1 (650) 555-1212", "e323ec62"),
            (Kind::FirstName, "Mary", "6915771b"),
            (Kind::FirstName, "Valéry", "08e1996b"),
            (Kind::FirstName, "정", "8fa8cd9c"),
            (Kind::BirthDate, "1997-02-16", "01acdbf6"),
        ] {
            let typed = typed(value);
            let forms = Identity { kind, typed: &typed }.forms();
            let good = forms.iter().filter(|form| form.how == How::Hashed);
            assert!(good.into_iter().any(|form| form.text.starts_with(start)), "{value}");
        }
    }

    #[test]
    fn only_what_is_distinctive_is_masked() {
        let field = |name: &str| Field { name: name.to_owned(), ..Field::default() };
        let told = |name: &str, value: &str| Typed { field: field(name), ..typed(value) };
        let typed = vec![told("last_name", "Page"), told("mail", "Ann@shop.example")];
        let trace = Trace { typed, ..Trace::default() };
        assert_eq!(secrets(&trace), ["Ann@shop.example", "ann@shop.example"]);
    }
}
