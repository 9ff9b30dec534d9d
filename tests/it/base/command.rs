//! `dhi base`, on fixtures and against an in-memory registry.

use serde_json::{Value, json};

use crate::snapshots::snapshot;
use crate::support::base::SLSA;
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, read};
use crate::support::registry::{InMemoryRegistry, Reply};
use dhi::oci::media_type;

const PYTHON: &str = "oci:fixtures/python:3.13";

fn base(env: &TestEnv, arguments: &[&str]) -> Run {
    env.dhi(&[&["base", "--key", KEY, "--trusted-root", ROOT], arguments].concat())
}

/// The document, which has the published shape.
fn document(run: &Run) -> Value {
    let schema: Value = serde_json::from_str(&read("docs/schemas/base-2.json")).unwrap();
    let document = run.json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document:#}");
    assert_eq!(document["exitCode"], run.code);
    document
}

/// A registry with the fixture as `mirror/python:3.13` and children of it.
struct MirrorFixture {
    registry: InMemoryRegistry,
    env: TestEnv,
    /// The images of the fixture, as its index lists them.
    images: Vec<Value>,
    digest: String,
}

impl MirrorFixture {
    fn new() -> Self {
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("python"), "mirror/python");
        let index = registry.tagged("mirror/python", "3.13").unwrap();
        let digest = dhi::oci::Digest::of(&index).to_string();
        let index: Value = serde_json::from_slice(&index).unwrap();
        let images = index["manifests"].as_array().unwrap().clone();
        Self { registry, env: TestEnv::new(), images, digest }
    }

    fn json(&self, descriptor: &Value) -> Value {
        let digest = descriptor["digest"].as_str().unwrap().parse().unwrap();
        let found = self.registry.manifest("mirror/python", &digest);
        serde_json::from_slice(&found.or_else(|| self.registry.blob("mirror/python", &digest)).unwrap())
            .unwrap()
    }

    fn put(&self, repository: &str, media_type: &str, value: &Value) -> Value {
        let text = value.to_string();
        let digest = if media_type == media_type::OCI_MANIFEST || media_type == media_type::OCI_INDEX {
            self.registry.put_manifest(repository, text.as_bytes())
        } else {
            self.registry.put_blob(repository, text.as_bytes())
        };
        json!({ "mediaType": media_type, "digest": digest.to_string(), "size": text.len() })
    }

    /// Pushes a child of every platform with one layer more, and provenance that names `input`.
    fn child(&self, repository: &str, input: &str) {
        let mut entries = Vec::new();
        for image in &self.images {
            let mut manifest = self.json(image);
            let mut config = self.json(&manifest["config"]);
            let layer = self.put(repository, "application/vnd.oci.image.layer.v1.tar", &json!("layer"));
            config["rootfs"]["diff_ids"].as_array_mut().unwrap().push(layer["digest"].clone());
            config["config"].as_object_mut().unwrap().remove("Labels");
            manifest["config"] = self.put(repository, media_type::OCI_CONFIG, &config);
            manifest["layers"].as_array_mut().unwrap().push(layer);
            manifest.as_object_mut().unwrap().remove("annotations");
            let mut pushed = self.put(repository, media_type::OCI_MANIFEST, &manifest);
            pushed["platform"] = image["platform"].clone();
            let statement = json!({
                "_type": "https://in-toto.io/Statement/v0.1",
                "predicateType": SLSA,
                "subject": [],
                "predicate": { "buildDefinition": { "resolvedDependencies": [
                    { "uri": input, "digest": { "sha256": self.digest.trim_start_matches("sha256:") } },
                ] } },
            });
            let mut layer = self.put(repository, media_type::IN_TOTO, &statement);
            layer["annotations"] = json!({ "in-toto.io/predicate-type": SLSA });
            let empty = self.put(repository, media_type::OCI_CONFIG, &json!({}));
            let mut built = self.put(
                repository,
                media_type::OCI_MANIFEST,
                &json!({ "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": empty, "layers": [layer] }),
            );
            built["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
            built["annotations"] = json!({ "vnd.docker.reference.digest": pushed["digest"] });
            entries.extend([pushed, built]);
        }
        let index = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries });
        let index = self.put(repository, media_type::OCI_INDEX, &index);
        self.registry.tag(repository, "1", &index["digest"].as_str().unwrap().parse().unwrap());
    }

    fn base(&self, arguments: &[&str]) -> Run {
        let host = self.registry.host();
        base(&self.env, &[&["--plain-http", &host, "--no-cache"], arguments].concat())
    }
}

