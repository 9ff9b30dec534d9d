//! Every signature of the table of good and bad ones gets its verdict, and each bad one an error with the right cause.

use dhi::limits::Limits;
use dhi::oci::Digest;
use dhi::trust::{
    Artifact, Bundle, EnvelopeLayer, Error, IdentityRule, Keyring, LogPolicy, Matcher, PublicKey, SctPolicy,
    SimpleSignature, Threshold, Trust, TrustedKey, TrustedRoot,
};

use crate::support::test_sigstore::cases::{Case, Evidence, ExpectedSigner, Reason, Verdict, cases};
use crate::support::test_sigstore::cosign::{BUNDLE, CERTIFICATE, CHAIN, Layer, SIGNATURE, TIMESTAMP};
use crate::support::test_sigstore::mutations::mutations;

fn trust(case: &Case) -> Result<Trust, Error> {
    let (keys, identities) = match &case.authority {
        ExpectedSigner::Key(pem) => {
            (Keyring::of([TrustedKey::active("key", PublicKey::from_pem(pem, "key")?, "key")]), Vec::new())
        }
        ExpectedSigner::Certificate { identity, issuer } => {
            (Keyring::default(), vec![IdentityRule::new(Matcher::exact(identity), Matcher::exact(issuer))])
        }
    };
    let log = match (case.log_demanded, identities.is_empty()) {
        (true, _) => LogPolicy::Require,
        (false, true) => LogPolicy::VerifyIfPresent,
        (false, false) => LogPolicy::Skip,
    };
    Ok(Trust {
        keys,
        identities,
        attestors: Keyring::default(),
        root: TrustedRoot::from_json(case.trusted_root.as_bytes(), "box")?,
        log,
        sct: SctPolicy::Require,
        threshold: Threshold::ONE,
        effective_time: jiff::Timestamp::now(),
    })
}

fn judge(case: &Case) -> Result<(), Error> {
    let (trust, limits) = (trust(case)?, Limits::default());
    match &case.evidence {
        Evidence::Bundle(text) => {
            let bundle = Bundle::parse(&text.clone().into(), &limits)?;
            trust.verify_bundle(&bundle, Artifact::of_bytes(&case.artifact)).map(drop)
        }
        Evidence::Layer(layer) => layered(&trust, layer, &case.artifact, &limits),
    }
}

fn layered(trust: &Trust, layer: &Layer, artifact: &[u8], limits: &Limits) -> Result<(), Error> {
    let annotation = |name: &str| layer.annotations.get(name).and_then(|value| value.as_str());
    if layer.media_type.contains("simplesigning") {
        let signature = SimpleSignature {
            payload: &layer.payload,
            signature: annotation(SIGNATURE),
            log_entry: annotation(BUNDLE),
            certificate: annotation(CERTIFICATE),
            chain: annotation(CHAIN),
            timestamp: annotation(TIMESTAMP),
        };
        return trust.verify_simple(signature, &Digest::of(artifact), limits).map(drop);
    }
    let envelope = EnvelopeLayer {
        envelope: &layer.payload,
        log_entry: annotation(BUNDLE),
        certificate: annotation(CERTIFICATE),
        chain: annotation(CHAIN),
        timestamp: annotation(TIMESTAMP),
    };
    trust.verify_envelope(envelope, Artifact::of_bytes(artifact), limits).map(drop)
}

/// Whether the error names the fault.
fn tells(case: &Case, error: &Error, reason: Reason) -> bool {
    match (reason, case.name.as_str()) {
        // A self-signed certificate has no issuer claim, and that is checked first.
        (Reason::Certificate, "certificate-self-signed") => matches!(error, Error::WrongIdentity { .. }),
        (Reason::Key, "key-in-certificate-field") => matches!(error, Error::Unreadable { .. }),
        // Only the signature binds a message to its subject.
        (Reason::Subject, "message-of-other-artifact-key") => matches!(error, Error::WrongKey { .. }),
        (Reason::Subject, "message-of-other-artifact-keyless") => matches!(error, Error::Altered { .. }),
        // What is wrong with an entry is said of the log.
        (Reason::Unreadable, _) => matches!(
            error,
            Error::Unreadable { .. }
                | Error::Payload { .. }
                | Error::LogBad { .. }
                | Error::LogMissing { .. }
        ),
        (Reason::Limit, _) => matches!(error, Error::Limit(_)),
        (Reason::Key, _) => matches!(error, Error::WrongKey { .. } | Error::WrongIdentity { .. }),
        (Reason::Signature, _) => matches!(error, Error::WrongKey { .. } | Error::Altered { .. }),
        (Reason::Subject, _) => matches!(error, Error::SubjectMismatch { .. }),
        (Reason::Certificate, _) => matches!(error, Error::Certificate { .. } | Error::Unreadable { .. }),
        (Reason::Identity, _) => matches!(error, Error::WrongIdentity { .. }),
        (Reason::Log, _) => matches!(error, Error::LogBad { .. } | Error::LogMissing { .. }),
        (Reason::Time, _) => {
            matches!(error, Error::Time { .. } | Error::Certificate { .. } | Error::LogBad { .. })
        }
    }
}

/// Good ones that are not read: the entry of older cosigns for attestations names the envelope's hash and no
/// signature.
const NOT_READ: [&str; 2] = ["att-key-logged-as-intoto-0.0.1", "att-keyless-logged-as-intoto-0.0.1"];

