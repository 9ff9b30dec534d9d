//! Signatures over other content than they come with.

use serde_json::{Value, json};

use super::{ARTIFACT, Case, IDENTITY, ISSUER, Judge, PREDICATE_TYPE, Reason, about_artifact, digest};
use crate::support::test_sigstore::key::{base64, sha256};
use crate::support::test_sigstore::signed::{Content, IN_TOTO, Signed, Signer, Version};
use crate::support::test_sigstore::{Sigstore, statement};

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = Vec::new();
    for (word, signer) in [("key", sigstore.keyed()), ("keyless", sigstore.keyless(IDENTITY, ISSUER))] {
        cases.extend(envelopes(sigstore, word, &signer));
        cases.extend(messages(sigstore, word, &signer));
    }
    cases.extend(statements(sigstore));
    cases
}

fn envelopes(sigstore: &Sigstore, word: &str, signer: &Signer) -> Vec<Case> {
    let good = || signer.attest(&about_artifact()).logged(&sigstore.rekor);
    let case = |name: &str, change: &dyn Fn(&mut Envelope<'_>)| {
        let signed = good().but(|signed| change(&mut Envelope::of(signed)));
        Case::bundle(format!("{name}-{word}"), &signed, Version::V03).fails(Reason::Signature)
    };
    let other = signer.attest(&statement("other", &digest(), PREDICATE_TYPE));
    let other_signature = other.signature().to_vec();
    let longer = about_artifact().replace("\"checked\":true", "\"checked\":\"true\"");
    vec![
        case("payload-altered", &|envelope| *envelope.payload = longer.clone().into_bytes()),
        case("payload-with-space", &|envelope| envelope.payload.push(b' ')),
        case("payload-type-altered", &|envelope| "text/plain".clone_into(envelope.payload_type)),
        case("signature-of-other-envelope", &|envelope| envelope.signatures[0].clone_from(&other_signature)),
        case("signature-altered", &|envelope| *envelope.signatures[0].last_mut().unwrap() ^= 1),
        case("signature-empty", &|envelope| envelope.signatures[0].clear()),
        case("signatures-two", &|envelope| envelope.signatures.push(other_signature.clone()))
            .fails(Reason::Unreadable),
        case("signatures-same-twice", &|envelope| {
            let same = envelope.signatures[0].clone();
            envelope.signatures.push(same);
        })
        .fails(Reason::Unreadable),
        case("signatures-none", &|envelope| envelope.signatures.clear()).fails(Reason::Unreadable),
    ]
}

/// The parts of an envelope.
struct Envelope<'a> {
    payload_type: &'a mut String,
    payload: &'a mut Vec<u8>,
    signatures: &'a mut Vec<Vec<u8>>,
}

impl<'a> Envelope<'a> {
    fn of(signed: &'a mut Signed) -> Self {
        let Content::Envelope { payload_type, payload, signatures } = &mut signed.content else {
            panic!("a message has no envelope")
        };
        Self { payload_type, payload, signatures }
    }
}

fn messages(sigstore: &Sigstore, word: &str, signer: &Signer) -> Vec<Case> {
    let good = || {
        Case::bundle(format!("message-{word}"), &signer.sign(ARTIFACT).logged(&sigstore.rekor), Version::V03)
    };
    let case = |name: &str, reason, case: Case| Case { name: format!("{name}-{word}"), ..case.fails(reason) };
    let other = Case { artifact: b"another artifact".to_vec(), ..good() };
    let digestless = Case { artifact: b"another artifact".to_vec(), ..good() }.edited(|bundle| {
        bundle["messageSignature"].as_object_mut().unwrap().remove("messageDigest");
    });
    vec![
        case("message-of-other-artifact", Reason::Subject, other),
        case("message-of-other-artifact-digestless", Reason::Signature, digestless),
        case(
            "message-digest-of-other",
            Reason::Subject,
            good().edited(|bundle| {
                bundle["messageSignature"]["messageDigest"]["digest"] = base64(&sha256(b"other")).into();
            }),
        ),
        case(
            "message-digest-by-other-algorithm",
            Reason::Subject,
            good().edited(|bundle| {
                bundle["messageSignature"]["messageDigest"]["algorithm"] = "SHA2_512".into();
            }),
        ),
        case(
            "message-signature-altered",
            Reason::Signature,
            good().edited(|bundle| {
                let mut signature = signer.sign(ARTIFACT).signature().to_vec();
                *signature.last_mut().unwrap() ^= 1;
                bundle["messageSignature"]["signature"] = base64(&signature).into();
            }),
        ),
        case(
            "message-signature-missing",
            Reason::Unreadable,
            good().edited(|bundle| {
                bundle["messageSignature"].as_object_mut().unwrap().remove("signature");
            }),
        ),
    ]
}

/// Envelopes that are signed and logged as they are, over statements of no use.
fn statements(sigstore: &Sigstore) -> Vec<Case> {
    let signer = sigstore.keyed();
    let sealed = |name: &str, payload_type: &str, payload: &str, reason| {
        let signed = signer.seal(payload_type, payload.as_bytes()).logged(&sigstore.rekor);
        Case::bundle(name, &signed, Version::V03).fails(reason)
    };
    let edited = |name: &str, reason, edit: &dyn Fn(&mut Value)| {
        let mut statement: Value = serde_json::from_str(&about_artifact()).unwrap();
        edit(&mut statement);
        sealed(name, IN_TOTO, &statement.to_string(), reason)
    };
    let twice = about_artifact().replacen(
        "\"subject\":",
        &format!(
            "\"subject\":[{{\"name\":\"other\",\"digest\":{{\"sha256\":\"{}\"}}}}],\"subject\":",
            "0".repeat(64)
        ),
        1,
    );
    vec![
        edited("statement-about-other-artifact", Reason::Subject, &|statement| {
            statement["subject"][0]["digest"]["sha256"] = "0".repeat(64).into();
        }),
        edited("statement-about-nothing", Reason::Subject, &|statement| statement["subject"] = json!([])),
        edited("statement-digest-by-unknown-algorithm", Reason::Subject, &|statement| {
            statement["subject"][0]["digest"] = json!({"unknown": digest()});
        }),
        edited("statement-digest-as-name", Reason::Subject, &|statement| {
            statement["subject"][0] = json!({"name": digest(), "digest": {"sha256": "0".repeat(64)}});
        }),
        edited("statement-of-unknown-type", Reason::Unreadable, &|statement| {
            statement["_type"] = "https://in-toto.io/Statement/v2".into();
        })
        .except(&[Judge::Library, Judge::Cosign]),
        edited("statement-without-type", Reason::Unreadable, &|statement| {
            statement.as_object_mut().unwrap().remove("_type");
        })
        .except(&[Judge::Cosign]),
        sealed("statement-of-other-payload-type", "application/json", &about_artifact(), Reason::Unreadable),
        sealed("statement-not-json", IN_TOTO, "all is well", Reason::Unreadable),
        sealed("statement-with-two-subject-members", IN_TOTO, &twice, Reason::Unreadable),
    ]
}
