//! The Sigstore instance of the tests against the reference library: what the table calls good passes there,
//! what it calls bad fails, and where the two differ is written in the table.

use sigstore_verify::trust_root::TrustedRoot;
use sigstore_verify::types::{Bundle, DerPublicKey};
use sigstore_verify::{PublicKeyVerificationPolicy, VerificationPolicy, Verifier};

use crate::sigstore::cases::{Authority, Case, Evidence, Judge, cases};

/// The library's verdict on a bundle.
fn judge(case: &Case, bundle: &str) -> Result<(), String> {
    let root = TrustedRoot::from_json(&case.trusted_root).map_err(|error| error.to_string())?;
    let verifier = Verifier::new(&root).map_err(|error| error.to_string())?;
    let bundle = Bundle::from_json(bundle).map_err(|error| error.to_string())?;
    let result = match &case.authority {
        Authority::Key(pem) => {
            let policy = PublicKeyVerificationPolicy::new(DerPublicKey::from_pem(pem).unwrap());
            let policy = if case.log_demanded { policy } else { policy.skip_tlog_unsafe() };
            verifier.verify(case.artifact.as_slice(), &bundle, &policy)
        }
        Authority::Certificate { identity, issuer } => {
            let policy = VerificationPolicy::new(identity.as_str(), issuer.as_str());
            let policy = if case.log_demanded { policy } else { policy.skip_tlog_unsafe() };
            verifier.verify(case.artifact.as_slice(), &bundle, &policy)
        }
    };
    result.map(drop).map_err(|error| error.to_string())
}

#[test]
fn the_reference_library_judges_bundles_as_the_table_says() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for case in cases() {
        let Evidence::Bundle(bundle) = &case.evidence else { continue };
        judged += 1;
        let verdict = judge(&case, bundle);
        if std::env::var_os("SHOW").is_some() {
            println!("{case:?} -> {verdict:?}");
        }
        if verdict.is_ok() != case.judged_by(Judge::Library) {
            wrong.push(format!("{case:?}, the library: {verdict:?}"));
        }
    }
    assert!(judged > 150, "{judged} bundles");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
