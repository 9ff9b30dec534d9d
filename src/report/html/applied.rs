//! The page of findings with their decisions: the verdict, the counts, what remains, what is suppressed and why, the
//! sources, the evidence, what was not checked, and problems.
//!
//! What remains comes before what is suppressed, and what may be missing before both.

use jiff::Timestamp;

use super::comparison::comparison;
use super::counts::counts;
use super::diagnostics::diagnostic;
use super::document::{self, Document, section};
use super::evidence::evidence;
use super::facts::Facts;
use super::findings::{REMAINING_OF, findings};
use super::page::Page;
use super::sources::sources;
use super::subject::{List, Subject};
use super::writer::{Anchor, Attribute, Html, Tag, class};
use crate::diagnostic::Diagnostic;
use crate::evidence::{ConclusionKind, not_judged};
use crate::report::item::skipped;
use crate::report::vex::run::{AppliedRun, ImageEvidence};
use crate::report::vex::{verdict, warnings};
use crate::report::{Comparison, HintTexts, Severity};

const IMAGES: Anchor = Anchor::of("images");
const INCOMPLETE: Anchor = Anchor::of("incomplete");
const SEVERITIES: Anchor = Anchor::of("severities");
const COMPARISON: Anchor = Anchor::of("comparison");
const REMAINING: Anchor = Anchor::of("remaining");
const SUPPRESSED: Anchor = Anchor::of("suppressed");
const SOURCES: Anchor = Anchor::of("sources");
const EVIDENCE: Anchor = Anchor::of("evidence");
const NOT_CHECKED: Anchor = Anchor::of("not-checked");
const NOTES: Anchor = Anchor::of("notes");

/// What a page of findings has besides its subjects.
pub(super) struct Head<'a> {
    /// The conclusion.
    pub(super) kind: ConclusionKind,
    /// The verdict in words.
    pub(super) headline: &'a str,
    /// What was judged.
    pub(super) about: Facts,
    /// What the only image is compared with.
    pub(super) compared: Option<&'a Comparison<'a>>,
    /// How the page is made.
    pub(super) page: Page,
    /// The texts of hints.
    pub(super) texts: &'a dyn HintTexts,
}

/// The page of one run over reports.
pub(in crate::report) fn applied(
    run: AppliedRun<'_>,
    image: Option<ImageEvidence<'_>>,
    page: Page,
) -> String {
    let mut about = Facts::default();
    let mut named: Vec<String> = Vec::new();
    for scan in run.scans() {
        let subject = &scan.applied.scan.subject;
        for digest in &subject.repo_digests {
            if !named.contains(digest) {
                named.push(digest.clone());
            }
        }
    }
    let reports: Vec<&str> = run.applied.reports.iter().map(|report| report.name.as_str()).collect();
    about.code(if reports.len() == 1 { "report" } else { "reports" }, reports.join(", "));
    about.code("image, as the report names it", named.join(", "));
    let headline = verdict::counts(&run);
    let head = Head {
        kind: verdict::kind(&run),
        headline: &headline,
        about,
        compared: None,
        page,
        texts: run.texts,
    };
    let subject = Subject {
        image: None,
        kind: None,
        facts: Facts::default(),
        result: Ok(run),
        evidence: image.map(|image| image.evidence),
        base: image.and_then(|image| image.base),
    };
    whole(head, &[subject])
}

