//! Reads the statement of an attestation that does not verify. It proves nothing: its statements explain decisions.

use bytes::Bytes;

use crate::oci::{Digest, Manifest, Repository, Version, media_type};
use crate::registry::Registry;
use crate::trust::{Bundle, BundleContent};
use crate::verify::Options;

/// The statement in the manifest `attestation`, in the first repository that has it. `None` if it cannot be fetched or
/// is in no known form.
pub(super) async fn statement(
    registry: &dyn Registry,
    repositories: &[Repository],
    attestation: Digest,
    options: &Options,
) -> Option<Bytes> {
    for repository in repositories {
        let Ok(content) = registry.manifest(repository, &Version::Digest(attestation)).await else {
            continue;
        };
        let Ok(Manifest::Image(manifest)) = Manifest::parse(&content.bytes, content.media_type.as_deref())
        else {
            continue;
        };
        let [layer] = manifest.layers.as_slice() else { continue };
        let limits = &options.limits;
        if layer.media_type == media_type::IN_TOTO {
            return registry.blob(repository, layer, limits.statement).await.ok();
        }
        if layer.media_type.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
            let bytes = registry.blob(repository, layer, limits.bundle).await.ok()?;
            let bundle = Bundle::parse(&bytes, limits).ok()?;
            return match bundle.unverified_content() {
                BundleContent::Statement(payload) => Some(payload.bytes.clone()),
                _ => None,
            };
        }
    }
    None
}
