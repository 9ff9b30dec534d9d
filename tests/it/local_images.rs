//! `docker-daemon:`: images of a local engine, which says what it wants to. Only the registry's bytes prove anything.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use dhi::oci::Digest;
use serde_json::{Value, json};

use crate::binary::{KEY, ROOT, Run, User, fixture, read, run};
use crate::scripted::Scripted;

const REPO: &str = "dhi/python";
const SPDX: &str = "https://spdx.dev/Document";

/// An engine that describes images as it is told. It stops when dropped.
struct Engine {
    socket: PathBuf,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// By path.
    answers: Mutex<HashMap<String, String>>,
    /// `METHOD PATH` of each request.
    log: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl Engine {
    fn start(socket: PathBuf) -> Self {
        let listener = UnixListener::bind(&socket).unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream.unwrap(), &shared));
            }
        });
        Self { socket, state }
    }

    /// Answers `GET /images/NAME/json` so.
    fn describe(&self, name: &str, answer: &Value) {
        self.describe_as(name, &answer.to_string());
    }

    fn describe_as(&self, name: &str, answer: &str) {
        let path = format!("GET /images/{name}/json");
        self.state.answers.lock().unwrap().insert(path, answer.to_owned());
    }

    fn log(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.log.lock().unwrap())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = UnixStream::connect(&self.socket);
    }
}

fn serve(mut stream: UnixStream, state: &State) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let request = first.trim_end_matches(" HTTP/1.1").to_owned();
    let answer = state.answers.lock().unwrap().get(&request).cloned();
    state.log.lock().unwrap().push(request);
    let (status, body) = match answer {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", r#"{"message":"no such image"}"#.to_owned()),
    };
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// A registry with the image of the fixtures, and an engine that pulled it.
struct Machine {
    user: User,
    registry: Scripted,
    engine: Engine,
    index: Digest,
    /// Manifest and configuration of each platform.
    images: Vec<(Digest, Digest)>,
}

impl Machine {
    fn new() -> Self {
        let (user, registry) = (User::new(), Scripted::start());
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
        let engine = Engine::start(user.home.path().join("docker.sock"));
        Self { user, engine, index: Digest::of(&index), images: images.into(), registry }
    }

    fn pulled(&self) -> String {
        format!("{}/{REPO}", self.registry.host())
    }

    /// The image in the engine.
    fn name(&self) -> String {
        format!("docker-daemon:{}:3.13", self.pulled())
    }

    /// Lets the engine say that its image has this ID and these repository digests.
    fn says(&self, id: impl ToString, digests: &[String]) {
        let tag = format!("{}:3.13", self.pulled());
        let answer = json!({ "Id": id.to_string(), "RepoTags": [tag], "RepoDigests": digests });
        self.engine.describe(&tag, &answer);
    }

    /// Lets the engine say that it pulled the index, and has this image ID.
    fn has(&self, id: impl ToString) {
        self.says(id, &[self.by(&self.index)]);
    }

    fn by(&self, digest: &Digest) -> String {
        format!("{}@{digest}", self.pulled())
    }

    fn dhi(&self, command: &[&str], arguments: &[&str]) -> Run {
        self.dhi_with("DOCKER_HOST", &format!("unix://{}", self.engine.socket.display()), command, arguments)
    }

