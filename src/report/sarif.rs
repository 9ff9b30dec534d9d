//! SARIF 2.1.0 (OASIS): every failure and warning is a result under the rule of its error id, and every check that
//! was not made is a notification. A check that passed is no result: the viewers that people upload to show one
//! for each result, whatever its kind.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::item::{Location as Place, ReportItem};
use super::json;
use super::parts::Frame;
use super::style::{Style, printable};
use super::table::{Severity, problem};
use super::{ErrorPage, Words};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::Outcome;
use crate::oci::Digest;

/// The schema that the document follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What stays as it is in the path of a relative reference. A colon does not: before the first `/` it would end
/// a scheme (RFC 3986, 4.2), and uploads with a scheme that is not `file` are refused.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/').remove(b'@');

/// Columns before a notification and before a result.
const COLUMNS: [usize; 2] = [12, 8];

/// One run: notifications, then results.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sarif {
    notifications: bool,
    results: bool,
}

impl Sarif {
    /// The notifications and the results of one thing.
    pub(super) fn add(&mut self, thing: &ReportItem<'_>, words: &dyn Words) -> [String; 2] {
        let mut results = String::new();
        let mut found = |finding: Finding<'_>| {
            results.push_str(&json::element(&finding, COLUMNS[1], !self.results));
            self.results = true;
        };
        match thing.result {
            Err(problem) => found(Finding::new(thing, Severity::Error, "reference", None, problem, words)),
            Ok(checks) => {
                for check in checks {
                    let (true, Some(problem)) =
                        (check.counts() || check.outcome() == Outcome::Warn, check.shown())
                    else {
                        continue;
                    };
                    let severity = Severity::of(check.outcome());
                    found(Finding::new(
                        thing,
                        severity,
                        check.kind.as_str(),
                        Some(&check.scope),
                        &problem,
                        words,
                    ));
                }
            }
        }
        let mut notifications = String::new();
        let locations = locations(thing);
        let skipped = thing.checks().iter().filter(|check| check.outcome() == Outcome::Skip);
        let skipped = skipped.map(|check| format!("{}: {}", check.scope, check.says));
        for what in thing.left_out.iter().cloned().chain(skipped) {
            let notification = Notification {
                level: "note",
                message: Message::new(&format!("not checked: {}", printable(&what))),
                locations: locations.clone(),
            };
            notifications.push_str(&json::element(&notification, COLUMNS[0], !self.notifications));
            self.notifications = true;
        }
        [notifications, results]
    }

    /// The document around them. `exit` is the exit code of the run.
    pub(super) fn frame(&self, exit: Exit, words: &dyn Words) -> Frame {
        let text = json::text(&Document {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "dhi",
                        version: env!("CARGO_PKG_VERSION"),
                        rules: words.pages().iter().map(Rule::new).collect(),
                    },
                },
                invocations: [Invocation {
                    execution_successful: !matches!(
                        exit,
                        Exit::Usage | Exit::Unavailable | Exit::Denied | Exit::Bug
                    ),
                    exit_code: exit.code(),
                    tool_execution_notifications: [],
                }],
                results: [],
            }],
        });
        let (before, rest) = json::around(&text, "toolExecutionNotifications", self.notifications);
        let (between, after) = json::around(&rest, "results", self.results);
        Frame([before, between, after])
    }
}

#[derive(Serialize)]
struct Document {
    version: &'static str,
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
struct Run {
    tool: Tool,
    invocations: [Invocation; 1],
    /// Written one by one.
    results: [(); 0],
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
struct Driver {
    name: &'static str,
    version: &'static str,
    rules: Vec<Rule>,
}

/// One error id.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help: Message,
    properties: RuleProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleProperties {
    exit_code: u8,
}

impl Rule {
    fn new(page: &ErrorPage) -> Self {
        let ErrorPage { code, cause, checked, remedy, example } = page;
        Self {
            id: code.as_str(),
            short_description: Message::new(code.title()),
            full_description: Message::new(cause),
            help: Message::new(&format!("Checked: {checked}\nTo do: {remedy}\nExample: {example}")),
            properties: RuleProperties { exit_code: code.exit().code() },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    /// Written one by one.
    tool_execution_notifications: [(); 0],
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
}

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: FindingProperties<'a>,
}

#[derive(Serialize)]
struct FindingProperties<'a> {
    check: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl<'a> Finding<'a> {
    fn new(
        thing: &ReportItem<'_>,
        severity: Severity,
        check: &'static str,
        scope: Option<&'a str>,
        found: &Diagnostic,
        words: &dyn Words,
    ) -> Self {
        let scopes: Vec<&str> = scope.into_iter().collect();
        let text = problem(severity, found, &scopes, words, Style::default());
        Self {
            rule_id: found.code.as_str(),
            rule_index: words.pages().iter().position(|page| page.code == found.code).unwrap_or_default(),
            level: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: Message::new(&format!("{}: {}", printable(&thing.reference), text.trim_end())),
            locations: locations(thing),
            partial_fingerprints: fingerprints(thing, found.code, check, scope),
            properties: FindingProperties {
                check,
                scope,
                digest: thing.digest.map(|digest| digest.to_string()),
            },
        }
    }
}

/// By the first one the same finding is known again when the tag has moved on; it has the name that GitHub reads.
/// The second one tells digests apart.
fn fingerprints(
    thing: &ReportItem<'_>,
    id: Code,
    check: &str,
    scope: Option<&str>,
) -> BTreeMap<&'static str, String> {
    let parts = [&thing.reference, id.as_str(), check, scope.unwrap_or_default()].join("\0");
    let mut hash = Digest::of(parts.as_bytes()).hex();
    hash.truncate(16);
    let mut all = BTreeMap::from([("primaryLocationLineHash", format!("{hash}:1"))]);
    all.extend(thing.digest.map(|digest| ("imageDigest/v1", digest.to_string())));
    all
}

/// A `message` or `multiformatMessageString`.
#[derive(Clone, Serialize)]
struct Message {
    text: String,
}

impl Message {
    /// Nothing in the text is a placeholder (SARIF 2.1.0, 3.11.5) or a link (3.11.6).
    fn new(text: &str) -> Self {
        Self { text: text.replace("](", "]\\u{28}").replace('{', "{{").replace('}', "}}") }
    }
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Clone, Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: usize,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

/// The lines that name the thing; else the reference itself as a relative path, which is what viewers of source
/// code can show of something that is in no file.
fn locations(thing: &ReportItem<'_>) -> Vec<Location> {
    let itself = [Place { file: thing.reference.clone(), line: 1 }];
    let places = if thing.places.is_empty() { &itself[..] } else { &thing.places };
    let location = |place: &Place| Location {
        physical_location: PhysicalLocation {
            artifact_location: ArtifactLocation { uri: utf8_percent_encode(&place.file, PATH).to_string() },
            region: Region { start_line: place.line.max(1) },
        },
        logical_locations: [LogicalLocation {
            fully_qualified_name: thing.reference.clone(),
            kind: "resource",
        }],
    };
    places.iter().map(location).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_links_and_no_placeholders() {
        let Message { text } = Message::new("see [here](https://evil.example) or {0}");
        assert_eq!(text, "see [here]\\u{{28}}https://evil.example) or {{0}}");
    }

    #[test]
    fn a_reference_is_a_relative_path() {
        let encoded = |text: &str| utf8_percent_encode(text, PATH).to_string();
        assert_eq!(encoded("localhost:5000/a b:1@sha256:0"), "localhost%3A5000/a%20b%3A1@sha256%3A0");
        assert_eq!(encoded("x?y#z%"), "x%3Fy%23z%25");
    }
}
