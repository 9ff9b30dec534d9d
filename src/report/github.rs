//! Workflow commands of GitHub Actions: errors, warnings and notices that a run shows as annotations.
//!
//! Every line is one command. Text is escaped so that it cannot end the line or a property, and so cannot add a
//! command.
//!
//! GitHub shows only the first ten annotations of each kind in a step. There is an error for each item that did not
//! pass, a warning for each that passed with warnings or was not judged, and one notice for all that passed. If there
//! are more than ten of a kind, the tenth counts those that follow, which only the log shows.

use std::fmt::Write;

use super::finding::{Severity, render_diagnostic};
use super::item::{Location, ReportItem};
use super::parts::{Frame, Parts};
use super::style::{Style, printable};
use super::{HintTexts, LastLine};
use crate::evidence::{Conclusion, ConclusionKind};

/// Number of passed items that are named.
const MAX_PASSED_NAMES: usize = 10;

/// Annotations of one kind that GitHub shows for a step, without the one that counts the others.
pub(super) const SHOWN: usize = 9;

/// The texts of passed items, for the notice at the end, and the number of other annotations.
#[derive(Clone, Debug, Default)]
pub(super) struct Github {
    passed: Vec<String>,
    errors: usize,
    warnings: usize,
}

/// The kind of an annotation that is not the notice.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Error,
    Warning,
}

