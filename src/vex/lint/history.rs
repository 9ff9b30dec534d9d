//! Statements about the same vulnerability of the same product: which overrule others, and which contradict each other.
//!
//! Only products that are written alike count as the same. What a report decides is the matter of `decide`.

use std::cmp::Ordering;
use std::collections::HashMap;

use jiff::Timestamp;

use super::kind::LintKind;
use crate::vex::matching::Key;
use crate::vex::matching::vulnerability::keys_of_statement;
use crate::vex::{Component, Document, Identity, Statement, StatementRef, StatementSet, Status, Validity};

/// All statements by what they are about.
pub(super) struct History<'a> {
    statements: &'a StatementSet,
    now: Timestamp,
    about: HashMap<(Key, String), Newest>,
}

/// The newest statements about one target.
struct Newest {
    /// Their time. `None` is the oldest.
    time: Option<Timestamp>,
    /// The first of them, and its status.
    first: (StatementRef, Status),
    /// The first of them with another status than the first.
    other: Option<StatementRef>,
    /// The last of them.
    last: StatementRef,
}

impl Newest {
    fn of(at: StatementRef, status: Status, time: Option<Timestamp>) -> Self {
        Self { time, first: (at, status), other: None, last: at }
    }

    /// Adds a statement that stands behind those before.
    fn add(&mut self, at: StatementRef, status: Status, time: Option<Timestamp>) {
        match time.cmp(&self.time) {
            Ordering::Less => {}
            Ordering::Equal => {
                self.last = at;
                if status != self.first.1 {
                    self.other.get_or_insert(at);
                }
            }
            Ordering::Greater => *self = Self::of(at, status, time),
        }
    }

    /// The first of them with another status than this one.
    fn differing(&self, status: Status) -> Option<StatementRef> {
        if self.first.1 == status { self.other } else { Some(self.first.0) }
    }
}

impl<'a> History<'a> {
    /// Indexes all valid statements.
    pub(super) fn new(statements: &'a StatementSet, now: Timestamp) -> Self {
        let mut about: HashMap<_, Newest> = HashMap::new();
        for (source, sourced) in statements.documents().iter().enumerate() {
            let valid = |(_, statement): &(usize, &Statement)| counts(statement.validity);
            for (index, statement) in sourced.document.statements.iter().enumerate().filter(valid) {
                let at = StatementRef { source, index };
                let time = statement.effective_time(now);
                for key in keys_of_statement(&statement.vulnerability) {
                    for target in targets(&sourced.document, statement) {
                        about
                            .entry((key.clone(), target))
                            .and_modify(|newest| newest.add(at, statement.status, time))
                            .or_insert_with(|| Newest::of(at, statement.status, time));
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
        let time = statement.effective_time(self.now);
        let mut contradicting = None;
        let mut newer = None;
        let mut is_overruled = true;
        for target in targets(&sourced.document, statement) {
            let newest = self.about.get(&(key.clone(), target));
            if let Some(newest) = newest.filter(|newest| newest.time > time) {
                newer.get_or_insert(newest.last);
                continue;
            }
            is_overruled = false;
            let differing = newest.and_then(|newest| newest.differing(statement.status));
            contradicting = contradicting.or(differing.filter(|other| *other < at));
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
