//! The fuzz targets, one function for each. Nothing may panic, and the assertions of each function must hold for all
//! bytes. `tests/it/corpora.rs` runs the same functions over the corpora.
//!
//! The signatures in `fixed/` are valid. A target replaces one part of a signature; if it still verifies, the signed
//! content must be the same.

mod archives;
mod definition;
mod definition_expression;
mod packages;
mod policy;
mod private_key;
mod scan_report;
mod vex_document;
mod yaml;

use std::sync::LazyLock;

use bytes::Bytes;
use dhi::limits::Limits;
use dhi::oci::reference::RemoteName;
use dhi::oci::{Digest, ImageConfig, Manifest, Platform, Reference, media_type};
use dhi::registry::Credentials;
use dhi::trust::{
    Artifact, Bundle, BundleContent, IdentityRule, Keyring, LogPolicy, LogProof, Matcher, PublicKey,
    SctPolicy, SimpleSignature, Statement, Threshold, Trust, TrustedKey, TrustedRoot,
};
use serde_json::Value;

pub use archives::{layer, package_archive};
pub use definition::definition;
pub use definition_expression::definition_expression;
pub use packages::{apk_package, deb_package, lock_file, package_list, signed_index};
pub use policy::{policy_config, recorded_facts, rego_policy, sprintf};
pub use private_key::private_key;
pub use scan_report::scan_report;
pub use vex_document::vex_document;
pub use yaml::{exceptions, manifests, yaml};

/// The signed image manifest.
const ARTIFACT: &[u8] = include_bytes!("../fixed/artifact.json");
const KEY: &str = include_str!("../fixed/key.pub");
const ROOT: &[u8] = include_bytes!("../fixed/trusted_root.json");
/// A simple-signing payload about the artifact, cosign's signature over it by the key, and the annotation with its
/// log entry.
const PAYLOAD: &[u8] = include_bytes!("../fixed/payload.json");
const SIGNATURE: &str = include_str!("../fixed/payload.sig");
const LOG_ENTRY: &str = include_str!("../fixed/payload.log.json");
/// The statement about the artifact that the bundles sign.
const STATEMENT: &[u8] = include_bytes!("../fixed/statement.json");
/// The identity of certificates in bundles that are not signed by the key.
const IDENTITY: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

static TRUST: LazyLock<Trust> = LazyLock::new(|| Trust {
    keys: Keyring::of([TrustedKey::active("key", PublicKey::from_pem(KEY, "key").unwrap(), "key")]),
    identities: vec![IdentityRule::new(Matcher::exact(IDENTITY), Matcher::exact(ISSUER))],
    attestors: Keyring::default(),
    root: TrustedRoot::from_json(ROOT, "root").unwrap(),
    log: LogPolicy::Require,
    sct: SctPolicy::Require,
    threshold: Threshold::ONE,
    effective_time: jiff::Timestamp::UNIX_EPOCH,
});

/// The fixed simple signature, without other annotations.
fn simple() -> SimpleSignature<'static> {
    SimpleSignature {
        payload: PAYLOAD,
        signature: Some(SIGNATURE.trim()),
        log_entry: Some(LOG_ENTRY.trim()),
        certificate: None,
        chain: None,
        timestamp: None,
    }
}

/// A parsed reference, digest, platform or name is written as a text that parses to the same value.
pub fn reference(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(reference) = text.parse::<Reference>() {
        assert_eq!(reference.to_string().parse().as_ref(), Ok(&reference));
    }
    if let Ok(name) = RemoteName::parse(text) {
        assert_eq!(RemoteName::parse(&name.to_string()).as_ref(), Ok(&name));
    }
    if let Ok(digest) = text.parse::<Digest>() {
        assert_eq!(digest.to_string(), text);
    }
    if let Ok(platform) = text.parse::<Platform>() {
        assert_eq!(platform.to_string().parse().as_ref(), Ok(&platform));
    }
}

/// A manifest parses to the same value with and without the expected media type. Parsing a configuration never panics.
pub fn manifest(data: &[u8]) {
    let _ = ImageConfig::parse(data);
    let Ok(manifest) = Manifest::parse(data, None) else { return };
    assert_eq!(Manifest::parse(data, Some(manifest.media_type())).as_ref(), Ok(&manifest));
    match &manifest {
        Manifest::Index(index) => assert!(media_type::is_index(&index.media_type)),
        Manifest::Image(image) => {
            assert!(media_type::is_manifest(&image.media_type));
            let _ = image.artifact_type();
        }
    }
}

