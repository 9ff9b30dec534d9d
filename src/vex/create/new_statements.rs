//! The content of new statements, and the rules that it must keep.

use jiff::Timestamp;

use super::CreateError;
use super::product::{package, product};
use crate::vex::document::validate;
use crate::vex::written_open_vex::{WrittenComponent, WrittenProduct, WrittenStatement};
use crate::vex::{Justification, Products, Statement, Status, Validity, Vulnerability};

/// The content of new statements: one for each vulnerability, about the same products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStatements {
    /// The ids of the vulnerabilities.
    pub vulnerabilities: Vec<String>,
    /// Other ids of the vulnerability. Only with one vulnerability.
    pub aliases: Vec<String>,
    /// The products: package URLs, or references of images.
    pub products: Vec<String>,
    /// The parts of each product that the statements are about, as package URLs. Empty: the products as a whole.
    pub subcomponents: Vec<String>,
    /// The status.
    pub status: Status,
    /// Notes on the status.
    pub status_notes: Option<String>,
    /// Why the products are not affected.
    pub justification: Option<Justification>,
    /// Why the products are not affected, in words.
    pub impact_statement: Option<String>,
    /// What to do about it.
    pub action_statement: Option<String>,
}

impl NewStatements {
    /// The vulnerabilities, after the rules for statements are checked.
    pub(super) fn vulnerabilities(&self) -> Result<Vec<Vulnerability>, CreateError> {
        let texts = [
            ("status notes", &self.status_notes),
            ("impact statement", &self.impact_statement),
            ("action statement", &self.action_statement),
        ];
        for (name, text) in texts {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                return Err(CreateError::Empty(name));
            }
        }
        if self.vulnerabilities.len() > 1 && !self.aliases.is_empty() {
            return Err(CreateError::AliasesOfSeveral);
        }
        let mut vulnerabilities: Vec<Vulnerability> = Vec::new();
        for name in &self.vulnerabilities {
            if let Some(bad) =
                std::iter::once(name).chain(&self.aliases).find(|name| !is_vulnerability_id(name))
            {
                return Err(CreateError::Vulnerability(bad.clone()));
            }
            let aliases = self.aliases.iter().filter(|alias| *alias != name).cloned().collect();
            let vulnerability = Vulnerability { iri: None, name: Some(name.clone()), aliases };
            if !vulnerabilities.contains(&vulnerability) {
                vulnerabilities.push(vulnerability);
            }
        }
        let checked = Statement {
            id: None,
            vulnerability: vulnerabilities.first().cloned().unwrap_or_default(),
            status: self.status,
            justification: self.justification,
            unknown_justification: None,
            impact_statement: self.impact_statement.clone(),
            action_statement: self.action_statement.clone(),
            status_notes: self.status_notes.clone(),
            timestamp: None,
            has_own_time: true,
            is_false_positive: false,
            is_first_fixed: false,
            validity: Validity::Valid,
            products: Products::default(),
        };
        validate(&checked)?;
        Ok(vulnerabilities)
    }

    /// The products, each with the subcomponents.
    pub(super) fn products(&self) -> Result<Vec<WrittenProduct>, CreateError> {
        if self.products.is_empty() {
            return Err(CreateError::NoProduct);
        }
        let part = |text: &String| package(text).map(WrittenComponent::of_id);
        let subcomponents: Vec<_> = self.subcomponents.iter().map(part).collect::<Result<_, _>>()?;
        let mut products: Vec<WrittenProduct> = Vec::new();
        for text in &self.products {
            let component = WrittenComponent::of_id(product(text)?);
            let product = WrittenProduct { component, subcomponents: subcomponents.clone() };
            if !products.contains(&product) {
                products.push(product);
            }
        }
        Ok(products)
    }

    /// The statement about one of the vulnerabilities.
    pub(super) fn statement<'a>(
        &'a self,
        vulnerability: &'a Vulnerability,
        products: &[WrittenProduct],
        time: Timestamp,
    ) -> WrittenStatement<'a> {
        WrittenStatement {
            id: None,
            vulnerability,
            timestamp: time,
            products: products.to_vec(),
            status: self.status,
            status_notes: self.status_notes.as_deref(),
            justification: self.justification.map(Justification::as_str),
            impact_statement: self.impact_statement.as_deref(),
            action_statement: self.action_statement.as_deref(),
        }
    }
}

fn is_vulnerability_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}
