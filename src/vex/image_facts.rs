//! What is known about the scanned image besides the report: by verification, or because the user states it.

use crate::oci::{Digest, Platform};

/// Facts about the scanned image. The default is that nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageFacts {
    /// The image that this run verified, as the user named it.
    pub verified: Option<VerifiedImage>,
    /// Whether the image is hardened or built on a hardened one.
    pub hardened: HardenedStatus,
    /// The image that it is proven to be built on, as whole references `NAME@ALGORITHM:HEX`: one for its manifest, and
    /// one for its index where that is known. Empty: none is proven.
    pub base_references: Vec<String>,
    /// The repository of hardened images as which the DHI key signed it, if it is proven to be one: `dhi.io/bash`. The copy
    /// may be stored elsewhere.
    pub signed_as: Option<String>,
    /// The same for the image that it is proven to be built on.
    pub base_signed_as: Option<String>,
    /// Repositories that are the same: `registry.example.com/mirror/dhi-bash` and `dhi.io/bash`.
    pub aliases: Vec<RepositoryAlias>,
}

/// An image or index that this run resolved and hashed, beginning with a digest, or with a tag that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedImage {
    /// Digest of the root.
    pub root: Digest,
    /// The images of the index, with their platforms. Only the root itself for an image without an index.
    pub images: Vec<(Digest, Option<Platform>)>,
    /// The digests of image configurations, by which engines and scanners identify an image, each with its image.
    pub configs: Vec<(Digest, Digest)>,
}

/// Whether the image is hardened or built on a hardened one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HardenedStatus {
    /// Neither is proven. The name of its repository may be that of a hardened image, which proves nothing.
    #[default]
    Unproven,
    /// It is a hardened image, proven by its attestations.
    Hardened,
    /// It is proven to be built on a hardened image. [`Origin`](super::Origin) tells which packages come from there.
    BuiltOn,
    /// It is proven to be neither.
    Neither,
    /// The user states that it is a hardened image.
    Assumed,
}

/// Two repositories with the same images, as the user states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryAlias {
    /// The repository in the report: `registry.example.com/mirror/dhi-bash`.
    pub mirror: String,
    /// The repository that statements name: `dhi.io/bash`.
    pub original: String,
}
