//! Statements about the same vulnerability of the same product: which overrule others, and which contradict each other.
//!
//! Only products that are written alike count as the same. What a report decides is the matter of `decide`.

use std::collections::HashMap;

use jiff::Timestamp;

use super::kind::LintKind;
use crate::vex::decide::effective_time;
use crate::vex::matching::Key;
use crate::vex::matching::vulnerability::keys_of_statement;
use crate::vex::{Component, Document, Identity, Statement, StatementRef, StatementSet, Validity};

/// All statements by what they are about.
pub(super) struct History<'a> {
    statements: &'a StatementSet,
    now: Timestamp,
    about: HashMap<(Key, String), Vec<StatementRef>>,
}

impl<'a> History<'a> {
    /// Indexes all valid statements.
    pub(super) fn new(statements: &'a StatementSet, now: Timestamp) -> Self {
        let mut about: HashMap<_, Vec<StatementRef>> = HashMap::new();
        for (source, sourced) in statements.documents().iter().enumerate() {
            let valid = |(_, statement): &(usize, &Statement)| counts(statement.validity);
            for (index, statement) in sourced.document.statements.iter().enumerate().filter(valid) {
                for key in keys_of_statement(&statement.vulnerability) {
                    for target in targets(&sourced.document, statement) {
                        let found = about.entry((key.clone(), target)).or_default();
                        // A statement may repeat a product.
                        let at = StatementRef { source, index };
                        if found.last() != Some(&at) {
                            found.push(at);
                        }
                    }
                }
            }
        }
        Self { statements, now, about }
    }

    /// Whether newer statements overrule a statement wholly, or one contradicts it.
    pub(super) fn of(&self, at: StatementRef) -> Option<LintKind> {
        let (sourced, statement) = self.statements.get(at).filter(|(_, own)| counts(own.validity))?;
        let key = keys_of_statement(&statement.vulnerability).into_iter().next()?;
        let time = effective_time(statement, self.now);
        let mut contradicting = None;
        let mut newer = None;
        let mut is_overruled = true;
        for target in targets(&sourced.document, statement) {
            let others = self.about.get(&(key.clone(), target)).into_iter().flatten().copied();
            let others: Vec<_> =
                others.filter_map(|other| Some((other, self.statements.get(other)?.1))).collect();
            let is_newer = |other: &&(StatementRef, &Statement)| effective_time(other.1, self.now) > time;
            if let Some((other, _)) = others
                .iter()
                .filter(is_newer)
                .max_by_key(|(other, own)| (effective_time(own, self.now), *other))
            {
                newer.get_or_insert(*other);
                continue;
            }
            is_overruled = false;
            let contradicts = |(other, own): &&(StatementRef, &Statement)| {
                *other < at && effective_time(own, self.now) == time && own.status != statement.status
            };
            contradicting = contradicting.or(others.iter().find(contradicts).map(|(other, _)| *other));
        }
        let history = newer.filter(|_| is_overruled).map(|newer| LintKind::History { newer });
        history.or(contradicting.map(|other| LintKind::Contradictory { other }))
    }
}

/// What a statement is about: each pair of product and subcomponent.
fn targets(document: &Document, statement: &Statement) -> Vec<String> {
    let mut targets = Vec::new();
    // What has no identity is about nothing.
    let products = statement.products.get().iter().filter(|product| !product.component.identities.is_empty());
    for product in products {
        let whole = text_of(&product.component);
        if product.subcomponents.is_empty() {
            targets.push(whole);
            continue;
        }
        let pair = |subcomponent| format!("{whole}\u{0}{}", text_of(subcomponent));
        targets.extend(product.subcomponents.iter().map(pair));
    }
    if let (true, Some(subjects)) = (targets.is_empty(), &document.subjects) {
        targets.push(subjects.join("\u{0}"));
    }
    targets
}

/// A component as a text in which the order of identities does not count.
fn text_of(component: &Component) -> String {
    let mut texts: Vec<String> = component
        .identities
        .iter()
        .map(|identity| match identity {
            Identity::Purl { purl, is_range, .. } => format!("{purl} {is_range}"),
            Identity::BomLink { serial, version, bom_ref, versions } => {
                format!("{serial} {version} {bom_ref:?} {versions:?}")
            }
            Identity::Hash(text) | Identity::Cpe(text) | Identity::Text(text) => text.clone(),
        })
        .collect();
    texts.sort_unstable();
    texts.join("\n")
}

/// Whether a statement has a say in what others are worth.
fn counts(validity: Validity) -> bool {
    validity == Validity::Valid
}
