//! The explanation record of one finding in JSON documents (`docs/schemas/vex-apply-1.json`).

use serde::Serialize;

use super::run::{AppliedRun, DecidedFinding};
use super::wording::{Difference, warning};
use crate::vex::engines::{EngineAnswer, EngineAnswers};
use crate::vex::{
    Considered, Finding, Fix, NearMiss, NearMissPart, Origin, Ruling, SourceTrust, SourcedDocument,
    Statement, StatementRef, StatementSet, VerifiedBy,
};

/// The record of one finding.
#[derive(Serialize)]
pub(super) struct Record<'a> {
    /// Positions of its report, and of its scan in the report.
    report: usize,
    scan: usize,
    finding: FindingJson<'a>,
    decision: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<&'static str>,
    /// Why no statement decided, or what qualifies the one that did.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<ByJson<'a>>,
    conflict: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gate: Vec<&'static str>,
    considered: Vec<ConsideredJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    near_miss: Option<NearMissJson<'a>>,
    engines: EnginesJson<'a>,
    warnings: Vec<WarningJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson<'a> {
    id: &'a str,
    aliases: &'a [String],
    package: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    /// The source packages.
    source: Vec<SourcePackageJson<'a>>,
    severity: &'static str,
    fix: FixJson<'a>,
    origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_exploited: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scores: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epss: Option<f64>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    locations: &'a [String],
}

#[derive(Serialize)]
struct SourcePackageJson<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

#[derive(Serialize)]
struct FixJson<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    versions: &'a [String],
}

/// A statement, by the source, the digest of its document and its index. The id is for display.
#[derive(Serialize)]
struct StatementJson<'a> {
    source: &'a str,
    document: String,
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ByJson<'a> {
    #[serde(flatten)]
    statement: StatementJson<'a>,
    signers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    product: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subcomponent: Option<&'a str>,
    grade: String,
    equivalences: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact_statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_statement: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_notes: Option<&'a str>,
}

#[derive(Serialize)]
struct ConsideredJson<'a> {
    #[serde(flatten)]
    statement: StatementJson<'a>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    applies: bool,
    /// Empty if it applies.
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    differs: Option<DifferenceJson>,
}

#[derive(Serialize)]
struct NearMissJson<'a> {
    #[serde(flatten)]
    near: StatementJson<'a>,
    component: &'a str,
    #[serde(flatten)]
    difference: DifferenceJson,
}

/// The part that differs. `statement` and `found` are absent if the part has no values.
#[derive(Serialize)]
struct DifferenceJson {
    part: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    qualifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<String>,
    message: String,
}

#[derive(Serialize)]
struct EnginesJson<'a> {
    grype: EngineJson<'a>,
    trivy: EngineJson<'a>,
}

#[derive(Serialize)]
struct EngineJson<'a> {
    decision: &'static str,
    why: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<StatementJson<'a>>,
}

#[derive(Serialize)]
struct WarningJson {
    kind: &'static str,
    message: String,
}

impl<'a> Record<'a> {
    pub(super) fn new(found: &DecidedFinding<'a>, engines: &EngineAnswers, run: &AppliedRun<'a>) -> Self {
        let (decision, statements) = (found.decision, run.statements());
        let ruling = decision.ruling.as_ref();
        Self {
            report: found.position.report,
            scan: found.position.scan,
            finding: FindingJson::new(found.finding),
            decision: decision.outcome.id(),
            status: ruling.map(|ruling| ruling.status.as_str()),
            justification: ruling.and_then(|ruling| Some(ruling.justification?.as_str())),
            reason: decision.reason.map(crate::vex::Inapplicable::id),
            by: ruling.and_then(|ruling| ByJson::new(ruling, statements)),
            conflict: decision.conflict,
            gate: found.causes.iter().map(|cause| cause.id()).collect(),
            considered: decision.considered.iter().filter_map(|one| considered(one, statements)).collect(),
            near_miss: decision.near_miss.as_ref().and_then(|near| near_miss(near, statements)),
            engines: EnginesJson {
                grype: engine(&engines.grype, statements),
                trivy: engine(&engines.trivy, statements),
            },
            warnings: decision
                .warnings
                .iter()
                .map(|one| WarningJson { kind: one.id(), message: warning(one, statements) })
                .collect(),
        }
    }
}

