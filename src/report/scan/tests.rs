use std::borrow::Cow;

use super::*;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::oci::Digest;
use crate::report::{AppliedRun, ErrorPage, HintTexts, Listed, PipelineFormat, Shown, Style};
use crate::vex::gating::judge;
use crate::vex::{
    Applied, AppliedReport, AppliedScan, Decision, Finding, Fix, FoundPackage, Gate, GateResult,
    HardenedStatus, ImageFacts, Inapplicable, Origin, Outcome, Profile, Rules, Scan, Scanned, Severity,
    StatementSet,
};

struct Hints;

impl HintTexts for Hints {
    fn remedy(&self, _: &Remedy) -> Cow<'static, str> {
        "do this".into()
    }

    fn pages(&self) -> &[ErrorPage] {
        &[]
    }
}

/// The result for one image.
struct Fixture {
    applied: Applied,
    rules: Rules,
    gate: Gate,
    result: GateResult,
    /// The severities that are shown. Empty: all.
    severities: Vec<Severity>,
}

impl Fixture {
    /// Findings of these severities and origins. All remain.
    fn new(findings: impl IntoIterator<Item = (Severity, Origin)>, fail_on: Option<Severity>) -> Self {
        let finding = |(at, (severity, origin)): (usize, (Severity, Origin))| Finding {
            id: format!("CVE-2026-{at}"),
            aliases: Vec::new(),
            package: FoundPackage { name: format!("package-{at}"), origin, ..FoundPackage::default() },
            severity,
            fix: Fix::Unknown,
            published: None,
            known_exploited: None,
            scores: Vec::new(),
            epss: None,
        };
        let findings: Vec<Finding> = findings.into_iter().enumerate().map(finding).collect();
        let kept = Decision {
            outcome: Outcome::Kept,
            ruling: None,
            reason: Some(Inapplicable::NoStatement),
            conflict: false,
            considered: Vec::new(),
            near_miss: None,
            warnings: Vec::new(),
        };
        let decisions = vec![kept; findings.len()];
        let subject = Scanned { name: "registry.example/web:1".to_owned(), ..Scanned::default() };
        let scan = Scan { subject, findings, suppressed_before: 0, graph: None, not_scanned: None };
        let facts = ImageFacts { hardened: HardenedStatus::BuiltOn, ..ImageFacts::default() };
        let scans = vec![AppliedScan { scan, facts, decisions }];
        let reports = vec![AppliedReport { name: "grype 0.110.0".to_owned(), scans }];
        let applied = Applied { reports, statements: StatementSet::new(Vec::new()) };
        let gate = Gate { fail_on, ..Gate::default() };
        let result = judge(&applied, &gate, None);
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: false, now };
        Self { applied, rules, gate, result, severities: Vec::new() }
    }

    fn image(&self, reference: &str) -> ScannedImage<'_> {
        ScannedImage {
            reference: reference.to_owned(),
            digest: Some(Digest::of(reference.as_bytes())),
            source: Some(FindingSource::Scanner {
                name: "grype",
                version: "0.110.0".to_owned(),
                database: None,
            }),
            evidence: None,
            base: None,
            result: Ok(AppliedRun {
                applied: &self.applied,
                rules: &self.rules,
                gate: &self.gate,
                result: &self.result,
                shown: Shown { severities: &self.severities, only_fixed: false },
                problems: &[],
                incomplete: &[],
                texts: &Hints,
            }),
        }
    }
}

fn failed<'a>(reference: &str, diagnostic: &'a Diagnostic) -> ScannedImage<'a> {
    ScannedImage {
        reference: reference.to_owned(),
        digest: None,
        source: None,
        evidence: None,
        base: None,
        result: Err(diagnostic),
    }
}

fn three() -> [Fixture; 3] {
    use Severity::{Critical, High, Low};
    [
        Fixture::new([(Low, Origin::Base)], Some(High)),
        Fixture::new([(Critical, Origin::Added), (High, Origin::Unproven)], Some(High)),
        Fixture::new([], Some(High)),
    ]
}

#[test]
fn findings_say_where_their_package_comes_from() {
    let [_, second, _] = three();
    let run = ScanRun { images: vec![second.image("registry.example/web:1")], texts: &Hints };
    let table = run.table(ScanTable::default());
    assert!(table.contains("  package-0  CVE-2026-0  critical  added    severity"), "{table}");
    assert!(table.contains("  package-1  CVE-2026-1  high      unknown  severity"), "{table}");
    assert!(table.contains("scanned with grype 0.110.0, database of unknown age"), "{table}");
    let markdown = run.pipeline(PipelineFormat::Markdown);
    assert!(markdown.contains("| critical | added | **severity** |"), "{markdown}");
}

/// A severity that was not asked for hides nothing that the gate judges, and no result of SARIF.
#[test]
fn severities_select_what_is_shown_and_nothing_else() {
    use Severity::{Critical, High, Low, Medium};
    let of = |fail_on| {
        let findings = [Critical, High, Medium, Low].map(|severity| (severity, Origin::Unproven));
        Fixture { severities: vec![High], ..Fixture::new(findings, fail_on) }
    };
    for (fail_on, listed) in [(None, [1].as_slice()), (Some(Critical), &[0, 1]), (Some(Medium), &[0, 1, 2])] {
        let fixture = of(fail_on);
        let run = ScanRun { images: vec![fixture.image("r.example/a:1")], texts: &Hints };
        let (markdown, page) = (run.pipeline(PipelineFormat::Markdown), run.html(fixture.rules.now));
        let (table, sarif) = (run.table(ScanTable::default()), run.pipeline(PipelineFormat::Sarif));
        for at in 0..4 {
            let id = format!("CVE-2026-{at}");
            for shown in [&table, &markdown, &page] {
                assert_eq!(shown.contains(&id), listed.contains(&at), "{fail_on:?} {id}\n{shown}");
            }
            assert!(sarif.contains(&format!("\"ruleId\": \"{id}\"")), "{sarif}");
        }
        let hidden = 4 - listed.len();
        let verb = if hidden == 1 { "is" } else { "are" };
        let last = table.lines().last().unwrap();
        assert!(last.contains(&format!("4 of 4 findings remain, {hidden} {verb} not shown")), "{table}");
        assert_eq!(run.exit().code(), u8::from(fail_on.is_some()));
        let json: serde_json::Value = serde_json::from_str(&run.json()).unwrap();
        assert_eq!(
            (&json["images"][0]["remaining"]["low"], &json["images"][0]["notShown"]),
            (&1.into(), &hidden.into())
        );
    }
}

