//! The result of `dhi vex lint` as a table, as JSON and as SARIF.

use std::collections::BTreeMap;

use serde::Serialize;

use super::wording::{Difference, count, label};
use crate::evidence::ConclusionKind;
use crate::oci::Digest;
use crate::report::Style;
use crate::report::columns::{Cell, Tone, columns};
use crate::report::json::{around, element, text};
use crate::report::sarif_document::{Document as SarifDocument, Fingerprints, Location, Message, Tool};
use crate::report::style::printable;
use crate::vex::lint::{Breadth, FormFault, LintFinding, LintKind, LintLevel};
use crate::vex::{Remark, StatementRef, StatementSet};

/// The version of `docs/schemas/vex-lint-1.json`.
const SCHEMA_VERSION: u32 = 1;

/// Indentation of a result of SARIF.
const RESULTS: usize = 8;

/// All documents that were checked, and what was found.
#[derive(Clone, Copy, Debug)]
pub struct LintRun<'a> {
    /// The documents.
    pub statements: &'a StatementSet,
    /// What was found.
    pub findings: &'a [LintFinding],
    /// For each document, the lines of its statements. Empty where they are not known.
    pub lines: &'a [Vec<usize>],
}

impl LintRun<'_> {
    /// Whether there is a fault.
    pub fn has_fault(&self) -> bool {
        self.findings.iter().any(|finding| finding.kind.level().is_fault())
    }

    /// The table for people.
    pub fn table(&self, style: Style) -> String {
        let rows = self.findings.iter().map(|finding| {
            let level = finding.kind.level();
            let tone = match level {
                LintLevel::Error => Tone::Bad,
                LintLevel::Warning => Tone::Warning,
                LintLevel::Note => Tone::Plain,
            };
            vec![
                Cell::from(self.place(finding)),
                Cell::new(level.id(), tone),
                Cell::from(finding.kind.id()),
                Cell::from(self.vulnerability(finding).unwrap_or_default()),
                Cell::from(self.message(finding)),
            ]
        });
        let table = match self.findings {
            [] => String::new(),
            _ => {
                let header = ["STATEMENT", "LEVEL", "KIND", "VULNERABILITY", "DETAIL"].map(str::to_owned);
                columns(header, rows, style) + "\n"
            }
        };
        let verdict = style.verdict(self.verdict());
        format!("{table}{}", style.lines(&format!("{verdict}: {}", self.counted()), 2))
    }

    /// The JSON document: `docs/schemas/vex-lint-1.json`.
    pub fn json(&self) -> String {
        let documents = self.statements.documents().iter().map(|sourced| DocumentJson {
            name: &sourced.source.name,
            digest: sourced.source.digest.get(),
            statements: sourced.document.statements.len(),
        });
        let findings = self.findings.iter().map(|finding| FindingJson {
            level: finding.kind.level().id(),
            kind: finding.kind.id(),
            document: finding.source,
            statement: finding.statement,
            line: self.line(finding),
            vulnerability: self.vulnerability(finding),
            other: other(&finding.kind)
                .map(|other| OtherJson { document: other.source, statement: other.index }),
            message: self.message(finding),
        });
        text(&LintJson {
            schema_version: SCHEMA_VERSION,
            verdict: self.verdict().id(),
            counts: CountsJson {
                errors: self.number(LintLevel::Error),
                warnings: self.number(LintLevel::Warning),
                notes: self.number(LintLevel::Note),
            },
            documents: documents.collect(),
            findings: findings.collect(),
        })
    }

    /// SARIF 2.1.0. Each result points to the line of its statement.
    pub fn sarif(&self) -> String {
        let mut rules: Vec<Rule> = Vec::new();
        let mut results = String::new();
        let mut fingerprints = Fingerprints::default();
        for finding in self.findings {
            let id = format!("vex-lint/{}", finding.kind.id());
            let rule_index = rules.iter().position(|rule| rule.id == id).unwrap_or_else(|| {
                let short_description = Message::new(title(&finding.kind));
                rules.push(Rule { id: id.clone(), short_description });
                rules.len() - 1
            });
            let fingerprint = self.fingerprint(finding, &mut fingerprints);
            let message = match self.vulnerability(finding) {
                Some(vulnerability) => format!("{vulnerability}: {}", self.message(finding)),
                None => self.message(finding),
            };
            let result = SarifResult {
                rule_id: id,
                rule_index,
                level: finding.kind.level().id(),
                message: Message::new(&printable(&message)),
                locations: [Location::of_line(
                    self.file(finding),
                    self.line(finding).unwrap_or(1),
                    self.place(finding),
                )],
                partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", fingerprint)]),
            };
            results.push_str(&element(&result, RESULTS, results.is_empty()));
        }
        let document = text(&SarifDocument::of([Run { tool: Tool::with_rules(rules), results: [] }]));
        let (before, after) = around(&document, "results", !results.is_empty());
        [before, results, after].concat()
    }

    fn verdict(&self) -> ConclusionKind {
        if self.has_fault() { ConclusionKind::Fail } else { ConclusionKind::Pass }
    }

    fn number(&self, level: LintLevel) -> usize {
        self.findings.iter().filter(|finding| finding.kind.level() == level).count()
    }

    fn counted(&self) -> String {
        let documents = self.statements.documents();
        let statements: usize = documents.iter().map(|sourced| sourced.document.statements.len()).sum();
        let noun = |number, noun| count(number, noun);
        format!(
            "{} in {}: {}, {}, {}",
            noun(statements, "statement"),
            noun(documents.len(), "document"),
            noun(self.number(LintLevel::Error), "error"),
            noun(self.number(LintLevel::Warning), "warning"),
            noun(self.number(LintLevel::Note), "note"),
        )
    }

    fn file(&self, finding: &LintFinding) -> &str {
        self.statements.documents().get(finding.source).map_or("", |sourced| sourced.source.name.as_str())
    }

    fn line(&self, finding: &LintFinding) -> Option<usize> {
        self.lines.get(finding.source)?.get(finding.statement?).copied()
    }

    /// `vex.json#3`, or `vex.json` for the document.
    fn place(&self, finding: &LintFinding) -> String {
        match finding.statement {
            Some(index) => label(StatementRef { source: finding.source, index }, self.statements),
            None => self.file(finding).to_owned(),
        }
    }

    fn vulnerability(&self, finding: &LintFinding) -> Option<String> {
        let at = StatementRef { source: finding.source, index: finding.statement? };
        let vulnerability = &self.statements.get(at)?.1.vulnerability;
        vulnerability.name.clone().or_else(|| vulnerability.iri.clone())
    }

    /// The fingerprint that identifies a finding, also after the order of statements changed.
    fn fingerprint(&self, finding: &LintFinding, fingerprints: &mut Fingerprints) -> String {
        let vulnerability = self.vulnerability(finding).unwrap_or_default();
        let product = finding.statement.and_then(|index| {
            let at = StatementRef { source: finding.source, index };
            let product = self.statements.get(at)?.1.products.get().first()?;
            Some(format!("{:?}", product.component))
        });
        fingerprints.next(&[
            self.file(finding),
            finding.kind.id(),
            &vulnerability,
            &product.unwrap_or_default(),
        ])
    }

    /// The finding in words.
    fn message(&self, finding: &LintFinding) -> String {
        let name = |at: &StatementRef| label(*at, self.statements);
        match &finding.kind {
            LintKind::NoStatements => Remark::NoStatements.to_string(),
            LintKind::UnknownVersion(version) => Remark::UnknownVersion(version.clone()).to_string(),
            LintKind::NoTime { statements } => Remark::NoTime { statements: *statements }.to_string(),
            LintKind::Ignored(cause) => Remark::Ignored(cause.clone()).to_string(),
            LintKind::Expired { newest: Some(newest) } => {
                format!("the newest statement is of {newest}, which is older than the maximum age")
            }
            LintKind::Expired { newest: None } => {
                "no statement has a time, so all are older than the maximum age".to_owned()
            }
            LintKind::Invalid(broken) => format!("not valid: {broken}"),
            LintKind::ContradictingId { iri } => {
                format!("the `@id` {iri} is another vulnerability than the name, so it is not used")
            }
            LintKind::FutureTime(time) => {
                format!("its time {time} is in the future: it would overrule all other statements until then")
            }
            LintKind::InheritedTime => {
                "it has no time of its own, so each new edition of the document makes it the newest statement"
                    .to_owned()
            }
            LintKind::NoProduct => {
                "it names no product, and the document has no subject: it can apply to nothing".to_owned()
            }
            LintKind::NoProductForm { written, fault, count } => {
                format!("{}{}", form(written, *fault), and_others(*count))
            }
            LintKind::OverBroad { written, breadth, count } => {
                let why = match breadth {
                    Breadth::AnyVersion => "has no version: it is about every version, in every image",
                    Breadth::AnyRepository => "names no repository: it is about every image with this name",
                    Breadth::AnyImage => {
                        "has no digest, tag or subcomponents: it is about every package in every image there"
                    }
                };
                format!("`{written}` {why}{}", and_others(*count))
            }
            LintKind::Unused => "no report has a finding of this vulnerability".to_owned(),
            LintKind::Unmatched { part: Some(part) } => {
                format!("no finding matches; the closest differs in {}", Difference::of(part).line())
            }
            LintKind::Unmatched { part: None } => "no finding is about its products".to_owned(),
            LintKind::Contradictory { other } => {
                format!("{} is about the same, has the same time and another status", name(other))
            }
            LintKind::History { newer } => format!("overruled by {}, which is newer", name(newer)),
        }
    }
}

