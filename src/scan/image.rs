//! The image that is scanned, and the form in which a scanner gets it.

use std::path::{Path, PathBuf};

use super::Error;
use super::hardened_distribution::{Base, Labelled};
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
    /// The distribution that its labels name.
    pub(super) labelled: Option<Labelled>,
    /// Whether it is hardened, is built on a hardened image, or claims one of the two.
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
    /// blob has the digest that the image names. `base` is the image that it is proven to be built on.
    ///
    /// # Errors
    ///
    /// [`Error::Registry`] if content cannot be read or has another digest, [`Error::Write`] if it cannot be written.
    pub async fn new(
        evidence: &Evidence,
        proof: Option<&BaseProof>,
        image: &PlatformEvidence,
        base: Option<&PlatformEvidence>,
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
        let answer = answer(proof, image);
        let is_hardened = matches!(answer, Some(BaseAnswer::Dhi(_)));
        let is_built_on_one = matches!(answer, Some(BaseAnswer::DhiBased(_)));
        Ok(Self {
            reference: format!("{repository}@{}", image.digest),
            repo_digest: repo_digest(evidence, proof, image),
            digest: image.digest,
            config: image.config.as_ref().map(|config| config.digest),
            platform: image.named_platform().cloned(),
            labelled: labelled(image, is_hardened, base.filter(|_| is_built_on_one)),
            claims_hardened: is_hardened || is_built_on_one || image.claims_dhi(),
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
    let signed = match answer(proof, image) {
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

/// What the image is, if it was answered.
fn answer<'a>(proof: Option<&'a BaseProof>, image: &PlatformEvidence) -> Option<&'a BaseAnswer> {
    let mut answers = proof.iter().flat_map(|proof| &proof.platforms);
    answers.find(|platform| platform.key.digest == image.digest).map(|platform| &platform.answer)
}

/// The distribution that labels name. Those of a hardened image are proven. An image that is built on one can replace
/// them, so those of its base count before its own.
fn labelled(
    image: &PlatformEvidence,
    is_hardened: bool,
    base: Option<&PlatformEvidence>,
) -> Option<Labelled> {
    let named = |image: &PlatformEvidence| {
        Base::of_label(image.config.as_ref()?.labels.get("com.docker.dhi.distro")?)
    };
    match base.and_then(named) {
        Some(base) => Some(Labelled { base, is_proven: true }),
        None => named(image).map(|base| Labelled { base, is_proven: is_hardened }),
    }
}
