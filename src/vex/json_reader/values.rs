//! Values of documents that tools write in many versions: what is `null` or of another type counts as absent.

use std::borrow::Cow;

use super::{Fault, Kind, Reader};
use crate::limits::Exceeded;

impl<'a> Reader<'a> {
    /// A reader of a text that may begin with a byte order mark.
    pub(in crate::vex) fn behind_mark(text: &'a str) -> Self {
        let mut reader = Self::new(text);
        reader.take_text("\u{feff}");
        reader
    }

    /// The position of the next value, in bytes.
    pub(in crate::vex) fn next_position(&mut self) -> usize {
        self.skip_white_space();
        self.at
    }

    /// The position of the name of the member that is being read.
    pub(in crate::vex) fn name_position(&self) -> usize {
        self.name_at
    }

    /// As [`members`](Self::members). `null` is an object without members.
    pub(in crate::vex) fn optional_members(
        &mut self,
        each: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind() == Kind::Null { self.skip() } else { self.members(each) }
    }

    /// As [`members`](Self::members). A value of another kind is skipped.
    pub(in crate::vex) fn members_if_any(
        &mut self,
        each: impl FnMut(&mut Self, &str) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind() == Kind::Object { self.members(each) } else { self.skip() }
    }

    /// As [`array`](Self::array). A value of another kind is skipped.
    pub(in crate::vex) fn array_if_any(
        &mut self,
        each: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        if self.kind() == Kind::Array { self.array(each) } else { self.skip() }
    }

    /// Reads a string. A value of another kind is skipped.
    pub(in crate::vex) fn string_if_any(&mut self) -> Result<Option<Cow<'a, str>>, Fault> {
        if self.kind() == Kind::String { self.string().map(Some) } else { self.skip().map(|()| None) }
    }

    /// Reads a string that is not empty. An empty one and `null` are absent.
    pub(in crate::vex) fn filled_string(&mut self) -> Result<Option<String>, Fault> {
        let text = self.optional_string()?;
        Ok(text.filter(|text| !text.is_empty()).map(Cow::into_owned))
    }

    /// As [`filled_string`](Self::filled_string). A value of another kind is skipped.
    pub(in crate::vex) fn filled_string_if_any(&mut self) -> Result<Option<String>, Fault> {
        let text = self.string_if_any()?;
        Ok(text.filter(|text| !text.is_empty()).map(Cow::into_owned))
    }

    /// Reads the strings of an array. Elements and values of other kinds are skipped.
    pub(in crate::vex) fn strings_if_any(&mut self) -> Result<Vec<String>, Fault> {
        let mut strings = Vec::new();
        self.array_if_any(|reader| {
            strings.extend(reader.string_if_any()?.map(Cow::into_owned));
            Ok(())
        })?;
        Ok(strings)
    }

    /// Reads a number. A value of another kind is skipped, and a number that no `f64` holds is absent.
    pub(in crate::vex) fn number_if_any(&mut self) -> Result<Option<f64>, Fault> {
        let is_number = self.kind() == Kind::Number;
        let number: Option<f64> = self.written()?.parse().ok();
        Ok(number.filter(|number| is_number && number.is_finite()))
    }

    /// Passes over the next value, and returns its text.
    pub(in crate::vex) fn written(&mut self) -> Result<&'a str, Fault> {
        let span = self.range_of(Self::skip)?;
        Ok(self.text.get(span).unwrap_or_default())
    }

    /// Reads one member of an object with `read`, and skips the others. A value of another kind is skipped.
    pub(in crate::vex) fn member<T>(
        &mut self,
        wanted: &str,
        mut read: impl FnMut(&mut Self) -> Result<Option<T>, Fault>,
    ) -> Result<Option<T>, Fault> {
        let mut found = None;
        self.members_if_any(|reader, name| {
            if name == wanted {
                found = read(reader)?;
                return Ok(());
            }
            reader.skip()
        })?;
        Ok(found)
    }
}

impl Fault {
    /// A fault at this position.
    pub(in crate::vex) fn new(at: usize, cause: impl Into<String>) -> Self {
        Self { at, cause: cause.into(), limit: None }
    }

    /// A member is missing in the object at this position.
    pub(in crate::vex) fn missing(at: usize, name: &str) -> Self {
        Self::new(at, format!("member `{name}` is missing"))
    }

    /// The text has more of something than the limit. `measured` is what exceeds it.
    pub(in crate::vex) fn exceeded(at: usize, measured: &str, limit: usize, unit: &str) -> Self {
        let exceeded = Exceeded::new(measured, limit, unit);
        Self { at, cause: exceeded.to_string(), limit: Some(exceeded) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_kind_is_skipped() {
        let text = r#"[1,"a",{"b":[]},[2],null,true]"#;
        assert_eq!(Reader::new(text).strings_if_any().unwrap(), ["a"]);
        let mut strings = Vec::new();
        let mut numbers = Vec::new();
        Reader::new(text)
            .array(|reader| {
                if reader.kind() == Kind::Number {
                    numbers.push(reader.number_if_any()?);
                } else {
                    strings.push(reader.string_if_any()?);
                }
                Ok(())
            })
            .unwrap();
        assert_eq!(numbers, [Some(1.0)]);
        assert_eq!(strings, [Some(Cow::Borrowed("a")), None, None, None, None]);
    }

    #[test]
    fn numbers_that_no_float_holds_are_absent() {
        let number = |text: &str| Reader::new(text).number_if_any().unwrap();
        assert_eq!(number("7.5"), Some(7.5));
        assert_eq!(number("1e400"), None);
        assert_eq!(number("\"7.5\""), None);
    }

    #[test]
    fn positions_are_those_of_the_whole_text() {
        let text = "\u{feff}{ \"a\" : [ 1 ] }";
        let mut places = Vec::new();
        let mut reader = Reader::behind_mark(text);
        reader
            .members(|reader, _| {
                places.push(reader.name_position());
                places.push(reader.next_position());
                reader.skip()
            })
            .unwrap();
        assert_eq!(places, [text.find('"').unwrap(), text.find('[').unwrap()]);
        assert!(reader.is_at_end());
    }
}
