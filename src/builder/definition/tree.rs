//! Values without a fixed shape: the arguments of actions.

use std::ops::Range;

use super::Text;

/// A value of any shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The value.
    pub node: TreeNode,
    /// Its bytes in the text.
    pub range: Range<usize>,
}

/// The content of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeNode {
    /// Empty, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it is written. It is never converted, so `1.10` stays `1.10`.
    Number(String),
    /// A text. It may hold templates.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// A mapping, in the order of the file.
    Map(Vec<(Text, Tree)>),
}

impl Tree {
    /// The member of a mapping.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let TreeNode::Map(members) = &self.node else { return None };
        members.iter().find(|(own, _)| own.value == name).map(|(_, value)| value)
    }

    /// The characters of a text or a number.
    pub fn as_str(&self) -> Option<&str> {
        match &self.node {
            TreeNode::Number(text) | TreeNode::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<&[Self]> {
        match &self.node {
            TreeNode::List(items) => Some(items),
            _ => None,
        }
    }

    /// The members of a mapping.
    pub fn members(&self) -> Option<&[(Text, Self)]> {
        match &self.node {
            TreeNode::Map(members) => Some(members),
            _ => None,
        }
    }
}
