//! The run that a cache serves.

use std::sync::Arc;

use crate::registry::Secrets;

/// The run that a cache serves.
#[derive(Clone, Default)]
pub struct CacheOptions {
    /// What is never kept, wherever a registry repeats it.
    pub secrets: Secrets,
    /// Is told once that something could not be written. Nothing depends on it: it is fetched again.
    pub on_write_failure: Option<NotifyUser>,
}

/// Says something to the user of a run.
pub type NotifyUser = Arc<dyn Fn(&str) + Send + Sync>;
