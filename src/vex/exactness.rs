//! How exactly a statement names what it matches: the one order of grades.
//!
//! Where several identities of a component, or several products of a statement match, the most exact match counts.
//! Invariant: the order is total, so which match counts does not depend on their order in the document.

use super::{ComponentGrade, Grade, ProductGrade};

/// How exactly a statement matches. What is less is more exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::vex) struct Exactness {
    class: Class,
    product: u8,
    component: u8,
}

/// How much may be meant besides what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// Nothing: a digest, a package with its version.
    One,
    /// Little: an image by its tag, which can move; the source package with its version.
    Few,
    /// Every version of a package, every image of a repository.
    AnyVersion,
    /// Something else of the same name.
    Weak,
}

impl ComponentGrade {
    /// How exactly the component matches.
    pub(in crate::vex) fn exactness(self) -> Exactness {
        let (class, component) = match self {
            Self::Package => (Class::One, 0),
            Self::Source => (Class::Few, 1),
            Self::PackageAnyVersion => (Class::AnyVersion, 2),
            Self::SourceAnyVersion => (Class::AnyVersion, 3),
            Self::PackageName => (Class::Weak, 4),
        };
        Exactness { class, product: 0, component }
    }
}

impl ProductGrade {
    /// How exactly the product matches.
    pub(in crate::vex) fn exactness(self) -> Exactness {
        let of = |class, product| Exactness { class, product, component: 0 };
        match self {
            Self::ImageDigest => of(Class::One, 0),
            Self::AttestationSubject => of(Class::One, 1),
            Self::Package(component) => Exactness { product: 2, ..component.exactness() },
            Self::Scanned => of(Class::One, 3),
            Self::ImageTag => of(Class::Few, 4),
            Self::ImageAny => of(Class::AnyVersion, 5),
            Self::ImageNameOnly => of(Class::Weak, 6),
            Self::Ancestor => of(Class::One, 7),
        }
    }
}

impl Grade {
    /// How exactly product and subcomponent match. The less exact one tells the class.
    pub(in crate::vex) fn exactness(self) -> Exactness {
        let product = self.product.exactness();
        match self.component.map(ComponentGrade::exactness) {
            None => product,
            Some(component) => Exactness {
                class: product.class.max(component.class),
                // A product with subcomponents is no package.
                component: component.component,
                ..product
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ComponentGrade::{Package, PackageAnyVersion, PackageName, Source, SourceAnyVersion};

    const COMPONENTS: [ComponentGrade; 5] =
        [Package, Source, PackageAnyVersion, SourceAnyVersion, PackageName];

    fn grade(product: ProductGrade, component: Option<ComponentGrade>) -> Grade {
        Grade { product, component }
    }

    #[test]
    fn the_more_exact_component_is_less() {
        assert!(COMPONENTS.is_sorted_by_key(|component| component.exactness()));
        let packages = COMPONENTS.map(|component| grade(ProductGrade::Package(component), None));
        assert!(packages.is_sorted_by_key(|grade| grade.exactness()));
    }

    #[test]
    fn a_version_counts_more_than_a_name() {
        let order = [
            grade(ProductGrade::ImageDigest, None),
            grade(ProductGrade::ImageDigest, Some(Package)),
            grade(ProductGrade::AttestationSubject, Some(Package)),
            grade(ProductGrade::Package(Package), None),
            grade(ProductGrade::Scanned, None),
            grade(ProductGrade::Ancestor, Some(Package)),
            grade(ProductGrade::ImageDigest, Some(Source)),
            grade(ProductGrade::Package(Source), None),
            grade(ProductGrade::ImageTag, Some(Package)),
            grade(ProductGrade::ImageDigest, Some(PackageAnyVersion)),
            grade(ProductGrade::Package(PackageAnyVersion), None),
            grade(ProductGrade::ImageAny, Some(Package)),
            grade(ProductGrade::Package(PackageName), None),
            grade(ProductGrade::ImageNameOnly, Some(Package)),
        ];
        assert!(order.is_sorted_by_key(|grade| grade.exactness()));
    }

    /// Only a digest with the package itself as subcomponent is as exact as the digest alone.
    #[test]
    fn different_grades_have_different_places() {
        let products = [
            ProductGrade::ImageDigest,
            ProductGrade::AttestationSubject,
            ProductGrade::Scanned,
            ProductGrade::ImageTag,
            ProductGrade::ImageAny,
            ProductGrade::ImageNameOnly,
            ProductGrade::Ancestor,
        ];
        let components = COMPONENTS.map(Some);
        let mut all: Vec<Grade> = COMPONENTS.map(|one| grade(ProductGrade::Package(one), None)).to_vec();
        all.extend(
            products.iter().flat_map(|product| components.map(|component| grade(*product, component))),
        );
        for (at, one) in all.iter().enumerate() {
            for other in all.iter().skip(at + 1) {
                assert_ne!(one.exactness(), other.exactness(), "{one} {other}");
            }
        }
    }
}
