//! The products of a statement: forms that match nothing, and forms that match too much.

use super::form::{Breadth, FormFault};
use super::kind::LintKind;
use crate::vex::matching::{ImageScope, image_scope};
use crate::vex::package_index::is_image_type;
use crate::vex::{Component, Document, Identity, PackageUrl, Statement};

/// Types whose packages have a namespace.
const WITH_NAMESPACE: [&str; 12] = [
    "alpm",
    "apk",
    "bitbucket",
    "composer",
    "deb",
    "github",
    "golang",
    "huggingface",
    "maven",
    "npm",
    "rpm",
    "swift",
];

/// Checks the products of a statement.
pub(super) fn check(document: &Document, statement: &Statement) -> Vec<LintKind> {
    let products = statement.products.get();
    let has_subject = document.subjects.as_ref().is_some_and(|subjects| !subjects.is_empty());
    if products.is_empty() {
        return if has_subject { Vec::new() } else { vec![LintKind::NoProduct] };
    }
    let mut faults: Vec<(FormFault, &str, usize)> = Vec::new();
    let mut broad: Vec<(Breadth, &str, usize)> = Vec::new();
    for product in products {
        let whole = product.subcomponents.is_empty();
        let found = [&product.component].into_iter().chain(&product.subcomponents);
        for (fault, written) in found.filter_map(fault_of) {
            add(&mut faults, fault, written);
        }
        // An attestation is about its subjects only.
        if !has_subject && statement.status.suppresses() && fault_of(&product.component).is_none() {
            for (breadth, written) in breadth_of(&product.component, whole) {
                add(&mut broad, breadth, written);
            }
        }
    }
    let written = |text: &str| text.to_owned();
    let faults = faults.into_iter().map(|(fault, text, count)| LintKind::NoProductForm {
        written: written(text),
        fault,
        count,
    });
    let broad = broad.into_iter().map(|(breadth, text, count)| LintKind::OverBroad {
        written: written(text),
        breadth,
        count,
    });
    faults.chain(broad).collect()
}

fn add<'a, K: PartialEq>(counted: &mut Vec<(K, &'a str, usize)>, kind: K, written: &'a str) {
    match counted.iter_mut().find(|(known, ..)| *known == kind) {
        Some((_, _, count)) => *count += 1,
        None => counted.push((kind, written, 1)),
    }
}

/// Why a component matches nothing: the fault of its first identity, if all have one.
pub(in crate::vex) fn fault_of(component: &Component) -> Option<(FormFault, &str)> {
    let mut faults = component.identities.iter().map(identity_fault);
    match faults.next() {
        Some(first) => first.filter(|_| faults.all(|fault| fault.is_some())),
        None => Some((FormFault::Empty, "")),
    }
}

fn identity_fault(identity: &Identity) -> Option<(FormFault, &str)> {
    match identity {
        Identity::Purl { text, purl, is_range } => {
            let is_range = match purl.version() {
                Some(version) => is_range_text(version),
                None => *is_range,
            };
            let fault = match is_image_type(purl.kind()) {
                true => image_scope(identity).is_none().then_some(FormFault::NotARepository),
                false => has_namespace_in_name(purl).then_some(FormFault::NamespaceInName),
            };
            is_range.then_some(FormFault::Range).or(fault).map(|fault| (fault, text.as_str()))
        }
        Identity::Hash(_) | Identity::BomLink { .. } => None,
        Identity::Cpe(text) => Some((FormFault::Cpe, text)),
        Identity::Text(text) if begins_as_package_url(text) => Some((FormFault::NotAPackageUrl, text)),
        Identity::Text(text) => image_scope(identity).is_none().then_some((FormFault::Text, text)),
    }
}

fn begins_as_package_url(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("pkg"))
}

/// Whether a version has the form of a range: `<7.2`, `>=1, <2`, `^1.0`, `vers:npm/…`, `*`, `1.x`.
fn is_range_text(version: &str) -> bool {
    let has_wildcard = version.split('.').skip(1).any(|part| matches!(part, "x" | "X" | "*"));
    has_wildcard
        || version.starts_with(['<', '>', '=', '!', '^', '*', '~'])
        || version.starts_with("vers:")
        || version.contains("||")
        || version.contains(',')
}

fn has_namespace_in_name(purl: &PackageUrl) -> bool {
    WITH_NAMESPACE.contains(&purl.kind())
        && (purl.name().contains('/') || (purl.kind() == "maven" && purl.name().contains(':')))
}

/// How much a product is about, beyond one version.
fn breadth_of(component: &Component, is_whole: bool) -> impl Iterator<Item = (Breadth, &str)> {
    component.identities.iter().filter_map(move |identity| match identity {
        Identity::Purl { text, purl, .. } if !is_image_type(purl.kind()) => {
            purl.version().is_none().then_some((Breadth::AnyVersion, text.as_str()))
        }
        Identity::Purl { text, .. } | Identity::Text(text) => match image_scope(identity)? {
            ImageScope::Name => Some((Breadth::AnyRepository, text.as_str())),
            ImageScope::Repository if is_whole => Some((Breadth::AnyImage, text.as_str())),
            _ => None,
        },
        Identity::Hash(_) | Identity::BomLink { .. } | Identity::Cpe(_) => None,
    })
}
