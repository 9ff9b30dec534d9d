//! All secrets that a run was given or received, so that whoever prints or stores text can leave them out, in
//! whatever form a registry or proxy repeats them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::limits::SECRETS;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";
/// How hints write where a login belongs.
const EXAMPLE: &str = "USER:PASSWORD";
/// A shorter secret, in bytes, is not looked for in what is printed: `a` would take every `a` out of it.
pub(crate) const SHORTEST: usize = 6;
/// So many bytes of the beginning of a secret are hidden even where it does not go on as it should.
const TELLING: usize = 48;
/// A line of a secret of several lines, such as a private key, is a secret of its own if it has so many bytes.
const LINE: usize = 4 * SHORTEST;
/// So many bytes that stand for nothing else are compared in one step.
const STRIDE: usize = 32;
/// Forms are found by so many bytes at their beginning.
const KEY: usize = 4;

/// The secrets of a run. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

#[derive(Default)]
struct Known {
    /// Of at least [`SHORTEST`] bytes, by their first [`KEY`], in lower case.
    forms: HashMap<[u8; KEY], Vec<Form>>,
    /// Whether a form begins with this byte, in either case, or with something that stands for another byte.
    begins: Vec<bool>,
    /// The others.
    short: Vec<Arc<[u8]>>,
    seen: HashSet<Arc<[u8]>>,
}

/// One way to write a secret, in lower case.
struct Form(Arc<[u8]>);

/// What a place in a text stands for.
struct Reading {
    /// In lower case: one byte, or those of one character.
    bytes: [u8; 4],
    count: usize,
    /// How many bytes of the text it takes.
    length: usize,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// What stands in the environment: the token for `dhi.io` and the logins of proxies.
    pub fn of_environment() -> Self {
        let secrets = Self::default();
        secrets.add_environment();
        secrets
    }

    pub(super) fn add_environment(&self) {
        super::proxy_logins::from_environment().iter().for_each(|secret| self.add(secret.expose()));
        if let Ok(token) = std::env::var("DHI_TOKEN") {
            self.add_login(&std::env::var("DHI_USERNAME").unwrap_or_default(), &token);
        }
    }

    /// Adds a password, a token, or anything else that nobody may see.
    pub fn add(&self, secret: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.add_forms(secret);
        // In a JSON key the lines of the key proper are parted by an escape.
        let lines = secret.split(['\n', '\r']).flat_map(|line| line.split("\\n")).map(str::trim);
        for line in lines.filter(|line| line.len() >= LINE && line.len() < secret.len()) {
            // `-----BEGIN PRIVATE KEY-----` is in no way secret.
            if !line.starts_with("-----") {
                known.add_forms(line);
            }
        }
    }

    /// Adds a password, alone and as HTTP's basic authentication sends it.
    pub fn add_login(&self, username: &str, password: &str) {
        if !password.is_empty() {
            self.add(password);
            self.add(&format!("{username}:{password}"));
        }
    }

