//! What is wrong with the form of a product, and how much a product is about.

/// Why a product or subcomponent matches nothing, or another thing than its author may expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FormFault {
    /// The version is a range, or the document lists none of the versions in its range.
    Range,
    /// It is a CPE, which no report of a package has.
    Cpe,
    /// It begins as a package URL and is none.
    NotAPackageUrl,
    /// It is a package URL with the namespace inside the name: an encoded slash, or `group:artifact`.
    NamespaceInName,
    /// It is the package URL of an image whose name cannot be a repository.
    NotARepository,
    /// It is a text that is no package URL, image, digest or CPE.
    Text,
    /// It has no identity.
    Empty,
}

/// What a product is about, if that is more than one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Breadth {
    /// Every version of a package, in every image.
    AnyVersion,
    /// Every image with a name, in any repository.
    AnyRepository,
    /// Every package in every image of a repository.
    AnyImage,
}
