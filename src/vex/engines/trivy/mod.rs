//! What Trivy does (version [`VERSION`]) with VEX files on the command line.
//!
//! It asks the documents about the package, and then about everything between the package and the root of its
//! dependency graph. Of several statements of a document that match there, the newest decides. A finding is suppressed
//! when no path reaches the root without a statement that suppresses.

mod paths;
mod root;

use crate::vex::matching::go_vex::{Identifier, component_matches, purl_matches};
use crate::vex::{
    Component, Document, DocumentFormat, Finding, Identity, PackageUrl, Product, Scan, ScannedKind,
    SourceKind,
};

use super::answer::{EngineAnswer, EngineWhy, Unreadable};
use super::candidates::{self, Candidate, Candidates};
use paths::{Reach, Upwards};

/// The version that is modelled.
pub const VERSION: &str = "dc3c56ee (2026-08-21)";

/// Trivy, about one scan.
pub(super) struct Trivy<'a> {
    candidates: &'a Candidates<'a>,
    /// The positions of the sources that it asks, ascending.
    asked: Vec<usize>,
    refused: Option<Unreadable>,
    scan: &'a Scan,
    root: Option<Identifier>,
    /// The package URLs of the graph.
    nodes: Vec<Option<Identifier>>,
}

impl<'a> Trivy<'a> {
    pub(super) fn new(candidates: &'a Candidates<'a>, scan: &'a Scan) -> Self {
        let asked = asked(candidates);
        let is_cyclonedx = scan.subject.bom.is_some();
        let refused = candidates
            .documents()
            .filter(|(source, _)| asked.binary_search(source).is_ok())
            .find_map(|(_, document)| refusal(document, is_cyclonedx));
        let nodes = scan.graph.iter().flat_map(|graph| &graph.nodes);
        let nodes = nodes.map(|purl| purl.as_ref().map(Identifier::from)).collect();
        Self { candidates, asked, refused, scan, root: root::identifier(scan), nodes }
    }

    /// What it does with a finding.
    pub(super) fn answer(&self, finding: &Finding) -> EngineAnswer {
        if self.asked.is_empty() {
            return EngineAnswer::kept(EngineWhy::NoDocument);
        }
        if let Some(cause) = self.refused {
            return EngineAnswer::error(cause);
        }
        let found = self.named(&finding.id);
        if found.is_empty() {
            let other = finding.aliases.iter().any(|alias| !self.named(alias).is_empty());
            return EngineAnswer::kept(if other { EngineWhy::OtherId } else { EngineWhy::NoStatement });
        }
        let leaf = finding.package.purl.as_ref().map(Identifier::from);
        let leaf = leaf.as_ref();
        if leaf.is_some_and(|leaf| found.iter().any(|one| is_self_relationship(one, leaf))) {
            return EngineAnswer::error(Unreadable::SelfRelationship);
        }
        let bom_ref = finding.package.bom_link.as_deref().map(|[_, _, bom_ref]| bom_ref.as_str());
        let package = leaf.map(|name| Asked { name, bom_ref });
        // Asked alone, the package is a product whose subcomponents do not count.
        if let Some(by) = package.and_then(|package| self.suppressing(&found, package, None)) {
            return EngineAnswer::ruled(by.at, by.statement.status, EngineWhy::Package);
        }
        let root = self.root.as_ref().map(|name| Asked { name, bom_ref: None });
        let graph = self.scan.graph.as_ref().zip(finding.package.node);
        let reach = match graph {
            Some((graph, start)) => {
                let upwards = Upwards { parents: &graph.parents, root: graph.root };
                upwards.reach(start, |node| {
                    let asked = match node {
                        _ if node == graph.root => root,
                        _ if node == start => package,
                        _ => self.nodes.get(node)?.as_ref().map(|name| Asked { name, bom_ref: None }),
                    };
                    self.suppressing(&found, asked?, leaf)
                })
            }
            None => {
                let by = root.and_then(|root| self.suppressing(&found, root, leaf));
                by.map_or(Reach::Root { partly: false }, |by| Reach::Never(by, usize::MAX))
            }
        };
        match reach {
            Reach::Never(by, node) => {
                let at_root = graph.is_none_or(|(graph, _)| graph.root == node);
                let why = if at_root { EngineWhy::Image } else { EngineWhy::EveryPath };
                EngineAnswer::ruled(by.at, by.statement.status, why)
            }
            Reach::Undecided => EngineAnswer::unknown(EngineWhy::TooManyPaths),
            Reach::Root { .. } if leaf.is_none() => EngineAnswer::unknown(EngineWhy::NoPackageUrl),
            Reach::Root { .. } if graph.is_none() && self.may_be_ancestor(&found, leaf) => {
                EngineAnswer::unknown(EngineWhy::NoGraph)
            }
            Reach::Root { partly: true } => EngineAnswer::kept(EngineWhy::UnassessedPath),
            Reach::Root { partly: false } => self.kept(&found, leaf),
        }
    }

