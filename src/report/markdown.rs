//! Markdown for the summary of a workflow step or a comment: a row for each item, a folded block for each item that did
//! not pass, and a line for each warning and skipped check of an item that passed.
//!
//! Text from outside is written only as code, so that it cannot become markup, a mention or a link. In a table, it
//! cannot end its cell either.

use std::fmt::Write;

use super::finding::{Severity, render_diagnostic};
use super::item::ReportItem;
use super::style::{Style, printable};
use super::{HintTexts, LastLine};
use crate::evidence::{ConclusionKind, Outcome};

/// The title with the conclusion of the run, and the header of the table.
pub(super) fn head(last: LastLine<'_>) -> String {
    format!(
        "## dhi: {}\n\n| verdict | reference | digest | what it is | checks |\n|---|---|---|---|---|\n",
        last.line(Style::default())
    )
}

/// The row of an item, and what is below the table about it.
pub(super) fn parts(item: &ReportItem<'_>, texts: &dyn HintTexts) -> [String; 2] {
    let digest = item.digest.map_or_else(|| "-".to_owned(), |digest| cell(&digest.to_string()));
    let row = format!(
        "| **{}** | {} | {digest} | {} | {} |\n",
        item.conclusion,
        cell(&item.reference),
        prose_cell(&item.claim_text()),
        counts(item)
    );
    let below = match item.conclusion.kind() {
        ConclusionKind::Pass => remarks(item),
        ConclusionKind::NotJudged if !item.fails() => String::new(),
        _ => block(item, texts),
    };
    [row, below]
}

