//! The origin guard (R13): statements of Docker Hardened Images count only for hardened images, and in an image that
//! is built on one, only for packages that are proven to come from there.
//!
//! Invariant: only a verified digest, or the user, makes an image hardened. The name of a repository proves nothing; a
//! decision that rests on it carries a warning, and `require_verified` refuses it.

use super::binding::{Bound, DocumentSubject};
use super::context::Context;
use super::fit::{Fit, RestsOn};
use crate::vex::{FoundPackage, HardenedStatus, Inapplicable, Origin, ProductGrade};

/// Whether a match may count: what it rests on, or why it does not count.
pub(super) fn check(
    context: &Context<'_>,
    document: usize,
    fit: &Fit,
    package: &FoundPackage,
) -> Result<RestsOn, Inapplicable> {
    if fit.is_base {
        // The base was proven for the verified image, so for this report only if that is the scanned one.
        return match context.binding.bound() {
            Bound::No => Err(Inapplicable::OriginNotBase),
            bound => from_base(package).map(|()| by_user(bound)),
        };
    }
    // Where the packages of an image come from does not matter if the statement is about this very image: by the digest
    // of the product, or by that of the attestation, under whatever name its products have the image.
    let is_package = matches!(fit.grade.product, ProductGrade::Package(_));
    let is_attested = matches!(context.subject(document), DocumentSubject::Image(_)) && !is_package;
    if is_attested || fit.grade.product == ProductGrade::ImageDigest {
        return Ok(by_user(context.binding.bound()));
    }
    if context.is_dhi(document) {
        return hardened(context, package);
    }
    if is_image_by_name(fit.grade.product) {
        return if context.is_image_known() {
            Ok(by_user(context.binding.bound()))
        } else {
            by_name(context)
        };
    }
    Ok(RestsOn::default())
}

/// Whether the target of a statement of hardened images is hardened.
fn hardened(context: &Context<'_>, package: &FoundPackage) -> Result<RestsOn, Inapplicable> {
    let bound = context.binding.bound();
    match context.facts.hardened {
        HardenedStatus::Assumed => Ok(RestsOn { assumed_hardened: true, ..RestsOn::default() }),
        // What was proven of another image is nothing that is known of this one.
        _ if bound == Bound::No => by_dhi_name(context),
        HardenedStatus::Hardened => Ok(by_user(bound)),
        HardenedStatus::BuiltOn => from_base(package).map(|()| by_user(bound)),
        HardenedStatus::Neither => Err(Inapplicable::NotADhiImage),
        HardenedStatus::Unproven => by_dhi_name(context),
    }
}

fn from_base(package: &FoundPackage) -> Result<(), Inapplicable> {
    if package.origin == Origin::Base { Ok(()) } else { Err(Inapplicable::OriginNotBase) }
}

fn by_dhi_name(context: &Context<'_>) -> Result<RestsOn, Inapplicable> {
    if context.has_dhi_name { by_name(context) } else { Err(Inapplicable::NotADhiImage) }
}

fn by_name(context: &Context<'_>) -> Result<RestsOn, Inapplicable> {
    if context.rules.require_verified {
        return Err(Inapplicable::ImageNotVerified);
    }
    Ok(RestsOn { repository_name: true, ..RestsOn::default() })
}

fn by_user(bound: Bound) -> RestsOn {
    RestsOn { unbound_report: bound == Bound::ByUser, ..RestsOn::default() }
}

fn is_image_by_name(grade: ProductGrade) -> bool {
    matches!(grade, ProductGrade::ImageTag | ProductGrade::ImageAny | ProductGrade::ImageNameOnly)
}
