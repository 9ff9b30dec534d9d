//! OpenVEX 0.2.0 and 0.0.1.
//!
//! The shape of each statement counts, not `@context`: in 0.0.1 the vulnerability and products are strings, and
//! subcomponents belong to the statement and are those of every product.

mod products;

use std::borrow::Cow;

use bytes::Bytes;
use jiff::Timestamp;

use super::statement_count;
use super::validation::validity;
use crate::oci::quote_untrusted;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{Document, DocumentFormat, Justification, Remark, Statement, Status, Vulnerability};

const DOCUMENT: [&str; 6] = ["@context", "@id", "author", "timestamp", "version", "statements"];
const STATEMENT: [&str; 11] = [
    "@id",
    "vulnerability",
    "timestamp",
    "products",
    "subcomponents",
    "status",
    "status_notes",
    "justification",
    "impact_statement",
    "action_statement",
    "vuln_description",
];

/// The known values of `@context`.
const CONTEXTS: [&str; 3] =
    ["https://openvex.dev/ns", "https://openvex.dev/ns/v0.0.1", "https://openvex.dev/ns/v0.2.0"];

/// Reads a document. `None`: it has no member `statements`.
pub(super) fn read(reader: &mut Reader<'_>, bytes: &Bytes) -> Result<Option<Document>, Fault> {
    let mut document = Document {
        format: DocumentFormat::OpenVex,
        context: None,
        id: None,
        author: None,
        version: None,
        timestamp: None,
        subjects: None,
        statements: Vec::new(),
        remarks: Vec::new(),
    };
    let mut context = None;
    let mut has_statements = false;
    reader.object(&DOCUMENT, |reader, name| {
        match name {
            "@context" if reader.kind() == Kind::String => context = Some(reader.string()?.into_owned()),
            "@id" => document.id = text(reader)?,
            "author" => document.author = text(reader)?,
            "timestamp" => document.timestamp = timestamp(reader)?,
            "version" => document.version = reader.optional_string_or_number()?.and_then(present),
            "statements" => {
                has_statements = true;
                reader.optional_array(|reader| {
                    statement_count::check(document.statements.len() + 1, reader)?;
                    let (statement, format) = statement(reader, bytes)?;
                    if document.statements.is_empty() {
                        document.format = format;
                    }
                    document.statements.push(statement);
                    Ok(())
                })?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    if !has_statements {
        return Ok(None);
    }
    document.context.clone_from(&context);
    let context = context.unwrap_or_default();
    if !CONTEXTS.contains(&context.trim_end_matches('/')) {
        document.remarks.push(Remark::UnknownVersion(context));
    }
    if document.statements.is_empty() {
        document.remarks.push(Remark::NoStatements);
    }
    let mut without_time = 0;
    for statement in &mut document.statements {
        statement.timestamp = statement.timestamp.or(document.timestamp);
        without_time += usize::from(statement.timestamp.is_none());
    }
    if without_time > 0 {
        document.remarks.push(Remark::NoTime { statements: without_time });
    }
    Ok(Some(document))
}

fn statement(reader: &mut Reader<'_>, bytes: &Bytes) -> Result<(Statement, DocumentFormat), Fault> {
    let mut format = DocumentFormat::OpenVex;
    let mut id = None;
    let mut vulnerability = Vulnerability::default();
    let mut status = Status::Unknown;
    let mut label = None;
    let (mut impact_statement, mut action_statement, mut status_notes) = (None, None, None);
    let mut time = None;
    let (mut products, mut subcomponents) = (None, None);
    reader.object(&STATEMENT, |reader, name| {
        match name {
            "@id" => id = text(reader)?,
            "vulnerability" if reader.kind() == Kind::String => {
                format = DocumentFormat::OpenVexOld;
                vulnerability.name = text(reader)?;
            }
            "vulnerability" => vulnerability = read_vulnerability(reader)?,
            "timestamp" => time = timestamp(reader)?,
            "products" => products = Some(reader.range_of(products::check)?),
            "subcomponents" => subcomponents = Some(reader.range_of(products::check_components)?),
            "status" => {
                status = reader.optional_string()?.map_or(Status::Unknown, |label| Status::parse(&label));
            }
            "status_notes" => status_notes = text(reader)?,
            "justification" => label = text(reader)?,
            "impact_statement" => impact_statement = text(reader)?,
            "action_statement" => action_statement = text(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    let justification = label.as_deref().and_then(Justification::parse);
    let has_reason = justification.is_some() || impact_statement.is_some();
    let statement = Statement {
        id,
        validity: validity(&vulnerability, status, has_reason),
        vulnerability,
        status,
        justification,
        unknown_justification: label.filter(|_| justification.is_none()),
        impact_statement,
        action_statement,
        status_notes,
        has_own_time: time.is_some(),
        timestamp: time,
        is_false_positive: false,
        is_first_fixed: false,
        products: products::unread(bytes, products, subcomponents),
    };
    Ok((statement, format))
}

fn read_vulnerability(reader: &mut Reader<'_>) -> Result<Vulnerability, Fault> {
    let mut vulnerability = Vulnerability::default();
    reader.optional_object(&["@id", "name", "aliases"], |reader, name| {
        match name {
            "@id" => vulnerability.iri = text(reader)?,
            "name" => vulnerability.name = text(reader)?,
            _ => vulnerability.aliases = reader.strings()?,
        }
        Ok(())
    })?;
    vulnerability.aliases.retain(|alias| !alias.trim().is_empty());
    Ok(vulnerability)
}

/// A text. One that is empty counts as absent, as in go-vex.
fn text(reader: &mut Reader<'_>) -> Result<Option<String>, Fault> {
    Ok(reader.optional_string()?.and_then(present))
}

fn present(text: Cow<'_, str>) -> Option<String> {
    (!text.trim().is_empty()).then(|| text.into_owned())
}

/// A time. One that cannot be read is an error: the order of statements depends on it.
fn timestamp(reader: &mut Reader<'_>) -> Result<Option<Timestamp>, Fault> {
    let _ = reader.kind();
    let at = reader.position();
    let Some(text) = reader.optional_string()? else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let text = quote_untrusted(&text);
        Fault::new(at, format!("{text} is not a time as in RFC 3339, such as `2026-01-31T09:00:00Z`"))
    })
}
