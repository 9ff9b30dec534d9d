//! `dhi scan` with stand-ins for scanners, with reports, and with attested scans.

mod compare;
mod formats;
mod layouts;
mod reports;
#[cfg(unix)]
mod scanners;
#[cfg(target_os = "linux")]
mod signals;
#[cfg(unix)]
mod stand_in;

use serde_json::Value;

use crate::support::env::{KEY, ROOT, Run, TestEnv, project};

/// The hardened image of the fixtures.
const IMAGE: &str = "oci:fixtures/python:3.13";
/// A report about it.
const REPORT: &str = "fixtures/vex/grype.json";

/// Runs `dhi scan` with the key and the log of the fixtures, at a fixed time for ages, on the platform of the reports.
fn scan(env: &TestEnv, arguments: &[&str]) -> Run {
    env.dhi(&[&flags(), arguments].concat())
}

fn flags() -> Vec<&'static str> {
    let time = "2026-10-01T00:00:00Z";
    vec!["scan", "--key", KEY, "--trusted-root", ROOT, "--effective-time", time, "--platform", "linux/amd64"]
}

/// The digests of the manifest and of the configuration of the image.
fn digests() -> (String, String) {
    let blob = |digest: &str| -> Value {
        let path = project().join("fixtures/python/blobs").join(digest.replace(':', "/"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    };
    let layout: Value =
        serde_json::from_slice(&std::fs::read(project().join("fixtures/python/index.json")).unwrap())
            .unwrap();
    let named = |entry: &&Value| entry["annotations"]["org.opencontainers.image.ref.name"] == "3.13";
    let root = layout["manifests"].as_array().unwrap().iter().find(named).unwrap();
    let index = blob(root["digest"].as_str().unwrap());
    let is_amd64 = |entry: &&Value| entry["platform"]["architecture"] == "amd64";
    let image = index["manifests"].as_array().unwrap().iter().find(is_amd64).unwrap();
    let image = image["digest"].as_str().unwrap().to_owned();
    let config = blob(&image)["config"]["digest"].as_str().unwrap().to_owned();
    (image, config)
}
