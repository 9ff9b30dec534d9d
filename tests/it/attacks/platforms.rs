//! `--platform` narrows a run, and an attacker can write the index: an entry that an engine could run must be judged,
//! and a verdict about one platform must not look like one about all.

use dhi::oci::media_type;
use serde_json::{Value, json};

use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv};

/// A platform as an entry of an index names it: `-` for none.
fn platform(text: &str) -> Value {
    if text == "-" {
        return Value::Null;
    }
    let parts: Vec<&str> = text.split('/').collect();
    let mut platform = json!({ "os": parts[0], "architecture": parts[1] });
    if let Some(variant) = parts.get(2) {
        platform["variant"] = (*variant).into();
    }
    platform
}

/// An unsigned image for `built_for`, under the platform `named`.
fn evil(tampered: &mut TamperedImage, built_for: &str, named: &str) -> Value {
    let mut entry = tampered.add_image(&platform(built_for));
    entry["platform"] = platform(named);
    entry
}

fn push(tampered: &mut TamperedImage, entry: &Value, first: bool) {
    tampered.edit_index(|index| {
        let entries = index["manifests"].as_array_mut().unwrap();
        entries.insert(if first { 0 } else { entries.len() }, entry.clone());
    });
}

/// An index with `entries`, as an entry of another one under the platform `named`.
fn nested(tampered: &mut TamperedImage, named: &str, entries: &[Value]) -> Value {
    let index = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries });
    let mut entry = tampered.add_manifest(&index);
    entry["platform"] = platform(named);
    entry
}

#[test]
fn every_entry_that_an_engine_can_choose_is_judged() {
    for (asked, named) in [
        ("linux/amd64", "linux/386"),
        ("linux/amd64", "linux/i386"),
        ("linux/amd64", "Linux/I386"),
        ("linux/amd64", "linux/amd64"),
        ("linux/amd64", "linux/amd64/v2"),
        ("linux/amd64", "LINUX/X86-64/V3"),
        ("linux/amd64/v3", "linux/amd64/v2"),
        ("linux/amd64/v2", "linux/amd64/v4"),
        ("linux/amd64/v3", "linux/386"),
        ("darwin/amd64", "linux/386"),
        ("windows/amd64", "linux/amd64"),
        ("freebsd/amd64", "linux/amd64"),
        ("linux/arm64", "linux/arm"),
        ("linux/arm64", "linux/arm/v8"),
        ("linux/arm64/v8", "linux/armel"),
        ("linux/arm64", "linux/armhf"),
        ("linux/arm/v7", "linux/arm/v8"),
        ("linux/arm/v7", "linux/arm/v5"),
        ("linux/arm/v6", "linux/arm"),
        ("linux/arm", "linux/arm/v6"),
        ("linux/amd64", "linux(1)/amd64"),
        ("linux/amd64", "-"),
    ] {
        // The genuine image first, under whatever an engine may rank lower, then what takes its place.
        for genuine in ["linux/amd64", "linux/amd64/v3", "-"] {
            let mut tampered = TamperedImage::of(GOOD);
            let entry = evil(&mut tampered, if named == "-" { asked } else { named }, named);
            push(&mut tampered, &entry, genuine == "-");
            tampered.edit_index(|index| {
                index["manifests"][usize::from(genuine == "-")]["platform"] = platform(genuine);
            });
            let run = tampered.verify(&["--platform", asked]);
            let judged = run.json()["images"][0]["platforms"].as_array().cloned().unwrap_or_default();
            let seen = judged.iter().any(|judged| judged["digest"] == entry["digest"]);
            assert!(
                seen && run.code != 0,
                "{named} for {asked} beside {genuine}: {}{}",
                run.stdout,
                run.stderr
            );
        }
    }
}

