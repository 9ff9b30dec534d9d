//! Tags that several definitions have.

use std::collections::HashMap;

use super::catalogue::severity;
use super::linter::shown;
use crate::builder::definition::{Definition, Finding, Rule, TargetPlatform, has_template};

/// The definitions of a run that have each tag.
#[derive(Clone, Debug, Default)]
pub struct TagOwners(HashMap<(String, TargetPlatform), String>);

impl TagOwners {
    /// Adds the tags of a definition. A finding is a tag that an earlier definition has, for the same image and
    /// platform.
    pub fn check(&mut self, file: &str, definition: &Definition) -> Vec<Finding> {
        let image = definition.image.as_ref().filter(|image| !has_template(image));
        let Some(image) = image.filter(|_| definition.suffix.is_none()) else { return Vec::new() };
        let mut findings = Vec::new();
        for tag in definition.tags.iter().filter(|tag| tag.value.is_some()) {
            let name = format!("{}:{}", image.value, tag.as_str());
            let mut earlier = None;
            for platform in definition.platforms() {
                let owner = self.0.entry((name.clone(), platform)).or_insert_with(|| file.to_owned());
                if owner != file {
                    earlier = Some(owner.clone());
                }
            }
            if let Some(owner) = earlier {
                let message = format!("`{}` is also a tag of `{}`", shown(&name), shown(&owner));
                let severity = severity(Rule::TAG_REUSED);
                findings.push(Finding::new(Rule::TAG_REUSED, severity, tag.text.range.clone(), message));
            }
        }
        findings
    }
}
