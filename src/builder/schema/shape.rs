//! What the tables of fields are made of.

use crate::builder::definition::Keyword;

/// A mapping with known keys.
pub(super) struct Object {
    /// The name under `$defs`.
    pub(super) name: &'static str,
    /// What it describes, in one sentence.
    pub(super) about: &'static str,
    /// Its keys, in the order in which they are usually written.
    pub(super) fields: &'static [Field],
    /// The keys that must be there.
    pub(super) required: &'static [&'static str],
    /// Further rules about its keys.
    pub(super) rules: &'static [KeyRule],
}

/// One key of a mapping.
pub(super) struct Field {
    pub(super) key: &'static str,
    /// What the value is, for people.
    pub(super) about: &'static str,
    pub(super) shape: Shape,
}

/// The form of a value.
pub(super) enum Shape {
    /// A text of any form.
    Text,
    /// A text of this form, unless it holds a template.
    Form(&'static Form),
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A text of any form, for which editors suggest these.
    Suggested(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Bool,
    /// The number of a user or group.
    Id,
    /// A whole number.
    Integer,
    /// A list.
    List(&'static Shape),
    /// A mapping from names to texts.
    Texts,
    /// A mapping from names to values of any form.
    Arguments,
    /// A value of any form.
    Any,
    /// A mapping with known keys.
    Object(&'static Object),
}

/// The form of a text.
pub(super) struct Form {
    /// The name under `$defs`.
    pub(super) name: &'static str,
    /// A regular expression that JSON Schema and all editors know.
    pub(super) pattern: &'static str,
    /// Texts of this form.
    pub(super) examples: &'static [&'static str],
}

/// A rule about the keys of a mapping.
pub(super) enum KeyRule {
    /// All keys of one of these lists must be there.
    OneOf(&'static [&'static [&'static str]]),
    /// If `key` has one of these words, other keys must be there.
    With { key: &'static str, words: &'static [&'static str], required: &'static [&'static str] },
}

/// A field.
pub(super) const fn field(key: &'static str, about: &'static str, shape: Shape) -> Field {
    Field { key, about, shape }
}

/// A field with a text of any form.
pub(super) const fn text(key: &'static str, about: &'static str) -> Field {
    field(key, about, Shape::Text)
}

/// The words of a keyword type.
pub(super) fn words<K: Keyword>() -> Vec<&'static str> {
    K::ALL.iter().map(|value| value.as_str()).collect()
}
