//! What names a base: provenance, whether anybody signed it or not, annotations and labels. Everything here is a
//! hint where to look; a lie costs a request and proves nothing.

use std::collections::BTreeMap;

use crate::attestation::{ImageInputs, PredicateFacts, image_inputs, is_provenance};
use crate::evidence::{AttestationForm, BASE_DIGEST, BASE_NAME, Evidence, Failure, Origin, PlatformEvidence};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Descriptor, Digest, Manifest, Reference, Repository, Version, media_type, quote_untrusted};
use crate::registry;
use crate::trust::{Bundle, BundleContent, PREDICATE_TYPE, Statement};

use super::super::limits::{BASE_REFERENCE, BUILD_STATEMENTS};
use super::super::memory::{BUNDLE, STATEMENT};
use super::super::walk::Walk;
use super::options::Alias;
use super::search::Search;

const TOO_LONG: &str = "it is too long for a reference";

/// Labels of hardened images that name one.
const DHI_NAME: &str = "com.docker.dhi.name";
const DHI_VERSION: &str = "com.docker.dhi.version";

/// A candidate as something names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// The reference, or the text as it stands where that is none.
    pub(super) named: String,
    /// The reference, or why it is none.
    pub(super) reference: Result<Reference, Unusable>,
    pub(super) origin: Origin,
}

/// Why something that names a base leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is no reference to an image.
    NoReference(String),
    /// There is more than is read.
    Limit(Exceeded),
    /// What names it could not be read.
    Unread(Failure),
}

impl Hint {
    pub(super) fn of(reference: Reference, origin: Origin) -> Self {
        Self { named: reference.to_string(), reference: Ok(reference), origin }
    }

    fn parse(text: &str, origin: Origin) -> Self {
        if text.len() > BASE_REFERENCE {
            return Self::none(text, TOO_LONG.to_owned(), origin);
        }
        match text.parse::<Reference>() {
            // Fetched data names no files of this machine.
            Ok(reference) if reference.repository.host().is_some() => Self::of(reference, origin),
            Ok(_) => Self::none(text, "it does not name a registry".to_owned(), origin),
            Err(error) => Self::none(text, error.to_string(), origin),
        }
    }

    /// `blob` of the provenance could not be read, which is stored in the manifest `attestation`.
    fn unread(attestation: Digest, blob: Digest, error: registry::Error) -> Self {
        Self {
            named: format!("provenance {}", blob.short()),
            reference: Err(Unusable::Unread(error.into())),
            origin: Origin::Provenance { attestation, path: None },
        }
    }

    fn none(named: &str, cause: String, origin: Origin) -> Self {
        Self { named: quote_untrusted(named), reference: Err(Unusable::NoReference(cause)), origin }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.named == other.named
    }

    /// The original of the copy that this names.
    pub(super) fn alias(&self, alias: &Alias) -> Option<Self> {
        Self::original(self.reference.as_ref().ok()?, alias)
    }

    /// The original of `reference`, where that is in the copy.
    pub(super) fn original(reference: &Reference, alias: &Alias) -> Option<Self> {
        (reference.repository == alias.copy).then(|| {
            let original = Reference { repository: alias.original.clone(), name: None, ..reference.clone() };
            Self::of(original, Origin::Alias { copy: alias.copy.clone() })
        })
    }
}

impl Search<'_> {
    /// Everything that names a base of `image`: provenance first, which names it by digest.
    pub(super) async fn hints(
        &self,
        walk: &Walk<'_>,
        evidence: &Evidence,
        image: &PlatformEvidence,
    ) -> Vec<Hint> {
        let mut hints = provenance(walk, evidence, image).await;
        // Those of the manifest come first; its entry stands in the index.
        let holders = std::iter::once(image.digest).chain(std::iter::repeat(evidence.root.digest));
        let annotations = image.annotations.iter().zip(holders);
        let annotations = annotations.chain([(&evidence.root.annotations, evidence.root.digest)]);
        hints.extend(
            annotations
                .filter_map(|(claims, of)| named_base(claims, Origin::Annotation { name: BASE_NAME, of })),
        );
        if let Some(config) = &image.config {
            hints.extend(named_base(&config.labels, Origin::Label { name: BASE_NAME, of: image.digest }));
            hints.extend(hardened(&config.labels, image.digest));
        }
        hints
    }
}

/// The base that annotations or labels of the OCI image specification name.
fn named_base(claims: &BTreeMap<String, String>, origin: Origin) -> Option<Hint> {
    let name = claims.get(BASE_NAME).filter(|name| !name.is_empty())?;
    let digest = claims.get(BASE_DIGEST).filter(|digest| !digest.is_empty() && !name.contains('@'));
    let text = match digest {
        Some(digest) => format!("{name}@{digest}"),
        None => name.clone(),
    };
    Some(Hint::parse(&text, origin))
}

/// The hardened image that labels name: `dhi/NAME` is on dhi.io, what an organisation customised on Docker Hub.
fn hardened(labels: &BTreeMap<String, String>, of: Digest) -> Option<Hint> {
    let (name, version) = (labels.get(DHI_NAME)?, labels.get(DHI_VERSION)?);
    let text = match name.strip_prefix("dhi/") {
        Some(name) => format!("{DHI}/{name}:{version}"),
        None => format!("{DOCKER_HUB}/{name}:{version}"),
    };
    Some(Hint::parse(&text, Origin::Label { name: DHI_NAME, of }))
}

