//! The references that a run is asked about: those of the command line, then those of a list.
//!
//! Every reference has a result, in the order in which they were given. One that is malformed fails and does not stop
//! the others. One that is given several times is judged once, so that all its results are the same, also if a tag
//! moves during the run.

use std::collections::HashMap;
use std::fmt;

use super::limits::{REFERENCE_LIST, REFERENCE_TEXT, REFERENCES};
use super::printer::{STDOUT, without_logins};
use super::selection::reference;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy, ToDiagnostic};
use crate::limits::{Exceeded, ReadError, read_whole};
use crate::oci::{Encoding, Reference};
use crate::report::{Image, RequestedReference};

/// The most characters of a malformed reference that are shown.
const SHOWN: usize = 100;

/// The references of a run.
pub(super) struct References {
    /// Each given reference, in order.
    pub(super) given: Vec<Given>,
    /// The references to judge, each once, in the order in which [`Given::First`] has them.
    pub(super) distinct: Vec<Reference>,
}

/// One given reference.
pub(super) enum Given {
    /// The next one of the references to judge, which is given again `repeats` times.
    First {
        /// Its position among the references to judge.
        number: usize,
        /// How often it is given again.
        repeats: usize,
    },
    /// One that was given before.
    Again {
        /// Its position among the references to judge.
        number: usize,
    },
    /// It is malformed. This is its result.
    Malformed(Box<Image>),
}

/// A list of references: one a line, without blank lines and lines that begin with `#`.
struct List {
    /// `<stdin>`, or the file as it was given.
    name: String,
    bytes: Vec<u8>,
}

impl References {
    /// Parses the references of the command line and of the list in the file `from`; `-` is standard input.
    ///
    /// # Errors
    ///
    /// An error if the list cannot be read or has no reference, if there are too many references, or if the only
    /// reference is malformed.
    pub(super) fn read(written: &[String], from: Option<&str>) -> Result<Self, Diagnostic> {
        let list = from.map(List::read).transpose()?;
        let lines = list.as_ref().map(List::references).transpose()?.unwrap_or_default();
        let written = written.iter().map(|text| (text.as_str().into(), reference(text)));
        let mut all: Vec<(String, Result<Reference, Diagnostic>)> = written.chain(lines).collect();
        if all.len() > REFERENCES {
            return Err(Exceeded::new("a run", REFERENCES, "references").to_diagnostic());
        }
        if let [(_, only)] = all.as_mut_slice()
            && let Err(diagnostic) = only
        {
            return Err(diagnostic.clone());
        }
        Ok(Self::of(all))
    }

    fn of(all: Vec<(String, Result<Reference, Diagnostic>)>) -> Self {
        let mut given = Vec::new();
        let mut distinct = Vec::new();
        // For each reference to judge, where it was given first.
        let mut known: HashMap<Reference, (usize, usize)> = HashMap::new();
        for (text, parsed) in all {
            let next = match parsed {
                Err(diagnostic) => Given::Malformed(Box::new(Image {
                    reference: RequestedReference::Malformed(shown(&text)),
                    result: Err(diagnostic),
                    base: None,
                })),
                Ok(reference) => match known.get(&reference) {
                    Some((number, first)) => {
                        if let Some(Given::First { repeats, .. }) = given.get_mut(*first) {
                            *repeats += 1;
                        }
                        Given::Again { number: *number }
                    }
                    None => {
                        let number = distinct.len();
                        known.insert(reference.clone(), (number, given.len()));
                        distinct.push(reference);
                        Given::First { number, repeats: 0 }
                    }
                },
            };
            given.push(next);
        }
        Self { given, distinct }
    }

    /// Each given reference as text.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = String> {
        self.given.iter().map(|given| match given {
            Given::First { number, .. } | Given::Again { number } => {
                self.distinct.get(*number).map(Reference::to_string).unwrap_or_default()
            }
            Given::Malformed(image) => image.reference.to_string(),
        })
    }
}

