//! The members of a mapping with known keys.

use std::ops::Range;

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::limits::SUGGESTED_WORD;
use crate::builder::definition::{Finding, Rule, Severity};
use crate::diagnostic::closest;

/// A mapping whose members are taken one by one. What is left has an unknown key.
pub(super) struct Fields<'a> {
    /// What the mapping is, for people: `a stage`.
    what: &'static str,
    range: Range<usize>,
    members: Vec<Member<'a>>,
    known: Vec<&'static str>,
    missing: Vec<Missing>,
}

/// A required key that is missing.
struct Missing {
    name: &'static str,
    /// The key that can stand in its place.
    other: Option<&'static str>,
}

struct Member<'a> {
    slot: Slot<'a>,
    key: Range<usize>,
    taken: bool,
}

impl<'a> Fields<'a> {
    /// The bytes of the mapping.
    pub(super) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The member with a known key.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Slot<'a>> {
        self.known.push(name);
        self.take_old(name)
    }

    /// Requires a key. [`Reader::finish_fields`] reports it if it is missing.
    pub(super) fn require(&mut self, name: &'static str) {
        if !self.has(name) {
            self.missing.push(Missing { name, other: None });
        }
    }

    /// Requires one of two keys. The first one is reported.
    pub(super) fn require_one(&mut self, name: &'static str, other: &'static str) {
        if !self.has(name) && !self.has(other) {
            self.missing.push(Missing { name, other: Some(other) });
        }
    }

    fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.slot.name == name)
    }

    /// The member with a key that is not suggested.
    pub(super) fn take_old(&mut self, name: &str) -> Option<Slot<'a>> {
        let member = self.members.iter_mut().find(|member| member.slot.name == name)?;
        member.taken = true;
        Some(member.slot.clone())
    }
}

impl<'a> Reader<'a> {
    /// The members of a mapping. `what` says what it describes.
    pub(super) fn fields(&mut self, slot: &Slot<'a>, what: &'static str) -> Option<Fields<'a>> {
        let value = slot.value;
        if !self.visit(value) {
            return None;
        }
        let Some(members) = value.members().filter(|_| value.tag().is_none()) else {
            self.wrong_type(slot, "a mapping");
            return None;
        };
        let members = members.filter_map(|(key, value)| {
            let slot = Slot { value, name: key.scalar()?, key: Some(key.range()), is_item: false };
            Some(Member { slot, key: key.range(), taken: false })
        });
        Some(Fields {
            what,
            range: value.range(),
            members: members.collect(),
            known: Vec::new(),
            missing: Vec::new(),
        })
    }

    /// Reports members that were not taken, and required ones that are missing.
    pub(super) fn finish_fields(&mut self, mut fields: Fields<'a>) {
        let place = fields.members.first().map_or_else(|| fields.range(), |member| member.key.clone());
        let place = self.first_line(place);
        for Member { slot, key, .. } in fields.members.into_iter().filter(|member| !member.taken) {
            if !self.visit(slot.value) {
                return;
            }
            let message = format!("`{}` is no key of {}", slot.name, fields.what);
            let mut finding = Finding::new(Rule::UNKNOWN_KEY, Severity::Error, key.clone(), message);
            let known = fields.known.iter().copied();
            if slot.name.len() <= SUGGESTED_WORD
                && self.lists_findings()
                && let Some(close) = closest(&slot.name.replace('_', "-"), known)
            {
                finding = finding.label(format!("did you mean `{close}`?")).suggest(key, close);
                // It is not missing but misspelled.
                fields.missing.retain(|missing| missing.name != close && missing.other != Some(close));
            }
            self.report(finding);
        }
        for Missing { name, .. } in fields.missing {
            let message = format!("`{name}` is missing in {}", fields.what);
            self.error(Rule::MISSING_KEY, place.clone(), message);
        }
    }
}
