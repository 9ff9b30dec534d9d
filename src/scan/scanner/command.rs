//! The arguments and variables of a scan.
//!
//! Invariant: only the image decides which findings a scanner reports. Variables and files that could hide findings are
//! not passed on: of the scanner's own variables, only those remain that say where its database and registries are. A
//! login is never an argument.

use std::ffi::OsString;
use std::path::Path;

use tokio::process::Command;

use super::access::Access;
use super::kind::ScannerKind;
use crate::scan::hardened_distribution::Base;
use crate::scan::image::{Form, ScanTarget};

/// The beginnings of variables that belong to a scanner or to this program.
const OWNED: [&str; 4] = ["GRYPE_", "SYFT_", "TRIVY_", "DHI_"];
/// The beginnings of those that a scanner gets.
const KEPT: [&str; 17] = [
    "GRYPE_CHECK_FOR_APP_UPDATE",
    "GRYPE_DB_",
    "GRYPE_REGISTRY_",
    "TRIVY_CACERT",
    "TRIVY_CACHE_",
    "TRIVY_CHECKS_BUNDLE_REPOSITORY",
    "TRIVY_DB_REPOSITORY",
    "TRIVY_INSECURE",
    "TRIVY_JAVA_DB_REPOSITORY",
    "TRIVY_NON_SSL",
    "TRIVY_OFFLINE_SCAN",
    "TRIVY_PASSWORD",
    "TRIVY_REGISTRY_TOKEN",
    "TRIVY_SKIP_DB_UPDATE",
    "TRIVY_SKIP_JAVA_DB_UPDATE",
    "TRIVY_TIMEOUT",
    "TRIVY_USERNAME",
];

/// Whether a scanner gets the variable.
fn is_kept(name: &str) -> bool {
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.starts_with(beginning));
    !begins(&OWNED) || begins(&KEPT)
}

/// A command that runs a scanner in `directory`, without the variables that it does not get.
pub(super) fn of_program(program: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).env("NO_COLOR", "1");
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| !is_kept(name)) {
            command.env_remove(name);
        }
    }
    command
}

/// Sets the variables by which a scanner reaches the registry of the image.
pub(super) fn set_environment(
    command: &mut Command,
    kind: ScannerKind,
    target: &ScanTarget,
    access: &Access,
) {
    if let Form::Registry { host } = &target.form {
        let is_listed = |hosts: &[String]| {
            let without_port = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
            hosts.iter().any(|listed| listed == host || listed == without_port)
        };
        let (plain, insecure) = (is_listed(&access.plain_http), is_listed(&access.insecure));
        match kind {
            ScannerKind::Grype if plain => drop(command.env("GRYPE_REGISTRY_INSECURE_USE_HTTP", "true")),
            ScannerKind::Grype if insecure => {
                command.env("GRYPE_REGISTRY_INSECURE_SKIP_TLS_VERIFY", "true");
            }
            ScannerKind::Trivy if plain || insecure => drop(command.env("TRIVY_INSECURE", "true")),
            _ => {}
        }
        if let Some(logins) = &access.logins {
            command.env("DOCKER_CONFIG", logins);
        }
    }
    if kind == ScannerKind::Grype {
        command.env("GRYPE_CHECK_FOR_APP_UPDATE", "false");
        if access.offline {
            command.env("GRYPE_DB_AUTO_UPDATE", "false");
        }
    }
}

/// The arguments of a scan.
pub(super) fn arguments(
    kind: ScannerKind,
    target: &ScanTarget,
    access: &Access,
    base: Option<&Base>,
    empty_configuration: &Path,
) -> Vec<OsString> {
    let ScanTarget { reference, platform, form, .. } = target;
    let mut all: Vec<OsString> = Vec::new();
    let mut add = |arguments: &[&str]| all.extend(arguments.iter().map(OsString::from));
    let platform = platform.as_ref().map(ToString::to_string);
    match kind {
        ScannerKind::Grype => {
            add(&["--output", "json", "--scope", "squashed"]);
            if let Some(base) = base {
                add(&["--distro", &format!("{}:{}", base.family(), base.release())]);
            }
            if let (Some(platform), Form::Registry { .. }) = (&platform, form) {
                add(&["--platform", platform]);
            }
            add(&["--config"]);
            all.push(empty_configuration.into());
            all.push(match form {
                Form::Registry { .. } => format!("registry:{reference}").into(),
                Form::Layout(directory) => {
                    let mut source = OsString::from("oci-dir:");
                    source.push(directory);
                    source
                }
            });
        }
        ScannerKind::Trivy => {
            add(&["image", "--format", "json", "--scanners", "vuln", "--list-all-pkgs", "--no-progress"]);
            if access.offline {
                add(&["--skip-db-update", "--skip-java-db-update", "--offline-scan"]);
            }
            if let Some(base) = base {
                add(&["--distro", &format!("{}/{}", base.family(), base.release())]);
            }
            add(&["--config"]);
            all.push(empty_configuration.into());
            match form {
                Form::Registry { .. } => {
                    let mut add = |arguments: &[&str]| all.extend(arguments.iter().map(OsString::from));
                    if let Some(platform) = &platform {
                        add(&["--platform", platform]);
                    }
                    add(&["--image-src", "remote", reference]);
                }
                Form::Layout(directory) => {
                    all.push("--input".into());
                    all.push(directory.into());
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_can_hide_findings_are_not_passed_on() {
        for hidden in [
            "GRYPE_ONLY_FIXED",
            "GRYPE_IGNORE",
            "GRYPE_EXCLUDE",
            "GRYPE_VEX_DOCUMENTS",
            "SYFT_EXCLUDE",
            "TRIVY_SEVERITY",
            "TRIVY_IGNOREFILE",
            "TRIVY_IGNORE_UNFIXED",
            "TRIVY_VEX",
            "TRIVY_CONFIG",
            "DHI_TOKEN",
        ] {
            assert!(!is_kept(hidden), "{hidden}");
        }
        for kept in ["PATH", "HOME", "HTTPS_PROXY", "DOCKER_CONFIG", "GRYPE_DB_CACHE_DIR", "TRIVY_CACHE_DIR"]
        {
            assert!(is_kept(kept), "{kept}");
        }
    }
}
