//! The flags that name policy bundles, and the flags that tell what is required of them.

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::super::session::Session;
use super::super::trust::keyring;
use super::super::trust_store::StoredTrust;
use super::super::verifier::build;
use crate::diagnostic::{Code, Diagnostic, IoCause};
use crate::gate::{BundleRequirements, LoadedBundle, Verifier, load_bundle};
use crate::limits::{ReadError, read_whole};
use crate::oci::Reference;
use crate::policy::BuiltIn;
use crate::policy::rego::RegoPolicy;
use crate::registry::{Registry, open_settings};
use crate::trust_store::limits::POLICY_BUNDLE_LOCK;
use crate::trust_store::policy_bundle::{BundleError, BundleLock, BundleSource, LOCK_FILE, Pin};

/// The flags of commands that evaluate the policies of bundles.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy bundles")]
pub(in crate::cli) struct PolicyBundleArguments {
    /// Policies in the bundle BUNDLE (repeatable)
    ///
    /// BUNDLE is the reference of an OCI artifact, or the path of a directory or of a `tar.gz` file. A path begins with
    /// `./`, `../` or `/`, or ends with `.tar.gz`.
    #[arg(
        long,
        value_name = "BUNDLE",
        value_parser = NonEmptyStringValueParser::new(),
        add = super::super::completion::references()
    )]
    policy_bundle: Vec<String>,

    #[command(flatten)]
    requirements: RequirementArguments,
}

/// What is required of bundles.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy bundles")]
pub(in crate::cli) struct RequirementArguments {
    /// Require that each bundle is signed with KEY
    ///
    /// KEY is a file, `env://VAR`, an https URL, `dhi-1` or `dhi-2`. Repeatable: one of the keys suffices.
    #[arg(long, value_name = "KEY")]
    bundle_key: Vec<String>,

    /// Lock file with the digests of bundles
    ///
    /// By default `dhi-policies.lock` beside the configuration of the policies, else in the current directory, if it
    /// exists.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) policy_lock: Option<PathBuf>,

    /// Refuse bundles that are not pinned by a digest or by the lock file
    #[arg(long)]
    locked: bool,
}

/// What is required of bundles, with the files that the flags name.
pub(super) struct Requirements {
    lock: Option<BundleLock>,
    locked: bool,
    is_offline: bool,
    verifier: Option<Verifier>,
}

impl PolicyBundleArguments {
    /// Loads the bundles that the flags and the configuration name. `beside` is the directory of the configuration.
    ///
    /// # Errors
    ///
    /// The error of the first bundle that cannot be used, and of a flag that has no effect.
    pub(in crate::cli) async fn load<R, T>(
        &self,
        in_configuration: impl Iterator<Item = Reference>,
        beside: Option<&Path>,
        registry: &dyn Registry,
        session: &Session<'_, R, T>,
    ) -> Result<Vec<RegoPolicy>, Diagnostic> {
        let sources = self.policy_bundle.iter().map(|text| BundleSource::parse(text));
        let sources = sources.chain(in_configuration.map(|reference| Ok(BundleSource::Reference(reference))));
        let sources: Vec<BundleSource> = sources.collect::<Result<_, _>>()?;
        if sources.is_empty() {
            self.requirements.check_unused()?;
            return Ok(Vec::new());
        }
        let requirements = self.requirements.open(beside, session).await?;
        let mut policies = Vec::new();
        for source in &sources {
            let loaded = load_bundle(registry, source, &requirements.as_required()).await?;
            warn_if_it_can_move(&loaded, session);
            policies.extend(loaded.policies);
        }
        Ok(policies)
    }
}

