//! Finds a scanner: in the directories of `PATH`, or where the caller says.
//!
//! Relative directories of `PATH` are passed over, so that no program of the working directory is run by accident.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::Scanner;
use super::kind::ScannerKind;
use super::version::{self, Version};
use crate::scan::error::Error;

impl Scanner {
    /// Finds a scanner and asks for its version. `named` is `grype`, `trivy` or the path of one; without it, the first
    /// one that `path`, the value of the variable `PATH`, has. It runs in `directory`.
    ///
    /// # Errors
    ///
    /// [`Error::NoScanner`] or [`Error::NotFound`] if there is none, [`Error::OtherProgram`] if it is another program.
    pub async fn find(named: Option<&str>, path: &OsStr, directory: &Path) -> Result<Self, Error> {
        let (program, known) = match named {
            None => [ScannerKind::Grype, ScannerKind::Trivy]
                .into_iter()
                .find_map(|kind| Some((in_path(kind.as_str(), path)?, Some(kind))))
                .ok_or(Error::NoScanner)?,
            Some(named) => {
                let not_found = || Error::NotFound { program: named.to_owned() };
                let is_path = named.contains(['/', std::path::MAIN_SEPARATOR]);
                let known = [ScannerKind::Grype, ScannerKind::Trivy];
                let known = known.into_iter().find(|kind| !is_path && kind.as_str() == named);
                let found = match is_path {
                    true => std::path::absolute(named).ok().filter(|file| is_program(file)),
                    false => in_path(named, path),
                };
                (found.ok_or_else(not_found)?, known)
            }
        };
        let Version { kind, version, database } = version::of(&program, known, directory).await?;
        Ok(Self { kind, program, version, database })
    }
}

/// The first program of this name in the directories of `path`.
fn in_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let directories = std::env::split_paths(path).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join(&file)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(file: &Path, script: &str) {
        std::fs::write(file, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[tokio::test]
    async fn the_first_program_of_the_path_is_taken() {
        let directory = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| {
            let path = directory.path().join(name);
            std::fs::create_dir(&path).unwrap();
            path
        });
        program(&second.join("trivy"), r#"echo '{"Version":"0.70.0"}'"#);
        std::fs::write(first.join("trivy"), "not a program").unwrap();
        let path = std::env::join_paths(["relative".into(), first.clone(), second.clone()]).unwrap();
        let find = |named: Option<&'static str>| Scanner::find(named, &path, directory.path());
        let trivy = find(None).await.unwrap();
        assert_eq!((trivy.name(), trivy.version()), ("trivy", "0.70.0"));
        program(&first.join("grype"), r#"echo '{"application":"grype","version":"0.110.0"}'"#);
        assert_eq!(find(None).await.unwrap().name(), "grype");
        assert_eq!(find(Some("trivy")).await.unwrap().program, second.join("trivy"));
        assert_eq!(find(Some("snyk")).await.unwrap_err(), Error::NotFound { program: "snyk".to_owned() });
        let none = Scanner::find(None, OsStr::new(""), directory.path()).await.unwrap_err();
        assert_eq!(none, Error::NoScanner);
    }

    #[tokio::test]
    async fn a_program_at_a_path_is_recognised_by_its_version() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("wrapper");
        let named = file.to_str().unwrap();
        let find = || Scanner::find(Some(named), OsStr::new(""), directory.path());
        program(&file, r#"[ "$2" = -f ] && echo '{"Version":"0.70.0"}' || exit 1"#);
        assert_eq!(find().await.unwrap().name(), "trivy");
        program(&file, r#"echo '{"application":"grype","version":"[not provided]","syftVersion":"v1"}'"#);
        assert_eq!(find().await.unwrap().version(), "of an unknown version");
        for other in ["echo nothing", "echo '{}'", "exit 1", r#"echo '{"application":"syft","version":"1"}'"#]
        {
            program(&file, other);
            assert!(matches!(find().await.unwrap_err(), Error::OtherProgram { .. }), "{other}");
        }
    }
}
