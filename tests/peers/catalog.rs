//! Real definitions, locked and built from Debian's mirror. The mirror is that of the machine.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::debian::{Debian, skip};
use crate::support::env::project;
use crate::support::peers::{PeerEnv, both};

/// One definition of this number is locked. All are too many for a test; `benches/catalog_builds.py` builds all.
const ONE_OF: usize = 12;
/// It has no build stages, and all of its packages are in Debian.
const BUILT: &str = "image/curl/debian-13/8-dev.yaml";

fn catalog() -> PathBuf {
    project().join("../shared/data/catalog")
}

/// The definitions of images of Debian, by their paths in the catalog.
fn definitions() -> Vec<String> {
    let folder = |path: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    let mut found = Vec::new();
    for release in folder(&catalog().join("image")).iter().flat_map(|image| folder(image)) {
        if !release.file_name().unwrap().to_str().unwrap().starts_with("debian-") {
            continue;
        }
        for file in folder(&release).iter().filter(|file| file.extension().is_some_and(|end| end == "yaml")) {
            found.push(file.strip_prefix(catalog()).unwrap().to_str().unwrap().to_owned());
        }
    }
    found.sort();
    found
}

/// The code of the error. `None` if there is none.
fn code(output: &Output) -> Option<String> {
    if output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let code = text.split_once("error[").and_then(|(_, rest)| rest.split_once(']'));
    Some(code.unwrap_or_else(|| panic!("{}", both(output))).0.to_owned())
}

#[test]
fn definitions_of_the_catalog_lock_and_build() {
    if PeerEnv::with(&[]).is_none() {
        return;
    }
    let debian = match Debian::of_machine() {
        Ok(debian) => debian,
        Err(lacking) => return skip(&lacking),
    };
    let env = &debian.env;
    let all = definitions();
    assert!(all.len() > 150 && all.iter().any(|one| one == BUILT), "{all:?}");
    let substitute = project().join("examples/definitions/substitute-debian.yaml");
    let substitute = substitute.to_str().unwrap();
    let mut counted = BTreeMap::<String, usize>::new();
    let mut built = 0;
    let chosen = all.iter().enumerate().filter(|(at, name)| at % ONE_OF == 0 || *name == BUILT);
    for (_, name) in chosen {
        let file = catalog().join(name);
        let file = file.to_str().unwrap();
        let lock = ["definition", "lock", file, "--substitute", substitute, "-o", "catalog.lock", "--update"];
        let locked = debian.dhi(&lock).output().unwrap();
        let outcome = match code(&locked).as_deref() {
            Some("packages/unsolved") => {
                // Debian lacks a package, or the version that is pinned. Other conflicts would be ours.
                let text = both(&locked);
                assert!(text.contains("no package `") || text.contains("no version `"), "{name}: {text}");
                "packages that Debian lacks".to_owned()
            }
            Some("packages/repository") => "hosts that cannot be reached".to_owned(),
            Some(_) => panic!("{name}: {}", both(&locked)),
            None => {
                let again = std::fs::read(env.path("catalog.lock")).unwrap();
                let locked = debian.dhi(&[&lock[..], &["--offline"]].concat()).output().unwrap();
                assert_eq!(code(&locked), None, "{name}: {}", both(&locked));
                assert_eq!(std::fs::read(env.path("catalog.lock")).unwrap(), again, "{name}");
                let build = ["build", file, "--locked", "--lock", "catalog.lock", "--output", "oci:built"];
                let output = debian.dhi(&build).output().unwrap();
                match code(&output).as_deref() {
                    None => {
                        built += 1;
                        std::fs::remove_dir_all(env.path("built")).unwrap();
                        "built".to_owned()
                    }
                    Some("build/unsupported") => "locked, with build stages".to_owned(),
                    Some("registry/unreachable") => "locked, with images that cannot be reached".to_owned(),
                    Some(_) => panic!("{name}: {}", both(&output)),
                }
            }
        };
        *counted.entry(outcome).or_default() += 1;
        let _ = std::fs::remove_file(env.path("catalog.lock"));
    }
    let _ = writeln!(std::io::stderr(), "catalog, one of {ONE_OF} of {}: {counted:?}", all.len());
    assert!(built > 0, "{counted:?}");
    let locked = built + counted.get("locked, with build stages").copied().unwrap_or_default();
    assert!(locked * 4 > counted.values().sum(), "{counted:?}");
}
