//! Verification summaries: the predicate of SLSA VSA v1, read and written.
//!
//! Only the result `PASSED` is a pass.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::oci::Digest;

/// Predicate type of verification summaries.
pub const VSA_TYPE: &str = "https://slsa.dev/verification_summary/v1";

/// The result of a verification that passed.
pub const PASSED: &str = "PASSED";

/// The result, and the only level, of a verification that failed.
pub const FAILED: &str = "FAILED";

/// The level of an artifact that was not evaluated against SLSA's build track.
pub const UNEVALUATED: &str = "SLSA_BUILD_LEVEL_UNEVALUATED";

/// The version of the SLSA specification that defines the written members.
const SLSA: &str = "1.1";

/// A verification summary as read: the members that decisions use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationSummary {
    /// `verifier.id`, if there is one.
    pub verifier: Option<String>,
    /// `timeVerified`. `None` if it is missing or not a time.
    pub time: Option<Timestamp>,
    /// `resourceUri`.
    pub resource: Option<String>,
    /// SHA-256 digest of the policy. `None` if it is missing or not a digest.
    pub policy: Option<Digest>,
    /// `verificationResult` as written.
    pub result: String,
    /// `verifiedLevels`.
    pub levels: Vec<String>,
    /// This program's extension. `None` if it is missing or cannot be read.
    pub verification: Option<VsaExtension>,
}

/// The extension `urn:dhi:verification:1`: how this program verified, beyond the members of the predicate.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VsaExtension {
    /// What was proven, in a few words.
    pub proven: String,
    /// Everything that the verdict depends on besides the image and its referrers. The digest of the policy is the
    /// digest of this value as compact JSON.
    pub inputs: serde_json::Value,
    /// SHA-256 of all keys, identities and roots that were trusted.
    pub keyring: Sha256,
    /// The policy for the transparency log.
    pub log_policy: String,
    /// Checks that were skipped.
    pub skipped: Vec<SkippedCheckRecord>,
    /// Findings that did not count: excused by exceptions, or not required.
    pub warnings: Vec<Warning>,
}

/// A check that was skipped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct SkippedCheckRecord {
    /// The kind of check.
    pub check: String,
    /// The object that it is about.
    pub scope: String,
    /// Why it was skipped.
    pub reason: String,
}

/// A finding that did not count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Warning {
    /// The error code.
    pub id: String,
    /// The object that it is about.
    pub scope: String,
    /// What was found.
    #[serde(rename = "says")]
    pub message: String,
    /// The policy in Rego that found it, if one did. Exceptions name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// An in-toto digest set with SHA-256 only.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Sha256 {
    /// Lower-case hex.
    pub sha256: String,
}

impl From<Digest> for Sha256 {
    fn from(digest: Digest) -> Self {
        Self { sha256: digest.hex() }
    }
}

/// A resource with URI and digest (in-toto's `ResourceDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResourceDescriptor {
    /// Its URI.
    pub uri: String,
    /// Its digest.
    pub digest: Digest,
}

/// A verification summary to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVsa {
    /// `verifier.id`, a URI.
    pub verifier: String,
    /// Version of this program.
    pub version: &'static str,
    /// `timeVerified`.
    pub time: Timestamp,
    /// `resourceUri`.
    pub resource: String,
    /// The policy.
    pub policy: ResourceDescriptor,
    /// The attestations that were verified.
    pub inputs: Vec<ResourceDescriptor>,
    /// Whether the verification passed.
    pub passed: bool,
    /// `verifiedLevels`.
    pub levels: Vec<String>,
    /// The extension.
    pub verification: VsaExtension,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(default)]
    verifier: Option<Verifier>,
    #[serde(default)]
    time_verified: Option<String>,
    #[serde(default)]
    resource_uri: Option<String>,
    #[serde(default)]
    policy: Option<Policy>,
    verification_result: String,
    #[serde(default)]
    verified_levels: Option<Vec<String>>,
    #[serde(default, rename = "urn:dhi:verification:1")]
    verification: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Verifier {
    #[serde(default)]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Policy {
    #[serde(default)]
    digest: Option<PolicyDigest>,
}

#[derive(Deserialize)]
struct PolicyDigest {
    #[serde(default)]
    sha256: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VsaPredicate<'a> {
    verifier: VerifierMember<'a>,
    time_verified: String,
    resource_uri: &'a str,
    policy: DescriptorMember<'a>,
    input_attestations: Vec<DescriptorMember<'a>>,
    verification_result: &'static str,
    verified_levels: &'a [String],
    slsa_version: &'static str,
    #[serde(rename = "urn:dhi:verification:1")]
    verification: &'a VsaExtension,
}

#[derive(Serialize)]
struct VerifierMember<'a> {
    id: &'a str,
    version: Version,
}

#[derive(Serialize)]
struct Version {
    dhi: &'static str,
}

#[derive(Serialize)]
struct DescriptorMember<'a> {
    uri: &'a str,
    digest: DigestSet,
}

/// A digest keyed by the name of its algorithm.
struct DigestSet(Digest);

impl Serialize for DigestSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0.algorithm(), self.0.hex())])
    }
}