/// A page of findings.
pub(super) fn whole(head: Head<'_>, subjects: &[Subject<'_>]) -> String {
    let Head { kind, headline, mut about, compared, page: settings, texts } = head;
    let runs = || subjects.iter().filter_map(Subject::run);
    let incomplete: Vec<(&Subject<'_>, &Diagnostic)> = subjects.iter().flat_map(incomplete).collect();
    let number =
        |list: List| runs().map(|run| run.findings().filter(|found| list.has(found, &run)).count()).sum();
    let (remaining, suppressed): (usize, usize) = (number(List::Remaining), number(List::Suppressed));
    let notes: Vec<String> =
        runs().flat_map(|run| verdict::remarks(&run).into_iter().chain(warnings::lines(&run))).collect();
    let problems: Vec<&Diagnostic> = runs().flat_map(|run| run.problems).collect();
    let proven: Vec<&Subject<'_>> = subjects.iter().filter(|subject| subject.evidence.is_some()).collect();
    let not_checked: Vec<String> = proven
        .iter()
        .filter_map(|subject| subject.evidence)
        .flat_map(|evidence| skipped(&not_judged(evidence)).collect::<Vec<_>>())
        .collect();
    let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
    let now = runs().map(|run| run.rules.now).next();
    // Ages are those of the run, which may judge at another time than that of the page.
    if let Some(now) = now.filter(|now| day(*now) != day(settings.time)) {
        about.say("ages as of", day(now));
    }
    let names: Vec<&str> = match subjects {
        [Subject { image: Some(image), .. }] => vec![image],
        _ => runs().flat_map(|run| &run.applied.reports).map(|report| report.name.as_str()).collect(),
    };
    let document = Document {
        kind,
        headline,
        subject: if let [only] = names.as_slice() { only } else { "" },
        about,
        time: settings.time,
        contents: &[
            (IMAGES, "Images", Some(if subjects.len() > 1 { subjects.len() } else { 0 })),
            (INCOMPLETE, "Incomplete", Some(incomplete.len())),
            (SEVERITIES, "By severity", None),
            (COMPARISON, "Comparison", compared.map_or(Some(0), |_| None)),
            (REMAINING, "Remaining", Some(remaining)),
            (SUPPRESSED, "Suppressed", Some(suppressed)),
            (SOURCES, "Sources", None),
            (EVIDENCE, "Evidence", Some(proven.len())),
            (NOT_CHECKED, "Not checked", Some(not_checked.len())),
            (NOTES, "Notes and problems", Some(notes.len() + problems.len())),
        ],
    };
    let mut html = Html::new(&settings);
    document.write(&mut html, |html| {
        if subjects.len() > 1 {
            section(html, IMAGES, "Images", Some(subjects.len()), |html| images(html, subjects));
        }
        if !incomplete.is_empty() {
            section(html, INCOMPLETE, "What could not be read or verified", Some(incomplete.len()), |html| {
                let text = "Statements that change a decision, or whole results, may be missing.";
                html.says(Tag::P, &[], text);
                for (subject, found) in &incomplete {
                    let image: Vec<&str> = subject.image.as_deref().into_iter().collect();
                    diagnostic(html, Severity::Error, found, &image, texts);
                }
            });
        }
        section(html, SEVERITIES, "Findings by severity", None, |html| counts(html, subjects));
        if let Some(compared) = compared {
            section(html, COMPARISON, "Comparison", None, |html| comparison(html, compared));
        }
        section(html, REMAINING, "Findings that remain", Some(remaining), |html| {
            if remaining == 0 {
                html.says(Tag::P, &[class("muted")], "None.");
            }
            findings(html, subjects, List::Remaining);
        });
        if suppressed > 0 {
            section(html, SUPPRESSED, "Suppressed findings", Some(suppressed), |html| {
                findings(html, subjects, List::Suppressed);
            });
        }
        section(html, SOURCES, "Sources of statements", None, |html| sources(html, subjects));
        if !proven.is_empty() {
            section(html, EVIDENCE, "Evidence", None, |html| {
                for subject in &proven {
                    if let Some(image) = &subject.image {
                        html.element(Tag::H3, &[], |html| html.code(image));
                    }
                    if let Some(found) = subject.evidence {
                        evidence(html, found, subject.base, &[]);
                    }
                }
            });
        }
        if !not_checked.is_empty() {
            section(html, NOT_CHECKED, "Not checked", Some(not_checked.len()), |html| {
                lines(html, &not_checked);
            });
        }
        if !notes.is_empty() || !problems.is_empty() {
            let number = notes.len() + problems.len();
            section(html, NOTES, "Notes and problems", Some(number), |html| {
                for found in &problems {
                    diagnostic(html, Severity::Warning, found, &[], texts);
                }
                lines(html, &notes);
            });
        }
    });
    html.into_text()
}

/// Each image with its verdict, its counts, and where its findings come from.
fn images(html: &mut Html, subjects: &[Subject<'_>]) {
    html.element(Tag::Ul, &[class("images")], |html| {
        let mut scans = 0;
        for subject in subjects {
            let first = Anchor::nth(REMAINING_OF, scans + 1);
            let number = subject.run().map_or(0, |run| run.scans().count());
            scans += number;
            html.line();
            html.element(Tag::Li, &[], |html| {
                if let Some(kind) = subject.kind {
                    document::verdict(html, kind);
                }
                html.element(Tag::Strong, &[], |html| {
                    let name = subject.image.as_deref().unwrap_or_default();
                    match number {
                        0 => html.name(name),
                        _ => html.element(Tag::A, &[Attribute::To(first)], |html| html.name(name)),
                    }
                });
                html.sentence(" ");
                let text = match &subject.result {
                    Ok(run) => verdict::counts(run),
                    Err(found) => found.message.clone(),
                };
                html.says(Tag::Span, &[class("muted")], &text);
                subject.facts.write(html);
            });
        }
    });
}

/// Sentences as a list.
pub(super) fn lines(html: &mut Html, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    html.element(Tag::Ul, &[class("remarks")], |html| {
        for line in lines {
            html.says(Tag::Li, &[], line.strip_prefix("not checked: ").unwrap_or(line));
        }
    });
}

/// What is missing in the result about a subject.
fn incomplete<'a>(subject: &'a Subject<'_>) -> impl Iterator<Item = (&'a Subject<'a>, &'a Diagnostic)> {
    let of_run = subject.run().map(|run| run.incomplete).unwrap_or_default();
    let failed = subject.result.as_ref().err().copied();
    failed.into_iter().chain(of_run).map(move |found| (subject, found))
}
