//! An image is a hardened one by its own attestations alone: every one that was judged holds, and one signer
//! that answers the question vouches for how it was built and for what is in it. What its base proves never
//! counts here.

use std::collections::{BTreeMap, BTreeSet};

use super::super::attested::{AttestationEvidence, AttestationForm};
use super::super::platform::PlatformEvidence;
use super::super::reference::{Evidence, RootSignatureOutcome};
use super::super::summaries::summaries;
use super::super::verdict::one_name;
use super::claims_dhi;
use crate::attestation::is_provenance;
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::oci::reference::DOCKER_HUB;
use crate::oci::{Digest, Reference, Repository};
use crate::trust::{Authority, Role, SignatureFacts, SignedName};

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
    pub attestations: Vec<Vouched>,
}

/// A verified provenance or SBOM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
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
pub enum Own {
    /// It is a hardened one.
    Hardened(Hardened),
    /// It is not shown to be one.
    Not(NotShown),
}

/// Why an image is not shown to be a hardened one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotShown {
    /// What was tampered with, or is over a limit: nothing else can make up for it.
    pub bad: Vec<Diagnostic>,
    /// A signer that counts says that it did not pass.
    pub denied: Vec<Diagnostic>,
    /// What could not be had, and might show it.
    pub missing: Vec<Diagnostic>,
    /// What was found instead: nothing, or what others signed.
    pub reasons: Vec<Diagnostic>,
}

impl NotShown {
    /// The reason that says most.
    pub fn first(&self) -> Option<&Diagnostic> {
        [&self.bad, &self.denied, &self.missing, &self.reasons]
            .into_iter()
            .find_map(|problems| problems.first())
    }

    /// Whether nothing was found that anybody signed who counts.
    pub(super) fn lacks_all(&self) -> bool {
        self.reasons.iter().any(|reason| reason.code == Code::ATTEST_NONE)
    }

    fn sort(&mut self, problem: Diagnostic) {
        // A limit is none of the image's faults, and yet what lies behind it is not known.
        match problem.exit() {
            Exit::BadProof | Exit::Bug => self.bad.push(problem),
            _ => self.missing.push(problem),
        }
    }
}

/// Whether the platform's own attestations show that it is a hardened image.
pub fn own(evidence: &Evidence, platform: &PlatformEvidence) -> Own {
    let mut not = NotShown::default();
    // None is demanded, so one that cannot be had takes nothing away; one that is bad does.
    if let RootSignatureOutcome::Failed(problem) = &evidence.root_signature.outcome
        && problem.exit() >= Exit::BadProof
    {
        not.bad.push(problem.clone());
    }
    if let Some(problem) = one_name(evidence).and_then(|check| check.problem) {
        not.bad.push(problem);
    }
    for problem in &platform.problems {
        not.sort(problem.clone());
    }
    for attestation in &platform.attestations {
        if let Err(problem) = &attestation.outcome {
            let named =
                Diagnostic { what: format!("{}: {}", attestation.title(), problem.what), ..problem.clone() };
            if is_of_others(problem.code) { not.reasons.push(named) } else { not.sort(named) }
        }
    }
    not.denied.extend(summaries(platform).into_iter().filter_map(|said| said.problem));
    let signers = signers(platform);
    match signers.values().find(|signer| signer.is_complete()) {
        Some(signer) if not == NotShown::default() => return Own::Hardened(signer.hardened()),
        Some(_) => {}
        None if signers.is_empty() => {
            let what = match platform.verified().next() {
                Some(_) => {
                    "its attestations are signed only by attestor keys, which do not answer the question"
                }
                None => "no attestation of it is signed with a key that counts",
            };
            not.reasons.push(Diagnostic::new(Code::ATTEST_NONE, what).fact("image", platform.digest));
            not.missing.extend(platform.not_checked.iter().cloned());
        }
        None => {
            let lacking: BTreeSet<&str> = signers.values().flat_map(Signed::lacking).collect();
            let lacking = lacking.into_iter().collect::<Vec<_>>().join(" and no ");
            let what = format!("it is signed, and has no {lacking}");
            let problem =
                Diagnostic::new(Code::ATTEST_PREDICATE_MISSING, what).fact("image", platform.digest);
            // Hardened images have all, so that one has lost some. What others sign may never have had them.
            if signers.values().any(Signed::is_by_docker) || claims_dhi(platform, &evidence.root.annotations)
            {
                let hint = "copy all of its attestations: `regctl image copy --referrers`";
                not.missing.push(problem.hint(hint));
            } else {
                not.reasons.push(problem);
            }
            not.missing.extend(platform.not_checked.iter().cloned());
        }
    }
    Own::Not(not)
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
    pub fn counts(&self, namespaces: &[String]) -> Result<(), Diagnostic> {
        let unknown = |name: &&SignedName| {
            let namespace = name.namespace();
            namespace != "dhi" && !namespaces.iter().any(|known| known == namespace)
        };
        match self.names.iter().find(unknown) {
            Some(name) if self.by_docker => Err(Diagnostic::new(
                Code::TRUST_SIGNED_NAME,
                format!("it is signed as {name}, a customisation of another organisation"),
            )
            .hint(format!("accept it with `--namespace {}`", name.namespace()))),
            None if self.by_docker && self.names.is_empty() => {
                Err(Diagnostic::new(Code::TRUST_SIGNED_NAME, "it is signed without a name"))
            }
            _ => Ok(()),
        }
    }
}