#[test]
fn a_hardened_image_is_dhi() {
    let env = TestEnv::new();
    let run = base(&env, &["--format", "json", PYTHON]);
    let document = document(&run);
    assert_eq!((run.code, &document["answer"]), (0, &json!("dhi")));
    assert_eq!(document["platforms"].as_array().unwrap().len(), 2);
    assert_eq!(document["platforms"][0]["hardened"]["signedNames"], json!(["dhi/python"]));
    snapshot!("base-dhi", base(&env, &[PYTHON]));
    let one = base(&env, &["--platform", "linux/arm64", PYTHON]);
    one.assert(0, "linux/arm64");
    base(&env, &["--platform", "linux/s390x", PYTHON]).assert(3, "error[verify/no-such-platform]");
    let file = env.path("answer.json");
    base(&env, &["--format", "json", "-o", file.to_str().unwrap(), PYTHON]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), run.stdout);
}

#[test]
fn verify_and_base_agree_on_a_child() {
    let setup = MirrorFixture::new();
    let host = setup.registry.host();
    setup.child("acme/app", &format!("pkg:docker/{host}/mirror/python@3.13?platform=linux%2Famd64"));
    let reference = format!("{host}/acme/app:1");
    let run = setup.base(&["--format", "json", &reference]);
    let found = document(&run);
    assert_eq!((run.code, &found["answer"]), (0, &json!("dhi-based")), "{found:#}");
    for platform in found["platforms"].as_array().unwrap() {
        assert_eq!(platform["base"]["digest"], setup.digest.as_str());
        assert_eq!(platform["base"]["proof"], "blobs");
        assert_eq!(platform["base"]["platform"], platform["platform"]);
    }
    let table = setup.base(&[&reference]);
    table.assert(0, "pass  dhi-based");
    // From a layout the base is the same.
    let named = setup.base(&["--base", PYTHON, "--format", "json", &reference]);
    assert_eq!(document(&named)["platforms"][0]["candidates"][0]["named"], PYTHON);
}

/// `dhi verify` finds the same base without a flag, and says what is lacking where a team's key takes the place of
/// the one that signed it.
#[test]
fn a_child_is_verified_by_its_base() {
    let setup = MirrorFixture::new();
    let host = setup.registry.host();
    setup.child("acme/app", &format!("pkg:docker/{host}/mirror/python@3.13?platform=linux%2Famd64"));
    let reference = format!("{host}/acme/app:1");
    let fixed = ["--plain-http", &host, "--no-cache"];
    let run = setup.env.verify(&[&fixed[..], &[&reference]].concat());
    let digest = &setup.digest[..19];
    let on = format!("built on {host}/mirror/python@{digest} (signed by fixture (");
    run.assert(0, &on);
    run.assert(0, "LAYERS  PROOF\n");
    run.assert(0, "\nnot checked: this image has no attestations of its own\n");
    run.assert(0, ") as dhi/python)");

    let file = |name: &str| setup.env.file(name);
    let dhi = |arguments: &[&str]| setup.env.dhi(arguments);
    setup.env.generate_key("team");
    std::fs::write(file("review.json"), "{}").unwrap();
    let (key, review) = (file("team.key"), file("review.json"));
    let add = [
        "attest",
        "add",
        "--key",
        &key,
        "--file",
        &review,
        "--predicate-type",
        "https://acme.test/review/v1",
    ];
    dhi(&[&add[..], &["--platform", "all", "--plain-http", &host, &reference]].concat()).assert(0, "stored");
    let verify = |more: &[&str]| {
        let keys = ["verify", "--trusted-root", ROOT, "--key", &file("team.pub")].map(str::to_owned);
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        dhi(&[&keys[..], &fixed, more, &[&reference]].concat())
    };
    let denied = verify(&[]);
    // Then that base has no proof, so its own base would have to be checked.
    denied.assert(6, "error[registry/unreachable]");
    denied.assert(6, "hint: if Docker signed its base, give `--key dhi-2` too; `--policy attested` checks");
    verify(&ATTESTED_ONLY).assert(0, "signed by team");
    verify(&["--key", KEY]).assert(0, "built on");
}

