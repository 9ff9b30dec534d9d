//! The changes in Markdown, for a pull request or the summary of a workflow step.
//!
//! Text from outside is written only as code, so that it cannot become markup, a mention or a link.

use std::fmt::Write;

use super::change::Change;
use super::difference::Difference;
use super::rows::{Row, scripts, table_rows};
use crate::report::markdown::{cell, fence, html, prose, prose_cell};
use crate::report::style::file_name;
use crate::report::style::printable;

impl Difference {
    /// A title with the number of changes, a table of those that concern security, and a folded one of the others.
    pub fn markdown(&self) -> String {
        let what = match (self.from.is_absent, self.to.is_absent) {
            (true, _) => "new definition: ",
            (_, true) => "deleted definition: ",
            (false, false) => "",
        };
        let mut out = format!("## dhi: {what}{}\n\n", prose(&self.counted()));
        let _ = writeln!(out, "| definition | file | product |\n|---|---|---|");
        for (word, side) in [("from", &self.from), ("to", &self.to)] {
            let image = side.image.as_deref().unwrap_or_default();
            let _ = writeln!(out, "| {word} | {} | {} |", cell(file_name(&side.name)), cell(image));
        }
        let (concerning, others) = self.changes.split_at(self.concerns());
        let common = self.common_platforms();
        if !concerning.is_empty() {
            let _ = writeln!(out, "\n### Relevant to security\n");
            table(concerning, common, true, &mut out);
        }
        if !others.is_empty() {
            let _ = writeln!(out, "\n<details><summary>Other changes: {}</summary>\n", others.len());
            table(others, common, false, &mut out);
            out.push_str("\n</details>\n");
        }
        for (what, lines) in self.changes.iter().flat_map(scripts) {
            let lines: String = lines.iter().map(|line| printable(line) + "\n").collect();
            let fence = fence(&lines);
            let what = html(&printable(&what));
            let _ = writeln!(out, "\n<details><summary><code>{what}</code></summary>\n");
            let _ = writeln!(out, "{fence}diff\n{lines}{fence}\n\n</details>");
        }
        out
    }
}

fn table(changes: &[Change], common: usize, with_reasons: bool, out: &mut String) {
    let (header, line) = if with_reasons { (" why |", "---|") } else { ("", "") };
    let _ = writeln!(out, "| change | what | from | to |{header}\n|---|---|---|---|{line}");
    for Row { change, what, from, to, why } in table_rows(changes, common) {
        let why = if with_reasons { format!(" {} |", prose_cell(&why)) } else { String::new() };
        let _ = writeln!(out, "| {change} | {} | {} | {} |{why}", cell(&what), value(&from), value(&to));
    }
}

fn value(text: &str) -> String {
    if text == "-" { text.to_owned() } else { cell(text) }
}
