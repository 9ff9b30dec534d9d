//! The rules of one run, as the user set them.

use jiff::Timestamp;

use super::Profile;

/// The rules of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The profile.
    pub profile: Profile,
    /// Whether `not_affected` without a reason suppresses.
    pub lenient: bool,
    /// Whether decisions that rest on an unverified name are refused: then such statements suppress nothing.
    pub require_verified: bool,
    /// The time of the run, against which times in the future are compared.
    pub now: Timestamp,
}
