//! What apt and dpkg answered, and what situations from bug reports must give, against our answers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::{print, shared_data};
use dhi::builder::packages::deb::index::Contents;
use dhi::builder::packages::deb::release::{Expected, Refused};
use dhi::builder::packages::deb::{Index, Rank, Release, Source, Universe, Version, resolve};
use dhi::builder::packages::unsolved::{Failure, Problem, Unsolved};
use dhi::builder::packages::{Available, Identity, Reason, Request, Selection, Warning};

/// `None`, with a line of output, where the data are not there.
fn data(path: &str) -> Option<PathBuf> {
    let path = shared_data().join(path);
    if path.exists() {
        return Some(path);
    }
    print(&format!("skipped: there is no {}", path.display()));
    None
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

fn decompressed(path: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    liblzma::read::XzDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut text).unwrap();
    text
}

fn index(text: &[u8], architecture: &str) -> Index {
    let index = Index::read(text, architecture, Contents::Repository).unwrap();
    assert_eq!(Index::open(index.as_bytes().to_vec()), Ok(index.clone()));
    index
}

fn request(entries: &[impl AsRef<str>]) -> Vec<Request> {
    entries.iter().map(|entry| Request::parse(entry.as_ref()).unwrap()).collect()
}

/// `NAME=VERSION` of every package.
fn installed(selection: &Selection) -> Vec<String> {
    selection.packages.iter().map(|package| format!("{}={}", package.name, package.version)).collect()
}

#[test]
fn versions_compare_as_in_dpkg() {
    let Some(path) = data("truth/deb/version-compare.json") else { return };
    let pairs = json(&path)["pairs"].as_array().unwrap().clone();
    assert!(pairs.len() >= 250);
    for pair in pairs {
        let [one, other, sign] = strings(&pair).try_into().unwrap();
        let order = Version::parse(&one).unwrap().cmp(&Version::parse(&other).unwrap());
        let expected = match sign.as_str() {
            "<" => Ordering::Less,
            "=" => Ordering::Equal,
            ">" => Ordering::Greater,
            _ => panic!("{pair}"),
        };
        assert_eq!(order, expected, "{pair}");
    }
    assert!(Version::parse("1.0-").is_err());
}

#[test]
fn closures_are_those_of_apt() {
    let Some(path) = data("truth/deb") else { return };
    let mut count = 0;
    for suite in ["bookworm", "trixie"] {
        for architecture in ["amd64", "arm64"] {
            let truth = json(&path.join(format!("{suite}-{architecture}-full.json")));
            let sources = strings(&truth["sources"]);
            let indexes: Vec<_> = sources
                .iter()
                .map(|source| {
                    let file = path.join(format!("mini/{source}-{architecture}.Packages.xz"));
                    index(&decompressed(&file), architecture)
                })
                .collect();
            for (name, closure) in truth["closures"].as_object().unwrap() {
                compare_closure(&format!("{suite} {architecture} {name}"), closure, &sources, &indexes);
                count += 1;
            }
        }
    }
    assert!(count >= 40, "{count}");
}

fn compare_closure(what: &str, closure: &Value, names: &[String], indexes: &[Index]) {
    let sources: Vec<_> = indexes
        .iter()
        .enumerate()
        .map(|(repository, index)| Source { index, repository, rank: Rank::Automatic })
        .collect();
    // `name-` is how apt excludes.
    let entries: Vec<_> = strings(&closure["request"])
        .into_iter()
        .map(|entry| entry.strip_suffix('-').map_or(entry.clone(), |name| format!("!{name}")))
        .collect();
    let requests = request(&entries);
    let answer = resolve(
        Universe { sources: &sources, installed: None, provided: &[], held: &BTreeMap::new() },
        &requests,
    );
    if !closure["error"].is_null() {
        let Err(Unsolved::Failures(failures)) = answer else { panic!("{what}: {answer:?}") };
        assert!(matches!(failures.as_slice(), [Failure::SeveralProviders { .. }]), "{what}: {failures:?}");
        return;
    }
    let selection = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
    let packages: Vec<_> = selection
        .packages
        .iter()
        .map(|package| format!("{}={}:{}", package.name, package.version, package.architecture))
        .collect();
    assert_eq!(packages, strings(&closure["packages"]), "{what}");
    let digests: Vec<_> = selection
        .packages
        .iter()
        .map(|package| match package.identity {
            Identity::File(digest) => {
                digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>()
            }
            Identity::Control(_) => panic!("{package:?}"),
        })
        .collect();
    assert_eq!(digests, strings(&closure["sha256"]), "{what}");
    let from: Vec<_> = selection.packages.iter().map(|package| names[package.repository].clone()).collect();
    assert_eq!(from, strings(&closure["from"]), "{what}");
    let size: u64 = selection.packages.iter().map(|package| package.size).sum();
    assert_eq!(closure["download_bytes"].as_u64(), Some(size), "{what}");
    let disk: u64 = selection.packages.iter().map(|package| package.installed_size / 1024).sum();
    assert_eq!(closure["installed_kib"].as_u64(), Some(disk), "{what}");
    assert_eq!(selection.waived, [], "{what}");
    for package in &selection.packages {
        let why = selection.why(&package.name);
        let first = &why.first().unwrap().reason;
        assert!(matches!(first, Reason::Requested { .. }), "{what}: {why:?}");
        assert_eq!(why.last().unwrap().package, package.name);
    }
}

