//! A threshold of nobody cannot be said.

use std::num::NonZeroUsize;

/// How many authorities must have signed: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(NonZeroUsize);

impl Threshold {
    /// One signature suffices.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// `None` for 0, which would let everything pass.
    pub fn new(count: usize) -> Option<Self> {
        NonZeroUsize::new(count).map(Self)
    }

    /// The number.
    pub fn get(self) -> usize {
        self.0.get()
    }
}
