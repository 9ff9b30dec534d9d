//! Bundles as OCI artifacts.
//!
//! Read are the layers that OPA, conftest and oras write: each file as a layer with its title, and tar archives, also as
//! the layers of an image. A layer of another kind is an error.
//!
//! Source: OPA's documentation of OCI bundles; conftest (`+rego`, `data`); oras (titles).

use futures_util::future::try_join_all;

use super::content::{ContentBuilder, DATA, OPA_MANIFEST, Role, exceeded};
use super::error::{BundleError, ContentError};
use super::tar;
use crate::oci::{
    Descriptor, ImageManifest, Manifest, Platform, Repository, Version, media_type, quote_untrusted,
};
use crate::registry::{Content, Registry};
use crate::trust_store::limits::{
    POLICY_BUNDLE_ARCHIVE, POLICY_BUNDLE_ARCHIVES, POLICY_BUNDLE_FILE, POLICY_BUNDLE_LAYERS,
};

/// Configuration of an artifact with policies. It is `{}`.
pub(super) const CONFIG: &str = "application/vnd.cncf.openpolicyagent.config.v1+json";
/// A policy.
pub(super) const POLICY: &str = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego";
/// Data: here, the settings.
pub(super) const SETTINGS: &str = "application/vnd.cncf.openpolicyagent.data.layer.v1+json";
/// The manifest of an OPA bundle.
pub(super) const MANIFEST: &str = "application/vnd.cncf.openpolicyagent.manifest.layer.v1+json";
/// A whole bundle, as Trivy's checks are stored.
const ARCHIVE: &str = "application/vnd.cncf.openpolicyagent.layer.v1.tar+gzip";
/// The name of the file in a layer.
pub(super) const TITLE: &str = "org.opencontainers.image.title";

/// How a layer is read.
enum LayerKind {
    /// One file with this path.
    File(String),
    /// A tar archive.
    Archive,
    /// A file without effect.
    LeftOut(String),
}

/// Adds the files of the artifact whose manifest is `root`. `bundle` names it in errors.
///
/// # Errors
///
/// [`BundleError`]
pub(super) async fn read(
    registry: &dyn Registry,
    repository: &Repository,
    root: &Content,
    bundle: &str,
    content: &mut ContentBuilder,
) -> Result<(), BundleError> {
    let manifest = image(registry, repository, root, bundle).await?;
    if manifest.layers.len() > POLICY_BUNDLE_LAYERS {
        let many = exceeded("the number of its layers", POLICY_BUNDLE_LAYERS as u64, "layers");
        return Err(many.of(bundle));
    }
    if manifest.layers.iter().map(|layer| layer.size).fold(0, u64::saturating_add) > POLICY_BUNDLE_ARCHIVE {
        return Err(exceeded("the size of its layers", POLICY_BUNDLE_ARCHIVE, "bytes").of(bundle));
    }
    let kinds: Vec<(LayerKind, &Descriptor)> = manifest
        .layers
        .iter()
        .map(|layer| Ok((kind(layer)?, layer)))
        .collect::<Result<_, ContentError>>()
        .map_err(|error| error.of(bundle))?;
    let archives = kinds.iter().filter(|(kind, _)| matches!(kind, LayerKind::Archive)).count();
    if archives > POLICY_BUNDLE_ARCHIVES {
        let many = exceeded("the number of its archives", POLICY_BUNDLE_ARCHIVES as u64, "archives");
        return Err(many.of(bundle));
    }
    // Before anything is fetched.
    for (kind, layer) in &kinds {
        match kind {
            LayerKind::File(path) => {
                content.announce(path, layer.size).map_err(|error| error.of(bundle))?;
            }
            LayerKind::LeftOut(path) => {
                content.announce(path, 0).map_err(|error| error.of(bundle))?;
            }
            LayerKind::Archive => {}
        }
    }
    let read = kinds.iter().filter(|(kind, _)| !matches!(kind, LayerKind::LeftOut(_)));
    let fetched = try_join_all(read.map(|(kind, layer)| async move {
        let limit = match kind {
            LayerKind::Archive => POLICY_BUNDLE_ARCHIVE,
            _ => POLICY_BUNDLE_FILE,
        };
        registry.blob(repository, layer, limit).await.map(|bytes| (kind, bytes))
    }));
    for (kind, bytes) in fetched.await? {
        let added = match kind {
            LayerKind::File(path) => content.add(path, bytes.to_vec()),
            _ => tar::read(&bytes, content),
        };
        added.map_err(|error| error.of(bundle))?;
    }
    Ok(())
}

