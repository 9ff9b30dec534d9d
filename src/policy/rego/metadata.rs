//! The metadata block of a policy: `# METADATA` and YAML in comments above `package`.

use serde::{Deserialize, Serialize};

use super::error::Error;
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

impl Metadata {
    /// The weight of a policy that states none.
    pub const WEIGHT: u32 = 10;

    /// The metadata in the comments of `source`.
    ///
    /// # Errors
    ///
    /// [`Error::NotAPolicy`] if the block is not valid.
    pub(super) fn of_source(origin: &str, source: &str) -> Result<Self, Error> {
        let comments = source.lines().skip_while(|line| line.trim() != "# METADATA").skip(1);
        let block: Vec<&str> = comments.map_while(|line| line.strip_prefix('#')).collect();
        let wrong = |cause: String| Error::NotAPolicy { origin: origin.to_owned(), cause };
        let text =
            block.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
        let documents: Vec<yaml::Document> = yaml::documents(&text, origin)
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(error.to_string()))?;
        let root = documents.first().and_then(yaml::Document::root);
        let custom = root.and_then(|root| root.get("custom"));
        let text = |at: Option<yaml::Value<'_>>, name: &str| Some(at?.get(name)?.text()?.to_owned());
        Ok(Self {
            name: text(custom, "name").unwrap_or_else(|| "docker.scout".to_owned()),
            title: text(root, "title"),
            description: text(root, "description"),
            result_type: ResultType::default(),
            weight: Self::WEIGHT,
            not_compliant_title: text(custom, "not_compliant_title"),
            details_order: Vec::new(),
        })
    }
}