#[test]
fn a_foreign_candidate_gets_no_request() {
    let setup = MirrorFixture::new();
    let trap = InMemoryRegistry::start();
    trap.serve_layout(&fixture("python"), "mirror/python");
    let (host, elsewhere) = (setup.registry.host(), trap.host());
    setup.child("acme/app", &format!("pkg:docker/{elsewhere}/mirror/python@3.13"));
    let reference = format!("{host}/acme/app:1");
    let run = setup.base(&["--plain-http", &elsewhere, "--format", "json", &reference]);
    let found = document(&run);
    assert_eq!((run.code, &found["answer"]), (3, &json!("undetermined")), "{found:#}");
    assert_eq!(found["platforms"][0]["candidates"][0]["result"], "not-contacted");
    assert_eq!(trap.log().len(), 0);
    let refused = setup.base(&["--plain-http", &elsewhere, &reference]);
    refused.assert(3, &format!("hint: allow it with `--base-registry {elsewhere}`"));
    let allowed = setup.base(&["--plain-http", &elsewhere, "--base-registry", &elsewhere, &reference]);
    allowed.assert(0, "dhi-based");
    let alias = format!("{elsewhere}/mirror/python={host}/mirror/python");
    setup.base(&["--plain-http", &elsewhere, "--alias", &alias, &reference]).assert(0, "dhi-based");
}

#[test]
fn wrong_usage_is_an_error() {
    let env = TestEnv::new();
    for (arguments, says) in [
        (["--alias", "a"], "COPY=ORIGINAL"),
        (["--alias", "a=b:1"], "a repository has no tag or digest"),
        (["--alias", "a=a"], "cannot be a copy of itself"),
        (["--base", "Upper/x"], "lower case"),
        (["--base-registry", "no/host"], "--base-registry"),
    ] {
        base(&env, &[&arguments[..], &[PYTHON]].concat()).assert(2, says);
    }
    base(&env, &["oci:fixtures/python:none"]).assert(3, "error[registry/not-found]");
}

#[test]
fn attestations_elsewhere_with_a_required_name() {
    let setup = MirrorFixture::new();
    setup.registry.serve_layout(&fixture("python"), "copy/python");
    let empty =
        json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [] }).to_string();
    let digests = setup.images.iter().map(|image| image["digest"].as_str().unwrap());
    for digest in digests.chain([setup.digest.as_str()]) {
        let list = format!("/v2/copy/python/referrers/{digest}");
        setup.registry.script(&list, Reply::json(200, empty.clone()));
    }
    let host = setup.registry.host();
    let (image, evidence) = (format!("{host}/copy/python:3.13"), format!("{host}/mirror/python"));
    let ask = |more: &[&str]| {
        let fixed = ["--plain-http", &host, "--format", "json"];
        document(&base(&setup.env, &[&fixed[..], more, &[&image]].concat()))
    };
    assert_ne!(ask(&["--platform", "linux/amd64"])["answer"], "dhi");
    assert_eq!(ask(&["--attestations", &evidence])["answer"], "dhi");
    assert_eq!(ask(&["--attestations", &evidence, "--signed-name", "dhi/python"])["answer"], "dhi");
    let other = ask(&["--attestations", &evidence, "--signed-name", "dhi/other"]);
    assert_eq!(other["answer"], "undetermined");
}
