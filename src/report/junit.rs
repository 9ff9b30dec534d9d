//! JUnit XML, in the form that Jenkins and GitLab read: a suite for each judged item, a case for each check.
//!
//! A check that could not be made is an error, never a missing case. A warning is a passing case with the warning as
//! output.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::finding::{Severity, render_diagnostic};
use super::item::{ItemResult, ReportItem};
use super::parts::Frame;
use super::style::{Style, printable};
use super::{HintTexts, LastLine};
use crate::diagnostic::Diagnostic;
use crate::evidence::{Check, ConclusionKind, Outcome};

/// The result of a case.
enum End<'a> {
    Passed,
    Warned(Cow<'a, Diagnostic>),
    Failed(Cow<'a, Diagnostic>),
    Broken(Cow<'a, Diagnostic>),
    Skipped(String),
}

struct Case<'a> {
    name: String,
    scope: Option<&'a str>,
    end: End<'a>,
}

struct Suite<'a> {
    name: String,
    item: &'a ReportItem<'a>,
    texts: &'a dyn HintTexts,
    cases: Vec<Case<'a>>,
}

/// The end of the document.
const END: &str = "\n</testsuites>\n";

/// The counts of all suites, for the start of the document. There are no times: the same result gives the same bytes.
#[derive(Clone, Debug, Default)]
pub(super) struct Junit {
    tests: usize,
    failures: usize,
    errors: usize,
    /// The number of suites of each name.
    names: Names,
}

/// Makes names unique: the second `x` is `x (2)`. Readers merge two suites or cases with the same name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(super) fn unique(&mut self, name: String) -> String {
        let count = self.0.entry(name.clone()).or_default();
        *count += 1;
        match *count {
            1 => name,
            count => self.unique(format!("{name} ({count})")),
        }
    }
}

impl Junit {
    /// Renders the suite of one item.
    pub(super) fn add(&mut self, item: &ReportItem<'_>, texts: &dyn HintTexts) -> String {
        let suite = Suite::new(self.names.unique(safe(&item.reference)), item, texts);
        self.tests += suite.cases.len();
        self.failures += suite.failures();
        self.errors += suite.errors();
        // Skip the declaration and the start tag of the root, one line each.
        let text = self.document("dhi", Some(&suite));
        let inner = text.match_indices('\n').nth(1).and_then(|(at, _)| text.get(at..)).unwrap_or_default();
        inner.strip_suffix(END).unwrap_or_default().to_owned()
    }

    /// The frame around the suites, named after the conclusion of the run.
    pub(super) fn frame(&self, last: LastLine<'_>) -> Frame {
        let text = self.document(&format!("dhi: {}", last.line(Style::default())), None);
        let before = text.strip_suffix(END).unwrap_or_default().to_owned();
        Frame([before, String::new(), END.to_owned()])
    }

    fn document(&self, name: &str, suite: Option<&Suite<'_>>) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        // Writing to memory does not fail.
        let written = self.write(name, suite, &mut writer).ok();
        let mut text = written.and_then(|()| String::from_utf8(writer.into_inner()).ok()).unwrap_or_default();
        text.push('\n');
        text
    }

    fn write(&self, name: &str, suite: Option<&Suite<'_>>, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        writer
            .create_element("testsuites")
            .with_attributes([
                ("name", name),
                ("tests", &self.tests.to_string()),
                ("failures", &self.failures.to_string()),
                ("errors", &self.errors.to_string()),
            ])
            .write_inner_content(|writer| suite.iter().try_for_each(|suite| write_suite(suite, writer)))?;
        Ok(())
    }
}

impl<'a> Suite<'a> {
    fn new(name: String, item: &'a ReportItem<'a>, texts: &'a dyn HintTexts) -> Self {
        let mut cases: Vec<Case<'a>> = match &item.result {
            ItemResult::Checks(checks) => checks.iter().map(Case::new).collect(),
            ItemResult::Unresolved(diagnostic) => {
                let diagnostic = Cow::Borrowed(*diagnostic);
                let is_open = item.conclusion.kind() == ConclusionKind::Unknown;
                let end = if is_open { End::Broken(diagnostic) } else { End::Failed(diagnostic) };
                vec![Case { name: "reference".to_owned(), scope: None, end }]
            }
            ItemResult::NotJudged { diagnostic, counts } => {
                let end = if *counts {
                    End::Failed(Cow::Borrowed(diagnostic.as_ref()))
                } else {
                    End::Skipped(format!("not judged: {}", diagnostic.message))
                };
                vec![Case { name: "not judged".to_owned(), scope: None, end }]
            }
        };
        for what in &item.skipped {
            cases.push(Case {
                name: what.clone(),
                scope: None,
                end: End::Skipped("skipped by an option".to_owned()),
            });
        }
        let mut names = Names::default();
        for case in &mut cases {
            case.name = names.unique(std::mem::take(&mut case.name));
        }
        Self { name, item, texts, cases }
    }

    fn count(&self, wanted: fn(&End<'_>) -> bool) -> usize {
        self.cases.iter().filter(|case| wanted(&case.end)).count()
    }

    fn failures(&self) -> usize {
        self.count(|end| matches!(end, End::Failed(_)))
    }

    fn errors(&self) -> usize {
        self.count(|end| matches!(end, End::Broken(_)))
    }

    fn skipped(&self) -> usize {
        self.count(|end| matches!(end, End::Skipped(_)))
    }
}

