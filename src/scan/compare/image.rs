//! Examines one image: what is proven about it, its configuration, its files and its packages.

use jiff::Timestamp;

use super::error::{Error, Unexamined, UnknownUser};
use super::layer::LayersRead;
use super::permissions::Permissions;
use super::{package_databases, runtime, sboms, user};
use crate::attestation::PredicateSelector;
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::PlatformEvidence;
use crate::gate::Verifier;
use crate::limits::{Exceeded, Limits};
use crate::oci::{
    Descriptor, Digest, ImageConfig, ImageManifest, Manifest, Reference, Repository, Version, media_type,
};
use crate::registry::{Registry, with_byte_budget};
use crate::report::{Attested, ComparedImage, ComparedLayer, Files, Runtime};
use crate::scan::chosen_image;
use crate::scan::limits::LAYERS;
use crate::verify::{self, CosignTags, KeepStatements, Options, Scope, verify};

/// Examines `reference`.
///
/// 1. Its SBOMs and what proves its base are verified, by the walk of every command.
/// 2. The image is chosen: the only one of the platforms that the verifier is asked for.
/// 3. Its configuration and its layers are fetched by digest, one layer after another.
///
/// What cannot be read is part of the result.
///
/// # Errors
///
/// [`Unexamined`] if the reference cannot be resolved to one image.
pub async fn examine(
    verifier: &Verifier,
    registry: &dyn Registry,
    reference: &Reference,
    now: Timestamp,
) -> Result<ComparedImage, Unexamined> {
    with_byte_budget(examine_within_budget(verifier, registry, reference, now)).await
}

async fn examine_within_budget(
    verifier: &Verifier,
    registry: &dyn Registry,
    reference: &Reference,
    now: Timestamp,
) -> Result<ComparedImage, Unexamined> {
    let trust = verifier.trust_at(now);
    let options = options(verifier, reference);
    let evidence = verify(registry, reference, &trust, &options)
        .await
        .map_err(|error| error.diagnostic_for(reference))?;
    if let Some(Err(other)) = evidence.identified() {
        return Err(Unexamined::Failed(other.to_diagnostic()));
    }
    let image = chosen_image(&evidence).map_err(|error| match evidence.platforms.as_slice() {
        [] => Unexamined::NoImage(error),
        _ => Unexamined::Failed(error.to_diagnostic()),
    })?;
    let proof = verify::base(registry, &evidence, &trust, &verifier.base_options()).await;
    let base = proof.platforms.into_iter().find(|platform| platform.key.digest == image.digest);
    let repository = &evidence.reference.repository;
    let parts = Parts::fetch(registry, repository, image, &options.limits).await;
    let (layers, runtime, files) = match parts {
        Ok(parts) => {
            let files = parts.files(registry, repository, &options.limits).await;
            (parts.layers(), parts.runtime.map_err(|error| error.to_diagnostic()), files)
        }
        Err(error) => {
            let layers = image.layers.iter();
            let layers =
                layers.map(|layer| ComparedLayer { digest: layer.digest, size: layer.size, diff_id: None });
            (layers.collect(), Err(error.to_diagnostic()), Err(error))
        }
    };
    Ok(ComparedImage {
        reference: reference.to_string(),
        digest: image.digest,
        platform: image.label(),
        base,
        attested: attested(image, evidence.root.digest),
        layers,
        runtime,
        files: files.map_err(|error| error.to_diagnostic()),
        sbom: sboms::packages(image, evidence.root.digest),
    })
}

fn options(verifier: &Verifier, reference: &Reference) -> Options {
    let options = verifier.options(reference);
    // All attestations are read, also those that cosign stores under tags.
    let cosign_tags = if options.judge_enveloped { CosignTags::Always } else { options.cosign_tags };
    Options {
        predicate_types: vec![PredicateSelector::sbom(), PredicateSelector::base_proof()],
        keep_statements: KeepStatements::OfTypes(vec![PredicateSelector::sbom()]),
        scope: Scope::ImagesAndIndex { counts: true },
        cosign_tags,
        ..options
    }
}

fn attested(image: &PlatformEvidence, root: Digest) -> Attested {
    if image.verified(root).next().is_some() {
        Attested::Verified
    } else if !image.attestations.is_empty() || !image.listed.is_empty() {
        Attested::Unverified
    } else if image.unread_sources().next().is_some() {
        Attested::Unknown
    } else {
        Attested::None
    }
}

