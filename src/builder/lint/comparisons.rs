//! Comparisons in expressions whose result is always the same.

use std::ops::Range;

use super::linter::{Linter, shown, similar};
use super::texts::{Place, Usage, places};
use crate::builder::definition::{Keyword, Rule, TargetPlatform};
use crate::builder::template::{
    Condition, Expression, Kind, Name, Node, Part, Path, Piece, TargetFact, Template,
};

/// What other programs call the architectures.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("aarch64", "arm64"),
    ("aarch_64", "arm64"),
    ("armv8", "arm64"),
    ("x64", "amd64"),
    ("x86-64", "amd64"),
    ("x86_64", "amd64"),
];

pub(super) fn check(linter: &mut Linter<'_>) {
    for entry in &linter.definition.vars {
        let place = Place {
            text: &entry.value.value,
            range: entry.value.range.clone(),
            usage: Usage::Passed,
            stage: None,
        };
        check_text(linter, &place, Kind::Variable);
    }
    for place in places(linter.definition) {
        match place.usage {
            Usage::Condition => {
                if let Ok(condition) = Condition::parse(place.text) {
                    check_expression(linter, &place, condition.expression());
                }
            }
            _ => check_text(linter, &place, place.kind()),
        }
    }
}

fn check_text(linter: &mut Linter<'_>, place: &Place<'_>, kind: Kind) {
    let Ok(template) = Template::parse(place.text, kind) else { return };
    for part in template.parts() {
        if let Part::Expression { expression, .. } = part {
            check_expression(linter, place, expression);
        }
    }
}

fn check_expression(linter: &mut Linter<'_>, place: &Place<'_>, expression: &Expression<'_>) {
    let mut found = Vec::new();
    collect(expression, &mut found);
    for Compared { text, range, is_equal } in found {
        let names = TargetPlatform::ALL.iter().map(|platform| platform.architecture());
        if names.clone().any(|name| name == text) {
            continue;
        }
        let known = OTHER_NAMES.iter().find(|(other, _)| text.eq_ignore_ascii_case(other));
        let meant = known.map(|(_, name)| *name).or_else(|| similar(text, names.clone()));
        let result = if is_equal { "never" } else { "always" };
        let message = format!("this comparison is {result} true: `target.arch` is not `{}`", shown(text));
        let written = place.range_of(linter.text, range);
        let mut finding = linter.finding(Rule::FIXED_COMPARISON, written.clone(), message);
        finding = finding.note(format!("`target.arch` is `{}`", names.collect::<Vec<_>>().join("` or `")));
        if let Some(meant) = meant.filter(|_| linter.text.get(written.clone()) == Some(text)) {
            finding = finding.suggest(written, meant);
        }
        linter.report(finding);
    }
}

/// A literal that the architecture is compared with, and its bytes without quotes.
struct Compared<'t> {
    text: &'t str,
    range: Range<usize>,
    is_equal: bool,
}

fn collect<'t>(expression: &Expression<'t>, found: &mut Vec<Compared<'t>>) {
    match &expression.node {
        Node::Text(_) | Node::Boolean(_) | Node::Number(_) | Node::Path(_) => {}
        Node::Not(operand) => collect(operand, found),
        Node::Join(operands) | Node::All(operands) | Node::Any(operands) => {
            operands.iter().for_each(|operand| collect(operand, found));
        }
        Node::Compare { first, others } => {
            collect(first, found);
            others.iter().for_each(|(_, operand)| collect(operand, found));
            // A second comparison is one with the result of the first.
            if let Some((is_equal, second)) = others.first() {
                let literal = match (is_architecture(first), is_architecture(second)) {
                    (true, false) => literal(second),
                    (false, true) => literal(first),
                    _ => None,
                };
                found.extend(literal.map(|(text, range)| Compared { text, range, is_equal: *is_equal }));
            }
        }
        Node::Choose(choice) => {
            [&choice.condition, &choice.yes, &choice.no].into_iter().for_each(|part| collect(part, found));
        }
    }
}

fn is_architecture(expression: &Expression<'_>) -> bool {
    match &expression.node {
        Node::Path(Path::Target(fact)) => *fact == TargetFact::Arch,
        Node::Text(pieces) => match pieces.as_slice() {
            [Piece::Reference(reference)] => reference.name == Name::Target(TargetFact::Arch),
            _ => false,
        },
        _ => false,
    }
}

/// A text without templates. Its bytes in the text of the template have quotes around them.
fn literal<'t>(expression: &Expression<'t>) -> Option<(&'t str, Range<usize>)> {
    let Node::Text(pieces) = &expression.node else { return None };
    let text = match pieces.as_slice() {
        [] => "",
        [Piece::Text(text)] => text,
        _ => return None,
    };
    let range = expression.range.start..expression.range.end;
    let is_quoted = range.len() == text.len() + 2;
    Some((text, if is_quoted && !text.is_empty() { range.start + 1..range.end - 1 } else { range }))
}
