//! SARIF 2.1.0 (OASIS): every failure and warning is a result under the rule of its error id, and every check that
//! was not made, and whatever was not judged, is a notification. A check that passed is no result: the viewers that people upload to show one
//! for each result, whatever its kind.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::item::{ItemResult, Location as Place, ReportItem};
use super::json;
use super::parts::Frame;
use super::style::{Style, printable};
use super::table::{Severity, render_diagnostic};
use super::{ErrorPage, LastLine, Words};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{ConclusionKind, Excused, Outcome};
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
#[derive(Clone, Debug, Default)]
pub(super) struct Sarif {
    notifications: bool,
    results: bool,
    /// The codes of the results, in the order in which they first came.
    fired: Vec<Code>,
}

impl Sarif {
    /// The notifications and the results of one thing.
    pub(super) fn add(&mut self, thing: &ReportItem<'_>, words: &dyn Words) -> [String; 2] {
        let mut results = String::new();
        let mut notifications = String::new();
        match &thing.result {
            ItemResult::Unresolved(diagnostic) => {
                let outcome = Outcome::of_failed(thing.conclusion.kind() == ConclusionKind::Unknown);
                results.push_str(&self.found(
                    thing,
                    &Found::of_itself("reference", outcome, diagnostic),
                    words,
                ));
            }
            ItemResult::NotJudged { diagnostic, counts: true } => {
                let found = Found::of_itself("not-judged", Outcome::Fail, diagnostic);
                results.push_str(&self.found(thing, &found, words));
            }
            ItemResult::NotJudged { diagnostic, counts: false } => {
                let text = format!(
                    "not judged: {}: {}",
                    printable(&thing.reference),
                    printable(&diagnostic.message)
                );
                notifications.push_str(&self.notified(thing, "warning", Some(diagnostic.code), &text));
            }
            ItemResult::Checks(checks) => {
                for check in *checks {
                    let (true, Some(diagnostic)) =
                        (check.counts() || check.outcome() == Outcome::Warn, check.shown())
                    else {
                        continue;
                    };
                    let found = Found {
                        check: check.kind.as_str(),
                        scope: Some(&check.scope),
                        outcome: check.outcome(),
                        excused: check.excused.as_ref(),
                        diagnostic: &diagnostic,
                    };
                    results.push_str(&self.found(thing, &found, words));
                }
            }
        }
        let skipped = thing.checks().iter().filter(|check| check.outcome() == Outcome::Skip);
        let skipped = skipped.map(|check| format!("{}: {}", check.scope, check.message));
        for what in thing.skipped.iter().cloned().chain(skipped) {
            let text = format!("not checked: {}", printable(&what));
            notifications.push_str(&self.notified(thing, "note", None, &text));
        }
        [notifications, results]
    }

    fn found(&mut self, thing: &ReportItem<'_>, found: &Found<'_>, words: &dyn Words) -> String {
        let code = found.diagnostic.code;
        let rule = self.fired.iter().position(|fired| *fired == code).unwrap_or_else(|| {
            self.fired.push(code);
            self.fired.len() - 1
        });
        json::element(
            &Finding::new(thing, rule, found, words),
            COLUMNS[1],
            !std::mem::replace(&mut self.results, true),
        )
    }

    fn notified(
        &mut self,
        thing: &ReportItem<'_>,
        level: &'static str,
        code: Option<Code>,
        text: &str,
    ) -> String {
        let notification = Notification {
            level,
            message: Message::new(text),
            locations: locations(thing),
            descriptor: code.map(|code| Descriptor { id: code.as_str() }),
        };
        let first = !std::mem::replace(&mut self.notifications, true);
        json::element(&notification, COLUMNS[0], first)
    }

    /// The document around them, with the rules of what was found. `last` tells of the run.
    pub(super) fn frame(&self, last: LastLine<'_>, words: &dyn Words) -> Frame {
        let exit = last.tally.exit();
        let text = json::text(&Document {
            schema: SCHEMA,
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "dhi",
                        version: env!("CARGO_PKG_VERSION"),
                        rules: self.fired.iter().map(|code| Rule::new(*code, words)).collect(),
                    },
                },
                invocations: [Invocation {
                    execution_successful: !exit.is_open() && !matches!(exit, Exit::Usage | Exit::Bug),
                    exit_code: exit.code(),
                    tool_execution_notifications: [],
                }],
                results: [],
                properties: RunProperties {
                    verdict: last.tally.conclusion().kind().id(),
                    excused: json::ExcusesJson::of(&last.tally.conclusion()),
                    policy: last.policy.as_str(),
                    counts: json::Counts::new(last.tally),
                },
            }],
        });
        let (before, rest) = json::around(&text, "toolExecutionNotifications", self.notifications);
        let (between, after) = json::around(&rest, "results", self.results);
        Frame([before, between, after])
    }
}

