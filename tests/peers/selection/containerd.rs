//! containerd: one daemon, stopped by its process ID.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::peers::{PeerEnv, both};

pub(super) struct Containerd<'a> {
    env: &'a PeerEnv,
    daemon: Child,
    socket: PathBuf,
}

impl<'a> Containerd<'a> {
    pub(super) fn start(env: &'a PeerEnv) -> Self {
        let root = env.path("containerd");
        let socket = root.join("sock");
        let config = format!(
            "version = 2\nroot = '{0}/root'\nstate = '{0}/state'\ndisabled_plugins = ['io.containerd.grpc.v1.cri', 'io.containerd.internal.v1.opt']\n[grpc]\naddress = '{1}'\n",
            root.display(),
            socket.display()
        );
        let config = env.write("containerd/config.toml", &config);
        let mut command = env.peer("containerd");
        command.arg("--config").arg(config).stdout(Stdio::null());
        command.stderr(std::fs::File::create(root.join("log")).unwrap());
        let mut containerd = Self { env, daemon: command.spawn().unwrap(), socket };
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            let asked = containerd.ctr().arg("version").output().unwrap();
            if asked.status.success() {
                return containerd;
            }
            let ended = containerd.daemon.try_wait().unwrap().is_some();
            if ended || Instant::now() > patience {
                let log = std::fs::read_to_string(root.join("log")).unwrap_or_default();
                panic!("containerd does not answer: {}\n{log}", both(&asked));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn ctr(&self) -> Command {
        let mut command = self.env.peer("ctr");
        command.arg("--address").arg(&self.socket);
        command
    }

    /// The content of `/id` of the image that is run for `platform`.
    pub(super) fn picked(&self, reference: &str, platform: &str) -> Option<String> {
        let common = ["--snapshotter", "native", "--platform", platform, reference];
        let pulled = self.ctr().args(["images", "pull", "--plain-http"]).args(common).output().unwrap();
        if !pulled.status.success() {
            return None;
        }
        let target = tempfile::tempdir_in(self.env.path("")).unwrap();
        let mounted = self.ctr().args(["images", "mount"]).args(common).arg(target.path()).output().unwrap();
        let id = std::fs::read_to_string(target.path().join("id")).ok();
        if mounted.status.success() {
            let unmounted = self.ctr().args(["images", "unmount"]).arg(target.path()).output().unwrap();
            assert!(unmounted.status.success(), "{}", both(&unmounted));
        }
        id
    }
}

impl Drop for Containerd<'_> {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}