    /// Whether the text holds any of them, however short. For what is stored, where nothing is garbled.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let bytes = text.as_bytes();
        let short = || {
            let lower = text.to_ascii_lowercase();
            known.short.iter().any(|short| lower.as_bytes().windows(short.len()).any(|part| *part == **short))
        };
        known.find(bytes, 0, &mut effort(bytes)).is_some() || short()
    }

    /// Whether it holds one that would be hidden in print.
    pub(crate) fn is_shown_in(&self, bytes: &[u8]) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.find(bytes, 0, &mut effort(bytes)).is_some()
    }

    /// The text without any of them, and without logins in URLs.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redact_with(text, &[])
    }

    /// As [`Self::redact`], and without any of `more`, however short.
    pub(super) fn redact_with<'a>(&self, text: &'a str, more: &[&str]) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut hidden: Vec<(usize, usize)> = logins_in_urls(text);
        for secret in more.iter().filter(|secret| !secret.is_empty()) {
            hidden.extend(text.match_indices(secret).map(|(at, _)| (at, at + secret.len())));
        }
        let (mut at, mut effort) = (0, effort(text.as_bytes()));
        while let Some((start, end)) = known.find(text.as_bytes(), at, &mut effort) {
            hidden.push((start, end));
            // Another can begin within it and end after it.
            at = start + 1;
        }
        if hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        hidden.sort_unstable();
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end) in hidden {
            // A part of a character, where a form is found within one, goes with it.
            let start = (0..=start).rev().find(|start| text.is_char_boundary(*start)).unwrap_or_default();
            let end = (end..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            if start >= at {
                shown.push_str(text.get(at..start).unwrap_or_default());
                shown.push_str(HIDDEN);
            }
            at = at.max(end);
        }
        shown.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(shown)
    }

    /// JSON, be it a whole document or a part of one, without any of them. Only texts that hold one change, and of objects those names that are no
    /// plain words: the document stays what its schema says, and written as it was.
    pub fn redact_json<'a>(&self, document: &'a str) -> Cow<'a, str> {
        let mut shown = String::with_capacity(document.len());
        let mut rest = document;
        while let Some(start) = rest.find('"') {
            let (before, from) = rest.split_at(start);
            let (text, after) = from.split_at(end_of_text(from));
            let is_name = after.trim_start().starts_with(':');
            shown.push_str(before);
            shown.push_str(&self.redact_text(text, is_name));
            rest = after;
        }
        shown.push_str(rest);
        if shown == document { Cow::Borrowed(document) } else { Cow::Owned(shown) }
    }

    /// XML, be it a whole document or a part of one, without any of them. Only the values of attributes and what stands
    /// between tags change: the document keeps its form.
    pub fn redact_xml<'a>(&self, document: &'a str) -> Cow<'a, str> {
        let mut shown = String::with_capacity(document.len());
        let mut rest = document;
        while let Some(start) = rest.find('<') {
            let (text, from) = rest.split_at(start);
            let (tag, after) = from.split_at(end_of_tag(from));
            shown.push_str(&self.redact_escaped(text));
            if tag.starts_with("<?") {
                shown.push_str(tag);
            } else {
                self.redact_tag(tag, &mut shown);
            }
            rest = after;
        }
        shown.push_str(&self.redact_escaped(rest));
        if shown == document { Cow::Borrowed(document) } else { Cow::Owned(shown) }
    }

    /// A tag of XML, in its brackets.
    fn redact_tag(&self, tag: &str, shown: &mut String) {
        let mut rest = tag;
        while let Some(start) = rest.find(['"', '\'']) {
            let (before, from) = rest.split_at(start);
            let (quote, from) = from.split_at(1);
            let (value, after) = from.split_at(from.find(quote).unwrap_or(from.len()));
            shown.push_str(before);
            shown.push_str(quote);
            shown.push_str(&self.redact_escaped(value));
            shown.push_str(after.get(..1).unwrap_or_default());
            rest = after.get(1..).unwrap_or_default();
        }
        shown.push_str(rest);
    }

    /// Text of XML as it is written there.
    fn redact_escaped<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Ok(meant) = quick_xml::escape::unescape(text) else { return self.redact(text) };
        match self.redact(&meant) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(shown) => Cow::Owned(quick_xml::escape::escape(shown).into_owned()),
        }
    }

    /// One text of a JSON document, in its quotes.
    fn redact_text<'a>(&self, text: &'a str, is_name: bool) -> Cow<'a, str> {
        let Ok(meant) = serde_json::from_str::<String>(text) else { return self.redact(text) };
        // `$schema` is one too.
        let word = meant.strip_prefix('$').unwrap_or(&meant);
        if is_name && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Cow::Borrowed(text);
        }
        match self.redact(&meant) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(shown) => Cow::Owned(in_quotes(&shown)),
        }
    }
}

/// The length of the JSON text at the beginning, quotes included.
fn end_of_text(document: &str) -> usize {
    let mut is_escaped = false;
    let end = document.bytes().enumerate().skip(1).find_map(|(at, byte)| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends.then_some(at + 1)
    });
    end.unwrap_or(document.len())
}

