//! `dhi sign`: signs an index or manifest and stores the signature in the same repository.

use clap::Args;

use super::printer::Printer;
use super::selection::reference;
use super::session::Session;
use super::signing::StoringArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::sign::{Form, Root, push};

#[derive(Debug, Args)]
#[command(after_long_help = "\
A tag is resolved once, and its digest is signed. Check the signature with the public key: \
`cosign verify --key cosign.pub REF` or `dhi verify --policy signed --key cosign.pub REF`.")]
pub(super) struct Arguments {
    /// Image, index or chart: `NAME[:TAG][@DIGEST]` or `oci:DIR[:NAME]` (a layout directory)
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    /// Sign every manifest in the index too
    #[arg(long, short)]
    recursive: bool,

    #[command(flatten)]
    storing: StoringArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { reference: text, recursive, storing } = arguments;
    let StoringArguments { signing, pushed, access } = storing;
    let reference = reference(&text)?;
    let session = access.session(printer)?.with_registry_to_write(&access, &reference)?;
    let Session { limits, registry, .. } = &session;
    let options = signing.read(Form::SimpleSigning, &reference, &session)?;
    // A key that cannot be used is reported before the network is used.
    let opened = options.open(limits).await?;
    let root = Root::resolve(registry, &reference).await?;
    let subjects = root.subjects(registry, recursive, limits).await?;
    let prepared = opened.signing(limits).sign(&subjects).await?;
    let all = push(registry, &reference.repository, prepared).await?;
    pushed.write(&reference, &opened, &all, printer)?;
    Ok(Exit::Pass)
}
