//! Which scanner a program is, its version, and how old its database is: as it says itself.

use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::command::of_program;
use super::kind::ScannerKind;
use crate::scan::error::Error;
use crate::scan::limits::{SCANNER_MESSAGES, VERSION_ANSWER, VERSION_TIME};
use crate::scan::running::{Bounds, Broken, run};

/// What stands for a version that a program does not name.
const UNKNOWN: &str = "of an unknown version";

/// What a program says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) kind: ScannerKind,
    pub(super) version: String,
    pub(super) database: Option<Timestamp>,
}

/// The answer of `grype version` as JSON.
#[derive(Deserialize)]
struct OfGrype {
    application: String,
    version: String,
}

/// The answer of `trivy version` as JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfTrivy {
    version: String,
    #[serde(default, rename = "VulnerabilityDB")]
    database: Option<DatabaseOfTrivy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DatabaseOfTrivy {
    #[serde(default)]
    updated_at: Option<String>,
}

/// Asks a program which scanner it is. `known` is what its name says.
pub(super) async fn of(
    program: &Path,
    known: Option<ScannerKind>,
    directory: &Path,
) -> Result<Version, Error> {
    let mut cause = String::new();
    for kind in [ScannerKind::Grype, ScannerKind::Trivy] {
        if known.is_some_and(|known| known != kind) {
            continue;
        }
        match answer(program, kind, directory).await {
            Ok(version) => return Ok(version),
            Err(other) => cause = other,
        }
    }
    Err(Error::OtherProgram { program: program.display().to_string(), cause })
}

async fn answer(program: &Path, kind: ScannerKind, directory: &Path) -> Result<Version, String> {
    let mut command = of_program(program, directory);
    match kind {
        ScannerKind::Grype => {
            command.args(["version", "-o", "json"]).env("GRYPE_CHECK_FOR_APP_UPDATE", "false")
        }
        ScannerKind::Trivy => command.args(["version", "-f", "json"]),
    };
    let bounds = Bounds { output: VERSION_ANSWER, messages: SCANNER_MESSAGES, time: VERSION_TIME };
    let ended = run(&mut command, bounds).await.map_err(|broken| match broken {
        Broken::Failed(cause) => cause,
        Broken::TooLong(bound) => format!("it prints more than {bound} bytes about its version"),
    })?;
    if !ended.status.success() {
        return Err(format!("its command `version` ends with {}", ended.status));
    }
    parsed(kind, &ended.output)
}

fn parsed(kind: ScannerKind, output: &[u8]) -> Result<Version, String> {
    let other = |error: serde_json::Error| format!("its command `version` prints no version: {error}");
    match kind {
        ScannerKind::Grype => {
            let OfGrype { application, version } = serde_json::from_slice(output).map_err(other)?;
            if application != "grype" {
                return Err(format!("it is `{application}`"));
            }
            // A build from source has none.
            let is_named = version.starts_with(|c: char| c.is_ascii_digit() || c == 'v');
            let version = if is_named { version } else { UNKNOWN.to_owned() };
            Ok(Version { kind, version, database: None })
        }
        ScannerKind::Trivy => {
            let OfTrivy { version, database } = serde_json::from_slice(output).map_err(other)?;
            let updated = database.and_then(|database| database.updated_at);
            let database = updated.and_then(|time| time.parse().ok());
            let version = if version.is_empty() { UNKNOWN.to_owned() } else { version };
            Ok(Version { kind, version, database })
        }
    }
}

/// When the database of a report was built, if the report names it. Only Grype's does.
pub(super) fn database_of_report(kind: ScannerKind, report: &[u8]) -> Option<Timestamp> {
    #[derive(Deserialize)]
    struct Report {
        descriptor: Descriptor,
    }
    #[derive(Deserialize)]
    struct Descriptor {
        db: Database,
    }
    #[derive(Deserialize)]
    struct Database {
        built: Option<String>,
        status: Option<Status>,
    }
    #[derive(Deserialize)]
    struct Status {
        built: Option<String>,
    }
    if kind != ScannerKind::Grype {
        return None;
    }
    let Report { descriptor: Descriptor { db } } = serde_json::from_slice(report).ok()?;
    // Versions before 0.88 have it beside the status.
    db.status.and_then(|status| status.built).or(db.built)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_the_database_is_read() {
        let trivy =
            br#"{"Version":"0.70.0","VulnerabilityDB":{"Version":2,"UpdatedAt":"2026-11-30T06:31:05.1Z"}}"#;
        let version = parsed(ScannerKind::Trivy, trivy).unwrap();
        assert_eq!(version.database, Some("2026-11-30T06:31:05.1Z".parse().unwrap()));
        let grype = br#"{"matches":[],"descriptor":{"db":{"status":{"built":"2026-11-30T06:31:05Z"}}}}"#;
        let built = Some("2026-11-30T06:31:05Z".parse().unwrap());
        assert_eq!(database_of_report(ScannerKind::Grype, grype), built);
        let old = br#"{"matches":[],"descriptor":{"db":{"built":"2026-11-30T06:31:05Z","checksum":"x"}}}"#;
        assert_eq!(database_of_report(ScannerKind::Grype, old), built);
        assert_eq!(database_of_report(ScannerKind::Trivy, grype), None);
        assert_eq!(database_of_report(ScannerKind::Grype, b"{}"), None);
    }
}
