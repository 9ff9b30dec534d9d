//! The manifest of a VEX repository, `vex-repository.json`: its versions, and where each is.
//!
//! Names of members may differ in case, as Go reads them.

use std::time::Duration;

use serde_json::{Map, Value};

use super::interval;
use crate::oci::json;
use crate::trust_store::limits::{VEX_LOCATIONS, VEX_VERSIONS};

/// The version of the specification that is read. A client of 0.x needs exactly its version.
const SPECIFICATION: &str = "0.1";
/// The interval of a manifest that has none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// What a manifest says about the version that is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    /// URLs of archives, in the order in which they are tried. Not checked.
    pub(super) locations: Vec<String>,
    /// The time after which content may have changed.
    pub(super) interval: Duration,
}

impl Manifest {
    /// Reads a manifest.
    ///
    /// # Errors
    ///
    /// A text that says what is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Map<String, Value> =
            json::parse(bytes, "the manifest").map_err(|error| error.to_string())?;
        let versions = list(&manifest, "versions")?;
        if versions.len() > VEX_VERSIONS {
            return Err(format!("it has more than {VEX_VERSIONS} versions"));
        }
        let mut found = Vec::new();
        for version in versions {
            let Value::Object(version) = version else { return Err("a version is not an object".to_owned()) };
            let number = text(version, "spec_version")?.ok_or("a version has no `spec_version`")?;
            if same_version(number, SPECIFICATION) {
                return Self::of_version(version);
            }
            found.push(number.chars().take(16).collect::<String>());
        }
        let found = if found.is_empty() { "none".to_owned() } else { found.join(", ") };
        Err(format!("it does not have version {SPECIFICATION} of the specification (it has: {found})"))
    }

    fn of_version(version: &Map<String, Value>) -> Result<Self, String> {
        let locations = list(version, "locations")?;
        if locations.len() > VEX_LOCATIONS {
            return Err(format!("it has more than {VEX_LOCATIONS} locations"));
        }
        let location = |location: &Value| {
            let Value::Object(location) = location else {
                return Err("a location is not an object".to_owned());
            };
            Ok(text(location, "url")?.ok_or("a location has no `url`")?.to_owned())
        };
        let interval = match text(version, "update_interval")? {
            None | Some("") => DEFAULT_INTERVAL,
            Some(text) => {
                interval::parse(text).ok_or("its `update_interval` is no duration such as `24h`")?
            }
        };
        Ok(Self { locations: locations.iter().map(location).collect::<Result<_, _>>()?, interval })
    }
}

/// Whether two versions are equal, part by part as numbers.
fn same_version(one: &str, other: &str) -> bool {
    let parts = |text: &str| {
        let parts = text.strip_prefix('v').unwrap_or(text).split('.');
        parts.map(|part| part.parse::<u32>().ok()).collect::<Option<Vec<_>>>()
    };
    parts(one).is_some_and(|one| parts(other) == Some(one))
}

/// A list; empty if there is none.
fn list<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a [Value], String> {
    match member(object, name)? {
        Some(Value::Array(list)) => Ok(list),
        None | Some(Value::Null) => Ok(&[]),
        Some(_) => Err(format!("its `{name}` are not a list")),
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, String> {
    match member(object, name)? {
        Some(Value::String(text)) => Ok(Some(text)),
        None | Some(Value::Null) => Ok(None),
        Some(_) => Err(format!("its `{name}` is not a text")),
    }
}

/// A member, whatever the case of its name.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a Value>, String> {
    let mut found = object.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let first = found.next().map(|(_, value)| value);
    match found.next() {
        Some(_) => Err(format!("`{name}` occurs twice, in different case")),
        None => Ok(first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Manifest, String> {
        Manifest::read(text.as_bytes())
    }

    #[test]
    fn the_exact_version_is_chosen() {
        let manifest = read(
            r#"{"Name": "x", "versions": [
                {"spec_version": "0.0", "locations": [{"url": "a"}]},
                {"Spec_Version": "v0.01", "locations": [{"URL": "b"}, {"url": "c"}], "update_interval": "1h30m"},
                {"spec_version": "0.10", "locations": [{"url": "d"}]}]}"#,
        );
        let interval = Duration::from_secs(5400);
        assert_eq!(manifest, Ok(Manifest { locations: vec!["b".to_owned(), "c".to_owned()], interval }));
        let without = read(r#"{"versions": [{"spec_version": "0.1"}]}"#).unwrap();
        assert_eq!(without, Manifest { locations: Vec::new(), interval: DEFAULT_INTERVAL });
    }

    #[test]
    fn unusable_manifests_are_refused() {
        for (text, cause) in [
            ("", "the manifest"),
            ("[]", "the manifest"),
            ("{}", "it has: none"),
            (r#"{"versions": [{"spec_version": "0.2"}, {"spec_version": "1.0"}]}"#, "it has: 0.2, 1.0"),
            (r#"{"versions": {}}"#, "not a list"),
            (r#"{"versions": [], "Versions": []}"#, "occurs twice"),
            (r#"{"versions": [1]}"#, "not an object"),
            (r#"{"versions": [{"spec_version": "0.1", "update_interval": "1d"}]}"#, "no duration"),
            (r#"{"versions": [{"spec_version": "0.1", "locations": [{}]}]}"#, "has no `url`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(cause), "{text}: {error}");
        }
        let many = vec![r#"{"spec_version": "0.2"}"#; VEX_VERSIONS + 1].join(",");
        assert!(read(&format!(r#"{{"versions": [{many}]}}"#)).unwrap_err().contains("more than"));
    }

    #[test]
    fn real_manifests_are_read() {
        // Of VEX Hub (2026-03).
        let manifest = read(
            r#"{"name": "VEX Hub", "description": "VEX Repository by Aqua Security", "versions": [{
                "spec_version": "0.1",
                "locations": [{"url": "https://github.com/aquasecurity/vexhub/archive/refs/heads/main.tar.gz//vexhub-main"}],
                "update_interval": "24h",
                "repository_specific": {"location": {"repository_type": "db"}}}]}"#,
        );
        assert_eq!(manifest.unwrap().locations.len(), 1);
    }
}
