//! References of a file without facts.

/// A reference without facts. No policy can be evaluated for it, so a run over the file never passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The reference.
    pub reference: String,
    /// Why there are no facts.
    pub cause: String,
}
