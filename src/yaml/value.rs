//! What a document says, as a graph that is walked and never copied.

use std::ops::Range;

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number in the stream, beginning with 1. Empty documents count.
    pub number: usize,
    /// The line on which it begins.
    pub line: usize,
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// The tag, where it says something else than `!!str`, `!!map` or `!!seq` of their own kind.
    pub(super) tag: Option<String>,
    pub(super) line: usize,
    /// Bytes of the text, quotes included.
    pub(super) range: Range<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Scalar {
        text: String,
        /// Without quotes, so that it can mean a number or nothing.
        plain: bool,
        /// Tagged `!!str`.
        tagged: bool,
    },
    Sequence(Vec<usize>),
    /// Names (scalars) and values, those of merged mappings included.
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
    /// What the document holds; an empty one holds nothing.
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

    /// Its place in the text, in bytes, quotes included.
    pub fn range(self) -> Range<usize> {
        self.node.range.clone()
    }

    /// The tag that gives the value another type than its form shows, such as `!!binary`.
    pub fn tag(self) -> Option<&'a str> {
        self.node.tag.as_deref()
    }

    /// The items of a sequence.
    pub fn items(self) -> Option<impl Iterator<Item = Value<'a>>> {
        match &self.node.kind {
            Kind::Sequence(items) => Some(items.iter().filter_map(move |id| self.document.value(*id))),
            _ => None,
        }
    }

    /// The members of a mapping, as written and then as merged.
    pub fn entries(self) -> Option<Entries<'a>> {
        let Kind::Mapping(entries) = &self.node.kind else { return None };
        Some(entries.iter().filter_map(|(key, value)| self.member(*key, *value)).collect())
    }

    /// The member of a mapping with this name.
    pub fn get(self, name: &str) -> Option<Value<'a>> {
        let Kind::Mapping(entries) = &self.node.kind else { return None };
        let mut members = entries.iter().filter_map(|(key, value)| self.member(*key, *value));
        members.find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    fn member(self, key: usize, value: usize) -> Option<(&'a str, Value<'a>)> {
        Some((self.document.value(key)?.scalar()?, self.document.value(value)?))
    }

    /// Whether it is a mapping.
    pub fn is_mapping(self) -> bool {
        matches!(self.node.kind, Kind::Mapping(_))
    }

    /// The characters of a scalar, whatever type they have.
    pub fn scalar(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The text of a scalar that every reader takes for a text: not for a number, a truth value or nothing.
    pub fn text(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, plain, tagged }
                if self.node.tag.is_none() && (*tagged || !*plain || !is_typed(text)) =>
            {
                Some(text)
            }
            _ => None,
        }
    }

    /// Whether the value is left out, or written as `null` or `~`.
    pub fn is_null(self) -> bool {
        matches!(&self.node.kind, Kind::Scalar { text, plain: true, tagged: false }
            if self.node.tag.is_none() && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL"))
    }
}

/// Whether some reader of YAML 1.1 or 1.2 takes these characters for something else than a text. It says yes too
/// often: whoever means a text can always write quotes.
fn is_typed(text: &str) -> bool {
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
