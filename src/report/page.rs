//! The page of one predicate: names and values, then tables. Whatever the predicate contains, lines fit a terminal of
//! 80 columns, except for long digests and URIs.

use std::fmt::Write;

use super::Style;
use super::columns::{INDENT, columns};
use super::style::printable;
use crate::attestation::{Description, Table};

/// Characters of a line.
const WIDTH: usize = 80;

/// Renders the summary of a predicate: its line, then its page.
pub fn render(summary: &Description, style: Style) -> String {
    let mut out = format!("{}\n", style.strong(&printable(&summary.line)));
    if !summary.page.facts.is_empty() {
        out.push('\n');
        out.push_str(&facts(&summary.page.facts));
    }
    for list in &summary.page.tables {
        let _ = writeln!(out, "\n{}", style.strong(&printable(&list.title)));
        out.push_str(&table(list));
        if list.more > 0 {
            let _ = writeln!(out, "  and {} more", list.more);
        }
    }
    out
}

/// Names, then values. A value is broken at spaces; a digest or URI is never broken, so that it can be copied.
fn facts(facts: &[(String, String)]) -> String {
    let facts: Vec<(String, String)> =
        facts.iter().map(|(name, value)| (printable(name), printable(value))).collect();
    let names = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in &facts {
        let mut line = format!("{INDENT}{name:names$} ");
        let start = line.chars().count();
        let mut width = start;
        for word in value.split_whitespace() {
            let more = word.chars().count() + 1;
            if width + more > WIDTH && width > start {
                let _ = write!(line, "\n{:start$}", "");
                width = start;
            }
            let _ = write!(line, " {word}");
            width += more;
        }
        let _ = writeln!(out, "{line}");
    }
    out
}

/// A table of the width of the page. Wide cells continue on the next line.
fn table(list: &Table) -> String {
    let width = u16::try_from(WIDTH - INDENT.len()).unwrap_or_default();
    columns(list.header.clone(), list.rows.clone(), Some(width))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::Page;

    fn page(facts: &[(&str, &str)], rows: Vec<Vec<String>>) -> String {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let header = vec!["A".to_owned(), "B".to_owned()];
        let tables = vec![Table { title: "list".to_owned(), header, rows, more: 3 }];
        render(&Description { line: "line".to_owned(), page: Page { facts, tables } }, Style::default())
    }

    #[test]
    fn external_text_cannot_add_lines() {
        let evil = "a\n\u{1b}[2Jb\r\u{202e}c";
        let text = page(&[(evil, evil)], vec![vec![evil.to_owned(), evil.to_owned()]]);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text}");
        assert_eq!(text.lines().count(), 8, "{text}");
    }

    #[test]
    fn lines_are_broken_at_words_but_not_in_digests() {
        let digest = format!("sha256:{}", "0".repeat(64));
        let text = page(&[("digest", &digest), ("text", &"word ".repeat(40))], Vec::new());
        assert!(text.contains(&digest));
        assert!(
            text.lines().filter(|line| !line.contains("sha256")).all(|line| line.len() <= WIDTH),
            "{text}"
        );
        let text = page(&[], vec![vec!["x".repeat(300), "y".repeat(300)]; 2]);
        assert!(text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.ends_with("  and 3 more\n"));
    }
}
