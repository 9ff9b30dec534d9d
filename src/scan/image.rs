//! The image that is scanned, and the form in which a scanner gets it.

use std::path::{Path, PathBuf};

use super::Error;
use super::layout;
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{BaseAnswer, BaseProof, Evidence, Kind, PlatformEvidence};
use crate::oci::reference::DHI;
use crate::oci::{Digest, Platform, Repository};
use crate::registry::Registry;

/// The repository that stands for a layout or archive in findings. It names no image.
const NO_REPOSITORY: &str = "localhost/oci-layout";
/// The namespace under which hardened images are signed.
const HARDENED_NAMESPACE: &str = "dhi/";

/// The image that a scanner gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanTarget {
    /// The image as a whole reference with its digest.
    pub reference: String,
    /// The image as findings name it ([`repo_digest`]).
    pub repo_digest: String,
    /// Its digest.
    pub digest: Digest,
    /// The digest of its configuration, if it was read.
    pub config: Option<Digest>,
    /// Its platform, if it is known.
    pub platform: Option<Platform>,
    /// The release of the distribution that its labels name: `debian`, `13`.
    pub hardened_distribution: Option<(String, String)>,
    /// Whether it claims to be hardened.
    pub(super) claims_hardened: bool,
    pub(super) form: Form,
}

/// The form in which a scanner gets an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// By its name in a registry.
    Registry {
        /// The host.
        host: String,
    },
    /// As a layout directory with this image alone.
    Layout(PathBuf),
}

/// The only image of `evidence` that can be scanned.
///
/// # Errors
///
/// [`Error::NoImage`] if there is none, [`Error::SeveralImages`] if there are more.
pub fn chosen_image<'a>(evidence: &'a Evidence) -> Result<&'a PlatformEvidence, Error> {
    let reference = evidence.reference.to_string();
    let is_image = |image: &&PlatformEvidence| image.config.is_some() && image.kind == Kind::Image;
    let images: Vec<&'a PlatformEvidence> = evidence.platforms.iter().filter(is_image).collect();
    match images.as_slice() {
        [image] => Ok(image),
        [] => {
            let failures = evidence.platforms.iter().flat_map(|image| &image.failures);
            let failures = failures.map(|failure| failure.to_diagnostic().message);
            Err(Error::NoImage { reference, failures: failures.collect() })
        }
        several => {
            let platforms = several.iter().filter_map(|image| image.named_platform().cloned()).collect();
            Err(Error::SeveralImages { reference, platforms })
        }
    }
}

impl ScanTarget {
    /// The target for `image` of `evidence`. An image of a layout or archive is copied into `directory`, where every
    /// blob has the digest that the image names.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`] if content cannot be read or has another digest, [`Error::Write`] if it cannot be written.
    pub async fn new(
        evidence: &Evidence,
        proof: Option<&BaseProof>,
        image: &PlatformEvidence,
        registry: &dyn Registry,
        directory: &Path,
    ) -> Result<Self, Error> {
        let repository = &evidence.reference.repository;
        let form = match repository {
            Repository::Remote(name) => Form::Registry { host: name.host().to_owned() },
            Repository::Layout(_) | Repository::Archive(_) | Repository::Local(_) => {
                let directory = directory.join(image.digest.hex());
                layout::write(registry, repository, image, &directory).await?;
                Form::Layout(directory)
            }
        };
        let config = image.config.as_ref();
        let label = config.and_then(|config| config.labels.get("com.docker.dhi.distro"));
        let hardened_distribution = label.and_then(|label| {
            let (name, release) = label.split_once('-')?;
            is_word(name, "").then_some(())?;
            is_word(release, ".").then(|| (name.to_owned(), release.to_owned()))
        });
        Ok(Self {
            reference: format!("{repository}@{}", image.digest),
            repo_digest: repo_digest(evidence, proof, image),
            digest: image.digest,
            config: config.map(|config| config.digest),
            platform: image.named_platform().cloned(),
            hardened_distribution,
            claims_hardened: image.claims_dhi(),
            form,
        })
    }
}

/// The image as findings name it: by its digest, in its repository. An image of a layout or archive that is proven to be
/// hardened has the only name that it is signed under; another one has a name that no registry has.
pub fn repo_digest(evidence: &Evidence, proof: Option<&BaseProof>, image: &PlatformEvidence) -> String {
    if let Repository::Remote(name) = &evidence.reference.repository {
        return format!("{name}@{}", image.digest);
    }
    let answers = proof.iter().flat_map(|proof| &proof.platforms);
    let answer = answers.filter(|platform| platform.key.digest == image.digest).map(|one| &one.answer).next();
    let signed = match answer {
        Some(BaseAnswer::Dhi(hardened)) => match hardened.names.as_slice() {
            [only] => only.as_str().strip_prefix(HARDENED_NAMESPACE),
            _ => None,
        },
        _ => None,
    };
    match signed {
        Some(name) => format!("{DHI}/{name}@{}", image.digest),
        None => format!("{NO_REPOSITORY}@{}", image.digest),
    }
}

/// Whether a part of a label is made of lower-case letters, digits and `others` alone.
fn is_word(text: &str, others: &str) -> bool {
    let is_known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || others.contains(c);
    !text.is_empty() && text.chars().all(is_known)
}
