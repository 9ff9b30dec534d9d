//! Verified images as references that pull exactly what was verified: `dhi.io/python:3.13@sha256:…`.

use super::style::printable;
use super::{Image, RequestedReference};
use crate::evidence::ConclusionKind;
use crate::oci::{Reference, Repository};

/// The pinned reference of an image that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pinned {
    /// It did not pass.
    NotPassed,
    /// No digest pulls exactly the images that were verified: they are several, and not all that the index has.
    NoDigest,
    /// The reference with the digest.
    Reference(String),
}

/// The pinned reference of an image. That of an image of a local engine is the reference by which it was pulled.
pub(super) fn pinned(image: &Image) -> Pinned {
    let (RequestedReference::Reference(reference), Ok((source, _))) = (&image.reference, &image.result)
    else {
        return Pinned::NotPassed;
    };
    if image.conclusion().kind() != ConclusionKind::Pass {
        return Pinned::NotPassed;
    }
    let reference = match (&reference.repository, source.evidence()) {
        (Repository::Local(_), Some(evidence)) => &evidence.reference,
        _ => reference,
    };
    source.pin().map_or(Pinned::NoDigest, |digest| {
        Pinned::Reference(Reference { digest: Some(digest), ..reference.clone() }.to_string())
    })
}

/// The pinned reference of an image that passed, as a line; else nothing.
pub(crate) fn line(image: &Image) -> String {
    match pinned(image) {
        Pinned::Reference(reference) => format!("{}\n", printable(&reference)),
        Pinned::NotPassed | Pinned::NoDigest => String::new(),
    }
}
