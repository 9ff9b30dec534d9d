//! The policy about shells and package managers, in each format of SBOM.

use serde_json::{Value, json};

use super::facts::{CYCLONEDX, Facts, SCOUT_SBOM, SPDX};
use super::{Fail, Pass, check, run, table, table_of_attestation};

const NAME: &str = "no-shell-or-package-manager";

fn spdx(package: Value) -> Value {
    json!({"spdxVersion": "SPDX-2.3", "packages": Value::Array(vec![json!({"name": "libc6"}), package]), "files": []})
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
                Fail("the file `/bin/sh`"),
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
                    facts.predicate(SCOUT_SBOM)["artifacts"][0]["files"] = json!([{"path": "/bin/busybox"}]);
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
            (
                "a file of a package that is no package manager by its name",
                |facts| {
                    *facts.predicate(SPDX) = spdx(json!({"name": "rpm"}));
                    facts.predicate(SPDX)["files"] = json!([{"fileName": "/usr/bin/rpm"}]);
                },
                Fail("the file `/usr/bin/rpm`"),
            ),
        ],
    );
    let mut shell = facts;
    *shell.predicate(SPDX) = spdx(json!({"name": "bash"}));
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
fn a_package_is_one_violation_of_all_sboms() {
    let facts = Facts::new()
        .with(SPDX, json!({"packages": [{"name": "bash"}], "files": [{"fileName": "./bin/bash"}]}))
        .with(CYCLONEDX, json!({"components": [{"name": "bash"}, {"type": "file", "name": "/bin/bash"}]}))
        .with(SCOUT_SBOM, json!({"artifacts": [{"name": "bash", "files": [{"path": "bin/bash"}]}]}));
    let evaluation = run(NAME, &json!({}), &facts);
    check("one", &evaluation, Fail("a shell: the package `bash`"));
    assert_eq!(evaluation.violations.len(), 1, "{:?}", evaluation.violations);
    let sboms = format!("{CYCLONEDX}, {SCOUT_SBOM}, {SPDX}");
    assert_eq!(evaluation.violations[0].detail["sboms"], json!(sboms));
}

const SHELL: &str = "com.docker.dhi.shell";
const PACKAGE_MANAGER: &str = "com.docker.dhi.package-manager";

#[test]
fn a_genuine_image_declares_what_it_has() {
    let packages =
        json!({"packages": [{"name": "bash"}, {"name": "apt"}], "files": [{"fileName": "/bin/sh"}]});
    let mut facts = Facts::new().with(SPDX, packages);
    facts.label(SHELL, Some("bash"));
    facts.label(PACKAGE_MANAGER, Some("apt"));
    table(
        NAME,
        &json!({}),
        &facts,
        &[
            ("an empty label", |facts| facts.label(SHELL, Some("")), Fail("a shell: the package `bash`")),
            ("a blank label", |facts| facts.label(SHELL, Some(" ")), Fail("a shell: the file `/bin/sh`")),
            ("no label", |facts| facts.label(SHELL, None), Fail("a shell: the package `bash`")),
            (
                "no other label",
                |facts| facts.label(PACKAGE_MANAGER, None),
                Fail("a package manager: the package `apt`"),
            ),
            (
                "signed by a team",
                |facts| facts.attestation(SPDX)["signers"][0]["isDhi"] = json!(false),
                Fail("the package `bash`"),
            ),
            (
                "signed by an attestor",
                |facts| facts.attestation(SPDX)["signers"][0]["isImageSigner"] = json!(false),
                Fail("the package `bash`"),
            ),
            ("not proven", |facts| facts.0["standing"] = json!("not-dhi"), Fail("the package `bash`")),
            ("unknown", |facts| facts.0["standing"] = json!("unknown"), Fail("the package `bash`")),
            // It inherits the labels of its base.
            ("built on one", |facts| facts.0["standing"] = json!("dhi-based"), Fail("the package `bash`")),
        ],
    );
}

#[test]
fn an_sbom_must_be_there() {
    let facts = Facts::new().with(SPDX, spdx(json!({"name": "python3.13"})));
    table_of_attestation(NAME, SPDX, &facts);
}
