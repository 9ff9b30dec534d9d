//! Reads the text of a definition into the model, with all findings at once.

use super::limits::DEFINITION_SIZE;
use super::{Definition, Finding};
use crate::limits::Exceeded;
use crate::yaml::{self, documents};

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
/// # Errors
///
/// [`yaml::Error`] if the text is not one YAML document with one meaning, or if a limit is reached. Everything else that
/// is wrong is a finding.
pub fn read(text: &str, file: &str) -> Result<Read, yaml::Error> {
    if text.len() > DEFINITION_SIZE {
        let exceeded = Exceeded::new("a definition", DEFINITION_SIZE, "bytes");
        return Err(yaml::Error::Exceeded { file: file.to_owned(), line: 1, exceeded });
    }
    let mut all = documents(text, file);
    let document = all.next().transpose()?;
    if let Some(second) = all.next().transpose()? {
        let cause = "a definition is one document, and here begins a second one".to_owned();
        return Err(yaml::Error::Unreadable { file: file.to_owned(), line: second.line, cause });
    }
    let mut read = Read::default();
    if let Some(root) = document.as_ref().and_then(yaml::Document::root) {
        read.definition.range = root.range();
    }
    Ok(read)
}
