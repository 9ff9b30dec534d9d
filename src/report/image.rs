//! The result for one reference, and the facts that all results of a run share.

use std::fmt;

use super::HintTexts;
use super::item::{ItemResult, Location, ReportItem};
use super::run_policies::RunPolicies;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::evidence::{BaseProof, Conclusion, Verdict, VerdictSource};
use crate::oci::Reference;
use crate::policy;
use crate::trust::{LogPolicy, Trust};

/// The facts that all results of one run share.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// Texts of hints and error pages.
    pub texts: &'a dyn HintTexts,
    /// The trusted keys, identities and roots.
    pub trust: &'a Trust,
    /// The policies that decided.
    pub policies: &'a RunPolicies,
    /// The time at which keys must be valid, if the caller set it. A report must not depend on the clock.
    pub effective_time: Option<jiff::Timestamp>,
    /// The file that names the references, if the caller gave one.
    pub location: Option<&'a Location>,
}

/// One exception of the run, with its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedException {
    /// The image or text that the exception names, as it is written.
    pub target: String,
    /// Whether that is a text of a manifest.
    pub is_text: bool,
    /// The code of the excused finding.
    pub check: Code,
    /// The policy in Rego that it is for.
    pub policy: Option<String>,
    /// The reason.
    pub reason: String,
    /// The last day on which the exception applies.
    pub expires: String,
    /// Whether it was used.
    pub outcome: policy::ExceptionStatus,
}

/// A reference as it was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedReference {
    /// A reference.
    Reference(Reference),
    /// A text that is not a reference, without logins.
    Malformed(String),
}

impl From<Reference> for RequestedReference {
    fn from(reference: Reference) -> Self {
        Self::Reference(reference)
    }
}

impl fmt::Display for RequestedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) => reference.fmt(f),
            Self::Malformed(text) => f.write_str(text),
        }
    }
}

/// The result for one reference.
pub struct Image {
    /// The requested reference.
    pub reference: RequestedReference,
    /// The source of the verdict and the verdict, or the error if the reference could not be resolved.
    pub result: Result<(VerdictSource, Verdict), Diagnostic>,
    /// The base proof, if the policy needs it.
    pub base: Option<BaseProof>,
    /// The line of the list that has the reference, if a list has it.
    pub place: Option<Location>,
}

impl Image {
    /// The exit code of this result.
    pub fn exit(&self) -> Exit {
        match &self.result {
            Ok((_, verdict)) => verdict.exit,
            Err(diagnostic) => diagnostic.exit(),
        }
    }

    /// The conclusion.
    pub fn conclusion(&self) -> Conclusion {
        match &self.result {
            Ok((_, verdict)) => verdict.conclusion(),
            Err(diagnostic) => Conclusion::of(diagnostic.exit()),
        }
    }
}

impl<'a> Run<'a> {
    /// Converts a result for the pipeline formats.
    pub fn item(&self, image: &'a Image) -> ReportItem<'a> {
        let found = image.result.as_ref().ok();
        ReportItem {
            reference: image.reference.to_string(),
            digest: found.map(|(basis, _)| basis.root().digest),
            places: image.place.as_ref().or(self.location).cloned().into_iter().collect(),
            claim: found.map(|(_, verdict)| &verdict.claim),
            result: match &image.result {
                Ok((_, verdict)) => ItemResult::Checks(&verdict.checks),
                Err(diagnostic) => ItemResult::Unresolved(diagnostic),
            },
            conclusion: image.conclusion(),
            policy: self.policies.as_str(),
            skipped: self.skipped_checks(),
        }
    }

    /// Checks that the caller skipped for all results.
    pub(super) fn skipped_checks(&self) -> Vec<String> {
        let log =
            (self.trust.log == LogPolicy::Skip).then(|| "transparency log (skipped on request)".to_owned());
        log.into_iter().collect()
    }
}
