//! The result of an admission check: images, refused texts, and parts that were not judged.
//!
//! What was not judged is part of the result, so that no rendering can lose it.

use std::borrow::Cow;

use super::uses::{NotJudged, Place, Use};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{Conclusion, Excuses, Tally};
use crate::report::{AppliedException, ItemResult, ReportItem};

/// The result of an admission check, without the judged images, which are rendered one by one.
pub struct Admission {
    /// The conclusions of all images.
    pub images: Tally,
    /// Uses whose text is not a valid image.
    pub refused: Vec<(Use, Diagnostic)>,
    /// Parts that were found and not judged.
    pub not_judged: Vec<NotJudged>,
    /// All exceptions, used or not, in the order of their file.
    pub exceptions: Vec<AppliedException>,
    /// Whether parts that were not judged are failures.
    pub strict: bool,
    /// Kubernetes objects, and Compose services and jobs.
    pub objects: usize,
}

impl Admission {
    /// The failure of `strict`, if a part was not judged.
    pub(super) fn strict_failure(&self) -> Option<Diagnostic> {
        let what = match self.not_judged.iter().filter(|part| self.fails(part)).count() {
            0 => return None,
            1 => "a part of the manifests was not judged".to_owned(),
            count => format!("{count} parts of the manifests were not judged"),
        };
        Some(NotJudged::diagnostic_of(what, true))
    }

    /// Whether it is a failure that this part was not judged.
    fn fails(&self, part: &NotJudged) -> bool {
        self.strict && part.exception.is_none()
    }

    /// The conclusions of all images and parts.
    pub fn tally(&self) -> Tally {
        let mut tally = self.images.clone();
        for (_, diagnostic) in &self.refused {
            tally.add(&Conclusion::of(diagnostic.exit()), diagnostic.exit());
        }
        for part in &self.not_judged {
            let exit = if self.fails(part) { Code::ADMIT_NOT_JUDGED.exit() } else { Exit::Pass };
            tally.add(&Conclusion::NotJudged, exit);
            // Without `strict` it is not a failure, so there is nothing to excuse.
            if let Some(exception) = part.exception.as_ref().filter(|_| self.strict) {
                tally.excuse(&Excuses::until(exception.expires));
            }
        }
        tally
    }

    /// The items of pipeline formats after the images: refused texts, and parts that were not judged.
    pub(super) fn items<'a>(&'a self, policy: &'a str) -> impl Iterator<Item = ReportItem<'a>> {
        let item = move |reference: String, place: &Place, result, conclusion| ReportItem {
            reference,
            digest: None,
            places: place.location().into_iter().collect(),
            claim: None,
            result,
            conclusion,
            policy,
            skipped: Vec::new(),
        };
        let refused = self.refused.iter().map(move |(one, diagnostic)| {
            let conclusion = Conclusion::of(diagnostic.exit());
            item(one.written.clone(), &one.place, ItemResult::Unresolved(diagnostic), conclusion)
        });
        let not_judged = self.not_judged.iter().map(move |part| {
            let counts = self.fails(part);
            let result = ItemResult::NotJudged { diagnostic: Cow::Owned(part.diagnostic(counts)), counts };
            item(part.place.to_string(), &part.place, result, Conclusion::NotJudged)
        });
        refused.chain(not_judged)
    }
}
