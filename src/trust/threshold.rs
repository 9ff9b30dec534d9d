//! The threshold of signers. It cannot be zero.

use std::num::NonZeroUsize;

/// How many signers are required: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold(NonZeroUsize);

impl Threshold {
    /// One signature suffices.
    pub const ONE: Self = Self(NonZeroUsize::MIN);

    /// `None` for 0, with which everything would pass.
    pub fn new(count: usize) -> Option<Self> {
        NonZeroUsize::new(count).map(Self)
    }

    /// The number.
    pub fn get(self) -> usize {
        self.0.get()
    }
}
