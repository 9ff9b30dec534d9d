//! Decides whether an image is a hardened image, by its own attestations alone.
//!
//! Every attestation that was judged must verify, and one signer that counts must have signed both provenance and an
//! SBOM. The proof of its base never counts here.

use std::collections::{BTreeMap, BTreeSet};

use super::super::accepted_evidence::AcceptedEvidence;
use super::super::attested::{AttestationEvidence, AttestationForm};
use super::super::failure::Failure;
use super::super::other_evidence::OtherEvidence;
use super::super::platform::PlatformEvidence;
use super::super::reference::{Evidence, RootSignatureStatus};
use super::super::several_names::SeveralNames;
use super::super::vsa_result::{VsaFailure, verifier_results};
use super::claims::claims_dhi;
use crate::attestation::is_provenance;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Reference, Repository};
use crate::trust::{ErrorMeaning, Role, SignatureFacts, SignedName, SignerId};

const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom/v";
/// Prefix of signed names of single packages, which have no SBOM.
const PACKAGES: &str = "dhi/pkg-";

/// The signer of a hardened image, and its attestations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardened {
    /// Whether Docker's key signed it, and not a key that the caller gave instead.
    pub by_docker: bool,
    /// `name (id)` of the key, or `identity (issuer)` of the certificate.
    pub signers: Vec<String>,
    /// The names in the signed payloads.
    pub names: Vec<SignedName>,
    /// Every provenance and SBOM by that signer.
    pub attestations: Vec<VerifiedAttestation>,
}

/// A verified provenance or SBOM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAttestation {
    /// Digest of the attestation.
    pub attestation: Digest,
    /// How it is stored.
    pub form: AttestationForm,
    /// The repository in which it was found.
    pub found_in: Repository,
    /// The predicate type of the signed statement.
    pub predicate_type: String,
    /// The signature that counts.
    pub signature: SignatureFacts,
}

/// The result of an image's own attestations.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HardenedStatus {
    /// It is a hardened image.
    Hardened(Hardened),
    /// It is not proven to be one.
    Not(NotHardened),
}

/// Why an image is not proven to be a hardened image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotHardened {
    /// What was tampered with or exceeds a limit. No other proof outweighs it.
    pub bad: Vec<NotHardenedReason>,
    /// Verification summaries by signers that count and that are not a pass.
    pub denied: Vec<VsaFailure>,
    /// What could not be fetched and might prove it.
    pub missing: Vec<NotHardenedReason>,
    /// What was found instead: nothing, or attestations by other signers.
    pub reasons: Vec<NotHardenedReason>,
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotHardenedReason {
    /// The image itself failed, or the signature of the root.
    Image(Failure),
    /// An attestation does not count.
    Attestation {
        /// Its title.
        title: String,
        /// Why.
        failure: Failure,
    },
    /// Docker's key signed attestations of it under several names.
    SeveralNames(SeveralNames),
    /// A verification summary is not a pass.
    Summary(VsaFailure),
    /// It has no attestation that counts.
    NoAttestation {
        /// The image.
        image: Digest,
        /// What it has instead.
        other: OtherEvidence,
    },
    /// It has attestations that count, but lacks these types.
    Lacking {
        /// The image.
        image: Digest,
        /// The missing types: `provenance`, `SBOM`.
        types: Vec<&'static str>,
        /// Whether the image must have had them, as hardened images do.
        lost: bool,
    },
    /// It is a customization of an organization that is not accepted.
    OtherOrganization(SignedName),
    /// Docker's key signed it without a name.
    NoName,
}

impl NotHardenedReason {
    /// Whether no base can outweigh it.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Image(failure) | Self::Attestation { failure, .. } => failure.is_bad(),
            Self::SeveralNames(_) | Self::OtherOrganization(_) | Self::NoName => true,
            Self::Summary(_) | Self::NoAttestation { .. } | Self::Lacking { .. } => false,
        }
    }

    /// Whether the result is open: see [`Failure::is_open`].
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Image(failure) | Self::Attestation { failure, .. } if failure.is_open())
    }

    /// Whether an unknown key signed it.
    pub fn is_by_other_key(&self) -> bool {
        matches!(self, Self::Attestation { failure, .. } if failure.error_meaning() == Some(ErrorMeaning::OtherKey))
    }

    /// Whether a registry is unreachable: see [`Failure::is_unreachable`].
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Image(failure) | Self::Attestation { failure, .. } if failure.is_unreachable())
    }
}

