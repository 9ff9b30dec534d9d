//! What a module may refer to: its own rules, the offered functions, `input` and `data.config`.
//!
//! Anything else is refused when the file is read. The engine would find an unknown function only while it evaluates
//! the call, and other data would be undefined, so a policy could pass without it.

use std::collections::BTreeSet;

use regorus::unstable::{Import, Module};

use super::builtins::is_offered;
use super::error::Error;
use super::host::host_functions;
use super::syntax::{Part, Reference, is_function, parts, reference, rule_path};

/// The path of the package below `data`.
pub(super) const PACKAGE: [&str; 2] = ["docker", "scout"];

/// Refuses a module that refers to what it cannot have.
pub(super) fn check(origin: &str, module: &Module) -> Result<(), Error> {
    let mut found = Vec::new();
    let aliases = imports(origin, &module.imports, &mut found);
    let functions: BTreeSet<String> =
        module.policy.iter().filter(|rule| is_function(rule)).map(|rule| rule_path(rule).join(".")).collect();
    for part in module.policy.iter().flat_map(|rule| parts(rule)) {
        match part {
            Part::Local(_) | Part::ObjectPattern { .. } => {}
            Part::Reference(reference) => {
                if reference.root == "data" && !is_known_data(&reference) {
                    let cause = format!(
                        "`{}` is not available: policies read `input`, `data.config` and their own rules",
                        reference.name()
                    );
                    found.push(Error::contract(origin, reference.line, cause));
                }
            }
            Part::With { target, line, .. } => {
                let is_known = target.as_ref().is_some_and(|target| {
                    target.root == "input" || (target.root == "data" && is_config(target))
                });
                if !is_known {
                    let cause = "`with` can replace `input` and `data.config` only".to_owned();
                    found.push(Error::contract(origin, line, cause));
                }
            }
            Part::Call { function: None, line } => {
                found.push(Error::contract(origin, line, "the name of a function is computed".to_owned()));
            }
            Part::Call { function: Some(function), line } => {
                let name = function.name();
                let own = name.strip_prefix("data.docker.scout.").unwrap_or(&name);
                let is_alias = aliases.contains(function.root);
                let is_known = functions.contains(own) || is_offered(&name) || is_host_function(&name);
                if is_alias || !is_known {
                    found.push(Error::NotOffered { origin: origin.to_owned(), name, line: lines(line) });
                }
            }
        }
    }
    // The parts are in no order.
    found.into_iter().min_by_key(Error::line).map_or(Ok(()), Err)
}

/// The names that imports define.
fn imports<'a>(origin: &str, imports: &'a [Import], found: &mut Vec<Error>) -> BTreeSet<&'a str> {
    let mut aliases = BTreeSet::new();
    for import in imports {
        let path = reference(&import.refr);
        let is_known = path.as_ref().is_some_and(|path| match path.root {
            "input" => true,
            "data" => is_config(path),
            "rego" => path.members == ["v1"],
            "future" => path.members.first().is_some_and(|member| member == "keywords"),
            _ => false,
        });
        if !is_known {
            let name = path.as_ref().map_or_else(|| import.refr.span().text().to_owned(), Reference::name);
            let cause = format!("`{name}` cannot be imported: `input`, `data.config` and `rego.v1` can");
            found.push(Error::contract(origin, import.span.line, cause));
        }
        let last = import.refr.span().text().rsplit('.').next();
        aliases.extend(import.r#as.as_ref().map(regorus::unstable::Span::text).or(last));
    }
    aliases
}

fn is_host_function(name: &str) -> bool {
    host_functions().any(|function| function.name == name)
}

fn is_config(reference: &Reference<'_>) -> bool {
    reference.members.first().is_some_and(|first| first == "config")
}

fn is_known_data(reference: &Reference<'_>) -> bool {
    is_config(reference) || reference.members.iter().map(String::as_str).take(2).eq(PACKAGE)
}

fn lines(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}
