//! A definition that a command names, complete and evaluated.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::session::Session;
use super::source::{SourceText, check_context, read};
use crate::builder::definition::{Definition, Finding, Keyword as _, LineIndex, Severity, TargetPlatform};
use crate::builder::files::Repository;
use crate::builder::platform::{Error, Sources, complete, resolve};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::report::quoted;
use crate::yaml;

/// The root of the repository.
#[derive(Debug, Args)]
pub(super) struct ContextArguments {
    /// Root of the repository of the definition, whose files it includes
    ///
    /// By default, the root is looked for above the definition.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) context: Option<PathBuf>,
}

/// A definition without errors.
pub(super) struct Loaded {
    /// The name of its file.
    pub(super) name: String,
    /// The definition with the files that it includes, as it is written.
    pub(super) written: Definition,
    /// The definition for each platform.
    pub(super) evaluated: Vec<(TargetPlatform, Definition)>,
}

/// Reads and evaluates a definition, for one platform or for all of its own.
///
/// # Errors
///
/// `definition/invalid` if it has errors, and the errors of reading it.
pub(super) async fn load<R, T>(
    session: &Session<'_, R, T>,
    name: &str,
    context: Option<&Path>,
    platform: Option<TargetPlatform>,
) -> Result<Loaded, Diagnostic> {
    check_context(context)?;
    let SourceText { name, text } = read(session, name).await?;
    let complete = complete(&name, &text, &Repository::of(&name, context))
        .map_err(|error| unreadable(&error, &name, &text))?;
    check(&complete.findings, &complete.sources, &name)?;
    let all = complete.definition.platforms();
    let platforms = match platform {
        Some(platform) if all.contains(&platform) => vec![platform],
        Some(platform) => return Err(not_for(&name, platform, &all)),
        None => all,
    };
    let mut evaluated = Vec::new();
    for platform in platforms {
        let resolution = resolve(&complete.definition, &complete.sources, platform)
            .map_err(|error| error.to_diagnostic())?;
        check(&resolution.findings, &complete.sources, &name)?;
        evaluated.push((platform, resolution.resolved.definition));
    }
    Ok(Loaded { name, written: complete.definition, evaluated })
}

/// An error of YAML with the line that has it.
fn unreadable(error: &Error, name: &str, text: &str) -> Diagnostic {
    let diagnostic = error.to_diagnostic();
    match error {
        Error::Yaml(yaml::Error::Unreadable { file, line, .. }) if file == name => {
            let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
            diagnostic.fact("text", written.trim())
        }
        _ => diagnostic,
    }
}

/// The error for a platform that the definition does not have.
fn not_for(name: &str, platform: TargetPlatform, all: &[TargetPlatform]) -> Diagnostic {
    let names: Vec<&str> = all.iter().map(|platform| platform.as_str()).collect();
    let what = format!("`{name}` is not for `{}`, but for `{}`", platform.as_str(), names.join("`, `"));
    let text = names.first().map_or_else(String::new, |first| format!("`--platform {first}`"));
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
}

/// Fails if there is an error, as what a definition with errors means is not known.
fn check(findings: &[Finding], sources: &Sources, name: &str) -> Result<(), Diagnostic> {
    let errors: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let place = sources.locate(&first.range).map_or_else(
        || name.to_owned(),
        |(file, range)| {
            let position = LineIndex::new(&file.text).position(range.start);
            format!("{}:{}:{}", file.name, position.line, position.column)
        },
    );
    let diagnostic = Diagnostic::new(Code::DEFINITION_INVALID, format!("{place}: {}", first.message))
        .fact("rule", first.rule.to_string())
        .fact("errors", errors.len().to_string());
    let text = format!("`dhi definition lint {}` shows all findings", quoted(name));
    Err(diagnostic.remedy(Remedy::ChangeCommandLine { text }))
}
