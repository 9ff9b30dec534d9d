//! Builds the manifests that hold attestations and signatures.
//!
//! Each manifest names its subject by media type, size and digest. The same content always gives the same bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::oci::media_type::{
    COSIGN_SIGNATURE, IN_TOTO, OCI_EMPTY, OCI_MANIFEST, SIGSTORE_BUNDLE_V03, SIMPLE_SIGNING,
};
use crate::oci::{Descriptor, Digest};
use crate::registry::Referrer;
use crate::trust::{PREDICATE_TYPE, annotations};

/// The empty configuration of artifacts.
const EMPTY: &[u8] = b"{}";

/// A referrer and its blobs.
#[derive(Clone, Debug)]
pub(super) struct Artifact {
    pub(super) blobs: Vec<Bytes>,
    pub(super) referrer: Referrer,
}

impl Artifact {
    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.referrer.descriptor
    }

    /// An in-toto statement, in a manifest like those of Docker's attestations.
    pub(super) fn attestation(subject: &Descriptor, predicate_type: &str, statement: Bytes) -> Self {
        let annotations = BTreeMap::from([(PREDICATE_TYPE.to_owned(), predicate_type.to_owned())]);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": IN_TOTO,
            "config": {
                "mediaType": OCI_EMPTY,
                "size": EMPTY.len(),
                "data": "e30=",
                "digest": Digest::of(EMPTY),
            },
            "layers": [{
                "mediaType": IN_TOTO,
                "digest": Digest::of(&statement),
                "size": statement.len(),
                "annotations": annotations,
            }],
            "annotations": annotations,
            "subject": bare_descriptor(subject),
        });
        Self::new(&manifest, subject, IN_TOTO, annotations, vec![Bytes::from_static(EMPTY), statement])
    }

    /// A signed payload, in the manifest of cosign's OCI 1.1 mode.
    pub(super) fn signature(
        subject: &Descriptor,
        payload: Bytes,
        signature: &str,
        log_entry: Option<&str>,
    ) -> Self {
        let layer = Digest::of(&payload);
        // The empty image configuration of go-containerregistry, as cosign writes it.
        let config = json!({
            "architecture": "",
            "created": "0001-01-01T00:00:00Z",
            "history": [{ "created": "0001-01-01T00:00:00Z" }],
            "os": "",
            "rootfs": { "type": "layers", "diff_ids": [layer] },
            "config": {},
        });
        let config = Bytes::from(config.to_string());
        let mut annotated = BTreeMap::from([(annotations::SIGNATURE, signature)]);
        annotated.extend(log_entry.map(|entry| (annotations::LOG_ENTRY, entry)));
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": { "mediaType": COSIGN_SIGNATURE, "size": config.len(), "digest": Digest::of(&config) },
            "layers": [{
                "mediaType": SIMPLE_SIGNING,
                "size": payload.len(),
                "digest": layer,
                "annotations": annotated,
            }],
            "subject": bare_descriptor(subject),
            "artifactType": COSIGN_SIGNATURE,
        });
        Self::new(&manifest, subject, COSIGN_SIGNATURE, BTreeMap::new(), vec![config, payload])
    }

    /// A Sigstore bundle, in a manifest like those of cosign 3.
    pub(super) fn bundle(subject: &Descriptor, predicate_type: &str, bundle: Bytes, at: Timestamp) -> Self {
        let annotated = BTreeMap::from([
            ("dev.sigstore.bundle.content".to_owned(), "dsse-envelope".to_owned()),
            (annotations::BUNDLE_PREDICATE_TYPE.to_owned(), predicate_type.to_owned()),
            ("org.opencontainers.image.created".to_owned(), at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
        ]);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": OCI_EMPTY,
                "size": EMPTY.len(),
                "digest": Digest::of(EMPTY),
                "artifactType": SIGSTORE_BUNDLE_V03,
            },
            "layers": [{ "mediaType": SIGSTORE_BUNDLE_V03, "size": bundle.len(), "digest": Digest::of(&bundle) }],
            "annotations": annotated,
            "subject": bare_descriptor(subject),
            "artifactType": SIGSTORE_BUNDLE_V03,
        });
        Self::new(&manifest, subject, SIGSTORE_BUNDLE_V03, annotated, vec![Bytes::from_static(EMPTY), bundle])
    }

    fn new(
        manifest: &Value,
        subject: &Descriptor,
        artifact_type: &str,
        annotations: BTreeMap<String, String>,
        blobs: Vec<Bytes>,
    ) -> Self {
        let bytes = Bytes::from(manifest.to_string());
        let descriptor = Descriptor {
            media_type: OCI_MANIFEST.to_owned(),
            digest: Digest::of(&bytes),
            size: bytes.len() as u64,
            artifact_type: Some(artifact_type.to_owned()),
            platform: None,
            annotations,
        };
        Self { blobs, referrer: Referrer { descriptor, subject: subject.digest, bytes } }
    }
}

