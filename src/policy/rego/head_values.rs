//! Values of rules that can be undefined, moved from the heads into the bodies.
//!
//! `p contains x.y if some x in z` has each `x.y` that is defined. The engine forgets all of them, or ends with an error,
//! when one value of the head is undefined. A statement without a value is left out as it should be, so the engine
//! evaluates `p contains v if { some x in z; v := x.y }`. Everything else stays as it is, and so do the line numbers behind
//! each rule.

use std::ops::Range;

use regorus::unstable::{Expr, Module, Rule, RuleAssign, RuleBody, RuleHead, Span};

use super::else_heads::{Names, locals};
use super::syntax::reference;

/// A module as the engine evaluates it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) text: String,
    pub(super) lines: Lines,
}

/// The lines of a file that the lines of the evaluated text are made of. Empty: the same lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    /// The line of the file, both from 1.
    pub(super) fn of(&self, line: usize) -> usize {
        line.checked_sub(1).and_then(|at| self.0.get(at)).copied().unwrap_or(line)
    }
}

/// A part of the text that is made.
enum Piece {
    /// A part of the file.
    Of(Range<usize>),
    /// Another text, without line breaks.
    Text(String),
}

/// At this place of the file, the text up to the end is replaced.
struct Edit {
    place: Range<usize>,
    pieces: Vec<Piece>,
}

/// The module with the values moved. `None` if there are none.
///
/// # Errors
///
/// The line of a rule whose value is not found in the text.
pub(super) fn moved(source: &str, module: &Module) -> Result<Option<Moved>, u32> {
    let names = Names::of(module);
    let free = (0_usize..).map(|number| format!("head_value_{number}"));
    let mut free = free.filter(|name| !source.contains(name.as_str()));
    let (value, key) = (free.next().unwrap_or_default(), free.next().unwrap_or_default());
    let mut edits = Vec::new();
    for rule in &module.policy {
        edits.extend(of_rule(rule, &names, source, &value, &key).ok_or(rule.span().line)?);
    }
    if edits.is_empty() {
        return Ok(None);
    }
    edits.sort_by_key(|edit| (edit.place.start, edit.place.end));
    let mut pieces = Vec::new();
    let mut at = 0;
    for edit in edits {
        pieces.push(Piece::Of(at..edit.place.start));
        at = edit.place.end;
        pieces.extend(edit.pieces);
    }
    pieces.push(Piece::Of(at..source.len()));
    Ok(Some(written(source, pieces)))
}

/// The edits of one rule. `None` if a part is not where it should be.
fn of_rule(rule: &Rule, names: &Names<'_>, source: &str, value: &str, key: &str) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    let Rule::Spec { span, head, bodies } = rule else { return Some(edits) };
    let (args, first) = match head {
        RuleHead::Set { refr, key, span } => {
            (&[][..], key.as_ref().map(|key| (&**key, after_contains(refr, span))))
        }
        RuleHead::Compr { assign, .. } => (&[][..], assign.as_ref().map(in_assign)),
        RuleHead::Func { args, assign, .. } => (&args[..], assign.as_ref().map(in_assign)),
    };
    let computed = match head {
        RuleHead::Compr { refr, .. } => computed_key(refr),
        RuleHead::Set { .. } | RuleHead::Func { .. } => None,
    };
    let is_defined = |expr: &Expr, body: Option<&RuleBody>| {
        let args = args.iter().map(|arg| &**arg);
        names.is_defined(expr, &body.map(|body| locals(args, &body.query)).unwrap_or_default())
    };
    // All bodies that are no `else` have the value of the head.
    let is_of_head = |body: &&RuleBody| !body.is_else;
    let heads = || bodies.iter().filter(is_of_head).map(Some).chain(bodies.is_empty().then_some(None));
    let mut statements: Vec<(String, Range<usize>)> = Vec::new();
    if let Some((expr, place)) = computed.filter(|(expr, _)| heads().any(|body| !is_defined(expr, body))) {
        edits.push(Edit { place: place.clone(), pieces: vec![Piece::Text(key.to_owned())] });
        statements.push((key.to_owned(), checked(place, expr, source)?));
    }
    if let Some((expr, place)) = first.filter(|(expr, _)| heads().any(|body| !is_defined(expr, body))) {
        edits.push(Edit { place: place.clone(), pieces: vec![Piece::Text(format!(" {value}"))] });
        statements.push((value.to_owned(), checked(place, expr, source)?));
    }
    for body in bodies.iter().filter(is_of_head) {
        edits.extend(in_body(body, &statements)?);
    }
    if bodies.is_empty() && !statements.is_empty() {
        edits.push(new_body(end(head_span(head)), &statements));
    }
    for body in bodies.iter().filter(|body| body.is_else) {
        let Some((expr, place)) = body.assign.as_ref().map(in_assign) else { continue };
        if !is_defined(expr, Some(body)) {
            edits.push(Edit { place: place.clone(), pieces: vec![Piece::Text(format!(" {value}"))] });
            let statement = (value.to_owned(), checked(place.clone(), expr, source)?);
            if body.query.stmts.is_empty() {
                edits.push(new_body(place.end, &[statement]));
            } else {
                edits.extend(in_body(body, &[statement])?);
            }
        }
    }
    // An edit outside the rule would change another one.
    let whole = range(span);
    edits.iter().all(|edit| edit.place.start >= whole.start).then_some(edits)
}

