//! The judgement over one finding: which statements are about it, which one decides, and what to tell about the others.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::ancestors::{self, Paths};
use super::applicability::{self, Applicability, Miss};
use super::assessed::{self, Assessed, ignored_status};
use super::context::Context;
use super::graph::Ancestors;
use super::precedence::{self, Candidate};
use crate::vex::matching::{Key, closeness};
use crate::vex::package_index::FoldedName;
use crate::vex::{
    ComponentGrade, Considered, Finding, Inapplicable, NearMiss, NearMissPart, ProductGrade, SourceTrust,
    Statement, StatementRef, Warning, limits,
};

/// What was found out about a finding under some ids.
#[derive(Clone, Debug, Default)]
pub(super) struct Judgement<'a> {
    /// The statement that decides.
    pub(super) winner: Option<Candidate<'a>>,
    /// Whether a statement of the same time contradicts it.
    pub(super) conflict: bool,
    /// Why no statement decides.
    pub(super) reason: Option<Inapplicable>,
    /// The statements that came near, in their order.
    pub(super) considered: Vec<Considered>,
    /// The statement that came closest, if the finding is kept.
    pub(super) near_miss: Option<NearMiss>,
    /// What to know about it.
    pub(super) warnings: Vec<Warning>,
}

impl Judgement<'_> {
    /// Whether the finding is suppressed.
    pub(super) fn suppresses(&self) -> bool {
        self.winner.as_ref().is_some_and(|winner| winner.statement.status.suppresses())
    }
}

/// Judges a finding by the statements about these ids.
pub(super) fn judge<'a>(
    context: &Context<'a>,
    graph: Option<&Ancestors<'_>>,
    finding: &Finding,
    ids: &[Key],
) -> Judgement<'a> {
    if !context.statements.knows(ids) {
        return Judgement { reason: Some(Inapplicable::NoStatement), ..Judgement::default() };
    }
    let package = &finding.package;
    let names = FoldedName::all_of(package);
    let assess = |at: StatementRef| {
        let (sourced, statement) = context.statement(at)?;
        let applicability = applicability::of_statement(context, at, (sourced, statement), package, &names);
        Some(Assessed { at, sourced, statement, applicability })
    };
    let near = context.statements.about_package(ids, &names.iter().cloned().chain(context.root_name()));
    let mut assessed: Vec<Assessed<'a>> = near.iter().copied().filter_map(assess).collect();
    let mut candidates: Vec<Candidate<'a>> = assessed.iter().filter_map(Assessed::candidate).collect();
    let mut paths = Paths::Unassessed;
    if candidates.is_empty() {
        paths = ancestors::decide(context, graph, finding, ids, &names, &mut assessed);
        if let Paths::Cut(winner) = &paths {
            candidates = vec![winner.clone()];
        }
    }
    let mut judgement = Judgement::default();
    if let Some((winner, conflict)) = precedence::winner(&candidates, context.rules.now) {
        judgement.conflict = conflict;
        judgement.warnings = precedence::warnings(winner, &candidates, context.rules.now);
        judgement.warnings.extend(of_winner(context, winner));
        judgement.warnings.extend(ignored_keeping(context, winner, &assessed));
        judgement.warnings.extend(ignored_status(winner, &assessed, context.rules.now));
        judgement.winner = Some(winner.clone());
    }
    if judgement.suppresses() && is_docker_finding(finding) {
        refuse_winner(&mut judgement, &mut assessed);
    }
    if !judgement.suppresses() {
        let known: BTreeSet<StatementRef> = assessed.iter().map(|assessed| assessed.at).collect();
        let others = context.statements.about(ids).into_iter().filter(|at| !known.contains(at));
        assessed.extend(others.take(limits::DISTANT_STATEMENTS).filter_map(assess));
        if judgement.winner.is_none() && matches!(paths, Paths::NoGraph) {
            let could =
                |assessed: &Assessed<'_>| ancestors::could_be_about(context, assessed, package, &names);
            judgement.warnings.extend(assessed.iter().any(could).then_some(Warning::NoGraph));
        }
        explain(context, &mut judgement, &assessed);
    }
    let winner = judgement.winner.as_ref().map(|winner| winner.at);
    judgement.considered = assessed::to_show(assessed.iter().map(Assessed::considered).collect(), winner);
    judgement
}

