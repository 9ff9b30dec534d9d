//! Verification summaries: what a run writes into one, and when another run accepts it. A summary of another question
//! than the one asked is never accepted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dhi::oci::Digest;
use dhi::trust::TrustedKey;
use serde_json::{Value, json};

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture, read};
use crate::support::registry::{InMemoryRegistry, Reply};

const REPO: &str = "acme/python";
const VSA: &str = "https://slsa.dev/verification_summary/v1";
const SPDX: &str = "https://spdx.dev/Document";
/// The extension of the predicate.
const OWN: &str = "urn:dhi:verification:1";

/// A user with a key for summaries, and a registry with the image of the fixtures.
struct VsaFixture {
    env: TestEnv,
    registry: InMemoryRegistry,
}

impl VsaFixture {
    fn new() -> Self {
        Self::with("python")
    }

    fn with(layout: &str) -> Self {
        let setup = Self { env: TestEnv::new(), registry: InMemoryRegistry::start() };
        setup.registry.serve_layout(&fixture(layout), REPO);
        setup.env.generate_key("vsa");
        setup
    }

    fn image(&self) -> String {
        format!("{}/{REPO}:3.13", self.registry.host())
    }

    /// `dhi verify` of `references`, with the fixtures' key and log and the default policy.
    fn verify_these(&self, more: &[&str], references: &[&str]) -> Run {
        let host = self.registry.host();
        let key = if more.contains(&"--key") { vec![] } else { vec!["--key", KEY] };
        let root = if more.contains(&"--trusted-root") { vec![] } else { vec!["--trusted-root", ROOT] };
        let common = ["verify", "--plain-http", &host];
        self.env.dhi(&[&common[..], &key, &root, more, references].concat())
    }

    fn verify(&self, more: &[&str]) -> Run {
        self.verify_these(more, &[&self.image()])
    }

    /// Verifies, and attaches the summary.
    fn attach(&self, more: &[&str]) -> Run {
        let key = self.env.file("vsa.key");
        self.verify(&[&["--emit-vsa", "attach", "--vsa-key", &key], more].concat())
    }

    /// Verifies, and accepts a summary.
    fn accept(&self, more: &[&str]) -> Run {
        let key = self.env.file("vsa.pub");
        self.verify(&[&["--accept-vsa", &key, "--max-age", "1h"], more].concat())
    }

    /// Whether a summary was accepted; if not, the reason.
    fn taken(&self, more: &[&str]) -> Result<(), String> {
        let run = self.accept(&[&["--format", "json"], more].concat());
        if run.json()["images"][0]["kind"] == "verified-before" {
            assert_eq!(run.code, 0, "{}", run.stderr);
            return Ok(());
        }
        let reason = run.stderr.split("no summary is accepted: ").nth(1).unwrap_or(&run.stderr);
        Err(reason.lines().next().unwrap_or_default().to_owned())
    }

    /// The statement in the summary that goes to a file.
    fn summary(&self, more: &[&str]) -> (Run, Option<Value>) {
        let (key, file) = (self.env.file("vsa.key"), self.env.file("vsa.json"));
        let run = self.verify(&[&["--emit-vsa", &file, "--vsa-key", &key], more].concat());
        let text = std::fs::read_to_string(&file).ok();
        (run, text.map(|text| statement(&text)))
    }
}

