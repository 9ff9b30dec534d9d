//! Why something does not hold or could not be fetched, as a value.
//!
//! Decisions use this type; a [`Diagnostic`] is made from it only to show it. Errors of the registry are held as
//! their kind and their diagnostic, since this module does not import the registry.

use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, Descriptor, Digest, Platform, quote_untrusted};
use crate::trust::{self, ErrorMeaning};

/// Why something does not hold or could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// There is no signature, or it does not count, or it is about another object.
    Trust(trust::Error),
    /// The manifest of an image or referrer does not match its descriptor.
    Manifest(oci::Error),
    /// Another document violates the OCI specifications.
    Document {
        /// The document, if it is not clear from the context.
        what: Option<String>,
        /// What is wrong with it.
        error: oci::Error,
    },
    /// The manifest of an attestation does not have exactly one layer.
    StatementLayers(usize),
    /// The layer of an attestation does not have the media type of a statement.
    StatementType(String),
    /// The manifest of a referrer names another subject, or none.
    Subject {
        /// The subject that it names.
        found: Option<Box<Descriptor>>,
        /// The subject that it was listed for.
        expected: Box<Descriptor>,
    },
    /// Manifest and layer of an attestation name different predicate types.
    PredicateAnnotations {
        /// On the manifest.
        manifest: Option<String>,
        /// On the layer.
        layer: Option<String>,
    },
    /// The index names another platform than the image's configuration.
    Platform {
        /// In the index.
        index: Box<Platform>,
        /// In the configuration of the image.
        image: Box<Platform>,
        /// The digest of the image manifest.
        manifest: Digest,
    },
    /// A layer differs from what the image declares.
    Layer {
        /// Its number, from 1.
        number: usize,
        /// What is wrong with it.
        cause: LayerFailure,
    },
    /// A limit was reached.
    Limit(Exceeded),
    /// The registry or layout did not return it.
    Registry {
        /// The kind of failure, the only part that decisions use.
        kind: RegistryFailure,
        /// The diagnostic that is shown.
        diagnostic: Box<Diagnostic>,
    },
    /// A bug in this program.
    Bug(String),
}

/// What is wrong with a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayerFailure {
    /// The image has no such layer.
    Missing,
    /// It cannot be decompressed.
    Broken {
        /// Why.
        cause: String,
        /// The layer as stored.
        layer: Digest,
    },
    /// Its uncompressed bytes have another digest than the image declares.
    Differs {
        /// The layer as stored.
        layer: Digest,
        /// The digest in the configuration.
        declared: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
}

/// The kinds of failures of a registry, a layout or an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistryFailure {
    /// The object does not exist there.
    NotFound,
    /// The archive has a format that cannot hold attestations.
    NoAttestations,
    /// The local engine does not have the image, or did not pull it from a registry.
    NoLocalImage,
    /// It cannot be used as it is configured: not a layout, no login file, plain HTTP.
    Unusable,
    /// It cannot be reached.
    Unreachable,
    /// It is not available for another reason: a rate limit, a server error, an unusable response, or no network
    /// access allowed.
    Unavailable,
    /// It requires a login, or refuses it.
    Denied,
    /// It returned bytes with another digest or size than requested.
    Tampered,
    /// A limit was reached.
    Limit,
}

impl RegistryFailure {
    /// The exit code, if this is the most severe failure.
    pub fn exit(self) -> Exit {
        match self {
            Self::NotFound | Self::NoAttestations | Self::NoLocalImage => Exit::Missing,
            Self::Unusable => Exit::Usage,
            Self::Unreachable | Self::Unavailable => Exit::Unavailable,
            Self::Denied => Exit::Denied,
            Self::Limit => Exit::Limit,
            Self::Tampered => Exit::BadProof,
        }
    }
}