impl RequirementArguments {
    /// Refuses flags that have no effect without a bundle. `--locked` holds for no bundles too.
    fn check_unused(&self) -> Result<(), Diagnostic> {
        let unused = match (self.bundle_key.is_empty(), &self.policy_lock) {
            (false, _) => "--bundle-key",
            (true, Some(_)) => "--policy-lock",
            (true, None) => return Ok(()),
        };
        let what = format!("`{unused}` has no effect: no policy bundle is given");
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what))
    }

    /// Reads the keys and the lock file.
    ///
    /// # Errors
    ///
    /// The error of a key or lock file that cannot be used.
    pub(super) async fn open<R, T>(
        &self,
        beside: Option<&Path>,
        session: &Session<'_, R, T>,
    ) -> Result<Requirements, Diagnostic> {
        let lock = match &self.policy_lock {
            Some(path) => Some(read_lock(path)?.ok_or_else(|| BundleError::Lock {
                path: path.display().to_string(),
                cause: "it does not exist".to_owned(),
            })?),
            None => read_lock(&default_lock(beside))?,
        };
        Ok(Requirements { lock, ..self.open_without_lock(session).await? })
    }

    /// Reads the keys alone.
    ///
    /// # Errors
    ///
    /// The error of a key that cannot be used.
    pub(super) async fn open_without_lock<R, T>(
        &self,
        session: &Session<'_, R, T>,
    ) -> Result<Requirements, Diagnostic> {
        let verifier = match self.bundle_key.as_slice() {
            [] => None,
            keys => Some(verifier(keys, session).await?),
        };
        Ok(Requirements { lock: None, locked: self.locked, is_offline: session.is_offline(), verifier })
    }
}

impl Requirements {
    /// What the gate requires.
    pub(super) fn as_required(&self) -> BundleRequirements<'_> {
        let pin = Pin { lock: self.lock.as_ref(), required: self.locked, offline: self.is_offline };
        BundleRequirements { pin, signed: self.verifier.as_ref() }
    }
}

/// Verifies signatures of bundles by `keys`.
async fn verifier<R, T>(keys: &[String], session: &Session<'_, R, T>) -> Result<Verifier, Diagnostic> {
    let stored = StoredTrust::of_user();
    let builder = Verifier::builder()
        .limits(session.limits.clone())
        .offline(session.is_offline())
        .docker_keyring(stored.keyring(&session.limits)?)
        .keyring(keyring(keys, session).await?)
        .trusted_root(stored.root(&session.limits, session.printer)?)
        .policy(BuiltIn::Signed);
    build(builder)
}

/// The lock file that is used by default.
pub(super) fn default_lock(beside: Option<&Path>) -> PathBuf {
    let in_directory = beside.map(|directory| directory.join(LOCK_FILE)).filter(|path| path.exists());
    in_directory.unwrap_or_else(|| PathBuf::from(LOCK_FILE))
}

/// Reads a lock file. `None` if it does not exist.
pub(super) fn read_lock(path: &Path) -> Result<Option<BundleLock>, BundleError> {
    let name = path.display().to_string();
    let failed = |cause: String| BundleError::Lock { path: name.clone(), cause };
    let file = match open_settings(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(IoCause(&error).to_string())),
    };
    let bytes = read_whole(file, POLICY_BUNDLE_LOCK).map_err(|error| match error {
        ReadError::TooLong(limit) => failed(format!("it has more than {limit} bytes")),
        ReadError::Failed(error) => failed(IoCause(&error).to_string()),
    })?;
    BundleLock::parse(&bytes, &name).map(Some)
}

/// Warns about a bundle that another push can replace.
fn warn_if_it_can_move<R, T>(loaded: &LoadedBundle, session: &Session<'_, R, T>) {
    if loaded.can_move && !loaded.is_pinned {
        let LoadedBundle { bundle, digest, .. } = loaded;
        let now = digest.map(|digest| format!(" (now {digest})")).unwrap_or_default();
        session.printer.warning(&format!(
            "the policy bundle `{bundle}`{now} is not pinned, so its policies can change: `dhi policy pull {bundle} \
             --lock` pins it"
        ));
    }
}
