//! The changes as tables for people.

use super::change::Change;
use super::difference::Difference;
use super::rows::{Row, scripts, table_rows};
use crate::report::Style;
use crate::report::columns::{Cell, Tone, filled_columns};
use crate::report::style::file_name;

/// The columns that tables always have.
const ALWAYS: usize = 4;

impl Difference {
    /// Both definitions, the changes that concern security, the other changes, and their number. With `all_lines`, also
    /// the lines of scripts that changed.
    pub fn table(&self, style: Style, all_lines: bool) -> String {
        let heads = [("from", &self.from), ("to", &self.to)].map(|(word, side)| {
            let image = side.image.as_deref().unwrap_or("-");
            style.lines(
                &style.strong(&style.text(&format!("{word:<4}  {}  {image}", file_name(&side.name)))),
                2,
            )
        });
        let mut sections = vec![heads.concat()];
        let (concerning, others) = self.changes.split_at(self.concerns());
        let common = self.common_platforms();
        sections.extend(section("relevant to security", concerning, common, style));
        sections.extend(section("other changes", others, common, style));
        for (what, lines) in self.changes.iter().filter(|_| all_lines).flat_map(scripts) {
            let lines: String = lines.iter().map(|line| format!("  {}\n", style.text(line))).collect();
            sections.push(format!("{}\n{lines}", style.strong(&style.text(&what))));
        }
        let end = match (self.is_empty(), self.from.is_absent, self.to.is_absent) {
            (_, true, _) => style.warning("new definition"),
            (_, _, true) => style.warning("deleted definition"),
            (true, ..) => style.good("equal"),
            (false, ..) => style.warning("changed"),
        };
        sections.push(style.lines(&format!("{end}  {}", self.counted()), 2));
        sections.join("\n")
    }

    /// `3 changes, 1 relevant to security`.
    pub(super) fn counted(&self) -> String {
        match (self.changes.len(), self.concerns()) {
            (0, _) => "both definitions mean the same".to_owned(),
            (1, concerns) => format!("1 change, {concerns} relevant to security"),
            (changes, concerns) => format!("{changes} changes, {concerns} relevant to security"),
        }
    }
}

fn section(title: &str, changes: &[Change], common: usize, style: Style) -> Option<String> {
    if changes.is_empty() {
        return None;
    }
    let rows = table_rows(changes, common).into_iter().map(|Row { change, what, from, to, why }| {
        [
            Cell::from(change),
            Cell::from(what),
            Cell::from(from),
            Cell::from(to),
            Cell::new(why, Tone::Warning),
        ]
    });
    let table = filled_columns(["CHANGE", "WHAT", "FROM", "TO", "WHY"], rows.collect(), ALWAYS, style);
    Some(format!("{}\n{table}", style.strong(title)))
}
