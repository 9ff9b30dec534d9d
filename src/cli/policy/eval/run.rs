//! Whether a run reads recorded facts or verifies an image.

use super::super::super::printer::Printer;
use super::{Arguments, recorded, verified};
use crate::diagnostic::{Diagnostic, Exit};

pub(in crate::cli::policy) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    arguments.output.apply_quiet(printer);
    arguments.output.check()?;
    if recorded::is_file(&arguments.target) {
        recorded::run(&arguments, printer).await
    } else {
        verified::run(&arguments, printer).await
    }
}