/// The length of the tag of XML at the beginning, brackets included.
fn end_of_tag(document: &str) -> usize {
    let mut quote = None;
    let end = document.bytes().enumerate().find_map(|(at, byte)| {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
        (byte == b'>' && quote.is_none()).then_some(at + 1)
    });
    end.unwrap_or(document.len())
}

/// A JSON text of ASCII characters: a terminal acts on none of them.
fn in_quotes(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    let mut ascii = String::with_capacity(quoted.len());
    for c in quoted.chars() {
        if c.is_ascii() && !c.is_ascii_control() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(ascii, "\\u{unit:04x}");
            }
        }
    }
    ascii
}

impl Known {
    /// Adds a secret with what it is in an encoding that nobody can read as it is, and as JSON writes it, which can be in
    /// yet another text.
    fn add_forms(&mut self, secret: &str) {
        let quoted = [serde_json::to_string(secret).unwrap_or_default(), in_quotes(secret)];
        let within = |text: &str| text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let [json, ascii] = quoted.each_ref().map(|text| within(text));
        let encoded = [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
        // As `oci::claimed` writes it.
        let claimed = secret.replace('`', "'");
        for form in [secret, &json, &ascii, &claimed].into_iter().chain(encoded.iter().map(String::as_str)) {
            self.add(form.as_bytes());
        }
    }

    fn add(&mut self, form: &[u8]) {
        let bytes: Arc<[u8]> = form.to_ascii_lowercase().into();
        if bytes.is_empty() || self.seen.len() >= SECRETS || !self.seen.insert(bytes.clone()) {
            return;
        }
        if bytes.len() < SHORTEST {
            self.short.push(bytes);
            return;
        }
        self.begins.resize(256, false);
        let first = bytes.first().copied().unwrap_or_default();
        for byte in [first, first.to_ascii_uppercase(), b'%', b'\\', b'&', b'+'] {
            if let Some(begins) = self.begins.get_mut(usize::from(byte)) {
                *begins = true;
            }
        }
        let mut key = [0; KEY];
        key.iter_mut().zip(&*bytes).for_each(|(to, from)| *to = *from);
        self.forms.entry(key).or_default().push(Form(bytes));
    }

    /// The first place from `from` on where one of them stands.
    fn find(&self, text: &[u8], from: usize, effort: &mut usize) -> Option<(usize, usize)> {
        if self.forms.is_empty() {
            return None;
        }
        let begins = |byte: u8| self.begins.get(usize::from(byte)).copied().unwrap_or_default();
        (from..text.len()).filter(|at| text.get(*at).is_some_and(|byte| begins(*byte))).find_map(|at| {
            let end = self.longest(text, at, effort)?;
            (!is_part_of_digest(text, at, end)).then_some((at, end))
        })
    }

    /// The end of the longest one that stands at `at`.
    fn longest(&self, text: &[u8], at: usize, effort: &mut usize) -> Option<usize> {
        let mut keys = Vec::new();
        match text.get(at..at + KEY).and_then(|start| <[u8; KEY]>::try_from(start).ok()) {
            Some(start) if !start.iter().any(|byte| is_of_encoding(*byte)) => {
                let forms = self.forms.get(&start.to_ascii_lowercase()[..])?;
                return forms.iter().filter_map(|form| form.end(text, at, effort)).max();
            }
            _ => keys_at(text, at, &mut [0; KEY], 0, &mut keys),
        }
        let forms = keys.iter().filter_map(|key| self.forms.get(key)).flatten();
        forms.filter_map(|form| form.end(text, at, effort)).max()
    }
}

/// The beginnings that the text at `at` can be read as.
fn keys_at(text: &[u8], at: usize, key: &mut [u8; KEY], filled: usize, keys: &mut Vec<[u8; KEY]>) {
    if filled == KEY {
        keys.push(*key);
        return;
    }
    for reading in readings(text, at) {
        let free = key.iter_mut().skip(filled);
        free.zip(reading.bytes()).for_each(|(to, from)| *to = *from);
        keys_at(text, at + reading.length, key, (filled + reading.count).min(KEY), keys);
    }
}

impl Form {
    /// Where it ends if it stands at `at`, each byte as it is or as a URL, JSON, XML or Markdown writes it. One that
    /// was cut off, as long texts are, counts too. Where there is no effort left, all that follows is taken for it.
    fn end(&self, text: &[u8], at: usize, effort: &mut usize) -> Option<usize> {
        let mut open = vec![(0, at)];
        let mut cut_off = None;
        while let Some((mut done, mut at)) = open.pop() {
            let mut spent = 1;
            let plain = |done: usize, at: usize| match (self.0.get(done), text.get(at)) {
                (Some(wanted), Some(byte)) => wanted.eq_ignore_ascii_case(byte) && !is_of_encoding(*byte),
                _ => false,
            };
            let from = done;
            while plain(done, at) {
                (done, at) = (done + 1, at + 1);
                spent += usize::from((done - from) % STRIDE == 0);
                if done > SHORTEST && is_cut_off(text, at - 1) {
                    cut_off = cut_off.max(Some(at - 1));
                }
            }
            match effort.checked_sub(spent) {
                Some(left) => *effort = left,
                None => return Some(text.len()),
            }
            let Some(wanted) = self.0.get(done..).filter(|wanted| !wanted.is_empty()) else {
                return Some(at);
            };
            if done >= SHORTEST && is_cut_off(text, at) {
                cut_off = cut_off.max(Some(at));
            }
            let fitting =
                readings(text, at).into_iter().filter(|reading| wanted.starts_with(reading.bytes()));
            let before = open.len();
            open.extend(fitting.map(|reading| (done + reading.count, at + reading.length)));
            if done >= TELLING && open.len() == before {
                let rest = text.get(at..).unwrap_or_default();
                let more = rest.iter().take_while(|byte| is_of_token(**byte)).count();
                cut_off = cut_off.max(Some(at + more));
            }
        }
        cut_off
    }
}

/// Whether a text that goes on is cut off here.
fn is_cut_off(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    // `oci::claimed` closes its quotes before.
    [&b".."[..], b"`..", "…".as_bytes()].iter().any(|sign| rest.starts_with(sign))
}

/// The steps that a text is worth: many times what any takes that was not made to take long.
fn effort(text: &[u8]) -> usize {
    text.len().saturating_mul(16).saturating_add(1 << 16)
}

impl Reading {
    fn byte(byte: u8, length: usize) -> Self {
        Self { bytes: [byte.to_ascii_lowercase(), 0, 0, 0], count: 1, length }
    }

