//! Texts, numbers, booleans and words.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::slot::Slot;
use super::state::{Reader, type_name};
use crate::builder::definition::limits::{COMMENT_AFTER, SHOWN_VALUE, SUGGESTED_WORD};
use crate::builder::definition::scalar::{in_single_quotes, quoted};
use crate::builder::definition::{
    Finding, HIGHEST_ID, InvalidValue, Keyword, Rule, Severity, Spanned, Text, Typed,
};
use crate::diagnostic::closest;
use crate::yaml::{ScalarType, ScalarTypes, Value};

impl<'a> Reader<'a> {
    /// A text.
    pub(super) fn text(&mut self, slot: Option<Slot<'a>>) -> Option<Text> {
        self.text_of(slot?)
    }

    /// A text that is a `T` once its templates are evaluated.
    pub(super) fn typed<T: FromStr<Err = InvalidValue>>(
        &mut self,
        slot: Option<Slot<'a>>,
    ) -> Option<Typed<T>> {
        self.typed_of(slot?)
    }

    /// A text, in the characters in which it is written.
    pub(super) fn text_of(&mut self, slot: Slot<'a>) -> Option<Text> {
        self.text_meant(slot, |_| None)
    }

    /// A text. `meant` is what to write instead of one that is not a text for every reader, if more than quotes.
    fn text_meant(&mut self, slot: Slot<'a>, meant: impl Fn(&str) -> Option<String>) -> Option<Text> {
        if !self.visit(slot.value) {
            return None;
        }
        let (Some(text), Some(types)) = (slot.value.scalar(), slot.value.scalar_types()) else {
            self.wrong_type(&slot, "a text");
            return None;
        };
        let is_cut = self.check_comment(&slot);
        if types.yaml_1_1 == ScalarType::Null {
            if !is_cut {
                self.report_null_text(&slot);
            }
            return None;
        }
        if !types.is_text() && !is_cut {
            let meant = meant(text).unwrap_or_else(|| text.to_owned());
            let finding = self.ambiguous(&slot, text, &meant, types, Severity::Error);
            self.report(finding);
        }
        if text.contains('\0') {
            let message = format!("`{}` contains a null character", slot.name);
            self.error(Rule::INVALID_VALUE, self.place(&slot), message);
            return None;
        }
        Some(Spanned::new(text.to_owned(), slot.value.range()))
    }

    /// A text that is a `T` once its templates are evaluated.
    pub(super) fn typed_of<T: FromStr<Err = InvalidValue>>(&mut self, slot: Slot<'a>) -> Option<Typed<T>> {
        let meant = |text: &str| T::from_str(text).err().and_then(|invalid| invalid.suggestion());
        let text = self.text_meant(slot.clone(), meant)?;
        let (typed, invalid) = Typed::parse(text);
        // One finding is enough for a scalar that readers do not read as a text.
        let is_text = slot.value.scalar_types().is_some_and(ScalarTypes::is_text);
        if let Some(invalid) = invalid.filter(|_| is_text) {
            let range = self.place(&slot);
            let message = match typed.as_str().len() > SHOWN_VALUE {
                true => {
                    format!("`{}`: a value of {} bytes is not well-formed", slot.name, typed.as_str().len())
                }
                false => format!("`{}`: {invalid}", slot.name),
            };
            let mut finding = Finding::new(Rule::INVALID_VALUE, Severity::Error, range.clone(), message);
            // A part of a text that has several lines is not replaced.
            let is_whole = range == slot.value.range();
            if let Some(suggestion) = invalid.suggestion().filter(|_| is_whole) {
                let suggestion = self.as_scalar(range.clone(), &suggestion);
                finding = finding.label(format!("write {suggestion}")).suggest(range, suggestion);
            }
            self.report(finding);
        }
        Some(typed)
    }

    /// A word out of a fixed set.
    pub(super) fn keyword<K: Keyword>(&mut self, slot: Option<Slot<'a>>) -> Option<Spanned<K>> {
        self.keyword_of(slot?)
    }

