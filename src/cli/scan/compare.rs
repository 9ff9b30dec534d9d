//! `dhi scan REF --compare OTHER`: the scanned image side by side with another one.
//!
//! The gate is about the scanned image alone. Tables, Markdown, JSON and pages show both images; every other format is
//! about the scanned one.

use clap::Args;

use super::super::hint_texts::CommandHints;
use super::super::selection::reference;
use super::super::vex::output::Format;
use super::findings::Finder;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::Reference;
use crate::report::{ComparedImage, Comparison, Page, ScanRun, ScannedImage, Style};

/// The image that the scanned one is compared with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub(super) struct CompareArguments {
    /// Compare the image with this one, such as an ordinary image or yesterday's
    ///
    /// Shows packages, findings, size, layers, user, shells, privileged files and writable paths of both, and what changed
    /// from this image to the scanned one. It is scanned too; with `--report`, its report is the second one.
    #[arg(long, value_name = "REF", add = super::super::completion::references())]
    compare: Option<String>,
}

impl CompareArguments {
    /// The image, if one is named. `images` is the number of scanned images.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if several images are scanned.
    pub(super) fn reference(&self, images: usize) -> Result<Option<Reference>, Diagnostic> {
        let Some(text) = &self.compare else { return Ok(None) };
        if images != 1 {
            let what = format!("`--compare` compares one image, and {images} are given");
            let text = "give one image, and the other one with `--compare`".to_owned();
            return Err(
                Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
            );
        }
        reference(text).map(Some)
    }
}

/// Both images: first the one that the scanned image is compared with.
pub(super) struct Comparing {
    from: ComparedImage,
    to: ComparedImage,
}

impl Comparing {
    /// Examines both images, one after the other, since each may have a large layer in memory.
    ///
    /// # Errors
    ///
    /// If one of them cannot be resolved to one image.
    pub(super) async fn new(
        finder: &mut Finder<'_>,
        from: &Reference,
        to: &Reference,
    ) -> Result<Self, Diagnostic> {
        Ok(Self { from: finder.examine(from).await?, to: finder.examine(to).await? })
    }

    /// The text in a format that shows both images, with the findings of both.
    pub(super) fn rendering(
        &self,
        format: Format,
        found: &ScannedImage<'_>,
        run: &ScanRun<'_>,
        (style, page): (Style, &Page),
    ) -> Option<String> {
        let Self { from, to } = self;
        let findings = run.images.first().map(|image| [found, image]);
        let comparison = Comparison { from, to, findings, texts: &CommandHints };
        match format {
            Format::Table => Some(comparison.table(style)),
            Format::Json => Some(comparison.json()),
            Format::Markdown => Some(comparison.markdown()),
            Format::Html => Some(comparison.html(run, page.clone())),
            _ => None,
        }
    }
}
