//! Changes as rows: the same words in every format for people.

use std::collections::HashMap;

use super::change::{AttributeChange, Change, ChangeKind, Trend};
use super::limits::{DIFF_CELL, DIFF_ROWS};
use super::lines::{changed, short, sides};
use crate::builder::definition::{Keyword, TargetPlatform};
use crate::builder::facts::{Aspect, Value};

/// A change of one value, or of a whole fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::builder) struct Row {
    /// What happened.
    pub(in crate::builder) change: &'static str,
    /// To what.
    pub(in crate::builder) what: String,
    /// Before.
    pub(in crate::builder) from: String,
    /// After.
    pub(in crate::builder) to: String,
    /// Why it should be looked at first.
    pub(in crate::builder) why: String,
}

/// A row for some platforms.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct PlatformRow {
    change: &'static str,
    object: String,
    /// The value of the object that changed. Empty if it has only one.
    value: String,
    from: String,
    to: String,
    why: String,
    /// Empty: all.
    platforms: Vec<TargetPlatform>,
}

/// The rows of a change.
pub(in crate::builder) fn rows(change: &Change) -> Vec<Row> {
    platform_rows(change).into_iter().map(PlatformRow::row).collect()
}

/// The rows of a table: those that several platforms have in common once. `common` is the number of platforms that are
/// compared. A long table is cut.
pub(super) fn table_rows(changes: &[Change], common: usize) -> Vec<Row> {
    let mut rows: Vec<PlatformRow> = Vec::new();
    let mut places: HashMap<PlatformRow, usize> = HashMap::new();
    let mut omitted = 0;
    for row in changes.iter().flat_map(platform_rows) {
        if row.platforms.is_empty() {
            if rows.len() < DIFF_ROWS {
                rows.push(row);
            } else {
                omitted += 1;
            }
            continue;
        }
        let key = PlatformRow { platforms: Vec::new(), ..row.clone() };
        let is_full = rows.len() >= DIFF_ROWS;
        match places.get(&key).and_then(|place| rows.get_mut(*place)) {
            Some(known) => known.platforms.extend(row.platforms),
            None if !is_full => {
                places.insert(key, rows.len());
                rows.push(row);
            }
            None => omitted += 1,
        }
    }
    let mut rows: Vec<Row> = rows
        .into_iter()
        .map(|mut row| {
            row.platforms.sort_unstable();
            row.platforms.dedup();
            if row.platforms.len() >= common {
                row.platforms.clear();
            }
            row.row()
        })
        .collect();
    if omitted > 0 {
        let what = format!("{omitted} more rows, which only the JSON document has");
        let nothing = || "-".to_owned();
        rows.push(Row { change: "…", what, from: nothing(), to: nothing(), why: String::new() });
    }
    rows
}

impl PlatformRow {
    fn row(self) -> Row {
        let Self { change, object, value, from, to, why, platforms } = self;
        let mut what = cut(object);
        if !platforms.is_empty() {
            let platforms: Vec<&str> = platforms.iter().map(|one| one.as_str()).collect();
            what = format!("{what} ({})", platforms.join(", "));
        }
        if !value.is_empty() {
            what = format!("{what}: {}", cut(value));
        }
        Row { change, what, from, to, why }
    }
}

/// The beginning of a long text.
fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(DIFF_CELL) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn platform_rows(change: &Change) -> Vec<PlatformRow> {
    let why = || change.concerns.iter().map(|one| one.reason()).collect::<Vec<_>>().join("; ");
    let row = |word, value: &str, sides: [String; 2], why| {
        let [from, to] = sides.map(cut);
        let (object, value) = (object(change), value.to_owned());
        PlatformRow { change: word, object, value, from, to, why, platforms: change.platforms.clone() }
    };
    let nothing = || "-".to_owned();
    match change.kind {
        ChangeKind::Added => vec![row("added", "", [nothing(), summary(change)], why())],
        ChangeKind::Removed => vec![row("removed", "", [summary(change), nothing()], why())],
        ChangeKind::Reordered => {
            let moved = change.attributes.first().and_then(|one| one.to.as_ref());
            let moved = moved.map(short).unwrap_or_default();
            vec![row("moved", "", [nothing(), moved], why())]
        }
        ChangeKind::Changed => {
            let rows = change.attributes.iter().enumerate().map(|(number, one)| {
                let word = match one.trend {
                    Some(Trend::Up) => "upgraded",
                    Some(Trend::Down) => "downgraded",
                    None => "changed",
                };
                let value = match &*one.name {
                    "value" | "version" | "purl" => "",
                    name => name,
                };
                row(word, value, values(change.aspect, one), if number == 0 { why() } else { String::new() })
            });
            rows.collect()
        }
    }
}

/// The texts of several lines that changed: what each is, and its lines.
pub(super) fn scripts(change: &Change) -> Vec<(String, Vec<String>)> {
    let listed = change.attributes.iter().map(|one| {
        let value = if one.name == "value" { String::new() } else { one.name.to_string() };
        let row = PlatformRow {
            change: "",
            object: object(change),
            value,
            from: String::new(),
            to: String::new(),
            why: String::new(),
            platforms: change.platforms.clone(),
        };
        (row.row().what, changed(one))
    });
    listed.filter(|(_, lines)| !lines.is_empty()).collect()
}

fn values(aspect: Aspect, one: &AttributeChange) -> [String; 2] {
    let [from, to] = sides(one.from.as_ref(), one.to.as_ref());
    if aspect == Aspect::Package && one.name == "version" {
        return [from, to].map(|version| if version == "-" { "any version".to_owned() } else { version });
    }
    [from, to]
}

/// `stage redis: file /etc/redis.conf`.
fn object(change: &Change) -> String {
    let mut text = String::new();
    if let Some(stage) = &change.stage
        && change.aspect != Aspect::Stage
    {
        text = format!("stage {stage}: ");
    }
    text.push_str(change.aspect.words());
    if !change.name.is_empty() {
        text.push(' ');
        text.push_str(&change.name);
    }
    text
}

/// All values of a fact in one line.
fn summary(change: &Change) -> String {
    let value = |one: &AttributeChange| one.from.as_ref().or(one.to.as_ref()).map(short).unwrap_or_default();
    let named = |one: &AttributeChange| match &*one.name {
        "value" | "version" | "purl" => value(one),
        name => format!("{name} {}", value(one)),
    };
    // The name of the object is shown beside it.
    let is_name = |one: &&AttributeChange| {
        let text = one.from.as_ref().or(one.to.as_ref());
        text != Some(&Value::Text(change.name.clone()))
    };
    let parts: Vec<String> = change.attributes.iter().filter(is_name).map(named).collect();
    match parts.as_slice() {
        [] if change.aspect == Aspect::Package => "any version".to_owned(),
        [] => "yes".to_owned(),
        parts => parts.join("; "),
    }
}
