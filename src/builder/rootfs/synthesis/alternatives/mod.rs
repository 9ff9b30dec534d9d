//! The links that `update-alternatives` makes.
//!
//! Invariant: of several alternatives the one with the highest priority is chosen, of equal ones the first by
//! path; and no file of a package is replaced.

mod model;
mod script;
mod state;

use std::collections::BTreeMap;

use model::Alternative;
use script::Call;

use super::missing::{MissingEffect, Unsynthesized, after_install};
use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError, follow};

/// Where the links lead through.
const DIRECTORY: &str = "/etc/alternatives";

/// Makes the links of all alternatives. `keeps_state`: also the files that `update-alternatives` reads later.
pub(super) fn make(
    tree: &mut Tree,
    packages: &[Installed],
    keeps_state: bool,
    epoch: i64,
) -> Result<Vec<Unsynthesized>, WriteError> {
    let mut missing = Vec::new();
    let mut groups: BTreeMap<String, Vec<(Alternative, &str)>> = BTreeMap::new();
    for package in packages.iter().filter(|package| matches!(package.description, Description::Deb(_))) {
        let mut found = of_java(package);
        for call in script::calls(&String::from_utf8_lossy(after_install(package))) {
            match call {
                Call::Plain(alternative) => found.push(alternative),
                // What is known about Java stands for all calls of its script.
                Call::Computed(_) if !found.is_empty() && is_java(package) => {}
                Call::Computed(command) => {
                    missing.push(Unsynthesized::of(&package.name, MissingEffect::Alternative(command)));
                }
            }
        }
        for alternative in found {
            if follow(tree, &TreePath::parse(&alternative.path)?)?.is_some() {
                groups.entry(alternative.name.clone()).or_default().push((alternative, &package.name));
            }
        }
    }
    for (name, mut group) in groups {
        group.sort_by(|(one, _), (other, _)| {
            other.priority.cmp(&one.priority).then_with(|| one.path.cmp(&other.path))
        });
        // A package that says the same twice has one alternative.
        group.dedup_by(|(one, _), (other, _)| one.path == other.path);
        let Some((chosen, package)) = group.first().cloned() else { continue };
        let mut writer = TreeWriter::synthesized(tree, package, epoch);
        link(&mut writer, &name, &chosen.link, &chosen.path)?;
        for follower in &chosen.followers {
            let is_there = follow(writer.tree(), &TreePath::parse(&follower.path)?)?.is_some();
            let directory = TreePath::parse(&follower.link)?.parent().unwrap_or_default();
            if is_there && writer.exists(&directory)? {
                link(&mut writer, &follower.name, &follower.link, &follower.path)?;
            }
        }
        if keeps_state {
            let group: Vec<&Alternative> = group.iter().map(|(alternative, _)| alternative).collect();
            let path = TreePath::parse("/var/lib/dpkg/alternatives")?.join(&name)?;
            writer.file(&path, 0o644, state::text(&group).into())?;
        }
    }
    Ok(missing)
}

/// Makes one link and the one that it leads through, unless a file is there.
fn link(writer: &mut TreeWriter<'_>, name: &str, link: &str, path: &str) -> Result<(), WriteError> {
    let at = TreePath::parse(link)?;
    let through = TreePath::parse(DIRECTORY)?.join(name)?;
    let found = writer.tree().resolve(&at)?;
    if writer.tree().get(&found).is_some_and(|node| node.link_target().is_none()) {
        return Ok(());
    }
    writer.link(&through, path)?;
    writer.link(&at, through.to_string().as_str())
}

fn is_java(package: &Installed) -> bool {
    package.name.starts_with("openjdk-") && package.name.ends_with("-jre-headless")
}

/// The programs of a Java runtime, whose script computes what it calls.
fn of_java(package: &Installed) -> Vec<Alternative> {
    let version = package.name.strip_prefix("openjdk-").and_then(|rest| rest.strip_suffix("-jre-headless"));
    let Some(version) = version.and_then(|version| version.parse::<u16>().ok()) else { return Vec::new() };
    let home = format!("usr/lib/jvm/java-{version}-openjdk-");
    let mut alternatives = Vec::new();
    for shipped in &package.shipped {
        let below = shipped.path.as_str().strip_prefix(&home).and_then(|rest| rest.split_once('/'));
        let Some((_, place)) = below else { continue };
        let name = match place {
            "bin/java" | "bin/jpackage" | "bin/keytool" | "bin/rmiregistry" | "lib/jexec" => {
                shipped.path.name()
            }
            _ => continue,
        };
        alternatives.push(Alternative {
            link: format!("/usr/bin/{name}"),
            name: name.to_owned(),
            path: shipped.path.to_string(),
            priority: i64::from(version) * 100 + 11,
            followers: Vec::new(),
        });
    }
    alternatives
}
