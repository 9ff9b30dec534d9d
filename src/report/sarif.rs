//! SARIF 2.1.0 (OASIS): every failure and warning is a result under the rule of its error id; every skipped check and
//! every item that was not judged is a notification.
//!
//! A passed check is not a result: viewers show an alert for each result, whatever its kind.

use std::collections::BTreeMap;

use serde::Serialize;

use super::finding::{Severity, render_diagnostic};
use super::item::{ItemResult, Location as Place, ReportItem};
use super::json;
use super::parts::Frame;
use super::sarif_document::{Document, Fingerprints, Location, Message, Tool, help_uri};
use super::style::{Style, printable};
use super::{ErrorPage, HintTexts, LastLine};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{CheckSubject, ConclusionKind, Excused, Outcome};

/// Indentation of a notification and of a result.
const COLUMNS: [usize; 2] = [12, 8];

/// A rendering of one run: notifications, then results.
#[derive(Clone, Debug, Default)]
pub(super) struct Sarif {
    notifications: bool,
    results: bool,
    /// The rules of the results, in the order of their first result.
    rules: Vec<RuleKey>,
    /// The exit code of the run, if it is not that of the results.
    pub(super) exit: Option<Exit>,
    fingerprints: Fingerprints,
}

/// A rule: an error id, and the policy in Rego that found it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RuleKey {
    code: Code,
    policy: Option<String>,
}

impl RuleKey {
    fn of(found: &ItemFinding<'_>) -> Self {
        let code = found.diagnostic.code;
        let is_of_policy = matches!(code, Code::POLICY_VIOLATION | Code::POLICY_UNKNOWN);
        Self { code, policy: found.policy.filter(|_| is_of_policy).map(printable) }
    }

    /// `policy/violation/non-root`.
    fn id(&self) -> String {
        match &self.policy {
            Some(policy) => format!("{}/{policy}", self.code),
            None => self.code.as_str().to_owned(),
        }
    }
}

impl Sarif {
    /// Renders the notifications and the results of one item.
    pub(super) fn add(&mut self, item: &ReportItem<'_>, texts: &dyn HintTexts) -> [String; 2] {
        let mut results = String::new();
        let mut notifications = String::new();
        match &item.result {
            ItemResult::Unresolved(diagnostic) => {
                let outcome = Outcome::of_failed(item.conclusion.kind() == ConclusionKind::Unknown);
                results.push_str(&self.found(
                    item,
                    &ItemFinding::of_itself("reference", outcome, diagnostic),
                    texts,
                ));
            }
            ItemResult::NotJudged { diagnostic, counts: true } => {
                let found = ItemFinding::of_itself("not-judged", Outcome::Fail, diagnostic);
                results.push_str(&self.found(item, &found, texts));
            }
            ItemResult::NotJudged { diagnostic, counts: false } => {
                let text =
                    format!("not judged: {}: {}", printable(&item.reference), printable(&diagnostic.message));
                notifications.push_str(&self.notified(item, "warning", Some(diagnostic.code), &text));
            }
            ItemResult::Checks(checks) => {
                for check in *checks {
                    let (true, Some(diagnostic)) =
                        (check.counts() || check.outcome() == Outcome::Warn, check.shown())
                    else {
                        continue;
                    };
                    let found = ItemFinding {
                        check: check.kind.as_str(),
                        scope: Some(&check.scope),
                        outcome: check.outcome(),
                        policy: match &check.subject {
                            CheckSubject::Policy { policy, .. } => Some(policy),
                            _ => None,
                        },
                        excused: check.excused.as_ref(),
                        diagnostic: &diagnostic,
                    };
                    results.push_str(&self.found(item, &found, texts));
                }
            }
        }
        let skipped = item.checks().iter().filter(|check| check.outcome() == Outcome::Skip);
        let skipped = skipped.map(|check| format!("{}: {}", check.scope, check.message));
        for what in item.skipped.iter().cloned().chain(skipped) {
            let text = format!("not checked: {}", printable(&what));
            notifications.push_str(&self.notified(item, "note", None, &text));
        }
        [notifications, results]
    }

    fn found(&mut self, item: &ReportItem<'_>, found: &ItemFinding<'_>, texts: &dyn HintTexts) -> String {
        let code = found.diagnostic.code;
        let key = RuleKey::of(found);
        let id = key.id();
        let rule = self.rules.iter().position(|rule| *rule == key).unwrap_or_else(|| {
            self.rules.push(key);
            self.rules.len() - 1
        });
        let parts = [&item.reference, code.as_str(), found.check, found.scope.unwrap_or_default()];
        let result = SarifResult::new(item, (id, rule), found, self.fingerprints.next(&parts), texts);
        json::element(&result, COLUMNS[1], !std::mem::replace(&mut self.results, true))
    }

    fn notified(
        &mut self,
        item: &ReportItem<'_>,
        level: &'static str,
        code: Option<Code>,
        text: &str,
    ) -> String {
        let notification = Notification {
            level,
            message: Message::new(text),
            locations: locations(item),
            descriptor: code.map(|code| Descriptor { id: code.as_str() }),
        };
        let first = !std::mem::replace(&mut self.notifications, true);
        json::element(&notification, COLUMNS[0], first)
    }

