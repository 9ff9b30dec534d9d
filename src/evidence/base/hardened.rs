//! An image is a hardened one by its own attestations alone: every one that was judged holds, and one signer
//! that answers the question vouches for how it was built and for what is in it. What its base proves never
//! counts here.

use std::collections::{BTreeMap, BTreeSet};

use super::super::answered_by::AnsweredBy;
use super::super::attested::{AttestationEvidence, AttestationForm};
use super::super::failure::Failure;
use super::super::platform::PlatformEvidence;
use super::super::reference::{Evidence, RootSigned};
use super::super::several_names::SeveralNames;
use super::super::vsa_result::{VsaFailure, verifier_results};
use super::claims::claims_dhi;
use crate::attestation::is_provenance;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::reference::DOCKER_HUB;
use crate::oci::{Digest, Reference, Repository};
use crate::trust::{ErrorMeaning, Role, SignatureFacts, SignedName, SignerId};

const SPDX: &str = "https://spdx.dev/Document";
const CYCLONEDX: &str = "https://cyclonedx.org/bom/v";
/// Images of single packages, which carry no SBOM.
const PACKAGES: &str = "dhi/pkg-";

/// Who says that an image is a hardened one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardened {
    /// Whether it is Docker's key, and not one that was given in its place.
    pub by_docker: bool,
    /// `name (id)` of the key, or `identity (issuer)` of the certificate.
    pub signers: Vec<String>,
    /// The names in the signed payloads.
    pub names: Vec<SignedName>,
    /// Every provenance and SBOM that one signer vouches with.
    pub attestations: Vec<VerifiedAttestation>,
}

/// A verified provenance or SBOM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedAttestation {
    /// Digest of the attestation.
    pub attestation: Digest,
    /// In which form it is stored.
    pub form: AttestationForm,
    /// Where it was found.
    pub found_in: Repository,
    /// The predicate type of the signed statement.
    pub predicate_type: String,
    /// The signature that counts.
    pub signature: SignatureFacts,
}

/// What an image's own attestations say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HardenedStatus {
    /// It is a hardened one.
    Hardened(Hardened),
    /// It is not shown to be one.
    Not(NotHardened),
}

/// Why an image is not shown to be a hardened one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotHardened {
    /// What was tampered with, or is over a limit: nothing else can make up for it.
    pub bad: Vec<Reason>,
    /// A signer that counts says that it did not pass.
    pub denied: Vec<VsaFailure>,
    /// What could not be had, and might show it.
    pub missing: Vec<Reason>,
    /// What was found instead: nothing, or what others signed.
    pub reasons: Vec<Reason>,
}

/// One of the reasons.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The image itself, or the signature of what it was found in.
    Image(Failure),
    /// An attestation does not count.
    Attestation {
        /// What it is called.
        title: String,
        /// Why.
        failure: Failure,
    },
    /// Docker's key signed attestations of it under several names.
    SeveralNames(SeveralNames),
    /// A summary says that it did not pass.
    Summary(VsaFailure),
    /// It has no attestation that answers.
    NoAttestation {
        /// The image.
        image: Digest,
        /// Whether keys of attestors signed some.
        attestors: bool,
    },
    /// Attestations that answer lack these.
    Lacking {
        /// The image.
        image: Digest,
        /// What is lacking: `provenance`, `SBOM`.
        types: Vec<&'static str>,
        /// Whether the image must have had it.
        lost: bool,
    },
    /// It is a customisation of an organisation that is not accepted.
    OtherOrganisation(SignedName),
    /// Docker's key signed it without a name.
    NoName,
}

impl Reason {
    /// Whether no base makes up for it.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Image(failure) | Self::Attestation { failure, .. } => failure.is_bad(),
            Self::SeveralNames(_) | Self::OtherOrganisation(_) | Self::NoName => true,
            Self::Summary(_) | Self::NoAttestation { .. } | Self::Lacking { .. } => false,
        }
    }

    /// Whether the question stays open: see [`Failure::is_open`].
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Image(failure) | Self::Attestation { failure, .. } if failure.is_open())
    }

    /// Whether another key than the given ones signed it.
    pub fn is_by_other_key(&self) -> bool {
        matches!(self, Self::Attestation { failure, .. } if failure.standing() == Some(ErrorMeaning::OtherKey))
    }

    /// Whether a registry cannot be reached: see [`Failure::is_unreachable`].
    pub(super) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Image(failure) | Self::Attestation { failure, .. } if failure.is_unreachable())
    }
}

impl ToDiagnostic for Reason {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Image(failure) => failure.to_diagnostic(),
            Self::Attestation { title, failure } => failure.to_diagnostic().about(title),
            Self::SeveralNames(names) => names.to_diagnostic(),
            Self::Summary(rejection) => rejection.to_diagnostic(),
            Self::NoAttestation { image, attestors } => {
                let what = if *attestors {
                    "its attestations are signed only by attestor keys, which do not answer the question"
                } else {
                    "no attestation of it is signed with a key that counts"
                };
                Diagnostic::new(Code::ATTEST_NONE, what).fact("image", image)
            }
            Self::Lacking { image, types, lost } => {
                let what = format!("it is signed, and has no {}", types.join(" and no "));
                let diagnostic = Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what).fact("image", image);
                if *lost { diagnostic.remedy(Remedy::CopyAttestations) } else { diagnostic }
            }
            Self::OtherOrganisation(name) => Diagnostic::new(
                Code::TRUST_SIGNED_NAME,
                format!("it is signed as {name}, a customisation of another organisation"),
            )
            .remedy(Remedy::AcceptCustomizedBase { namespace: name.namespace().to_owned() }),
            Self::NoName => Diagnostic::new(Code::TRUST_SIGNED_NAME, "it is signed without a name"),
        }
    }
}

