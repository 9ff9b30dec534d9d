//! Resolves an image of a local engine to the object of a registry that it was pulled as.
//!
//! Nothing is pulled. What the engine reports is not trusted:
//! [`Evidence::identified`](crate::evidence::Evidence::identified) compares it with what was verified.

use std::collections::BTreeSet;

use super::error::Error;
use super::limits::LOCAL_DIGESTS;
use crate::evidence::LocalImage;
use crate::limits::{Exceeded, Limits};
use crate::oci::{
    Descriptor, Digest, LocalName, Manifest, Platform, Reference, Repository, Version, media_type,
};
use crate::registry::{self, EngineError, EngineImage, Registry};

/// Resolves `reference`, an image of a local engine: the reference that it was pulled by, and what the engine reports
/// about it.
pub(super) async fn resolve_local(
    registry: &dyn Registry,
    reference: &Reference,
) -> Result<(Reference, LocalImage), Error> {
    let image = registry.engine_image(reference).await?;
    let origin = origin(registry, reference, &image).await?;
    let EngineImage { id, engine, .. } = image;
    Ok((origin, LocalImage { requested: reference.clone(), id, engine, is_named: false }))
}

/// Whether the object `origin` names an image with the ID `id`, by the digest of its manifest or configuration. If no
/// image is judged, this binds the image of the engine to the signature of the object.
pub(super) async fn has_image_id(
    registry: &dyn Registry,
    origin: &Reference,
    id: Digest,
    limits: &Limits,
) -> Result<bool, Error> {
    let mut versions = vec![origin.version()];
    let mut entries = 0;
    while let Some(version) = versions.pop() {
        let content = match registry.manifest(&origin.repository, &version).await {
            // A mirror may lack the images of other platforms.
            Err(error) if error.is_not_found() => continue,
            content => content?,
        };
        let manifest = Manifest::parse(&content.bytes, content.media_type.as_deref())
            .map_err(|error| Error::Content { what: format!("manifest {version}"), error })?;
        let index = match manifest {
            Manifest::Image(image) => {
                let config = image.config;
                if media_type::is_image_config(&config.media_type) && config.digest == id {
                    return Ok(true);
                }
                continue;
            }
            Manifest::Index(index) => index,
        };
        entries += index.manifests.len();
        if entries > limits.index_entries {
            let what = format!("index with {entries} entries");
            return Err(Error::Limit(Exceeded::new(what, limits.index_entries, "entries")));
        }
        // An entry for `unknown/unknown` is a build record, not an image.
        let is_image = |entry: &&Descriptor| !entry.platform.as_ref().is_some_and(Platform::is_unknown);
        for entry in index.manifests.iter().filter(is_image) {
            if entry.digest == id {
                return Ok(true);
            }
            versions.push(Version::Digest(entry.digest));
        }
    }
    Ok(false)
}

/// Chooses the digest that is meant:
///
/// 1. the digest in the reference
/// 2. else the digest in the repository that the reference names, if the image has one there; else its only digest
/// 3. of several digests in one repository, the index that names the others: Podman keeps both
async fn origin(
    registry: &dyn Registry,
    reference: &Reference,
    image: &EngineImage,
) -> Result<Reference, Error> {
    let named = match &reference.repository {
        Repository::Local(LocalName::Repository(name)) => Some(Repository::Remote(name.clone())),
        _ => None,
    };
    if let (Some(repository), Some(_)) = (&named, reference.digest) {
        return Ok(Reference { repository: repository.clone(), tag: None, ..reference.clone() });
    }
    let of_image = || reference.to_string();
    let mut pulled: Vec<Reference> = Vec::new();
    for one in &image.repo_digests {
        if !pulled.contains(one) {
            pulled.push(one.clone());
        }
    }
    if pulled.len() > LOCAL_DIGESTS {
        let what = format!("{} repository digests", pulled.len());
        let exceeded = Exceeded::new(what, LOCAL_DIGESTS, "digests");
        return Err(registry::Error::Limit { what: of_image(), exceeded }.into());
    }
    if pulled.iter().any(|one| Some(&one.repository) == named.as_ref()) {
        pulled.retain(|one| Some(&one.repository) == named.as_ref());
    }
    let ambiguous = |pulled: Vec<Reference>| {
        Error::from(registry::Error::from(EngineError::Ambiguous { image: of_image(), repo_digests: pulled }))
    };
    match pulled.as_slice() {
        [] => Err(registry::Error::from(EngineError::NotPulled { image: of_image(), id: image.id }).into()),
        [one] => Ok(one.clone()),
        [first, others @ ..] if others.iter().all(|other| other.repository == first.repository) => {
            let outermost = outermost(registry, &pulled).await?;
            match outermost.as_slice() {
                [one] => Ok(one.clone()),
                _ => Err(ambiguous(outermost)),
            }
        }
        _ => Err(ambiguous(pulled)),
    }
}

/// The references that no index among them names. A reference that the registry no longer has is ignored, unless it
/// has none of them.
async fn outermost(registry: &dyn Registry, pulled: &[Reference]) -> Result<Vec<Reference>, Error> {
    let mut found: Vec<Reference> = Vec::new();
    let mut named: BTreeSet<Digest> = BTreeSet::new();
    let mut absent = None;
    for one in pulled {
        let content = match registry.manifest(&one.repository, &one.version()).await {
            Ok(content) => content,
            Err(error) if error.is_not_found() => {
                absent.get_or_insert(error);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let manifest = Manifest::parse(&content.bytes, content.media_type.as_deref())
            .map_err(|error| Error::Content { what: one.to_string(), error })?;
        if let Manifest::Index(index) = manifest {
            named.extend(index.manifests.iter().map(|entry| entry.digest));
        }
        found.push(one.clone());
    }
    match absent {
        Some(error) if found.is_empty() => Err(error.into()),
        _ => {
            found.retain(|one| one.digest.is_none_or(|digest| !named.contains(&digest)));
            Ok(found)
        }
    }
}
