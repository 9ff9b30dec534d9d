//! The Sigstore instance of the tests against the real cosign: it takes for good what the table calls good,
//! and where it takes something bad for good, the table says so.

use std::path::Path;

use crate::lab::{Lab, both};
use crate::sigstore::cases::{ARTIFACT, Authority, Case, Evidence, Judge, cases};

/// The verdict of cosign 3 on a bundle, and what it printed.
fn judge(lab: &Lab, case: &Case, bundle: &str) -> (bool, String) {
    let parsed: serde_json::Value = serde_json::from_str(bundle).unwrap_or_default();
    let file = |suffix: &str, content: &str| lab.write(&format!("{}.{suffix}", case.name), content);
    let mut cosign = lab.peer("cosign3");
    if parsed["dsseEnvelope"].is_object() && parsed["messageSignature"].is_null() {
        cosign.args(["verify-blob-attestation", "--type", &predicate_type(&parsed)]);
    } else {
        cosign.arg("verify-blob");
    }
    cosign.arg("--bundle").arg(file("bundle", bundle));
    cosign.arg("--trusted-root").arg(file("root", &case.trusted_root));
    match &case.authority {
        Authority::Key(pem) => cosign.arg("--key").arg(file("pub", pem)),
        Authority::Certificate { identity, issuer } => {
            cosign.args(["--certificate-identity", identity, "--certificate-oidc-issuer", issuer])
        }
    };
    if !case.log_demanded {
        cosign.arg("--insecure-ignore-tlog=true");
    }
    // cosign looks at timestamps only when told so, and then demands one.
    if parsed["verificationMaterial"]["timestampVerificationData"].is_object() {
        cosign.arg("--use-signed-timestamps");
    }
    let artifact = file("artifact", "");
    std::fs::write(&artifact, &case.artifact).unwrap();
    let output = cosign.arg(&artifact).output().unwrap();
    (output.status.success(), both(&output))
}

/// cosign wants to be told the predicate type.
fn predicate_type(bundle: &serde_json::Value) -> String {
    use base64::Engine as _;
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap_or_default();
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap_or_default();
    let statement: serde_json::Value = serde_json::from_slice(&payload).unwrap_or_default();
    statement["predicateType"].as_str().unwrap_or(crate::sigstore::cases::PREDICATE_TYPE).to_owned()
}

#[test]
fn cosign_judges_bundles_as_the_table_says() {
    let Some(lab) = Lab::with(&["cosign3"]) else { return };
    let cases = cases();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = cases
            .chunks(cases.len().div_ceil(2))
            .map(|cases| {
                scope.spawn(|| cases.iter().filter_map(|case| differs(&lab, case)).collect::<Vec<_>>())
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What cosign said, where that is not what the table says.
fn differs(lab: &Lab, case: &Case) -> Option<String> {
    let Evidence::Bundle(bundle) = &case.evidence else { return None };
    let (passes, printed) = judge(lab, case, bundle);
    (passes != case.judged_by(Judge::Cosign)).then(|| format!("{case:?}, cosign: {passes}: {printed}"))
}
