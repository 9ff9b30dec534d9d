//! Images that a real Docker engine and Podman pulled, tagged, built or loaded from an archive.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::buildkit::context;
use crate::engine::Engine;
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both, succeed};
use crate::verify::Verdict;

const PEERS: [&str; 6] = ["refreg", "regctl", "dockerd", "docker", "podman", "runc"];
const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
const SPDX: &str = "https://spdx.dev/Document";

/// Podman with images of its own, and its API service, which is stopped by its process ID.
struct Podman<'a> {
    env: &'a PeerEnv,
    service: Child,
    socket: PathBuf,
}

impl<'a> Podman<'a> {
    fn start(env: &'a PeerEnv) -> Self {
        let socket = env.path("podman.sock");
        let mut command = Self::command(env);
        command.args(["system", "service", "--time=0", &format!("unix://{}", socket.display())]);
        let service = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut podman = Self { env, service, socket };
        let patience = Instant::now() + Duration::from_secs(120);
        while std::os::unix::net::UnixStream::connect(&podman.socket).is_err() {
            assert!(podman.service.try_wait().unwrap().is_none(), "the service of podman has ended");
            assert!(Instant::now() < patience, "the service of podman does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        podman
    }

    fn command(env: &PeerEnv) -> Command {
        let storage = env.path("podman");
        let mut command = env.peer("podman");
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        command.args(["--storage-driver", "vfs", "--runtime", "runc"]);
        command
    }

    fn run(&self, arguments: &[&str]) {
        succeed(Self::command(self.env).args(arguments));
    }
}

impl Drop for Podman<'_> {
    fn drop(&mut self) {
        let _ = self.service.kill();
        let _ = self.service.wait();
    }
}

/// A registry with the image of the fixtures.
fn served(env: &PeerEnv) -> (Registry, String) {
    let registry = Registry::start(env, Kind::Ggcr);
    let image = format!("{}/dhi/python:3.13", registry.host);
    env.copy(&format!("ocidir://{FIXTURES}/python:3.13"), &image);
    (registry, image)
}

/// `dhi` about an image of the engine at `socket`, trusting the fixtures' key.
fn dhi(env: &PeerEnv, socket: &str, words: &[&str]) -> Command {
    let (key, root) = (format!("{FIXTURES}/keys/fixture.pub"), format!("{FIXTURES}/trusted_root.json"));
    let mut command = env.dhi(&[]);
    command.env("DOCKER_HOST", socket).args(words);
    command.args(["--key", &key, "--trusted-root", &root, "--plain-http", "127.0.0.1", "--no-cache"]);
    command
}

fn verify(env: &PeerEnv, socket: &str, more: &[&str], name: &str) -> Verdict {
    let name = format!("docker-daemon:{name}");
    Verdict::of(dhi(env, socket, &[&["verify", "--format", "json"], more, &[&name]].concat()))
}

/// Everything that can be asked about an image that was pulled passes, by this name.
fn passes(env: &PeerEnv, socket: &str, name: &str, pulled: &str) {
    let verdict = verify(env, socket, &[], name);
    verdict.ends(0, &[]);
    let local = &verdict.image()["localImage"];
    assert_eq!(local["identifiedBy"], "config", "{verdict}");
    let repository = pulled.rsplit_once(':').unwrap().0;
    let digest = verdict.image()["digest"].as_str().unwrap();
    assert_eq!(local["pulledAs"], format!("{repository}@{digest}"), "{verdict}");
    assert_eq!(verdict.image()["platforms"].as_array().unwrap().len(), 2, "{verdict}");
    let asked = format!("docker-daemon:{name}");
    for words in [
        &["base", "--format", "json"][..],
        &["attest", "list", "--format", "json"],
        &["attest", "get", "--predicate-type", SPDX],
    ] {
        let output = dhi(env, socket, &[words, &[&asked]].concat()).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", both(&output));
        assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok(), "{words:?}: {}", both(&output));
    }
}

/// A platform of the image that this machine does not pull.
fn other_platform() -> &'static str {
    if std::env::consts::ARCH == "x86_64" { "linux/arm64" } else { "linux/amd64" }
}

#[test]
fn pulled_images_are_told_from_local_builds() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let (_registry, image) = served(&env);
    let engine = Engine::start(&env);
    let socket = engine.host();
    let verify = |more: &[&str], name: &str| verify(&env, socket, more, name);
    verify(&[], &image).ends(3, &["registry/engine-no-image"]);
    engine.run(&["pull", &image]);
    passes(&env, socket, &image, &image);
    verify(&["--platform", other_platform()], &image).ends(4, &["verify/other-image"]);
    // Whatever it is called here.
    engine.run(&["tag", &image, "acme/app:1"]);
    passes(&env, socket, "acme/app:1", &image);
    let id = verify(&[], &image).image()["localImage"]["id"].as_str().unwrap().to_owned();
    passes(&env, socket, &id, &image);
    passes(&env, socket, &id["sha256:".len()..][..12], &image);
    engine.build_here(&format!("FROM {image}\nCOPY c /c\n"), "acme/child:1", &[]);
    verify(&[], "acme/child:1").ends(3, &["registry/engine-not-pulled"]);
    // Under the name of what was pulled it is no more than what it is.
    engine.run(&["tag", "acme/child:1", &image]);
    verify(&[], &image).ends(3, &["registry/engine-not-pulled"]);
    let archive = env.path("saved.tar").display().to_string();
    engine.run(&["save", "--output", &archive, "acme/app:1"]);
    engine.run(&["rmi", "--force", &image, "acme/child:1"]);
    engine.run(&["rmi", "--force", &id]);
    engine.run(&["load", "--input", &archive]);
    verify(&[], "acme/app:1").ends(3, &["registry/engine-not-pulled"]);
}

#[test]
fn podman_keeps_digests_of_index_and_manifest() {
    let Some(env) = PeerEnv::with(&PEERS) else { return };
    let (_registry, image) = served(&env);
    let podman = Podman::start(&env);
    let socket = format!("unix://{}", podman.socket.display());
    let verify = |more: &[&str], name: &str| verify(&env, &socket, more, name);
    verify(&[], &image).ends(3, &["registry/engine-no-image"]);
    podman.run(&["pull", "--quiet", "--tls-verify=false", &image]);
    passes(&env, &socket, &image, &image);
    verify(&["--platform", other_platform()], &image).ends(4, &["verify/other-image"]);
    // It lists digests of the image under this name too.
    podman.run(&["tag", &image, "app:1"]);
    passes(&env, &socket, "localhost/app:1", &image);
    let id = verify(&[], &image).image()["localImage"]["id"].as_str().unwrap().to_owned();
    passes(&env, &socket, &id, &image);
    let folder = context(&env, &format!("FROM {image}\nCOPY c /c\n")).display().to_string();
    podman.run(&["build", "--isolation", "chroot", "--network", "host", "--tag", "child:1", &folder]);
    verify(&[], "localhost/child:1").ends(3, &["registry/engine-not-pulled"]);
    // It gives it a digest, which no registry has.
    podman.run(&["tag", "child:1", &image]);
    verify(&[], &image).ends(3, &["registry/not-found"]);
}
