//! Describes predicates for people, in one line and one page. One file for each family of predicate types.
//!
//! No decision depends on a description. For a predicate of an unknown type or shape only the description is generic.
//! Every description is small, whatever the predicate contains.

mod changelog;
mod compliance;
mod mcp;
mod names;
mod page;
mod provenance;
mod read;
mod sbom;
mod scans;
mod source;
mod unknown;
mod vex;
mod vsa;
mod vulnerabilities;

use serde_json::value::RawValue;

pub use page::{Description, Page, Table};

use read::{Member, ShapeError};

use super::limits::SUMMARY_LINE;

/// Describes a predicate of this type. The texts in the description are unescaped: escape them before printing.
pub fn describe(predicate_type: &str, predicate: &RawValue) -> Description {
    let predicate = Member::from(predicate);
    let mut summary = match describe_known(predicate_type, predicate) {
        Some(Ok(summary)) => summary,
        Some(Err(shape)) => unknown::unknown_shape(&shape, predicate),
        None => unknown::unknown_type(predicate),
    };
    summary.line = read::cut(&summary.line, SUMMARY_LINE);
    summary
}

/// Describes a predicate of a known type. `None` for an unknown type. A newer version of a known type is read as the
/// latest known version.
fn describe_known(predicate_type: &str, predicate: Member<'_>) -> Option<Result<Description, ShapeError>> {
    let (name, version) = match predicate_type.rsplit_once("/v") {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => (name, version),
        _ => (predicate_type, ""),
    };
    Some(match name {
        "https://spdx.dev/Document" => sbom::spdx(predicate),
        "https://cyclonedx.org/bom" => sbom::cyclonedx(predicate),
        "https://scout.docker.com/sbom" => sbom::scout(predicate),
        "https://slsa.dev/provenance" if version.starts_with("0.") => provenance::slsa_v02(predicate),
        "https://slsa.dev/provenance" => provenance::slsa_v1(predicate),
        "https://scout.docker.com/provenance" => provenance::scout(predicate),
        "https://slsa.dev/verification_summary" => vsa::summary(predicate),
        "https://openvex.dev/ns" => vex::summary(predicate),
        "https://in-toto.io/attestation/vulns" => vulnerabilities::in_toto(predicate),
        "https://scout.docker.com/vulnerabilities" => vulnerabilities::scout(predicate),
        "https://scout.docker.com/secrets" => scans::secrets(predicate),
        "https://scout.docker.com/virus" => scans::virus(predicate),
        "https://scout.docker.com/tests" => scans::tests(predicate),
        "https://docker.com/dhi/fips" => compliance::fips(predicate),
        "https://docker.com/dhi/stig" => compliance::stig(predicate),
        "https://docker.com/dhi/source" => source::summary(predicate),
        // Docker has not published this URI. A changelog of another type is described as an unknown type.
        "https://docker.com/dhi/changelog" => changelog::summary(predicate),
        "https://modelcontextprotocol.io/server.json" => mcp::summary(predicate),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
