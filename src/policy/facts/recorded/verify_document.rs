//! The JSON document of a verification (`docs/schemas/verify-2.json`), with or without recorded facts.
//!
//! Without them, what the document says of each image is used, and everything else is unknown.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::unresolved::Unresolved;
use crate::oci::{Digest, Reference};
use crate::policy::facts::image::{
    AttestationFacts, AttestationStatus, BaseFacts, CONFIG, ConfigFacts, ImageFacts, ImageKind, RootFacts,
    RootSignatureFacts, SignerFacts, Standing, UnknownMember,
};
use crate::policy::facts::name;
use crate::policy::facts::unknown_cause::UnknownCause;
use crate::trust::{Role, TrustedKey};

/// The version of the schema that is read.
const SCHEMA_VERSION: u32 = 2;

/// Why something is unknown.
const NOT_RECORDED: &str = "the verification did not record the facts for policies";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: u32,
    images: Vec<Image>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Image {
    reference: String,
    digest: Option<Digest>,
    error: Option<Failure>,
    root_signature: Option<RootSignature>,
    platforms: Option<Vec<Platform>>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RootSignature {
    outcome: String,
    signature: Option<Signature>,
    #[serde(default)]
    more_signatures: Vec<Signature>,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Platform {
    facts: Option<ImageFacts>,
    platform: Option<String>,
    digest: Digest,
    kind: ImageKind,
    user: Option<String>,
    labels: Option<BTreeMap<String, String>>,
    base: Option<Answer>,
    attestations: Vec<Attestation>,
    not_judged: Vec<Listed>,
    failures: Vec<Failure>,
    not_checked: Vec<Failure>,
    #[serde(default)]
    searched: Vec<String>,
}

#[derive(Deserialize)]
struct Answer {
    answer: String,
    base: Option<Base>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Base {
    reference: String,
    manifest: Digest,
    layers: usize,
    proof: String,
    #[serde(default)]
    signed_names: Vec<String>,
    #[serde(default)]
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Attestation {
    digest: Digest,
    predicate_type: Option<String>,
    found_in: String,
    outcome: Option<String>,
    signature: Option<Signature>,
    #[serde(default)]
    more_signatures: Vec<Signature>,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    digest: Digest,
    predicate_type: Option<String>,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Signature {
    key: Option<String>,
    key_id: Option<String>,
    certificate: Option<Certificate>,
    role: String,
    signed_name: Option<String>,
    log: Log,
}

#[derive(Deserialize)]
struct Certificate {
    identity: String,
}

#[derive(Deserialize)]
struct Log {
    state: String,
}

/// Reads the document: the facts of each image, and the references without images.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<ImageFacts>, Vec<Unresolved>), String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if document.schema_version != SCHEMA_VERSION {
        let version = document.schema_version;
        return Err(format!("it has version {version} of the schema, and only {SCHEMA_VERSION} is read"));
    }
    let (mut images, mut unresolved) = (Vec::new(), Vec::new());
    for image in document.images {
        let Image { reference, digest, error, root_signature, platforms } = image;
        let platforms = platforms.unwrap_or_default();
        let digest = match (digest, error) {
            (_, Some(Failure { message: cause })) => {
                unresolved.push(Unresolved { reference, cause });
                continue;
            }
            (Some(digest), None) if !platforms.is_empty() => digest,
            _ => {
                unresolved.push(Unresolved { reference, cause: "no image was judged".to_owned() });
                continue;
            }
        };
        let root = RootFacts { digest, signature: root_facts(root_signature, &reference) };
        for platform in platforms {
            images.push(platform.facts(&reference, &root)?);
        }
    }
    Ok((images, unresolved))
}

fn root_facts(signature: Option<RootSignature>, reference: &str) -> RootSignatureFacts {
    let Some(RootSignature { outcome, signature, more_signatures, failure }) = signature else {
        return RootSignatureFacts::Unknown(UnknownCause::not_recorded(Some(reference), NOT_RECORDED));
    };
    let cause = failure.map_or_else(|| outcome.clone(), |failure| failure.message);
    match outcome.as_str() {
        "good" => RootSignatureFacts::Signed(signers(signature, more_signatures)),
        "absent" => RootSignatureFacts::Absent,
        "failed" => RootSignatureFacts::Failed(cause),
        _ => RootSignatureFacts::Unknown(cause.into()),
    }
}

impl Platform {
    fn facts(self, reference: &str, root: &RootFacts) -> Result<ImageFacts, String> {
        if let Some(facts) = self.facts {
            if facts.digest != self.digest {
                return Err(format!("the facts of {} name another image: {}", self.digest, facts.digest));
            }
            let named = facts.platform.is_named().then(|| facts.platform.to_string());
            if named.is_some() && self.platform.is_some() && named != self.platform {
                let named = named.unwrap_or_default();
                return Err(format!("the facts of {} name another platform: {named}", self.digest));
            }
            if facts.root.digest != root.digest {
                let found = facts.root.digest;
                return Err(format!("the facts of {} name another root: {found}", self.digest));
            }
            return Ok(facts);
        }
        let unknown = self.unknown(reference);
        let found_in = self.searched.first().map_or(reference, String::as_str).to_owned();
        let judged = self.attestations.into_iter().map(Attestation::facts);
        let listed = self.not_judged.into_iter().map(|listed| listed.facts(&found_in));
        let attestations: Vec<AttestationFacts> = judged.chain(listed).collect();
        let signers = attestations.iter().flat_map(|attestation| attestation.signers.clone()).collect();
        let parsed = reference.parse::<Reference>();
        let name = parsed.as_ref().map(|parsed| name::of(&parsed.repository, signers));
        let unread = self.failures.into_iter().chain(self.not_checked).map(|failure| failure.message.into());
        Ok(ImageFacts {
            reference: reference.to_owned(),
            name: name.unwrap_or_else(|_| reference.to_owned()),
            tags: parsed.ok().and_then(|parsed| parsed.tag).iter().map(ToString::to_string).collect(),
            digest: self.digest,
            platform: self.platform.and_then(|platform| platform.parse().ok()).unwrap_or_default(),
            kind: self.kind,
            config: self.labels.map(|labels| ConfigFacts { user: self.user, labels, document: None }),
            manifest: None,
            index: None,
            root: root.clone(),
            standing: self.base.as_ref().map_or(Standing::Unknown, Answer::standing),
            base: self.base.and_then(|answer| answer.base).map(Base::facts),
            attestations,
            unread: unread.collect(),
            tried_dhi_keys: Vec::new(),
            findings: None,
            unknown,
        })
    }

    /// The members of `input` that the document does not hold.
    fn unknown(&self, reference: &str) -> Vec<UnknownMember> {
        let not_recorded = |member: &str, known: Vec<String>| UnknownMember {
            member: member.to_owned(),
            known,
            cause: UnknownCause::not_recorded(Some(reference), NOT_RECORDED),
        };
        let mut unknown = vec![not_recorded("input.source.image.manifest", Vec::new())];
        match (&self.labels, self.kind) {
            (Some(_), _) => {
                let known = ["User", "Labels"].map(|name| format!("{CONFIG}.config.{name}"));
                unknown.push(not_recorded(CONFIG, known.into()));
            }
            (None, ImageKind::Image) => unknown.push(not_recorded(CONFIG, Vec::new())),
            (None, ImageKind::Chart | ImageKind::Other) => {}
        }
        match &self.base {
            Some(_) => unknown.push(not_recorded("input.dhi.base.labels", Vec::new())),
            None => {
                for member in ["input.dhi.standing", "input.dhi.base"] {
                    unknown.push(not_recorded(member, Vec::new()));
                }
            }
        }
        unknown
    }
}

impl Answer {
    fn standing(&self) -> Standing {
        match self.answer.as_str() {
            "dhi" => Standing::Dhi,
            "dhi-based" => Standing::DhiBased,
            "not-dhi" | "claims-only" => Standing::NotDhi,
            _ => Standing::Unknown,
        }
    }
}

impl Base {
    fn facts(self) -> BaseFacts {
        BaseFacts {
            reference: self.reference,
            name: self.signed_names.into_iter().next(),
            digest: self.manifest,
            proof: self.proof,
            layers: self.layers,
            labels: BTreeMap::new(),
            attestations: self.attestations.into_iter().map(Attestation::facts).collect(),
        }
    }
}

impl Attestation {
    /// Attestations of a base have no outcome: they are its proof.
    fn facts(self) -> AttestationFacts {
        let cause = self.failure.map_or_else(|| "it was not verified".to_owned(), |failure| failure.message);
        let status = match self.outcome.as_deref() {
            None | Some("verified") => AttestationStatus::Verified,
            Some(_) => AttestationStatus::Failed(cause),
        };
        AttestationFacts {
            digest: self.digest,
            image: format!("{}@{}", self.found_in, self.digest),
            predicate_type: self.predicate_type,
            status,
            signers: signers(self.signature, self.more_signatures),
            statement: None,
        }
    }
}

impl Listed {
    fn facts(self, found_in: &str) -> AttestationFacts {
        AttestationFacts {
            digest: self.digest,
            image: format!("{found_in}@{}", self.digest),
            predicate_type: self.predicate_type,
            status: AttestationStatus::NotJudged(self.message),
            signers: Vec::new(),
            statement: None,
        }
    }
}

fn signers(first: Option<Signature>, more: Vec<Signature>) -> Vec<SignerFacts> {
    first.into_iter().chain(more).map(Signature::facts).collect()
}

impl Signature {
    fn facts(self) -> SignerFacts {
        let dhi = [TrustedKey::dhi_1(), TrustedKey::dhi_2()].into_iter().flatten();
        let mut dhi = dhi.map(|key| key.key.id().to_string());
        SignerFacts {
            is_dhi: dhi.any(|id| self.key_id.as_ref() == Some(&id)),
            name: self.key.or(self.certificate.map(|certificate| certificate.identity)).unwrap_or_default(),
            key_id: self.key_id,
            is_image_signer: self.role == Role::Image.as_str(),
            signed_name: self.signed_name,
            log: self.log.state,
        }
    }
}
