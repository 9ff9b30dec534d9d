//! `dhi scan` with the real Grype: images of a layout and of registries, with a database that the test makes.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::access::{RIGHT, USERS};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};

/// Two packages of Debian, one vulnerability of each.
const PACKAGES: &str = "\
Package: libssl3t64\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.5.1-1\n\
Maintainer: A <a@b.example>\nDescription: x\n\n\
Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2.37-2\n\
Maintainer: A <a@b.example>\nDescription: x\n\n";

/// Writes a layout with one image, tag `1`, whose `/etc/os-release` is this. Returns the digest of the image.
fn layout(env: &PeerEnv, name: &str, os_release: &str, labels: &Value) -> String {
    let blob = |bytes: &[u8]| {
        let digest = dhi::oci::Digest::of(bytes);
        let directory = env.path(name).join("blobs/sha256");
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(digest.hex()), bytes).unwrap();
        (digest.to_string(), bytes.len())
    };
    let mut layer = tar::Builder::new(Vec::new());
    for (path, content) in [("etc/os-release", os_release), ("var/lib/dpkg/status", PACKAGES)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        layer.append_data(&mut header, path, content.as_bytes()).unwrap();
    }
    let (layer, layer_size) = blob(&layer.into_inner().unwrap());
    let config = json!({
        "os": "linux", "architecture": "amd64", "config": { "Labels": labels },
        "rootfs": { "type": "layers", "diff_ids": [layer] },
    });
    let (config, config_size) = blob(config.to_string().as_bytes());
    let kind = "application/vnd.oci.image";
    let manifest = json!({
        "schemaVersion": 2, "mediaType": format!("{kind}.manifest.v1+json"),
        "config": { "mediaType": format!("{kind}.config.v1+json"), "digest": config, "size": config_size },
        "layers": [{ "mediaType": format!("{kind}.layer.v1.tar"), "digest": layer, "size": layer_size }],
    });
    let (image, size) = blob(manifest.to_string().as_bytes());
    let entry = json!({
        "mediaType": format!("{kind}.manifest.v1+json"), "digest": image, "size": size,
        "annotations": { "org.opencontainers.image.ref.name": "1" },
    });
    env.write(&format!("{name}/index.json"), &json!({"schemaVersion": 2, "manifests": [entry]}).to_string());
    env.write(&format!("{name}/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    image
}

const DEBIAN: &str = "ID=debian\nVERSION_ID=\"13\"\nNAME=Debian\n";

/// A database with one vulnerability of each package.
fn database(env: &PeerEnv) -> PathBuf {
    database_of(env, &[("CVE-2026-1", "high", "openssl"), ("CVE-2026-2", "low", "bash")])
}

/// A database with these vulnerabilities of source packages of Debian 13: name, severity, package.
pub(crate) fn database_of(env: &PeerEnv, vulnerabilities: &[(&str, &str, &str)]) -> PathBuf {
    let record = |(id, severity, package): &(&str, &str, &str)| {
        json!({
            "id": id, "aliases": [], "severity": severity, "package": package, "constraint": "< 99",
            "distro": "debian", "version": "13", "codename": "trixie",
        })
    };
    let records = Value::from_iter(vulnerabilities.iter().map(record));
    let records = env.write("records.json", &records.to_string());
    let database = env.path("database");
    let input = std::fs::File::open(records).unwrap();
    let output = env.peer("grypedb").arg(&database).stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", both(&output));
    database
}

/// `dhi scan` with Grype and this database. No address but loopback is reached.
fn scan(env: &PeerEnv, database: &PathBuf, arguments: &[&str]) -> Command {
    let grype = env.peer("grype").get_program().to_str().unwrap().to_owned();
    let mut command =
        env.dhi(&[&["scan", "--platform", "linux/amd64", "--scanner", &grype], arguments].concat());
    command
        .env("GRYPE_DB_CACHE_DIR", database)
        .env("GRYPE_DB_AUTO_UPDATE", "false")
        .env("GRYPE_DB_VALIDATE_AGE", "false");
    command
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", both(output)))
}

/// The ids and package URLs of the findings of the only image.
fn found(document: &Value) -> Vec<(String, String)> {
    let findings = document["images"][0]["result"]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found: Vec<(String, String)> =
        findings.iter().map(|one| (text(&one["finding"]["id"]), text(&one["finding"]["purl"]))).collect();
    found.sort();
    found
}

#[test]
fn an_image_of_a_layout_is_scanned() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let database = database(&env);
    layout(&env, "image", DEBIAN, &json!({}));
    let output =
        scan(&env, &database, &["oci:image:1", "--fail-on", "high", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", both(&output));
    let document = json_of(&output);
    let ids: Vec<String> = found(&document).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["CVE-2026-1", "CVE-2026-2"]);
    assert!(document["images"][0]["source"]["database"].is_string(), "{document:#}");

    // A statement about the package suppresses one of them, and what remains is below the gate.
    let vex = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.example/vex/1", "author": "Acme",
        "timestamp": "2026-09-01T00:00:00Z", "version": 1, "statements": [{
            "vulnerability": { "name": "CVE-2026-1" }, "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
            "products": [{ "@id": "pkg:deb/debian/libssl3t64@3.5.1-1" }],
        }],
    });
    env.write("vex.json", &vex.to_string());
    let arguments = [
        "oci:image:1",
        "--fail-on",
        "high",
        "--vex",
        "vex.json",
        "--trust-unsigned",
        "vex.json",
        "--format",
        "report",
    ];
    let output = scan(&env, &database, &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", both(&output));
    let report = json_of(&output);
    assert_eq!(report["matches"].as_array().unwrap().len(), 1);
    assert_eq!(report["ignoredMatches"].as_array().unwrap().len(), 1);
}

