//! Trivy's own JSON reports: of one artifact, of a cluster, and the list of results of its first schema.
//!
//! Written back, suppressed findings move from `Vulnerabilities` to `ExperimentalModifiedFindings` of the same result. A
//! list of vulnerabilities that loses all is left out, as Trivy does.

mod graph;
mod result;
mod write;

use super::format::{ReportFormat, skip_member, skip_other};
use crate::vex::json_reader::{Fault, Kind, Reader};
use crate::vex::{Scan, Scanned, ScannedKind};

use self::result::{PackageIndex, ResultPlace, TrivyResult};
pub(super) use self::write::write;

/// Where the results of a report are: those of each scan.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(Vec<Vec<ResultPlace>>);

/// Reads a report about one artifact.
pub(super) fn read(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut subject = Scanned::default();
    let mut images = Vec::new();
    let mut results = None;
    let mut has_schema = false;
    json.optional_members(|json, name| {
        match name {
            "SchemaVersion" => has_schema = json.number_if_any()?.is_some(),
            "ArtifactName" => subject.name = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "ArtifactType" => {
                subject.kind = json.string_if_any()?.map_or(ScannedKind::Unknown, |kind| kind_of(&kind));
            }
            "Metadata" => read_metadata(json, &mut images)?,
            "Results" if json.kind() == Kind::Null => json.skip()?,
            "Results" => results = Some(read_results(json)?),
            _ => skip_member(json, ReportFormat::Trivy, name)?,
        }
        Ok(())
    })?;
    take_image(&mut subject, images);
    // Trivy leaves the list out if it finds nothing that it can scan.
    let not_scanned = match (&results, has_schema) {
        (Some(results), _) => without_packages(results),
        (None, true) => Some("the report has no results: nothing may have been scanned".to_owned()),
        (None, false) => return Err(Fault::missing(json.position(), "Results")),
    };
    let (places, scan) = scan_of(subject, results.unwrap_or_default(), not_scanned);
    Ok((Places(vec![places]), vec![scan]))
}

/// Why results do not tell that packages were scanned, if none is about packages.
fn without_packages(results: &[TrivyResult]) -> Option<String> {
    let is_missing = !results.iter().any(TrivyResult::is_of_packages);
    is_missing.then(|| "the report has no results about packages: none may have been scanned".to_owned())
}

/// Reads a report about a cluster: one scan for each resource.
pub(super) fn read_cluster(json: &mut Reader<'_>) -> Result<(Places, Vec<Scan>), Fault> {
    let mut places = Places::default();
    let mut scans = Vec::new();
    let mut has_resources = false;
    json.optional_members(|json, name| {
        match name {
            "Resources" | "Findings" => {
                has_resources = true;
                json.array(|json| {
                    let (place, scan) = read_resource(json)?;
                    places.0.push(place);
                    scans.push(scan);
                    Ok(())
                })?;
            }
            _ => skip_member(json, ReportFormat::TrivyCluster, name)?,
        }
        Ok(())
    })?;
    if has_resources { Ok((places, scans)) } else { Err(Fault::missing(json.position(), "Resources")) }
}

/// Reads the list of results that Trivy wrote before it had schemas.
pub(super) fn read_list(json: &mut Reader<'_>) -> Result<Vec<Scan>, Fault> {
    let mut results = Vec::new();
    json.optional_array(|json| {
        results.push(TrivyResult::read(json)?);
        Ok(())
    })?;
    if let Some(other) = results.iter().find(|result| !result.has_target) {
        return Err(Fault::missing(other.place.start, "Target"));
    }
    if let Some(other) = results.iter().find(|result| !result.is_of_packages()) {
        return Err(Fault::missing(other.place.start, "Vulnerabilities"));
    }
    // Any tool writes an empty list.
    if results.is_empty() {
        return Err(json.fault("the list has no results, and nothing tells that it is a report"));
    }
    // `alpine:3.10 (alpine 3.10.2)`: the artifact, and its distribution.
    let target = results.first().map(|result| result.target.as_str()).unwrap_or_default();
    let name = target.split_once(" (").map_or(target, |(name, _)| name).to_owned();
    let subject = Scanned { name, ..Scanned::default() };
    Ok(vec![scan_of(subject, results, None).1])
}

fn read_results(json: &mut Reader<'_>) -> Result<Vec<TrivyResult>, Fault> {
    let mut results = Vec::new();
    json.optional_array(|json| {
        results.push(TrivyResult::read(json)?);
        Ok(())
    })?;
    Ok(results)
}

