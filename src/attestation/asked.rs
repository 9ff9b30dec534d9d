//! A predicate type as people ask for it: a URI, or a short name, which stands for all versions of a type.

use std::fmt;

use super::predicate::short_title;

/// What a question says of predicate types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum AskedType {
    /// This type alone.
    Exactly(String),
    /// All types that a short name stands for.
    Family(&'static Family),
}

/// The types that go by one short name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Family {
    name: &'static str,
    title: &'static str,
    /// Types that count in every version: the URI itself, and what is below it.
    all_of: &'static [&'static str],
    /// Types that count as they are.
    exactly: &'static [&'static str],
    written: Option<&'static str>,
}

const fn all(
    name: &'static str,
    title: &'static str,
    all_of: &'static [&'static str],
    written: &'static str,
) -> Family {
    Family { name, title, all_of, exactly: &[], written: Some(written) }
}

const fn one(name: &'static str, title: &'static str, exactly: &'static [&'static str; 1]) -> Family {
    let [written] = *exactly;
    Family { name, title, all_of: &[], exactly, written: Some(written) }
}

/// The names of this program first, then those of `cosign attest --type` that mean something narrower.
static FAMILIES: [Family; 24] = [
    all("spdx", "SPDX SBOM", &["https://spdx.dev/Document"], "https://spdx.dev/Document"),
    all("cyclonedx", "CycloneDX SBOM", &["https://cyclonedx.org/bom"], "https://cyclonedx.org/bom"),
    all("provenance", "SLSA provenance", &["https://slsa.dev/provenance"], "https://slsa.dev/provenance/v1"),
    all("openvex", "OpenVEX", &["https://openvex.dev/ns"], "https://openvex.dev/ns"),
    all(
        "vuln",
        "Vulnerability scan",
        &["https://cosign.sigstore.dev/attestation/vuln", "https://in-toto.io/attestation/vulns"],
        "https://cosign.sigstore.dev/attestation/vuln/v1",
    ),
    all("vsa", "Verification summary", &["https://slsa.dev/verification_summary"], super::VSA),
    all(
        "changelog",
        "Changelog",
        &["https://docker.com/dhi/changelog"],
        "https://docker.com/dhi/changelog/v0.1",
    ),
    all("fips", "FIPS compliance", &["https://docker.com/dhi/fips"], "https://docker.com/dhi/fips/v0.1"),
    all("stig", "STIG scan", &["https://docker.com/dhi/stig"], "https://docker.com/dhi/stig/v0.1"),
    all(
        "source",
        "Corresponding source",
        &["https://docker.com/dhi/source"],
        "https://docker.com/dhi/source/v0.1",
    ),
    all(
        "secrets",
        "Secret scan",
        &["https://scout.docker.com/secrets"],
        "https://scout.docker.com/secrets/v0.1",
    ),
    all("virus", "Malware scan", &["https://scout.docker.com/virus"], "https://scout.docker.com/virus/v0.1"),
    all("tests", "Tests (CTRF)", &["https://scout.docker.com/tests"], "https://scout.docker.com/tests/v0.1"),
    all(
        "health",
        "Scout health score",
        &["https://scout.docker.com/health"],
        "https://scout.docker.com/health/v0.1",
    ),
    all("scout-sbom", "Scout SBOM", &["https://scout.docker.com/sbom"], "https://scout.docker.com/sbom/v0.1"),
    all(
        "scout-provenance",
        "Scout provenance",
        &["https://scout.docker.com/provenance"],
        "https://scout.docker.com/provenance/v0.1",
    ),
    all(
        "scout-vulnerabilities",
        "Scout vulnerabilities",
        &["https://scout.docker.com/vulnerabilities"],
        "https://scout.docker.com/vulnerabilities/v0.1",
    ),
    all(
        "mcp",
        "MCP server description",
        &["https://modelcontextprotocol.io/server.json"],
        "https://modelcontextprotocol.io/server.json/v1",
    ),
    one("slsaprovenance", "SLSA provenance v0.2", &["https://slsa.dev/provenance/v0.2"]),
    one("slsaprovenance02", "SLSA provenance v0.2", &["https://slsa.dev/provenance/v0.2"]),
    one("slsaprovenance1", "SLSA provenance v1", &["https://slsa.dev/provenance/v1"]),
    one("spdxjson", "SPDX SBOM", &["https://spdx.dev/Document"]),
    one("link", "in-toto link", &["https://in-toto.io/Link/v1"]),
    // cosign puts the file into a document of its own.
    Family {
        name: "custom",
        title: "cosign custom attestation",
        all_of: &[],
        exactly: &["https://cosign.sigstore.dev/attestation/v1"],
        written: None,
    },
];

impl AskedType {
    /// Reads a short name or a type. `None` where it is a word that is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match FAMILIES.iter().find(|family| family.name == text) {
            Some(family) => Some(Self::Family(family)),
            None => text.contains([':', '/']).then(|| Self::exactly(text)),
        }
    }

    /// This type alone.
    pub fn exactly(predicate_type: &str) -> Self {
        Self::Exactly(predicate_type.to_owned())
    }

    /// All short names.
    pub fn names() -> impl ExactSizeIterator<Item = &'static str> {
        FAMILIES.iter().map(|family| family.name)
    }

    /// Whether an attestation of this type is asked for.
    pub fn includes(&self, predicate_type: &str) -> bool {
        match self {
            Self::Exactly(asked) => asked == predicate_type,
            Self::Family(family) => {
                let below = |stem: &&str| {
                    let rest = predicate_type.strip_prefix(*stem);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                family.exactly.contains(&predicate_type) || family.all_of.iter().any(below)
            }
        }
    }

    /// The type that a new attestation gets. `None` for a name that says how to make the predicate, not what it is.
    pub fn written(&self) -> Option<&str> {
        match self {
            Self::Exactly(asked) => Some(asked),
            Self::Family(family) => family.written,
        }
    }

    /// What people call it.
    pub fn title(&self) -> String {
        match self {
            Self::Exactly(asked) => short_title(asked),
            Self::Family(family) => family.title.to_owned(),
        }
    }
}

impl fmt::Display for AskedType {
    /// As it is asked: the short name, or the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(asked) => f.write_str(asked),
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
            ("vsa", &[crate::attestation::VSA], &["https://slsa.dev/provenance/v1", ""]),
        ] {
            let asked = AskedType::parse(name).unwrap();
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
    fn a_uri_asks_for_itself_alone_and_an_unknown_word_for_nothing() {
        let asked = AskedType::parse("https://cyclonedx.org/bom").unwrap();
        assert!(
            asked.includes("https://cyclonedx.org/bom") && !asked.includes("https://cyclonedx.org/bom/v1.6")
        );
        assert_eq!(AskedType::parse("application/x").unwrap().to_string(), "application/x");
        for word in ["", "sbom", "SPDX", "spdx ", "provenances", "https"] {
            assert_eq!(AskedType::parse(word), None, "{word}");
        }
    }

    #[test]
    fn what_is_written_under_a_name_is_read_under_it() {
        let mut names: Vec<_> = AskedType::names().collect();
        for name in &names {
            let asked = AskedType::parse(name).unwrap();
            assert_eq!(asked.written().is_none(), *name == "custom", "{name}");
            assert!(asked.written().is_none_or(|written| asked.includes(written)), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FAMILIES.len());
    }
}