    fn char(c: char, length: usize) -> Self {
        let mut bytes = [0; 4];
        let count = c.to_ascii_lowercase().encode_utf8(&mut bytes).len();
        Self { bytes, count, length }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.count).unwrap_or_default()
    }
}

/// Whether something that stands for another byte begins with it.
fn is_of_encoding(byte: u8) -> bool {
    b"%\\&+{}".contains(&byte)
}

/// What the text at `at` stands for: the byte itself, and what it is in an encoding.
fn readings(text: &[u8], at: usize) -> Vec<Reading> {
    let rest = text.get(at..).unwrap_or_default();
    let Some(first) = rest.first() else { return Vec::new() };
    let decoded = match first {
        b'%' => {
            hex(rest.get(1..3)).and_then(|byte| u8::try_from(byte).ok()).map(|byte| Reading::byte(byte, 3))
        }
        b'+' => Some(Reading::byte(b' ', 1)),
        b'\\' => escape(rest),
        b'&' => entity(rest),
        // The messages of SARIF double both.
        b'{' | b'}' if rest.get(1) == Some(first) => Some(Reading::byte(*first, 2)),
        _ => None,
    };
    [Reading::byte(*first, 1)].into_iter().chain(decoded).collect()
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What follows a backslash in JSON, in Markdown, or where this program shows what a terminal would act on.
fn escape(rest: &[u8]) -> Option<Reading> {
    let byte = match rest.get(1)? {
        b'u' if rest.get(2) == Some(&b'{') => {
            let braces = if rest.get(3) == Some(&b'{') { 2 } else { 1 };
            let end = rest.iter().take(11).position(|byte| *byte == b'}')?;
            return Some(Reading::char(char::from_u32(hex(rest.get(2 + braces..end))?)?, end + braces));
        }
        b'u' => {
            let unit = hex(rest.get(2..6))?;
            let low = hex(rest.get(8..12)).filter(|_| rest.get(6..8) == Some(b"\\u"));
            return match (unit, low) {
                (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                    let c = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    Some(Reading::char(char::from_u32(c)?, 12))
                }
                _ => Some(Reading::char(char::from_u32(unit)?, 6)),
            };
        }
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 8,
        b'f' => 12,
        next if next.is_ascii_punctuation() => *next,
        _ => return None,
    };
    Some(Reading::byte(byte, 2))
}

/// A character reference of XML, HTML or Markdown.
fn entity(rest: &[u8]) -> Option<Reading> {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    };
    Some(Reading::char(c, end + 1))
}