fn statement(bundle: &str) -> Value {
    let bundle: Value = serde_json::from_str(bundle).unwrap();
    assert_eq!(bundle["mediaType"], "application/vnd.dev.sigstore.bundle.v0.3+json");
    let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

#[test]
fn a_summary_states_the_verdict_and_its_inputs() {
    let setup = VsaFixture::new();
    let (run, statement) = setup.summary(&["--verifier-id", "https://example.com/ci"]);
    run.assert(0, "a summary by https://example.com/ci");
    let statement = statement.unwrap();
    let json = setup.verify(&["--format", "json"]).json();
    let image = &json["images"][0];
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], VSA);
    let resource = format!("oci://{}/{REPO}", setup.registry.host());
    let hex = image["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    assert_eq!(statement["subject"], json!([{ "name": resource, "digest": { "sha256": hex } }]));
    let predicate = &statement["predicate"];
    assert_eq!(predicate["verifier"]["id"], "https://example.com/ci");
    assert_eq!(predicate["verifier"]["version"]["dhi"], env!("CARGO_PKG_VERSION"));
    assert_eq!(predicate["resourceUri"], resource);
    assert_eq!(predicate["verificationResult"], "PASSED");
    assert_eq!(predicate["policy"]["uri"], "urn:dhi:policy:dhi-or-dhi-based");
    // Every attestation that was judged, and no other.
    let mut judged: Vec<String> = image["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|platform| platform["attestations"].as_array().unwrap())
        .map(|attestation| attestation["digest"].as_str().unwrap().to_owned())
        .collect();
    let mut inputs: Vec<String> = predicate["inputAttestations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            let digest = format!("sha256:{}", input["digest"]["sha256"].as_str().unwrap());
            assert_eq!(input["uri"], format!("{resource}@{digest}"));
            digest
        })
        .collect();
    judged.sort();
    inputs.sort();
    assert_eq!((inputs.len(), &inputs), (30, &judged));
    // The digest can be computed again from the inputs.
    let own = &predicate[OWN];
    let digest = Digest::of(own["inputs"].to_string().as_bytes());
    assert_eq!(predicate["policy"]["digest"]["sha256"], digest.hex());
    assert_eq!(own["keyring"]["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(own["logPolicy"], "verify-if-present");
    assert_eq!(own["proven"], "signed by fixture (a5cf3b69fb6d) as dhi/python");
    assert_eq!(own["skipped"], json!([]));
    // The fixture has no summary of SLSA levels that counts here but its own.
    let levels: Vec<&str> =
        predicate["verifiedLevels"].as_array().unwrap().iter().map(|level| level.as_str().unwrap()).collect();
    assert!(levels[0].starts_with("SLSA_BUILD_LEVEL_") && levels[1..] == ["DHI"], "{levels:?}");
}

#[test]
fn a_summary_lists_every_skipped_check() {
    let setup = VsaFixture::new();
    let (run, statement) = setup.summary(&[
        "--skip-tlog",
        "--platform",
        "linux/amd64",
        "--predicate-type",
        SPDX,
        "--policy",
        "attested",
    ]);
    run.assert(0, "pass");
    let statement = statement.unwrap();
    let own = &statement["predicate"][OWN];
    assert_eq!(own["logPolicy"], "skip");
    assert_eq!(statement["predicate"]["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_UNEVALUATED"]));
    assert_eq!(statement["predicate"]["inputAttestations"].as_array().unwrap().len(), 1);
    let skipped = own["skipped"].as_array().unwrap();
    let of = |kind: &str| skipped.iter().filter(|skipped| skipped["check"] == kind).count();
    // The other platform, and 14 attestations of this one.
    assert_eq!(
        (of("transparency-log"), of("certificate-log"), of("platform"), of("referrer")),
        (1, 1, 1, 14)
    );
    assert_eq!(skipped.len(), 17);
}

#[test]
fn an_accepted_summary_is_shown_as_one() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "summary (pass) attached as ");
    let run = setup.accept(&[]);
    run.assert(
        0,
        "not checked: signatures and attestations: not verified again: a verification summary was accepted",
    );
    assert!(run.stdout.contains("signed by fixture (a5cf3b69fb6d) as dhi/python, as verified at "));
    let json = setup.accept(&["--format", "json"]).json();
    let schema = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
    let image = &json["images"][0];
    assert_eq!((&image["kind"], &image["verdict"]), (&json!("verified-before"), &json!("pass")));
    assert!(image.get("platforms").is_none() && image.get("rootSignature").is_none());
    for (format, text) in [
        ("sarif", "verified-before"),
        ("junit", "skipped"),
        ("github", "as verified at"),
        ("markdown", "as verified at"),
    ] {
        let run = setup.accept(&["--format", format]);
        assert_eq!(run.code, 0);
        assert!(run.stdout.contains(text) || format == "sarif", "{format}: {}", run.stdout);
    }
    setup.accept(&["--explain"]).assert(0, "predicate.verificationResult");
    setup.accept(&["--print-cosign"]).assert(0, ": pass");
}

#[test]
fn accepting_a_summary_requests_image_list_and_summary() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "attached");
    // Tag, list, the manifests in it, and the bundle: the signature of the index turns out to be no summary.
    let rounds = [1, 1, 2, 1];
    setup.registry.clear_log();
    setup.registry.in_rounds(&rounds);
    assert_eq!(setup.taken(&["--no-cache"]), Ok(()));
    assert_eq!(setup.registry.levels(), rounds, "{}", setup.registry.lines().join("\n"));
}

