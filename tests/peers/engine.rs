//! A Docker engine: one daemon per test, stopped by its process ID. Its classic builder makes images without
//! attestations.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::buildkit::context;
use crate::support::peers::{PeerEnv, both, succeed};

pub(crate) struct Engine<'a> {
    env: &'a PeerEnv,
    daemon: Child,
    host: String,
}

impl<'a> Engine<'a> {
    /// Starts it without networks, so that it changes nothing of the machine's.
    pub(crate) fn start(env: &'a PeerEnv) -> Self {
        let root = tempfile::Builder::new().prefix("engine-").tempdir_in(env.path("")).unwrap().keep();
        let host = format!("unix://{}/sock", root.display());
        let config = json!({
            "hosts": [host],
            "data-root": root.join("data"),
            "exec-root": root.join("exec"),
            "pidfile": root.join("pid"),
            "iptables": false,
            "ip6tables": false,
            "bridge": "none",
            // For `--squash`.
            "experimental": true,
        });
        std::fs::write(root.join("daemon.json"), config.to_string()).unwrap();
        let mut command = env.peer("dockerd");
        command
            .arg("--config-file")
            .arg(root.join("daemon.json"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(root.join("log")).unwrap());
        let mut engine = Self { env, daemon: command.spawn().unwrap(), host };
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            let asked = engine.docker().arg("version").output().unwrap();
            if asked.status.success() {
                return engine;
            }
            let ended = engine.daemon.try_wait().unwrap().is_some();
            if ended || Instant::now() > patience {
                let log = std::fs::read_to_string(root.join("log")).unwrap_or_default();
                panic!("dockerd does not answer: {}\n{log}", both(&asked));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn docker(&self) -> Command {
        let mut command = self.env.peer("docker");
        command.env("DOCKER_HOST", &self.host).env("DOCKER_BUILDKIT", "0");
        command
    }

    /// Its socket, as `DOCKER_HOST` has it.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn run(&self, arguments: &[&str]) {
        succeed(self.docker().args(arguments));
    }

    /// A label of the image that is pulled for `platform`. `None`: it finds none. 20.10 ends in a panic at some
    /// indexes, and is then started anew.
    pub(crate) fn label_of(&mut self, image: &str, platform: &str, label: &str) -> Option<String> {
        let pulled = self.docker().args(["pull", "--quiet", "--platform", platform, image]).output().unwrap();
        if !pulled.status.success() {
            let is_gone = both(&pulled).contains("EOF") || !matches!(self.daemon.try_wait(), Ok(None));
            if is_gone {
                let _ = self.daemon.wait();
                *self = Self::start(self.env);
            }
            return None;
        }
        let format = format!("{{{{index .Config.Labels {label:?}}}}}");
        let label = succeed(self.docker().args(["image", "inspect", "--format", &format, image]));
        Some(label.trim().to_owned())
    }

    /// Builds the Dockerfile with the classic builder and pushes the image.
    pub(crate) fn build(&self, dockerfile: &str, image: &str, flags: &[&str]) {
        self.build_here(dockerfile, image, flags);
        self.run(&["push", image]);
    }

    /// The same without a push.
    pub(crate) fn build_here(&self, dockerfile: &str, image: &str, flags: &[&str]) {
        let context = context(self.env, dockerfile);
        succeed(self.docker().args(["build", "--tag", image]).args(flags).arg(&context));
    }
}

impl Drop for Engine<'_> {
    /// Killed at once it would leave its containerd behind.
    fn drop(&mut self) {
        if !matches!(self.daemon.try_wait(), Ok(None)) {
            return;
        }
        let mut kill = self.env.program(Path::new("kill"));
        let _ = kill.arg(self.daemon.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(120);
        while Instant::now() < patience && matches!(self.daemon.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