#[test]
fn a_layer_that_was_changed_is_not_scanned() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let database = database(&env);
    layout(&env, "image", DEBIAN, &json!({}));
    let directory = env.path("image/blobs/sha256");
    let largest = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let largest = largest.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let mut layer = std::fs::read(&largest).unwrap();
    let at = layer.windows(4).position(|bytes| bytes == b"bash").unwrap();
    layer[at..at + 4].copy_from_slice(b"bush");
    std::fs::write(&largest, layer).unwrap();
    let output = scan(&env, &database, &["oci:image:1", "--fail-on", "critical"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{}", both(&output));
}

#[test]
fn images_of_registries_are_scanned_with_our_login() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb", "refreg", "registry3", "regctl"]) else { return };
    let database = database(&env);
    let image = layout(&env, "image", DEBIAN, &json!({}));
    let open = Registry::start(&env, Kind::Ggcr);
    let storage = Registry::start(&env, Kind::Distribution3);
    for host in [&open.host, &storage.host] {
        env.copy("ocidir://image:1", &format!("{host}/acme/app:1"));
    }
    let reference = format!("{}/acme/app:1", open.host);
    let output = scan(&env, &database, &[&reference, "--plain-http", "127.0.0.1", "--format", "json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", both(&output));
    let document = json_of(&output);
    assert_eq!(found(&document).len(), 2);
    let subject = &document["images"][0]["result"]["reports"][0]["scans"][0]["subject"];
    assert_eq!(subject["digests"], json!([format!("{}/acme/app@{image}", open.host)]));

    // Grype does not read this variable, so the login that it uses is the one that it gets.
    let closed = Registry::with_login(&env, Kind::Distribution3, USERS);
    let reference = format!("{}/acme/app:1", closed.host);
    let mut auths = serde_json::Map::new();
    auths.insert(closed.host.clone(), json!({ "auth": RIGHT }));
    let mut command = scan(&env, &database, &[&reference, "--plain-http", "127.0.0.1", "--format", "json"]);
    let output = command.env("DOCKER_AUTH_CONFIG", json!({ "auths": auths }).to_string()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", both(&output));
    assert_eq!(found(&json_of(&output)).len(), 2);
    let output = scan(&env, &database, &[&reference, "--plain-http", "127.0.0.1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", both(&output));
}

#[test]
fn a_hardened_image_is_scanned_as_its_base() {
    let Some(env) = PeerEnv::with(&["grype", "grypedb"]) else { return };
    let database = database(&env);
    let hardened = "ID=dhi\nVERSION_ID=\"13\"\nNAME=\"Docker Hardened Images (Debian)\"\n";
    let purls = |name: &str| {
        let image = format!("oci:{name}:1");
        let output = scan(&env, &database, &[&image, "--format", "json"]).output().unwrap();
        (output.status.code(), found(&json_of(&output)).into_iter().map(|(_, purl)| purl).collect::<Vec<_>>())
    };
    // Grype falls back to the distribution that the image is like.
    layout(&env, "like", &format!("{hardened}ID_LIKE=debian\n"), &json!({}));
    let (code, like) = purls("like");
    assert_eq!((code, like.len()), (Some(0), 2));
    assert!(like.iter().all(|purl| purl.starts_with("pkg:deb/dhi/")), "{like:?}");
    // Where it does not, the label names the distribution. Nothing proves it, so it is no pass.
    layout(&env, "label", hardened, &json!({ "com.docker.dhi.distro": "debian-13" }));
    let (code, label) = purls("label");
    assert_eq!((code, label.len()), (Some(6), 2));
    assert!(label.iter().all(|purl| purl.ends_with("?distro=dhi-13")), "{label:?}");
    // Under a wrong label, Grype finds nothing and does not say so.
    for wrong in ["debian-99", "alpine-3.20"] {
        layout(&env, wrong, hardened, &json!({ "com.docker.dhi.distro": wrong }));
        assert_eq!(purls(wrong), (Some(6), Vec::new()), "{wrong}");
    }
    // Without it, Grype finds nothing and says so: that is no pass.
    layout(&env, "neither", hardened, &json!({}));
    assert_eq!(purls("neither"), (Some(6), Vec::new()));
}

#[test]
fn a_failure_of_grype_is_shown() {
    let Some(env) = PeerEnv::with(&["grype"]) else { return };
    layout(&env, "image", DEBIAN, &json!({}));
    let nowhere = env.path("nowhere");
    let output = scan(&env, &nowhere, &["oci:image:1", "--fail-on", "critical"]).output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{}", both(&output));
    assert!(both(&output).contains("error[scan/failed]: `grype"), "{}", both(&output));
    assert!(both(&output).contains("database"), "{}", both(&output));
}