/// The repositories of a case, and the answers to its questions.
struct Case {
    folder: PathBuf,
    indexes: Vec<(Index, Rank)>,
}

impl Case {
    fn open(name: &str, questions: &str) -> Option<Self> {
        let folder = data(&format!("bugs-builder/{name}"))?;
        let spec = json(&folder.join(questions));
        let repositories = spec["repos"].as_array().unwrap();
        let indexes = repositories.iter().map(|repository| {
            let text = fs::read(folder.join(repository["packages"].as_str().unwrap())).unwrap();
            let is = |field| repository["release"][field] == "yes";
            let rank = match (is("NotAutomatic"), is("ButAutomaticUpgrades")) {
                (true, true) => Rank::AutomaticUpgrades,
                (true, false) => Rank::NotAutomatic,
                _ => Rank::Automatic,
            };
            (index(&text, "amd64"), rank)
        });
        let indexes = indexes.collect();
        Some(Self { folder, indexes })
    }

    fn of_file(name: &str, packages: &str) -> Option<Self> {
        let folder = data(&format!("bugs-builder/{name}"))?;
        let text = fs::read(folder.join(packages)).unwrap();
        Some(Self { indexes: vec![(index(&text, "amd64"), Rank::Automatic)], folder })
    }

    fn ask(&self, entries: &[String]) -> Result<Selection, Unsolved> {
        let sources: Vec<_> = self
            .indexes
            .iter()
            .enumerate()
            .map(|(repository, (index, rank))| Source { index, repository, rank: *rank })
            .collect();
        let requests = request(entries);
        resolve(
            Universe { sources: &sources, installed: None, provided: &[], held: &BTreeMap::new() },
            &requests,
        )
    }

    /// Compares the answers of `expected.json` that stand under a file of questions.
    fn compare(&self, answers: &Value) -> BTreeMap<String, Selection> {
        let mut all = BTreeMap::new();
        for answer in answers.as_array().unwrap() {
            let entries = strings(&answer["ask"]);
            let ours = self.ask(&entries);
            if answer["error"].is_null() {
                let selection = ours.unwrap_or_else(|error| panic!("{entries:?}: {error}"));
                assert_eq!(installed(&selection), strings(&answer["install"]), "{entries:?}");
                all.insert(entries.join(" "), selection);
                continue;
            }
            // `NAME : Depends: RELATION but …`
            let said = strings(&answer["error"]["apt_says"]).join("\n");
            let Err(Unsolved::Failures(failures)) = ours else { panic!("{entries:?}: {ours:?}") };
            let [Failure::NotInstallable { problem, .. }] = failures.as_slice() else {
                panic!("{entries:?}: {failures:?}")
            };
            let dependency = match problem {
                Problem::Missing { dependency } | Problem::OtherVersion { dependency, .. } => dependency,
                _ => panic!("{problem:?}"),
            };
            let ours = format!("{} : {}: {} but", dependency.package, dependency.field, dependency.relation);
            assert!(said.contains(&ours), "{said}\n{ours}");
        }
        all
    }
}

#[test]
fn row_01_what_satisfies_a_dependency() {
    let Some(case) = Case::open("01-names-and-providers", "ask.json") else { return };
    let expected = json(&case.folder.join("expected.json"));
    case.compare(&expected["main.Packages"]);
    // Ours: the first by name, whatever the order of the index, with a warning that names both.
    for file in ["tie.Packages", "tie-reversed.Packages"] {
        let case = Case::of_file("01-names-and-providers", file).unwrap();
        let answer = &expected[file][0];
        let selection = case.ask(&strings(&answer["ask"])).unwrap();
        assert_eq!(installed(&selection), ["agent-a=1-1", "cron=1-1"], "{file}");
        let [Warning::Tie(choice)] = selection.warnings.as_slice() else {
            panic!("{:?}", selection.warnings)
        };
        let names: Vec<_> = choice.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
        assert_eq!((choice.taken.as_str(), names), ("agent-a", vec!["agent-a", "agent-b"]), "{file}");
    }
}

