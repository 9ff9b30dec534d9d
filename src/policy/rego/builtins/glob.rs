//! `glob.*`: patterns as the Go package `gobwas/glob` reads them.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use ::regex::RegexBuilder;
use regorus::Value;

use crate::policy::rego::limits::REGO_PATTERN;

/// `glob.quote_meta(text)`.
pub(super) fn quote_meta(arguments: &[Value]) -> Option<Value> {
    let [Value::String(text)] = arguments else { return None };
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '\\' | '[' | ']' | '{' | '}') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    Some(Value::from(quoted))
}

/// `glob.match(pattern, delimiters, text)`: `*` and `?` match no delimiter. No delimiters: `.`; `null`: none.
pub(super) fn is_match(arguments: &[Value]) -> Option<Value> {
    let [_, _, Value::String(text)] = arguments else { return None };
    let regex = RegexBuilder::new(&translated(arguments)?).size_limit(REGO_PATTERN).build().ok()?;
    Some(Value::from(regex.is_match(text)))
}

/// Whether the pattern of a call of `glob.match` is valid. It may still be too large to be compiled.
pub(super) fn is_valid(arguments: &[Value]) -> bool {
    translated(arguments).is_some()
}

/// The pattern of a call of `glob.match` as a regular expression.
fn translated(arguments: &[Value]) -> Option<String> {
    let [Value::String(pattern), delimiters, Value::String(_)] = arguments else { return None };
    let delimiters = match delimiters {
        Value::Null => String::new(),
        Value::Array(items) if items.is_empty() => ".".to_owned(),
        Value::Array(items) => items.iter().map(single).collect::<Option<String>>()?,
        _ => return None,
    };
    let mut class = String::new();
    for delimiter in delimiters.chars() {
        write!(class, "\\x{{{:x}}}", u32::from(delimiter)).ok()?;
    }
    let one = if class.is_empty() { "(?s:.)".to_owned() } else { format!("[^{class}]") };
    let mut translator =
        Translator { rest: pattern.chars().peekable(), one, pattern: String::new(), depth: 0 };
    translator.run()?;
    Some(format!("\\A(?:{})\\z", translator.pattern))
}

fn single(value: &Value) -> Option<char> {
    let Value::String(text) = value else { return None };
    let mut characters = text.chars();
    characters.next().filter(|_| characters.next().is_none())
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    /// A character that is no delimiter.
    one: String,
    pattern: String,
    /// The number of braces that are open.
    depth: usize,
}

impl Translator<'_> {
    fn run(&mut self) -> Option<()> {
        while let Some(character) = self.rest.next() {
            match character {
                '*' if self.rest.next_if_eq(&'*').is_some() => self.pattern.push_str("(?s:.)*"),
                '*' => write!(self.pattern, "{}*", self.one).ok()?,
                '?' => self.pattern.push_str(&self.one),
                '[' => self.class()?,
                '{' => {
                    self.depth += 1;
                    self.pattern.push_str("(?:");
                }
                '}' if self.depth > 0 => {
                    self.depth -= 1;
                    self.pattern.push(')');
                }
                ',' if self.depth > 0 => self.pattern.push('|'),
                '\\' => {
                    if let Some(escaped) = self.rest.next() {
                        self.literal(escaped);
                    }
                }
                _ => self.literal(character),
            }
        }
        (self.depth == 0).then_some(())
    }

    fn literal(&mut self, character: char) {
        let mut buffer = [0; 4];
        self.pattern.push_str(&::regex::escape(character.encode_utf8(&mut buffer)));
    }

    /// `[abc]`, `[a-c]`, and with `!` before it, what is not in it. A class is one range or a list.
    fn class(&mut self) -> Option<()> {
        let not = if self.rest.next_if_eq(&'!').is_some() { "^" } else { "" };
        let first = self.rest.next()?;
        if self.rest.next_if_eq(&'-').is_some() {
            let last = self.rest.next()?;
            if last < first || self.rest.next()? != ']' {
                return None;
            }
            return write!(self.pattern, "[{not}\\x{{{:x}}}-\\x{{{:x}}}]", u32::from(first), u32::from(last))
                .ok();
        }
        let mut list = String::new();
        let mut next = Some(first);
        loop {
            let character = match next.take().or_else(|| self.rest.next())? {
                ']' => break,
                '\\' => self.rest.next()?,
                character => character,
            };
            write!(list, "\\x{{{:x}}}", u32::from(character)).ok()?;
        }
        if list.is_empty() {
            return None;
        }
        write!(self.pattern, "[{not}{list}]").ok()
    }
}
