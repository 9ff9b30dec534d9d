//! A stand-in for a scanner: a script that records how it is called, and prints what a test says.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{digests, flags};
use crate::support::env::{Run, TestEnv, project, run};

/// The folder with recorded reports, relative to the project.
const RECORDED: &str = "../shared/data/scans";

/// A scanner in a directory of `PATH`.
pub(super) struct StandIn<'a> {
    env: &'a TestEnv,
    directory: PathBuf,
}

impl<'a> StandIn<'a> {
    /// Grype, which prints this report.
    pub(super) fn grype(env: &'a TestEnv, report: &Value) -> Self {
        let version = json!({"application": "grype", "version": "0.110.0", "supportedDbSchema": 6});
        Self::new(env, "grype", &version.to_string(), &report.to_string())
    }

    /// Trivy, which prints this report.
    pub(super) fn trivy(env: &'a TestEnv, report: &Value) -> Self {
        let version = json!({"Version": "0.70.0", "VulnerabilityDB": {"Version": 2, "UpdatedAt": "2026-09-30T06:00:00Z"}});
        Self::new(env, "trivy", &version.to_string(), &report.to_string())
    }

    /// A program that prints these texts.
    pub(super) fn new(env: &'a TestEnv, name: &str, version: &str, report: &str) -> Self {
        let directory = env.path("scanners");
        env.write("scanners/version", version);
        env.write("scanners/report", report);
        let here = directory.display();
        let script = format!(
            "#!/bin/sh\n\
             if [ \"$1\" = version ]; then cat {here}/version; exit 0; fi\n\
             echo \"$@\" >> {here}/arguments\n\
             env > {here}/environment\n\
             pwd > {here}/directory\n\
             for last; do :; done\n\
             case \"$last\" in oci-dir:*) ls ${{last#oci-dir:}}/blobs/sha256 > {here}/blobs;; esac\n\
             if [ -f {here}/then ]; then . {here}/then; fi\n\
             cat {here}/report\n"
        );
        let file = directory.join(name);
        std::fs::write(&file, script).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { env, directory }
    }

    /// What it does before it prints the report.
    pub(super) fn then(self, script: &str) -> Self {
        self.env.write("scanners/then", script);
        self
    }

    /// `dhi scan` with it in `PATH`.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.command(&[&flags(), arguments].concat());
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.directory.display()));
        command
    }

    /// Runs `dhi scan` with it in `PATH`.
    pub(super) fn scan(&self, arguments: &[&str]) -> Run {
        run(&mut self.command(arguments))
    }

    /// What it recorded.
    pub(super) fn recorded(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.join(name)).unwrap_or_default()
    }

    /// The path of a file beside it.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }
}

/// The report of the fixtures as Grype writes it about a layout of the image.
pub(super) fn grype_report() -> Value {
    let text = std::fs::read(project().join(super::REPORT)).unwrap();
    let mut report: Value = serde_json::from_slice(&text).unwrap();
    let (image, config) = digests();
    let target = &mut report["source"]["target"];
    target["repoDigests"] = json!([]);
    target["manifestDigest"] = image.into();
    target["imageID"] = config.into();
    report["distro"] = json!({"name": "debian", "version": "13", "idLike": []});
    report["descriptor"] = json!({"name": "grype", "version": "0.110.0", "db": {"status": {
        "built": "2026-09-30T06:00:00Z"
    }}});
    report
}

/// A recorded report of Trivy as it writes one about a layout of the image. `None`, and a notice, if it is not there.
pub(super) fn trivy_report() -> Option<Value> {
    use std::io::Write as _;

    let file = project().join(RECORDED).join("trivy/debian-buster.json");
    let Ok(text) = std::fs::read(file) else {
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(std::io::stderr(), "skipped: there is no {RECORDED}, so not run: {test}");
        return None;
    };
    let mut report: Value = serde_json::from_slice(&text).unwrap();
    report["Metadata"]["ImageID"] = digests().1.into();
    report["Metadata"]["RepoDigests"] = Value::Null;
    report["Metadata"]["RepoTags"] = Value::Null;
    report["ArtifactName"] = "/tmp/layout".into();
    Some(report)
}
