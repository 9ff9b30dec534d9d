//! The test Sigstore instance against the reference library: the library agrees with the table of good and bad
//! signatures, except where the table states a difference.

use std::collections::HashSet;

use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{Bundle, DerPublicKey};
use sigstore_verify::{PublicKeyVerificationPolicy, VerificationPolicy, Verifier};

use crate::support::test_sigstore::cases::{Case, Evidence, ExpectedSigner, Judge, Reason, Verdict, cases};
use crate::support::test_sigstore::mutations::mutations;

/// The library's verdict on a bundle.
fn judge(case: &Case, bundle: &str) -> Result<(), String> {
    let root = TrustedRoot::from_json(&case.trusted_root).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root).map_err(|error| error.to_string())?;
    let bundle = Bundle::from_json(bundle).map_err(|error| error.to_string())?;
    let result = match &case.authority {
        ExpectedSigner::Key(pem) => {
            let policy = PublicKeyVerificationPolicy::new(DerPublicKey::from_pem(pem).unwrap());
            let policy = if case.log_demanded { policy } else { policy.skip_tlog_unsafe() };
            verifier.verify(case.artifact.as_slice(), &bundle, &policy)
        }
        ExpectedSigner::Certificate { identity, issuer } => {
            let policy = VerificationPolicy::new(identity.as_str(), issuer.as_str());
            let policy = if case.log_demanded { policy } else { policy.skip_tlog_unsafe() };
            verifier.verify(case.artifact.as_slice(), &bundle, &policy)
        }
    };
    result.map(drop).map_err(|error| error.to_string())
}

#[test]
fn the_reference_library_agrees_with_the_table() {
    let mut wrong = Vec::new();
    for case in cases() {
        let Evidence::Bundle(bundle) = &case.evidence else { continue };
        let verdict = judge(&case, bundle);
        if verdict.is_ok() != case.judged_by(Judge::Library) {
            wrong.push(format!("{case:?}, the library: {verdict:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What may change in a good bundle unseen by the library, and why that does no harm: where (numbers are `*`, and
/// `verificationMaterial` is left out), which change (all, if empty), why.
const HARMLESS: [(&str, &str, &str); 18] = [
    ("mediaType", "removed", "the library reads it as v0.3; others refuse it"),
    ("messageSignature/messageDigest", "removed", "a hint; the signature is over the artifact"),
    ("dsseEnvelope/signatures/*/keyid", "", "a hint; the verifier has its key"),
    ("publicKey/hint", "", "a hint; the verifier has its key"),
    ("x509CertificateChain/certificates", "element doubled", "a certificate more than is used"),
    ("tlogEntries", "element doubled", "the same proof once more; cosign refuses it"),
    ("tlogEntries", "element removed", "there is another entry"),
    ("tlogEntries/*/inclusionPromise", "removed", "the proof, and a timestamp"),
    ("tlogEntries/*/inclusionProof", "removed", "the promise, in v0.1"),
    ("tlogEntries/*/integratedTime", "", "without a promise it is nobody's word, and not believed"),
    ("tlogEntries/*/logIndex", "", "without a promise, Rekor v1 has the proof's"),
    ("tlogEntries/*/logId/keyId", "", "without a promise the checkpoint names its log"),
    (
        "tlogEntries/*/inclusionProof/treeSize",
        "one more",
        "the path is the same, the root is the checkpoint's",
    ),
    ("tlogEntries/*/inclusionProof/rootHash", "", "Rekor v2: the checkpoint says it"),
    ("tlogEntries/*/inclusionProof/logIndex", "", "Rekor v2: the entry says it"),
    ("timestampVerificationData", "removed", "the promise has a time, and keys need none"),
    (
        "timestampVerificationData/rfc3161Timestamps",
        "",
        "as above; or there is another; or the same once more",
    ),
    (
        "timestampVerificationData/rfc3161Timestamps/*/signedTimestamp",
        "middle byte",
        "the authority's certificate comes with the token and is not believed",
    ),
];

#[test]
fn every_mutation_of_a_bundle_fails_in_the_library() {
    const GOOD: [&str; 8] = [
        "v01-promise-without-proof-keyless",
        "v01-message-keyless-rekor1",
        "v02-statement-key-rekor1-time",
        "v03-statement-keyless-rekor1-proof-time",
        "v03-message-key-rekor2-undated",
        "v03-statement-keyless-rekor2-time",
        "v03-intoto-entry-key",
        "several-logs",
    ];
    let mut unseen = Vec::new();
    let mut used = HashSet::new();
    let cases = cases();
    for name in GOOD {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        let Evidence::Bundle(bundle) = &case.evidence else { panic!("{name} is no bundle") };
        for mutation in mutations(&serde_json::from_str(bundle).unwrap()) {
            if judge(case, &mutation.document.to_string()).is_err() {
                continue;
            }
            let parts = mutation.pointer.split('/').skip(1).filter(|part| *part != "verificationMaterial");
            let place: Vec<&str> =
                parts.map(|part| if part.parse::<u64>().is_ok() { "*" } else { part }).collect();
            let place = place.join("/");
            let row = HARMLESS.iter().position(|(at, change, _)| {
                *at == place && (change.is_empty() || *change == mutation.change)
            });
            match row {
                Some(row) => {
                    used.insert(row);
                }
                None => unseen.push(format!("{name}: {} {}", mutation.pointer, mutation.change)),
            }
        }
    }
    assert!(unseen.is_empty(), "{}", unseen.join("\n"));
    let stale: Vec<_> = HARMLESS.iter().enumerate().filter(|(row, _)| !used.contains(row)).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

#[test]
fn the_table_covers_every_kind_with_unique_names() {
    let cases = cases();
    let names: HashSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    let count = |wanted: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| wanted(case)).count();
    assert!(count(&|case| case.is_good()) > 60);
    assert!(count(&|case| matches!(case.evidence, Evidence::Layer(_)) && !case.is_good()) > 30);
    for reason in [
        Reason::Unreadable,
        Reason::Limit,
        Reason::Key,
        Reason::Signature,
        Reason::Subject,
        Reason::Certificate,
        Reason::Identity,
        Reason::Log,
        Reason::Time,
    ] {
        assert!(count(&|case| case.verdict == Verdict::Fail(reason)) >= 3, "{reason:?}");
    }
}
