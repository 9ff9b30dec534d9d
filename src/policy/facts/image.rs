//! The facts about one image.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::unknown_cause::UnknownCause;
use crate::evidence::Findings;
use crate::oci::{Digest, Platform};

/// The path of the image configuration in `input`.
pub(super) const CONFIG: &str = "input.source.image.config";

/// The path of what was verified in `input`.
pub(super) const DHI: &str = "input.dhi";

/// The facts about one image of a reference.
///
/// JSON documents keep the text of their numbers: `9.0` stays `9.0`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageFacts {
    /// The requested reference. Empty if it is not recorded.
    pub reference: String,
    /// The name that policies see: the signed name, such as `dhi/python`, else the repository.
    pub name: String,
    /// The tag of the reference, if it has one.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Digest of the manifest of the image.
    pub digest: Digest,
    /// The platform of the image.
    pub platform: Platform,
    /// The kind of artifact.
    pub kind: ImageKind,
    /// Its configuration. `None` if it has none, or it could not be read.
    pub config: Option<ConfigFacts>,
    /// Its manifest as it was fetched, if it was kept.
    pub manifest: Option<Box<RawValue>>,
    /// The index that the reference names, if it was kept.
    pub index: Option<IndexFacts>,
    /// The object that the reference names: the index, or the image itself.
    pub root: RootFacts,
    /// What the image is, as far as it is proven.
    pub standing: Standing,
    /// The proven base, if the image is built on a hardened image.
    pub base: Option<BaseFacts>,
    /// All attestations of the image that were found, in the order of the evidence.
    #[serde(default)]
    pub attestations: Vec<AttestationFacts>,
    /// Why sources of attestations could not be read. If there are any, a type that was not found is unknown and not
    /// absent.
    #[serde(default)]
    pub unread: Vec<UnknownCause>,
    /// The IDs of the keys of Docker Hardened Images that signatures were tried with. Whether another of them signed is
    /// unknown.
    #[serde(default)]
    pub tried_dhi_keys: Vec<String>,
    /// Findings of a scan, if one was given.
    pub findings: Option<Findings>,
    /// Members of `input` that are unknown. No policy that reads one passes: rules about it would not fire.
    #[serde(default)]
    pub unknown: Vec<UnknownMember>,
}

/// A member of `input` that is unknown, and not absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UnknownMember {
    /// Its path, such as `input.source.image.config`.
    pub member: String,
    /// Members in it that are known in spite of that.
    #[serde(default)]
    pub known: Vec<String>,
    /// Why it is unknown.
    pub cause: UnknownCause,
}

/// The kinds of artifacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageKind {
    /// A container image.
    Image,
    /// A Helm chart.
    Chart,
    /// Something else.
    Other,
}

/// What an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// A hardened image by its own attestations.
    Dhi,
    /// Built on a proven hardened image.
    DhiBased,
    /// Neither.
    NotDhi,
    /// It was not asked, or could not be decided.
    Unknown,
}

/// A configuration of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigFacts {
    /// `config.User`; absent if empty.
    pub user: Option<String>,
    /// `config.Labels`.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The whole configuration as it was fetched, if it was kept.
    pub document: Option<Box<RawValue>>,
}

/// The index that a reference names.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct IndexFacts {
    /// Its digest.
    pub digest: Digest,
    /// The document as it was fetched.
    pub document: Box<RawValue>,
}

/// The object that a reference names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RootFacts {
    /// Its digest.
    pub digest: Digest,
    /// Its signature.
    pub signature: RootSignatureFacts,
}

/// The signature of the object that a reference names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "value")]
pub enum RootSignatureFacts {
    /// These signed it.
    Signed(Vec<SignerFacts>),
    /// It has no signature.
    Absent,
    /// It cannot be told; the cause.
    Unknown(UnknownCause),
    /// It has a bad signature; the cause.
    Failed(String),
}

/// The proven base of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BaseFacts {
    /// The reference by which it was found.
    pub reference: String,
    /// Its signed name, such as `dhi/python`, if it has one.
    pub name: Option<String>,
    /// Digest of its manifest.
    pub digest: Digest,
    /// How the layers are proven: `blobs`, `declared` or `hashed`, as in reports.
    pub proof: String,
    /// The number of layers of the image that are those of the base.
    pub layers: usize,
    /// Its labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The verified attestations that prove it: provenance and SBOM, without their statements.
    #[serde(default)]
    pub attestations: Vec<AttestationFacts>,
}

/// One attestation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AttestationFacts {
    /// Digest of its manifest, or of its envelope if it has none.
    pub digest: Digest,
    /// The reference by which it can be pulled: `dhi.io/python@sha256:…`.
    pub image: String,
    /// Its predicate type. `None` if it claims none.
    pub predicate_type: Option<String>,
    /// The result of the verification.
    pub status: AttestationStatus,
    /// The signers that count, if it verified.
    #[serde(default)]
    pub signers: Vec<SignerFacts>,
    /// The signed statement, if it verified and was kept.
    pub statement: Option<Box<RawValue>>,
}

/// The result of the verification of an attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "outcome", content = "cause")]
pub enum AttestationStatus {
    /// It verified and is about the image.
    Verified,
    /// It did not.
    Failed(String),
    /// It was listed and not judged.
    NotJudged(String),
}

/// A signer of an attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignerFacts {
    /// Its name in reports, such as `dhi-2`.
    pub name: String,
    /// The ID of its key; `None` for certificates.
    pub key_id: Option<String>,
    /// Whether the key is one of Docker Hardened Images.
    pub is_dhi: bool,
    /// Whether it answers for images, and not only for what others attached.
    pub is_image_signer: bool,
    /// The signed name, if the signature has one.
    pub signed_name: Option<String>,
    /// The proof of the transparency log: `proven`, `absent`, `unknown` or `skipped`.
    pub log: String,
}