#[test]
fn row_03_architecture_qualifiers() {
    let Some(case) = Case::open("03-any-qualifier", "ask.json") else { return };
    let expected = json(&case.folder.join("expected.json"));
    case.compare(&expected[0]["answers"]);
}

#[test]
fn row_04_which_version_is_the_candidate() {
    let name = "04-candidate-and-repository";
    for at in 0..3 {
        let Some(folder) = data(&format!("bugs-builder/{name}")) else { return };
        let expected = json(&folder.join("expected.json"));
        let questions = expected[at]["questions"].as_str().unwrap();
        let case = Case::open(name, questions).unwrap();
        let answers = case.compare(&expected[at]["answers"]);
        if let Some(selection) = answers.get("agent") {
            let agent = selection.package("agent").unwrap();
            assert_eq!(agent.repository, 0, "the first repository in the file");
            assert_eq!(
                selection.warnings,
                [Warning::OtherBytes {
                    name: "agent".to_owned(),
                    version: "2.0-1".to_owned(),
                    taken: 0,
                    others: vec![1],
                }]
            );
        }
    }
    let case = Case::open(name, "ask.json").unwrap();
    let Err(Unsolved::Failures(failures)) = case.ask(&["needsnew".to_owned()]) else { panic!() };
    let [Failure::NotInstallable { problem: Problem::OtherVersion { available, elsewhere, .. }, .. }] =
        failures.as_slice()
    else {
        panic!("{failures:?}")
    };
    let text = |one: &Available| (one.version.clone(), one.repository);
    assert_eq!(available.iter().map(text).collect::<Vec<_>>(), [("19-1".to_owned(), Some(0))]);
    assert!(elsewhere.iter().map(text).any(|one| one == ("21-1~bpo13+1".to_owned(), Some(1))));
}

#[test]
fn row_15_waived_dependencies() {
    let Some(case) = Case::of_file("15-waived-in-dev-image", "main.Packages") else { return };
    let expected = json(&case.folder.join("expected.json"));
    let entries = ["!interp", "!tzdata", "apt", "dpkg", "libpy", "script"].map(str::to_owned);
    let selection = case.ask(&entries).unwrap();
    assert_eq!(installed(&selection), strings(&expected["install"]));
    let waived: Vec<_> = selection
        .waived
        .iter()
        .map(|one| serde_json::json!({"package": one.dependency.package, "dependency": one.dependency.relation}))
        .collect();
    assert_eq!(Value::from(waived), expected["waived"]);
    let excluded: Vec<_> = selection.waived.iter().flat_map(|one| one.excluded.clone()).collect();
    let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
    assert_eq!(excluded, [pair("tzdata", "2025b-1"), pair("interp", "3.13-1")]);
}

/// The signed text only: signatures are another test's matter.
#[test]
fn real_releases_are_read() {
    let Some(folder) = data("truth/deb/inrelease") else { return };
    for (suite, day) in [("trixie-security", "2026-11-20"), ("bookworm-security", "2026-11-20")] {
        let text = fs::read_to_string(folder.join(format!("{suite}.InRelease"))).unwrap();
        let (_, text) = text.split_once("\n\n").unwrap();
        let (text, _) = text.split_once("-----BEGIN PGP SIGNATURE").unwrap();
        let release = Release::read(text).unwrap();
        assert_eq!(release.codename.as_deref(), Some(suite));
        assert!(!release.not_automatic && release.by_hash, "{suite}");
        for architecture in ["amd64", "arm64"] {
            let file = release.file(&format!("main/binary-{architecture}/Packages.xz")).unwrap();
            assert!(file.size > 10_000, "{file:?}");
        }
        let now = format!("{day}T00:00:00Z").parse().unwrap();
        let expected = Expected { suite: Some(suite), architecture: "amd64", now, seen: Some(release.date) };
        assert_eq!(release.check(expected), Ok(()));
        let late = Expected { now: release.valid_until.unwrap() + Duration::from_secs(1), ..expected };
        assert!(matches!(release.check(late), Err(Refused::Expired { .. })));
        let early = Expected { now: release.date - Duration::from_secs(301), ..expected };
        assert!(matches!(release.check(early), Err(Refused::Ahead { .. })));
        let other = Expected { suite: Some("sid"), ..expected };
        assert!(matches!(release.check(other), Err(Refused::OtherSuite { .. })));
    }
}
