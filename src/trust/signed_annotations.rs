//! Annotations that a signature covers: `KEY=VALUE` pairs that the signer chose.
//!
//! cosign stores them in `optional` of its simple signing payload, or in `annotations` of the subject of the statement
//! that a bundle signs. As in cosign, only string values count.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::oci::Digest;

/// The values, by key.
pub(super) type Annotations = BTreeMap<String, String>;

/// The annotations in the member `optional` of a payload.
pub(super) fn of_payload(optional: &serde_json::Map<String, Value>) -> Annotations {
    optional.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The annotations of the subject `object` in a statement. If several subjects name it, only the pairs that all of them
/// have count.
pub(super) fn of_statement(statement: &[u8], object: &Digest) -> Annotations {
    #[derive(Deserialize)]
    struct Statement {
        subject: Vec<Subject>,
    }
    #[derive(Deserialize)]
    struct Subject {
        #[serde(default)]
        digest: BTreeMap<String, String>,
        #[serde(default)]
        annotations: Option<serde_json::Map<String, Value>>,
    }
    let Ok(statement) = serde_json::from_slice::<Statement>(statement) else { return Annotations::new() };
    let of_object = statement
        .subject
        .iter()
        .filter(|subject| subject.digest.get(object.algorithm()) == Some(&object.hex()));
    let mut each = of_object.map(|subject| subject.annotations.as_ref().map(of_payload).unwrap_or_default());
    let first = each.next().unwrap_or_default();
    each.fold(first, |mut common, other| {
        common.retain(|key, value| other.get(key) == Some(value));
        common
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(subjects: &str) -> Vec<(String, String)> {
        let statement = format!(r#"{{"subject":[{subjects}],"predicateType":"x"}}"#);
        of_statement(statement.as_bytes(), &Digest::of(b"object")).into_iter().collect()
    }

    fn subject(of: &[u8], annotations: &str) -> String {
        format!(r#"{{"digest":{{"sha256":"{}"}},"annotations":{annotations}}}"#, Digest::of(of).hex())
    }

    #[test]
    fn only_string_annotations_of_the_object_count() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let own = subject(b"object", r#"{"team":"red","n":1,"deep":{"team":"blue"},"none":null}"#);
        let other = subject(b"other", r#"{"team":"blue","more":"x"}"#);
        assert_eq!(of(&own), [pair("team", "red")]);
        assert_eq!(of(&format!("{other},{own}")), [pair("team", "red")]);
        assert_eq!(of(&other), []);
        for nothing in ["null", "{}"] {
            assert_eq!(of(&subject(b"object", nothing)), []);
        }
        assert_eq!(of(r#"{"annotations":{"team":"red"}}"#), []);
        assert_eq!(of("7"), []);
    }

    #[test]
    fn contradicting_annotations_of_one_object_do_not_count() {
        let (red, blue) = (
            subject(b"object", r#"{"team":"red","a":"1"}"#),
            subject(b"object", r#"{"team":"blue","a":"1","b":"2"}"#),
        );
        assert_eq!(of(&format!("{red},{blue}")), [("a".to_owned(), "1".to_owned())]);
    }
}
