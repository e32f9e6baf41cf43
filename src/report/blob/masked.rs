//! Any value of the model as serde sees it, without its secrets: a serializer
//! around another one. Texts are masked; names of fields and variants are
//! ours and stay, or a secret such as `passed` would spoil the blob. JSON that
//! pages made up becomes text (`model/packed.rs` says why). As it follows the
//! derives of the model, no new field can be forgotten.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

use crate::report::mask::Mask;

/// Fields that hold JSON of a page, by the type that has them.
const JSON: [(&str, &str); 2] = [("Param", "value"), ("Call", "args")];

/// A type whose optional fields hold it: nothing is not the same as null.
const OPTIONAL_JSON: &str = "ParamDifference";

/// The field that names the variant of an enum: a word of ours.
const TAG: &str = "is";

/// A value that is serialised without secrets.
pub struct Masked<'a, T: ?Sized> {
    value: &'a T,
    mask: &'a Mask,
    /// What an option holds is JSON of a page.
    json: bool,
}

struct Masking<'a, S> {
    inner: S,
    mask: &'a Mask,
    json: bool,
}

/// Whatever has parts: a list, a struct and its name.
struct Parts<'a, P> {
    inner: P,
    mask: &'a Mask,
    name: &'static str,
}

impl<'a, T: ?Sized> Masked<'a, T> {
    pub fn new(value: &'a T, mask: &'a Mask) -> Self {
        Self { value, mask, json: false }
    }
}

impl<T: Serialize + ?Sized> Serialize for Masked<'_, T> {
    fn serialize<S: Serializer>(&self, inner: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(Masking { inner, mask: self.mask, json: self.json })
    }
}

/// JSON of a page as text.
fn text<E: Error>(value: &(impl Serialize + ?Sized), mask: &Mask) -> Result<String, E> {
    Ok(mask.json(serde_json::to_value(value).map_err(E::custom)?).to_string())
}

macro_rules! as_it_is {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.inner.$method(value)
        })*
    };
}

macro_rules! with_parts {
    ($($method:ident -> $parts:ident($($argument:ident: $type:ty),*) $name:expr;)*) => {
        $(fn $method(self, $($argument: $type),*) -> Result<Self::$parts, S::Error> {
            Ok(Parts { inner: self.inner.$method($($argument),*)?, mask: self.mask, name: $name })
        })*
    };
}

impl<'a, S: Serializer> Serializer for Masking<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'a, S::SerializeSeq>;
    type SerializeTuple = Parts<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'a, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'a, S::SerializeMap>;
    type SerializeStruct = Parts<'a, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'a, S::SerializeStructVariant>;

    as_it_is! {
        serialize_bool: bool, serialize_char: char,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_f32: f32, serialize_unit_struct: &'static str,
    }

    with_parts! {
        serialize_seq -> SerializeSeq(length: Option<usize>) "";
        serialize_tuple -> SerializeTuple(length: usize) "";
        serialize_tuple_struct -> SerializeTupleStruct(name: &'static str, length: usize) name;
        serialize_tuple_variant -> SerializeTupleVariant(name: &'static str, index: u32, variant: &'static str, length: usize) variant;
        serialize_map -> SerializeMap(length: Option<usize>) "";
        serialize_struct -> SerializeStruct(name: &'static str, length: usize) name;
        serialize_struct_variant -> SerializeStructVariant(name: &'static str, index: u32, variant: &'static str, length: usize) variant;
    }

    /// JSON knows finite numbers only, and reports tell others as 0.
    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        self.inner.serialize_f64(if value.is_finite() { value } else { 0.0 })
    }

    fn serialize_str(self, value: &str) -> Result<S::Ok, S::Error> {
        self.inner.serialize_str(&self.mask.text(value))
    }

    /// Masked before it is base64, which would hide a secret. Of a compressed
    /// body that hides one nothing is kept.
    fn serialize_bytes(self, value: &[u8]) -> Result<S::Ok, S::Error> {
        let kept = if self.mask.hides_in_gzip(value) { Vec::new() } else { self.mask.bytes(value) };
        self.inner.serialize_str(&STANDARD.encode(kept))
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        if self.json {
            return self.inner.serialize_some(&text::<S::Error>(value, self.mask)?);
        }
        self.inner.serialize_some(&Masked::new(value, self.mask))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.inner.serialize_newtype_struct(name, &Masked::new(value, self.mask))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = Masked::new(value, self.mask);
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }
}

macro_rules! lists {
    ($($parts:ident $method:ident)*) => {
        $(impl<P: $parts> $parts for Parts<'_, P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
                self.inner.$method(&Masked::new(value, self.mask))
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.inner.end()
            }
        })*
    };
}

lists! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! structs {
    ($($parts:ident)*) => {
        $(impl<P: $parts> $parts for Parts<'_, P> {
            type Ok = P::Ok;
            type Error = P::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), P::Error> {
                if key == TAG {
                    return self.inner.serialize_field(key, value);
                }
                if JSON.contains(&(self.name, key)) {
                    return self.inner.serialize_field(key, &text::<P::Error>(value, self.mask)?);
                }
                let json = self.name == OPTIONAL_JSON;
                self.inner.serialize_field(key, &Masked { value, mask: self.mask, json })
            }

            fn skip_field(&mut self, key: &'static str) -> Result<(), P::Error> {
                self.inner.skip_field(key)
            }

            fn end(self) -> Result<P::Ok, P::Error> {
                self.inner.end()
            }
        })*
    };
}

structs! { SerializeStruct SerializeStructVariant }

impl<P: SerializeMap> SerializeMap for Parts<'_, P> {
    type Ok = P::Ok;
    type Error = P::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), P::Error> {
        self.inner.serialize_key(&Masked::new(key, self.mask))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), P::Error> {
        self.inner.serialize_value(&Masked::new(value, self.mask))
    }

    fn end(self) -> Result<P::Ok, P::Error> {
        self.inner.end()
    }
}
