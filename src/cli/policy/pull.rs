//! `dhi policy pull`: fetches a policy bundle, writes it, and pins it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output::write_data;
use super::super::output_file::write_file;
use super::super::printer::{Data, Printer};
use super::super::registry_options::RegistryArguments;
use super::super::session::Session;
use super::bundle_output::BundleOutput;
use super::bundles::{RequirementArguments, default_lock, read_lock};
use crate::diagnostic::{Diagnostic, Exit};
use crate::gate::{LoadedBundle, load_bundle};
use crate::trust_store::policy_bundle::{BundleLock, BundleSource, LockChange};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The content is kept in the cache by its digest, so `--offline` works afterwards. With `--lock` the digests are written to \
the lock file, which `--policy-bundle` compares them with: a bundle that changed is refused.")]
pub(in crate::cli) struct Arguments {
    /// Reference of an OCI artifact, or path of a directory or `tar.gz` file
    #[arg(value_name = "BUNDLE", add = super::super::completion::references())]
    bundle: String,

    /// Write the bundle to a new directory, or to a file `*.tar.gz`
    #[arg(long, short, value_name = "DIR|FILE.tar.gz", value_hint = clap::ValueHint::AnyPath)]
    output: Option<PathBuf>,

    /// Replace an existing file
    #[arg(long, requires = "output")]
    force: bool,

    /// Pin the bundle as it is now in the lock file
    #[arg(long, conflicts_with = "locked")]
    lock: bool,

    #[command(flatten)]
    requirements: RequirementArguments,

    #[command(flatten)]
    access: RegistryArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { bundle, output, force, lock, requirements, access } = arguments;
    let source = BundleSource::parse(&bundle)?;
    let output = output.map(|path| BundleOutput::check(path, force)).transpose()?;
    let session = access.session(printer)?.with_registry(&access)?;
    let required = if lock {
        requirements.open_without_lock(&session).await?
    } else {
        requirements.open(None, &session).await?
    };
    let loaded = load_bundle(&session.registry, &source, &required.as_required()).await?;
    if let Some(output) = &output {
        output.write(&loaded.content, printer)?;
    }
    if lock {
        let path = requirements.policy_lock.unwrap_or_else(|| default_lock(None));
        pin(&path, &loaded, &session).await?;
    }
    describe(&loaded, printer);
    let text = match (&loaded.reference, loaded.digest) {
        (Some(reference), Some(digest)) => format!("{}@{digest}\n", reference.repository),
        (_, Some(digest)) => format!("{digest}\n"),
        (_, None) => String::new(),
    };
    write_data(Data::Text(&text), printer)?;
    Ok(Exit::Pass)
}

/// Notes what the bundle has.
pub(super) fn describe(loaded: &LoadedBundle, printer: &Printer) {
    let names: Vec<&str> = loaded.policies.iter().map(|policy| policy.metadata().name.as_str()).collect();
    let count = if names.len() == 1 { "1 policy".to_owned() } else { format!("{} policies", names.len()) };
    printer.note(&format!("{count}: {}", names.join(", ")));
    if let Some(revision) = loaded.content.revision() {
        printer.note(&format!("revision {revision}"));
    }
    if let Some(config) = loaded.content.config() {
        let keys: Vec<&str> = config.keys().map(String::as_str).collect();
        printer.note(&format!("`data.json` sets `config` for all of them: {}", keys.join(", ")));
    }
    let left_out = loaded.content.left_out();
    if !left_out.is_empty() {
        let count =
            if left_out.len() == 1 { "1 file".to_owned() } else { format!("{} files", left_out.len()) };
        printer.note(&format!("without effect, so left out: {count}"));
    }
}

/// Writes the digests of a bundle to the lock file. Other bundles in it stay; one process at a time changes it.
async fn pin<R, T>(
    path: &Path,
    loaded: &LoadedBundle,
    session: &Session<'_, R, T>,
) -> Result<(), Diagnostic> {
    let name = path.display().to_string();
    let _held = LockChange::begin(path, session.limits.lock_wait).await?;
    let mut lock = read_lock(path)?.unwrap_or_else(|| BundleLock::empty(&name));
    let before = lock.pin(&loaded.bundle, loaded.digest, loaded.content.digests());
    write_file(path, Data::Raw(lock.to_json().as_bytes()), session.printer)?;
    let is_same = before.as_ref() == lock.entry(&loaded.bundle);
    session.printer.note(&match before {
        Some(_) if is_same => format!("`{name}`: already pinned"),
        Some(before) => {
            let digest = before.digest.map(|digest| format!(", before {digest}")).unwrap_or_default();
            format!("`{name}`: pinned again{digest}")
        }
        None => format!("`{name}`: pinned"),
    });
    Ok(())
}
