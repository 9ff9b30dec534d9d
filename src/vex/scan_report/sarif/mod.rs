//! SARIF 2.1.0, as Grype, Trivy and Docker Scout write it.
//!
//! Written back, a suppressed result gets an entry in `suppressions`, or leaves the report. A result under investigation
//! gets an entry under review, which does not suppress.

mod finding;
mod places;
mod rule_id;
mod text;
mod write;

use std::collections::HashMap;

pub(super) use self::places::Places;
pub use self::rule_id::vulnerability_of_rule;
pub(super) use self::write::write;

use self::finding::{RawResult, Rule, Tool};
use self::places::{ResultPlace, RunPlace, STATEMENT, Suppression, SuppressionStatus, SuppressionsPlace};
use super::format::{ReportFormat, skip_member};
use super::parts::Parts;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{Scan, Scanned, ScannedKind};

/// Reads a report: one scan for each run.
pub(super) fn read(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut places = Places::default();
    let mut scans = Vec::new();
    json.optional_members(|json, name| {
        match name {
            "runs" => {
                json.optional_array(|json| {
                    let (place, scan) = read_run(json)?;
                    places.0.push(place);
                    scans.push(scan);
                    Ok(())
                })?;
            }
            _ => skip_member(json, ReportFormat::Sarif, name)?,
        }
        Ok(())
    })?;
    // Without runs, nothing tells whether anything was scanned.
    if scans.is_empty() { Err(json.fault("expected a run in `runs`")) } else { Ok((places, scans)) }
}

fn read_run(json: &mut Reader<'_>) -> Result<(RunPlace, Scan), Fault> {
    let start = json.next_position();
    let mut tool = Tool::Other;
    let mut rules: Vec<Rule> = Vec::new();
    let mut raw: Vec<(RawResult<'_>, Option<SuppressionsPlace>)> = Vec::new();
    let mut results = None;
    let mut subject = Scanned::default();
    let mut has_failed = false;
    json.optional_members(|json, name| {
        match name {
            "tool" => tool = read_tool(json, &mut rules)?,
            "results" => {
                results = Parts::of_list(json, |json| {
                    raw.push(read_result(json)?);
                    Ok(())
                })?;
            }
            "properties" => read_image(json, &mut subject)?,
            "invocations" => {
                json.array_if_any(|json| {
                    let successful = json.member("executionSuccessful", |json| json.written().map(Some))?;
                    has_failed |= successful == Some("false");
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let Some(results) = results else {
        return Err(Fault::missing(start, "results"));
    };
    let by_id: HashMap<&str, &Rule> = rules.iter().rev().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut findings = Vec::new();
    let mut suppressed_before = 0;
    let mut details = Vec::with_capacity(raw.len());
    for (result, suppressions) in raw {
        let by_index = result.rule_index.and_then(|index| rules.get(index));
        let matching = by_index.filter(|rule| result.rule_id.as_deref().is_none_or(|id| id == rule.id));
        let rule = matching.or_else(|| by_id.get(result.rule_id.as_deref()?).copied()).or(by_index);
        let is_suppressed = suppressions.as_ref().is_some_and(SuppressionsPlace::suppresses);
        let mut place = ResultPlace { finding: None, suppressions };
        if is_suppressed {
            suppressed_before += 1;
        } else if rule.is_none_or(Rule::is_about_vulnerability) {
            result.describe_subject(tool, &mut subject);
            place.finding = Some(findings.len());
            findings.push(result.finding(tool, rule));
        }
        details.push(place);
    }
    let not_scanned = has_failed.then(|| "the report says that the scan failed".to_owned());
    let scan = Scan { subject, findings, suppressed_before, graph: None, not_scanned };
    Ok((RunPlace { results, details }, scan))
}

fn read_tool(json: &mut Reader<'_>, rules: &mut Vec<Rule>) -> Result<Tool, Fault> {
    let mut tool = Tool::Other;
    json.members_if_any(|json, name| {
        match name {
            "driver" => {
                json.members_if_any(|json, name| {
                    match name {
                        "name" => tool = json.string_if_any()?.map_or(Tool::Other, |name| Tool::named(&name)),
                        "rules" => {
                            json.array_if_any(|json| {
                                rules.push(Rule::read(json)?);
                                Ok(())
                            })?;
                        }
                        _ => json.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(tool)
}

/// The properties that Trivy gives to a run about an image.
fn read_image(json: &mut Reader<'_>, subject: &mut Scanned) -> Result<(), Fault> {
    json.members_if_any(|json, name| {
        match name {
            "imageName" => {
                subject.kind = ScannedKind::Image;
                subject.name = json.string_if_any()?.map(Into::into).unwrap_or_default();
            }
            "repoTags" => subject.tags = json.strings_if_any()?,
            "repoDigests" => subject.repo_digests = json.strings_if_any()?,
            "imageID" => subject.image_id = json.filled_string_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

fn read_result<'a>(json: &mut Reader<'a>) -> Result<(RawResult<'a>, Option<SuppressionsPlace>), Fault> {
    let mut result = RawResult::default();
    let mut suppressions = None;
    json.optional_members(|json, name| {
        if name == "suppressions" {
            suppressions = Some(read_suppressions(json)?);
            return Ok(());
        }
        result.read_member(json, name)
    })?;
    Ok((result, suppressions))
}

fn read_suppressions(json: &mut Reader<'_>) -> Result<SuppressionsPlace, Fault> {
    let start = json.name_position();
    let value = json.next_position();
    let mut entries = Vec::new();
    let list = Parts::of_list(json, |json| {
        entries.push(read_suppression(json)?);
        Ok(())
    })?;
    Ok(SuppressionsPlace { start, value: value..json.position(), list, entries })
}

fn read_suppression(json: &mut Reader<'_>) -> Result<Suppression, Fault> {
    let mut entry = Suppression::default();
    json.optional_members(|json, name| {
        match name {
            "status" => {
                let start = json.next_position();
                entry.status = match json.optional_string()?.as_deref() {
                    Some("underReview") => SuppressionStatus::UnderReview,
                    Some("rejected") => SuppressionStatus::Rejected,
                    _ => SuppressionStatus::Accepted,
                };
                entry.status_value = Some(start..json.position());
            }
            "justification" => entry.justification = json.string_if_any()?.map(Into::into),
            "properties" => {
                json.members_if_any(|json, name| {
                    match name {
                        STATEMENT => {
                            entry.statement = json.string_if_any()?.map(Into::into);
                        }
                        _ => json.skip()?,
                    }
                    Ok(())
                })?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(entry)
}
