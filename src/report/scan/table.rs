//! The table of a scan: for one image its findings; for several a row for each image, then the details, then the
//! verdict over all.

use super::run::{ScanRun, ScannedImage};
use super::words::{kind, summary};
use crate::evidence::ConclusionKind;
use crate::report::columns::{Cell, Tone, columns};
use crate::report::table::object_line;
use crate::report::vex::table;
use crate::report::{HintTexts, Listed, Severity, Style, render_diagnostic};

/// The most images of which all have details. Of more, only those that do not pass.
const ALL_DETAILS: usize = 3;

/// How much a table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanTable {
    /// The findings that are listed.
    pub listed: Listed,
    /// Whether every image has details, however many there are.
    pub all_images: bool,
    /// The style of the output.
    pub style: Style,
}

pub(super) fn table(run: &ScanRun<'_>, how: ScanTable) -> String {
    let style = how.style;
    if let [only] = run.images.as_slice() {
        return details(only, run.texts, how);
    }
    let has_details = |image: &&ScannedImage<'_>| {
        how.all_images || run.images.len() <= ALL_DETAILS || image.kind() != ConclusionKind::Pass
    };
    let mut sections = vec![overview(&run.images, style)];
    sections.extend(run.images.iter().filter(has_details).map(|image| details(image, run.texts, how)));
    let word = style.verdict(kind(&run.images));
    sections.push(style.lines(&format!("{word}  {}", summary(&run.images)), 2));
    sections.join("\n")
}

/// A row for each image.
fn overview(images: &[ScannedImage<'_>], style: Style) -> String {
    let header = ["VERDICT", "IMAGE", "FOUND", "SUPPRESSED", "REMAIN", "FOR THE GATE"];
    columns(header, images.iter().map(row), style)
}

fn row(image: &ScannedImage<'_>) -> Vec<Cell> {
    let tone = match image.kind() {
        ConclusionKind::Pass => Tone::Plain,
        ConclusionKind::Fail => Tone::Bad,
        _ => Tone::Warning,
    };
    let verdict = Cell::new(image.kind().as_str(), tone);
    let name = Cell::from(image.reference.as_str());
    match &image.result {
        Err(diagnostic) => {
            let unknown = || Cell::from("-");
            let why = Cell::from(diagnostic.code.as_str());
            vec![verdict, name, why, unknown(), unknown(), unknown()]
        }
        Ok(run) => {
            let counts = run.counts();
            let [before, after] = image.severities();
            let gate = if run.result.is_set { run.result.counting.len().to_string() } else { "-".to_owned() };
            vec![
                verdict,
                name,
                before.words().into(),
                counts.suppressed.to_string().into(),
                after.words().into(),
                gate.into(),
            ]
        }
    }
}

/// Everything about one image.
fn details(image: &ScannedImage<'_>, texts: &dyn HintTexts, how: ScanTable) -> String {
    let style = how.style;
    let name = match (image.digest, image.reference.parse()) {
        (Some(digest), Ok(reference)) => object_line(&reference, digest, style),
        _ => style.lines(&style.strong(&style.text(&image.reference)), 2),
    };
    let said = [image.claim(), image.origin()].into_iter().flatten();
    let head = name + &said.map(|line| style.lines(&style.text(&line), 2)).collect::<String>();
    match &image.result {
        Ok(run) => format!("{head}\n{}", table::of_image(run, how.listed, style)),
        Err(diagnostic) => {
            let error = render_diagnostic(Severity::Error, diagnostic, &[], texts, style);
            let word = style.verdict(image.kind());
            let last = style.lines(&format!("{word}  its findings are not known"), 2);
            format!("{head}\n{error}\n{last}")
        }
    }
}
