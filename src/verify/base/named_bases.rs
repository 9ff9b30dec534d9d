//! Reads the references that may name the base of an image, from provenance (signed or not), annotations and labels.
//!
//! They are only candidates. A false one costs a request and proves nothing.

use std::collections::BTreeMap;

use crate::attestation::{ImageInputs, PredicateFacts, image_inputs, is_provenance};
use crate::evidence::{
    AttestationForm, BASE_DIGEST, BASE_NAME, CandidateOrigin, Evidence, Failure, PlatformEvidence,
};
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

/// Labels in which hardened images name themselves.
const DHI_NAME: &str = "com.docker.dhi.name";
const DHI_VERSION: &str = "com.docker.dhi.version";

/// A reference that something names as the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedBase {
    /// The reference; or the text as it is written, if it is not a reference.
    pub(super) named: String,
    /// The parsed reference, or why it cannot be used.
    pub(super) reference: Result<Reference, Unusable>,
    pub(super) origin: CandidateOrigin,
}

/// Why something that names a base gives no reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is not a reference to an image.
    NoReference(String),
    /// There are more than the limit.
    Limit(Exceeded),
    /// The object that names it could not be read.
    Unread(Failure),
}

impl NamedBase {
    pub(super) fn of(reference: Reference, origin: CandidateOrigin) -> Self {
        Self { named: reference.to_string(), reference: Ok(reference), origin }
    }

    fn parse(text: &str, origin: CandidateOrigin) -> Self {
        if text.len() > BASE_REFERENCE {
            return Self::unusable(text, TOO_LONG.to_owned(), origin);
        }
        match text.parse::<Reference>() {
            // Fetched data must not name files of this machine.
            Ok(reference) if reference.repository.host().is_some() => Self::of(reference, origin),
            Ok(_) => Self::unusable(text, "it does not name a registry".to_owned(), origin),
            Err(error) => Self::unusable(text, error.to_string(), origin),
        }
    }

    /// For provenance whose `blob` could not be read, which is stored in the manifest `attestation`.
    fn unread(attestation: Digest, blob: Digest, error: registry::Error) -> Self {
        Self {
            named: format!("provenance {}", blob.short()),
            reference: Err(Unusable::Unread(error.into())),
            origin: CandidateOrigin::Provenance { attestation, path: None },
        }
    }

    fn unusable(named: &str, cause: String, origin: CandidateOrigin) -> Self {
        Self { named: quote_untrusted(named), reference: Err(Unusable::NoReference(cause)), origin }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.named == other.named
    }

    /// The original, if this names a copy.
    pub(super) fn alias(&self, alias: &Alias) -> Option<Self> {
        Self::original(self.reference.as_ref().ok()?, alias)
    }

    /// The original of `reference`, if that is in the repository of copies.
    pub(super) fn original(reference: &Reference, alias: &Alias) -> Option<Self> {
        (reference.repository == alias.copy).then(|| {
            let original = Reference { repository: alias.original.clone(), name: None, ..reference.clone() };
            Self::of(original, CandidateOrigin::Alias { copy: alias.copy.clone() })
        })
    }
}

impl Search<'_> {
    /// Reads everything that names a base of `image`. Provenance comes first, because it names the base by digest.
    pub(super) async fn named_bases(
        &self,
        walk: &Walk<'_>,
        evidence: &Evidence,
        image: &PlatformEvidence,
    ) -> Vec<NamedBase> {
        let mut bases = from_provenance(walk, evidence, image).await;
        // The annotations of the manifest come first, then those of its entry, which is in the index.
        let holders = std::iter::once(image.digest).chain(std::iter::repeat(evidence.root.digest));
        let annotations = image.annotations.iter().zip(holders);
        let annotations = annotations.chain([(&evidence.root.annotations, evidence.root.digest)]);
        bases.extend(annotations.filter_map(|(claims, of)| {
            from_claims(claims, CandidateOrigin::Annotation { name: BASE_NAME, of })
        }));
        if let Some(config) = &image.config {
            bases.extend(from_claims(
                &config.labels,
                CandidateOrigin::Label { name: BASE_NAME, of: image.digest },
            ));
            bases.extend(from_dhi_labels(&config.labels, image.digest));
        }
        bases
    }
}

/// The base in annotations or labels of the OCI image specification.
fn from_claims(claims: &BTreeMap<String, String>, origin: CandidateOrigin) -> Option<NamedBase> {
    let name = claims.get(BASE_NAME).filter(|name| !name.is_empty())?;
    let digest = claims.get(BASE_DIGEST).filter(|digest| !digest.is_empty() && !name.contains('@'));
    let text = match digest {
        Some(digest) => format!("{name}@{digest}"),
        None => name.clone(),
    };
    Some(NamedBase::parse(&text, origin))
}

/// The hardened image in the labels: `dhi/NAME` is on dhi.io, a customization of an organization is on Docker Hub.
fn from_dhi_labels(labels: &BTreeMap<String, String>, of: Digest) -> Option<NamedBase> {
    let (name, version) = (labels.get(DHI_NAME)?, labels.get(DHI_VERSION)?);
    let text = match name.strip_prefix("dhi/") {
        Some(name) => format!("{DHI}/{name}:{version}"),
        None => format!("{DOCKER_HUB}/{name}:{version}"),
    };
    Some(NamedBase::parse(&text, CandidateOrigin::Label { name: DHI_NAME, of }))
}

