//! Name–value pairs of one request, borrowed from it where they can be.

use std::borrow::Cow;

use crate::wire::query::Pair;
use crate::wire::{multipart, query};

/// The most pairs that one request may have; a body of ampersands must not
/// fill the memory.
const MOST_PAIRS: usize = 20_000;

/// Pairs in their order; repeated names stay repeated.
#[derive(Debug, Clone, Default)]
pub struct Fields<'a>(Vec<Pair<'a>>);

impl<'a> Fields<'a> {
    /// Adds the pairs of a query.
    pub fn read_query(&mut self, query: &'a str) {
        // A pair is seldom shorter than this, and room for more is cheap.
        self.0.reserve(query.len() / 12 + 1);
        let left = MOST_PAIRS.saturating_sub(self.0.len());
        self.0.extend(query::text_pairs(query).take(left));
    }

    /// Adds the pairs of an urlencoded body.
    pub fn read_urlencoded(&mut self, bytes: &'a [u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.read_query(text);
        }
        let left = MOST_PAIRS.saturating_sub(self.0.len());
        self.0.extend(query::pairs(bytes).take(left));
    }

    /// Adds the fields of a body: multipart or urlencoded, whatever its content
    /// type says.
    pub fn read_body(&mut self, body: &'a [u8], content_type: Option<&str>) {
        if content_type.is_some_and(multipart::is_multipart) || body.starts_with(b"--") {
            self.0.extend(multipart::fields(body, content_type));
        } else {
            self.read_urlencoded(body);
        }
    }

    /// The first non-empty value of that name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|value| &**value)
    }

    /// [`Fields::get`] that may be kept.
    pub fn cow(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(name).cloned()
    }

    /// The first non-empty value of the first of these names that has one.
    pub fn first_of(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        names.iter().find_map(|name| self.cow(name))
    }

    fn find(&self, name: &str) -> Option<&Cow<'a, str>> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
    }

    /// Whether there is a pair of that name, its value empty or not.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub fn push(&mut self, name: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Takes the first pair of that name out.
    pub fn remove(&mut self, name: &str) -> Option<Cow<'a, str>> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        Some(self.0.remove(at).1)
    }

    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        self.0.retain(|(name, value)| keep(name, value));
    }

    pub fn iter(&self) -> impl Iterator<Item = &Pair<'a>> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Pair<'a>;
    type IntoIter = std::vec::IntoIter<Pair<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> Extend<Pair<'a>> for Fields<'a> {
    fn extend<I: IntoIterator<Item = Pair<'a>>>(&mut self, pairs: I) {
        self.0.extend(pairs);
    }
}

impl<'a> FromIterator<Pair<'a>> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = Pair<'a>>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}
