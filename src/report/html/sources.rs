//! The sources of statements: what each did, who signed it, how old it is.

use super::subject::Subject;
use super::tables::table;
use super::writer::{Html, Tag, class};
use crate::report::columns::{Cell, Tone};
use crate::report::vex::run::AppliedRun;
use crate::report::vex::sources::uses;
use crate::report::vex::table::dated;
use crate::report::vex::verdict::suppressed_by;
use crate::report::vex::wording::signer;
use crate::vex::SourceTrust;

/// The most sources of a table. Those that decided a finding come first.
const SOURCES: usize = 200;

/// The sources of all subjects.
pub(super) fn sources(html: &mut Html, subjects: &[Subject<'_>]) {
    for subject in subjects {
        let Some(run) = subject.run() else { continue };
        if let Some(image) = subject.image.as_ref().filter(|_| subjects.len() > 1) {
            html.element(Tag::H3, &[], |html| html.code(image));
        }
        of_run(html, &run);
    }
}

fn of_run(html: &mut Html, run: &AppliedRun<'_>) {
    let mut uses = uses(run);
    if uses.is_empty() {
        html.says(Tag::P, &[class("warn")], "No VEX document was given or found.");
        return;
    }
    if let Some(text) = suppressed_by(run) {
        html.says(Tag::P, &[], &text);
    }
    uses.sort_by_key(|one| one.suppressed + one.kept == 0);
    let more = uses.len().saturating_sub(SOURCES);
    uses.truncate(SOURCES);
    let rows: Vec<Vec<Cell>> = uses
        .iter()
        .map(|one| {
            let trust = &one.of.source.trust;
            let tone = match trust {
                SourceTrust::Verified(_) => Tone::Plain,
                SourceTrust::Failed { .. } => Tone::Bad,
                _ => Tone::Warning,
            };
            let newest = one.of.document.newest_time(run.rules.now);
            vec![
                one.of.source.name.as_str().into(),
                one.statements().to_string().into(),
                one.suppressed.to_string().into(),
                one.kept.to_string().into(),
                Cell::new(signer(trust), tone),
                newest.map_or_else(|| "no time".to_owned(), |newest| dated(newest, run.rules.now)).into(),
                one.of.source.digest.get().short().into(),
            ]
        })
        .collect();
    let header = ["Source", "Statements", "Suppresses", "Keeps", "Signed by", "Newest statement", "Document"];
    table(html, "Sources of statements", &header, &rows, header.len());
    if more > 0 {
        html.says(Tag::P, &[class("notice")], &format!("{more} more sources are not shown."));
    }
    let remarks: Vec<(&str, String)> = uses
        .iter()
        .flat_map(|one| one.remarks().into_iter().map(|remark| (one.of.source.name.as_str(), remark)))
        .collect();
    if !remarks.is_empty() {
        html.element(Tag::Ul, &[class("remarks")], |html| {
            for (name, remark) in &remarks {
                html.element(Tag::Li, &[], |html| {
                    html.code(name);
                    html.sentence(": ");
                    html.sentence(remark);
                });
            }
        });
    }
}
