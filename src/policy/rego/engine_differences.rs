//! Constructs that the engine evaluates in another way than OPA.
//!
//! A rule with one of them fires where it does not in OPA, or the other way round. Each has another form that both
//! evaluate alike, so it is refused when the file is read. `else_heads` has one more.

use std::collections::BTreeSet;

use regorus::unstable::{Expr, Module, Rule, RuleHead};

use super::calls::PACKAGE;
use super::error::Error;
use super::syntax::{Part, Reference, parts, reference, rule_path};

/// Refuses a module that has one of them.
pub(super) fn check(origin: &str, module: &Module) -> Result<(), Error> {
    let rules: BTreeSet<String> =
        module.policy.iter().filter_map(|rule| rule_path(rule).into_iter().next()).collect();
    let mut found = Vec::new();
    for rule in &module.policy {
        if let Some(cause) = head(rule) {
            found.push((rule.span().line, cause));
        }
        let parts = parts(rule);
        let local =
            |part: &Part<'_>| if let Part::Local(name) = part { Some((*name).to_owned()) } else { None };
        let locals: BTreeSet<String> = parts.iter().filter_map(local).collect();
        let is_rule = |of: &Reference<'_>| match of.root {
            "data" => of.members.iter().take(PACKAGE.len()).eq(&PACKAGE),
            root => rules.contains(root) && !locals.contains(root),
        };
        for part in &parts {
            match part {
                // In OPA it matches objects with these members alone, here also those with more.
                Part::ObjectPattern { line } => {
                    let cause =
                        "an object cannot be taken apart by a pattern: compare it with `==`, or its members";
                    found.push((*line, cause.to_owned()));
                }
                // The rule is evaluated with what is replaced, and can then be undefined.
                Part::With { value, line, .. } => {
                    if let Some(rule) = value.iter().find(|part| is_rule(part)) {
                        let name = rule.name();
                        let cause = format!("`with` replaces by `{name}`: give it to a variable in front");
                        found.push((*line, cause));
                    }
                }
                Part::Reference(_) | Part::Call { .. } | Part::Local(_) => {}
            }
        }
    }
    let first = found.into_iter().min_by_key(|(line, _)| *line);
    first.map_or(Ok(()), |(line, cause)| Err(Error::contract(origin, line, cause)))
}

/// What is wrong with the head of a rule: without an element it is undefined here, and `{}` in OPA.
fn head(rule: &Rule) -> Option<String> {
    let is_open = |refr: &Expr| reference(refr).is_none_or(|refr| refr.is_open);
    let is_wrong = match rule {
        Rule::Spec { head: RuleHead::Set { refr, .. }, .. } => is_open(refr),
        Rule::Spec { head: RuleHead::Compr { refr, .. }, .. } => match &**refr {
            // One computed key at the end is a rule like any other.
            Expr::RefBrack { refr: before, .. } => is_open(before),
            _ => is_open(refr),
        },
        _ => false,
    };
    let name = rule_path(rule).join(".");
    is_wrong
        .then(|| format!("`{name}` has a key inside its head: make it with one key, or by a comprehension"))
}

#[cfg(test)]
mod tests {
    use crate::policy::rego::{Error, RegoPolicy};

    fn parsed(rest: &str) -> Result<RegoPolicy, Error> {
        let rules = "default pass := false\nviolation contains {\"message\": \"x\"} if false\n";
        RegoPolicy::parse("p.rego", &format!("package docker.scout\nimport rego.v1\n{rules}{rest}"))
    }

    #[test]
    fn what_the_engine_evaluates_in_another_way_is_refused() {
        for (rest, says) in [
            ("a[x] contains y if some x, y in {\"b\": 1}", "p.rego:5: not a policy: `a` has a key inside"),
            ("a[x][y] := 1 if some x, y in {\"b\": 1}", "`a` has a key inside"),
            ("a[x].b := 1 if some x in [\"b\"]", "`a` has a key inside"),
            ("a := x if {\"b\": x} = input.c", "an object cannot be taken apart"),
            ("a := x if [{\"b\": x}] := input.c", "an object cannot be taken apart"),
            ("a := [x | some {\"b\": x} in input.c]", "an object cannot be taken apart"),
            ("f({\"b\": x}) := x\na := f(input.c)", "an object cannot be taken apart"),
            ("b := data.config.n\na if { input.c with data.config.n as b }", "`with` replaces by `b`"),
            ("f(x) := x\na if { input.c with data.config.n as f(1) }", "`with` replaces by `f`"),
            (
                "b := 1\na if { input.c with data.config.n as [data.docker.scout.b] }",
                "`with` replaces by `data.docker",
            ),
        ] {
            let Err(error) = parsed(rest) else { panic!("{rest} is accepted") };
            assert!(error.to_string().contains(says), "{rest}: {error}");
        }
    }

    #[test]
    fn other_forms_are_read() {
        for rest in [
            "a[x] := {y | some y in input.b} if some x in [\"c\"]",
            "a.b[x] := 1 if some x in [\"c\"]",
            "a.b contains x if some x in [\"c\"]",
            "a if {\"b\": 1} == input.c",
            "a := {\"b\": x} if x := input.c",
            "a := x if [x, 1] = input.c",
            "b := 1\na if { x := b; input.c with data.config.n as x }",
            "b := 1\na if { b := 2; input.c with data.config.n as b }",
            "a if { input.c with data.config as {\"n\": [input.d, 1]} }",
        ] {
            assert_eq!(parsed(rest).map(|_| ()), Ok(()), "{rest}");
        }
    }
}
