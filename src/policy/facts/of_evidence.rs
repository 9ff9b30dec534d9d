//! Makes facts of evidence. Only what verified for an image is a verified fact about it.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::image::{
    AttestationFacts, AttestationStatus, BaseFacts, CONFIG, ConfigFacts, DHI, ImageFacts, ImageKind,
    IndexFacts, RootFacts, RootSignatureFacts, SignerFacts, Standing, UnknownMember,
};
use super::name;
use super::unknown_cause::UnknownCause;
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    AttestationEvidence, Attested, Base, BaseAnswer, Evidence, Failure, Findings, Kind, ListedReferrer,
    PlatformBase, PlatformEvidence, PlatformKey, PolicyInput, RootSignatureStatus,
};
use crate::oci::{Digest, Repository};
use crate::trust::{Quorum, Role, SignatureFacts, SignedName};

impl ImageFacts {
    /// The facts about the image `key` of `evidence`. `None` if there is no such image.
    ///
    /// Statements and documents are there if the verification kept them (`Options::keep_statements`,
    /// `Options::keep_documents`). Findings are added by [`ImageFacts::with_findings`].
    pub fn of(evidence: &Evidence, key: PlatformKey, needed: &PolicyInput<'_>) -> Option<Self> {
        let image = evidence.platforms.get(key.position).filter(|image| image.digest == key.digest)?;
        let base = needed.base.and_then(|base| base.platforms.iter().find(|base| base.key == key));
        Some(Self {
            reference: evidence.reference.to_string(),
            name: name::of(&evidence.reference.repository, verified_signers(evidence, image)),
            tags: evidence.reference.tag.iter().map(ToString::to_string).collect(),
            digest: image.digest,
            platform: image.named_platform().cloned().unwrap_or_default(),
            kind: match image.kind {
                Kind::Image => ImageKind::Image,
                Kind::Chart => ImageKind::Chart,
                Kind::Other => ImageKind::Other,
            },
            config: image.config.as_ref().map(|config| ConfigFacts {
                user: config.user.clone(),
                labels: config.labels.clone(),
                document: image.documents.config.as_ref().and_then(document),
            }),
            manifest: image.documents.manifest.as_ref().and_then(document),
            index: index(evidence),
            root: root(evidence),
            standing: base.map_or(Standing::Unknown, standing),
            base: base.and_then(|base| match &base.answer {
                BaseAnswer::DhiBased(base) => Some(base_facts(base)),
                _ => None,
            }),
            attestations: attestations(evidence, image),
            unread: unread(image),
            tried_dhi_keys: evidence.tried_dhi_keys.iter().map(ToString::to_string).collect(),
            findings: None,
            unknown: unknown(image),
        })
    }

    /// The same facts with the findings among `all` that name this image by its digest, of all scans. Others do not
    /// count.
    #[must_use]
    pub fn with_findings(self, all: &[Findings]) -> Self {
        let about = all.iter().filter(|findings| findings.image == self.digest).cloned();
        let findings = about.reduce(Findings::and);
        let mut unknown = self.unknown;
        for of_dhi in unknown.iter_mut().filter(|unknown| findings.is_some() && unknown.member == DHI) {
            of_dhi.known.push(format!("{DHI}.findings"));
        }
        Self { findings, unknown, ..self }
    }
}

fn index(evidence: &Evidence) -> Option<IndexFacts> {
    let root = &evidence.root;
    let document = root.document.as_ref().filter(|_| root.is_index).and_then(document)?;
    Some(IndexFacts { digest: root.digest, document })
}

fn root(evidence: &Evidence) -> RootFacts {
    let cause = |failure: &Failure| failure.to_diagnostic().message;
    let signature = match evidence.root_signature_status() {
        RootSignatureStatus::SignedBy(signatures) => RootSignatureFacts::Signed(signers(signatures)),
        RootSignatureStatus::Absent => RootSignatureFacts::Absent,
        RootSignatureStatus::Unknown(failure) => RootSignatureFacts::Unknown(cause(failure).into()),
        RootSignatureStatus::ListUnknown(list) => RootSignatureFacts::Unknown(cause(&list.failure).into()),
        RootSignatureStatus::Failed(failure) => RootSignatureFacts::Failed(cause(&failure)),
    };
    RootFacts { digest: evidence.root.digest, signature }
}

fn standing(base: &PlatformBase) -> Standing {
    match base.answer {
        BaseAnswer::Dhi(_) => Standing::Dhi,
        BaseAnswer::DhiBased(_) => Standing::DhiBased,
        BaseAnswer::NotDhi(_) | BaseAnswer::ClaimsOnly(_) => Standing::NotDhi,
        BaseAnswer::Undetermined(_) => Standing::Unknown,
    }
}