impl ToDiagnostic for NotHardenedReason {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Image(failure) => failure.to_diagnostic(),
            Self::Attestation { title, failure } => failure.to_diagnostic().about(title),
            Self::SeveralNames(names) => names.to_diagnostic(),
            Self::Summary(rejection) => rejection.to_diagnostic(),
            Self::NoAttestation { image, other } => {
                let what = match other {
                    OtherEvidence::ByAttestors => {
                        "its attestations are signed only by attestor keys, which do not count for this policy".to_owned()
                    }
                    OtherEvidence::Nothing => "it has no attestation by a trusted key".to_owned(),
                    other => format!("it has no attestation by a trusted key, {other}"),
                };
                Diagnostic::new(Code::ATTEST_NONE, what).fact("image", image)
            }
            Self::Lacking { image, types, lost } => {
                let what = format!("it is signed, but has no {}", types.join(" and no "));
                let diagnostic = Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what).fact("image", image);
                if *lost { diagnostic.remedy(Remedy::CopyAttestations) } else { diagnostic }
            }
            Self::OtherOrganization(name) => Diagnostic::new(
                Code::TRUST_SIGNED_NAME,
                format!("it is signed as {name}, a customization of another organization"),
            )
            .remedy(Remedy::AcceptCustomizedBase { namespace: name.namespace().to_owned() }),
            Self::NoName => Diagnostic::new(Code::TRUST_SIGNED_NAME, "it is signed without a name"),
        }
    }
}

impl NotHardened {
    /// The most important reason.
    pub fn first(&self) -> Option<NotHardenedReason> {
        let denied = || self.denied.first().cloned().map(NotHardenedReason::Summary);
        let first = |reasons: &[NotHardenedReason]| reasons.first().cloned();
        first(&self.bad).or_else(denied).or_else(|| first(&self.missing)).or_else(|| first(&self.reasons))
    }

    /// Whether no attestation by a signer that counts was found.
    pub(super) fn lacks_all(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, NotHardenedReason::NoAttestation { .. }))
    }

    /// Adds a reason to `bad` or `missing`. A reached limit is bad, because what is beyond it is unknown.
    fn add(&mut self, reason: NotHardenedReason) {
        if reason.is_bad() { self.bad.push(reason) } else { self.missing.push(reason) }
    }
}

/// Decides whether the platform's own attestations prove that it is a hardened image.
pub fn hardened_status(evidence: &Evidence, platform: &PlatformEvidence) -> HardenedStatus {
    let mut not = NotHardened::default();
    // The root's signature is not required, so a missing one does not matter; a bad one does.
    if let RootSignatureStatus::Failed(failure) = evidence.root_signature_status()
        && failure.is_bad()
    {
        not.bad.push(NotHardenedReason::Image(failure.into_owned()));
    }
    not.bad.extend(SeveralNames::of(evidence, AcceptedEvidence::Images).map(NotHardenedReason::SeveralNames));
    for failure in &platform.failures {
        not.add(NotHardenedReason::Image(failure.clone()));
    }
    let root = evidence.root.digest;
    for (attestation, outcome) in platform.judged(root) {
        if let Err(failure) = outcome {
            let is_unproven_only = failure.is_only_unproven();
            let reason =
                NotHardenedReason::Attestation { title: attestation.title(), failure: failure.into_owned() };
            // Attestations by other signers, which anyone can attach.
            if is_unproven_only { not.reasons.push(reason) } else { not.add(reason) }
        }
    }
    not.denied.extend(verifier_results(platform, root).into_iter().filter_map(|result| result.rejection));
    let signers = signers(platform, root);
    match signers.values().find(|signer| signer.is_complete()) {
        // Every referrer must verify. One that may be in a hidden list leaves the result open.
        Some(signer) if not == NotHardened::default() && platform.hidden_referrers().next().is_none() => {
            return HardenedStatus::Hardened(signer.hardened());
        }
        Some(_) => not.missing.extend(platform.hidden_referrers().cloned().map(NotHardenedReason::Image)),
        None if signers.is_empty() => {
            let other = OtherEvidence::of(platform, evidence);
            not.reasons.push(NotHardenedReason::NoAttestation { image: platform.digest, other });
            not.missing.extend(platform.unread_sources().cloned().map(NotHardenedReason::Image));
        }
        None => {
            let missing_types: BTreeSet<&str> =
                signers.values().flat_map(SignerAttestations::missing_types).collect();
            // Hardened images have all types, so this copy has lost some. Images of other signers may never have had
            // them.
            let lost = signers.values().any(SignerAttestations::is_by_docker)
                || claims_dhi(platform, &evidence.root.annotations);
            let missing_types = NotHardenedReason::Lacking {
                image: platform.digest,
                types: missing_types.into_iter().collect(),
                lost,
            };
            if lost {
                not.missing.push(missing_types);
            } else {
                not.reasons.push(missing_types);
            }
            not.missing.extend(platform.unread_sources().cloned().map(NotHardenedReason::Image));
        }
    }
    HardenedStatus::Not(not)
}

