//! What came of one reference: the verdict and what it rests on.

use std::collections::BTreeSet;

use crate::evidence::{
    AttestationEvidence, Attested, BaseProof, Evidence, Verdict, VerdictSource, VsaRejection,
};
use crate::oci::{Digest, Reference};
use crate::trust::Signer;
use crate::verify::{Error, Options};

/// The decision about one reference.
#[derive(Debug)]
pub struct Decision {
    pub(crate) basis: VerdictSource,
    pub(crate) verdict: Verdict,
    /// What is known of its base, where the policy asked for it.
    pub(crate) base: Option<BaseProof>,
    /// Places of the exceptions that were used.
    pub(crate) excused: BTreeSet<usize>,
    /// Why no summary answered, where one was accepted.
    pub(crate) refused: Option<VsaRejection>,
}

/// An in-toto statement that verified: enough trusted signers signed it, and it is about the image or its index.
#[derive(Clone, Debug)]
pub struct VerifiedStatement<'a> {
    scope: String,
    attestation: &'a AttestationEvidence,
    attested: &'a Attested,
}

/// One of several references.
pub struct Decided {
    /// As asked for.
    pub reference: Reference,
    /// What was asked about it.
    pub options: Options,
    /// The decision, or why the reference could not be resolved.
    pub result: Result<Decision, Error>,
}

impl Decision {
    /// The verdict: every check, and what follows from all of them.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// The digest of the object that the reference was resolved to.
    pub fn digest(&self) -> Digest {
        self.basis.root().digest
    }

    /// Everything that was found. `None` where a verification summary replaced the verification, which only the command
    /// can accept.
    pub fn evidence(&self) -> Option<&Evidence> {
        self.basis.evidence()
    }

    /// The statements that verified, those about the index first. Whether they suffice is the verdict.
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
    /// What it is about: `index`, or the platform of an image.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The digest of the object that it is about.
    pub fn subject(&self) -> Digest {
        self.attested.subject()
    }

    /// The digest of its manifest, or of its envelope where it has no manifest.
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
