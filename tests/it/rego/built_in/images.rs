//! Policies about the image itself: its user, what it is built on, and its attestations.

use serde_json::{Value, json};

use super::facts::{CYCLONEDX, Facts, SLSA, SLSA_V02, SPDX, VSA};
use super::{Fail, Pass, Unknown, check, run, table};

#[test]
fn root_in_each_spelling_is_not_a_user() {
    let facts = Facts::new();
    table(
        "non-root",
        &json!({}),
        &facts,
        &[
            ("name", |facts| facts.user(Some("nonroot")), Pass),
            ("group root", |facts| facts.user(Some("65532:0")), Pass),
            ("absent", |facts| facts.user(None), Fail("names no user")),
            ("root", |facts| facts.user(Some("root")), Fail("its user is `root`")),
            ("root and group", |facts| facts.user(Some("root:65532")), Fail("`root:65532`")),
            ("0", |facts| facts.user(Some("0")), Fail("`0`")),
            ("0:0", |facts| facts.user(Some("0:0")), Fail("`0:0`")),
            ("+0", |facts| facts.user(Some("+0")), Fail("`+0`")),
            ("-0", |facts| facts.user(Some("-0")), Fail("`-0`")),
            ("000", |facts| facts.user(Some("000")), Fail("`000`")),
            ("blanks", |facts| facts.user(Some(" root ")), Fail("` root `")),
            ("only a group", |facts| facts.user(Some(":65532")), Fail("names no user")),
            ("wraps to 0", |facts| facts.user(Some("4294967296")), Fail("`4294967296`")),
            ("the highest user ID", |facts| facts.user(Some("2147483647")), Pass),
            ("administrator", |facts| facts.user(Some("ContainerAdministrator")), Fail("runs as root")),
            ("no configuration", |facts| facts.0["config"] = Value::Null, Fail("could not be read")),
            ("a chart", |facts| facts.0["kind"] = json!("chart"), Fail("only container images")),
        ],
    );
    // Labels that nobody signed exempt no image.
    let mut dev = facts.clone();
    dev.user(None);
    dev.label("com.docker.dhi.version", Some("3.13-dev"));
    check("labels", &run("non-root", &json!({}), &dev), Fail("names no user"));
    let signed = dev.clone().with(SLSA, json!({}));
    table(
        "non-root",
        &json!({}),
        &signed,
        &[
            ("an SDK", |facts| facts.label("com.docker.dhi.version", Some("10-sdk-debian13")), Pass),
            (
                "a runtime image",
                |facts| facts.label("com.docker.dhi.version", Some("3.13")),
                Fail("names no user"),
            ),
            ("no version", |facts| facts.label("com.docker.dhi.version", None), Fail("names no user")),
            ("built on one", |facts| facts.0["standing"] = json!("dhi-based"), Fail("names no user")),
            ("not proven", |facts| facts.0["standing"] = json!("not-dhi"), Fail("names no user")),
            (
                "signed by a team",
                |facts| facts.attestation(SLSA)["signers"][0]["isDhi"] = json!(false),
                Fail("names no user"),
            ),
            (
                "signed by an attestor",
                |facts| facts.attestation(SLSA)["signers"][0]["isImageSigner"] = json!(false),
                Fail("names no user"),
            ),
        ],
    );
    let strict = json!({"allow_dev_variants": false});
    check("not allowed", &run("non-root", &strict, &signed), Fail("names no user"));
    dev.label("com.docker.dhi.version", None);
    dev.label("com.docker.dhi.name", Some("dhi/pkg-curl"));
    // A signed name does.
    let mut package = dev.clone().with(SLSA, json!({}));
    check("other name", &run("non-root", &json!({}), &package), Fail("names no user"));
    package.attestation(SLSA)["signers"][0]["signedName"] = json!("dhi/pkg-curl");
    check("signed name", &run("non-root", &json!({}), &package), Pass);
    package.attestation(SLSA)["signers"][0]["isDhi"] = json!(false);
    check("key of others", &run("non-root", &json!({}), &package), Fail("names no user"));
    package.attestation(SLSA)["signers"][0]["signedName"] = json!("acme/app");
    let own = json!({"exempt_images": ["acme/*"]});
    check("own name", &run("non-root", &own, &package), Pass);
    package.attestation(SLSA)["signers"][0]["signedName"] = json!("dhi/pkg-curl");
    package.attestation(SLSA)["signers"][0]["isDhi"] = json!(true);
    package.attestation(SLSA)["signers"][0]["isImageSigner"] = json!(false);
    check("attestor", &run("non-root", &json!({}), &package), Fail("names no user"));
    let configured = dev.with(SLSA, json!({}));
    check("configured", &run("non-root", &json!({"exempt_images": ["dhi/python"]}), &configured), Pass);
    let mut name = facts;
    name.user(Some("app"));
    let require = json!({"require_user_id": true});
    check("name", &run("non-root", &require, &name), Fail("is a name"));
    name.user(Some("1000"));
    check("number", &run("non-root", &require, &name), Pass);
}

