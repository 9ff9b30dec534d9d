//! The policy about shells and package managers, in each format of SBOM.

use serde_json::{Value, json};

use super::facts::{CYCLONEDX, Facts, SCOUT_SBOM, SPDX};
use super::{Fail, Pass, check, run, table, table_of_attestation};

const NAME: &str = "no-shell-or-package-manager";

fn spdx(package: Value) -> Value {
    json!({"spdxVersion": "SPDX-2.3", "packages": [{"name": "libc6"}, package], "files": []})
}

#[test]
fn shells_are_found_in_each_format() {
    let facts = Facts::new()
        .with(SPDX, spdx(json!({"name": "python3.13"})))
        .with(CYCLONEDX, json!({"components": [{"type": "library", "name": "libc6"}]}))
        .with(
            SCOUT_SBOM,
            json!({"artifacts": [{"type": "deb", "name": "libc6", "purl": "pkg:deb/debian/libc6"}]}),
        );
    table(
        NAME,
        &json!({}),
        &facts,
        &[
            (
                "SPDX without references",
                |facts| *facts.predicate(SPDX) = spdx(json!({"name": "busybox"})),
                Fail("a shell: the package `busybox`"),
            ),
            (
                "SPDX in upper case",
                |facts| *facts.predicate(SPDX) = spdx(json!({"name": "Bash"})),
                Fail("a shell: the package `bash`"),
            ),
            (
                "SPDX with a package manager",
                |facts| *facts.predicate(SPDX) = spdx(json!({"name": "apk-tools"})),
                Fail("a package manager: the package `apk-tools`"),
            ),
            (
                "SPDX with a file",
                |facts| facts.predicate(SPDX)["files"] = json!([{"fileName": "./bin/sh"}]),
                Fail("the file `./bin/sh`"),
            ),
            (
                "SPDX with a file of another directory",
                |facts| facts.predicate(SPDX)["files"] = json!([{"fileName": "/usr/share/doc/bash"}]),
                Pass,
            ),
            (
                "CycloneDX",
                |facts| facts.predicate(CYCLONEDX)["components"][0]["name"] = json!("dash"),
                Fail("the package `dash`"),
            ),
            (
                "CycloneDX inside a component",
                |facts| facts.predicate(CYCLONEDX)["components"][0]["components"] = json!([{"name": "apt"}]),
                Fail("the package `apt`"),
            ),
            (
                "CycloneDX with a file",
                |facts| {
                    let file = json!({"type": "file", "name": "/usr/bin/apt-get"});
                    facts.predicate(CYCLONEDX)["components"].as_array_mut().unwrap().push(file);
                },
                Fail("the file `/usr/bin/apt-get`"),
            ),
            (
                "Scout",
                |facts| facts.predicate(SCOUT_SBOM)["artifacts"][0]["name"] = json!("zsh"),
                Fail("the package `zsh`"),
            ),
            (
                "Scout with a file",
                |facts| {
                    facts.predicate(SCOUT_SBOM)["artifacts"][0]["files"] = json!([{"path": "/bin/busybox"}])
                },
                Fail("the file `/bin/busybox`"),
            ),
            ("an empty SBOM", |facts| *facts.predicate(SPDX) = json!({}), Fail("lists no packages")),
            (
                "packages are no list",
                |facts| facts.predicate(SPDX)["packages"] = json!("x"),
                Fail("lists no packages"),
            ),
            (
                "about another image",
                |facts| {
                    facts.attestation(CYCLONEDX)["statement"]["subject"][0]["digest"]["sha256"] =
                        json!(super::facts::OTHER);
                },
                Fail("about another image"),
            ),
            ("a label that names a shell", |facts| facts.label("com.docker.dhi.shell", Some("bash")), Pass),
        ],
    );
    let mut shell = facts;
    *shell.predicate(SPDX) = spdx(json!({"name": "bash"}));
    // A label does not make a shell intended.
    shell.label("com.docker.dhi.shell", Some("bash"));
    check("label", &run(NAME, &json!({}), &shell), Fail("the package `bash`"));
    check("allowed", &run(NAME, &json!({"allowed_packages": ["bash"]}), &shell), Pass);
    check("shells", &run(NAME, &json!({"shells": ["zsh"]}), &shell), Pass);
    for odd in ["", "*", "zsh ", " zsh", "zsh*"] {
        let names = format!("{odd:?}");
        check(&names, &run(NAME, &json!({"shells": [odd]}), &shell), Fail("the setting `shells`"));
        check(
            &names,
            &run(NAME, &json!({"package_managers": [odd]}), &shell),
            Fail("the setting `package_managers`"),
        );
    }
}

#[test]
fn an_sbom_must_be_there() {
    let facts = Facts::new().with(SPDX, spdx(json!({"name": "python3.13"})));
    table_of_attestation(NAME, SPDX, &facts);
}
