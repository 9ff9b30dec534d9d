//! Signed payloads that are computed and not fetched: the descriptor of the layer decides, whatever the payload is
//! expected to be.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::support::env::{ATTESTED_ONLY, Run, TestEnv};
use crate::support::layout::LayoutFixture;
use crate::support::registry::InMemoryRegistry;

const REPO: &str = "dhi/python";
const SPDX: &str = "https://spdx.dev/Document";
/// The name in Docker's signatures of this repository.
const USUAL: &str = "registry.scout.docker.com/dhi/python";

/// Writes the payload of the attestation's signature.
type Payload = fn(&SignedImage) -> String;

/// An image with one attestation, in a registry. The index has no signature.
struct SignedImage {
    fixture: LayoutFixture,
    image: Value,
    attestation: Value,
    registry: InMemoryRegistry,
}

impl SignedImage {
    fn new() -> Self {
        let fixture = LayoutFixture::new();
        let image = fixture.image("amd64");
        let attestation = fixture.attest_unsigned(&image, &image, SPDX);
        Self { fixture, image, attestation, registry: InMemoryRegistry::start() }
    }

    /// Docker's `optional`.
    fn claims(&self) -> Value {
        json!({
            "predicateType": SPDX,
            "subject": format!("{REPO}@{}", self.image["digest"].as_str().unwrap()),
            "type": "https://in-toto.io/Statement/v0.1",
        })
    }

    /// A payload that signs `about`.
    fn payload(name: &str, about: &Value, optional: &Value) -> String {
        json!({
            "critical": {
                "identity": {"docker-reference": name},
                "image": {"docker-manifest-digest": about["digest"]},
                "type": "cosign container image signature",
            },
            "optional": optional,
        })
        .to_string()
    }

    /// The payload that Docker would write.
    fn usual(&self) -> String {
        Self::payload(USUAL, &self.attestation, &self.claims())
    }

    /// Stores a signature over `payload` and verifies the image.
    fn verify(&self, payload: &str, arguments: &[&str]) -> Run {
        let layer = self.fixture.blob(media_type::SIMPLE_SIGNING, payload.as_bytes());
        self.verify_layer(layer, payload, arguments)
    }

    /// Stores a signature over `payload` in a layer with this descriptor and verifies the image.
    fn verify_layer(&self, layer: Value, payload: &str, arguments: &[&str]) -> Run {
        self.fixture.attach_signature(&self.attestation, layer, payload);
        self.fixture.write(&self.fixture.index(&[&self.image]));
        self.registry.serve_layout(&self.fixture.path(""), REPO);
        self.run(&TestEnv::new(), arguments)
    }

    fn run(&self, env: &TestEnv, arguments: &[&str]) -> Run {
        self.registry.clear_log();
        let (host, key) = (self.registry.host(), self.fixture.key());
        let reference = format!("{host}/{REPO}:1.0.0");
        let fixed = ["verify", "--format", "json", "--plain-http", &host, "--key", &key];
        env.dhi(&[&fixed, &ATTESTED_ONLY[..], arguments, &[&reference]].concat())
    }

    fn requests(&self, payload: &str) -> usize {
        self.registry.count(&format!("/v2/{REPO}/blobs/{}", Digest::of(payload.as_bytes())))
    }
}

