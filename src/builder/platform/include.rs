//! Reads the files that a definition includes, and merges them.

use super::error::Error;
use super::limits::{INCLUDE_DEPTH, INCLUDED_FILES};
use super::merge::merge;
use super::sources::Sources;
use crate::builder::definition::{Definition, Finding, Read, Rule, Severity, Text, has_template, read};
use crate::limits::Exceeded;
use crate::yaml;

/// Gives the texts of included files.
pub trait Loader {
    /// The text of the file at this path: relative, with `/`, without `.` and `..`. It is relative to the root of the
    /// repository of the definition.
    ///
    /// # Errors
    ///
    /// Why there is none, in a few words: `it does not exist`.
    fn load(&self, path: &str) -> Result<String, String>;

    /// The name of the file at this path in messages and results.
    fn name(&self, path: &str) -> String {
        path.to_owned()
    }
}

/// A definition together with the files that it includes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complete {
    /// The merged definition. Its ranges are those of [`Complete::sources`].
    pub definition: Definition,
    /// The texts.
    pub sources: Sources,
    /// What is wrong with the files and their inclusion, in the order in which they were read.
    pub findings: Vec<Finding>,
}

/// Reads a definition and all that it includes.
///
/// A file is merged after the files that it includes, in their order, so it overrides them:
///
/// * a single value, also one that is written as a list (`entrypoint`, `cmd`, `platforms`), replaces the earlier one;
/// * mappings are merged by key, and lists are appended;
/// * a list that is written and empty replaces the earlier one, so nothing of it is left;
/// * a file that is included twice counts once, where it is included first.
///
/// # Errors
///
/// A file that is not YAML with one meaning, or a limit.
pub fn complete(name: &str, text: &str, loader: &dyn Loader) -> Result<Complete, Error> {
    let Read { definition, findings } = read(text, name)?;
    let mut including =
        Including { loader, sources: Sources::new(name, text), findings, open: Vec::new(), done: Vec::new() };
    let definition = including.with_included(definition)?;
    Ok(Complete { definition, sources: including.sources, findings: including.findings })
}

struct Including<'l> {
    loader: &'l dyn Loader,
    sources: Sources,
    findings: Vec<Finding>,
    /// The paths that are being included, each by the one before it.
    open: Vec<String>,
    done: Vec<String>,
}

impl Including<'_> {
    fn with_included(&mut self, definition: Definition) -> Result<Definition, Error> {
        let mut merged = Definition::default();
        for include in &definition.includes {
            if let Some(included) = self.included(include)? {
                merged = merge(merged, included);
            }
        }
        Ok(merge(merged, definition))
    }

    /// The definition at a path, with what it includes. `None` if it is already included, or cannot be.
    fn included(&mut self, include: &Text) -> Result<Option<Definition>, Error> {
        let path = match normalized(include) {
            Ok(path) => path,
            Err(cause) => {
                self.report(include, format!("`{}` cannot be included: {cause}", include.value));
                return Ok(None);
            }
        };
        if let Some(begin) = self.open.iter().position(|open| *open == path) {
            let members = self.open.iter().skip(begin).chain([&path]);
            let circle: Vec<String> = members.map(|member| format!("`{member}`")).collect();
            self.report(include, format!("files include each other: {}", circle.join(" → ")));
            return Ok(None);
        }
        if self.done.contains(&path) {
            return Ok(None);
        }
        self.check_limits()?;
        let text = match self.loader.load(&path) {
            Ok(text) => text,
            Err(cause) => {
                self.report(include, format!("`{path}` cannot be included: {cause}"));
                return Ok(None);
            }
        };
        // Blank lines in front give the ranges of this text their place behind those of the files before it.
        let start = self.sources.end();
        let shifted = format!("{}{text}", "\n".repeat(start));
        let name = self.loader.name(&path);
        let Read { definition, findings } = read(&shifted, &name).map_err(|error| unshifted(error, start))?;
        // Included files need no such line.
        self.findings.extend(findings.into_iter().filter(|finding| finding.rule != Rule::SYNTAX_LINE));
        self.sources.push(&name, text);
        self.done.push(path.clone());
        self.open.push(path);
        let definition = self.with_included(definition)?;
        self.open.pop();
        Ok(Some(definition))
    }

    fn check_limits(&self) -> Result<(), Error> {
        let (limit, unit) = if self.done.len() >= INCLUDED_FILES {
            (INCLUDED_FILES, "files")
        } else if self.open.len() >= INCLUDE_DEPTH {
            (INCLUDE_DEPTH, "levels")
        } else {
            return Ok(());
        };
        let file = self.sources.files().first().map(|file| file.name.clone()).unwrap_or_default();
        Err(Error::Exceeded { file, exceeded: Exceeded::new("what it includes", limit, unit) })
    }

    fn report(&mut self, include: &Text, message: String) {
        self.findings.push(Finding::new(Rule::INCLUDE, Severity::Error, include.range.clone(), message));
    }
}

/// The path without `.`, as loaders get it.
fn normalized(include: &Text) -> Result<String, &'static str> {
    let path = include.value.as_str();
    if has_template(path) {
        return Err("the path is read before variables have values");
    }
    if path.starts_with('/') || path.contains('\\') {
        return Err("expected a path relative to the root of the repository, with `/`");
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    match parts.as_slice() {
        [] => Err("the path is empty"),
        parts if parts.contains(&"..") => Err("`..` is not allowed"),
        parts => Ok(parts.join("/")),
    }
}

/// The error with the line in the text without the blank lines in front.
fn unshifted(error: yaml::Error, lines: usize) -> yaml::Error {
    match error {
        yaml::Error::Unreadable { file, line, column, cause } => {
            yaml::Error::Unreadable { file, line: line.saturating_sub(lines).max(1), column, cause }
        }
        yaml::Error::Exceeded { file, line, exceeded } => {
            yaml::Error::Exceeded { file, line: line.saturating_sub(lines).max(1), exceeded }
        }
    }
}
