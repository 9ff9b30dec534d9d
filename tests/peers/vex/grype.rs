//! The real Grype, with a database and an SBOM that a test makes: matching, reports and the VEX step are its own.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::peers::{PeerEnv, both};

/// A package, and how Grype finds it. The VEX step asks by the package URL alone, so a package of any ecosystem can be
/// matched as one of npm.
pub(crate) struct Package {
    /// Its type in Syft and in the database.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) purl: String,
}

/// A vulnerability of a package.
pub(crate) struct Vulnerability {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) package: String,
    pub(crate) kind: &'static str,
}

/// What Grype printed.
pub(crate) enum Scanned {
    Report(Value),
    Error(String),
}

pub(crate) struct Grype<'a> {
    env: &'a PeerEnv,
    database: PathBuf,
}

impl<'a> Grype<'a> {
    /// Writes a database of these vulnerabilities.
    pub(crate) fn with(env: &'a PeerEnv, vulnerabilities: &[Vulnerability]) -> Self {
        let record = |one: &Vulnerability| {
            let mut record = json!({
                "id": one.id, "aliases": one.aliases, "severity": "high", "package": one.package,
                "constraint": "< 99",
            });
            if one.kind == "deb" {
                record["distro"] = json!("debian");
                record["version"] = json!("13");
            } else {
                record["ecosystem"] = json!(one.kind);
            }
            record
        };
        let records: Vec<Value> = vulnerabilities.iter().map(record).collect();
        let records = env.write("records.json", &Value::from(records).to_string());
        let database = env.path("database");
        let input = std::fs::File::open(records).unwrap();
        let output = env.peer("grypedb").arg(&database).stdin(input).output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
        Self { env, database }
    }

    /// Scans an SBOM, with these documents.
    pub(crate) fn scan(&self, sbom: &Value, documents: &[PathBuf]) -> Scanned {
        let sbom = self.env.write("sbom.json", &sbom.to_string());
        let mut grype = self.env.peer("grype");
        grype
            .arg(format!("sbom:{}", sbom.display()))
            .args(["-o", "json", "-q"])
            .env("GRYPE_DB_CACHE_DIR", &self.database)
            .env("GRYPE_DB_AUTO_UPDATE", "false")
            .env("GRYPE_DB_VALIDATE_AGE", "false")
            .env("GRYPE_CHECK_FOR_APP_UPDATE", "false");
        for document in documents {
            grype.arg("--vex").arg(document);
        }
        let output = grype.output().unwrap();
        match serde_json::from_slice(&output.stdout) {
            Ok(report) if output.status.success() => Scanned::Report(report),
            _ => Scanned::Error(both(&output)),
        }
    }

    /// Scans an SBOM without an error.
    pub(crate) fn report(&self, sbom: &Value, documents: &[PathBuf]) -> Value {
        match self.scan(sbom, documents) {
            Scanned::Report(report) => report,
            Scanned::Error(error) => panic!("{error}"),
        }
    }
}

/// An SBOM as Syft writes it.
pub(crate) fn sbom(packages: &[Package], source: &Value) -> Value {
    let artifact = |(number, one): (usize, &Package)| {
        json!({
            "id": format!("{number:016x}"), "name": one.name, "version": one.version, "type": one.kind,
            "foundBy": "test", "locations": [], "licenses": [], "language": "", "cpes": [], "purl": one.purl,
        })
    };
    json!({
        "artifacts": packages.iter().enumerate().map(artifact).collect::<Vec<_>>(),
        "artifactRelationships": [], "files": [], "source": source,
        "distro": {"id": "debian", "name": "debian", "version": "13", "versionID": "13", "prettyName": "Debian 13"},
        "descriptor": {"name": "syft", "version": "1.42.3"},
        "schema": {
            "version": "16.1.3",
            "url": "https://raw.githubusercontent.com/anchore/syft/main/schema/json/schema-16.1.3.json",
        },
    })
}

/// An image as the source of an SBOM.
pub(crate) fn image(name: &str, tags: &Value, repo_digests: &Value, architecture: &str) -> Value {
    let digest = format!("sha256:{}", "1".repeat(64));
    json!({
        "id": "1".repeat(64), "name": name, "version": "1", "type": "image",
        "metadata": {
            "userInput": name, "imageID": digest, "manifestDigest": digest,
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "tags": tags, "imageSize": 1, "layers": [],
            "manifest": null, "config": null, "repoDigests": repo_digests, "architecture": architecture,
            "os": "linux",
        },
    })
}

/// A directory as the source of an SBOM.
pub(crate) fn directory() -> Value {
    json!({"id": "1".repeat(64), "name": "app", "version": "", "type": "directory", "metadata": {"path": "app"}})
}

/// The findings of a list of a report, as id and package URL.
pub(crate) fn found(report: &Value, list: &str) -> std::collections::BTreeSet<(String, String)> {
    let entries = report[list].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries.iter().map(|one| (text(&one["vulnerability"]["id"]), text(&one["artifact"]["purl"]))).collect()
}
