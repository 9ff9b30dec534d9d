//! The files of built images, path by path, beside those of the same packages unpacked by mmdebstrap, apt and dpkg, whose
//! maintainer scripts ran. What differs is listed; a difference that no longer occurs fails too.

mod differences;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use dhi::oci::Digest;
use serde_json::Value;

use self::differences::{COMMON, Differences, PYTHON, REDIS, WITH_DPKG, covers};
use self::tree::Tree;
use crate::debian::{Debian, skip};
use crate::support::peers::{PeerEnv, succeed};

/// The release that all sets are from.
const SUITE: &str = "trixie";

/// Packages that become an image.
struct Set {
    name: &'static str,
    variant: &'static str,
    packages: &'static str,
    differences: &'static [Differences],
}

/// The first one has all that scripts need, so the other references have its packages too.
const SETS: [Set; 3] = [
    Set {
        name: "dev",
        variant: "dev",
        packages: "[apt, base-files, base-passwd, bash, bsdutils, ca-certificates, coreutils, dash, debconf, \
        debian-archive-keyring, debianutils, diffutils, dpkg, findutils, grep, gzip, hostname, \
        init-system-helpers, libc-bin, libpam-runtime, login, mawk, ncurses-base, ncurses-bin, netbase, passwd, \
        perl-base, sed, sysvinit-utils, tar, tzdata, util-linux]",
        differences: &[COMMON, WITH_DPKG],
    },
    Set {
        name: "redis",
        variant: "runtime",
        packages: "[base-files, ca-certificates, netbase, redis-server, tzdata]",
        differences: &[COMMON, REDIS],
    },
    Set {
        name: "python",
        variant: "runtime",
        packages: "[base-files, base-passwd, ca-certificates, libc-bin, media-types, netbase, python3, tzdata]",
        differences: &[COMMON, WITH_DPKG, PYTHON],
    },
];

/// What the real script made of a version of `ca-certificates`, recorded.
const CA_BUNDLE: (&str, &str) =
    ("20250419+deb13u1", "sha256:e9c7b63ee2623386e9b0a3ee32f499d01a8ea23dc83b8383ddff9f8e749543b7");

fn architecture() -> &'static str {
    if std::env::consts::ARCH == "x86_64" { "amd64" } else { "arm64" }
}

fn definition(set: &Set) -> String {
    format!(
        "# syntax=dhi.io/build:2-debian13
name: Example
image: example/image
variant: {}
tags: ['8']
platforms: [linux/{}]
contents:
  packages: {}
output: squashed
compression: gzip
os-release:
  name: Example
  id: debian
  version-id: '13'
  version-codename: {SUITE}
  pretty-name: Example
  home-url: https://debian.example
  bug-report-url: https://debian.example
",
        set.variant,
        architecture(),
        set.packages
    )
}

/// Version and digest of each package in the lock of a set.
fn locked(debian: &Debian, set: &Set) -> BTreeMap<String, (String, Digest)> {
    let lock = std::fs::read(debian.env.path(&format!("{}.yaml.lock", set.name))).unwrap();
    let lock: Value = serde_json::from_slice(&lock).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages = lock["platforms"][0]["packages"].as_array().unwrap().iter();
    packages
        .map(|package| {
            let digest = package["identity"]["deb"].as_str().unwrap().parse().unwrap();
            (text(&package["name"]), (text(&package["version"]), digest))
        })
        .collect()
}

/// Writes a repository with these packages of the cache. Returns its path.
fn repository(debian: &Debian, set: &Set, digests: &BTreeSet<&Digest>) -> PathBuf {
    let root = debian.env.path(&format!("{}-debs", set.name));
    std::fs::create_dir(&root).unwrap();
    let mut index = String::new();
    for digest in digests {
        let cached = debian.env.path("cache/dhi/v1/blobs/sha256").join(digest.hex());
        let name = format!("{}.deb", digest.hex());
        let size = std::fs::copy(cached, root.join(&name)).unwrap();
        std::fs::set_permissions(root.join(&name), Permissions::from_mode(0o644)).unwrap();
        let fields = succeed(Command::new("dpkg-deb").arg("--field").arg(root.join(&name)));
        let hex = digest.hex();
        write!(index, "{}\nFilename: {name}\nSize: {size}\nSHA256: {hex}\n\n", fields.trim_end()).unwrap();
    }
    std::fs::write(root.join("Packages"), &index).unwrap();
    let (hex, size) = (Digest::of(index.as_bytes()).hex(), index.len());
    let release = format!(
        "Suite: {SUITE}\nCodename: {SUITE}\nDate: Sat, 01 Nov 2025 00:00:00 UTC\nSHA256:\n {hex} {size} Packages\n"
    );
    std::fs::write(root.join("Release"), release).unwrap();
    // A user without rights reads the packages.
    for directory in [&root, &debian.env.path("")] {
        std::fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    }
    root
}

