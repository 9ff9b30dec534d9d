//! Whether one statement applies to one finding (R4, R11, R13), and if not, why.
//!
//! Invariant: a statement that suppresses counts only if its source may suppress. A statement that keeps counts if its
//! source may suppress, or could if it were newer: its author is proven. Statements of unverified sources never
//! count, so nobody can hide or withdraw the statement of another by a document without proof.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::binding::DocumentSubject;
use super::context::Context;
use super::fit::{Fit, RestsOn};
use super::guard;
use super::image_matches::Place;
use crate::vex::matching::{ImageMatch, PackageMatch, closeness};
use crate::vex::package_index::{FoldedName, is_image_type};
use crate::vex::{
    Component, FoundPackage, Grade, Identity, Inapplicable, NearMissPart, Product, ProductGrade, SourceTrust,
    SourcedDocument, Statement, StatementRef, Validity,
};

/// What a statement is worth for a finding.
#[derive(Clone, Debug)]
pub(super) enum Applicability {
    /// It applies.
    Applies(Fit),
    /// It is about the image or package, and does not count.
    Refused {
        /// The product that matches, as written.
        component: String,
        /// Why it does not count.
        reason: Inapplicable,
    },
    /// It is not about the image or package.
    Differs(Miss),
}

/// Where a statement differs.
#[derive(Clone, Debug)]
pub(super) struct Miss {
    /// The product or subcomponent that came closest, as written.
    pub(super) component: String,
    /// Its first part that differs.
    pub(super) part: NearMissPart,
}

impl Applicability {
    /// Why the statement does not apply. `None`: it does.
    pub(super) fn inapplicable(&self) -> Option<Inapplicable> {
        match self {
            Self::Applies(_) => None,
            Self::Refused { reason, .. } => Some(*reason),
            Self::Differs(Miss { part: NearMissPart::Subject { .. }, .. }) => {
                Some(Inapplicable::OtherSubject)
            }
            Self::Differs(_) => Some(Inapplicable::NoProductMatch),
        }
    }

    /// Where it fails. `None`: it applies.
    pub(super) fn miss(&self) -> Option<Miss> {
        match self {
            Self::Applies(_) => None,
            Self::Differs(miss) => Some(miss.clone()),
            Self::Refused { component, reason } => {
                let part = match reason {
                    Inapplicable::NotADhiImage
                    | Inapplicable::OriginNotBase
                    | Inapplicable::ImageNotVerified => NearMissPart::Guard(*reason),
                    _ => NearMissPart::Refused(*reason),
                };
                Some(Miss { component: component.clone(), part })
            }
        }
    }
}

/// Whether a statement applies to a finding of `package`, which has these names.
pub(super) fn of_statement<'a>(
    context: &Context<'a>,
    at: StatementRef,
    (sourced, statement): (&'a SourcedDocument, &'a Statement),
    package: &FoundPackage,
    names: &BTreeSet<FoldedName>,
) -> Applicability {
    let search = Search { context, document: at.source, package, names };
    match search.fits(statement) {
        Ok(fits) => judge(context, at, (sourced, statement), package, fits),
        Err(miss) => Applicability::Differs(miss),
    }
}

/// Whether one of these matches may count.
pub(super) fn judge(
    context: &Context<'_>,
    at: StatementRef,
    (sourced, statement): (&SourcedDocument, &Statement),
    package: &FoundPackage,
    mut fits: Vec<Fit>,
) -> Applicability {
    fits.sort_by(Fit::by_exactness);
    let component = fits.first().map_or_else(String::new, |fit| fit.product.clone());
    if let Some(reason) = refusal(context, sourced, statement) {
        return Applicability::Refused { component, reason };
    }
    let mut reasons = Vec::new();
    let mut allowed: Option<Fit> = None;
    for fit in fits {
        match guard::check(context, at.source, &fit, package) {
            // A match that rests on nothing unverified is better than a more exact one that does.
            Ok(rests_on) if rests_on == RestsOn::default() => {
                allowed = Some(Fit { rests_on, ..fit });
                break;
            }
            Ok(rests_on) => {
                allowed.get_or_insert(Fit { rests_on, ..fit });
            }
            Err(reason) => reasons.push(reason),
        }
    }
    match (allowed, reasons.first()) {
        (Some(fit), _) => Applicability::Applies(fit),
        (None, reason) => {
            Applicability::Refused { component, reason: *reason.unwrap_or(&Inapplicable::NoProductMatch) }
        }
    }
}

