//! The values of `--output` and of other options that name a file to write.
//!
//! A format that is misspelled, or written where a file is expected, is an error and never the name of a file. A value
//! with `/` or `.` before its `=` is always a file name.

use std::path::PathBuf;

use clap::ValueEnum;

use super::printer::STDOUT;
use crate::diagnostic::closest;
use crate::report::quoted;

/// Why the value of an option that names a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(super) enum OutputError {
    /// The file name is empty.
    #[error("the file name is empty")]
    Empty,
    /// Standard output, where only a file is possible.
    #[error("`-` is standard output, but a file is required")]
    Stdout,
    /// `FORMAT=-`.
    #[error("`--format` sets the format of standard output")]
    FormatOfStdout {
        /// The format.
        format: String,
    },
    /// The word before `=` is not a format.
    #[error("`{word}` is not a format ({})", .known.join(", "))]
    UnknownFormat {
        /// The word.
        word: String,
        /// The whole value.
        value: String,
        /// The most similar format.
        closest: Option<String>,
        /// All formats.
        known: Vec<String>,
    },
    /// The name of a format alone.
    #[error("`{value}` is a format, not a file")]
    FormatAsFile {
        /// The format.
        format: String,
        /// The value.
        value: String,
    },
}

impl OutputError {
    /// What to write instead.
    pub(super) fn hint(&self) -> String {
        let as_file =
            |value: &str| format!("for a file of that name write {}", literal(&format!("./{value}")));
        match self {
            Self::Empty => "check that the variable with the file name is set in this shell".to_owned(),
            Self::Stdout => "write the name of a file".to_owned(),
            Self::FormatOfStdout { format } => format!("write `--format {format}`"),
            Self::UnknownFormat { word, value, closest: Some(format), .. } => {
                let file = value.get(word.len() + 1..).unwrap_or_default();
                let meant = literal(&format!("{format}={file}"));
                format!("did you mean {meant}? {}", as_file(value))
            }
            Self::UnknownFormat { value, closest: None, .. } => as_file(value),
            Self::FormatAsFile { format, value } => format!("write `--format {format}`; {}", as_file(value)),
        }
    }
}

/// A word that can be pasted.
fn literal(word: &str) -> String {
    format!("`{}`", quoted(word))
}

/// The names of all formats of a command.
pub(super) fn names<F: ValueEnum>() -> Vec<String> {
    let formats = F::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    formats.map(|format| format.get_name().to_owned()).collect()
}

/// The format and the file of `FORMAT=FILE`.
pub(super) fn named<F: ValueEnum>(text: &str) -> Option<(F, &str)> {
    let (format, file) = text.split_once('=')?;
    Some((F::from_str(format, false).ok()?, file))
}

/// Checks a value of `[FORMAT=]FILE`. A word of letters, digits, `-` and `_` before the first `=` must be a format.
pub(super) fn format_and_file<F: ValueEnum>(text: &str) -> Result<String, OutputError> {
    let Some((word, file)) = text.split_once('=') else {
        return file_or_stdout::<F>(text).map(|_| text.to_owned());
    };
    let known = names::<F>();
    let is_word = !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    match (known.iter().any(|format| format == word), file) {
        (true, STDOUT) => Err(OutputError::FormatOfStdout { format: word.to_owned() }),
        (true, file) => file_name(file).map(|_| text.to_owned()),
        (false, _) if is_word => {
            let (word, value) = (word.to_owned(), text.to_owned());
            let closest = closest(&word, known.iter().map(String::as_str)).map(str::to_owned);
            Err(OutputError::UnknownFormat { word, value, closest, known })
        }
        (false, _) => Ok(text.to_owned()),
    }
}

/// Checks a file name, or `-` for standard output, of a command with these formats.
pub(super) fn file_or_stdout<F: ValueEnum>(text: &str) -> Result<PathBuf, OutputError> {
    if let Some(format) = names::<F>().into_iter().find(|format| format.eq_ignore_ascii_case(text)) {
        return Err(OutputError::FormatAsFile { format, value: text.to_owned() });
    }
    if text == STDOUT { Ok(PathBuf::from(text)) } else { file_name(text).map(PathBuf::from) }
}

/// Checks a file name: not empty, as when a variable such as `GITHUB_STEP_SUMMARY` is not set, and not `-`.
pub(super) fn file_name(text: &str) -> Result<String, OutputError> {
    match text {
        "" => Err(OutputError::Empty),
        STDOUT => Err(OutputError::Stdout),
        file => Ok(file.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, ValueEnum)]
    enum Format {
        Table,
        Json,
        Sarif,
    }

    #[test]
    fn formats_are_told_from_file_names() {
        let check = format_and_file::<Format>;
        for text in ["-", "json=a", "sarif=a=b", "./a=b", "a/b=c", "a.b=c", "=a", "out.json", "./json", "é=x"]
        {
            assert_eq!(check(text).as_deref(), Ok(text));
        }
        let unknown = |text: &str| match check(text) {
            Err(OutputError::UnknownFormat { closest, .. }) => closest,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(unknown("sarf=x").as_deref(), Some("sarif"));
        assert_eq!(unknown("JSON=x").as_deref(), Some("json"));
        assert_eq!(unknown("xml=x"), None);
        for text in ["json", "JSON", "table"] {
            assert!(matches!(check(text), Err(OutputError::FormatAsFile { .. })), "{text}");
        }
        assert_eq!(check("json=-"), Err(OutputError::FormatOfStdout { format: "json".to_owned() }));
        assert_eq!(check("json="), Err(OutputError::Empty));
        assert_eq!(check(""), Err(OutputError::Empty));
    }
}
