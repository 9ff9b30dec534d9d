//! Regular expressions in the syntax of Go (RE2), written as the same expression in the syntax of the crate `regex`.
//!
//! What Go refuses is refused. What Go takes and cannot be written here with the same meaning is refused too, so that no
//! text matches here and not in OPA.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use crate::policy::rego::limits::REGO_GROUPS;

/// The greatest count of a repetition, nested ones multiplied.
const MAX_REPEAT: u32 = 1000;

/// The classes `\p{…}` that have the same members in both libraries.
const CLASSES: &[&str] = &[
    "L",
    "Ll",
    "Lm",
    "Lo",
    "Lt",
    "Lu",
    "M",
    "Mc",
    "Me",
    "Mn",
    "N",
    "Nd",
    "Nl",
    "No",
    "P",
    "Pc",
    "Pd",
    "Pe",
    "Pf",
    "Pi",
    "Po",
    "Ps",
    "S",
    "Sc",
    "Sk",
    "Sm",
    "So",
    "Z",
    "Zl",
    "Zp",
    "Zs",
    "Cc",
    "Cf",
    "Arabic",
    "Armenian",
    "Bengali",
    "Cyrillic",
    "Devanagari",
    "Georgian",
    "Greek",
    "Han",
    "Hangul",
    "Hebrew",
    "Hiragana",
    "Katakana",
    "Latin",
    "Thai",
];

/// The named classes of ASCII inside brackets.
const ASCII_CLASSES: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "word", "xdigit",
];

/// An expression, and the names of its groups.
#[derive(Debug)]
pub(super) struct Translated {
    /// The expression for the crate `regex`. No group has a name in it.
    pub(super) pattern: String,
    /// The names of the groups, from the first.
    pub(super) names: Vec<Option<String>>,
}

/// Why an expression is not translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Go refuses it.
    Invalid,
    /// Go may take it, and it cannot be written with the same meaning.
    Unsupported,
}

/// Translates `pattern`.
pub(super) fn translate(pattern: &str) -> Result<Translated, Refused> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        pattern: String::new(),
        names: Vec::new(),
        groups: Vec::new(),
        refused: Refused::Invalid,
    };
    match translator.run() {
        Some(()) => Ok(Translated { pattern: translator.pattern, names: translator.names }),
        None => Err(translator.refused),
    }
}

struct Translator<'a> {
    rest: Peekable<Chars<'a>>,
    pattern: String,
    names: Vec<Option<String>>,
    groups: Vec<Group>,
    /// Why the translation ends if it ends early.
    refused: Refused,
}

/// What stands before a position.
#[derive(Clone, Copy)]
enum Before {
    /// Nothing that can be repeated.
    Nothing,
    /// Flags, which Go skips when it looks for what a repetition repeats.
    Flags,
    /// An atom, and the product of the counts inside it.
    Atom(u32),
    /// A repetition, which cannot be repeated.
    Repeated(u32),
}

impl Before {
    fn weight(self) -> u32 {
        match self {
            Self::Nothing | Self::Flags => 0,
            Self::Atom(weight) | Self::Repeated(weight) => weight,
        }
    }
}

/// A group that is open.
#[derive(Default)]
struct Group {
    /// The greatest product of counts in it.
    weight: u32,
}