/// Why a statement does not count for any finding.
fn refusal(context: &Context<'_>, sourced: &SourcedDocument, statement: &Statement) -> Option<Inapplicable> {
    match &sourced.source.trust {
        SourceTrust::Unverified => return Some(Inapplicable::Unverified),
        SourceTrust::Failed { .. } => return Some(Inapplicable::ProofFailed),
        SourceTrust::TooOld { .. } if statement.status.suppresses() => return Some(Inapplicable::TooOld),
        SourceTrust::Verified(_) | SourceTrust::TrustedByUser | SourceTrust::TooOld { .. } => {}
    }
    match statement.validity {
        Validity::Valid => None,
        Validity::NoJustification if context.rules.lenient => None,
        Validity::NoJustification => Some(Inapplicable::NoJustification),
        Validity::UnknownStatus => Some(Inapplicable::UnknownStatus),
        Validity::NoVulnerability => Some(Inapplicable::NoStatement),
    }
}

/// The products of a statement against the image and a package.
struct Search<'c, 'a, 'p> {
    context: &'c Context<'a>,
    document: usize,
    package: &'p FoundPackage,
    names: &'p BTreeSet<FoldedName>,
}

impl<'a> Search<'_, 'a, '_> {
    /// All products that match, or where the closest one differs.
    fn fits(&self, statement: &'a Statement) -> Result<Vec<Fit>, Miss> {
        let products = statement.products.get();
        let subject = self.context.subject(self.document);
        if let DocumentSubject::Other(part) = subject {
            return Err(Miss {
                component: written(products.first().map(|product| &product.component)),
                part: part.clone(),
            });
        }
        if products.is_empty() {
            return self.inherited(subject).map(|fit| vec![fit]);
        }
        let mut fits = Vec::new();
        let mut misses = Vec::new();
        for product in products {
            self.add_product(subject, product, &mut fits, &mut misses);
        }
        if !fits.is_empty() {
            return Ok(fits);
        }
        let closest = misses.into_iter().min_by_key(|miss| Reverse(closeness(&miss.part)));
        Err(closest.unwrap_or_else(|| self.distant(subject, products)))
    }

    /// Where a statement differs none of whose products has the name of the package.
    fn distant(&self, subject: &DocumentSubject, products: &[Product]) -> Miss {
        let miss = |product: &Product| {
            let part = self.context.package(&product.component, self.package).err()?;
            Some(Miss { component: written(Some(&product.component)), part })
        };
        let misses = products.iter().filter(|_| matches!(subject, DocumentSubject::None)).filter_map(miss);
        misses.min_by_key(|miss| Reverse(closeness(&miss.part))).unwrap_or_else(|| Miss {
            component: written(products.first().map(|product| &product.component)),
            part: NearMissPart::ProductsWithoutSubject,
        })
    }

    /// A statement without products is about the subject of its attestation.
    fn inherited(&self, subject: &DocumentSubject) -> Result<Fit, Miss> {
        let is_base = match subject {
            DocumentSubject::Image(_) => false,
            DocumentSubject::Base(_) => true,
            DocumentSubject::None | DocumentSubject::Other(_) => {
                let part = NearMissPart::NoForm { statement: String::new() };
                return Err(Miss { component: String::new(), part });
            }
        };
        Ok(Fit {
            grade: Grade { product: ProductGrade::AttestationSubject, component: None },
            equivalences: Vec::new(),
            product: String::new(),
            subcomponent: None,
            is_base,
            rests_on: RestsOn::default(),
        })
    }

    fn add_product(
        &self,
        subject: &DocumentSubject,
        product: &'a Product,
        fits: &mut Vec<Fit>,
        misses: &mut Vec<Miss>,
    ) {
        let is_base = match subject {
            DocumentSubject::None | DocumentSubject::Other(_) => {
                return self.add_plain_product(product, fits, misses);
            }
            DocumentSubject::Image(_) => false,
            DocumentSubject::Base(_) => true,
        };
        // A statement of an attestation counts only for those of its products that are the subject.
        if let Ok(image) = self.context.image(&product.component, Place::Subject(self.document)) {
            self.add_image(image, is_base, product, fits, misses);
        }
        // Docker's attestations name packages of the image as products, some without the image. Under the origin guard,
        // these are packages of the subject. An author alone does not widen what counts.
        if self.context.is_signed_by_dhi(self.document)
            && FoldedName::can_be_any_of(self.names, &product.component)
        {
            self.add_package(product, is_base, fits, misses);
        }
    }

