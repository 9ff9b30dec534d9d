//! The decision about each finding of a scan, by the rules of this program. The profiles of scanners are in `engines`.
//!
//! 1. The statements about the vulnerability are looked up, and of them those that can be about the package or image.
//! 2. `applicability` compares each with image and package, and checks validity, source and origin.
//! 3. `precedence` chooses among those that apply. If none does, `ancestors` asks the dependency graph.
//! 4. `judgement` explains: what was considered, what came closest, and what to know about it.
//!
//! Invariant: a finding is suppressed only by a valid statement of a source that may suppress, about this image or
//! package, that no newer statement contradicts.

mod advisory;
mod ancestors;
mod applicability;
mod assessed;
pub(super) mod author;
pub(super) mod binding;
mod context;
mod fit;
mod graph;
mod guard;
mod image_matches;
mod judgement;
mod precedence;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

pub(in crate::vex) use author::is_dhi;
use context::Context;
use graph::Ancestors;
use judgement::{Judgement, judge};

use super::matching::vulnerability::{keys_of_finding, names_own_id};
use super::{
    Decision, Equivalence, Finding, FoundPackage, ImageFacts, Inapplicable, Outcome, Profile, Rules, Ruling,
    Scan, StatementSet, engines,
};

/// Decides about each finding of a scan, in their order, by the rules of the profile.
pub fn decide(scan: &Scan, facts: &ImageFacts, statements: &StatementSet, rules: &Rules) -> Vec<Decision> {
    match rules.profile {
        Profile::Dhi => by_own_rules(scan, facts, statements, rules),
        Profile::Grype | Profile::Trivy | Profile::OpenVex => engines::decide(scan, facts, statements, rules),
    }
}

fn by_own_rules(scan: &Scan, facts: &ImageFacts, statements: &StatementSet, rules: &Rules) -> Vec<Decision> {
    let context = Context::new(scan, facts, statements, rules);
    let graph = Ancestors::new(scan);
    // Reports often have one vulnerability of one package in several places.
    let mut known: HashMap<Question<'_>, Decision> = HashMap::new();
    scan.findings
        .iter()
        .map(|finding| {
            let question = Question::of(finding);
            let decision = known.entry(question).or_insert_with(|| one(&context, graph.as_ref(), finding));
            decision.clone()
        })
        .collect()
}

/// All parts of a finding that decide.
#[derive(PartialEq, Eq, Hash)]
struct Question<'a> {
    id: &'a str,
    aliases: &'a [String],
    package: FoundPackage,
}

impl<'a> Question<'a> {
    fn of(finding: &'a Finding) -> Self {
        // Where in the image a package was found plays no part.
        let package = FoundPackage { locations: Vec::new(), layers: Vec::new(), ..finding.package.clone() };
        Self { id: &finding.id, aliases: &finding.aliases, package }
    }
}

/// Decides about one finding.
fn one(context: &Context<'_>, graph: Option<&Ancestors<'_>>, finding: &Finding) -> Decision {
    let keys = keys_of_finding(finding);
    let own = judge(context, graph, finding, &keys.ids);
    let judgement = match keys.bundled {
        None => own,
        Some(bundled) => {
            let part = |key| judge(context, graph, finding, std::slice::from_ref(key));
            advisory::combine(own, bundled.iter().map(part).collect(), context.rules.now)
        }
    };
    decision(judgement, finding)
}

fn decision(judgement: Judgement<'_>, finding: &Finding) -> Decision {
    let outcome = if judgement.suppresses() { Outcome::Suppressed } else { Outcome::Kept };
    let ruling = judgement.winner.map(|winner| {
        let mut equivalences = winner.fit.equivalences;
        if judgement.reason == Some(Inapplicable::AllBundledCvesAssessed) {
            equivalences.push(Equivalence::Advisory);
        } else if !names_own_id(&winner.statement.vulnerability, finding) {
            equivalences.push(Equivalence::VulnerabilityAlias);
        }
        Ruling {
            statement: winner.at,
            status: winner.statement.status,
            justification: winner.statement.justification,
            timestamp: winner.statement.timestamp,
            product: winner.fit.product,
            subcomponent: winner.fit.subcomponent,
            grade: winner.fit.grade,
            equivalences,
        }
    });
    Decision {
        outcome,
        ruling,
        reason: judgement.reason,
        conflict: judgement.conflict,
        considered: judgement.considered,
        near_miss: judgement.near_miss,
        warnings: judgement.warnings,
    }
}
