//! The results of cases of policies: table, JSON and JUnit XML.

use std::fmt::Write as _;

use quick_xml::escape::escape;
use serde::Serialize;

use crate::diagnostic::Exit;
use crate::policy::rego::cases::{Expected, Sensitivity};
use crate::report::Style;
use crate::report::columns::{Cell, Tone, columns};
use crate::report::junit::safe;

/// The results of one run.
#[derive(Debug, Default)]
pub struct CasesRun {
    /// The files of cases, in the order of the command line.
    pub files: Vec<CaseFileResult>,
}

/// The results of one file of cases.
#[derive(Debug)]
pub struct CaseFileResult {
    /// The file.
    pub file: String,
    /// Its cases.
    pub cases: Vec<CaseResult>,
    /// What changed facts showed about each policy, if facts were changed.
    pub sensitivity: Vec<(String, Sensitivity)>,
}

/// The result of one case for one image.
#[derive(Debug)]
pub struct CaseResult {
    /// The name of the case.
    pub name: String,
    /// The name of the policy.
    pub policy: String,
    /// The platform of the image, if the case has several images.
    pub platform: Option<String>,
    /// The line of the file.
    pub line: usize,
    /// The expected verdict.
    pub expected: Expected,
    /// The verdict that was found. `None` if the evaluation was stopped.
    pub found: Option<Expected>,
    /// What is not as expected. Empty if the case holds.
    pub problems: Vec<String>,
    /// Whether a limit stopped the evaluation.
    pub is_over_limit: bool,
}

/// One case, or one policy whose facts were changed, as all formats show it.
struct Row<'a> {
    name: String,
    policy: &'a str,
    at: String,
    problems: Vec<String>,
}

impl CasesRun {
    /// The exit code: 4 if a limit stopped a case, 1 if a case does not hold or a policy reads no fact.
    pub fn exit(&self) -> Exit {
        let mut cases = self.files.iter().flat_map(|file| &file.cases);
        if cases.any(|case| case.is_over_limit) {
            Exit::Limit
        } else if self.rows().iter().any(|row| !row.problems.is_empty()) {
            Exit::Fail
        } else {
            Exit::Pass
        }
    }

    fn rows(&self) -> Vec<Row<'_>> {
        self.files.iter().flat_map(CaseFileResult::rows).collect()
    }

    /// The table for people.
    pub fn table(&self, style: Style) -> String {
        let rows = self.rows();
        let cells = rows.iter().map(|row| {
            let (word, tone) =
                if row.problems.is_empty() { ("ok", Tone::Plain) } else { ("FAILED", Tone::Bad) };
            vec![Cell::new(word, tone), row.policy.into(), row.name.as_str().into()]
        });
        let mut text = columns(["RESULT", "POLICY", "CASE"], cells, style);
        for row in rows.iter().filter(|row| !row.problems.is_empty()) {
            text.push('\n');
            text.push_str(&style.lines(&style.text(&format!("{}: {}", row.at, row.name)), 0));
            for problem in &row.problems {
                text.push_str(&style.lines(&style.text(&format!("  {problem}")), 4));
            }
        }
        for (policy, sensitivity) in self.files.iter().flat_map(|file| &file.sensitivity) {
            let ignored: Vec<&str> = sensitivity.ignored().collect();
            if !ignored.is_empty() {
                let title = format!("{policy}: changes of these facts never matter in its cases");
                text.push('\n');
                text.push_str(&style.lines(&style.text(&title), 0));
            }
            for fact in ignored {
                text.push_str(&style.lines(&style.text(&format!("  {fact}")), 4));
            }
            if sensitivity.left_out > 0 {
                let left_out = format!("{policy}: {} more changes were not tried", sensitivity.left_out);
                text.push_str(&style.lines(&style.text(&left_out), 0));
            }
        }
        let failed = rows.iter().filter(|row| !row.problems.is_empty()).count();
        let last = match failed {
            0 => style.good(&format!("{} of {} cases hold", rows.len(), rows.len())),
            failed => style.bad(&format!("{failed} of {} cases do not hold", rows.len())),
        };
        text.push_str(&format!("\n{last}\n"));
        text
    }

    /// The JSON document, `docs/schemas/policy-test-1.json`.
    pub fn json(&self) -> String {
        let files = self.files.iter().map(|file| FileJson {
            file: &file.file,
            cases: file.cases.iter().map(CaseJson::new).collect(),
            changed_facts: file.sensitivity.iter().map(SensitivityJson::new).collect(),
        });
        let document = Document { schema_version: 1, exit_code: self.exit().code(), files: files.collect() };
        serde_json::to_string_pretty(&document).map(|text| text + "\n").unwrap_or_default()
    }

    /// JUnit XML: a suite for each file, a case for each case.
    pub fn junit(&self) -> String {
        let xml = |text: &str| escape(safe(text)).into_owned();
        let mut text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"dhi policy test\">\n".to_owned();
        for file in &self.files {
            let rows = file.rows();
            let failed = rows.iter().filter(|row| !row.problems.is_empty()).count();
            let _ = writeln!(
                text,
                "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\">",
                xml(&file.file),
                rows.len()
            );
            for row in rows {
                let _ = write!(
                    text,
                    "    <testcase classname=\"{}\" name=\"{}\"",
                    xml(row.policy),
                    xml(&row.name)
                );
                if row.problems.is_empty() {
                    text.push_str("/>\n");
                    continue;
                }
                let first = row.problems.first().map(String::as_str).unwrap_or_default();
                let lines: Vec<String> = row.problems.iter().map(|problem| xml(problem)).collect();
                let (message, at, lines) = (xml(first), xml(&row.at), lines.join("\n"));
                let _ = writeln!(
                    text,
                    ">\n      <failure message=\"{message}\">{at}\n{lines}</failure>\n    </testcase>"
                );
            }
            text.push_str("  </testsuite>\n");
        }
        text.push_str("</testsuites>\n");
        text
    }
}

