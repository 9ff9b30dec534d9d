//! Options of a cache.

use std::sync::Arc;

use crate::registry::Secrets;

/// Options of a cache, from the run that uses it.
#[derive(Clone, Default)]
pub struct CacheOptions {
    /// Secrets that are never stored, even if a response quotes them.
    pub secrets: Secrets,
    /// Called once if a file cannot be written. Such content is fetched again.
    pub on_write_failure: Option<NotifyUser>,
}

/// A callback that shows a note to the user.
pub type NotifyUser = Arc<dyn Fn(&str) + Send + Sync>;
