//! Which packages of an image come from its proven base.
//!
//! Invariant: a package comes from the base only if a verified SBOM of the base has it with this version, or if every
//! layer that holds it is one of the base. If it is unknown which image of an index a report is about, the proof must
//! hold for each of them.

use std::collections::BTreeSet;

use super::sbom::Packages;
use crate::oci::Digest;
use crate::vex::{FoundPackage, Origin};

/// One image and what it is built on.
#[derive(Clone, Debug)]
pub(super) struct ImageOrigins {
    /// Digests of the layers of the base, uncompressed, as the image declares them.
    pub(super) base_layers: BTreeSet<Digest>,
    /// Digests of the layers above them.
    pub(super) own_layers: BTreeSet<Digest>,
    /// The packages of the verified SBOMs of the base. `None`: no SBOM of it could be read.
    pub(super) packages: Option<Packages>,
}

impl ImageOrigins {
    /// Where a package comes from.
    pub(super) fn origin(&self, package: &FoundPackage) -> Origin {
        let layers: Vec<Option<Digest>> = package.layers.iter().map(|layer| layer.parse().ok()).collect();
        let all_in = |known: &BTreeSet<Digest>| {
            !layers.is_empty() && layers.iter().all(|layer| layer.is_some_and(|layer| known.contains(&layer)))
        };
        let in_sbom =
            package.purl.as_ref().zip(self.packages.as_ref()).map(|(purl, known)| known.contain(purl));
        match in_sbom {
            Some(true) => Origin::Base,
            _ if all_in(&self.base_layers) => Origin::Base,
            // Package databases are written again in upper layers, so layers alone do not tell that it was added.
            Some(false) if all_in(&self.own_layers) => Origin::Added,
            _ => Origin::Unproven,
        }
    }
}

/// The origin that holds for each of these images.
pub(super) fn common(images: impl Iterator<Item = Origin>) -> Origin {
    let mut images = images;
    let Some(first) = images.next() else { return Origin::Unproven };
    if images.all(|other| other == first) { first } else { Origin::Unproven }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vex::PackageUrl;

    fn layer(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    fn found(purl: Option<&str>, layers: &[&str]) -> FoundPackage {
        FoundPackage {
            purl: purl.map(|purl| PackageUrl::parse(purl).unwrap()),
            layers: layers.iter().map(|name| layer(name).to_string()).collect(),
            ..FoundPackage::default()
        }
    }

    fn image() -> ImageOrigins {
        let mut packages = Packages::default();
        assert!(packages.add(r#"{"components":[{"purl":"pkg:deb/debian/bash@5.2"}]}"#));
        ImageOrigins {
            base_layers: [layer("a"), layer("b")].into(),
            own_layers: [layer("c")].into(),
            packages: Some(packages),
        }
    }

    #[test]
    fn an_equal_package_or_a_layer_of_the_base_proves_the_origin() {
        let (bash, newer) = (Some("pkg:deb/debian/bash@5.2?arch=amd64"), Some("pkg:deb/debian/bash@5.3"));
        for (purl, layers, origin) in [
            (bash, &[][..], Origin::Base),
            // The file that lists the packages was written again by the image.
            (bash, &["c"], Origin::Base),
            (newer, &["a"], Origin::Base),
            (None, &["a", "b"], Origin::Base),
            (newer, &["c"], Origin::Added),
            (newer, &["a", "c"], Origin::Unproven),
            (newer, &["unknown"], Origin::Unproven),
            (newer, &[], Origin::Unproven),
            (None, &["c"], Origin::Unproven),
            (None, &[], Origin::Unproven),
        ] {
            assert_eq!(image().origin(&found(purl, layers)), origin, "{purl:?} {layers:?}");
        }
        let unreadable = FoundPackage { layers: vec!["a".to_owned()], ..FoundPackage::default() };
        assert_eq!(image().origin(&unreadable), Origin::Unproven);
        let without_sbom = ImageOrigins { packages: None, ..image() };
        assert_eq!(without_sbom.origin(&found(bash, &["c"])), Origin::Unproven);
        assert_eq!(without_sbom.origin(&found(bash, &["b"])), Origin::Base);
    }

    #[test]
    fn images_that_differ_prove_nothing() {
        use Origin::{Added, Base, Unproven};
        for (images, origin) in [
            (&[Base, Base][..], Base),
            (&[Base, Unproven], Unproven),
            (&[Base, Added], Unproven),
            (&[Added], Added),
            (&[], Unproven),
        ] {
            assert_eq!(common(images.iter().copied()), origin, "{images:?}");
        }
    }
}