/// The malformed text, without a login, and cut if it is long.
fn shown(text: &str) -> String {
    let text = without_logins(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}..", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

impl List {
    fn read(from: &str) -> Result<Self, Diagnostic> {
        let (name, read) = if from == STDOUT {
            ("<stdin>".to_owned(), read_whole(std::io::stdin().lock(), REFERENCE_LIST))
        } else {
            let opened = std::fs::File::open(from).map_err(ReadError::from);
            (from.to_owned(), opened.and_then(|opened| read_whole(opened, REFERENCE_LIST)))
        };
        let bytes = read.map_err(|error| match error {
            ReadError::TooLong(bound) => Exceeded::new(&name, bound, "bytes").to_diagnostic(),
            ReadError::Failed(error) => Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                format!("`{name}` cannot be read: {}", IoCause(&error)),
            )
            .remedy(how_to_list()),
        })?;
        match Encoding::of(&bytes).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
            Some(encoding) => {
                let what = format!("`{name}` cannot be read: it is {encoding}, not UTF-8");
                Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(encoding.remedy(&name)))
            }
            None => Ok(Self { name, bytes }),
        }
    }

    /// The references of the list, with the text of each.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if there is none.
    fn references(&self) -> Result<Vec<(String, Result<Reference, Diagnostic>)>, Diagnostic> {
        let text = self.bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&self.bytes);
        let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
        let lines = lines.map(|(number, line)| (number, line.trim_ascii()));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(b"#"));
        let references: Vec<_> = lines.map(|(number, line)| self.reference(number, line)).collect();
        if references.is_empty() {
            let what = format!("`{}` has no reference", self.name);
            return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(how_to_list()));
        }
        Ok(references)
    }

    fn reference(&self, number: usize, line: &[u8]) -> (String, Result<Reference, Diagnostic>) {
        let malformed = |cause: fmt::Arguments<'_>| Diagnostic::new(Code::USAGE_REFERENCE, cause.to_string());
        let parsed = match std::str::from_utf8(line) {
            _ if line.len() > REFERENCE_TEXT => {
                Err(malformed(format_args!("a reference has at most {REFERENCE_TEXT} bytes")))
            }
            Err(_) => Err(malformed(format_args!("the line is not UTF-8"))),
            Ok(text) => reference(text),
        };
        let parsed = parsed.map_err(|diagnostic| diagnostic.about(format_args!("{}:{number}", self.name)));
        (String::from_utf8_lossy(line).into_owned(), parsed)
    }
}

fn how_to_list() -> Remedy {
    let text = "`--from FILE` reads one reference on each line of FILE, `--from -` those of standard input";
    Remedy::ChangeCommandLine { text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<(String, Result<Reference, Diagnostic>)>, Diagnostic> {
        List { name: "images.txt".to_owned(), bytes: text.as_bytes().to_vec() }.references()
    }

    #[test]
    fn lists_have_blank_lines_comments_and_any_line_end() {
        let text = "\u{feff}# all images\r\n\r\n  dhi.io/a:1\t\r\n\n#x\n oci:a b:1\r\nA b\ndhi.io/a:1";
        let all = list(text).unwrap();
        let texts: Vec<&str> = all.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(texts, ["dhi.io/a:1", "oci:a b:1", "A b", "dhi.io/a:1"]);
        let wrong = all[2].1.as_ref().unwrap_err();
        assert_eq!(wrong.code, Code::USAGE_REFERENCE);
        assert!(wrong.message.starts_with("images.txt:7: "), "{}", wrong.message);
        assert!(all.iter().enumerate().all(|(at, (_, parsed))| parsed.is_ok() == (at != 2)));
        let References { given, distinct } = References::of(all);
        assert_eq!(distinct.len(), 2);
        assert!(matches!(
            given.as_slice(),
            [
                Given::First { number: 0, repeats: 1 },
                Given::First { number: 1, repeats: 0 },
                Given::Malformed(_),
                Given::Again { number: 0 },
            ]
        ));
    }

    #[test]
    fn lists_without_references_and_lines_that_are_no_text_are_errors() {
        for text in ["", "\n", "# only\r\n", "\u{feff}"] {
            assert_eq!(list(text).unwrap_err().message, "`images.txt` has no reference");
        }
        let bytes = [&b"dhi.io/a\n\xff\xfe\x00\n"[..], &[b'a'; REFERENCE_TEXT + 1]].concat();
        let all = List { name: "l".to_owned(), bytes }.references().unwrap();
        assert_eq!(all[1].1.as_ref().unwrap_err().message, "l:2: the line is not UTF-8");
        assert!(all[2].1.as_ref().unwrap_err().message.starts_with("l:3: a reference has at most"));
        assert!(shown(&all[2].0).len() < 110);
    }

    #[test]
    fn logins_in_malformed_references_are_not_shown() {
        let given =
            vec![("https://me:hunter2@host/x".to_owned(), Err(Diagnostic::new(Code::USAGE_REFERENCE, "x")))];
        let shown: Vec<String> = References::of(given).texts().collect();
        assert!(!shown[0].contains("hunter2"), "{shown:?}");
    }
}
