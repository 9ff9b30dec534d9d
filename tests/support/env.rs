//! The test environment: the `dhi` binary, run with a home, a cache and a configuration of the test's own.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use dhi::trust::{Keyring, LogPolicy, PublicKey, SctPolicy, Threshold, Trust, TrustedKey, TrustedRoot};
use serde_json::Value;
use tempfile::TempDir;

/// What a run printed, and its exit code.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A home directory for commands. Files stay between runs and are removed when the value is dropped.
pub(crate) struct TestEnv {
    home: TempDir,
}

impl TestEnv {
    pub(crate) fn new() -> Self {
        Self { home: TempDir::with_prefix("dhi-test-").unwrap() }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path below the home directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home().join(name)
    }

    /// The same as text, for arguments.
    pub(crate) fn file(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Writes a file below the home directory, with the directories above it. Returns its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        self.file(name)
    }

    /// The directory of the trust store: the keyring of DHI keys and trusted roots.
    pub(crate) fn trust_store(&self) -> PathBuf {
        self.path(".local/share/dhi")
    }

    /// `dhi` with these arguments. Passwords of key files are empty.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program(DHI);
        command.env("COSIGN_PASSWORD", "").args(arguments);
        command
    }

    /// Any program, in the directory of the project. Every host but this machine is behind a proxy that does not exist.
    pub(crate) fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = self.bare_program(program);
        command
            .current_dir(project())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("ALL_PROXY", "http://127.0.0.1:1")
            .env("NO_PROXY", "localhost,127.0.0.1,::1");
        command
    }

    /// Any program, with an empty environment but for the search path and the home directory.
    pub(crate) fn bare_program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home());
        command
    }

    /// `dhi` with these arguments where there is no network interface, not even the loopback. `None` if the system makes
    /// no such place.
    pub(crate) fn without_network(&self, arguments: &[&str]) -> Option<Command> {
        let allowed = Command::new("unshare").args(["--net", "true"]).output();
        if !allowed.is_ok_and(|output| output.status.success()) {
            assert!(std::env::var_os("CI").is_none(), "network namespaces must be there in CI");
            let _ =
                writeln!(std::io::stderr(), "skipped: no network namespace can be made (`unshare --net`)");
            return None;
        }
        let mut isolated = self.program("unshare");
        isolated.args(["--net", DHI]).args(arguments);
        Some(isolated)
    }

    /// Runs `dhi`.
    pub(crate) fn dhi(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// Runs `dhi verify` with the key and the log of the fixtures.
    pub(crate) fn verify(&self, arguments: &[&str]) -> Run {
        self.dhi(&[&["verify", "--key", KEY, "--trusted-root", ROOT], arguments].concat())
    }

    /// Runs `dhi keys generate`: NAME.key and NAME.pub in the home directory.
    pub(crate) fn generate_key(&self, name: &str) {
        self.dhi(&["keys", "generate", "-o", &self.file(name)]).assert(0, &format!("{name}.key"));
    }
}

/// The binary.
pub(crate) const DHI: &str = env!("CARGO_BIN_EXE_dhi");
/// Judges signatures and attestations, and not what the image is built on.
pub(crate) const ATTESTED_ONLY: [&str; 2] = ["--policy", "attested"];
pub(crate) const KEY: &str = "fixtures/keys/fixture.pub";
pub(crate) const ROOT: &str = "fixtures/trusted_root.json";

/// Runs a command with `input` on standard input.
pub(crate) fn run_with_input(command: &mut Command, input: &[u8]) -> Run {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A command that refuses the beginning does not read the rest.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let run = Run::of(child.wait_with_output().unwrap());
    writer.join().unwrap();
    run
}

/// Runs a command and waits for its end. Standard input is empty.
pub(crate) fn run(command: &mut Command) -> Run {
    Run::of(command.output().unwrap())
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
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

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
                .map(|check| check["failure"]["code"].clone())
                .chain(image.get("error").map(|error| error["code"].clone()))
        })
        .map(|id| id.as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
