//! One case, by its level.

use std::path::Path;

use dhi::vex::document::validate;
use dhi::vex::engines::go_vex;
use dhi::vex::matching;
use dhi::vex::matching::go_vex::{Identifier, component_matches, product_matches, purl_matches};
use dhi::vex::{Document, PackageUrl, Product};
use serde_json::{Value, json};

use crate::apply;
use crate::case::{Case, Failure, Level, expect};
use crate::{configuration, files, repository};

pub(crate) fn run(case: &Case, data: &Path) -> Result<(), Failure> {
    match case.level {
        Level::Purl => purl(case),
        Level::Component => {
            let component = case.input("component", &case.component)?;
            let product = product(component)?;
            let identifier = Identifier::new(case.input("identifier", &case.identifier)?);
            only(case, &[("match", json!(component_matches(&product.component, &identifier)))])
        }
        Level::Product => {
            let product = product(case.input("product", &case.product)?)?;
            let identifier = Identifier::new(case.input("identifier", &case.identifier)?);
            let subcomponent =
                case.subcomponent.as_deref().filter(|text| !text.is_empty()).map(Identifier::new);
            let matches = product_matches(&product, &identifier, subcomponent.as_ref());
            only(case, &[("match", json!(matches))])
        }
        Level::DocumentEffective => effective(case),
        Level::Apply => apply::run(case, documents(case)?),
        Level::Validate => {
            let statement = case.input("statement", &case.statement)?;
            // A document that cannot be read has no valid statement.
            let document = apply::read(&in_document(statement));
            let is_valid =
                document.is_ok_and(|document| document.statements.iter().all(|one| validate(one).is_ok()));
            only(case, &[("valid", json!(is_valid))])
        }
        Level::Repository => repository::run(case),
        Level::Files => files::run(case, data),
        Level::GrypeConfig => configuration::run(case),
    }
}

pub(crate) fn documents(case: &Case) -> Result<Vec<Document>, Failure> {
    case.documents.iter().map(apply::read).collect()
}

/// Compares what holds for every profile. Nothing else may be expected.
pub(crate) fn only(case: &Case, found: &[(&str, Value)]) -> Result<(), Failure> {
    for (name, expected) in &case.expected {
        let found = found.iter().find(|(known, _)| known == name);
        let (_, found) = found.ok_or_else(|| Failure::Wrong(format!("`{name}` is not understood")))?;
        expect(name, expected, found)?;
    }
    Ok(())
}

fn purl(case: &Case) -> Result<(), Failure> {
    let written = case.input("statement_purl", &case.statement_purl)?;
    let target = case.input("target_purl", &case.target_purl)?;
    let parsed = (PackageUrl::parse(written), PackageUrl::parse(target));
    let by_go_vex = matches!(&parsed, (Ok(written), Ok(target)) if purl_matches(written, target));
    for (name, expected) in &case.expected {
        let (what, expected, found) = match name.as_str() {
            "match" => ("match", expected, by_go_vex),
            "grype" | "trivy" => (name.as_str(), &expected["match"], by_go_vex),
            "dhi" => ("dhi", &expected["match"], by_own_rules(written, target)?),
            _ => return Err(Failure::Wrong(format!("`{name}` is not understood"))),
        };
        expect(what, expected, &json!(found))?;
    }
    Ok(())
}

fn by_own_rules(written: &str, target: &str) -> Result<bool, Failure> {
    let product = product(&json!({"@id": written}))?;
    // A text that does not parse is no package that a report can have.
    Ok(apply::package(target)
        .is_ok_and(|target| matching::package(&product.component, &target, None).is_ok()))
}

fn effective(case: &Case) -> Result<(), Failure> {
    let product = case.input("product", &case.product)?;
    let product = product.as_str().ok_or_else(|| Failure::Wrong("the product is no text".to_owned()))?;
    let statements = apply::trusted(documents(case)?);
    let found = go_vex::effective_statement(&statements, product, case.input("vuln_id", &case.vuln_id)?);
    let statement = found.and_then(|at| statements.get(at)).map(|(_, statement)| statement);
    only(
        case,
        &[
            ("statement", json!(statement.map(|statement| statement.id.clone()))),
            ("status", json!(statement.map(|statement| statement.status.as_str()))),
        ],
    )
}

/// A document with one statement.
pub(crate) fn in_document(statement: &Value) -> Value {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex/1",
        "author": "Example",
        "timestamp": "2024-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    })
}

/// A product, as a document with one statement has it.
fn product(product: &Value) -> Result<Product, Failure> {
    let statement = json!({
        "vulnerability": {"name": "CVE-1"},
        "products": [product],
        "status": "fixed",
    });
    let document = apply::read(&in_document(&statement))?;
    let found = document.statements.first().and_then(|statement| statement.products.get().first().cloned());
    found.ok_or_else(|| Failure::Wrong("the product was not read".to_owned()))
}