/// Flags that are inputs of a verdict, with the name of the input.
const INPUTS: &[(&[&str], &str)] = &[
    (&["--policy", "attested"], "`policy`"),
    (&["--require-index-signature"], "`requireIndexSignature`"),
    (&["--platform", "linux/amd64"], "`platforms`"),
    (&["--predicate-type", SPDX], "`policy`, `predicateTypes`"),
    (&["--predicate-type", SPDX, "--policy", "dhi-or-dhi-based"], "`predicateTypes`"),
    (&["--signed-name", "dhi/python"], "`signedName`"),
    (&["--base", "oci:fixtures/python:3.13"], "`bases`"),
    (&["--alias", "a.example.com/x=dhi.io/python"], "`aliases`"),
    (&["--base-registry", "127.0.0.2:1"], "`baseRegistries`"),
    (&["--accept-declared-layers"], "`acceptDeclaredLayers`"),
    (&["--verify-layers"], "`verifyLayers`"),
    (&["--attestor-key", "fixtures/keys/other.pub"], "`attestorKeys`, `baseTags`, `tags`"),
    (&["--key", KEY, "--key", "fixtures/keys/other.pub"], "`keys`"),
    (&["--effective-time", "2026-11-01T00:00:00Z"], "`effectiveTime`"),
    (&["--enforce-from", "2999-01-01"], "`enforced`"),
    (
        &[
            "--certificate-identity",
            "me@example.com",
            "--certificate-oidc-issuer",
            "https://issuer.example.com",
        ],
        "`baseTags`, `identities`, `tags`",
    ),
];

#[test]
fn a_summary_of_another_question_is_rejected() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "attached");
    for (flags, name) in INPUTS {
        let reason = setup.taken(flags).unwrap_err();
        // Summaries about a part of an index are looked for at the parts.
        let expected = match flags {
            ["--platform", _] => "none is signed by a key for summaries".to_owned(),
            _ => format!("it differs in {name}"),
        };
        assert_eq!(reason, expected, "{flags:?}");
    }
    // These need what the test makes.
    let namespaces = setup.taken(&["--namespace", "acme"]).unwrap_err();
    assert_eq!(namespaces, "it differs in `baseNamespaces`, `namespaces`");
    let elsewhere = format!("{}/acme/evidence", setup.registry.host());
    setup.registry.serve_layout(&fixture("python"), "acme/evidence");
    let reason = setup.taken(&["--attestations", &elsewhere]).unwrap_err();
    assert_eq!(reason, "none is signed by a key for summaries");
    let root = setup.env.write("root.json", format!("{}\n", read(ROOT)));
    let reason = setup.taken(&["--trusted-root", &root]).unwrap_err();
    assert_eq!(reason, "it differs in `trustedRoot`");
    let exception =
        |expires: &str| format!("- {{image: '**', check: base/not-dhi, reason: soon, expires: {expires}}}\n");
    let lasting = setup.env.write("lasting.yaml", exception("2999-01-01"));
    let reason = setup.taken(&["--exceptions", &lasting]).unwrap_err();
    assert_eq!(reason, "it differs in `exceptions`");
    // What is over excuses nothing, and is no input any more.
    let over = setup.env.write("over.yaml", exception("2020-01-01"));
    assert_eq!(setup.taken(&["--exceptions", &over]), Ok(()));
    assert_eq!(setup.taken(&[]), Ok(()));
}

/// Whether bundles are judged hangs on whether keys were given, not on which: Docker's own are those of the default.
#[test]
fn explicitly_given_default_keys_are_another_question() {
    let setup = VsaFixture::new();
    let (host, image, key) = (setup.registry.host(), setup.image(), setup.env.file("vsa.key"));
    let ring = json!({ "schemaVersion": 1, "keys": [
        {
            "id": "two", "pem": TrustedKey::dhi_2().unwrap().key.to_pem(), "state": "active",
            "notBefore": "2025-04-02T12:00:00Z",
        },
        { "id": "one", "pem": TrustedKey::dhi_1().unwrap().key.to_pem(), "state": "inactive" },
    ] });
    let ring = setup.env.write("ring.json", ring.to_string());
    let inputs = |name: &str, more: &[&str]| {
        let file = setup.env.file(name);
        let emit = ["--emit-vsa", &file, "--vsa-key", &key, "--trusted-root", ROOT];
        let verify = ["verify", "--plain-http", &host];
        setup.env.dhi(&[&verify[..], &emit, more, &[&image]].concat()).assert(4, "a summary by");
        statement(&read(&file))["predicate"][OWN]["inputs"].clone()
    };
    let default = inputs("default.json", &[]);
    let given = inputs("given.json", &["--keyring", &ring]);
    assert_eq!(default["keys"], given["keys"]);
    assert_ne!(default, given);
}

#[test]
fn each_question_is_answered_by_its_own_summary() {
    let setup = VsaFixture::new();
    // Each of them changes no verdict here, so each is answered in its turn, and all summaries stand side by side.
    for (flags, _) in INPUTS {
        let run = setup.attach(flags);
        assert_eq!(run.code, 0, "{flags:?}: {}{}", run.stdout, run.stderr);
    }
    for (flags, _) in INPUTS {
        assert_eq!(setup.taken(flags), Ok(()), "{flags:?}");
    }
}

