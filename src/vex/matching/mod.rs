//! Whether a statement is about a finding: package URLs, images, vulnerability ids.
//!
//! `package` and [`ImageIdentity`] compare by the rules of this program, [`go_vex`] by those of the go-vex library,
//! which Grype and Trivy use. Everything is compared by type: nothing here reads a text that was made for display.
//!
//! Invariant: two things match only if all parts that the statement names are equal, or differ by an [`Equivalence`]
//! that the result names. If nothing matches, the result is the first part that differs.
//!
//! [`Equivalence`]: super::Equivalence

mod architecture;
mod distribution;
pub mod go_vex;
mod image;
mod image_name;
mod image_product;
mod package;
mod purl;
mod verified_index;
mod version;
pub mod vulnerability;

pub use image::{ImageIdentity, ImageMatch, image};
pub use image_product::{ImageScope, image_scope};
pub use package::{PackageMatch, package};
pub use verified_index::{contains, fits, image_of_config, scanned_image};
pub(in crate::vex) use version::of_source;
pub use vulnerability::{FindingKeys, Key};

use crate::vex::NearMissPart;

/// How close a statement came whose first differing part is this one. A larger value is closer. Of two versions, the one
/// that begins like the version that was found is closer: it is of the same release.
pub fn closeness(part: &NearMissPart) -> (u8, usize) {
    let equal = match part {
        NearMissPart::Version { statement, found } => {
            statement.bytes().zip(found.bytes()).take_while(|(one, other)| one == other).count()
        }
        _ => 0,
    };
    (rank(part), equal)
}

fn rank(part: &NearMissPart) -> u8 {
    match part {
        NearMissPart::NoForm { .. } => 0,
        NearMissPart::Type { .. } => 1,
        // The attestations of the other platforms of an image are always there.
        NearMissPart::Namespace { .. } | NearMissPart::Subject { may_be_index: false, .. } => 2,
        NearMissPart::Name { .. } | NearMissPart::Image { .. } => 3,
        // Another digest may be that of any other image.
        NearMissPart::SourceOnly { .. } | NearMissPart::ImageDigest { .. } => 4,
        NearMissPart::Version { .. } | NearMissPart::ImageTag { .. } => 5,
        NearMissPart::Qualifier { .. } => 6,
        NearMissPart::Subpath { .. } => 7,
        NearMissPart::SubcomponentNotListed => 8,
        NearMissPart::ProductsWithoutSubject | NearMissPart::Subject { .. } => 9,
        NearMissPart::Guard(_) | NearMissPart::Refused(_) => 10,
    }
}

/// The closest of several misses. Equally close ones are ordered by their texts, so the order of identities does not
/// count.
fn closest(misses: impl IntoIterator<Item = NearMissPart>) -> Option<NearMissPart> {
    misses.into_iter().min_by_key(|part| (std::cmp::Reverse(closeness(part)), format!("{part:?}")))
}

#[cfg(test)]
mod tests;
