//! cosign 2's `.sig` and `.att` layers.

use super::{Case, ExpectedSigner, IDENTITY, ISSUER, REPOSITORY, Reason, about_artifact, digest};
use crate::support::test_sigstore::body::Body;
use crate::support::test_sigstore::clock::minutes;
use crate::support::test_sigstore::cosign::{
    BUNDLE, CERTIFICATE, CHAIN, SIGNATURE, TIMESTAMP, simple_signing,
};
use crate::support::test_sigstore::key::{Key, base64, hex, sha256};
use crate::support::test_sigstore::signed::{Logged, Signed, Signer};
use crate::support::test_sigstore::{Sigstore, cosign::Layer};

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = good(sigstore);
    for (word, signer) in [("key", sigstore.keyed()), ("keyless", sigstore.keyless(IDENTITY, ISSUER))] {
        cases.extend(bad(sigstore, word, &signer));
    }
    cases.extend(certificates(sigstore));
    cases.extend(times(sigstore));
    cases
}

/// The payload that names the artifact's digest as the image's.
fn payload() -> String {
    simple_signing(REPOSITORY, &format!("sha256:{}", digest()))
}

fn signed(signer: &Signer) -> Signed {
    signer.sign(payload().as_bytes())
}

fn good(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = Vec::new();
    for (word, signer) in [("key", sigstore.keyed()), ("keyless", sigstore.keyless(IDENTITY, ISSUER))] {
        let (payload, statement) = (payload(), about_artifact());
        let sig = |name: &str, signed: &Signed| Case::layer(format!("sig-{word}-{name}"), signed, &payload);
        let att = |name: &str, signed: &Signed| Case::layer(format!("att-{word}-{name}"), signed, &statement);
        let attested = || signer.attest(&statement);
        cases.extend([
            sig("logged", &signed(&signer).logged(&sigstore.rekor)),
            sig("logged-and-dated", &signed(&signer).logged(&sigstore.rekor).dated(&sigstore.tsa)),
            sig("dated", &signed(&signer).dated(&sigstore.tsa)).without_log(),
            att("logged", &attested().logged(&sigstore.rekor)),
            att("logged-as-intoto", &attested().logged_as(&sigstore.rekor, Logged::Intoto)),
            att("logged-as-intoto-0.0.1", &attested().logged_as(&sigstore.rekor, Logged::IntotoOld)),
            att("dated", &attested().dated_as_layer(&sigstore.tsa, sigstore.time)).without_log(),
        ]);
    }
    let keyed = sigstore.keyed();
    cases.extend([
        Case::layer("sig-key-alone", &signed(&keyed), &payload()).without_log(),
        Case::layer("att-key-alone", &keyed.attest(&about_artifact()), &about_artifact()).without_log(),
        // The verifier has the intermediate already.
        Case::layer(
            "sig-keyless-without-chain",
            &signed(&sigstore.keyless(IDENTITY, ISSUER)).logged(&sigstore.rekor),
            &payload(),
        )
        .relayered(|layer| {
            layer.annotations.remove(CHAIN);
        }),
    ]);
    cases
}

/// Replaces one annotation by that of another layer.
fn from(other: &Layer, annotation: &str) -> impl Fn(&mut Layer) {
    let text = other.annotations[annotation].clone();
    move |layer| layer.annotations[annotation] = text.clone()
}

