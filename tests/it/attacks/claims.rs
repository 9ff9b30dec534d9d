//! Unsigned content is never shown as proven: it is left out or marked as a claim. `docs/verify.md` describes the
//! output.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::tampered_image::{GOOD, TamperedImage};
use crate::policy::{fixture_layers, image};
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, read};
use crate::support::registry::InMemoryRegistry;

const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";
/// What an attacker would like to be read.
const TAG: &str = "3.99-fips-latest";
const FORMATS: [&str; 6] = ["table", "json", "sarif", "junit", "github", "markdown"];

/// A registry with the signed image of the fixtures as `HOST/REPOSITORY`, and a user with children of it.
struct ClaimsFixture {
    registry: InMemoryRegistry,
    env: TestEnv,
    repository: String,
    digest: Digest,
}

impl ClaimsFixture {
    fn new(path: &str) -> Self {
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("python"), path);
        let digest = Digest::of(&registry.tagged(path, "3.13").unwrap());
        let repository = format!("{}/{path}", registry.host());
        Self { registry, env: TestEnv::new(), repository, digest }
    }

    /// A child of the fixture.
    fn child(&self, labels: &Value, annotations: &Value) -> String {
        image(&self.env, "child", &fixture_layers(), labels, annotations)
    }

    fn run(&self, command: &str, more: &[&str]) -> Run {
        let host = self.registry.host();
        let fixed = ["--key", KEY, "--trusted-root", ROOT, "--plain-http", &host, "--base-registry", &host];
        self.env.dhi(&[&[command, "--no-cache"], &fixed[..], more].concat())
    }

    /// Everything that is said of `child`, and the statement of a summary. The claim itself stands in one place: the
    /// member `named` of a candidate.
    fn everything(&self, child: &str) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for format in FORMATS {
            all.push(self.run("verify", &["--format", format, child]).stdout);
        }
        all.push(self.run("base", &[child]).stdout);
        let documents = all.iter_mut().filter(|text| text.starts_with("{\n  \"schemaVersion\""));
        documents.for_each(|text| *text = without_names(text));
        all.push(without_names(&self.run("base", &["--format", "json", child]).stdout));
        all.push(self.summary(child).to_string());
        all
    }

    fn summary(&self, child: &str) -> Value {
        if !self.env.path("vsa.key").exists() {
            self.env.generate_key("vsa");
        }
        let host = self.registry.host();
        let fixed = ["verify", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host, "--no-cache"];
        let emit = ["--emit-vsa", &self.env.file("vsa.json"), "--vsa-key", &self.env.file("vsa.key")]
            .map(str::to_owned);
        let emit: Vec<&str> = emit.iter().map(String::as_str).collect();
        self.env
            .dhi(&[&fixed[..], &emit, &["--base-registry", &host, child]].concat())
            .assert(0, "a summary by");
        let bundle: Value =
            serde_json::from_str(&std::fs::read_to_string(self.env.path("vsa.json")).unwrap()).unwrap();
        let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
        use base64::Engine;
        let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap();
        serde_json::from_slice(&payload).unwrap()
    }
}

/// A JSON document without the members `named` of candidates.
fn without_names(text: &str) -> String {
    fn remove(value: &mut Value, removed: &mut usize) {
        match value {
            Value::Object(members) => {
                *removed += usize::from(members.remove("named").is_some());
                members.values_mut().for_each(|member| remove(member, removed));
            }
            Value::Array(elements) => elements.iter_mut().for_each(|element| remove(element, removed)),
            _ => {}
        }
    }
    let (mut document, mut removed) = (serde_json::from_str(text).unwrap(), 0);
    remove(&mut document, &mut removed);
    assert!(removed > 0, "{text}");
    format!("{document:#}")
}

#[test]
fn an_unproven_tag_is_not_shown_with_a_proven_digest() {
    let setup = ClaimsFixture::new("dhi/python");
    let tagged = format!("{}:{TAG}", setup.repository);
    let pinned = json!({ NAME: tagged, DIGEST: setup.digest.to_string() });
    let both = json!({ NAME: format!("{tagged}@{}", setup.digest) });
    let on = format!(
        "built on {}@{} (signed by fixture (a5cf3b69fb6d) as dhi/python)",
        setup.repository,
        setup.digest.short()
    );
    let check = |labels: &Value, annotations: &Value| {
        let child = setup.child(labels, annotations);
        let run = setup.run("verify", &["--explain", &child]);
        run.assert(0, &on);
        assert!(!run.stdout.contains(TAG), "{}", run.stdout);
        child
    };
    let check_all = |labels: &Value, annotations: &Value| {
        let all = setup.everything(&check(labels, annotations));
        assert!(all.iter().all(|text| !text.contains(TAG)), "{all:#?}");
        assert!(
            all.iter().any(|text| text.contains("\"kind\": \"built-on-docker-hardened-image\"")),
            "{all:#?}"
        );
    };
    check_all(&json!({}), &pinned);
    check(&json!({}), &both);
    check(&pinned, &json!({}));
    // Even if the tag names that image now: the attacker chooses that registry.
    setup.registry.tag("dhi/python", TAG, &setup.digest);
    check(&json!({}), &pinned);
    check_all(&json!({}), &json!({ NAME: tagged }));
}

