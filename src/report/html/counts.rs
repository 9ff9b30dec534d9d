//! The findings of each severity before and after statements were applied: numbers, with a bar for each.

use super::subject::Subject;
use super::writer::{Attribute, FixedName, Html, LengthName, Tag, class};
use crate::report::vex::run::AppliedRun;
use crate::vex::Severity;

/// Width of a whole bar, in the units of the picture.
const WIDTH: usize = 1000;
/// Height of a bar.
const HEIGHT: usize = 10;

/// How many findings of one severity there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    found: usize,
    suppressed: usize,
}

/// The table. The bars repeat its numbers.
pub(super) fn counts(html: &mut Html, subjects: &[Subject<'_>]) {
    let rows = Severity::ALL.map(|severity| (severity, count(subjects, severity)));
    let most = rows.iter().map(|(_, count)| count.found).max().unwrap_or_default();
    let total = rows.iter().fold(Count::default(), |sum, (_, count)| sum.plus(*count));
    html.element(Tag::Table, &[class("counts")], |html| {
        html.says(Tag::Caption, &[class("hidden")], "Findings by severity, before and after");
        html.element(Tag::Thead, &[], |html| {
            html.element(Tag::Tr, &[], |html| {
                for name in ["Severity", "Found", "Suppressed", "Remain"] {
                    html.says(Tag::Th, &[Attribute::Fixed(FixedName::Scope, "col")], name);
                }
                let legend = [class("legend"), Attribute::Fixed(FixedName::Scope, "col")];
                html.element(Tag::Th, &legend, legend_text);
            });
        });
        html.element(Tag::Tbody, &[], |html| {
            // The most severe first. `unknown` and `negligible` only if there are any.
            let is_shown = |severity: Severity, count: &Count| severity >= Severity::Low || count.found > 0;
            for (severity, count) in rows.iter().rev().filter(|(severity, count)| is_shown(*severity, count))
            {
                row(html, severity.id(), *count, Some(most));
            }
            row(html, "all", total, None);
        });
    });
}

fn legend_text(html: &mut Html) {
    html.says(Tag::Span, &[class("key remain")], "remain");
    html.sentence(" ");
    html.says(Tag::Span, &[class("key gone")], "suppressed");
}

fn row(html: &mut Html, name: &'static str, count: Count, most: Option<usize>) {
    html.line();
    let attributes: &[Attribute<'_>] =
        if most.is_none() { &[class("total")] } else { &[Attribute::Fixed(FixedName::DataSeverity, name)] };
    html.element(Tag::Tr, attributes, |html| {
        html.element(Tag::Th, &[Attribute::Fixed(FixedName::Scope, "row")], |html| {
            html.says(Tag::Span, &[class("severity")], name);
        });
        for number in [count.found, count.suppressed, count.remaining()] {
            html.says(Tag::Td, &[class("number")], &number.to_string());
        }
        html.element(Tag::Td, &[class("bar")], |html| {
            if let Some(most) = most {
                bar(html, name, count, most);
            }
        });
    });
}

/// A bar: what remains is filled, what is suppressed is an outline.
fn bar(html: &mut Html, name: &str, count: Count, most: usize) {
    let scaled = |number: usize| number.saturating_mul(WIDTH).checked_div(most).unwrap_or_default();
    let (all, remaining) = (scaled(count.found), scaled(count.remaining()));
    let label = format!("{name}: {} of {} remain", count.remaining(), count.found);
    let svg = [
        Attribute::Fixed(FixedName::Role, "img"),
        Attribute::Label(&label),
        Attribute::ViewBox(WIDTH, HEIGHT),
        Attribute::Fixed(FixedName::PreserveAspectRatio, "none"),
    ];
    let rect = |html: &mut Html, kind, x, width| {
        let lengths = [
            class(kind),
            Attribute::Length(LengthName::X, x),
            Attribute::Length(LengthName::Y, 0),
            Attribute::Length(LengthName::Width, width),
            Attribute::Length(LengthName::Height, HEIGHT),
        ];
        html.element(Tag::Rect, &lengths, |_| {});
    };
    html.element(Tag::Svg, &svg, |html| {
        if all > remaining {
            rect(html, "gone", remaining, all - remaining);
        }
        if remaining > 0 {
            rect(html, "remain", 0, remaining);
        }
    });
}

fn count(subjects: &[Subject<'_>], severity: Severity) -> Count {
    let findings = subjects.iter().filter_map(Subject::run).flat_map(AppliedRun::findings);
    findings.filter(|found| found.finding.severity == severity).fold(Count::default(), |count, found| Count {
        found: count.found + 1,
        suppressed: count.suppressed + usize::from(found.is_suppressed()),
    })
}

impl Count {
    fn remaining(self) -> usize {
        self.found.saturating_sub(self.suppressed)
    }

    fn plus(self, other: Self) -> Self {
        Self { found: self.found + other.found, suppressed: self.suppressed + other.suppressed }
    }
}
