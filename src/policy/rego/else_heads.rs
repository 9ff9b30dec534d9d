//! The values in front of an `else`.
//!
//! If a body holds and its value is undefined, OPA takes the `else`. The engine does not: the rule is undefined, so a
//! violation that depends on the `else` would not fire. Such a value is therefore refused unless it is always defined.

use std::collections::BTreeSet;

use regorus::unstable::{AssignOp, BoolOp, Expr, Literal, Module, Query, Rule, RuleBody, RuleHead};

use super::error::Error;
use super::syntax::{is_function, reference, rule_path};

/// Refuses a module with a value in front of an `else` that can be undefined.
pub(super) fn check(origin: &str, module: &Module) -> Result<(), Error> {
    let names = Names::of(module);
    for rule in &module.policy {
        let Rule::Spec { head, bodies, .. } = &**rule else { continue };
        let (refr, args, first) = match head {
            RuleHead::Compr { refr, assign, .. } => (refr, &[][..], assign.as_ref()),
            RuleHead::Func { refr, args, assign, .. } => (refr, &args[..], assign.as_ref()),
            RuleHead::Set { refr, .. } => (refr, &[][..], None),
        };
        let before_else = |at: usize| bodies.get(at + 1).is_some_and(|next: &RuleBody| next.is_else);
        for (at, body) in bodies.iter().enumerate().filter(|(at, _)| before_else(*at)) {
            // A part of a rule for each key, and not one rule: OPA has no `else` there.
            let is_open = reference(refr).is_none_or(|refr| refr.is_open);
            let assign = if at == 0 { first } else { body.assign.as_ref() };
            let value = assign.map(|assign| &*assign.value);
            let locals = locals(args.iter().map(|arg| &**arg), &body.query);
            if is_open || value.is_some_and(|value| !names.is_defined(value, &locals)) {
                let span = value.map_or(&body.span, Expr::span);
                let cause = format!(
                    "the value `{}` in front of `else` can be undefined: give it to a variable in the body",
                    span.text().split_whitespace().collect::<Vec<_>>().join(" ")
                );
                return Err(Error::contract(origin, span.line, cause));
            }
        }
    }
    Ok(())
}

/// The names of a module that are no local variables.
pub(super) struct Names<'a> {
    /// Rules that always have a value.
    defined: BTreeSet<String>,
    /// Other rules, and imports.
    open: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(module: &'a Module) -> Self {
        let mut names = Self { defined: BTreeSet::new(), open: BTreeSet::from(["data"]) };
        for import in &module.imports {
            let last = import.refr.span().text().rsplit('.').next();
            names.open.extend(import.r#as.as_ref().map(regorus::unstable::Span::text).or(last));
        }
        for rule in &module.policy {
            let refr = match &**rule {
                Rule::Default { refr, .. } => refr,
                Rule::Spec { head, .. } => match head {
                    RuleHead::Compr { refr, .. }
                    | RuleHead::Set { refr, .. }
                    | RuleHead::Func { refr, .. } => refr,
                },
            };
            names.open.extend(reference(refr).map(|refr| refr.root));
            let is_always = match &**rule {
                Rule::Default { .. } => true,
                Rule::Spec { head: RuleHead::Compr { assign: Some(value), .. }, bodies, .. } => {
                    bodies.is_empty() && is_literal(&value.value)
                }
                Rule::Spec { .. } => false,
            };
            if let ([name], true) = (&rule_path(rule)[..], is_always && !is_function(rule)) {
                names.defined.insert(name.clone());
            }
        }
        names
    }

    /// Whether `expr` has a value whenever the body with these local variables holds.
    pub(super) fn is_defined(&self, expr: &Expr, locals: &BTreeSet<&str>) -> bool {
        let mut work = vec![expr];
        while let Some(expr) = work.pop() {
            let is_defined = match expr {
                Expr::Var { span, .. } => {
                    let name = span.text();
                    locals.contains(name) || self.defined.contains(name) || !self.open.contains(name)
                }
                Expr::Array { items, .. } | Expr::Set { items, .. } => {
                    work.extend(items.iter().map(|item| &**item));
                    true
                }
                Expr::Object { fields, .. } => {
                    work.extend(fields.iter().flat_map(|(_, key, value)| [&**key, &**value]));
                    true
                }
                // An element without a value is left out.
                Expr::ArrayCompr { .. } | Expr::SetCompr { .. } | Expr::ObjectCompr { .. } => true,
                Expr::BoolExpr { op: BoolOp::Eq | BoolOp::Ne, lhs, rhs, .. } => {
                    work.extend([&**lhs, &**rhs]);
                    true
                }
                Expr::RefDot { .. } => reference(expr).is_some_and(|path| path.name() == "data.config"),
                _ => is_literal(expr),
            };
            if !is_defined {
                return false;
            }
        }
        true
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::String { .. }
        | Expr::RawString { .. }
        | Expr::Number { .. }
        | Expr::Bool { .. }
        | Expr::Null { .. } => true,
        Expr::UnaryExpr { expr, .. } => matches!(**expr, Expr::Number { .. }),
        _ => false,
    }
}