/// A command whose temporary files are in memory, where root may mount such a directory: dpkg waits for the disk after
/// each step.
fn in_memory(env: &PeerEnv, command: Command, directory: &str) -> Command {
    let allowed = Command::new("unshare").args(["--mount", "true"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        return command;
    }
    let directory = env.path(directory);
    std::fs::create_dir(&directory).unwrap();
    let mut within = env.program(Path::new("unshare"));
    within.args(["--mount", "sh", "-c", r#"mount -t tmpfs tmpfs "$0" && TMPDIR="$0" exec "$@""#]);
    within.arg(directory).arg(command.get_program());
    within
}

/// The command that unpacks the packages and runs their scripts, and the archive that it writes.
fn configure(
    env: &PeerEnv,
    debian: &Debian,
    set: &Set,
    packages: &BTreeMap<String, Digest>,
) -> (Command, PathBuf) {
    let repository = repository(debian, set, &packages.values().collect());
    let archive = env.path(&format!("{}.tar", set.name));
    let names: Vec<&str> = packages.keys().map(String::as_str).collect();
    let mut command = in_memory(env, env.peer("mmdebstrap"), &format!("{}-work", set.name));
    command.args(["--quiet", "--variant=essential", "--format=tar", "--dpkgopt=force-unsafe-io"]);
    command.arg(format!("--architectures={}", architecture())).arg(format!("--include={}", names.join(",")));
    command.arg(SUITE).arg(&archive).arg(format!("deb [trusted=yes] copy:{} ./", repository.display()));
    (command, archive)
}

/// What only packages beside the set made in the reference: their files, and links of alternatives to those.
fn of_other_packages(reference: &Tree, is_own: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let own = reference.brought(&is_own);
    let mut others: BTreeSet<String> =
        reference.brought(|package| !is_own(package)).difference(&own).cloned().collect();
    // Links that lead to them, through `/etc/alternatives` in two steps.
    for _ in 0..2 {
        let leads = |target: &str| {
            let target = target.trim_start_matches('/');
            others.contains(target) || others.contains(&format!("usr/{target}"))
        };
        let links: Vec<String> = reference
            .nodes
            .iter()
            .filter(|(at, node)| !own.contains(*at) && node.target.as_deref().is_some_and(leads))
            .map(|(at, _)| at.clone())
            .collect();
        others.extend(links);
    }
    let states = others.iter().filter_map(|at| at.strip_prefix("etc/alternatives/"));
    let states: Vec<String> = states.map(|name| format!("var/lib/dpkg/alternatives/{name}")).collect();
    others.extend(states);
    others
}

/// Files that have another form with the same meaning, as this meaning.
fn meaning(at: &str, text: &str) -> Option<String> {
    match at {
        // The day of the last change of a password.
        "etc/shadow" => {
            let lines = text.lines().map(|line| {
                let mut fields: Vec<&str> = line.split(':').collect();
                fields[2] = "";
                fields.join(":")
            });
            Some(lines.collect::<Vec<_>>().join("\n"))
        }
        // Comments.
        "etc/ca-certificates.conf" => {
            Some(text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n"))
        }
        _ => None,
    }
}

/// How the trees differ, by path.
fn compare(built: &Tree, reference: &Tree, others: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for at in built.nodes.keys().chain(reference.nodes.keys()) {
        let difference = match (built.nodes.get(at), reference.nodes.get(at)) {
            (Some(one), Some(other)) if one == other => continue,
            (None, Some(_)) if others.contains(at) => continue,
            (Some(one), None) => format!("only in the image: {one:?}"),
            (None, Some(other)) => format!("missing in the image: {other:?}"),
            (Some(one), Some(other)) => {
                let texts = built.content(at).zip(reference.content(at));
                // `compare_packages` compares it.
                let is_database = at == "var/lib/dpkg/status";
                if is_database
                    || texts.is_some_and(|(one, other)| {
                        meaning(at, one).is_some() && meaning(at, one) == meaning(at, other)
                    })
                {
                    continue;
                }
                format!("image: {one:?}\n  reference: {other:?}")
            }
            (None, None) => continue,
        };
        found.insert(at.clone(), difference);
    }
    found
}

/// The packages of the image have the fields that dpkg gives them, in whatever order.
fn compare_packages(built: &Tree, reference: &Tree, has_dpkg: bool) {
    let known = reference.packages();
    for (name, stanza) in built.packages() {
        let mut expected = known[&name].clone();
        if !has_dpkg {
            // Scanners need no sums of configuration files.
            expected.remove("Conffiles");
        }
        let fields: BTreeSet<&String> = stanza.keys().chain(expected.keys()).collect();
        for field in fields {
            assert_eq!(stanza.get(field), expected.get(field), "{name}: {field}");
        }
    }
}

/// What is wrong with the built tree of a set, or with the list of differences.
fn check(
    set: &Set,
    packages: &BTreeMap<String, (String, Digest)>,
    built: &Tree,
    reference: &Tree,
) -> Vec<String> {
    let name = set.name;
    assert!(packages.keys().eq(built.packages().keys()), "{name}: {:?}", built.packages().keys());
    compare_packages(built, reference, packages.contains_key("dpkg"));
    let others = of_other_packages(reference, |package| packages.contains_key(package));
    let found = compare(built, reference, &others);
    let allowed: Vec<&str> = set.differences.iter().copied().flatten().map(|(path, _)| *path).collect();
    let unexpected = found
        .iter()
        .filter(|(at, _)| !allowed.iter().any(|pattern| covers(pattern, at)))
        .map(|(at, difference)| format!("{name}: {at}\n  {difference}"));
    let unused = allowed
        .iter()
        .filter(|pattern| !found.keys().any(|at| covers(pattern, at)))
        .map(|pattern| format!("{name}: `{pattern}` does not differ"));
    // Nothing of the list above covers the bundle, so it is that of the real script.
    let bundle = built.digest("etc/ssl/certs/ca-certificates.crt");
    let (version, digest) = CA_BUNDLE;
    if packages["ca-certificates"].0 == version {
        assert_eq!(bundle, digest, "{name}");
    }
    unexpected.chain(unused).collect()
}

#[test]
fn built_trees_equal_those_of_the_real_tools() {
    let Some(env) = PeerEnv::with(&["mmdebstrap"]) else { return };
    let debian = match Debian::of_machine() {
        Ok(debian) => debian,
        Err(lacking) => return skip(&lacking),
    };
    // The packages that scripts need.
    let mut helpers: BTreeMap<String, Digest> = BTreeMap::new();
    let mut running = Vec::new();
    for set in &SETS {
        let file = format!("{}.yaml", set.name);
        debian.env.write(&file, &definition(set));
        if let Err(lacking) = debian.lock(&file) {
            return skip(&lacking);
        }
        let output = format!("oci:{}", set.name);
        succeed(&mut debian.dhi(&[
            "build",
            &file,
            "--output",
            &output,
            "--sbom=false",
            "--provenance=false",
        ]));
        let packages = locked(&debian, set);
        let mut all = helpers.clone();
        all.extend(packages.iter().map(|(name, (_, digest))| (name.clone(), *digest)));
        let (mut command, archive) = configure(&env, &debian, set, &all);
        if helpers.is_empty() {
            helpers = all;
        }
        // The next set is built in the meantime.
        let waiting = std::thread::spawn(move || succeed(&mut command));
        running.push((set, packages, waiting, archive));
    }
    let mut wrong = Vec::new();
    for (set, packages, waiting, archive) in running {
        waiting.join().unwrap();
        let reference = Tree::of_tar(std::io::BufReader::new(std::fs::File::open(archive).unwrap()));
        let built = Tree::of_layout(&debian.env.path(set.name));
        wrong.extend(check(set, &packages, &built, &reference));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
