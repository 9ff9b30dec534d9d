//! Predicate types as users select them: by URI, or by a short name for all versions of a type.

use std::fmt;

use super::predicate_titles::short_title;

/// Selects predicate types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PredicateSelector {
    /// This type alone.
    Exact(String),
    /// All types of a short name.
    Family(&'static Family),
}

/// The types of one short name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    name: &'static str,
    title: &'static str,
    /// Types that are included in every version: the URI itself, and URIs below it.
    type_stems: &'static [&'static str],
    /// Types that are included exactly.
    exact_types: &'static [&'static str],
    type_to_write: Option<&'static str>,
}

const fn family(
    name: &'static str,
    title: &'static str,
    all_of: &'static [&'static str],
    written: &'static str,
) -> Family {
    Family { name, title, type_stems: all_of, exact_types: &[], type_to_write: Some(written) }
}

const fn single_type(name: &'static str, title: &'static str, exactly: &'static [&'static str; 1]) -> Family {
    let [written] = *exactly;
    Family { name, title, type_stems: &[], exact_types: exactly, type_to_write: Some(written) }
}

/// The names of this program first, then those names of cosign's attest command that have a narrower meaning.
static FAMILIES: [Family; 24] = [
    family("spdx", "SPDX SBOM", &["https://spdx.dev/Document"], "https://spdx.dev/Document"),
    family("cyclonedx", "CycloneDX SBOM", &["https://cyclonedx.org/bom"], "https://cyclonedx.org/bom"),
    family(
        "provenance",
        "SLSA provenance",
        &["https://slsa.dev/provenance"],
        "https://slsa.dev/provenance/v1",
    ),
    family("openvex", "OpenVEX", &["https://openvex.dev/ns"], "https://openvex.dev/ns"),
    family(
        "vuln",
        "Vulnerability scan",
        &["https://cosign.sigstore.dev/attestation/vuln", "https://in-toto.io/attestation/vulns"],
        "https://cosign.sigstore.dev/attestation/vuln/v1",
    ),
    family("vsa", "Verification summary", &["https://slsa.dev/verification_summary"], super::VSA_TYPE),
    family(
        "changelog",
        "Changelog",
        &["https://docker.com/dhi/changelog"],
        "https://docker.com/dhi/changelog/v0.1",
    ),
    family("fips", "FIPS compliance", &["https://docker.com/dhi/fips"], "https://docker.com/dhi/fips/v0.1"),
    family("stig", "STIG scan", &["https://docker.com/dhi/stig"], "https://docker.com/dhi/stig/v0.1"),
    family(
        "source",
        "Corresponding source",
        &["https://docker.com/dhi/source"],
        "https://docker.com/dhi/source/v0.1",
    ),
    family(
        "secrets",
        "Secret scan",
        &["https://scout.docker.com/secrets"],
        "https://scout.docker.com/secrets/v0.1",
    ),
    family(
        "virus",
        "Malware scan",
        &["https://scout.docker.com/virus"],
        "https://scout.docker.com/virus/v0.1",
    ),
    family(
        "tests",
        "Tests (CTRF)",
        &["https://scout.docker.com/tests"],
        "https://scout.docker.com/tests/v0.1",
    ),
    family(
        "health",
        "Scout health score",
        &["https://scout.docker.com/health"],
        "https://scout.docker.com/health/v0.1",
    ),
    family(
        "scout-sbom",
        "Scout SBOM",
        &["https://scout.docker.com/sbom"],
        "https://scout.docker.com/sbom/v0.1",
    ),
    family(
        "scout-provenance",
        "Scout provenance",
        &["https://scout.docker.com/provenance"],
        "https://scout.docker.com/provenance/v0.1",
    ),
    family(
        "scout-vulnerabilities",
        "Scout vulnerabilities",
        &["https://scout.docker.com/vulnerabilities"],
        "https://scout.docker.com/vulnerabilities/v0.1",
    ),
    family(
        "mcp",
        "MCP server description",
        &["https://modelcontextprotocol.io/server.json"],
        "https://modelcontextprotocol.io/server.json/v1",
    ),
    single_type("slsaprovenance", "SLSA provenance v0.2", &["https://slsa.dev/provenance/v0.2"]),
    single_type("slsaprovenance02", "SLSA provenance v0.2", &["https://slsa.dev/provenance/v0.2"]),
    single_type("slsaprovenance1", "SLSA provenance v1", &["https://slsa.dev/provenance/v1"]),
    single_type("spdxjson", "SPDX SBOM", &["https://spdx.dev/Document"]),
    single_type("link", "in-toto link", &["https://in-toto.io/Link/v1"]),
    // cosign wraps the file in a document of its own.
    Family {
        name: "custom",
        title: "cosign custom attestation",
        type_stems: &[],
        exact_types: &["https://cosign.sigstore.dev/attestation/v1"],
        type_to_write: None,
    },
];

/// VEX in any format, apart from CycloneDX documents: those have the type of SBOMs.
static VEX: Family = Family {
    name: "vex",
    title: "VEX",
    type_stems: &["https://openvex.dev/ns", "https://cyclonedx.org/vex", "https://docs.oasis-open.org/csaf"],
    // Examples of vexctl.
    exact_types: &["text/vex"],
    type_to_write: None,
};

/// What proves that an image is hardened or built on a hardened one.
static BASE_PROOF: Family = Family {
    name: "base-proof",
    title: "Base proof",
    type_stems: &[
        "https://spdx.dev/Document",
        "https://cyclonedx.org/bom",
        "https://slsa.dev/provenance",
        "https://slsa.dev/verification_summary",
    ],
    exact_types: &[],
    type_to_write: None,
};