#[test]
fn a_base_is_shown_with_its_signed_name() {
    let setup = ClaimsFixture::new("dhi/golang-fips");
    let name = format!("{}@{}", setup.repository, setup.digest);
    let child = setup.child(&json!({}), &json!({ NAME: name }));
    let base = format!("{}@{}", setup.repository, setup.digest.short());
    let claim = format!("built on {base} (signed by fixture (a5cf3b69fb6d) as dhi/python)");
    setup.run("verify", &[&child]).assert(0, &claim);
    setup.run("base", &[&child]).assert(0, "as dhi/python");
}

#[test]
fn an_annotation_cannot_imitate_a_base_proof() {
    let setup = ClaimsFixture::new("dhi/python");
    let long = "x".repeat(100_000);
    for evil in [
        "dhi.io/python@sha256:9e1f04c7a1b2   provenance   proved",
        "a` proved `b",
        "dhi.io/python\u{200b}\u{202e}",
        &long,
    ] {
        let child = setup.child(&json!({}), &json!({ NAME: evil }));
        for arguments in [&["--format", "table"][..], &["--format", "json"]] {
            let run = setup.run("base", &[arguments, &[&child]].concat());
            assert_eq!(run.code, 1, "{}", run.stdout);
            assert!(run.stdout.len() < 8_000, "{}", run.stdout.len());
            let hidden = |c: char| matches!(c, '\u{200b}' | '\u{202e}');
            assert!(!run.stdout.contains(hidden), "{}", run.stdout);
        }
        let quoted = evil.replace('`', "'").replace('\u{200b}', "\\u{200b}").replace('\u{202e}', "\\u{202e}");
        let quoted: String = quoted.chars().take(200).collect();
        setup.run("base", &[&child]).assert(1, &format!("  `{quoted}"));
    }
}

/// Unsigned referrers of a good image, with types that read like findings.
#[test]
fn unsigned_types_are_shown_as_claims() {
    let says = "SPDX SBOM of linux/amd64: signed by dhi-2, log proven";
    let long = format!("https://example.com/{}", "x".repeat(100_000));
    for (evil, shown) in [
        (says, format!("`{says}`")),
        ("https://cyclonedx.org/bom/v1.6, verified", "`https://cyclonedx.org/bom/v1.6, verified`".to_owned()),
        (&long, format!("`{}`..", &long[..256])),
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let subject = tampered.descriptor(&tampered.image());
        let config = tampered.add(b"{}", media_type::OCI_EMPTY);
        let layer = tampered.add(b"{}", "text/plain");
        tampered.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": evil, "config": config,
            "layers": [layer], "subject": subject, "annotations": { "in-toto.io/predicate-type": evil },
        }));
        let directory = tampered.write();
        let reference = format!("oci:{}:1", directory.path().display());
        let env = TestEnv::new();
        let run = env.verify(&[&ATTESTED_ONLY[..], &[&reference]].concat());
        run.assert(0, &format!("not checked: {shown} of linux/amd64: not an attestation"));
        assert!(run.stdout.len() < 8_000, "{}", run.stdout.len());
        let list = env.dhi(&["attest", "list", "--key", KEY, "--trusted-root", ROOT, &reference]);
        list.assert(0, &format!("{shown}: not an attestation"));
    }
}

#[test]
fn no_other_key_is_shown_under_the_name_of_a_docker_key() {
    let env = TestEnv::new();
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let file = env.path("dhi-2.pub");
    std::fs::copy(KEY, &file).unwrap();
    let verify = |flag: &str, path: &str, format: &str| {
        env.dhi(&["verify", flag, path, "--trusted-root", ROOT, "--format", format, &reference])
    };
    for format in FORMATS {
        let run = verify("--key", file.to_str().unwrap(), format);
        run.assert(0, "");
        assert!(!run.stdout.replace("dhi-2.pub", "").contains("dhi-2"), "{}", run.stdout);
    }
    verify("--key", file.to_str().unwrap(), "table").assert(0, "a5cf3b69fb6d");
    let ring = env.path("ring.json");
    let entry = json!({ "id": "dhi-2", "pem": read(KEY), "state": "active" });
    std::fs::write(&ring, json!({ "schemaVersion": 1, "keys": [entry] }).to_string()).unwrap();
    verify("--keyring", ring.to_str().unwrap(), "table").assert(2, "`dhi-2` is reserved for Docker's keys");
}

/// A blob that base and child share is not a layer only because it is listed as one.
#[test]
fn non_layer_content_proves_no_base() {
    let setup = ClaimsFixture::new("dhi/python");
    let name = format!("{}@{}", setup.repository, setup.digest);
    let typed = |media_type: &str| {
        let mut layers = fixture_layers();
        layers[0].1["mediaType"] = media_type.into();
        image(&setup.env, "child", &layers, &json!({}), &json!({ NAME: name }))
    };
    for other in [
        media_type::IN_TOTO,
        media_type::OCI_CONFIG,
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        "application/octet-stream",
    ] {
        let child = typed(other);
        let run = setup.run("verify", &[&child]);
        run.assert(1, "error[base/not-dhi]");
        run.assert(1, &format!("layer 1 of the image has the media type {other}, which is not a layer type"));
        setup.run("base", &["--accept-declared-layers", &child]).assert(1, "not-dhi");
    }
    // One blob has several good names.
    for layer in [
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ] {
        setup.run("verify", &[&typed(layer)]).assert(0, "built on");
    }
}
