//! Media types of the OCI, Docker, Sigstore and in-toto specifications.

/// OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI image manifest.
pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI image configuration.
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// The empty configuration `{}` of artifacts.
pub const OCI_EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Docker manifest list, schema 2.
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker image manifest, schema 2.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker image configuration.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Configuration of a Helm chart stored as an artifact.
pub const HELM_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// In-toto statement; also the artifact type of attestation manifests.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";
/// Artifact type of the attestation manifests that BuildKit 0.32 and later write for an image. They are unsigned.
pub const BUILD_RECORD: &str = "application/vnd.docker.attestation.manifest.v1+json";
/// The `_type`s of in-toto statements.
pub const STATEMENT_TYPES: [&str; 2] =
    ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];
/// Artifact type, or configuration type, of a cosign signature manifest (OCI 1.1 mode).
pub const COSIGN_SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
/// Layer of a cosign signature manifest: the signed payload.
pub const SIMPLE_SIGNING: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// DSSE envelope; layer of the attestations that cosign stores under a tag.
pub const DSSE_ENVELOPE: &str = "application/vnd.dsse.envelope.v1+json";
/// Sigstore bundle, version 0.3.
pub const SIGSTORE_BUNDLE_V03: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// The prefix of the media types of Sigstore bundles of all versions.
pub const SIGSTORE_BUNDLE_PREFIX: &str = "application/vnd.dev.sigstore.bundle";

/// The media types that a client accepts in response to a manifest request, best first.
pub const MANIFESTS: [&str; 4] = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST];

/// Whether `media_type` is an index or manifest list.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

/// Whether `media_type` is a manifest of one image or artifact.
pub fn is_manifest(media_type: &str) -> bool {
    matches!(media_type, OCI_MANIFEST | DOCKER_MANIFEST)
}

/// Whether `media_type` is a layer that container engines unpack (OCI image specification, `layer.md`, and Docker's
/// image manifest v2.2). Nondistributable (foreign) layers are included. Encrypted ones are not: without the key, the
/// digest does not determine the unpacked content.
pub fn is_layer(media_type: &str) -> bool {
    let tar = ["application/vnd.oci.image.layer.v1.", "application/vnd.oci.image.layer.nondistributable.v1."];
    let docker =
        ["application/vnd.docker.image.rootfs.diff.", "application/vnd.docker.image.rootfs.foreign.diff."];
    let after = |prefixes: [&str; 2]| prefixes.into_iter().find_map(|prefix| media_type.strip_prefix(prefix));
    matches!(after(tar), Some("tar" | "tar+gzip" | "tar+zstd"))
        || matches!(after(docker), Some("tar" | "tar.gzip" | "tar.zstd"))
}

/// Whether `media_type` is an image configuration.
pub fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, OCI_CONFIG | DOCKER_CONFIG)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_layers_that_engines_unpack_are_layers() {
        for layer in [
            "application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+zstd",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
            "application/vnd.docker.image.rootfs.diff.tar",
            "application/vnd.docker.image.rootfs.diff.tar.gzip",
            "application/vnd.docker.image.rootfs.diff.tar.zstd",
            "application/vnd.docker.image.rootfs.foreign.diff.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ] {
            assert!(is_layer(layer), "{layer}");
        }
        for other in [
            "",
            IN_TOTO,
            OCI_CONFIG,
            OCI_EMPTY,
            OCI_MANIFEST,
            SIMPLE_SIGNING,
            "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
            "application/vnd.oci.image.layer.v1.tar.gzip",
            "application/vnd.oci.image.layer.v1.",
            "application/vnd.docker.image.rootfs.diff.tar+gzip",
            "Application/vnd.oci.image.layer.v1.tar",
            "application/vnd.oci.image.layer.v1.tar ",
            "application/octet-stream",
        ] {
            assert!(!is_layer(other), "{other}");
        }
    }
}