fn bad(sigstore: &Sigstore, word: &str, signer: &Signer) -> Vec<Case> {
    let payload = payload();
    let logged = || signed(signer).logged(&sigstore.rekor);
    let case = |name: &str, reason, change: &dyn Fn(&mut Layer)| {
        Case::layer(format!("sig-{word}-{name}"), &logged(), &payload).relayered(change).fails(reason)
    };
    let other_payload = simple_signing(REPOSITORY, &format!("sha256:{}", "0".repeat(64)));
    let other = signer.sign(other_payload.as_bytes()).logged(&sigstore.rekor);
    let other_layer = other.layer(&other_payload);
    let again = logged().layer(&payload);
    let forged = |change: &dyn Fn(&mut Signed)| {
        let layer = logged().but(|signed| change(signed)).layer(&payload);
        layer.annotations[BUNDLE].clone()
    };
    let att = |name: &str, reason, change: &dyn Fn(&mut Layer)| {
        let signed = signer.attest(&about_artifact()).logged(&sigstore.rekor);
        Case::layer(format!("att-{word}-{name}"), &signed, &about_artifact()).relayered(change).fails(reason)
    };
    // Such an entry knows the signature by the hash of its envelope alone.
    let by_hash =
        |signer: &Signer| signer.attest(&about_artifact()).logged_as(&sigstore.rekor, Logged::IntotoOld);
    let by_hash_of_other = by_hash(signer).layer(&about_artifact());
    let unknown = Key::p256().pem();
    let mut by_hash_under_other_key = by_hash(signer);
    let envelope = by_hash_under_other_key.envelope().to_string();
    let body = Body::intoto_old(envelope.as_bytes(), about_artifact().as_bytes(), &unknown);
    *by_hash_under_other_key.entry() = sigstore.rekor.record(body, sigstore.time);
    // GHSA-whqx-f9j3-ch6m (CVE-2026-22703): beside a trusted root, cosign did not compare the entry of an old bundle with
    // what it was to prove. The log has signed each of these entries, and one part of each is somebody else's.
    let one = signed(signer);
    let (over, by, pem) =
        (hex(&sha256(payload.as_bytes())), one.signature().to_vec(), signer.verifier().pem());
    let recorded = |name: &str, over: &str, by: &[u8], pem: &str| {
        let mut changed = one.clone().logged(&sigstore.rekor);
        *changed.entry() = sigstore.rekor.record(Body::hashedrekord_v1(over, by, pem), sigstore.time);
        Case::layer(format!("sig-{word}-entry-{name}"), &changed, &payload)
    };
    let other_over = hex(&sha256(other_payload.as_bytes()));
    let other_statement = signer.attest(&about_artifact()).logged(&sigstore.rekor).layer(&about_artifact());
    vec![
        case("payload-of-other-image", Reason::Signature, &|layer| {
            layer.payload = other_payload.clone().into_bytes();
        }),
        Case::layer(format!("sig-{word}-of-other-image"), &other, &other_payload).fails(Reason::Subject),
        case("payload-with-space", Reason::Signature, &|layer| layer.payload.push(b' ')),
        case("payload-not-json", Reason::Signature, &|layer| layer.payload = b"all is well".to_vec()),
        case("signature-of-other-image", Reason::Signature, &from(&other_layer, SIGNATURE)),
        case("signature-not-base64", Reason::Unreadable, &|layer| {
            layer.annotations[SIGNATURE] = "all is well".into();
        }),
        case("signature-missing", Reason::Unreadable, &|layer| {
            layer.annotations.remove(SIGNATURE);
        }),
        case("entry-of-other-image", Reason::Log, &from(&other_layer, BUNDLE)),
        case("entry-of-other-signature", Reason::Log, &from(&again, BUNDLE)),
        recorded("with-its-own-parts", &over, &by, &pem),
        recorded("with-other-digest", &other_over, &by, &pem).fails(Reason::Log),
        recorded("with-other-signature", &over, other.signature(), &pem).fails(Reason::Log),
        recorded("with-other-key", &over, &by, &unknown).fails(Reason::Log),
        case("entry-missing", Reason::Log, &|layer| {
            layer.annotations.remove(BUNDLE);
        }),
        case("entry-not-json", Reason::Unreadable, &|layer| layer.annotations[BUNDLE] = "{".into()),
        case("promise-altered", Reason::Log, &|layer| {
            layer.annotations[BUNDLE] =
                forged(&|signed| *signed.entry().promise.as_mut().unwrap().last_mut().unwrap() ^= 1);
        }),
        case("promise-over-other-time", Reason::Log, &|layer| {
            let mut bundle: serde_json::Value =
                serde_json::from_str(layer.annotations[BUNDLE].as_str().unwrap()).unwrap();
            let time = bundle["Payload"]["integratedTime"].as_i64().unwrap();
            bundle["Payload"]["integratedTime"] = (time + 1).into();
            layer.annotations[BUNDLE] = bundle.to_string().into();
        }),
        Case::layer(
            format!("att-{word}-intoto-0.0.1-of-other-envelope"),
            &by_hash(signer),
            &about_artifact(),
        )
        .relayered(from(&by_hash_of_other, BUNDLE))
        .fails(Reason::Log),
        Case::layer(
            format!("att-{word}-intoto-0.0.1-under-other-key"),
            &by_hash_under_other_key,
            &about_artifact(),
        )
        .fails(Reason::Log),
        att("entry-of-other-envelope", Reason::Log, &from(&other_statement, BUNDLE)),
        att("entry-missing", Reason::Log, &|layer| {
            layer.annotations.remove(BUNDLE);
        }),
        att("payload-altered", Reason::Signature, &|layer| {
            let mut envelope: serde_json::Value = serde_json::from_slice(&layer.payload).unwrap();
            envelope["payload"] = base64(about_artifact().replace("true", "false").as_bytes()).into();
            layer.payload = envelope.to_string().into_bytes();
        }),
        att("payload-not-json", Reason::Unreadable, &|layer| layer.payload = b"all is well".to_vec()),
    ]
}