impl<'a> Case<'a> {
    fn new(check: &'a Check) -> Self {
        let end = match (check.outcome(), check.shown()) {
            (Outcome::Fail, Some(diagnostic)) => End::Failed(diagnostic),
            (Outcome::Unknown, Some(diagnostic)) => End::Broken(diagnostic),
            (Outcome::Warn, Some(diagnostic)) => End::Warned(diagnostic),
            (Outcome::Skip, _) => End::Skipped(check.message.clone()),
            _ => End::Passed,
        };
        Self { name: format!("{}: {}", check.kind.as_str(), check.scope), scope: Some(&check.scope), end }
    }

    fn text(&self, severity: Severity, found: &Diagnostic, texts: &dyn HintTexts) -> String {
        let scopes: Vec<&str> = self.scope.into_iter().collect();
        render_diagnostic(severity, found, &scopes, texts, Style::default())
    }
}

fn write_suite(suite: &Suite<'_>, writer: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let name = suite.name.as_str();
    let digest = suite.item.digest.map(|digest| digest.to_string());
    writer
        .create_element("testsuite")
        .with_attributes([
            ("name", name),
            ("tests", &suite.cases.len().to_string()),
            ("failures", &suite.failures().to_string()),
            ("errors", &suite.errors().to_string()),
            ("skipped", &suite.skipped().to_string()),
        ])
        .write_inner_content(|writer| {
            writer.create_element("properties").write_inner_content(|writer| {
                let (claim, verdict) = (suite.item.claim_text(), suite.item.conclusion.to_string());
                let properties = [
                    ("digest", digest.as_deref()),
                    ("claim", Some(claim.as_str())),
                    ("policy", Some(suite.item.policy)),
                    ("verdict", Some(verdict.as_str())),
                ];
                for (name, value) in properties {
                    let Some(value) = value else { continue };
                    let attributes = [("name", name), ("value", &safe(value))];
                    writer.create_element("property").with_attributes(attributes).write_empty()?;
                }
                Ok(())
            })?;
            suite.cases.iter().try_for_each(|case| write_case(case, name, suite.texts, writer))
        })?;
    Ok(())
}

fn write_case(
    case: &Case<'_>,
    suite: &str,
    texts: &dyn HintTexts,
    writer: &mut Writer<Vec<u8>>,
) -> io::Result<()> {
    let name = safe(&case.name);
    let element = writer.create_element("testcase").with_attributes([("classname", suite), ("name", &name)]);
    let (tag, attributes, text) = match &case.end {
        End::Passed => {
            element.write_empty()?;
            return Ok(());
        }
        End::Skipped(message) => ("skipped", vec![("message", safe(message))], None),
        End::Warned(diagnostic) => {
            ("system-out", Vec::new(), Some(case.text(Severity::Warning, diagnostic, texts)))
        }
        End::Failed(diagnostic) => {
            ("failure", reason(diagnostic), Some(case.text(Severity::Error, diagnostic, texts)))
        }
        End::Broken(diagnostic) => {
            ("error", reason(diagnostic), Some(case.text(Severity::Error, diagnostic, texts)))
        }
    };
    element.write_inner_content(|writer| {
        let inner = writer
            .create_element(tag)
            .with_attributes(attributes.iter().map(|(name, value)| (*name, value.as_str())));
        match text {
            None => inner.write_empty()?,
            // Each line of the text is already escaped.
            Some(text) => inner.write_text_content(BytesText::new(&allowed(&text)))?,
        };
        Ok(())
    })?;
    Ok(())
}

fn reason(diagnostic: &Diagnostic) -> Vec<(&'static str, String)> {
    vec![("message", safe(&diagnostic.message)), ("type", diagnostic.code.as_str().to_owned())]
}

/// One line of characters that XML 1.0 allows.
pub(super) fn safe(text: &str) -> String {
    allowed(&printable(text))
}

/// Escapes the two characters that XML 1.0 (production 2) forbids in addition to control characters, which `printable`
/// escapes. They are not allowed as references either.
pub(super) fn allowed(text: &str) -> String {
    text.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut names = Names::default();
        let unique = ["a", "b", "a", "a (2)", "a"].map(|name| names.unique(name.to_owned()));
        assert_eq!(unique, ["a", "b", "a (2)", "a (2) (2)", "a (3)"]);
    }
}