#[test]
fn every_signature_of_the_table_gets_its_verdict() {
    let mut wrong = Vec::new();
    for case in cases() {
        match (judge(&case), case.verdict) {
            (Ok(()), Verdict::Pass) => {}
            (Err(error), Verdict::Fail(reason)) if tells(&case, &error, reason) => {}
            (Err(Error::LogMissing { .. }), Verdict::Pass) if NOT_READ.contains(&case.name.as_str()) => {}
            (found, _) => wrong.push(format!("{case:?}, here: {found:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where a good signature may change without harm, which change (all, if empty), and why. Numbers are `*`.
const HARMLESS: [(&str, &str, &str); 23] = [
    ("messageSignature/messageDigest", "removed", "a hint: the signature is over the artifact"),
    ("dsseEnvelope/signatures/*/keyid", "", "a hint: the verifier has its keys"),
    ("publicKey/hint", "", "a hint: the verifier has its keys"),
    ("x509CertificateChain/certificates", "element doubled", "a certificate more than is used"),
    ("tlogEntries", "removed", "no entry is demanded of this one"),
    ("tlogEntries", "element removed", "there is another entry"),
    ("tlogEntries/*/inclusionPromise", "removed", "there is a proof, and another time or a key"),
    ("tlogEntries/*/inclusionProof/checkpoint", "removed", "version 0.1: the promise suffices"),
    ("tlogEntries/*/inclusionProof/checkpoint/envelope", "removed", "version 0.1: the promise suffices"),
    ("tlogEntries/*/inclusionProof", "removed", "there is a promise, which suffices in version 0.1"),
    ("tlogEntries/*/inclusionProof/treeSize", "", "Rekor v2: the checkpoint says it"),
    ("tlogEntries/*/inclusionProof/rootHash", "", "Rekor v2: the checkpoint says it"),
    ("tlogEntries/*/inclusionProof/logIndex", "", "Rekor v2: the entry says it"),
    ("tlogEntries/*/integratedTime", "", "without a promise it is nobody's word, and neither used nor shown"),
    ("tlogEntries/*/logIndex", "", "without a promise it is nobody's word, and neither used nor shown"),
    ("timestampVerificationData", "removed", "the log has the time, or a key needs none"),
    (
        "timestampVerificationData/rfc3161Timestamps",
        "",
        "as above; or there is another; or the same once more",
    ),
    (
        "timestampVerificationData/rfc3161Timestamps/*/signedTimestamp",
        "middle byte",
        "the certificates in a token are not believed",
    ),
    (
        "rfc3161timestamp/SignedRFC3161Timestamp",
        "middle byte",
        "the certificates in a token are not believed",
    ),
    ("dev.sigstore.cosign~1rfc3161timestamp", "removed", "the log has the time, or a key needs none"),
    ("dev.sigstore.cosign~1chain", "removed", "the trusted root has what is above the certificate"),
    ("dev.cosignproject.cosign~1signature", "", "of an envelope, which has its signature inside"),
    ("predicateType", "", "a hint for lists: the statement says it"),
];

/// The place of a change, with numbers as `*` and without the members that only hold others.
fn place(pointer: &str) -> String {
    let parts = pointer.split('/').skip(1).filter(|part| *part != "verificationMaterial");
    parts.map(|part| if part.parse::<u64>().is_ok() { "*" } else { part }).collect::<Vec<_>>().join("/")
}

/// Every single change of a good signature, in the JSON of its bundle or of its annotations, the JSON inside those
/// included.
fn changes(evidence: &Evidence) -> Vec<(String, &'static str, Evidence)> {
    match evidence {
        Evidence::Bundle(text) => mutations(&serde_json::from_str(text).unwrap())
            .into_iter()
            .map(|one| (place(&one.pointer), one.change, Evidence::Bundle(one.document.to_string())))
            .collect(),
        Evidence::Layer(layer) => {
            let mut all = Vec::new();
            let annotations = serde_json::Value::Object(layer.annotations.clone());
            for one in mutations(&annotations) {
                let changed =
                    Layer { annotations: one.document.as_object().unwrap().clone(), ..layer.clone() };
                all.push((place(&one.pointer), one.change, Evidence::Layer(changed)));
            }
            for name in [BUNDLE, TIMESTAMP] {
                let Some(text) = layer.annotations.get(name).and_then(|value| value.as_str()) else {
                    continue;
                };
                for one in mutations(&serde_json::from_str(text).unwrap()) {
                    let mut changed = layer.clone();
                    changed.annotations.insert(name.to_owned(), one.document.to_string().into());
                    let place = format!("{}/{}", name.rsplit('/').next().unwrap(), place(&one.pointer));
                    all.push((place, one.change, Evidence::Layer(changed)));
                }
            }
            all
        }
    }
}

#[test]
fn only_harmless_mutations_of_a_good_signature_pass() {
    let mut unseen = std::collections::BTreeSet::new();
    let mut used = std::collections::BTreeSet::new();
    let mut count = 0;
    for mut case in cases().into_iter().filter(|case| case.verdict == Verdict::Pass) {
        if NOT_READ.contains(&case.name.as_str()) {
            continue;
        }
        for (place, change, evidence) in changes(&case.evidence) {
            case.evidence = evidence;
            count += 1;
            if judge(&case).is_err() {
                continue;
            }
            let harmless = HARMLESS
                .iter()
                .position(|(at, which, _)| *at == place && (which.is_empty() || *which == change));
            match harmless {
                Some(row) => _ = used.insert(row),
                None => _ = unseen.insert(format!("{place}: {change} ({})", case.name)),
            }
        }
    }
    let unseen: Vec<String> = unseen.into_iter().collect();
    assert!(unseen.is_empty(), "of {count}:\n{}", unseen.join("\n"));
    let stale: Vec<_> = HARMLESS.iter().enumerate().filter(|(row, _)| !used.contains(row)).collect();
    assert!(stale.is_empty(), "{stale:?}");
    assert!(count > 5000, "{count}");
}
