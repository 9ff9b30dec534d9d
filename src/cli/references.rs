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
use crate::report::{Image, Location, RequestedReference};

/// The most characters of a malformed reference that are shown.
const SHOWN: usize = 100;

/// The references of a run.
pub(super) struct References {
    /// Each given reference, in order.
    pub(super) given: Vec<Given>,
    /// The references to judge, each once, in the order in which [`Request::First`] has them.
    pub(super) distinct: Vec<Reference>,
}

/// One given reference.
pub(super) struct Given {
    /// The line of the list that has it; `None` for the command line and standard input.
    pub(super) place: Option<Location>,
    pub(super) request: Request,
}

/// What is judged for a given reference.
pub(super) enum Request {
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
    /// Nothing: it is malformed. This is its result.
    Malformed(Box<Image>),
}

/// A text that should be a reference.
struct Written {
    place: Option<Location>,
    text: String,
    parsed: Result<Reference, Diagnostic>,
}

/// A list of references: one a line, without blank lines and lines that begin with `#`.
struct List {
    /// `<stdin>`, or the file as it was given.
    name: String,
    is_file: bool,
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
        let written = written.iter();
        let written =
            written.map(|text| Written { place: None, text: text.clone(), parsed: reference(text) });
        let all: Vec<Written> = written.chain(lines).collect();
        if all.len() > REFERENCES {
            return Err(Exceeded::new("a run", REFERENCES, "references").to_diagnostic());
        }
        if let [Written { parsed: Err(diagnostic), .. }] = all.as_slice() {
            return Err(diagnostic.clone());
        }
        Ok(Self::of(all))
    }

    fn of(all: Vec<Written>) -> Self {
        let mut given: Vec<Given> = Vec::new();
        let mut distinct = Vec::new();
        // For each reference to judge, where it was given first.
        let mut known: HashMap<Reference, (usize, usize)> = HashMap::new();
        for Written { place, text, parsed } in all {
            let request = match parsed {
                Err(diagnostic) => Request::Malformed(Box::new(Image {
                    reference: RequestedReference::Malformed(shown(&text)),
                    result: Err(diagnostic),
                    base: None,
                    place: place.clone(),
                })),
                Ok(reference) => match known.get(&reference) {
                    Some((number, first)) => {
                        if let Some(Request::First { repeats, .. }) =
                            given.get_mut(*first).map(|first| &mut first.request)
                        {
                            *repeats += 1;
                        }
                        Request::Again { number: *number }
                    }
                    None => {
                        let number = distinct.len();
                        known.insert(reference.clone(), (number, given.len()));
                        distinct.push(reference);
                        Request::First { number, repeats: 0 }
                    }
                },
            };
            given.push(Given { place, request });
        }
        Self { given, distinct }
    }

    /// Each given reference as text.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = String> {
        self.given.iter().map(|given| match &given.request {
            Request::First { number, .. } | Request::Again { number } => {
                self.distinct.get(*number).map(Reference::to_string).unwrap_or_default()
            }
            Request::Malformed(image) => image.reference.to_string(),
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
            None => Ok(Self { name, is_file: from != STDOUT, bytes }),
        }
    }

    /// The references of the list, with the text of each.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if there is none.
    fn references(&self) -> Result<Vec<Written>, Diagnostic> {
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

    fn reference(&self, number: usize, line: &[u8]) -> Written {
        let malformed = |cause: fmt::Arguments<'_>| Diagnostic::new(Code::USAGE_REFERENCE, cause.to_string());
        let parsed = match std::str::from_utf8(line) {
            _ if line.len() > REFERENCE_TEXT => {
                Err(malformed(format_args!("a reference has at most {REFERENCE_TEXT} bytes")))
            }
            Err(_) => Err(malformed(format_args!("the line is not UTF-8"))),
            Ok(text) => reference(text),
        };
        let parsed = parsed.map_err(|diagnostic| diagnostic.about(format_args!("{}:{number}", self.name)));
        let place = self.is_file.then(|| Location { file: self.name.clone(), line: number });
        Written { place, text: String::from_utf8_lossy(line).into_owned(), parsed }
    }
}

fn how_to_list() -> Remedy {
    let text = "`--from FILE` reads one reference on each line of FILE, `--from -` those of standard input";
    Remedy::ChangeCommandLine { text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(bytes: &[u8]) -> Result<Vec<Written>, Diagnostic> {
        List { name: "images.txt".to_owned(), is_file: true, bytes: bytes.to_vec() }.references()
    }

    #[test]
    fn lists_have_blank_lines_comments_and_any_line_end() {
        let text = "\u{feff}# all images\r\n\r\n  dhi.io/a:1\t\r\n\n#x\n oci:a b:1\r\nA b\ndhi.io/a:1";
        let all = list(text.as_bytes()).unwrap();
        let found: Vec<(&str, usize)> =
            all.iter().map(|one| (one.text.as_str(), one.place.as_ref().unwrap().line)).collect();
        assert_eq!(found, [("dhi.io/a:1", 3), ("oci:a b:1", 6), ("A b", 7), ("dhi.io/a:1", 8)]);
        let wrong = all[2].parsed.as_ref().unwrap_err();
        assert_eq!(wrong.code, Code::USAGE_REFERENCE);
        assert!(wrong.message.starts_with("images.txt:7: "), "{}", wrong.message);
        assert!(all.iter().enumerate().all(|(at, one)| one.parsed.is_ok() == (at != 2)));
        let References { given, distinct } = References::of(all);
        assert_eq!(distinct.len(), 2);
        let requests: Vec<Request> = given.into_iter().map(|given| given.request).collect();
        assert!(matches!(
            requests.as_slice(),
            [
                Request::First { number: 0, repeats: 1 },
                Request::First { number: 1, repeats: 0 },
                Request::Malformed(_),
                Request::Again { number: 0 },
            ]
        ));
    }

    #[test]
    fn lists_without_references_or_text_are_errors() {
        for text in ["", "\n", "# only\r\n", "\u{feff}"] {
            let error = list(text.as_bytes()).err().unwrap();
            assert_eq!(error.message, "`images.txt` has no reference");
        }
        let all = list(&[&b"dhi.io/a\n\xff\xfe\x00\n"[..], &[b'a'; REFERENCE_TEXT + 1]].concat()).unwrap();
        let message = |at: usize| all[at].parsed.as_ref().unwrap_err().message.as_str();
        assert_eq!(message(1), "images.txt:2: the line is not UTF-8");
        assert!(message(2).starts_with("images.txt:3: a reference has at most"));
        assert!(shown(&all[2].text).len() < 110);
    }

    #[test]
    fn logins_in_malformed_references_are_not_shown() {
        let text = "https://me:hunter2@host/x".to_owned();
        let parsed = Err(Diagnostic::new(Code::USAGE_REFERENCE, "x"));
        let shown: Vec<String> =
            References::of(vec![Written { place: None, text, parsed }]).texts().collect();
        assert!(!shown[0].contains("hunter2"), "{shown:?}");
    }
}
