use std::borrow::Cow;
use std::collections::BTreeSet;

use roxmltree::Document as Xml;
use serde_json::Value;

use super::*;
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
use crate::report::{ErrorPage, HintTexts};
use crate::vex::gating::judge;
use crate::vex::{
    Applied, AppliedReport, AppliedScan, ComponentGrade, Considered, Decision, Document, DocumentFormat,
    Finding, Fix, FoundPackage, Gate, GateResult, Grade, Inapplicable, Justification, LazyDigest, NearMiss,
    NearMissPart, Outcome, PackageUrl, ProductGrade, Products, Profile, Remark, Rules, Ruling, Scan, Scanned,
    Severity, Source, SourceKind, SourceTrust, SourcedDocument, Statement, StatementRef, StatementSet,
    Status, Validity, Vulnerability, Warning,
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

/// A run over one report, with everything that a rendering reads.
struct Fixture {
    applied: Applied,
    rules: Rules,
    gate: Gate,
    result: GateResult,
    problems: Vec<Diagnostic>,
    incomplete: Vec<Diagnostic>,
}

impl Fixture {
    fn new(findings: Vec<(Finding, Decision)>, gate: Gate) -> Self {
        let (findings, decisions) = findings.into_iter().unzip();
        let subject = Scanned { name: "registry.example/web:1".to_owned(), ..Scanned::default() };
        let scan = Scan { subject, findings, suppressed_before: 1, graph: None, not_scanned: None };
        let reports = vec![AppliedReport {
            name: "grype.json".to_owned(),
            scans: vec![AppliedScan { scan, facts: crate::vex::ImageFacts::default(), decisions }],
        }];
        let applied = Applied { reports, statements: statements() };
        let result = judge(&applied, &gate, None);
        let now = "2026-03-01T00:00:00Z".parse().unwrap();
        let rules = Rules { profile: Profile::Dhi, lenient: false, require_verified: false, now };
        Self { applied, rules, gate, result, problems: Vec::new(), incomplete: Vec::new() }
    }

    fn run(&self) -> AppliedRun<'_> {
        AppliedRun {
            applied: &self.applied,
            rules: &self.rules,
            gate: &self.gate,
            result: &self.result,
            shown: Shown::default(),
            problems: &self.problems,
            incomplete: &self.incomplete,
            texts: &Hints,
        }
    }

    fn every_format(&self) -> Vec<(&'static str, String)> {
        let run = self.run();
        let findings: Vec<_> = run.findings().collect();
        vec![
            ("table", run.table(Listed::All, Style::default())),
            ("explain", run.explain(&findings, Style::default())),
            ("github", run.pipeline(PipelineFormat::Github)),
            ("markdown", run.pipeline(PipelineFormat::Markdown)),
            ("junit", run.pipeline(PipelineFormat::Junit)),
            ("sarif", run.pipeline(PipelineFormat::Sarif)),
            ("json", run.json()),
            ("explain json", run.explain_json(&findings)),
            ("html", run.html(None, self.rules.now)),
        ]
    }
}

fn statement(status: Status, notes: Option<&str>) -> Statement {
    Statement {
        id: Some("https://example.com/statement".to_owned()),
        vulnerability: Vulnerability::default(),
        status,
        justification: (status == Status::NotAffected).then_some(Justification::VulnerableCodeNotPresent),
        unknown_justification: None,
        impact_statement: notes.map(str::to_owned),
        action_statement: notes.map(str::to_owned),
        status_notes: None,
        timestamp: Some("2026-02-01T00:00:00Z".parse().unwrap()),
        has_own_time: true,
        is_false_positive: false,
        is_first_fixed: false,
        validity: Validity::Valid,
        products: Products::new(Vec::new()),
    }
}

fn document(
    name: &str,
    trust: SourceTrust,
    statements: Vec<Statement>,
    remarks: Vec<Remark>,
) -> SourcedDocument {
    SourcedDocument {
        source: Source {
            name: name.to_owned(),
            kind: SourceKind::File,
            digest: LazyDigest::of(name.to_owned().into()),
            trust,
            priority: 0,
        },
        document: Document {
            context: None,
            format: DocumentFormat::OpenVex,
            id: None,
            author: Some("Acme".to_owned()),
            version: None,
            timestamp: None,
            subjects: None,
            statements,
            remarks,
        },
    }
}

