//! The parts of SARIF 2.1.0 (OASIS) that all documents share: the frame around a run, messages, locations and
//! fingerprints.
//!
//! Invariant: text from outside cannot make a link, a placeholder, or a path with a scheme.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use crate::oci::Digest;

/// The schema of the document.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The characters that are not escaped in the path of a relative reference. A colon is escaped: before the first `/` it
/// would end a scheme (RFC 3986, 4.2), and uploads with another scheme than `file` are refused.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'@');

/// A document with these runs.
#[derive(Serialize)]
pub(crate) struct Document<R> {
    version: &'static str,
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: R,
}

impl<R> Document<R> {
    /// The document of these runs, a list. It is empty where the runs are inserted.
    pub(crate) fn of(runs: R) -> Self {
        Self { version: "2.1.0", schema: SCHEMA, runs }
    }
}

/// This program, with the rules of its results.
#[derive(Serialize)]
pub(crate) struct Tool<R> {
    driver: Driver<R>,
}

#[derive(Serialize)]
struct Driver<R> {
    name: &'static str,
    version: &'static str,
    rules: Vec<R>,
}

impl<R> Tool<R> {
    /// This program with these rules.
    pub(crate) fn with_rules(rules: Vec<R>) -> Self {
        Self { driver: Driver { name: "dhi", version: env!("CARGO_PKG_VERSION"), rules } }
    }
}

/// Where the page of a code or rule is. It is a name, as the pages have no address that holds for every copy of the
/// program: `dhi help ID` prints them.
pub(crate) fn help_uri(id: &str) -> String {
    format!("urn:dhi:error:{id}")
}

/// The fingerprints of a run. Equal ones are numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fingerprints(BTreeMap<String, usize>);

impl Fingerprints {
    /// The next fingerprint over these parts.
    pub(crate) fn next(&mut self, parts: &[&str]) -> String {
        let mut hash = Digest::of(parts.join("\0").as_bytes()).hex();
        hash.truncate(16);
        let count = self.0.entry(hash.clone()).or_default();
        *count += 1;
        format!("{hash}:{count}")
    }
}

/// A `message` or `multiformatMessageString`.
#[derive(Clone, Serialize)]
pub(crate) struct Message {
    pub(crate) text: String,
}

impl Message {
    /// Escapes placeholders (SARIF 2.1.0, 3.11.5) and links (3.11.6) in the text.
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.replace("](", "]\\u{28}").replace('{', "{{").replace('}', "}}") }
    }
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location {
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

impl ArtifactLocation {
    /// A file: relative to the root of the sources, which code scanning knows as `%SRCROOT%`, or an absolute path.
    pub(crate) fn file(path: &str) -> Self {
        let encoded = |path: &str| utf8_percent_encode(path, PATH).to_string();
        match path.strip_prefix('/') {
            Some(absolute) => Self { uri: format!("file:///{}", encoded(absolute)), uri_base_id: None },
            None => {
                let relative = path.trim_start_matches("./");
                Self { uri: encoded(relative), uri_base_id: Some("%SRCROOT%") }
            }
        }
    }

    /// The reference as a relative path, since viewers of source code need a path. It names no file.
    fn reference(reference: &str) -> Self {
        Self { uri: utf8_percent_encode(reference, PATH).to_string(), uri_base_id: None }
    }
}

/// A part of a file. Columns are counted in characters, which the run must state (`columnKind`).
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    pub(crate) start_line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_line: Option<usize>,
    /// The column after the last character.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_column: Option<usize>,
}

impl Region {
    /// A whole line.
    fn line(start_line: usize) -> Self {
        Self { start_line: start_line.max(1), ..Self::default() }
    }
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

impl Location {
    /// A part of a file.
    #[cfg(feature = "builder")]
    pub(crate) fn of_region(file: &str, region: Region) -> Self {
        let artifact_location = ArtifactLocation::file(file);
        Self {
            physical_location: PhysicalLocation { artifact_location, region },
            logical_locations: Vec::new(),
        }
    }

    /// A line of a file, and the thing there.
    pub(crate) fn of_line(file: &str, line: usize, name: String) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::file(file),
                region: Region::line(line),
            },
            logical_locations: vec![LogicalLocation { fully_qualified_name: name, kind: "resource" }],
        }
    }

    /// A thing that has no file: a reference, a path in an image. Viewers of source code need a path and a line.
    pub(crate) fn of_resource(path: &str, name: String) -> Self {
        let artifact_location = ArtifactLocation::reference(path);
        Self {
            physical_location: PhysicalLocation { artifact_location, region: Region::line(1) },
            logical_locations: vec![LogicalLocation { fully_qualified_name: name, kind: "resource" }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_placeholders_are_escaped_in_messages() {
        let Message { text } = Message::new("see [here](https://evil.example) or {0}");
        assert_eq!(text, "see [here]\\u{{28}}https://evil.example) or {{0}}");
    }

    #[test]
    fn reference_is_encoded_as_a_relative_path() {
        let encoded = |text: &str| ArtifactLocation::reference(text).uri;
        assert_eq!(encoded("localhost:5000/a b:1@sha256:0"), "localhost%3A5000/a%20b%3A1@sha256%3A0");
        assert_eq!(encoded("x?y#z%"), "x%3Fy%23z%25");
    }

    #[test]
    fn files_are_relative_to_the_root_of_the_sources() {
        let file = |path: &str| {
            let ArtifactLocation { uri, uri_base_id } = ArtifactLocation::file(path);
            (uri, uri_base_id)
        };
        let relative = |uri: &str| (uri.to_owned(), Some("%SRCROOT%"));
        assert_eq!(file("deploy/my app.yaml"), relative("deploy/my%20app.yaml"));
        assert_eq!(file("./deploy/a:b.yaml"), relative("deploy/a%3Ab.yaml"));
        assert_eq!(file("/srv/a.yaml"), ("file:///srv/a.yaml".to_owned(), None));
    }
}
