//! The decision about one reference: the verdict and its source.

use std::collections::BTreeSet;

use crate::evidence::{
    AttestationEvidence, Attested, BaseProof, Evidence, Verdict, VerdictSource, VsaRejection,
};
use crate::oci::{Digest, Reference};
#[cfg(feature = "rego")]
use crate::policy::rego::Evaluated;
use crate::trust::Signer;
use crate::verify::{Error, Options};

/// The decision about one reference.
#[derive(Debug)]
pub struct Decision {
    pub(crate) source: VerdictSource,
    pub(crate) verdict: Verdict,
    /// The base proof, if the policy needs it.
    pub(crate) base: Option<BaseProof>,
    /// The added policies, each with its result for each image that was evaluated. Empty if a verification summary
    /// replaced the verification.
    #[cfg(feature = "rego")]
    pub(crate) evaluated: Vec<Evaluated>,
    /// Indexes of the exceptions that were used.
    #[cfg_attr(doc, doc(hidden))]
    pub used_exceptions: BTreeSet<usize>,
    /// Why no summary was accepted, if summaries are accepted at all.
    #[cfg_attr(doc, doc(hidden))]
    pub vsa_rejection: Option<VsaRejection>,
}

/// An in-toto statement that verified: enough trusted signers signed it, and it is about the image or its index.
#[derive(Clone, Debug)]
pub struct VerifiedStatement<'a> {
    scope: String,
    attestation: &'a AttestationEvidence,
    attested: &'a Attested,
}

/// The decision about one of several references.
pub struct Decided {
    /// The requested reference.
    pub reference: Reference,
    /// The options for it.
    pub options: Options,
    /// The decision, or why the reference could not be resolved.
    pub result: Result<Decision, Error>,
}

impl Decision {
    /// The verdict: every check, and the outcome of all of them.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The digest of the object that the reference was resolved to.
    pub fn digest(&self) -> Digest {
        self.source.root().digest
    }

    /// The added policies, in the order in which they were given, each with its results. Empty if a verification
    /// summary replaced the verification.
    #[cfg(feature = "rego")]
    #[cfg_attr(doc, doc(hidden))]
    pub fn evaluated(&self) -> &[Evaluated] {
        &self.evaluated
    }

    /// The base proof, if a policy needs it.
    #[cfg_attr(doc, doc(hidden))]
    pub fn base(&self) -> Option<&BaseProof> {
        self.base.as_ref()
    }

    /// All evidence. `None` if a verification summary replaced the verification; only the command accepts summaries.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.source.evidence()
    }

    /// The statements that verified, those about the index first. The verdict decides whether they are enough.
    pub fn statements(&self) -> impl Iterator<Item = VerifiedStatement<'_>> {
        self.evidence().into_iter().flat_map(|evidence| {
            let root = evidence.root.digest;
            let about_index = evidence.about_index.verified(root);
            let about_index = about_index.map(|found| ("index".to_owned(), found));
            let about_images = evidence
                .platforms
                .iter()
                .flat_map(move |platform| platform.verified(root).map(|found| (platform.label(), found)));
            about_index.chain(about_images).map(|(scope, (attestation, attested))| VerifiedStatement {
                scope,
                attestation,
                attested,
            })
        })
    }
}

impl VerifiedStatement<'_> {
    /// The object that it is about: `index`, or the platform of an image.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The digest of the object that it is about.
    pub fn subject(&self) -> Digest {
        self.attested.subject()
    }

    /// The digest of its manifest, or of its envelope if it has no manifest.
    pub fn digest(&self) -> Digest {
        self.attestation.digest
    }

    /// Its predicate type, a URI.
    pub fn predicate_type(&self) -> &str {
        &self.attested.statement().predicate_type
    }

    /// The trusted signer that was found first.
    pub fn signer(&self) -> &Signer {
        self.attested.signature().signer()
    }

    /// The statement as it was signed. `None` unless
    /// [`VerifierBuilder::keep_statements`](super::VerifierBuilder::keep_statements) was called.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.attested.whole().map(|statement| &statement.bytes()[..])
    }
}