    /// The document around notifications and results, with the rules of all results.
    pub(super) fn frame(&self, last: LastLine<'_>, texts: &dyn HintTexts) -> Frame {
        let exit = self.exit.unwrap_or_else(|| last.tally.exit());
        let text = json::text(&Document::of([Run {
            tool: Tool::with_rules(self.rules.iter().map(|key| Rule::new(key, texts)).collect()),
            invocations: [Invocation {
                execution_successful: !exit.is_open() && !matches!(exit, Exit::Usage | Exit::Bug),
                exit_code: exit.code(),
                tool_execution_notifications: [],
            }],
            results: [],
            properties: RunProperties {
                verdict: last.tally.conclusion().kind().id(),
                excused: json::ExcusesJson::of(&last.tally.conclusion()),
                policy: last.policies.deciding_name(),
                added_policies: json::added_policies(last.policies),
                counts: json::Counts::new(last.tally),
            },
        }]));
        let (before, rest) = json::around(&text, "toolExecutionNotifications", self.notifications);
        let (between, after) = json::around(&rest, "results", self.results);
        Frame([before, between, after])
    }
}

/// The input of a result.
struct ItemFinding<'a> {
    check: &'static str,
    scope: Option<&'a str>,
    /// The policy in Rego that found it.
    policy: Option<&'a str>,
    outcome: Outcome,
    excused: Option<&'a Excused>,
    diagnostic: &'a Diagnostic,
}

impl<'a> ItemFinding<'a> {
    /// A finding about the item itself, not from a check.
    fn of_itself(check: &'static str, outcome: Outcome, diagnostic: &'a Diagnostic) -> Self {
        Self { check, scope: None, policy: None, outcome, excused: None, diagnostic }
    }
}

#[derive(Serialize)]
struct Run {
    tool: Tool<Rule>,
    invocations: [Invocation; 1],
    /// Empty: the results are inserted one by one.
    results: [(); 0],
    properties: RunProperties,
}

#[derive(Serialize)]
struct RunProperties {
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<json::ExcusesJson>,
    policy: &'static str,
    #[serde(rename = "addedPolicies", skip_serializing_if = "Vec::is_empty")]
    added_policies: Vec<json::AddedPolicy>,
    counts: json::Counts,
}

/// One error id, or one policy in Rego.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
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
    /// The order of alerts on GitHub: a number from 0.0 to 10.0.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    tags: [&'static str; 1],
}

impl Rule {
    fn new(key: &RuleKey, texts: &dyn HintTexts) -> Self {
        let code = key.code;
        let page = texts.pages().iter().find(|page| page.code == code);
        let title = code.title();
        // Every code has a page in the command (`cli/error_pages`); another program may lack pages.
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
            id: key.id(),
            short_description: Message::new(&match &key.policy {
                Some(policy) => format!("{policy}: {title}"),
                None => title.to_owned(),
            }),
            full_description: Message::new(cause),
            help_uri: help_uri(code.as_str()),
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

/// A bad proof is critical, a failed or missing proof high, an unknown result medium.
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
    /// Empty: the notifications are inserted one by one.
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
        // The suppression is not in the source file of the result.
        Self { kind: "external", status: "accepted", justification }
    }
}

/// A `result`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    /// Empty if there is none: either all results of a run have this member or none (SARIF 2.1.0, 3.27.23).
    suppressions: Vec<Suppression>,
    properties: ResultProperties<'a>,
}

#[derive(Serialize)]
struct ResultProperties<'a> {
    check: &'static str,
    outcome: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

impl<'a> SarifResult<'a> {
    fn new(
        item: &ReportItem<'_>,
        (id, rule): (String, usize),
        found: &ItemFinding<'a>,
        fingerprint: String,
        texts: &dyn HintTexts,
    ) -> Self {
        let mut fingerprints = BTreeMap::from([("primaryLocationLineHash", fingerprint)]);
        fingerprints.extend(item.digest.map(|digest| ("imageDigest/v1", digest.to_string())));
        let ItemFinding { check, scope, outcome, excused, diagnostic, .. } = found;
        let severity = Severity::of(*outcome);
        let scopes: Vec<&str> = scope.iter().copied().collect();
        let text = render_diagnostic(severity, diagnostic, &scopes, texts, Style::default());
        let conclusion = &item.conclusion;
        Self {
            rule_id: id,
            rule_index: rule,
            level: match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            },
            message: Message::new(&format!(
                "{}: {conclusion}: {}",
                printable(&item.reference),
                text.trim_end()
            )),
            locations: locations(item),
            partial_fingerprints: fingerprints,
            suppressions: excused.iter().map(|excused| Suppression::new(excused)).collect(),
            properties: ResultProperties {
                check,
                outcome: outcome.as_str(),
                verdict: conclusion.kind().id(),
                scope: *scope,
                digest: item.digest.map(|digest| digest.to_string()),
            },
        }
    }
}

/// The hash that identifies a finding, also after the tag moved to another digest and after the line moved. GitHub
/// reads it, with the number of the finding among equal ones, as `primaryLocationLineHash`.
/// The lines that name the item; without any, the reference.
fn locations(item: &ReportItem<'_>) -> Vec<Location> {
    if item.places.is_empty() {
        return vec![Location::of_resource(&item.reference, item.reference.clone())];
    }
    let places = item.places.iter();
    places.map(|place: &Place| Location::of_line(&place.file, place.line, item.reference.clone())).collect()
}