impl Failure {
    /// The exit code, if this is the most severe failure.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Registry { kind, .. } => kind.exit(),
            other => other.code().exit(),
        }
    }

    /// What a failed signature means for the object. `None` if the failure is not about a signature.
    pub fn error_meaning(&self) -> Option<ErrorMeaning> {
        match self {
            Self::Trust(error) => Some(error.meaning()),
            _ => None,
        }
    }

    /// Whether the object is unproven only because of what is trusted: it is unsigned, signed by an unknown key
    /// or by too few signers, or signed for another name or without a required annotation. Nothing is wrong with the object itself.
    pub fn is_only_unproven(&self) -> bool {
        self.error_meaning().is_some_and(|error_meaning| {
            error_meaning.is_other_signer()
                || matches!(
                    error_meaning,
                    ErrorMeaning::Absent | ErrorMeaning::TooFew | ErrorMeaning::OtherName
                )
        })
    }

    /// Whether the result is open: nothing is known about the object. This is neither a pass nor a finding.
    pub fn is_open(&self) -> bool {
        use RegistryFailure::{Denied, Limit, Unavailable, Unreachable};
        match self {
            Self::Trust(error) => error.meaning() == ErrorMeaning::Unknown,
            Self::Limit(_) => true,
            Self::Registry { kind, .. } => matches!(kind, Unreachable | Unavailable | Denied | Limit),
            _ => false,
        }
    }

    /// Whether no other proof can outweigh it: something was tampered with, contradicts itself, or exceeds a limit,
    /// so its content is unknown. Any other failure means only that something is missing.
    pub fn is_bad(&self) -> bool {
        use RegistryFailure::{Limit, Tampered};
        match self {
            Self::Trust(error) => {
                !matches!(error.meaning(), ErrorMeaning::Absent | ErrorMeaning::Configuration)
            }
            Self::Registry { kind, .. } => matches!(kind, Tampered | Limit),
            _ => true,
        }
    }

    /// Whether the registry is unreachable, so that a mirror may help.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Registry { kind: RegistryFailure::Unreachable, .. })
    }

    /// The same failure about `what`. It changes only the diagnostic of a registry failure.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        match self {
            Self::Registry { kind, diagnostic } => {
                Self::Registry { kind, diagnostic: Box::new(diagnostic.about(what)) }
            }
            other => other,
        }
    }
}

impl From<trust::Error> for Failure {
    fn from(error: trust::Error) -> Self {
        Self::Trust(error)
    }
}

impl From<Exceeded> for Failure {
    fn from(exceeded: Exceeded) -> Self {
        Self::Limit(exceeded)
    }
}