/// With `--platform` a run judges a part of the index, and its summary is about that part.
#[test]
fn a_summary_of_one_platform_is_about_its_images() {
    let setup = VsaFixture::new();
    let whole = setup.verify(&["--format", "json"]).json();
    let digests: Vec<String> = whole["images"][0]["platforms"]
        .as_array()
        .unwrap()
        .iter()
        .map(|platform| platform["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned())
        .collect();
    let index = whole["images"][0]["digest"].as_str().unwrap().to_owned();
    let (amd64, arm64) = (["--platform", "linux/amd64"], ["--platform", "linux/arm64"]);
    for (flags, judged) in [
        (&amd64[..], &digests[..1]),
        (&arm64[..], &digests[1..]),
        (&[amd64, arm64].concat()[..], &digests[..]),
    ] {
        let (run, statement) = setup.summary(flags);
        run.assert(0, "a summary by");
        let statement = statement.unwrap();
        let subjects = statement["subject"].as_array().unwrap().iter();
        let subjects: Vec<&str> =
            subjects.map(|subject| subject["digest"]["sha256"].as_str().unwrap()).collect();
        assert_eq!(subjects, judged, "{flags:?}");
        assert_eq!(statement["predicate"]["verifiedLevels"][1], "DHI");
        assert_eq!(statement["predicate"][OWN]["inputs"]["index"], index);
    }
    // What is not there is not said to have failed.
    // Nor is what was judged in its place: Linux images can be chosen on Windows.
    for platform in ["linux/s390x", "windows/amd64"] {
        let (run, statement) = VsaFixture::new().summary(&["--platform", platform]);
        run.assert(3, "a requested image does not exist");
        assert_eq!(statement, None, "{platform}");
    }
    // It answers the narrowed question about this index alone.
    setup.attach(&amd64).assert(0, "summary (pass) attached as ");
    assert_eq!(setup.taken(&amd64), Ok(()));
    assert_eq!(setup.taken(&[]).unwrap_err(), "none is signed by a key for summaries");
    assert_eq!(setup.taken(&arm64).unwrap_err(), "none is signed by a key for summaries");
    let both = [amd64, arm64].concat();
    assert_eq!(setup.taken(&both).unwrap_err(), "it differs in `platforms`");
    // The same image in another index, where an engine could choose otherwise.
    let image = setup.registry.manifest(REPO, &index.parse().unwrap()).unwrap();
    let mut other: Value = serde_json::from_slice(&image).unwrap();
    other["annotations"] = json!({ "again": "1" });
    let other = setup.registry.put_manifest(REPO, other.to_string().as_bytes());
    setup.registry.tag(REPO, "3.13", &other);
    assert_eq!(setup.taken(&amd64).unwrap_err(), "it differs in `index`");
}

#[test]
fn order_and_labels_of_inputs_do_not_matter() {
    let setup = VsaFixture::new();
    let other = "fixtures/keys/other.pub";
    setup
        .attach(&["--platform", "linux/amd64", "--platform", "linux/arm64", "--key", KEY, "--key", other])
        .assert(0, "attached");
    let copy = setup.env.write("another-name.pub", read(KEY));
    let taken = setup.taken(&[
        "--platform",
        "linux/arm64",
        "--platform",
        "linux/amd64",
        "--key",
        other,
        "--key",
        &copy,
    ]);
    assert_eq!(taken, Ok(()));
}

#[test]
fn a_summary_of_stricter_checks_is_accepted() {
    let setup = VsaFixture::new();
    setup.attach(&["--skip-tlog"]).assert(0, "attached");
    assert_eq!(setup.taken(&[]), Err("its log policy was `skip`".to_owned()));
    assert_eq!(setup.taken(&["--skip-tlog"]), Ok(()));
    assert_eq!(setup.taken(&["--skip-tlog", "--skip-sct"]), Ok(()));
    setup.attach(&["--skip-sct"]).assert(0, "attached");
    assert_eq!(
        setup.taken(&[]),
        Err("it skipped certificate-log of everything: skipped on request".to_owned())
    );
    assert_eq!(setup.taken(&["--skip-sct"]), Ok(()));
    setup.attach(&[]).assert(0, "attached");
    assert_eq!(setup.taken(&["--skip-tlog"]), Ok(()));
    // The summary itself is in no log.
    assert!(setup.taken(&["--require-tlog"]).unwrap_err().contains("the transparency log does not prove"));
}

#[test]
fn a_summary_of_an_offline_run_counts_offline_only() {
    let env = TestEnv::new();
    let setup = VsaFixture { env, registry: InMemoryRegistry::start() };
    setup.env.generate_key("vsa");
    let layout = setup.env.file("layout");
    copy(&fixture("python"), std::path::Path::new(&layout));
    let image = format!("oci:{layout}:3.13");
    let key = setup.env.file("vsa.key");
    let emit = ["--emit-vsa", "attach", "--vsa-key", &key, "--offline"];
    setup.verify_these(&emit, &[&image]).assert(0, "attached");
    let public = setup.env.file("vsa.pub");
    let accept = ["--accept-vsa", &public, "--max-age", "1h"];
    setup
        .verify_these(&accept, &[&image])
        .assert(0, "it skipped freshness of everything: skipped on request");
    setup.verify_these(&[&accept[..], &["--offline"]].concat(), &[&image]).assert(0, "as verified at");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let (own, target) = (entry.path(), to.join(entry.file_name()));
        if own.is_dir() {
            copy(&own, &target);
        } else {
            std::fs::copy(own, target).unwrap();
        }
    }
}

#[test]
fn a_newer_failed_summary_revokes_an_older_pass() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "attached");
    assert_eq!(setup.taken(&[]), Ok(()));
    // An unavailable attestation is no failure: there is no new summary, and the old one remains valid.
    let statement = setup.verify(&["--format", "json"]).json()["images"][0]["platforms"][0]["attestations"]
        [0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/v2/{REPO}/manifests/{statement}");
    setup.registry.script(&path, Reply::new(500, ""));
    let run = setup.attach(&["--no-cache"]);
    run.assert(6, "there is no summary of ");
    assert_eq!(setup.taken(&[]), Ok(()));
    // One that is bad is a failure, and counts from now on.
    setup.registry.script(&path, Reply::new(200, "{}"));
    setup.attach(&["--no-cache"]).assert(4, "summary (fail) attached as ");
    assert_eq!(setup.taken(&[]), Err("the newest summary has the result `FAILED`".to_owned()));
    let (_, failed) = setup.summary(&["--no-cache"]);
    let failed = &failed.unwrap()["predicate"];
    assert_eq!(failed["verificationResult"], "FAILED");
    assert_eq!(failed["verifiedLevels"], json!(["FAILED"]));
}

