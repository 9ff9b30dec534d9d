//! The verdict of each policy for the same images, and the flags that belong to one policy.

use dhi::oci::media_type;
use serde_json::{Value, json};

use crate::support::env::{KEY, ROOT, Run, TestEnv};
use crate::support::layout::LayoutFixture;
use crate::support::test_sigstore::cosign::simple_signing;
use crate::support::test_sigstore::signed::Version;
use crate::team::{IDENTITY, ISSUER, TeamImage};

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";
const NAME: &str = "registry.example.com/shop/web";
const SIGNED: [&str; 2] = ["--policy", "signed"];

/// An image in an index, before anything is said about it.
struct ImageFixture {
    layout: LayoutFixture,
    image: Value,
    index: Value,
}

impl ImageFixture {
    fn new() -> Self {
        let layout = LayoutFixture::new();
        let image = layout.image("amd64");
        let index = layout.index(&[&image]);
        Self { layout, image, index }
    }

    fn verify(&self, flags: &[&str]) -> Run {
        self.layout.verify(&self.index, flags)
    }

    fn sign(&self, optional: &Value) {
        self.layout.sign(&self.index, &self.index, NAME, optional);
    }
}

/// The exit codes with the default policy, with `attested` and with `signed`.
#[test]
fn each_policy_judges_its_own_checks() {
    let situation = |make: &dyn Fn(&ImageFixture)| {
        let setup = ImageFixture::new();
        make(&setup);
        ["dhi-or-dhi-based", "attested", "signed"].map(|policy| setup.verify(&["--policy", policy]).code)
    };
    let signed = |setup: &ImageFixture| setup.sign(&Value::Null);
    let attested = |setup: &ImageFixture| setup.layout.attest(&setup.image, &setup.image, SPDX);
    assert_eq!(situation(&|_| ()), [1, 3, 3], "nothing");
    assert_eq!(situation(&signed), [1, 3, 0], "the root is signed, and nothing else");
    assert_eq!(situation(&attested), [1, 0, 3], "the image is attested");
    let about_index = |setup: &ImageFixture| setup.layout.attest(&setup.index, &setup.index, SPDX);
    assert_eq!(situation(&about_index), [1, 0, 3], "the index is attested");
    let hardened = |setup: &ImageFixture| {
        attested(setup);
        setup.layout.attest(&setup.image, &setup.image, SLSA);
    };
    assert_eq!(situation(&hardened), [0, 0, 3], "all that a hardened image has");
    let both = |setup: &ImageFixture| (hardened(setup), signed(setup));
    assert_eq!(situation(&|setup| _ = both(setup)), [0, 0, 0], "that, and a signature");
    let forged = |setup: &ImageFixture| setup.layout.attest(&setup.image, &setup.index, SPDX);
    assert_eq!(situation(&forged), [4, 4, 3], "an attestation about something else");
    let forged_and_signed = |setup: &ImageFixture| (forged(setup), signed(setup));
    assert_eq!(situation(&|setup| _ = forged_and_signed(setup)), [4, 4, 0], "attestations are not judged");
    let of_other = |setup: &ImageFixture| setup.layout.sign(&setup.index, &setup.image, NAME, &Value::Null);
    assert_eq!(situation(&of_other), [4, 4, 4], "the signature is one of another object");
    // The fixture is what Docker publishes, signed with another key.
    for policy in ["dhi-or-dhi-based", "attested", "signed"] {
        let run = TestEnv::new().verify(&["--policy", policy, "oci:fixtures/python:3.13"]);
        assert_eq!(run.code, 0, "{policy}: {}", run.stdout);
        let other =
            ["verify", "--key", "fixtures/keys/other.pub", "--trusted-root", ROOT, "--policy", policy];
        assert_eq!(
            TestEnv::new().dhi(&[&other[..], &["oci:fixtures/python:3.13"]].concat()).code,
            4,
            "{policy}"
        );
    }
    // By Docker's own key nothing of the fixture is.
    TestEnv::new()
        .dhi(&["verify", "--policy", "signed", "oci:fixtures/python:3.13"])
        .assert(4, "trust/wrong-key");
}

