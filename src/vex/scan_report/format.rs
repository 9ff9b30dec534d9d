//! Which format a report has, by its shape.

use std::fmt;

use crate::vex::json_reader::{Fault, Kind, Reader};

/// The format of a scanner report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportFormat {
    /// Grype's own JSON.
    Grype,
    /// Trivy's own JSON, schema 2.
    Trivy,
    /// Trivy's own JSON before it had schemas: a list of results. It can only be read.
    TrivyList,
    /// Trivy's JSON about a cluster.
    TrivyCluster,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.4 to 1.7.
    CycloneDx,
    /// OSV-Scanner's own JSON.
    OsvScanner,
    /// The predicate of an attestation. It can only be read.
    Attested,
}

impl ReportFormat {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Grype => "Grype JSON",
            Self::Trivy => "Trivy JSON",
            Self::TrivyList => "Trivy JSON of schema 1",
            Self::TrivyCluster => "Trivy JSON of a cluster",
            Self::Sarif => "SARIF",
            Self::CycloneDx => "CycloneDX JSON",
            Self::OsvScanner => "OSV-Scanner JSON",
            Self::Attested => "attested scan",
        }
    }
}

impl fmt::Display for ReportFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a JSON text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A report.
    Report(ReportFormat),
    /// Something else.
    Other(&'static str),
}

/// The shape of a text. Members are looked at up to the first that decides; those are near the beginning.
pub(super) fn shape(text: &str) -> Result<Shape, Fault> {
    let mut json = Reader::behind_mark(text);
    match json.kind() {
        Kind::Array => return Ok(Shape::Report(ReportFormat::TrivyList)),
        Kind::Object => {}
        _ => {
            json.skip()?;
            return Ok(Shape::Other("it is neither an object nor a list"));
        }
    }
    let mut found = None;
    let read = json.optional_members(|json, name| {
        found = shape_of_member(name);
        if found.is_some() {
            // This ends the reading; the format's own reader sees the rest.
            return Err(json.fault("the format is known"));
        }
        json.skip()
    });
    match found {
        Some(shape) => Ok(shape),
        None => read.map(|_| Shape::Other("it has the members of no known format")),
    }
}

/// Passes over a member that the reader of this format does not need. A member that makes the text a report in another
/// format is an error: nothing tells which of the two holds the findings. So is one that has the name of such a member in
/// another case: readers in Go take either of them.
pub(super) fn skip_member(json: &mut Reader<'_>, format: ReportFormat, name: &str) -> Result<(), Fault> {
    match shape_of_member(name) {
        Some(Shape::Report(other)) if other != format => Err(json
            .fault(format!("it is a report in two formats: `{name}` belongs to {other}, not to {format}"))),
        Some(_) => json.skip(),
        None => skip_other(json, name, &LISTS),
    }
}

/// The members that hold the findings of a report.
const LISTS: [&str; 8] =
    ["matches", "ignoredMatches", "Results", "results", "Resources", "Findings", "runs", "vulnerabilities"];

/// Passes over a member that is none of `known`. One that differs from a known one only in case is an error.
pub(super) fn skip_other(json: &mut Reader<'_>, name: &str, known: &[&str]) -> Result<(), Fault> {
    match known.iter().find(|known| known.eq_ignore_ascii_case(name)).filter(|_| !known.contains(&name)) {
        Some(known) => Err(json.fault(format!("member `{known}` is spelled `{name}`"))),
        None => json.skip(),
    }
}

fn shape_of_member(name: &str) -> Option<Shape> {
    let format = match name {
        "matches" => ReportFormat::Grype,
        "Results" | "ArtifactName" | "ArtifactType" => ReportFormat::Trivy,
        "ClusterName" | "Resources" | "Findings" => ReportFormat::TrivyCluster,
        "runs" => ReportFormat::Sarif,
        "bomFormat" => ReportFormat::CycloneDx,
        "results" => ReportFormat::OsvScanner,
        "statements" => return Some(Shape::Other("it is an OpenVEX document")),
        "payloadType" | "dsseEnvelope" | "predicateType" => {
            return Some(Shape::Other("it is an attestation"));
        }
        "spdxVersion" => return Some(Shape::Other("it is an SPDX document")),
        "artifactRelationships" | "artifacts" => return Some(Shape::Other("it is an SBOM of Syft")),
        _ => return None,
    };
    Some(Shape::Report(format))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_member_that_decides_gives_the_format() {
        for (text, expected) in [
            (r#"{"x":{"runs":[]},"matches":[]}"#, Shape::Report(ReportFormat::Grype)),
            (r#"{"SchemaVersion":2,"ArtifactName":"matches"}"#, Shape::Report(ReportFormat::Trivy)),
            (
                r#"{"SchemaVersion":2,"ClusterName":"","Resources":[]}"#,
                Shape::Report(ReportFormat::TrivyCluster),
            ),
            (r#"[{"Target":"x"}]"#, Shape::Report(ReportFormat::TrivyList)),
            (r#"{"$schema":"x","version":"2.1.0","runs":[]}"#, Shape::Report(ReportFormat::Sarif)),
            (r#"{"bom\u0046ormat":"CycloneDX"}"#, Shape::Report(ReportFormat::CycloneDx)),
            (r#"{"results":[]}"#, Shape::Report(ReportFormat::OsvScanner)),
            (r#"{"@context":"x","statements":[]}"#, Shape::Other("it is an OpenVEX document")),
            ("{}", Shape::Other("it has the members of no known format")),
            ("1", Shape::Other("it is neither an object nor a list")),
        ] {
            assert_eq!(shape(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_json_has_no_shape() {
        for text in ["", "{", "{\"a\"", "{\"a\":tru}", "nonsense"] {
            assert!(shape(text).is_err(), "{text}");
        }
    }
}
