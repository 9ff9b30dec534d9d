//! A comparison as tables of cells, for pages.

use super::changes::{self, FINDINGS, PACKAGES};
use super::comparison::{ComparedFindings, Comparison};
use super::facts;
use crate::diagnostic::Diagnostic;
use crate::report::Severity as Level;
use crate::report::columns::Cell;

/// A table with its header.
pub(in crate::report) struct ChangeTable {
    /// What it lists.
    pub(in crate::report) title: &'static str,
    /// The names of its columns.
    pub(in crate::report) header: &'static [&'static str],
    /// Its rows.
    pub(in crate::report) rows: Vec<Vec<Cell>>,
    /// What is not listed, in words.
    pub(in crate::report) more: Vec<String>,
}

impl Comparison<'_> {
    /// All tables: the facts about both images, then what changed. A table without rows is left out.
    pub(in crate::report) fn tables(&self) -> Vec<ChangeTable> {
        let facts = facts::rows(self).into_iter();
        let facts = facts.map(|row| vec![Cell::from(row.name), row.from.cell(), row.to.cell()]).collect();
        let mut tables = vec![ChangeTable {
            title: "facts",
            header: &["FACT", "FROM", "TO"],
            rows: facts,
            more: Vec::new(),
        }];
        if let ComparedFindings::Changes(found) = &self.compared_findings() {
            let listed = changes::findings(found);
            tables.push(ChangeTable {
                title: "findings",
                header: &FINDINGS,
                rows: listed.rows.into_iter().map(cells).collect(),
                more: listed.more,
            });
        }
        if let Some(found) = &self.packages().changes {
            let listed = changes::packages(found);
            tables.push(ChangeTable {
                title: "packages",
                header: &PACKAGES,
                rows: listed.rows.into_iter().map(cells).collect(),
                more: listed.more,
            });
        }
        tables.retain(|table| !table.rows.is_empty());
        tables
    }

    /// The counts of what changed: `packages: …` and `findings: …`.
    pub(in crate::report) fn counts(&self) -> Vec<String> {
        let packages = changes::package_counts(&self.packages());
        std::iter::once(packages).chain(changes::finding_counts(&self.compared_findings())).collect()
    }

    /// Everything that is wrong about the image that the other one is compared with, and why facts about the other one
    /// are unknown.
    pub(in crate::report) fn problems(&self) -> Vec<(&'static str, Level, Diagnostic)> {
        let mut found: Vec<_> = self.causes().into_iter().filter(|(side, _, _)| *side == "from").collect();
        let unknown = Self::unknown(self.to).into_iter().map(|(_, cause)| ("to", Level::Warning, cause));
        for cause in unknown {
            if !found.contains(&cause) {
                found.push(cause);
            }
        }
        found
    }
}

fn cells<const N: usize>(row: [String; N]) -> Vec<Cell> {
    row.into_iter().map(Cell::from).collect()
}
