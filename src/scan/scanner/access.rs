//! What a scanner may use.

use std::path::PathBuf;

/// What a scanner may use to get an image and its database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// An empty directory in which the scanner runs, so that it reads no configuration of the project.
    pub directory: PathBuf,
    /// Hosts that are reached without TLS.
    pub plain_http: Vec<String>,
    /// Hosts whose certificate is not checked.
    pub insecure: Vec<String>,
    /// A directory with a login file in the form of Docker, which replaces that of the user.
    pub logins: Option<PathBuf>,
    /// Whether no network may be used.
    pub offline: bool,
}
