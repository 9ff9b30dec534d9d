//! Gates: which findings make a run fail, and why.
//!
//! Invariant: a gate is a function of findings and decisions alone, and unknown facts never weaken it silently. Every
//! finding that a threshold, a fix or the baseline leaves out is counted, a subject that was not scanned does not pass,
//! and a baseline excuses only what the same gate would have counted in it.

use std::collections::{BTreeMap, BTreeSet};

use super::matching::vulnerability::{Key, keys_of_finding};
use super::{Applied, Decision, Finding, Fix, Outcome, Scan, Severity, Status, Warning};
use crate::diagnostic::Exit;

/// What makes a run fail. The default gate passes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gate {
    /// Findings of this severity or a higher one count. [`Severity::Unknown`] is the lowest: it counts every finding.
    pub fail_on: Option<Severity>,
    /// Findings that a statement with one of these statuses keeps count.
    pub fail_on_status: Vec<Status>,
    /// Only findings for which the report names a fixed version count.
    pub only_fixed: bool,
    /// Suppressed findings count if their decision rests on something that nobody verified.
    pub require_verified: bool,
}

/// The result of a gate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GateResult {
    /// Whether the gate has any condition.
    pub is_set: bool,
    /// The findings that count, in the order of reports, scans and findings.
    pub counting: Vec<Counting>,
    /// The number of findings that would count, and do not since the baseline has them.
    pub in_baseline: usize,
    /// The number of findings that do not count since the report names no fixed version.
    pub without_fix: usize,
    /// The number of findings that remain, have no known severity, and so are below the threshold.
    pub without_severity: usize,
    /// The number of subjects that were not scanned. They are never free of findings.
    pub not_scanned: usize,
}

/// A finding that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// The finding.
    pub position: Position,
    /// Why it counts. Not empty.
    pub causes: Vec<Cause>,
}

/// A finding of a run: position of its report, of its scan in the report, and of the finding in the scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Position of the report.
    pub report: usize,
    /// Position of the scan.
    pub scan: usize,
    /// Position of the finding.
    pub finding: usize,
}

/// Why a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Its severity reaches the threshold.
    Severity(Severity),
    /// A statement with this status keeps it.
    Status(Status),
    /// It is suppressed by a source that nobody verified.
    UnverifiedSource,
    /// It is suppressed for an image that is known by a name alone.
    UnverifiedImage,
    /// It is suppressed in a report that names no digest.
    UnboundReport,
    /// It is suppressed since the user states that the image is hardened.
    AssumedHardened,
}

impl Cause {
    /// Its name in results.
    pub fn id(self) -> &'static str {
        match self {
            Self::Severity(_) => "severity",
            Self::Status(_) => "status",
            Self::UnverifiedSource => "unverified-source",
            Self::UnverifiedImage => "unverified-image",
            Self::UnboundReport => "unbound-report",
            Self::AssumedHardened => "assumed-hardened",
        }
    }
}

impl Gate {
    /// Whether it has any condition. `only_fixed` only restricts them.
    pub fn is_set(&self) -> bool {
        self.fail_on.is_some() || !self.fail_on_status.is_empty() || self.require_verified
    }

    /// Whether the severity of a finding reaches the threshold.
    fn counts_severity(&self, finding: &Finding) -> bool {
        self.fail_on.is_some_and(|threshold| finding.severity >= threshold)
    }

    /// Whether a finding may count, as far as its fix is concerned.
    fn accepts_fix(&self, fix: &Fix) -> bool {
        !self.only_fixed || matches!(fix, Fix::Fixed(_))
    }

    /// Why a finding that remains counts, whatever its fix is.
    fn causes_of_kept(&self, finding: &Finding, decision: &Decision) -> Vec<Cause> {
        let severity = self.counts_severity(finding).then_some(Cause::Severity(finding.severity));
        let status = decision.ruling.as_ref().map(|ruling| ruling.status);
        let status = status.filter(|status| self.fail_on_status.contains(status)).map(Cause::Status);
        severity.into_iter().chain(status).collect()
    }

    /// Why a suppressed finding counts.
    fn causes_of_suppressed(&self, decision: &Decision) -> Vec<Cause> {
        if !self.require_verified {
            return Vec::new();
        }
        let unverified = decision.warnings.iter().filter_map(|warning| match warning {
            Warning::UnverifiedSource => Some(Cause::UnverifiedSource),
            Warning::UnverifiedImage => Some(Cause::UnverifiedImage),
            Warning::UnboundReport => Some(Cause::UnboundReport),
            Warning::AssumedHardened => Some(Cause::AssumedHardened),
            _ => None,
        });
        unverified.collect()
    }
}

