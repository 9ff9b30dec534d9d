//! Edits the JSON text of an index or list of referrers and keeps every other member and entry byte for byte, also
//! those that this program does not know.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use super::Error;
use crate::oci::{self, Descriptor, Digest, ImageIndex, Manifest, json, media_type};

/// An index as text, split into its members and entries.
#[derive(Debug)]
pub(super) struct IndexEditor {
    /// All members in order. `None` is the value of `manifests`, which is in `entries`.
    members: Vec<(String, Option<Box<RawValue>>)>,
    entries: Vec<(Descriptor, Box<RawValue>)>,
}

/// Parses a list of referrers, which must be an OCI index. `what` names it in the error.
pub(super) fn parse_referrers_list(
    bytes: &[u8],
    media_type: Option<&str>,
    what: &str,
) -> Result<ImageIndex, Error> {
    match Manifest::parse(bytes, media_type) {
        Ok(Manifest::Index(index)) if index.media_type == media_type::OCI_INDEX => Ok(index),
        Ok(other) => Err(Error::BadContent {
            what: what.to_owned(),
            cause: format!("it is `{}`, not a list of referrers", other.media_type()),
        }),
        Err(error) => Err(Error::bad(what, &error)),
    }
}

/// The members of a JSON object as text, in order.
struct Members(Vec<(String, Box<RawValue>)>);

const MANIFESTS: &str = "manifests";

impl IndexEditor {
    /// An index without entries.
    pub(super) fn empty() -> Result<Self, oci::Error> {
        let text = format!(r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[]}}"#, media_type::OCI_INDEX);
        Self::parse(text.as_bytes())
    }

    /// Parses the text of an index.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, oci::Error> {
        let Members(members) = json::parse(bytes, "index")?;
        let mut index = Self { members: Vec::new(), entries: Vec::new() };
        for (name, value) in members {
            if name != MANIFESTS {
                index.members.push((name, Some(value)));
                continue;
            }
            let listed: Option<Vec<Box<RawValue>>> = json::parse(value.get().as_bytes(), "entries")?;
            for entry in listed.unwrap_or_default() {
                index.entries.push((json::parse(entry.get().as_bytes(), "entry")?, entry));
            }
            index.members.push((name, None));
        }
        Ok(index)
    }

    /// The entries, parsed.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Descriptor> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// Whether an entry has this digest.
    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.iter().any(|entry| entry.digest == *digest)
    }

    /// Removes the entries for which `keep` returns false.
    pub(super) fn retain(&mut self, keep: impl Fn(&Descriptor) -> bool) {
        self.entries.retain(|(entry, _)| keep(entry));
    }

    /// Adds an entry at the end.
    pub(super) fn push(&mut self, entry: &Descriptor) -> Result<(), serde_json::Error> {
        let text = serde_json::value::to_raw_value(entry)?;
        self.entries.push((entry.clone(), text));
        Ok(())
    }

    /// The whole text.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

impl Serialize for IndexEditor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<&RawValue> = self.entries.iter().map(|(_, text)| &**text).collect();
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in &self.members {
            match value {
                Some(value) => map.serialize_entry(name, value)?,
                None => map.serialize_entry(name, &entries)?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn descriptor(bytes: &[u8]) -> Descriptor {
        let value =
            serde_json::json!({ "mediaType": "x/y", "digest": Digest::of(bytes), "size": bytes.len() });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn unknown_members_and_entries_stay_unchanged() {
        let foreign = format!(
            r#"{{"size": 1, "x":[1,  2], "digest":"{}","mediaType":"\u0061/b","urls":null}}"#,
            Digest::of(b"a")
        );
        let text = format!(
            r#"{{"x-first":1.50,"manifests":[{foreign}],"big":123456789012345678901234567890,"schemaVersion":2}}"#
        );
        let mut index = IndexEditor::parse(text.as_bytes()).unwrap();
        assert_eq!(index.to_bytes().unwrap(), text.as_bytes());
        assert!(index.contains(&Digest::of(b"a")) && !index.contains(&Digest::of(b"b")));
        index.push(&descriptor(b"b")).unwrap();
        let own = serde_json::to_string(&descriptor(b"b")).unwrap();
        let both = text.replace(&foreign, &format!("{foreign},{own}"));
        assert_eq!(String::from_utf8(index.to_bytes().unwrap()).unwrap(), both);
        index.retain(|entry| entry.digest == Digest::of(b"a"));
        assert_eq!(index.to_bytes().unwrap(), text.as_bytes());
    }

    #[test]
    fn an_index_without_entries_can_be_extended() {
        let mut index = IndexEditor::empty().unwrap();
        index.push(&descriptor(b"a")).unwrap();
        assert_eq!(IndexEditor::parse(&index.to_bytes().unwrap()).unwrap().iter().count(), 1);
        // Go writes `null` for an empty list.
        assert_eq!(IndexEditor::parse(br#"{"manifests":null}"#).unwrap().iter().count(), 0);
        for text in ["", "[]", r#"{"manifests":{}}"#, r#"{"manifests":[{}]}"#, r#"{"a":1,"a":2}"#] {
            assert!(IndexEditor::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
