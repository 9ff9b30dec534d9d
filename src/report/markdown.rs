//! Markdown for the summary of a workflow step or a comment. Text from outside stands in code alone, where nothing
//! in it is markup, a mention or a link.

use std::fmt::Write;

use super::Words;
use super::item::ReportItem;
use super::style::{Style, printable};
use super::table::{Severity, problem};
use crate::evidence::Outcome;

/// What stands above the table of everything. Under it is what was found about each.
pub(super) const HEAD: &str =
    "## dhi\n\n| verdict | reference | digest | what it is | checks |\n|---|---|---|---|---|\n";

/// The row of the table, and what was found.
pub(super) fn parts(thing: &ReportItem<'_>, words: &dyn Words) -> [String; 2] {
    let digest = thing.digest.map_or_else(|| "-".to_owned(), |digest| cell(&digest.to_string()));
    let says = cell(&thing.says());
    let (word, reference) = (&thing.conclusion, cell(&thing.reference));
    let row = format!("| **{word}** | {reference} | {digest} | {says} | {} |\n", counts(thing));
    let detail = detail(thing, words);
    let mut out = format!("\n### {reference}\n\n");
    for place in &thing.places {
        let _ = writeln!(out, "* {}", cell(&format!("{}:{}", place.file, place.line)));
    }
    if !thing.places.is_empty() {
        out.push('\n');
    }
    let fence = fence(&detail);
    let _ = writeln!(out, "{fence}text\n{detail}{fence}");
    [row, out]
}

fn counts(thing: &ReportItem<'_>) -> String {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Warn, Outcome::Skip];
    let counted = outcomes.into_iter().map(|outcome| (outcome, thing.count(outcome)));
    let parts: Vec<String> =
        counted.filter(|(_, n)| *n > 0).map(|(outcome, n)| format!("{n} {}", outcome.as_str())).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Findings, the verdict, and what was not checked: what the table for people says below its rows.
fn detail(thing: &ReportItem<'_>, words: &dyn Words) -> String {
    let mut out = String::new();
    for found in thing.findings() {
        out.push_str(&problem(
            Severity::of(found.outcome),
            &found.problem,
            &found.scopes,
            words,
            Style::default(),
        ));
        out.push('\n');
    }
    let _ = writeln!(out, "{}  policy {}", thing.conclusion, printable(thing.policy));
    for line in thing.not_checked() {
        let _ = writeln!(out, "{line}");
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