#[test]
fn a_summary_counts_for_its_repository_and_content_only() {
    let setup = VsaFixture::new();
    let digest = attached(&setup.attach(&[]));
    // Everything of the repository, summary included, under another name.
    let manifest = setup.registry.manifest(REPO, &digest).unwrap();
    let parsed: Value = serde_json::from_slice(&manifest).unwrap();
    let layer: Digest = parsed["layers"][0]["digest"].as_str().unwrap().parse().unwrap();
    setup.registry.serve_layout(&fixture("python"), "acme/copy");
    setup.registry.put_blob("acme/copy", &setup.registry.blob(REPO, &layer).unwrap());
    setup.registry.put_blob("acme/copy", b"{}");
    setup.registry.put_manifest("acme/copy", &manifest);
    let public = setup.env.file("vsa.pub");
    let host = setup.registry.host();
    let run = setup
        .verify_these(&["--accept-vsa", &public, "--max-age", "1h"], &[&format!("{host}/acme/copy:3.13")]);
    run.assert(0, &format!("no summary is accepted: it is about oci://{host}/{REPO}"));
    // The platform's manifest is another object than the index.
    let platform = setup.verify(&["--format", "json"]).json()["images"][0]["platforms"][0]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let run = setup
        .verify_these(&["--accept-vsa", &public, "--max-age", "1h"], &[&format!("{host}/{REPO}@{platform}")]);
    run.assert(0, "no summary is accepted: none is signed by a key for summaries");
    // Neither does a key that was not named.
    let other = ["--accept-vsa", "fixtures/keys/other.pub", "--max-age", "1h"];
    setup.verify(&other).assert(0, "no summary is accepted: none is signed by a key for summaries");
    setup
        .accept(&["--verifier-id", "https://example.com/ci"])
        .assert(0, "no summary is accepted: it is by urn:dhi:verifier:sha256:");
    setup.attach(&["--verifier-id", "https://example.com/ci"]).assert(0, "attached");
    setup.accept(&["--verifier-id", "https://example.com/ci"]).assert(0, "as verified at");
    setup.accept(&[]).assert(0, "as verified at");
    setup.verify(&["--verifier-id", "https://example.com/ci"]).assert(2, "--accept-vsa");
    setup.verify(&["--accept-vsa", &public, "--max-age", "1ms"]).assert(0, "no summary is accepted: it is ");
}

/// The manifest of the one summary that was attached.
fn attached(run: &Run) -> Digest {
    run.assert(0, "attached as ");
    let digest = run.stderr.split("attached as ").nth(1).unwrap().lines().next().unwrap();
    digest.split_once('@').unwrap().1.parse().unwrap()
}

