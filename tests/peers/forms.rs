//! Signatures and attestations of the real cosigns, in each form, logged or not, by a key or with a certificate: they
//! verify, and they fail where something else is required.

use crate::cosign::{Key, sign_and_attest_in_tags};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::rekor::RekorFixture;
use crate::support::peers::{PeerEnv, succeed};
use crate::support::rekor::RekorBehavior;
use crate::support::test_sigstore::fulcio::Leaf;
use crate::support::test_sigstore::key::certificate_pem;
use crate::verify::verify_attested;

const SPDX: &str = "https://spdx.dev/Document";
const IDENTITY: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The bench's key and log, and everything demanded of both.
fn strictly(fixture: &RekorFixture, key: &str) -> crate::verify::Verdict {
    let root = fixture.env.path("root.json");
    let root = root.to_str().unwrap();
    let demands = ["--trusted-root", root, "--require-tlog", "--require-index-signature"];
    verify_attested(&fixture.env, &[&["--key", key][..], &demands, &[&fixture.image]].concat())
}

#[test]
fn logged_signatures_of_both_cosigns_verify() {
    for (program, form) in [("cosign2", "dsse"), ("cosign3", "bundle")] {
        let Some(fixture) = RekorFixture::new(RekorBehavior::Honest) else { return };
        fixture.signs(program, &["sign"]);
        fixture.signs(program, &["attest"]);
        let verdict = strictly(&fixture, fixture.key.public());
        verdict.ends(0, &[]);
        assert_eq!(verdict.image()["rootSignature"]["signature"]["log"]["state"], "proven", "{verdict}");
        let kinds = verdict.verified(|one| format!("{} {}", one["form"], one["signature"]["log"]["state"]));
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            [(format!("\"{form}\" \"proven\""), 1)],
            "{verdict}"
        );
        let unknown = Key::generate(&fixture.env, "unknown");
        strictly(&fixture, unknown.public()).ends(4, &["attest/none", "trust/wrong-key"]);
    }
}

#[test]
fn signatures_with_a_certificate_verify_by_its_identity() {
    let Some(fixture) = RekorFixture::new(RekorBehavior::Honest) else { return };
    // A key of the authority's choosing, since cosign has no identity provider here.
    let leaf = Leaf::new(IDENTITY, ISSUER, jiff::Timestamp::now());
    let holder = crate::support::test_sigstore::key::Key::p256();
    let certificate = fixture.sigstore.fulcio.certify(&leaf, &holder);
    let chain: String = fixture.sigstore.fulcio.chain().iter().map(|der| certificate_pem(der)).collect();
    let pem = fixture.env.write("holder.pem", &holder.pair().serialize_pem());
    let mut import = fixture.env.peer("cosign3");
    import.args(["import-key-pair", "--yes", "--output-key-prefix"]).arg(fixture.env.path("team"));
    succeed(import.arg("--key").arg(pem));
    let certificate = fixture.env.write("leaf.pem", &certificate_pem(&certificate));
    let chain = fixture.env.write("chain.pem", &chain);
    // cosign asks for the certificate's own authority, which it takes from the environment.
    let root = fixture.env.write("fulcio.pem", &certificate_pem(&fixture.sigstore.fulcio.root.der));
    let ct = fixture.env.write("ct.pub", &fixture.sigstore.fulcio.ct.key.pem());
    for command in ["sign", "attest"] {
        let mut sign = fixture.signing("cosign2", &[command]);
        sign.arg("--certificate").arg(&certificate).arg("--certificate-chain").arg(&chain);
        sign.env("SIGSTORE_ROOT_FILE", &root).env("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", &ct);
        succeed(&mut sign);
    }
    let root = fixture.env.path("root.json");
    let by = |identity: &str, issuer: &str| {
        let who = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
        let what = ["--trusted-root", root.to_str().unwrap(), "--require-index-signature", &fixture.image];
        verify_attested(&fixture.env, &[&who[..], &what].concat())
    };
    let verdict = by(IDENTITY, ISSUER);
    verdict.ends(0, &[]);
    assert_eq!(
        verdict.image()["rootSignature"]["signature"]["certificate"]["identity"],
        IDENTITY,
        "{verdict}"
    );
    let identities = verdict.verified(|one| one["signature"]["certificate"]["identity"].to_string());
    assert_eq!(identities.len(), 1, "{verdict}");
    by("https://github.com/acme/evil", ISSUER).ends(4, &["attest/none", "trust/wrong-identity"]);
    by(IDENTITY, "https://accounts.evil.example").ends(4, &["attest/none", "trust/wrong-identity"]);
}

#[test]
fn proofs_under_tags_and_in_referrers_are_judged_alike() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = Key::generate(&env, "team");
    let repository = format!("{}/dhi/python", registry.host);
    let image = Image::pushed(&env, Recipe::SMALL, &repository);
    verify_attested(&env, &["--key", key.public(), &repository]).ends(3, &["trust/unsigned"]);
    for digest in [&image.digest, &image.platforms[0], &image.attestations[0].digest] {
        sign_and_attest_in_tags(&env, &key, SPDX, &format!("{repository}@{digest}"));
    }
    let verdict = verify_attested(&env, &["--key", key.public(), "--require-index-signature", &repository]);
    verdict.ends(0, &[]);
    assert_eq!(verdict.image()["rootSignature"]["outcome"], "good", "{verdict}");
    // The attestation under the tag is looked for where others are asked for.
    let other = Key::generate(&env, "other");
    let both = ["--key", key.public(), "--attestor-key", other.public(), &repository];
    let forms = verify_attested(&env, &both).verified(|one| one["form"].as_str().unwrap().to_owned());
    assert_eq!(forms.keys().collect::<Vec<_>>(), ["dsse", "in-toto"]);
}
