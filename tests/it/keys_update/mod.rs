//! `dhi keys update`, and what it changes for every other command.

mod ring;
mod sigstore;
pub(crate) mod tuf;

use std::path::PathBuf;

use crate::support::env::TestEnv;

/// Where a user's trust is stored.
fn data(env: &TestEnv) -> PathBuf {
    env.path(".local/share/dhi")
}
