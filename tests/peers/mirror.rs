//! The mirror of Debian that this machine's apt is configured with.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use dhi::builder::repositories::{DebianMirror, MIRROR, SECURITY_MIRROR};

use crate::support::peers::PeerEnv;

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

/// The mirror.
pub(crate) struct Mirror(DebianMirror);

impl Mirror {
    /// An error tells what is missing.
    pub(crate) fn of_machine() -> Result<Self, String> {
        DebianMirror::of_machine(|name| std::env::var(name).ok(), Path::new(APT))
            .map(Self)
            .map_err(|error| error.to_string())
    }

    pub(crate) fn archive(&self) -> &str {
        self.0.archive.as_str()
    }

    /// `dhi` with the mirror and the proxies of the machine.
    pub(crate) fn dhi(&self, env: &PeerEnv, arguments: &[&str]) -> Command {
        let mut command = env.dhi(arguments);
        command.env(MIRROR, self.0.archive.as_str());
        command.env(SECURITY_MIRROR, self.0.security.as_str());
        for name in PROXIES {
            match std::env::var_os(name) {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }
}

/// Says that the test is not run. Where peers are required, it fails.
pub(crate) fn skip(lacking: &str) {
    let required = std::env::var("DHI_PEERS").is_ok_and(|wanted| wanted == "required");
    assert!(!required, "DHI_PEERS=required, but {lacking}");
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: {lacking}, so not run: {test}");
}