/// The manifest and the configuration of an image, each with its verified digest.
struct Parts {
    manifest: ImageManifest,
    config: ImageConfig,
    runtime: Result<Runtime, Error>,
}

impl Parts {
    async fn fetch(
        registry: &dyn Registry,
        repository: &Repository,
        image: &PlatformEvidence,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let part = |part: &str| {
            let part = part.to_owned();
            move |error| Error::Registry { part, error }
        };
        let content =
            registry.manifest(repository, &Version::Digest(image.digest)).await.map_err(part("manifest"))?;
        let manifest = match Manifest::parse(&content.bytes, Some(&image.media_type)) {
            Ok(Manifest::Image(manifest)) => manifest,
            Ok(Manifest::Index(index)) => return Err(Error::NotAnImage(index.media_type)),
            Err(error) => return Err(Error::Content { part: "manifest", error }),
        };
        if !media_type::is_image_config(&manifest.config.media_type) {
            return Err(Error::NotAnImage(manifest.config.media_type));
        }
        let bytes = registry.blob(repository, &manifest.config, limits.config).await;
        let bytes = bytes.map_err(part("configuration"))?;
        let malformed = |error| Error::Content { part: "configuration", error };
        let config = ImageConfig::parse(&bytes).map_err(malformed)?;
        let runtime = runtime::read(&bytes).map_err(malformed);
        Ok(Self { manifest, config, runtime })
    }

    fn layers(&self) -> Vec<ComparedLayer> {
        let diff_ids = self.config.diff_ids.iter().copied().map(Some).chain(std::iter::repeat(None));
        let layers = self.manifest.layers.iter().zip(diff_ids);
        layers
            .map(|(layer, diff_id)| ComparedLayer { digest: layer.digest, size: layer.size, diff_id })
            .collect()
    }

    /// Reads all layers. One that cannot be read makes all files unknown, since it may change any of them.
    async fn files(
        &self,
        registry: &dyn Registry,
        repository: &Repository,
        limits: &Limits,
    ) -> Result<Files, Error> {
        let (layers, diff_ids) = (&self.manifest.layers, &self.config.diff_ids);
        if self.config.platform.os != "linux" {
            return Err(Error::System(self.config.platform.os.clone()));
        }
        if layers.len() > LAYERS {
            return Err(Error::Limit(Exceeded::new("the number of layers", LAYERS, "layers")));
        }
        if layers.len() != diff_ids.len() {
            return Err(Error::LayerCount { layers: layers.len(), declared: diff_ids.len() });
        }
        let mut read = LayersRead::default();
        for (number, (layer, declared)) in (1..).zip(layers.iter().zip(diff_ids)) {
            read = add_layer(registry, repository, read, (number, layer), *declared, limits).await?;
        }
        let user = match &self.runtime {
            Ok(runtime) => user::resolve(&runtime.user, &read.tree),
            Err(_) => Err(UnknownUser::Configuration),
        };
        let found = Permissions::of(&read.tree, user.as_ref().ok());
        Ok(Files {
            count: found.files,
            unpacked: read.stored,
            shells: found.shells,
            package_managers: found.package_managers,
            privileged: found.privileged,
            writable: found.writable,
            databases: package_databases::read(&read.tree),
            user: user.map_err(|error| error.to_diagnostic()),
        })
    }
}

/// Fetches a layer and applies it.
async fn add_layer(
    registry: &dyn Registry,
    repository: &Repository,
    mut read: LayersRead,
    (number, layer): (usize, &Descriptor),
    declared: Digest,
    limits: &Limits,
) -> Result<LayersRead, Error> {
    let bytes = registry.blob(repository, layer, limits.layer).await;
    let bytes = bytes.map_err(|error| Error::Registry { part: format!("layer {number}"), error })?;
    let (digest, limit) = (layer.digest, limits.layer_unpacked);
    let applied = tokio::task::spawn_blocking(move || read.add(&bytes, declared, limit).map(|()| read));
    match applied.await {
        Ok(applied) => applied.map_err(|cause| Error::Layer { number, layer: digest, cause }),
        Err(_) => Err(Error::Bug(number)),
    }
}
