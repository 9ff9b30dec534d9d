//! What did not pass, for standard error, where standard output shows nothing or only the digests of what passed.

use super::digests::{Pinned, pinned};
use super::folding::{Detail, FoldedFindings, FoldedSkips};
use super::style::printable;
use super::{Image, LastLine, Run, Style};
use crate::evidence::ConclusionKind;

/// The findings of images that did not pass.
pub(crate) struct Errors {
    findings: FoldedFindings,
    skips: FoldedSkips,
    images: usize,
    style: Style,
    beside_digests: bool,
    without_digest: Vec<String>,
}

impl Errors {
    /// `beside_digests`: standard output has the digests of what passed. Then all that such a list cannot show is
    /// added: what passes only by an exception, what has no digest, what was not checked, and the counts unless
    /// everything passed and was checked.
    pub(crate) fn new(beside_digests: bool, style: Style) -> Self {
        let findings = FoldedFindings::new(Detail::Short);
        Self {
            findings,
            skips: FoldedSkips::default(),
            images: 0,
            style,
            beside_digests,
            without_digest: Vec::new(),
        }
    }

    /// Adds one result.
    pub(crate) fn add(&mut self, image: &Image) {
        let conclusion = image.conclusion();
        let is_pass = conclusion.kind() == ConclusionKind::Pass;
        if !is_pass || (self.beside_digests && conclusion.excuses().is_some()) {
            self.findings.add(self.images, image);
        }
        if self.beside_digests && pinned(image) == Pinned::NoDigest {
            self.without_digest.push(image.reference.to_string());
        }
        if self.beside_digests {
            self.skips.add(image);
        }
        self.images += 1;
    }

    /// All findings, then `more`, each as a block. Empty if there are none.
    pub(crate) fn finish(
        &self,
        more: impl IntoIterator<Item = String>,
        run: &Run<'_>,
        last: LastLine<'_>,
    ) -> String {
        let mut blocks: Vec<String> = self.findings.blocks(true, run.texts, self.style).collect();
        blocks.extend(self.without_digest.iter().map(|reference| {
            let what = "no digest names exactly the images that were verified, so none is printed";
            format!("{}: {}: {what}\n", self.style.warning("warning"), printable(reference))
        }));
        blocks.extend(more);
        if self.beside_digests {
            let by_option = run.skipped_checks().into_iter().map(|what| format!("not checked: {what}"));
            let skips = by_option.chain(self.skips.lines());
            let lines: String = skips.map(|line| self.style.lines(&self.style.text(&line), 2)).collect();
            blocks.extend((!lines.is_empty()).then_some(lines));
        }
        let is_whole = last.tally.not_judged() == 0;
        if self.beside_digests && !(blocks.is_empty() && is_whole) {
            blocks.push(format!("{}\n", last.line(self.style)));
        }
        blocks.join("\n")
    }
}
