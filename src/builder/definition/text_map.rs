//! Mappings from names to texts, in the order of the file.

use std::collections::HashMap;
use std::fmt;

use super::Text;

/// A member of a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub name: Text,
    /// The value.
    pub value: Text,
}

/// A mapping from names to texts. Its order is that of the file, and each name occurs once.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct TextMap {
    entries: Vec<Entry>,
    places: HashMap<String, usize>,
}

impl TextMap {
    /// The value of a name.
    pub fn get(&self, name: &str) -> Option<&Text> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The member with this name.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.get(*self.places.get(name)?)
    }

    /// Sets the value of a name. A name that exists keeps its place.
    pub fn insert(&mut self, name: Text, value: Text) {
        let entry = Entry { name, value };
        match self.places.get(&entry.name.value).and_then(|at| self.entries.get_mut(*at)) {
            Some(existing) => *existing = entry,
            None => {
                self.places.insert(entry.name.value.clone(), self.entries.len());
                self.entries.push(entry);
            }
        }
    }

    /// The members, in their order.
    pub fn iter(&self) -> std::slice::Iter<'_, Entry> {
        self.entries.iter()
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has no members.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The members in their order: equal maps have equal texts.
impl fmt::Debug for TextMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.entries).finish()
    }
}

impl<'a> IntoIterator for &'a TextMap {
    type Item = &'a Entry;
    type IntoIter = std::slice::Iter<'a, Entry>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<(Text, Text)> for TextMap {
    fn from_iter<I: IntoIterator<Item = (Text, Text)>>(members: I) -> Self {
        let mut map = Self::default();
        for (name, value) in members {
            map.insert(name, value);
        }
        map
    }
}
