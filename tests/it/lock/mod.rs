//! `dhi definition lock` with repositories on this machine.

mod access;
mod alpine_trust;
mod compared;
mod concurrent;
mod debian_trust;
mod held;
mod life;
mod suites;

use std::process::Command;
use std::sync::LazyLock;

use jsonschema::Validator;

use crate::support::apk_repository::{ApkPackage, RepositoryKey, repository};
use crate::support::env::{Run, TestEnv, read, run};
use crate::support::package_host::Host;

/// The name of the key of Alpine repositories.
const KEY: &str = "test-1.rsa.pub";

/// A definition, and the host of its repositories.
struct LockFixture {
    env: TestEnv,
    host: Host,
}

impl LockFixture {
    fn new() -> Self {
        Self { env: TestEnv::new(), host: Host::start() }
    }

    /// A definition of an Alpine image with a repository that has these packages.
    fn alpine(packages: &[ApkPackage], entries: &[&str]) -> (Self, RepositoryKey) {
        let (fixture, key) = (Self::new(), RepositoryKey::generate(KEY));
        fixture.host.put(&format!("/keys/{KEY}"), key.public_pem());
        fixture.serve(packages, &key);
        fixture.define(entries);
        (fixture, key)
    }

    /// Replaces the packages of the Alpine repository.
    fn serve(&self, packages: &[ApkPackage], key: &RepositoryKey) {
        self.host.put_all("/alpine", repository("x86_64", packages, key));
    }

    /// Writes the definition with these packages.
    fn define(&self, entries: &[&str]) {
        self.define_for(&["linux/amd64"], &self.host.url("/alpine"), entries);
    }

    fn define_for(&self, platforms: &[&str], repository: &str, entries: &[&str]) {
        let key = self.host.url(&format!("/keys/{KEY}"));
        self.write(&format!("alpine3.23\n{}", contents(platforms, repository, &key, entries)));
    }

    /// Writes a definition of a Debian image with one listed repository. Debian's own mirror does not answer.
    fn define_debian(&self, line: &str, entries: &[&str]) {
        let key = self.host.url("/keys/test.gpg");
        self.write(&format!("debian13\n{}", contents(&["linux/amd64"], line, &key, entries)));
    }

    fn write(&self, text: &str) {
        self.env.write("image.yaml", format!("# syntax=dhi.io/build:2-{text}"));
    }

    fn command(&self, more: &[&str]) -> Command {
        let file = self.env.file("image.yaml");
        let mut command = self.env.command(&[&["definition", "lock", &file], more].concat());
        command.env("DHI_DEBIAN_MIRROR", self.host.url("/silent"));
        command
    }

    fn lock(&self, more: &[&str]) -> Run {
        run(&mut self.command(more))
    }

    /// Makes the lock and returns its bytes, which have the published shape.
    fn locked(&self, more: &[&str]) -> Vec<u8> {
        static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
            let schema = serde_json::from_str(&read("docs/schemas/lock-1.json")).unwrap();
            jsonschema::validator_for(&schema).unwrap()
        });
        self.lock(more).assert(0, "");
        let bytes = self.bytes();
        let lock = serde_json::from_slice(&bytes).unwrap();
        let errors: Vec<String> = SCHEMA.iter_errors(&lock).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{lock}");
        bytes
    }

    fn bytes(&self) -> Vec<u8> {
        std::fs::read(self.env.path("image.yaml.lock")).unwrap()
    }

    fn remove_lock(&self) {
        std::fs::remove_file(self.env.path("image.yaml.lock")).unwrap();
    }

    /// `NAME VERSION` of each locked package of the first platform.
    fn packages(&self) -> Vec<String> {
        let lock: serde_json::Value = serde_json::from_slice(&self.bytes()).unwrap();
        let packages = lock["platforms"][0]["packages"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        packages.iter().map(|one| format!("{} {}", text(&one["name"]), text(&one["version"]))).collect()
    }

    /// Fails with this exit code and error, and this text. There is no lock afterwards.
    fn refuses(&self, exit: i32, code: &str, text: &str) {
        let refused = self.lock(&[]);
        refused.assert(exit, text);
        refused.assert(exit, &format!("error[{code}]"));
        assert!(!self.env.path("image.yaml.lock").exists(), "{text}");
    }
}

fn contents(platforms: &[&str], repository: &str, key: &str, entries: &[&str]) -> String {
    format!(
        "name: App\nimage: r.example.com/app\nvariant: runtime\ntags: [a]\nplatforms: {platforms:?}\n\
         contents:\n  repositories: [{repository:?}]\n  keyring: [{key:?}]\n  packages: {entries:?}\n"
    )
}
