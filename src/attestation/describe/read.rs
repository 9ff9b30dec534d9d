//! Lenient reader for predicates, in bounded memory.
//!
//! A member of another shape counts as absent. Text is cut, and lists are iterated, never kept. An absent list is never
//! described as an empty one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::attestation::limits::SUMMARY_TEXT;

/// Why the description is generic: the predicate does not have the shape of its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ShapeError(pub(super) &'static str);

/// Text, or a number or boolean as text. Absent for anything else, and for empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(Option<String>);

impl Text {
    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text for a table cell; `-` if absent.
    pub(super) fn cell(&self) -> String {
        self.0.clone().unwrap_or_else(|| "-".to_owned())
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self((!text.trim().is_empty()).then(|| cut(text, SUMMARY_TEXT)))
    }
}

/// Cuts the text after `most` characters; then it ends with `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Text, E> {
                Ok(Text(Some(value.to_string())))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Text, E> {
                Ok(Text(Some(value.to_string())))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Text, E> {
                Ok(Text(Some(value.to_string())))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Text, E> {
                Ok(Text(Some(value.to_string())))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text(None))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A JSON value as written. It is parsed when its expected type is known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Member<'a>(Option<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <&'a RawValue>::deserialize(deserializer).map(|raw| Self(Some(raw)))
    }
}

impl<'a> From<&'a RawValue> for Member<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self(Some(raw))
    }
}

impl<'a> Member<'a> {
    fn json(self) -> &'a str {
        self.0.map_or("", |raw| raw.get().trim_start())
    }

    pub(super) fn is_absent(self) -> bool {
        self.0.is_none()
    }

    pub(super) fn is_null(self) -> bool {
        self.json() == "null"
    }

    /// Whether there is a value other than `null`: Go programs write absent values as `null`.
    pub(super) fn is_given(self) -> bool {
        !self.is_absent() && !self.is_null()
    }

    pub(super) fn is_object(self) -> bool {
        self.json().starts_with('{')
    }

    pub(super) fn is_list(self) -> bool {
        self.json().starts_with('[')
    }

    /// The object as a `T`, all of whose members are optional.
    pub(super) fn object<T: Deserialize<'a>>(self) -> Option<T> {
        // serde would also read a list as a struct.
        self.is_object().then(|| serde_json::from_str(self.json()).ok()).flatten()
    }

    /// The object as a `T`, or the default, in which everything is absent.
    pub(super) fn object_or_empty<T: Deserialize<'a> + Default>(self) -> T {
        self.object().unwrap_or_default()
    }

    pub(super) fn text(self) -> Text {
        serde_json::from_str(self.json()).unwrap_or_default()
    }

    pub(super) fn number(self) -> Option<u64> {
        serde_json::from_str(self.json()).ok()
    }

    /// The whole of a long text, such as a report in base64.
    pub(super) fn whole_text(self) -> Option<String> {
        serde_json::from_str(self.json()).ok()
    }

    /// Iterates over a list and returns its length. `None` if this is not a list.
    pub(super) fn each(self, mut see: impl FnMut(Member<'a>)) -> Option<usize> {
        struct Walk<F>(F);
        impl<'de, F: FnMut(Member<'de>)> Visitor<'de> for Walk<F> {
            type Value = usize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<usize, A::Error> {
                let mut count = 0;
                while let Some(member) = seq.next_element()? {
                    (self.0)(member);
                    count += 1;
                }
                Ok(count)
            }
        }
        if !self.is_list() {
            return None;
        }
        let mut reader = serde_json::Deserializer::from_str(self.json());
        reader.deserialize_seq(Walk(&mut see)).ok()
    }

    /// Iterates over a list of objects. An element that is not an object is passed as the default.
    pub(super) fn each_object<T: Deserialize<'a> + Default>(self, mut see: impl FnMut(T)) -> Option<usize> {
        self.each(|member| see(member.object_or_empty()))
    }

    /// Iterates over the members of an object in the order of the document and returns their number. `None` if this is
    /// not an object.
    pub(super) fn members(self, mut see: impl FnMut(&str, Member<'a>)) -> Option<usize> {
        struct Walk<F>(F);
        impl<'de, F: FnMut(&str, Member<'de>)> Visitor<'de> for Walk<F> {
            type Value = usize;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<usize, A::Error> {
                let mut count = 0;
                while let Some(name) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    (self.0)(&cut(&name, SUMMARY_TEXT), map.next_value()?);
                    count += 1;
                }
                Ok(count)
            }
        }
        if !self.is_object() {
            return None;
        }
        let mut reader = serde_json::Deserializer::from_str(self.json());
        reader.deserialize_map(Walk(&mut see)).ok()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Thing<'a> {
        name: Text,
        #[serde(borrow)]
        list: Member<'a>,
    }

    #[test]
    fn a_member_of_another_shape_is_absent() {
        for (json, name) in [
            (r#"{"name":"a"}"#, Some("a")),
            (r#"{"name":1.5}"#, Some("1.5")),
            (r#"{"name":-1,"more":[{}]}"#, Some("-1")),
            (r#"{"name":true}"#, Some("true")),
            (r#"{"name":" "}"#, None),
            (r#"{"name":null}"#, None),
            (r#"{"name":{"a":[1]}}"#, None),
            (r#"{"name":[1,{}]}"#, None),
            ("{}", None),
        ] {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let thing: Thing<'_> = Member::from(raw).object().unwrap();
            assert_eq!(thing.name.get(), name, "{json}");
        }
        for json in ["[]", r#"["a"]"#, "null", "1", r#""{}""#] {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            assert!(Member::from(raw).object::<Thing<'_>>().is_none(), "{json}");
        }
    }

    #[test]
    fn null_is_neither_absent_nor_a_list() {
        let raw: &RawValue = serde_json::from_str(r#"{"list":null}"#).unwrap();
        let thing: Thing<'_> = Member::from(raw).object().unwrap();
        assert!(thing.list.is_null() && !thing.list.is_absent() && !thing.list.is_given());
        assert_eq!(thing.list.each(|_| ()), None);
        assert!(Thing::default().list.is_absent());
    }

    #[test]
    fn text_is_cut_between_characters() {
        let text = Text::from("é".repeat(1000).as_str());
        assert_eq!(text.get().unwrap().chars().count(), SUMMARY_TEXT + 1);
        assert_eq!(Text::from("short").get(), Some("short"));
    }
}
