//! `dhi keys update`, and what it changes for every other command.

mod ring;
mod sigstore;
pub(crate) mod tuf;

use std::path::PathBuf;

use crate::binary::User;

/// Where a user's trust is stored.
fn data(user: &User) -> PathBuf {
    user.home.path().join(".local/share/dhi")
}
