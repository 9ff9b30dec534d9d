//! The leaves of a JSON document, and documents in which one leaf is another or missing.

use serde_json::{Map, Value};

/// One leaf: the members and positions that lead to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

/// How a leaf is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It has another value of its type.
    Other,
    /// It is missing.
    Missing,
}

impl Change {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Other, Self::Missing];
}

impl Leaf {
    /// As authors write it: `predicate.packages[].name`. Positions are left out, so that items of a list have one name.
    pub(super) fn name(&self) -> String {
        let mut name = String::new();
        for step in &self.0 {
            match step {
                Step::Item(_) => name.push_str("[]"),
                Step::Member(member) if is_plain(member) => {
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(member);
                }
                Step::Member(member) => name.push_str(&format!("[{member:?}]")),
            }
        }
        name
    }

    /// The members that lead to it, up to the first item of a list.
    pub(super) fn members(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map_while(|step| match step {
            Step::Member(member) => Some(member.as_str()),
            Step::Item(_) => None,
        })
    }
}

fn is_plain(member: &str) -> bool {
    !member.is_empty() && member.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// All leaves: scalars, and empty lists and objects. Works off a list, since documents can be deep.
pub(super) fn leaves(document: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    let mut work = vec![(Vec::new(), document)];
    while let Some((path, value)) = work.pop() {
        let below = |step: Step| path.iter().cloned().chain([step]).collect::<Vec<_>>();
        match value {
            Value::Object(members) if !members.is_empty() => {
                work.extend(
                    members.iter().rev().map(|(name, value)| (below(Step::Member(name.clone())), value)),
                );
            }
            Value::Array(items) if !items.is_empty() => {
                work.extend(items.iter().enumerate().rev().map(|(at, value)| (below(Step::Item(at)), value)));
            }
            _ => found.push(Leaf(path)),
        }
    }
    found
}

/// The document with this leaf changed. `None` if it has no such leaf.
pub(super) fn changed(document: &Value, leaf: &Leaf, change: Change) -> Option<Value> {
    let mut document = document.clone();
    let (last, before) = leaf.0.split_last()?;
    let mut at = &mut document;
    for step in before {
        at = match step {
            Step::Member(name) => at.get_mut(name)?,
            Step::Item(index) => at.get_mut(index)?,
        };
    }
    match (last, change, at) {
        (Step::Member(name), Change::Missing, Value::Object(members)) => {
            members.shift_remove(name)?;
        }
        (Step::Item(index), Change::Missing, Value::Array(items)) => {
            items.get(*index)?;
            items.remove(*index);
        }
        (Step::Member(name), Change::Other, Value::Object(members)) => {
            let value = members.get_mut(name)?;
            *value = other(value);
        }
        (Step::Item(index), Change::Other, Value::Array(items)) => {
            let value = items.get_mut(*index)?;
            *value = other(value);
        }
        _ => return None,
    }
    Some(document)
}

/// Another value of the same type.
fn other(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or_default();
            if number == 0.0 { 1.into() } else { 0.into() }
        }
        Value::String(text) if text.is_empty() => "changed".into(),
        Value::String(text) => format!("changed {text}").into(),
        Value::Array(_) => Value::Array(vec!["added".into()]),
        Value::Object(_) => Value::Object(Map::from_iter([("added".to_owned(), Value::Bool(true))])),
        Value::Null => "changed".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_leaf_is_changed_and_left_out() {
        let document = serde_json::json!({"a": [{"b": 1}, {"b": true}], "c d": "x", "e": [], "f": null});
        let leaves = leaves(&document);
        let names: Vec<String> = leaves.iter().map(Leaf::name).collect();
        assert_eq!(names, ["a[].b", "a[].b", "[\"c d\"]", "e", "f"]);
        for leaf in &leaves {
            for change in Change::ALL {
                let found = changed(&document, leaf, change);
                assert!(found.is_some_and(|found| found != document), "{leaf:?}");
            }
        }
        let second = leaves.get(1).unwrap();
        let expected = serde_json::json!({"a": [{"b": 1}, {"b": false}], "c d": "x", "e": [], "f": null});
        assert_eq!(changed(&document, second, Change::Other), Some(expected));
        assert_eq!(changed(&serde_json::json!({}), second, Change::Other), None);
    }
}