/// The edits that add these statements at the end of a body.
fn in_body(body: &RuleBody, statements: &[(String, Range<usize>)]) -> Option<Vec<Edit>> {
    if statements.is_empty() {
        return Some(Vec::new());
    }
    let (first, last) = (body.query.stmts.first()?, body.query.stmts.last()?);
    // A single statement can be without braces.
    let is_bare = first.span.start == body.query.span.start;
    let (start, end) = (range(&first.span).start, end(&last.span));
    let mut edits = Vec::new();
    if is_bare {
        edits.push(Edit { place: start..start, pieces: vec![Piece::Text("{".to_owned())] });
    }
    let mut pieces = Vec::new();
    for statement in statements {
        pieces.push(Piece::Text("; ".to_owned()));
        pieces.extend(assigned(statement));
    }
    pieces.extend(is_bare.then(|| Piece::Text("}".to_owned())));
    edits.push(Edit { place: end..end, pieces });
    Some(edits)
}

/// The edit that adds a body with these statements.
fn new_body(at: usize, statements: &[(String, Range<usize>)]) -> Edit {
    let mut pieces = vec![Piece::Text(" if {".to_owned())];
    for (number, statement) in statements.iter().enumerate() {
        pieces.extend((number > 0).then(|| Piece::Text("; ".to_owned())));
        pieces.extend(assigned(statement));
    }
    pieces.push(Piece::Text("}".to_owned()));
    Edit { place: at..at, pieces }
}

/// `name := value`.
fn assigned((name, value): &(String, Range<usize>)) -> [Piece; 2] {
    [Piece::Text(format!("{name} :=")), Piece::Of(value.clone())]
}

/// The value of an assignment, and its place behind `:=` or `=`.
fn in_assign(assign: &RuleAssign) -> (&Expr, Range<usize>) {
    let whole = range(&assign.span);
    let operator = assign.span.text().chars().take_while(|c| matches!(c, ':' | '=')).count();
    (&*assign.value, whole.start + operator..whole.end)
}

/// The place of the element of a set, behind `contains`.
fn after_contains(refr: &Expr, head: &Span) -> Range<usize> {
    const CONTAINS: &str = "contains";
    let (start, whole) = (end(refr.span()), range(head));
    let rest = head.text().get(start.saturating_sub(whole.start)..).unwrap_or_default();
    let at = rest.find(CONTAINS).map_or(rest.len(), |at| at + CONTAINS.len());
    start + at..whole.end
}

/// The computed key of a rule, and its place.
fn computed_key(refr: &Expr) -> Option<(&Expr, Range<usize>)> {
    let Expr::RefBrack { span, index, .. } = refr else { return None };
    let is_computed = reference(refr).is_some_and(|reference| reference.is_open);
    // The span ends in front of the last bracket.
    let before = span.source.get_contents().get(..range(index.span()).start)?;
    let start = before.rfind('[')? + 1;
    is_computed.then(|| (&**index, start..end(span)))
}

/// The place, if the expression is in it.
fn checked(place: Range<usize>, expr: &Expr, source: &str) -> Option<Range<usize>> {
    let inner = range(expr.span());
    let is_in = place.start <= inner.start && inner.end <= place.end;
    let text = source.get(place.clone())?.trim_start();
    // What is in front of the expression can only be brackets.
    let is_whole = text.chars().next().is_some_and(|c| c.is_alphanumeric() || "_\"`([{-".contains(c));
    (is_in && is_whole).then_some(place)
}

fn head_span(head: &RuleHead) -> &Span {
    match head {
        RuleHead::Compr { span, .. } | RuleHead::Set { span, .. } | RuleHead::Func { span, .. } => span,
    }
}

