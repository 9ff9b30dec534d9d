//! `dhi definition lock`, with repositories of Alpine at a host on this machine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::support::apk_repository::{ApkPackage, RepositoryKey, repository};
use crate::support::env::{DHI, Run, TestEnv};
use crate::support::http::{HttpServer, Reply, Request, RequestLog};

const KEY: &str = "/keys/test.rsa.pub";

/// A host with one repository, and a definition that uses it.
struct Fixture {
    env: TestEnv,
    log: RequestLog,
    server: HttpServer,
    key: RepositoryKey,
    files: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Fixture {
    fn new(packages: &[ApkPackage]) -> Self {
        let files: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let log = RequestLog::default();
        let served = Arc::clone(&files);
        let answer = move |request: &Request| match served.lock().unwrap().get(&request.target) {
            Some(file) => Reply::new(200, file.clone()),
            None => Reply::new(404, "no such file"),
        };
        let server = HttpServer::start("127.0.0.1", &log, answer);
        let key = RepositoryKey::generate("test.rsa.pub");
        let fixture = Self { env: TestEnv::new(), log, server, key, files };
        fixture.serve(KEY, fixture.key.public_pem());
        fixture.publish(packages);
        fixture.define("[tool]");
        fixture
    }

    fn serve(&self, path: &str, file: impl Into<Vec<u8>>) {
        self.files.lock().unwrap().insert(path.to_owned(), file.into());
    }

    fn publish(&self, packages: &[ApkPackage]) {
        for (path, file) in repository("x86_64", packages, &self.key) {
            self.serve(&format!("/main/{path}"), file);
        }
    }

    /// Writes the definition with these packages, a list of YAML.
    fn define(&self, packages: &str) {
        let host = self.server.host();
        let text = format!(
            "# syntax=dhi.io/build:2-alpine3.23\nname: Test\nimage: example/test\nvariant: runtime\n\
             tags: [\"1\"]\nplatforms: [linux/amd64]\ncontents:\n  repositories: [\"http://{host}/main\"]\n  \
             keyring: [\"http://{host}{KEY}\"]\n  packages: {packages}\n"
        );
        self.env.write("image.yaml", text);
    }

    fn lock(&self, arguments: &[&str]) -> Run {
        let definition = self.env.file("image.yaml");
        self.env.dhi(&[&["definition", "lock", definition.as_str()], arguments].concat())
    }

    fn locked(&self) -> String {
        std::fs::read_to_string(self.env.path("image.yaml.lock")).unwrap()
    }

    fn version(&self, name: &str) -> Option<String> {
        let lock: serde_json::Value = serde_json::from_str(&self.locked()).unwrap();
        let packages = lock["platforms"][0]["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == name)?;
        package["version"].as_str().map(str::to_owned)
    }
}

fn packages(version: &str) -> Vec<ApkPackage> {
    vec![
        ApkPackage::new("tool", version).depends(&["libtool"]),
        ApkPackage::new("libtool", version),
        ApkPackage::new("extra", version),
    ]
}

#[test]
fn a_lock_made_twice_is_equal_and_a_fitting_one_stays() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    let first = fixture.lock(&[]);
    first.assert(0, "2 packages for linux/amd64");
    assert_eq!(first.stdout, "");
    let lock = fixture.locked();
    assert_eq!(fixture.log.targets(), [&format!("GET {KEY}"), "GET /main/x86_64/APKINDEX.tar.gz"]);
    fixture.log.take();
    fixture.lock(&[]).assert(0, "fits its definition: 2 packages for linux/amd64");
    fixture.lock(&["--check"]).assert(0, "fits its definition");
    assert_eq!(fixture.log.targets(), [""; 0]);
    std::fs::remove_file(fixture.env.path("image.yaml.lock")).unwrap();
    fixture.lock(&[]).assert(0, "wrote");
    assert_eq!(fixture.locked(), lock);
    fixture.lock(&["--update"]).assert(0, "wrote");
    assert_eq!(fixture.locked(), lock);
    fixture.lock(&["--check", "--update"]).assert(0, "is the newest");
}

#[test]
fn without_network_the_bytes_are_equal() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&["--offline"]).assert(6, "error[packages/repository]");
    assert!(!fixture.env.path("image.yaml.lock").exists());
    fixture.lock(&[]).assert(0, "wrote");
    let lock = fixture.locked();
    std::fs::remove_file(fixture.env.path("image.yaml.lock")).unwrap();
    fixture.log.take();
    fixture.lock(&["--offline"]).assert(0, "wrote");
    assert_eq!(fixture.locked(), lock);
    assert_eq!(fixture.log.targets(), [""; 0]);
}

