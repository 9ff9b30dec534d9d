//! `dhi vex create`: writes a VEX document, or adds statements to one.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use clap::Args;
use clap::builder::{NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser};
use jiff::Timestamp;

use super::super::output::cannot_write_stdout;
use super::super::output_file::write_file;
use super::super::printer::{Data, Printer, file_of};
use super::super::source_date::document_time;
use super::super::trust::time;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::limits::{Exceeded, Limits, ReadError, read_whole};
use crate::vex::create::{CreateError, NewStatements, amend, create};
use crate::vex::document::InvalidStatement;
use crate::vex::{Justification, Status};

#[derive(Debug, Args)]
#[command(after_long_help = "\
With FILE the statements are added to that document: its version is raised, and statements without a time get the \
time of the document, which they had before. All other bytes stay.
Attach the document to an image with `dhi attest add --type openvex`.")]
pub(in crate::cli) struct Arguments {
    /// OpenVEX document to add the statements to
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,

    #[command(flatten)]
    statement: StatementArguments,

    /// Author of the document, such as `Acme <vex@acme.example>`
    #[arg(long, value_name = "TEXT", conflicts_with = "file")]
    author: Option<String>,

    /// Id of the document, an IRI
    ///
    /// By default it is made of the content.
    #[arg(long, value_name = "IRI", conflicts_with = "file")]
    id: Option<String>,

    /// Time of the statements [default: `SOURCE_DATE_EPOCH`, else now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    timestamp: Option<Timestamp>,

    /// Write to FILE instead of standard output
    #[arg(long, short, visible_alias = "file", value_name = "FILE", conflicts_with = "in_place")]
    output: Option<PathBuf>,

    /// Replace FILE
    #[arg(long, short, requires = "file")]
    in_place: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Statement")]
struct StatementArguments {
    /// Id of the vulnerability (repeatable)
    ///
    /// There is one statement for each.
    #[arg(long, visible_alias = "vuln", value_name = "ID", required = true)]
    vulnerability: Vec<String>,

    /// Other ids of the vulnerability
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    aliases: Vec<String>,

    /// Product: a package URL, or an image (repeatable)
    ///
    /// An image is `NAME[:TAG][@DIGEST]`; a name without a slash needs a tag or a digest. With a digest, the statement is
    /// about this image alone.
    #[arg(long, value_name = "PURL|REF", required = true)]
    product: Vec<String>,

    /// Package in the product (repeatable)
    ///
    /// A package URL. The statement is about this package in the product, not about the product as a whole.
    #[arg(long, visible_alias = "subcomponents", value_name = "PURL", value_delimiter = ',')]
    subcomponent: Vec<String>,

    /// not_affected, affected, fixed, under_investigation
    #[arg(long, value_name = "STATUS", value_parser = status(), hide_possible_values = true)]
    status: Status,

    /// Why the product is not affected, such as `component_not_present`
    #[arg(long, value_name = "LABEL", value_parser = justification())]
    justification: Option<Justification>,

    /// Why the product is not affected, in words
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    impact_statement: Option<String>,

    /// What users of an affected product can do
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    action_statement: Option<String>,

    /// Notes on the status
    #[arg(long, visible_alias = "status-note", value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    status_notes: Option<String>,
}

fn status() -> impl TypedValueParser<Value = Status> {
    let labels = [Status::NotAffected, Status::Affected, Status::Fixed, Status::UnderInvestigation];
    PossibleValuesParser::new(labels.map(|status| PossibleValue::new(status.as_str())))
        .map(|label| Status::parse(&label))
}

fn justification() -> impl TypedValueParser<Value = Justification> {
    PossibleValuesParser::new(Justification::ALL.map(|label| PossibleValue::new(label.as_str())))
        .try_map(|label| Justification::parse(&label).ok_or("it is not known"))
}

pub(super) fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { file, statement, author, id, timestamp, output, in_place } = arguments;
    let time = timestamp.map_or_else(document_time, Ok)?;
    let new = statement.content();
    let written = match &file {
        Some(file) => {
            let (bytes, origin) = read(file)?;
            amend(&bytes, &origin, &new, time)
        }
        None => create(&new, author.as_deref(), id.as_deref(), time).map(String::into_bytes),
    };
    let written = written.map_err(|error| with_hint(&error))?;
    let output = if in_place { file.as_deref() } else { file_of(output.as_deref()) };
    match output {
        Some(path) => write_file(path, Data::Raw(&written), printer)?,
        None => printer.data(&mut written.as_slice()).map_err(|error| cannot_write_stdout(&error))?,
    }
    Ok(Exit::Pass)
}

impl StatementArguments {
    fn content(self) -> NewStatements {
        NewStatements {
            vulnerabilities: self.vulnerability,
            aliases: self.aliases,
            products: self.product,
            subcomponents: self.subcomponent,
            status: self.status,
            status_notes: self.status_notes,
            justification: self.justification,
            impact_statement: self.impact_statement,
            action_statement: self.action_statement,
        }
    }
}

/// The document to amend, and its name in messages.
fn read(file: &Path) -> Result<(Bytes, String), Diagnostic> {
    let origin = format!("`{}`", file.display());
    let opened = std::fs::File::open(file).map_err(ReadError::from);
    let bound = Limits::default().statement;
    let bytes = opened.and_then(|opened| read_whole(opened, bound)).map_err(|error| match error {
        ReadError::TooLong(bound) => {
            Exceeded::new(format!("{origin} of more than {bound} bytes"), bound, "bytes").to_diagnostic()
        }
        ReadError::Failed(error) => {
            let hint = "leave FILE out to write a new document".to_owned();
            Diagnostic::new(Code::USAGE_ARGUMENTS, format!("{origin} cannot be read: {error}"))
                .remedy(Remedy::ChangeCommandLine { text: hint })
        }
    })?;
    Ok((bytes.into(), origin))
}

/// The error with the flags that correct it.
fn with_hint(error: &CreateError) -> Diagnostic {
    let hint = match error {
        CreateError::Invalid(InvalidStatement::NoReason) => {
            "add `--justification vulnerable_code_not_in_execute_path` or another label, or `--impact-statement TEXT`"
        }
        CreateError::Invalid(InvalidStatement::NoAction) => "add `--action-statement 'Update to 1.2.3'`",
        CreateError::Invalid(InvalidStatement::Justification(_)) => {
            "leave out `--justification`, or use `--status not_affected`"
        }
        CreateError::Invalid(InvalidStatement::ImpactStatement(_)) => {
            "leave out `--impact-statement`, or use `--status not_affected`; `--status-notes` goes with every status"
        }
        CreateError::Invalid(InvalidStatement::ActionStatement(_)) => {
            "leave out `--action-statement`, or use `--status affected`; `--status-notes` goes with every status"
        }
        CreateError::AliasesOfSeveral => "run the command once for each vulnerability",
        CreateError::Id(_) => "write an IRI such as `https://acme.example/vex/1`",
        CreateError::Product { .. } | CreateError::Form { .. } => {
            "write a package URL such as `pkg:deb/debian/libc6@2.41-12`, or an image such as `docker.io/library/redis:8`"
        }
        CreateError::OlderTime { .. } => "leave out `--timestamp`, or give a later time",
        CreateError::NotAmendable { .. } => "leave FILE out to write a new document",
        _ => return error.to_diagnostic(),
    };
    error.to_diagnostic().remedy(Remedy::ChangeCommandLine { text: hint.to_owned() })
}
