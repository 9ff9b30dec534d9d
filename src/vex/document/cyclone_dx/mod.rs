//! CycloneDX 1.4 to 1.7: entries of `vulnerabilities` that have an analysis, in a file of their own or beside the
//! components.

mod analysis;
mod bom;

use std::borrow::Cow;
use std::sync::Arc;

use jiff::Timestamp;

use super::statement_count;
use super::validation::validity;
use crate::oci::quote_untrusted;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{Document, DocumentFormat, Product, Products, Remark, Statement, UnreadProducts};
use analysis::Entry;
use bom::{Affected, Bom};

/// The known versions.
const VERSIONS: [&str; 4] = ["1.4", "1.5", "1.6", "1.7"];

/// Products that are resolved when they are needed.
#[derive(Debug)]
struct AffectedParts {
    affected: Vec<Affected>,
    bom: Arc<Bom>,
}

impl UnreadProducts for AffectedParts {
    fn read(&self) -> Vec<Product> {
        let product =
            |affected| Product { component: self.bom.component(affected), subcomponents: Vec::new() };
        let products: Vec<_> = self.affected.iter().map(product).collect();
        if products.is_empty() {
            // No product at all could stand for the subject of an attestation.
            return vec![Product { component: crate::vex::Component::default(), subcomponents: Vec::new() }];
        }
        products
    }
}

/// Reads a document. `None`: it is no CycloneDX document.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Document>, Fault> {
    let mut is_cyclone_dx = false;
    let mut version = String::new();
    let mut document = Document {
        format: DocumentFormat::CycloneDx,
        context: None,
        id: None,
        author: None,
        version: None,
        timestamp: None,
        subjects: None,
        statements: Vec::new(),
        remarks: Vec::new(),
    };
    let mut bom = Bom::default();
    let mut entries: Vec<Entry> = Vec::new();
    let members =
        ["bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "vulnerabilities"];
    reader.object(&members, |reader, name| {
        match name {
            "bomFormat" => {
                is_cyclone_dx =
                    reader.optional_string()?.is_some_and(|format| format.eq_ignore_ascii_case("CycloneDX"));
            }
            "specVersion" => version = reader.optional_string_or_number()?.unwrap_or_default().into_owned(),
            "serialNumber" => document.id = reader.optional_string()?.map(Cow::into_owned),
            "version" => {
                document.version = reader.optional_string_or_number()?.map(Cow::into_owned);
            }
            "metadata" => metadata(reader, &mut document, &mut bom)?,
            "components" => bom.read_components(reader)?,
            _ => reader.optional_array(|reader| {
                let entry = Entry::read(reader)?;
                if entry.state.is_some() {
                    entries.push(entry);
                }
                statement_count::check(entries.len(), reader)
            })?,
        }
        Ok(())
    })?;
    if !is_cyclone_dx {
        return Ok(None);
    }
    if !VERSIONS.contains(&version.as_str()) {
        document.remarks.push(Remark::UnknownVersion(version));
    }
    bom.set_identity(document.id.clone().unwrap_or_default(), document.version.clone());
    let bom = Arc::new(bom);
    let unreadable = entries.iter().filter_map(|entry| entry.unreadable_time.as_deref());
    if let Some(first) = unreadable.clone().next() {
        let (count, first) = (unreadable.count(), quote_untrusted(first));
        let remark = format!("`lastUpdated` or `firstIssued` is no time in {count} analyses: {first}");
        document.remarks.push(Remark::Ignored(remark));
    }
    // Without a time of the document, its newest statement is the best that is known.
    let newest = document.timestamp.or_else(|| entries.iter().filter_map(|entry| entry.time).max());
    document.statements =
        entries.into_iter().map(|entry| statement(entry, &document, newest, &bom)).collect();
    if document.statements.is_empty() {
        document.remarks.push(Remark::NoStatements);
    }
    let without_time = document.statements.iter().filter(|statement| statement.timestamp.is_none()).count();
    if without_time > 0 {
        document.remarks.push(Remark::NoTime { statements: without_time });
    }
    Ok(Some(document))
}

fn metadata(reader: &mut Reader<'_>, document: &mut Document, bom: &mut Bom) -> Result<(), Fault> {
    let mut authors: Vec<String> = Vec::new();
    let mut organizations: Vec<String> = Vec::new();
    let members = ["timestamp", "component", "authors", "manufacturer", "manufacture", "supplier"];
    reader.optional_object(&members, |reader, name| match name {
        "timestamp" => {
            let text = reader.optional_string()?.unwrap_or_default();
            document.timestamp = text.parse().ok();
            if document.timestamp.is_none() {
                let text = quote_untrusted(&text);
                document.remarks.push(Remark::Ignored(format!("`metadata.timestamp` {text} is no time")));
            }
            Ok(())
        }
        "component" => bom.read_component(reader),
        "authors" => reader.optional_array(|reader| name_of(reader, &mut authors)),
        _ => name_of(reader, &mut organizations),
    })?;
    document.author = authors.into_iter().chain(organizations).next();
    Ok(())
}

fn name_of(reader: &mut Reader<'_>, into: &mut Vec<String>) -> Result<(), Fault> {
    reader.optional_object(&["name"], |reader, _| {
        into.extend(reader.optional_string()?.filter(|name| !name.is_empty()).map(Cow::into_owned));
        Ok(())
    })
}

fn statement(mut entry: Entry, document: &Document, newest: Option<Timestamp>, bom: &Arc<Bom>) -> Statement {
    let reason = entry.reason();
    let affected = std::mem::take(&mut entry.affected);
    let affected = if entry.status().suppresses() { Affected::suppressed(affected) } else { affected };
    let has_reason =
        reason.justification.is_some() || reason.impact_statement.is_some() || entry.is_false_positive();
    Statement {
        id: entry.bom_ref.clone(),
        validity: validity(&entry.vulnerability, entry.status(), has_reason),
        status: entry.status(),
        is_false_positive: entry.is_false_positive(),
        is_first_fixed: false,
        justification: reason.justification,
        unknown_justification: reason.unknown_justification,
        impact_statement: reason.impact_statement,
        action_statement: entry.action(),
        status_notes: reason.notes,
        timestamp: entry.time_in(document.timestamp, newest),
        has_own_time: entry.time.is_some(),
        vulnerability: entry.vulnerability,
        products: Products::unread(Arc::new(AffectedParts { affected, bom: Arc::clone(bom) })),
    }
}
