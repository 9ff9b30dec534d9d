//! What the real cosigns write in each of their forms, logged or not, by a key or with a certificate, verifies
//! here; and the same does not where something else is demanded.

use crate::cosign::{Key, sign_and_attest_in_tags};
use crate::image::{Image, Recipe};
use crate::lab::{Lab, succeed};
use crate::registry::{Kind, Registry};
use crate::rekor::Bench;
use crate::sigstore::fulcio::Leaf;
use crate::sigstore::key::certificate_pem;
use crate::sigstore::server::Manner;
use crate::verify::alone;

const SPDX: &str = "https://spdx.dev/Document";
const IDENTITY: &str = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The bench's key and log, and everything demanded of both.
fn strictly(bench: &Bench, key: &str) -> crate::verify::Verdict {
    let root = bench.lab.path("root.json");
    let root = root.to_str().unwrap();
    let demands = ["--trusted-root", root, "--require-tlog", "--require-index-signature"];
    alone(&bench.lab, &[&["--key", key][..], &demands, &[&bench.image]].concat())
}

#[test]
fn logged_signatures_and_attestations_of_both_cosigns_verify_with_their_log() {
    for (program, form) in [("cosign2", "dsse"), ("cosign3", "bundle")] {
        let Some(bench) = Bench::new(Manner::Honest) else { return };
        bench.signs(program, &["sign"]);
        bench.signs(program, &["attest"]);
        let verdict = strictly(&bench, bench.key.public());
        verdict.ends(0, &[]);
        assert_eq!(verdict.image()["rootSignature"]["signature"]["log"]["state"], "proven", "{verdict}");
        let kinds = verdict.verified(|one| format!("{} {}", one["form"], one["signature"]["log"]["state"]));
        assert_eq!(
            kinds.into_iter().collect::<Vec<_>>(),
            [(format!("\"{form}\" \"proven\""), 1)],
            "{verdict}"
        );
        let stranger = Key::generate(&bench.lab, "stranger");
        strictly(&bench, stranger.public()).ends(4, &["attest/none", "trust/wrong-key"]);
    }
}

#[test]
fn signatures_with_a_certificate_verify_by_its_identity() {
    let Some(bench) = Bench::new(Manner::Honest) else { return };
    // A key of the authority's choosing, since cosign has no identity provider here.
    let leaf = Leaf::new(IDENTITY, ISSUER, jiff::Timestamp::now());
    let holder = crate::sigstore::key::Key::p256();
    let certificate = bench.sigstore.fulcio.certify(&leaf, &holder);
    let chain: String = bench.sigstore.fulcio.chain().iter().map(|der| certificate_pem(der)).collect();
    let pem = bench.lab.write("holder.pem", &holder.pair().serialize_pem());
    let mut import = bench.lab.peer("cosign3");
    import.args(["import-key-pair", "--yes", "--output-key-prefix"]).arg(bench.lab.path("team"));
    succeed(import.arg("--key").arg(pem));
    let certificate = bench.lab.write("leaf.pem", &certificate_pem(&certificate));
    let chain = bench.lab.write("chain.pem", &chain);
    // cosign asks for the certificate's own authority, which it takes from the environment.
    let root = bench.lab.write("fulcio.pem", &certificate_pem(&bench.sigstore.fulcio.root.der));
    let ct = bench.lab.write("ct.pub", &bench.sigstore.fulcio.ct.key.pem());
    for command in ["sign", "attest"] {
        let mut sign = bench.signing("cosign2", &[command]);
        sign.arg("--certificate").arg(&certificate).arg("--certificate-chain").arg(&chain);
        sign.env("SIGSTORE_ROOT_FILE", &root).env("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", &ct);
        succeed(&mut sign);
    }
    let root = bench.lab.path("root.json");
    let by = |identity: &str, issuer: &str| {
        let who = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
        let what = ["--trusted-root", root.to_str().unwrap(), "--require-index-signature", &bench.image];
        alone(&bench.lab, &[&who[..], &what].concat())
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
fn proofs_under_tags_count_as_those_among_referrers() {
    let Some(lab) = Lab::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&lab, Kind::Ggcr);
    let key = Key::generate(&lab, "team");
    let repository = format!("{}/dhi/python", registry.host);
    let image = Image::pushed(&lab, Recipe::SMALL, &repository);
    alone(&lab, &["--key", key.public(), &repository]).ends(3, &["trust/unsigned"]);
    for digest in [&image.digest, &image.platforms[0], &image.attestations[0].digest] {
        sign_and_attest_in_tags(&lab, &key, SPDX, &format!("{repository}@{digest}"));
    }
    let verdict = alone(&lab, &["--key", key.public(), "--require-index-signature", &repository]);
    verdict.ends(0, &[]);
    assert_eq!(verdict.image()["rootSignature"]["outcome"], "good", "{verdict}");
    // The attestation under the tag is looked for where others are asked for.
    let other = Key::generate(&lab, "other");
    let both = ["--key", key.public(), "--attestor-key", other.public(), &repository];
    let forms = alone(&lab, &both).verified(|one| one["form"].as_str().unwrap().to_owned());
    assert_eq!(forms.keys().collect::<Vec<_>>(), ["dsse", "in-toto"]);
}
