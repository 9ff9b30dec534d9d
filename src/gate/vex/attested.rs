//! The VEX documents that are attested about an image, an index or a base, each with its signers.
//!
//! A verified attestation counts as signed. One that does not verify is read too where it can be, so that a decision can
//! say what was not used; its statements suppress nothing.

use bytes::Bytes;

use super::problem::Problem;
use super::unverified;
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::evidence::{
    AttestationEvidence, Attested, Evidence, Failure, IndexEvidence, ListedReferrer, PlatformEvidence,
    UnknownList,
};
use crate::oci::{Digest, Repository};
use crate::registry::Registry;
use crate::verify::Options;
use crate::vex::document;
use crate::vex::{
    Document, DocumentFormat, LazyDigest, Source, SourceKind, SourceTrust, SourcedDocument, VerifiedBy,
};

/// Whether attestations of an object are those of the image or of its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Image,
    Base,
}

/// An object with its attestations.
struct Object<'a> {
    label: String,
    attestations: Vec<(&'a AttestationEvidence, Result<&'a Attested, Failure>)>,
    listed: &'a [ListedReferrer],
    failures: &'a [Failure],
    not_checked: &'a [Failure],
    unknown_lists: &'a [UnknownList],
    repositories: Vec<Repository>,
}

/// The VEX documents of `evidence`, and what is wrong with others.
pub(super) struct AttestedDocuments {
    pub(super) documents: Vec<SourcedDocument>,
    pub(super) problems: Vec<Problem>,
}

impl AttestedDocuments {
    /// Reads all documents that are attested about the index and the images of `evidence`.
    pub(super) async fn read(
        evidence: &Evidence,
        of: Of,
        registry: &dyn Registry,
        options: &Options,
    ) -> Self {
        let mut all = Self { documents: Vec::new(), problems: Vec::new() };
        let mut left = crate::gate::limits::UNVERIFIED;
        for object in objects(evidence) {
            let about = format!("{} ({})", evidence.reference.repository, object.label);
            all.add_failures(&object, &about);
            for (attestation, outcome) in &object.attestations {
                let claimed = attestation.predicate_type.as_deref();
                match outcome {
                    Ok(attested) => all.add_verified(attestation, attested, of, &about),
                    Err(_) if !claimed.is_none_or(is_vex) => {}
                    Err(failure) => {
                        let statement = match left.checked_sub(1) {
                            Some(rest) => {
                                left = rest;
                                let found_in = [attestation.found_in.clone()];
                                unverified::statement(registry, &found_in, attestation.digest, options).await
                            }
                            None => None,
                        };
                        all.add_failed(attestation.digest, failure, statement, of, &about);
                    }
                }
            }
            for listed in
                object.listed.iter().filter(|listed| listed.predicate_type.as_deref().is_some_and(is_vex))
            {
                let statement = match left.checked_sub(1) {
                    Some(rest) => {
                        left = rest;
                        unverified::statement(registry, &object.repositories, listed.digest, options).await
                    }
                    None => None,
                };
                all.add_listed(listed, statement, of, &about);
            }
        }
        all
    }

    fn add_failures(&mut self, object: &Object<'_>, about: &str) {
        let failures = object.failures.iter().chain(object.unknown_lists.iter().map(|list| &list.failure));
        self.problems
            .extend(failures.map(|failure| Problem::incomplete(failure.to_diagnostic().about(about))));
        let others = object.not_checked.iter();
        self.problems.extend(others.map(|failure| Problem::not_used(failure.to_diagnostic().about(about))));
    }

    fn add_verified(&mut self, attestation: &AttestationEvidence, attested: &Attested, of: Of, about: &str) {
        let predicate_type = &attested.statement().predicate_type;
        let Some(whole) = attested.whole().filter(|_| may_be_vex(predicate_type)) else { return };
        match read(whole.bytes(), about) {
            // A CycloneDX document without assessments is an SBOM.
            Ok(document) if document.statements.is_empty() && !is_vex(predicate_type) => {}
            Ok(document) => {
                let trust = SourceTrust::Verified(VerifiedBy::of_quorum(attested.signatures()));
                self.add(document, whole.digest().into(), attestation.digest, trust, of, about);
            }
            Err(_) if !is_vex(predicate_type) => {}
            Err(diagnostic) => self.problems.push(Problem::incomplete(diagnostic)),
        }
    }

    /// Adds an attestation that failed. `statement` is its statement, if it could be fetched.
    fn add_failed(
        &mut self,
        attestation: Digest,
        failure: &Failure,
        statement: Option<Bytes>,
        of: Of,
        about: &str,
    ) {
        let diagnostic = failure.to_diagnostic();
        let cause = format!("{}: {}", diagnostic.code, diagnostic.message);
        let diagnostic = diagnostic.fact("attestation", attestation).about(format_args!("VEX of {about}"));
        let trust = if failure.is_only_unproven() {
            self.problems.push(Problem::not_used(diagnostic));
            SourceTrust::Unverified
        } else {
            self.problems.push(Problem::incomplete(diagnostic));
            SourceTrust::Failed { cause }
        };
        self.add_unverified(attestation, statement, trust, of, about);
    }