/// What one provenance names, which is stored in `attestation`.
fn named(inputs: ImageInputs, attestation: Digest) -> Vec<Hint> {
    let hints = inputs.images.into_iter().map(|input| {
        let origin = Origin::Provenance { attestation, path: Some(input.path) };
        match input.reference {
            Ok(reference) => Hint::of(reference, origin),
            // The cause quotes the text.
            Err(_) if input.uri.len() > BASE_REFERENCE => Hint::none(&input.uri, TOO_LONG.to_owned(), origin),
            Err(cause) => Hint::none(&input.uri, cause, origin),
        }
    });
    let more = inputs.exceeded.map(|exceeded| Hint {
        named: "further images of a provenance".to_owned(),
        reference: Err(Unusable::Limit(exceeded)),
        origin: Origin::Provenance { attestation, path: None },
    });
    hints.chain(more).collect()
}

/// What the provenance of the image names, in every form in which it is stored: first what was verified, then what the
/// index names by digest, then what anybody can attach. What cannot be read names nothing.
async fn provenance(walk: &Walk<'_>, evidence: &Evidence, image: &PlatformEvidence) -> Vec<Hint> {
    let mut hints = Vec::new();
    let mut unsigned = Unsigned::new(walk);
    for (attestation, outcome) in image.judged(evidence.root.digest) {
        let claims = attestation.predicate_type.as_deref().is_none_or(is_provenance);
        match outcome {
            Ok(attested) => {
                if let PredicateFacts::Provenance(inputs) = &attested.statement().predicate {
                    hints.extend(named(inputs.clone(), attestation.digest));
                }
            }
            Err(_) if claims && attestation.form != AttestationForm::Envelope => {
                hints.extend(unsigned.refetched(&attestation.found_in, attestation.digest).await);
            }
            Err(_) => {}
        }
    }
    // An entry that names no image may be about any.
    let about_any = evidence.set_aside.iter().filter(|record| record.about.is_none());
    for record in evidence.build_records(image).into_iter().chain(about_any) {
        hints.extend(unsigned.layers(&record.found_in, record.digest, &record.layers).await);
        if record.left_out > 0 {
            hints.push(too_many(record.digest));
        }
    }
    for listed in &image.listed {
        if listed.predicate_type.as_deref().is_none_or(is_provenance) && !listed.is_signature() {
            for repository in &image.searched {
                hints.extend(unsigned.refetched(repository, listed.digest).await);
            }
        }
    }
    hints
}

fn names_provenance(layer: &Descriptor) -> bool {
    layer.annotations.get(PREDICATE_TYPE).is_none_or(|predicate_type| is_provenance(predicate_type))
}

/// What stands for the provenance in and behind `attestation` that is not read.
fn too_many(attestation: Digest) -> Hint {
    let exceeded = Exceeded::new("the unsigned provenance of one image", BUILD_STATEMENTS, "statements");
    Hint {
        named: "further provenance".to_owned(),
        reference: Err(Unusable::Limit(exceeded)),
        origin: Origin::Provenance { attestation, path: None },
    }
}

/// Reads the provenance of one image that nobody verified, and no more of it than the limit allows.
struct Unsigned<'a> {
    walk: &'a Walk<'a>,
    left: usize,
}

impl<'a> Unsigned<'a> {
    fn new(walk: &'a Walk<'a>) -> Self {
        Self { walk, left: BUILD_STATEMENTS }
    }

    /// What an attestation that nobody verified names.
    async fn refetched(&mut self, repository: &Repository, digest: Digest) -> Vec<Hint> {
        if self.left == 0 {
            return vec![too_many(digest)];
        }
        let content = match self.walk.registry.manifest(repository, &Version::Digest(digest)).await {
            Ok(content) => content,
            // It may lie in another of the repositories that were searched.
            Err(error) if error.is_not_found() => return Vec::new(),
            Err(error) => return vec![Hint::unread(digest, digest, error)],
        };
        match Manifest::parse(&content.bytes, content.media_type.as_deref()) {
            Ok(Manifest::Image(manifest)) => self.layers(repository, digest, &manifest.layers).await,
            _ => Vec::new(),
        }
    }

    /// What the layers of the manifest `attestation` name.
    async fn layers(
        &mut self,
        repository: &Repository,
        attestation: Digest,
        layers: &[Descriptor],
    ) -> Vec<Hint> {
        let mut hints = Vec::new();
        for layer in layers.iter().filter(|layer| names_provenance(layer)) {
            let Some(left) = self.left.checked_sub(1) else {
                hints.push(too_many(attestation));
                break;
            };
            self.left = left;
            match read(self.walk, repository, layer).await {
                Ok(inputs) => hints.extend(named(inputs, attestation)),
                // What it names is not known, which is not the same as nothing.
                Err(error) => hints.push(Hint::unread(attestation, layer.digest, error)),
            }
        }
        hints
    }
}

/// What the statement in a layer names, where there is one that can be read.
async fn read(
    walk: &Walk<'_>,
    repository: &Repository,
    layer: &Descriptor,
) -> Result<ImageInputs, registry::Error> {
    let limits = &walk.options.limits;
    if layer.media_type == media_type::IN_TOTO {
        let _room = walk.options.memory.attestation(layer.size, STATEMENT).await;
        let bytes = walk.blob(repository, layer, limits.statement).await?;
        return Ok(inputs_of(&bytes));
    }
    if layer.media_type.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
        let _room = walk.options.memory.attestation(layer.size, BUNDLE).await;
        let bytes = walk.blob(repository, layer, limits.bundle).await?;
        let Ok(bundle) = Bundle::parse(&bytes, limits) else { return Ok(ImageInputs::default()) };
        return Ok(match bundle.unverified_content() {
            BundleContent::Statement(payload) => inputs_of(&payload.bytes),
            _ => ImageInputs::default(),
        });
    }
    Ok(ImageInputs::default())
}

fn inputs_of(statement: &[u8]) -> ImageInputs {
    Statement::parse(statement).map(|statement| image_inputs(&statement)).unwrap_or_default()
}
