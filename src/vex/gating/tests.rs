//! Which findings count for a gate.

use super::*;
use crate::vex::{
    AppliedReport, AppliedScan, ComponentGrade, FoundPackage, Grade, Origin, PackageUrl, ProductGrade,
    Ruling, Scanned, StatementRef, StatementSet,
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

#[test]
fn what_a_report_suppresses_must_be_verified_too() {
    let mut run = applied(vec![Vec::new()]);
    run.reports[0].scans[0].scan.suppressed_before = 5;
    let strict = Gate { require_verified: true, ..Gate::default() };
    let result = judge(&run, &strict, None);
    assert_eq!((result.exit(), result.suppressed_before), (Exit::Fail, 5));
    assert_eq!(judge(&run, &fail_on(Severity::Unknown), None).exit(), Exit::Pass);
    // A scanner that this run started had no configuration.
    assert_eq!(judge(&run, &Gate { accepts_listed: true, ..strict }, None).exit(), Exit::Pass);
}

#[test]
fn a_report_that_nothing_binds_passes_no_strict_gate() {
    use crate::oci::Digest;
    use crate::vex::VerifiedImage;
    let digest = |text: &str| Digest::of(text.as_bytes());
    let strict = Gate { require_verified: true, ..Gate::default() };
    let of = |subject: Scanned| {
        let mut run = applied(vec![Vec::new()]);
        let scan = &mut run.reports[0].scans[0];
        scan.facts.verified = Some(VerifiedImage {
            root: digest("index"),
            images: vec![(digest("image"), None)],
            configs: vec![(digest("config"), digest("image"))],
        });
        scan.scan.subject = subject;
        assert_eq!(judge(&run, &fail_on(Severity::Unknown), None).exit(), Exit::Pass);
        let result = judge(&run, &strict, None);
        assert_eq!(result.exit() == Exit::Fail, result.unbound == 1);
        result.unbound
    };
    let named = |references: &[String]| Scanned { repo_digests: references.to_vec(), ..Scanned::default() };
    let (image, index) = (format!("web@{}", digest("image")), format!("web@{}", digest("index")));
    assert_eq!(of(Scanned::default()), 1);
    assert_eq!(of(named(&[image.clone(), index])), 0);
    assert_eq!(of(named(&[image, "web@sha256:0".to_owned()])), 1);
    for (name, unbound) in [("image", 0), ("other", 1)] {
        let subject = Scanned { manifest_digest: Some(digest(name).to_string()), ..Scanned::default() };
        assert_eq!(of(subject), unbound, "{name}");
    }
    for (name, unbound) in [("config", 0), ("other", 1)] {
        let subject = Scanned { image_id: Some(digest(name).to_string()), ..Scanned::default() };
        assert_eq!(of(subject), unbound, "{name}");
    }
}

/// One finding of the table, with what the baseline has of it.
#[derive(Clone, Debug)]
struct Case {
    severity: Severity,
    fix: Fix,
    decided: Decided,
    origin: Origin,
    before: Before,
}

/// What was decided about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decided {
    /// Kept: no statement, or one with this status.
    Kept(Option<Status>),
    /// Suppressed, with everything verified.
    Suppressed,
    /// Suppressed, and nobody verified this.
    Unverified(Cause),
}

/// What the baseline has of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Nothing,
    /// Another finding of the package.
    Other,
    /// The finding with this severity, and whether it was fixed.
    Same(Severity, bool),
}

const SEVERITIES: [Severity; 6] = [
    Severity::Unknown,
    Severity::Negligible,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];

