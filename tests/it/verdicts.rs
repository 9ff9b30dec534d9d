//! Every signature of the table of good and bad ones gets the verdict that it deserves, and the bad ones an error
//! that says what is wrong.

use dhi::limits::Limits;
use dhi::oci::Digest;
use dhi::trust::{
    Artifact, Bundle, CertificateLog, EnvelopeLayer, Error, IdentityRule, Keyring, LogPolicy, Matcher,
    PublicKey, SimpleSignature, Threshold, Trust, TrustedKey, TrustedRoot,
};

use crate::sigstore::cases::{Authority, Case, Evidence, Reason, Verdict, cases};
use crate::sigstore::cosign::{BUNDLE, CERTIFICATE, CHAIN, Layer, SIGNATURE, TIMESTAMP};

fn trust(case: &Case) -> Result<Trust, Error> {
    let (keys, identities) = match &case.authority {
        Authority::Key(pem) => {
            (Keyring::of([TrustedKey::active("key", PublicKey::from_pem(pem, "key")?, "key")]), Vec::new())
        }
        Authority::Certificate { identity, issuer } => {
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
        certificate_log: CertificateLog::Require,
        threshold: Threshold::ONE,
        at: jiff::Timestamp::now(),
    })
}

fn judge(case: &Case) -> Result<(), Error> {
    let (trust, limits) = (trust(case)?, Limits::default());
    match &case.evidence {
        Evidence::Bundle(text) => {
            let bundle = Bundle::parse(&text.clone().into(), &limits)?;
            trust.verify_bundle(&bundle, Artifact::of(&case.artifact)).map(drop)
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
    trust.verify_envelope(envelope, Artifact::of(artifact), limits).map(drop)
}

/// Whether the error says what is wrong.
fn tells(case: &Case, error: &Error, reason: Reason) -> bool {
    match (reason, case.name.as_str()) {
        // A certificate that nobody issued names no issuer, and that is seen first.
        (Reason::Certificate, "certificate-self-signed") => matches!(error, Error::WrongIdentity { .. }),
        (Reason::Key, "key-in-certificate-field") => matches!(error, Error::Unreadable { .. }),
        // Of a message only its signature says what it is about.
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
fn every_signature_gets_the_verdict_that_it_deserves() {
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
