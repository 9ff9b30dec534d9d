//! Where the proof may be that answers the question of a policy.

/// What answers the question of a policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnsweredBy {
    /// Each image: an attestation of it, or what it is built on. What is about its index does not count.
    #[default]
    Images,
    /// Each image, or what is attested about the index, which names them all by digest. A verification summary of the
    /// index never counts.
    ImagesOrIndex,
    /// The signature of the root and nothing else. No attestation is judged.
    RootSignature,
}