/// Content that is parsed as an index is an index or an error. The digests of its entries are valid.
pub fn referrers_index(data: &[u8]) {
    let Ok(read) = Manifest::parse(data, Some(media_type::OCI_INDEX)) else { return };
    let Manifest::Index(index) = read else { panic!("an image where an index was promised") };
    for entry in &index.manifests {
        assert_eq!(entry.digest.to_string().parse().as_ref(), Ok(&entry.digest));
    }
}

/// Replaces one part of a valid signature; the first byte selects the part. No other payload verifies.
pub fn simple_signing(data: &[u8]) {
    let Some((part, data)) = data.split_first() else { return };
    let text = &*String::from_utf8_lossy(data);
    let mut signature = simple();
    match part % 6 {
        0 => signature.payload = data,
        1 => signature.signature = Some(text),
        2 => signature.certificate = Some(text),
        3 => (signature.certificate, signature.chain) = (Some(text), Some(text)),
        4 => signature.timestamp = Some(text),
        _ => (signature.payload, signature.log_entry) = (data, None),
    }
    let payload = signature.payload;
    if TRUST.verify_simple(signature, &Digest::of(ARTIFACT), &Limits::default()).is_ok() {
        assert_eq!(payload, PAYLOAD);
    }
}

/// Whether the unchanged fixed signature verifies.
pub fn passes_simple() -> bool {
    TRUST.verify_simple(simple(), &Digest::of(ARTIFACT), &Limits::default()).is_ok()
}

/// The log proof of the fixed signature with this entry, if it verifies.
fn logged(entry: &str) -> Option<LogProof> {
    let signature = SimpleSignature { log_entry: Some(entry), ..simple() };
    let verified = TRUST.verify_simple(signature, &Digest::of(ARTIFACT), &Limits::default()).ok()?;
    Some(verified.facts().log().clone())
}

/// Replaces the log entry of a valid signature. A proof that verifies is from the same log, and if it has a time, it
/// has the same time and index.
pub fn log_annotation(data: &[u8]) {
    let Some(found) = logged(&String::from_utf8_lossy(data)) else { return };
    let fixed = logged(LOG_ENTRY.trim()).filter(LogProof::is_proven).expect("the fixed entry is good");
    if found.is_proven() && found.time().is_none() {
        assert_eq!(found.log(), fixed.log());
    } else {
        assert_eq!(found, fixed);
    }
}

/// Whether the fixed log entry proves the fixed signature.
pub fn passes_logged() -> bool {
    logged(LOG_ENTRY.trim()).is_some_and(|log| log.is_proven())
}

/// A statement that is serialized again parses to the same value.
pub fn statement(data: &[u8]) {
    let Ok(statement) = Statement::parse(data) else { return };
    let _ = dhi::attestation::describe_statement(&statement);
    let value: Value = serde_json::from_slice(data).unwrap();
    let again = Statement::parse(value.to_string().as_bytes()).unwrap();
    assert_eq!(again.predicate_type, statement.predicate_type);
    assert_eq!(again.subject_digests(), statement.subject_digests());
}

/// A bundle that verifies has exactly the content that the key or the identity signed.
pub fn bundle(data: &[u8]) {
    let Ok(bundle) = Bundle::parse(&Bytes::copy_from_slice(data), &Limits::default()) else { return };
    for artifact in [Artifact::of_bytes(ARTIFACT), Artifact::of_digest(Digest::of(ARTIFACT))] {
        if TRUST.verify_bundle(&bundle, artifact).is_ok()
            && let BundleContent::Statement(payload) = bundle.unverified_content()
        {
            assert_eq!(payload.bytes, STATEMENT);
        }
    }
    assert!(TRUST.verify_bundle(&bundle, Artifact::of_bytes(b"another")).is_err());
}

/// Whether these bytes are a bundle that verifies.
pub fn passes_bundle(data: &[u8]) -> bool {
    Bundle::parse(&Bytes::copy_from_slice(data), &Limits::default())
        .is_ok_and(|bundle| TRUST.verify_bundle(&bundle, Artifact::of_bytes(ARTIFACT)).is_ok())
}

/// Trust files. A key is identified by its bytes, so parsing it again gives the same key.
pub fn key_file(data: &[u8]) {
    let _ = TrustedRoot::from_json(data, "root");
    if let Ok(keys) = Keyring::from_json(data, "keyring") {
        for key in keys.iter() {
            assert_eq!(keys.get(key.key.id()).map(|found| found.key.id()), Some(key.key.id()));
        }
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(key) = PublicKey::from_pem(text, "key") {
        assert_eq!(PublicKey::from_pem(text.trim(), "trimmed").map(|key| key.id()), Ok(key.id()));
    }
}

/// A login file gives the same result each time.
pub fn docker_config(data: &[u8]) {
    let credentials = Credentials::from_json(data, "config.json");
    assert_eq!(credentials, Credentials::from_json(data, "config.json"));
}
