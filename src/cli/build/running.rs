//! Runs a build.

use std::sync::Arc;

use crate::builder::build::{BuildError, BuiltImage, Inputs, Job, Times};
use crate::diagnostic::{Code, Diagnostic};

/// Builds on another thread, so that progress is shown meanwhile.
pub(super) async fn built(
    job: &Arc<Job>,
    inputs: Inputs,
) -> Result<Result<(BuiltImage, Times), BuildError>, Diagnostic> {
    let job = Arc::clone(job);
    let built = tokio::task::spawn_blocking(move || job.build(inputs)).await;
    built.map_err(|failed| Diagnostic::new(Code::BUILD_FILES, format!("the build was interrupted: {failed}")))
}