fn hardened() -> Facts {
    let passed = json!({"verificationResult": "PASSED", "verifiedLevels": ["SLSA_BUILD_LEVEL_3"]});
    Facts::new().with(SPDX, json!({"packages": []})).with(SLSA, json!({})).with(VSA, passed)
}

#[test]
fn attestations_must_be_there_and_signed() {
    let facts = hardened();
    table(
        "signed-attestations",
        &json!({}),
        &facts,
        &[
            ("no SBOM", |facts| facts.remove(SPDX), Fail("no attestation `sbom`")),
            ("no provenance", |facts| facts.remove(SLSA), Fail("no attestation `provenance`")),
            ("no summary", |facts| facts.remove(VSA), Fail("no attestation `vsa`")),
            (
                "CycloneDX",
                |facts| {
                    facts.remove(SPDX);
                    *facts = facts.clone().with(CYCLONEDX, json!({}));
                },
                Pass,
            ),
            (
                "provenance v0.2",
                |facts| {
                    facts.remove(SLSA);
                    *facts = facts.clone().with(SLSA_V02, json!({}));
                },
                Pass,
            ),
            (
                "signed by an attestor",
                |facts| facts.attestation(SLSA)["signers"][0]["isImageSigner"] = json!(false),
                Fail("no attestation `provenance` is signed as required"),
            ),
            (
                "no signers",
                |facts| facts.attestation(SPDX)["signers"] = json!([]),
                Fail("`sbom` is signed as required"),
            ),
            (
                "failed",
                |facts| {
                    facts.attestation(SPDX)["status"] =
                        json!({"outcome": "failed", "cause": "bad signature"});
                },
                Unknown,
            ),
            (
                "not judged",
                |facts| facts.attestation(SPDX)["status"] = json!({"outcome": "not-judged", "cause": "x"}),
                Unknown,
            ),
            (
                "a summary that failed",
                |facts| facts.predicate(VSA)["verificationResult"] = json!("FAILED"),
                Fail("not `PASSED`"),
            ),
            (
                "another attestation failed",
                |facts| {
                    *facts = facts.clone().with("https://example.com/x", json!({}));
                    facts.attestation("https://example.com/x")["status"] =
                        json!({"outcome": "failed", "cause": "wrong key"});
                },
                Fail("wrong key"),
            ),
            (
                "without a log proof",
                |facts| facts.attestation(SPDX)["signers"][0]["log"] = json!("absent"),
                Pass,
            ),
            ("only the base has them", |facts| *facts = facts.clone().based(), Unknown),
        ],
    );
    let logged = json!({"require_log": true});
    table(
        "signed-attestations",
        &logged,
        &facts,
        &[(
            "without a log proof",
            |facts| facts.attestation(SPDX)["signers"][0]["log"] = json!("absent"),
            Fail("`sbom` is signed as required"),
        )],
    );
    table(
        "signed-attestations",
        &json!({"signers": ["dhi-2"]}),
        &facts,
        &[(
            "another signer",
            |facts| facts.attestation(SLSA)["signers"][0]["name"] = json!("team"),
            Fail("`provenance` is signed as required"),
        )],
    );
    let required = json!({"required": ["https://example.com/review/v1"]});
    check("type", &run("signed-attestations", &required, &facts), Fail("`https://example.com/review/v1`"));
    let reviewed = facts.clone().with("https://example.com/review/v1", json!({}));
    check("type", &run("signed-attestations", &required, &reviewed), Pass);
    // An empty list would ask for nothing.
    check(
        "none",
        &run("signed-attestations", &json!({"required": []}), &facts),
        Fail("the setting `required`"),
    );
}