fn and_others(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => " (and 1 other)".to_owned(),
        count => format!(" (and {} others)", count - 1),
    }
}

fn form(written: &str, fault: FormFault) -> String {
    match fault {
        FormFault::Range => format!(
            "`{written}` matches nothing: a package URL cannot have a range, and versions are compared as text"
        ),
        FormFault::Cpe => format!("`{written}` matches nothing: reports name packages, not CPEs"),
        FormFault::NotAPackageUrl => format!("`{written}` matches nothing: it is not a valid package URL"),
        FormFault::NamespaceInName => format!(
            "`{written}` matches nothing: the namespace is inside the name, as an encoded slash or a colon; \
             write it before the name, with a slash"
        ),
        FormFault::NotARepository => {
            format!("`{written}` matches nothing: it does not name a repository that can exist")
        }
        FormFault::Text => {
            format!("`{written}` matches nothing: it is no package URL, image, digest or CPE")
        }
        FormFault::Empty => "a product has no package URL, image or digest, so it matches nothing".to_owned(),
    }
}

/// What a kind of finding is about.
fn title(kind: &LintKind) -> &'static str {
    match kind {
        LintKind::NoStatements => "A document without statements",
        LintKind::UnknownVersion(_) => "A document of an unknown version of its format",
        LintKind::NoTime { .. } => "Statements without a time",
        LintKind::Ignored(_) => "A part that is ignored",
        LintKind::Expired { .. } => "A document that is too old",
        LintKind::Invalid(_) => "A statement that is not valid",
        LintKind::ContradictingId { .. } => "An `@id` of another vulnerability",
        LintKind::FutureTime(_) => "A time in the future",
        LintKind::InheritedTime => "A time that moves with the document",
        LintKind::NoProduct => "A statement without products",
        LintKind::NoProductForm { .. } => "A product that cannot match",
        LintKind::OverBroad { .. } => "A product without version",
        LintKind::Unused => "A statement on a vulnerability that no report has",
        LintKind::Unmatched { .. } => "A statement that matches no finding",
        LintKind::Contradictory { .. } => "Statements that contradict each other",
        LintKind::History { .. } => "A statement that is overruled",
    }
}

/// The other statement of a finding about two.
fn other(kind: &LintKind) -> Option<StatementRef> {
    match kind {
        LintKind::Contradictory { other } => Some(*other),
        LintKind::History { newer } => Some(*newer),
        _ => None,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LintJson<'a> {
    schema_version: u32,
    verdict: &'static str,
    counts: CountsJson,
    documents: Vec<DocumentJson<'a>>,
    findings: Vec<FindingJson>,
}

#[derive(Serialize)]
struct CountsJson {
    errors: usize,
    warnings: usize,
    notes: usize,
}

#[derive(Serialize)]
struct DocumentJson<'a> {
    name: &'a str,
    digest: Digest,
    statements: usize,
}

#[derive(Serialize)]
struct FindingJson {
    level: &'static str,
    kind: &'static str,
    document: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vulnerability: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<OtherJson>,
    message: String,
}

#[derive(Serialize)]
struct OtherJson {
    document: usize,
    statement: usize,
}

#[derive(Serialize)]
struct Run {
    tool: Tool<Rule>,
    /// Empty: the results are inserted one by one.
    results: [(); 0],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
}
