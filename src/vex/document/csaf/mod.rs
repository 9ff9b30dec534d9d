//! CSAF 2.0 and 2.1: advisories with product status, of any category.
//!
//! A status lists product ids. Those of one status with the same reason and action are one statement.

mod assessment;
mod product_tree;

use std::borrow::Cow;
use std::sync::Arc;

use super::statement_count;
use super::validation::validity;
use crate::oci::quote_untrusted;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::limits::CSAF_REASONS;
use crate::vex::{Document, DocumentFormat, Product, Products, Remark, Statement, UnreadProducts};
use assessment::{Assessment, TooManyReasons};
use product_tree::ProductTree;

/// The known versions.
const VERSIONS: [&str; 2] = ["2.0", "2.1"];

/// Products that are resolved when they are needed.
#[derive(Debug)]
struct ProductIds {
    ids: Vec<String>,
    tree: Arc<ProductTree>,
}

impl UnreadProducts for ProductIds {
    fn read(&self) -> Vec<Product> {
        self.ids.iter().flat_map(|id| self.tree.products(id)).collect()
    }
}

/// Reads a document. `None`: it has no `document.csaf_version`.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Document>, Fault> {
    let mut version = None;
    let mut document = Document {
        format: DocumentFormat::Csaf,
        context: None,
        id: None,
        author: None,
        version: None,
        timestamp: None,
        subjects: None,
        statements: Vec::new(),
        remarks: Vec::new(),
    };
    let mut tree = ProductTree::default();
    let mut assessments = Vec::new();
    reader.object(&["document", "product_tree", "vulnerabilities"], |reader, name| match name {
        "document" => reader.object(&["csaf_version", "publisher", "tracking"], |reader, name| match name {
            "csaf_version" => {
                version = reader.optional_string()?.map(Cow::into_owned);
                Ok(())
            }
            "publisher" => reader.object(&["name"], |reader, _| {
                document.author = reader.optional_string()?.map(Cow::into_owned);
                Ok(())
            }),
            _ => tracking(reader, &mut document),
        }),
        "product_tree" => tree.read(reader),
        _ => reader.optional_array(|reader| {
            // Each has a statement, or says nothing.
            statement_count::check(assessments.len() + 1, reader)?;
            assessments.push(Assessment::read(reader)?);
            Ok(())
        }),
    })?;
    let Some(version) = version else { return Ok(None) };
    if !VERSIONS.contains(&version.as_str()) {
        document.remarks.push(Remark::UnknownVersion(version));
    }
    let tree = Arc::new(tree);
    let mut reasons = CSAF_REASONS;
    for assessment in assessments {
        let Ok(statements) = statements(assessment, &tree, &mut document, &mut reasons) else {
            let measured = "the number of products that its flags, threats and remediations name";
            return Err(Fault::exceeded(reader.position(), measured, CSAF_REASONS, "products"));
        };
        document.statements.extend(statements);
        statement_count::check(document.statements.len(), reader)?;
    }
    if document.statements.is_empty() {
        document.remarks.push(Remark::NoStatements);
    } else if document.timestamp.is_none() {
        document.remarks.push(Remark::NoTime { statements: document.statements.len() });
    }
    Ok(Some(document))
}

fn tracking(reader: &mut Reader<'_>, document: &mut Document) -> Result<(), Fault> {
    reader.object(&["id", "version", "current_release_date"], |reader, name| {
        match name {
            "id" => document.id = reader.optional_string()?.map(Cow::into_owned),
            "version" => {
                document.version = reader.optional_string_or_number()?.map(Cow::into_owned);
            }
            _ => {
                let date = reader.optional_string()?.unwrap_or_default();
                document.timestamp = date.parse().ok();
                if document.timestamp.is_none() {
                    let date = quote_untrusted(&date);
                    document
                        .remarks
                        .push(Remark::Ignored(format!("`current_release_date` {date} is no time")));
                }
            }
        }
        Ok(())
    })
}

/// The statements about one vulnerability.
fn statements(
    assessment: Assessment,
    tree: &Arc<ProductTree>,
    document: &mut Document,
    reasons: &mut usize,
) -> Result<Vec<Statement>, TooManyReasons> {
    let (vulnerability, groups, unknown) = assessment.into_statements(tree, reasons)?;
    for label in unknown {
        let remark = format!("the label {} of a flag is not known", quote_untrusted(&label));
        document.remarks.push(Remark::Ignored(remark));
    }
    let statement = |(group, ids): (assessment::Group, Vec<String>)| {
        let has_reason = group.justification.is_some() || group.impact_statement.is_some();
        Statement {
            id: None,
            vulnerability: vulnerability.clone(),
            validity: validity(&vulnerability, group.status, has_reason),
            status: group.status,
            justification: group.justification,
            unknown_justification: group.unknown_justification,
            impact_statement: group.impact_statement,
            action_statement: group.action_statement,
            status_notes: None,
            timestamp: document.timestamp,
            has_own_time: false,
            is_false_positive: false,
            is_first_fixed: group.is_first_fixed,
            products: Products::unread(Arc::new(ProductIds { ids, tree: Arc::clone(tree) })),
        }
    };
    Ok(groups.into_iter().map(statement).collect())
}