    /// A word out of a fixed set.
    pub(super) fn keyword_of<K: Keyword>(&mut self, slot: Slot<'a>) -> Option<Spanned<K>> {
        let text = self.text_of(slot.clone())?;
        if let Some(value) = K::find(&text) {
            return Some(Spanned::new(value, text.range));
        }
        let words = K::ALL.iter().map(|value| value.as_str());
        let shown: Vec<String> = words.clone().map(|word| format!("`{word}`")).collect();
        let expected = match shown.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
            _ => shown.concat(),
        };
        let close = if text.len() <= SUGGESTED_WORD { closest(&text, words) } else { None };
        let message = match text.len() <= SHOWN_VALUE {
            true => {
                format!("`{}`: `{}` is unknown, expected {expected}", slot.name, text.value.escape_debug())
            }
            false => format!("`{}`: unknown value, expected {expected}", slot.name),
        };
        let range = self.place(&slot);
        let mut finding = Finding::new(Rule::UNKNOWN_VALUE, Severity::Error, range.clone(), message);
        if let Some(close) = close.filter(|_| range == slot.value.range()) {
            let word = self.as_scalar(range.clone(), close);
            finding = finding.label(format!("did you mean `{close}`?")).suggest(range, word);
        }
        self.report(finding);
        None
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, slot: Option<Slot<'a>>) -> Option<Spanned<bool>> {
        let slot = slot?;
        if !self.visit(slot.value) {
            return None;
        }
        let (Some(text), Some(types)) = (slot.value.scalar(), slot.value.scalar_types()) else {
            self.wrong_type(&slot, "`true` or `false`");
            return None;
        };
        let value = match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        };
        if let Some(value) = value
            && types.agreed() == Some(ScalarType::Bool)
        {
            return Some(Spanned::new(value, slot.value.range()));
        }
        match value {
            None => self.wrong_type(&slot, "`true` or `false`"),
            Some(meant) => {
                let range = self.place(&slot);
                let message = format!(
                    "`{}`: expected `true` or `false`, found {}",
                    slot.name,
                    if types.is_text() { "a text".to_owned() } else { format!("`{text}`") }
                );
                let rule = if types.is_text() { Rule::WRONG_TYPE } else { Rule::AMBIGUOUS_SCALAR };
                self.report(
                    Finding::new(rule, Severity::Error, range.clone(), message)
                        .label(format!("write {meant}"))
                        .suggest(range, meant.to_string()),
                );
            }
        }
        None
    }

    /// The number of a user or group.
    pub(super) fn id(&mut self, slot: Option<Slot<'a>>) -> Option<Spanned<u32>> {
        let number = self.integer_in(slot, 0..=i64::from(HIGHEST_ID))?;
        u32::try_from(number.value).ok().map(|id| Spanned::new(id, number.range))
    }

    /// A whole number of a range.
    pub(super) fn integer_in(
        &mut self,
        slot: Option<Slot<'a>>,
        range: RangeInclusive<i64>,
    ) -> Option<Spanned<i64>> {
        let slot = slot?;
        let number = self.integer(Some(slot.clone()))?;
        if !range.contains(&number.value) {
            let (first, last) = range.into_inner();
            let message = format!("`{}`: expected a number from {first} to {last}", slot.name);
            self.error(Rule::INVALID_VALUE, self.place(&slot), message);
            return None;
        }
        Some(number)
    }

    /// A whole number in decimal digits.
    pub(super) fn integer(&mut self, slot: Option<Slot<'a>>) -> Option<Spanned<i64>> {
        let slot = slot?;
        if !self.visit(slot.value) {
            return None;
        }
        let (Some(text), Some(types)) = (slot.value.scalar(), slot.value.scalar_types()) else {
            self.wrong_type(&slot, "a whole number");
            return None;
        };
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_decimal = !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        let value: Option<i64> = if is_decimal { text.parse().ok() } else { None };
        match (value, types.agreed()) {
            (Some(value), Some(ScalarType::Int)) => return Some(Spanned::new(value, slot.value.range())),
            (None, Some(ScalarType::Int)) if is_decimal => {
                self.error(
                    Rule::INVALID_VALUE,
                    self.place(&slot),
                    format!("`{}`: the number is too large", slot.name),
                );
            }
            (Some(value), _) => {
                let range = self.place(&slot);
                let message = format!("`{}`: expected a whole number, found a text", slot.name);
                self.report(
                    Finding::new(Rule::WRONG_TYPE, Severity::Error, range.clone(), message)
                        .label("write it without quotes")
                        .suggest(range, value.to_string()),
                );
            }
            (None, _) if types.yaml_1_1 == ScalarType::Int || types.yaml_1_2 == ScalarType::Int => {
                let message =
                    format!("`{}`: expected a whole number in decimal digits, found `{text}`", slot.name);
                self.error(Rule::AMBIGUOUS_SCALAR, self.place(&slot), message);
            }
            _ => self.wrong_type(&slot, "a whole number"),
        }
        None
    }

    /// Reports a key that is not a text for every reader.
    pub(super) fn check_key(&mut self, key: Value<'a>) {
        let (Some(text), Some(types)) = (key.scalar(), key.scalar_types()) else { return };
        if types.is_text() {
            return;
        }
        let quoted = quoted(text);
        let message =
            format!("the key `{text}` is {} for YAML readers: quote it as `{quoted}`", not_text(types));
        self.report(
            Finding::new(Rule::AMBIGUOUS_SCALAR, Severity::Error, key.range(), message)
                .label(format!("write {quoted}"))
                .suggest(key.range(), quoted),
        );
    }

    /// Reports a text that is not one for every reader.
    pub(super) fn report_ambiguous(&mut self, slot: &Slot<'a>, text: &str, types: ScalarTypes) {
        let finding = self.ambiguous(slot, text, text, types, Severity::Error);
        self.report(finding);
    }

    /// The finding for a scalar that is not a text for every reader. `meant` is the text to write in quotes.
    pub(super) fn ambiguous(
        &self,
        slot: &Slot<'a>,
        text: &str,
        meant: &str,
        types: ScalarTypes,
        severity: Severity,
    ) -> Finding {
        let range = slot.value.range();
        let quoted = quoted(meant);
        let message = format!(
            "`{}`: `{text}` is {} for YAML readers: quote it as `{quoted}`",
            slot.name,
            not_text(types)
        );
        Finding::new(Rule::AMBIGUOUS_SCALAR, severity, range.clone(), message)
            .label(format!("write {quoted}"))
            .suggest(range, quoted)
    }

    /// Reports a template that is a comment for YAML, because ` #` is in front of it. Whether there is one.
    pub(super) fn check_comment(&mut self, slot: &Slot<'a>) -> bool {
        let mut range = slot.value.range();
        if range.is_empty()
            && let Some(key) = slot.key.as_ref().filter(|_| !slot.is_item)
        {
            let end = key.end + usize::from(self.written(key.end..self.text.len()).starts_with(':'));
            range = end..end;
        }
        let written = self.written(range.clone());
        if written.starts_with(['"', '\'', '|', '>', '!', '&', '*']) {
            return false;
        }
        // Aliases can lead here many times, so only the beginning of the line is looked at.
        let after = self.written(range.end..self.text.len());
        let is_blank = |c: &char| matches!(c, ' ' | '\t');
        let blanks = after.chars().take(COMMENT_AFTER).take_while(is_blank).count();
        let is_line = |(_, c): &(usize, char)| !matches!(c, '\n' | '\r');
        let end = after.char_indices().take(COMMENT_AFTER).take_while(is_line).last();
        let rest = after.get(..end.map_or(0, |(at, c)| at + c.len_utf8())).unwrap_or_default();
        let comment = rest.get(blanks..).unwrap_or_default();
        if blanks == 0 || !comment.starts_with("#{") || !comment.contains('}') {
            return false;
        }
        let start = if range.is_empty() { range.end + (rest.len() - comment.len()) } else { range.start };
        let whole = start..range.end + rest.trim_end().len();
        let message = format!("`{}`: what begins with ` #{{` is a comment: quote the whole text", slot.name);
        let finding = Finding::new(Rule::AMBIGUOUS_SCALAR, Severity::Error, whole.clone(), message);
        let text = self.written(whole.clone());
        self.report(match text.contains(['\n', '\r']) {
            true => finding,
            false => finding.suggest(whole, in_single_quotes(text)),
        });
        true
    }

    fn report_null_text(&mut self, slot: &Slot<'a>) {
        let range = self.place(slot);
        let message = format!("`{}` has no value, expected a text: quote an empty one as `\"\"`", slot.name);
        let mut finding = Finding::new(Rule::AMBIGUOUS_SCALAR, Severity::Error, range, message);
        let written = slot.value.range();
        match (self.written(written.clone()), &slot.key) {
            ("~" | "null" | "Null" | "NULL", _) => finding = finding.suggest(written, "\"\""),
            (_, Some(key)) if !slot.is_item && self.written(key.end..self.text.len()).starts_with(':') => {
                finding = finding.suggest(key.end..key.end + 1, ": \"\"");
            }
            _ => {}
        }
        self.report(finding.label("no value"));
    }
}

/// What a scalar is for those readers that do not read it as a text.
fn not_text(types: ScalarTypes) -> &'static str {
    type_name(if types.yaml_1_2 == ScalarType::Text { types.yaml_1_1 } else { types.yaml_1_2 })
}
