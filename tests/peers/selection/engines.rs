//! The image that each engine selects for a platform: the digest of its manifest, or its number.

use serde_json::Value;

use super::SelectionFixture;

/// Every engine, by name.
pub(super) const ALL: [&str; 7] = ["crane", "regctl", "skopeo", "ctr", "podman", "BuildKit", "Docker engine"];

/// What the engines pick; all of them, or the fast ones alone. `None`: it finds no image.
pub(super) fn picked(
    fixture: &mut SelectionFixture<'_>,
    reference: &str,
    platform: &str,
    slow: bool,
) -> Vec<(&'static str, Option<String>)> {
    let mut picked = vec![
        ("crane", crane(fixture, reference, platform)),
        ("regctl", regctl(fixture, reference, platform)),
        ("skopeo", skopeo(fixture, reference, platform)),
        ("ctr", fixture.containerd.picked(reference, platform)),
    ];
    if slow {
        picked.push(("podman", podman(fixture, reference, platform)));
        picked.push(("BuildKit", fixture.kit.file_of(reference, platform, "id")));
        picked.push(("Docker engine", fixture.engine.label_of(reference, platform, "leaf")));
    }
    picked
}

fn crane(fixture: &SelectionFixture<'_>, reference: &str, platform: &str) -> Option<String> {
    let output =
        fixture.env.peer("crane").args(["digest", "--platform", platform, reference]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn regctl(fixture: &SelectionFixture<'_>, reference: &str, platform: &str) -> Option<String> {
    let mut command = fixture.env.peer("regctl");
    command.args(["--host", &format!("reg={},tls=disabled", fixture.registry.host)]);
    let output = command.args(["image", "digest", "--platform", platform, reference]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

fn skopeo(fixture: &SelectionFixture<'_>, reference: &str, platform: &str) -> Option<String> {
    let parts: Vec<&str> = platform.split('/').collect();
    let mut command = fixture.env.peer("skopeo");
    command.args(["--override-os", parts[0], "--override-arch", parts[1]]);
    if let Some(variant) = parts.get(2) {
        command.args(["--override-variant", variant]);
    }
    command.args(["inspect", "--config", "--tls-verify=false", &format!("docker://{reference}")]);
    let output = command.output().unwrap();
    label(&output.stdout, "/config/Labels/leaf").filter(|_| output.status.success())
}

fn podman(fixture: &SelectionFixture<'_>, reference: &str, platform: &str) -> Option<String> {
    let storage = fixture.env.path("podman");
    let podman = |arguments: &[&str]| {
        let mut command = fixture.env.peer("podman");
        command.arg("--root").arg(storage.join("root")).arg("--runroot").arg(storage.join("run"));
        command.args(["--storage-driver", "vfs"]).args(arguments).output().unwrap()
    };
    let pulled = podman(&["pull", "--quiet", "--tls-verify=false", "--platform", platform, reference]);
    if !pulled.status.success() {
        return None;
    }
    let id = String::from_utf8(pulled.stdout).unwrap();
    label(&podman(&["image", "inspect", id.trim()]).stdout, "/0/Config/Labels/leaf")
}

/// A text in a JSON document.
pub(crate) fn label(document: &[u8], pointer: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(document).ok()?;
    value.pointer(pointer)?.as_str().map(str::to_owned)
}
