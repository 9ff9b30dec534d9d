//! The options of registry access, from flags, environment variables and the configuration file, in this order of
//! precedence. Options of one host add up.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::config::Config;
use super::printer::Printer;
use super::session::Session;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::limits::{Limits, read_whole};
use crate::oci::{Reference, Repository};
use crate::registry::{
    self, CaCertificates, Cache, CachedRegistry, ClientCertificate, Credentials, Engine, EngineError,
    LayoutRegistry, Mirror, RemoteRegistry, Router, Tls, Transport,
};
use crate::trust_store::vex_repository::VexRepositories;

#[derive(Debug, Args)]
#[command(next_help_heading = "Access")]
pub(super) struct RegistryArguments {
    /// Use only the cache, layouts and archives
    ///
    /// No socket is opened.
    #[arg(long)]
    pub(super) offline: bool,

    /// Configuration file instead of `~/.config/dhi/config.toml`
    #[arg(long, value_name = "FILE", env = "DHI_CONFIG", value_parser = path())]
    config: Option<PathBuf>,

    /// Try the mirror HOST2 before HOST (repeatable)
    ///
    /// Several mirrors of a host are tried in this order.
    #[arg(long, value_name = "HOST=HOST2[/PREFIX]", value_parser = mirror)]
    mirror: Vec<Mirror>,

    /// Trust the certificate authorities in FILE (PEM) in addition to the platform's
    #[arg(long, value_name = "FILE", env = "DHI_CA", value_parser = path())]
    ca: Vec<PathBuf>,

    /// Client certificate for registries that require one (PEM, with its chain)
    #[arg(long, value_name = "FILE", requires = "client_key")]
    client_cert: Option<PathBuf>,

    /// Private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "client_cert")]
    client_key: Option<PathBuf>,

    /// Do not check the TLS certificate of this host
    #[arg(long, value_name = "HOST[:PORT]", value_parser = registry::parse_registry_host)]
    insecure: Vec<String>,

    /// Use plain HTTP for HOST on this machine
    #[arg(long, value_name = "HOST[:PORT]", value_parser = plain_http_host)]
    plain_http: Vec<String>,

    /// Send logins for REGISTRY to the token server HOST too
    #[arg(long, value_name = "REGISTRY=HOST", value_parser = pair)]
    auth_realm: Vec<(String, String)>,

    /// Directory of the cache
    #[arg(long, value_name = "DIR", env = "DHI_CACHE_DIR", value_parser = path())]
    cache_dir: Option<PathBuf>,

    /// Neither read nor write the cache
    #[arg(long, conflicts_with = "offline")]
    no_cache: bool,
}

/// A path, which may be empty: an empty variable counts as not set.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn is_set(path: &Path) -> bool {
    !path.as_os_str().is_empty()
}

/// A host without login.
fn plain_host(text: &str) -> Result<String, String> {
    if text.contains('@') {
        return Err("a registry host must not contain a login".to_owned());
    }
    Ok(text.to_owned())
}

/// A host, also as the URL `http://HOST[:PORT]`.
fn plain_http_host(text: &str) -> Result<String, String> {
    let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("http://"));
    let host =
        scheme.map_or(text, |scheme| text.get(scheme.len()..).unwrap_or_default().trim_end_matches('/'));
    if host.is_empty() || host.contains('/') {
        return Err("expected only the host of a registry, such as `localhost:5000`".to_owned());
    }
    plain_host(host)
}

fn pair(text: &str) -> Result<(String, String), String> {
    let text = plain_host(text)?;
    match text.split_once('=') {
        Some((registry, host)) if !registry.is_empty() => {
            Ok((registry.to_owned(), super::config::token_server(host)?.to_owned()))
        }
        _ => Err("expected `REGISTRY=HOST`".to_owned()),
    }
}

fn mirror(text: &str) -> Result<Mirror, String> {
    let (host, mirror) = text.split_once('=').ok_or("expected `HOST=HOST2[/PREFIX]`")?;
    Mirror::new(host, mirror)
}

