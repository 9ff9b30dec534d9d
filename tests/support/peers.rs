//! The environment of tests with real peers: a [`TestEnv`] whose home directory is also the working directory of every
//! program, and the peers that the test declares. Nothing of the caller's configuration is visible, and no file is left.

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::env::TestEnv;

/// The peers that most tests need.
pub(crate) const SIGNERS: [&str; 4] = ["refreg", "regctl", "cosign2", "cosign3"];

pub(crate) struct PeerEnv {
    env: TestEnv,
    peers: Vec<String>,
}

impl PeerEnv {
    /// An environment, if all `peers` are installed. If one is missing, this prints a notice and the test returns;
    /// where peers are required, the test fails.
    pub(crate) fn with(peers: &[&str]) -> Option<Self> {
        let wanted = std::env::var("DHI_PEERS").unwrap_or_default();
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        if wanted == "skip" {
            let _ = writeln!(std::io::stderr(), "skipped: DHI_PEERS=skip, so not run: {test}");
            return None;
        }
        let Some(lacking) = lacking(peers) else {
            let peers = peers.iter().copied().map(str::to_owned).collect();
            return Some(Self { env: TestEnv::new(), peers });
        };
        assert!(wanted != "required", "DHI_PEERS=required, but {lacking}");
        // The test runner hides the output of `eprintln!` when the test passes.
        let _ = writeln!(std::io::stderr(), "skipped: {lacking}, so not run: {test}");
        None
    }

    /// A path in the home directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.env.path(name)
    }

    /// Writes a file into the home directory.
    pub(crate) fn write(&self, name: &str, content: &str) -> PathBuf {
        self.env.write(name, content);
        self.path(name)
    }

    /// A peer, with a clean environment. The test must have declared it: an undeclared peer that is missing would fail
    /// the test instead of skipping it.
    pub(crate) fn peer(&self, name: &str) -> Command {
        assert!(self.peers.iter().any(|peer| peer == name), "the test does not declare that it needs {name}");
        let mut command = self.program(&find(name).unwrap_or_else(|| panic!("{name} is not installed")));
        // Keys of tests have no password; OpenTelemetry of registry3 would look for a collector.
        command.env("COSIGN_PASSWORD", "").env("OTEL_TRACES_EXPORTER", "none");
        command
    }

    /// Any program, with a clean environment.
    pub(crate) fn program(&self, program: &Path) -> Command {
        self.within(self.env.bare_program(program))
    }

    /// `dhi` with these arguments.
    pub(crate) fn dhi(&self, arguments: &[&str]) -> Command {
        self.within(self.env.command(arguments))
    }

    fn within(&self, mut command: Command) -> Command {
        command.current_dir(self.env.home()).stdin(Stdio::null());
        command
    }

    /// Runs a peer that must succeed.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, name: &str, arguments: impl IntoIterator<Item = A>) -> String {
        succeed(self.peer(name).args(arguments))
    }

    /// Runs regctl, without TLS for registries on this machine.
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

/// Runs a command that must succeed, and returns its standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", both(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// What a program printed, for messages.
pub(crate) fn both(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Why some of these peers cannot be run.
fn lacking(peers: &[&str]) -> Option<String> {
    let missing: Vec<&str> = peers.iter().copied().filter(|peer| find(peer).is_none()).collect();
    if !missing.is_empty() {
        let verb = if missing.len() == 1 { "is" } else { "are" };
        let looked = folder().display().to_string();
        return Some(format!("{} {verb} not installed (looked in {looked} and PATH)", missing.join(", ")));
    }
    // Many machines have the engine, but only root can start another one.
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
