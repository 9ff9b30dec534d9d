//! Tags that several definitions have.

use std::collections::HashMap;

use super::linter::shown;
use crate::builder::definition::{Finding, Rule, Severity, TargetPlatform, has_template};
use crate::builder::platform::Resolved;

/// The definitions of a run that have each tag.
#[derive(Clone, Debug, Default)]
pub struct TagOwners {
    /// The number of the file, for each image with a tag.
    owners: HashMap<(String, TargetPlatform), usize>,
    files: Vec<String>,
}

/// The tags of one file.
pub(super) struct FileTags<'t> {
    all: &'t mut TagOwners,
    number: usize,
    /// What is reported for one platform is not repeated for the next one.
    reported: Vec<String>,
}

impl TagOwners {
    /// Begins with a file.
    pub(super) fn of(&mut self, file: &str) -> FileTags<'_> {
        let number = self.files.len();
        self.files.push(file.to_owned());
        FileTags { all: self, number, reported: Vec::new() }
    }
}

impl FileTags<'_> {
    /// Adds the tags for one platform. A finding is a tag that an earlier file has.
    pub(super) fn add(&mut self, resolved: &Resolved, severity: Severity) -> Vec<Finding> {
        let definition = &resolved.definition;
        let Some(image) = definition.image.as_ref().filter(|image| !has_template(image)) else {
            return Vec::new();
        };
        let mut findings = Vec::new();
        for tag in definition.tags.iter().filter(|tag| tag.value.is_some()) {
            let name = format!("{}:{}", image.value, tag.as_str());
            let owner = *self.all.owners.entry((name.clone(), resolved.platform)).or_insert(self.number);
            let Some(file) = self.all.files.get(owner).filter(|_| owner != self.number) else { continue };
            if self.reported.contains(&name) {
                continue;
            }
            let message = format!("`{}` is also a tag of `{}`", shown(&name), shown(file));
            findings.push(Finding::new(Rule::TAG_REUSED, severity, tag.text.range.clone(), message));
            self.reported.push(name);
        }
        findings
    }
}