/// The place of a part of the file, with the quotes of a text at its ends, which are in no span.
fn range(span: &Span) -> Range<usize> {
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    let (start, end) = (place(span.start), place(span.end));
    let is_quote = |at: usize| matches!(span.source.get_contents().as_bytes().get(at), Some(b'"' | b'`'));
    let before = start.checked_sub(1).filter(|before| is_quote(*before));
    before.unwrap_or(start)..end + usize::from(is_quote(end))
}

fn end(span: &Span) -> usize {
    range(span).end
}

/// The text of these pieces, and the lines of the file that its lines begin with.
fn written(source: &str, pieces: Vec<Piece>) -> Moved {
    let starts: Vec<usize> =
        std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line_of = |at: usize| starts.partition_point(|start| *start <= at);
    let (mut text, mut lines) = (String::with_capacity(source.len()), vec![1]);
    for piece in pieces {
        match piece {
            Piece::Text(added) => text.push_str(&added),
            Piece::Of(range) => {
                let part = source.get(range.clone()).unwrap_or_default();
                lines.extend(part.match_indices('\n').map(|(at, _)| line_of(range.start + at) + 1));
                text.push_str(part);
            }
        }
    }
    Moved { text, lines: Lines(lines) }
}

#[cfg(test)]
mod tests {
    use super::super::syntax;
    use super::*;

    fn text(rules: &str) -> Option<Moved> {
        let source = format!("package p\n{rules}\n");
        let (_, module) = syntax::parse("p.rego", &source).unwrap();
        let moved = moved(&source, &module).unwrap()?;
        syntax::parse("p.rego", &moved.text).unwrap();
        Some(moved)
    }

    #[test]
    fn values_that_can_be_undefined_are_in_the_bodies() {
        for (rules, expected) in [
            ("a := 1 if input.x\nelse := input.y", "a := 1 if input.x\nelse := v if {v := input.y}"),
            ("a contains x.y if some x in input.z", "a contains v if {some x in input.z; v := x.y}"),
            ("a := x.y if { some x in input.z }", "a := v if { some x in input.z; v := x.y }"),
            ("f(x) := x.y", "f(x) := v if {v := x.y}"),
            (
                "a contains input[\"x\"] if \"b\" in input.c",
                "a contains v if {\"b\" in input.c; v := input[\"x\"]}",
            ),
            (
                "a contains [input.x, \"\"] if { input.c == `d` }",
                "a contains v if { input.c == `d`; v := [input.x, \"\"] }",
            ),
            (
                "a[concat(\"\", [\"x\"])] := 1 if \"b\" == \"c\"",
                "a[k] := 1 if {\"b\" == \"c\"; k :=concat(\"\", [\"x\"])}",
            ),
            ("a[[input.x, \"y\"]] := \"z\" if input.x", "a[k] := \"z\" if {input.x; k :=[input.x, \"y\"]}"),
            ("a[x.k] := x.y if some x in input.z", "a[k] := v if {some x in input.z; k :=x.k; v := x.y}"),
            (
                "a := 1 if input.x\nelse := input.y if input.z",
                "a := 1 if input.x\nelse := v if {input.z; v := input.y}",
            ),
            (
                "a.b contains (input.x) if input.s == {1}",
                "a.b contains v if {input.s == {1}; v := (input.x)}",
            ),
            (
                "a contains \"b c\" if not input.x\nd = input.e",
                "a contains \"b c\" if not input.x\nd = v if {v := input.e}",
            ),
        ] {
            let moved = text(rules).unwrap().text.replace("head_value_0", "v").replace("head_value_1", "k");
            assert_eq!(moved, format!("package p\n{expected}\n"), "{rules}");
        }
        for rules in
            ["a := 1", "a if input.x", "a contains x if some x in input.z", "a := [x.y | some x in input.z]"]
        {
            assert_eq!(text(rules), None, "{rules}");
        }
    }

    #[test]
    fn lines_behind_a_rule_stay() {
        let rules =
            "a contains {\n\t\"x\": b.y,\n\t\"z\": 1,\n} if {\n\tsome b in input.z # c\n\tb.w\n}\n\nd := 1\n";
        let moved = text(rules).unwrap();
        let line = |of: &str, word: &str| of.lines().position(|line| line.contains(word)).unwrap() + 1;
        let source = format!("package p\n{rules}\n");
        assert_eq!(moved.text.lines().count(), source.lines().count());
        for word in ["some b", "b.w", "b.y", "\"z\": 1", "d := 1"] {
            let made = line(&moved.text, word);
            let near = moved.lines.of(made).abs_diff(line(&source, word));
            assert!(near == 0, "{word}: {} {}", moved.lines.of(made), moved.text);
        }
        assert_eq!(Lines::default().of(7), 7);
    }
}
