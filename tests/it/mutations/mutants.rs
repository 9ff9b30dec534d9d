//! All mutations of a JSON document, one place at a time. Strings that contain JSON, as text or as base64, are mutated
//! too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Where in a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Member(String),
    Element(usize),
    /// Into a string that is JSON.
    Text,
    /// Into a string that is base64 of JSON.
    Base64,
}

/// What is done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Another string, number or boolean; of base64 one bit.
    Changed,
    /// The member or element is gone.
    Dropped,
    /// The member has another name.
    Renamed,
    /// A value of another type.
    Swapped,
    /// The member or element is duplicated, with another value.
    Doubled,
}

/// One place and what is done there.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    path: Vec<Step>,
    pub(crate) change: Change,
}

/// How the entry `at` of a list is called.
pub(super) fn entry(list: &str, at: usize) -> String {
    format!("entry {at} of {list}")
}

/// The name of the second of two members until the document is text.
const TWIN: &str = "\u{1}twin";

/// All mutants of a document.
pub(crate) fn all(document: &Value) -> Vec<Mutant> {
    let mut found = Vec::new();
    walk(document, &mut Vec::new(), &mut found);
    found
}

fn walk(value: &Value, path: &mut Vec<Step>, found: &mut Vec<Mutant>) {
    let mut add = |change| found.push(Mutant { path: path.clone(), change });
    match path.last() {
        Some(Step::Member(_)) => {
            let all = [Change::Dropped, Change::Renamed, Change::Swapped, Change::Doubled];
            all.into_iter().for_each(&mut add);
        }
        Some(Step::Element(_)) => {
            [Change::Dropped, Change::Swapped, Change::Doubled].into_iter().for_each(&mut add);
        }
        _ => {}
    }
    let inside: Vec<(Step, Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (Step::Member(name.clone()), value.clone())).collect()
        }
        Value::Array(elements) => {
            elements.iter().enumerate().map(|(at, value)| (Step::Element(at), value.clone())).collect()
        }
        Value::String(text) => {
            add(Change::Changed);
            inside(text).into_iter().collect()
        }
        _ => {
            add(Change::Changed);
            Vec::new()
        }
    };
    for (step, value) in inside {
        path.push(step);
        walk(&value, path, found);
        path.pop();
    }
}

/// The document in a string.
fn inside(text: &str) -> Option<(Step, Value)> {
    let object = |bytes: &[u8]| serde_json::from_slice(bytes).ok().filter(Value::is_object);
    if text.starts_with('{') {
        return object(text.as_bytes()).map(|value| (Step::Text, value));
    }
    STANDARD.decode(text).ok().and_then(|bytes| object(&bytes)).map(|value| (Step::Base64, value))
}

impl Mutant {
    /// The place as a JSON pointer; `{}` goes into JSON in a string, `base64` into JSON in base64. Indices are left
    /// out, so that equal places have one name.
    pub(crate) fn place(&self) -> String {
        let steps = self.path.iter().map(|step| match step {
            Step::Member(name) => format!("/{}", name.replace('/', "~1")),
            Step::Element(_) => "/*".to_owned(),
            Step::Text => "/{}".to_owned(),
            Step::Base64 => "/base64".to_owned(),
        });
        steps.collect()
    }

    /// The name of the entry of the list `name` that it is in.
    pub(super) fn entry_of(&self, name: &str) -> String {
        match self.path.first() {
            Some(Step::Element(at)) => entry(name, *at),
            _ => String::new(),
        }
    }

    /// The text of the document after it.
    pub(crate) fn apply(&self, document: &Value) -> String {
        let mut document = document.clone();
        change(&mut document, &self.path, self.change);
        text(&document)
    }
}

fn text(document: &Value) -> String {
    let text = document.to_string();
    // The twin has the name of the member before it.
    text.replacen("\\u0001twin", "", 1)
}

fn change(value: &mut Value, path: &[Step], how: Change) {
    match (path, &mut *value) {
        ([], value) => *value = changed(value),
        ([Step::Member(name)], Value::Object(members)) => member(members, name, how),
        ([Step::Element(at)], Value::Array(elements)) => match how {
            Change::Changed => elements[*at] = changed(&elements[*at]),
            Change::Dropped | Change::Renamed => drop(elements.remove(*at)),
            Change::Swapped => elements[*at] = swapped(&elements[*at]),
            Change::Doubled => elements.insert(at + 1, elements[*at].clone()),
        },
        ([Step::Member(name), rest @ ..], Value::Object(members)) => {
            change(members.get_mut(name).unwrap(), rest, how);
        }
        ([Step::Element(at), rest @ ..], Value::Array(elements)) => change(&mut elements[*at], rest, how),
        ([Step::Text | Step::Base64, rest @ ..], Value::String(string)) => {
            let (step, mut document) = inside(string).unwrap();
            change(&mut document, rest, how);
            let document = text(&document);
            *string = if step == Step::Text { document } else { STANDARD.encode(document) };
        }
        _ => unreachable!("{path:?}"),
    }
}

fn member(members: &mut Map<String, Value>, name: &str, how: Change) {
    if how == Change::Changed {
        members[name] = changed(&members[name]);
        return;
    }
    let mut new = Map::new();
    for (own, value) in std::mem::take(members) {
        if own != name {
            new.insert(own, value);
            continue;
        }
        match how {
            Change::Renamed => drop(new.insert(format!("{own}x"), value)),
            Change::Swapped => drop(new.insert(own, swapped(&value))),
            Change::Doubled => {
                let twin = changed(&value);
                new.insert(format!("{TWIN}{own}"), twin);
                new.insert(own, value);
            }
            Change::Dropped | Change::Changed => {}
        }
    }
    *members = new;
}

/// Another value of the same type.
fn changed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(changed_text(text)),
        Value::Number(number) => (number.as_i64().unwrap_or_default() + 1).into(),
        Value::Bool(flag) => (!flag).into(),
        Value::Null => "0".into(),
        Value::Array(elements) => {
            elements.iter().map(changed).chain(elements.is_empty().then_some(Value::Null)).collect()
        }
        Value::Object(members) => {
            let mut members = members.clone();
            members.insert("\u{1}".to_owned(), 0.into());
            Value::Object(members)
        }
    }
}

fn changed_text(text: &str) -> String {
    if let Some((algorithm, hex)) = text.split_once(':')
        && algorithm == "sha256"
        && let Some(first) = hex.chars().next()
    {
        return format!("sha256:{}{}", if first == '0' { '1' } else { '0' }, hex.get(1..).unwrap());
    }
    // One bit in the middle of the decoded bytes.
    if text.len() >= 16
        && let Ok(mut bytes) = STANDARD.decode(text)
    {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        return STANDARD.encode(bytes);
    }
    match text.chars().last() {
        Some('0') => format!("{}1", text.get(..text.len() - 1).unwrap()),
        Some(last) => format!("{}0", text.strip_suffix(last).unwrap()),
        None => "0".to_owned(),
    }
}

/// A value of another type.
fn swapped(value: &Value) -> Value {
    match value {
        Value::String(text) => vec![text.clone()].into(),
        Value::Number(number) => number.to_string().into(),
        Value::Bool(flag) => flag.to_string().into(),
        Value::Array(_) | Value::Null => Value::Object(Map::new()),
        Value::Object(_) => Value::Array(Vec::new()),
    }
}
