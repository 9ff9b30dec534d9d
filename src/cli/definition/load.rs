//! A definition that a command names, complete and evaluated.

use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;

use super::super::printer::Printer;
use super::super::session::Session;
use super::init::keyword;
use super::source::{SourceArguments, SourceText, check_context, check_output, read};
use crate::builder::definition::{Definition, Finding, Keyword as _, LineIndex, Severity, TargetPlatform};
use crate::builder::files::Repository;
use crate::builder::platform::{Complete, Error, Sources, complete, resolve};
use crate::builder::provenance::Parameter;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::oci::Digest;
use crate::report::quoted;
use crate::report::style::file_name;
use crate::yaml::{self, origin};

/// How definitions, and the files that they include, are read.
#[derive(Debug, Args)]
pub(super) struct ReadArguments {
    /// Root of the repository of the definition, whose files it includes
    ///
    /// By default, the root is looked for above the definition.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    context: Option<PathBuf>,

    #[command(flatten)]
    source: SourceArguments,
}

/// One definition, and the platform for which it is evaluated.
#[derive(Debug, Args)]
pub(super) struct DefinitionArguments {
    /// Definition: a file, `-` for standard input, or an `https` URL
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    definition: String,

    /// Platform for which it is evaluated [default: the first one of the definition]
    #[arg(long, value_name = "PLATFORM", value_parser = keyword::<TargetPlatform>())]
    platform: Option<TargetPlatform>,

    #[command(flatten)]
    read: ReadArguments,
}

impl DefinitionArguments {
    /// Reads and evaluates the definition. `outputs` are the files that the result is written to.
    ///
    /// # Errors
    ///
    /// Those of [`ReadArguments::open`] and [`Reader::load`].
    pub(super) async fn load<'o>(
        &self,
        outputs: impl IntoIterator<Item = &'o Path>,
        printer: &Printer,
    ) -> Result<Loaded, Diagnostic> {
        let reader = self.read.open(&[&self.definition], outputs, printer)?;
        reader.load(&self.definition, self.platform).await
    }
}

/// Reads definitions.
pub(in crate::cli) struct Reader<'a> {
    session: Session<'a, (), ()>,
    context: Option<&'a Path>,
}

impl ReadArguments {
    /// Prepares to read `definitions`. `outputs` are the files that the result is written to.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if an output would replace a definition, or if the root is no directory; the error of a file
    /// of certificate authorities.
    pub(super) fn open<'a, 'o>(
        &'a self,
        definitions: &[&str],
        outputs: impl IntoIterator<Item = &'o Path>,
        printer: &'a Printer,
    ) -> Result<Reader<'a>, Diagnostic> {
        outputs.into_iter().try_for_each(|output| check_output(output, definitions.iter().copied()))?;
        check_context(self.context.as_deref())?;
        Ok(Reader { session: self.source.session(printer)?, context: self.context.as_deref() })
    }
}

/// A definition without errors.
pub(in crate::cli) struct Loaded {
    /// The name of its file.
    pub(in crate::cli) name: String,
    /// The digest of its text.
    pub(in crate::cli) digest: Digest,
    /// The definition with the files that it includes, as it is written.
    pub(in crate::cli) written: Definition,
    /// The definition for each platform.
    pub(in crate::cli) evaluated: Vec<(TargetPlatform, Definition)>,
    /// The texts that it consists of.
    sources: Sources,
}

impl Loaded {
    /// Where bytes of the definition are: file, line and column.
    pub(in crate::cli) fn place(&self, range: &Range<usize>) -> String {
        place(&self.sources, range, &self.name)
    }
}

impl<'a> Reader<'a> {
    /// A reader in a session of a command that has other flags too.
    pub(in crate::cli) fn new(session: Session<'a, (), ()>, context: Option<&'a Path>) -> Self {
        Self { session, context }
    }

    /// Reads and evaluates a definition, for one platform or for all of its own.
    ///
    /// # Errors
    ///
    /// `definition/invalid` if it has errors, and the errors of reading it.
    pub(in crate::cli) async fn load(
        &self,
        name: &str,
        platform: Option<TargetPlatform>,
    ) -> Result<Loaded, Diagnostic> {
        self.load_with(name, platform, &[]).await
    }

    /// As [`Reader::load`], with other values of variables of the definition.
    ///
    /// # Errors
    ///
    /// As [`Reader::load`], and `usage/arguments` for a variable that the definition does not have.
    pub(in crate::cli) async fn load_with(
        &self,
        name: &str,
        platform: Option<TargetPlatform>,
        variables: &[Parameter],
    ) -> Result<Loaded, Diagnostic> {
        let SourceText { name, text } = read(&self.session, name).await?;
        let repository = Repository::of(&name, self.context);
        let digest = Digest::of(text.as_bytes());
        let mut complete =
            complete(&name, &text, &repository).map_err(|error| unreadable(&error, &name, &text))?;
        check(&complete.findings, &complete.sources, &name)?;
        for Parameter { name: variable, value } in variables {
            let known = complete.definition.vars.entry(variable).cloned();
            let known = known.ok_or_else(|| no_variable(&name, variable, &complete.definition))?;
            let value = known.value.map(|_| value.clone());
            complete.definition.vars.insert(known.name, value);
        }
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
        let Complete { definition: written, sources, .. } = complete;
        Ok(Loaded { name, digest, written, evaluated, sources })
    }
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

/// The error for a variable that the definition does not have.
fn no_variable(name: &str, variable: &str, definition: &Definition) -> Diagnostic {
    let known: Vec<&str> = definition.vars.iter().map(|entry| entry.name.value.as_str()).collect();
    let what = format!("{} has no variable `{variable}`", origin(name));
    let text = match known.is_empty() {
        true => "omit `--arg`: the definition has no variables".to_owned(),
        false => format!("its variables are `{}`", known.join("`, `")),
    };
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
}

/// The error for a platform that the definition does not have.
pub(in crate::cli) fn not_for(name: &str, platform: TargetPlatform, all: &[TargetPlatform]) -> Diagnostic {
    let names: Vec<&str> = all.iter().map(|platform| platform.as_str()).collect();
    let what =
        format!("{} is not for `{}`, but for `{}`", origin(name), platform.as_str(), names.join("`, `"));
    let text = names.first().map_or_else(String::new, |first| format!("`--platform {first}`"));
    Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
}

/// File, line and column of bytes of a definition.
fn place(sources: &Sources, range: &Range<usize>, name: &str) -> String {
    sources.locate(range).map_or_else(
        || file_name(name).to_owned(),
        |(file, range)| {
            let position = LineIndex::new(&file.text).position(range.start);
            format!("{}:{}:{}", file_name(&file.name), position.line, position.column)
        },
    )
}

/// Fails if there is an error, as what a definition with errors means is not known.
fn check(findings: &[Finding], sources: &Sources, name: &str) -> Result<(), Diagnostic> {
    let errors: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let place = place(sources, &first.range, name);
    let diagnostic = Diagnostic::new(Code::DEFINITION_INVALID, format!("{place}: {}", first.message))
        .fact("rule", first.rule.to_string())
        .fact("errors", errors.len().to_string());
    let text = format!("`dhi definition lint {}` shows all findings", quoted(name));
    Err(diagnostic.remedy(Remedy::ChangeCommandLine { text }))
}
