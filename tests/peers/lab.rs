//! A lab is what one test works with: the peers that it needs, and a scratch directory that is also the home
//! of every program started in it. Nothing of the caller's configuration is seen, nothing is left behind.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The peers that most tests need.
pub(crate) const SIGNERS: [&str; 4] = ["refreg", "regctl", "cosign2", "cosign3"];

pub(crate) struct Lab {
    scratch: TempDir,
    peers: Vec<String>,
}

impl Lab {
    /// A lab, if all `peers` are installed. Else the test is to return: the notice is printed, or, where peers
    /// are required, the test has failed.
    pub(crate) fn with(peers: &[&str]) -> Option<Self> {
        let wanted = std::env::var("DHI_PEERS").unwrap_or_default();
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        if wanted == "skip" {
            let _ = writeln!(std::io::stderr(), "skipped: DHI_PEERS=skip, so not run: {test}");
            return None;
        }
        let Some(lacking) = lacking(peers) else {
            let peers = peers.iter().copied().map(str::to_owned).collect();
            return Some(Self { scratch: TempDir::with_prefix("dhi-peers-").unwrap(), peers });
        };
        assert!(wanted != "required", "DHI_PEERS=required, but {lacking}");
        // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
        let _ = writeln!(std::io::stderr(), "skipped: {lacking}, so not run: {test}");
        None
    }

    /// A path in the scratch directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    /// Writes a file into the scratch directory.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// A peer, with a clean environment. It must be one that the lab was made with: else its absence would be a
    /// failure, not a notice.
    pub(crate) fn peer(&self, name: &str) -> Command {
        assert!(self.peers.iter().any(|peer| peer == name), "the test does not say that it needs {name}");
        let mut command = self.clean(&find(name).unwrap_or_else(|| panic!("{name} is not installed")));
        // Keys of tests have no password; OpenTelemetry of registry3 would look for a collector.
        command.env("COSIGN_PASSWORD", "").env("OTEL_TRACES_EXPORTER", "none");
        command
    }

    /// Any program, with a clean environment.
    pub(crate) fn clean(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.scratch.path())
            .current_dir(self.scratch.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a peer that must succeed.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = A>) -> String {
        succeed(self.peer(name).args(arguments))
    }

    /// Runs regctl, which talks without TLS to the registries of the lab.
    pub(crate) fn regctl(&self, arguments: &[&str]) -> String {
        let mut regctl = self.peer("regctl");
        let hosts = arguments.iter().filter_map(|text| text.split_once('/')).map(|(host, _)| host);
        for host in hosts.filter(|host| host.starts_with("127.0.0.1:")) {
            regctl.args(["--host", &format!("reg={host},tls=disabled")]);
        }
        succeed(regctl.args(arguments))
    }

    /// Copies with regctl: images of all platforms, their referrers, and the referrers of those.
    pub(crate) fn copy(&self, from: &str, to: &str) {
        self.regctl(&["image", "copy", "--referrers", from, to]);
    }
}

/// Runs a command that must succeed, and gives its standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", both(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a program printed, for messages.
pub(crate) fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Why not all of these peers can be run.
fn lacking(peers: &[&str]) -> Option<String> {
    let missing: Vec<&str> = peers.iter().copied().filter(|peer| find(peer).is_none()).collect();
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let looked = folder().display().to_string();
        return Some(format!("{} {verb} not installed (looked in {looked} and PATH)", missing.join(", ")));
    }
    // The engine is on many machines whose users may not start one of their own.
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    (peers.contains(&"dockerd") && !is_root).then(|| "dockerd needs root".to_owned())
}

fn folder() -> PathBuf {
    let folder = std::env::var_os("DHI_PEERS_DIR").map(PathBuf::from);
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default());
    folder.unwrap_or_else(|| home().join(".cache/dhi-peers")).join("bin")
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(folder())
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
