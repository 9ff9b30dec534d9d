//! Bundles that do not match their version, or are no bundles.

use serde_json::{Value, json};

use super::{ARTIFACT, Case, IDENTITY, ISSUER, Judge, Reason, about_artifact};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::signed::{Material, Version};

pub(super) fn cases(sigstore: &Sigstore) -> Vec<Case> {
    let mut cases = versions(sigstore);
    cases.extend(texts(sigstore));
    cases.extend(sizes(sigstore));
    cases
}

fn versions(sigstore: &Sigstore) -> Vec<Case> {
    let keyless = sigstore.keyless(IDENTITY, ISSUER);
    let good = keyless.sign(ARTIFACT).logged(&sigstore.rekor);
    let chain = good.clone().but(|signed| {
        let leaf = signed.signer.certificate.clone().unwrap();
        signed.material = Material::Chain(vec![leaf, sigstore.fulcio.intermediate.der.clone()]);
    });
    let chain_of_one = good.clone().but(|signed| {
        signed.material = Material::Chain(vec![signed.signer.certificate.clone().unwrap()]);
    });
    let unproven = good.clone().but(|signed| signed.entry().proof = None);
    let unpromised = good.clone().dated(&sigstore.tsa).but(|signed| signed.entry().promise = None);
    let bad = |name: &str, signed, version| Case::bundle(name, signed, version).fails(Reason::Unreadable);
    vec![
        bad("v03-with-chain", &chain, Version::V03),
        bad("v03-with-chain-of-one", &chain_of_one, Version::V03),
        bad("v03-without-proof", &unproven, Version::V03),
        bad("v02-without-proof", &unproven, Version::V02),
        bad("v01-without-promise", &unpromised, Version::V01),
        bad(
            "chain-empty",
            &good.clone().but(|signed| signed.material = Material::Chain(Vec::new())),
            Version::V02,
        ),
        bad("version-unknown", &good, Version::V03).edited(|bundle| {
            bundle["mediaType"] = "application/vnd.dev.sigstore.bundle.v0.4+json".into();
        }),
        bad("version-missing", &good, Version::V03)
            .edited(|bundle| {
                bundle.as_object_mut().unwrap().remove("mediaType");
            })
            .except(&[Judge::Library]),
        bad("material-missing", &good, Version::V03).edited(|bundle| {
            bundle["verificationMaterial"].as_object_mut().unwrap().remove("certificate");
        }),
        bad("content-missing", &good, Version::V03).edited(|bundle| {
            bundle.as_object_mut().unwrap().remove("messageSignature");
        }),
        bad("content-of-both-kinds", &good, Version::V03)
            .edited(|bundle| {
                bundle["dsseEnvelope"] = keyless.attest(&about_artifact()).envelope();
            })
            .except(&[Judge::Library]),
        bad("material-of-both-kinds", &good, Version::V03)
            .edited(|bundle| {
                bundle["verificationMaterial"]["publicKey"] = json!({"hint": "key"});
            })
            .except(&[Judge::Library]),
        bad("entry-kind-unknown", &good, Version::V03)
            .edited(|bundle| {
                entry(bundle)["kindVersion"]["kind"] = "note".into();
            })
            .except(&[Judge::Cosign]),
        bad("entry-kind-other-than-body", &good, Version::V03)
            .edited(|bundle| {
                entry(bundle)["kindVersion"]["kind"] = "dsse".into();
            })
            .except(&[Judge::Cosign]),
        bad("entry-body-missing", &good, Version::V03).edited(|bundle| {
            entry(bundle).as_object_mut().unwrap().remove("canonicalizedBody");
        }),
        bad("entry-index-negative", &good, Version::V03).edited(|bundle| {
            entry(bundle)["logIndex"] = "-1".into();
        }),
    ]
}

fn entry(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]["tlogEntries"][0]
}

/// Changes that a parsed document would not show.
fn texts(sigstore: &Sigstore) -> Vec<Case> {
    let good = sigstore.keyless(IDENTITY, ISSUER).sign(ARTIFACT).logged(&sigstore.rekor);
    let bad = |name: &str, rewrite: &dyn Fn(&str) -> String| {
        Case::bundle(name, &good, Version::V03).rewritten(rewrite).fails(Reason::Unreadable)
    };
    let bundle = good.bundle(Version::V03);
    let twice = |text: &str, parent: &str, member: &str| {
        let value = &bundle.pointer(parent).unwrap()[member];
        text.replacen(&format!("\"{member}\":"), &format!("\"{member}\":{value},\"{member}\":"), 1)
    };
    vec![
        bad("json-not", &|_| "all is well".to_owned()),
        bad("json-empty", &|_| String::new()),
        bad("json-array", &|text| format!("[{text}]")),
        bad("json-cut", &|text| text[..text.len() - 1].to_owned()),
        bad("json-with-more-after", &|text| format!("{text}{text}")),
        bad("json-media-type-twice", &|text| twice(text, "", "mediaType")),
        bad("json-material-twice", &|text| twice(text, "", "verificationMaterial")),
        bad("json-signature-twice", &|text| twice(text, "", "messageSignature")).except(&[Judge::Library]),
        bad("json-entries-twice", &|text| {
            text.replacen("\"tlogEntries\":", "\"tlogEntries\":[],\"tlogEntries\":", 1)
        }),
        bad("json-certificate-twice", &|text| twice(text, "/verificationMaterial", "certificate"))
            .except(&[Judge::Library]),
        bad("json-log-index-twice", &|text| twice(text, "/verificationMaterial/tlogEntries/0", "logIndex")),
        bad("json-deep", &|text| {
            text.replacen('{', &format!("{{\"more\":{}{},", "[".repeat(5_000), "]".repeat(5_000)), 1)
        }),
    ]
}

/// More than sigstore-go accepts since GHSA-cq38: 32 log entries, 32 timestamps.
fn sizes(sigstore: &Sigstore) -> Vec<Case> {
    let good = || sigstore.keyed().sign(ARTIFACT).logged(&sigstore.rekor);
    let bad = |name: &str, signed| Case::bundle(name, signed, Version::V03).fails(Reason::Limit);
    let entries = (0..32).fold(good(), |signed, _| signed.logged(&sigstore.rekor));
    let timestamps = (0..33).fold(good(), |signed, _| signed.dated(&sigstore.tsa));
    let path = good().but(|signed| {
        signed.entry().proof.as_mut().unwrap().hashes = vec![[0; 32]; 1_025];
    });
    vec![
        bad("entries-33", &entries).except(&[Judge::Library]),
        bad("timestamps-33", &timestamps).except(&[Judge::Library]),
        bad("path-1025", &path),
    ]
}