#[test]
fn a_threshold_that_nothing_can_reach_is_warned_of() {
    let unknown = || [(Severity::Unknown, Origin::Unproven)];
    for (fixture, warns) in [
        (Fixture::new(unknown(), Some(Severity::High)), true),
        (Fixture::new(unknown(), Some(Severity::Unknown)), false),
        (Fixture::new(unknown(), None), false),
        (Fixture::new([(Severity::Low, Origin::Unproven)], Some(Severity::High)), false),
    ] {
        let run = ScanRun { images: vec![fixture.image("r.example/a:1")], texts: &Hints };
        let table = run.table(ScanTable::default());
        assert_eq!(table.contains("so none reaches the threshold; do this"), warns, "{table}");
        assert_eq!(table.lines().last().unwrap().contains("no gate is set"), fixture.gate.fail_on.is_none());
    }
}

#[test]
fn more_than_three_images_have_details_only_if_they_do_not_pass() {
    let fixtures = three();
    let diagnostic = Diagnostic::new(Code::VEX_REPORT, "no such\u{1b}[2J report");
    let images = || {
        let mut images: Vec<ScannedImage<'_>> =
            fixtures.iter().enumerate().map(|(at, one)| one.image(&format!("r.example/a:{at}"))).collect();
        images.push(failed("r.example/b:1", &diagnostic));
        images
    };
    let run = ScanRun { images: images(), texts: &Hints };
    let table = run.table(ScanTable::default());
    let heads = |table: &str| table.lines().filter(|line| line.starts_with("r.example/")).count();
    assert_eq!(heads(&table), 2, "{table}");
    assert!(table.lines().nth(2).unwrap().ends_with("1 critical, 1 high  2"), "{table}");
    assert!(table.ends_with("fail  2 of 4 images pass; 2 failed, 0 unknown\n"), "{table}");
    let all = ScanTable { all_images: true, listed: Listed::All, style: Style::default() };
    assert_eq!(heads(&run.table(all)), 4);
    let documents =
        [PipelineFormat::Sarif, PipelineFormat::Junit, PipelineFormat::Github, PipelineFormat::Markdown];
    let documents = documents.map(|format| run.pipeline(format));
    for document in documents.iter().chain([&table, &run.json()]) {
        assert!(!document.contains('\u{1b}'), "{document}");
    }
    assert_eq!(run.exit(), crate::diagnostic::Exit::Usage);
}

#[test]
fn every_annotation_suite_and_page_names_its_image() {
    let fixtures = three();
    let [one, two] = ["registry.example/web:1", "registry.example/api:2"];
    let run = ScanRun { images: vec![fixtures[0].image(one), fixtures[1].image(two)], texts: &Hints };
    let annotations = run.pipeline(PipelineFormat::Github);
    let of =
        |image: &str| annotations.lines().filter(|line| line.contains(&format!("image: {image}"))).count();
    assert_eq!([of(one), of(two)], [1, 2], "{annotations}");
    let junit = run.pipeline(PipelineFormat::Junit);
    for image in [one, two] {
        assert!(junit.contains(&format!("<testsuite name=\"{image}: grype 0.110.0")), "{junit}");
    }
    let made: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let page = ScanRun { images: vec![fixtures[0].image(one)], texts: &Hints }.html(made);
    assert!(page.contains("<title>pass: registry.example/web:1: 1 of 1 finding remains"), "{page}");
}

#[test]
fn sarif_keeps_the_most_severe_results_that_github_accepts() {
    let low = (Severity::Low, Origin::Unproven);
    let findings = std::iter::repeat_n(low, 25_000).chain([(Severity::High, Origin::Unproven)]);
    let many = Fixture::new(findings, None);
    let run = ScanRun { images: vec![many.image("r.example/a@sha256:00")], texts: &Hints };
    let sarif: serde_json::Value = serde_json::from_str(&run.pipeline(PipelineFormat::Sarif)).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 25_000);
    assert_eq!(results.last().unwrap()["ruleId"], "CVE-2026-25000");
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 25_000);
    assert!(run["invocations"][0].to_string().contains("1 finding is left out"), "{}", run["invocations"]);
    assert_eq!(run["automationDetails"]["id"], "dhi-scan/r.example/a/");
}

#[test]
fn a_run_without_any_findings_that_are_known_has_no_results() {
    let diagnostic = Diagnostic::new(Code::VEX_REPORT, "no report");
    let run = ScanRun { images: vec![failed("r.example/b:1", &diagnostic)], texts: &Hints };
    let sarif: serde_json::Value = serde_json::from_str(&run.pipeline(PipelineFormat::Sarif)).unwrap();
    assert_eq!(sarif["runs"], serde_json::json!([]));
    let json: serde_json::Value = serde_json::from_str(&run.json()).unwrap();
    assert_eq!(json["images"][0]["error"]["code"], "vex/report");
    assert!(json["images"][0].get("result").is_none(), "{json}");
}