impl<'a> FindingJson<'a> {
    fn new(finding: &'a Finding) -> Self {
        let package = &finding.package;
        let (state, versions): (_, &[String]) = match &finding.fix {
            Fix::Fixed(versions) => ("fixed", versions),
            Fix::NotFixed => ("not-fixed", &[]),
            Fix::WontFix => ("wont-fix", &[]),
            Fix::Unknown => ("unknown", &[]),
        };
        let sources = package.sources.iter();
        Self {
            id: &finding.id,
            aliases: &finding.aliases,
            package: &package.name,
            version: package.version.as_deref(),
            purl: package.purl.as_ref().map(ToString::to_string),
            source: sources
                .map(|source| SourcePackageJson { name: &source.name, version: source.version.as_deref() })
                .collect(),
            severity: finding.severity.id(),
            fix: FixJson { state, versions },
            origin: match package.origin {
                Origin::Unproven => "unproven",
                Origin::Base => "base",
                Origin::Added => "added",
            },
            published: finding.published.map(|time| time.to_string()),
            known_exploited: finding.known_exploited,
            // JSON has no other numbers.
            scores: finding.scores.iter().copied().filter(|score| score.is_finite()).collect(),
            epss: finding.epss.filter(|epss| epss.is_finite()),
            locations: &package.locations,
        }
    }
}

impl<'a> StatementJson<'a> {
    fn new(statement: StatementRef, document: &'a SourcedDocument, named: &'a Statement) -> Self {
        Self {
            source: &document.source.name,
            document: document.source.digest.get().to_string(),
            index: statement.index,
            id: named.id.as_deref(),
        }
    }

    fn of(statement: StatementRef, statements: &'a StatementSet) -> Option<Self> {
        let (document, named) = statements.get(statement)?;
        Some(Self::new(statement, document, named))
    }
}

impl<'a> ByJson<'a> {
    fn new(ruling: &'a Ruling, statements: &'a StatementSet) -> Option<Self> {
        let (document, statement) = statements.get(ruling.statement)?;
        Some(Self {
            statement: StatementJson::new(ruling.statement, document, statement),
            signers: signers(&document.source.trust),
            timestamp: ruling.timestamp.map(|time| time.to_string()),
            product: &ruling.product,
            subcomponent: ruling.subcomponent.as_deref(),
            grade: ruling.grade.to_string(),
            equivalences: ruling.equivalences.iter().map(|one| one.id()).collect(),
            impact_statement: statement.impact_statement.as_deref(),
            action_statement: statement.action_statement.as_deref(),
            status_notes: statement.status_notes.as_deref(),
        })
    }
}

fn considered<'a>(one: &'a Considered, statements: &'a StatementSet) -> Option<ConsideredJson<'a>> {
    Some(ConsideredJson {
        statement: StatementJson::of(one.statement, statements)?,
        status: one.status.as_str(),
        timestamp: one.timestamp.map(|time| time.to_string()),
        applies: one.inapplicable.is_none(),
        why: one.inapplicable.map_or("", crate::vex::Inapplicable::id),
        differs: one.differs.as_ref().map(difference),
    })
}

fn near_miss<'a>(near: &'a NearMiss, statements: &'a StatementSet) -> Option<NearMissJson<'a>> {
    Some(NearMissJson {
        near: StatementJson::of(near.statement, statements)?,
        component: &near.component,
        difference: difference(&near.part),
    })
}

fn difference(part: &NearMissPart) -> DifferenceJson {
    let words = Difference::of(part);
    let message = words.line();
    let (statement, found) = words.values.unzip();
    let qualifier = match part {
        NearMissPart::Qualifier { name, .. } => Some(name.clone()),
        _ => None,
    };
    DifferenceJson { part: part.id(), qualifier, statement, found, message }
}

fn engine<'a>(answer: &EngineAnswer, statements: &'a StatementSet) -> EngineJson<'a> {
    EngineJson {
        decision: answer.outcome.id(),
        why: answer.why.id(),
        by: answer.by.and_then(|by| StatementJson::of(by, statements)),
    }
}

/// The signers of a source; none if it is not verified.
pub(super) fn signers(trust: &SourceTrust) -> &[String] {
    trust.verified_by().map_or(&[], VerifiedBy::signers)
}
