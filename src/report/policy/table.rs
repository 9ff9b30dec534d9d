//! The table of evaluated policies for people: a row for each policy and image, then the violations and what is
//! unknown, what policies printed, the health score, and last the verdict.

use std::collections::BTreeSet;

use serde_json::Value;

use super::folded::FoldedResult;
use super::run::{PolicyProof, PolicyResult, PolicyRun, without_facts};
use super::unknown::{by_cause, note};
use crate::evidence::Outcome;
use crate::policy::SelectedPolicy;
use crate::policy::rego::{Violation, asked, odd_result};
use crate::report::columns::{Cell, Tone, columns};
use crate::report::{RECORDED, RequestedReference, Severity, Style, render_diagnostic};

impl PolicyRun<'_> {
    /// The table.
    pub fn table(&self, style: Style) -> String {
        let mut sections = vec![self.head(style)];
        if !self.images.is_empty() {
            sections.push(self.rows(style));
        }
        sections.extend(self.all_findings(style));
        if self.prints {
            sections.extend(self.printed(style));
        }
        sections.push(self.notes(style));
        let last = format!("{}  {}", style.verdict(self.conclusion()), style.text(&self.counts()));
        sections.push(style.lines(&last, 2));
        sections.retain(|section| !section.is_empty());
        sections.join("\n")
    }

    /// Only what did not pass. Empty if everything passed.
    pub fn findings(&self, style: Style) -> String {
        self.all_findings(style).join("\n")
    }

    fn all_findings(&self, style: Style) -> Vec<String> {
        let folded = self.folded(has_equal_findings);
        let groups = by_cause(&folded);
        let of_policies = groups.iter().flat_map(|group| self.findings_of(group, style));
        self.verification_findings(style).into_iter().chain(of_policies).collect()
    }

    /// What was evaluated, and what is known of it.
    fn head(&self, style: Style) -> String {
        match self.proof {
            PolicyProof::Recorded { .. } => {
                let mut head = style.lines(&style.strong(&style.text(&self.target)), 2);
                head.push_str(&style.lines(&style.warning(RECORDED), 2));
                head
            }
            PolicyProof::Verified { image, .. } => match (&image.reference, &image.result) {
                (RequestedReference::Reference(reference), Ok((source, verdict))) => {
                    let digest = source.root().digest;
                    let mut head = crate::report::table::object_line(reference, digest, style);
                    head.push_str(&style.lines(&style.text(&verdict.claim.with(&image.conclusion())), 2));
                    head
                }
                _ => style.lines(&style.strong(&style.text(&self.target)), 2),
            },
        }
    }

    /// A row for each policy and image.
    fn rows(&self, style: Style) -> String {
        let rows = self.result_rows().into_iter().map(|row| {
            let cells = [row.policy, row.images].map(|text| Cell::from(text.as_str()));
            let numbers = [row.violations, row.weight].map(Cell::whole);
            std::iter::once(result_cell(row.outcome)).chain(cells).chain(numbers).collect::<Vec<Cell>>()
        });
        columns(["RESULT", "POLICY", "IMAGE", "VIOLATIONS", "WEIGHT"], rows, style)
    }

    /// What is wrong with the image besides the policies.
    fn verification_findings(&self, style: Style) -> Vec<String> {
        let image = match self.proof {
            PolicyProof::Verified { image, .. } => image,
            PolicyProof::Recorded { unresolved, .. } => {
                let diagnostics = unresolved.iter().map(without_facts);
                return diagnostics
                    .map(|diagnostic| render_diagnostic(Severity::Error, &diagnostic, &[], self.texts, style))
                    .collect();
            }
        };
        if let Err(diagnostic) = &image.result {
            return vec![render_diagnostic(Severity::Error, diagnostic, &[], self.texts, style)];
        }
        let counting = self.verification_checks().filter(|check| check.counts());
        let shown = counting.filter_map(|check| Some((check.shown()?, check.scope.as_str())));
        shown
            .map(|(diagnostic, scope)| {
                render_diagnostic(Severity::Error, &diagnostic, &[scope], self.texts, style)
            })
            .collect()
    }

    /// One note about policies that are unknown for one cause, else what is wrong with each.
    fn findings_of(&self, group: &[&FoldedResult<'_>], style: Style) -> Vec<String> {
        match note(group) {
            Some((diagnostic, scope)) => {
                vec![render_diagnostic(Severity::Error, &diagnostic, &[&scope], self.texts, style)]
            }
            None => group.iter().filter_map(|folded| self.finding(folded, style)).collect(),
        }
    }

    /// The violations of a policy, or why it is unknown.
    fn finding(&self, folded: &FoldedResult<'_>, style: Style) -> Option<String> {
        let FoldedResult { policy, result, images } = folded;
        let check = &result.check;
        let diagnostic = check.shown()?;
        let scope = format!("{} of {images}", policy.name());
        match &result.evaluation {
            Some(evaluation) if check.outcome() == Outcome::Fail && !evaluation.violations.is_empty() => {
                let violations = evaluation.violations.as_slice();
                let count = match violations.len() {
                    1 => "1 violation".to_owned(),
                    count => format!("{count} violations"),
                };
                let head = style.bad(&format!("error[{}]", diagnostic.code));
                let head = format!("{head}: {}: {count}", style.text(&scope));
                let facts: Vec<(&str, String)> = odd_result(evaluation)
                    .map(|text| ("result", text))
                    .into_iter()
                    .chain(asked(evaluation).map(|text| ("asked", text)))
                    .collect();
                let facts = style.facts(facts.iter().map(|(name, value)| (*name, value.as_str())));
                Some(style.lines(&head, 2) + &facts + &details(policy, violations, style))
            }
            _ => Some(render_diagnostic(Severity::Error, &diagnostic, &[&scope], self.texts, style)),
        }
    }

    /// What policies printed.
    fn printed(&self, style: Style) -> Vec<String> {
        let results = self.images.iter().flat_map(|image| &image.results);
        let printed = results.filter_map(|result| {
            let prints = &result.evaluation.as_ref()?.prints;
            if prints.is_empty() {
                return None;
            }
            let mut text = style.lines(&format!("printed by {}:", style.text(&result.check.scope)), 2);
            for line in prints {
                text.push_str(&style.lines(&format!("  {}", style.text(&without_command(line))), 4));
            }
            Some(text)
        });
        printed.collect()
    }

    /// The health scores, and the policies that are not evaluated.
    fn notes(&self, style: Style) -> String {
        let scores = self.scores().into_iter().map(|score| format!("Health score  {score}"));
        let off = self.not_evaluated().into_iter().map(|text| format!("not evaluated: {text}"));
        scores.chain(off).map(|line| style.lines(&style.text(&line), 2)).collect()
    }
}

