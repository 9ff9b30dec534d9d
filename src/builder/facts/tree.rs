//! The arguments of actions as attributes: one for each member of a mapping, at every depth.

use super::fact::Fact;
use crate::builder::definition::{Tree, TreeNode};

/// Adds the attributes of a tree. Lists are one attribute, as the position of an item would change with every insertion.
pub(super) fn attributes(fact: Fact, path: &str, tree: &Tree) -> Fact {
    match &tree.node {
        TreeNode::Map(members) if !members.is_empty() => members
            .iter()
            .fold(fact, |fact, (name, value)| attributes(fact, &format!("{path}.{}", name.value), value)),
        TreeNode::List(items) => fact.with_items(path.to_owned(), items.iter().map(line).collect()),
        TreeNode::Text(text) => fact.with(path.to_owned(), Some(own_text(text))),
        _ => fact.with(path.to_owned(), Some(line(tree))),
    }
}

/// A tree in one line.
fn line(tree: &Tree) -> String {
    match &tree.node {
        TreeNode::Null => "null".to_owned(),
        TreeNode::Bool(flag) => flag.to_string(),
        TreeNode::Number(text) => text.clone(),
        TreeNode::Text(text) => own_text(text),
        TreeNode::List(items) => {
            format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(", "))
        }
        TreeNode::Map(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", name.value, line(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A text as it is, in quotes where it would be taken for another value.
fn own_text(text: &str) -> String {
    if matches!(text, "true" | "false" | "null" | "{}") { format!("\"{text}\"") } else { text.to_owned() }
}
