//! Images that `dhi build` makes from Debian's packages, run by Podman and a real Docker engine, and read by copy
//! tools and cosign. The mirror is that of the machine.

use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cosign::Key;
use crate::debian::{Debian, skip};
use crate::engine::Engine;
use crate::registry::{Kind, Registry};
use crate::scan::database_of;
use crate::support::peers::{PeerEnv, both, succeed};

/// A runtime has neither a shell nor `id`; these are here to look into the image.
const REDIS: &str = "[base-files, ca-certificates, coreutils, grep, netbase, redis-server, tzdata]";
const DEV: &str = "[apt, base-files, base-passwd, bash, ca-certificates, coreutils, dash, \
    debian-archive-keyring, debianutils, diffutils, dpkg, findutils, grep, gzip, hostname, init-system-helpers, \
    libc-bin, mawk, ncurses-bin, perl-base, sed, tar, tzdata]";
const PRETTY_NAME: &str = "Docker Hardened Images/Debian GNU/Linux 13 (trixie)";

/// A definition for the platform of this machine.
fn definition(variant: &str, packages: &str, user: &str, more: &str) -> String {
    let architecture = if std::env::consts::ARCH == "x86_64" { "amd64" } else { "arm64" };
    format!(
        "# syntax=dhi.io/build:2-debian13
name: Example
image: example/image
variant: {variant}
tags: ['8']
platforms: [linux/{architecture}]
contents:
  packages: {packages}
accounts:
  root: true
  run-as: {user}
  users:
    - {{name: nonroot, uid: 65532, gid: 65532}}
  groups:
    - {{name: nonroot, gid: 65532, members: [nonroot]}}
os-release:
  name: Docker Hardened Images (Debian)
  id: debian
  version-id: '13'
  version-codename: trixie
  pretty-name: {PRETTY_NAME}
  home-url: https://debian.example
  bug-report-url: https://debian.example
environment:
  PATH: /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
{more}"
    )
}

/// The images, built once for the tests that run at the same time.
struct Built {
    debian: Debian,
}

impl Built {
    /// `None`: Debian's mirror cannot be used here. Where peers are required, the test fails.
    fn shared() -> Option<Arc<Self>> {
        // Weak, since the destructor of a static value does not run, and the files would be left.
        static BUILT: Mutex<Weak<Built>> = Mutex::new(Weak::new());
        // When making them fails, each test reports its own attempt.
        let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(built) = built.upgrade() {
            return Some(built);
        }
        match Self::make().map(Arc::new) {
            Ok(made) => {
                *built = Arc::downgrade(&made);
                Some(made)
            }
            Err(lacking) => {
                skip(&lacking);
                None
            }
        }
    }

    fn make() -> Result<Self, String> {
        let debian = Debian::of_machine()?;
        let redis = "work-dir: /data
paths:
  - {type: directory, path: /data, uid: 65532, gid: 65532, mode: '0755'}
entrypoint: [redis-server]
cmd: ['--protected-mode', 'no']
ports: ['6379/tcp']
";
        debian.env.write("redis.yaml", &definition("runtime", REDIS, "nonroot", redis));
        debian.env.write("dev.yaml", &definition("dev", DEV, "root", "cmd: [/bin/bash]\n"));
        debian.lock("redis.yaml")?;
        succeed(&mut debian.dhi(&["keys", "generate", "-o", "team"]));
        let built = Self { debian };
        built.build("redis.yaml", &["--tag", "redis:8", "--output", "archive:redis.tar"]);
        built.build("dev.yaml", &["--tag", "dev:13", "--output", "archive:dev.tar"]);
        Ok(built)
    }

    /// Builds an image, and returns its digest.
    fn build(&self, file: &str, arguments: &[&str]) -> String {
        let mut command = self.debian.dhi(&["build", file, "--key", "team.key"]);
        succeed(command.args(arguments)).trim().to_owned()
    }

    fn file(&self, name: &str) -> String {
        self.debian.env.path(name).display().to_string()
    }
}

/// Podman with images of its own.
struct Podman<'a> {
    env: &'a PeerEnv,
}

impl Podman<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let storage = self.env.path("podman");
        // Limits for processes that the machine cannot give to a container are not asked for.
        let config = self.env.write("containers.conf", "[containers]\ndefault_ulimits=[]\n");
        let mut command = self.env.peer("podman");
        command.env("CONTAINERS_CONF", config);
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        command.args(["--storage-driver", "vfs", "--runtime", "runc"]).args(arguments);
        command
    }
}

