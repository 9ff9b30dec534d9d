//! Finds secrets in a text, in each form that [`encodings`](super::encodings) reads.
//!
//! The effort for a text is bounded: where it is used up, all that follows counts as the secret.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::encodings::{in_quotes, is_of_encoding, readings};
use crate::oci::hex::is_digit;
use crate::registry::limits::SECRETS;

/// A shorter secret, in bytes, is not looked for in what is printed: `a` would take every `a` out of it.
pub(super) const SHORTEST: usize = 6;
/// So many bytes of the beginning of a secret are hidden even where it does not go on as it should.
const TELLING: usize = 48;
/// So many bytes that stand for nothing else are compared in one step.
const STRIDE: usize = 32;
/// Forms are found by so many bytes at their beginning.
const KEY: usize = 4;

#[derive(Default)]
pub(super) struct Known {
    /// Of at least [`SHORTEST`] bytes, by their first [`KEY`], in lower case.
    forms: HashMap<[u8; KEY], Vec<Form>>,
    /// Whether a form begins with this byte, in either case, or with something that stands for another byte.
    begins: Vec<bool>,
    /// The others.
    pub(super) short: Vec<Arc<[u8]>>,
    seen: HashSet<Arc<[u8]>>,
}

/// One way to write a secret, in lower case.
struct Form(Arc<[u8]>);

impl Known {
    /// Adds a secret with what it is in an encoding that nobody can read as it is, and as JSON writes it, which can be in
    /// yet another text.
    pub(super) fn add_forms(&mut self, secret: &str) {
        let quoted = [serde_json::to_string(secret).unwrap_or_default(), in_quotes(secret)];
        let within = |text: &str| text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let [json, ascii] = quoted.each_ref().map(|text| within(text));
        let encoded = [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
        // As `oci::quote_untrusted` writes it.
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
    pub(super) fn find(&self, text: &[u8], from: usize, effort: &mut usize) -> Option<(usize, usize)> {
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
    // `oci::quote_untrusted` closes its quotes before.
    [&b".."[..], b"`..", "…".as_bytes()].iter().any(|sign| rest.starts_with(sign))
}

/// The steps that a text is worth: many times what any takes that was not made to take long.
pub(super) fn effort(text: &[u8]) -> usize {
    text.len().saturating_mul(16).saturating_add(1 << 16)
}

/// What tokens are made of.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=%".contains(&byte)
}

/// Whether the match is only a part of a digest, which must stay readable whatever a secret is: of `sha256:` with its
/// hex digits, or of as many digits as a digest has.
fn is_part_of_digest(text: &[u8], start: usize, end: usize) -> bool {
    let digits =
        |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|byte| is_digit(**byte)).count();
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
    let before =
        text.get(..start).unwrap_or_default().iter().rev().take_while(|byte| is_digit(**byte)).count();
    let run = digits(start - before);
    let alone = digits(start) >= end - start && run > end - start && matches!(run, 64 | 128);
    named || alone
}