    /// Why a finding is kept, if no statement suppresses anywhere.
    fn kept(&self, found: &[Candidate<'_>], leaf: Option<&Identifier>) -> EngineAnswer {
        let about = |name: Option<&Identifier>, subcomponent: Option<&Identifier>| {
            name.is_some_and(|name| found.iter().any(|one| one.product(name, subcomponent).is_some()))
        };
        if about(leaf, None) {
            EngineAnswer::kept(EngineWhy::Package)
        } else if about(self.root.as_ref(), leaf) {
            EngineAnswer::kept(EngineWhy::Image)
        } else if self.scan.subject.kind == ScannedKind::Unknown && self.names_other_products(found, leaf) {
            EngineAnswer::unknown(EngineWhy::NoSubject)
        } else {
            EngineAnswer::kept(EngineWhy::NoProductMatch)
        }
    }

    fn named(&self, id: &str) -> Vec<Candidate<'a>> {
        let counts = |one: &&Candidate<'_>| {
            let by_name = one.statement.vulnerability.name.as_deref() == Some(id);
            let is_openvex = matches!(one.format, DocumentFormat::OpenVex | DocumentFormat::OpenVexOld);
            self.asked.binary_search(&one.at.source).is_ok() && (by_name || is_openvex)
        };
        self.candidates.of(id).iter().filter(counts).copied().collect()
    }

    /// The statement of the first document that suppresses, of those about this product.
    fn suppressing(
        &self,
        found: &[Candidate<'a>],
        product: Asked<'_>,
        leaf: Option<&Identifier>,
    ) -> Option<Candidate<'a>> {
        let documents = found.chunk_by(|one, other| one.at.source == other.at.source);
        documents.filter_map(|document| self.answer_of(document, product, leaf)).find(suppresses)
    }

    /// The statement that decides in one document.
    fn answer_of(
        &self,
        document: &[Candidate<'a>],
        product: Asked<'_>,
        leaf: Option<&Identifier>,
    ) -> Option<Candidate<'a>> {
        let statements = document.iter().copied();
        match document.first()?.format {
            DocumentFormat::OpenVex | DocumentFormat::OpenVexOld => {
                candidates::last(statements.filter(|one| one.product(product.name, leaf).is_some()))
            }
            // Statements that keep are not looked at, and times have no say.
            DocumentFormat::Csaf => {
                let matches = |one: &Product| csaf_matches(one, product.name, leaf);
                statements.filter(suppresses).find(|one| one.statement.products.get().iter().any(matches))
            }
            // A later entry for the vulnerability replaces an earlier one.
            DocumentFormat::CycloneDx => {
                let last = statements.last()?;
                let products = last.statement.products.get().iter();
                let mut identities = products.flat_map(|product| &product.component.identities);
                identities.any(|identity| self.links_to(identity, product)).then_some(last)
            }
        }
    }

    /// Whether an identity is a BOM-Link to a component of the scanned SBOM.
    fn links_to(&self, identity: &Identity, component: Asked<'_>) -> bool {
        // Trivy does not read `affects[].versions`.
        let Identity::BomLink { serial, version, bom_ref: Some(bom_ref), .. } = identity else {
            return false;
        };
        let is_of_report =
            self.scan.subject.bom.as_ref().is_some_and(|bom| (&bom.0, &bom.1) == (serial, version));
        is_of_report && (bom_ref == component.name.text() || Some(bom_ref.as_str()) == component.bom_ref)
    }

    /// Whether a statement that suppresses may be about a package that depends on this one.
    fn may_be_ancestor(&self, found: &[Candidate<'_>], leaf: Option<&Identifier>) -> bool {
        let is_root = |component| self.root.as_ref().is_some_and(|root| component_matches(component, root));
        let products =
            found.iter().filter(|one| suppresses(one)).flat_map(|one| one.statement.products.get());
        products.into_iter().any(|product| {
            may_depend_on(&product.component, leaf) && lists(product, leaf) && !is_root(&product.component)
        })
    }

    fn names_other_products(&self, found: &[Candidate<'_>], leaf: Option<&Identifier>) -> bool {
        let products = found.iter().flat_map(|one| one.statement.products.get());
        products.into_iter().any(|product| lists(product, leaf))
    }
}

/// What Trivy asks about: a component of its graph.
#[derive(Clone, Copy, Debug)]
struct Asked<'a> {
    name: &'a Identifier,
    /// Its `bom-ref` in a CycloneDX SBOM, where the report of this run has it.
    bom_ref: Option<&'a str>,
}