fn statements() -> StatementSet {
    StatementSet::new(vec![
        document(
            "vex.json",
            SourceTrust::TrustedByUser,
            vec![
                statement(Status::NotAffected, Some("the parser is not built")),
                statement(Status::Affected, Some("update to 3.5.2")),
            ],
            Vec::new(),
        ),
        document("empty.json", SourceTrust::TrustedByUser, Vec::new(), vec![Remark::NoStatements]),
        document(
            "unsigned.json",
            SourceTrust::Unverified,
            vec![statement(Status::NotAffected, None)],
            Vec::new(),
        ),
    ])
}

fn finding(id: &str, purl: &str, severity: Severity) -> Finding {
    let purl = PackageUrl::parse(purl).unwrap();
    Finding {
        id: id.to_owned(),
        aliases: Vec::new(),
        package: FoundPackage {
            name: purl.name().to_owned(),
            version: purl.version().map(str::to_owned),
            purl: Some(purl),
            locations: vec!["/usr/lib/a b".to_owned()],
            ..FoundPackage::default()
        },
        severity,
        fix: Fix::Fixed(vec!["9".to_owned()]),
        published: None,
        known_exploited: Some(true),
        scores: vec![7.5],
        epss: None,
    }
}

/// A decision without a statement: the second one of `vex.json` is for another version.
fn unmatched() -> Decision {
    let statement = StatementRef { source: 0, index: 1 };
    let part = NearMissPart::Version { statement: "1.22.4".to_owned(), found: "v1.22.4".to_owned() };
    Decision {
        outcome: Outcome::Kept,
        ruling: None,
        reason: Some(Inapplicable::NoProductMatch),
        conflict: false,
        considered: vec![Considered {
            statement,
            status: Status::Affected,
            timestamp: None,
            inapplicable: Some(Inapplicable::NoProductMatch),
            differs: Some(part.clone()),
        }],
        near_miss: Some(NearMiss { statement, component: "pkg:golang/stdlib@1.22.4".to_owned(), part }),
        warnings: Vec::new(),
    }
}

fn ruled(index: usize, status: Status, warnings: Vec<Warning>) -> Decision {
    let statement = StatementRef { source: 0, index };
    let grade = Grade { product: ProductGrade::Package(ComponentGrade::Package), component: None };
    Decision {
        outcome: if status.suppresses() { Outcome::Suppressed } else { Outcome::Kept },
        ruling: Some(Ruling {
            statement,
            status,
            justification: status.suppresses().then_some(Justification::VulnerableCodeNotPresent),
            timestamp: None,
            product: "pkg:npm/table@7.1.0".to_owned(),
            subcomponent: None,
            grade,
            equivalences: Vec::new(),
        }),
        reason: None,
        conflict: false,
        considered: vec![Considered {
            statement,
            status,
            timestamp: None,
            inapplicable: None,
            differs: None,
        }],
        near_miss: None,
        warnings,
    }
}

fn usual() -> Fixture {
    let findings = vec![
        (finding("CVE-1", "pkg:golang/stdlib@v1.22.4", Severity::Medium), unmatched()),
        (
            finding("CVE-2", "pkg:npm/table@7.1.0", Severity::High),
            ruled(0, Status::NotAffected, vec![Warning::UnverifiedSource]),
        ),
        (finding("CVE-3", "pkg:npm/table@7.1.0", Severity::Low), ruled(1, Status::Affected, Vec::new())),
        (finding("CVE-4", "pkg:npm/table@7.1.0", Severity::Critical), ruled(1, Status::Affected, Vec::new())),
    ];
    Fixture::new(findings, Gate { fail_on: Some(Severity::High), ..Gate::default() })
}

fn schema(name: &str) -> Value {
    let text = match name {
        "vex-apply-1.json" => include_str!("../../../docs/schemas/vex-apply-1.json"),
        "vex-explain-1.json" => include_str!("../../../docs/schemas/vex-explain-1.json"),
        other => panic!("no schema {other}"),
    };
    serde_json::from_str(text).unwrap()
}

/// Asserts that a document has the shape of its schema.
fn assert_valid(name: &str, document: &str) -> Value {
    let document: Value = serde_json::from_str(document).unwrap();
    let registry =
        jsonschema::Registry::new().add("urn:dhi:schema:vex-apply:1", schema("vex-apply-1.json")).unwrap();
    let registry = registry.prepare().unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&schema(name)).unwrap();
    let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{document:#}");
    document
}