#[test]
fn signed_reports_the_signer_and_the_unjudged() {
    let setup = ImageFixture::new();
    setup.sign(&Value::Null);
    setup.layout.attest_unsigned(&setup.image, &setup.image, SPDX);
    setup.layout.write(&setup.index);
    let table = setup.layout.dhi(&["verify", "--policy", "signed", "--key", &setup.layout.key()]);
    table.assert(0, "signed by key (");
    table.assert(0, " as shop/web\n");
    table.assert(
        0,
        "not checked: attestations of index: not judged: the policy requires only the signature\n",
    );
    for format in ["junit", "markdown", "sarif", "github"] {
        let run = setup.layout.dhi(&[
            "verify",
            "--policy",
            "signed",
            "--format",
            format,
            "--key",
            &setup.layout.key(),
        ]);
        assert_eq!(run.code, 0, "{format}: {}", run.stdout);
    }
    let none = ImageFixture::new().verify(&SIGNED);
    assert_eq!((none.code, none.ids()), (3, vec!["trust/unsigned".to_owned()]), "{}", none.stdout);
    // A single manifest alike.
    let setup = ImageFixture::new();
    setup.layout.sign(&setup.image, &setup.image, NAME, &Value::Null);
    assert_eq!(setup.layout.verify(&setup.image, &SIGNED).code, 0);
    assert_eq!(setup.verify(&SIGNED).code, 3);
}

#[test]
fn signed_name_must_match_the_root_signature() {
    let setup = ImageFixture::new();
    setup.sign(&Value::Null);
    let named = |name| setup.verify(&["--policy", "signed", "--signed-name", name]);
    assert_eq!(named("shop/web").code, 0);
    let other = named("shop/api");
    assert_eq!((other.code, other.ids()), (4, vec!["trust/signed-name".to_owned()]), "{}", other.stdout);
    // Of several the one for this name counts.
    setup.layout.sign(&setup.index, &setup.index, "registry.example.com/shop/api", &Value::Null);
    assert_eq!(named("shop/api").code, 0);
    // A bundle has no name.
    let team = TeamImage::new();
    team.attach(&team.sigstore.keyed().attest(&team.signing()), Version::V03);
    let key = team.env.file("team.pub");
    team.signed(&["--key", &key]).assert(0, "signed by team");
    team.signed(&["--key", &key, "--signed-name", "acme/app"]).assert(4, "trust/signed-name");
}

#[test]
fn required_annotations_are_read_from_signed_bytes() {
    let setup = ImageFixture::new();
    setup.sign(&json!({"team": "blue", "n": 1}));
    let demanding = |pairs: &[&str]| {
        let flags = pairs.iter().flat_map(|pair| ["--require-annotation", pair]);
        setup.verify(&[&SIGNED[..], &flags.collect::<Vec<_>>()].concat())
    };
    assert_eq!(demanding(&["team=blue"]).code, 0);
    for lacking in [&["team=red"][..], &["team="], &["n=1"], &["team=blue", "stage=prod"]] {
        let run = demanding(lacking);
        assert_eq!(
            (run.code, run.ids()),
            (4, vec!["trust/annotation".to_owned()]),
            "{lacking:?}: {}",
            run.stdout
        );
    }
    // One signature must say all of it.
    setup.sign(&json!({"stage": "prod"}));
    assert_eq!(demanding(&["team=blue", "stage=prod"]).code, 4);
    setup.sign(&json!({"team": "blue", "stage": "prod"}));
    assert_eq!(demanding(&["team=blue", "stage=prod"]).code, 0);
    assert_eq!(setup.verify(&["--policy", "signed", "--annotations", "stage=prod"]).code, 0);

    // cosign 3 signs them beside the subject; annotations of a manifest are not signed.
    let team = TeamImage::new();
    let mut statement: Value = serde_json::from_str(&team.signing()).unwrap();
    statement["subject"][0]["annotations"] = json!({"team": "red"});
    team.attach(&team.sigstore.keyed().attest(&statement.to_string()), Version::V03);
    let key = team.env.file("team.pub");
    team.signed(&["--key", &key, "--require-annotation", "team=red"]).assert(0, "signed by team");
    team.signed(&["--key", &key, "--require-annotation", "team=blue"]).assert(4, "trust/annotation");
    team.signed(&["--key", &key, "--require-annotation", "dev.sigstore.bundle.content=dsse-envelope"])
        .assert(4, "trust/annotation");
}

