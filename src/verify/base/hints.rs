//! What names a base: provenance, whether anybody signed it or not, annotations and labels. Everything here is a
//! hint where to look; a lie costs a request and proves nothing.

use std::collections::BTreeMap;

use crate::attestation::{PREDICATE_TYPE, Statement, input_images, is_provenance};
use crate::evidence::{AttestationForm, BASE_DIGEST, BASE_NAME, Evidence, Origin, PlatformEvidence};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Descriptor, Digest, Manifest, Reference, Repository, Version, media_type};
use crate::trust::{Bundle, BundleContent};

use super::super::Walk;
use super::{Alias, Search};

/// Labels of hardened images that name one.
const DHI_NAME: &str = "com.docker.dhi.name";
const DHI_VERSION: &str = "com.docker.dhi.version";

/// A candidate as something names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    /// The reference, or the text as it stands where that is none.
    pub(super) named: String,
    /// The reference, or why it is none.
    pub(super) reference: Result<Reference, String>,
    pub(super) origin: Origin,
}

impl Hint {
    pub(super) fn of(reference: Reference, origin: Origin) -> Self {
        Self { named: reference.to_string(), reference: Ok(reference), origin }
    }

    fn parse(text: String, origin: Origin) -> Self {
        match text.parse::<Reference>() {
            // Fetched data names no files of this machine.
            Ok(reference) if reference.repository.host().is_some() => Self::of(reference, origin),
            Ok(_) => Self { named: text, reference: Err("it names no registry".to_owned()), origin },
            Err(error) => Self { named: text, reference: Err(error.to_string()), origin },
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.named == other.named
    }

    /// The original of the copy that this names.
    pub(super) fn alias(&self, alias: &Alias) -> Option<Self> {
        let reference = self.reference.as_ref().ok()?;
        (reference.repository == alias.copy).then(|| {
            let original = Reference { repository: alias.original.clone(), ..reference.clone() };
            Self::of(original, Origin::Alias)
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
        let mut hints = Vec::new();
        for statement in statements(walk, evidence, image).await {
            hints.extend(input_images(&statement).into_iter().map(|input| match input.reference {
                Ok(reference) => Hint::of(reference, Origin::Provenance),
                Err(cause) => Hint { named: input.uri, reference: Err(cause), origin: Origin::Provenance },
            }));
        }
        let annotations = image.annotations.iter().chain([&evidence.root.annotations]);
        hints.extend(annotations.filter_map(|claims| named_base(claims, Origin::Annotation)));
        if let Some(config) = &image.config {
            hints.extend(named_base(&config.labels, Origin::Label));
            hints.extend(hardened(&config.labels));
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
    Some(Hint::parse(text, origin))
}

/// The hardened image that labels name: `dhi/NAME` is on dhi.io, what an organisation customised on Docker Hub.
fn hardened(labels: &BTreeMap<String, String>) -> Option<Hint> {
    let (name, version) = (labels.get(DHI_NAME)?, labels.get(DHI_VERSION)?);
    let text = match name.strip_prefix("dhi/") {
        Some(name) => format!("{DHI}/{name}:{version}"),
        None => format!("{DOCKER_HUB}/{name}:{version}"),
    };
    Some(Hint::parse(text, Origin::Label))
}

/// The provenance of the image, in every form in which it is stored. What cannot be read names nothing.
async fn statements(walk: &Walk<'_>, evidence: &Evidence, image: &PlatformEvidence) -> Vec<Statement> {
    let mut statements = Vec::new();
    for attestation in &image.attestations {
        let claims = attestation.predicate_type.as_deref().is_none_or(is_provenance);
        match &attestation.outcome {
            Ok(attested) => statements.push(attested.statement.clone()),
            Err(_) if claims && attestation.form != AttestationForm::Envelope => {
                statements.extend(refetched(walk, &attestation.found_in, attestation.digest).await);
            }
            Err(_) => {}
        }
    }
    for listed in &image.listed {
        if listed.predicate_type.as_deref().is_none_or(is_provenance) && !listed.is_signature() {
            for repository in &image.searched {
                statements.extend(refetched(walk, repository, listed.digest).await);
            }
        }
    }
    // BuildKit keeps its own beside the image, in the same index.
    for entry in &evidence.set_aside {
        if entry.about.is_none_or(|about| about == image.digest) {
            let layers = entry.layers.iter().filter(|layer| names_provenance(layer));
            for layer in layers {
                statements.extend(read(walk, &evidence.reference.repository, layer).await);
            }
        }
    }
    statements.retain(|statement| is_provenance(&statement.predicate_type));
    statements
}

fn names_provenance(layer: &Descriptor) -> bool {
    layer.annotations.get(PREDICATE_TYPE).is_none_or(|predicate_type| is_provenance(predicate_type))
}

/// The statements of an attestation that nobody verified.
async fn refetched(walk: &Walk<'_>, repository: &Repository, digest: Digest) -> Vec<Statement> {
    let Ok(content) = walk.registry.manifest(repository, &Version::Digest(digest)).await else {
        return Vec::new();
    };
    let Ok(Manifest::Image(manifest)) = Manifest::parse(&content.bytes, content.media_type.as_deref()) else {
        return Vec::new();
    };
    let mut statements = Vec::new();
    for layer in manifest.layers.iter().filter(|layer| names_provenance(layer)) {
        statements.extend(read(walk, repository, layer).await);
    }
    statements
}

async fn read(walk: &Walk<'_>, repository: &Repository, layer: &Descriptor) -> Option<Statement> {
    let limits = &walk.options.limits;
    if layer.media_type == media_type::IN_TOTO {
        let bytes = walk.blob(repository, layer, limits.statement).await.ok()?;
        return Statement::parse(&bytes).ok();
    }
    if layer.media_type.starts_with(media_type::SIGSTORE_BUNDLE_PREFIX) {
        let bytes = walk.blob(repository, layer, limits.bundle).await.ok()?;
        let bundle = Bundle::parse(&bytes, limits).ok()?;
        return match bundle.unverified_content() {
            BundleContent::Statement(payload) => Statement::parse(&payload.bytes).ok(),
            _ => None,
        };
    }
    None
}