impl CaseResult {
    /// The name, and the platform if the case has several images.
    fn title(&self) -> String {
        let Some(platform) = &self.platform else { return self.name.clone() };
        format!("{} ({platform})", self.name)
    }
}

impl CaseFileResult {
    fn rows(&self) -> Vec<Row<'_>> {
        let cases = self.cases.iter().map(|case| Row {
            name: case.title(),
            policy: &case.policy,
            at: format!("{}:{}", self.file, case.line),
            problems: case.problems.clone(),
        });
        let changed = self.sensitivity.iter().map(|(policy, found)| {
            let insensitive = found.insensitive();
            let problems =
                insensitive.map(|case| format!("the case `{case}` passes whichever fact is changed"));
            Row {
                name: format!("{} changed facts", found.tried),
                policy,
                at: self.file.clone(),
                problems: problems.collect(),
            }
        });
        cases.chain(changed).collect()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    exit_code: u8,
    files: Vec<FileJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileJson<'a> {
    file: &'a str,
    cases: Vec<CaseJson<'a>>,
    changed_facts: Vec<SensitivityJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CaseJson<'a> {
    name: &'a str,
    policy: &'a str,
    /// Absent if the case has one image.
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<&'a str>,
    line: usize,
    expected: &'static str,
    /// Absent if the evaluation was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'static str>,
    holds: bool,
    problems: &'a [String],
}

impl<'a> CaseJson<'a> {
    fn new(case: &'a CaseResult) -> Self {
        Self {
            name: &case.name,
            policy: &case.policy,
            platform: case.platform.as_deref(),
            line: case.line,
            expected: case.expected.as_str(),
            found: case.found.map(Expected::as_str),
            holds: case.problems.is_empty(),
            problems: &case.problems,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SensitivityJson<'a> {
    policy: &'a str,
    tried: usize,
    left_out: usize,
    /// Facts of which a change has another result in some case.
    read: Vec<&'a str>,
    /// Facts that the policy asks for or reads, and whose changes never matter.
    ignored: Vec<&'a str>,
    /// Cases that pass whichever fact is changed.
    insensitive_cases: Vec<&'a str>,
}

impl<'a> SensitivityJson<'a> {
    fn new((policy, found): &'a (String, Sensitivity)) -> Self {
        Self {
            policy,
            tried: found.tried,
            left_out: found.left_out,
            read: found.read().collect(),
            ignored: found.ignored().collect(),
            insensitive_cases: found.insensitive().collect(),
        }
    }
}