impl Translator<'_> {
    fn next_is(&mut self, character: char) -> bool {
        self.rest.next_if_eq(&character).is_some()
    }

    /// Ends the translation of an expression that Go may take.
    fn unsupported<T>(&mut self) -> Option<T> {
        self.refused = Refused::Unsupported;
        None
    }

    /// A character by its code. Go takes the codes of surrogates, which match nothing.
    fn character(&mut self, code: u32) -> Option<char> {
        if (0xd800..=0xdfff).contains(&code) { self.unsupported() } else { char::from_u32(code) }
    }

    fn run(&mut self) -> Option<()> {
        let mut before = Before::Nothing;
        let mut open = Group::default();
        while let Some(character) = self.rest.next() {
            let now = match character {
                '(' => {
                    open.weight = open.weight.max(before.weight());
                    if self.open()? {
                        if self.groups.len() >= REGO_GROUPS {
                            return self.unsupported();
                        }
                        self.groups.push(std::mem::take(&mut open));
                        Before::Nothing
                    } else {
                        Before::Flags
                    }
                }
                ')' => {
                    let weight = open.weight.max(before.weight());
                    open = self.groups.pop()?;
                    self.pattern.push(')');
                    Before::Atom(weight)
                }
                '|' => {
                    open.weight = open.weight.max(before.weight());
                    self.pattern.push('|');
                    Before::Nothing
                }
                '*' | '+' | '?' => self.repeat(&character.to_string(), 0, before)?,
                '{' => match self.counts() {
                    Some((least, most, text)) => {
                        if least > MAX_REPEAT || most.is_some_and(|most| most > MAX_REPEAT || most < least) {
                            return None;
                        }
                        let count = most.unwrap_or(least);
                        self.repeat(&text, count, before)?
                    }
                    None => self.literal('{'),
                },
                '[' => {
                    self.class()?;
                    Before::Atom(0)
                }
                '\\' => self.escape()?,
                '^' | '$' | '.' => {
                    self.pattern.push(character);
                    Before::Atom(0)
                }
                _ => self.literal(character),
            };
            if !matches!(now, Before::Repeated(_)) {
                open.weight = open.weight.max(before.weight());
            }
            before = now;
        }
        self.groups.is_empty().then_some(())
    }

    fn literal(&mut self, character: char) -> Before {
        let mut buffer = [0; 4];
        self.pattern.push_str(&regex::escape(character.encode_utf8(&mut buffer)));
        Before::Atom(0)
    }

    /// A repetition of `before`; `count` is 0 for `*`, `+` and `?`.
    fn repeat(&mut self, text: &str, count: u32, before: Before) -> Option<Before> {
        let inside = match before {
            Before::Atom(inside) => inside,
            Before::Flags => return self.unsupported(),
            Before::Nothing | Before::Repeated(_) => return None,
        };
        let weight = if count < 2 { inside } else { count * inside.max(1) };
        if weight > MAX_REPEAT {
            return None;
        }
        self.pattern.push_str(text);
        if self.next_is('?') {
            self.pattern.push('?');
        }
        Some(Before::Repeated(weight))
    }

    /// `n}`, `n,}` or `n,m}` after a brace. `None` if it is none of these; then nothing was read.
    fn counts(&mut self) -> Option<(u32, Option<u32>, String)> {
        let text: String = self.rest.clone().take_while(|character| *character != '}').collect();
        let closed = self.rest.clone().nth(text.chars().count()) == Some('}');
        let number = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            // A number with a zero before it is no count.
            let plain = plain && (digits.len() == 1 || !digits.starts_with('0'));
            plain.then(|| digits.parse().unwrap_or(u32::MAX))
        };
        let (least, most) = match text.split_once(',') {
            None => (number(&text)?, Some(number(&text)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if !closed {
            return None;
        }
        for _ in 0..=text.chars().count() {
            self.rest.next();
        }
        Some((least, most, format!("{{{text}}}")))
    }

    /// What follows a parenthesis. Whether a group is open; otherwise it was flags.
    fn open(&mut self) -> Option<bool> {
        if !self.next_is('?') {
            self.names.push(None);
            self.pattern.push('(');
            return Some(true);
        }
        let named = self.rest.peek() == Some(&'<') || {
            let mut ahead = self.rest.clone();
            ahead.next() == Some('P') && ahead.next() == Some('<') && self.next_is('P')
        };
        if named {
            self.next_is('<');
            let name: String =
                std::iter::from_fn(|| self.rest.next_if(|character| *character != '>')).collect();
            let valid = !name.is_empty()
                && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            if !self.next_is('>') || !valid || self.names.iter().flatten().any(|known| *known == name) {
                return None;
            }
            self.names.push(Some(name));
            self.pattern.push('(');
            return Some(true);
        }
        self.flags()
    }

    fn flags(&mut self) -> Option<bool> {
        let (mut on, mut off) = (String::new(), String::new());
        let mut negative = false;
        loop {
            match self.rest.next()? {
                flag @ ('i' | 'm' | 's' | 'U') => {
                    let (set, other) = if negative { (&mut off, &mut on) } else { (&mut on, &mut off) };
                    other.retain(|known| known != flag);
                    if !set.contains(flag) {
                        set.push(flag);
                    }
                }
                '-' if !negative => negative = true,
                end @ (':' | ')') => {
                    if negative && off.is_empty() {
                        return None;
                    }
                    let minus = if off.is_empty() { "" } else { "-" };
                    let flags = format!("{on}{minus}{off}");
                    match end {
                        ':' => write!(self.pattern, "(?{flags}:").ok()?,
                        _ if flags.is_empty() => {}
                        _ => write!(self.pattern, "(?{flags})").ok()?,
                    }
                    return Some(end == ':');
                }
                _ => return None,
            }
        }
    }

    /// An escape outside brackets.
    fn escape(&mut self) -> Option<Before> {
        match self.rest.peek()? {
            'A' => self.pattern.push_str("\\A"),
            'z' => self.pattern.push_str("\\z"),
            'b' => self.pattern.push_str("(?-u:\\b)"),
            'B' => self.pattern.push_str("(?-u:\\B)"),
            'Q' => {
                self.rest.next();
                return Some(self.quoted());
            }
            _ => {
                match self.named_class()? {
                    Some(class) => write!(self.pattern, "[{class}]").ok()?,
                    None => {
                        let character = self.escaped()?;
                        self.literal(character);
                    }
                }
                return Some(Before::Atom(0));
            }
        }
        self.rest.next();
        Some(Before::Atom(0))
    }

    /// The text from `\Q` up to `\E` or the end.
    fn quoted(&mut self) -> Before {
        let mut any = false;
        while let Some(character) = self.rest.next() {
            if character == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                break;
            }
            self.literal(character);
            any = true;
        }
        if any { Before::Atom(0) } else { Before::Flags }
    }

    /// `\d`, `\pL` and the like, after the backslash, as they are written inside brackets. `Some(None)` if it is none.
    fn named_class(&mut self) -> Option<Option<String>> {
        let letter = *self.rest.peek()?;
        let class = match letter {
            'd' => "0-9".to_owned(),
            'D' => "[^0-9]".to_owned(),
            's' => "\\t\\n\\x0C\\r ".to_owned(),
            'S' => "[^\\t\\n\\x0C\\r ]".to_owned(),
            'w' => "0-9A-Za-z_".to_owned(),
            'W' => "[^0-9A-Za-z_]".to_owned(),
            'p' | 'P' => {
                self.rest.next();
                return self.unicode_class(letter == 'P').map(Some);
            }
            _ => return Some(None),
        };
        self.rest.next();
        Some(Some(class))
    }

    fn unicode_class(&mut self, negated: bool) -> Option<String> {
        let name: String = match self.rest.next()? {
            '{' => {
                let name = std::iter::from_fn(|| self.rest.next_if(|character| *character != '}')).collect();
                self.rest.next()?;
                name
            }
            letter => letter.to_string(),
        };
        let (name, negated) = match name.strip_prefix('^') {
            Some(name) => (name, !negated),
            None => (name.as_str(), negated),
        };
        if CLASSES.contains(&name) {
            return Some(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }));
        }
        // A name that this library does not know is unknown to Go too, except for surrogates.
        let is_name = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let is_known = name == "Cs" || (is_name && regex::Regex::new(&format!("\\p{{{name}}}")).is_ok());
        if is_known { self.unsupported() } else { None }
    }

    /// The character of an escape, after the backslash.
    fn escaped(&mut self) -> Option<char> {
        Some(match self.rest.next()? {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => {
                let digits: String = if self.next_is('{') {
                    let digits = std::iter::from_fn(|| self.rest.next_if(char::is_ascii_hexdigit)).collect();
                    self.rest.next_if_eq(&'}')?;
                    digits
                } else {
                    [self.rest.next_if(char::is_ascii_hexdigit)?, self.rest.next_if(char::is_ascii_hexdigit)?]
                        .iter()
                        .collect()
                };
                self.character(u32::from_str_radix(&digits, 16).ok()?)?
            }
            first @ '0'..='7' => {
                let octal = |character: &char| character.is_digit(8);
                // One digit other than 0 would be a back reference.
                if first != '0' && !self.rest.peek().is_some_and(octal) {
                    return None;
                }
                let mut code = first.to_digit(8)?;
                for _ in 0..2 {
                    if let Some(digit) = self.rest.next_if(octal) {
                        code = code * 8 + digit.to_digit(8)?;
                    }
                }
                char::from_u32(code)?
            }
            character if character.is_ascii() && !character.is_ascii_alphanumeric() => character,
            _ => return None,
        })
    }

    /// A class in brackets, after the first bracket.
    fn class(&mut self) -> Option<()> {
        let open = if self.next_is('^') { "[^" } else { "[" };
        self.pattern.push_str(open);
        let mut first = true;
        loop {
            let character = self.rest.next()?;
            if character == ']' && !first {
                self.pattern.push(']');
                return Some(());
            }
            first = false;
            if character == '[' && self.rest.peek() == Some(&':') && self.ascii_class()? {
                continue;
            }
            if character == '\\'
                && let Some(class) = self.named_class()?
            {
                self.pattern.push_str(&class);
                continue;
            }
            let low = if character == '\\' { self.escaped()? } else { character };
            let mut ahead = self.rest.clone();
            let range = ahead.next() == Some('-') && ahead.next().is_some_and(|next| next != ']');
            let high = if range {
                self.rest.next();
                match self.rest.next()? {
                    '\\' => self.escaped()?,
                    character => character,
                }
            } else {
                low
            };
            if high < low {
                return None;
            }
            write!(self.pattern, "\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)).ok()?;
        }
    }

    /// `[:name:]` inside brackets, after the first bracket. Whether it is one.
    fn ascii_class(&mut self) -> Option<bool> {
        let text: String = self.rest.clone().skip(1).collect();
        let Some((name, _)) = text.split_once(":]") else { return Some(false) };
        let plain = name.strip_prefix('^').unwrap_or(name);
        if !ASCII_CLASSES.contains(&plain) {
            return None;
        }
        write!(self.pattern, "[:{name}:]").ok()?;
        for _ in 0..name.chars().count() + 3 {
            self.rest.next();
        }
        Some(true)
    }
}
