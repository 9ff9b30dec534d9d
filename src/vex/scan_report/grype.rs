//! Grype's own JSON report.
//!
//! Written back, suppressed matches move from `matches` to `ignoredMatches`, each with the rule that names the statement.
//! What was in `ignoredMatches` before stays as it was.

use std::ops::Range;

use super::format::{ReportFormat, skip_member};
use super::layout::{Layout, NewValue, Start};
use super::package_types;
use super::parts::{ObjectEnd, Parts, list_of};
use super::pieces::{Edits, Piece};
use super::ratings;
use super::verdict::Verdict;
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{
    AppliedReport, Finding, Fix, FoundPackage, PackageUrl, Scan, Scanned, ScannedKind, Severity,
    SourcePackage, StatementSet,
};

/// Where the matches of a report are.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// Where the member `matches` begins.
    member: usize,
    /// Where its value ends.
    end: usize,
    matches: Parts,
    ignored: Option<Ignored>,
}

/// Where the member `ignoredMatches` is.
#[derive(Clone, Debug)]
struct Ignored {
    member: usize,
    value: Range<usize>,
    /// Its elements. `None` for `null`.
    list: Option<Parts>,
}

/// Reads a report.
pub(super) fn read(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut places = None;
    let mut ignored = None;
    let mut findings = Vec::new();
    let mut subject = Scanned::default();
    json.optional_members(|json, name| {
        let member = json.name_position();
        match name {
            "matches" => {
                let matches = Parts::of_list(json, |json| {
                    findings.push(read_match(json)?);
                    Ok(())
                })?;
                let matches = matches
                    .ok_or_else(|| Fault::new(json.position(), "expected a list in `matches`".to_owned()))?;
                places = Some((member, json.position(), matches));
            }
            "ignoredMatches" => {
                let start = json.next_position();
                let list = Parts::of_list(json, Reader::skip)?;
                ignored = Some(Ignored { member, value: start..json.position(), list });
            }
            "source" => read_source(json, &mut subject)?,
            "distro" => subject.distribution = read_distribution(json)?,
            _ => skip_member(json, ReportFormat::Grype, name)?,
        }
        Ok(())
    })?;
    let Some((member, end, matches)) = places else {
        return Err(Fault::missing(json.position(), "matches"));
    };
    let list = ignored.as_ref().and_then(|ignored: &Ignored| ignored.list.as_ref());
    let suppressed_before = list.map_or(0, |list| list.spans.len());
    let scan = Scan { subject, findings, suppressed_before, graph: None, not_scanned: None };
    Ok((Places { member, end, matches, ignored }, vec![scan]))
}

