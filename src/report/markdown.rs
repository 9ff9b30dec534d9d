//! Markdown for the summary of a workflow step or a comment: a row for each item, and a folded block for each item that
//! did not pass.
//!
//! Text from outside is written only as code, so that it cannot become markup, a mention or a link.

use std::fmt::Write;

use super::item::ReportItem;
use super::style::{Style, printable};
use super::table::{Severity, render_diagnostic};
use super::{HintTexts, LastLine};
use crate::evidence::{ConclusionKind, Outcome};

/// The title with the conclusion of the run, and the header of the table.
pub(super) fn head(last: LastLine<'_>) -> String {
    format!(
        "## dhi: {}\n\n| verdict | reference | digest | what it is | checks |\n|---|---|---|---|---|\n",
        last.line(Style::default())
    )
}

/// The row of an item, and the block of its findings.
pub(super) fn parts(item: &ReportItem<'_>, texts: &dyn HintTexts) -> [String; 2] {
    let digest = item.digest.map_or_else(|| "-".to_owned(), |digest| cell(&digest.to_string()));
    let claim = cell(&item.claim_text());
    let (conclusion, reference) = (&item.conclusion, cell(&item.reference));
    let row = format!("| **{conclusion}** | {reference} | {digest} | {claim} | {} |\n", counts(item));
    let detail = detail(item, texts);
    if detail.is_empty() {
        return [row, String::new()];
    }
    let mut out = match conclusion.kind() {
        ConclusionKind::Pass => format!("\n**{conclusion}** {reference}\n\n"),
        _ => format!(
            "\n<details><summary>{conclusion} <code>{}</code></summary>\n\n",
            html(&printable(&item.reference))
        ),
    };
    for place in &item.places {
        let _ = writeln!(out, "* {}", cell(&format!("{}:{}", place.file, place.line)));
    }
    if !item.places.is_empty() {
        out.push('\n');
    }
    let fence = fence(&detail);
    let _ = writeln!(out, "{fence}text\n{detail}{fence}");
    if conclusion.kind() != ConclusionKind::Pass {
        out.push_str("\n</details>\n");
    }
    [row, out]
}

fn counts(item: &ReportItem<'_>) -> String {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Warn, Outcome::Skip];
    let counted = outcomes.into_iter().map(|outcome| (outcome, item.count(outcome)));
    let parts: Vec<String> =
        counted.filter(|(_, n)| *n > 0).map(|(outcome, n)| format!("{n} {}", outcome.as_str())).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Findings and skipped checks. Empty if there are none.
fn detail(item: &ReportItem<'_>, texts: &dyn HintTexts) -> String {
    let findings = item.findings();
    let found = findings.iter().map(|found| {
        render_diagnostic(
            Severity::of(found.outcome),
            &found.diagnostic,
            &found.scopes,
            texts,
            Style::default(),
        )
    });
    let not_checked: String = item.not_checked().into_iter().map(|line| line + "\n").collect();
    let parts: Vec<String> = found.chain((!not_checked.is_empty()).then_some(not_checked)).collect();
    parts.join("\n")
}

/// Escapes text for an HTML element within Markdown.
fn html(text: &str) -> String {
    // Inline Markdown is escaped too: the text could start a code span or a link.
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_alphanumeric() || " -./".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
        }
    }
    out
}

/// A code span in a table cell. A bar is escaped, since it ends the cell even within code.
fn cell(text: &str) -> String {
    let text = printable(text).replace('`', "\\u{60}").replace('|', "\\u{7c}");
    if text.is_empty() { "-".to_owned() } else { format!("`{text}`") }
}

/// A fence that no line of the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_text_cannot_end_its_code_span() {
        assert_eq!(cell("a`b|c\nd"), "`a\\u{60}b\\u{7c}c\\u{a}d`");
        assert_eq!(cell(""), "-");
        assert_eq!(fence("no code"), "```");
        assert_eq!(fence("x ````` y ``"), "``````");
    }
}
