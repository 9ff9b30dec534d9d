//! Lists, mappings of texts, and values of any shape.

use super::slot::Slot;
use super::state::Reader;
use crate::builder::definition::{Entry, Finding, Rule, Severity, Spanned, Text, TextMap, Tree, TreeNode};
use crate::yaml::{ScalarType, Value};

impl<'a> Reader<'a> {
    /// A list.
    pub(super) fn list<T>(
        &mut self,
        slot: Option<Slot<'a>>,
        mut read: impl FnMut(&mut Self, Slot<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(slot) = slot else { return Vec::new() };
        if !self.visit(slot.value) {
            return Vec::new();
        }
        let Some(items) = slot.value.items().filter(|_| slot.value.tag().is_none()) else {
            self.wrong_type(&slot, "a list");
            return Vec::new();
        };
        let mut all = Vec::new();
        for value in items {
            if !self.visit(value) {
                break;
            }
            all.extend(read(self, slot.item(value)));
        }
        all
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, slot: Option<Slot<'a>>) -> Vec<Text> {
        self.list(slot, Self::text_of)
    }

    /// A mapping of texts.
    pub(super) fn text_map(&mut self, slot: Option<Slot<'a>>) -> TextMap {
        let Some(slot) = slot else { return TextMap::default() };
        if !self.visit(slot.value) {
            return TextMap::default();
        }
        if slot.value.is_null() {
            let message = format!("`{}` has no value, which old definitions have: remove the key", slot.name);
            self.warn(Rule::OLD_KEY, self.place(&slot), message);
            return TextMap::default();
        }
        let Some(members) = slot.value.members().filter(|_| slot.value.tag().is_none()) else {
            self.wrong_type(&slot, "a mapping");
            return TextMap::default();
        };
        let mut map = TextMap::default();
        for (key, value) in members {
            let Some((name, slot)) = self.member(key, value) else { break };
            if let Some(value) = self.text_of(slot) {
                map.insert(name, value);
            }
        }
        map
    }

    /// The environment variables of a mapping.
    pub(super) fn environment(&mut self, slot: Option<Slot<'a>>) -> TextMap {
        let map = self.text_map(slot);
        for Entry { name, .. } in &map {
            self.check_variable_name(name);
        }
        map
    }

    /// Reports a text that cannot be the name of an environment variable.
    pub(super) fn check_variable_name(&mut self, name: &Text) {
        if name.value.is_empty() || name.value.contains(['=', '\n', '\0']) {
            let message = format!("`{}` is no name of an environment variable", name.value.escape_debug());
            self.error(Rule::INVALID_VALUE, self.first_line(name.range.clone()), message);
        }
    }

    /// Key and value of a member of an open mapping.
    fn member(&mut self, key: Value<'a>, value: Value<'a>) -> Option<(Text, Slot<'a>)> {
        if !self.visit(key) {
            return None;
        }
        self.check_key(key);
        let name = key.scalar()?;
        let slot = Slot { value, name, key: Some(key.range()), is_item: false };
        Some((Spanned::new(name.to_owned(), key.range()), slot))
    }

    /// The arguments of an action: a mapping of values of any shape.
    pub(super) fn arguments(&mut self, slot: Option<Slot<'a>>) -> Option<Tree> {
        let slot = slot?;
        if slot.value.is_mapping() && slot.value.tag().is_none() {
            return self.tree(&slot, 0);
        }
        self.wrong_type(&slot, "a mapping");
        None
    }

    /// A value of any shape.
    pub(super) fn tree(&mut self, slot: &Slot<'a>, depth: usize) -> Option<Tree> {
        let value = slot.value;
        if !self.visit(value) || !self.descend(value, depth) {
            return None;
        }
        if let Some(tag) = value.tag() {
            let message = format!("`{}`: the tag `{tag}` has no meaning in a definition", slot.name);
            self.error(Rule::WRONG_TYPE, self.place(slot), message);
            return None;
        }
        let node = if let Some(members) = value.members() {
            let mut all = Vec::new();
            for (key, value) in members {
                let (name, slot) = self.member(key, value)?;
                all.extend(self.tree(&slot, depth + 1).map(|tree| (name, tree)));
            }
            TreeNode::Map(all)
        } else if let Some(items) = value.items() {
            let mut all = Vec::new();
            for item in items {
                all.extend(self.tree(&slot.item(item), depth + 1));
            }
            TreeNode::List(all)
        } else {
            self.leaf(slot)?
        };
        Some(Tree { node, range: value.range() })
    }

    /// A scalar whose type is not known before.
    fn leaf(&mut self, slot: &Slot<'a>) -> Option<TreeNode> {
        let (text, types) = (slot.value.scalar()?, slot.value.scalar_types()?);
        if self.check_comment(slot) {
            return Some(TreeNode::Text(text.to_owned()));
        }
        let Some(agreed) = types.agreed() else {
            self.report_ambiguous(slot, text, types);
            return Some(TreeNode::Text(text.to_owned()));
        };
        let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
        let is_octal = digits.len() > 1 && digits.starts_with('0') && !digits.contains(['.', 'x']);
        Some(match agreed {
            ScalarType::Null => TreeNode::Null,
            ScalarType::Bool => TreeNode::Bool(text.eq_ignore_ascii_case("true")),
            ScalarType::Int if is_octal => {
                self.report_ambiguous(slot, text, types);
                TreeNode::Text(text.to_owned())
            }
            ScalarType::Int | ScalarType::Float => {
                if agreed == ScalarType::Float || slot.name == "version" {
                    let finding = self.ambiguous(slot, text, text, types, Severity::Warning);
                    self.report(kept_as_written(finding));
                }
                TreeNode::Number(text.to_owned())
            }
            ScalarType::Text | ScalarType::Time | ScalarType::Indicator => TreeNode::Text(text.to_owned()),
        })
    }
}

fn kept_as_written(finding: Finding) -> Finding {
    finding.note("`dhi` keeps the number as it is written; other readers may drop its last zeros")
}