/// The variables that the parameters of a function and the statements of a body define.
pub(super) fn locals<'a>(args: impl Iterator<Item = &'a Expr>, body: &'a Query) -> BTreeSet<&'a str> {
    let mut patterns: Vec<&Expr> = args.collect();
    for statement in &body.stmts {
        match &statement.literal {
            Literal::SomeIn { key, value, .. } => {
                patterns.extend(key.iter().map(|key| &**key));
                patterns.push(value);
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = &**expr {
                    patterns.push(lhs);
                }
            }
            Literal::SomeVars { .. } | Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    let mut found = BTreeSet::new();
    while let Some(pattern) = patterns.pop() {
        match pattern {
            Expr::Var { span, .. } => {
                found.insert(span.text());
            }
            Expr::Array { items, .. } => patterns.extend(items.iter().map(|item| &**item)),
            Expr::Object { fields, .. } => patterns.extend(fields.iter().map(|(_, _, value)| &**value)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::{Code, ToDiagnostic as _};
    use crate::policy::rego::{Error, RegoPolicy};

    fn parsed(rest: &str) -> Result<RegoPolicy, Error> {
        let rules = "default pass := false\nviolation contains {\"message\": \"x\"} if false\n";
        RegoPolicy::parse("p.rego", &format!("package docker.scout\nimport rego.v1\n{rules}{rest}"))
    }

    #[test]
    fn a_value_before_else_that_can_be_undefined_is_refused() {
        for rest in [
            "f(x) := upper(x) if x != \"\" else := \"none\"",
            "f(x) := x.cvss.severity if { x.id } else := \"none\"",
            "f(x) := \"a\" if x == 1 else := x.b if x.c else := \"none\"",
            "f(x) := [x.b] if x.c else := []",
            "f(x) := {\"a\": x + 1} if x else := {}",
            "r := input.a if { true } else := \"none\"",
            "r := q if { true } else := \"none\"\nq := 1 if input.a",
            "r := q if { y := [q | some q in [1]]; count(y) == 1 } else := 2\nq := input.a",
            "r := to_number(\"a\") if { true } else := 1",
            "f(x) := data.config.a if x else := 1",
            "p[x] := 1 if { some x in [1] } else := 2",
        ] {
            let error = parsed(rest).map(|_| ()).expect_err(rest);
            assert_eq!(error.code(), Code::POLICY_CONTRACT, "{rest}: {error}");
            assert_eq!(error.line(), 5, "{rest}: {error}");
        }
        let error = parsed("f(x) := upper(\n\tx) if x != 1 else := 1").unwrap_err();
        let expected = "p.rego:5: not a policy: the value `upper( x)` in front of `else` can be undefined: give it to \
                        a variable in the body";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_value_before_else_that_is_always_defined_is_accepted() {
        for rest in [
            "f(x) := y if y := upper(x) else := \"none\"",
            "f(x) := x if x != \"\" else := upper(x)",
            "f(x) := {\"a\": [x, -1, true, null]} if x else := {}",
            "f(x) := [y | some y in x.z] if x else := []",
            "f(x) := x == 1 if x else := false",
            "f(x) := q if x else := 1\ndefault q := 2\nq := input.q",
            "f(x) := q if x else := 1\nq := 2",
            "f(q) := q if q else := 1\nq := input.q",
            "f(x) := data.config if x else := {}",
            "f(x) := y if [y, _] = x else := {}",
            "r if { input.a } else := false",
            "r := 1 if input.a else := 2 if input.b else := input.c",
        ] {
            assert_eq!(parsed(rest).map(|_| ()), Ok(()), "{rest}");
        }
    }
}
