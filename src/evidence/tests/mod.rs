//! What the tests of this module and of those above it share.

pub(crate) mod signing;
