//! The `dhi` binary, run as a user runs it but with a home, cache and configuration of the test's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use dhi::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use serde_json::Value;
use tempfile::TempDir;

/// What a run printed, and how it ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A user's machine: files outlive a run and are gone after the test.
pub(crate) struct User {
    pub(crate) home: TempDir,
}

impl User {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// `dhi` with these arguments.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(DHI);
        command.args(arguments);
        command
    }

    /// Any program, in the project's folder, with nothing of this machine's environment but the search path. Other
    /// machines are behind a proxy that is not there.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(project())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("XDG_CACHE_HOME", self.home.path().join("cache"))
            .env("ALL_PROXY", "http://127.0.0.1:1")
            .env("NO_PROXY", "localhost,127.0.0.1,::1");
        command
    }

    pub(crate) fn dhi(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// `dhi verify` with the fixtures' key and log.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Run {
        self.dhi(&[&["verify", "--key", KEY, "--trusted-root", ROOT], arguments].concat())
    }
}

/// The binary.
pub(crate) const DHI: &str = env!("CARGO_BIN_EXE_dhi");
/// Signatures and attestations alone, whatever the image is built on.
pub(crate) const ALONE: [&str; 2] = ["--policy", "attested"];
pub(crate) const KEY: &str = "fixtures/keys/fixture.pub";
pub(crate) const ROOT: &str = "fixtures/trusted_root.json";

pub(crate) fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    project().join("fixtures").join(name)
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(project().join(path)).unwrap()
}

impl Run {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}\n{}", self.stdout, self.stderr))
    }

    /// The ids of everything that counts against the first image, sorted.
    pub(crate) fn ids(&self) -> Vec<String> {
        ids(&self.json())
    }

    pub(crate) fn assert(&self, code: i32, text: &str) {
        let all = format!("{}{}", self.stdout, self.stderr);
        assert_eq!(self.code, code, "{all}");
        assert!(all.contains(text), "`{text}` is missing in:\n{all}");
    }
}

/// What `--key KEY --trusted-root ROOT` trusts, for tests of the library.
pub(crate) fn trust(log: LogPolicy) -> Trust {
    let key = PublicKey::from_pem(&read(KEY), "fixture").unwrap();
    Trust {
        keys: Keyring::of([TrustedKey::active("fixture", key, "fixture")]),
        identities: Vec::new(),
        attestors: Keyring::default(),
        sct: SctPolicy::Require,
        threshold: Threshold::ONE,
        root: TrustedRoot::from_json(read(ROOT).as_bytes(), "fixture").unwrap(),
        log,
        effective_time: "2026-10-01T00:00:00Z".parse().unwrap(),
    }
}

pub(crate) fn ids(document: &Value) -> Vec<String> {
    let mut ids: Vec<String> = document["images"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|image| {
            let failed = image["checks"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|check| matches!(check["outcome"].as_str(), Some("fail" | "unknown")));
            failed
                .map(|check| check["problem"]["id"].clone())
                .chain(image.get("error").map(|error| error["id"].clone()))
        })
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}

/// Compares what a run printed, and how it ended, with `snapshots/NAME.snap`.
macro_rules! snapshot {
    ($name:expr, $run:expr) => {{
        let run = $run;
        let text = format!("{}---- stderr\n{}---- exit {}\n", run.stdout, run.stderr, run.code);
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!($name, text);
        });
    }};
}
pub(crate) use snapshot;
