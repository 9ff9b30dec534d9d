//! The table of `dhi verify` for people, in a layout that depends on the number of images.
//!
//! Every image has a block or a line with its own verdict, in the order of the references and as soon as it is judged.
//! Findings that several images may share come after all images, where equal ones are folded. The last line counts
//! everything.

use super::folding::Detail;
use super::parts::Frame;
use super::remarks::Remarks;
use super::table::{self, BlockParts};
use super::{Image, LastLine, Run, Style, lines};

/// The most images that have a block each, unless every detail is requested.
const MAX_BLOCKS: usize = 3;

/// How much a table shows of each image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// A block with everything about the image. `all_names`: no list of names is cut.
    Whole {
        /// Whether each block ends with the verdict about its image.
        verdicts: bool,
        /// Whether the deciding facts of each check are shown.
        explanation: bool,
        /// Whether lists of names are whole.
        all_names: bool,
    },
    /// A block with the evidence of the image, and its findings after all blocks.
    Blocks,
    /// One line, and its findings after all lines.
    Lines {
        /// The columns of the references.
        reference_width: usize,
    },
}

impl Layout {
    /// The layout for these references. `verbose` and `explanation` show each image whole.
    pub fn for_references(
        references: impl ExactSizeIterator<Item = String>,
        verbose: bool,
        explanation: bool,
    ) -> Self {
        match references.len() {
            images if images <= 1 || verbose || explanation => {
                Self::Whole { verdicts: images > 1, explanation, all_names: verbose }
            }
            images if images <= MAX_BLOCKS => Self::Blocks,
            _ => Self::Lines { reference_width: lines::reference_width(references) },
        }
    }
}

/// A table under construction.
pub(super) struct VerifyTable {
    layout: Layout,
    style: Style,
    remarks: Remarks,
    images: usize,
}

impl VerifyTable {
    pub(super) fn new(layout: Layout, style: Style) -> Self {
        Self { layout, style, remarks: Remarks::default(), images: 0 }
    }

    /// The block or line of an image.
    pub(super) fn add(&mut self, image: &Image, run: &Run<'_>) -> String {
        let position = self.images;
        self.images += 1;
        let separated = |block: String| if position == 0 { block } else { format!("\n{block}") };
        match self.layout {
            Layout::Whole { verdicts, explanation, all_names } => {
                let detail = if all_names { Detail::Full } else { Detail::Short };
                let parts = BlockParts { findings: Some(detail), explanation, verdict: verdicts };
                separated(table::image(image, run, parts, self.style))
            }
            Layout::Blocks => {
                self.remarks.add_findings(image);
                let parts = BlockParts { findings: None, explanation: false, verdict: true };
                separated(table::image(image, run, parts, self.style))
            }
            Layout::Lines { reference_width } => {
                self.remarks.add(image);
                lines::line(image, reference_width, self.style)
            }
        }
    }

    /// What comes after all images: folded findings, notes, and the verdict over everything.
    pub(super) fn finish(&self, run: &Run<'_>, last: LastLine<'_>) -> Frame {
        let mut sections = match self.layout {
            Layout::Lines { .. } => self.remarks.sections(run, self.style),
            Layout::Whole { .. } | Layout::Blocks => self.remarks.findings(run, self.style),
        };
        sections.push(self.style.lines(&last.line(self.style), 2));
        let text: String = sections.iter().map(|section| format!("\n{section}")).collect();
        Frame([String::new(), String::new(), text])
    }
}
