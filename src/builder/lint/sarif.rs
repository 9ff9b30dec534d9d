//! The result of checking definitions as SARIF 2.1.0, with the replacement of each suggestion.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::catalogue::{rule_text, severity};
use super::run::{Run, ends, help};
use crate::builder::definition::{Finding, Keyword, LineIndex, Rule};
use crate::report::json::text;
use crate::report::sarif_document::{
    ArtifactLocation, Document, Fingerprints, Location, Message, Region, Tool, help_uri,
};
use crate::report::style::printable;

impl Run<'_> {
    /// SARIF 2.1.0.
    pub fn sarif(&self) -> String {
        let mut rules: Vec<RuleSarif> = Vec::new();
        let mut numbers: HashMap<Rule, usize> = HashMap::new();
        let mut results = Vec::new();
        let mut fingerprints = Fingerprints::default();
        for file in self.files {
            let index = LineIndex::new(&file.text);
            for finding in &file.findings {
                let rule_index = *numbers.entry(finding.rule).or_insert_with(|| {
                    rules.push(RuleSarif::new(finding.rule));
                    rules.len() - 1
                });
                let written = file.text.get(finding.range.clone()).unwrap_or_default();
                let fingerprint = fingerprints.next(&[&file.file, finding.rule.as_str(), written]);
                let mut message = finding.message.clone();
                finding.notes.iter().chain(help(finding).as_ref()).for_each(|more| {
                    message.push_str("; ");
                    message.push_str(more);
                });
                results.push(ResultSarif {
                    rule_id: finding.rule.as_str(),
                    rule_index,
                    level: finding.severity.as_str(),
                    message: Message::new(&printable(&message)),
                    locations: [Location::of_region(&file.file, region(finding, &index))],
                    partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", fingerprint)]),
                    fixes: fixes(&file.file, finding, &index),
                });
            }
        }
        text(&Document::of([RunSarif {
            column_kind: "unicodeCodePoints",
            tool: Tool::with_rules(rules),
            results,
        }]))
    }
}

fn region(finding: &Finding, index: &LineIndex<'_>) -> Region {
    let (start, end) = ends(finding, index);
    Region {
        start_line: start.line,
        start_column: Some(start.column),
        end_line: Some(end.line),
        end_column: Some(end.column),
    }
}

fn fixes(file: &str, finding: &Finding, index: &LineIndex<'_>) -> Vec<Fix> {
    let fix = finding.suggestion.as_ref().map(|suggestion| {
        let (start, end) = (index.position(suggestion.range.start), index.position(suggestion.range.end));
        let deleted_region = Region {
            start_line: start.line,
            start_column: Some(start.column),
            end_line: Some(end.line),
            end_column: Some(end.column),
        };
        let inserted_content = Content { text: suggestion.text.clone() };
        Fix {
            description: Message::new(&printable(&help(finding).unwrap_or_default())),
            artifact_changes: [Change {
                artifact_location: ArtifactLocation::file(file),
                replacements: [Replacement { deleted_region, inserted_content }],
            }],
        }
    });
    fix.into_iter().collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunSarif {
    column_kind: &'static str,
    tool: Tool<RuleSarif>,
    results: Vec<ResultSarif>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleSarif {
    id: &'static str,
    short_description: Message,
    full_description: Message,
    help_uri: String,
    help: Message,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

impl RuleSarif {
    fn new(rule: Rule) -> Self {
        let text = rule_text(rule);
        Self {
            id: rule.as_str(),
            short_description: Message::new(rule.title()),
            full_description: Message::new(text.map_or(rule.title(), |text| text.why)),
            help_uri: help_uri(rule.as_str()),
            help: Message::new(text.map_or(rule.title(), |text| text.action)),
            default_configuration: Configuration { level: severity(rule).as_str() },
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultSarif {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Fix>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fix {
    description: Message,
    artifact_changes: [Change; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    artifact_location: ArtifactLocation,
    replacements: [Replacement; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Content,
}

/// Text that is written as it is, unlike that of a message.
#[derive(Serialize)]
struct Content {
    text: String,
}
