//! The page of one predicate: names and values, then tables.

use std::fmt::Write;

use super::Style;
use super::columns::columns;
use crate::attestation::Description;

/// Renders the summary of a predicate: its line, then its page.
pub fn render(summary: &Description, style: Style) -> String {
    let mut out = style.lines(&style.strong(&style.text(&summary.line)), 2);
    if !summary.page.facts.is_empty() {
        out.push('\n');
        let facts = summary.page.facts.iter();
        out.push_str(&style.facts(facts.map(|(name, value)| (name.as_str(), value.as_str()))));
    }
    for list in &summary.page.tables {
        let _ = writeln!(out, "\n{}", style.strong(&style.text(&list.title)));
        out.push_str(&columns(list.header.iter().cloned(), list.rows.iter().cloned(), style));
        if list.more > 0 {
            let _ = writeln!(out, "  and {} more", list.more);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attestation::{Page, Table};

    const WIDTH: usize = 80;

    fn page(facts: &[(&str, &str)], rows: Vec<Vec<String>>) -> String {
        let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let header = vec!["A".to_owned(), "B".to_owned()];
        let tables = vec![Table { title: "list".to_owned(), header, rows, more: 3 }];
        render(
            &Description { line: "line".to_owned(), page: Page { facts, tables } },
            Style { width: Some(WIDTH), ..Style::default() },
        )
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
        let text = page(&[("digest of the image", &digest), ("text", &"word ".repeat(40))], Vec::new());
        assert!(text.contains(&digest) && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        let text = page(&[], vec![vec!["w ".repeat(60), digest.clone()]; 2]);
        assert!(text.matches(&digest).count() == 2 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
        assert!(text.ends_with("  and 3 more\n"));
    }
}
