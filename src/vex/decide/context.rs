//! What all decisions of one scan share: its facts, and what each document is about.

use std::collections::BTreeSet;

use super::author;
use super::binding::{self, Binding, Bound, DocumentSubject};
use super::image_matches::{ImageMatches, Place, Signed};
use crate::vex::matching::{self, ImageIdentity, ImageMatch, PackageMatch};
use crate::vex::package_index::FoldedName;
use crate::vex::{
    Component, FoundPackage, HardenedStatus, Identity, ImageFacts, NearMissPart, PackageUrl, ProductGrade,
    Rules, Scan, Scanned, SourcedDocument, Statement, StatementRef, StatementSet,
};

/// The scan, the facts and the statements of one run.
pub(super) struct Context<'a> {
    pub(super) scan: &'a Scan,
    pub(super) facts: &'a ImageFacts,
    pub(super) statements: &'a StatementSet,
    pub(super) rules: &'a Rules,
    pub(super) binding: Binding<'a>,
    /// Whether the name of the repository is that of a hardened image. It proves nothing.
    pub(super) has_dhi_name: bool,
    documents: Vec<DocumentFacts>,
    images: ImageMatches<'a>,
    root_names: Option<BTreeSet<FoldedName>>,
}

/// What is known about a document.
struct DocumentFacts {
    subject: DocumentSubject,
    is_dhi: bool,
}

impl<'a> Context<'a> {
    /// Looks at each document once.
    pub(super) fn new(
        scan: &'a Scan,
        facts: &'a ImageFacts,
        statements: &'a StatementSet,
        rules: &'a Rules,
    ) -> Self {
        let binding = Binding::new(&scan.subject, facts);
        // A subject has the digests of its attestation. What a verified index would add to them is no subject.
        let facts_of_subjects = ImageFacts { verified: None, ..facts.clone() };
        let documents = statements.documents().iter().map(|sourced| DocumentFacts {
            subject: binding.subject_of(sourced, facts),
            is_dhi: author::is_dhi(sourced),
        });
        let documents: Vec<DocumentFacts> = documents.collect();
        // What was proven of another image is no name of this one.
        let is_proven = binding.bound() != Bound::No;
        let signed_as = facts.signed_as.as_ref().filter(|_| is_proven);
        let base_signed_as = facts.base_signed_as.as_ref().filter(|_| is_proven);
        let identity = |image: &Scanned, signed_as| {
            Signed::new(ImageIdentity::new(image, &facts_of_subjects), signed_as)
        };
        let subjects = documents.iter().zip(statements.documents()).map(|(document, sourced)| {
            let image = match &document.subject {
                DocumentSubject::Image(image) => identity(image, signed_as),
                DocumentSubject::Base(image) => identity(image, base_signed_as),
                DocumentSubject::None | DocumentSubject::Other(_) => return None,
            };
            Some(if sourced.source.trust.is_dhi() { image.by_dhi } else { image.by_others })
        });
        let scanned = ImageIdentity::new(&scan.subject, facts);
        let base = binding::base_image(facts).map(|base| identity(&base, base_signed_as));
        Self {
            scan,
            facts,
            statements,
            rules,
            has_dhi_name: has_dhi_name(&scanned, &scan.subject, facts),
            root_names: scan.subject.purl.as_ref().map(|purl| BTreeSet::from([FoldedName::of(purl.name())])),
            images: ImageMatches::new(Signed::new(scanned, signed_as), base, subjects.collect()),
            documents,
            binding,
        }
    }

    /// A statement with its document.
    pub(super) fn statement(&self, at: StatementRef) -> Option<(&'a SourcedDocument, &'a Statement)> {
        self.statements.get(at)
    }

    /// What the document at this position is about.
    pub(super) fn subject(&self, document: usize) -> &DocumentSubject {
        self.documents.get(document).map_or(&DocumentSubject::None, |document| &document.subject)
    }

    /// Whether the document at this position is by the makers of Docker Hardened Images.
    pub(super) fn is_dhi(&self, document: usize) -> bool {
        self.documents.get(document).is_some_and(|document| document.is_dhi)
    }

    /// Whether the DHI key signed the document at this position.
    pub(super) fn is_signed_by_dhi(&self, document: usize) -> bool {
        self.statements.documents().get(document).is_some_and(|sourced| sourced.source.trust.is_dhi())
    }

    /// Whether more than a name is known of the scanned image: a verified digest, or what a verification found.
    pub(super) fn is_image_known(&self) -> bool {
        let facts = self.facts;
        let found = matches!(
            facts.hardened,
            HardenedStatus::Hardened | HardenedStatus::BuiltOn | HardenedStatus::Neither
        );
        self.binding.is_verified() || (facts.verified.is_none() && found)
    }

    /// The name of the scanned thing itself, if it has a package URL: the root component of an SBOM.
    pub(super) fn root_name(&self) -> Option<FoldedName> {
        self.root_names.as_ref().and_then(|names| names.first().cloned())
    }

    /// Whether a component can be the root component of the scanned SBOM.
    pub(super) fn can_be_root(&self, component: &Component) -> bool {
        self.root_names.as_ref().is_some_and(|names| FoldedName::can_be_any_of(names, component))
    }

    /// Whether there is a proven base image to compare products with.
    pub(super) fn has_base(&self) -> bool {
        self.images.has_base()
    }

    /// Compares a component with an image.
    pub(super) fn image(&self, component: &'a Component, place: Place) -> Result<ImageMatch, NearMissPart> {
        self.images.compare(component, place)
    }

    /// Compares a component with a package.
    pub(super) fn package(
        &self,
        component: &Component,
        package: &FoundPackage,
    ) -> Result<PackageMatch, NearMissPart> {
        let distribution = self.scan.subject.distribution.as_ref();
        let distribution = distribution.map(|(family, release)| (family.as_str(), release.as_str()));
        matching::package(component, package, distribution)
    }
}

/// Whether a repository name in the report is that of a hardened image, or an alias of one. The rules for names of
/// images decide it.
fn has_dhi_name(scanned: &ImageIdentity, subject: &Scanned, facts: &ImageFacts) -> bool {
    let repositories = subject.references().filter_map(binding::name_in);
    let originals = facts.aliases.iter().map(|alias| alias.original.as_str());
    let names: BTreeSet<&str> =
        repositories.chain(originals).filter_map(|repository| repository.rsplit('/').next()).collect();
    names.into_iter().any(|name| {
        let Ok(purl) = PackageUrl::parse(&format!("pkg:docker/dhi/{name}")) else { return false };
        let identity = Identity::Purl { text: purl.to_string(), purl: Box::new(purl), is_range: false };
        let component = Component { identities: vec![identity] };
        matches!(scanned.compare(&component), Ok(ImageMatch { grade: ProductGrade::ImageAny, .. }))
    })
}
