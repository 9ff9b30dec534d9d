//! `--check-reproducible`: builds twice, in different conditions, and compares.

use std::sync::Arc;

use super::running::built;
use crate::builder::build::{BuiltImage, Inputs, Job};
use crate::cli::printer::Printer;
use crate::diagnostic::{Code, Diagnostic, Exit, ToDiagnostic as _};
use crate::registry::Cache;

/// Builds once more with one thread, and without a cache.
pub(super) async fn check(
    job: Job,
    inputs: Inputs,
    again: Inputs,
    printer: &Printer,
) -> Result<Exit, Diagnostic> {
    let job = Arc::new(job);
    let (first, _) = built(&job, inputs, printer.progress()).await?.map_err(|error| error.to_diagnostic())?;
    let job = Arc::into_inner(job)
        .ok_or_else(|| Diagnostic::new(Code::BUILD_FILES, "the first build did not end"))?;
    let other = Job { threads: 1, cache: Arc::new(Cache::disabled()), ..job };
    let (second, _) =
        built(&Arc::new(other), again, printer.progress()).await?.map_err(|error| error.to_diagnostic())?;
    if first.index.digest == second.index.digest {
        printer.note(&format!("two builds give {}", first.index.digest));
        return Ok(Exit::Pass);
    }
    let what = format!("two builds give {} and {}", first.index.digest, second.index.digest);
    let diagnostic = Diagnostic::new(Code::BUILD_NOT_REPRODUCIBLE, what);
    Err(differences(&first, &second)
        .into_iter()
        .fold(diagnostic, |diagnostic, difference| diagnostic.fact("differs", difference)))
}

fn differences(first: &BuiltImage, second: &BuiltImage) -> Vec<String> {
    let mut differences = Vec::new();
    for (one, other) in first.platforms.iter().zip(&second.platforms) {
        if one.config.digest != other.config.digest {
            differences.push(format!("configuration of {}", one.platform));
        }
        for (layer, other) in one.layers.iter().zip(&other.layers) {
            if layer.blob.diff_id != other.blob.diff_id {
                differences.push(format!("files of {}, {}", one.platform, layer.holds));
            } else if layer.blob.digest != other.blob.digest {
                differences.push(format!("compression of {}, {}", one.platform, layer.holds));
            }
        }
    }
    differences
}