/// The organizations whose customizations count as bases of `reference`: those `given`, and on Docker Hub the
/// organization of `reference`. The organization of a candidate does not count, because that organization may have
/// customized it.
pub fn namespaces(reference: &Reference, given: &[String]) -> Vec<String> {
    let organization = match &reference.repository {
        Repository::Remote(name) if name.host() == DOCKER_HUB => name.path().split_once('/'),
        _ => None,
    };
    let from_reference = organization.map(|(organization, _)| organization.to_owned());
    given.iter().cloned().chain(from_reference).collect()
}

impl Hardened {
    /// The repository of hardened images as which Docker's key signed it, if all its signatures have that one name:
    /// `dhi.io/python`.
    pub fn signed_as(&self) -> Option<String> {
        let [only] = self.names.as_slice() else { return None };
        let name = only.as_str().strip_prefix("dhi/").filter(|_| self.by_docker)?;
        Some(format!("{DHI}/{name}"))
    }

    /// Checks whether it may be a base: an image signed by Docker's key counts under `dhi/` and under these
    /// organizations.
    ///
    /// # Errors
    ///
    /// [`NotHardenedReason::OtherOrganization`] or [`NotHardenedReason::NoName`] if it does not count.
    pub fn counts(&self, namespaces: &[String]) -> Result<(), NotHardenedReason> {
        let unknown = |name: &&SignedName| {
            let namespace = name.namespace();
            namespace != "dhi" && !namespaces.iter().any(|known| known == namespace)
        };
        match self.names.iter().find(unknown) {
            Some(name) if self.by_docker => Err(NotHardenedReason::OtherOrganization(name.clone())),
            None if self.by_docker && self.names.is_empty() => Err(NotHardenedReason::NoName),
            _ => Ok(()),
        }
    }
}

/// The attestations of one signer.
#[derive(Default)]
struct SignerAttestations<'a> {
    facts: Vec<&'a SignatureFacts>,
    attestations: Vec<(&'a AttestationEvidence, &'a str, &'a SignatureFacts)>,
    provenance: bool,
    sbom: bool,
}

fn signers(platform: &PlatformEvidence, root: Digest) -> BTreeMap<SignerId, SignerAttestations<'_>> {
    let mut signers: BTreeMap<SignerId, SignerAttestations<'_>> = BTreeMap::new();
    for (attestation, attested) in platform.verified(root) {
        let predicate_type = attested.statement().predicate_type.as_str();
        for facts in attested.signatures().iter().filter(|facts| facts.role() == Role::Image) {
            let signer = signers.entry(facts.signer().id()).or_default();
            signer.facts.push(facts);
            let provenance = is_provenance(predicate_type);
            let sbom = predicate_type == SPDX || predicate_type.starts_with(CYCLONEDX);
            signer.provenance |= provenance;
            signer.sbom |= sbom;
            if provenance || sbom {
                signer.attestations.push((attestation, predicate_type, facts));
            }
        }
    }
    signers
}

impl SignerAttestations<'_> {
    fn is_complete(&self) -> bool {
        self.missing_types().next().is_none()
    }

    fn is_by_docker(&self) -> bool {
        self.facts.iter().all(|facts| facts.signer().is_dhi())
    }

    fn missing_types(&self) -> impl Iterator<Item = &'static str> + use<> {
        let provenance = (!self.provenance).then_some("SLSA provenance v0.2 or v1");
        let sbom = (!self.sbom && !self.is_package()).then_some("SBOM (SPDX, or `cyclonedx.org/bom/v*`)");
        provenance.into_iter().chain(sbom)
    }

    /// Whether it is a package. The name counts only under Docker's key.
    fn is_package(&self) -> bool {
        self.facts.iter().all(|facts| {
            facts.signer().is_dhi()
                && facts.signed_name().is_some_and(|name| name.as_str().starts_with(PACKAGES))
        })
    }

    fn hardened(&self) -> Hardened {
        let signers: BTreeSet<String> = self.facts.iter().map(|facts| facts.signer().to_string()).collect();
        let names: BTreeSet<SignedName> =
            self.facts.iter().filter_map(|facts| facts.signed_name().cloned()).collect();
        Hardened {
            by_docker: self.is_by_docker(),
            signers: signers.into_iter().collect(),
            names: names.into_iter().collect(),
            attestations: self
                .attestations
                .iter()
                .map(|(attestation, predicate_type, signature)| VerifiedAttestation {
                    attestation: attestation.digest,
                    form: attestation.form,
                    found_in: attestation.found_in.clone(),
                    predicate_type: (*predicate_type).to_owned(),
                    signature: (*signature).clone(),
                })
                .collect(),
        }
    }
}
