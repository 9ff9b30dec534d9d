//! What an image is: a hardened one, one that is built on a hardened one, or neither. Only signatures and layers
//! answer; labels, annotations and unsigned provenance name candidates and prove nothing, and what could not be
//! asked is never taken for "no".

mod decide;
mod facts;
mod layers;
mod origin;
mod own;

use std::collections::BTreeMap;
use std::fmt;

pub use decide::decide;
pub use layers::{Boundary, LayerProof, Mismatch, chain_id};
pub use origin::Origin;
pub use own::{Hardened, NotShown, Own, Vouched, namespaces, own};

use super::platform::PlatformEvidence;
use super::summaries::Summarized;
use crate::diagnostic::{Diagnostic, Exit};
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Platform, Reference, Repository};
use crate::trust::SignedName;
use layers::{CHAIN_ID, Layers};

/// Prefix of the labels that hardened images carry and their children inherit.
const LABELS: &str = "com.docker.dhi.";
/// Annotation that names the image, `dhi/NAME` on hardened ones.
const TITLE: &str = "org.opencontainers.image.title";
/// Annotation that names the base (OCI image specification, `annotations.md`).
pub(crate) const BASE_NAME: &str = "org.opencontainers.image.base.name";
/// Annotation with the base's digest.
pub(crate) const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";

/// The answers about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseProof {
    /// One for each platform that was judged.
    pub platforms: Vec<PlatformBase>,
    /// What keeps the reference as a whole from being answered: no platform, or one that was asked for is not there.
    pub problems: Vec<Diagnostic>,
    /// The registries that could be asked for candidates, besides layouts on disk.
    pub registries: Vec<String>,
}

/// The answer about one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformBase {
    /// How the platform is called in reports.
    pub label: String,
    /// Digest of the image manifest.
    pub digest: Digest,
    /// The answer.
    pub answer: Answer,
    /// Every image that something named as the base, in the order in which they were found.
    pub candidates: Vec<Candidate>,
    /// What verifiers said last about the image.
    pub summaries: Vec<Summarized>,
}

/// What an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A hardened image, by its own attestations.
    Dhi(Hardened),
    /// Built on a hardened image.
    DhiBased(Box<Base>),
    /// It says so, and nothing proves it.
    ClaimsOnly(Diagnostic),
    /// Neither.
    NotDhi(Diagnostic),
    /// What is missing to know.
    Undetermined(Diagnostic),
}

/// A proven base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Where it was fetched: its repository, and the digest that it had there. Without the tag that may have led there,
    /// since nothing proves what a tag beside a digest once named.
    pub reference: Reference,
    /// Digest of the index, or of the manifest where there is none.
    pub digest: Digest,
    /// Digest of the manifest that is the base.
    pub manifest: Digest,
    /// Its platform.
    pub platform: Platform,
    /// Who vouches for it.
    pub hardened: Hardened,
    /// Where it ends in the image.
    pub boundary: Boundary,
    /// Layers of the image.
    pub of: usize,
    /// How it is known that the layers are the same.
    pub proof: LayerProof,
}

/// An image that may be the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// As it was named; text that is no reference is quoted. Nothing vouches for it.
    pub named: String,
    /// What named it: of each kind the first.
    pub origins: Vec<Origin>,
    /// 1 for what the image itself names, 2 for what its parent names, and so on.
    pub depth: usize,
    /// What became of it.
    pub fate: Fate,
    /// Whether it was named by a tag, which may name another image by now.
    pub by_tag: bool,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is a hardened image, and the image begins with its layers.
    Proved(Box<Base>),
    /// The image begins with its layers, and it is not shown to be a hardened one.
    Parent(NotShown),
    /// The image is not built on it.
    Refuted(Mismatch),
    /// It names no image that could be the base, for the reason given.
    Unfit(String),
    /// It was not asked for.
    NotContacted(Diagnostic),
    /// It could not be had.
    Failed(Diagnostic),
}

/// `REPOSITORY@DIGEST`, and who vouches for it under which name, where the repository does not say the same.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)?;
        let Hardened { by_docker, signers, names, .. } = &self.hardened;
        let names = names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ");
        match (by_docker, names.as_str()) {
            // Only that name counts there.
            (true, name) if home(&self.reference.repository).as_deref() == Some(name) => Ok(()),
            (true, name) => write!(f, " (signed as {name})"),
            (false, "") => write!(f, " (signed by {})", signers.join(", ")),
            (false, name) => write!(f, " (signed by {} as {name})", signers.join(", ")),
        }
    }
}

/// The name that Docker's key must sign for what lies in this repository, where only one will do.
fn home(repository: &Repository) -> Option<String> {
    match repository {
        Repository::Remote(name) if name.host() == DHI => Some(format!("dhi/{}", name.path())),
        Repository::Remote(name) if name.host() == DOCKER_HUB && name.path().starts_with("dhi/") => {
            Some(name.path().to_owned())
        }
        _ => None,
    }
}

impl Candidate {
    /// How it is called: as it was named, which is a claim, and once it is proven by its digest.
    pub fn shown(&self) -> String {
        match &self.fate {
            Fate::Proved(base) => base.reference.to_string(),
            _ => self.named.clone(),
        }
    }
}