impl ToDiagnostic for Failure {
    fn to_diagnostic(&self) -> Diagnostic {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        match self {
            Self::Trust(error) => error.to_diagnostic(),
            Self::Manifest(error) => Diagnostic { code: Code::ATTEST_UNREADABLE, ..error.to_diagnostic() },
            Self::Document { what: None, error } => error.to_diagnostic(),
            Self::Document { what: Some(what), error } => error.to_diagnostic().about(what),
            Self::StatementLayers(count) => Diagnostic::new(
                Code::ATTEST_UNREADABLE,
                format!("the attestation has {count} layers, expected one statement"),
            ),
            Self::StatementType(media_type) => Diagnostic::new(
                Code::ATTEST_UNREADABLE,
                format!("the attestation's layer is {}, expected a statement", quote_untrusted(media_type)),
            ),
            Self::Subject { found, expected } => {
                let show = |descriptor: &Descriptor| {
                    let media_type = quote_untrusted(&descriptor.media_type);
                    format!("{} ({media_type}, {} bytes)", descriptor.digest, descriptor.size)
                };
                Diagnostic::new(
                    Code::TRUST_SUBJECT_MISMATCH,
                    "the referrer's manifest is about another object",
                )
                .fact("subject", found.as_deref().map_or("none".to_owned(), show))
                .fact("expected", show(expected))
                .remedy(Remedy::CompareWithOriginal)
            }
            Self::PredicateAnnotations { manifest, layer } => Diagnostic::new(
                Code::TRUST_PREDICATE_MISMATCH,
                "manifest and layer of the attestation name different predicate types",
            )
            .fact("manifest", or_none(manifest))
            .fact("layer", or_none(layer)),
            Self::Platform { index, image, manifest } => Diagnostic::new(
                Code::VERIFY_PLATFORM_MISMATCH,
                "the index and the image name different platforms",
            )
            .fact("index", index)
            .fact("image", image)
            .fact("manifest", manifest.short()),
            Self::Layer { number, cause } => {
                let layers_changed = |what: String| Diagnostic::new(Code::BASE_LAYERS_CHANGED, what);
                match cause {
                    LayerFailure::Missing => layers_changed(format!("layer {number} does not exist")),
                    LayerFailure::Broken { cause, layer } => {
                        layers_changed(format!("layer {number} cannot be decompressed: {cause}"))
                            .fact("layer", layer)
                    }
                    LayerFailure::Differs { layer, declared, found } => {
                        layers_changed(format!("layer {number} differs from what the image declares"))
                            .fact("layer", layer)
                            .fact("declared", declared)
                            .fact("found", found)
                    }
                }
            }
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::Registry { diagnostic, .. } => diagnostic.as_ref().clone(),
            Self::Bug(what) => Diagnostic::new(Code::BUG_INTERNAL, what.clone()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::oci::media_type;
    use crate::trust::{EndorsementRefusal, Error, KeyState, TrustedKey, Window};

    fn registry(kind: RegistryFailure, code: Code) -> Failure {
        Failure::Registry { kind, diagnostic: Box::new(Diagnostic::new(code, "x")) }
    }

    /// One failure of each kind, with outcome, exit code and code of a check that is made from it.
    pub(in crate::evidence) fn table() -> Vec<(Failure, &'static str, u8, Code)> {
        let text = || "x".to_owned();
        let digest = Digest::of(b"x");
        let id = TrustedKey::dhi_2().unwrap().key.id();
        let descriptor = Box::new(Descriptor {
            media_type: media_type::OCI_MANIFEST.to_owned(),
            digest,
            size: 1,
            artifact_type: None,
            platform: None,
            annotations: Default::default(),
        });
        let platform = || Box::new("linux/amd64".parse::<Platform>().unwrap());
        let manifest = || oci::Error::Manifest(text());
        let time = jiff::Timestamp::UNIX_EPOCH;
        let layer = |cause| Failure::Layer { number: 1, cause };
        let trust = [
            (Error::KeyFile { origin: text(), cause: text() }, "fail", 2, Code::TRUST_KEY_FILE),
            (
                Error::KeyEncoding { origin: text(), cause: text(), remedy: Remedy::RewriteKey },
                "fail",
                2,
                Code::TRUST_KEY_FILE,
            ),
            (Error::Unsigned, "fail", 3, Code::TRUST_UNSIGNED),
            (Error::WrongKey { named: None, trusted: Vec::new() }, "fail", 4, Code::TRUST_WRONG_KEY),
            (Error::OnlyAttestor { signer: text(), trusted: Vec::new() }, "fail", 4, Code::TRUST_WRONG_KEY),
            (
                Error::WrongIdentity { identity: text(), issuer: text(), trusted: Vec::new() },
                "fail",
                4,
                Code::TRUST_WRONG_IDENTITY,
            ),
            (Error::Altered { named: text() }, "fail", 4, Code::TRUST_TAMPERED),
            (Error::Certificate { cause: text() }, "fail", 4, Code::TRUST_CERTIFICATE),
            (Error::Time { cause: text() }, "fail", 4, Code::TRUST_TIME),
            (Error::Threshold { needed: 2, by: Vec::new() }, "fail", 4, Code::TRUST_THRESHOLD),
            (Error::Pattern { pattern: text(), cause: text() }, "fail", 2, Code::USAGE_ARGUMENTS),
            (Error::Unreadable { cause: text() }, "fail", 4, Code::ATTEST_UNREADABLE),
            (Error::Payload { cause: text() }, "fail", 4, Code::TRUST_PAYLOAD),
            (Error::Statement { cause: text() }, "fail", 4, Code::ATTEST_UNREADABLE),
            (
                Error::StatementSubject { subjects: Vec::new(), expected: digest },
                "fail",
                4,
                Code::TRUST_SUBJECT_MISMATCH,
            ),
            (
                Error::PredicateType { stated: text(), claimed: None, signed: None },
                "fail",
                4,
                Code::TRUST_PREDICATE_MISMATCH,
            ),
            (
                Error::SubjectMismatch { signed: text(), expected: digest },
                "fail",
                4,
                Code::TRUST_SUBJECT_MISMATCH,
            ),
            (
                Error::SignedName { signed: None, expected: text(), remedy: None },
                "fail",
                4,
                Code::TRUST_SIGNED_NAME,
            ),
            (
                Error::Annotation { key: text(), expected: text(), found: None },
                "fail",
                4,
                Code::TRUST_ANNOTATION,
            ),
            (Error::LogMissing { cause: text() }, "fail", 4, Code::TRUST_LOG_MISSING),
            (Error::LogBad { cause: text() }, "fail", 4, Code::TRUST_LOG_BAD),
            (
                Error::KeyOutsideWindow {
                    key: text(),
                    state: KeyState::Inactive,
                    window: Window { not_before: None, not_after: None },
                    time,
                    proven: None,
                },
                "fail",
                4,
                Code::TRUST_KEY_OUTSIDE_WINDOW,
            ),
            (
                Error::NotEndorsed { id, refusal: EndorsementRefusal::NoProof },
                "fail",
                4,
                Code::TRUST_KEY_NOT_VOUCHED,
            ),
            (Error::Fingerprint { text: text() }, "fail", 2, Code::USAGE_ARGUMENTS),
            (Error::Limit(Exceeded::new("x", 1, "bytes")), "unknown", 4, Code::LIMITS_EXCEEDED),
        ];
        let trust = trust.map(|(error, outcome, exit, code)| (Failure::Trust(error), outcome, exit, code));
        let others = [
            (Failure::Manifest(manifest()), "fail", 4, Code::ATTEST_UNREADABLE),
            (
                Failure::Document { what: Some(text()), error: manifest() },
                "fail",
                4,
                Code::REGISTRY_BAD_CONTENT,
            ),
            (Failure::StatementLayers(2), "fail", 4, Code::ATTEST_UNREADABLE),
            (Failure::StatementType(text()), "fail", 4, Code::ATTEST_UNREADABLE),
            (Failure::Subject { found: None, expected: descriptor }, "fail", 4, Code::TRUST_SUBJECT_MISMATCH),
            (
                Failure::PredicateAnnotations { manifest: None, layer: None },
                "fail",
                4,
                Code::TRUST_PREDICATE_MISMATCH,
            ),
            (
                Failure::Platform { index: platform(), image: platform(), manifest: digest },
                "fail",
                4,
                Code::VERIFY_PLATFORM_MISMATCH,
            ),
            (layer(LayerFailure::Missing), "fail", 4, Code::BASE_LAYERS_CHANGED),
            (
                layer(LayerFailure::Broken { cause: text(), layer: digest }),
                "fail",
                4,
                Code::BASE_LAYERS_CHANGED,
            ),
            (
                layer(LayerFailure::Differs { layer: digest, declared: digest, found: digest }),
                "fail",
                4,
                Code::BASE_LAYERS_CHANGED,
            ),
            (Failure::Limit(Exceeded::new("x", 1, "bytes")), "unknown", 4, Code::LIMITS_EXCEEDED),
            (Failure::Bug(text()), "fail", 70, Code::BUG_INTERNAL),
        ];
        let registries = [
            (RegistryFailure::NotFound, "fail", 3, Code::REGISTRY_NOT_FOUND),
            (RegistryFailure::NoAttestations, "fail", 3, Code::REGISTRY_DOCKER_ARCHIVE),
            (RegistryFailure::NoLocalImage, "fail", 3, Code::REGISTRY_NOT_FOUND),
            (RegistryFailure::Unusable, "fail", 2, Code::REGISTRY_LAYOUT),
            (RegistryFailure::Unreachable, "unknown", 6, Code::REGISTRY_UNREACHABLE),
            (RegistryFailure::Unavailable, "unknown", 6, Code::REGISTRY_RATE_LIMITED),
            (RegistryFailure::Denied, "unknown", 5, Code::REGISTRY_UNAUTHORIZED),
            (RegistryFailure::Tampered, "fail", 4, Code::TRUST_TAMPERED),
            (RegistryFailure::Limit, "unknown", 4, Code::LIMITS_EXCEEDED),
        ];
        let registries =
            registries.map(|(kind, outcome, exit, code)| (registry(kind, code), outcome, exit, code));
        trust.into_iter().chain(others).chain(registries).collect()
    }

    /// A failure with this code.
    pub(in crate::evidence) fn failure(code: Code) -> Failure {
        table().into_iter().find(|(failure, ..)| failure.code() == code).unwrap().0
    }

    #[test]
    fn each_failure_has_the_outcome_and_codes_of_its_row() {
        use crate::evidence::{Check, CheckKind, CheckSubject};
        for (failure, outcome, exit, code) in table() {
            let check = Check::failed(CheckKind::Platform, CheckSubject::Root, "index", &failure);
            let row = (check.outcome().as_str(), check.exit().code(), check.diagnostic.unwrap().code);
            assert_eq!(row, (outcome, exit, code), "{failure:?}");
            assert_eq!(failure.exit().code(), exit, "{failure:?}");
        }
    }

    /// The decisions from a failure and its exit code always agree.
    #[test]
    fn bad_and_open_failures_match_their_exit_codes() {
        for (failure, outcome, ..) in table() {
            let exit = failure.to_diagnostic().exit();
            assert_eq!(
                failure.is_bad(),
                matches!(exit, Exit::Limit | Exit::BadProof | Exit::Bug),
                "{failure:?}"
            );
            assert_eq!(failure.is_open(), outcome == "unknown", "{failure:?}");
            assert_eq!(failure.is_open(), exit.is_open(), "{failure:?}");
        }
        let unproven_only = table().into_iter().filter(|(failure, ..)| failure.is_only_unproven());
        assert_eq!(
            unproven_only.map(|(.., code)| code.as_str()).collect::<Vec<_>>(),
            [
                "trust/unsigned",
                "trust/wrong-key",
                "trust/wrong-key",
                "trust/wrong-identity",
                "trust/threshold",
                "trust/signed-name",
                "trust/annotation"
            ]
        );
    }

    /// A new variant does not compile before it has a row above.
    #[test]
    fn the_table_has_a_row_for_each_variant() {
        let number = |failure: &Failure| match failure {
            Failure::Trust(_) => 0,
            Failure::Manifest(_) => 1,
            Failure::Document { .. } => 2,
            Failure::StatementLayers(_) => 3,
            Failure::StatementType(_) => 4,
            Failure::Subject { .. } => 5,
            Failure::PredicateAnnotations { .. } => 6,
            Failure::Platform { .. } => 7,
            Failure::Layer { .. } => 8,
            Failure::Limit(_) => 9,
            Failure::Registry { kind, .. } => match kind {
                RegistryFailure::NotFound => 10,
                RegistryFailure::NoAttestations => 11,
                RegistryFailure::Unusable => 12,
                RegistryFailure::Unreachable => 13,
                RegistryFailure::Unavailable => 14,
                RegistryFailure::Denied => 15,
                RegistryFailure::Tampered => 16,
                RegistryFailure::Limit => 17,
                RegistryFailure::NoLocalImage => 18,
            },
            Failure::Bug(_) => 19,
        };
        let mut rows: Vec<usize> = table().iter().map(|(failure, ..)| number(failure)).collect();
        rows.sort_unstable();
        rows.dedup();
        assert_eq!(rows, (0..20).collect::<Vec<_>>());
    }
}