impl NotHardened {
    /// The reason that says most.
    pub fn first(&self) -> Option<Reason> {
        let denied = || self.denied.first().cloned().map(Reason::Summary);
        let first = |reasons: &[Reason]| reasons.first().cloned();
        first(&self.bad).or_else(denied).or_else(|| first(&self.missing)).or_else(|| first(&self.reasons))
    }

    /// Whether nothing was found that anybody signed who counts.
    pub(super) fn lacks_all(&self) -> bool {
        self.reasons.iter().any(|reason| matches!(reason, Reason::NoAttestation { .. }))
    }

    /// A limit is none of the image's faults, and yet what lies behind it is not known.
    fn sort(&mut self, reason: Reason) {
        if reason.is_bad() { self.bad.push(reason) } else { self.missing.push(reason) }
    }
}

/// Whether the platform's own attestations show that it is a hardened image.
pub fn hardened_status(evidence: &Evidence, platform: &PlatformEvidence) -> HardenedStatus {
    let mut not = NotHardened::default();
    // None is demanded, so one that cannot be had takes nothing away; one that is bad does.
    if let RootSigned::Failed(failure) = evidence.root_signed()
        && failure.is_bad()
    {
        not.bad.push(Reason::Image(failure.into_owned()));
    }
    not.bad.extend(SeveralNames::of(evidence, AnsweredBy::Images).map(Reason::SeveralNames));
    for failure in &platform.failures {
        not.sort(Reason::Image(failure.clone()));
    }
    let root = evidence.root.digest;
    for (attestation, outcome) in platform.judged(root) {
        if let Err(failure) = outcome {
            let is_of_others = failure.is_of_others();
            let reason = Reason::Attestation { title: attestation.title(), failure: failure.into_owned() };
            // Signatures that say nothing about the question, however they come to be there.
            if is_of_others { not.reasons.push(reason) } else { not.sort(reason) }
        }
    }
    not.denied.extend(verifier_results(platform, root).into_iter().filter_map(|said| said.rejection));
    let signers = signers(platform, root);
    match signers.values().find(|signer| signer.is_complete()) {
        // Every referrer must verify, so one that may be in a list which was not seen leaves it open.
        Some(signer) if not == NotHardened::default() && platform.hidden_referrers().next().is_none() => {
            return HardenedStatus::Hardened(signer.hardened());
        }
        Some(_) => not.missing.extend(platform.hidden_referrers().cloned().map(Reason::Image)),
        None if signers.is_empty() => {
            let attestors = platform.verified(root).next().is_some();
            not.reasons.push(Reason::NoAttestation { image: platform.digest, attestors });
            not.missing.extend(platform.unasked().cloned().map(Reason::Image));
        }
        None => {
            let lacking: BTreeSet<&str> = signers.values().flat_map(Signed::lacking).collect();
            // Hardened images have all, so that one has lost some. What others sign may never have had them.
            let lost = signers.values().any(Signed::is_by_docker)
                || claims_dhi(platform, &evidence.root.annotations);
            let lacking =
                Reason::Lacking { image: platform.digest, types: lacking.into_iter().collect(), lost };
            if lost {
                not.missing.push(lacking);
            } else {
                not.reasons.push(lacking);
            }
            not.missing.extend(platform.unasked().cloned().map(Reason::Image));
        }
    }
    HardenedStatus::Not(not)
}

/// The organisations whose customisations count as bases of what `reference` names: those `given`, and on Docker
/// Hub its own. That of a candidate's reference does not count: whoever is named there may have customised it.
pub fn namespaces(reference: &Reference, given: &[String]) -> Vec<String> {
    let organisation = match &reference.repository {
        Repository::Remote(name) if name.host() == DOCKER_HUB => name.path().split_once('/'),
        _ => None,
    };
    let own = organisation.map(|(organisation, _)| organisation.to_owned());
    given.iter().cloned().chain(own).collect()
}

impl Hardened {
    /// Whether it may be a base: what Docker's key signed counts under `dhi/` and under these organisations.
    pub fn counts(&self, namespaces: &[String]) -> Result<(), Reason> {
        let unknown = |name: &&SignedName| {
            let namespace = name.namespace();
            namespace != "dhi" && !namespaces.iter().any(|known| known == namespace)
        };
        match self.names.iter().find(unknown) {
            Some(name) if self.by_docker => Err(Reason::OtherOrganisation(name.clone())),
            None if self.by_docker && self.names.is_empty() => Err(Reason::NoName),
            _ => Ok(()),
        }
    }
}

/// What one signer vouches for.
#[derive(Default)]
struct Signed<'a> {
    facts: Vec<&'a SignatureFacts>,
    attestations: Vec<(&'a AttestationEvidence, &'a str, &'a SignatureFacts)>,
    provenance: bool,
    sbom: bool,
}

fn signers(platform: &PlatformEvidence, root: Digest) -> BTreeMap<SignerId, Signed<'_>> {
    let mut signers: BTreeMap<SignerId, Signed<'_>> = BTreeMap::new();
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

impl Signed<'_> {
    fn is_complete(&self) -> bool {
        self.lacking().next().is_none()
    }

    fn is_by_docker(&self) -> bool {
        self.facts.iter().all(|facts| facts.signer().is_dhi())
    }

    fn lacking(&self) -> impl Iterator<Item = &'static str> + use<> {
        let provenance = (!self.provenance).then_some("SLSA provenance v0.2 or v1");
        let sbom = (!self.sbom && !self.is_package()).then_some("SBOM (SPDX, or `cyclonedx.org/bom/v*`)");
        provenance.into_iter().chain(sbom)
    }

    /// Only Docker's key makes a package of a name.
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