impl RegistryArguments {
    /// Starts a session with the access options of the flags.
    pub(super) fn session<'a>(&self, printer: &'a Printer) -> Result<Session<'a, (), ()>, Diagnostic> {
        Session::start(self.offline, &self.ca, printer)
    }

    fn config(&self) -> Result<Config, Diagnostic> {
        Config::load(self.config.as_deref().filter(|path| is_set(path)))
    }

    /// The hosts that are accessed without TLS.
    pub(super) fn plain_hosts(&self) -> Result<Vec<String>, Diagnostic> {
        Ok(self.plain(&self.config()?))
    }

    /// The hosts whose certificate is not checked.
    pub(super) fn insecure_hosts(&self) -> Result<Vec<String>, Diagnostic> {
        let config = self.config()?;
        let in_file = config.hosts.iter().filter(|host| host.insecure).map(|host| host.name.clone());
        Ok(self.insecure.iter().cloned().chain(in_file).collect())
    }

    fn plain(&self, config: &Config) -> Vec<String> {
        let in_file = config.hosts.iter().filter(|host| host.plain_http).map(|host| host.name.clone());
        self.plain_http.iter().cloned().chain(in_file).collect()
    }

    /// Opens the registries with the options of the flags, the environment and the configuration file.
    fn open<R, T>(&self, session: &Session<'_, R, T>) -> Result<Router, Diagnostic> {
        let Session { limits, printer, .. } = session;
        let config = self.config()?;
        let engine = (!self.offline).then(|| Engine::new(limits.clone(), printer.secrets().clone()));
        if self.no_cache {
            let router = Router::with(self.options(&config, limits, printer)?)?;
            return Ok(router.with_engine(engine));
        }
        let from_flag = self.cache_dir.as_ref().filter(|path| is_set(path));
        let run = registry::CacheOptions {
            secrets: printer.secrets().clone(),
            on_write_failure: Some(printer.note_function()),
        };
        let cache = Arc::new(Cache::open_with(from_flag.or(config.cache_dir.as_ref()).cloned(), run));
        if let Some(warning) = cache.warning() {
            if self.offline {
                return Err(Diagnostic::new(Code::REGISTRY_OFFLINE, warning));
            }
            printer.warning(warning);
        }
        let remote = if self.offline {
            None
        } else {
            let options = self.options(&config, limits, printer)?;
            Some(RemoteRegistry::new(options, cache.clone())?)
        };
        let layout = LayoutRegistry::new(limits.clone());
        Ok(Router::new(Box::new(CachedRegistry::new(remote, cache)), layout).with_engine(engine))
    }

    /// The cache, for content that does not come from a registry.
    #[cfg(feature = "builder")]
    pub(super) fn cache(&self, printer: &Printer) -> Result<Cache, Diagnostic> {
        if self.no_cache {
            return Ok(Cache::disabled());
        }
        let directory = self.cache_dir.clone().filter(|path| is_set(path)).or(self.config()?.cache_dir);
        let run = registry::CacheOptions {
            secrets: printer.secrets().clone(),
            on_write_failure: Some(printer.note_function()),
        };
        Ok(Cache::open_with(directory, run))
    }

    /// The copies of VEX repositories, in the directory of the cache. They are fetched with the transport of the session,
    /// and with the logins of registries.
    pub(super) fn vex_repositories<R, T>(
        &self,
        session: &Session<'_, R, T>,
    ) -> Result<VexRepositories, Diagnostic> {
        let directory = self.cache_dir.clone().filter(|path| is_set(path)).or(self.config()?.cache_dir);
        let transport = session.transport.clone();
        let copies = VexRepositories::new(directory, transport, Credentials::load()?, session.limits.clone());
        Ok(if self.no_cache { copies.without_copies() } else { copies })
    }

    /// Checks that `repository` can be written to.
    ///
    /// # Errors
    ///
    /// `usage/arguments` for a registry with `--offline`; the error of an archive or a local engine, which are
    /// read-only.
    pub(super) fn check_writable(&self, repository: &Repository) -> Result<(), Diagnostic> {
        match repository {
            Repository::Remote(_) if self.offline => Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("{repository} needs the network, which `--offline` forbids"),
            )
            .remedy(Remedy::AllowNetworkOrWriteLayout)),
            Repository::Archive(path) => {
                Err(registry::Error::ReadOnly { path: format!("`{}`", path.display()) }.into())
            }
            Repository::Local(_) => Err(EngineError::NoRepository { image: repository.to_string() }.into()),
            Repository::Remote(_) | Repository::Layout(_) => Ok(()),
        }
    }

    /// Combines the options of flags and configuration file. Lists are joined; for a single value the flag wins.
    fn options(
        &self,
        config: &Config,
        limits: &Limits,
        printer: &Printer,
    ) -> Result<registry::Options, Diagnostic> {
        let client_from_flags = self.client_cert.as_ref().zip(self.client_key.as_ref());
        let tls = Tls {
            ca_certificates: authorities(&self.ca, limits)?,
            client: client_from_flags
                .map(|(certificate, key)| client(certificate, key, limits))
                .transpose()?,
            insecure: false,
        };
        let of_flags =
            self.insecure.iter().map(|host| Ok((host.clone(), Tls { insecure: true, ..Tls::default() })));
        let of_file = config.hosts.iter().map(|host| {
            let given = host.client.as_ref().filter(|_| client_from_flags.is_none());
            let tls = Tls {
                ca_certificates: authorities(&host.ca, limits)?,
                client: given.map(|(certificate, key)| client(certificate, key, limits)).transpose()?,
                insecure: host.insecure,
            };
            Ok((host.name.clone(), tls))
        });
        let host_tls: Vec<(String, Tls)> = of_flags.chain(of_file).collect::<Result<_, Diagnostic>>()?;
        for (host, _) in host_tls.iter().filter(|(_, tls)| tls.insecure) {
            printer.warning(&format!("the TLS certificate of {host} is not checked"));
        }
        let in_file = config.hosts.iter().flat_map(|host| &host.mirrors);
        let mirrors =
            in_file.filter(|mirror| !self.mirror.iter().any(|given| given.registry() == mirror.registry()));
        let realms = config
            .hosts
            .iter()
            .flat_map(|host| host.auth_realms.iter().map(|realm| (host.name.clone(), realm.clone())));
        Ok(registry::Options {
            limits: limits.clone(),
            plain_http: self.plain(config),
            auth_realms: self.auth_realm.iter().cloned().chain(realms).collect(),
            credentials: Credentials::load()?,
            mirrors: self.mirror.iter().chain(mirrors).cloned().collect(),
            tls,
            host_tls,
            lock_dir: registry::LockDir::default(),
            secrets: printer.secrets().clone(),
            waits: printer.progress().waits().clone(),
            unreachable_pause: registry::limits::UNREACHABLE_PAUSE,
        })
    }
}

