//! The structure of descriptions: a line, and a page of facts and tables.
//!
//! A table has at most [`SUMMARY_ROWS`] rows, and the number of rows that were left out.

use std::collections::BTreeMap;

use super::read::Text;
use crate::attestation::limits::{SUMMARY_KINDS, SUMMARY_NAMES, SUMMARY_ROWS};

/// A description of a predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// One line: `46 packages`.
    pub line: String,
    /// One page.
    pub page: Page,
}

/// Facts, then tables. All texts come from the predicate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Names and values.
    pub facts: Vec<(String, String)>,
    /// Tables, cut.
    pub tables: Vec<Table>,
}

/// The first rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The title.
    pub title: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// Rows, with as many cells as the header.
    pub rows: Vec<Vec<String>>,
    /// The number of rows that were left out.
    pub more: usize,
}

impl Page {
    /// Adds a fact, unless the text is absent.
    pub(super) fn add_text(&mut self, name: &str, value: &Text) {
        if let Some(value) = value.get() {
            self.add_fact(name, value);
        }
    }

    /// Adds a fact, unless the value is empty.
    pub(super) fn add_fact(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.facts.push((name.to_owned(), value));
        }
    }

    /// Adds a table, unless it has no rows.
    pub(super) fn add_table(&mut self, list: TableBuilder) {
        let table = list.build();
        if !table.rows.is_empty() {
            self.tables.push(table);
        }
    }
}

/// Builds a [`Table`]. Rows of a lower rank come first, whatever their order in the document.
pub(super) struct TableBuilder {
    title: &'static str,
    header: &'static [&'static str],
    ranks: BTreeMap<u8, Vec<Vec<String>>>,
    count: usize,
}

impl TableBuilder {
    pub(super) fn new(title: &'static str, header: &'static [&'static str]) -> Self {
        Self { title, header, ranks: BTreeMap::new(), count: 0 }
    }

    pub(super) fn add_row<const CELLS: usize>(&mut self, cells: [String; CELLS]) {
        self.add_ranked_row(0, cells);
    }

    pub(super) fn add_ranked_row<const CELLS: usize>(&mut self, rank: u8, cells: [String; CELLS]) {
        debug_assert_eq!(CELLS, self.header.len());
        self.count += 1;
        let rows = self.ranks.entry(rank).or_default();
        if rows.len() < SUMMARY_ROWS {
            rows.push(cells.into());
        }
    }

    fn build(self) -> Table {
        let rows: Vec<Vec<String>> = self.ranks.into_values().flatten().take(SUMMARY_ROWS).collect();
        Table {
            title: self.title.to_owned(),
            header: self.header.iter().map(|&name| name.to_owned()).collect(),
            more: self.count - rows.len(),
            rows,
        }
    }
}

/// Names for one fact: the first ones, and the number of further ones.
#[derive(Default)]
pub(super) struct NameList {
    first: Vec<String>,
    count: usize,
}

impl NameList {
    pub(super) fn add(&mut self, name: impl Into<String>) {
        self.count += 1;
        if self.first.len() < SUMMARY_NAMES {
            self.first.push(name.into());
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn join(&self) -> String {
        let more = self.count - self.first.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", self.first.join(", "))
    }
}

/// The number of items of each kind.
#[derive(Default)]
pub(super) struct KindCounts(BTreeMap<String, usize>);

impl KindCounts {
    pub(super) fn add(&mut self, kind: &str) {
        let kind =
            if self.0.len() < SUMMARY_KINDS || self.0.contains_key(kind) { kind } else { "of other kinds" };
        *self.0.entry(kind.to_owned()).or_default() += 1;
    }

    /// `40 deb, 2 npm`, the most frequent first.
    pub(super) fn join(&self) -> String {
        let mut kinds: Vec<(&String, &usize)> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut names = NameList::default();
        for (kind, count) in kinds {
            names.add(format!("{count} {kind}"));
        }
        names.join()
    }
}

/// `1 package`, `2 packages`.
pub(super) fn plural(count: usize, thing: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{s}")
}

/// The parts with a count other than zero: `2 critical, 5 high`.
pub(super) fn counts(parts: &[(u64, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.join(", ")
}
