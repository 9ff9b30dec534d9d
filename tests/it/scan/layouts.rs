//! Layouts that tests make: an image without attestations, and an image of the fixtures with one more.

use serde_json::{Value, json};

use crate::support::env::{TestEnv, project};

const KIND: &str = "application/vnd.oci.image";

/// Stores a blob. Returns its digest and size.
fn store(env: &TestEnv, layout: &str, bytes: &[u8]) -> (String, usize) {
    let digest = dhi::oci::Digest::of(bytes);
    let directory = env.path(layout).join("blobs/sha256");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(digest.hex()), bytes).unwrap();
    (digest.to_string(), bytes.len())
}

/// The JSON of a blob.
pub(super) fn blob(env: &TestEnv, layout: &str, digest: &str) -> Value {
    let path = env.path(layout).join("blobs").join(digest.replace(':', "/"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// An image for linux/amd64 with these labels, tag `1`. Returns its digest.
pub(super) fn unsigned(env: &TestEnv, layout: &str, labels: &Value) -> String {
    let (layer, layer_size) = store(env, layout, &[0; 1024]);
    let config = json!({
        "os": "linux", "architecture": "amd64", "config": { "Labels": labels },
        "rootfs": { "type": "layers", "diff_ids": [layer] },
    });
    let (config, config_size) = store(env, layout, config.to_string().as_bytes());
    let manifest = json!({
        "schemaVersion": 2, "mediaType": format!("{KIND}.manifest.v1+json"),
        "config": { "mediaType": format!("{KIND}.config.v1+json"), "digest": config, "size": config_size },
        "layers": [{ "mediaType": format!("{KIND}.layer.v1.tar"), "digest": layer, "size": layer_size }],
    });
    let (image, size) = store(env, layout, manifest.to_string().as_bytes());
    let entry = json!({
        "mediaType": format!("{KIND}.manifest.v1+json"), "digest": image, "size": size,
        "annotations": { "org.opencontainers.image.ref.name": "1" },
    });
    env.write(&format!("{layout}/index.json"), json!({"schemaVersion": 2, "manifests": [entry]}).to_string());
    env.write(&format!("{layout}/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
    image
}

/// The layout `fixtures/python` with a second attestation of this predicate type of `image`: a changed copy that nobody
/// signed. Returns the digest of its manifest.
pub(super) fn with_changed_attestation(
    env: &TestEnv,
    layout: &str,
    image: &str,
    predicate_type: &str,
) -> String {
    let from = project().join("fixtures/python");
    let blobs = env.path(layout).join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    for entry in std::fs::read_dir(from.join("blobs/sha256")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), blobs.join(entry.file_name())).unwrap();
    }
    std::fs::copy(from.join("oci-layout"), env.path(layout).join("oci-layout")).unwrap();
    let mut index: Value = serde_json::from_slice(&std::fs::read(from.join("index.json")).unwrap()).unwrap();
    let tag = image.replace(':', "-");
    let of_image = |entry: &&mut Value| entry["annotations"]["org.opencontainers.image.ref.name"] == *tag;
    let referrers = index["manifests"].as_array_mut().unwrap().iter_mut().find(of_image).unwrap();
    let mut listed = blob(env, layout, referrers["digest"].as_str().unwrap());
    let is_of_type = |entry: &&Value| entry["annotations"]["in-toto.io/predicate-type"] == predicate_type;
    let known = listed["manifests"].as_array().unwrap().iter().find(is_of_type).unwrap().clone();
    let mut manifest = blob(env, layout, known["digest"].as_str().unwrap());
    let mut statement = blob(env, layout, manifest["layers"][0]["digest"].as_str().unwrap());
    statement["predicate"]["metadata"]["scanFinishedOn"] = "2026-09-29T00:00:00Z".into();
    let (layer, size) = store(env, layout, statement.to_string().as_bytes());
    manifest["layers"][0]["digest"] = layer.into();
    manifest["layers"][0]["size"] = size.into();
    let (attestation, size) = store(env, layout, manifest.to_string().as_bytes());
    let mut entry = known;
    entry["digest"] = attestation.clone().into();
    entry["size"] = size.into();
    listed["manifests"].as_array_mut().unwrap().push(entry);
    let (digest, size) = store(env, layout, listed.to_string().as_bytes());
    referrers["digest"] = digest.into();
    referrers["size"] = size.into();
    env.write(&format!("{layout}/index.json"), index.to_string());
    attestation
}