/// What a result tells of.
struct Found<'a> {
    check: &'static str,
    scope: Option<&'a str>,
    outcome: Outcome,
    excused: Option<&'a Excused>,
    diagnostic: &'a Diagnostic,
}

impl<'a> Found<'a> {
    /// Something that is no check of an image.
    fn of_itself(check: &'static str, outcome: Outcome, diagnostic: &'a Diagnostic) -> Self {
        Self { check, scope: None, outcome, excused: None, diagnostic }
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
    properties: RunProperties,
}

#[derive(Serialize)]
struct RunProperties {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<json::ExcusesJson>,
    policy: &'static str,
    counts: json::Counts,
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
    help_uri: String,
    help: Help,
    default_configuration: Configuration,
    properties: RuleProperties,
}

/// A `multiformatMessageString`.
#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleProperties {
    exit_code: u8,
    /// How GitHub sorts alerts: a number from 0.0 to 10.0.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    tags: [&'static str; 1],
}

impl Rule {
    fn new(code: Code, words: &dyn Words) -> Self {
        let page = words.pages().iter().find(|page| page.code == code);
        let title = code.title();
        // Every code has a page (`cli/error_pages`); words of another program may lack one.
        let (cause, text, markdown) = match page {
            Some(ErrorPage { cause, checked, remedy, example, .. }) => (
                *cause,
                format!("Checked: {checked}\nTo do: {remedy}\nExample: {example}"),
                format!(
                    "{cause}\n\n* **Checked:** {checked}\n* **To do:** {remedy}\n* **Example:** `{example}`\n"
                ),
            ),
            None => (title, title.to_owned(), title.to_owned()),
        };
        Self {
            id: code.as_str(),
            short_description: Message::new(title),
            full_description: Message::new(cause),
            help_uri: format!("urn:dhi:error:{code}"),
            help: Help { text: Message::new(&text).text, markdown },
            default_configuration: Configuration { level: "error" },
            properties: RuleProperties {
                exit_code: code.exit().code(),
                security_severity: severity(code.exit()),
                tags: ["security"],
            },
        }
    }
}

/// Bad proof is critical; what is not proven, or denied, is high; what is only open is medium.
fn severity(exit: Exit) -> &'static str {
    match exit {
        Exit::BadProof => "9.0",
        Exit::Fail | Exit::Missing => "7.0",
        Exit::Limit | Exit::Denied | Exit::Unavailable => "5.0",
        Exit::Pass | Exit::Usage | Exit::Bug => "3.0",
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
    #[serde(skip_serializing_if = "Option::is_none")]
    descriptor: Option<Descriptor>,
}

/// A `reportingDescriptorReference`.
#[derive(Serialize)]
struct Descriptor {
    id: &'static str,
}

/// A `suppression`.
#[derive(Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

impl Suppression {
    fn new(excused: &Excused) -> Self {
        let justification = match excused {
            Excused::Exception { reason, expires } => format!("{}, until {expires}", printable(reason)),
            Excused::NotEnforced { from } => format!("not enforced until {from}"),
        };
        // It is in no source that the result points to.
        Self { kind: "external", status: "accepted", justification }
    }
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
    /// Empty where there is none: all results of a run have this member, or none has (SARIF 2.1.0, 3.27.23).
    suppressions: Vec<Suppression>,
    properties: FindingProperties<'a>,
}

#[derive(Serialize)]
struct FindingProperties<'a> {
    check: &'static str,
    outcome: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl<'a> Finding<'a> {
    fn new(thing: &ReportItem<'_>, rule: usize, found: &Found<'a>, words: &dyn Words) -> Self {
        let Found { check, scope, outcome, excused, diagnostic } = found;
        let severity = Severity::of(*outcome);
        let scopes: Vec<&str> = scope.iter().copied().collect();
        let text = render_diagnostic(severity, diagnostic, &scopes, words, Style::default());
        let conclusion = &thing.conclusion;
        Self {
            rule_id: diagnostic.code.as_str(),
            rule_index: rule,
            level: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: Message::new(&format!(
                "{}: {conclusion}: {}",
                printable(&thing.reference),
                text.trim_end()
            )),
            locations: locations(thing),
            partial_fingerprints: fingerprints(thing, diagnostic.code, check, *scope),
            suppressions: excused.iter().map(|excused| Suppression::new(excused)).collect(),
            properties: FindingProperties {
                check,
                outcome: outcome.as_str(),
                verdict: conclusion.kind().id(),
                scope: *scope,
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