fn base_facts(base: &Base) -> BaseFacts {
    let hardened = &base.hardened;
    let proving = hardened.attestations.iter().map(|verified| AttestationFacts {
        digest: verified.attestation,
        image: pullable(&verified.found_in, verified.attestation),
        predicate_type: Some(verified.predicate_type.clone()),
        status: AttestationStatus::Verified,
        signers: vec![signer(&verified.signature)],
        statement: None,
    });
    BaseFacts {
        reference: base.reference.to_string(),
        name: hardened.names.first().map(|name| name.as_str().to_owned()),
        digest: base.manifest,
        proof: base.proof.as_str().to_owned(),
        layers: base.boundary.layers,
        labels: base.labels.clone(),
        attestations: proving.collect(),
    }
}

/// The attestations of `image`, and for a chart those about its index. Signatures of the image are none.
fn attestations(evidence: &Evidence, image: &PlatformEvidence) -> Vec<AttestationFacts> {
    let judged =
        image.judged(evidence.root.digest).map(|(attestation, outcome)| judged(attestation, outcome));
    let found_in = image.searched.first().unwrap_or(&evidence.reference.repository);
    let listed = image.listed.iter().filter(|listed| !listed.is_signature());
    judged.chain(listed.map(|listed| not_judged(listed, found_in))).collect()
}

fn judged(
    attestation: &AttestationEvidence,
    outcome: Result<&Attested, Cow<'_, Failure>>,
) -> AttestationFacts {
    let facts = AttestationFacts {
        digest: attestation.digest,
        image: pullable(&attestation.found_in, attestation.digest),
        predicate_type: attestation.predicate_type.clone(),
        status: AttestationStatus::Verified,
        signers: Vec::new(),
        statement: None,
    };
    match outcome {
        Ok(attested) => AttestationFacts {
            predicate_type: Some(attested.statement().predicate_type.clone()),
            signers: signers(attested.signatures()),
            statement: attested.whole().and_then(|whole| document(whole.bytes())),
            ..facts
        },
        Err(failure) => {
            AttestationFacts { status: AttestationStatus::Failed(failure.to_diagnostic().message), ..facts }
        }
    }
}

fn not_judged(listed: &ListedReferrer, found_in: &Repository) -> AttestationFacts {
    AttestationFacts {
        digest: listed.digest,
        image: pullable(found_in, listed.digest),
        predicate_type: listed.predicate_type.clone(),
        status: AttestationStatus::NotJudged(listed.reason.to_string()),
        signers: Vec::new(),
        statement: None,
    }
}

/// Why attestations of the image may exist that were not found.
fn unread(image: &PlatformEvidence) -> Vec<UnknownCause> {
    let failures = image.failures.iter().chain(image.unread_sources());
    failures.map(|failure| failure.to_diagnostic().message.into()).collect()
}

/// An image has a configuration. If it could not be read, rules about it would not fire.
fn unknown(image: &PlatformEvidence) -> Vec<UnknownMember> {
    let is_unread = image.config.is_none() && (image.kind == Kind::Image || !image.failures.is_empty());
    let cause = || {
        let failure = image.failures.first().map(|failure| failure.to_diagnostic().message);
        failure.unwrap_or_else(|| "the image configuration was not read".to_owned())
    };
    let config = || UnknownMember { member: CONFIG.to_owned(), known: Vec::new(), cause: cause().into() };
    is_unread.then(config).into_iter().collect()
}

fn verified_signers(evidence: &Evidence, image: &PlatformEvidence) -> Vec<SignerFacts> {
    image.verified(evidence.root.digest).flat_map(|(_, attested)| signers(attested.signatures())).collect()
}

fn signers(signatures: &Quorum) -> Vec<SignerFacts> {
    signatures.iter().map(signer).collect()
}

fn signer(facts: &SignatureFacts) -> SignerFacts {
    let signer = facts.signer();
    SignerFacts {
        name: signer.name().to_owned(),
        key_id: signer.key_id().map(|id| id.to_string()),
        is_dhi: signer.is_dhi(),
        is_image_signer: facts.role() == Role::Image,
        signed_name: facts.signed_name().map(|name| SignedName::as_str(name).to_owned()),
        log: facts.log().as_str().to_owned(),
    }
}

/// The reference by which an object can be pulled.
fn pullable(repository: &Repository, digest: Digest) -> String {
    format!("{repository}@{digest}")
}

/// A document that was already read as JSON.
fn document(bytes: &Bytes) -> Option<Box<RawValue>> {
    serde_json::from_slice(bytes).ok()
}
