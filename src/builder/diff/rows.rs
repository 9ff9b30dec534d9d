//! Changes as rows: the same words in every format for people.

use super::change::{AttributeChange, Change, ChangeKind, Trend};
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

/// The rows of a change.
pub(in crate::builder) fn rows(change: &Change) -> Vec<Row> {
    let why = || change.concerns.iter().map(|one| one.reason()).collect::<Vec<_>>().join("; ");
    let what = object(change);
    let row = |word, what, [from, to]: [String; 2], why| Row { change: word, what, from, to, why };
    let nothing = || "-".to_owned();
    match change.kind {
        ChangeKind::Added => vec![row("added", what, [nothing(), summary(change)], why())],
        ChangeKind::Removed => vec![row("removed", what, [summary(change), nothing()], why())],
        ChangeKind::Reordered => {
            let moved = change.attributes.first().and_then(|one| one.to.as_ref());
            let moved = moved.map(short).unwrap_or_default();
            vec![row("moved", what, [nothing(), moved], why())]
        }
        ChangeKind::Changed => {
            let rows = change.attributes.iter().enumerate().map(|(number, one)| {
                let word = match one.trend {
                    Some(Trend::Up) => "upgraded",
                    Some(Trend::Down) => "downgraded",
                    None => "changed",
                };
                let what = match &*one.name {
                    "value" | "version" | "purl" => what.clone(),
                    name => format!("{what}: {name}"),
                };
                row(word, what, values(change.aspect, one), if number == 0 { why() } else { String::new() })
            });
            rows.collect()
        }
    }
}

/// The texts of several lines that changed: what each is, and its lines.
pub(super) fn scripts(change: &Change) -> Vec<(String, Vec<String>)> {
    let listed = change.attributes.iter().map(|one| {
        let what = object(change);
        let what = if one.name == "value" { what } else { format!("{what}: {}", one.name) };
        (what, changed(one))
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

/// `stage redis: file /etc/redis.conf (linux/arm64)`.
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
    if !change.platforms.is_empty() {
        let platforms: Vec<&str> = change.platforms.iter().map(|one: &TargetPlatform| one.as_str()).collect();
        text = format!("{text} ({})", platforms.join(", "));
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