#[test]
fn a_hardened_image_is_one_by_its_signers() {
    let facts = hardened();
    table(
        "dhi-or-dhi-based",
        &json!({}),
        &facts,
        &[
            ("not", |facts| facts.0["standing"] = json!("not-dhi"), Fail("no hardened image")),
            ("unknown", |facts| facts.0["standing"] = json!("unknown"), Fail("it is unknown")),
            ("no SBOM", |facts| facts.remove(SPDX), Fail("no trusted signer")),
            ("no provenance", |facts| facts.remove(SLSA), Fail("no trusted signer")),
            ("no attestations", |facts| facts.0["attestations"] = json!([]), Fail("no trusted signer")),
            (
                "an SBOM by an attestor",
                |facts| facts.attestation(SPDX)["signers"][0]["isImageSigner"] = json!(false),
                Fail("no trusted signer"),
            ),
            (
                "two signers, each for one",
                |facts| facts.attestation(SPDX)["signers"][0]["keyId"] = json!("0000"),
                Fail("no trusted signer"),
            ),
            (
                "several names",
                |facts| facts.attestation(SPDX)["signers"][0]["signedName"] = json!("dhi/node"),
                Fail("several names: dhi/node, dhi/python"),
            ),
            (
                "failed",
                |facts| facts.attestation(VSA)["status"] = json!({"outcome": "failed", "cause": "tampered"}),
                Fail("tampered"),
            ),
            (
                "not judged",
                |facts| facts.attestation(SLSA)["status"] = json!({"outcome": "not-judged", "cause": "x"}),
                Fail("no trusted signer"),
            ),
            (
                "denied",
                |facts| facts.predicate(VSA)["verificationResult"] = json!("FAILED"),
                Fail("not `PASSED`"),
            ),
            (
                "CycloneDX",
                |facts| {
                    facts.remove(SPDX);
                    *facts = facts.clone().with(CYCLONEDX, json!({}));
                },
                Pass,
            ),
        ],
    );
    let mut package = Facts::new().with(SLSA, json!({}));
    package.attestation(SLSA)["signers"][0]["signedName"] = json!("dhi/pkg-curl");
    check("package", &run("dhi-or-dhi-based", &json!({}), &package), Pass);
    package.attestation(SLSA)["signers"][0]["isDhi"] = json!(false);
    check("package", &run("dhi-or-dhi-based", &json!({}), &package), Fail("no trusted signer"));
}

#[test]
fn an_image_is_based_on_one_by_proof_of_its_layers() {
    table(
        "dhi-or-dhi-based",
        &json!({}),
        &Facts::new().based(),
        &[
            ("no base", |facts| facts.0["base"] = Value::Null, Fail("not proven by layers")),
            ("no layers", |facts| facts.0["base"]["layers"] = json!(0), Fail("not proven by layers")),
            ("no proof", |facts| facts.0["base"]["proof"] = json!("label"), Fail("not proven by layers")),
            // A copy without the attestations of its original.
            ("a copy", |facts| facts.0["base"]["digest"] = facts.0["digest"].clone(), Pass),
            (
                "no attestations of the base",
                |facts| facts.0["base"]["attestations"] = json!([]),
                Fail("no trusted signer signed both provenance and an SBOM of the base"),
            ),
            (
                "no SBOM of the base",
                |facts| {
                    facts.0["base"]["attestations"].as_array_mut().unwrap().remove(0);
                },
                Fail("of the base"),
            ),
            (
                "attested by others",
                |facts| facts.0["base"]["attestations"][0]["signers"][0]["isImageSigner"] = json!(false),
                Fail("of the base"),
            ),
            (
                "own attestation failed",
                |facts| {
                    *facts = facts.clone().with(SPDX, json!({}));
                    facts.attestation(SPDX)["status"] = json!({"outcome": "failed", "cause": "tampered"});
                },
                Fail("tampered"),
            ),
        ],
    );
}

#[test]
fn a_base_is_approved_by_its_signed_name() {
    let facts = Facts::new().with(SLSA, json!({}));
    table(
        "approved-base-images",
        &json!({}),
        &facts,
        &[
            ("not", |facts| facts.0["standing"] = json!("not-dhi"), Fail("not proven")),
            ("unknown", |facts| facts.0["standing"] = json!("unknown"), Fail("it is unknown")),
            (
                "a customization",
                |facts| facts.attestation(SLSA)["signers"][0]["signedName"] = json!("acme/python"),
                Fail("`acme/python` is not approved"),
            ),
            (
                "no name",
                |facts| facts.attestation(SLSA)["signers"][0]["signedName"] = Value::Null,
                Fail("no signed name"),
            ),
            (
                "an attestor's name",
                |facts| facts.attestation(SLSA)["signers"][0]["isImageSigner"] = json!(false),
                Fail("no signed name"),
            ),
            (
                "not verified",
                |facts| facts.attestation(SLSA)["status"] = json!({"outcome": "failed", "cause": "x"}),
                Fail("no signed name"),
            ),
            ("a name that only the reference has", |facts| facts.0["name"] = json!("dhi/node"), Pass),
        ],
    );
    let only_node = json!({"allowed_base_images": ["dhi/node"]});
    check("other", &run("approved-base-images", &only_node, &facts), Fail("`dhi/python` is not approved"));
    let config = json!({"allowed_base_images": ["dhi/node", "dhi/pyth*"]});
    table(
        "approved-base-images",
        &config,
        &facts.based(),
        &[
            (
                "base",
                |facts| facts.0["base"]["name"] = json!("dhi/nginx"),
                Fail("`dhi/nginx` is not approved"),
            ),
            ("label", |facts| facts.label("com.docker.dhi.name", Some("dhi/nginx")), Pass),
            ("not based", |facts| facts.0["standing"] = json!("not-dhi"), Fail("not proven")),
        ],
    );
}
