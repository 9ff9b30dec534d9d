//! JSON is read one way only: a document in which any object names a member twice is refused, since two
//! readers could take different values from it, and so is one that nests deeper than the limit.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::Error;
use crate::limits::JSON_DEPTH;

/// Reads `bytes` as one JSON document of type `T`; `what` names the document in the error.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, Error> {
    check(bytes)
        .and_then(|()| serde_json::from_slice(bytes))
        .map_err(|error| Error::Json { what: what.to_owned(), cause: error.to_string() })
}

/// Checks syntax, member names and depth without keeping anything.
fn check(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    Unique { depth: JSON_DEPTH }.deserialize(&mut reader)?;
    reader.end()
}

#[derive(Clone, Copy)]
struct Unique {
    depth: usize,
}

impl Unique {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth }),
            None => Err(E::custom(format_args!("nested deeper than {JSON_DEPTH} levels"))),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        while seq.next_element_seed(inner)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let inner = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if names.contains(name.as_ref()) {
                return Err(serde::de::Error::custom(format_args!(
                    "member `{name}` stands twice in one object"
                )));
            }
            names.insert(name.into_owned());
            map.next_value_seed(inner)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<serde_json::Value, Error> {
        parse(text.as_bytes(), "test")
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_at_any_depth() {
        assert!(read(r#"{"a":1,"b":{"a":1}}"#).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#, r#"{"a":1,"\u0061":2}"#] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("`a` stands twice"), "{error}");
        }
    }

    #[test]
    fn depth_and_trailing_text_are_bounded() {
        assert!(read(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        assert!(read(&format!("{}{}", "[".repeat(101), "]".repeat(101))).is_err());
        assert!(read("{} {}").is_err());
        assert!(read("").is_err());
        assert!(read("\u{feff}{}").is_err());
    }
}