impl Case {
    /// All combinations.
    fn all() -> Vec<Self> {
        let fixes = [fixed(), Fix::NotFixed, Fix::WontFix, Fix::Unknown];
        let decided = [
            Decided::Kept(None),
            Decided::Kept(Some(Status::Affected)),
            Decided::Kept(Some(Status::UnderInvestigation)),
            Decided::Suppressed,
            Decided::Unverified(Cause::UnverifiedSource),
            Decided::Unverified(Cause::UnverifiedImage),
            Decided::Unverified(Cause::UnboundReport),
            Decided::Unverified(Cause::AssumedHardened),
        ];
        let same = SEVERITIES.iter().flat_map(|severity| [true, false].map(|is| Before::Same(*severity, is)));
        let before: Vec<Before> = [Before::Nothing, Before::Other].into_iter().chain(same).collect();
        let mut all = Vec::new();
        for severity in SEVERITIES {
            for fix in &fixes {
                for decided in decided {
                    for origin in [Origin::Unproven, Origin::Base, Origin::Added] {
                        let of = |before: &Before| Self {
                            severity,
                            fix: fix.clone(),
                            decided,
                            origin,
                            before: *before,
                        };
                        all.extend(before.iter().map(of));
                    }
                }
            }
        }
        all
    }

    /// The finding of the package with this number.
    fn finding(&self, number: usize) -> (Finding, Decision) {
        let purl = format!("pkg:npm/package-{number}@1");
        let mut finding = finding("CVE-1", &purl, self.severity, self.fix.clone());
        finding.package.origin = self.origin;
        let suppressed = |warnings| decision(Outcome::Suppressed, Some(Status::NotAffected), warnings);
        let decision = match self.decided {
            Decided::Kept(status) => decision(Outcome::Kept, status, Vec::new()),
            Decided::Suppressed => suppressed(vec![Warning::AnyVersion]),
            Decided::Unverified(cause) => suppressed(vec![match cause {
                Cause::UnverifiedSource => Warning::UnverifiedSource,
                Cause::UnverifiedImage => Warning::UnverifiedImage,
                Cause::UnboundReport => Warning::UnboundReport,
                _ => Warning::AssumedHardened,
            }]),
        };
        (finding, decision)
    }

    /// What the baseline has of it.
    fn before(&self, number: usize) -> Option<Finding> {
        let purl = format!("pkg:npm/package-{number}@0");
        match self.before {
            Before::Nothing => None,
            Before::Other => Some(finding("CVE-2", &purl, Severity::Critical, fixed())),
            Before::Same(severity, is_fixed) => {
                Some(finding("CVE-1", &purl, severity, if is_fixed { fixed() } else { Fix::NotFixed }))
            }
        }
    }

    /// The causes by the words of `docs/vex.md`: each is one of a flag, and a finding counts only for those.
    fn causes(&self, gate: &Gate, has_baseline: bool) -> Vec<Cause> {
        let status = match self.decided {
            Decided::Suppressed => return Vec::new(),
            Decided::Unverified(cause) => return Vec::from_iter(gate.require_verified.then_some(cause)),
            Decided::Kept(status) => status,
        };
        let reaches = |severity: Severity| match gate.fail_on {
            None => false,
            Some(Severity::Unknown) => true,
            Some(threshold) => {
                SEVERITIES.iter().skip_while(|one| **one != threshold).any(|one| *one == severity)
            }
        };
        let mut causes = Vec::from_iter(reaches(self.severity).then_some(Cause::Severity(self.severity)));
        causes.extend(status.filter(|status| gate.fail_on_status.contains(status)).map(Cause::Status));
        if gate.only_fixed && self.fix != fixed() {
            return Vec::new();
        }
        match self.before {
            Before::Same(severity, is_fixed)
                if has_baseline && reaches(severity) && (is_fixed || !gate.only_fixed) =>
            {
                Vec::new()
            }
            _ => causes,
        }
    }
}

/// All gates that flags can set.
fn gates() -> Vec<Gate> {
    let thresholds = [None].into_iter().chain(SEVERITIES.map(Some));
    let (affected, investigated) = (Status::Affected, Status::UnderInvestigation);
    let statuses = [vec![], vec![affected], vec![investigated], vec![affected, investigated]];
    let mut gates = Vec::new();
    for fail_on in thresholds {
        for fail_on_status in &statuses {
            for (only_fixed, require_verified) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let fail_on_status = fail_on_status.clone();
                gates.push(Gate {
                    fail_on,
                    fail_on_status,
                    only_fixed,
                    require_verified,
                    accepts_listed: false,
                });
            }
        }
    }
    gates
}

