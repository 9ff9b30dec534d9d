//! Statements added to an existing document, by editing spans of its text. All other bytes stay.
//!
//! 1. The new statements stand behind the others.
//! 2. Statements without a time get that of the document, which they had before (OpenVEX 0.2.0, "Inheritance").
//! 3. `version` is raised, and `last_updated` is the time of the new statements.

use std::ops::Range;

use bytes::Bytes;
use jiff::Timestamp;

use super::{CreateError, NewStatements};
use crate::vex::document::origin::Origin;
use crate::vex::document::{self, Shape};
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::scan_report::layout::{Layout, NewValue, Start};
use crate::vex::scan_report::pieces::{Edits, bytes_of};
use crate::vex::{Document, DocumentFormat};

/// A member without a value.
const NULL: &str = "null";

/// Where the changed parts of a document are.
#[derive(Debug, Default)]
struct Places {
    /// The first member.
    first: usize,
    timestamp: Option<Range<usize>>,
    last_updated: Option<Range<usize>>,
    version: Option<Range<usize>>,
    statements: Range<usize>,
    elements: Vec<Element>,
}

/// One statement.
#[derive(Debug)]
struct Element {
    span: Range<usize>,
    time: Option<Range<usize>>,
}

/// Adds statements to the document in `bytes`. `origin` names it in errors, as messages show it.
///
/// # Errors
///
/// [`CreateError::NotAmendable`] if it is not one OpenVEX 0.2.0 document, [`CreateError::OlderTime`] if it has a newer
/// time than `time`, and the first part of the statements that is not valid.
pub fn amend(
    bytes: &Bytes,
    origin: &str,
    new: &NewStatements,
    time: Timestamp,
) -> Result<Vec<u8>, CreateError> {
    let vulnerabilities = new.vulnerabilities()?;
    let products = new.products()?;
    let old = single(bytes, origin)?;
    let origin = Origin::new(origin, bytes)?;
    let text = origin.text();
    let places = Places::find(text).map_err(|fault| origin.locate(fault))?;
    check_time(&origin, text, &old, &places, time)?;

    let layout = Layout::of(text);
    let mut edits = Edits::default();
    places.raise_version(&origin, &layout, &mut edits)?;
    places.set_last_updated(text, &layout, time, &mut edits);
    places.write_old_times(text, &layout, &old, &mut edits);
    let values: Vec<_> = vulnerabilities
        .iter()
        .map(|vulnerability| new.statement(vulnerability, &products, time).value())
        .collect();
    places.append(text, &layout, values, &mut edits);

    let pieces = edits.pieces(0..text.len());
    let mark = bytes.len() - text.len();
    let mut written = bytes.get(..mark).unwrap_or_default().to_vec();
    written.extend(pieces.iter().flat_map(|piece| bytes_of(piece, text.as_bytes())).flatten());
    Ok(written)
}

/// The document, if it is the only one in the text and has the form that is written.
fn single(bytes: &Bytes, origin: &str) -> Result<Document, CreateError> {
    let refused = |cause| CreateError::NotAmendable { document: origin.to_owned(), cause };
    if matches!(document::shape(bytes), Shape::Statement | Shape::Envelope | Shape::Bundle) {
        return Err(refused("it is an attestation, whose signature would not match any more"));
    }
    let mut documents = document::read(bytes, origin)?;
    let document = documents.pop().filter(|_| documents.is_empty());
    let document = document.ok_or_else(|| refused("it has several documents"))?;
    match document.format {
        DocumentFormat::OpenVex => Ok(document),
        DocumentFormat::OpenVexOld => Err(refused("it is OpenVEX 0.0.1")),
        DocumentFormat::Csaf => Err(refused("it is CSAF")),
        DocumentFormat::CycloneDx => Err(refused("it is CycloneDX")),
    }
}

/// A new statement that is older than others would be overruled by them.
fn check_time(
    origin: &Origin<'_>,
    text: &str,
    old: &Document,
    places: &Places,
    time: Timestamp,
) -> Result<(), CreateError> {
    let updated = places.last_updated.clone().and_then(|span| text.get(span));
    let updated = updated.and_then(|text| text.trim_matches('"').parse().ok());
    let times = old.statements.iter().filter_map(|statement| statement.timestamp);
    match times.chain(old.timestamp).chain(updated).max() {
        Some(newest) if newest > time => {
            Err(CreateError::OlderTime { document: origin.name().to_owned(), time, newest })
        }
        _ => Ok(()),
    }
}