/// Whether two results have the same findings.
fn has_equal_findings(one: &PolicyResult, other: &PolicyResult) -> bool {
    let violations = |result: &PolicyResult| {
        result.evaluation.as_ref().map(|evaluation| evaluation.violations.clone()).unwrap_or_default()
    };
    one.check.outcome() == other.check.outcome()
        && one.check.shown() == other.check.shown()
        && violations(one) == violations(other)
}

/// An outcome in its colour.
fn result_cell(outcome: Outcome) -> Cell {
    let tone = match outcome {
        Outcome::Pass => Tone::Plain,
        Outcome::Fail => Tone::Bad,
        _ => Tone::Warning,
    };
    Cell::new(outcome.as_str(), tone)
}

/// A row for each violation: its message and its details, then each remediation once.
fn details(policy: &SelectedPolicy, violations: &[Violation], style: Style) -> String {
    let order = &policy.policy.metadata().details_order;
    let mut names: Vec<&str> = order.iter().map(String::as_str).collect();
    if names.is_empty() {
        let all: BTreeSet<&str> =
            violations.iter().flat_map(|violation| violation.detail.keys()).map(String::as_str).collect();
        names.extend(all);
    }
    let header = std::iter::once("MESSAGE".to_owned()).chain(names.iter().map(|name| name.to_uppercase()));
    let rows = violations.iter().map(|violation| {
        let details = names.iter().map(|name| {
            let text = violation.detail.get(*name).map(shown).filter(|text| !text.is_empty());
            text.unwrap_or_else(|| "-".to_owned())
        });
        let cells = std::iter::once(violation.message.clone()).chain(details);
        cells.map(|text| without_command(&text)).collect::<Vec<_>>()
    });
    let mut text = columns(header, rows, style);
    let remediations: BTreeSet<&str> =
        violations.iter().filter_map(|violation| violation.remediation.as_deref()).collect();
    for remediation in remediations {
        text.push_str(&style.lines(&format!("  {} {}", style.hint("hint:"), style.text(remediation)), 8));
    }
    text
}

/// Text without workflow commands. A runner reads its log: `::` is a command at the start of a line, after spaces too,
/// and `##[` anywhere.
fn without_command(text: &str) -> String {
    let text = text.replace("##[", "#\\u{23}[");
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    match start.strip_prefix("::") {
        Some(rest) => {
            let before = text.get(..text.len() - start.len()).unwrap_or_default();
            format!("{before}\\u{{3a}}\\u{{3a}}{rest}")
        }
        None => text,
    }
}

/// A detail as text: a text without quotes, everything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