/// The signed name of the only attestation.
fn signed_name(run: &Run) -> String {
    let text = run.json().to_string();
    let (_, rest) = text.split_once(r#""signedName":""#).unwrap_or_else(|| panic!("{text}"));
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn usual_payloads_are_not_requested() {
    let signed = SignedImage::new();
    let claims = signed.claims();
    let ordered = format!(
        r#"{{"type":{},"predicateType":{},"subject":{}}}"#,
        claims["type"], claims["predicateType"], claims["subject"]
    );
    let usual = signed.usual();
    let in_order = usual.replace(&claims.to_string(), &ordered);
    assert_ne!(in_order, usual);
    let name = format!("{}/{REPO}", signed.registry.host());
    for payload in [
        usual,
        in_order,
        SignedImage::payload(USUAL, &signed.attestation, &Value::Null),
        SignedImage::payload("index.docker.io/dhi/python", &signed.attestation, &claims),
        SignedImage::payload(&name, &signed.attestation, &Value::Null),
    ] {
        let signed = SignedImage::new();
        let payload = payload.replace(&name, &format!("{}/{REPO}", signed.registry.host()));
        let run = signed.verify(&payload, &["--signed-name", REPO]);
        assert_eq!((run.code, signed.requests(&payload)), (0, 0), "{payload}\n{}{}", run.stdout, run.stderr);
        assert_eq!(signed_name(&run), REPO);
    }
}

/// A payload in another spelling is fetched, and what it contains is reported.
#[test]
fn a_payload_in_another_spelling_is_requested() {
    let cases: [(&str, Payload); 6] = [
        ("acme/python", |signed| {
            SignedImage::payload("registry.example.com/acme/python", &signed.attestation, &signed.claims())
        }),
        ("dhi/mython", |signed| {
            SignedImage::payload(
                "registry.scout.docker.com/dhi/mython",
                &signed.attestation,
                &signed.claims(),
            )
        }),
        (REPO, |signed| {
            SignedImage::payload(&format!("{USUAL}:3.13"), &signed.attestation, &signed.claims())
        }),
        (REPO, |signed| SignedImage::payload(USUAL, &signed.attestation, &json!({"team": "a"}))),
        (REPO, |signed| signed.usual().replace(",\"", ", \"")),
        (REPO, |signed| signed.usual() + "\n"),
    ];
    for (name, payload) in cases {
        let signed = SignedImage::new();
        let payload = payload(&signed);
        assert_ne!(payload, signed.usual());
        let run = signed.verify(&payload, &[]);
        assert_eq!((run.code, signed.requests(&payload)), (0, 1), "{payload}\n{}{}", run.stdout, run.stderr);
        assert_eq!(signed_name(&run), name);
    }
}

#[test]
fn a_payload_of_another_name_is_refused_where_one_is_required() {
    let signed = SignedImage::new();
    let name = "registry.scout.docker.com/dhi/node";
    let payload = SignedImage::payload(name, &signed.attestation, &signed.claims());
    let run = signed.verify(&payload, &["--signed-name", REPO]);
    assert_eq!((run.code, run.ids()), (4, vec!["trust/signed-name".to_owned()]), "{}", run.stdout);
    assert_eq!(signed.requests(&payload), 1);
}

#[test]
fn a_payload_of_another_digest_is_a_failure() {
    let signed = SignedImage::new();
    let payload = SignedImage::payload(USUAL, &signed.image, &signed.claims());
    let run = signed.verify(&payload, &[]);
    assert_eq!((run.code, run.ids()), (4, vec!["trust/subject-mismatch".to_owned()]), "{}", run.stdout);
    assert_eq!(signed.requests(&payload), 1);
}

/// The layer has the digest of the usual payload, but another payload is signed and stored.
#[test]
fn the_usual_payload_does_not_replace_the_signed_one() {
    let signed = SignedImage::new();
    let layer = signed.fixture.blob(media_type::SIMPLE_SIGNING, signed.usual().as_bytes());
    let other =
        SignedImage::payload("registry.scout.docker.com/dhi/node", &signed.attestation, &signed.claims());
    let run = signed.verify_layer(layer, &other, &[]);
    assert_eq!((run.code, run.ids()), (4, vec!["trust/wrong-key".to_owned()]), "{}", run.stdout);
}

/// A wrong size is an error of the registry, as it is for every blob.
#[test]
fn the_size_of_the_layer_must_be_that_of_the_payload() {
    for difference in [-1, 1] {
        let signed = SignedImage::new();
        let payload = signed.usual();
        let mut layer = signed.fixture.blob(media_type::SIMPLE_SIGNING, payload.as_bytes());
        layer["size"] = json!(layer["size"].as_i64().unwrap() + difference);
        let run = signed.verify_layer(layer, &payload, &[]);
        assert_ne!(run.code, 0, "{}", run.stdout);
        assert_eq!(signed.requests(&payload), 1);
    }
}

/// The other spelling costs one request more in a chain.
#[test]
fn rounds_of_a_computed_and_of_a_fetched_payload() {
    let usual: Payload = SignedImage::usual;
    let other: Payload = |signed| signed.usual() + " ";
    // Tag; image and two lists; configuration, attestation and its list, tag of the index's signature; statement and
    // signature; payload.
    for (payload, rounds) in [(usual, &[1, 3, 4, 2][..]), (other, &[1, 3, 4, 2, 1])] {
        let signed = SignedImage::new();
        signed.registry.in_rounds(rounds);
        let run = signed.verify(&payload(&signed), &[]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert_eq!(signed.registry.levels(), rounds, "{}", signed.registry.lines().join("\n"));
    }
}

/// A cache without the payload is enough.
#[test]
fn an_offline_run_computes_the_payload_again() {
    let (signed, env) = (SignedImage::new(), TestEnv::new());
    let payload = signed.usual();
    let layer = signed.fixture.blob(media_type::SIMPLE_SIGNING, payload.as_bytes());
    signed.verify_layer(layer, &payload, &[]);
    for arguments in [&[][..], &["--offline"]] {
        let run = signed.run(&env, arguments);
        assert_eq!((run.code, signed.requests(&payload)), (0, 0), "{}{}", run.stdout, run.stderr);
    }
    assert_eq!(signed.registry.log().len(), 0);
}
