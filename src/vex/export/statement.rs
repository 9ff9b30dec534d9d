//! The content of one exported statement: that of the statement that decided, made valid where it is not.

use jiff::Timestamp;

use super::naming::Named;
use crate::vex::written_open_vex::{WrittenComponent, WrittenProduct, WrittenStatement};
use crate::vex::{Justification, Ruling, StatementSet, Status, Vulnerability};

/// What is written of a statement.
pub(super) struct Content {
    vulnerability: Vulnerability,
    product: WrittenProduct,
    status: Status,
    timestamp: Timestamp,
    status_notes: String,
    justification: Option<&'static str>,
    impact_statement: Option<String>,
    action_statement: Option<String>,
}

impl Content {
    /// The statement that decided, under these names. Without a time of its own it gets that of the document.
    pub(super) fn of(
        ruling: &Ruling,
        statements: &StatementSet,
        name: &Named,
        time: Timestamp,
    ) -> Option<Self> {
        let (sourced, statement) = statements.get(ruling.statement)?;
        let origin = format!("{}#{}", sourced.source.name, ruling.statement.index);
        let status_notes = match &statement.status_notes {
            Some(notes) => format!("{notes} (from {origin})"),
            None => format!("from {origin}"),
        };
        // A status has only the fields that OpenVEX allows with it.
        let (mut justification, mut impact_statement, mut action_statement) = (None, None, None);
        match statement.status {
            Status::NotAffected => {
                justification = statement.justification.map(Justification::as_str);
                impact_statement.clone_from(&statement.impact_statement);
                if justification.is_none() && impact_statement.is_none() {
                    let unknown = statement.unknown_justification.as_deref();
                    impact_statement = Some(unknown.unwrap_or("the author gives no reason").to_owned());
                }
            }
            Status::Affected => {
                let action = statement.action_statement.as_deref().unwrap_or("the author names no action");
                action_statement = Some(action.to_owned());
            }
            Status::Fixed | Status::UnderInvestigation => {}
            Status::Unknown => return None,
        }
        let subcomponents = name.subcomponent.iter().cloned().map(WrittenComponent::of_id).collect();
        Some(Self {
            vulnerability: Vulnerability {
                iri: None,
                name: Some(name.id.clone()),
                aliases: name.aliases.clone(),
            },
            product: WrittenProduct {
                component: WrittenComponent::of_id(name.product.clone()),
                subcomponents,
            },
            status: statement.status,
            timestamp: ruling.timestamp.unwrap_or(time),
            status_notes,
            justification,
            impact_statement,
            action_statement,
        })
    }

    /// The statement to write.
    pub(super) fn statement<'a>(&'a self, id: Option<&'a str>) -> WrittenStatement<'a> {
        WrittenStatement {
            id,
            vulnerability: &self.vulnerability,
            timestamp: self.timestamp,
            products: vec![self.product.clone()],
            status: self.status,
            status_notes: Some(&self.status_notes),
            justification: self.justification,
            impact_statement: self.impact_statement.as_deref(),
            action_statement: self.action_statement.as_deref(),
        }
    }
}
