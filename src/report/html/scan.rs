//! The page of scanned images: those of each image, under one verdict.

use jiff::Timestamp;

use super::applied::{Head, whole};
use super::facts::Facts;
use super::page::Page;
use super::subject::Subject;
use crate::report::Comparison;
use crate::report::scan::words::{kind, summary};
use crate::report::scan::{FindingSource, ScanRun, ScannedImage};
use crate::report::table::object;
use crate::report::vex::verdict;

impl ScanRun<'_> {
    /// The page for people: one file that loads nothing.
    pub fn html(&self, page: impl Into<Page>) -> String {
        scan(self, None, page.into())
    }
}

impl Comparison<'_> {
    /// The page of the scan of the second image, with the comparison in it. It is one file that loads nothing.
    pub fn html(&self, run: &ScanRun<'_>, page: impl Into<Page>) -> String {
        scan(run, Some(self), page.into())
    }
}

/// The page, with a comparison of its only image with another one.
fn scan(run: &ScanRun<'_>, compared: Option<&Comparison<'_>>, page: Page) -> String {
    let mut about = Facts::default();
    if let [image] = run.images.as_slice() {
        of_image(image, &mut about);
    }
    let headline = headline(run);
    let subjects: Vec<Subject<'_>> = run
        .images
        .iter()
        .map(|image| Subject {
            image: Some(image.reference.clone()),
            kind: Some(image.kind()),
            facts: {
                let mut facts = Facts::default();
                of_image(image, &mut facts);
                facts
            },
            result: image.result,
            evidence: image.evidence,
            base: image.base,
        })
        .collect();
    let (kind, headline) = (kind(&run.images), headline.as_str());
    whole(Head { kind, headline, about, compared, page, texts: run.texts }, &subjects)
}

/// The counts of the only image, or how many images pass.
fn headline(run: &ScanRun<'_>) -> String {
    match run.images.as_slice() {
        [ScannedImage { result: Ok(run), .. }] => verdict::counts(run),
        [ScannedImage { result: Err(diagnostic), .. }] => diagnostic.message.clone(),
        images => summary(images),
    }
}

/// What is known about an image, and where its findings come from.
fn of_image(image: &ScannedImage<'_>, facts: &mut Facts) {
    if let Some(digest) = image.digest {
        let whole = match image.evidence {
            Some(evidence) => object(evidence.asked(), digest),
            None if image.reference.contains('@') => image.reference.clone(),
            None => format!("{}@{digest}", image.reference),
        };
        facts.code("image", whole);
    }
    facts.say("proven", image.claim().unwrap_or_default());
    let day = |time: Option<Timestamp>| time.map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string());
    match &image.source {
        Some(FindingSource::Scanner { name, version, database }) => {
            facts.say("scanner", format!("{name} {version}"));
            facts.say("database", day(*database).unwrap_or_default());
        }
        Some(FindingSource::File { name }) => facts.code("report", name.clone()),
        Some(FindingSource::Attestation { digest, predicate_type, signers, scanner, time }) => {
            facts.say("findings from", "a verified attestation of the image");
            facts.code("attestation", digest.to_string());
            facts.code("predicate type", predicate_type.clone());
            facts.say("signed by", signers.join(", "));
            facts.say("scanner", scanner.clone().unwrap_or_default());
            facts.say("scanned at", day(*time).unwrap_or_else(|| "a time that is not stated".to_owned()));
        }
        None => {}
    }
}
