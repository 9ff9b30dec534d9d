//! What could not be used while VEX was loaded, and what that means for the decisions.

use crate::diagnostic::Diagnostic;

/// Something that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong, with which source.
    pub diagnostic: Diagnostic,
    /// What it means for the decisions.
    pub effect: Effect,
}

/// What a problem means for the decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// A source suppresses nothing, because no trusted signer stands for it.
    NotUsed,
    /// None: a source is used as it was last fetched, or is used and not stored.
    None,
    /// Statements of trusted signers may be missing: a proof is bad, or something could not be fetched. A newer statement
    /// among them could overrule one that was used.
    Incomplete,
}

impl Problem {
    pub(super) fn not_used(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, effect: Effect::NotUsed }
    }

    pub(super) fn without_effect(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, effect: Effect::None }
    }

    pub(super) fn incomplete(diagnostic: Diagnostic) -> Self {
        Self { diagnostic, effect: Effect::Incomplete }
    }
}
