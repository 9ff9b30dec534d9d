//! JUnit XML: a suite for each scan, a case for each finding.
//!
//! A finding that counts for the gate is a failure, a suppressed one is a skipped case with the statement as its
//! message, any other passes with its decision as output. What was not scanned is never a missing case.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::row::Row;
use super::run::{AppliedRun, DecidedFinding, PlacedScan};
use super::verdict;
use super::wording::causes;
use crate::report::junit::{Names, allowed, safe};
use crate::report::style::printable;

/// The result of a case.
enum End {
    Passed(String),
    Failed { message: String, text: String },
    Broken(String),
    Skipped(String),
}

struct Case {
    name: String,
    end: End,
}

/// The suite of one scan.
pub(in crate::report) struct Suite {
    name: String,
    cases: Vec<Case>,
}

/// Renders the document.
pub(super) fn junit(run: &AppliedRun<'_>) -> String {
    let name = format!("dhi: {}  {}", verdict::kind(run).as_str(), verdict::counts(run));
    document(&name, &suites(run, None, &mut Names::default()))
}

/// The suites of one run. `image` is the image that the run is about, if it is about one.
pub(in crate::report) fn suites(run: &AppliedRun<'_>, image: Option<&str>, names: &mut Names) -> Vec<Suite> {
    let named = |name: &str| image.map_or_else(|| safe(name), |image| safe(&format!("{image}: {name}")));
    let mut suites: Vec<Suite> =
        run.scans().map(|scan| Suite::new(names.unique(named(&scan.name())), &scan, run)).collect();
    if !run.incomplete.is_empty() {
        suites.push(Suite::of_sources(names.unique(named("sources of VEX")), run));
    }
    suites
}

/// A document of these suites.
pub(in crate::report) fn document(name: &str, suites: &[Suite]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let written = write(name, suites, &mut writer).ok();
    let mut text = written.and_then(|()| String::from_utf8(writer.into_inner()).ok()).unwrap_or_default();
    text.push('\n');
    text
}

impl Suite {
    /// The suite of an image that was not scanned.
    pub(in crate::report) fn broken(name: &str, case: &str, message: &str, names: &mut Names) -> Self {
        let case = Case { name: case.to_owned(), end: End::Broken(printable(message)) };
        Self { name: names.unique(safe(name)), cases: vec![case] }
    }

    fn new(name: String, scan: &PlacedScan<'_>, run: &AppliedRun<'_>) -> Self {
        let mut cases: Vec<Case> = scan.findings(run.result).map(|found| Case::new(&found, run)).collect();
        if let Some(cause) = &scan.applied.scan.not_scanned {
            let message = format!("not scanned: {}", printable(cause));
            let end = if run.result.is_set { End::Broken(message) } else { End::Skipped(message) };
            cases.push(Case { name: "scan".to_owned(), end });
        }
        cases.extend(verdict::unproven_of(scan, run).into_iter().map(|(name, text)| Case {
            name: name.to_owned(),
            end: End::Failed { message: text.clone(), text },
        }));
        let mut known = Names::default();
        for case in &mut cases {
            case.name = known.unique(std::mem::take(&mut case.name));
        }
        Self { name, cases }
    }

    /// What could not be read or verified, so that statements may be missing.
    fn of_sources(name: String, run: &AppliedRun<'_>) -> Self {
        let mut known = Names::default();
        let cases = run.incomplete.iter().map(|problem| Case {
            name: known.unique(problem.code.as_str().to_owned()),
            end: End::Broken(printable(&problem.message)),
        });
        Self { name, cases: cases.collect() }
    }

    fn count(&self, wanted: fn(&End) -> bool) -> usize {
        self.cases.iter().filter(|case| wanted(&case.end)).count()
    }

    fn failures(&self) -> usize {
        self.count(|end| matches!(end, End::Failed { .. }))
    }

    fn errors(&self) -> usize {
        self.count(|end| matches!(end, End::Broken(_)))
    }

    fn skipped(&self) -> usize {
        self.count(|end| matches!(end, End::Skipped(_)))
    }
}

impl Case {
    fn new(found: &DecidedFinding<'_>, run: &AppliedRun<'_>) -> Self {
        let row = Row::new(found, run);
        let line = printable(&row.line());
        let end = if !found.causes.is_empty() {
            End::Failed { message: causes(found.causes), text: line }
        } else if found.is_suppressed() {
            End::Skipped(format!("suppressed: {line}"))
        } else {
            End::Passed(line)
        };
        Self { name: printable(&format!("{} {}", row.finding, row.package)), end }
    }
}

fn write(name: &str, suites: &[Suite], writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>().to_string();
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("testsuites")
        .with_attributes([
            ("name", safe(name).as_str()),
            ("tests", &sum(|suite| suite.cases.len())),
            ("failures", &sum(Suite::failures)),
            ("errors", &sum(Suite::errors)),
        ])
        .write_inner_content(|writer| suites.iter().try_for_each(|suite| write_suite(suite, writer)))?;
    Ok(())
}

fn write_suite(suite: &Suite, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    writer
        .create_element("testsuite")
        .with_attributes([
            ("name", suite.name.as_str()),
            ("tests", &suite.cases.len().to_string()),
            ("failures", &suite.failures().to_string()),
            ("errors", &suite.errors().to_string()),
            ("skipped", &suite.skipped().to_string()),
        ])
        .write_inner_content(|writer| {
            suite.cases.iter().try_for_each(|case| write_case(case, &suite.name, writer))
        })?;
    Ok(())
}

fn write_case(case: &Case, suite: &str, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let name = safe(&case.name);
    let element = writer.create_element("testcase").with_attributes([("classname", suite), ("name", &name)]);
    let (tag, message, text) = match &case.end {
        End::Passed(text) => ("system-out", None, Some(text)),
        End::Failed { message, text } => ("failure", Some(message), Some(text)),
        End::Broken(message) => ("error", Some(message), None),
        End::Skipped(message) => ("skipped", Some(message), None),
    };
    element.write_inner_content(|writer| {
        let message = message.map(|message| safe(message));
        let attributes = message.iter().map(|message| ("message", message.as_str()));
        let inner = writer.create_element(tag).with_attributes(attributes);
        match text {
            None => inner.write_empty()?,
            Some(text) => inner.write_text_content(BytesText::new(&allowed(text)))?,
        };
        Ok(())
    })?;
    Ok(())
}