    /// Adds a product of a document that is no attestation.
    fn add_plain_product(&self, product: &'a Product, fits: &mut Vec<Fit>, misses: &mut Vec<Miss>) {
        let is_package = names_package(&product.component);
        // Packages are named much more often than images, and are none but for the root of an SBOM.
        if !is_package || self.context.can_be_root(&product.component) {
            let (image, base) = match self.context.is_signed_by_dhi(self.document) {
                true => (Place::SignedImage, Place::SignedBase),
                false => (Place::Scanned, Place::Base),
            };
            match self.context.image(&product.component, image) {
                Ok(image) => self.add_image(image, false, product, fits, misses),
                Err(part) if !is_package => {
                    misses.push(Miss { component: written(Some(&product.component)), part });
                }
                Err(_) => {}
            }
            if self.context.has_base()
                && let Ok(image) = self.context.image(&product.component, base)
            {
                self.add_image(image, true, product, fits, misses);
            }
        }
        if FoldedName::can_be_any_of(self.names, &product.component) {
            self.add_package(product, false, fits, misses);
        }
    }

    /// Adds a product that is the package. Its subcomponents do not count.
    fn add_package(&self, product: &Product, is_base: bool, fits: &mut Vec<Fit>, misses: &mut Vec<Miss>) {
        match self.context.package(&product.component, self.package) {
            Ok(found) => fits.push(Fit {
                grade: Grade { product: ProductGrade::Package(found.grade), component: None },
                equivalences: found.equivalences,
                product: found.written,
                subcomponent: None,
                is_base,
                rests_on: RestsOn::default(),
            }),
            Err(part) if names_package(&product.component) => {
                misses.push(Miss { component: written(Some(&product.component)), part });
            }
            Err(_) => {}
        }
    }

    /// Adds a product that is the image, if its subcomponents allow it.
    fn add_image(
        &self,
        image: ImageMatch,
        is_base: bool,
        product: &'a Product,
        fits: &mut Vec<Fit>,
        misses: &mut Vec<Miss>,
    ) {
        match self.subcomponent(product) {
            Ok(found) => {
                let mut equivalences = image.equivalences;
                equivalences.extend(found.iter().flat_map(|found| found.equivalences.iter().copied()));
                equivalences.sort_unstable();
                equivalences.dedup();
                fits.push(Fit {
                    grade: Grade { product: image.grade, component: found.as_ref().map(|found| found.grade) },
                    equivalences,
                    product: image.written,
                    subcomponent: found.map(|found| found.written),
                    is_base,
                    rests_on: RestsOn::default(),
                });
            }
            Err(miss) => misses.push(miss),
        }
    }

    /// The subcomponent that is the package, or `None` if the product lists none.
    fn subcomponent(&self, product: &Product) -> Result<Option<PackageMatch>, Miss> {
        subcomponent(self.context, product, self.package, self.names)
    }
}

/// The subcomponent of a product that is the package, or `None` if the product lists none.
pub(super) fn subcomponent(
    context: &Context<'_>,
    product: &Product,
    package: &FoundPackage,
    names: &BTreeSet<FoldedName>,
) -> Result<Option<PackageMatch>, Miss> {
    if product.subcomponents.is_empty() {
        return Ok(None);
    }
    let mut best: Option<PackageMatch> = None;
    let mut closest: Option<Miss> = None;
    let near = product.subcomponents.iter().filter(|component| FoldedName::can_be_any_of(names, component));
    for component in near {
        match context.package(component, package) {
            Ok(found) => {
                if best.as_ref().is_none_or(|other| found.rank() < other.rank()) {
                    best = Some(found);
                }
            }
            // Of a component with another name, the name is all there is to tell.
            Err(part) if FoldedName::is_any_of(names, component) => {
                if closest.as_ref().is_none_or(|other| closeness(&part) > closeness(&other.part)) {
                    closest = Some(Miss { component: written(Some(component)), part });
                }
            }
            Err(_) => {}
        }
    }
    if let Some(found) = best {
        return Ok(Some(found));
    }
    Err(closest.unwrap_or_else(|| Miss {
        component: written(Some(&product.component)),
        part: NearMissPart::SubcomponentNotListed,
    }))
}

/// Whether a component has the package URL of a package. All others are compared with the image in explanations.
fn names_package(component: &Component) -> bool {
    component.identities.iter().any(|identity| match identity {
        Identity::Purl { purl, .. } => !is_image_type(purl.kind()),
        _ => false,
    })
}

/// A component as written.
pub(super) fn written(component: Option<&Component>) -> String {
    let identity = component.and_then(|component| component.identities.first());
    match identity {
        Some(
            Identity::Purl { text, .. } | Identity::Text(text) | Identity::Cpe(text) | Identity::Hash(text),
        ) => text.clone(),
        Some(Identity::BomLink { serial, version, bom_ref: Some(bom_ref), .. }) => {
            format!("{serial}/{version}#{bom_ref}")
        }
        Some(Identity::BomLink { serial, version, bom_ref: None, .. }) => format!("{serial}/{version}"),
        None => String::new(),
    }
}
