//! `dhi policy push`: stores policies as a bundle in a registry or a layout, and signs it.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::super::output::write_data;
use super::super::printer::{Data, Printer};
use super::super::registry_options::RegistryArguments;
use super::super::selection::reference;
use super::super::session::Session;
use super::super::signing::signer;
use super::super::source_date::source_date;
use super::pull::describe;
use crate::diagnostic::{Diagnostic, Exit};
use crate::gate::{BundleRequirements, load_bundle};
use crate::oci::{Reference, Repository, Version};
use crate::registry::{self, Router};
use crate::sign::{Form, Root, SignedName, Signer, Signing, push};
use crate::trust_store::policy_bundle::{BundleArtifact, BundleSource};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Each policy is read first, and nothing is stored if one cannot be used. The same files give the same digest; \
`SOURCE_DATE_EPOCH` adds a time. With `--sign-key` the tag is written last: who pulls it always finds the signature. \
`dhi sign` signs in other forms, and with a transparency log.")]
pub(in crate::cli) struct Arguments {
    /// Directory with the policies, or `tar.gz` file
    #[arg(value_name = "DIR|FILE.tar.gz", value_hint = clap::ValueHint::AnyPath)]
    path: PathBuf,

    /// Where to store it: `NAME[:TAG]` or `oci:DIR[:NAME]`
    ///
    /// A directory that does not exist, or is empty, becomes a layout.
    #[arg(value_name = "REF", add = super::super::completion::references())]
    reference: String,

    /// Sign the bundle: FILE, `env://VAR` or `exec:PROGRAM`
    ///
    /// The password of a key is read from `COSIGN_PASSWORD`. `exec:PROGRAM [ARGUMENT...]` signs with a program.
    #[arg(long, value_name = "KEY")]
    sign_key: Option<String>,

    #[command(flatten)]
    access: RegistryArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { path, reference: text, sign_key, access } = arguments;
    let reference = reference(&text)?;
    let session = access.session(printer)?.with_registry_to_write(&access, &reference)?;
    let source = BundleSource::of_path(path);
    let loaded = load_bundle(&session.registry, &source, &BundleRequirements::default()).await?;
    let artifact = BundleArtifact::new(&loaded.content, source_date()?);
    let digest = artifact.digest();
    if let Some(expected) = reference.digest.filter(|expected| *expected != digest) {
        return Err(registry::Error::Digest { what: reference.to_string(), expected, found: digest }.into());
    }
    // A key that cannot be used is reported before anything is stored.
    let signer = match &sign_key {
        Some(key) => Some(signer(key, &session.limits).await?),
        None => None,
    };
    let repository = &reference.repository;
    if let Repository::Layout(directory) = repository
        && registry::create_layout(directory)?
    {
        printer.note(&format!("`{}` is a new layout", directory.display()));
    }
    match &signer {
        None => artifact.push(&session.registry, repository, &reference.version()).await?,
        Some(signer) => push_signed(&artifact, &reference, &**signer, &session).await?,
    }
    describe(&loaded, printer);
    if let Some(signer) = &signer {
        let key = signer.public_key();
        printer.note(&format!("signed by key {} ({})", key.id().short(), key.algorithm()));
    }
    write_data(Data::Text(&format!("{repository}@{digest}\n")), printer)?;
    Ok(Exit::Pass)
}

/// Stores the artifact by its digest, then the signature, then the tag.
async fn push_signed(
    artifact: &BundleArtifact,
    reference: &Reference,
    signer: &dyn Signer,
    session: &Session<'_, Router, ()>,
) -> Result<(), Diagnostic> {
    let Session { limits, registry, .. } = session;
    let repository = &reference.repository;
    let by_digest = Reference { digest: Some(artifact.digest()), ..reference.clone() };
    artifact.push(registry, repository, &by_digest.version()).await?;
    let root = Root::resolve(registry, &by_digest).await?;
    let subjects = root.subjects(registry, false, limits).await?;
    let name = SignedName::of_repository(repository);
    // A layout has no name to sign, and a Sigstore bundle needs none.
    let form = if name.is_some() { Form::SimpleSigning } else { Form::Bundle };
    let signing = Signing { signer, name, form, log: None, created: Timestamp::now(), limits };
    push(registry, repository, signing.sign(&subjects).await?).await?;
    match reference.version() {
        Version::Digest(_) => Ok(()),
        version => Ok(artifact.push_manifest(registry, repository, &version).await?),
    }
}
