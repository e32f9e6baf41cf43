//! How a blob holds what a derive would hold badly: bytes as base64, and JSON
//! that pages made up as text, so that however deep it is, what is around it
//! can be read. It is written by `report/blob/masked.rs`, which masks it at
//! the same time; here it is read.

use serde::de::{DeserializeOwned, Deserializer, Error};
use serde::{Deserialize, Serializer};

/// Bytes: handed over as such, read from base64.
pub mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use ::bytes::Bytes;

    use super::{Deserialize, Deserializer, Error, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map(Bytes::from).map_err(D::Error::custom)
    }
}

pub fn json<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

pub fn optional_json<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| serde_json::from_str(&text).map_err(D::Error::custom)).transpose()
}