impl GateResult {
    /// Whether the gate passes.
    pub fn passes(&self) -> bool {
        self.counting.is_empty() && !(self.is_set && self.not_scanned > 0)
    }

    /// The exit code of the gate.
    pub fn exit(&self) -> Exit {
        if self.passes() { Exit::Pass } else { Exit::Fail }
    }

    /// Why a finding counts. Empty if it does not.
    pub fn causes(&self, position: Position) -> &[Cause] {
        let found = self.counting.binary_search_by_key(&position, |counting| counting.position);
        found.ok().and_then(|at| self.counting.get(at)).map_or(&[], |counting| &counting.causes)
    }
}

/// Judges the findings of all reports. `baseline` has the findings of an earlier report as it was: no statement is
/// applied to them, and what the report lists as suppressed is not among them.
pub fn judge(applied: &Applied, gate: &Gate, baseline: Option<&[Scan]>) -> GateResult {
    let baseline = baseline.map(|scans| Baseline::new(scans, gate));
    let mut result = GateResult { is_set: gate.is_set(), ..GateResult::default() };
    for (report, one) in applied.reports.iter().enumerate() {
        for (scan, one) in one.scans.iter().enumerate() {
            result.not_scanned += usize::from(one.scan.not_scanned.is_some());
            for (at, (finding, decision)) in one.decided().enumerate() {
                let position = Position { report, scan, finding: at };
                result.add(position, finding, decision, gate, baseline.as_ref());
            }
        }
    }
    result
}

impl GateResult {
    fn add(
        &mut self,
        position: Position,
        finding: &Finding,
        decision: &Decision,
        gate: &Gate,
        baseline: Option<&Baseline<'_>>,
    ) {
        let causes = match decision.outcome {
            Outcome::Suppressed => gate.causes_of_suppressed(decision),
            Outcome::Kept => gate.causes_of_kept(finding, decision),
        };
        let is_kept = decision.outcome == Outcome::Kept;
        if causes.is_empty() {
            let has_none = gate.fail_on.is_some() && finding.severity == Severity::Unknown;
            self.without_severity += usize::from(is_kept && has_none);
        } else if is_kept && !gate.accepts_fix(&finding.fix) {
            self.without_fix += 1;
        } else if is_kept && baseline.is_some_and(|baseline| baseline.counted(finding)) {
            self.in_baseline += 1;
        } else {
            self.counting.push(Counting { position, causes });
        }
    }
}

/// The findings of an earlier report that the gate would have counted in it. The status of a finding is not known
/// there, so only its severity can have counted.
struct Baseline<'a>(BTreeMap<PackageKey<'a>, BTreeSet<Key>>);

/// A package without its version and qualifiers: type, namespace, name, subpath.
pub(super) type PackageKey<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Baseline<'a> {
    fn new(scans: &'a [Scan], gate: &Gate) -> Self {
        let mut counted: BTreeMap<PackageKey<'a>, BTreeSet<Key>> = BTreeMap::new();
        for finding in scans.iter().flat_map(|scan| &scan.findings) {
            if gate.counts_severity(finding) && gate.accepts_fix(&finding.fix) {
                counted.entry(package_key(finding)).or_default().extend(keys_of_finding(finding).ids);
            }
        }
        Self(counted)
    }

    fn counted(&self, finding: &Finding) -> bool {
        let known = self.0.get(&package_key(finding));
        known.is_some_and(|known| keys_of_finding(finding).ids.iter().any(|id| known.contains(id)))
    }
}

