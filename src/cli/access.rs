//! The flags that say how registries are reached.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::printer::Printer;
use crate::error::{Explain, Id, Problem};
use crate::limits::Limits;
use crate::registry::{self, Cache, Cached, Credentials, LayoutRegistry, Registries, RemoteRegistry};

#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(super) struct AccessArguments {
    /// Open no socket; answer from the cache, a layout directory or an archive
    #[arg(long)]
    pub(super) offline: bool,

    /// Talk plain HTTP to this registry on this machine
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(super) plain_http: Vec<String>,

    /// Let logins for REGISTRY go to the token server HOST
    #[arg(long, value_name = "REGISTRY=HOST", value_parser = pair)]
    auth_realm: Vec<(String, String)>,

    /// Directory of the cache
    #[arg(long, value_name = "DIR", env = "DHI_CACHE_DIR")]
    cache_dir: Option<PathBuf>,

    /// Neither read nor write the cache
    #[arg(long, conflicts_with_all = ["offline", "cache_dir"])]
    no_cache: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((registry, host)) if !registry.is_empty() && !host.is_empty() => {
            Ok((registry.to_owned(), host.to_owned()))
        }
        _ => Err("expected `REGISTRY=HOST`".to_owned()),
    }
}

impl AccessArguments {
    /// The registries as the flags want them.
    pub(super) fn open(&self, limits: &Limits, printer: &Printer) -> Result<Registries, Problem> {
        let options = |credentials| registry::Options {
            limits: limits.clone(),
            plain_http: self.plain_http.clone(),
            auth_realms: self.auth_realm.clone(),
            credentials,
        };
        let layout = LayoutRegistry::new(limits.clone());
        if self.no_cache {
            let credentials = Credentials::load().map_err(|error| error.problem())?;
            let remote =
                RemoteRegistry::new(options(credentials), Arc::new(())).map_err(|error| error.problem())?;
            return Ok(Registries::new(Box::new(remote), layout));
        }
        let cache = Arc::new(Cache::open(self.cache_dir.clone()));
        if let Some(warning) = cache.warning() {
            if self.offline {
                return Err(Problem::new(Id::RegistryOffline, warning));
            }
            printer.note(warning);
        }
        let remote = if self.offline {
            None
        } else {
            let credentials = Credentials::load().map_err(|error| error.problem())?;
            let remote =
                RemoteRegistry::new(options(credentials), cache.clone()).map_err(|error| error.problem())?;
            Some(remote)
        };
        Ok(Registries::new(Box::new(Cached::new(remote, cache)), layout))
    }
}
