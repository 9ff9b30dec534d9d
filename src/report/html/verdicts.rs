//! The page of verdicts: the one over all images, then each image with its findings, evidence, base, checks, and what was
//! not checked.

use super::applied::lines;
use super::diagnostics::diagnostic;
use super::document::{Document, heading, verdict};
use super::evidence::{evidence, summary};
use super::facts::Facts;
use super::page::Page;
use super::tables::table;
use super::writer::{Anchor, Attribute, FixedName, Html, Tag, class};
use crate::evidence::{Check, ConclusionKind, Outcome, Verdict, VerdictSource};
use crate::report::columns::{Cell, Tone};
use crate::report::item::{ReportItem, findings, skipped};
use crate::report::parts::{Frame, Parts};
use crate::report::platform_rows::without_own_attestations;
use crate::report::table::{age, object};
use crate::report::{
    AppliedException, HintTexts, Image, LastLine, Location, RequestedReference, Run, Severity,
};

const IMAGES: Anchor = Anchor::of("images");
const EXCEPTIONS: Anchor = Anchor::of("exceptions");

/// A page of verdicts under construction. Images are added one by one.
pub struct VerdictPage {
    page: Page,
    images: usize,
    /// The image, if the page has one.
    only: Option<String>,
}

impl VerdictPage {
    /// A page without images.
    pub fn new(page: Page) -> Self {
        Self { page, images: 0, only: None }
    }

    /// The entry of an image in the list of all images, and its section. `places` are the lines of files that use it.
    pub fn add(&mut self, image: &Image, places: &[Location], run: &Run<'_>) -> Parts {
        let (kind, name) = (image.conclusion().kind(), name(image));
        self.part((kind, &image.reference.to_string(), &claim(image)), &name, places, |html| {
            match &image.result {
                Err(found) => diagnostic(html, Severity::Error, found, &[], run.texts),
                Ok((source, verdict)) => {
                    html.says(Tag::P, &[class("claim")], &claim(image));
                    judged(html, image, (source, verdict), run);
                }
            }
        })
    }

    /// The entry and the section of an item that has no evidence: a text of a manifest that was not judged.
    pub fn add_item(&mut self, item: &ReportItem<'_>, texts: &dyn HintTexts) -> Parts {
        let (kind, claim) = (item.conclusion.kind(), item.claim_text());
        self.part((kind, &item.reference, &claim), &item.reference, &item.places, |html| {
            for found in item.findings() {
                let severity = Severity::of(found.outcome);
                diagnostic(html, severity, &found.diagnostic, &found.scopes, texts);
            }
            lines(html, &item.not_checked());
        })
    }

    fn part(
        &mut self,
        (kind, short, claim): (ConclusionKind, &str, &str),
        name: &str,
        places: &[Location],
        inner: impl FnOnce(&mut Html),
    ) -> Parts {
        self.images += 1;
        self.only = (self.images == 1).then(|| short.to_owned());
        let anchor = Anchor::nth("image", self.images);
        let [mut entry, mut whole] = [Html::new(&self.page), Html::new(&self.page)];
        self::entry(&mut entry, (kind, short, claim), anchor);
        section(&mut whole, (kind, name), places, anchor, inner);
        [entry.into_text(), whole.into_text()]
    }

    /// The page around all images.
    pub fn finish(&self, exceptions: &[AppliedException], run: &Run<'_>, last: LastLine<'_>) -> Frame {
        let mut about = Facts::default();
        about.code("policy", last.policies.as_str());
        let keys: Vec<&str> = run.trust.keys.iter().map(|key| key.name.as_str()).collect();
        about.say("trusted keys", keys.join(", "));
        about.say("keys judged at", run.effective_time.map(|time| time.to_string()).unwrap_or_default());
        let conclusion = last.tally.conclusion();
        let mut headline = last.counts();
        if let Some(excuses) = conclusion.excuses() {
            headline = format!("{headline} ({excuses})");
        }
        let document = Document {
            kind: conclusion.kind(),
            headline: &headline,
            subject: self.only.as_deref().unwrap_or_default(),
            about,
            time: self.page.time,
            contents: &[
                (IMAGES, "Images", Some(self.images)),
                (EXCEPTIONS, "Exceptions", Some(exceptions.len())),
            ],
        };
        let mut html = Html::new(&self.page);
        document.write(&mut html, |html| {
            html.line();
            html.element(Tag::Section, &[Attribute::LabelledBy(IMAGES)], |html| {
                heading(html, Tag::H2, IMAGES, "Images", Some(self.images));
                html.element(Tag::Ul, &[class("images")], Html::slot);
            });
            html.slot();
            if !exceptions.is_empty() {
                self::exceptions(html, exceptions);
            }
        });
        Frame(html.into_parts())
    }
}