fn read_match(json: &mut Reader<'_>) -> Result<Finding, Fault> {
    let mut vulnerability = None;
    let mut related = Vec::new();
    let mut package = None;
    let start = json.next_position();
    json.optional_members(|json, name| {
        match name {
            "vulnerability" => vulnerability = Some(read_vulnerability(json)?),
            "relatedVulnerabilities" => {
                json.array_if_any(|json| {
                    related.push(read_vulnerability(json)?);
                    Ok(())
                })?;
            }
            "artifact" => package = Some(read_artifact(json)?),
            // Only ignored matches have it, and a match that moves there must not have it twice.
            "appliedIgnoreRules" => return Err(json.fault("a match in `matches` has rules that ignore it")),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let missing = |name| Fault::missing(start, name);
    let vulnerability: Vulnerability = vulnerability.ok_or_else(|| missing("vulnerability"))?;
    let id = vulnerability.id.ok_or_else(|| missing("vulnerability.id"))?;
    let mut aliases = Vec::new();
    let mut scores = vulnerability.scores;
    let mut epss = vulnerability.epss;
    for other in related {
        scores.extend(other.scores);
        epss = epss.or(other.epss);
        ratings::add_alias(&mut aliases, &id, other.id.as_deref().unwrap_or_default());
    }
    for advisory in &vulnerability.advisories {
        ratings::add_alias(&mut aliases, &id, advisory);
    }
    Ok(Finding {
        id,
        aliases,
        package: package.ok_or_else(|| missing("artifact"))?,
        severity: vulnerability.severity,
        fix: vulnerability.fix,
        published: None,
        // Grype records risks since it records known exploits, and leaves an empty list of exploits out.
        known_exploited: vulnerability.has_risk.then_some(vulnerability.is_exploited),
        scores: ratings::highest_first(scores),
        epss,
    })
}

struct Vulnerability {
    id: Option<String>,
    severity: Severity,
    fix: Fix,
    advisories: Vec<String>,
    scores: Vec<f64>,
    epss: Option<f64>,
    is_exploited: bool,
    has_risk: bool,
}

fn read_vulnerability(json: &mut Reader<'_>) -> Result<Vulnerability, Fault> {
    let mut read = Vulnerability {
        id: None,
        severity: Severity::Unknown,
        fix: Fix::Unknown,
        advisories: Vec::new(),
        scores: Vec::new(),
        epss: None,
        is_exploited: false,
        has_risk: false,
    };
    json.optional_members(|json, name| {
        match name {
            "id" => read.id = json.optional_string()?.map(Into::into),
            "severity" => {
                let label = json.string_if_any()?;
                read.severity = label.map_or(Severity::Unknown, |label| ratings::severity(&label));
            }
            "fix" => read.fix = read_fix(json)?,
            // The first versions of Grype.
            "fixedInVersion" => {
                let version = json.string_if_any()?.filter(|version| !version.is_empty());
                read.fix = version.map_or(Fix::NotFixed, |version| Fix::Fixed(vec![version.into_owned()]));
            }
            "advisories" => {
                json.array_if_any(|json| {
                    let id = json.member("id", Reader::filled_string_if_any)?;
                    read.advisories.extend(id);
                    Ok(())
                })?;
            }
            "cvss" => {
                json.array_if_any(|json| {
                    json.members_if_any(|json, name| match name {
                        "metrics" => read_score(json, &mut read.scores),
                        _ => json.skip(),
                    })?;
                    Ok(())
                })?;
            }
            "cvssV2" | "cvssV3" => read_score(json, &mut read.scores)?,
            "epss" => {
                json.array_if_any(|json| {
                    read.epss = read.epss.or(json.member("epss", Reader::number_if_any)?);
                    Ok(())
                })?;
            }
            "knownExploited" => {
                json.array_if_any(|json| {
                    read.is_exploited = true;
                    json.skip()
                })?;
            }
            "risk" => read.has_risk = json.number_if_any()?.is_some(),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(read)
}

fn read_score(json: &mut Reader<'_>, scores: &mut Vec<f64>) -> Result<(), Fault> {
    scores.extend(json.member("baseScore", Reader::number_if_any)?);
    Ok(())
}

fn read_fix(json: &mut Reader<'_>) -> Result<Fix, Fault> {
    let (mut versions, mut state) = (Vec::new(), None);
    json.members_if_any(|json, name| {
        match name {
            "versions" => versions = json.strings_if_any()?,
            "state" => state = json.string_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    versions.retain(|version| !version.is_empty());
    Ok(match state.as_deref() {
        _ if !versions.is_empty() => Fix::Fixed(versions),
        Some("fixed") => Fix::Fixed(versions),
        Some("not-fixed") => Fix::NotFixed,
        Some("wont-fix") => Fix::WontFix,
        _ => Fix::Unknown,
    })
}

fn read_artifact(json: &mut Reader<'_>) -> Result<FoundPackage, Fault> {
    let mut package = FoundPackage::default();
    let (mut purl, mut kind, mut old_source) = (None, None, OldSource::default());
    json.optional_members(|json, name| {
        match name {
            "name" => package.name = json.optional_string()?.map(Into::into).unwrap_or_default(),
            "version" => {
                package.version =
                    json.optional_string()?.map(Into::into).filter(|text: &String| !text.is_empty());
            }
            "type" => kind = json.string_if_any()?,
            "purl" => purl = json.optional_string()?,
            "locations" => {
                json.array_if_any(|json| read_location(json, &mut package))?;
            }
            "upstreams" => {
                json.array_if_any(|json| {
                    package.sources.extend(read_upstream(json)?);
                    Ok(())
                })?;
            }
            "metadata" => old_source.read(json)?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    package.purl = purl.and_then(|purl| PackageUrl::parse(&purl).ok());
    if package.purl.is_none() {
        package.kind = Some(package_types::of_syft(kind.as_deref().unwrap_or_default()).to_owned());
    }
    if package.sources.is_empty() {
        package.sources.extend(old_source.source());
    }
    if let (true, Some(purl)) = (package.sources.is_empty(), &package.purl) {
        package.sources.extend(purl.qualifier("upstream").map(upstream_of_purl));
    }
    Ok(package)
}

fn read_location(json: &mut Reader<'_>, package: &mut FoundPackage) -> Result<(), Fault> {
    if json.kind() == Kind::String {
        package.locations.extend(json.optional_string()?.map(String::from));
        return Ok(());
    }
    json.members_if_any(|json, name| {
        match name {
            "path" => package.locations.extend(json.string_if_any()?.map(String::from)),
            "layerID" => {
                let layer = json.string_if_any()?.filter(|layer| !layer.is_empty());
                package.layers.extend(
                    layer.filter(|layer| !package.layers.iter().any(|l| l == layer)).map(String::from),
                );
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

fn read_upstream(json: &mut Reader<'_>) -> Result<Option<SourcePackage>, Fault> {
    let (mut source, mut version) = (String::new(), None);
    json.members_if_any(|json, name| {
        match name {
            "name" => source = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "version" => version = json.string_if_any()?.map(String::from).filter(|text| !text.is_empty()),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok((!source.is_empty()).then_some(SourcePackage { name: source, version }))
}

/// The source package as versions of Grype before `upstreams` record it.
#[derive(Debug, Default)]
struct OldSource {
    name: String,
    version: Option<String>,
}

impl OldSource {
    fn read(&mut self, json: &mut Reader<'_>) -> Result<(), Fault> {
        json.members_if_any(|json, name| {
            match name {
                "Source" | "source" | "OriginPackage" | "originPackage" => {
                    self.name = json.string_if_any()?.map(Into::into).unwrap_or_default();
                }
                "SourceVersion" | "sourceVersion" => {
                    self.version =
                        json.string_if_any()?.map(Into::into).filter(|text: &String| !text.is_empty());
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        Ok(())
    }

    fn source(self) -> Option<SourcePackage> {
        (!self.name.is_empty()).then_some(SourcePackage { name: self.name, version: self.version })
    }
}

/// The source package of the qualifier `upstream`: `NAME`, `NAME@VERSION`, or the file name of a source RPM.
fn upstream_of_purl(upstream: &str) -> SourcePackage {
    if let Some(file) = upstream.strip_suffix(".src.rpm")
        && let Some((rest, release)) = file.rsplit_once('-')
        && let Some((name, version)) = rest.rsplit_once('-')
    {
        return SourcePackage { name: name.to_owned(), version: Some(format!("{version}-{release}")) };
    }
    match upstream.rsplit_once('@') {
        Some((name, version)) if !name.is_empty() && !version.is_empty() => {
            SourcePackage { name: name.to_owned(), version: Some(version.to_owned()) }
        }
        _ => SourcePackage { name: upstream.to_owned(), version: None },
    }
}

fn read_source(json: &mut Reader<'_>, subject: &mut Scanned) -> Result<(), Fault> {
    let mut kind = None;
    json.members_if_any(|json, name| {
        match name {
            "type" => kind = json.string_if_any()?,
            "target" => match json.kind() {
                Kind::String => subject.name = json.optional_string()?.map(Into::into).unwrap_or_default(),
                Kind::Object => read_target(json, subject)?,
                _ => json.skip()?,
            },
            _ => json.skip()?,
        }
        Ok(())
    })?;
    subject.kind = match kind.as_deref() {
        Some("image") => ScannedKind::Image,
        Some("directory" | "file" | "snap") => ScannedKind::Files,
        Some(kind) if kind.starts_with("sbom") => ScannedKind::Sbom,
        _ => ScannedKind::Unknown,
    };
    Ok(())
}

fn read_target(json: &mut Reader<'_>, subject: &mut Scanned) -> Result<(), Fault> {
    json.optional_members(|json, name| {
        match name {
            "userInput" => subject.name = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "tags" => subject.tags = json.strings_if_any()?,
            "repoDigests" => subject.repo_digests = json.strings_if_any()?,
            "manifestDigest" => subject.manifest_digest = json.filled_string_if_any()?,
            "imageID" => subject.image_id = json.filled_string_if_any()?,
            "architecture" => subject.architecture = json.filled_string_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(())
}

fn read_distribution(json: &mut Reader<'_>) -> Result<Option<(String, String)>, Fault> {
    let (mut family, mut release) = (String::new(), String::new());
    json.members_if_any(|json, name| {
        match name {
            "name" => family = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "version" => release = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok((!family.is_empty()).then_some((family, release)))
}

/// The edits that move suppressed matches.
pub(super) fn write(places: &Places, text: &str, report: &AppliedReport, statements: &StatementSet) -> Edits {
    let mut edits = Edits::default();
    let Some(scan) = report.scans.first() else { return edits };
    let layout = Layout::of(text);
    let mut is_moved = vec![false; places.matches.spans.len()];
    let mut moved = Vec::new();
    for (index, (span, is_moved)) in places.matches.spans.iter().zip(&mut is_moved).enumerate() {
        if let Some(verdict) = Verdict::of(scan, index, statements).filter(|verdict| verdict.is_suppressed) {
            let id = scan.scan.findings.get(index).map_or("", |finding| finding.id.as_str());
            *is_moved = true;
            moved.push(ignored_match(text, span, &layout, id, &verdict));
        }
    }
    if moved.is_empty() {
        return edits;
    }
    places.matches.remove(&mut edits, |index| is_moved.get(index) == Some(&true));
    match &places.ignored {
        Some(Ignored { member, list: Some(list), .. }) => {
            list.append(&mut edits, text, &layout, Start::of(text, *member), moved);
        }
        Some(Ignored { member, value, list: None }) => {
            edits.put(value.clone(), list_of(&layout, Start::of(text, *member), moved));
        }
        None => {
            let start = Start::of(text, places.member);
            let lead = format!(",{}\"ignoredMatches\"{}", layout.next(start), layout.colon());
            let mut pieces = vec![Piece::New(lead)];
            pieces.extend(list_of(&layout, start, moved));
            edits.put(places.end..places.end, pieces);
        }
    }
    edits
}

/// A match with the rule that ignores it. Both lists are on one level, so its lines keep their indentation.
fn ignored_match(
    text: &str,
    span: &Range<usize>,
    layout: &Layout,
    id: &str,
    verdict: &Verdict<'_>,
) -> Vec<Piece> {
    let mut rule = Vec::new();
    if !id.is_empty() {
        rule.push(("vulnerability", NewValue::text(id)));
    }
    rule.push(("namespace", NewValue::text("vex")));
    rule.push(("vex-status", NewValue::text(verdict.status.as_str())));
    if let Some(justification) = verdict.justification {
        rule.push(("vex-justification", NewValue::text(justification.as_str())));
    }
    rule.push(("reason", NewValue::text(verdict.label.as_str())));
    let rules = NewValue::List(vec![NewValue::Object(rule)]);
    let end = ObjectEnd::of(text, span.clone());
    vec![
        Piece::Kept(span.start..end.at()),
        Piece::New(end.member(layout, "appliedIgnoreRules", &rules)),
        Piece::Kept(end.at()..span.end),
    ]
}
