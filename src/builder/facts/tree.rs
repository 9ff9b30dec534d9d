//! The arguments of actions as attributes: one for each member of a mapping, at every depth.
//!
//! Values that differ have different texts: a text is in quotes where it could be taken for another value.

use super::fact::Fact;
use crate::builder::definition::{Tree, TreeNode};
use crate::yaml::{ScalarType, ScalarTypes};

/// Adds the attributes of a tree. Lists are one attribute, as the position of an item would change with every insertion.
pub(super) fn attributes(fact: Fact, path: &str, tree: &Tree) -> Fact {
    match &tree.node {
        TreeNode::Map(members) if !members.is_empty() => {
            members.iter().fold(fact, |fact, (name, value)| {
                // A dot in a name is no step into a mapping.
                let name = &name.value;
                let name = if name.contains('.') { in_quotes(name) } else { quoted(name) };
                attributes(fact, &format!("{path}.{name}"), value)
            })
        }
        TreeNode::List(items) => fact.with_items(path.to_owned(), items.iter().map(item).collect()),
        _ => fact.with(path.to_owned(), Some(item(tree))),
    }
}

/// A value that stands alone: a text may have spaces and signs.
fn item(tree: &Tree) -> String {
    match &tree.node {
        TreeNode::Text(text) if is_typed(text) || text.starts_with(['"', '[', '{']) => in_quotes(text),
        TreeNode::Text(text) => text.clone(),
        _ => line(tree),
    }
}

/// A tree in one line. The order of the members of a mapping does not count.
fn line(tree: &Tree) -> String {
    match &tree.node {
        TreeNode::Null => "null".to_owned(),
        TreeNode::Bool(flag) => flag.to_string(),
        TreeNode::Number(text) => text.clone(),
        TreeNode::Text(text) if is_typed(text) => in_quotes(text),
        TreeNode::Text(text) => quoted(text),
        TreeNode::List(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        TreeNode::Map(members) => {
            let members =
                members.iter().map(|(name, value)| format!("{}: {}", quoted(&name.value), line(value)));
            let mut members: Vec<String> = members.collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(", "))
        }
    }
}

/// A text, in quotes unless it is one word without signs that divide values.
pub(super) fn quoted(text: &str) -> String {
    let divides = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '"' | '\\' | ',' | '[' | ']' | '{' | '}')
    };
    let is_plain = !text.is_empty() && !text.contains(divides) && !text.ends_with(':');
    if is_plain { text.to_owned() } else { in_quotes(text) }
}

fn in_quotes(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a text without quotes would be another value, such as a number.
fn is_typed(text: &str) -> bool {
    let types = [ScalarType::Null, ScalarType::Bool, ScalarType::Int, ScalarType::Float];
    !text.is_empty() && ScalarTypes::of_plain(text).agreed().is_some_and(|agreed| types.contains(&agreed))
}