/// The manifest with the layers: the root, or the only image of an index. Records of builds do not count.
async fn image(
    registry: &dyn Registry,
    repository: &Repository,
    root: &Content,
    bundle: &str,
) -> Result<ImageManifest, BundleError> {
    let parse = |content: &Content, announced: Option<&str>| {
        Manifest::parse(&content.bytes, announced)
            .map_err(|error| BundleError::Manifest { bundle: bundle.to_owned(), error })
    };
    let layout = |cause: String| ContentError::Layout(cause).of(bundle);
    let index = match parse(root, root.media_type.as_deref())? {
        Manifest::Image(image) => return Ok(image),
        Manifest::Index(index) => index,
    };
    let is_image = |entry: &&Descriptor| !entry.platform.as_ref().is_some_and(Platform::is_unknown);
    let mut images = index.manifests.iter().filter(is_image);
    let (Some(entry), None) = (images.next(), images.next()) else {
        let count = index.manifests.iter().filter(is_image).count();
        return Err(layout(format!("it is an index of {count} images, and a bundle is one")));
    };
    let content = registry.manifest(repository, &Version::Digest(entry.digest)).await?;
    match parse(&content, Some(&entry.media_type))? {
        Manifest::Image(image) => Ok(image),
        Manifest::Index(_) => Err(layout("it is an index of indexes".to_owned())),
    }
}

/// How `layer` is read, by its media type and its title.
fn kind(layer: &Descriptor) -> Result<LayerKind, ContentError> {
    let title = layer.annotations.get(TITLE).map(|title| title.trim_start_matches("./").to_owned());
    let of_type = layer.media_type.as_str();
    // oras gives every file the type of a tar archive unless the user names one.
    let named = match &title {
        Some(title) => Some((Role::of(title)?, title)),
        None => None,
    };
    match (of_type, named) {
        (_, Some((Role::Policy | Role::Settings | Role::OpaManifest, title))) => {
            Ok(LayerKind::File(title.clone()))
        }
        (of_type, None) if of_type.ends_with("+rego") => {
            Ok(LayerKind::File(format!("{}.rego", layer.digest.short())))
        }
        (SETTINGS, None) => Ok(LayerKind::File(DATA.to_owned())),
        (MANIFEST, None) => Ok(LayerKind::File(OPA_MANIFEST.to_owned())),
        (SETTINGS, Some((_, title))) => Err(ContentError::Layout(format!(
            "data is read only from `{DATA}`, and it has {}",
            quote_untrusted(title)
        ))),
        (of_type, Some((_, title))) if of_type.ends_with("+rego") && !title.ends_with("_test.rego") => Err(
            ContentError::Layout(format!("a policy has the name {}, not `*.rego`", quote_untrusted(title))),
        ),
        (of_type, named) if is_archive(of_type) => match named {
            Some((_, title)) if title.ends_with("_test.rego") => Ok(LayerKind::LeftOut(title.clone())),
            _ => Ok(LayerKind::Archive),
        },
        (_, Some((_, title))) => Ok(LayerKind::LeftOut(title.clone())),
        (of_type, None) => Err(ContentError::Layout(format!(
            "it has a layer of the type {}, which is not read",
            quote_untrusted(of_type)
        ))),
    }
}

fn is_archive(of_type: &str) -> bool {
    of_type == ARCHIVE || media_type::is_layer(of_type)
}
