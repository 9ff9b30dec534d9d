//! Names of the predicate types that hardened images carry. An unknown type is normal and keeps its URI.

/// What people call this predicate type: `SPDX SBOM` for `https://spdx.dev/Document`.
pub fn short_title(predicate_type: &str) -> String {
    let known = match predicate_type {
        "https://spdx.dev/Document" => "SPDX SBOM",
        "https://slsa.dev/provenance/v0.2" => "SLSA provenance v0.2",
        "https://slsa.dev/provenance/v1" => "SLSA provenance v1",
        "https://slsa.dev/verification_summary/v1" => "Verification summary",
        "https://openvex.dev/ns/v0.2.0" => "OpenVEX",
        "https://in-toto.io/attestation/vulns/v0.1" => "Vulnerability scan",
        "https://scout.docker.com/sbom/v0.1" => "Scout SBOM",
        "https://scout.docker.com/provenance/v0.1" => "Scout provenance",
        "https://scout.docker.com/vulnerabilities/v0.1" => "Scout vulnerabilities",
        "https://scout.docker.com/secrets/v0.1" => "Secret scan",
        "https://scout.docker.com/virus/v0.1" => "Malware scan",
        "https://scout.docker.com/tests/v0.1" => "Tests (CTRF)",
        "https://scout.docker.com/health/v0.1" => "Scout health score",
        "https://docker.com/dhi/fips/v0.1" => "FIPS compliance",
        "https://docker.com/dhi/stig/v0.1" => "STIG scan",
        "https://docker.com/dhi/source/v0.1" => "Corresponding source",
        // Its URI is not published; this form follows those of its siblings.
        "https://docker.com/dhi/changelog/v0.1" => "Changelog",
        "https://modelcontextprotocol.io/server.json/v1" => "MCP server description",
        super::COSIGN_SIGN => "cosign signature",
        _ => {
            return match predicate_type.strip_prefix("https://cyclonedx.org/bom") {
                Some("") => "CycloneDX SBOM".to_owned(),
                Some(version) if version.starts_with("/v") => {
                    format!("CycloneDX SBOM {}", version.trim_start_matches("/v"))
                }
                _ => predicate_type.to_owned(),
            };
        }
    };
    known.to_owned()
}
