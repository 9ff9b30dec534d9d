//! Vulnerability scans.
//!
//! A finding is one vulnerability in one package, as scanners count: a vulnerability in two packages is two findings.
//! A scan without a list of findings is `no result`, never `none`.

use serde::Deserialize;

use super::names;
use super::page::{Description, Page, TableBuilder, counts};
use super::read::{Member, ShapeError, Text};

const LEVELS: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unrated"];
const UNRATED: usize = 5;

/// The index in [`LEVELS`] of a severity or a CVSS score.
fn level(severity: &str) -> Option<usize> {
    let word = severity.trim().to_ascii_lowercase();
    if let Ok(score) = word.parse::<f64>() {
        return match score {
            9.0.. => Some(0),
            7.0.. => Some(1),
            4.0.. => Some(2),
            _ if score > 0.0 => Some(3),
            _ => None,
        };
    }
    let word = match word.as_str() {
        "moderate" => "medium",
        "none" => "negligible",
        other => other,
    };
    LEVELS.iter().position(|level| *level == word)
}

/// Findings by severity, the most severe first.
struct Findings {
    levels: [u64; 6],
    count: usize,
    list: TableBuilder,
}

impl Findings {
    fn new() -> Self {
        let header = &["VULNERABILITY", "SEVERITY", "PACKAGE", "FIXED IN"];
        Self { levels: [0; 6], count: 0, list: TableBuilder::new("findings", header) }
    }

    fn add(&mut self, name: &Text, level: Option<usize>, package: String, fixed: &Text) {
        let level = level.unwrap_or(UNRATED);
        self.count += 1;
        if let (Some(count), Some(word)) = (self.levels.get_mut(level), LEVELS.get(level)) {
            *count += 1;
            let rank = u8::try_from(level).unwrap_or(u8::MAX);
            self.list.add_ranked_row(rank, [name.cell(), (*word).to_owned(), package, fixed.cell()]);
        }
    }

    fn finish(self, mut page: Page) -> Description {
        let parts: Vec<(u64, &str)> = self.levels.into_iter().zip(LEVELS).collect();
        let line = if self.count == 0 { "none".to_owned() } else { counts(&parts) };
        page.add_fact("findings", self.count.to_string());
        page.add_table(self.list);
        Description { line, page }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InToto<'a> {
    #[serde(borrow)]
    scanner: Member<'a>,
    #[serde(borrow)]
    metadata: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scanner<'a> {
    uri: Text,
    version: Text,
    #[serde(borrow)]
    db: Member<'a>,
    #[serde(borrow)]
    result: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Database {
    uri: Text,
    version: Text,
    last_update: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ScanTimes {
    scan_started_on: Text,
    scan_finished_on: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found<'a> {
    id: Text,
    #[serde(borrow)]
    severity: Member<'a>,
    #[serde(borrow)]
    annotations: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Severity {
    score: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotation {
    purl: Text,
}

pub(super) fn in_toto(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let document: InToto<'_> = predicate.object().ok_or(ShapeError("a vulnerability scan is an object"))?;
    let scanner: Scanner<'_> = document.scanner.object().ok_or(ShapeError("a scan names its `scanner`"))?;
    let database: Database = scanner.db.object_or_empty();
    let times: ScanTimes = document.metadata.object_or_empty();
    let mut page = Page::default();
    page.add_text("scanner", &scanner.uri);
    page.add_text("version", &scanner.version);
    page.add_text("database", &database.uri);
    page.add_text("database version", &database.version);
    page.add_text("database updated", &database.last_update);
    page.add_text("started", &times.scan_started_on);
    page.add_text("finished", &times.scan_finished_on);
    let mut findings = Findings::new();
    let read = scanner.result.each_object(|found: Found<'_>| {
        let mut worst: Option<usize> = None;
        found.severity.each_object(|severity: Severity| {
            let rated = severity.score.get().and_then(level);
            worst = [worst, rated].into_iter().flatten().min();
        });
        let mut package = Text::default();
        found.annotations.each_object(|annotation: Annotation| {
            package = std::mem::take(&mut package).or(annotation.purl);
        });
        findings.add(&found.id, worst, package_name(&package), &Text::default());
    });
    Ok(match read {
        Some(_) => findings.finish(page),
        None => Description { line: "no result".to_owned(), page },
    })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package<'a> {
    purl: Text,
    #[serde(borrow)]
    vulnerabilities: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Vulnerability<'a> {
    source_id: Text,
    fixed_by: Text,
    cisa_exploited: Text,
    #[serde(borrow)]
    cvss: Member<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Cvss {
    severity: Text,
    score: Text,
}

pub(super) fn scout(predicate: Member<'_>) -> Result<Description, ShapeError> {
    let mut findings = Findings::new();
    let (mut fixable, mut exploited, mut shape) = (0_usize, 0_usize, None);
    let packages = predicate.each_object(|package: Package<'_>| {
        let name = package_name(&package.purl);
        let read = package.vulnerabilities.each_object(|found: Vulnerability<'_>| {
            let cvss: Cvss = found.cvss.object_or_empty();
            let rated = cvss.severity.get().and_then(level).or_else(|| cvss.score.get().and_then(level));
            fixable += usize::from(found.fixed_by.get().is_some_and(|version| version != "not fixed"));
            exploited += usize::from(found.cisa_exploited.get() == Some("true"));
            findings.add(&found.source_id, rated, name.clone(), &found.fixed_by);
        });
        // Go programs write an empty list as `null`.
        if read.is_none() && !package.vulnerabilities.is_null() {
            shape = Some(ShapeError("an entry has no list `vulnerabilities`"));
        }
    });
    if let Some(shape) = shape {
        return Err(shape);
    }
    let mut page = Page::default();
    let Some(packages) = packages else {
        return Ok(Description { line: "no result".to_owned(), page });
    };
    page.add_fact("packages", packages.to_string());
    if findings.count > 0 {
        page.add_fact("with a fix", fixable.to_string());
        page.add_fact("known exploited", exploited.to_string());
    }
    Ok(findings.finish(page))
}

fn package_name(purl: &Text) -> String {
    purl.get().map_or_else(|| "-".to_owned(), names::purl)
}