impl<'a> From<&'a ResourceDescriptor> for DescriptorMember<'a> {
    fn from(resource: &'a ResourceDescriptor) -> Self {
        Self { uri: &resource.uri, digest: DigestSet(resource.digest) }
    }
}

impl VerificationSummary {
    /// Reads the predicate.
    ///
    /// # Errors
    ///
    /// The JSON reader's message, if it is not a verification summary.
    pub fn parse(predicate: &RawValue) -> Result<Self, String> {
        let wire: Wire = serde_json::from_str(predicate.get()).map_err(|error| error.to_string())?;
        let policy = wire.policy.and_then(|policy| policy.digest).and_then(|digest| digest.sha256);
        Ok(Self {
            verifier: wire.verifier.and_then(|verifier| verifier.id),
            time: wire.time_verified.and_then(|text| text.parse().ok()),
            resource: wire.resource_uri,
            policy: policy.and_then(|hex| format!("sha256:{hex}").parse().ok()),
            result: wire.verification_result,
            levels: wire.verified_levels.unwrap_or_default(),
            verification: wire.verification.and_then(|raw| serde_json::from_str(raw.get()).ok()),
        })
    }

    /// Whether the result is a pass.
    pub fn passed(&self) -> bool {
        self.result == PASSED
    }
}

impl NewVsa {
    /// Writes the predicate as compact JSON.
    ///
    /// # Errors
    ///
    /// None that can occur: every value can be serialized.
    pub fn to_json(&self) -> Result<String, String> {
        let written = VsaPredicate {
            verifier: VerifierMember { id: &self.verifier, version: Version { dhi: self.version } },
            time_verified: self.time.to_string(),
            resource_uri: &self.resource,
            policy: DescriptorMember::from(&self.policy),
            input_attestations: self.inputs.iter().map(DescriptorMember::from).collect(),
            verification_result: if self.passed { PASSED } else { FAILED },
            verified_levels: &self.levels,
            slsa_version: SLSA,
            verification: &self.verification,
        };
        serde_json::to_string(&written).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> NewVsa {
        NewVsa {
            verifier: "https://example.com/ci".to_owned(),
            version: "1.2.3",
            time: "2026-11-21T10:00:00Z".parse().unwrap(),
            resource: "oci://registry.example.com/acme/api".to_owned(),
            policy: ResourceDescriptor { uri: "urn:dhi:policy:x".to_owned(), digest: Digest::of(b"policy") },
            inputs: vec![ResourceDescriptor {
                uri: "oci://r/a@sha256:00".to_owned(),
                digest: Digest::of(b"a"),
            }],
            passed: true,
            levels: vec![UNEVALUATED.to_owned(), "DHI".to_owned()],
            verification: VsaExtension {
                proven: "signed \"by\" me".to_owned(),
                inputs: serde_json::json!({"policy": "x"}),
                keyring: Digest::of(b"keys").into(),
                log_policy: "require".to_owned(),
                skipped: vec![SkippedCheckRecord {
                    check: "referrer".to_owned(),
                    scope: "linux/amd64".to_owned(),
                    reason: "a bundle".to_owned(),
                }],
                warnings: Vec::new(),
            },
        }
    }

    fn parse(text: &str) -> Result<VerificationSummary, String> {
        VerificationSummary::parse(&RawValue::from_string(text.to_owned()).unwrap())
    }

    #[test]
    fn a_written_summary_is_read_back() {
        let new = new();
        let read = parse(&new.to_json().unwrap()).unwrap();
        assert_eq!(read.verifier.as_deref(), Some("https://example.com/ci"));
        assert_eq!(read.time, Some(new.time));
        assert_eq!(read.resource, Some(new.resource.clone()));
        assert_eq!(read.policy, Some(new.policy.digest));
        assert_eq!(read.levels, new.levels);
        assert_eq!(read.verification, Some(new.verification.clone()));
        assert!(read.passed());
        let failed = NewVsa { passed: false, ..new };
        assert!(!parse(&failed.to_json().unwrap()).unwrap().passed());
    }

    #[test]
    fn the_written_members_are_those_of_slsa() {
        let value: serde_json::Value = serde_json::from_str(&new().to_json().unwrap()).unwrap();
        assert_eq!(value["policy"]["digest"]["sha256"], Digest::of(b"policy").hex());
        assert_eq!(value["inputAttestations"][0]["digest"]["sha256"], Digest::of(b"a").hex());
        assert_eq!(value["verifier"]["version"]["dhi"], "1.2.3");
        assert_eq!(value["timeVerified"], "2026-11-21T10:00:00Z");
        assert_eq!(value["verificationResult"], "PASSED");
        assert_eq!(value["slsaVersion"], "1.1");
    }

    #[test]
    fn a_malformed_digest_or_extension_is_none() {
        let read = parse(
            r#"{"verificationResult":"PASSED","policy":{"digest":{"sha256":"00"}},"urn:dhi:verification:1":{}}"#,
        );
        let read = read.unwrap();
        assert_eq!((read.policy, read.verification, read.resource), (None, None, None));
        assert!(parse("{}").is_err());
    }
}
