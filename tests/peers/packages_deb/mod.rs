//! Our choice of Debian packages against that of the installed `apt-get -s install`, in an empty root, over generated
//! repositories.
//!
//! `DHI_PACKAGE_SETS` sets the number of requests: 40 by default, 200 in the long job. `DHI_PACKAGE_SEED` is the seed
//! of the first repository.
//!
//! The documented differences: where a dependency is waived, apt fails; where apt removes an installed package, we
//! fail or find another way. Ties between providers are no difference here,
//! since the generated indexes mention names in the order that makes apt take the first by name.

mod apt;
mod generated;

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use dhi::builder::packages::deb::index::Contents;
use dhi::builder::packages::deb::{Index, Source, Universe, resolve};
use dhi::builder::packages::unsolved::Unsolved;
use dhi::builder::packages::{Request, Selection};

use crate::support::peers::PeerEnv;
use apt::{Answer, Apt};
use generated::Repository;

/// Requests of one generated set of repositories.
const REQUESTS: u64 = 5;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

fn ours(repositories: &[Repository], installed: &str, entries: &[String]) -> Result<Selection, Unsolved> {
    let read = |text: &str, contents| Index::read(text.as_bytes(), "amd64", contents).unwrap();
    let indexes: Vec<_> = repositories.iter().map(|one| read(&one.packages, Contents::Repository)).collect();
    let sources: Vec<_> = indexes
        .iter()
        .zip(repositories)
        .enumerate()
        .map(|(repository, (index, one))| Source { index, repository, rank: one.rank })
        .collect();
    let installed = read(installed, Contents::Installed);
    let installed = (!installed.is_empty()).then_some(&installed);
    let requests: Vec<_> = entries.iter().map(|entry| Request::parse(entry).unwrap()).collect();
    resolve(Universe { sources: &sources, installed, provided: &[], held: &BTreeMap::new() }, &requests)
}

/// The installed set of every third seed: what the first repository alone gives for a request.
fn installed(seed: u64, repositories: &[Repository]) -> String {
    let first = &repositories[..1];
    let candidates = (0..20).map(|at| generated::request(seed, 1_000 + at, first));
    let selection = candidates.filter_map(|entries| ours(first, "", &entries).ok());
    let selection = selection.filter(|one| one.waived.is_empty()).max_by_key(|one| one.packages.len());
    match selection.filter(|_| seed.is_multiple_of(3)) {
        None => String::new(),
        Some(selection) => {
            let packages = selection.packages.into_iter().map(|one| (one.name, one.version));
            generated::installed(&repositories[0], &packages.collect::<Vec<_>>())
        }
    }
}

#[test]
fn generated_sets_are_chosen_as_by_apt() {
    let Some(env) = PeerEnv::with(&["apt-get", "sha256sum"]) else { return };
    let sets = number("DHI_PACKAGE_SETS", 40);
    let first = number("DHI_PACKAGE_SEED", 1);
    let (mut solved, mut failed, mut decided) = (0, 0, 0);
    let mut different = Vec::new();
    for seed in first..first + sets.div_ceil(REQUESTS) {
        let repositories = generated::repositories(seed);
        let installed = installed(seed, &repositories);
        let apt = Apt::new(&env, &format!("set-{seed}"), &repositories, &installed);
        for at in 0..REQUESTS {
            let mut entries = generated::request(seed, at, &repositories);
            // An exclusion does not remove what is installed.
            entries.retain(|entry| {
                !entry.strip_prefix('!').is_some_and(|name| installed.contains(&format!("Package: {name}\n")))
            });
            let mut differs = |what: &str| different.push(format!("seed {seed}: {entries:?}: {what}"));
            match (ours(&repositories, &installed, &entries), apt.install(&entries)) {
                // Only the exclusions can have made apt fail.
                (Ok(selection), Answer::Refuses) if !selection.waived.is_empty() => decided += 1,
                (Ok(selection), Answer::Installs(theirs)) => {
                    let packages = selection.packages.iter();
                    let ours: BTreeSet<_> =
                        packages.map(|one| format!("{}={}", one.name, one.version)).collect();
                    if ours == theirs && selection.waived.is_empty() {
                        solved += 1;
                    } else {
                        let more: Vec<_> = ours.difference(&theirs).collect();
                        let less: Vec<_> = theirs.difference(&ours).collect();
                        differs(&format!("more {more:?}, less {less:?}"));
                    }
                }
                (_, Answer::Removes) => decided += 1,
                (Err(_), Answer::Refuses) => failed += 1,
                (Ok(_), Answer::Refuses) => differs("apt fails"),
                (Err(error), Answer::Installs(_)) => differs(&error.to_string()),
            }
        }
    }
    println!("{solved} solved, {failed} failed, {decided} decided otherwise, {} different", different.len());
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(solved > sets / 8 && failed > 0, "{solved} solved, {failed} failed");
}
