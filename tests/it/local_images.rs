//! `docker-daemon:` references. Descriptions by the engine prove nothing; only the content of the registry does.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use dhi::oci::Digest;
use serde_json::{Value, json};

use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture, read, run};
use crate::support::http::{HttpServer, Reply, RequestLog};
use crate::support::registry::InMemoryRegistry;

const REPO: &str = "dhi/python";
const SPDX: &str = "https://spdx.dev/Document";

/// The API of a local engine, at a Unix socket: it describes images as the test sets them.
struct EngineServer {
    server: HttpServer,
    log: RequestLog,
    /// By method and path.
    answers: Arc<Mutex<HashMap<String, String>>>,
}

impl EngineServer {
    fn start(socket: &Path) -> Self {
        let (log, answers) = (RequestLog::default(), Arc::<Mutex<HashMap<String, String>>>::default());
        let shared = Arc::clone(&answers);
        let server = HttpServer::start_at_socket(socket, &log, move |request| {
            let answer =
                shared.lock().unwrap().get(&format!("{} {}", request.method, request.target)).cloned();
            let reply = match answer {
                Some(body) => Reply::new(200, body),
                None => Reply::new(404, r#"{"message":"no such image"}"#),
            };
            reply.header("Connection", "close")
        });
        Self { server, log, answers }
    }

    /// Sets the answer to `GET /images/NAME/json`.
    fn describe(&self, name: &str, answer: &Value) {
        self.describe_as(name, &answer.to_string());
    }

    fn describe_as(&self, name: &str, answer: &str) {
        let path = format!("GET /images/{name}/json");
        self.answers.lock().unwrap().insert(path, answer.to_owned());
    }

    /// `METHOD PATH` of each request since the last call.
    fn log(&self) -> Vec<String> {
        self.log.take().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }
}

/// A registry with the image of the fixtures, and an engine that pulled it.
struct EngineFixture {
    env: TestEnv,
    registry: InMemoryRegistry,
    engine: EngineServer,
    index: Digest,
    /// Manifest and configuration of each platform.
    images: Vec<(Digest, Digest)>,
}

impl EngineFixture {
    fn new() -> Self {
        let (env, registry) = (TestEnv::new(), InMemoryRegistry::start());
        registry.serve_layout(&fixture("python"), REPO);
        let index = registry.tagged(REPO, "3.13").unwrap();
        let entries: Value = serde_json::from_slice(&index).unwrap();
        let images = ["linux/amd64", "linux/arm64"].map(|platform| {
            let of = |entry: &&Value| {
                format!(
                    "{}/{}",
                    entry["platform"]["os"].as_str().unwrap(),
                    entry["platform"]["architecture"].as_str().unwrap()
                ) == platform
            };
            let entry = entries["manifests"].as_array().unwrap().iter().find(of).unwrap();
            let digest: Digest = entry["digest"].as_str().unwrap().parse().unwrap();
            let manifest: Value = serde_json::from_slice(&registry.manifest(REPO, &digest).unwrap()).unwrap();
            (digest, manifest["config"]["digest"].as_str().unwrap().parse().unwrap())
        });
        let engine = EngineServer::start(&env.path("docker.sock"));
        Self { env, engine, index: Digest::of(&index), images: images.into(), registry }
    }

    fn pulled(&self) -> String {
        format!("{}/{REPO}", self.registry.host())
    }

    /// The image in the engine.
    fn name(&self) -> String {
        format!("docker-daemon:{}:3.13", self.pulled())
    }

    /// Lets the engine say that its image has this ID and these repository digests.
    fn says(&self, id: &impl ToString, digests: &[String]) {
        let tag = format!("{}:3.13", self.pulled());
        let answer = json!({ "Id": id.to_string(), "RepoTags": [tag], "RepoDigests": digests });
        self.engine.describe(&tag, &answer);
    }

    /// Lets the engine say that it pulled the index, and has this image ID.
    fn has(&self, id: &impl ToString) {
        self.says(id, &[self.by(&self.index)]);
    }

    fn by(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.pulled())
    }

    fn dhi(&self, command: &[&str], arguments: &[&str]) -> Run {
        self.dhi_with("DOCKER_HOST", &format!("unix://{}", self.engine.server.host()), command, arguments)
    }