#[test]
fn entries_that_no_engine_chooses_are_skipped_and_listed() {
    let foreign =
        ["linux/arm64", "linux/arm/v7", "linux/s390x", "linux/ppc64le", "windows/amd64", "linux/riscv64"];
    let mut tampered = TamperedImage::of(GOOD);
    let mut digests = Vec::new();
    for (number, named) in foreign.iter().enumerate() {
        let entry = evil(&mut tampered, named, named);
        push(&mut tampered, &entry, number % 2 == 0);
        digests.push(entry["digest"].clone());
    }
    tampered.is_found_out(&[]);
    let run = tampered.verify(&["--platform", "linux/amd64"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let checks = run.json()["images"][0]["checks"].clone();
    let listed = |digest: &Value| {
        checks
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["outcome"] == "skip" && check["subject"]["digest"] == *digest)
    };
    assert!(digests.iter().all(listed), "{checks:#}");
    let directory = tampered.write();
    let image = format!("oci:{}:1", directory.path().display());
    for format in ["table", "markdown", "github", "junit", "sarif"] {
        let run = TestEnv::new().verify(&["--platform", "linux/amd64", "--format", format, &image]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert!(foreign.iter().all(|named| run.stdout.contains(named)), "{format}: {}", run.stdout);
        assert!(!run.stdout.contains("more: not for a platform"), "{}", run.stdout);
    }
    for command in [&["base"][..], &["attest", "list"]] {
        let flags = ["--key", KEY, "--trusted-root", ROOT, "--platform", "linux/amd64", &image];
        let text = TestEnv::new().dhi(&[command, &flags].concat()).stdout;
        assert!(foreign.iter().all(|named| text.contains(named)), "{command:?}: {text}");
        let json = TestEnv::new().dhi(&[command, &flags, &["--format", "json"]].concat()).json();
        let listed: Vec<&Value> = json["notJudged"].as_array().unwrap().iter().collect();
        let is_listed = |digest| listed.iter().any(|entry| &entry["digest"] == digest);
        assert!(digests.iter().all(is_listed), "{command:?}: {listed:?}");
    }
}

/// Go, in which engines are written, makes `linux` of `lİnux` and `k` of the sign for kelvin; other readers do not.
#[test]
fn platform_letters_that_engines_case_fold_are_refused() {
    for named in [
        "l\u{130}nux/amd64",
        "linux/amd64/\u{212a}",
        "linux/amd64\u{200b}",
        "linux /amd64",
        "linux/\u{430}md64",
    ] {
        for filter in [&[][..], &["--platform", "linux/amd64"], &["--platform", "linux/s390x"]] {
            let mut tampered = TamperedImage::of(GOOD);
            let entry = evil(&mut tampered, "linux/amd64", named);
            push(&mut tampered, &entry, false);
            tampered.fails(filter, 4, &["registry/bad-content"]);
            // Nor is it read from a configuration.
            let mut tampered = TamperedImage::of(GOOD);
            let entry = evil(&mut tampered, named, "linux/amd64");
            push(&mut tampered, &entry, false);
            let run = tampered.verify(filter);
            assert_ne!(run.code, 0, "{}", run.stdout);
        }
    }
}

#[test]
fn a_nested_entry_is_skipped_only_if_no_level_can_match() {
    // The platform of the entry of the inner index, that in it, and whether it must be judged for linux/amd64.
    for (outer, inner, judged) in [
        ("linux/amd64", "linux/s390x", true),
        ("linux/386", "linux/s390x", true),
        ("linux/s390x", "linux/amd64", true),
        ("linux/s390x", "-", true),
        ("-", "linux/386", true),
        ("-", "-", true),
        ("unknown/unknown", "linux/amd64", true),
        ("-", "linux/s390x", false),
        ("linux/s390x", "linux/s390x", false),
        ("windows/amd64", "linux/arm64", false),
    ] {
        for depth in 1..=2 {
            let mut tampered = TamperedImage::of(GOOD);
            let built_for = if inner == "-" { "linux/amd64" } else { inner };
            let mut entry = evil(&mut tampered, built_for, inner);
            for _ in 1..depth {
                entry = nested(&mut tampered, "-", &[entry]);
            }
            let entry = nested(&mut tampered, outer, &[entry]);
            push(&mut tampered, &entry, true);
            if judged {
                tampered.is_found_out(&["--platform", "linux/amd64"]);
            } else {
                tampered.passes(&["--platform", "linux/amd64"]);
            }
            tampered.is_found_out(&[]);
        }
    }
}

#[test]
fn the_platform_of_every_level_must_match_the_image() {
    for (outer, passes) in
        [("linux/amd64", true), ("linux/amd64/v3", true), ("-", true), ("linux/arm64", false)]
    {
        let mut tampered = TamperedImage::of(GOOD);
        let genuine = tampered.value(&tampered.root)["manifests"][0].clone();
        let entry = nested(&mut tampered, outer, &[genuine]);
        tampered.edit_index(|index| index["manifests"][0] = entry);
        for filter in [&[][..], &["--platform", "linux/amd64"]] {
            if passes {
                tampered.passes(filter);
            } else {
                tampered.fails(filter, 4, &["verify/platform-mismatch"]);
            }
        }
    }
}

/// Images that a team attested, in a layout directory.
struct TeamLayout {
    env: TestEnv,
    directory: tempfile::TempDir,
}

impl TeamLayout {
    /// An index with an image for each of `platforms`, all of them attested.
    fn attested(platforms: &[&str]) -> (Self, Vec<String>) {
        let mut tampered = TamperedImage::of(GOOD);
        let entries: Vec<Value> = platforms.iter().map(|named| evil(&mut tampered, named, named)).collect();
        tampered.edit_index(|index| index["manifests"] = entries.clone().into());
        let team = Self { env: TestEnv::new(), directory: tampered.write() };
        team.env.generate_key("team");
        std::fs::write(team.env.file("p.json"), "{}").unwrap();
        team.add(&["--platform", "all"]).assert(0, "");
        (team, entries.iter().map(|entry| entry["digest"].as_str().unwrap().to_owned()).collect())
    }

    fn image(&self) -> String {
        format!("oci:{}:1", self.directory.path().display())
    }

    fn add(&self, more: &[&str]) -> Run {
        let (key, file, image) = (self.env.file("team.key"), self.env.file("p.json"), self.image());
        let name = ["--sign-container-identity", "registry.example.com/team/api"];
        // Twice the same is one attestation in this form.
        let add = [
            "attest",
            "add",
            "--bundle-format=false",
            "--key",
            &key,
            "--file",
            &file,
            "--predicate-type",
            SPDX,
        ];
        self.env.dhi(&[&add[..], &name, more, &[&image]].concat())
    }

    fn verify(&self, more: &[&str]) -> Run {
        let (key, image) = (self.env.file("team.pub"), self.image());
        let verify = ["verify", "--format", "json", "--key", &key];
        self.env.dhi(&[&verify[..], &ATTESTED_ONLY, more, &[&image]].concat())
    }

    fn get(&self, more: &[&str]) -> Run {
        let (key, image) = (self.env.file("team.pub"), self.image());
        self.env.dhi(&[&["attest", "get", "--key", &key, "--predicate-type", SPDX], more, &[&image]].concat())
    }
}

#[test]
fn a_compatible_older_variant_must_be_attested_too() {
    let (team, digests) = TeamLayout::attested(&["linux/amd64", "linux/386", "linux/arm64"]);
    let run = team.verify(&["--platform", "linux/amd64"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let judged: Vec<Value> = run.json()["images"][0]["platforms"].as_array().unwrap().clone();
    assert_eq!(judged.iter().map(|one| one["digest"].as_str().unwrap()).collect::<Vec<_>>(), digests[..2]);
    // The question is answered by what was asked for, not by what an engine would fall back to.
    team.verify(&["--platform", "linux/arm64"]).assert(0, "pass");
    team.verify(&["--platform", "linux/arm"]).assert(3, "verify/no-such-platform");
    let statement: Value = serde_json::from_str(&team.get(&["--platform", "linux/amd64"]).stdout).unwrap();
    assert_eq!(
        format!("sha256:{}", statement["subject"][0]["digest"]["sha256"].as_str().unwrap()),
        digests[0]
    );
}

#[test]
fn several_matching_images_are_listed_and_none_is_chosen() {
    for (platforms, asked, single) in [
        (&["linux/amd64", "linux/amd64"][..], "linux/amd64", false),
        (&["linux/amd64", "linux/x86_64/v1"], "linux/amd64", false),
        (&["linux/amd64", "linux/amd64/v3"], "linux/amd64", false),
        (&["linux/amd64", "linux/amd64/v3"], "linux/amd64/v3", true),
        (&["linux/arm64", "linux/arm64/v8"], "linux/arm64/v8", false),
        (&["linux/arm/v6", "linux/arm/v7"], "linux/arm", false),
        (&["linux/arm/v6", "linux/arm/v7"], "linux/arm/v7", true),
        (&["linux/amd64", "linux/386"], "linux/amd64", true),
    ] {
        // Different images, though their configurations may be alike.
        let mut tampered = TamperedImage::of(GOOD);
        let mut entries: Vec<Value> = Vec::new();
        for (number, named) in platforms.iter().enumerate() {
            let mut entry = tampered.add_numbered_image(&platform(named), number);
            entry["platform"] = platform(named);
            entries.push(entry);
        }
        tampered.edit_index(|index| index["manifests"] = entries.clone().into());
        let (mut team, _) = TeamLayout::attested(&["linux/s390x"]);
        team.directory = tampered.write();
        team.add(&["--platform", "all"]).assert(0, "");
        for run in [team.get(&["--platform", asked]), team.add(&["--platform", asked])] {
            if single {
                assert_eq!(run.code, 0, "{platforms:?}: {}", run.stderr);
                continue;
            }
            run.assert(2, "error[verify/ambiguous-platform]");
            for entry in &entries {
                let digest = entry["digest"].as_str().unwrap();
                assert!(run.stderr.contains(digest), "{digest}: {}", run.stderr);
            }
            assert!(run.stdout.is_empty(), "{}", run.stdout);
        }
        // Named by its digest, each can be had.
        let reference =
            format!("oci:{}@{}", team.directory.path().display(), entries[0]["digest"].as_str().unwrap());
        let key = team.env.file("team.pub");
        team.env
            .dhi(&["attest", "get", "--key", &key, "--predicate-type", SPDX, &reference])
            .assert(0, "predicate");
    }
}

#[test]
fn an_entry_without_platform_is_ambiguous() {
    let mut tampered = TamperedImage::of(GOOD);
    let genuine = tampered.value(&tampered.root)["manifests"][0].clone();
    let mut entry = tampered.add_image(&platform("linux/s390x"));
    entry["platform"] = Value::Null;
    tampered.edit_index(|index| index["manifests"] = json!([genuine, entry]));
    let directory = tampered.write();
    let image = format!("oci:{}:1", directory.path().display());
    let get = ["attest", "get", "--key", KEY, "--trusted-root", ROOT];
    let run = TestEnv::new()
        .dhi(&[&get[..], &["--platform", "linux/amd64", "--predicate-type", SPDX, &image]].concat());
    run.assert(2, "error[verify/ambiguous-platform]");
}
