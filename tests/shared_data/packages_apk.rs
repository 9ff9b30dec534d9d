//! Versions, containers and the choice of packages of Alpine, against what apk 3 answered.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fs;

use dhi::builder::packages::Request;
use dhi::builder::packages::apk::index::Index;
use dhi::builder::packages::apk::resolve::{
    Input, Repository, Requirer, Solution, Trouble, Unsolved, World, resolve,
};
use dhi::builder::packages::apk::version;
use serde::Deserialize;
use serde_json::Value;

use super::apk_repository::{ApkPackage, identity, index_text};
use super::{print, shared_data};

/// The pairs that apk compared, and whether it takes each text for a version.
#[derive(Deserialize)]
struct Versions {
    pairs: Vec<Vec<String>>,
    valid: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
struct Scenarios {
    scenarios: Vec<Scenario>,
}

/// Small repositories, a request, and what both versions of apk answered, or each.
#[derive(Deserialize)]
struct Scenario {
    id: String,
    repo: Vec<Listed>,
    repo2: Vec<Listed>,
    tagged: BTreeMap<String, Vec<Listed>>,
    world: Vec<String>,
    apk: Option<Value>,
    apk3: Option<Value>,
}

/// A package of a scenario.
#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
    origin: Option<String>,
    #[serde(default)]
    depends: Vec<String>,
    #[serde(default)]
    provides: Vec<String>,
    #[serde(default)]
    install_if: Vec<String>,
    #[serde(default)]
    provider_priority: u32,
}

impl Listed {
    fn package(&self) -> ApkPackage {
        let mut package = ApkPackage::new(&self.name, &self.version);
        package.depends.clone_from(&self.depends);
        package.provides.clone_from(&self.provides);
        package.install_if.clone_from(&self.install_if);
        package.provider_priority = self.provider_priority;
        package.origin = self.origin.clone().unwrap_or(package.origin);
        package
    }
}

/// The text of an index. The identity of a package is as good as any if it differs from that of others.
fn text(packages: &[ApkPackage], repository: &str) -> String {
    let stanza = |package: &ApkPackage| {
        let control = format!("{repository} {package:?}");
        package.built(control.as_bytes(), Vec::new()).stanza
    };
    let stanzas: Vec<String> = packages.iter().map(stanza).collect();
    index_text(stanzas.iter().map(String::as_str))
}