/// Loads the archive and looks into a running container. `engine` makes the command of an engine.
fn redis_runs(built: &Built, engine: impl Fn(&[&str]) -> Command) {
    succeed(&mut engine(&["load", "--input", &built.file("redis.tar")]));
    succeed(&mut engine(&["run", "--detach", "--network", "none", "--name", "redis", "redis:8"]));
    let inside = |words: &[&str]| succeed(&mut engine(&[&["exec", "redis"], words].concat()));
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        let asked = engine(&["exec", "redis", "redis-cli", "ping"]).output().unwrap();
        if asked.stdout == b"PONG\n" {
            break;
        }
        assert!(Instant::now() < patience, "redis does not answer: {}", both(&asked));
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(inside(&["id"]).trim(), "uid=65532(nonroot) gid=65532(nonroot) groups=65532(nonroot)");
    assert_eq!(inside(&["id", "root"]).trim(), "uid=0(root) gid=0(root) groups=0(root)");
    let release = inside(&["cat", "/etc/os-release"]);
    assert!(release.lines().any(|line| line == format!("PRETTY_NAME=\"{PRETTY_NAME}\"")), "{release}");
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    let certificates: u32 = inside(&["grep", "-c", "BEGIN CERTIFICATE", bundle]).trim().parse().unwrap();
    assert!(certificates > 100, "{certificates}");
    let modes = inside(&["stat", "-c", "%a %u:%g", "/tmp", "/data", "/root"]);
    assert_eq!(modes, "1777 0:0\n755 65532:65532\n700 0:0\n");
    succeed(&mut engine(&["rm", "--force", "redis"]));
}

#[test]
fn podman_runs_a_built_image() {
    let Some(env) = PeerEnv::with(&["podman", "runc"]) else { return };
    let Some(built) = Built::shared() else { return };
    let podman = Podman { env: &env };
    redis_runs(&built, |words| podman.command(words));
}

#[test]
fn podman_runs_python() {
    let Some(env) = PeerEnv::with(&["podman", "runc"]) else { return };
    let Some(built) = Built::shared() else { return };
    let packages = "[base-files, ca-certificates, netbase, python3, tzdata]";
    let python = "entrypoint: [python3]\n";
    built.debian.env.write("python.yaml", &definition("runtime", packages, "nonroot", python));
    built.build("python.yaml", &["--tag", "python:3", "--output", "archive:python.tar"]);
    let podman = Podman { env: &env };
    succeed(&mut podman.command(&["load", "--input", &built.file("python.tar")]));
    // Modules in C, certificates, time zones, and accounts.
    let program = "import hashlib, json, os, pwd, sqlite3, ssl, zoneinfo
context = ssl.create_default_context()
print(json.dumps({
    'hash': hashlib.sha256(b'').hexdigest()[:8], 'user': pwd.getpwuid(os.getuid()).pw_name,
    'certificates': len(context.get_ca_certs()) > 100, 'zone': str(zoneinfo.ZoneInfo('Europe/Berlin')),
}))";
    let arguments = ["run", "--rm", "--network", "none", "python:3", "-c", program];
    let printed: Value = serde_json::from_str(&succeed(&mut podman.command(&arguments))).unwrap();
    let expected = serde_json::json!({
        "hash": "e3b0c442", "user": "nonroot", "certificates": true, "zone": "Europe/Berlin",
    });
    assert_eq!(printed, expected);
}

#[test]
fn grype_finds_the_packages_of_a_built_image() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let Some(built) = Built::shared() else { return };
    let database = database_of(&env, &[("CVE-2026-1", "high", "glibc"), ("CVE-2026-2", "low", "openssl")]);
    let mut grype = env.peer("grype");
    grype
        .arg(format!("docker-archive:{}", built.file("redis.tar")))
        .args(["-o", "json"])
        .env("GRYPE_DB_CACHE_DIR", database)
        .env("GRYPE_DB_AUTO_UPDATE", "false")
        .env("GRYPE_DB_VALIDATE_AGE", "false")
        .env("GRYPE_CHECK_FOR_APP_UPDATE", "false");
    let report: Value = serde_json::from_str(&succeed(&mut grype)).unwrap();
    assert_eq!((&report["distro"]["name"], &report["distro"]["version"]), (&"debian".into(), &"13".into()));
    let found: Vec<(&str, &str)> = report["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| {
            let name = found["artifact"]["name"].as_str().unwrap();
            (name, found["vulnerability"]["id"].as_str().unwrap())
        })
        .collect();
    // By their source packages.
    for expected in [("libc6", "CVE-2026-1"), ("libssl3t64", "CVE-2026-2")] {
        assert!(found.contains(&expected), "{found:?}");
    }
}

