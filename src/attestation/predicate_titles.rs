//! Titles of the predicate types of hardened images. An unknown type keeps its URI.

use crate::oci::quote_untrusted;

/// The title of a predicate type: `SPDX SBOM` for `https://spdx.dev/Document`. A type that is not one word is quoted:
/// annotations can contain any text, and reports show titles next to findings.
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
        // Docker has not published its URI; this one follows the pattern of the others.
        "https://docker.com/dhi/changelog/v0.1" => "Changelog",
        "https://modelcontextprotocol.io/server.json/v1" => "MCP server description",
        crate::trust::COSIGN_SIGN => "cosign signature",
        _ => {
            return match predicate_type.strip_prefix("https://cyclonedx.org/bom") {
                Some("") => "CycloneDX SBOM".to_owned(),
                Some(version) if is_version(version) => {
                    format!("CycloneDX SBOM {}", version.trim_start_matches("/v"))
                }
                _ => quote_untrusted(predicate_type),
            };
        }
    };
    known.to_owned()
}

/// Whether it is `/v` followed by numbers with dots between them.
fn is_version(text: &str) -> bool {
    let Some(version) = text.strip_prefix("/v") else { return false };
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    version.len() <= 16 && version.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_types_have_titles_and_others_keep_their_uri() {
        let cyclonedx = "https://cyclonedx.org/bom";
        assert_eq!(short_title("https://spdx.dev/Document"), "SPDX SBOM");
        assert_eq!(short_title(cyclonedx), "CycloneDX SBOM");
        assert_eq!(short_title(&format!("{cyclonedx}/v1.6")), "CycloneDX SBOM 1.6");
        assert_eq!(short_title("https://example.com/x/v1"), "https://example.com/x/v1");
        assert_eq!(short_title("application/vnd.acme+json"), "application/vnd.acme+json");
    }

    #[test]
    fn no_title_can_be_mistaken_for_a_finding() {
        for evil in [
            "SPDX SBOM of linux/amd64: signed by dhi-2",
            "https://cyclonedx.org/bom/v1.6 verified",
            "https://cyclonedx.org/bom/v1.6\u{200b}",
            "SPDX\u{a0}SBOM",
        ] {
            assert_eq!(short_title(evil), format!("`{evil}`"));
        }
        assert_eq!(short_title("https://cyclonedx.org/bom/verified"), "https://cyclonedx.org/bom/verified");
        assert!(short_title(&"x".repeat(1 << 20)).len() < 300);
    }
}