#[test]
fn the_table_names_reasons_statements_and_sources() {
    assert_eq!(
        usual().run().table(Listed::All, Style::default()),
        "\
grype.json: registry.example/web:1
4 findings, 1 suppressed, 3 remain; 1 more was suppressed before and is left as it is

Remaining (3)
  PACKAGE         FINDING  SEVERITY  FIXED IN  GATE      STATUS    REASON                                    STATEMENT            SIGNED BY
  table 7.1.0     CVE-4    critical  9         severity  affected  update to 3.5.2                           vex.json#1           not verified, trusted by you
                  CVE-3    low       9         -         affected  update to 3.5.2                           vex.json#1           not verified, trusted by you
  stdlib v1.22.4  CVE-1    medium    9         -         -         version: statement 1.22.4, found v1.22.4  nearest: vex.json#1  not verified, trusted by you

Suppressed (1)
  PACKAGE      FINDING  SEVERITY  FIXED IN  STATUS        REASON                                                STATEMENT   SIGNED BY
  table 7.1.0  CVE-2    high      9         not_affected  vulnerable_code_not_present: the parser is not built  vex.json#0  not verified, trusted by you

  SOURCE         STATEMENTS  SUPPRESSES  KEEPS  SIGNED BY                     NEWEST STATEMENT
  vex.json       2           1           2      not verified, trusted by you  2026-02-01 (28 days ago)
  empty.json     0           0           0      not verified, trusted by you  no time
  unsigned.json  1           0           0      not verified                  2026-02-01 (28 days ago)

empty.json: 0 statements in this file
unsigned.json: it is not signed by a trusted signer, so it suppresses nothing

warning[unverified-source]: CVE-2 of table 7.1.0: the source is not signed by a trusted signer; it counts because you trust it

0 suppressed by verified documents, 1 by documents that are not verified
hint: do this

fail  3 of 4 findings remain; 1 counts (severity high or above)
"
    );
}

#[test]
fn warnings_of_one_kind_are_folded() {
    let warned = |at: usize| {
        let statement = StatementRef { source: 0, index: at };
        let warnings = vec![Warning::AnyVersion, Warning::FutureTime { statement }];
        let finding = finding(&format!("CVE-{at}"), "pkg:npm/table@7.1.0", Severity::Low);
        (finding, ruled(1, Status::Affected, warnings))
    };
    let fixture = Fixture::new((0..5).map(warned).collect(), Gate::default());
    let lines = warnings::lines(&fixture.run());
    assert_eq!(lines.len(), 5, "{lines:#?}");
    let named = ["CVE-0", "CVE-1", "CVE-2"].map(|id| format!("{id} of table 7.1.0")).join(", ");
    assert!(lines[0].starts_with(&format!("warning[any-version]: {named} and 2 more: ")), "{lines:#?}");
    let first = "warning[future-time]: CVE-0 of table 7.1.0: statement vex.json#0";
    assert!(lines[1].starts_with(first), "{lines:#?}");
    assert_eq!(lines[4], "warning[future-time]: and 2 more of this kind");
}

#[test]
fn suppressed_findings_are_listed_on_request_only() {
    let table = usual().run().table(Listed::Remaining, Style::default());
    assert!(!table.contains("Suppressed (1)") && table.contains("4 findings, 1 suppressed"), "{table}");
}

#[test]
fn a_near_miss_shows_both_values() {
    let fixture = usual();
    let found: Vec<_> = fixture.run().findings().take(1).collect();
    let text = fixture.run().explain(&found, Style::default());
    let expected = "\
nearest statement: vex.json#1
  version: statement 1.22.4, found v1.22.4
    statement: 1.22.4
    found: v1.22.4
    in: pkg:golang/stdlib@1.22.4
";
    assert!(text.contains(expected), "{text}");
    let part = NearMissPart::Namespace { statement: String::new(), found: "@acme".to_owned() };
    assert_eq!(wording::Difference::of(&part).line(), "namespace: statement (none), found @acme");
    // Where a statement decides, no other one is the answer.
    let decided = Decision { near_miss: unmatched().near_miss, ..ruled(1, Status::Affected, Vec::new()) };
    let findings = vec![(finding("CVE-3", "pkg:npm/table@7.1.0", Severity::Low), decided)];
    let fixture = Fixture::new(findings, Gate::default());
    let found: Vec<_> = fixture.run().findings().collect();
    let text = fixture.run().explain(&found, Style::default());
    assert!(text.contains("decided by vex.json#1") && !text.contains("nearest statement"), "{text}");
}