/// SBOMs in formats that list package URLs. A CycloneDX document may also be a VEX document.
static SBOM: Family = Family {
    name: "sbom",
    title: "SBOM",
    type_stems: &["https://spdx.dev/Document", "https://cyclonedx.org/bom"],
    exact_types: &[],
    type_to_write: None,
};

/// Selectors that are no short names of the command line.
impl PredicateSelector {
    /// Selects VEX in any format, apart from CycloneDX documents, which have the type of SBOMs.
    pub fn vex() -> Self {
        Self::Family(&VEX)
    }

    /// Selects what proves that an image is hardened or built on a hardened one: SBOMs, provenance, summaries.
    pub fn base_proof() -> Self {
        Self::Family(&BASE_PROOF)
    }

    /// Selects SBOMs in SPDX and CycloneDX.
    pub fn sbom() -> Self {
        Self::Family(&SBOM)
    }
}

impl PredicateSelector {
    /// Reads a short name or a type. `None` for a word that is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match FAMILIES.iter().find(|family| family.name == text) {
            Some(family) => Some(Self::Family(family)),
            None => text.contains([':', '/']).then(|| Self::exact(text)),
        }
    }

    /// Selects this type alone.
    pub fn exact(predicate_type: &str) -> Self {
        Self::Exact(predicate_type.to_owned())
    }

    /// All short names.
    pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
        FAMILIES.iter().map(|family| family.name)
    }

    /// Whether an attestation of this type is selected.
    pub fn includes(&self, predicate_type: &str) -> bool {
        match self {
            Self::Exact(asked) => asked == predicate_type,
            Self::Family(family) => {
                let below = |stem: &&str| {
                    let rest = predicate_type.strip_prefix(*stem);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                family.exact_types.contains(&predicate_type) || family.type_stems.iter().any(below)
            }
        }
    }

    /// The type to write into a new attestation. `None` for a name that stands for a way to make predicates, not a type.
    pub fn type_to_write(&self) -> Option<&str> {
        match self {
            Self::Exact(asked) => Some(asked),
            Self::Family(family) => family.type_to_write,
        }
    }

    /// The title for people.
    pub fn title(&self) -> String {
        match self {
            Self::Exact(asked) => short_title(asked),
            Self::Family(family) => family.title.to_owned(),
        }
    }
}

impl fmt::Display for PredicateSelector {
    /// Writes the short name, or the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(asked) => f.write_str(asked),
            Self::Family(family) => f.write_str(family.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_means_every_version_of_its_types() {
        for (name, types, others) in [
            (
                "cyclonedx",
                &["https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1.6"][..],
                &["https://cyclonedx.org/bom-x", "https://cyclonedx.org/bomb/v1", "https://cyclonedx.org"][..],
            ),
            (
                "spdx",
                &["https://spdx.dev/Document", "https://spdx.dev/Document/v2.3"],
                &["https://spdx.dev/document", "https://spdx.dev/Document2", "x https://spdx.dev/Document"],
            ),
            (
                "provenance",
                &["https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1"],
                &["https://slsa.dev/verification_summary/v1", "https://scout.docker.com/provenance/v0.1"],
            ),
            (
                "vuln",
                &[
                    "https://cosign.sigstore.dev/attestation/vuln/v1",
                    "https://in-toto.io/attestation/vulns/v0.1",
                ],
                &["https://cosign.sigstore.dev/attestation/v1", "https://in-toto.io/attestation/vulnsx"],
            ),
            (
                "openvex",
                &["https://openvex.dev/ns", "https://openvex.dev/ns/v0.2.0"],
                &["https://openvex.dev"],
            ),
            (
                "slsaprovenance1",
                &["https://slsa.dev/provenance/v1"],
                &["https://slsa.dev/provenance/v1/x", "https://slsa.dev/provenance/v0.2"],
            ),
            ("vsa", &[crate::attestation::VSA_TYPE], &["https://slsa.dev/provenance/v1", ""]),
        ] {
            let asked = PredicateSelector::parse(name).unwrap();
            assert_eq!(asked.to_string(), name);
            for included in types {
                assert!(asked.includes(included), "{name} {included}");
            }
            for other in others {
                assert!(!asked.includes(other), "{name} {other}");
            }
        }
    }

    #[test]
    fn a_uri_selects_itself_and_an_unknown_word_nothing() {
        let asked = PredicateSelector::parse("https://cyclonedx.org/bom").unwrap();
        assert!(
            asked.includes("https://cyclonedx.org/bom") && !asked.includes("https://cyclonedx.org/bom/v1.6")
        );
        assert_eq!(PredicateSelector::parse("application/x").unwrap().to_string(), "application/x");
        for word in ["", "sbom", "SPDX", "spdx ", "provenances", "https"] {
            assert_eq!(PredicateSelector::parse(word), None, "{word}");
        }
    }

    #[test]
    fn a_short_name_selects_the_type_that_it_writes() {
        let mut names: Vec<_> = PredicateSelector::names().collect();
        for name in &names {
            let asked = PredicateSelector::parse(name).unwrap();
            assert_eq!(asked.type_to_write().is_none(), *name == "custom", "{name}");
            assert!(asked.type_to_write().is_none_or(|written| asked.includes(written)), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FAMILIES.len());
    }
}
