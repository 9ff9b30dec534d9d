//! Keyless signatures: only the given identity and issuer count, the whole text is compared, and every required claim
//! must match.

use serde_json::Value;

use super::{CHECKED, IDENTITY, ISSUER, TeamImage};
use crate::support::env::read;
use crate::support::test_sigstore::signed::Version;

fn attested() -> TeamImage {
    let team = TeamImage::new();
    let signed = team.sigstore.keyless(IDENTITY, ISSUER).attest(&team.checked());
    team.attach(&signed.logged(&team.sigstore.rekor), Version::V03);
    team
}

#[test]
fn bundles_of_every_version_and_log_pass() {
    for (version, second) in
        [(Version::V01, false), (Version::V02, false), (Version::V03, false), (Version::V03, true)]
    {
        let team = TeamImage::new();
        let signer = team.sigstore.keyless(IDENTITY, ISSUER);
        for statement in [team.checked(), team.signing()] {
            let signed = signer.attest(&statement);
            let signed = if second {
                signed.logged(&team.sigstore.rekor2).dated(&team.sigstore.tsa)
            } else {
                signed.logged(&team.sigstore.rekor)
            };
            team.attach(&signed, version);
        }
        let run = team.verify_keyless(&["--require-index-signature"]);
        run.assert(0, &format!("signed by {IDENTITY} ({ISSUER})"));
        let json = team.verify_keyless(&["--format", "json"]).json();
        let attestation = &json["images"][0]["platforms"][0]["attestations"][0];
        assert_eq!(attestation["predicateType"], CHECKED);
        assert_eq!(attestation["signature"]["certificate"]["identity"], IDENTITY);
        assert_eq!(attestation["signature"]["certificate"]["issuer"], ISSUER);
        assert_eq!(attestation["signature"]["log"]["state"], "proven");
        let by = if second { "timestamp-authority" } else { "log" };
        assert_eq!(attestation["signature"]["times"][0]["by"], by);
        let schema: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
        assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
    }
}

#[test]
fn a_message_signature_over_the_manifest_signs_the_image() {
    let team = TeamImage::new();
    let manifest = team.registry.manifest("acme/app", &team.image).unwrap();
    let signer = team.sigstore.keyless(IDENTITY, ISSUER);
    team.attach(&signer.sign(&manifest).logged(&team.sigstore.rekor), Version::V03);
    team.attach(&signer.attest(&team.checked()).logged(&team.sigstore.rekor), Version::V03);
    team.verify_keyless(&["--require-index-signature"]).assert(0, "manifest");
    let other = TeamImage::new();
    let signer = other.sigstore.keyless(IDENTITY, ISSUER);
    other.attach(&signer.sign(b"another manifest").logged(&other.sigstore.rekor), Version::V03);
    other.attach(&signer.attest(&other.checked()).logged(&other.sigstore.rekor), Version::V03);
    other.verify_keyless(&["--require-index-signature"]).assert(4, "trust/");
}

#[test]
fn another_identity_or_issuer_proves_nothing() {
    let team = attested();
    for (identity, issuer) in [
        ("https://github.com/acme/app/.github/workflows/release.yml@refs/heads/evil", ISSUER),
        (IDENTITY, "https://token.actions.evil.example"),
        (&IDENTITY[..IDENTITY.len() - 1], ISSUER),
        (&IDENTITY.to_uppercase(), ISSUER),
    ] {
        let flags = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
        let run = team.verify(&flags);
        run.assert(3, "attest/none");
        let list = team.list(&flags);
        list.assert(0, &format!("certificate identity {IDENTITY} ("));
    }
}

#[test]
fn identity_patterns_match_the_whole_text() {
    let team = attested();
    let verify = |identity: &str, issuer: &str| {
        let flags = ["--certificate-identity-regexp", identity, "--certificate-oidc-issuer-regexp", issuer];
        team.verify(&flags)
    };
    verify("https://github.com/acme/app/.*@refs/heads/main", "https://token[.]actions.*").assert(0, "pass");
    verify("https://github.com/acme/", ".*").assert(3, "attest/none");
    verify("https://github.com/acme/app/.*", "https://token").assert(3, "attest/none");
    verify("(", ".*").assert(2, "regular expression");
    verify("a)|(.*", ".*").assert(2, "regular expression");
}

#[test]
fn every_required_workflow_claim_must_match() {
    let team = attested();
    for (flag, good) in [
        ("--certificate-github-workflow-trigger", "push"),
        ("--certificate-github-workflow-sha", "9c0ffee09c0ffee09c0ffee09c0ffee09c0ffee0"),
        ("--certificate-github-workflow-name", "release"),
        ("--certificate-github-workflow-repository", "acme/app"),
        ("--certificate-github-workflow-ref", "refs/heads/main"),
    ] {
        team.verify_keyless(&[flag, good]).assert(0, "pass");
        team.verify_keyless(&[flag, &good[1..]]).assert(3, "attest/none");
    }
}

#[test]
fn an_identity_without_an_issuer_is_refused() {
    let team = attested();
    for (flags, hint) in [
        (&["--certificate-identity", IDENTITY][..], "--certificate-oidc-issuer"),
        (&["--certificate-oidc-issuer", ISSUER], "--certificate-identity"),
        (&["--certificate-github-workflow-ref", "x"], "--certificate-identity"),
        (&["--certificate-identity", "", "--certificate-oidc-issuer", ISSUER], "matches nothing"),
    ] {
        team.verify(flags).assert(2, hint);
    }
    let issuers = ["--certificate-oidc-issuer", ISSUER, "--certificate-oidc-issuer", "https://b.example"];
    team.verify(&[&["--certificate-identity", IDENTITY][..], &issuers].concat()).assert(2, "1 identities");
}

#[test]
fn with_an_identity_no_docker_signature_is_required() {
    let team = attested();
    let json = team.verify_keyless(&["--format", "json"]).json();
    assert_eq!(json["trust"]["keys"], Value::Array(Vec::new()));
    assert_eq!(json["trust"]["identities"][0]["identity"], IDENTITY);
    let json = team.verify_keyless(&["--key", "dhi-2", "--format", "json"]).json();
    assert_eq!(json["trust"]["keys"][0]["name"], "dhi-2");
}
