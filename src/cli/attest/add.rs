//! `dhi attest add`: signs a predicate and attaches it to an image.

use std::path::PathBuf;

use clap::Args;

use super::super::predicate_types::PredicateTypes;
use super::super::printer::Printer;
use super::super::selection::reference;
use super::super::session::Session;
use super::super::signing::StoringArguments;
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::limits::{Exceeded, Limits, ReadError, read_whole};
use crate::oci::Platform;
use crate::sign::{Document, Form, Platforms, PredicateType, Root, push};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The statement is about the manifest of one platform. If an index has several, `--platform` selects one. \
It is stored as a Sigstore bundle, which `cosign verify-attestation` reads. \
`--bundle-format=false` writes the form of hardened images, which Docker Scout lists.")]
pub(in crate::cli) struct Add {
    /// Image, index or chart: `NAME[:TAG][@DIGEST]` or `oci:DIR[:NAME]` (a layout directory)
    #[arg(value_name = "REF", add = crate::cli::completion::references())]
    reference: String,

    /// JSON document of the predicate
    ///
    /// It is stored unchanged. `-` is standard input.
    #[arg(long, visible_alias = "predicate", value_name = "FILE")]
    file: PathBuf,

    /// Type of the predicate
    ///
    /// TYPE is a URI, or a short name such as `spdx` or `slsaprovenance1`.
    #[arg(long, visible_alias = "type", value_name = "TYPE", value_parser = PredicateTypes, hide_possible_values = true)]
    predicate_type: PredicateSelector,

    /// Platform of the statement (repeatable), or `all`
    #[arg(long, value_name = "OS/ARCH[/VARIANT]|all", value_parser = choice, value_delimiter = ',')]
    platform: Vec<Choice>,

    #[command(flatten)]
    storing: StoringArguments,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Choice {
    All,
    One(Platform),
}

fn choice(text: &str) -> Result<Choice, String> {
    match text {
        "all" => Ok(Choice::All),
        _ => text.parse().map(Choice::One).map_err(|error: crate::oci::Error| error.to_string()),
    }
}

fn platforms(choices: Vec<Choice>) -> Platforms {
    if choices.is_empty() {
        return Platforms::Only;
    }
    let mut these = Vec::new();
    for choice in choices {
        match choice {
            Choice::All => return Platforms::All,
            Choice::One(platform) => these.push(platform),
        }
    }
    Platforms::Listed(these)
}

pub(in crate::cli) async fn run(arguments: Add, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Add { reference: text, file, predicate_type, platform, storing } = arguments;
    let StoringArguments { signing, pushed, access } = storing;
    let reference = reference(&text)?;
    let predicate_type = PredicateType::new(&predicate_type)?;
    let session = access.session(printer)?;
    let document = document(&file, &session.limits)?;
    let session = session.with_registry_to_write(&access, &reference)?;
    let Session { limits, registry, .. } = &session;
    // In a list of referrers `cosign verify-attestation` reads only bundles.
    let options = signing.read(Form::Bundle, &reference, &session)?;
    // A key that cannot be used is reported before the network is used.
    let opened = options.open(limits).await?;
    let root = Root::resolve(registry, &reference).await?;
    let platforms = platforms(platform);
    let images = root.images(registry, &platforms, limits).await?;
    let signing = opened.signing(limits);
    let prepared = signing.attest(&root, &images, &document, &predicate_type).await?;
    let all = push(registry, &reference.repository, prepared).await?;
    pushed.write(&reference, &opened, &all, printer)?;
    Ok(Exit::Pass)
}

fn document(file: &PathBuf, limits: &Limits) -> Result<Document, Diagnostic> {
    let (origin, read) = if file.as_os_str() == "-" {
        ("standard input".to_owned(), read_whole(std::io::stdin().lock(), limits.statement))
    } else {
        let opened = std::fs::File::open(file).map_err(ReadError::from);
        let read = opened.and_then(|opened| read_whole(opened, limits.statement));
        (format!("`{}`", file.display()), read)
    };
    let bytes = read.map_err(|error| match error {
        ReadError::TooLong(bound) => {
            Exceeded::new(format!("{origin} of more than {bound} bytes"), bound, "bytes").to_diagnostic()
        }
        ReadError::Failed(error) => {
            let text = "give a file, or `-` for standard input".to_owned();
            Diagnostic::new(Code::SIGN_PREDICATE, format!("{origin} cannot be read: {error}"))
                .remedy(Remedy::ChangeCommandLine { text })
        }
    })?;
    Ok(Document::parse(&bytes, &origin, limits)?)
}
