//! `dhi definition lock`: chooses the packages of a definition, and writes what a build fetches, with its hashes.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::output_file::write_file;
use super::super::printer::{Data, Printer};
use super::super::registry_options::RegistryArguments;
use super::load::Reader;
use super::lock_file::{fits, lock_file, make, missing, read_lock, read_substitutions, unusable, warnings};
use super::lock_output::{changes, summary, why};
use super::source::check_context;
use crate::builder::lock::{self, Lock, Row};
use crate::builder::locking::{LockRequest, Update};
use crate::builder::substitution::Substitutions;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};

#[derive(Debug, Args)]
#[command(after_long_help = "\
The lock, `FILE.lock`, names every package with version, size and hash, for each platform, and why it is there; the \
signed lists that it comes from; the files, images and keys. A lock that fits its definition stays as it is. After a \
change of the definition, packages keep their versions as long as repositories have them. With `--update`, all move to the \
newest versions; with `--update=PACKAGE`, one does. A key that changed is refused without `--update`.

The packages are those that apt and apk would install, without recommended ones. A package of Debian that is excluded \
(`!NAME`) and needed is waived: the lock lists it, and a warning says so.

Debian's own repositories come from the mirror in `DHI_DEBIAN_MIRROR`, or from that of this machine's apt. \
docs/lock.md has the rules, and the format of the file.")]
pub(in crate::cli) struct Arguments {
    /// Definition: a file, `-` for standard input, or an `https` URL
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    definition: String,

    /// Move packages to the newest versions: all, or one, with what it needs
    #[arg(long, value_name = "PACKAGE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    update: Option<String>,

    /// Write nothing: exit with 1 if the lock does not fit the definition
    ///
    /// With `--update`, also if there are newer versions.
    #[arg(long)]
    check: bool,

    /// Write nothing: tell why PACKAGE is in the lock
    #[arg(long, value_name = "PACKAGE", conflicts_with_all = ["check", "update", "substitute"])]
    why: Option<String>,

    /// Replace repositories and packages as FILE says (YAML)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    substitute: Option<PathBuf>,

    /// Lock file instead of `FILE.lock`
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Output")]
    output: Option<PathBuf>,

    /// Root of the repository of the definition, whose files it includes
    ///
    /// By default, the root is looked for above the definition.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    context: Option<PathBuf>,

    #[command(flatten)]
    access: RegistryArguments,
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let file = lock_file(&arguments.definition, arguments.output.as_deref(), "--output")?;
    check_context(arguments.context.as_deref())?;
    let last = read_lock(&file)?;
    if let Some(package) = &arguments.why {
        let lock = last.ok_or_else(|| missing(&file, &arguments.definition))?;
        let text = why(&lock, package).ok_or_else(|| {
            Diagnostic::new(Code::LOCK_MISSING, format!("`{}` has no package `{package}`", file.display()))
        })?;
        super::super::output::write_data(Data::Text(&text), printer)?;
        return Ok(Exit::Pass);
    }
    let session = arguments.access.session(printer)?;
    let reader = Reader::new(session, arguments.context.as_deref());
    let loaded = reader.load(&arguments.definition, None).await?;
    let substitutions = match &arguments.substitute {
        None => Substitutions::default(),
        Some(file) => read_substitutions(file)?,
    };
    let names_package = arguments.update.as_deref().is_some_and(|package| !package.is_empty());
    if (arguments.check || names_package) && last.is_none() {
        return Err(missing(&file, &arguments.definition));
    }
    if arguments.update.is_none()
        && let Some(last) = last.as_ref().filter(|last| fits(last, &loaded, Some(&substitutions)))
    {
        printer.note(&format!("`{}` fits its definition: {}", file.display(), summary(last)));
        return Ok(Exit::Pass);
    }
    if arguments.check && arguments.update.is_none() {
        let what = format!("`{}` does not fit `{}`", file.display(), arguments.definition);
        let remedy = Remedy::LockFirst { file: arguments.definition.clone() };
        return Err(Diagnostic::new(Code::LOCK_CHANGED, what).remedy(remedy));
    }
    let update = match arguments.update.as_deref() {
        None => Update::Nothing,
        Some("") => Update::All,
        Some(package) => Update::Package(known(package, last.as_ref(), &file)?),
    };
    let request = LockRequest {
        definitions: &loaded.evaluated,
        substitutions: &substitutions,
        last: last.as_ref(),
        update,
    };
    let new = make(&arguments.access, request, printer).await?;
    finish(&arguments, &file, last.as_ref(), &new, printer)
}

/// Shows what differs, and writes the lock.
fn finish(
    arguments: &Arguments,
    file: &Path,
    last: Option<&Lock>,
    new: &Lock,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    let bytes = lock::write(new).map_err(|error| unusable(file, &error.to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let rows: Vec<Row> = last.map(|last| lock::diff(last, new)).unwrap_or_default();
    for warning in warnings(new) {
        printer.warning(&warning);
    }
    if last.is_some() && !rows.is_empty() {
        super::super::output::write_data(Data::Text(&changes(&rows, printer.style())), printer)?;
    }
    if arguments.check {
        if rows.is_empty() {
            printer.note(&format!("`{}` is the newest: {}", file.display(), summary(new)));
            return Ok(Exit::Pass);
        }
        let what = format!("`{}` is not the newest", file.display());
        let remedy = Remedy::LockAgain { file: arguments.definition.clone() };
        return Err(Diagnostic::new(Code::LOCK_CHANGED, what).remedy(remedy));
    }
    write_file(file, Data::Text(&text), printer)?;
    printer.note(&format!("wrote `{}`: {}", file.display(), summary(new)));
    Ok(Exit::Pass)
}

/// The package, which the last lock must have.
fn known<'a>(package: &'a str, last: Option<&Lock>, file: &Path) -> Result<&'a str, Diagnostic> {
    let is_known = last.is_some_and(|last| last.platforms.iter().any(|one| one.package(package).is_some()));
    if is_known {
        return Ok(package);
    }
    Err(Diagnostic::new(Code::LOCK_MISSING, format!("`{}` has no package `{package}`", file.display())))
}
