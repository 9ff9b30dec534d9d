//! Lists on a page have [`SUMMARY_ROWS`] rows at most, and say how many more there are.

use std::collections::BTreeMap;

use super::read::Text;
use crate::attestation::limits::{SUMMARY_KINDS, SUMMARY_NAMES, SUMMARY_ROWS};

/// What a predicate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// In one line: `46 packages`.
    pub line: String,
    /// In as much as fits a page.
    pub page: Page,
}

/// Facts, then tables. All of it is text from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Name and value.
    pub facts: Vec<(String, String)>,
    /// Lists, cut.
    pub tables: Vec<Table>,
}

/// The first rows of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What is listed.
    pub title: String,
    /// Names of the columns.
    pub header: Vec<String>,
    /// As many cells each as the header has.
    pub rows: Vec<Vec<String>>,
    /// Rows that are left out.
    pub more: usize,
}

impl Page {
    /// Adds a fact that is there.
    pub(super) fn fact(&mut self, name: &str, value: &Text) {
        if let Some(value) = value.get() {
            self.say(name, value);
        }
    }

    /// Adds a fact unless it is empty.
    pub(super) fn say(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.facts.push((name.to_owned(), value));
        }
    }

    /// Adds a list unless it is empty.
    pub(super) fn list(&mut self, list: List) {
        let table = list.table();
        if !table.rows.is_empty() {
            self.tables.push(table);
        }
    }
}

/// A list in the making. Rows of a lower rank stand first, whatever their order in the document.
pub(super) struct List {
    title: &'static str,
    header: &'static [&'static str],
    ranks: BTreeMap<u8, Vec<Vec<String>>>,
    count: usize,
}

impl List {
    pub(super) fn new(title: &'static str, header: &'static [&'static str]) -> Self {
        Self { title, header, ranks: BTreeMap::new(), count: 0 }
    }

    pub(super) fn row<const CELLS: usize>(&mut self, cells: [String; CELLS]) {
        self.ranked(0, cells);
    }

    pub(super) fn ranked<const CELLS: usize>(&mut self, rank: u8, cells: [String; CELLS]) {
        debug_assert_eq!(CELLS, self.header.len());
        self.count += 1;
        let rows = self.ranks.entry(rank).or_default();
        if rows.len() < SUMMARY_ROWS {
            rows.push(cells.into());
        }
    }

    fn table(self) -> Table {
        let rows: Vec<Vec<String>> = self.ranks.into_values().flatten().take(SUMMARY_ROWS).collect();
        Table {
            title: self.title.to_owned(),
            header: self.header.iter().map(|&name| name.to_owned()).collect(),
            more: self.count - rows.len(),
            rows,
        }
    }
}

/// Names for one fact: the first ones and how many more there are.
#[derive(Default)]
pub(super) struct Names {
    first: Vec<String>,
    count: usize,
}

impl Names {
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

/// How many there are of each kind.
#[derive(Default)]
pub(super) struct Kinds(BTreeMap<String, usize>);

impl Kinds {
    pub(super) fn add(&mut self, kind: &str) {
        let kind =
            if self.0.len() < SUMMARY_KINDS || self.0.contains_key(kind) { kind } else { "of other kinds" };
        *self.0.entry(kind.to_owned()).or_default() += 1;
    }

    /// `40 deb, 2 npm`, the most frequent first.
    pub(super) fn join(&self) -> String {
        let mut kinds: Vec<(&String, &usize)> = self.0.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let mut names = Names::default();
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

/// The parts whose count is not zero: `2 critical, 5 high`.
pub(super) fn counts(parts: &[(u64, &str)]) -> String {
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    parts.join(", ")
}
