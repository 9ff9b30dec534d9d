//! The cosign commands that `dhi` prints are run unchanged, and cosign agrees with each verdict.

use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, succeed};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

/// The commands for a fixture in a registry, printed by `dhi`.
fn printed(env: &PeerEnv, layout: &str, tag: &str, more: &[&str]) -> Vec<String> {
    let registry = Registry::start(env, Kind::Ggcr);
    let image = format!("{}/{layout}:{tag}", registry.host);
    env.copy(&format!("ocidir://{FIXTURES}/{layout}:{tag}"), &image);
    let key = format!("{FIXTURES}/keys/fixture.pub");
    let mut dhi = env.dhi(&[]);
    // cosign has no policy.
    dhi.args([
        "verify",
        "--print-cosign",
        "--policy",
        "attested",
        "--no-cache",
        "--plain-http",
        "127.0.0.1",
        "--key",
        &key,
    ]);
    let commands: Vec<String> = succeed(dhi.args(more).arg(&image))
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    // They are run while the registry is there.
    for version in ["cosign2", "cosign3"] {
        for command in &commands {
            agree(env, version, command);
        }
    }
    commands
}

/// Runs the line in a shell in which `cosign` is this version.
fn agree(env: &PeerEnv, version: &str, line: &str) {
    let folder = env.path(&format!("path-{version}"));
    if !folder.exists() {
        std::fs::create_dir(&folder).unwrap();
        let peer = env.peer(version);
        std::os::unix::fs::symlink(peer.get_program(), folder.join("cosign")).unwrap();
    }
    let mut shell = env.program(std::path::Path::new("/bin/sh"));
    let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
    let path = std::env::join_paths(std::iter::once(folder).chain(paths)).unwrap();
    succeed(shell.env("PATH", path).args(["-c", line]));
}

#[test]
fn cosign_agrees_with_every_printed_command() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let root = format!("{FIXTURES}/trusted_root.json");
    let logged = printed(&env, "log-shape-2", "latest", &[]);
    assert!(logged.iter().all(|line| line.contains("--insecure-ignore-tlog=true")), "{logged:?}");
    let proven = printed(&env, "chart", "1.42.0", &["--trusted-root", &root]);
    assert_eq!(proven.len(), 11, "{proven:?}");
    assert!(proven.iter().all(|line| line.contains("--trusted-root")), "{proven:?}");
    let bundles = printed(&env, "bundles", "1.4", &["--trusted-root", &root]);
    assert_eq!(bundles.len(), 5, "{bundles:?}");
    assert_eq!(bundles.iter().filter(|line| line.starts_with("cosign verify-attestation")).count(), 2);
}