/// Frequent verification leaves many summaries. They are not signatures of the index and do not count for its limit.
#[test]
fn many_summaries_do_not_hide_the_image_signature() {
    for (layout, text) in [("index-unsigned", "warning[trust/unsigned]"), ("two-signatures", "pass")] {
        let setup = VsaFixture::with(&format!("bad/{layout}"));
        let image = format!("{}/{REPO}:latest", setup.registry.host());
        let key = setup.env.file("vsa.key");
        let emit = ["--emit-vsa", "attach", "--vsa-key", &key];
        let digest = attached(&setup.verify_these(&emit, &[&image]));
        let manifest: Value =
            serde_json::from_slice(&setup.registry.manifest(REPO, &digest).unwrap()).unwrap();
        for number in 0..100 {
            let mut other = manifest.clone();
            other["annotations"]["number"] = number.to_string().into();
            setup.registry.put_manifest(REPO, other.to_string().as_bytes());
        }
        setup.verify_these(&[], &[&image]).assert(0, text);
        // No more are attached before there are too many.
        attached(&setup.verify_these(&emit, &[&image]));
        for number in 100..130 {
            let mut other = manifest.clone();
            other["annotations"]["number"] = number.to_string().into();
            setup.registry.put_manifest(REPO, other.to_string().as_bytes());
        }
        let run = setup.verify_these(&emit, &[&image]);
        run.assert(4, "error[limits/exceeded]: no summary is attached to an image that already has ");
        assert!(run.stdout.contains("\npass  "), "{}", run.stdout);
    }
}

#[test]
fn no_summary_is_made_of_a_summary() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "attached");
    let public = setup.env.file("vsa.pub");
    let run = setup.attach(&["--accept-vsa", &public, "--max-age", "1h"]);
    run.assert(0, "the result comes from another summary");
    assert!(!run.stderr.contains("attached"), "{}", run.stderr);
    // Where none answers a new one is made, which answers from then on.
    let run = setup.attach(&["--accept-vsa", &public, "--max-age", "1h", "--platform", "linux/amd64"]);
    run.assert(0, "attached");
    assert_eq!(setup.taken(&["--platform", "linux/amd64"]), Ok(()));
}

#[test]
fn a_summary_of_the_policy_signed_counts_for_signed_only() {
    let setup = VsaFixture::new();
    setup.attach(&["--policy", "signed"]).assert(0, "attached");
    assert_eq!(setup.taken(&["--policy", "signed"]), Ok(()));
    for policy in ["attested", "dhi-or-dhi-based"] {
        assert!(setup.taken(&["--policy", policy]).is_err(), "{policy}");
    }
}

#[test]
fn a_summary_is_not_an_attestation_of_the_image() {
    // One manifest, so that the summary hangs where attestations do.
    let setup = VsaFixture::with("bad/single-manifest");
    let host = setup.registry.host();
    let image = format!("{host}/{REPO}:latest");
    let (key, public) = (setup.env.file("vsa.key"), setup.env.file("vsa.pub"));
    let emit = ["--emit-vsa", "attach", "--vsa-key", &key, "--policy", "attested"];
    let summary = attached(&setup.verify_these(&emit, &[&image]));
    // Without the key the verdict is the same as before.
    setup.verify_these(&["--policy", "attested"], &[&image]).assert(0, "pass");
    // The summary verifies with its key, and is no attestation of the image by it.
    let run = setup.verify_these(&["--policy", "attested", "--key", &public, "--format", "json"], &[&image]);
    assert_ne!(run.code, 0, "{}", run.stdout);
    let mine = run.json()["images"][0]["platforms"][0]["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|attestation| attestation["outcome"] == "verified")
        .map(|attestation| attestation["predicateType"].clone())
        .collect::<Vec<_>>();
    assert_eq!(mine, [json!(VSA)], "{}", run.stdout);
    // Alone on an image it leaves it without any.
    let digest = run.json()["images"][0]["digest"].as_str().unwrap().to_owned();
    let path = format!("/v2/{REPO}/referrers/{digest}");
    let entry = json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": summary,
        "size": setup.registry.manifest(REPO, &summary).unwrap().len(),
    });
    let list = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [entry],
    });
    setup.registry.script(&path, Reply::json(200, list.to_string()));
    let only = ["--policy", "attested", "--no-cache", "--key", &public];
    setup.verify_these(&only, &[&image]).assert(3, "attest/none");
    setup.verify_these(&[&only[..], &["--predicate-type", VSA]].concat(), &[&image]).assert(0, "pass");
    // A key that proves images does not sign what is made of the proof.
    let run = setup.verify_these(&["--key", &public, "--emit-vsa", "attach", "--vsa-key", &key], &[&image]);
    run.assert(2, "cannot sign summaries too");
    let run =
        setup.verify_these(&["--attestor-key", &public, "--emit-vsa", "x", "--vsa-key", &key], &[&image]);
    run.assert(2, "cannot sign summaries too");
}