/// The number of checks with each outcome.
fn counts(item: &ReportItem<'_>) -> String {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Warn, Outcome::Skip];
    let counted = outcomes.into_iter().map(|outcome| (outcome, item.count(outcome)));
    let parts: Vec<String> =
        counted.filter(|(_, n)| *n > 0).map(|(outcome, n)| format!("{n} {}", outcome.as_str())).collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// The warnings and skipped checks of an item that passed, one line each.
fn remarks(item: &ReportItem<'_>) -> String {
    let reference = code(&item.reference);
    let findings = item.findings();
    let warnings = findings.iter().map(|found| {
        let diagnostic = &found.diagnostic;
        let object = match found.scopes.as_slice() {
            [] => String::new(),
            [scope] => format!("{scope}: "),
            several => format!("{} objects: ", several.len()),
        };
        format!("warning `{}`: {}", diagnostic.code, prose(&format!("{object}{}", diagnostic.message)))
    });
    let not_checked = item.not_checked().into_iter().map(|line| prose(&line));
    let lines: String = warnings.chain(not_checked).map(|line| format!("* {reference}: {line}\n")).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// The folded block of an item that did not pass: its places, its findings and its skipped checks.
fn block(item: &ReportItem<'_>, texts: &dyn HintTexts) -> String {
    let (conclusion, reference) = (&item.conclusion, html(&printable(&item.reference)));
    let mut out = format!("\n<details><summary>{conclusion} <code>{reference}</code></summary>\n\n");
    for place in &item.places {
        let _ = writeln!(out, "* {}", code(&format!("{}:{}", place.file, place.line)));
    }
    if !item.places.is_empty() {
        out.push('\n');
    }
    let findings = item.findings();
    let found = findings.iter().map(|found| {
        let severity = Severity::of(found.outcome);
        render_diagnostic(severity, &found.diagnostic, &found.scopes, texts, Style::default())
    });
    let not_checked: String = item.not_checked().into_iter().map(|line| line + "\n").collect();
    let parts: Vec<String> = found.chain((!not_checked.is_empty()).then_some(not_checked)).collect();
    let detail = parts.join("\n");
    let fence = fence(&detail);
    let _ = writeln!(out, "{fence}text\n{detail}{fence}\n\n</details>");
    out
}

/// Escapes text for an HTML element within Markdown.
pub(crate) fn html(text: &str) -> String {
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

/// A code span, outside of tables.
pub(crate) fn code(text: &str) -> String {
    let text = printable(text).replace('`', "\\u{60}");
    if text.is_empty() { "-".to_owned() } else { format!("`{text}`") }
}

/// A code span in a table cell.
pub(crate) fn cell(text: &str) -> String {
    within_cell(&code(text))
}

/// A sentence in a table cell.
pub(crate) fn prose_cell(text: &str) -> String {
    within_cell(&prose(text))
}

/// Code spans and plain words with every bar as `\|`, which GitHub reads as a bar that ends no cell, within code too
/// (GitHub Flavored Markdown, tables). Readers differ about a backslash in front of that, so it is escaped.
fn within_cell(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for c in markdown.chars() {
        if c == '|' {
            if out.ends_with('\\') {
                out.pop();
                out.push_str("\\u{5c}");
            }
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A sentence, outside of tables. What is between backticks, and every word that is not a plain one, is a code span.
pub(crate) fn prose(text: &str) -> String {
    let text = printable(text);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, literal, after)) = split_literal(rest) {
        out.push_str(&words(before));
        out.push_str(&code(literal));
        rest = after;
    }
    out + &words(rest)
}

/// The text before the first literal in backticks, the literal, and the text after it. An empty literal is none.
fn split_literal(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (literal, after) = rest.split_once('`')?;
    (!literal.is_empty()).then_some((before, literal, after))
}

/// Words outside of literals. A word of letters, digits and hyphens cannot become markup, a mention or a link.
fn words(text: &str) -> String {
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// A word as it is, or as a code span without the punctuation around it.
fn word(word: &str) -> String {
    let bare = word.trim_start_matches('(').trim_end_matches([',', ';', ':', ')']);
    if bare.chars().all(|c| c.is_alphanumeric() || c == '-') && !bare.starts_with('-') {
        return word.to_owned();
    }
    let (before, after) = word.split_once(bare).unwrap_or_default();
    format!("{before}{}{after}", code(bare))
}

/// A fence that no line of the text closes.
pub(crate) fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(3.max(longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_text_cannot_end_its_code_span() {
        assert_eq!(code("a`b|c\nd"), "`a\\u{60}b|c\\u{a}d`");
        assert_eq!((code("").as_str(), cell("").as_str()), ("-", "-"));
        assert_eq!(fence("no code"), "```");
        assert_eq!(fence("x ````` y ``"), "``````");
    }

    /// The cells of a row, as readers of Markdown split it. `pairs` is whether they take `\\` as an escaped backslash.
    fn cells(row: &str, pairs: bool) -> Vec<String> {
        let mut cells = vec![String::new()];
        let mut chars = row.chars().peekable();
        while let Some(c) = chars.next() {
            match (c, chars.peek()) {
                ('\\', Some('|')) => cells.last_mut().unwrap().extend(chars.next()),
                ('\\', Some('\\')) if pairs => cells.last_mut().unwrap().extend([c, chars.next().unwrap()]),
                ('|', _) => cells.push(String::new()),
                _ => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    }

    #[test]
    fn external_text_cannot_end_its_cell() {
        assert_eq!(cell("a|b"), "`a\\|b`");
        assert_eq!(prose_cell("use a|b, or `c || d`"), "use `a\\|b`, or `c \\|\\| d`");
        assert_eq!(cell("a\\|b"), "`a\\u{5c}\\|b`");
        for text in
            ["|", "a|", "\\|", "\\\\|", "\\\\\\|b", "a\\", "`|`", "<b>|</b>", "| `x` |\n| y |", "a | ` | b"]
        {
            for written in [cell(text), prose_cell(text)] {
                assert!(!written.contains('\n'), "{text:?}: {written}");
                for pairs in [true, false] {
                    let found = cells(&format!("{written} "), pairs);
                    assert_eq!(found.len(), 1, "{text:?}: {written}");
                    // All that acts is within code.
                    let plain = found[0].split('`').step_by(2).collect::<String>();
                    assert!(!plain.contains(['|', '<', '>', '\\']), "{text:?}: {written}");
                }
            }
        }
    }

    #[test]
    fn literals_and_unusual_words_are_code() {
        for (text, markdown) in [
            (
                "`proxyImage: p` in an object of an unknown kind",
                "`proxyImage: p` in an object of an unknown kind",
            ),
            ("built on dhi.io/python@sha256:00", "built on `dhi.io/python@sha256:00`"),
            (
                "signed by fixture (a5cf3b69fb6d) as dhi/python",
                "signed by fixture (a5cf3b69fb6d) as `dhi/python`",
            ),
            (
                "not proven; pass (1 finding excused until 2026-12-31)",
                "not proven; pass (1 finding excused until 2026-12-31)",
            ),
            (
                "see @everyone [x](https://evil.example) <b>",
                "see `@everyone` `[x](https://evil.example`) `<b>`",
            ),
            ("an open ` backtick", "an open `\\u{60}` backtick"),
            ("`a|b` and c|d", "`a|b` and `c|d`"),
            ("(a/b): c/d, e.f; (g)", "(`a/b`): `c/d`, `e.f`; (g)"),
            (":tada: #12 **b** --- _i_", "`:tada`: `#12` `**b**` `---` `_i_`"),
        ] {
            assert_eq!(prose(text), markdown);
        }
        assert_eq!(prose("a\nb"), "`a\\u{a}b`");
    }
}