/// Of CSAF's lists, Trivy reads `known_not_affected` and `fixed`.
fn suppresses(one: &Candidate<'_>) -> bool {
    one.statement.status.suppresses() && !one.statement.is_first_fixed
}

/// Whether a product lists a subcomponent, or none.
fn lists(product: &Product, leaf: Option<&Identifier>) -> bool {
    let listed =
        |leaf: &Identifier| product.subcomponents.iter().any(|component| component_matches(component, leaf));
    product.subcomponents.is_empty() || leaf.is_none_or(listed)
}

/// Whether a component may be a package that depends on this one: not an image, not the package in another
/// version, and written as Trivy writes package URLs.
fn may_depend_on(component: &Component, leaf: Option<&Identifier>) -> bool {
    let leaf = leaf.and_then(Identifier::purl).map(PackageUrl::unversioned);
    component.identities.iter().any(|identity| {
        let Identity::Purl { purl, .. } = identity else { return false };
        let mut qualifiers = purl.qualifiers().iter();
        !matches!(purl.kind(), "oci" | "docker")
            && leaf.as_ref() != Some(&purl.unversioned())
            && qualifiers.all(|(name, _)| QUALIFIERS.contains(&name.as_str()))
    })
}

/// The qualifiers of packages in Trivy's graph.
const QUALIFIERS: [&str; 5] = ["arch", "distro", "epoch", "modularitylabel", "file_path"];

/// The sources that Trivy asks. Of the attestations of an image, it reads the first only, and none of its base.
fn asked(candidates: &Candidates<'_>) -> Vec<usize> {
    let mut has_attestation = false;
    let mut asked = Vec::new();
    for (source, kind) in candidates.kinds() {
        match kind {
            SourceKind::Base { .. } => continue,
            SourceKind::Image { .. } if has_attestation => continue,
            SourceKind::Image { .. } => has_attestation = true,
            SourceKind::File | SourceKind::Repository => {}
        }
        asked.push(source);
    }
    asked
}

/// Why Trivy does not read a document.
fn refusal(document: &Document, is_cyclonedx: bool) -> Option<Unreadable> {
    match document.format {
        DocumentFormat::OpenVex if document.context.is_none() => Some(Unreadable::Format),
        DocumentFormat::OpenVexOld => Some(Unreadable::OldVersion),
        DocumentFormat::CycloneDx if !is_cyclonedx => Some(Unreadable::NotACycloneDxReport),
        _ => None,
    }
}

/// Trivy's comparison for CSAF: a product without subcomponents is compared with the node; the product and the
/// subcomponent of a relationship with the node and the package.
fn csaf_matches(product: &Product, node: &Identifier, leaf: Option<&Identifier>) -> bool {
    let is = |component: &Component, asked: &Identifier| {
        let covers = |purl: &PackageUrl| asked.purl().is_some_and(|asked| covers_with_subpath(purl, asked));
        component
            .identities
            .iter()
            .any(|identity| matches!(identity, Identity::Purl { purl, .. } if covers(purl)))
    };
    is(&product.component, node)
        && (product.subcomponents.is_empty()
            || leaf.is_some_and(|leaf| product.subcomponents.iter().any(|component| is(component, leaf))))
}

fn covers_with_subpath(purl: &PackageUrl, asked: &PackageUrl) -> bool {
    purl_matches(purl, asked) && purl.subpath().is_none_or(|subpath| Some(subpath) == asked.subpath())
}

/// Whether a CSAF relationship has the package itself as its product. Trivy stops at one.
fn is_self_relationship(one: &Candidate<'_>, leaf: &Identifier) -> bool {
    one.format == DocumentFormat::Csaf
        && suppresses(one)
        && one.statement.products.get().iter().any(|product| {
            let product_alone = Product { component: product.component.clone(), subcomponents: Vec::new() };
            !product.subcomponents.is_empty() && csaf_matches(&product_alone, leaf, None)
        })
}