/// The subject's media type, digest and size. Other members of an index entry do not belong there.
fn bare_descriptor(subject: &Descriptor) -> Value {
    json!({ "mediaType": subject.media_type, "digest": subject.digest, "size": subject.size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Manifest;

    fn subject() -> Descriptor {
        Descriptor {
            media_type: OCI_MANIFEST.to_owned(),
            digest: Digest::of(b"image"),
            size: 5,
            artifact_type: Some("not/copied".to_owned()),
            platform: Some("linux/amd64".parse().unwrap()),
            annotations: BTreeMap::from([("not".to_owned(), "copied".to_owned())]),
        }
    }

    #[test]
    fn each_manifest_names_its_subject_and_blobs() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        for (artifact, artifact_type) in [
            (Artifact::attestation(&subject(), "https://x/1", Bytes::from_static(b"{}")), IN_TOTO),
            (
                Artifact::signature(&subject(), Bytes::from_static(b"{}"), "MEU=", Some("{}")),
                COSIGN_SIGNATURE,
            ),
            (Artifact::bundle(&subject(), "https://x/1", Bytes::from_static(b"{}"), at), SIGSTORE_BUNDLE_V03),
        ] {
            let Manifest::Image(manifest) =
                Manifest::parse(&artifact.referrer.bytes, Some(OCI_MANIFEST)).unwrap()
            else {
                panic!()
            };
            let plain =
                Descriptor { artifact_type: None, platform: None, annotations: BTreeMap::new(), ..subject() };
            assert_eq!(manifest.subject, Some(plain));
            assert_eq!(manifest.artifact_type(), artifact_type);
            assert_eq!(artifact.descriptor().artifact_type.as_deref(), Some(artifact_type));
            assert_eq!(artifact.descriptor().annotations, manifest.annotations);
            assert!(artifact.descriptor().digest.matches(&artifact.referrer.bytes));
            for named in manifest.layers.iter().chain([&manifest.config]) {
                let blob = artifact.blobs.iter().find(|blob| named.digest.matches(blob)).unwrap();
                assert_eq!(named.size, blob.len() as u64);
            }
        }
    }

    #[test]
    fn an_attestation_manifest_equals_that_of_docker() {
        let artifact = Artifact::attestation(&subject(), "https://x/1", Bytes::from_static(b"{}"));
        let digest = Digest::of(b"image");
        assert_eq!(
            std::str::from_utf8(&artifact.referrer.bytes).unwrap(),
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{OCI_MANIFEST}","artifactType":"{IN_TOTO}","config":{{"mediaType":"{OCI_EMPTY}","size":2,"data":"e30=","digest":"{0}"}},"layers":[{{"mediaType":"{IN_TOTO}","digest":"{0}","size":2,"annotations":{{"in-toto.io/predicate-type":"https://x/1"}}}}],"annotations":{{"in-toto.io/predicate-type":"https://x/1"}},"subject":{{"mediaType":"{OCI_MANIFEST}","digest":"{digest}","size":5}}}}"#,
                Digest::of(b"{}")
            )
        );
    }
}