#[test]
fn several_images_give_one_file_with_a_summary_each() {
    let setup = VsaFixture::new();
    setup.registry.serve_layout(&fixture("python"), "acme/other");
    let other = format!("{}/acme/other:3.13", setup.registry.host());
    let (key, file) = (setup.env.file("vsa.key"), setup.env.file("vsa.jsonl"));
    let emit = ["--emit-vsa", &file, "--emit-vsa", "attach", "--vsa-key", &key];
    let missing = format!("{}/acme/missing:1", setup.registry.host());
    let run = setup.verify_these(&emit, &[&setup.image(), &other, &missing]);
    run.assert(3, "2 summaries by urn:dhi:verifier:sha256:");
    let text = std::fs::read_to_string(&file).unwrap();
    let resources: Vec<String> = text
        .lines()
        .map(|line| statement(line)["predicate"]["resourceUri"].as_str().unwrap().to_owned())
        .collect();
    let host = setup.registry.host();
    assert_eq!(resources, [format!("oci://{host}/{REPO}"), format!("oci://{host}/acme/other")]);
    let public = setup.env.file("vsa.pub");
    let run = setup.verify_these(
        &["--accept-vsa", &public, "--max-age", "1h", "--format", "json"],
        &[&setup.image(), &other],
    );
    let json = run.json();
    assert!(json["images"].as_array().unwrap().iter().all(|image| image["kind"] == "verified-before"));
}

/// What cannot be stored for one image keeps nothing from the others: a failure of theirs must be heard.
#[test]
fn a_summary_that_cannot_be_stored_stops_no_other() {
    let setup = VsaFixture::new();
    setup.registry.serve_layout(&fixture("bad/wrong-key"), "acme/bad");
    let (key, host) = (setup.env.file("vsa.key"), setup.registry.host());
    let bad = format!("{host}/acme/bad:latest");
    setup.registry.script(&format!("/v2/{REPO}/blobs/uploads/"), Reply::new(403, ""));
    let emit = ["--emit-vsa", "/nothing/vsa.json", "--emit-vsa", "attach", "--vsa-key", &key];
    let run = setup.verify_these(&emit, &[&setup.image(), &bad]);
    // The worst of all that went wrong counts.
    run.assert(4, &format!("{bad}: summary (fail) attached as {host}/acme/bad@sha256:"));
    run.assert(4, "`/nothing/vsa.json` cannot be written");
    run.assert(4, "error[registry/");
    let run = setup.verify_these(&emit, &[&setup.image()]);
    run.assert(5, "`/nothing/vsa.json` cannot be written");
}

