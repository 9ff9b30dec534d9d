//! The evaluator of policies in Rego: processes of this command.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::gate::Evaluator;

/// The running program on Linux, also after its file was replaced by another version.
const RUNNING: &str = "/proc/self/exe";

/// An evaluator that runs this program.
///
/// # Errors
///
/// The path of this program is unknown.
pub(super) fn evaluator() -> Result<Evaluator, Diagnostic> {
    let running = Path::new(RUNNING);
    let program: PathBuf = if running.exists() {
        running.to_owned()
    } else {
        std::env::current_exe().map_err(|error| {
            let what = format!("the path of this program is unknown: {}", IoCause(&error));
            Diagnostic::new(Code::BUG_INTERNAL, what).remedy(Remedy::ReportBug)
        })?
    };
    Ok(Evaluator::program(program))
}
