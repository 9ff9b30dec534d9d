//! Workflow commands of GitHub Actions: errors and warnings that a run shows beside its log. Every line is a
//! command, and nothing in it ends the line or a property, so text from outside cannot issue a command of its own.
//!
//! GitHub shows only the first ten of each kind of one step, so there is one for each thing that did not pass, and one for
//! all that passed.

use std::fmt::Write;

use super::item::{Location, ReportItem};
use super::style::{Style, printable};
use super::table::{Severity, render_diagnostic};
use super::{LastLine, Words};
use crate::evidence::{Conclusion, ConclusionKind};

/// How many of those that passed are named.
const NAMED: usize = 10;

/// What is told at the end of those that passed.
#[derive(Clone, Debug, Default)]
pub(super) struct Github {
    passed: Vec<String>,
}

impl Github {
    /// A command for what did not pass, or passed with warnings.
    pub(super) fn add(&mut self, thing: &ReportItem<'_>, words: &dyn Words) -> String {
        let name = printable(&thing.reference);
        let findings = thing.findings();
        let conclusion = &thing.conclusion;
        if conclusion.kind() == ConclusionKind::Pass && self.passed.len() < NAMED {
            let mut says = vec![match conclusion {
                Conclusion::Excused(_) => format!("{name}: {conclusion}"),
                _ => format!("{name}: {}", thing.says()),
            }];
            says.extend(thing.digest.map(|digest| digest.to_string()));
            says.extend(thing.not_checked());
            self.passed.push(says.join("\n"));
        }
        let first = findings.iter().find(|found| Severity::of(found.outcome) == Severity::Error);
        let (command, title) = match (conclusion, first) {
            (Conclusion::Pass | Conclusion::Excused(_), None) if findings.is_empty() => return String::new(),
            (Conclusion::Pass, _) => ("warning", "pass with warnings".to_owned()),
            (Conclusion::Excused(_) | Conclusion::NotJudged, None) => ("warning", conclusion.to_string()),
            (_, Some(found)) => ("error", format!("{conclusion} ({})", found.diagnostic.code)),
            (_, None) => ("error", conclusion.to_string()),
        };
        let mut says = vec![format!("{name}: {conclusion}")];
        says.extend(thing.digest.map(|digest| digest.to_string()));
        says.extend(findings.iter().map(|found| {
            let severity = Severity::of(found.outcome);
            render_diagnostic(severity, &found.diagnostic, &found.scopes, words, Style::default())
                .trim_end()
                .to_owned()
        }));
        let mut places = thing.places.iter();
        let first = places.next();
        says.extend(places.map(|place| format!("also at {}:{}", printable(&place.file), place.line)));
        if conclusion.kind() != ConclusionKind::Pass {
            says.extend(thing.not_checked());
        }
        line(command, first, &title, &says.join("\n"))
    }

    /// A notice for all that passed.
    pub(super) fn finish(&self, last: LastLine<'_>) -> String {
        let passed = last.tally.passed();
        if passed == 0 {
            return String::new();
        }
        let mut says = vec![last.counts()];
        says.extend(self.passed.iter().cloned());
        let more = passed.saturating_sub(self.passed.len());
        says.extend((more > 0).then(|| format!("and {more} more")));
        // Of the run, which may not pass.
        line("notice", None, &last.tally.conclusion().to_string(), &says.join("\n"))
    }
}

fn line(command: &str, place: Option<&Location>, title: &str, text: &str) -> String {
    let mut properties = format!("title={}", property(&format!("dhi: {title}")));
    if let Some(Location { file, line }) = place {
        let _ = write!(properties, ",file={},line={line}", property(&printable(file)));
    }
    format!("::{command} {properties}::{}\n", data(text))
}

/// As the toolkit of GitHub Actions escapes the text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As it escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic, Exit, Remedy};
    use crate::evidence::Tally;
    use crate::policy::BuiltIn;
    use crate::report::ItemResult;
    use crate::report::words::OneText;

    #[test]
    fn no_text_ends_its_line_or_its_property() {
        let evil = "a\r\n::error title=x,file=y::z%0A\u{2028}";
        let diagnostic =
            Diagnostic::new(Code::ATTEST_NONE, evil).fact(evil, evil).remedy(Remedy::CompareName);
        let places = vec![Location { file: evil.to_owned(), line: 7 }];
        let thing = ReportItem {
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
        let error = github.add(&thing, &OneText(evil));
        let mut tally = Tally::default();
        github.add(
            &ReportItem { conclusion: Conclusion::Pass, result: ItemResult::Checks(&[]), ..thing },
            &OneText(evil),
        );
        tally.add(&Conclusion::Pass, Exit::Pass);
        let notice = github.finish(LastLine { tally: &tally, policy: BuiltIn::Attested, objects: None });
        let text = error + &notice;
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let [error, notice] = lines.as_slice() else { panic!("{text}") };
        let (properties, _) = error.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let names: Vec<&str> = properties.split(',').map(|part| part.split_once('=').unwrap().0).collect();
        assert_eq!(names, ["title", "file", "line"]);
        assert!(notice.starts_with("::notice title=dhi%3A pass::"), "{notice}");
    }
}