fn ask(repositories: &[(String, Option<&str>)], world: &World) -> Result<Solution, Unsolved> {
    let indexes: Vec<(Index<'_>, Option<&str>)> = repositories
        .iter()
        .map(|(text, tag)| (Index::parse(text.as_bytes(), "x86_64").unwrap(), *tag))
        .collect();
    let repositories: Vec<Repository<'_>> =
        indexes.iter().map(|(index, tag)| Repository { index, tag: *tag }).collect();
    resolve(&Input { architecture: "x86_64", repositories: &repositories, installed: &[], world })
}

#[test]
fn versions_are_ordered_as_apk_3_orders_them() {
    let path = shared_data().join("truth/apk/version-compare.json");
    let Ok(file) = fs::read(&path) else {
        return print(&format!("skipped: there is no {}", path.display()));
    };
    let file: Versions = serde_json::from_slice(&file).unwrap();
    for pair in &file.pairs {
        let expected = match pair[2].as_str() {
            "<" => Ordering::Less,
            "=" => Ordering::Equal,
            ">" => Ordering::Greater,
            other => panic!("{other}"),
        };
        assert_eq!(version::compare(&pair[0], &pair[1]), expected, "{pair:?}");
        assert_eq!(version::compare(&pair[1], &pair[0]), expected.reverse(), "{pair:?}");
    }
    for (text, is_valid) in &file.valid {
        assert_eq!(version::is_valid(text), *is_valid, "{text:?}");
    }
    assert!(file.pairs.len() > 300 && file.valid.len() > 90);
    print(&format!("{} pairs, {} texts", file.pairs.len(), file.valid.len()));
}

#[test]
fn packages_are_chosen_as_apk_3_chooses_them() {
    let path = shared_data().join("truth/apk/solver.json");
    let Ok(file) = fs::read(&path) else {
        return print(&format!("skipped: there is no {}", path.display()));
    };
    let file: Scenarios = serde_json::from_slice(&file).unwrap();
    let mut wrong = Vec::new();
    for scenario in &file.scenarios {
        let expected = answer_of(scenario.apk3.as_ref().or(scenario.apk.as_ref()).unwrap());
        let found = answer(scenario);
        if found != expected {
            wrong.push(format!("{}: {found:?}, not {expected:?}", scenario.id));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(file.scenarios.len() > 50);
    print(&format!("{} scenarios", file.scenarios.len()));
}

/// What apk answered, or what we answer: the packages with their tags, or the lines of its message.
#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Packages(Vec<String>),
    Failure(Vec<String>),
}

fn answer_of(value: &Value) -> Answer {
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    match value.get("error") {
        None => Answer::Packages(texts(value)),
        Some(lines) => {
            let mut lines = texts(lines);
            if lines[0].contains("repository tag for world dependency") {
                lines.truncate(1);
            } else {
                // The heading, and the advice in two lines.
                lines.retain(|line| !line.starts_with("ERROR:") && !line.starts_with("note:"));
                lines.retain(|line| line != "packages explicitly");
            }
            Answer::Failure(lines)
        }
    }
}

fn answer(scenario: &Scenario) -> Answer {
    let packages = |listed: &[Listed]| -> Vec<ApkPackage> { listed.iter().map(Listed::package).collect() };
    let mut repositories =
        vec![(text(&packages(&scenario.repo), "1"), None), (text(&packages(&scenario.repo2), "2"), None)];
    for (tag, listed) in &scenario.tagged {
        repositories.push((text(&packages(listed), tag), Some(tag.as_str())));
    }
    let world = World::parse(&scenario.world.join(" ")).unwrap();
    match ask(&repositories, &world) {
        Ok(solution) => {
            let tag =
                |repository: usize| repositories[repository].1.map_or(String::new(), |tag| format!("@{tag}"));
            let packages = solution.selection.packages.iter();
            let texts = packages.map(|one| format!("{}{}={}", one.name, tag(one.repository), one.version));
            let mut texts: Vec<String> = texts.collect();
            texts.sort();
            assert_eq!(solution.order.len(), texts.len());
            Answer::Packages(texts)
        }
        Err(Unsolved::UnknownTag { entry, .. }) => Answer::Failure(vec![format!(
            "WARNING: The repository tag for world dependency '{entry}' does not exist"
        )]),
        Err(Unsolved::Broken(troubles)) => Answer::Failure(troubles.iter().flat_map(lines).collect()),
        Err(other) => panic!("{other}"),
    }
}

/// A trouble in the words of apk.
fn lines(trouble: &Trouble) -> Vec<String> {
    let requirers = |label: &str, requirers: &[Requirer]| -> Option<String> {
        let text = |requirer: &Requirer| match &requirer.package {
            None => format!("world[{}]", requirer.relation),
            Some((name, version)) => format!("{name}-{version}[{}]", requirer.relation),
        };
        let texts: Vec<String> = requirers.iter().map(text).collect();
        (!texts.is_empty()).then(|| format!("{label} {}", texts.join(" ")))
    };
    let mut lines = Vec::new();
    match trouble {
        Trouble::NoPackage { name, needed_by, .. } => {
            lines.push(format!("{name} (no such package):"));
            lines.extend(requirers("required by:", needed_by));
        }
        Trouble::NotSelected { name, providers, needed_by, .. } => {
            lines.push(format!("{name} (virtual):"));
            lines.push(format!("provided by: {}", providers.join(" ")));
            lines.extend(requirers("required by:", needed_by));
        }
        Trouble::Package(package) => {
            lines.push(format!("{}-{}:", package.name, package.version));
            if !package.masked_in.is_empty() {
                let tags: Vec<String> = package.masked_in.iter().map(|tag| format!("@{tag}")).collect();
                lines.push(format!("masked in: {}", tags.join(" ")));
            }
            let conflicts = package.conflicts.iter().map(|other| match &other.provided {
                None => format!("{}-{}", other.name, other.version),
                Some(provided) => format!("{}-{}[{provided}]", other.name, other.version),
            });
            let conflicts: Vec<String> = conflicts.collect();
            if !conflicts.is_empty() {
                lines.push(format!("conflicts: {}", conflicts.join(" ")));
            }
            lines.extend(requirers("breaks:", &package.breaks));
            lines.extend(requirers("satisfies:", &package.satisfies));
        }
        other => panic!("{other:?}"),
    }
    lines
}

/// Several builds of one package: the version of the asked name, then of the package, then the priority.
#[test]
fn versions_come_before_provider_priorities() {
    let path = shared_data().join("bugs-builder/06-apk-priority-and-version/expected.json");
    let Ok(file) = fs::read(&path) else {
        return print(&format!("skipped: there is no {}", path.display()));
    };
    let packages = [
        ApkPackage::new("bind", "2.13.6-r1").priority(312),
        ApkPackage::new("bind", "3.0.4-r0").priority(310),
        ApkPackage::new("pya", "1-r0").provides(&["py=1"]).priority(20),
        ApkPackage::new("pyb", "1-r0").provides(&["py=2"]).priority(10),
        ApkPackage::new("va", "1-r0").provides(&["virt"]).priority(20),
        ApkPackage::new("vb", "9-r0").provides(&["virt"]).priority(10),
        ApkPackage::new("app", "1-r0").depends(&["bind"]),
    ];
    let repositories = [(text(&packages, "main"), None)];
    let cases: Vec<Value> = serde_json::from_slice(&file).unwrap();
    for case in &cases {
        let entries = case["ask"].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap());
        let requests: Vec<Request> = entries.map(|entry| Request::parse(entry).unwrap()).collect();
        let solution = ask(&repositories, &World::from_requests(&requests).unwrap()).unwrap();
        let found = solution.selection.packages.iter().map(|one| format!("{}={}", one.name, one.version));
        assert_eq!(Value::from(found.collect::<Vec<_>>()), case["install"], "{case}");
    }
    assert_eq!(cases.len(), 4);
}

#[test]
fn an_identity_names_one_build() {
    let mut packages = vec![ApkPackage::new("a", "1-r0"), ApkPackage::new("a", "2-r0")];
    let wanted = identity(format!("main {:?}", packages[0]).as_bytes());
    let repositories = [(text(&packages, "main"), None)];
    let world = World::parse(&format!("a><{wanted}")).unwrap();
    assert_eq!(ask(&repositories, &world).unwrap().selection.packages[0].version, "1-r0");
    packages.remove(0);
    assert!(ask(&[(text(&packages, "main"), None)], &world).is_err());
}