impl<'a> Session<'a, (), ()> {
    /// A session without registries and trust. The transport also trusts the certificate authorities in the files `ca`.
    pub(super) fn start(offline: bool, ca: &[PathBuf], printer: &'a Printer) -> Result<Self, Diagnostic> {
        let limits = Limits::default();
        let transport = if offline {
            None
        } else {
            let authorities = authorities(ca, &limits)?;
            let transport = Transport::new(limits.clone(), authorities, printer.secrets().clone());
            let transport = transport.with_waits(printer.progress().waits().clone());
            Some(Arc::new(transport.with_unreachable_pause(registry::limits::UNREACHABLE_PAUSE)))
        };
        Ok(Self { limits, transport, printer, registry: (), trust: () })
    }
}

impl<'a, R, T> Session<'a, R, T> {
    /// The session with other limits.
    #[cfg(feature = "builder")]
    pub(super) fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Opens the registries that the flags, the environment and the configuration file describe.
    pub(super) fn with_registry(
        self,
        access: &RegistryArguments,
    ) -> Result<Session<'a, Router, T>, Diagnostic> {
        let registry = access.open(&self)?;
        let Self { limits, transport, printer, registry: _, trust } = self;
        Ok(Session { limits, transport, printer, registry, trust })
    }

    /// As [`Self::with_registry`], and checks that `reference` can be written to, before a password or a touch is
    /// requested.
    pub(super) fn with_registry_to_write(
        self,
        access: &RegistryArguments,
        reference: &Reference,
    ) -> Result<Session<'a, Router, T>, Diagnostic> {
        access.check_writable(&reference.repository)?;
        self.with_registry(access)
    }
}

pub(super) fn authorities(files: &[PathBuf], limits: &Limits) -> Result<Vec<CaCertificates>, Diagnostic> {
    let read = |file: &PathBuf| {
        CaCertificates::from_pem(&bytes(file, limits)?).map_err(|cause| unusable(file, &cause))
    };
    files.iter().filter(|file| is_set(file)).map(read).collect()
}

fn client(certificate: &Path, key: &Path, limits: &Limits) -> Result<ClientCertificate, Diagnostic> {
    ClientCertificate::from_pem(&bytes(certificate, limits)?, &bytes(key, limits)?)
        .map_err(|cause| unusable(certificate, &cause).fact("key file", format_args!("`{}`", key.display())))
}

fn bytes(file: &Path, limits: &Limits) -> Result<Vec<u8>, Diagnostic> {
    let opened = std::fs::File::open(file).map_err(|error| unusable(file, &IoCause(&error).to_string()))?;
    read_whole(opened, limits.trust_file).map_err(|error| unusable(file, &error.to_string()))
}

fn unusable(file: &Path, cause: &str) -> Diagnostic {
    Diagnostic::new(Code::USAGE_CONFIG, format!("`{}` cannot be used for TLS: {cause}", file.display()))
}