pub(super) fn package_key(finding: &Finding) -> PackageKey<'_> {
    let package = &finding.package;
    match &package.purl {
        Some(purl) => (
            purl.kind(),
            purl.namespace().unwrap_or_default(),
            purl.name(),
            purl.subpath().unwrap_or_default(),
        ),
        None => (package.kind.as_deref().unwrap_or_default(), "", &package.name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vex::{
        AppliedReport, AppliedScan, ComponentGrade, FoundPackage, Grade, PackageUrl, ProductGrade, Ruling,
        Scanned, StatementRef, StatementSet,
    };

    fn finding(id: &str, purl: &str, severity: Severity, fix: Fix) -> Finding {
        let purl = PackageUrl::parse(purl).unwrap();
        Finding {
            id: id.to_owned(),
            aliases: Vec::new(),
            package: FoundPackage { name: purl.name().to_owned(), purl: Some(purl), ..Default::default() },
            severity,
            fix,
            published: None,
            known_exploited: None,
            scores: Vec::new(),
            epss: None,
        }
    }

    fn fixed() -> Fix {
        Fix::Fixed(vec!["2".to_owned()])
    }

    fn decision(outcome: Outcome, status: Option<Status>, warnings: Vec<Warning>) -> Decision {
        let ruling = status.map(|status| Ruling {
            statement: StatementRef { source: 0, index: 0 },
            status,
            justification: None,
            timestamp: None,
            product: "pkg:npm/table@1".to_owned(),
            subcomponent: None,
            grade: Grade { product: ProductGrade::Package(ComponentGrade::Package), component: None },
            equivalences: Vec::new(),
        });
        Decision {
            outcome,
            ruling,
            reason: None,
            conflict: false,
            considered: Vec::new(),
            near_miss: None,
            warnings,
        }
    }

    fn kept() -> Decision {
        decision(Outcome::Kept, None, Vec::new())
    }

    fn scan(findings: Vec<Finding>) -> Scan {
        Scan { subject: Scanned::default(), findings, suppressed_before: 0, graph: None, not_scanned: None }
    }

    fn applied(reports: Vec<Vec<(Finding, Decision)>>) -> Applied {
        let reports = reports.into_iter().enumerate().map(|(at, findings)| {
            let (findings, decisions) = findings.into_iter().unzip();
            AppliedReport {
                name: format!("report-{at}"),
                scans: vec![AppliedScan {
                    scan: scan(findings),
                    facts: crate::vex::ImageFacts::default(),
                    decisions,
                }],
            }
        });
        Applied { reports: reports.collect(), statements: StatementSet::new(Vec::new()) }
    }

    fn fail_on(severity: Severity) -> Gate {
        Gate { fail_on: Some(severity), ..Gate::default() }
    }

    /// The positions of the findings that count, in the only scan of the only report.
    fn counting(findings: &[(Finding, Decision)], gate: &Gate) -> Vec<usize> {
        let result = judge(&applied(vec![findings.to_vec()]), gate, None);
        result.counting.iter().map(|counting| counting.position.finding).collect()
    }

    #[test]
    fn an_unknown_severity_is_below_every_threshold() {
        use Severity::*;
        let all = [Unknown, Negligible, Low, Medium, High, Critical];
        let findings: Vec<_> = all
            .iter()
            .map(|severity| (finding("CVE-1", "pkg:npm/table@1", *severity, fixed()), kept()))
            .collect();
        for (threshold, expected) in [
            (Critical, vec![5]),
            (High, vec![4, 5]),
            (Negligible, vec![1, 2, 3, 4, 5]),
            (Unknown, vec![0, 1, 2, 3, 4, 5]),
        ] {
            assert_eq!(counting(&findings, &fail_on(threshold)), expected, "{threshold:?}");
        }
        let result = judge(&applied(vec![findings.clone()]), &fail_on(Negligible), None);
        assert_eq!(result.without_severity, 1);
        assert_eq!(judge(&applied(vec![findings]), &Gate::default(), None), GateResult::default());
    }

    #[test]
    fn suppressed_findings_do_not_count() {
        let high = || finding("CVE-1", "pkg:npm/table@1", Severity::High, fixed());
        let suppressed = decision(Outcome::Suppressed, Some(Status::NotAffected), Vec::new());
        assert_eq!(counting(&[(high(), suppressed), (high(), kept())], &fail_on(Severity::High)), [1]);
    }

    #[test]
    fn statuses_count_whatever_the_severity_is() {
        let low = || finding("CVE-1", "pkg:npm/table@1", Severity::Unknown, Fix::NotFixed);
        let gate = Gate { fail_on_status: vec![Status::UnderInvestigation], ..Gate::default() };
        let with = |status| (low(), decision(Outcome::Kept, Some(status), Vec::new()));
        let findings = [(low(), kept()), with(Status::Affected), with(Status::UnderInvestigation)];
        assert_eq!(counting(&findings, &gate), [2]);
        let result = judge(&applied(vec![findings.to_vec()]), &gate, None);
        let position = Position { report: 0, scan: 0, finding: 2 };
        assert_eq!(result.causes(position), [Cause::Status(Status::UnderInvestigation)]);
        assert_eq!(result.causes(Position { finding: 1, ..position }), []);
    }

    #[test]
    fn only_a_named_fix_is_a_fix() {
        let fixes = [fixed(), Fix::NotFixed, Fix::WontFix, Fix::Unknown];
        let findings: Vec<_> = fixes
            .into_iter()
            .map(|fix| (finding("CVE-1", "pkg:npm/table@1", Severity::High, fix), kept()))
            .collect();
        let gate = Gate { only_fixed: true, ..fail_on(Severity::High) };
        assert_eq!(counting(&findings, &gate), [0]);
        assert_eq!(judge(&applied(vec![findings]), &gate, None).without_fix, 3);
    }

    #[test]
    fn suppressions_that_nobody_verified_can_be_required_away() {
        let high = || finding("CVE-1", "pkg:npm/table@1", Severity::High, fixed());
        let suppressed = |warnings| (high(), decision(Outcome::Suppressed, Some(Status::Fixed), warnings));
        let findings = [
            suppressed(vec![Warning::AnyVersion]),
            suppressed(vec![Warning::UnverifiedSource]),
            suppressed(vec![Warning::AnyVersion, Warning::UnverifiedImage]),
            suppressed(vec![Warning::UnboundReport]),
            suppressed(vec![Warning::AssumedHardened]),
        ];
        let gate = Gate { require_verified: true, ..Gate::default() };
        assert_eq!(counting(&findings, &gate), [1, 2, 3, 4]);
        assert_eq!(counting(&findings, &Gate::default()), Vec::<usize>::new());
        // A baseline knows nothing of who is trusted now.
        let before = [scan(vec![high()])];
        assert_eq!(judge(&applied(vec![findings.to_vec()]), &gate, Some(&before)).counting.len(), 4);
    }

    #[test]
    fn a_baseline_excuses_only_what_it_had() {
        let of = |id: &str, version: &str, severity, fix| {
            finding(id, &format!("pkg:npm/table@{version}?arch=amd64"), severity, fix)
        };
        let named = |mut finding: Finding, alias: &str| {
            finding.aliases.push(alias.to_owned());
            finding
        };
        let gate = Gate { only_fixed: true, ..fail_on(Severity::High) };
        let before = [scan(vec![
            of("CVE-1", "1", Severity::High, fixed()),
            of("CVE-2", "1", Severity::Medium, fixed()),
            of("CVE-3", "1", Severity::High, Fix::NotFixed),
            named(of("GHSA-4", "1", Severity::High, fixed()), "CVE-4"),
            named(of("CVE-6", "1", Severity::High, fixed()), "DSA-6"),
        ])];
        let now = |finding: Finding| {
            let result = judge(&applied(vec![vec![(finding, kept())]]), &gate, Some(&before));
            (result.counting.len(), result.in_baseline)
        };
        // Known: also at another version or severity, and under another id.
        assert_eq!(now(of("CVE-1", "2", Severity::Critical, fixed())), (0, 1));
        assert_eq!(now(of("cve-4", "1", Severity::High, fixed())), (0, 1));
        // New: a severity that rose, a first fix, another id, another package, and what the baseline lists as
        // suppressed, which is not among its findings.
        assert_eq!(now(of("CVE-2", "1", Severity::High, fixed())), (1, 0));
        assert_eq!(now(of("CVE-3", "1", Severity::High, fixed())), (1, 0));
        assert_eq!(now(of("CVE-5", "1", Severity::High, fixed())), (1, 0));
        // An advisory over several vulnerabilities links nothing.
        assert_eq!(now(named(of("CVE-5", "1", Severity::High, fixed()), "DSA-6")), (1, 0));
        assert_eq!(now(finding("CVE-1", "pkg:npm/chair@1", Severity::High, fixed())), (1, 0));
        assert_eq!(now(finding("CVE-1", "pkg:npm/%40a/table@1", Severity::High, fixed())), (1, 0));
    }

    #[test]
    fn one_report_that_fails_makes_the_run_fail() {
        let of = |severity| vec![(finding("CVE-1", "pkg:npm/table@1", severity, fixed()), kept())];
        let both = applied(vec![of(Severity::Low), of(Severity::High)]);
        let result = judge(&both, &fail_on(Severity::High), None);
        assert_eq!((result.exit(), result.counting.len()), (Exit::Fail, 1));
        assert_eq!(result.counting[0].position, Position { report: 1, scan: 0, finding: 0 });
        assert_eq!(judge(&both, &fail_on(Severity::Critical), None).exit(), Exit::Pass);
    }

    #[test]
    fn what_was_not_scanned_passes_no_gate() {
        let mut run = applied(vec![Vec::new()]);
        run.reports[0].scans[0].scan.not_scanned = Some("image not found".to_owned());
        assert_eq!(judge(&run, &fail_on(Severity::Critical), None).exit(), Exit::Fail);
        assert_eq!(judge(&run, &Gate::default(), None).exit(), Exit::Pass);
    }
}
