//! Markdown for the summary of a workflow step or a comment: a row for each thing, and a folded block for each that did
//! not pass. Text from outside stands in code alone, where nothing in it is markup, a mention or a link.

use std::fmt::Write;

use super::item::ReportItem;
use super::style::{Style, printable};
use super::table::{Severity, render_diagnostic};
use super::{LastLine, Words};
use crate::evidence::{ConclusionKind, Outcome};

/// What stands above the rows: what came of all.
pub(super) fn head(last: LastLine<'_>) -> String {
    format!(
        "## dhi: {}\n\n| verdict | reference | digest | what it is | checks |\n|---|---|---|---|---|\n",
        last.line(Style::default())
    )
}

/// The row, and what was found.
pub(super) fn parts(thing: &ReportItem<'_>, words: &dyn Words) -> [String; 2] {
    let digest = thing.digest.map_or_else(|| "-".to_owned(), |digest| cell(&digest.to_string()));
    let says = cell(&thing.says());
    let (conclusion, reference) = (&thing.conclusion, cell(&thing.reference));
    let row = format!("| **{conclusion}** | {reference} | {digest} | {says} | {} |\n", counts(thing));
    let detail = detail(thing, words);
    if detail.is_empty() {
        return [row, String::new()];
    }
    let mut out = match conclusion.kind() {
        ConclusionKind::Pass => format!("\n**{conclusion}** {reference}\n\n"),
        _ => format!(
            "\n<details><summary>{conclusion} <code>{}</code></summary>\n\n",
            html(&printable(&thing.reference))
        ),
    };
    for place in &thing.places {
        let _ = writeln!(out, "* {}", cell(&format!("{}:{}", place.file, place.line)));
    }
    if !thing.places.is_empty() {
        out.push('\n');
    }
    let fence = fence(&detail);
    let _ = writeln!(out, "{fence}text\n{detail}{fence}");
    if conclusion.kind() != ConclusionKind::Pass {
        out.push_str("\n</details>\n");
    }
    [row, out]
}

fn counts(thing: &ReportItem<'_>) -> String {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Warn, Outcome::Skip];
    let counted = outcomes.into_iter().map(|outcome| (outcome, thing.count(outcome)));
    let parts: Vec<String> =
        counted.filter(|(_, n)| *n > 0).map(|(outcome, n)| format!("{n} {}", outcome.as_str())).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Findings, and what was not checked. Empty where there is neither.
fn detail(thing: &ReportItem<'_>, words: &dyn Words) -> String {
    let findings = thing.findings();
    let found = findings.iter().map(|found| {
        render_diagnostic(
            Severity::of(found.outcome),
            &found.diagnostic,
            &found.scopes,
            words,
            Style::default(),
        )
    });
    let not_checked: String = thing.not_checked().into_iter().map(|line| line + "\n").collect();
    let parts: Vec<String> = found.chain((!not_checked.is_empty()).then_some(not_checked)).collect();
    parts.join("\n")
}

/// Text in an element of HTML, which may stand in Markdown too.
fn html(text: &str) -> String {
    // What Markdown reads within a line is replaced as well: a code span or a link could begin in it.
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

/// A code span that stays whole in a cell of a table, where a bar ends the cell even within code.
fn cell(text: &str) -> String {
    let text = printable(text).replace('`', "\\u{60}").replace('|', "\\u{7c}");
    if text.is_empty() { "-".to_owned() } else { format!("`{text}`") }
}

/// One that no line of the text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(cell("a`b|c\nd"), "`a\\u{60}b\\u{7c}c\\u{a}d`");
        assert_eq!(cell(""), "-");
        assert_eq!(fence("no code"), "```");
        assert_eq!(fence("x ````` y ``"), "``````");
    }
}