#[test]
fn json_documents_have_the_shape_of_their_schemas() {
    let fixture = usual();
    let run = fixture.run();
    let document = assert_valid("vex-apply-1.json", &run.json());
    assert_eq!(document["counts"]["remaining"], 3);
    assert_eq!(document["findings"][0]["near_miss"]["found"], "v1.22.4");
    assert_eq!(document["findings"][1]["by"]["source"], "vex.json");
    assert_eq!(document["findings"][3]["gate"][0], "severity");
    let found: Vec<_> = run.findings().collect();
    let explained = assert_valid("vex-explain-1.json", &run.explain_json(&found));
    assert_eq!(explained["findings"], document["findings"]);
    assert_valid("vex-apply-1.json", &Fixture::new(Vec::new(), Gate::default()).run().json());
}

#[test]
fn sarif_keeps_the_rules_and_the_empty_list_of_results() {
    let suppressed = vec![(
        finding("CVE-2", "pkg:npm/table@7.1.0", Severity::High),
        ruled(0, Status::NotAffected, Vec::new()),
    )];
    let sarif = Fixture::new(suppressed, Gate::default()).run().pipeline(PipelineFormat::Sarif);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"], Value::Array(Vec::new()));
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "CVE-2");
    let sarif: Value = serde_json::from_str(&usual().run().pipeline(PipelineFormat::Sarif)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let ids: Vec<_> = results.iter().map(|result| (&result["ruleId"], &result["ruleIndex"])).collect();
    assert_eq!(
        ids,
        [(&"CVE-1".into(), &0.into()), (&"CVE-3".into(), &2.into()), (&"CVE-4".into(), &3.into())]
    );
}

#[test]
fn junit_counts_failures_and_suppressed_cases() {
    let text = usual().run().pipeline(PipelineFormat::Junit);
    let xml = Xml::parse(&text).unwrap();
    let root = xml.root_element();
    assert_eq!((root.attribute("tests"), root.attribute("failures")), (Some("4"), Some("1")));
    let outcomes: Vec<&str> = root
        .descendants()
        .filter(|node| node.has_tag_name("testcase"))
        .map(|case| case.first_element_child().unwrap().tag_name().name())
        .collect();
    assert_eq!(outcomes, ["system-out", "skipped", "system-out", "failure"]);
}

#[test]
fn what_was_not_scanned_is_in_every_format() {
    let mut fixture = Fixture::new(Vec::new(), Gate { fail_on: Some(Severity::High), ..Gate::default() });
    fixture.applied.reports[0].scans[0].scan.not_scanned = Some("image not found".to_owned());
    fixture.result = judge(&fixture.applied, &fixture.gate, None);
    for (name, text) in fixture.every_format() {
        let is_about_findings = name.starts_with("explain");
        assert!(is_about_findings || text.contains("image not found"), "{name}: {text}");
    }
    assert!(fixture.run().table(Listed::All, Style::default()).contains("\nfail  "));
}

#[test]
fn missing_statements_are_no_pass_in_any_format() {
    let mut fixture = Fixture::new(Vec::new(), Gate::default());
    fixture.incomplete = vec![Diagnostic::new(Code::TRUST_TAMPERED, "`x.json` was changed")];
    let run = fixture.run();
    assert_eq!(run.exit(), Exit::BadProof);
    let last = run.table(Listed::All, Style::default()).lines().last().map(ToOwned::to_owned).unwrap();
    assert!(last.starts_with("fail") && last.ends_with("the result is incomplete"), "{last}");
    let json = assert_valid("vex-apply-1.json", &run.json());
    assert_eq!((&json["verdict"], &json["exitCode"]), (&"fail".into(), &4.into()));
    let sarif: Value = serde_json::from_str(&run.pipeline(PipelineFormat::Sarif)).unwrap();
    let invocation = &sarif["runs"][0]["invocations"][0];
    assert_eq!((&invocation["executionSuccessful"], &invocation["exitCode"]), (&false.into(), &4.into()));
    assert!(run.pipeline(PipelineFormat::Junit).contains("errors=\"1\""));
    assert!(run.pipeline(PipelineFormat::Github).starts_with("::error"));
    assert!(run.pipeline(PipelineFormat::Markdown).contains("fail"));
}

#[test]
fn problems_of_sources_are_in_pipeline_formats() {
    let mut fixture = usual();
    fixture.problems = vec![Diagnostic::new(Code::VEX_UNSIGNED, "`x.json` is not signed")];
    for (name, text) in fixture.every_format() {
        let has_no_place = matches!(name, "explain json" | "junit");
        assert!(has_no_place || text.contains("x.json"), "{name}: {text}");
    }
}

