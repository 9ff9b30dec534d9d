//! BuildKit: one daemon per test, stopped by its process ID. And podman, which can squash layers.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::peers::{PeerEnv, both, succeed};

/// The BuildKits that are tested: they store what they attest in different shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// In an entry of the index.
    V26,
    /// As an OCI artifact that is an entry of the index and a referrer too.
    V34,
}

impl Version {
    pub(crate) fn programs(self) -> [&'static str; 2] {
        match self {
            Self::V26 => ["buildkitd", "buildctl"],
            Self::V34 => ["buildkitd34", "buildctl34"],
        }
    }
}

pub(crate) struct BuildKit<'a> {
    env: &'a PeerEnv,
    version: Version,
    daemon: Child,
    address: String,
}

/// What BuildKit attests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Provenance {
    None,
    Min,
    Max,
}

impl<'a> BuildKit<'a> {
    pub(crate) fn start(env: &'a PeerEnv) -> Self {
        Self::of(env, Version::V26)
    }

    pub(crate) fn of(env: &'a PeerEnv, version: Version) -> Self {
        let [program, _] = version.programs();
        let root = env.path(program);
        std::fs::create_dir_all(&root).unwrap();
        let address = format!("unix://{}/sock", root.display());
        let mut command = env.peer(program);
        command
            .args(["--containerd-worker=false", "--oci-worker=true", "--oci-worker-net=host"])
            .arg("--root")
            .arg(&root)
            .args(["--addr", &address])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(root.join("log")).unwrap());
        let daemon = command.spawn().unwrap();
        let mut kit = Self { env, version, daemon, address };
        let patience = Instant::now() + Duration::from_secs(120);
        loop {
            let asked = kit.buildctl().args(["debug", "workers"]).output().unwrap();
            if asked.status.success() {
                return kit;
            }
            let ended = kit.daemon.try_wait().unwrap().is_some();
            if ended || Instant::now() > patience {
                let log = std::fs::read_to_string(root.join("log")).unwrap_or_default();
                panic!("{program} does not answer: {}\n{log}", both(&asked));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn buildctl(&self) -> Command {
        let [_, client] = self.version.programs();
        let mut command = self.env.peer(client);
        command.args(["--addr", &self.address]);
        command
    }

    /// Builds the Dockerfile with `flags` of buildctl and pushes the image.
    pub(crate) fn build(&self, dockerfile: &str, image: &str, provenance: Provenance, flags: &[&str]) {
        let context = context(self.env, dockerfile);
        let mut command = self.buildctl();
        command.args(["build", "--frontend", "dockerfile.v0", "--progress", "plain"]);
        for local in ["context", "dockerfile"] {
            command.arg("--local").arg(format!("{local}={}", context.display()));
        }
        match provenance {
            Provenance::None => {}
            Provenance::Min => drop(command.args(["--opt", "attest:provenance=mode=min"])),
            Provenance::Max => drop(command.args(["--opt", "attest:provenance=mode=max"])),
        }
        command.args(flags);
        succeed(
            command.args(["--output", &format!("type=image,name={image},push=true,registry.insecure=true")]),
        );
    }

    /// A file of the image that a build for `platform` begins with. `None`: it finds none.
    pub(crate) fn file_of(&self, image: &str, platform: &str, file: &str) -> Option<String> {
        let context = context(self.env, &format!("FROM {image}\n"));
        let result = tempfile::tempdir_in(self.env.path("")).unwrap();
        let mut command = self.buildctl();
        command.args(["build", "--frontend", "dockerfile.v0", "--progress", "plain"]);
        for local in ["context", "dockerfile"] {
            command.arg("--local").arg(format!("{local}={}", context.display()));
        }
        command.args(["--opt", &format!("platform={platform}")]);
        command.args(["--output", &format!("type=local,dest={}", result.path().display())]);
        let output = command.output().unwrap();
        output.status.success().then(|| std::fs::read_to_string(result.path().join(file)).unwrap())
    }
}

impl Drop for BuildKit<'_> {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// A build context with the Dockerfile and the files `a`, `b` and `c`.
pub(crate) fn context(env: &PeerEnv, dockerfile: &str) -> std::path::PathBuf {
    let context = tempfile::Builder::new().prefix("context-").tempdir_in(env.path("")).unwrap().keep();
    for name in ["a", "b", "c"] {
        std::fs::write(context.join(name), name.repeat(100)).unwrap();
    }
    std::fs::write(context.join("Dockerfile"), dockerfile).unwrap();
    context
}

/// `podman build --squash-all`, and a push.
pub(crate) fn squash_all(env: &PeerEnv, dockerfile: &str, image: &str) {
    let context = context(env, dockerfile);
    let podman = |arguments: &[&str]| {
        let storage = env.path("podman");
        let mut command = env.peer("podman");
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        command.args(["--storage-driver", "vfs"]).args(arguments);
        command
    };
    let path = |path: &Path| path.display().to_string();
    succeed(&mut podman(&[
        "build",
        "--squash-all",
        "--isolation",
        "chroot",
        "--network",
        "host",
        "--tls-verify=false",
        "-t",
        image,
        &path(&context),
    ]));
    succeed(&mut podman(&["push", "--tls-verify=false", image]));
}
