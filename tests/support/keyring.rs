//! A host that publishes DHI keys over TLS and a trusted root by TUF, and an environment whose trust store `dhi keys update`
//! fills from it.

use std::path::PathBuf;
use std::process::Command;

use super::env::{ROOT, Run, TestEnv, read, run};
use super::registry::{InMemoryRegistry, Reply};
use super::tls::{CertificateAuthority, TlsProxy};
use super::tuf::{TufRepository, put};

pub(crate) struct KeyringFixture {
    pub(crate) server: InMemoryRegistry,
    pub(crate) tls: TlsProxy,
    pub(crate) env: TestEnv,
    pub(crate) tuf: TufRepository,
    /// The file of the first TUF root.
    pub(crate) root: PathBuf,
}

impl KeyringFixture {
    /// With the first TUF root on both sides. Nothing else is published.
    pub(crate) fn new() -> Self {
        let (server, env, authority) =
            (InMemoryRegistry::start(), TestEnv::new(), CertificateAuthority::new());
        let (tls, tuf) =
            (TlsProxy::start(&server, &authority, None, false), TufRepository::new(read(ROOT).as_bytes()));
        let root = env.path("root.json");
        env.write("root.json", tuf.first());
        env.write("ca.pem", authority.pem());
        put(&server, "1.root.json", tuf.first());
        Self { server, tls, env, tuf, root }
    }

    /// With the whole TUF repository.
    pub(crate) fn published() -> Self {
        let fixture = Self::new();
        fixture.tuf.publish(&fixture.server);
        fixture
    }

    /// `dhi keys update --sigstore`.
    pub(crate) fn update_root_command(&self) -> Command {
        let (url, root) = (self.server.url("/tuf"), self.root.to_str().unwrap());
        self.env.command(&["keys", "update", "--sigstore", "--tuf-url", &url, "--tuf-root", root])
    }

    pub(crate) fn update_root(&self) -> Run {
        run(&mut self.update_root_command())
    }

    /// All files of the trust store, sorted by name.
    pub(crate) fn trusted(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(self.env.trust_store())
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (path.clone(), std::fs::read(&path).unwrap()))
            .collect();
        files.sort();
        files
    }

    /// Publishes a file beside the latest key.
    pub(crate) fn publish_key(&self, name: &str, reply: Reply) {
        self.server.script(&format!("/keyring/{name}"), reply);
    }

    /// `dhi keys update --from` of the latest key.
    pub(crate) fn update_key_command(&self, more: &[&str]) -> Command {
        let url = format!("https://{}/keyring/latest.pub", self.tls.host());
        let ca = self.env.file("ca.pem");
        self.env.command(&[&["keys", "update", "--from", &url, "--ca", &ca], more].concat())
    }

    /// The text of the keyring, if it exists.
    pub(crate) fn keyring(&self) -> Option<String> {
        std::fs::read_to_string(self.env.trust_store().join("keyring.json")).ok()
    }
}
