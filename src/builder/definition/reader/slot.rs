//! A value with its key.

use std::ops::Range;

use crate::yaml::Value;

/// A value with the key that names it.
#[derive(Clone)]
pub(super) struct Slot<'a> {
    pub(super) value: Value<'a>,
    /// The key. For an item of a list, the key of the list.
    pub(super) name: &'a str,
    /// The bytes of the key.
    pub(super) key: Option<Range<usize>>,
    /// Whether it is an item of a list.
    pub(super) is_item: bool,
}

impl<'a> Slot<'a> {
    /// An item of the list in this slot.
    pub(super) fn item(&self, value: Value<'a>) -> Self {
        Self { value, name: self.name, key: self.key.clone(), is_item: true }
    }
}
