//! Readers of VEX documents. The format is found by the shape of the text, not by its name or its version.
//!
//! 1. `shape` looks at the names of the members until one of them decides.
//! 2. `open_vex`, `csaf` and `cyclone_dx` read documents in one pass. `attestation` reads what is around them.
//! 3. Products are checked in this pass, and read when a finding has the vulnerability.
//!
//! Invariant: what is not certain never makes a statement apply to more. A label that is not known counts as absent; a
//! product that cannot be resolved stays a product, which matches nothing. Only an OpenVEX statement without products
//! takes those of the attestation around it.

mod attestation;
mod csaf;
mod cyclone_dx;
pub(in crate::vex) mod identities;
mod open_vex;
pub(in crate::vex) mod origin;
mod shape;
mod statement_count;
#[cfg(test)]
mod tests;
mod validation;

use bytes::Bytes;

use super::json_reader::Reader;
use super::{Document, Error};
use origin::Origin;
use shape::Format;
pub use shape::{Shape, shape};
pub use validation::{InvalidStatement, validate};

/// Reads the VEX documents in a file: one document or attestation, or several, each on lines of its own. Signatures
/// are not verified. `origin` names the file in errors, as messages show it.
///
/// # Errors
///
/// [`Error::Document`] with the place of the first error, [`Error::Encoding`] if the text is not UTF-8,
/// [`Error::Shape`] if it is no VEX document, and [`Error::Limit`].
pub fn read(bytes: &Bytes, origin: &str) -> Result<Vec<Document>, Error> {
    let origin = Origin::new(origin, bytes)?;
    let bytes = origin.bytes();
    let mut reader = Reader::new(origin.text());
    let mut documents = Vec::new();
    if reader.is_at_end() {
        return Err(Error::Shape { document: origin.name().to_owned(), cause: "it is empty".to_owned() });
    }
    loop {
        documents.push(read_one(&mut reader, bytes, &origin)?);
        let end = reader.position();
        if reader.is_at_end() {
            return Ok(documents);
        }
        let between = origin.text().get(end..reader.position()).unwrap_or_default();
        if !between.contains('\n') {
            return Err(origin.locate(reader.fault("more text after the end of the document")));
        }
    }
}

/// Reads the VEX document in an in-toto statement, such as the payload of a verified attestation. `origin` names it in
/// errors.
///
/// # Errors
///
/// As [`read`], and [`Error::Shape`] if it is not an in-toto statement with a predicate.
pub fn of_statement(bytes: &Bytes, origin: &str) -> Result<Document, Error> {
    let origin = Origin::new(origin, bytes)?;
    let (subjects, predicate) = attestation::predicate(origin.bytes(), origin.name())?;
    let name = format!("the predicate of {}", origin.name());
    let predicate = Origin::new(&name, &predicate)?;
    let mut reader = Reader::new(predicate.text());
    let document = match shape::format(predicate.text()) {
        Some(Format::Attestation(_)) => Err(predicate.not_vex("it contains another attestation")),
        format => read_format(format, &mut reader, predicate.bytes(), &predicate),
    }?;
    Ok(Document { subjects: Some(subjects), ..document })
}

/// Reads the next document or attestation.
fn read_one(reader: &mut Reader<'_>, bytes: &Bytes, origin: &Origin<'_>) -> Result<Document, Error> {
    let start = reader.position();
    let format = shape::format(origin.text().get(start..).unwrap_or_default());
    let Some(Format::Attestation(shape)) = format else {
        return read_format(format, reader, bytes, origin);
    };
    let range = reader.range_of(Reader::skip).map_err(|fault| origin.locate(fault))?;
    let attestation = bytes.slice(range);
    let statement = match shape {
        Shape::Envelope => attestation::of_envelope(&attestation, origin.name())?,
        Shape::Bundle => attestation::of_bundle(&attestation, origin.name())?,
        Shape::Document | Shape::Statement | Shape::Unknown => attestation,
    };
    of_statement(&statement, origin.name())
}

fn read_format(
    format: Option<Format>,
    reader: &mut Reader<'_>,
    bytes: &Bytes,
    origin: &Origin<'_>,
) -> Result<Document, Error> {
    let document = match format {
        Some(Format::OpenVex) => open_vex::read(reader, bytes),
        Some(Format::Csaf) => csaf::read(reader),
        Some(Format::CycloneDx) => cyclone_dx::read(reader),
        Some(Format::Attestation(_)) | None => reader.skip().map(|()| None),
    };
    match document {
        Ok(Some(document)) => Ok(document),
        Ok(None) => Err(origin.not_vex(
            "it has none of `statements` (OpenVEX), `document.csaf_version` (CSAF), `bomFormat` (CycloneDX) and \
             `predicateType` or `payloadType` (attestation)",
        )),
        Err(fault) => Err(origin.locate(fault)),
    }
}