/// Every combination of severity, fix, status, origin and baseline, under every gate: a finding counts for the flags
/// that name it, and for nothing else. Where a package comes from never counts.
#[test]
fn every_finding_counts_only_for_what_the_flags_name() {
    let cases = Case::all();
    let numbered = || cases.iter().enumerate();
    let run = applied(vec![numbered().map(|(number, case)| case.finding(number)).collect()]);
    let before = [scan(numbered().filter_map(|(number, case)| case.before(number)).collect())];
    for gate in gates() {
        for has_baseline in [false, true] {
            let result = judge(&run, &gate, has_baseline.then_some(&before[..]));
            let mut counting = 0;
            for (number, case) in numbered() {
                let expected = case.causes(&gate, has_baseline);
                let position = Position { report: 0, scan: 0, finding: number };
                assert_eq!(result.causes(position), expected, "{gate:?} {has_baseline} {case:?}");
                counting += usize::from(!expected.is_empty());
            }
            assert_eq!(result.counting.len(), counting, "{gate:?}");
            assert_eq!(result.exit(), if counting > 0 { Exit::Fail } else { Exit::Pass }, "{gate:?}");
        }
    }
}

/// The exit code of a gate over one finding, for what users ask first.
#[test]
fn exit_codes_of_a_gate_over_one_finding() {
    use Severity::{Critical, High, Medium, Unknown};
    let open = Decided::Kept(None);
    let investigated = Decided::Kept(Some(Status::UnderInvestigation));
    let unverified = Decided::Unverified(Cause::UnverifiedSource);
    let (high, none) = (fail_on(High), Gate::default());
    let fixable = || Gate { only_fixed: true, ..fail_on(High) };
    let verified = || Gate { require_verified: true, ..Gate::default() };
    let status = || Gate { fail_on_status: vec![Status::UnderInvestigation], ..Gate::default() };
    let same = |severity| Before::Same(severity, true);
    let (not_fixed, new) = (|| Fix::NotFixed, Before::Nothing);
    for (what, severity, fix, decided, before, gate, exit) in [
        ("no gate", Critical, fixed(), open, new, none.clone(), 0),
        ("above the threshold", Critical, fixed(), open, new, high.clone(), 1),
        ("at the threshold", High, fixed(), open, new, high.clone(), 1),
        ("below the threshold", Medium, fixed(), open, new, high.clone(), 0),
        ("no severity", Unknown, fixed(), open, new, high.clone(), 0),
        ("the lowest threshold", Unknown, fixed(), open, new, fail_on(Unknown), 1),
        ("suppressed", Critical, fixed(), Decided::Suppressed, new, high.clone(), 0),
        ("suppressed by an unsigned file", Critical, fixed(), unverified, new, high.clone(), 0),
        ("the same, which must be verified", Critical, fixed(), unverified, new, verified(), 1),
        ("open, which must be verified", Critical, fixed(), open, new, verified(), 0),
        ("no fix, without the flag", High, not_fixed(), open, new, high.clone(), 1),
        ("no fix", High, not_fixed(), open, new, fixable(), 0),
        ("a fix", High, fixed(), open, new, fixable(), 1),
        ("a status", Medium, not_fixed(), investigated, new, status(), 1),
        ("no statement, and a status", Critical, fixed(), open, new, status(), 0),
        ("known", High, fixed(), open, same(High), high.clone(), 0),
        ("known as worse", High, fixed(), open, same(Critical), high.clone(), 0),
        ("known as less severe", High, fixed(), open, same(Medium), high.clone(), 1),
        ("known without a fix", High, fixed(), open, Before::Same(High, false), fixable(), 1),
        ("another finding is known", High, fixed(), open, Before::Other, high, 1),
        (
            "known, and a status, which the baseline has not",
            Medium,
            fixed(),
            investigated,
            same(High),
            status(),
            1,
        ),
    ] {
        for origin in [Origin::Unproven, Origin::Base, Origin::Added] {
            let case = Case { severity, fix: fix.clone(), decided, origin, before };
            let before = [scan(Vec::from_iter(case.before(0)))];
            let result = judge(&applied(vec![vec![case.finding(0)]]), &gate, Some(&before));
            assert_eq!(result.exit().code(), exit, "{what}");
        }
    }
}