/// The images in one provenance, which is stored in `attestation`.
fn from_inputs(inputs: ImageInputs, attestation: Digest) -> Vec<NamedBase> {
    let bases = inputs.images.into_iter().map(|input| {
        let origin = CandidateOrigin::Provenance { attestation, path: Some(input.path) };
        match input.reference {
            Ok(reference) => NamedBase::of(reference, origin),
            // The cause would quote the long text.
            Err(_) if input.uri.len() > BASE_REFERENCE => {
                NamedBase::unusable(&input.uri, TOO_LONG.to_owned(), origin)
            }
            Err(cause) => NamedBase::unusable(&input.uri, cause, origin),
        }
    });
    let more = inputs.exceeded.map(|exceeded| NamedBase {
        named: "further images of a provenance".to_owned(),
        reference: Err(Unusable::Limit(exceeded)),
        origin: CandidateOrigin::Provenance { attestation, path: None },
    });
    bases.chain(more).collect()
}

/// The images in the provenance of the image, in every form in which it is stored: first verified provenance, then
/// what the index names by digest, then what anyone can attach. Unreadable statements name nothing.
async fn from_provenance(walk: &Walk<'_>, evidence: &Evidence, image: &PlatformEvidence) -> Vec<NamedBase> {
    let mut bases = Vec::new();
    let mut unverified = UnverifiedProvenance::new(walk);
    for (attestation, outcome) in image.judged(evidence.root.digest) {
        let claims = attestation.predicate_type.as_deref().is_none_or(is_provenance);
        match outcome {
            Ok(attested) => {
                if let PredicateFacts::Provenance(inputs) = &attested.statement().predicate {
                    bases.extend(from_inputs(inputs.clone(), attestation.digest));
                }
            }
            Err(_) if claims && attestation.form != AttestationForm::Envelope => {
                bases.extend(unverified.in_attestation(&attestation.found_in, attestation.digest).await);
            }
            Err(_) => {}
        }
    }
    // A build record that names no image may be about this one.
    let about_any = evidence.set_aside.iter().filter(|record| record.about.is_none());
    for record in evidence.build_records(image).into_iter().chain(about_any) {
        bases.extend(unverified.in_layers(&record.found_in, record.digest, &record.layers).await);
        if record.left_out > 0 {
            bases.push(over_limit(record.digest));
        }
    }
    for listed in &image.listed {
        if listed.predicate_type.as_deref().is_none_or(is_provenance) && !listed.is_signature() {
            for repository in &image.searched {
                bases.extend(unverified.in_attestation(repository, listed.digest).await);
            }
        }
    }
    bases
}

fn names_provenance(layer: &Descriptor) -> bool {
    layer.annotations.get(PREDICATE_TYPE).is_none_or(|predicate_type| is_provenance(predicate_type))
}

/// Represents the provenance of `attestation`, and any later one, that is over the limit and not read.
fn over_limit(attestation: Digest) -> NamedBase {
    let exceeded = Exceeded::new("the unsigned provenance of one image", BUILD_STATEMENTS, "statements");
    NamedBase {
        named: "further provenance".to_owned(),
        reference: Err(Unusable::Limit(exceeded)),
        origin: CandidateOrigin::Provenance { attestation, path: None },
    }
}

/// Reads the unverified provenance of one image, up to a limit.
struct UnverifiedProvenance<'a> {
    walk: &'a Walk<'a>,
    remaining: usize,
}

impl<'a> UnverifiedProvenance<'a> {
    fn new(walk: &'a Walk<'a>) -> Self {
        Self { walk, remaining: BUILD_STATEMENTS }
    }

    /// The images in an attestation that is not verified.
    async fn in_attestation(&mut self, repository: &Repository, digest: Digest) -> Vec<NamedBase> {
        if self.remaining == 0 {
            return vec![over_limit(digest)];
        }
        let content = match self.walk.registry.manifest(repository, &Version::Digest(digest)).await {
            Ok(content) => content,
            // It may be in another of the searched repositories.
            Err(error) if error.is_not_found() => return Vec::new(),
            Err(error) => return vec![NamedBase::unread(digest, digest, error)],
        };
        match Manifest::parse(&content.bytes, content.media_type.as_deref()) {
            Ok(Manifest::Image(manifest)) => self.in_layers(repository, digest, &manifest.layers).await,
            _ => Vec::new(),
        }
    }

    /// The images in the layers of the manifest `attestation`.
    async fn in_layers(
        &mut self,
        repository: &Repository,
        attestation: Digest,
        layers: &[Descriptor],
    ) -> Vec<NamedBase> {
        let mut bases = Vec::new();
        for layer in layers.iter().filter(|layer| names_provenance(layer)) {
            let Some(remaining) = self.remaining.checked_sub(1) else {
                bases.push(over_limit(attestation));
                break;
            };
            self.remaining = remaining;
            match read_inputs(self.walk, repository, layer).await {
                Ok(inputs) => bases.extend(from_inputs(inputs, attestation)),
                // Its images are unknown, which is not the same as none.
                Err(error) => bases.push(NamedBase::unread(attestation, layer.digest, error)),
            }
        }
        bases
    }
}

/// The images in the statement of a layer, if there is one that can be read.
async fn read_inputs(
    walk: &Walk<'_>,
    repository: &Repository,
    layer: &Descriptor,
) -> Result<ImageInputs, registry::Error> {
    let limits = &walk.options.limits;
    if layer.media_type == media_type::IN_TOTO {
        let _reserved = walk.options.memory.attestation(layer.size, STATEMENT).await;
        let bytes = walk.blob(repository, layer, limits.statement).await?;
        return Ok(inputs_of(&bytes));
    }
    if layer.media_type.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
        let _reserved = walk.options.memory.attestation(layer.size, BUNDLE).await;
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
