//! `dhi definition diff` for two lock files.

use std::fmt::Write as _;

use serde::Serialize;

use super::lock_output::{changes, values};
use crate::builder::lock::{Lock, Row, diff};
use crate::report::json::text;
use crate::report::markdown::{cell, prose};
use crate::report::style::{Style, file_name};

/// How the names of lock files end.
const SUFFIX: &str = ".lock";
/// The version of the schema.
const SCHEMA_VERSION: u32 = 1;

/// Whether a file with this name is a lock.
pub(super) fn is_lock(name: &str) -> bool {
    name.ends_with(SUFFIX)
}

/// What differs between two lock files.
pub(super) struct LockDifference {
    from: String,
    to: String,
    rows: Vec<Row>,
}

impl LockDifference {
    /// Compares two locks, whose files have these names.
    pub(super) fn new((from, old): (&str, &Lock), (to, new): (&str, &Lock)) -> Self {
        let mut rows = diff(old, new);
        rows.sort_by_key(|row| !row.is_suspicious());
        Self { from: from.to_owned(), to: to.to_owned(), rows }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn suspicious(&self) -> usize {
        self.rows.iter().filter(|row| row.is_suspicious()).count()
    }

    /// `3 changes, 1 with other bytes under the same version`.
    fn counted(&self) -> String {
        let changes = match self.rows.len() {
            1 => "1 change".to_owned(),
            count => format!("{count} changes"),
        };
        match self.suspicious() {
            0 => changes,
            count => format!("{changes}, {count} with other bytes under the same version or address"),
        }
    }

    pub(super) fn table(&self, style: Style) -> String {
        if self.is_empty() {
            return "equal  both locks are the same\n".to_owned();
        }
        format!("{}\nchanged  {}\n", changes(&self.rows, style), self.counted())
    }

    pub(super) fn markdown(&self) -> String {
        let mut out = format!("## dhi: {}\n\n", prose(&self.counted()));
        let _ = writeln!(out, "| lock | file |\n|---|---|");
        for (word, name) in [("from", &self.from), ("to", &self.to)] {
            let _ = writeln!(out, "| {word} | {} |", cell(file_name(name)));
        }
        if self.is_empty() {
            return out;
        }
        let _ = writeln!(out, "\n| what | from | to | platforms |\n|---|---|---|---|");
        for row in &self.rows {
            let (from, to) = values(&row.change);
            let shown = |value: String| if value.is_empty() { "-".to_owned() } else { cell(&value) };
            let subject = cell(&row.subject.to_string());
            let subject = if row.is_suspicious() { format!("**other bytes**: {subject}") } else { subject };
            let _ = writeln!(
                out,
                "| {subject} | {} | {} | {} |",
                shown(from),
                shown(to),
                platforms(row).join(", ")
            );
        }
        out
    }

    pub(super) fn json(&self) -> String {
        text(&Document {
            schema_version: SCHEMA_VERSION,
            equal: self.is_empty(),
            from: &self.from,
            to: &self.to,
            counts: Counts { changes: self.rows.len(), suspicious: self.suspicious() },
            changes: self.rows.iter().map(ChangeJson::new).collect(),
        })
    }
}

fn platforms(row: &Row) -> Vec<String> {
    row.platforms.iter().map(ToString::to_string).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    equal: bool,
    from: &'a str,
    to: &'a str,
    counts: Counts,
    changes: Vec<ChangeJson<'a>>,
}

#[derive(Serialize)]
struct Counts {
    changes: usize,
    suspicious: usize,
}

#[derive(Serialize)]
struct ChangeJson<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "String::is_empty")]
    from: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    to: String,
    suspicious: bool,
    platforms: Vec<String>,
}

impl<'a> ChangeJson<'a> {
    fn new(row: &'a Row) -> Self {
        let (from, to) = values(&row.change);
        Self {
            kind: row.subject.kind(),
            name: row.subject.name(),
            from,
            to,
            suspicious: row.is_suspicious(),
            platforms: platforms(row),
        }
    }
}
