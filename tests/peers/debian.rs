//! Debian's mirror of the machine, for tests that build images from real packages.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use dhi::builder::repositories::{DebianMirror, MIRROR, SECURITY_MIRROR};

use crate::support::peers::{PeerEnv, both};

/// Where apt is configured on this machine.
const APT: &str = "/etc/apt";
/// What a proxy of the machine is named by.
const PROXIES: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
];

/// An environment in which `dhi` takes Debian's packages from the mirror of the machine.
pub(crate) struct Debian {
    pub(crate) env: PeerEnv,
    pub(crate) mirror: DebianMirror,
}

impl Debian {
    /// An error says why the machine has no mirror.
    pub(crate) fn of_machine() -> Result<Self, String> {
        let mirror = DebianMirror::of_machine(|name| std::env::var(name).ok(), Path::new(APT))
            .map_err(|error| error.to_string())?;
        Ok(Self { env: PeerEnv::with(&[]).unwrap(), mirror })
    }

    /// `dhi` with the mirror and the proxies of the machine.
    pub(crate) fn dhi(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.dhi(arguments);
        command.env(MIRROR, self.mirror.archive.as_str());
        command.env(SECURITY_MIRROR, self.mirror.security.as_str());
        for name in PROXIES {
            match std::env::var_os(name) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Locks a definition, and fails the test if it cannot be locked. An error says why the mirror cannot be reached.
    pub(crate) fn lock(&self, definition: &str) -> Result<(), String> {
        let locked = self.dhi(&["definition", "lock", definition]).output().unwrap();
        match locked.status.code() {
            Some(0) => Ok(()),
            Some(6) => Err(format!("the mirror of Debian cannot be reached ({})", both(&locked))),
            _ => panic!("{}", both(&locked)),
        }
    }
}

/// Prints why the test of this thread is skipped. Where peers are required, the test fails.
pub(crate) fn skip(lacking: &str) {
    let required = std::env::var("DHI_PEERS").is_ok_and(|wanted| wanted == "required");
    assert!(!required, "DHI_PEERS=required, but {lacking}");
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {lacking}, so not run: {test}");
}