#[test]
fn a_change_of_the_definition_is_noticed() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&["--check"]).assert(3, "error[lock/missing]");
    fixture.lock(&["--update=tool"]).assert(3, "error[lock/missing]");
    fixture.lock(&[]).assert(0, "wrote");
    let lock = fixture.locked();
    fixture.define("[tool, extra]");
    fixture.lock(&["--check"]).assert(1, "error[lock/changed]");
    assert_eq!(fixture.locked(), lock);
    let run = fixture.lock(&[]);
    run.assert(0, "3 packages for linux/amd64");
    assert!(run.stdout.contains("package extra"), "{}", run.stdout);
    assert_eq!(fixture.version("extra").as_deref(), Some("1.0-r0"));
    // What does not decide packages keeps the lock.
    let text = std::fs::read_to_string(fixture.env.path("image.yaml")).unwrap();
    fixture.env.write("image.yaml", text.replace("name: Test", "name: Other"));
    fixture.lock(&["--check"]).assert(0, "fits its definition");
}

#[test]
fn an_update_shows_what_moves() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&[]).assert(0, "wrote");
    fixture.publish(&packages("1.1-r0"));
    fixture.lock(&[]).assert(0, "fits its definition");
    fixture.lock(&["--check", "--update"]).assert(1, "is not the newest");
    assert_eq!(fixture.version("tool").as_deref(), Some("1.0-r0"));
    let run = fixture.lock(&["--update"]);
    run.assert(0, "wrote");
    assert!(run.stdout.contains("package libtool") && run.stdout.contains("1.1-r0"), "{}", run.stdout);
    assert_eq!(fixture.version("tool").as_deref(), Some("1.1-r0"));
    fixture.lock(&["--update=unknown"]).assert(3, "has no package `unknown`");
}

#[test]
fn the_reason_of_a_package_is_told() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&[]).assert(0, "wrote");
    fixture.log.take();
    let run = fixture.lock(&["--why", "libtool"]);
    run.assert(0, "the definition lists `tool`");
    assert!(run.stdout.contains("`tool` has `"), "{}", run.stdout);
    fixture.lock(&["--why", "extra"]).assert(3, "has no package `extra`");
    assert_eq!(fixture.log.targets(), [""; 0]);
}

#[test]
fn packages_that_cannot_be_chosen_are_named() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    for (list, message) in
        [("[tolo]", "no package `tolo`"), ("[tool=2.0]", "tool"), ("['!libtool', tool]", "libtool")]
    {
        fixture.define(list);
        let run = fixture.lock(&[]);
        run.assert(2, "error[packages/unsolved]: linux/amd64: ");
        run.assert(2, message);
    }
    assert!(!fixture.env.path("image.yaml.lock").exists());
}

#[test]
fn an_index_that_no_key_signed_is_refused() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    let index = "/main/x86_64/APKINDEX.tar.gz";
    let good = fixture.files.lock().unwrap()[index].clone();
    let other = RepositoryKey::generate("test.rsa.pub");
    let by_other = repository("x86_64", &packages("1.0-r0"), &other);
    fixture.serve(index, by_other["x86_64/APKINDEX.tar.gz"].clone());
    fixture.lock(&[]).assert(4, "error[packages/untrusted]");
    let mut damaged = good.clone();
    let at = damaged.len() - 40;
    damaged[at] ^= 1;
    fixture.serve(index, damaged);
    assert_ne!(fixture.lock(&[]).code, 0);
    fixture.serve(index, b"ADBd....".to_vec());
    fixture.lock(&[]).assert(6, "apk v3");
    fixture.serve(index, good);
    fixture.lock(&[]).assert(0, "wrote");
}