#[test]
fn docker_runs_a_built_image() {
    let Some(env) = PeerEnv::with(&["dockerd", "docker", "runc"]) else { return };
    let Some(built) = Built::shared() else { return };
    let engine = Engine::start(&env);
    let docker = |words: &[&str]| {
        let mut docker = env.peer("docker");
        docker.env("DOCKER_HOST", engine.host()).args(words);
        docker
    };
    redis_runs(&built, docker);
    succeed(&mut docker(&["load", "--input", &built.file("dev.tar")]));
    let shell = "id -un && dpkg --audit && perl -e 'print 6 * 7'";
    let printed = succeed(&mut docker(&["run", "--rm", "--network", "none", "dev:13", "sh", "-c", shell]));
    assert_eq!(printed, "root\n42");
}

#[test]
fn apt_installs_packages_in_a_dev_image() {
    let Some(env) = PeerEnv::with(&["podman", "runc"]) else { return };
    let Some(built) = Built::shared() else { return };
    let podman = Podman { env: &env };
    succeed(&mut podman.command(&["load", "--input", &built.file("dev.tar")]));
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let source = format!("deb [signed-by={keys}] {} trixie main\n", built.debian.mirror.archive);
    let source = env.write("debian.list", &source).display().to_string();
    let volume = format!("{source}:/etc/apt/sources.list.d/debian.list:ro");
    let shell = "apt-get update && apt-get install -y jq && dpkg --audit && echo '{\"a\":42}' | jq .a";
    let mut command = podman.command(&["run", "--rm", "--network", "host", "--volume", &volume]);
    let printed =
        succeed(command.args(["--env", "DEBIAN_FRONTEND=noninteractive", "dev:13", "sh", "-c", shell]));
    assert!(printed.ends_with("\n42\n"), "{printed}");
}

#[test]
fn cosign_and_copy_tools_read_a_pushed_image() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "skopeo", "cosign2", "cosign3"]) else { return };
    let Some(built) = Built::shared() else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let image = format!("{}/team/redis:8", registry.host);
    let digest =
        built.build("redis.yaml", &["--locked", "--tag", &image, "--push", "--plain-http", "127.0.0.1"]);
    let key = Key::of(&built.debian.env, "team");

    let remote = format!("docker://{image}");
    let shown = env.run("skopeo", ["inspect", "--tls-verify=false", &remote]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["Digest"], digest, "{shown}");
    let copying = ["--insecure-policy", "copy", "--all", "--preserve-digests", "--src-tls-verify=false"];
    env.run("skopeo", [&copying[..], &[&remote, "oci:copied:8"]].concat());
    let index = std::fs::read(env.path("copied/index.json")).unwrap();
    let index: Value = serde_json::from_slice(&index).unwrap();
    assert_eq!(index["manifests"][0]["digest"], digest, "{index}");

    for cosign in ["cosign2", "cosign3"] {
        let arguments = ["verify", "--insecure-ignore-tlog=true", "--allow-http-registry", "--offline=true"];
        let form = ["--experimental-oci11", "--new-bundle-format=false", "--key", key.public(), &image];
        let verified = env.run(cosign, [&arguments[..], &form].concat());
        let payloads: Value = serde_json::from_str(verified.trim()).unwrap();
        assert_eq!(payloads[0]["critical"]["image"]["docker-manifest-digest"], digest, "{cosign}");
        let other = Key::generate(&env, cosign);
        let form = ["--experimental-oci11", "--new-bundle-format=false", "--key", other.public(), &image];
        let refused = env.peer(cosign).args(arguments).args(form).output().unwrap();
        assert!(!refused.status.success(), "{}", both(&refused));
    }

    let platform = "{{range .Manifests}}{{.Digest}}{{end}}";
    let manifest = env.regctl(&["manifest", "get", "--format", platform, &image]);
    let manifest = format!("{}/team/redis@{}", registry.host, manifest.trim());
    let listed = env.regctl(&["artifact", "list", "--format", "{{json .}}", &manifest]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let mut types: Vec<String> = Vec::new();
    for referrer in listed["descriptors"].as_array().unwrap() {
        let referrer = referrer["digest"].as_str().unwrap();
        let name = format!("{}/team/redis@{referrer}", registry.host);
        let manifest = env.regctl(&["manifest", "get", "--format", "{{json .}}", &name]);
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        types.push(manifest["artifactType"].as_str().unwrap().to_owned());
    }
    types.sort();
    let statement = "application/vnd.in-toto+json";
    let signature = "application/vnd.dev.cosign.artifact.sig.v1+json";
    assert_eq!(types, [signature, statement, statement, statement]);

    let verify = ["verify", "--policy", "signed", "--skip-tlog", "--plain-http", "127.0.0.1", "--key"];
    let verified = env.dhi(&verify).args([key.public(), &image]).output().unwrap();
    assert!(verified.status.success(), "{}", both(&verified));
}
