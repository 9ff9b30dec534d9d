//! The copies of VEX repositories, for commands without registry options.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::super::super::config::Config;
use super::super::super::registry_options::path;
use super::super::super::session::Session;
use crate::diagnostic::Diagnostic;
use crate::limits::Limits;
use crate::registry::Credentials;
use crate::trust_store::vex_repository::VexRepositories;

/// The directory of the cache, where copies are.
#[derive(Debug, Args)]
pub(in crate::cli) struct CopyArguments {
    /// Directory of the cache
    #[arg(long, value_name = "DIR", env = "DHI_CACHE_DIR", value_parser = path())]
    cache_dir: Option<PathBuf>,
}

impl CopyArguments {
    fn directory(&self) -> Result<Option<PathBuf>, Diagnostic> {
        let named = self.cache_dir.clone().filter(|path| !path.as_os_str().is_empty());
        Ok(named.or(Config::of_environment()?.cache_dir))
    }

    /// Copies that are read and removed, not updated.
    pub(in crate::cli) fn stored(&self) -> Result<VexRepositories, Diagnostic> {
        Ok(VexRepositories::new(self.directory()?, None, Credentials::none(), Limits::default()))
    }

    /// Copies that are updated.
    pub(super) fn updated(&self, session: &Session<'_, (), ()>) -> Result<VexRepositories, Diagnostic> {
        let transport = session.transport.as_ref().map(Arc::clone);
        Ok(VexRepositories::new(self.directory()?, transport, Credentials::load()?, session.limits.clone()))
    }
}
