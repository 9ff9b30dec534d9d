//! The result of a scan of images, as all formats read it.

use jiff::Timestamp;

use crate::diagnostic::{Diagnostic, Exit};
use crate::evidence::{BaseProof, Evidence};
use crate::oci::Digest;
use crate::report::{AppliedRun, HintTexts};

/// The result for all images of a run, and what a rendering needs besides.
pub struct ScanRun<'a> {
    /// The images, in the order given.
    pub images: Vec<ScannedImage<'a>>,
    /// The texts of hints.
    pub texts: &'a dyn HintTexts,
}

/// The result for one image.
pub struct ScannedImage<'a> {
    /// The image, as the user named it.
    pub reference: String,
    /// The digest that the reference resolved to: that of an index, or of an image.
    pub digest: Option<Digest>,
    /// Where the findings come from. `None`: there are none, since the image failed before.
    pub source: Option<FindingSource>,
    /// What was found about the image, where its VEX was loaded.
    pub evidence: Option<&'a Evidence>,
    /// What each of its platforms is built on, where its VEX was loaded.
    pub base: Option<&'a BaseProof>,
    /// Its findings with decisions and the gate, or why there are none.
    pub result: Result<AppliedRun<'a>, &'a Diagnostic>,
}

/// Where the findings of an image come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingSource {
    /// A scanner that this run started.
    Scanner {
        /// Its name: `grype`.
        name: &'static str,
        /// Its version.
        version: String,
        /// The time of its vulnerability database, if its report names it.
        database: Option<Timestamp>,
    },
    /// A report in a file.
    File {
        /// Its name, as the user gave it.
        name: String,
    },
    /// A verified attestation of the image.
    Attestation {
        /// The digest of its manifest.
        digest: Digest,
        /// Its predicate type.
        predicate_type: String,
        /// Who signed it.
        signers: Vec<String>,
        /// The scanner that it names.
        scanner: Option<String>,
        /// When the image was scanned, as it states.
        time: Option<Timestamp>,
    },
}

impl ScanRun<'_> {
    /// The exit code of the run: that of its gravest image.
    pub fn exit(&self) -> Exit {
        self.images.iter().map(ScannedImage::exit).max().unwrap_or(Exit::Pass)
    }
}

impl ScannedImage<'_> {
    /// The exit code of this image.
    pub fn exit(&self) -> Exit {
        match &self.result {
            Ok(run) => run.exit(),
            Err(diagnostic) => diagnostic.exit(),
        }
    }
}
