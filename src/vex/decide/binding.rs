//! Which image a report is about, and which image an attestation is about (R5).
//!
//! Invariant: an attestation counts only for an image whose digest the report names, or that an index verified in this
//! run binds to that digest. The digest that Grype computes of a manifest may be one that no registry has: it confirms
//! what a verified index says, and is no evidence by itself. Tags and names bind nothing.

use crate::oci::Digest;
use crate::vex::matching::{contains, image_of_config, scanned_image};
use crate::vex::scanned::digest_in;
use crate::vex::{ImageFacts, NearMissPart, Scanned, ScannedKind, SourcedDocument, VerifiedImage};

/// How a report and the image that this run verified belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vex) enum Bound {
    /// All digests that the report names are of the verified image, or no image was verified.
    ByDigest,
    /// The report names no digest that can be compared. The user states that both belong together.
    ByUser,
    /// The report names other digests.
    No,
}

/// The digests of the scanned image.
#[derive(Clone, Debug)]
pub(in crate::vex) struct Binding<'a> {
    subject: &'a Scanned,
    /// The digests that the report names, in lower case.
    named: Vec<String>,
    verified: Option<&'a VerifiedImage>,
    /// The digest of the scanned image among those of the verified index.
    image: Option<String>,
    bound: Bound,
}

/// What an attestation is about.
#[derive(Clone, Debug)]
pub(in crate::vex) enum DocumentSubject {
    /// The document is no attestation.
    None,
    /// The scanned image, under the names of the report and the digests of the attestation.
    Image(Box<Scanned>),
    /// The proven base image.
    Base(Box<Scanned>),
    /// Another image, as far as is known.
    Other(NearMissPart),
}

impl<'a> Binding<'a> {
    /// Compares the digests that the report names with those that were verified.
    pub(in crate::vex) fn new(subject: &'a Scanned, facts: &'a ImageFacts) -> Self {
        let named: Vec<String> = subject.digests().map(|(_, digest)| digest.to_string()).collect();
        let verified = facts.verified.as_ref();
        let image = verified.and_then(|verified| scanned_image(verified, subject, &named));
        let bound = match verified {
            None => Bound::ByDigest,
            Some(verified) => of_report(subject, &named, verified),
        };
        Self { subject, named, verified, image, bound }
    }

    /// How the report and the verified image belong together.
    pub(in crate::vex) fn bound(&self) -> Bound {
        self.bound
    }

    /// Whether this run verified the image that the report is about, as far as the report or the user tells.
    pub(in crate::vex) fn is_verified(&self) -> bool {
        self.verified.is_some() && self.bound != Bound::No
    }

    /// What an attestation is about.
    pub(in crate::vex) fn subject_of(
        &self,
        sourced: &SourcedDocument,
        facts: &ImageFacts,
    ) -> DocumentSubject {
        let Some(subjects) = &sourced.document.subjects else { return DocumentSubject::None };
        let subjects: Vec<String> = subjects.iter().map(|subject| subject.to_ascii_lowercase()).collect();
        let bound: Vec<&String> = subjects.iter().filter(|subject| self.is_about(subject)).collect();
        if !bound.is_empty() {
            return DocumentSubject::Image(Box::new(self.named_with(&bound)));
        }
        // A run may know the bases of several platforms. Only those of the scanned image are among the references.
        let is_base = |subject: &String| {
            let mut digests = facts.base_references.iter().filter_map(|reference| digest_in(reference));
            digests.any(|digest| is(&digest, subject))
        };
        let of_base: Vec<&String> = subjects.iter().filter(|subject| is_base(subject)).collect();
        if !of_base.is_empty() {
            let names = facts.base_references.iter().filter_map(|reference| name_in(reference));
            return DocumentSubject::Base(Box::new(Scanned {
                kind: ScannedKind::Image,
                repo_digests: with_digests(names, &of_base.into_iter()),
                ..Scanned::default()
            }));
        }
        let may_be_index = self.verified.is_none_or(
            |verified| matches!(verified.images.as_slice(), [(image, _)] if *image == verified.root),
        );
        DocumentSubject::Other(NearMissPart::Subject { statement: subjects, may_be_index })
    }

