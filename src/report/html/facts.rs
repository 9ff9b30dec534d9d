//! Names and values.

use super::writer::{Html, Tag, class};

/// Names and values, in their order. A name without a value is not shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts(Vec<(&'static str, Value)>);

#[derive(Clone, Debug)]
enum Value {
    /// A sentence.
    Sentence(String),
    /// A name: a digest, a reference.
    Code(String),
}

impl Facts {
    /// Adds a sentence.
    pub(super) fn say(&mut self, name: &'static str, value: impl Into<String>) {
        self.add(name, value.into(), Value::Sentence);
    }

    /// Adds a name.
    pub(super) fn code(&mut self, name: &'static str, value: impl Into<String>) {
        self.add(name, value.into(), Value::Code);
    }

    fn add(&mut self, name: &'static str, value: String, kind: fn(String) -> Value) {
        if !value.is_empty() {
            self.0.push((name, kind(value)));
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the list.
    pub(super) fn write(&self, html: &mut Html) {
        if self.is_empty() {
            return;
        }
        html.element(Tag::Dl, &[class("facts")], |html| {
            for (name, value) in &self.0 {
                html.says(Tag::Dt, &[], name);
                html.element(Tag::Dd, &[], |html| match value {
                    Value::Sentence(text) => html.sentence(text),
                    Value::Code(text) => html.code(text),
                });
            }
        });
    }
}
