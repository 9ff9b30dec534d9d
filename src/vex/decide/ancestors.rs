//! Statements about packages that depend on the package of a finding (R11 c, R12).
//!
//! Invariant: they are asked only if no statement about the image or the package applies, and they suppress only if
//! every path to the root is cut.

use std::collections::{BTreeMap, BTreeSet};

use super::applicability::{self, Applicability};
use super::assessed::Assessed;
use super::binding::DocumentSubject;
use super::context::Context;
use super::fit::{Fit, RestsOn};
use super::graph::Ancestors;
use super::precedence::{self, Candidate};
use crate::vex::matching::Key;
use crate::vex::package_index::{FoldedName, is_image_type};
use crate::vex::{
    Component, Finding, FoundPackage, Grade, Identity, Inapplicable, PackageUrl, Product, ProductGrade,
    Statement,
};

/// What statements about ancestors say.
#[derive(Clone, Debug)]
pub(super) enum Paths<'a> {
    /// No statement is about an ancestor.
    Unassessed,
    /// The report does not record what depends on the package.
    NoGraph,
    /// Statements are about ancestors, and a path avoids them.
    Open,
    /// Every path is cut; this statement is the one to show.
    Cut(Candidate<'a>),
}

/// Decides by the statements about ancestors, and adds them to those that were assessed.
pub(super) fn decide<'a>(
    context: &Context<'a>,
    graph: Option<&Ancestors<'_>>,
    finding: &Finding,
    ids: &[Key],
    names: &BTreeSet<FoldedName>,
    assessed: &mut Vec<Assessed<'a>>,
) -> Paths<'a> {
    let (Some(graph), Some(package)) = (graph, finding.package.node) else { return Paths::NoGraph };
    let above = graph.walk(package, |_| false).met;
    let mut by_node: BTreeMap<usize, Vec<Candidate<'a>>> = BTreeMap::new();
    let mut about_ancestors = Vec::new();
    for at in context.statements.about(ids) {
        let Some((sourced, statement)) = context.statement(at) else { continue };
        // A statement of an attestation is about the subject alone.
        if !matches!(context.subject(at.source), DocumentSubject::None) {
            continue;
        }
        let mut found = Vec::new();
        for (node, fits) in fits(context, graph, &above, statement, &finding.package, names) {
            let applicability =
                applicability::judge(context, at, (sourced, statement), &finding.package, fits);
            let this = Assessed { at, sourced, statement, applicability };
            by_node.entry(node).or_default().extend(this.candidate());
            found.push(this);
        }
        // The one that applies, if any does: the guard may refuse some of the products.
        let applies = found.iter().position(|this| matches!(this.applicability, Applicability::Applies(_)));
        about_ancestors.extend(found.into_iter().nth(applies.unwrap_or(0)));
    }
    by_node.retain(|_, candidates| !candidates.is_empty());
    let winners = by_node.iter().filter_map(|(node, candidates)| {
        let (winner, _) = precedence::winner(candidates, context.rules.now)?;
        winner.statement.status.suppresses().then_some((*node, winner))
    });
    let cuts: BTreeMap<usize, &Candidate<'a>> = winners.collect();
    let is_cut = |node: usize| cuts.contains_key(&node);
    let paths = if by_node.is_empty() {
        Paths::Unassessed
    } else if graph.is_unreachable(package, is_cut) {
        let met = graph.walk(package, is_cut).cut;
        let met: Vec<Candidate<'a>> =
            met.iter().filter_map(|node| cuts.get(node)).map(|&winner| winner.clone()).collect();
        precedence::winner(&met, context.rules.now)
            .map_or(Paths::Open, |(winner, _)| Paths::Cut(winner.clone()))
    } else {
        Paths::Open
    };
    for mut this in about_ancestors {
        if let (Paths::Open, Applicability::Applies(fit)) = (&paths, &this.applicability) {
            let (component, reason) = (fit.product.clone(), Inapplicable::ReachableViaUnassessedPath);
            this.applicability = Applicability::Refused { component, reason };
        }
        assessed.retain(|other| other.at != this.at);
        assessed.push(this);
    }
    paths
}

/// The ancestors that a statement is about, each with the products that match it.
fn fits(
    context: &Context<'_>,
    graph: &Ancestors<'_>,
    above: &BTreeSet<usize>,
    statement: &Statement,
    package: &FoundPackage,
    names: &BTreeSet<FoldedName>,
) -> BTreeMap<usize, Vec<Fit>> {
    let mut fits: BTreeMap<usize, Vec<Fit>> = BTreeMap::new();
    for product in statement.products.get() {
        let named = packages(&product.component).flat_map(|purl| graph.named(&FoldedName::of(purl.name())));
        let nodes: BTreeSet<usize> = named.copied().filter(|node| above.contains(node)).collect();
        for node in nodes {
            let Some(ancestor) = graph.package(node) else { continue };
            let Ok(found) = context.package(&product.component, &ancestor) else { continue };
            let Ok(subcomponent) = applicability::subcomponent(context, product, package, names) else {
                break;
            };
            let mut equivalences = found.equivalences;
            equivalences.extend(subcomponent.iter().flat_map(|found| found.equivalences.iter().copied()));
            equivalences.sort_unstable();
            equivalences.dedup();
            fits.entry(node).or_default().push(Fit {
                grade: Grade {
                    product: ProductGrade::Ancestor,
                    component: subcomponent.as_ref().map(|found| found.grade),
                },
                equivalences,
                product: found.written,
                subcomponent: subcomponent.map(|found| found.written),
                is_base: false,
                rests_on: RestsOn::default(),
            });
        }
    }
    fits
}

/// The package URLs of packages among the identities of a component.
fn packages(component: &Component) -> impl Iterator<Item = &PackageUrl> {
    component.identities.iter().filter_map(|identity| match identity {
        Identity::Purl { purl, .. } if !is_image_type(purl.kind()) => Some(&**purl),
        _ => None,
    })
}

/// Whether a statement that does not apply would be asked about an ancestor if the report had a dependency graph.
pub(super) fn could_be_about(
    context: &Context<'_>,
    assessed: &Assessed<'_>,
    package: &FoundPackage,
    names: &BTreeSet<FoldedName>,
) -> bool {
    let differs = matches!(assessed.applicability, Applicability::Differs(_));
    let is_plain = matches!(context.subject(assessed.at.source), DocumentSubject::None);
    let products = assessed.statement.products.get();
    // A statement that names the package itself is about it, in another version or build.
    let names_package = products.iter().any(|product| FoldedName::is_any_of(names, &product.component));
    let kind = package.purl.as_ref().map(PackageUrl::kind).or(package.kind.as_deref());
    let could = |product: &Product| {
        let mut types = packages(&product.component).map(PackageUrl::kind);
        if product.subcomponents.is_empty() {
            types.any(|product| Some(product) == kind)
        } else {
            types.next().is_some() && applicability::subcomponent(context, product, package, names).is_ok()
        }
    };
    differs
        && is_plain
        && assessed.statement.status.suppresses()
        && !names_package
        && products.iter().any(could)
}