/// The reference of an image with its whole digest, if it was resolved.
fn name(image: &Image) -> String {
    match (&image.reference, &image.result) {
        (RequestedReference::Reference(reference), Ok((source, _))) => {
            object(reference, source.root().digest)
        }
        (reference, _) => reference.to_string(),
    }
}

fn claim(image: &Image) -> String {
    match &image.result {
        Ok((_, verdict)) => verdict.claim.with(&image.conclusion()),
        Err(diagnostic) => diagnostic.message.clone(),
    }
}

/// The line of an image in the list.
fn entry(html: &mut Html, (kind, name, claim): (ConclusionKind, &str, &str), anchor: Anchor) {
    html.line();
    html.element(Tag::Li, &[], |html| {
        verdict(html, kind);
        html.element(Tag::A, &[Attribute::To(anchor)], |html| html.name(name));
        html.sentence(" ");
        html.says(Tag::Span, &[class("muted")], claim);
    });
}

/// Everything about an image.
fn section(
    html: &mut Html,
    (kind, name): (ConclusionKind, &str),
    places: &[Location],
    anchor: Anchor,
    inner: impl FnOnce(&mut Html),
) {
    let attributes = [
        class("item image"),
        Attribute::Fixed(FixedName::DataVerdict, kind.as_str()),
        Attribute::LabelledBy(anchor),
    ];
    html.line();
    html.element(Tag::Section, &attributes, |html| {
        html.element(Tag::H2, &[Attribute::Id(anchor)], |html| {
            verdict(html, kind);
            html.code(name);
        });
        if !places.is_empty() {
            let places: Vec<String> =
                places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
            html.says(Tag::P, &[class("muted")], &format!("used in {}", places.join(", ")));
        }
        inner(html);
    });
}

fn judged(html: &mut Html, image: &Image, (source, verdict): (&VerdictSource, &Verdict), run: &Run<'_>) {
    for found in findings(&verdict.checks) {
        let severity = Severity::of(found.outcome);
        diagnostic(html, severity, &found.diagnostic, &found.scopes, run.texts);
    }
    let by_option = run.skipped_checks().into_iter().map(|what| format!("not checked: {what}"));
    let without_own = without_own_attestations(source, image.base.as_ref());
    let not_checked: Vec<String> = by_option.chain(without_own).chain(skipped(&verdict.checks)).collect();
    if !not_checked.is_empty() {
        html.says(Tag::H3, &[], "Not checked");
        lines(html, &not_checked);
    }
    html.says(Tag::H3, &[], "Evidence");
    if let Some(age) = age(source.root(), source.platforms()) {
        html.says(Tag::P, &[class("muted")], &age);
    }
    match source {
        VerdictSource::Evidence(found) => evidence(html, found, image.base.as_ref(), &verdict.checks),
        VerdictSource::Summary(accepted) => summary(html, accepted),
    }
    checks(html, &verdict.checks);
}

/// Every check, folded.
fn checks(html: &mut Html, checks: &[Check]) {
    let rows: Vec<Vec<Cell>> = checks
        .iter()
        .map(|check| {
            let outcome = check.outcome();
            let tone = match outcome {
                Outcome::Pass => Tone::Plain,
                Outcome::Fail => Tone::Bad,
                Outcome::Warn | Outcome::Unknown | Outcome::Skip => Tone::Warning,
            };
            vec![
                check.kind.as_str().into(),
                Cell::new(outcome.as_str(), tone),
                check.scope.as_str().into(),
                check.message.as_str().into(),
            ]
        })
        .collect();
    html.line();
    html.element(Tag::Details, &[], |html| {
        html.says(Tag::Summary, &[], &format!("All {} checks", checks.len()));
        table(html, "Checks", &["Check", "Outcome", "About", "Result"], &rows, 4);
    });
}

fn exceptions(html: &mut Html, exceptions: &[AppliedException]) {
    super::document::section(html, EXCEPTIONS, "Exceptions", Some(exceptions.len()), |html| {
        let rows: Vec<Vec<Cell>> = exceptions
            .iter()
            .map(|one| {
                vec![
                    one.target.as_str().into(),
                    one.check.as_str().into(),
                    one.outcome.as_str().into(),
                    one.expires.as_str().into(),
                    one.reason.as_str().into(),
                ]
            })
            .collect();
        table(html, "Exceptions", &["For", "Check", "Status", "Expires", "Reason"], &rows, 5);
    });
}