#[test]
fn a_key_that_changed_needs_an_update() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&[]).assert(0, "wrote");
    let other = RepositoryKey::generate("test.rsa.pub");
    for (path, file) in repository("x86_64", &packages("1.0-r0"), &other) {
        fixture.serve(&format!("/main/{path}"), file);
    }
    fixture.serve(KEY, other.public_pem());
    fixture.define("[tool, extra]");
    fixture.lock(&[]).assert(4, "error[lock/key-changed]");
    fixture.lock(&["--update=tool"]).assert(4, "error[lock/key-changed]");
    fixture.lock(&["--update"]).assert(0, "wrote");
}

#[test]
fn substitutions_are_recorded_and_needed_again() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    let host = fixture.server.host();
    let text = std::fs::read_to_string(fixture.env.path("image.yaml")).unwrap();
    let gated = text
        .replace(
            &format!("http://{host}/main\"]"),
            &format!("https://gated.example/apk\", \"http://{host}/main\"]"),
        )
        .replace("[tool]", "[tool-bundle, tool-oci-config]");
    fixture.env.write("image.yaml", gated);
    let rules = "repositories:\n  https://gated.example: null\npackages:\n  tool-bundle: tool\n  '*-oci-config': null\n";
    let rules = fixture.env.write("rules.yaml", rules);
    assert_ne!(fixture.lock(&[]).code, 0);
    fixture.lock(&["--substitute", &rules]).assert(0, "3 substitutions");
    assert_eq!(fixture.version("tool").as_deref(), Some("1.0-r0"));
    fixture.lock(&["--substitute", &rules, "--check"]).assert(0, "fits its definition");
    fixture.lock(&["--check"]).assert(1, "error[lock/changed]");
    let wrong = fixture.env.write("wrong.yaml", "package: {}\n");
    fixture.lock(&["--substitute", &wrong]).assert(2, "did you mean `packages`?");
}

#[test]
fn a_lock_that_was_edited_is_refused() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    fixture.lock(&[]).assert(0, "wrote");
    let lock = fixture.locked();
    for (from, to) in [
        ("\"format\": 1", "\"format\": 2"),
        ("x86_64/tool-1.0-r0.apk", "../tool-1.0-r0.apk"),
        ("\"keys\"", "\"key\""),
    ] {
        assert!(lock.contains(from), "{from}");
        fixture.env.write("image.yaml.lock", lock.replace(from, to));
        fixture.lock(&[]).assert(2, "error[lock/file]");
    }
}

#[test]
fn four_at_once_share_a_cache_and_one_may_be_killed() {
    let fixture = Fixture::new(&packages("1.0-r0"));
    let definition = fixture.env.file("image.yaml");
    let start = |number: usize| {
        let output = fixture.env.file(&format!("{number}.lock"));
        let arguments = ["definition", "lock", definition.as_str(), "-o", output.as_str()];
        fixture.env.program(DHI).args(arguments).spawn().unwrap()
    };
    let mut running: Vec<_> = (0..4).map(start).collect();
    running[0].kill().unwrap();
    running[0].wait().unwrap();
    for child in &mut running[1..] {
        assert!(child.wait().unwrap().success());
    }
    let locks: Vec<_> =
        (1..4).map(|number| std::fs::read(fixture.env.path(&format!("{number}.lock"))).unwrap()).collect();
    assert!(locks.iter().all(|lock| *lock == locks[0]));
    let lock = fixture.env.file("after.lock");
    fixture.lock(&["--offline", "-o", &lock]).assert(0, "wrote");
    assert_eq!(std::fs::read(&lock).unwrap(), locks[0]);
}
