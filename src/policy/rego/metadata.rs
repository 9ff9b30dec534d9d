//! The metadata block of a policy: `# METADATA` and YAML in comments above `package`.
//!
//! A block that is not understood as a whole is an error, so that a typing mistake in a name or a weight has no silent
//! effect. Members that OPA gives to all annotations are accepted; other members of `custom` are free.

use serde::{Deserialize, Serialize};

use super::error::Error;
use super::limits::REGO_NAME;
use crate::diagnostic::closest;
use crate::oci::acts;
use crate::yaml;

/// The metadata of a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// `custom.name`; without one, the path of the package.
    pub name: String,
    /// `title`.
    pub title: Option<String>,
    /// `description`.
    pub description: Option<String>,
    /// `custom.result_type`.
    pub result_type: ResultType,
    /// `custom.weight`, for the health score.
    pub weight: u32,
    /// `custom.not_compliant_title`.
    pub not_compliant_title: Option<String>,
    /// `custom.details_order`: the members of `detail` that tables show, in this order.
    pub details_order: Vec<String>,
}

/// What the violations of a policy are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResultType {
    /// Vulnerabilities of packages.
    Vulnerability,
    /// Licenses of packages.
    License,
    /// One fact that holds or not.
    Boolean,
    /// Anything else.
    #[default]
    Generic,
}

impl ResultType {
    /// All types.
    pub const ALL: [Self; 4] = [Self::Vulnerability, Self::License, Self::Boolean, Self::Generic];

    /// Its name in the metadata block.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vulnerability => "vulnerability",
            Self::License => "license",
            Self::Boolean => "boolean",
            Self::Generic => "generic",
        }
    }
}

/// Members that OPA defines for annotations.
const MEMBERS: [&str; 10] = [
    "scope",
    "title",
    "description",
    "related_resources",
    "authors",
    "organizations",
    "schemas",
    "entrypoint",
    "compile",
    "custom",
];

/// The members of `custom` of the contract.
const CUSTOM: [&str; 5] = ["name", "result_type", "weight", "not_compliant_title", "details_order"];

impl Metadata {
    /// The weight of a policy that states none.
    pub const WEIGHT: u32 = 10;

    /// The name of a policy that states none: the path of its package.
    pub const NAME: &'static str = "docker.scout";

    /// The metadata in the comments of `source` above its line `package`, counted from 1.
    ///
    /// # Errors
    ///
    /// [`Error::NotAPolicy`] if there are two blocks, or one is not valid.
    pub(super) fn of_source(origin: &str, source: &str, package: usize) -> Result<Self, Error> {
        let Some(block) = Block::find(origin, source, package)? else { return Ok(Self::default()) };
        let documents: Vec<yaml::Document> = yaml::documents(&block.text, origin)
            .collect::<Result<_, _>>()
            .map_err(|error| match error {
            yaml::Error::Unreadable { line, cause, .. } => block.wrong(line, format!("metadata: {cause}")),
            yaml::Error::Exceeded { exceeded, .. } => Error::Exceeded { origin: origin.to_owned(), exceeded },
        })?;
        if let Some(second) = documents.get(1) {
            return Err(block.wrong(second.line, "metadata: a second YAML document".to_owned()));
        }
        let Some(root) = documents.first().and_then(yaml::Document::root) else { return Ok(Self::default()) };
        let Some(members) = root.entries() else {
            return Err(block.wrong(root.line(), "metadata: not a mapping".to_owned()));
        };
        for (name, value) in &members {
            if !MEMBERS.contains(name) {
                return Err(block.unknown(name, value.line(), &MEMBERS));
            }
        }
        if let Some(scope) = root.get("scope").filter(|scope| scope.text() != Some("package")) {
            return Err(
                block.wrong(scope.line(), "metadata: `scope` above `package` is `package`".to_owned())
            );
        }
        block.texts_and_mappings(root.get("organizations"), "organizations")?;
        block.texts_and_mappings(root.get("authors"), "authors")?;
        let custom = root.get("custom");
        if let Some(custom) = custom {
            block.check_custom(custom)?;
        }
        let member = |name: &str| custom.and_then(|custom| custom.get(name));
        Ok(Self {
            name: block.name(member("name"))?,
            title: block.text(root.get("title"), "title")?,
            description: block.text(root.get("description"), "description")?,
            result_type: block.result_type(member("result_type"))?,
            weight: block.weight(member("weight"))?,
            not_compliant_title: block.text(member("not_compliant_title"), "custom.not_compliant_title")?,
            details_order: block.details_order(member("details_order"))?,
        })
    }
}

/// The metadata of a policy without a block.
impl Default for Metadata {
    fn default() -> Self {
        Self {
            name: Self::NAME.to_owned(),
            title: None,
            description: None,
            result_type: ResultType::default(),
            weight: Self::WEIGHT,
            not_compliant_title: None,
            details_order: Vec::new(),
        }
    }
}

/// The YAML of a block.
struct Block<'a> {
    origin: &'a str,
    text: String,
    /// The number of lines of the file before the YAML.
    before: usize,
}

