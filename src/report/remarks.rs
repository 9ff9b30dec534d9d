//! What follows a list of images: their findings and skipped checks, equal ones folded, and the age of cached data.

use std::time::Duration;

use super::folding::{Detail, FoldedFindings, FoldedSkips};
use super::{Image, Run, Style, table};

/// The findings and skipped checks of several images.
pub(crate) struct Remarks {
    images: usize,
    findings: FoldedFindings,
    skips: FoldedSkips,
    oldest: Option<Duration>,
}

impl Default for Remarks {
    fn default() -> Self {
        Self {
            images: 0,
            findings: FoldedFindings::new(Detail::Short),
            skips: FoldedSkips::default(),
            oldest: None,
        }
    }
}

impl Remarks {
    /// Adds the findings of an image.
    pub(super) fn add_findings(&mut self, image: &Image) {
        self.findings.add(self.images, image);
        self.images += 1;
    }

    /// Adds the findings of an image, its skipped checks and the age of its data.
    pub(crate) fn add(&mut self, image: &Image) {
        self.add_findings(image);
        self.skips.add(image);
        if let Ok((source, _)) = &image.result {
            self.oldest = self.oldest.max(table::oldest(source.root(), source.platforms()));
        }
    }

    /// The findings, then the age of cached data.
    pub(super) fn findings(&self, run: &Run<'_>, style: Style) -> Vec<String> {
        let mut sections: Vec<String> = self.findings.blocks(true, run.texts, style).collect();
        sections.extend(self.oldest.map(|age| note(&format!("note: {}", table::age_note(age)), style)));
        sections
    }

    /// The findings, the age of cached data, and the skipped checks.
    pub(crate) fn sections(&self, run: &Run<'_>, style: Style) -> Vec<String> {
        let mut sections = self.findings(run, style);
        let by_option = run.skipped_checks().into_iter().map(|what| format!("not checked: {what}"));
        let lines: String = by_option.chain(self.skips.lines()).map(|line| note(&line, style)).collect();
        sections.extend((!lines.is_empty()).then_some(lines));
        sections
    }
}

fn note(line: &str, style: Style) -> String {
    style.lines(&style.text(line), 2)
}