/// What tokens are made of.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=%".contains(&byte)
}

/// Whether the match is only a part of a digest, which must stay readable whatever a secret is: of `sha256:` with its
/// hex digits, or of as many digits as a digest has.
fn is_part_of_digest(text: &[u8], start: usize, end: usize) -> bool {
    let is_hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let digits =
        |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|byte| is_hex(byte)).count();
    let names = [&b"sha256:"[..], b"sha512:", b"sha256-", b"sha512-"];
    let named = (start.saturating_sub(128 + 7)..=start).any(|from| {
        let rest = text.get(from..).unwrap_or_default();
        let name = names.iter().find(|name| rest.starts_with(name)).map(|name| name.len());
        // A digest may be shortened in print, to twelve digits at the least.
        name.map(|name| (from, from + name + digits(from + name), digits(from + name) >= 12)).is_some_and(
            |(from, to, is_digest)| {
                let within = from <= start && end <= to;
                let whole = (from, to) == (start, end) || (from + 7, to) == (start, end);
                is_digest && within && !whole
            },
        )
    });
    let before = text.get(..start).unwrap_or_default().iter().rev().take_while(|byte| is_hex(byte)).count();
    let run = digits(start - before);
    let alone = digits(start) >= end - start && run > end - start && matches!(run, 64 | 128);
    named || alone
}