    fn add_listed(&mut self, listed: &ListedReferrer, statement: Option<Bytes>, of: Of, about: &str) {
        let what = format!("VEX of {about}: {}", listed.reason);
        let diagnostic = Diagnostic::new(Code::VEX_UNSIGNED, what).fact("attestation", listed.digest);
        self.problems.push(Problem::not_used(diagnostic.maybe_remedy(listed.reason.remedy())));
        self.add_unverified(listed.digest, statement, SourceTrust::Unverified, of, about);
    }

    fn add_unverified(
        &mut self,
        attestation: Digest,
        statement: Option<Bytes>,
        trust: SourceTrust,
        of: Of,
        about: &str,
    ) {
        // What cannot be read is reported already.
        let Some(statement) = statement else { return };
        if let Ok(document) = read(&statement, about) {
            self.add(document, LazyDigest::of(statement.clone()), attestation, trust, of, about);
        }
    }

    fn add(
        &mut self,
        document: Document,
        digest: LazyDigest,
        attestation: Digest,
        trust: SourceTrust,
        of: Of,
        about: &str,
    ) {
        let kind = match of {
            Of::Image => SourceKind::Image { attestation },
            Of::Base => SourceKind::Base { attestation },
        };
        let format = match document.format {
            DocumentFormat::OpenVex | DocumentFormat::OpenVexOld => "OpenVEX",
            DocumentFormat::Csaf => "CSAF",
            DocumentFormat::CycloneDx => "CycloneDX",
        };
        let of_base = if of == Of::Base { "base image " } else { "" };
        // Others may attest about the same image later. The digest makes the name mean this attestation alone.
        let name = format!("{format} of {of_base}{about} {}", attestation.short());
        self.documents
            .push(SourcedDocument { source: Source { name, kind, digest, trust, priority: 0 }, document });
    }
}

fn read(statement: &Bytes, about: &str) -> Result<Document, Diagnostic> {
    document::of_statement(statement, &format!("VEX of {about}")).map_err(Diagnostic::from)
}

/// Whether a predicate of this type is always VEX.
pub(super) fn is_vex(predicate_type: &str) -> bool {
    PredicateSelector::vex().includes(predicate_type)
}

/// Whether a predicate of this type may be VEX: a CycloneDX document has the type of an SBOM.
fn may_be_vex(predicate_type: &str) -> bool {
    is_vex(predicate_type) || kept_types().iter().any(|kept| kept.includes(predicate_type))
}

/// The types whose statements are read.
pub(super) fn kept_types() -> Vec<PredicateSelector> {
    let cyclonedx = PredicateSelector::parse("cyclonedx");
    [PredicateSelector::vex()].into_iter().chain(cyclonedx).collect()
}

fn objects(evidence: &Evidence) -> Vec<Object<'_>> {
    let root = evidence.root.digest;
    let index: Option<&IndexEvidence> = evidence.root.is_index.then_some(&evidence.about_index);
    let index = index.map(|about| Object {
        label: "index".to_owned(),
        attestations: owned(about.judged(root)),
        listed: &about.listed,
        failures: &about.failures,
        not_checked: &about.not_checked,
        unknown_lists: &about.unknown_lists,
        repositories: vec![evidence.root_signature.found_in.clone()],
    });
    let images = evidence.platforms.iter().map(|image: &PlatformEvidence| Object {
        label: image.label(),
        attestations: owned(image.judged(root)),
        listed: &image.listed,
        failures: &image.failures,
        not_checked: &image.not_checked,
        unknown_lists: &image.unknown_lists,
        repositories: image.searched.clone(),
    });
    index.into_iter().chain(images).collect()
}

fn owned<'a>(
    judged: impl Iterator<Item = (&'a AttestationEvidence, Result<&'a Attested, std::borrow::Cow<'a, Failure>>)>,
) -> Vec<(&'a AttestationEvidence, Result<&'a Attested, Failure>)> {
    judged
        .map(|(attestation, outcome)| (attestation, outcome.map_err(std::borrow::Cow::into_owned)))
        .collect()
}

/// The failures of images and of their VEX that are problems.
pub(super) fn failures(evidence: &Evidence) -> Vec<Failure> {
    let mut all = Vec::new();
    for object in objects(evidence) {
        all.extend_from_slice(object.failures);
        all.extend(object.unknown_lists.iter().map(|list| list.failure.clone()));
        all.extend(object.attestations.into_iter().filter_map(|(attestation, outcome)| {
            let is_read = attestation.predicate_type.as_deref().is_none_or(is_vex);
            outcome.err().filter(|_| is_read)
        }));
    }
    all
}

/// A verified attestation whose statement was kept.
#[derive(Clone, Copy, Debug)]
pub struct SignedAttestation<'a> {
    /// The attestation.
    pub attestation: &'a AttestationEvidence,
    /// Its statement and signers.
    pub attested: &'a Attested,
}

/// All verified attestations of `evidence` whose statements were kept.
pub(super) fn signed(evidence: &Evidence) -> impl Iterator<Item = SignedAttestation<'_>> {
    let root = evidence.root.digest;
    let images = evidence.platforms.iter().flat_map(move |image| image.verified(root));
    let all = evidence.about_index.verified(root).chain(images);
    all.map(|(attestation, attested)| SignedAttestation { attestation, attested })
        .filter(|signed| signed.attested.whole().is_some())
}
