//! Strict JSON. All JSON in this program is read here, except VEX documents and reports of scanners, which can have
//! hundreds of megabytes (`vex::json_reader`).
//!
//! A document with a duplicate member in any object is an error, since two readers could take different values from it.
//! Depth and width are limited. They are checked before any value is built, since a few bytes of text can take many
//! times the memory.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::limits::{JSON_DEPTH, JSON_ELEMENTS, JSON_MEMBERS};
use super::{Encoding, Error};

/// Reads `bytes` as one JSON document of type `T`. `what` names the document in the error.
///
/// # Errors
///
/// [`Error::Json`] if it is not JSON, not a `T`, has a duplicate member, exceeds a limit or is not plain UTF-8.
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8], what: &str) -> Result<T, Error> {
    check(bytes).and_then(|()| serde_json::from_slice(bytes)).map_err(|error| {
        let encoding = Encoding::of(bytes).map(|encoding| format!("it is {encoding}, not plain UTF-8"));
        Error::Json { what: what.to_owned(), cause: encoding.unwrap_or_else(|| error.to_string()) }
    })
}

/// Checks syntax, member names, depth and width without building values.
fn check(bytes: &[u8]) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    StrictCheck { depth: JSON_DEPTH, members: JSON_MEMBERS }.deserialize(&mut reader)?;
    reader.end()
}

#[derive(Clone, Copy)]
struct StrictCheck {
    /// Levels that are still allowed.
    depth: usize,
    /// Names that may still be kept at once. The names of an object are kept while the objects in it are read.
    members: usize,
}

impl StrictCheck {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom(format_args!("nested deeper than {JSON_DEPTH} levels"))),
        }
    }
}

/// Reads the name of a member. It is borrowed from the text if it has no escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for StrictCheck {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictCheck {
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
        let mut elements = 0;
        while seq.next_element_seed(inner)?.is_some() {
            elements += 1;
            if elements > JSON_ELEMENTS {
                let cause = format_args!("an array has more than {JSON_ELEMENTS} elements");
                return Err(serde::de::Error::custom(cause));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut inner = self.deeper()?;
        let mut names = HashSet::new();
        while let Some(name) = map.next_key_seed(Name)? {
            if names.contains(&name) {
                return Err(serde::de::Error::custom(format_args!(
                    "member `{name}` occurs twice in one object"
                )));
            }
            inner.members = inner.members.checked_sub(1).ok_or_else(|| {
                serde::de::Error::custom(format_args!(
                    "an object and the objects that contain it have more than {JSON_MEMBERS} members"
                ))
            })?;
            names.insert(name);
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
    fn duplicate_members_are_refused_at_any_depth() {
        assert!(read(r#"{"a":1,"b":{"a":1}}"#).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#, r#"{"a":1,"\u0061":2}"#] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains("`a` occurs twice"), "{error}");
        }
    }

    #[test]
    fn width_is_limited() {
        let object = |count: usize| {
            let members: Vec<String> = (0..count).map(|number| format!(r#""{number:x}":0"#)).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(read(&object(JSON_MEMBERS)).is_ok());
        let error = read(&object(JSON_MEMBERS + 1)).unwrap_err().to_string();
        assert!(error.contains("more than 262144 members"), "{error}");
        // Names of sibling objects are not kept at once; those of nested objects are.
        let half = object(JSON_MEMBERS / 2);
        assert!(read(&format!("[{half},{half},{half}]")).is_ok());
        let inside = format!(r#"{{"x":{half},{}"#, half.trim_start_matches('{'));
        assert!(read(&inside).is_ok());
        let inside = format!(r#"{},"x":{half}}}"#, half.trim_end_matches('}'));
        assert!(read(&inside).is_err());
        let array = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert!(read(&array(JSON_ELEMENTS)).is_ok());
        let error = read(&array(JSON_ELEMENTS + 1)).unwrap_err().to_string();
        assert!(error.contains("more than 1048576 elements"), "{error}");
    }

    #[test]
    fn depth_is_limited_and_trailing_text_refused() {
        assert!(read(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_ok());
        assert!(read(&format!("{}{}", "[".repeat(101), "]".repeat(101))).is_err());
        assert!(read("{} {}").is_err());
        assert!(read("").is_err());
        let error = read("\u{feff}{}").unwrap_err().to_string();
        assert!(error.contains("it is UTF-8 with a byte order mark"), "{error}");
    }
}