#[test]
fn admit_check_accepts_summaries() {
    let setup = VsaFixture::new();
    setup.attach(&[]).assert(0, "attached");
    let (host, public, image) = (setup.registry.host(), setup.env.file("vsa.pub"), setup.image());
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec:\n  containers: [{{name: a, image: '{image}'}}]\n"
    );
    let file = setup.env.write("pod.yaml", pod);
    let flags = ["--plain-http", &host, "--key", KEY, "--trusted-root", ROOT];
    let accept = ["--accept-vsa", &public, "--max-age", "7d"];
    let run =
        setup.env.dhi(&[&["admit", "check"][..], &flags, &accept, &["--format", "json", &file]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let json = run.json();
    crate::admit::conforms(&json);
    assert_eq!(json["images"][0]["image"]["kind"], "verified-before", "{json:#}");
    let run = setup
        .env
        .dhi(&[&["admit", "check"][..], &flags, &accept, &["--platform", "linux/amd64", &file]].concat());
    run.assert(0, "no summary is accepted: none is signed by a key for summaries");
    let run = setup.env.dhi(&[&["admit", "check"][..], &flags, &accept, &["--resolve", &file]].concat());
    run.assert(0, "3.13@sha256:");
}

#[test]
fn unusable_summary_options_are_refused_before_requests() {
    let setup = VsaFixture::new();
    let key = setup.env.file("vsa.key");
    setup.registry.clear_log();
    for (flags, code, text) in [
        (vec!["--emit-vsa", "attach"], 2, "--vsa-key"),
        (vec!["--vsa-key", &key], 2, "--emit-vsa"),
        (vec!["--emit-vsa", "attach", "--vsa-key", "nothing.key"], 2, "sign/key"),
        (vec!["--emit-vsa", "attach", "--vsa-key", &key, "--verifier-id", "me"], 2, "--verifier-id"),
        (vec!["--emit-vsa", "attach", "--vsa-key", &key, "--offline"], 2, "--offline"),
        (vec!["--accept-vsa", KEY], 2, "--max-age"),
        (vec!["--accept-vsa", KEY, "--max-age", "0h"], 2, "greater than zero"),
        (vec!["--accept-vsa", KEY, "--max-age", "1mo"], 2, "a duration such as `30m`"),
        (vec!["--max-age", "1h"], 2, "--accept-vsa"),
    ] {
        setup.verify(&flags).assert(code, text);
    }
    assert_eq!(setup.registry.log().len(), 0);
    let run = setup.verify(&["--emit-vsa", "/nothing/vsa.json", "--vsa-key", &key]);
    run.assert(6, "`/nothing/vsa.json` cannot be written");
    assert!(run.stdout.contains("\npass  "), "{}", run.stdout);
}

/// A fixture whose registry is not used, for images in layout directories.
fn on_disk() -> VsaFixture {
    let setup = VsaFixture { env: TestEnv::new(), registry: InMemoryRegistry::start() };
    setup.env.generate_key("vsa");
    setup
}

#[test]
fn a_summary_contains_the_base_proof() {
    let setup = on_disk();
    let child =
        crate::policy::image(&setup.env, "child", &crate::policy::fixture_layers(), &json!({}), &json!({}));
    let (key, file) = (setup.env.file("vsa.key"), setup.env.file("vsa.json"));
    let base = ["--base", "oci:fixtures/python:3.13"];
    let emit = ["--emit-vsa", &file, "--vsa-key", &key];
    setup.verify_these(&[base, ["--emit-vsa", "attach"]].concat(), &[&child]).assert(2, "--vsa-key");
    setup
        .verify_these(&[&base[..], &emit].concat(), &[&child])
        .assert(0, "built on oci:fixtures/python@sha256:");
    let statement = statement(&std::fs::read_to_string(&file).unwrap());
    let predicate = &statement["predicate"];
    // The levels of the base are none of the child's.
    assert_eq!(predicate["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_UNEVALUATED", "DHI_BASED"]));
    let inputs = predicate["inputAttestations"].as_array().unwrap();
    assert!(
        inputs.iter().all(|input| input["uri"].as_str().unwrap().starts_with("oci-dir:fixtures/python@"))
    );
    let json = setup.verify_these(&["--format", "json"], &["oci:fixtures/python:3.13"]).json();
    let amd64 = &json["images"][0]["platforms"][0];
    assert_eq!(amd64["platform"], "linux/amd64");
    let mut vouching: Vec<String> = amd64["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|attestation| {
            let kind = attestation["predicateType"].as_str().unwrap();
            kind.contains("slsa.dev/provenance") || kind == SPDX || kind.contains("cyclonedx.org/bom")
        })
        .map(|attestation| attestation["digest"].as_str().unwrap().to_owned())
        .collect();
    let mut found: Vec<String> = inputs
        .iter()
        .map(|input| format!("sha256:{}", input["digest"]["sha256"].as_str().unwrap()))
        .collect();
    vouching.sort();
    found.sort();
    assert_eq!(found, vouching);
}

#[test]
fn an_accepted_summary_reports_excused_findings() {
    let setup = on_disk();
    let bare = crate::policy::bare(&setup.env);
    let exceptions = setup.env.write(
        "exceptions.yaml",
        "- {image: '**', check: base/not-dhi, reason: until November, expires: 2999-01-01}\n",
    );
    let (key, public) = (setup.env.file("vsa.key"), setup.env.file("vsa.pub"));
    let excused = ["--exceptions", &exceptions];
    let emit = ["--emit-vsa", "attach", "--vsa-key", &key];
    setup.verify_these(&[&excused[..], &emit].concat(), &[&bare]).assert(0, "summary (pass) attached");
    let accept = ["--accept-vsa", &public, "--max-age", "1h"];
    let run = setup.verify_these(&[&excused[..], &accept].concat(), &[&bare]);
    run.assert(0, "warning[base/not-dhi]");
    run.assert(0, "not proven, as verified at ");
    assert!(!run.stderr.contains("unused"), "{}", run.stderr);
    let json = setup.verify_these(&[&excused[..], &accept, &["--format", "json"]].concat(), &[&bare]).json();
    assert_eq!(json["images"][0]["kind"], "verified-before");
    assert_eq!(json["exceptions"][0]["status"], "used");
    // Without the exception it is another question, with another answer.
    setup.verify_these(&accept, &[&bare]).assert(1, "no summary is accepted: it differs in `exceptions`");
    let file = setup.env.file("vsa.json");
    let emit = ["--emit-vsa", &file, "--vsa-key", &key];
    setup.verify_these(&[&excused[..], &emit].concat(), &[&bare]).assert(0, "a summary by ");
    let statement = statement(&std::fs::read_to_string(&file).unwrap());
    assert_eq!(statement["predicate"]["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_UNEVALUATED"]));
    assert_eq!(statement["predicate"][OWN]["warnings"][0]["id"], "base/not-dhi");
}
