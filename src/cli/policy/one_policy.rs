//! Reads one policy in Rego: a built-in one, or a file.

use super::super::session::{FilePurpose, Session};
use crate::diagnostic::Diagnostic;
use crate::policy::rego::{BuiltInPolicy, RegoPolicy};

/// The origin of built-in policies in errors and printed lines.
const BUILT_IN_DIRECTORY: &str = "policies";

/// A built-in policy.
pub(in crate::cli) fn built_in(policy: &BuiltInPolicy) -> Result<RegoPolicy, Diagnostic> {
    let origin = format!("{BUILT_IN_DIRECTORY}/{}.rego", policy.name);
    Ok(RegoPolicy::parse(&origin, policy.source)?)
}

/// The policy in a file, `env://VAR` or https URL.
pub(in crate::cli) async fn read<R, T>(
    file: &str,
    session: &Session<'_, R, T>,
) -> Result<RegoPolicy, Diagnostic> {
    let (source, bytes) = session.read(file, FilePurpose::Policy).await?;
    // `Session::read` accepts nothing but UTF-8.
    Ok(RegoPolicy::parse(&source.display(), &String::from_utf8_lossy(&bytes))?)
}
