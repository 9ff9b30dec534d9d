//! Finds secrets in a text, in every encoding that [`encodings`](super::encodings) decodes.
//!
//! The number of steps for a text is bounded. After that, the rest of the text counts as a secret.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::encodings::{in_quotes, is_of_encoding, readings};
use crate::oci::hex::is_digit;
use crate::registry::limits::SECRETS;

/// The minimum length, in bytes, of a secret that is redacted from output: `a` would remove every `a`.
pub(super) const SHORTEST: usize = 6;
/// The length, in bytes, of a secret's beginning that is redacted even if the rest differs.
const TELLING: usize = 48;
/// The number of unencoded bytes that are compared in one step.
const STRIDE: usize = 32;
/// The length of the prefix by which forms are indexed.
const KEY: usize = 4;

/// The forms of all known secrets.
#[derive(Default)]
pub(super) struct Known {
    /// Forms of at least [`SHORTEST`] bytes, by their first [`KEY`] bytes in lower case.
    forms: HashMap<[u8; KEY], Vec<Form>>,
    /// By byte: whether a form can start with it, in either case or encoded.
    begins: Vec<bool>,
    /// Shorter forms.
    pub(super) short: Vec<Arc<[u8]>>,
    seen: HashSet<Arc<[u8]>>,
}

/// A secret or an encoding of it, in lower case.
struct Form(Arc<[u8]>);

impl Known {
    /// Adds a secret, its base64, and its JSON string: JSON can be nested in another encoding.
    pub(super) fn add_forms(&mut self, secret: &str) {
        let quoted = [serde_json::to_string(secret).unwrap_or_default(), in_quotes(secret)];
        let within = |text: &str| text.get(1..text.len().saturating_sub(1)).unwrap_or_default().to_owned();
        let [json, ascii] = quoted.each_ref().map(|text| within(text));
        let encoded = [STANDARD_NO_PAD.encode(secret), URL_SAFE_NO_PAD.encode(secret)];
        // `oci::quote_untrusted` replaces backticks.
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

    /// The start and end of the first secret at or after `from`.
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

    /// The end of the longest secret that starts at `at`.
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

/// Collects all prefixes to which the text at `at` can be decoded.
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
    /// The end of this form if it starts at `at`, with each byte plain or encoded. A form that is cut off by an
    /// ellipsis counts too. If no steps are left, the rest of the text counts as the form.
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

/// Whether the text is cut off here by an ellipsis.
fn is_cut_off(text: &[u8], at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    // `oci::quote_untrusted` writes a closing backtick first.
    [&b".."[..], b"`..", "…".as_bytes()].iter().any(|sign| rest.starts_with(sign))
}

/// The maximum number of steps for a text. Only adversarial texts need more.
pub(super) fn effort(text: &[u8]) -> usize {
    text.len().saturating_mul(16).saturating_add(1 << 16)
}

/// Whether the byte can occur in a token.
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=%".contains(&byte)
}

/// Whether the match is only a part of a digest: `sha256:` with hex digits, or a run of as many hex digits as a digest
/// has. Digests must stay readable, even if a secret matches a part.
fn is_part_of_digest(text: &[u8], start: usize, end: usize) -> bool {
    let digits =
        |from: usize| text.get(from..).unwrap_or_default().iter().take_while(|byte| is_digit(**byte)).count();
    let names = [&b"sha256:"[..], b"sha512:", b"sha256-", b"sha512-"];
    let named = (start.saturating_sub(128 + 7)..=start).any(|from| {
        let rest = text.get(from..).unwrap_or_default();
        let name = names.iter().find(|name| rest.starts_with(name)).map(|name| name.len());
        // Output may shorten a digest, to at least twelve digits.
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
