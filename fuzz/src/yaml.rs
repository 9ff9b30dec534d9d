//! YAML documents, and the manifests and exceptions in them.

use std::collections::BTreeSet;

use dhi::admission::limits::IMAGE_USES;
use dhi::admission::{Found, ImageUse, Input, find, pinned};
use dhi::cli::CATALOGUE;
use dhi::diagnostic::{Code, Diagnostic, Exit};
use dhi::evidence::{Check, CheckKind, CheckSubject, Claim, Outcome, Verdict};
use dhi::oci::Digest;
use dhi::policy::Exceptions;
use dhi::yaml::{Document, Value, documents};
use serde_json::Value as Json;

/// The number of values that are compared in one document. Aliases create more paths than there are values.
const VISITS: usize = 4096;
/// The depth of a document that is written again. Aliases can create more levels than the reader accepts.
const LEVELS: usize = 64;

/// A document is parsed to the same values each time and when it is written again; each value has a range in the text;
/// and JSON has the same meaning as YAML.
pub fn yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read: Result<Vec<Document>, _> = documents(text, "x.yaml").collect();
    let again: Result<Vec<Document>, _> = documents(text, "x.yaml").collect();
    let (Ok(read), Ok(again)) = (&read, &again) else {
        assert_eq!(read.err(), again.err());
        return;
    };
    assert_eq!(read.len(), again.len());
    for (document, again) in read.iter().zip(again) {
        let (Some(root), Some(other)) = (document.root(), again.root()) else {
            assert!(document.root().is_none() && again.root().is_none());
            continue;
        };
        placed(root, text, &mut VISITS.clone());
        same(root, other, &mut VISITS.clone());
        let mut written = String::new();
        if !is_left_out(root) && write(root, LEVELS, &mut VISITS.clone(), &mut written).is_some() {
            let anew: Vec<Document> = documents(&written, "anew")
                .collect::<Result<_, _>>()
                .unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(anew.len(), 1, "{written}");
            same(root, anew[0].root().unwrap(), &mut VISITS.clone());
        }
    }
    if let Ok(json) = serde_json::from_str::<Json>(text) {
        assert_eq!(read.len(), 1);
        means(read[0].root().unwrap(), &json, &mut VISITS.clone());
    }
}

/// Each value has a range within the text, on an existing line.
fn placed(value: Value<'_>, text: &str, visits: &mut usize) {
    let Some(rest) = visits.checked_sub(1) else { return };
    *visits = rest;
    assert!(text.get(value.range()).is_some(), "{:?}", value.range());
    assert!((1..=text.split(['\n', '\r']).count()).contains(&value.line()), "{}", value.line());
    if value.text().is_some() {
        assert!(value.text() == value.scalar() && value.tag().is_none() && !value.is_null());
    }
    for item in value.items().into_iter().flatten() {
        placed(item, text, visits);
    }
    let entries = value.entries().unwrap_or_default();
    let names: BTreeSet<&str> = entries.iter().map(|(name, _)| *name).collect();
    assert_eq!(names.len(), entries.len());
    for (_, member) in entries {
        placed(member, text, visits);
    }
}

/// Whether both values are equal, without their positions.
fn same(one: Value<'_>, other: Value<'_>, visits: &mut usize) {
    let Some(rest) = visits.checked_sub(1) else { return };
    *visits = rest;
    assert_eq!((one.scalar(), one.text(), one.is_null()), (other.scalar(), other.text(), other.is_null()));
    assert_eq!((one.tag(), one.is_mapping()), (other.tag(), other.is_mapping()));
    let items = |value: Value<'_>| value.items().map(Iterator::count);
    assert_eq!(items(one), items(other));
    for (item, other) in one.items().into_iter().flatten().zip(other.items().into_iter().flatten()) {
        same(item, other, visits);
    }
    let (entries, others) = (one.entries().unwrap_or_default(), other.entries().unwrap_or_default());
    assert_eq!(entries.len(), others.len());
    for ((name, member), (other_name, other)) in entries.into_iter().zip(others) {
        assert_eq!(name, other_name);
        same(member, other, visits);
    }
}

/// Whether the value is missing, which can be written only for members of mappings.
fn is_left_out(value: Value<'_>) -> bool {
    value.scalar() == Some("") && value.text().is_none()
}

/// Writes the value on one line, without aliases. `None` if that would be too long or too deep, or if there are tags.
fn write(value: Value<'_>, levels: usize, visits: &mut usize, out: &mut String) -> Option<()> {
    *visits = visits.checked_sub(1)?;
    let levels = levels.checked_sub(1)?;
    if value.tag().is_some() {
        return None;
    }
    if let Some(text) = value.text() {
        out.push_str(&quoted(text));
    } else if let Some(plain) = value.scalar() {
        out.push_str(plain);
    } else if value.is_mapping() {
        out.push('{');
        for (name, member) in value.entries()? {
            out.push_str(&quoted(name));
            out.push_str(": ");
            write(member, levels, visits, out)?;
            out.push_str(", ");
        }
        out.push('}');
    } else {
        out.push('[');
        for item in value.items()? {
            if is_left_out(item) {
                return None;
            }
            write(item, levels, visits, out)?;
            out.push_str(", ");
        }
        out.push(']');
    }
    (out.len() < 1 << 20).then_some(())
}