impl Kind {
    fn command(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Github {
    /// The command for an item that did not pass, or passed with warnings: in the first list if GitHub shows it, else
    /// in the second.
    pub(super) fn add(&mut self, item: &ReportItem<'_>, texts: &dyn HintTexts) -> Parts {
        self.add_passed(item);
        let Some((kind, text)) = annotation(item, texts) else { return Parts::default() };
        let count = match kind {
            Kind::Error => &mut self.errors,
            Kind::Warning => &mut self.warnings,
        };
        *count += 1;
        if *count > SHOWN { [String::new(), text] } else { [text, String::new()] }
    }

    fn add_passed(&mut self, item: &ReportItem<'_>) {
        let conclusion = &item.conclusion;
        if conclusion.kind() != ConclusionKind::Pass || self.passed.len() >= MAX_PASSED_NAMES {
            return;
        }
        let name = printable(&item.reference);
        let mut lines = vec![match conclusion {
            Conclusion::Excused(_) => format!("{name}: {conclusion}"),
            _ => format!("{name}: {}", item.claim_text()),
        }];
        lines.extend(item.digest.map(|digest| digest.to_string()));
        lines.extend(item.not_checked());
        self.passed.push(lines.join("\n"));
    }

    /// The counts of annotations that GitHub does not show, and the notice for all passed items.
    pub(super) fn frame(&self, last: LastLine<'_>) -> Frame {
        let more = |kind: Kind, count: usize, what: &str| {
            // Ten are shown as they are.
            if count <= SHOWN + 1 {
                return String::new();
            }
            let title = format!("{} more {what}", count - SHOWN);
            let text = format!(
                "{}\n{title}: GitHub shows ten annotations of a kind, the log of this step has all",
                last.counts()
            );
            line(kind.command(), None, &title, &text)
        };
        let hidden = more(Kind::Error, self.errors, "did not pass")
            + &more(Kind::Warning, self.warnings, "with warnings or not judged");
        Frame([String::new(), hidden, self.notice(last)])
    }

    /// The notice for all passed items. Empty if none passed.
    fn notice(&self, last: LastLine<'_>) -> String {
        let passed = last.tally.passed();
        if passed == 0 {
            return String::new();
        }
        let mut lines = vec![last.counts()];
        lines.extend(self.passed.iter().cloned());
        let more = passed.saturating_sub(self.passed.len());
        lines.extend((more > 0).then(|| format!("and {more} more")));
        // The conclusion of the run may be a failure, which is not that of these items.
        let conclusion = last.tally.conclusion();
        let title = match conclusion.kind() {
            ConclusionKind::Pass => conclusion.to_string(),
            _ => format!("{passed} passed"),
        };
        line("notice", None, &title, &lines.join("\n"))
    }
}

/// The annotation of one item. `None` if it passed without warnings.
fn annotation(item: &ReportItem<'_>, texts: &dyn HintTexts) -> Option<(Kind, String)> {
    let findings = item.findings();
    let conclusion = &item.conclusion;
    let first = findings.iter().find(|found| Severity::of(found.outcome) == Severity::Error);
    let (kind, title) = match (conclusion, first) {
        (Conclusion::Pass | Conclusion::Excused(_), None) if findings.is_empty() => return None,
        (Conclusion::Pass, _) => (Kind::Warning, "pass with warnings".to_owned()),
        (Conclusion::Excused(_) | Conclusion::NotJudged, None) => (Kind::Warning, conclusion.to_string()),
        (_, Some(found)) => (Kind::Error, format!("{conclusion} ({})", found.diagnostic.code)),
        (_, None) => (Kind::Error, conclusion.to_string()),
    };
    let mut lines = vec![format!("{}: {conclusion}", printable(&item.reference))];
    lines.extend(item.digest.map(|digest| digest.to_string()));
    lines.extend(findings.iter().map(|found| {
        let severity = Severity::of(found.outcome);
        render_diagnostic(severity, &found.diagnostic, &found.scopes, texts, Style::default())
            .trim_end()
            .to_owned()
    }));
    let mut places = item.places.iter();
    let first = places.next();
    lines.extend(places.map(|place| format!("also at {}:{}", printable(&place.file), place.line)));
    if conclusion.kind() != ConclusionKind::Pass {
        lines.extend(item.not_checked());
    }
    Some((kind, line(kind.command(), first, &title, &lines.join("\n"))))
}

pub(crate) fn line(command: &str, place: Option<&Location>, title: &str, text: &str) -> String {
    line_at(command, place, None, title, text)
}

/// As [`line`], with the first column and the last one.
pub(crate) fn line_at(
    command: &str,
    place: Option<&Location>,
    columns: Option<(usize, usize)>,
    title: &str,
    text: &str,
) -> String {
    let mut properties = format!("title={}", property(&format!("dhi: {title}")));
    if let Some(Location { file, line }) = place {
        // GitHub compares the path with those in the repository.
        let file = printable(file.strip_prefix("./").unwrap_or(file));
        let _ = write!(properties, ",file={},line={line}", property(&file));
        if let Some((first, last)) = columns {
            let _ = write!(properties, ",col={first},endColumn={last}");
        }
    }
    format!("::{command} {properties}::{}\n", data(text))
}

/// Escapes the text of a command, as the toolkit of GitHub Actions does.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property, as the toolkit of GitHub Actions does.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
    use crate::evidence::Tally;
    use crate::policy::BuiltIn;
    use crate::report::hints::OneText;
    use crate::report::{ItemResult, RunPolicies};

    #[test]
    fn external_text_cannot_end_a_line_or_property() {
        let evil = "a\r\n::error title=x,file=y::z%0A\u{2028}";
        let diagnostic =
            Diagnostic::new(Code::ATTEST_NONE, evil).fact(evil, evil).remedy(Remedy::CompareName);
        let places = vec![Location { file: evil.to_owned(), line: 7 }];
        let item = ReportItem {
            reference: evil.to_owned(),
            digest: None,
            places,
            claim: None,
            result: ItemResult::Unresolved(&diagnostic),
            conclusion: Conclusion::Fail,
            policy: evil,
            skipped: vec![evil.to_owned()],
        };
        let mut github = Github::default();
        let [error, rest] = github.add(&item, &OneText(evil));
        assert_eq!(rest, "");
        let mut tally = Tally::default();
        github.add(
            &ReportItem { conclusion: Conclusion::Pass, result: ItemResult::Checks(&[]), ..item },
            &OneText(evil),
        );
        tally.add(&Conclusion::Pass, Exit::Pass);
        let policies = RunPolicies::new(BuiltIn::Attested, Vec::new());
        let last = LastLine { tally: &tally, policies: &policies, objects: None };
        let Frame([_, _, notice]) = github.frame(last);
        let text = error + &notice;
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let [error, notice] = lines.as_slice() else { panic!("{text}") };
        let (properties, _) = error.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let names: Vec<&str> = properties.split(',').map(|part| part.split_once('=').unwrap().0).collect();
        assert_eq!(names, ["title", "file", "line"]);
        assert!(notice.starts_with("::notice title=dhi%3A pass::"), "{notice}");
    }

    #[test]
    fn the_tenth_annotation_counts_the_others() {
        let diagnostic = Diagnostic::new(Code::ATTEST_NONE, "no attestation");
        let run = |failing: usize| {
            let mut github = Github::default();
            let mut tally = Tally::default();
            let mut parts = Parts::default();
            for number in 0..failing {
                let item = ReportItem {
                    reference: format!("image-{number}"),
                    digest: None,
                    places: Vec::new(),
                    claim: None,
                    result: ItemResult::Unresolved(&diagnostic),
                    conclusion: Conclusion::Fail,
                    policy: "attested",
                    skipped: Vec::new(),
                };
                tally.add(&Conclusion::Fail, Exit::Missing);
                for (all, part) in parts.iter_mut().zip(github.add(&item, &OneText(""))) {
                    all.push_str(&part);
                }
            }
            let policies = RunPolicies::new(BuiltIn::Attested, Vec::new());
            let last = LastLine { tally: &tally, policies: &policies, objects: None };
            let Frame([before, between, after]) = github.frame(last);
            let [first, second] = parts;
            [before, first, between, second, after].concat()
        };
        let ten = run(10);
        assert_eq!((ten.lines().count(), ten.contains(" more ")), (10, false), "{ten}");
        let many = run(25);
        let lines: Vec<&str> = many.lines().collect();
        assert_eq!(lines.len(), 26, "{many}");
        assert!(
            lines[9].starts_with("::error title=dhi%3A 16 more did not pass::0 of 25 images"),
            "{}",
            lines[9]
        );
        assert!(lines[25].contains("image-24"), "{}", lines[25]);
    }
}
