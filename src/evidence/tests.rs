//! Evidence for tests: empty but for what a test adds.

use std::collections::BTreeMap;

use super::{
    AttestationEvidence, AttestationForm, Documents, Evidence, IndexEvidence, Kind, NameRule,
    PlatformEvidence, Root, RootSignature, RootSignatureOutcome, RootSignatureRule,
};
use crate::oci::{Digest, Reference, media_type};
use crate::trust::tests::signing::TestSigner;

/// An image for `linux/amd64` without layers, attestations and failures.
pub(crate) fn image(digest: Digest) -> PlatformEvidence {
    PlatformEvidence {
        digest,
        size: 1,
        media_type: media_type::OCI_MANIFEST.to_owned(),
        declared: Some("linux/amd64".parse().unwrap()),
        outer_platforms: Vec::new(),
        kind: Kind::Image,
        config: None,
        layers: Vec::new(),
        documents: Documents::default(),
        annotations: Vec::new(),
        attestations: Vec::new(),
        listed: Vec::new(),
        build_records: Vec::new(),
        failures: Vec::new(),
        searched: Vec::new(),
        not_checked: Vec::new(),
        unknown_lists: Vec::new(),
        age: None,
    }
}

/// An index without a signature of its own, with these images.
pub(crate) fn evidence(platforms: Vec<PlatformEvidence>) -> Evidence {
    let reference: Reference = "registry.example.com/x".parse().unwrap();
    Evidence {
        root: Root {
            digest: Digest::of(b"index"),
            media_type: media_type::OCI_INDEX.to_owned(),
            size: 1,
            is_index: true,
            annotations: BTreeMap::new(),
            document: None,
            age: None,
        },
        root_signature: RootSignature {
            found_in: reference.repository.clone(),
            outcome: RootSignatureOutcome::Absent,
            unknown_list: None,
            other_failures: Vec::new(),
        },
        root_signature_rule: RootSignatureRule {
            names: NameRule::of(&reference, Vec::new(), None),
            annotations: BTreeMap::new(),
        },
        about_index: IndexEvidence::default(),
        reference,
        platforms,
        set_aside: Vec::new(),
        passed_over: Vec::new(),
        requested_platforms: Vec::new(),
        predicate_types: Vec::new(),
        tried_dhi_keys: Vec::new(),
        local_image: None,
    }
}

/// An attestation about `image` that `author` signed.
pub(super) fn attestation(
    image: Digest,
    kind: &str,
    predicate: &str,
    author: TestSigner,
) -> AttestationEvidence {
    let subject = format!(r#"{{"digest":{{"sha256":"{}"}}}}"#, image.hex());
    let text = format!(
        r#"{{"_type":"https://in-toto.io/Statement/v1","predicateType":"{kind}","subject":[{subject}],"predicate":{predicate}}}"#
    );
    AttestationEvidence {
        digest: Digest::of(format!("{text}{author:?}").as_bytes()),
        predicate_type: Some(kind.to_owned()),
        found_in: "dhi.io/python".parse::<Reference>().unwrap().repository,
        form: AttestationForm::InToto,
        outcome: Ok(author.attest(&text, image).unwrap().reduce(false)),
    }
}
