//! `regex.*`: the functions of Go's `regexp`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ::regex::{Captures, Regex, RegexBuilder};
use regorus::Value;

use super::number::integer;
use super::re2::{Refused, translate};
use crate::policy::rego::limits::{REGO_PATTERN, REGO_PATTERNS};

/// An expression that was compiled.
struct Compiled {
    regex: Regex,
    names: Vec<Option<String>>,
}

/// The expressions that were compiled; a policy uses the same one for each package.
static COMPILED: LazyLock<Mutex<HashMap<String, Result<Arc<Compiled>, Refused>>>> =
    LazyLock::new(Mutex::default);

fn compiled(pattern: &str) -> Option<Arc<Compiled>> {
    compile(pattern).ok()
}

/// Whether `pattern` may be valid for OPA, and is not supported here.
pub(super) fn is_unsupported(pattern: &str) -> bool {
    matches!(compile(pattern), Err(Refused::Unsupported))
}

fn compile(pattern: &str) -> Result<Arc<Compiled>, Refused> {
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = known.get(pattern) {
        return compiled.clone();
    }
    let compiled = translate(pattern).and_then(|translated| {
        let regex = RegexBuilder::new(&translated.pattern).size_limit(REGO_PATTERN).build();
        let regex = regex.map_err(|_| Refused::Unsupported)?;
        Ok(Arc::new(Compiled { regex, names: translated.names }))
    });
    if known.len() >= REGO_PATTERNS {
        known.clear();
    }
    known.insert(pattern.to_owned(), compiled.clone());
    compiled
}

/// `regex.is_valid(value)`.
pub(super) fn is_valid(arguments: &[Value]) -> Option<Value> {
    let [value] = arguments else { return None };
    let Value::String(pattern) = value else { return Some(Value::from(false)) };
    match compile(pattern) {
        Ok(_) => Some(Value::from(true)),
        Err(Refused::Invalid) => Some(Value::from(false)),
        Err(Refused::Unsupported) => None,
    }
}

/// `regex.match(pattern, text)`.
pub(super) fn is_match(arguments: &[Value]) -> Option<Value> {
    let [Value::String(pattern), Value::String(text)] = arguments else { return None };
    Some(Value::from(compiled(pattern)?.regex.is_match(text)))
}

/// How many matches are asked for: all for a negative number.
fn wanted(value: &Value) -> Option<usize> {
    matches!(value, Value::Number(_)).then_some(())?;
    let count = integer(value)?;
    Some(usize::try_from(count).unwrap_or(usize::MAX))
}

/// `regex.find_n(pattern, text, count)`.
pub(super) fn find_n(arguments: &[Value]) -> Option<Value> {
    let [Value::String(pattern), Value::String(text), count] = arguments else { return None };
    let (compiled, count) = (compiled(pattern)?, wanted(count)?);
    let found = compiled.regex.find_iter(text).take(count).map(|found| Value::from(found.as_str()));
    Some(Value::from(found.collect::<Vec<_>>()))
}

/// `regex.find_all_string_submatch_n(pattern, text, count)`.
pub(super) fn find_all(arguments: &[Value]) -> Option<Value> {
    let [Value::String(pattern), Value::String(text), count] = arguments else { return None };
    let (compiled, count) = (compiled(pattern)?, wanted(count)?);
    let groups = |captures: Captures<'_>| {
        let group = |group: Option<::regex::Match<'_>>| Value::from(group.map_or("", |group| group.as_str()));
        Value::from(captures.iter().map(group).collect::<Vec<_>>())
    };
    Some(Value::from(compiled.regex.captures_iter(text).take(count).map(groups).collect::<Vec<_>>()))
}

/// `regex.split(pattern, text)`.
pub(super) fn split(arguments: &[Value]) -> Option<Value> {
    let [Value::String(pattern), Value::String(text)] = arguments else { return None };
    let compiled = compiled(pattern)?;
    if !pattern.is_empty() && text.is_empty() {
        return Some(Value::from(vec![Value::from("")]));
    }
    let (mut parts, mut begin, mut end) = (Vec::new(), 0, 0);
    for found in compiled.regex.find_iter(text) {
        end = found.start();
        if found.end() != 0 {
            parts.push(Value::from(text.get(begin..end)?));
        }
        begin = found.end();
    }
    if end != text.len() {
        parts.push(Value::from(text.get(begin..)?));
    }
    Some(Value::from(parts))
}

/// `regex.replace(text, pattern, replacement)`; `$1` and `${name}` are groups.
pub(super) fn replace(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text), Value::String(pattern), Value::String(replacement)] = arguments else {
        return None;
    };
    let compiled = compiled(pattern)?;
    let expanded = |captures: &Captures<'_>| expand(replacement, captures, &compiled.names);
    Some(Value::from(compiled.regex.replace_all(text, expanded).into_owned()))
}

/// As `Expand` of Go's `regexp`.
fn expand(mut template: &str, captures: &Captures<'_>, names: &[Option<String>]) -> String {
    let mut text = String::new();
    while let Some((before, after)) = template.split_once('$') {
        text.push_str(before);
        template = after;
        if let Some(rest) = after.strip_prefix('$') {
            text.push('$');
            template = rest;
            continue;
        }
        let Some((name, rest)) = group_name(after) else {
            text.push('$');
            continue;
        };
        template = rest;
        let number =
            name.bytes().all(|byte| byte.is_ascii_digit()) && (name.len() == 1 || !name.starts_with('0'));
        let group = if number {
            name.parse().ok().and_then(|number: usize| captures.get(number))
        } else {
            let position = names.iter().position(|known| known.as_deref() == Some(name));
            position.and_then(|position| captures.get(position + 1))
        };
        text.push_str(group.map_or("", |group| group.as_str()));
    }
    text.push_str(template);
    text
}

/// The name after `$`, and what follows it.
fn group_name(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('{').unwrap_or(text);
    let end = inner.find(|character: char| !is_name(character)).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let rest = if inner.len() == text.len() { rest } else { rest.strip_prefix('}')? };
    (!name.is_empty()).then_some((name, rest))
}

/// Letters, decimal digits and `_`.
fn is_name(character: char) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\A[\p{L}\p{Nd}_]\z").ok());
    let mut buffer = [0; 4];
    NAME.as_ref().is_some_and(|name| name.is_match(character.encode_utf8(&mut buffer)))
}