impl<'a> Block<'a> {
    fn find(origin: &'a str, source: &str, package: usize) -> Result<Option<Self>, Error> {
        let comments: Vec<Option<&str>> = source
            .lines()
            .take(package.saturating_sub(1))
            .map(|line| line.trim_start().strip_prefix('#'))
            .collect();
        let is_start = |comment: &Option<&str>| comment.is_some_and(|text| text.trim() == "METADATA");
        let mut starts =
            comments.iter().enumerate().filter(|(_, comment)| is_start(comment)).map(|(at, _)| at);
        let Some(start) = starts.next() else { return Ok(None) };
        let before = start + 1;
        if let Some(second) = starts.next() {
            let cause = "metadata: a second `# METADATA` block".to_owned();
            return Err(Error::NotAPolicy { origin: origin.to_owned(), line: second + 1, cause });
        }
        // OPA indents the YAML by the space that follows `#`. Without it, the lines stay in line with each other.
        let lines: Vec<&str> = comments.into_iter().skip(before).map_while(|comment| comment).collect();
        Ok(Some(Self { origin, text: lines.join("\n"), before }))
    }

    /// An error at a line of the YAML.
    fn wrong(&self, line: usize, cause: String) -> Error {
        Error::NotAPolicy { origin: self.origin.to_owned(), line: self.before + line, cause }
    }

    fn unknown(&self, name: &str, line: usize, known: &[&str]) -> Error {
        let meant = closest(name, known.iter().copied());
        let meant = meant.map_or_else(|| format!("known: {}", known.join(", ")), |near| format!("`{near}`?"));
        self.wrong(line, format!("metadata: unknown member `{name}`, {meant}"))
    }

    /// Other members of `custom` are free, but one that is nearly a known one is a mistake.
    fn check_custom(&self, custom: yaml::Value<'_>) -> Result<(), Error> {
        let Some(members) = custom.entries() else {
            return Err(self.wrong(custom.line(), "metadata: `custom` is not a mapping".to_owned()));
        };
        for (name, value) in members {
            if !CUSTOM.contains(&name) && closest(name, CUSTOM).is_some() {
                return Err(self.unknown(name, value.line(), &CUSTOM));
            }
        }
        Ok(())
    }

    fn text(&self, value: Option<yaml::Value<'_>>, name: &str) -> Result<Option<String>, Error> {
        let Some(value) = value else { return Ok(None) };
        match value.text() {
            Some(text) => Ok(Some(text.trim_end().to_owned())),
            None => Err(self.wrong(value.line(), format!("metadata: `{name}` is not a text"))),
        }
    }

    fn name(&self, value: Option<yaml::Value<'_>>) -> Result<String, Error> {
        let Some(name) = self.text(value, "custom.name")? else { return Ok(Metadata::NAME.to_owned()) };
        let line = value.map_or(0, yaml::Value::line);
        if name.is_empty() || name.chars().any(acts) {
            return Err(self.wrong(
                line,
                "metadata: `custom.name` is empty or has control or invisible characters".to_owned(),
            ));
        }
        if name.chars().count() > REGO_NAME {
            return Err(
                self.wrong(line, format!("metadata: `custom.name` has more than {REGO_NAME} characters"))
            );
        }
        Ok(name)
    }

    fn result_type(&self, value: Option<yaml::Value<'_>>) -> Result<ResultType, Error> {
        let Some(value) = value else { return Ok(ResultType::default()) };
        let known =
            value.text().and_then(|text| ResultType::ALL.into_iter().find(|known| known.as_str() == text));
        known.ok_or_else(|| {
            let all = ResultType::ALL.map(ResultType::as_str).join(", ");
            self.wrong(value.line(), format!("metadata: `custom.result_type` is not one of {all}"))
        })
    }

    fn weight(&self, value: Option<yaml::Value<'_>>) -> Result<u32, Error> {
        let Some(value) = value else { return Ok(Metadata::WEIGHT) };
        // A quoted number is a text.
        let digits = value.scalar().filter(|_| value.text().is_none());
        // YAML 1.1 reads `010` as 8.
        let is_number = digits.is_some_and(|digits| {
            digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'))
        });
        digits.filter(|_| is_number).and_then(|digits| digits.parse().ok()).ok_or_else(|| {
            self.wrong(value.line(), "metadata: `custom.weight` is not a whole number".to_owned())
        })
    }

    fn details_order(&self, value: Option<yaml::Value<'_>>) -> Result<Vec<String>, Error> {
        let Some(value) = value else { return Ok(Vec::new()) };
        let wrong =
            |line| self.wrong(line, "metadata: `custom.details_order` is not a list of texts".to_owned());
        let mut order: Vec<String> = Vec::new();
        for item in value.items().ok_or_else(|| wrong(value.line()))? {
            let name = item.text().ok_or_else(|| wrong(item.line()))?;
            if order.iter().any(|known| known == name) {
                let cause = format!("metadata: `custom.details_order` has `{name}` twice");
                return Err(self.wrong(item.line(), cause));
            }
            order.push(name.to_owned());
        }
        Ok(order)
    }

    /// Authors can be texts, or mappings of name and email.
    fn texts_and_mappings(&self, value: Option<yaml::Value<'_>>, name: &str) -> Result<(), Error> {
        let Some(value) = value else { return Ok(()) };
        let wrong = |line| self.wrong(line, format!("metadata: `{name}` is not a list of texts"));
        for item in value.items().ok_or_else(|| wrong(value.line()))? {
            if item.text().is_none() && !(name == "authors" && item.is_mapping()) {
                return Err(wrong(item.line()));
            }
        }
        Ok(())
    }
}