/// Sets why the finding is kept, and which statement came closest.
fn explain(context: &Context<'_>, judgement: &mut Judgement<'_>, assessed: &[Assessed<'_>]) {
    let misses = assessed.iter().filter_map(|assessed| Some((assessed, assessed.applicability.miss()?)));
    // Beside a statement that keeps, only one that would suppress is of interest.
    let decided = judgement.winner.is_some();
    let misses = misses.filter(|(assessed, _)| !decided || assessed.statement.status.suppresses());
    let closest = misses.min_by_key(|(assessed, miss)| {
        let time = assessed.statement.effective_time(context.rules.now);
        Reverse((assessed.statement.status.suppresses(), closeness(&miss.part), time, assessed.at))
    });
    if let Some((assessed, Miss { component, part })) = closest {
        if !decided && judgement.reason.is_none() {
            judgement.reason = assessed.applicability.inapplicable();
        }
        judgement.near_miss.get_or_insert(NearMiss { statement: assessed.at, component, part });
    }
}

/// Whether the finding is one of Docker's own feed, which contains only what affects a hardened package (R15).
fn is_docker_finding(finding: &Finding) -> bool {
    let purl = finding.package.purl.as_ref();
    let is_hardened =
        purl.is_some_and(|purl| matches!(purl.kind(), "deb" | "apk") && purl.namespace() == Some("dhi"));
    is_hardened && finding.id.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("DHI-"))
}

/// Keeps a finding of Docker's own feed that a statement would suppress.
fn refuse_winner(judgement: &mut Judgement<'_>, assessed: &mut [Assessed<'_>]) {
    let Some(winner) = judgement.winner.take() else { return };
    let reason = Inapplicable::FeedContradiction;
    judgement.reason = Some(reason);
    let refused = assessed.iter_mut().filter(|assessed| {
        assessed.statement.status.suppresses() && matches!(assessed.applicability, Applicability::Applies(_))
    });
    for assessed in refused {
        let component = match &assessed.applicability {
            Applicability::Applies(fit) => fit.product.clone(),
            _ => String::new(),
        };
        assessed.applicability = Applicability::Refused { component, reason };
    }
    judgement.near_miss = Some(NearMiss {
        statement: winner.at,
        component: winner.fit.product,
        part: NearMissPart::Refused(reason),
    });
}

/// What to know about the match and the source of the statement that decides.
fn of_winner(context: &Context<'_>, winner: &Candidate<'_>) -> Vec<Warning> {
    let grade = winner.fit.grade;
    let component = match grade.product {
        ProductGrade::Package(component) => Some(component),
        _ => grade.component,
    };
    let trust = context.statement(winner.at).map(|(sourced, _)| &sourced.source.trust);
    let conditions = [
        (
            matches!(component, Some(ComponentGrade::PackageAnyVersion | ComponentGrade::SourceAnyVersion)),
            Warning::AnyVersion,
        ),
        (grade.product == ProductGrade::ImageNameOnly, Warning::NameOnly),
        (component == Some(ComponentGrade::PackageName), Warning::PackageName),
        (winner.fit.rests_on.repository_name, Warning::UnverifiedImage),
        (winner.fit.rests_on.unbound_report, Warning::UnboundReport),
        (winner.fit.rests_on.assumed_hardened, Warning::AssumedHardened),
        (matches!(trust, Some(SourceTrust::TrustedByUser)), Warning::UnverifiedSource),
    ];
    conditions.into_iter().filter(|(is_met, _)| *is_met).map(|(_, warning)| warning).collect()
}

/// The newest statement that would keep what the winner suppresses, if its source were verified.
fn ignored_keeping(
    context: &Context<'_>,
    winner: &Candidate<'_>,
    assessed: &[Assessed<'_>],
) -> Option<Warning> {
    if !winner.statement.status.suppresses() {
        return None;
    }
    let time = |statement: &Statement| statement.effective_time(context.rules.now);
    let ignored = assessed.iter().filter(|assessed| {
        let is_unproven = matches!(
            assessed.applicability.inapplicable(),
            Some(Inapplicable::Unverified | Inapplicable::ProofFailed)
        );
        is_unproven
            && !assessed.statement.status.suppresses()
            && time(assessed.statement) >= time(winner.statement)
    });
    let newest = ignored.max_by_key(|assessed| (time(assessed.statement), assessed.at))?;
    Some(Warning::IgnoredKeeping { statement: newest.at })
}