impl Fate {
    /// The word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Parent(_) => "not-hardened",
            Self::Refuted(_) | Self::Unfit(_) => "refuted",
            Self::NotContacted(_) => "not-contacted",
            Self::Failed(_) => "failed",
        }
    }
}

impl Answer {
    /// The word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Dhi(_) => "dhi",
            Self::DhiBased(_) => "dhi-based",
            Self::ClaimsOnly(_) => "claims-only",
            Self::NotDhi(_) => "not-dhi",
            Self::Undetermined(_) => "undetermined",
        }
    }

    /// Why it is no pass.
    pub fn problem(&self) -> Option<&Diagnostic> {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => None,
            Self::ClaimsOnly(problem) | Self::NotDhi(problem) | Self::Undetermined(problem) => Some(problem),
        }
    }

    /// 0 where it is or is built on a hardened image, 1 where it is not, else the code of what is missing.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => Exit::Pass,
            Self::ClaimsOnly(_) | Self::NotDhi(_) => Exit::Fail,
            // Whatever is missing, it is no pass.
            Self::Undetermined(problem) => problem.exit().max(Exit::Fail),
        }
    }

    /// The place among the answers of several platforms: the least counts.
    fn rank(&self) -> u8 {
        match self {
            Self::NotDhi(_) => 0,
            Self::ClaimsOnly(_) => 1,
            Self::Undetermined(_) => 2,
            Self::DhiBased(_) => 3,
            Self::Dhi(_) => 4,
        }
    }
}

impl BaseProof {
    /// The answer of the whole: the first of `not-dhi`, `claims-only`, `undetermined`, `dhi-based`, `dhi` that any
    /// platform has. What keeps the whole from being answered is undetermined.
    pub fn answer(&self) -> &'static str {
        let least = self.platforms.iter().map(|platform| &platform.answer).min_by_key(|answer| answer.rank());
        match least {
            Some(answer @ (Answer::NotDhi(_) | Answer::ClaimsOnly(_))) => answer.as_str(),
            Some(answer) if self.problems.is_empty() => answer.as_str(),
            _ => "undetermined",
        }
    }

    /// The most severe exit code. Never a pass without a platform.
    pub fn exit(&self) -> Exit {
        let exits = self.platforms.iter().map(|platform| platform.answer.exit());
        exits.chain(self.problems.iter().map(Diagnostic::exit)).max().unwrap_or(Exit::Missing)
    }
}

/// Whether labels or annotations say that the image is a hardened one or built on one. Anybody can write them.
pub fn claims_dhi(platform: &PlatformEvidence, root: &BTreeMap<String, String>) -> bool {
    let labels = platform.config.iter().map(|config| &config.labels);
    labels.chain(&platform.annotations).chain([root]).any(|claims| {
        claims.keys().any(|name| name.starts_with(LABELS))
            || claims.get(TITLE).is_some_and(|title| title.starts_with("dhi/"))
            || claims.get(BASE_NAME).is_some_and(|name| is_docker(name))
    })
}

/// Whether a reference names one of Docker's own repositories of hardened images.
fn is_docker(text: &str) -> bool {
    let Ok(reference) = text.parse::<Reference>() else { return false };
    match &reference.repository {
        Repository::Remote(name) => {
            name.host() == DHI || name.host() == DOCKER_HUB && name.path().starts_with("dhi/")
        }
        Repository::Layout(_) | Repository::Archive(_) => false,
    }
}

/// Where `base` ends in `child`: all of its layers must be the first ones, and the ChainIDs that either claims
/// must be theirs. None where one of them has no configuration.
pub fn boundary(child: &PlatformEvidence, base: &PlatformEvidence) -> Option<Result<Boundary, Mismatch>> {
    let (child_config, base_config) = (child.config.as_ref()?, base.config.as_ref()?);
    let labels = [child_config, base_config].into_iter().filter_map(|config| config.labels.get(CHAIN_ID));
    Some(layers::compare(
        Layers { declared: &child_config.diff_ids, stored: &child.layers },
        Layers { declared: &base_config.diff_ids, stored: &base.layers },
        labels.cloned(),
    ))
}

/// Whether the label with the ChainID of a hardened image names none of the beginnings of the image's own layers:
/// it was squashed, or the label is a lie. No base can be proven then.
pub fn is_label_of_no_layers(child: &PlatformEvidence) -> bool {
    let Some(config) = &child.config else { return false };
    let Some(label) = config.labels.get(CHAIN_ID) else { return false };
    let mut chain: Option<Digest> = None;
    !config.diff_ids.iter().any(|next| {
        let longer = match chain {
            None => *next,
            Some(chain) => Digest::of(format!("{chain} {next}").as_bytes()),
        };
        chain = Some(longer);
        longer.to_string() == *label
    })
}

/// Whether that label names all layers of the image, as on a hardened image itself and not on what is built on it.
fn is_label_of_all_layers(image: &PlatformEvidence) -> bool {
    let Some(config) = &image.config else { return false };
    let all = chain_id(&config.diff_ids).map(|all| all.to_string());
    all.is_some() && all.as_ref() == config.labels.get(CHAIN_ID)
}

#[cfg(test)]
pub(super) mod tests;
