//! What a predicate says, as one line and one page: an aid for people, which nothing is decided by. A
//! predicate of an unknown type or shape costs its summary alone, and whatever it holds, the summary is
//! small.

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

pub use page::{Page, Summary, Table};

use read::{Member, Shape};

use super::limits::SUMMARY_LINE;

/// What a predicate of this type says. Text in the summary is as it came: who prints it escapes it.
pub fn summarize(predicate_type: &str, predicate: &RawValue) -> Summary {
    let predicate = Member::from(predicate);
    let mut summary = match read(predicate_type, predicate) {
        Some(Ok(summary)) => summary,
        Some(Err(shape)) => unknown::shape(&shape, predicate),
        None => unknown::summary(predicate),
    };
    summary.line = read::cut(&summary.line, SUMMARY_LINE);
    summary
}

/// `None` when the type is not known. A newer version of a known type is tried as the one before.
fn read(predicate_type: &str, predicate: Member<'_>) -> Option<Result<Summary, Shape>> {
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
        // Docker has not published this one; a changelog under another name is of an unknown type.
        "https://docker.com/dhi/changelog" => changelog::summary(predicate),
        "https://modelcontextprotocol.io/server.json" => mcp::summary(predicate),
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