fn read_resource(json: &mut Reader<'_>) -> Result<(Vec<ResultPlace>, Scan), Fault> {
    let (mut namespace, mut kind, mut resource) = (String::new(), String::new(), String::new());
    let mut images = Vec::new();
    let mut results = None;
    let mut error = None;
    let mut has_kind = false;
    let start = json.next_position();
    json.optional_members(|json, name| {
        match name {
            "Namespace" => namespace = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "Kind" => {
                kind = json.string_if_any()?.map(Into::into).unwrap_or_default();
                has_kind = true;
            }
            "Name" => resource = json.string_if_any()?.map(Into::into).unwrap_or_default(),
            "Metadata" => read_metadata(json, &mut images)?,
            "Results" if json.kind() == Kind::Null => json.skip()?,
            "Results" => results = Some(read_results(json)?),
            "Error" => error = json.string_if_any()?.map(String::from).filter(|error| !error.is_empty()),
            _ => skip_other(json, name, &["Results", "Error"])?,
        }
        Ok(())
    })?;
    if !has_kind {
        return Err(Fault::missing(start, "Kind"));
    }
    let path: Vec<&str> =
        [&*namespace, &*kind, &*resource].into_iter().filter(|part| !part.is_empty()).collect();
    let mut subject = Scanned { resource: Some(path.join("/")), ..Scanned::default() };
    images.retain(|image| *image != Scanned::default());
    if !images.is_empty() {
        subject.kind = ScannedKind::Image;
    }
    take_image(&mut subject, images);
    if subject.name.is_empty() {
        let name = subject.tags.first().or(subject.repo_digests.first()).or(subject.resource.as_ref());
        subject.name = name.cloned().unwrap_or_default();
    }
    let not_scanned = match &results {
        _ if error.is_some() => error,
        None => Some("the resource has no results: nothing may have been scanned".to_owned()),
        // A resource without an image, such as a service, has no packages.
        Some(results) if subject.kind == ScannedKind::Image => without_packages(results),
        Some(_) => None,
    };
    Ok(scan_of(subject, results.unwrap_or_default(), not_scanned))
}

/// The image facts of a metadata object, or of each in a list of them: newer reports of clusters have a list.
fn read_metadata(json: &mut Reader<'_>, images: &mut Vec<Scanned>) -> Result<(), Fault> {
    if json.kind() == Kind::Array {
        json.optional_array(|json| {
            images.push(read_image(json)?);
            Ok(())
        })?;
    } else {
        images.push(read_image(json)?);
    }
    Ok(())
}

fn read_image(json: &mut Reader<'_>) -> Result<Scanned, Fault> {
    let mut image = Scanned::default();
    json.members_if_any(|json, name| {
        match name {
            "RepoTags" => image.tags = json.strings_if_any()?,
            "RepoDigests" => image.repo_digests = json.strings_if_any()?,
            "ImageID" => image.image_id = json.filled_string_if_any()?,
            "OS" => image.distribution = read_distribution(json)?,
            "ImageConfig" => {
                image.architecture = json.member("architecture", Reader::filled_string_if_any)?;
            }
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(image)
}

fn read_distribution(json: &mut Reader<'_>) -> Result<Option<(String, String)>, Fault> {
    let (mut family, mut release) = (None, None);
    json.members_if_any(|json, name| {
        match name {
            "Family" => family = json.filled_string_if_any()?,
            "Name" => release = json.filled_string_if_any()?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    Ok(family.map(|family| (family, release.unwrap_or_default())))
}

/// Takes over what is known about the image. Of a resource with several images, nothing tells which result is of which,
/// so none of them identifies the subject.
fn take_image(subject: &mut Scanned, mut images: Vec<Scanned>) {
    if let (1, Some(image)) = (images.len(), images.pop()) {
        let Scanned { tags, repo_digests, image_id, architecture, distribution, .. } = image;
        *subject =
            Scanned { tags, repo_digests, image_id, architecture, distribution, ..std::mem::take(subject) };
    }
}

fn kind_of(artifact_type: &str) -> ScannedKind {
    match artifact_type {
        "container_image" => ScannedKind::Image,
        "filesystem" | "repository" | "vm" => ScannedKind::Files,
        "cyclonedx" | "spdx" => ScannedKind::Sbom,
        _ => ScannedKind::Unknown,
    }
}

fn scan_of(
    subject: Scanned,
    results: Vec<TrivyResult>,
    not_scanned: Option<String>,
) -> (Vec<ResultPlace>, Scan) {
    let graph = graph::link(&results);
    let mut findings = Vec::new();
    let mut places = Vec::new();
    let mut suppressed_before = 0;
    for (result, nodes) in results.into_iter().zip(&graph.nodes) {
        let TrivyResult { mut place, findings: found, packages, .. } = result;
        place.first_finding = findings.len();
        suppressed_before += place.modified_vulnerabilities;
        let index = PackageIndex::of(&packages, nodes);
        findings.extend(found.into_iter().map(|found| found.finding(&index)));
        places.push(place);
    }
    (places, Scan { subject, findings, suppressed_before, graph: graph.graph, not_scanned })
}