fn certificates(sigstore: &Sigstore) -> Vec<Case> {
    let keyless = sigstore.keyless(IDENTITY, ISSUER);
    let logged = signed(&keyless).logged(&sigstore.rekor);
    let case = |name: &str, reason, change: &dyn Fn(&mut Layer)| {
        Case::layer(format!("sig-keyless-{name}"), &logged, &payload()).relayered(change).fails(reason)
    };
    let other = signed(&sigstore.keyless(IDENTITY, ISSUER)).layer(&payload());
    let keyed = signed(&sigstore.keyed()).logged(&sigstore.rekor);
    let unknown = Key::p256();
    vec![
        case("certificate-of-other-key", Reason::Signature, &from(&other, CERTIFICATE)),
        case("certificate-missing", Reason::Key, &|layer| {
            layer.annotations.remove(CERTIFICATE);
        }),
        case("key-as-certificate", Reason::Certificate, &|layer| {
            layer.annotations[CERTIFICATE] = unknown.pem().into();
        }),
        Case::layer("sig-keyless-identity-other", &logged, &payload())
            .by_certificate("builder@acme.test", ISSUER)
            .fails(Reason::Identity),
        Case::layer("sig-keyless-issuer-other", &logged, &payload())
            .by_certificate(IDENTITY, "https://accounts.sigstore.test")
            .fails(Reason::Identity),
        Case::layer("sig-keyless-where-key-wanted", &logged, &payload())
            .by(ExpectedSigner::Key(sigstore.key.pem()))
            .fails(Reason::Key),
        Case::layer("sig-key-where-identity-wanted", &keyed, &payload())
            .by_certificate(IDENTITY, ISSUER)
            .fails(Reason::Key),
        Case::layer("sig-key-other", &keyed, &payload())
            .by(ExpectedSigner::Key(unknown.pem()))
            .fails(Reason::Key),
    ]
}

fn times(sigstore: &Sigstore) -> Vec<Case> {
    let keyless = sigstore.keyless(IDENTITY, ISSUER);
    let late = signed(&keyless).logged_at(&sigstore.rekor, minutes(sigstore.time, 11));
    let dated = signed(&keyless).dated(&sigstore.tsa);
    let other = keyless.sign(b"another artifact").dated(&sigstore.tsa).layer(&payload());
    let dated_attested = || keyless.attest(&about_artifact()).dated_as_layer(&sigstore.tsa, sigstore.time);
    let (attested, other_attested) = (dated_attested(), dated_attested().layer(&about_artifact()));
    let bad = |name: &str, signed: &Signed| Case::layer(name, signed, &payload()).fails(Reason::Time);
    vec![
        bad("sig-keyless-integrated-after-certificate", &late),
        bad(
            "sig-keyless-timestamp-after-certificate",
            &signed(&keyless).dated_at(&sigstore.tsa, minutes(sigstore.time, 11)),
        )
        .without_log(),
        bad("sig-keyless-timestamp-over-other-signature", &dated)
            .relayered(from(&other, TIMESTAMP))
            .without_log(),
        bad("sig-keyless-undated", &signed(&keyless)).without_log(),
        Case::layer("att-keyless-timestamp-over-other-envelope", &attested, &about_artifact())
            .relayered(from(&other_attested, TIMESTAMP))
            .without_log()
            .fails(Reason::Time),
    ]
}
