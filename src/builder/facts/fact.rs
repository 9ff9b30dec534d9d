//! A fact and its values.

use std::borrow::Cow;
use std::fmt;

use super::aspect::{Aspect, Section};
use crate::builder::definition::{Spanned, Text, Typed};
use crate::builder::template::Kind;

/// One statement of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub aspect: Aspect,
    /// The stage that it belongs to. `None`: the definition itself.
    pub stage: Option<String>,
    /// The name of its object, such as that of a package. Empty if there can be only one.
    pub name: String,
    /// Where the name has a number that tells it from others, such as `script (2)`: the name without it.
    pub common_name: Option<String>,
    /// A text that two versions of the same object have in common, where its name often contains the version.
    pub similar: Option<String>,
    /// What is said about the object, in a fixed order.
    pub attributes: Vec<Attribute>,
    /// The images and charts to which an action makes a chart refer.
    pub references: Vec<String>,
    /// Whether it says that `root` runs the image, also by another name or a number.
    pub is_root: bool,
}

/// One value of a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The key in the definition, where it is one.
    pub name: Cow<'static, str>,
    /// The value.
    pub value: Value,
    /// Which templates it can contain.
    pub templates: Kind,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A text, a number or a word.
    Text(String),
    /// A list.
    List(Vec<String>),
}

impl Value {
    /// The texts of the value.
    pub fn texts(&self) -> &[String] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(items) => items,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(items) => f.write_str(&items.join(", ")),
        }
    }
}

impl Fact {
    /// The section that it belongs to.
    pub fn section(&self) -> Section {
        if self.stage.is_some() { Section::Build } else { self.aspect.section() }
    }

    /// The name as the definition has it, which several entries of a list can share.
    pub fn own_name(&self) -> &str {
        self.common_name.as_deref().unwrap_or(&self.name)
    }

    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.value)
    }

    /// The text of an attribute that is no list.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            Value::List(_) => None,
        }
    }

    pub(super) fn new(aspect: Aspect, stage: Option<&str>, name: impl Into<String>) -> Self {
        let (stage, name) = (stage.map(str::to_owned), name.into());
        let (common_name, similar, attributes, references) = (None, None, Vec::new(), Vec::new());
        Self { aspect, stage, name, common_name, similar, attributes, references, is_root: false }
    }

    /// A fact with one value.
    pub(super) fn of(aspect: Aspect, value: impl Into<String>) -> Self {
        Self::new(aspect, None, "").with("value", Some(value.into()))
    }

    pub(super) fn similar_to(self, similar: impl Into<String>) -> Self {
        Self { similar: Some(similar.into()), ..self }
    }

    /// Of several entries with one name, the one with this number.
    pub(super) fn numbered(self, number: usize) -> Self {
        if number < 2 {
            return self;
        }
        Self { name: with_number(&self.name, number), common_name: Some(self.name), ..self }
    }

    fn push(mut self, name: impl Into<Cow<'static, str>>, value: Option<Value>, templates: Kind) -> Self {
        let Some(value) = value else { return self };
        // Most facts have one, and there can be a hundred thousand of them.
        if self.attributes.is_empty() {
            self.attributes.reserve_exact(1);
        }
        self.attributes.push(Attribute { name: name.into(), value, templates });
        self
    }

    /// With a text, if there is one.
    pub(super) fn with<S: Into<String>>(self, name: impl Into<Cow<'static, str>>, text: Option<S>) -> Self {
        self.push(name, text.map(|text| Value::Text(text.into())), Kind::Value)
    }

    /// With a text of which other programs use `#{…}`.
    pub(super) fn with_script(self, name: &'static str, text: Option<&Text>) -> Self {
        self.push(name, text.map(|text| Value::Text(text.value.clone())), Kind::Script)
    }

    /// With the value of a variable.
    pub(super) fn with_variable(self, text: &Text) -> Self {
        self.push("value", Some(Value::Text(text.value.clone())), Kind::Variable)
    }

    pub(super) fn with_text(self, name: &'static str, text: Option<&Text>) -> Self {
        self.with(name, text.map(|text| text.value.as_str()))
    }

    pub(super) fn with_typed<T: fmt::Display>(self, name: &'static str, typed: Option<&Typed<T>>) -> Self {
        self.with(name, typed.map(written))
    }

    pub(super) fn with_number(self, name: &'static str, number: Option<&Spanned<u32>>) -> Self {
        self.with(name, number.map(|number| number.value.to_string()))
    }

    /// With a word if the flag is set. Its default is not to be set.
    pub(super) fn with_flag(self, name: &'static str, flag: Option<&Spanned<bool>>) -> Self {
        self.with(name, flag.filter(|flag| flag.value).map(|_| "true"))
    }

    /// With a list, unless it is empty.
    pub(super) fn with_list(self, name: impl Into<Cow<'static, str>>, items: Vec<String>) -> Self {
        let value = (!items.is_empty()).then_some(Value::List(items));
        self.push(name, value, Kind::Value)
    }

    /// With a list that may be empty.
    pub(super) fn with_items(self, name: impl Into<Cow<'static, str>>, items: Vec<String>) -> Self {
        self.push(name, Some(Value::List(items)), Kind::Value)
    }
}

/// `script (2)`: the name of the second of several entries with one name.
pub(super) fn with_number(name: &str, number: usize) -> String {
    if number < 2 { name.to_owned() } else { format!("{name} ({number})") }
}

/// The canonical form of a value, or the text of a template.
pub(super) fn written<T: fmt::Display>(typed: &Typed<T>) -> String {
    typed.value.as_ref().map_or_else(|| typed.as_str().to_owned(), T::to_string)
}

/// The texts of a list.
pub(super) fn texts(items: &[Text]) -> Vec<String> {
    items.iter().map(|item| item.value.clone()).collect()
}

/// The words of a list without meaning in its order.
pub(super) fn words<T: fmt::Display>(items: &[Spanned<T>]) -> Vec<String> {
    let mut words: Vec<String> = items.iter().map(|item| item.value.to_string()).collect();
    words.sort_unstable();
    words.dedup();
    words
}
