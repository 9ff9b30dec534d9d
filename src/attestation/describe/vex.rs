//! OpenVEX documents. Statements with an open status are listed first.

use serde::Deserialize;

use super::page::{Description, Page, TableBuilder, plural};
use super::read::{Member, ShapeError, Text};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document<'a> {
    #[serde(rename = "@id")]
    id: Text,
    author: Text,
    role: Text,
    timestamp: Text,
    last_updated: Text,
    version: Text,
    tooling: Text,
    #[serde(borrow)]
    statements: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Statement<'a> {
    #[serde(borrow)]
    vulnerability: Member<'a>,
    status: Text,
    justification: Text,
    #[serde(borrow)]
    products: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Vulnerability {
    name: Text,
    #[serde(rename = "@id")]
    id: Text,
}

/// The statuses: as written, as shown, rank in the table.
const STATUSES: [(&str, &str, u8); 4] = [
    ("not_affected", "not affected", 4),
    ("fixed", "fixed", 3),
    ("affected", "affected", 0),
    ("under_investigation", "under investigation", 1),
];

pub(super) fn summary(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: Document<'_> = predicate.object().ok_or(ShapeError("an OpenVEX document is an object"))?;
    let mut list = TableBuilder::new("statements", &["VULNERABILITY", "STATUS", "JUSTIFICATION", "PRODUCTS"]);
    let mut counts = STATUSES.map(|_| 0_u64);
    let mut unknown = 0;
    let statements = document.statements.each_object(|statement: Statement<'_>| {
        let status = statement.status.get();
        let known = STATUSES.iter().zip(&mut counts).find(|((written, ..), _)| Some(*written) == status);
        let (shown, rank) = match known {
            Some(((_, shown, rank), count)) => {
                *count += 1;
                ((*shown).to_owned(), *rank)
            }
            None => {
                unknown += 1;
                (statement.status.cell(), 2)
            }
        };
        // Before version 0.2.0 this member is a text.
        let name: Vulnerability = statement.vulnerability.object_or_empty();
        let name = name.name.or(name.id).or(statement.vulnerability.text());
        let products = statement.products.each(|_| ()).unwrap_or_default();
        list.add_ranked_row(
            rank,
            [name.cell(), shown, justification(&statement.justification), products.to_string()],
        );
    });
    let statements = statements.ok_or(ShapeError("an OpenVEX document has a list `statements`"))?;
    let mut parts: Vec<(u64, &str)> =
        counts.into_iter().zip(STATUSES).map(|(count, (_, shown, _))| (count, shown)).collect();
    parts.push((unknown, "of unknown status"));
    let parts = super::page::counts(&parts);
    let line = match parts.as_str() {
        "" => "no statements".to_owned(),
        parts => format!("{}: {parts}", plural(statements, "statement")),
    };
    let mut page = Page::default();
    page.add_text("id", &document.id);
    page.add_text("author", &document.author);
    page.add_text("role", &document.role);
    page.add_text("timestamp", &document.timestamp);
    page.add_text("last updated", &document.last_updated);
    page.add_text("version", &document.version);
    page.add_text("tooling", &document.tooling);
    page.add_fact("statements", statements.to_string());
    page.add_fact("by status", parts);
    page.add_table(list);
    Ok(Description { line, page })
}

fn justification(text: &Text) -> String {
    text.cell().replace('_', " ")
}
