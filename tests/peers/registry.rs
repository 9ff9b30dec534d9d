//! Registries. Each is a process at a free port, killed when its value is dropped.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::peers::PeerEnv;

/// The implementations that are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// go-containerregistry's, in memory, with the referrers API.
    Ggcr,
    /// CUE's, in memory, with the referrers API.
    OciRegistry,
    /// Distribution 2.8, without the referrers API.
    Distribution2,
    /// Distribution 3, without it too.
    Distribution3,
}

impl Kind {
    pub(crate) fn program(self) -> &'static str {
        match self {
            Self::Ggcr | Self::OciRegistry => "refreg",
            Self::Distribution2 => "docker-registry",
            Self::Distribution3 => "registry3",
        }
    }
}

pub(crate) struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) host: String,
}

impl Registry {
    pub(crate) fn start(env: &PeerEnv, kind: Kind) -> Self {
        match kind {
            Kind::Ggcr => Self::refreg(env, "ggcr"),
            Kind::OciRegistry => Self::refreg(env, "ociregistry"),
            Kind::Distribution2 | Kind::Distribution3 => Self::distribution(env, kind, ""),
        }
    }

    /// A registry that demands a login from everybody, over the storage of the other registries of its kind.
    /// `users` are lines of an htpasswd file.
    pub(crate) fn with_login(env: &PeerEnv, kind: Kind, users: &str) -> Self {
        let users = env.write("htpasswd", users);
        let auth = format!("auth: {{htpasswd: {{realm: peers, path: {}}}}}\n", users.display());
        Self::distribution(env, kind, &auth)
    }

    /// Where the registries of a kind keep the bytes of a blob.
    pub(crate) fn blob_file(env: &PeerEnv, kind: Kind, digest: &str) -> PathBuf {
        let hex = digest.strip_prefix("sha256:").unwrap();
        storage(env, kind).join("docker/registry/v2/blobs/sha256").join(&hex[..2]).join(hex).join("data")
    }

    fn refreg(env: &PeerEnv, implementation: &str) -> Self {
        let mut command = env.peer("refreg");
        command.args(["-impl", implementation, "-listen", "127.0.0.1:0"]);
        Self::spawn(env, command)
    }

    fn distribution(env: &PeerEnv, kind: Kind, more: &str) -> Self {
        let storage = storage(env, kind);
        let config = format!(
            "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}, delete: {{enabled: true}}}}\nhttp: {{addr: '127.0.0.1:0'}}\n{more}",
            storage.display()
        );
        let config = env.write(&format!("{}.yml", kind.program()), &config);
        let mut command = env.peer(kind.program());
        command.arg("serve").arg(config);
        Self::spawn(env, command)
    }

    /// Starts a registry and waits until it has said where it listens.
    fn spawn(env: &PeerEnv, mut command: Command) -> Self {
        let log = tempfile::Builder::new().prefix("log-").tempfile_in(env.path("")).unwrap();
        let (file, log): (File, _) = log.keep().unwrap();
        command.stdout(file.try_clone().unwrap()).stderr(file);
        let mut child = command.spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            if let Some(port) = listening_port(&text) {
                return Self { child, host: format!("127.0.0.1:{port}") };
            }
            if child.try_wait().unwrap().is_some() || Instant::now() > patience {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{command:?} does not listen:\n{text}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn storage(env: &PeerEnv, kind: Kind) -> PathBuf {
    env.path(&format!("{}-storage", kind.program()))
}

/// The port in `listening on 127.0.0.1:PORT`, once it is followed by something.
fn listening_port(log: &str) -> Option<u16> {
    let (_, after) = log.split_once("listening on 127.0.0.1:")?;
    let end = after.find(|c: char| !c.is_ascii_digit())?;
    after[..end].parse().ok().filter(|port| *port != 0)
}
