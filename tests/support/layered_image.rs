//! Layout directories with one image whose layers are written by the tests, and reports about it.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::support::env::TestEnv;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// An entry of a layer: name, mode, owner and group, content. A name that ends with a slash is a directory.
pub(crate) type Entry<'a> = (&'a str, u32, (u64, u64), &'a str);

/// A layer with these entries.
pub(crate) fn layer(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, mode, (user, group), content) in entries {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(if name.ends_with('/') {
            tar::EntryType::Directory
        } else {
            tar::EntryType::Regular
        });
        header.set_size(content.len() as u64);
        header.set_mode(*mode);
        header.set_uid(*user);
        header.set_gid(*group);
        header.set_mtime(0);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A layout directory with one image for `linux/amd64`, and the digest of the image.
pub(crate) struct LayeredImage {
    pub(crate) reference: String,
    pub(crate) digest: String,
    pub(crate) path: std::path::PathBuf,
}

impl LayeredImage {
    /// Writes an image for `linux/amd64` with these layers.
    pub(crate) fn new(env: &TestEnv, name: &str, config: &Value, layers: &[Vec<u8>]) -> Self {
        let digests: Vec<String> = layers.iter().map(|layer| Digest::of(layer).to_string()).collect();
        Self::declaring(env, name, config, layers, &digests)
    }

    /// The same, with other digests of the uncompressed layers.
    pub(crate) fn declaring(
        env: &TestEnv,
        name: &str,
        config: &Value,
        layers: &[Vec<u8>],
        diff_ids: &[String],
    ) -> Self {
        env.write(&format!("{name}/oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#);
        let blob = |kind: &str, bytes: &[u8]| {
            let digest = Digest::of(bytes);
            env.write(&format!("{name}/blobs/sha256/{}", digest.hex()), bytes);
            json!({"mediaType": kind, "digest": digest, "size": bytes.len()})
        };
        let rootfs = json!({"type": "layers", "diff_ids": diff_ids});
        let config = json!({"os": "linux", "architecture": "amd64", "config": config, "rootfs": rootfs});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "config": blob(media_type::OCI_CONFIG, config.to_string().as_bytes()),
            "layers": layers.iter().map(|layer| blob(LAYER, layer)).collect::<Vec<_>>(),
        });
        let mut entry = blob(media_type::OCI_MANIFEST, manifest.to_string().as_bytes());
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": "1"});
        let digest = entry["digest"].as_str().unwrap().to_owned();
        let index = json!({"schemaVersion": 2, "manifests": [entry]});
        env.write(&format!("{name}/index.json"), index.to_string());
        Self { reference: format!("oci:{}:1", env.file(name)), digest, path: env.path(name) }
    }

    /// A report of Grype about it.
    pub(crate) fn report(&self, env: &TestEnv, name: &str, findings: &[(&str, &str, &str)]) -> String {
        let matches: Vec<Value> = findings
            .iter()
            .map(|(id, severity, package)| {
                json!({
                    "vulnerability": {"id": id, "severity": severity, "fix": {"versions": [], "state": "not-fixed"}},
                    "relatedVulnerabilities": [],
                    "matchDetails": [],
                    "artifact": {
                        "name": package, "version": "1", "type": "deb", "locations": [],
                        "purl": format!("pkg:deb/debian/{package}@1?distro=debian-13"), "upstreams": [],
                    },
                })
            })
            .collect();
        let target = json!({
            "userInput": "web:1", "manifestDigest": self.digest, "architecture": "amd64", "os": "linux",
            "repoDigests": [format!("registry.example.com/web@{}", self.digest)],
        });
        let report = json!({
            "matches": matches,
            "source": {"type": "image", "target": target},
            "distro": {"name": "debian", "version": "13", "idLike": []},
            "descriptor": {"name": "grype", "version": "0.110.0"},
        });
        env.write(name, report.to_string())
    }
}