    fn dhi_with(&self, variable: &str, value: &str, command: &[&str], arguments: &[&str]) -> Run {
        let host = self.registry.host();
        let common = ["--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        run(self.env.command(&[command, &common, arguments].concat()).env(variable, value))
    }

    fn verify(&self, more: &[&str]) -> Run {
        self.dhi(&["verify"], &[more, &[&self.name()]].concat())
    }
}

/// The document, which has the shape that is published for it.
fn document(run: &Run, schema: &str) -> Value {
    let schema: Value = serde_json::from_str(&read(format!("docs/schemas/{schema}-2.json"))).unwrap();
    let (document, schema) = (run.json(), jsonschema::validator_for(&schema).unwrap());
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document:#}");
    document
}

#[test]
fn image_ids_of_all_image_stores_are_matched() {
    let setup = EngineFixture::new();
    let [(amd64, config), (_, other_config)] = setup.images[..] else { panic!("two platforms") };
    for (id, by) in [(config, "config"), (other_config, "config"), (amd64, "manifest"), (setup.index, "root")]
    {
        setup.has(&id);
        let run = setup.verify(&["--format", "json"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let document = document(&run, "verify");
        let image = &document["images"][0];
        assert_eq!(image["reference"], setup.name());
        assert_eq!(image["digest"], setup.index.to_string());
        assert_eq!(image["platforms"].as_array().unwrap().len(), 2);
        let local = &image["localImage"];
        assert_eq!((&local["identifiedBy"], &local["id"]), (&json!(by), &json!(id.to_string())));
        assert_eq!(local["pulledAs"], setup.by(&setup.index));
        assert!(image["checks"].as_array().unwrap().iter().any(|check| check["id"] == "local-image"));
        for (schema, command) in [("base", &["base"][..]), ("attest-list", &["attest", "list"])] {
            let run = setup.dhi(command, &["--format", "json", &setup.name()]);
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
            let document = self::document(&run, schema);
            assert_eq!(document["localImage"]["identifiedBy"], by);
            assert_eq!(document["reference"], setup.name());
        }
    }
    // Without the algorithm, as older versions of Podman write it.
    setup.has(&config.hex());
    setup.verify(&[]).assert(0, "its ID is the digest of the configuration of linux/amd64");
    // The digest that a script gets names the image in the registry, as it was pulled.
    let run = setup.verify(&["--format", "digest"]);
    assert_eq!((run.code, run.stdout), (0, format!("{}\n", setup.by(&setup.index))));
}

#[test]
fn every_format_reports_a_different_image() {
    let setup = EngineFixture::new();
    setup.has(&Digest::of(b"something else"));
    let found = setup.verify(&["--format", "json"]).json()["images"][0]["checks"].clone();
    let failed = |check: &&Value| check["outcome"] != "pass" && check["outcome"] != "skip";
    let failed: Vec<&str> =
        found.as_array().unwrap().iter().filter(failed).map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(failed, ["local-image"], "each failure is told once");
    for format in ["table", "json", "sarif", "junit", "github", "markdown"] {
        setup.verify(&["--format", format]).assert(4, "verify/other-image");
    }
    setup.verify(&["--policy", "attested", "--explain"]).assert(4, "verify/other-image");
}

/// The signature of the index answers there, which names its images.
#[test]
fn signed_compares_the_image_id_with_the_index() {
    let setup = EngineFixture::new();
    let signed = ["--policy", "signed", "--format", "json"];
    for id in [setup.index, setup.images[0].0, setup.images[0].1, setup.images[1].1] {
        setup.has(&id);
        let run = setup.verify(&signed);
        assert_eq!(run.code, 0, "{id}: {}{}", run.stdout, run.stderr);
        let by = if id == setup.index { "root" } else { "named" };
        assert_eq!(document(&run, "verify")["images"][0]["localImage"]["identifiedBy"], by);
    }
    setup.has(&Digest::of(b"another image"));
    setup.verify(&signed).assert(4, "verify/other-image");
}

/// What hangs on an image, or holds it together, is not the image.
#[test]
fn a_wrong_digest_of_the_engine_proves_nothing() {
    let setup = EngineFixture::new();
    let (image, _) = setup.images[0];
    let referrers =
        setup.dhi(&["attest", "list"], &["--format", "json", &format!("{}:3.13", setup.pulled())]);
    let attestation = &referrers.json()["platforms"][0]["attestations"][0];
    let attestation: Digest = attestation["digest"].as_str().unwrap().parse().unwrap();
    let manifest: Value =
        serde_json::from_slice(&setup.registry.manifest(REPO, &attestation).unwrap()).unwrap();
    let image: Value = serde_json::from_slice(&setup.registry.manifest(REPO, &image).unwrap()).unwrap();
    let get = ["--platform", "linux/amd64", "--predicate-type", SPDX];
    for id in [
        json!(attestation.to_string()),
        manifest["config"]["digest"].clone(),
        manifest["layers"][0]["digest"].clone(),
        image["layers"][0]["digest"].clone(),
        json!(Digest::of(b"another image").to_string()),
    ] {
        let id = id.as_str().unwrap();
        setup.has(&id);
        setup.verify(&[]).assert(4, "verify/other-image");
        setup.dhi(&["base"], &[&setup.name()]).assert(4, "verify/other-image");
        setup.dhi(&["attest", "list"], &[&setup.name()]).assert(4, "verify/other-image");
        let got = setup.dhi(&["attest", "get"], &[&get[..], &[&setup.name()]].concat());
        got.assert(4, "verify/other-image");
        assert_eq!(got.stdout, "");
    }
}

#[test]
fn an_engine_image_must_have_the_requested_platform() {
    let setup = EngineFixture::new();
    let [(_, amd64), (arm64, config)] = setup.images[..] else { panic!("two platforms") };
    for (id, platform, exit) in [
        (amd64, "linux/amd64", 0),
        (setup.index, "linux/amd64", 0),
        (config, "linux/amd64", 4),
        (arm64, "linux/amd64", 4),
        (config, "linux/arm64", 0),
    ] {
        setup.has(&id);
        let run = setup.verify(&["--platform", platform]);
        run.assert(exit, if exit == 0 { "pulled as" } else { "omit `--platform`" });
    }
}

#[test]
fn an_ambiguous_digest_is_refused() {
    let setup = EngineFixture::new();
    let [(manifest, config), (other, _)] = setup.images[..] else { panic!("two platforms") };
    let elsewhere = format!("registry.invalid/x@{}", setup.index);
    let passes = |digests: &[String], pulled: &Digest| {
        setup.says(&config, digests);
        let run = setup.verify(&["--format", "json"]);
        assert_eq!(run.code, 0, "{digests:?}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.json()["images"][0]["localImage"]["pulledAs"], setup.by(pulled));
    };
    // Podman has both of one repository, in any order.
    let (index, own) = (setup.by(&setup.index), setup.by(&manifest));
    passes(&[index.clone(), own.clone()], &setup.index);
    passes(&[own.clone(), index.clone(), index.clone()], &setup.index);
    passes(std::slice::from_ref(&own), &manifest);
    // That of the repository that was named counts.
    passes(&[elsewhere.clone(), index.clone()], &setup.index);
    // What the registry no longer has does not count beside what it has.
    passes(&[setup.by(&Digest::of(b"gone")), index.clone()], &setup.index);
    let ends = |digests: &[String], exit: i32, text: &str| {
        setup.says(&config, digests);
        let run = setup.verify(&[]);
        run.assert(exit, text);
        run
    };
    ends(&[setup.by(&Digest::of(b"gone"))], 3, "registry/not-found");
    ends(&[], 3, "registry/engine-not-pulled");
    ends(&[format!("localhost/app@{}", setup.index)], 3, "registry/engine-not-pulled");
    let several = ends(&[own.clone(), setup.by(&other)], 2, "registry/engine-ambiguous");
    several.assert(2, &format!("docker-daemon:{own}"));
    ends(&[format!("registry.invalid/a@{manifest}"), elsewhere], 2, "registry/engine-ambiguous");
    for garbage in [format!("{}:3.13@{}", setup.pulled(), setup.index), "x".to_owned(), String::new()] {
        ends(&[index.clone(), garbage], 6, "registry/engine-unreachable");
    }
    let many: Vec<String> = (0..33).map(|number| setup.by(&Digest::of(&[number]))).collect();
    ends(&many, 4, "limits/exceeded");
}

#[test]
fn engine_images_can_be_named_by_digest_or_id() {
    let setup = EngineFixture::new();
    let (manifest, config) = setup.images[0];
    let (index, own) = (setup.by(&setup.index), setup.by(&manifest));
    let answer = json!({ "Id": config.to_string(), "RepoTags": null, "RepoDigests": [own, index] });
    let short = config.short();
    for name in [&index, &own, &config.to_string(), &short] {
        setup.engine.describe(name, &answer);
    }
    for (name, pulled) in [
        (&index, &index),
        (&own, &own),
        (&config.to_string(), &index),
        (&config.hex(), &index),
        (&short, &index),
        (&short.replace("sha256:", ""), &index),
    ] {
        let run = setup.dhi(&["verify"], &["--format", "json", &format!("docker-daemon:{name}")]);
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
        assert_eq!(&run.json()["images"][0]["localImage"]["pulledAs"], pulled, "{name}");
    }
    // It has the image, and not by this digest.
    let other = setup.by(&Digest::of(b"other"));
    setup.engine.describe(&other, &answer);
    let run = setup.dhi(&["verify"], &[&format!("docker-daemon:{other}")]);
    run.assert(6, "registry/engine-unreachable");
}

/// The engine is asked for one description, and the registry for what the digest names.
#[test]
fn nothing_is_pulled() {
    let setup = EngineFixture::new();
    setup.has(&setup.images[0].1);
    setup.registry.clear_log();
    setup.verify(&["--no-cache"]).assert(0, "pass");
    let expected = format!("GET /images/{}:3.13/json", setup.pulled());
    assert_eq!(setup.engine.log(), [expected]);
    let asked = setup.registry.lines();
    assert!(asked.iter().any(|line| line.contains(&setup.index.to_string())), "{asked:#?}");
    assert!(
        asked.iter().all(|line| line.starts_with("GET ") && !line.contains("/manifests/3.13")),
        "{asked:#?}"
    );
}

#[test]
fn an_engine_is_asked_only_for_docker_daemon_references() {
    let setup = EngineFixture::new();
    setup.has(&setup.images[0].1);
    setup.verify(&["--offline"]).assert(2, "omit `--offline`");
    let image = format!("{}:3.13", setup.pulled());
    let name = setup.name();
    let repository = name.trim_end_matches(":3.13");
    for (command, arguments) in [
        (&["verify"][..], &["--attestations", repository, &image][..]),
        (&["verify"], &["--base", &name, &image]),
        (&["base"], &["--alias", &format!("{repository}=dhi.io/python"), &image]),
        (&["verify"], &["--emit-vsa", "x.json", "--vsa-key", "x.key", &name]),
    ] {
        setup.dhi(command, arguments).assert(2, "holds neither manifests nor attestations");
    }
    let no_key = |arguments: &[&str]| setup.env.dhi(arguments);
    no_key(&["sign", "--key", "x.key", &name]).assert(2, "holds neither manifests nor attestations");
    let add = [
        "attest",
        "add",
        "--key",
        "x.key",
        "--predicate-type",
        SPDX,
        "--predicate",
        "fixtures/cases.json",
        &name,
    ];
    no_key(&add).assert(2, "holds neither manifests nor attestations");
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "x" },
        "spec": { "containers": [{ "name": "x", "image": name }] },
    });
    let file = setup.env.path("pod.json");
    std::fs::write(&file, pod.to_string()).unwrap();
    no_key(&["admit", "check", file.to_str().unwrap()]).assert(2, "is not an image of a registry");
    assert_eq!(setup.engine.log(), [""; 0]);
}

#[test]
fn an_unreachable_engine_is_an_error_with_its_cause() {
    let setup = EngineFixture::new();
    let name = setup.name();
    let ends = |variable: &str, value: &str, exit: i32, text: &str| {
        setup.dhi_with(variable, value, &["verify"], &[&name]).assert(exit, text);
    };
    ends("DOCKER_HOST", "tcp://127.0.0.1:2375", 2, "`DOCKER_HOST` names the engine `tcp://127.0.0.1:2375`");
    ends("CONTAINER_HOST", "ssh://me@far.example.com", 2, "usage/config");
    ends("DOCKER_CONTEXT", "nope", 2, "usage/config");
    ends("DOCKER_HOST", "unix:///no/such/socket", 6, "registry/engine-unreachable");
    ends("DOCKER_HOST", &format!("unix://{}", fixture("cases.json").display()), 6, "it is not a socket");
    setup.verify(&[]).assert(3, "registry/engine-no-image");
    setup.verify(&[]).assert(3, "`dhi` pulls none");
}

/// It would have to say which images it is about.
#[test]
fn a_summary_does_not_count_for_an_engine_image() {
    let setup = EngineFixture::new();
    let path = |name: &str| setup.env.file(name);
    setup.env.generate_key("vsa");
    let image = format!("{}:3.13", setup.pulled());
    let host = setup.registry.host();
    let (key, accept) = (path("vsa.key"), path("vsa.pub"));
    let verify = ["verify", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
    let emit = [&verify[..], &["--emit-vsa", "attach", "--vsa-key", &key, &image]].concat();
    setup.env.dhi(&emit).assert(0, "attached");
    let accept = ["--accept-vsa", &accept, "--max-age", "1h"];
    setup.dhi(&["verify"], &[&accept[..], &[&image]].concat()).assert(0, "as verified at");
    setup.has(&Digest::of(b"another image"));
    setup.verify(&accept).assert(4, "verify/other-image");
    setup.has(&setup.images[0].1);
    setup.verify(&accept).assert(0, "no summary is accepted: the image of a local engine");
}

#[test]
fn cosign_commands_name_the_pulled_image() {
    let setup = EngineFixture::new();
    setup.has(&setup.images[0].1);
    let run = setup.verify(&["--print-cosign"]);
    run.assert(0, &setup.by(&setup.index));
    let mut commands = run.stdout.lines().filter(|line| !line.starts_with('#'));
    assert!(commands.all(|line| !line.contains("docker-daemon")), "{}", run.stdout);
    let get = setup.dhi(&["attest", "get"], &["--predicate-type", SPDX, "--verify", &setup.name()]);
    get.assert(0, "was pulled as");
    get.assert(0, "of linux/amd64");
    setup.has(&setup.images[1].1);
    let get = setup.dhi(&["attest", "get"], &["--predicate-type", SPDX, "--verify", &setup.name()]);
    // The engine has this one, whatever this machine is.
    get.assert(0, "of linux/arm64");
}