/// Where logins stand in the URLs of a text: a user name with password, over HTTP also one alone.
fn logins_in_urls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, separator) in text.match_indices("://") {
        let start = at + separator.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"`'<>\\".contains(c)).unwrap_or(rest.len());
        let Some(length) = rest.get(..end).and_then(|authority| authority.rfind('@')) else { continue };
        let (login, after) = rest.split_at(length);
        let is_digest = ["@sha256:", "@sha512:"].iter().any(|digest| after.starts_with(digest));
        let scheme = text.get(..at).unwrap_or_default();
        let over_http = ["http", "https"].iter().any(|name| {
            scheme.len() >= name.len()
                && scheme.get(scheme.len() - name.len()..).is_some_and(|end| end.eq_ignore_ascii_case(name))
        });
        if ![EXAMPLE, HIDDEN, ""].contains(&login) && !is_digest && (over_http || login.contains(':')) {
            found.push((start, start + length));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: &str = r#"Hunt3r/2&"x"#;

    fn secrets() -> Secrets {
        let secrets = Secrets::default();
        secrets.add_login("me", PASSWORD);
        secrets
    }

    #[test]
    fn every_form_of_a_secret_is_hidden() {
        for form in [
            r#"Hunt3r/2&"x"#,
            r#"hUNT3R/2&"X"#,
            "Hunt3r%2F2%26%22x",
            "Hunt3r/2%26%22x",
            "%48%75%6e%74%33%72%2f%32%26%22%78",
            r#"Hunt3r/2&\"x"#,
            r#"Hunt3r\/2&\"x"#,
            r"Hunt3r/2&",
            r"Hunt3r/2&amp;&quot;x",
            r"Hunt3r/2&#38;&#x22;x",
            r"Hunt3r/2\&\x",
            &STANDARD_NO_PAD.encode(PASSWORD),
            &URL_SAFE_NO_PAD.encode(PASSWORD),
            &STANDARD_NO_PAD.encode(format!("me:{PASSWORD}")),
            &STANDARD_NO_PAD.encode(format!("me:{PASSWORD}")).to_ascii_lowercase(),
        ] {
            // The two that are not the whole secret.
            let whole = !matches!(form, r"Hunt3r/2&" | r"Hunt3r/2\&\x");
            let text = format!("you sent {form}, yes");
            let shown = secrets().redact(&text).into_owned();
            assert_eq!(
                shown == "you sent ***, yes" || shown == "you sent ***=, yes",
                whole,
                "{text}: {shown}"
            );
            assert_eq!(secrets().is_in(&text), whole, "{text}");
        }
        // Cut off at its end, as long texts are.
        assert_eq!(secrets().redact("you sent Hunt3r/2…"), "you sent ***…");
        assert_eq!(secrets().redact("you sent Hunt3r.. more"), "you sent ***.. more");
        assert_eq!(secrets().redact("you sent Hunt.. more"), "you sent Hunt.. more");
    }

    #[test]
    fn tokens_are_hidden_whole_and_by_their_beginning() {
        let secrets = Secrets::default();
        let token = format!("eyJ{}.{}", "ab1_-".repeat(40), "z".repeat(30));
        secrets.add(&token);
        assert_eq!(secrets.redact(&format!("<{token}>")), "<***>");
        assert_eq!(secrets.redact(&format!("<{}>", &token[..100])), "<***>");
        assert_eq!(format!("{secrets:?}"), "Secrets(***)");
    }

    #[test]
    fn short_secrets_garble_nothing_and_are_not_stored() {
        let secrets = Secrets::default();
        for short in ["a", "pass", "12345", ""] {
            secrets.add_login("x", short);
        }
        let text = "verdict: pass, 12345 bytes of a layer";
        assert!(matches!(secrets.redact(text), Cow::Borrowed(_)));
        assert_eq!(secrets.redact("x:pass x:12345"), "*** ***");
        assert!(secrets.is_in("Bearer realm=\"https://12345.example\"") && !secrets.is_in("b"));
        assert!(!Secrets::default().is_in("anything"));
    }

    #[test]
    fn digests_and_the_form_of_json_stay() {
        let secrets = Secrets::default();
        for secret in ["deadbeef", "verdict", "images", "key-of-map"] {
            secrets.add(secret);
        }
        let hex = format!("{}deadbeef", "0".repeat(56));
        secrets.add("sha256:");
        for digest in [format!("sha256:{hex}"), hex.clone(), "sha256:00deadbeef00".to_owned()] {
            assert_eq!(secrets.redact(&digest), digest);
        }
        assert_eq!(secrets.redact("deadbeef sha256-deadbeef sha256: x"), "*** sha256-*** *** x");
        let document = serde_json::json!({
            "verdict": "pass", "images": [{ "key-of-map": 1.5, "says": "a \"verdict\" deadbeef", "digest": hex }],
        });
        let shown = serde_json::json!({
            "verdict": "pass", "images": [{ "***": 1.5, "says": "a \"***\" ***", "digest": hex }],
        });
        assert_eq!(secrets.redact_json(&format!("{document:#}\n")), format!("{shown:#}\n"));
        assert_eq!(secrets.redact_json(&document.to_string()), shown.to_string());
        // What is not touched is written as it was, and what is touched in ASCII.
        let odd = r#"{ "a" : "\u202e", "verdict":"x", "b":["verdict \\\u202e é\" 𝄞" ] }"#;
        let hidden = r#"{ "a" : "\u202e", "verdict":"x", "b":["*** \\\u202e \u00e9\" \ud834\udd1e" ] }"#;
        assert_eq!(secrets.redact_json(odd), hidden);
        let harmless = r#"{ "a":1}"#;
        assert!(matches!(secrets.redact_json(harmless), Cow::Borrowed(_)));
    }

    #[test]
    fn logins_in_urls_are_hidden_whoever_they_belong_to() {
        let secrets = Secrets::default();
        for (text, shown) in [
            ("at `https://me:pw@host/x`", "at `https://***@host/x`"),
            ("HTTPS://token@host", "HTTPS://***@host"),
            ("ftp://a:b@host git+ssh://git@host/x", "ftp://***@host git+ssh://git@host/x"),
            ("oci://host:5000@sha256:00", "oci://host:5000@sha256:00"),
            (
                "https://github.com/o/r/.github/w.yml@refs/heads/x",
                "https://github.com/o/r/.github/w.yml@refs/heads/x",
            ),
            ("https://a@b@host", "https://***@host"),
            ("://@", "://@"),
            ("`HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`", "`HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`"),
        ] {
            assert_eq!(secrets.redact(text), shown);
        }
    }

    #[test]
    fn text_that_can_be_read_in_many_ways_costs_little() {
        let secrets = Secrets::default();
        secrets.add(&format!("{}x", "\\".repeat(40)));
        secrets.add(&format!("{}x", "%25".repeat(13)));
        let text = format!("begin {}{} end", "\\".repeat(2_000), "%25".repeat(2_000));
        // What cannot be told in time is hidden.
        let shown = secrets.redact(&text).into_owned();
        assert!(shown.starts_with("begin ") && shown.ends_with("***"), "{shown}");
        assert!(secrets.is_in(&text));
        // Text that begins like a secret again and again is no such text.
        let secrets = Secrets::default();
        secrets.add(&format!("{}b", "a".repeat(15)));
        let text = "a".repeat(15_000);
        assert!(matches!(secrets.redact(&text), Cow::Borrowed(_)));
    }

    /// Each character as JSON and this program escape it.
    fn escaped(text: &str) -> [String; 4] {
        let units = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
        let odd = |c: char| !c.is_ascii_graphic() && c != ' ';
        [
            units(text),
            text.chars()
                .map(|c| if odd(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.into() })
                .collect(),
            text.chars().map(|c| if odd(c) { format!("&#x{:x};", u32::from(c)) } else { c.into() }).collect(),
            text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        ]
    }

    #[test]
    fn characters_that_are_escaped_hide_nothing() {
        for secret in [
            "abc\tTAIL99",
            "\u{200b}hunter",
            "hunt\u{7}\u{8}\u{c}\r\nTAIL",
            "p\u{e4}ssw\u{f6}rt\u{1d11e}TAIL",
            "\u{1d11e}abcdef",
            "q\"uo\\te\u{a0}d",
        ] {
            let secrets = Secrets::default();
            secrets.add(secret);
            let json = serde_json::to_string(secret).unwrap();
            let twice = serde_json::to_string(&json).unwrap();
            let ascii = in_quotes(secret);
            let forms = [secret, json.trim_matches('"'), ascii.trim_matches('"')];
            for form in forms.into_iter().chain(escaped(secret).iter().map(String::as_str)) {
                assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
                assert!(secrets.is_shown_in(form.as_bytes()), "{form}");
            }
            assert!(secrets.is_shown_in(twice.as_bytes()), "{twice}");
            let document = format!("{{\"a\":{ascii}}}");
            assert_eq!(secrets.redact_json(&document), r#"{"a":"***"}"#);
            // Escaped by this program before it came into a document.
            let document = serde_json::json!({ "a": escaped(secret)[1] }).to_string();
            assert_eq!(secrets.redact_json(&document), r#"{"a":"***"}"#);
        }
        // As SARIF and quotes write it.
        let secrets = Secrets::default();
        secrets.add("a{b}\tc`defgh");
        for form in [r"a{{b}}\u{{9}}c'defgh", r"a{b}\u{9}c\u{60}defgh"] {
            assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(secrets.redact("`a{b}\tc`.. is"), "`***.. is");
        // What only looks like it.
        let secrets = Secrets::default();
        secrets.add("hunter\n2");
        for text in [
            r"hunter\x2",
            r"hunter\u{b}2",
            r"hunter\ud8342",
            r"hunter\u{110000}2",
            r"hunter\u",
            "hunter&#x;2",
        ] {
            assert!(matches!(secrets.redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn long_secrets_are_hidden_to_their_end() {
        let phrase = format!("correct horse {}!{{\"TAIL\"}} end", "battery staple ".repeat(9));
        let secrets = Secrets::default();
        secrets.add_login("me", &phrase);
        assert_eq!(secrets.redact(&format!("you sent {phrase}.")), "you sent ***.");
        assert_eq!(secrets.redact(&format!("you sent me:{phrase}, {phrase}.")), "you sent ***, ***.");
        for form in escaped(&phrase) {
            assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(secrets.redact(&format!("<{}…", &phrase[..99])), "<***…");
        assert_eq!(secrets.redact(&format!("<{}>", &phrase[..99])), "<***>");
        // Many that begin alike cost no more than the text is worth.
        let secrets = Secrets::default();
        let same: String = (1000..1300).map(|number| format!("{number}.")).collect();
        for number in 0..500 {
            secrets.add(&format!("eyJh{same}{number:03}"));
        }
        let text = format!("<eyJh{same}499> and more");
        assert_eq!(secrets.redact(&text), "<***> and more");
    }

    #[test]
    fn each_line_of_a_key_is_a_secret() {
        let secrets = Secrets::default();
        let (first, second) = ("MIIEvQIBADANBgkqhkiG9w0BAQEF", "AASCBKcwggSjAgEAAoIBAQC7VJTU");
        secrets.add(&format!(
            "-----BEGIN PRIVATE KEY-----\n{first}\r\n{second}\nAb12\n-----END PRIVATE KEY-----\n"
        ));
        assert_eq!(secrets.redact(&format!("no {second} {first}; Ab12")), "no *** ***; Ab12");
        assert_eq!(secrets.redact("no -----BEGIN PRIVATE KEY-----"), "no -----BEGIN PRIVATE KEY-----");
        let secrets = Secrets::default();
        secrets.add(&format!(r#"{{ "private_key": "-----BEGIN PRIVATE KEY-----\n{first}\n{second}\n" }}"#));
        assert_eq!(secrets.redact(&format!("no {second} {first}")), "no *** ***");
    }

    #[test]
    fn secrets_that_overlap_are_hidden_together() {
        let secrets = Secrets::default();
        secrets.add("abcdefgh");
        secrets.add("efghijkl");
        assert_eq!(secrets.redact("<abcdefghijkl>"), "<***>");
        assert_eq!(secrets.redact_with("<xabcdefghijklm> a", &["xa", "lm", ""]), "<***> a");
    }

    #[test]
    fn the_form_of_xml_and_the_schema_of_json_stay() {
        let secrets = Secrets::default();
        for secret in
            ["version", "testsuite", "classname", "encoding=", "amp;quot", "</failure>", "schema", "$schema"]
        {
            secrets.add(secret);
        }
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name='a > version' classname=\"x\">\n\
                        <failure message=\"&amp;quot &lt;/failure&gt;\">a &amp; version</failure></testsuite>";
        let shown = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name='a &gt; ***' classname=\"x\">\n\
                     <failure message=\"&amp;quot ***\">a &amp; ***</failure></testsuite>";
        assert_eq!(secrets.redact_xml(document), shown);
        assert!(matches!(secrets.redact_xml("<a b='c'>d</a>"), Cow::Borrowed(_)));
        for part in ["version", "<", "<a b='version", "version=\"'\">", "&version; <", "<?version"] {
            let _ = secrets.redact_xml(part);
        }
        let schema = r#"{"$schema":"x","version":"1","$schema-2":"y"}"#;
        assert_eq!(secrets.redact_json(schema), r#"{"$schema":"x","version":"1","***-2":"y"}"#);
    }

    proptest::proptest! {
        #[test]
        fn no_secret_survives_and_any_text_is_text(before in "\\PC{0,30}", secret in "[!-~]{6,60}", after in "\\PC{0,30}") {
            let secrets = Secrets::default();
            secrets.add(&secret);
            let text = format!("{before}{secret}{after}");
            let shown = secrets.redact(&text).into_owned();
            let hex = secret.bytes().all(|byte| byte.is_ascii_hexdigit());
            proptest::prop_assert!(hex || !shown.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()), "{}", shown);
        }
    }
}
