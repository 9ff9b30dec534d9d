//! Two images side by side, as all formats read them.

use super::image::{ComparedImage, ComparedLayer};
use super::package_changes::ComparedPackages;
use crate::diagnostic::{Diagnostic, Exit, ToDiagnostic as _};
use crate::evidence::BaseAnswer;
use crate::report::{HintTexts, ScannedImage, Severity as Level};
use crate::vex::{FindingChanges, finding_changes};

/// Two images, and what a rendering needs besides. What changed is told from the first to the second.
#[derive(Clone, Copy)]
pub struct Comparison<'a> {
    /// The image that the other one is compared with.
    pub from: &'a ComparedImage,
    /// The image that is compared.
    pub to: &'a ComparedImage,
    /// The findings of both, in this order. `None`: the images were not scanned.
    pub findings: Option<[&'a ScannedImage<'a>; 2]>,
    /// The texts of hints.
    pub texts: &'a dyn HintTexts,
}

/// The findings of both images.
pub(super) enum ComparedFindings<'a> {
    /// Both are known.
    Changes(FindingChanges<'a>),
    /// The images were not scanned.
    NotScanned,
    /// Those of one image are unknown.
    Unknown,
}

/// The layers that both images begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SharedLayers {
    /// Their number.
    pub(super) count: usize,
    /// Their size as stored in the second image.
    pub(super) size: u64,
}

impl<'a> Comparison<'a> {
    /// The packages.
    pub(super) fn packages(&self) -> ComparedPackages<'a> {
        ComparedPackages::new(self.from, self.to)
    }

    /// The findings. Those of a subject that was not scanned are unknown.
    pub(super) fn compared_findings(&self) -> ComparedFindings<'a> {
        let Some([from, to]) = self.findings else { return ComparedFindings::NotScanned };
        let (Ok(from), Ok(to)) = (&from.result, &to.result) else { return ComparedFindings::Unknown };
        let scans =
            [from, to].into_iter().flat_map(|run| &run.applied.reports).flat_map(|report| &report.scans);
        if scans.into_iter().any(|scan| scan.scan.not_scanned.is_some()) {
            return ComparedFindings::Unknown;
        }
        ComparedFindings::Changes(finding_changes(from.applied, to.applied))
    }

    /// The layers that both images begin with. Equal content counts, however it is compressed.
    pub(super) fn shared_layers(&self) -> SharedLayers {
        let pairs = self.from.layers.iter().zip(&self.to.layers);
        let shared = pairs.take_while(|(from, to)| is_same(from, to));
        shared.fold(SharedLayers::default(), |sum, (_, layer)| SharedLayers {
            count: sum.count + 1,
            size: sum.size.saturating_add(layer.size),
        })
    }

    /// What is unknown about an image, by the name of the fact in documents.
    pub(super) fn unknown(image: &ComparedImage) -> Vec<(&'static str, Diagnostic)> {
        let base = image.base.as_ref().and_then(|base| match &base.answer {
            BaseAnswer::Undetermined(gap) => Some(gap.to_diagnostic()),
            _ => None,
        });
        let runtime = image.runtime.as_ref().err().cloned();
        let files = image.files.as_ref().err().cloned();
        let user = image.files.as_ref().ok().and_then(|files| files.user.as_ref().err().cloned());
        let sbom = image.sbom.as_ref().err().cloned();
        let facts = [("base", base), ("runtime", runtime), ("files", files), ("user", user), ("sbom", sbom)];
        facts.into_iter().filter_map(|(fact, found)| Some((fact, found?))).collect()
    }

    /// The exit code of both scans. Facts that are unknown do not change it.
    pub(super) fn exit(&self) -> Exit {
        self.findings.iter().flatten().map(|scanned| scanned.exit()).max().unwrap_or(Exit::Pass)
    }

    /// Everything that is wrong, for people: why facts and findings are unknown, and what is wrong with the VEX of each
    /// image. Each cause once, with the image that it is about. Errors decide the exit code.
    pub(super) fn causes(&self) -> Vec<(&'static str, Level, Diagnostic)> {
        let mut causes: Vec<(&'static str, Level, Diagnostic)> = Vec::new();
        for (at, (side, image)) in [("from", self.from), ("to", self.to)].into_iter().enumerate() {
            let mut all: Vec<(Level, Diagnostic)> = Vec::new();
            match self.findings.and_then(|findings| findings.get(at).copied()).map(|scanned| &scanned.result)
            {
                Some(Err(found)) => all.push((Level::Error, (*found).clone())),
                Some(Ok(run)) => {
                    all.extend(run.incomplete.iter().map(|found| (Level::Error, found.clone())));
                    all.extend(run.problems.iter().map(|found| (Level::Warning, found.clone())));
                }
                None => {}
            }
            all.extend(Self::unknown(image).into_iter().map(|(_, found)| (Level::Warning, found)));
            for (level, found) in all {
                if causes.iter().all(|(of, _, known)| *of != side || *known != found) {
                    causes.push((side, level, found));
                }
            }
        }
        causes
    }
}

fn is_same(one: &ComparedLayer, other: &ComparedLayer) -> bool {
    one.digest == other.digest || one.diff_id.is_some() && one.diff_id == other.diff_id
}
