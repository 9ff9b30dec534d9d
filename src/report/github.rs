//! Workflow commands of GitHub Actions: errors, warnings and notices that a run shows as annotations.
//!
//! Every line is one command. Text is escaped so that it cannot end the line or a property, and so cannot add a
//! command.
//!
//! GitHub shows only the first ten annotations of each kind in a step: there is one for each item that did not pass,
//! and one for all items that passed.

use std::fmt::Write;

use super::item::{Location, ReportItem};
use super::style::{Style, printable};
use super::table::{Severity, render_diagnostic};
use super::{HintTexts, LastLine};
use crate::evidence::{Conclusion, ConclusionKind};

/// Number of passed items that are named.
const MAX_PASSED_NAMES: usize = 10;

/// The texts of passed items, for the notice at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Github {
    passed: Vec<String>,
}

impl Github {
    /// The command for an item that did not pass, or passed with warnings. Empty for other items.
    pub(super) fn add(&mut self, item: &ReportItem<'_>, texts: &dyn HintTexts) -> String {
        let name = printable(&item.reference);
        let findings = item.findings();
        let conclusion = &item.conclusion;
        if conclusion.kind() == ConclusionKind::Pass && self.passed.len() < MAX_PASSED_NAMES {
            let mut lines = vec![match conclusion {
                Conclusion::Excused(_) => format!("{name}: {conclusion}"),
                _ => format!("{name}: {}", item.claim_text()),
            }];
            lines.extend(item.digest.map(|digest| digest.to_string()));
            lines.extend(item.not_checked());
            self.passed.push(lines.join("\n"));
        }
        let first = findings.iter().find(|found| Severity::of(found.outcome) == Severity::Error);
        let (command, title) = match (conclusion, first) {
            (Conclusion::Pass | Conclusion::Excused(_), None) if findings.is_empty() => return String::new(),
            (Conclusion::Pass, _) => ("warning", "pass with warnings".to_owned()),
            (Conclusion::Excused(_) | Conclusion::NotJudged, None) => ("warning", conclusion.to_string()),
            (_, Some(found)) => ("error", format!("{conclusion} ({})", found.diagnostic.code)),
            (_, None) => ("error", conclusion.to_string()),
        };
        let mut lines = vec![format!("{name}: {conclusion}")];
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
        line(command, first, &title, &lines.join("\n"))
    }

    /// The notice for all passed items. Empty if none passed.
    pub(super) fn finish(&self, last: LastLine<'_>) -> String {
        let passed = last.tally.passed();
        if passed == 0 {
            return String::new();
        }
        let mut lines = vec![last.counts()];
        lines.extend(self.passed.iter().cloned());
        let more = passed.saturating_sub(self.passed.len());
        lines.extend((more > 0).then(|| format!("and {more} more")));
        // The title has the conclusion of the run, which may have failed.
        line("notice", None, &last.tally.conclusion().to_string(), &lines.join("\n"))
    }
}

fn line(command: &str, place: Option<&Location>, title: &str, text: &str) -> String {
    let mut properties = format!("title={}", property(&format!("dhi: {title}")));
    if let Some(Location { file, line }) = place {
        let _ = write!(properties, ",file={},line={line}", property(&printable(file)));
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
    use crate::report::ItemResult;
    use crate::report::hints::OneText;

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
        let error = github.add(&item, &OneText(evil));
        let mut tally = Tally::default();
        github.add(
            &ReportItem { conclusion: Conclusion::Pass, result: ItemResult::Checks(&[]), ..item },
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