/// The text in quotes, with all special characters escaped.
fn quoted(text: &str) -> String {
    let mut out = "\"".to_owned();
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// The value of the YAML reader equals that of the JSON reader.
fn means(value: Value<'_>, json: &Json, visits: &mut usize) {
    let Some(rest) = visits.checked_sub(1) else { return };
    *visits = rest;
    match json {
        Json::Null => assert!(value.is_null()),
        Json::Bool(_) | Json::Number(_) => assert!(value.scalar().is_some() && value.text().is_none()),
        Json::String(text) => assert_eq!(value.text(), Some(text.as_str())),
        Json::Array(items) => {
            let found: Vec<Value<'_>> = value.items().unwrap().collect();
            assert_eq!(found.len(), items.len());
            found.into_iter().zip(items).for_each(|(found, item)| means(found, item, visits));
        }
        Json::Object(members) => {
            let found = value.entries().unwrap();
            assert_eq!(found.len(), members.len());
            for ((name, found), (own, member)) in found.into_iter().zip(members) {
                assert_eq!(name, own);
                means(found, member, visits);
            }
        }
    }
}

/// Images are found at the same places each time. Appending digests changes no other byte.
pub fn manifests(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let inputs = [Input { file: "x.yaml".to_owned(), text: text.to_owned() }];
    let found = match (find(&inputs, &[]), find(&inputs, &[])) {
        (Ok(found), Ok(again)) => {
            assert_eq!(references(&found), references(&again));
            found
        }
        (found, again) => {
            assert_eq!(found.err(), again.err());
            return;
        }
    };
    assert!(found.uses.len() + found.refused.len() <= IMAGE_USES);
    for used in &found.uses {
        assert!(text.get(used.range.clone()).is_some());
        assert!(used.reference.repository.host().is_some());
    }
    let digest = Digest::of(b"pinned");
    if text.contains(&digest.hex()) {
        return;
    }
    let resolved = |used: &ImageUse| (used.reference.clone(), Some(used.reference.digest.unwrap_or(digest)));
    let images: Vec<_> = found.uses.iter().map(resolved).collect();
    if let Ok(written) = pinned(&inputs, &found, &images) {
        assert_eq!(written.replace(&format!("@{digest}"), ""), text);
        let again = find(&[Input { file: "x.yaml".to_owned(), text: written }], &[]).unwrap();
        assert_eq!(again.uses.len(), found.uses.len());
        assert!(again.uses.iter().all(|used| used.reference.digest.is_some()));
    }
}

fn references(found: &Found) -> Vec<(String, usize)> {
    found.uses.iter().map(|used| (used.reference.to_string(), used.range.start)).collect()
}

fn verdict(checks: Vec<Check>) -> Verdict {
    Verdict::from_checks(Claim::NotProven(Vec::new()), checks)
}

/// Exceptions that are written again parse to the same value, and excuse only failures of a policy.
pub fn exceptions(data: &[u8]) {
    let Ok(read) = Exceptions::from_yaml(data, "file", CATALOGUE) else { return };
    let said = said(&read);
    let written: String = said
        .iter()
        .map(|[meant, check, reason, expires]| {
            let member = if check == Code::ADMIT_NOT_JUDGED.as_str() { "text" } else { "image" };
            let (meant, reason) = (quoted(meant), quoted(reason));
            format!("- {{{member}: {meant}, check: {check}, reason: {reason}, expires: {expires}}}\n")
        })
        .collect();
    let written = if written.is_empty() { "[]".to_owned() } else { written };
    let anew = Exceptions::from_yaml(written.as_bytes(), "anew", CATALOGUE)
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(self::said(&anew), said);
    let ids = [
        Code::TRUST_TAMPERED,
        Code::ATTEST_NONE,
        Code::REGISTRY_UNAUTHORIZED,
        Code::BUG_INTERNAL,
        Code::BASE_NOT_DHI,
    ];
    let checks = ids.map(|id| {
        let problem = Diagnostic::new(id, "x");
        let (kind, subject) = (CheckKind::Base, CheckSubject::OfSummary);
        // The worst case: a failure, not an unknown result.
        Check::noted(kind, subject, "linux/amd64", Outcome::Fail, problem)
    });
    for id in ids {
        let mut one = verdict(
            checks.iter().filter(|check| check.diagnostic.as_ref().unwrap().code == id).cloned().collect(),
        );
        let before = one.exit;
        let reference = "registry.example.com/acme/app:1".parse().unwrap();
        read.apply(&reference, &Digest::of(b"app"), &mut one, jiff::Timestamp::UNIX_EPOCH);
        assert!(one.exit == before || before == Exit::Fail, "{id}");
    }
}

/// Image, check, reason and last day of each exception.
fn said(exceptions: &Exceptions) -> Vec<[String; 4]> {
    let none = BTreeSet::new();
    let uses = exceptions.statuses(&none, jiff::Timestamp::UNIX_EPOCH);
    uses.map(|(exception, _)| {
        let check = exception.check.as_str().to_owned();
        [exception.to_string(), check, exception.reason.clone(), exception.expires.to_string()]
    })
    .collect()
}
