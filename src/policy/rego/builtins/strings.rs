//! Functions of texts.

use regorus::Value;

use super::number::{Number, members};

/// `count(value)`: items, members, or the characters of a text.
pub(super) fn count(arguments: &[Value]) -> Option<Value> {
    let count = match arguments {
        [Value::String(text)] => text.chars().count(),
        [Value::Array(items)] => items.len(),
        [Value::Set(items)] => items.len(),
        [Value::Object(members)] => members.len(),
        _ => return None,
    };
    Some(Value::from(count))
}

/// `indexof(text, part)`: the number of characters before the first `part`.
pub(super) fn indexof(arguments: &[Value]) -> Option<Value> {
    let (text, part) = searched(arguments)?;
    let found = text.find(part).and_then(|at| text.get(..at)).map(|before| before.chars().count());
    Some(found.map_or_else(|| Value::from(-1), Value::from))
}

/// `indexof_n(text, part)`: the positions of all occurrences, overlapping ones included.
pub(super) fn indexof_n(arguments: &[Value]) -> Option<Value> {
    let (text, part) = searched(arguments)?;
    let starts = text.char_indices().enumerate();
    let found = starts.filter(|(_, (at, _))| text.get(*at..).is_some_and(|rest| rest.starts_with(part)));
    Some(Value::from(found.map(|(position, _)| Value::from(position)).collect::<Vec<_>>()))
}

/// The two texts; OPA has no answer for an empty second one.
fn searched(arguments: &[Value]) -> Option<(&str, &str)> {
    match arguments {
        [Value::String(text), Value::String(part)] if !part.is_empty() => Some((text, part)),
        _ => None,
    }
}

/// `lower(text)`, character by character.
pub(super) fn lower(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let lower = |character: char| match character {
        '\u{130}' => 'i',
        _ => single(character, character.to_lowercase()),
    };
    Some(Value::from(text.chars().map(lower).collect::<String>()))
}

/// `upper(text)`, character by character: `ß` stays.
pub(super) fn upper(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let upper = |character: char| match character {
        // The Greek letters with a subscript, which have an upper case of one character and another of two.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => after(character, 8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => after(character, 9),
        _ => single(character, character.to_uppercase()),
    };
    Some(Value::from(text.chars().map(upper).collect::<String>()))
}

fn single(character: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => character,
    }
}

fn after(character: char, distance: u32) -> char {
    char::from_u32(u32::from(character) + distance).unwrap_or(character)
}

/// `replace(text, old, new)`. No answer if the result is not UTF-8, as an empty `old` between bytes may make it.
pub(super) fn replace(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text), Value::String(old), Value::String(new)] = arguments else { return None };
    replaced(text, &[(old, new)])
}

/// `strings.replace_n(pairs, text)`: one pass; where several keys match, the first in order is taken.
pub(super) fn replace_n(arguments: &[Value]) -> Option<Value> {
    let [pairs @ Value::Object(_), Value::String(text)] = arguments else { return None };
    let pair = |(old, new): (&'_ Value, &'_ Value)| match (old, new) {
        (Value::String(old), Value::String(new)) => Some((old.to_string(), new.to_string())),
        _ => None,
    };
    let pairs = members(pairs).into_iter().map(pair).collect::<Option<Vec<_>>>()?;
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
    replaced(text, &pairs)
}

fn replaced(text: &str, pairs: &[(&str, &str)]) -> Option<Value> {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut at = 0;
    // An empty match is not followed by another at the same place.
    let mut after_empty = false;
    while let Some(rest) = bytes.get(at..) {
        let fits =
            |(old, _): &&(&str, &str)| rest.starts_with(old.as_bytes()) && !(after_empty && old.is_empty());
        if let Some((old, new)) = pairs.iter().find(fits) {
            result.extend_from_slice(new.as_bytes());
            after_empty = old.is_empty();
            at += old.len();
            continue;
        }
        after_empty = false;
        result.extend(rest.first());
        at += 1;
    }
    String::from_utf8(result).ok().map(Value::from)
}

/// `strings.count(text, part)`; an empty part is found before each character and at the end.
pub(super) fn occurrences(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text), Value::String(part)] = arguments else { return None };
    Some(Value::from(text.matches(&**part).count()))
}

/// `substring(text, from, length)`, in characters; a negative length is up to the end.
pub(super) fn substring(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text), from, length] = arguments else { return None };
    let (Number::Int(from), Number::Int(length)) = (Number::of(from)?, Number::of(length)?) else {
        return None;
    };
    let from = usize::try_from(from).ok()?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Some(Value::from(text.chars().skip(from).take(length).collect::<String>()))
}
