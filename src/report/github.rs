//! Workflow commands of GitHub Actions: errors and warnings that a run shows beside its log. Every line is a
//! command, and nothing in it ends the line or a property, so text from outside cannot issue a command of its own.

use std::fmt::Write;

use super::Words;
use super::item::{Location, ReportItem};
use super::style::{Style, printable};
use super::table::{Severity, problem};

/// A command for each finding, and a notice that says what became of the thing.
pub(super) fn lines(thing: &ReportItem<'_>, words: &dyn Words) -> String {
    let mut out = String::new();
    let name = printable(&thing.reference);
    for found in thing.findings() {
        let severity = Severity::of(found.outcome);
        let command = match severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        let text = problem(severity, &found.problem, &found.scopes, words, Style::default());
        let text = format!("{name}: {}", text.trim_end());
        if thing.places.is_empty() {
            line(&mut out, command, None, found.problem.code.as_str(), &text);
        }
        for place in &thing.places {
            line(&mut out, command, Some(place), found.problem.code.as_str(), &text);
        }
    }
    let mut says = vec![format!("{name}: {}", thing.says())];
    says.extend(thing.digest.map(|digest| digest.to_string()));
    says.push(format!("{}  policy {}", thing.conclusion, printable(thing.policy)));
    says.extend(thing.not_checked());
    line(&mut out, "notice", None, thing.conclusion.word().as_str(), &says.join("\n"));
    out
}

fn line(out: &mut String, command: &str, place: Option<&Location>, title: &str, text: &str) {
    let mut properties = format!("title={}", property(&format!("dhi: {title}")));
    if let Some(Location { file, line }) = place {
        let _ = write!(properties, ",file={},line={line}", property(&printable(file)));
    }
    let _ = writeln!(out, "::{command} {properties}::{}", data(text));
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
    use crate::diagnostic::{Code, Diagnostic, Remedy};
    use crate::evidence::Conclusion;
    use crate::report::words::OneText;

    #[test]
    fn no_text_ends_its_line_or_its_property() {
        let evil = "a\r\n::error title=x,file=y::z%0A\u{2028}";
        let problem = Diagnostic::new(Code::ATTEST_NONE, evil).fact(evil, evil).remedy(Remedy::CompareName);
        let places = vec![Location { file: evil.to_owned(), line: 7 }];
        let thing = ReportItem {
            reference: evil.to_owned(),
            digest: None,
            places,
            headline: None,
            result: Err(&problem),
            conclusion: Conclusion::Fail,
            policy: evil,
            left_out: vec![evil.to_owned()],
        };
        let text = lines(&thing, &OneText(evil));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        let [error, notice] = lines.as_slice() else { panic!("{text}") };
        let (properties, _) = error.strip_prefix("::error ").unwrap().split_once("::").unwrap();
        let names: Vec<&str> = properties.split(',').map(|part| part.split_once('=').unwrap().0).collect();
        assert_eq!(names, ["title", "file", "line"]);
        assert!(notice.starts_with("::notice title=dhi%3A fail::"), "{notice}");
    }
}
