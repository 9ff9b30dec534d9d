//! Documents as graphs of nodes. Values borrow from their document.

use std::ops::Range;

use super::ScalarTypes;

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number in the stream, from 1. Empty documents count.
    pub number: usize,
    /// The line on which it begins.
    pub line: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The tag, unless it is the default of its kind: `!!str`, `!!map` or `!!seq`.
    pub(super) tag: Option<String>,
    pub(super) line: usize,
    /// Bytes of the text, quotes and brackets included.
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Scalar {
        text: String,
        /// Without quotes, so it can be a number or null.
        plain: bool,
        /// Tagged `!!str`.
        tagged: bool,
    },
    Sequence(Vec<usize>),
    /// Keys (scalars) and values, including those of merged mappings.
    Mapping(Vec<(usize, usize)>),
}

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    document: &'a Document,
    node: &'a Node,
}

/// The members of a mapping.
pub type Entries<'a> = Vec<(&'a str, Value<'a>)>;

impl Document {
    /// The root node. `None` for an empty document.
    pub fn root(&self) -> Option<Value<'_>> {
        self.root.and_then(|id| self.value(id))
    }

    fn value(&self, id: usize) -> Option<Value<'_>> {
        self.nodes.get(id).map(|node| Value { document: self, node })
    }
}

impl<'a> Value<'a> {
    /// The line on which it is written.
    pub fn line(self) -> usize {
        self.node.line
    }

    /// Its byte range in the text, quotes and brackets included.
    pub fn range(self) -> Range<usize> {
        self.node.range.clone()
    }

    /// The tag, if it gives the value another type than its form, such as `!!binary`.
    pub fn tag(self) -> Option<&'a str> {
        self.node.tag.as_deref()
    }

    /// The items of a sequence.
    pub fn items(self) -> Option<impl Iterator<Item = Value<'a>>> {
        match &self.node.kind {
            NodeKind::Sequence(items) => Some(items.iter().filter_map(move |id| self.document.value(*id))),
            _ => None,
        }
    }

    /// The members of a mapping: written ones first, then merged ones.
    pub fn entries(self) -> Option<Entries<'a>> {
        let NodeKind::Mapping(entries) = &self.node.kind else { return None };
        Some(entries.iter().filter_map(|(key, value)| self.member(*key, *value)).collect())
    }

    /// Keys and values of a mapping, in the order of [`Value::entries`].
    pub fn members(self) -> Option<impl Iterator<Item = (Value<'a>, Value<'a>)>> {
        let NodeKind::Mapping(entries) = &self.node.kind else { return None };
        Some(
            entries.iter().filter_map(move |(key, value)| {
                Some((self.document.value(*key)?, self.document.value(*value)?))
            }),
        )
    }

    /// The member of a mapping with this name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        let NodeKind::Mapping(entries) = &self.node.kind else { return None };
        let mut members = entries.iter().filter_map(|(key, value)| self.member(*key, *value));
        members.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    fn member(self, key: usize, value: usize) -> Option<(&'a str, Value<'a>)> {
        Some((self.document.value(key)?.scalar()?, self.document.value(value)?))
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node.kind, NodeKind::Mapping(_))
    }

    /// The characters of a scalar, whatever type they have.
    pub fn scalar(self) -> Option<&'a str> {
        match &self.node.kind {
            NodeKind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that every reader takes for a string: not for a number, a boolean or null.
    pub fn text(self) -> Option<&'a str> {
        match &self.node.kind {
            NodeKind::Scalar { text, plain, tagged }
                if self.node.tag.is_none() && (*tagged || !*plain || !may_be_non_string(text)) =>
            {
                Some(text)
            }
            _ => None,
        }
    }

    /// The types that YAML readers give to a scalar. `None` for collections, and for a value with a [`Value::tag`].
    pub fn scalar_types(self) -> Option<ScalarTypes> {
        match &self.node.kind {
            NodeKind::Scalar { text, plain: true, tagged: false } if self.node.tag.is_none() => {
                Some(ScalarTypes::of_plain(text))
            }
            NodeKind::Scalar { .. } if self.node.tag.is_none() => Some(ScalarTypes::TEXT),
            _ => None,
        }
    }

    /// Whether the value is missing, or written as `null` or `~`.
    pub fn is_null(self) -> bool {
        matches!(&self.node.kind, NodeKind::Scalar { text, plain: true, tagged: false }
            if self.node.tag.is_none() && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// Whether some reader of YAML 1.1 or 1.2 may take this plain scalar for something other than a string. It returns true
/// too often rather than too seldom: a quoted string is always one.
fn may_be_non_string(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_start_matches(['-', '+', '.']);
    matches!(lower.as_str(), "" | "~" | "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "=" | "<<")
        || matches!(digits, "inf" | "nan")
        // Numbers, with sexagesimal ones and times: `1e3`, `0x1f`, `12:30`, `2020-01-01`.
        || (digits.starts_with(|c: char| c.is_ascii_digit())
            && (lower.bytes().all(|byte| b"0123456789.-+_:e tz".contains(&byte))
                || digits.starts_with("0x") && digits.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit() || byte == b'_')
                || (digits.starts_with("0o") || digits.starts_with("0b"))
                    && digits.bytes().skip(2).all(|byte| byte.is_ascii_digit() || byte == b'_')))
}