#[test]
fn signed_accepts_every_form_that_cosign_writes() {
    for keyless in [false, true] {
        let by: &dyn Fn(&TeamImage) -> Run = if keyless {
            &|team| team.signed(&["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER])
        } else {
            &|team| team.signed(&["--key", &team.env.file("team.pub"), "--require-tlog"])
        };
        let signer = |team: &TeamImage| {
            if keyless { team.sigstore.keyless(IDENTITY, ISSUER) } else { team.sigstore.keyed() }
        };
        // A bundle as a referrer.
        let team = TeamImage::new();
        team.attach(&signer(&team).attest(&team.signing()).logged(&team.sigstore.rekor), Version::V03);
        by(&team).assert(0, "pass");
        // Simple signing under a tag, and as a referrer.
        let layer = |team: &TeamImage| {
            let payload = simple_signing("registry.acme.test/app", &team.image.to_string());
            signer(team).sign(payload.as_bytes()).logged(&team.sigstore.rekor).layer(&payload)
        };
        let team = TeamImage::new();
        team.tag("sig", &[layer(&team)]);
        by(&team).assert(0, "pass");
        let team = TeamImage::new();
        team.refer(media_type::COSIGN_SIGNATURE, &[team.stored(&layer(&team))]);
        by(&team).assert(0, "pass");
        // An attestation is no signature.
        let team = TeamImage::new();
        team.attach(&signer(&team).attest(&team.checked()).logged(&team.sigstore.rekor), Version::V03);
        by(&team).assert(3, "trust/unsigned");
        // Nor is a signature by another key.
        let (team, other) = (TeamImage::new(), TeamImage::new());
        team.attach(&signer(&other).attest(&team.signing()).logged(&other.sigstore.rekor), Version::V03);
        assert_eq!(by(&team).code, 4);
    }
}

#[test]
fn signed_requests_only_the_signature() {
    let team = TeamImage::new();
    team.attach(&team.sigstore.keyed().attest(&team.signing()), Version::V03);
    team.registry.clear_log();
    team.signed(&["--key", &team.env.file("team.pub")]).assert(0, "pass");
    // The tag, the list, the bundle's manifest and the bundle.
    assert_eq!(team.registry.lines().len(), 4, "{}", team.registry.lines().join("\n"));
}

#[test]
fn flags_without_effect_are_refused() {
    let exceptions = "fixtures/none.yaml";
    for (policy, flags) in [
        ("signed", &["--predicate-type", SPDX][..]),
        ("signed", &["--platform", "linux/amd64"]),
        ("signed", &["--attestor-key", KEY]),
        ("signed", &["--exceptions", exceptions]),
        ("signed", &["--enforce-from", "2030-01-01"]),
        ("attested", &["--exceptions", exceptions]),
        ("attested", &["--enforce-from", "2030-01-01"]),
        ("attested", &["--require-annotation", "a=b"]),
        ("dhi-or-dhi-based", &["--require-annotation", "a=b"]),
        ("signed", &["--require-annotation", "a=b", "--require-annotation", "a=c"]),
        ("signed", &["--require-annotation", "a"]),
    ] {
        let run =
            TestEnv::new().verify(&[&["--policy", policy], flags, &["oci:fixtures/python:3.13"]].concat());
        assert_eq!(run.code, 2, "{policy} {flags:?}: {}{}", run.stdout, run.stderr);
        assert!(
            run.stderr.contains("hint:") || run.stderr.contains("KEY=VALUE"),
            "{flags:?}: {}",
            run.stderr
        );
    }
    // As many as must sign.
    let signed = TestEnv::new().verify(&[
        "--policy",
        "signed",
        "--require-index-signature",
        "oci:fixtures/python:3.13",
    ]);
    assert_eq!(signed.code, 0, "{}", signed.stdout);
}