    /// Whether a subject is the scanned image, or the index that contains it.
    fn is_about(&self, subject: &str) -> bool {
        if self.named.iter().any(|named| named == subject) {
            return true;
        }
        let is_image = self.image.as_deref() == Some(subject);
        let is_index = self.verified.is_some_and(|verified| is(&verified.root, subject));
        self.bound != Bound::No && (is_image || is_index)
    }

    /// The scanned image with these digests in place of those that the report names.
    fn named_with(&self, digests: &[&String]) -> Scanned {
        let subject = self.subject;
        let names =
            subject.repo_digests.iter().chain(&subject.tags).filter_map(|reference| name_in(reference));
        let mut names: Vec<&str> = names.collect();
        if names.is_empty() {
            names.extend(name_in(&subject.name));
        }
        Scanned {
            repo_digests: with_digests(names, &digests.iter().copied()),
            manifest_digest: None,
            image_id: None,
            purl: None,
            bom: None,
            ..subject.clone()
        }
    }
}

/// Compares what the report names with the verified image. An image ID is that of a verified configuration, or says
/// nothing.
fn of_report(subject: &Scanned, named: &[String], verified: &VerifiedImage) -> Bound {
    let computed = subject.manifest_digest.as_ref().map(|digest| digest.to_ascii_lowercase());
    let is_confirmed = computed.is_some_and(|digest| contains(verified, &digest));
    let is_unreadable = |reference: &String| reference.contains('@') && digest_in(reference).is_none();
    if !is_confirmed && !named.iter().all(|digest| contains(verified, digest)) {
        Bound::No
    } else if subject.repo_digests.iter().any(is_unreadable) {
        Bound::ByUser
    } else if is_confirmed || !named.is_empty() || image_of_config(verified, subject).is_some() {
        Bound::ByDigest
    } else {
        Bound::ByUser
    }
}

/// Whether a report names no digest that tells whether it is about the verified image.
pub(in crate::vex) fn is_unbound(subject: &Scanned, facts: &ImageFacts) -> bool {
    Binding::new(subject, facts).bound() == Bound::ByUser
}

/// The verified image that a report is about. `None` if its digests do not tell.
pub(in crate::vex) fn bound_image(subject: &Scanned, facts: &ImageFacts) -> Option<Digest> {
    let binding = Binding::new(subject, facts);
    let is_bound = binding.is_verified() && binding.bound() == Bound::ByDigest;
    binding.image.filter(|_| is_bound)?.parse().ok()
}

/// The proven base image as the subject of statements.
pub(super) fn base_image(facts: &ImageFacts) -> Option<Scanned> {
    let references = &facts.base_references;
    (!references.is_empty()).then(|| Scanned {
        kind: ScannedKind::Image,
        repo_digests: references.clone(),
        ..Scanned::default()
    })
}

/// Every name with every digest.
fn with_digests<'d>(
    names: impl IntoIterator<Item = impl AsRef<str>>,
    digests: &(impl Iterator<Item = &'d String> + Clone),
) -> Vec<String> {
    let mut references: Vec<String> = Vec::new();
    for name in names {
        for digest in digests.clone() {
            let reference = format!("{}@{digest}", name.as_ref());
            if !references.contains(&reference) {
                references.push(reference);
            }
        }
    }
    references
}

/// The repository in a reference, as written.
pub(super) fn name_in(reference: &str) -> Option<&str> {
    let name = reference.rsplit_once('@').map_or(reference, |(name, _)| name);
    let tag = name.rfind(':').filter(|at| !name.get(*at..).is_some_and(|rest| rest.contains('/')));
    let name = tag.and_then(|at| name.get(..at)).unwrap_or(name);
    (!name.is_empty()).then_some(name)
}

fn is(digest: &Digest, text: &str) -> bool {
    digest.to_string() == text
}