    fn dhi_with(&self, variable: &str, value: &str, command: &[&str], arguments: &[&str]) -> Run {
        let host = self.registry.host();
        let common = ["--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        run(self.user.command(&[command, &common, arguments].concat()).env(variable, value))
    }

    fn verify(&self, more: &[&str]) -> Run {
        self.dhi(&["verify"], &[more, &[&self.name()]].concat())
    }
}

/// The document, which has the shape that is published for it.
fn document(run: &Run, schema: &str) -> Value {
    let schema: Value = serde_json::from_str(&read(format!("docs/schemas/{schema}-1.json"))).unwrap();
    let (document, schema) = (run.json(), jsonschema::validator_for(&schema).unwrap());
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document:#}");
    document
}

#[test]
fn the_id_of_each_kind_of_store_is_found() {
    let machine = Machine::new();
    let [(amd64, config), (_, other_config)] = machine.images[..] else { panic!("two platforms") };
    for (id, by) in
        [(config, "config"), (other_config, "config"), (amd64, "manifest"), (machine.index, "root")]
    {
        machine.has(id);
        let run = machine.verify(&["--format", "json"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let document = document(&run, "verify");
        let image = &document["images"][0];
        assert_eq!(image["reference"], machine.name());
        assert_eq!(image["digest"], machine.index.to_string());
        assert_eq!(image["platforms"].as_array().unwrap().len(), 2);
        let local = &image["localImage"];
        assert_eq!((&local["identifiedBy"], &local["id"]), (&json!(by), &json!(id.to_string())));
        assert_eq!(local["pulledAs"], machine.by(&machine.index));
        assert!(image["checks"].as_array().unwrap().iter().any(|check| check["id"] == "local-image"));
        for (schema, command) in [("base", &["base"][..]), ("attest-list", &["attest", "list"])] {
            let run = machine.dhi(command, &["--format", "json", &machine.name()]);
            assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
            let document = self::document(&run, schema);
            assert_eq!(document["localImage"]["identifiedBy"], by);
            assert_eq!(document["reference"], machine.name());
        }
    }
    // Without the algorithm, as older versions of Podman write it.
    machine.has(config.hex());
    machine.verify(&[]).assert(0, "its ID is the digest of the configuration of linux/amd64");
}

#[test]
fn every_format_tells_of_an_image_that_is_another_one() {
    let machine = Machine::new();
    machine.has(Digest::of(b"something else"));
    let found = machine.verify(&["--format", "json"]).json()["images"][0]["checks"].clone();
    let failed = |check: &&Value| check["outcome"] != "pass" && check["outcome"] != "skip";
    let failed: Vec<&str> =
        found.as_array().unwrap().iter().filter(failed).map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(failed, ["local-image"], "each failure is told once");
    for format in ["table", "json", "sarif", "junit", "github", "markdown"] {
        machine.verify(&["--format", format]).assert(4, "verify/other-image");
    }
    machine.verify(&["--policy", "attested", "--explain"]).assert(4, "verify/other-image");
}

/// The signature of the index answers there, which names its images.
#[test]
fn where_no_image_is_judged_the_index_names_the_image() {
    let machine = Machine::new();
    let signed = ["--policy", "signed", "--format", "json"];
    for id in [machine.index, machine.images[0].0, machine.images[0].1, machine.images[1].1] {
        machine.has(id);
        let run = machine.verify(&signed);
        assert_eq!(run.code, 0, "{id}: {}{}", run.stdout, run.stderr);
        let by = if id == machine.index { "root" } else { "named" };
        assert_eq!(document(&run, "verify")["images"][0]["localImage"]["identifiedBy"], by);
    }
    machine.has(Digest::of(b"another image"));
    machine.verify(&signed).assert(4, "verify/other-image");
}

/// What hangs on an image, or holds it together, is not the image.
#[test]
fn an_engine_that_lies_about_a_digest_proves_nothing() {
    let machine = Machine::new();
    let (image, _) = machine.images[0];
    let referrers =
        machine.dhi(&["attest", "list"], &["--format", "json", &format!("{}:3.13", machine.pulled())]);
    let attestation = &referrers.json()["platforms"][0]["attestations"][0];
    let attestation: Digest = attestation["digest"].as_str().unwrap().parse().unwrap();
    let manifest: Value =
        serde_json::from_slice(&machine.registry.manifest(REPO, &attestation).unwrap()).unwrap();
    let image: Value = serde_json::from_slice(&machine.registry.manifest(REPO, &image).unwrap()).unwrap();
    let get = ["--platform", "linux/amd64", "--predicate-type", SPDX];
    for id in [
        json!(attestation.to_string()),
        manifest["config"]["digest"].clone(),
        manifest["layers"][0]["digest"].clone(),
        image["layers"][0]["digest"].clone(),
        json!(Digest::of(b"another image").to_string()),
    ] {
        let id = id.as_str().unwrap();
        machine.has(id);
        machine.verify(&[]).assert(4, "verify/other-image");
        machine.dhi(&["base"], &[&machine.name()]).assert(4, "verify/other-image");
        machine.dhi(&["attest", "list"], &[&machine.name()]).assert(4, "verify/other-image");
        let got = machine.dhi(&["attest", "get"], &[&get[..], &[&machine.name()]].concat());
        got.assert(4, "verify/other-image");
        assert_eq!(got.stdout, "");
    }
}

#[test]
fn an_image_of_another_platform_is_not_the_one_that_was_asked_for() {
    let machine = Machine::new();
    let [(_, amd64), (arm64, config)] = machine.images[..] else { panic!("two platforms") };
    for (id, platform, exit) in [
        (amd64, "linux/amd64", 0),
        (machine.index, "linux/amd64", 0),
        (config, "linux/amd64", 4),
        (arm64, "linux/amd64", 4),
        (config, "linux/arm64", 0),
    ] {
        machine.has(id);
        let run = machine.verify(&["--platform", platform]);
        run.assert(exit, if exit == 0 { "pulled as" } else { "leave `--platform` out" });
    }
}

#[test]
fn which_digest_is_meant_is_never_guessed() {
    let machine = Machine::new();
    let [(manifest, config), (other, _)] = machine.images[..] else { panic!("two platforms") };
    let elsewhere = format!("registry.invalid/x@{}", machine.index);
    let passes = |digests: &[String], pulled: &Digest| {
        machine.says(config, digests);
        let run = machine.verify(&["--format", "json"]);
        assert_eq!(run.code, 0, "{digests:?}: {}{}", run.stdout, run.stderr);
        assert_eq!(run.json()["images"][0]["localImage"]["pulledAs"], machine.by(pulled));
    };
    // Podman has both of one repository, in any order.
    let (index, own) = (machine.by(&machine.index), machine.by(&manifest));
    passes(&[index.clone(), own.clone()], &machine.index);
    passes(&[own.clone(), index.clone(), index.clone()], &machine.index);
    passes(&[own.clone()], &manifest);
    // That of the repository that was named counts.
    passes(&[elsewhere.clone(), index.clone()], &machine.index);
    // What the registry no longer has does not count beside what it has.
    passes(&[machine.by(&Digest::of(b"gone")), index.clone()], &machine.index);
    let ends = |digests: &[String], exit: i32, text: &str| {
        machine.says(config, digests);
        let run = machine.verify(&[]);
        run.assert(exit, text);
        run
    };
    ends(&[machine.by(&Digest::of(b"gone"))], 3, "registry/not-found");
    ends(&[], 3, "registry/engine-not-pulled");
    ends(&[format!("localhost/app@{}", machine.index)], 3, "registry/engine-not-pulled");
    let several = ends(&[own.clone(), machine.by(&other)], 2, "registry/engine-ambiguous");
    several.assert(2, &format!("docker-daemon:{own}"));
    ends(&[format!("registry.invalid/a@{manifest}"), elsewhere], 2, "registry/engine-ambiguous");
    for garbage in [format!("{}:3.13@{}", machine.pulled(), machine.index), "x".to_owned(), String::new()] {
        ends(&[index.clone(), garbage], 6, "registry/engine-unreachable");
    }
    let many: Vec<String> = (0..33).map(|number| machine.by(&Digest::of(&[number]))).collect();
    ends(&many, 4, "limits/exceeded");
}

#[test]
fn an_image_is_named_by_digest_or_by_id_too() {
    let machine = Machine::new();
    let (manifest, config) = machine.images[0];
    let (index, own) = (machine.by(&machine.index), machine.by(&manifest));
    let answer = json!({ "Id": config.to_string(), "RepoTags": null, "RepoDigests": [own, index] });
    let short = config.short();
    for name in [&index, &own, &config.to_string(), &short] {
        machine.engine.describe(name, &answer);
    }
    for (name, pulled) in [
        (&index, &index),
        (&own, &own),
        (&config.to_string(), &index),
        (&config.hex(), &index),
        (&short, &index),
        (&short.replace("sha256:", ""), &index),
    ] {
        let run = machine.dhi(&["verify"], &["--format", "json", &format!("docker-daemon:{name}")]);
        assert_eq!(run.code, 0, "{name}: {}{}", run.stdout, run.stderr);
        assert_eq!(&run.json()["images"][0]["localImage"]["pulledAs"], pulled, "{name}");
    }
    // It has the image, and not by this digest.
    let other = machine.by(&Digest::of(b"other"));
    machine.engine.describe(&other, &answer);
    let run = machine.dhi(&["verify"], &[&format!("docker-daemon:{other}")]);
    run.assert(6, "registry/engine-unreachable");
}

/// The engine is asked for one description, and the registry for what the digest names.
#[test]
fn nothing_is_pulled() {
    let machine = Machine::new();
    machine.has(machine.images[0].1);
    machine.registry.clear_log();
    machine.verify(&["--no-cache"]).assert(0, "pass");
    let expected = format!("GET /images/{}:3.13/json", machine.pulled());
    assert_eq!(machine.engine.log(), [expected]);
    let asked = machine.registry.lines();
    assert!(asked.iter().any(|line| line.contains(&machine.index.to_string())), "{asked:#?}");
    assert!(
        asked.iter().all(|line| line.starts_with("GET ") && !line.contains("/manifests/3.13")),
        "{asked:#?}"
    );
}

#[test]
fn an_engine_is_asked_only_where_one_is_meant() {
    let machine = Machine::new();
    machine.has(machine.images[0].1);
    machine.verify(&["--offline"]).assert(2, "leave `--offline` out");
    let image = format!("{}:3.13", machine.pulled());
    let name = machine.name();
    let repository = name.trim_end_matches(":3.13");
    for (command, arguments) in [
        (&["verify"][..], &["--attestations", repository, &image][..]),
        (&["verify"], &["--base", &name, &image]),
        (&["base"], &["--alias", &format!("{repository}=dhi.io/python"), &image]),
        (&["verify"], &["--emit-vsa", "x.json", "--vsa-key", "x.key", &name]),
    ] {
        machine.dhi(command, arguments).assert(2, "holds neither manifests nor attestations");
    }
    let no_key = |arguments: &[&str]| machine.user.dhi(arguments);
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
    let file = machine.user.home.path().join("pod.json");
    std::fs::write(&file, pod.to_string()).unwrap();
    no_key(&["admit", "check", file.to_str().unwrap()]).assert(2, "is not an image of a registry");
    assert_eq!(machine.engine.log(), [""; 0]);
}

#[test]
fn an_engine_that_is_not_there_is_an_error_with_its_cause() {
    let machine = Machine::new();
    let name = machine.name();
    let ends = |variable: &str, value: &str, exit: i32, text: &str| {
        machine.dhi_with(variable, value, &["verify"], &[&name]).assert(exit, text);
    };
    ends("DOCKER_HOST", "tcp://127.0.0.1:2375", 2, "`DOCKER_HOST` names the engine `tcp://127.0.0.1:2375`");
    ends("CONTAINER_HOST", "ssh://me@far.example.com", 2, "usage/config");
    ends("DOCKER_CONTEXT", "nope", 2, "usage/config");
    ends("DOCKER_HOST", "unix:///no/such/socket", 6, "registry/engine-unreachable");
    ends("DOCKER_HOST", &format!("unix://{}", fixture("cases.json").display()), 6, "it is not a socket");
    machine.verify(&[]).assert(3, "registry/engine-no-image");
    machine.verify(&[]).assert(3, "nothing is pulled");
}

/// It would have to say which images it is about.
#[test]
fn a_summary_does_not_answer_for_an_engine() {
    let machine = Machine::new();
    let path = |name: &str| machine.user.home.path().join(name).to_str().unwrap().to_owned();
    let mut generate = machine.user.command(&["keys", "generate", "-o", &path("vsa")]);
    run(generate.env("COSIGN_PASSWORD", "")).assert(0, "vsa.key");
    let image = format!("{}:3.13", machine.pulled());
    let host = machine.registry.host();
    let (key, accept) = (path("vsa.key"), path("vsa.pub"));
    let verify = ["verify", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
    let emit = [&verify[..], &["--emit-vsa", "attach", "--vsa-key", &key, &image]].concat();
    run(machine.user.command(&emit).env("COSIGN_PASSWORD", "")).assert(0, "attached");
    let accept = ["--accept-vsa", &accept, "--max-age", "1h"];
    machine.dhi(&["verify"], &[&accept[..], &[&image]].concat()).assert(0, "as verified at");
    machine.has(Digest::of(b"another image"));
    machine.verify(&accept).assert(4, "verify/other-image");
    machine.has(machine.images[0].1);
    machine.verify(&accept).assert(0, "no summary answers: the image of a local engine");
}

#[test]
fn cosign_is_given_what_was_pulled() {
    let machine = Machine::new();
    machine.has(machine.images[0].1);
    let run = machine.verify(&["--print-cosign"]);
    run.assert(0, &machine.by(&machine.index));
    let mut commands = run.stdout.lines().filter(|line| !line.starts_with('#'));
    assert!(commands.all(|line| !line.contains("docker-daemon")), "{}", run.stdout);
    let get = machine.dhi(&["attest", "get"], &["--predicate-type", SPDX, "--verify", &machine.name()]);
    get.assert(0, "was pulled as");
    get.assert(0, "of linux/amd64");
    machine.has(machine.images[1].1);
    let get = machine.dhi(&["attest", "get"], &["--predicate-type", SPDX, "--verify", &machine.name()]);
    // The engine has this one, whatever this machine is.
    get.assert(0, "of linux/arm64");
}