/// Signatures that say nothing about the question, however they come to be there: nobody's, or somebody else's.
fn is_of_others(id: Code) -> bool {
    matches!(
        id,
        Code::TRUST_UNSIGNED
            | Code::TRUST_WRONG_KEY
            | Code::TRUST_WRONG_IDENTITY
            | Code::TRUST_THRESHOLD
            // Genuine, and for something else.
            | Code::TRUST_SIGNED_NAME
    )
}

/// What one signer vouches for.
#[derive(Default)]
struct Signed<'a> {
    facts: Vec<&'a SignatureFacts>,
    attestations: Vec<(&'a AttestationEvidence, &'a str, &'a SignatureFacts)>,
    provenance: bool,
    sbom: bool,
}

fn signers(platform: &PlatformEvidence) -> BTreeMap<Authority, Signed<'_>> {
    let mut signers: BTreeMap<Authority, Signed<'_>> = BTreeMap::new();
    for (attestation, attested) in platform.verified() {
        let predicate_type = attested.statement().predicate_type.as_str();
        for facts in attested.signatures().iter().filter(|facts| facts.role == Role::Image) {
            let signer = signers.entry(facts.signer.authority()).or_default();
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
        self.facts.iter().all(|facts| facts.signer.is_dhi())
    }

    fn lacking(&self) -> impl Iterator<Item = &'static str> + use<> {
        let provenance = (!self.provenance).then_some("SLSA provenance v0.2 or v1");
        let sbom = (!self.sbom && !self.is_package()).then_some("SBOM (SPDX, or `cyclonedx.org/bom/v*`)");
        provenance.into_iter().chain(sbom)
    }

    /// Only Docker's key makes a package of a name.
    fn is_package(&self) -> bool {
        self.facts.iter().all(|facts| {
            facts.signer.is_dhi()
                && facts.signed_name.as_ref().is_some_and(|name| name.as_str().starts_with(PACKAGES))
        })
    }

    fn hardened(&self) -> Hardened {
        let signers: BTreeSet<String> = self.facts.iter().map(|facts| facts.signer.to_string()).collect();
        let names: BTreeSet<SignedName> =
            self.facts.iter().filter_map(|facts| facts.signed_name.clone()).collect();
        Hardened {
            by_docker: self.is_by_docker(),
            signers: signers.into_iter().collect(),
            names: names.into_iter().collect(),
            attestations: self
                .attestations
                .iter()
                .map(|(attestation, predicate_type, signature)| Vouched {
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
