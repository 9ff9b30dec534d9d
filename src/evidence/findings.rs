//! Findings of a scan as policies read them, after VEX was applied.
//!
//! Findings count only for the image whose digest they name.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::oci::Digest;

/// The findings of one scan of one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Findings {
    /// Digest of the manifest of the scanned image.
    pub image: Digest,
    /// Where they come from, for people: a scanner with its version, a file, or an attested scan.
    pub source: String,
    /// The time of the scan, if the report names one.
    pub scanned_at: Option<Timestamp>,
    /// All findings, those that VEX suppresses included.
    pub all: Vec<Finding>,
}

impl Findings {
    /// The findings of both scans of one image. The time is that of the older scan, if both are known.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let sources: Vec<&str> = self.source.split(", ").collect();
        if !sources.contains(&other.source.as_str()) {
            self.source = format!("{}, {}", self.source, other.source);
        }
        self.scanned_at = self.scanned_at.zip(other.scanned_at).map(|(one, two)| one.min(two));
        for finding in other.all {
            if !self.all.contains(&finding) {
                self.all.push(finding);
            }
        }
        self
    }
}

/// One vulnerability in one package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Finding {
    /// Its identifier, such as `CVE-2024-3094`.
    pub id: String,
    /// Other identifiers of the same vulnerability.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Package URL of the package, if the report has one.
    pub purl: Option<String>,
    /// `CRITICAL`, `HIGH`, `MEDIUM`, `LOW` or `UNSPECIFIED`.
    pub severity: String,
    /// The first version with a fix. `None`: there is none, or none is known.
    pub fixed_by: Option<String>,
    /// CVSS base score as the report writes it, such as `9.0`.
    pub cvss_score: Option<String>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Whether it is known to be exploited. `None`: the report does not tell.
    pub known_exploited: Option<bool>,
    /// The status that verified VEX gives it. `None`: no statement decides.
    pub vex_status: Option<String>,
    /// Whether VEX suppresses it.
    pub suppressed: bool,
}
