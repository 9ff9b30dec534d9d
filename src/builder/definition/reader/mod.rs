//! Reads the text of a definition into the model, with all findings at once.

#![allow(clippy::needless_pass_by_value, reason = "a slot is read once")]

mod accounts;
mod collections;
mod contents;
mod fields;
mod image;
mod paths;
mod repetitions;
mod scalars;
mod slot;
mod stage;
mod state;
mod syntax_line;
#[cfg(test)]
mod tests;
mod tracking;

use super::limits::DEFINITION_SIZE;
use super::{Definition, Finding};
use crate::limits::Exceeded;
use crate::yaml::{self, documents};
use state::Reader;

/// A definition and everything that the reader found in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The definition. What could not be read is absent in it, and there is a finding with the severity `error`.
    pub definition: Definition,
    /// The findings, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Reads a definition. `file` names the text in errors.
///
/// A text without the line `# syntax=…` completes other definitions (`includes`): it is read in the same way, and no key
/// is required in it.
///
/// # Errors
///
/// [`yaml::Error`] if the text is not one YAML document with one meaning, or if a limit is reached. Everything else that
/// is wrong is a finding.
pub fn read(text: &str, file: &str) -> Result<Read, yaml::Error> {
    let exceeded = |line, exceeded| yaml::Error::Exceeded { file: file.to_owned(), line, exceeded };
    if text.len() > DEFINITION_SIZE {
        let size = format!("a definition of {} bytes", text.len());
        return Err(exceeded(1, Exceeded::new(size, DEFINITION_SIZE, "bytes")));
    }
    let mut all = documents(text, file);
    let document = all.next().transpose()?;
    if let Some(second) = all.next().transpose()? {
        let cause = "a definition is one document, and here begins a second one".to_owned();
        return Err(yaml::Error::Unreadable {
            file: file.to_owned(),
            line: second.line,
            column: None,
            cause,
        });
    }
    let mut reader = Reader::new(text);
    let directive = reader.syntax_line();
    let Some(root) = document.as_ref().and_then(yaml::Document::root) else {
        let cause = "it has no content, expected a definition".to_owned();
        return Err(yaml::Error::Unreadable { file: file.to_owned(), line: 1, column: None, cause });
    };
    let definition = Definition { directive, ..reader.definition(root) };
    let findings = reader.finish().map_err(|(line, limit)| exceeded(line, limit))?;
    Ok(Read { definition, findings })
}
