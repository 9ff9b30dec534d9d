//! Stanzas of control files: `Packages`, `Release`, `status` and the `control` file of a package (deb822(5)).
//!
//! Nothing is copied. A value is the bytes of its lines, folded ones included, without the space around it. Only what
//! is used has to be UTF-8, since descriptions of old packages are not.

use std::str;

use memchr::memchr;

/// All stanzas of a text, in order.
#[derive(Clone, Debug)]
pub struct Stanzas<'a> {
    rest: &'a [u8],
    line: usize,
}

/// A stanza: at least one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stanza<'a> {
    text: &'a [u8],
    /// The number of its first line, from 1.
    pub line: usize,
}

/// A field of a stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The name as it is written. Names are compared without regard to case.
    pub name: &'a str,
    /// The value.
    pub value: &'a [u8],
    /// The number of its first line, from 1.
    pub line: usize,
}

/// What is wrong with a control file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {cause}")]
pub struct Error {
    /// The number of the line, from 1.
    pub line: usize,
    /// What is wrong.
    pub cause: Cause,
}

/// What is wrong with a control file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// A line that is no field and continues none.
    #[error("expected `NAME: VALUE`")]
    NoField,
    /// A first line that begins with a space.
    #[error("this line continues a field, but no field is before it")]
    NothingToContinue,
    /// A field twice in one stanza: readers differ about which one counts.
    #[error("field `{0}` is there twice")]
    Twice(String),
    /// A value that is needed and is not UTF-8.
    #[error("value of `{0}` is not UTF-8")]
    NotUtf8(String),
}

impl<'a> Stanzas<'a> {
    /// The stanzas of a text.
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text, line: 1 }
    }
}

impl<'a> Iterator for Stanzas<'a> {
    type Item = Stanza<'a>;

    fn next(&mut self) -> Option<Stanza<'a>> {
        let mut start = self.rest;
        let mut first = self.line;
        let mut length = 0;
        loop {
            let (line, rest) = split_line(self.rest)?;
            let blank = line.iter().all(u8::is_ascii_whitespace);
            let ends = rest.is_empty();
            let size = self.rest.len() - rest.len();
            self.rest = rest;
            self.line += 1;
            if !blank {
                length += size;
            }
            if (blank || ends) && length > 0 {
                return start.get(..length).map(|text| Stanza { text, line: first });
            }
            if blank {
                (start, first) = (self.rest, self.line);
            }
        }
    }
}

impl<'a> Stanza<'a> {
    /// The fields, in order.
    pub fn fields(&self) -> Fields<'a> {
        Fields { rest: self.text, line: self.line }
    }

    /// The value of a field.
    ///
    /// # Errors
    ///
    /// Where the stanza cannot be read, has the field twice, or its value is not UTF-8.
    pub fn get(&self, name: &str) -> Result<Option<&'a str>, Error> {
        let mut found: Option<Field<'a>> = None;
        for field in self.fields() {
            let field = field?;
            if !field.name.eq_ignore_ascii_case(name) {
                continue;
            }
            if found.is_some() {
                return Err(Error { line: field.line, cause: Cause::Twice(field.name.to_owned()) });
            }
            found = Some(field);
        }
        found.map(|field| field.text()).transpose()
    }
}

impl<'a> Field<'a> {
    /// The value as text.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&'a str, Error> {
        str::from_utf8(self.value)
            .map_err(|_| Error { line: self.line, cause: Cause::NotUtf8(self.name.to_owned()) })
    }
}

/// The fields of a stanza, in order. Nothing comes after the first error.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let whole = self.rest;
        let line = self.line;
        let (first, mut rest) = split_line(whole)?;
        let mut end = first.len();
        self.line += 1;
        while let Some((next, after)) = split_line(rest)
            && next.first().is_some_and(is_space)
        {
            end = whole.len() - rest.len() + next.len();
            rest = after;
            self.line += 1;
        }
        self.rest = rest;
        let field = read_field(whole.get(..end).unwrap_or_default(), line);
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

fn read_field(text: &[u8], line: usize) -> Result<Field<'_>, Error> {
    if text.first().is_some_and(is_space) {
        return Err(Error { line, cause: Cause::NothingToContinue });
    }
    let split = memchr(b':', text).and_then(|colon| text.split_at_checked(colon));
    let (name, value) = split.ok_or(Error { line, cause: Cause::NoField })?;
    // Printable ASCII but the space and the colon; a comment sign does not begin a name (deb822(5)).
    let valid = !name.is_empty()
        && name.iter().all(u8::is_ascii_graphic)
        && !name.first().is_some_and(|first| matches!(first, b'#' | b'-'));
    match str::from_utf8(name) {
        Ok(name) if valid => Ok(Field { name, value: value.get(1..).unwrap_or_default().trim_ascii(), line }),
        _ => Err(Error { line, cause: Cause::NoField }),
    }
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The first line without its end, and what follows. `None` at the end of the text.
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let end = memchr(b'\n', text).unwrap_or(text.len());
    let line = text.get(..end)?;
    Some((line, text.get(end + 1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanzas_end_at_blank_lines() {
        let text = b"\n\nA: 1\nB: 2\n c\n \t\n\nA: 3";
        let stanzas: Vec<_> = Stanzas::new(text).collect();
        assert_eq!(stanzas.iter().map(|stanza| stanza.line).collect::<Vec<_>>(), [3, 8]);
        assert_eq!(stanzas[0].get("a"), Ok(Some("1")));
        assert_eq!(stanzas[0].get("B"), Ok(Some("2\n c")));
        assert_eq!(stanzas[1].get("A"), Ok(Some("3")));
        assert_eq!(stanzas[1].get("B"), Ok(None));
    }

    #[test]
    fn a_text_without_stanzas_has_none() {
        for text in ["", "\n", " \n\n\t\n"] {
            assert_eq!(Stanzas::new(text.as_bytes()).count(), 0, "{text:?}");
        }
    }

    #[test]
    fn values_have_no_space_around_them() {
        let stanza = Stanzas::new(b"A:\n x\n y \nB:z\r\nC:\n").next().unwrap();
        assert_eq!(stanza.get("A"), Ok(Some("x\n y")));
        assert_eq!(stanza.get("B"), Ok(Some("z")));
        assert_eq!(stanza.get("C"), Ok(Some("")));
    }

    #[test]
    fn errors_have_their_line() {
        let error = |text: &'static [u8], name| Stanzas::new(text).next().unwrap().get(name).unwrap_err();
        assert_eq!(error(b"\nA: 1\nB\n", "A"), Error { line: 3, cause: Cause::NoField });
        assert_eq!(error(b" A: 1\n", "A"), Error { line: 1, cause: Cause::NothingToContinue });
        assert_eq!(error(b"A: 1\na: 2\n", "A"), Error { line: 2, cause: Cause::Twice("a".to_owned()) });
        assert_eq!(error(b"A: \xff\n", "A"), Error { line: 1, cause: Cause::NotUtf8("A".to_owned()) });
        assert_eq!(error(b"# A: 1\n", "A"), Error { line: 1, cause: Cause::NoField });
        assert_eq!(error(b": 1\n", "A"), Error { line: 1, cause: Cause::NoField });
    }

    #[test]
    fn values_that_are_not_used_need_not_be_utf8() {
        let stanza = Stanzas::new(b"A: \xff\nB: 1\n").next().unwrap();
        assert_eq!(stanza.get("B"), Ok(Some("1")));
    }
}
