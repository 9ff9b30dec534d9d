//! Functions of JSON texts, and of paths in objects.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use regorus::Value;
use serde::de::IgnoredAny;

use super::number::{Number, sorted};

/// `json.marshal(value)`, as Go writes it: no spaces, keys in order, `<`, `>` and `&` escaped.
pub(super) fn marshal(arguments: &[Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    let mut text = String::new();
    write(value, &mut text);
    Some(Value::from(text))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Undefined => text.push_str("null"),
        Value::Bool(bool) => text.push_str(if *bool { "true" } else { "false" }),
        Value::Number(_) => {
            text.push_str(&Number::of(value).map_or_else(String::new, |number| number.text()));
        }
        Value::String(string) => write_text(string, text),
        Value::Array(_) | Value::Set(_) => {
            text.push('[');
            for (index, item) in sorted(value).into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(object) => {
            // By the text of the key, which is JSON where the key is no text.
            let key = |key: &Value| match key {
                Value::String(key) => key.to_string(),
                other => {
                    let mut text = String::new();
                    write(other, &mut text);
                    text
                }
            };
            let members: BTreeMap<String, &Value> =
                object.iter().map(|(name, value)| (key(name), value)).collect();
            text.push('{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_text(&key, text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
    }
}

fn write_text(string: &str, text: &mut String) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                // A `String` takes everything.
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}

/// `json.is_valid(value)`.
pub(super) fn is_valid(arguments: &[Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    let valid = matches!(value, Value::String(text) if serde_json::from_str::<IgnoredAny>(text).is_ok());
    Some(Value::from(valid))
}

/// The members at paths: a tree of keys that ends where a path ends.
enum Paths {
    Here,
    Inside(BTreeMap<Value, Paths>),
}

impl Paths {
    /// Each path is a text with `/` between keys, or an array of keys.
    fn of(value: &Value) -> Option<Self> {
        let mut root = BTreeMap::new();
        if !matches!(value, Value::Array(_) | Value::Set(_)) {
            return None;
        }
        for path in sorted(value) {
            let keys: Vec<Value> = match path {
                Value::String(path) if path.is_empty() => Vec::new(),
                Value::String(path) => {
                    let keys = path.trim_start_matches('/').split('/');
                    keys.map(|key| Value::from(key.replace("~1", "/").replace("~0", "~"))).collect()
                }
                Value::Array(keys) => keys.iter().cloned().collect(),
                _ => return None,
            };
            add(&mut root, &keys);
        }
        Some(Self::Inside(root))
    }

    fn get(&self, key: &Value) -> Option<&Self> {
        match self {
            Self::Here => None,
            Self::Inside(keys) => keys.get(key),
        }
    }
}

fn add(node: &mut BTreeMap<Value, Paths>, keys: &[Value]) {
    match keys {
        [] => {}
        [last] => {
            node.insert(last.clone(), Paths::Here);
        }
        [first, rest @ ..] => {
            let inside = node.entry(first.clone()).or_insert_with(|| Paths::Inside(BTreeMap::new()));
            // A path that ends earlier covers this one.
            if let Paths::Inside(inside) = inside {
                add(inside, rest);
            }
        }
    }
}

/// The key of an array's item in a path.
fn position(index: usize) -> Value {
    Value::from(index.to_string())
}

/// `json.filter(object, paths)`: only what is at the paths.
pub(super) fn filter(arguments: &[Value]) -> Option<Value> {
    let [object @ Value::Object(_), paths] = arguments else { return None };
    Some(filtered(object, &Paths::of(paths)?))
}

fn filtered(value: &Value, paths: &Paths) -> Value {
    if matches!(paths, Paths::Here) {
        return value.clone();
    }
    let inside = |value: &Value, key: &Value| paths.get(key).map(|paths| filtered(value, paths));
    match value {
        Value::Object(object) => {
            let members = object.iter().filter_map(|(key, value)| Some((key.clone(), inside(value, key)?)));
            Value::from(members.collect::<BTreeMap<_, _>>())
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Value::from(items.filter_map(|(index, item)| inside(item, &position(index))).collect::<Vec<_>>())
        }
        Value::Set(items) => Value::from(
            items.iter().filter_map(|item| inside(item, item)).collect::<std::collections::BTreeSet<_>>(),
        ),
        other => other.clone(),
    }
}

/// `json.remove(object, paths)`: all but what is at the paths.
pub(super) fn remove(arguments: &[Value]) -> Option<Value> {
    let [object @ Value::Object(_), paths] = arguments else { return None };
    Some(without(object, &Paths::of(paths)?))
}

fn without(value: &Value, paths: &Paths) -> Value {
    let rest = |value: &Value, key: &Value| match paths.get(key) {
        None => Some(value.clone()),
        Some(Paths::Here) => None,
        Some(paths) => Some(without(value, paths)),
    };
    match value {
        Value::Object(object) => {
            let members = object.iter().filter_map(|(key, value)| Some((key.clone(), rest(value, key)?)));
            Value::from(members.collect::<BTreeMap<_, _>>())
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            Value::from(items.filter_map(|(index, item)| rest(item, &position(index))).collect::<Vec<_>>())
        }
        Value::Set(items) => Value::from(
            items.iter().filter_map(|item| rest(item, item)).collect::<std::collections::BTreeSet<_>>(),
        ),
        other => other.clone(),
    }
}