impl Places {
    fn find(text: &str) -> Result<Self, Fault> {
        let mut places = Self::default();
        let mut reader = Reader::new(text);
        let _ = reader.kind();
        places.first = first_token(text, reader.position());
        reader.object(&["timestamp", "last_updated", "version", "statements"], |reader, name| {
            if name == "statements" {
                places.statements = reader.range_of(|reader| {
                    reader.optional_array(|reader| {
                        let mut time = None;
                        let span = reader.range_of(|reader| {
                            reader.object(&["timestamp"], |reader, _| {
                                time = Some(reader.range_of(Reader::skip)?);
                                Ok(())
                            })
                        })?;
                        places.elements.push(Element { span, time });
                        Ok(())
                    })
                })?;
                return Ok(());
            }
            let span = Some(reader.range_of(Reader::skip)?);
            match name {
                "timestamp" => places.timestamp = span,
                "last_updated" => places.last_updated = span,
                _ => places.version = span,
            }
            Ok(())
        })?;
        Ok(places)
    }

    fn raise_version(
        &self,
        origin: &Origin<'_>,
        layout: &Layout,
        edits: &mut Edits,
    ) -> Result<(), CreateError> {
        let Some(span) = &self.version else {
            // A document without a version is its first.
            self.insert_member(origin.text(), layout, "version", &NewValue::Number(2), edits);
            return Ok(());
        };
        let written = origin.text().get(span.clone()).unwrap_or_default();
        let written = if written == NULL { "1" } else { written };
        let version =
            written.trim_matches('"').parse::<u64>().ok().and_then(|version| version.checked_add(1));
        let Some(version) = version else {
            let fault = Fault::new(span.start, format!("the version {written} is not a whole number"));
            return Err(origin.locate(fault).into());
        };
        edits.replace(span.clone(), version.to_string());
        Ok(())
    }

    fn set_last_updated(&self, text: &str, layout: &Layout, time: Timestamp, edits: &mut Edits) {
        let value = NewValue::text(time.to_string());
        match &self.last_updated {
            Some(span) => edits.replace(span.clone(), layout.value(&value, Start::of(text, self.first))),
            None => match self.timestamp.as_ref().or(self.version.as_ref()) {
                Some(span) => {
                    let start = Start::of(text, self.first);
                    let member = layout.member("last_updated", &value, start);
                    edits.insert(span.end, format!(",{}{member}", layout.next(start)));
                }
                None => self.insert_member(text, layout, "last_updated", &value, edits),
            },
        }
    }

    /// Writes a member before the first one.
    fn insert_member(
        &self,
        text: &str,
        layout: &Layout,
        name: &str,
        value: &NewValue<'_>,
        edits: &mut Edits,
    ) {
        edits.insert(self.first, member_before(text, layout, self.first, name, value));
    }

    /// Writes the time of the document into statements that have none. It is written as the document has it.
    fn write_old_times(&self, text: &str, layout: &Layout, old: &Document, edits: &mut Edits) {
        let Some(time) = old.timestamp else { return };
        let written = self.timestamp.clone().and_then(|span| text.get(span));
        let written =
            written.map(|text| text.trim_matches('"')).filter(|text| text.parse().ok() == Some(time));
        let value = NewValue::text(written.map_or_else(|| time.to_string(), str::to_owned));
        for element in &self.elements {
            let first = first_token(text, element.span.start);
            match &element.time {
                None => edits.insert(first, member_before(text, layout, first, "timestamp", &value)),
                Some(span) if text.get(span.clone()) == Some(NULL) => {
                    edits.replace(span.clone(), layout.value(&value, Start::of(text, first)));
                }
                Some(_) => {}
            }
        }
    }

    /// Writes statements behind the last one.
    fn append(&self, text: &str, layout: &Layout, values: Vec<NewValue<'_>>, edits: &mut Edits) {
        let Some(last) = self.elements.last() else {
            let value = layout.value(&NewValue::List(values), Start::of(text, self.first));
            edits.replace(self.statements.clone(), value);
            return;
        };
        let start = Start::of(text, self.elements.first().map_or(last.span.start, |first| first.span.start));
        for value in values {
            let written = format!(",{}{}", layout.next(start), layout.value(&value, start));
            edits.insert(last.span.end, written);
        }
    }
}

/// A member with the comma and white space behind it, to write before the member at `first`.
fn member_before(text: &str, layout: &Layout, first: usize, name: &str, value: &NewValue<'_>) -> String {
    let start = Start::of(text, first);
    if text.get(first..).is_some_and(|rest| rest.starts_with('}')) {
        return layout.member(name, value, start);
    }
    format!("{},{}", layout.member(name, value, start), layout.next(start))
}

/// The first token behind the bracket at `open`.
fn first_token(text: &str, open: usize) -> usize {
    let inside = text.get(open + 1..).unwrap_or_default();
    open + 1 + (inside.len() - inside.trim_start_matches([' ', '\n', '\r', '\t']).len())
}