#[test]
fn the_tenth_annotation_counts_the_hidden_ones() {
    let findings: Vec<_> = (0..25)
        .map(|at| (finding(&format!("CVE-{at}"), "pkg:npm/table@7.1.0", Severity::High), unmatched()))
        .collect();
    let gate = Gate { fail_on: Some(Severity::High), ..Gate::default() };
    let text = Fixture::new(findings, gate).run().pipeline(PipelineFormat::Github);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 27, "{text}");
    assert!(lines[9].starts_with("::error title=dhi%3A 16 more::"), "{}", lines[9]);
    assert!(lines[26].starts_with("::notice title=dhi%3A fail::"), "{}", lines[26]);
}

/// The text outside code spans, without bars of tables. A run of backticks ends at the next run of the same length.
fn outside_code(markdown: &str) -> String {
    let mut outside = String::new();
    for line in markdown.lines() {
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
            outside.push_str(&rest[..start]);
            rest = &rest[start + length..];
            let mut from = 0;
            let end = loop {
                let at = from + rest[from..].find('`').expect("an open code span");
                let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
                if run == length {
                    break at;
                }
                from = at + run;
            };
            rest = &rest[end + length..];
        }
        outside.push_str(rest);
    }
    outside.replace('|', "")
}

/// The kinds of elements of a page, with the names of their attributes.
fn elements(page: &str) -> BTreeSet<String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let page = Xml::parse_with_options(page, options).unwrap();
    let elements = page.descendants().filter(roxmltree::Node::is_element);
    let named = elements.map(|node| {
        let attributes: Vec<&str> = node.attributes().map(|attribute| attribute.name()).collect();
        format!("{} {}", node.tag_name().name(), attributes.join(" "))
    });
    named.collect()
}

#[test]
fn external_text_cannot_add_lines_or_markup() {
    let evil = "a\r\n::error::x\u{1b}[2J\u{202e}</testcase>|`<b>`| @all\u{2028}";
    let mut found = finding("CVE-1", "pkg:npm/table@7.1.0", Severity::High);
    found.id = evil.to_owned();
    found.aliases = vec![evil.to_owned()];
    found.package.name = evil.to_owned();
    found.package.version = Some(evil.to_owned());
    found.package.locations = vec![evil.to_owned()];
    let mut decision = unmatched();
    decision.near_miss = decision.near_miss.map(|near| NearMiss {
        component: evil.to_owned(),
        part: NearMissPart::Qualifier {
            name: evil.to_owned(),
            statement: evil.to_owned(),
            found: evil.to_owned(),
        },
        ..near
    });
    let plain = || {
        Fixture::new(
            vec![(finding("CVE-1", "pkg:npm/table@7.1.0", Severity::High), unmatched())],
            Gate::default(),
        )
    };
    let mut fixture = Fixture::new(vec![(found, decision)], Gate::default());
    fixture.applied.reports[0].name = evil.to_owned();
    fixture.applied.reports[0].scans[0].scan.subject.name = evil.to_owned();
    fixture.problems = vec![Diagnostic::new(Code::VEX_UNSIGNED, evil)];
    let mut plain = plain();
    plain.problems = vec![Diagnostic::new(Code::VEX_UNSIGNED, "plain")];
    for ((name, text), (_, plain)) in fixture.every_format().into_iter().zip(plain.every_format()) {
        assert!(text.chars().all(|c| c == '\n' || !crate::oci::acts(c)), "{name}: {text}");
        match name {
            "github" => {
                assert_eq!(text.lines().filter(|line| line.starts_with("::error")).count(), 0, "{text}");
            }
            "markdown" => {
                let outside = outside_code(&text);
                assert!(!outside.contains(['<', '@']), "{outside}");
            }
            "junit" => {
                let xml = Xml::parse(&text).unwrap();
                assert_eq!(
                    xml.descendants().filter(|node| node.has_tag_name("testcase")).count(),
                    1,
                    "{text}"
                );
            }
            "html" => assert_eq!(elements(&text).difference(&elements(&plain)).count(), 0, "{text}"),
            "json" | "explain json" | "sarif" => {
                serde_json::from_str::<Value>(&text).unwrap();
            }
            _ => assert!(text.lines().count() <= plain.lines().count() + 1, "{name}: {text}"),
        }
    }
}
