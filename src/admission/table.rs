//! The table of `dhi admit check`: first the verdict of each image, then the findings, last the verdict of the run.

use std::fmt::Write;

use super::result::Admission;
use super::uses::Use;
use crate::diagnostic::Diagnostic;
use crate::evidence::{Conclusion, Verdict};
use crate::report::columns::columns;
use crate::report::remarks::Remarks;
use crate::report::{Image, LastLine, Run, Severity, Style, render_diagnostic};

/// The table under construction. Its layout needs the widths of all rows, so rows are kept until the end.
pub(super) struct Table {
    style: Style,
    rows: Vec<Vec<String>>,
    /// What is below the rows about images.
    remarks: Remarks,
}

impl Table {
    pub(super) fn new(style: Style) -> Self {
        Self { style, rows: Vec::new(), remarks: Remarks::default() }
    }

    pub(super) fn add(&mut self, image: &Image, uses: &[Use]) {
        let why = match &image.result {
            Ok((_, verdict)) => codes(verdict),
            Err(diagnostic) => diagnostic.code.to_string(),
        };
        for (at, used) in uses.iter().enumerate() {
            let first = |text: String| if at == 0 { text } else { String::new() };
            let (verdict, reference) = (image.conclusion().to_string(), image.reference.to_string());
            self.rows.push(vec![first(verdict), first(reference), used.to_string(), first(why.clone())]);
        }
        self.remarks.add(image);
    }

    pub(super) fn finish(&mut self, end: &Admission, run: &Run<'_>) -> String {
        let mut out = String::new();
        let style = self.style;
        self.rows.extend(end.refused.iter().map(|(used, diagnostic)| {
            let verdict = Conclusion::of(diagnostic.exit()).to_string();
            vec![verdict, used.written.clone(), used.to_string(), diagnostic.code.to_string()]
        }));
        self.rows.extend(end.not_judged.iter().map(|part| {
            let verdict = Conclusion::NotJudged.to_string();
            vec![verdict, "-".to_owned(), part.place.to_string(), part.message()]
        }));
        if !self.rows.is_empty() {
            let rows = std::mem::take(&mut self.rows);
            out.push_str(&columns(["VERDICT", "IMAGE", "USED IN", "WHY"], rows, style));
            out.push('\n');
        }
        let mut sections = self.remarks.sections(run, style);
        sections.extend(end.refused.iter().map(|(used, refused)| {
            render_diagnostic(Severity::Error, refused, &[&used.to_string()], run.texts, style)
        }));
        sections.extend(
            end.strict_failure()
                .map(|diagnostic| render_diagnostic(Severity::Error, &diagnostic, &[], run.texts, style)),
        );
        for section in sections {
            let _ = writeln!(out, "{section}");
        }
        let (tally, objects) = (&end.tally(), Some(end.objects));
        let last = LastLine { tally, policies: run.policies, objects };
        out.push_str(&style.lines(&last.line(style), 2));
        out
    }
}

/// The errors besides those of images, as blocks: texts that are no image, and the failure of `strict`.
pub(super) fn errors(end: &Admission, run: &Run<'_>, style: Style) -> Vec<String> {
    let block = |diagnostic: &Diagnostic, scopes: &[&str]| {
        render_diagnostic(Severity::Error, diagnostic, scopes, run.texts, style)
    };
    let refused = end.refused.iter().map(|(used, refused)| block(refused, &[&used.to_string()]));
    refused.chain(end.strict_failure().map(|diagnostic| block(&diagnostic, &[]))).collect()
}

/// The codes of the failures and excused findings of an image, each once.
fn codes(verdict: &Verdict) -> String {
    let found = verdict.checks.iter().filter(|check| check.counts() || check.excused.is_some());
    let mut codes: Vec<&str> = Vec::new();
    for diagnostic in found.filter_map(|check| check.diagnostic.as_ref()) {
        if !codes.contains(&diagnostic.code.as_str()) {
            codes.push(diagnostic.code.as_str());
        }
    }
    codes.join(", ")
}
