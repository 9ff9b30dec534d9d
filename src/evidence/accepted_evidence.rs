//! Which evidence a policy accepts as proof.

/// Which evidence a policy accepts as proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AcceptedEvidence {
    /// For each image: an attestation of it, or its base. Attestations about its index do not count.
    #[default]
    Images,
    /// For each image: an attestation of it, or one about the index, which names all images by digest. A verification
    /// summary of the index never counts.
    ImagesOrIndex,
    /// Only the signature of the root. No attestation is judged.
    RootSignature,
}
