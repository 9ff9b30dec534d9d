//! Which rules of a module refer to which, and how long the chains are.
//!
//! Recursion is refused, as OPA does: a function that calls itself would use the whole stack of the process. Chains are
//! limited for the same reason.

use std::collections::{BTreeMap, BTreeSet};

use regorus::unstable::Module;

use super::calls::PACKAGE;
use super::error::Error;
use super::limits::{REGO_DEPTH, REGO_RULES};
use super::syntax::{Part, Reference, parts, rule_path};
use crate::limits::Exceeded;

/// A rule by its path.
type Path = Vec<String>;

/// Refuses rules that refer to themselves, and chains that are too long.
pub(super) fn check(origin: &str, module: &Module) -> Result<(), Error> {
    let total = module.policy.len();
    if total > REGO_RULES {
        let exceeded = Exceeded::new(format!("module of {total} rules"), REGO_RULES, "rules");
        return Err(Error::Exceeded { origin: origin.to_owned(), exceeded });
    }
    let mut graph = Graph::new(module);
    let rules: Vec<Path> = graph.edges.keys().cloned().collect();
    for rule in rules {
        let depth = graph.depth(&rule).map_err(|of| Error::Recursive {
            origin: origin.to_owned(),
            line: graph.lines.get(&of).copied().unwrap_or_default(),
            rule: of.join("."),
        })?;
        if depth > REGO_DEPTH {
            let measured = format!("chain of {depth} rules that begins with `{}`", rule.join("."));
            let exceeded = Exceeded::new(measured, REGO_DEPTH, "rules");
            return Err(Error::Exceeded { origin: origin.to_owned(), exceeded });
        }
    }
    Ok(())
}

struct Graph {
    edges: BTreeMap<Path, BTreeSet<Path>>,
    lines: BTreeMap<Path, usize>,
    /// Rules whose chains are known, and the lengths.
    depths: BTreeMap<Path, usize>,
}

impl Graph {
    fn new(module: &Module) -> Self {
        let paths: BTreeSet<Path> = module.policy.iter().map(|rule| rule_path(rule)).collect();
        let mut graph = Self { edges: BTreeMap::new(), lines: BTreeMap::new(), depths: BTreeMap::new() };
        for rule in &module.policy {
            let path = rule_path(rule);
            let line = usize::try_from(rule.span().line).unwrap_or(usize::MAX);
            graph.lines.entry(path.clone()).or_insert(line);
            let parts = parts(rule);
            let locals: BTreeSet<&str> = parts
                .iter()
                .filter_map(|part| if let Part::Local(name) = part { Some(*name) } else { None })
                .collect();
            let referred = parts.iter().filter_map(|part| match part {
                // A local variable is not the rule of that name.
                Part::Reference(reference) if !locals.contains(reference.root) => Some(reference),
                Part::Call { function: Some(function), .. } => Some(function),
                _ => None,
            });
            let edges = graph.edges.entry(path).or_default();
            edges.extend(referred.flat_map(|reference| rules_of(reference, &paths)).cloned());
        }
        graph
    }

    /// The number of rules in the longest chain that begins with `start`.
    ///
    /// # Errors
    ///
    /// A rule that refers to itself.
    fn depth(&mut self, start: &Path) -> Result<usize, Path> {
        // Rules of the current chain, each with the rules that it refers to and that are left.
        let mut chain: Vec<(Path, Vec<Path>)> = vec![self.opened(start)];
        let mut open: BTreeSet<Path> = BTreeSet::from([start.clone()]);
        while let Some((rule, left)) = chain.last_mut() {
            match left.pop() {
                Some(next) if open.contains(&next) => return Err(next),
                Some(next) if self.depths.contains_key(&next) => {}
                Some(next) => {
                    open.insert(next.clone());
                    let next = self.opened(&next);
                    chain.push(next);
                }
                None => {
                    let below = self.edges.get(rule).into_iter().flatten();
                    let deepest =
                        below.filter_map(|next| self.depths.get(next)).max().copied().unwrap_or_default();
                    open.remove(rule);
                    self.depths.insert(rule.clone(), deepest + 1);
                    chain.pop();
                }
            }
        }
        Ok(self.depths.get(start).copied().unwrap_or_default())
    }

    fn opened(&self, rule: &Path) -> (Path, Vec<Path>) {
        (rule.clone(), self.edges.get(rule).into_iter().flatten().cloned().collect())
    }
}

/// The rules that a reference can read: those whose path begins with it, or that it selects from.
fn rules_of<'a>(reference: &Reference<'_>, paths: &'a BTreeSet<Path>) -> Vec<&'a Path> {
    let members = reference.members.iter().map(String::as_str);
    let whole: Vec<&str> = if reference.root == "data" {
        let package = members.clone().take(PACKAGE.len());
        if !package.eq(PACKAGE.into_iter().take(members.len())) {
            return Vec::new();
        }
        members.skip(PACKAGE.len()).collect()
    } else {
        std::iter::once(reference.root).chain(members).collect()
    };
    let is_read = |path: &&Path| path.iter().zip(&whole).all(|(one, other)| one == other);
    paths.iter().filter(is_read).collect()
}
