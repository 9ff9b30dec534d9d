//! Our choice of Debian packages against that of the installed `apt-get -s install`, in an empty root, over generated
//! repositories.
//!
//! `DHI_PACKAGE_SETS` sets the number of requests: 40 by default, 200 in the long job. `DHI_PACKAGE_SEED` is the seed
//! of the first repository.
//!
//! The documented differences: where a dependency is waived, apt fails. Ties between providers are no difference here,
//! since the generated indexes mention names in the order that makes apt take the first by name.

mod apt;
mod generated;

use std::collections::BTreeSet;

use dhi::builder::packages::deb::index::Contents;
use dhi::builder::packages::deb::{Index, Source, Universe, resolve};
use dhi::builder::packages::unsolved::Unsolved;
use dhi::builder::packages::{Request, Selection};

use crate::support::peers::PeerEnv;
use apt::Apt;
use generated::Repository;

/// Requests of one generated set of repositories.
const REQUESTS: u64 = 5;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

fn ours(repositories: &[Repository], entries: &[String]) -> Result<Selection, Unsolved> {
    let indexes: Vec<_> = repositories
        .iter()
        .map(|one| Index::read(one.packages.as_bytes(), "amd64", Contents::Repository).unwrap())
        .collect();
    let sources: Vec<_> = indexes
        .iter()
        .zip(repositories)
        .enumerate()
        .map(|(repository, (index, one))| Source { index, repository, rank: one.rank })
        .collect();
    let requests: Vec<_> = entries.iter().map(|entry| Request::parse(entry).unwrap()).collect();
    resolve(Universe { sources: &sources, installed: None, provided: &[], held: &BTreeMap::new() }, &requests)
}

#[test]
fn generated_sets_are_chosen_as_by_apt() {
    let Some(env) = PeerEnv::with(&["apt-get", "sha256sum"]) else { return };
    let sets = number("DHI_PACKAGE_SETS", 40);
    let first = number("DHI_PACKAGE_SEED", 1);
    let (mut solved, mut failed, mut waived) = (0, 0, 0);
    let mut different = Vec::new();
    for seed in first..first + sets.div_ceil(REQUESTS) {
        let repositories = generated::repositories(seed);
        let apt = Apt::new(&env, &format!("set-{seed}"), &repositories);
        for at in 0..REQUESTS {
            let entries = generated::request(seed, at, &repositories);
            let theirs = apt.install(&entries);
            match (ours(&repositories, &entries), theirs) {
                (Ok(selection), theirs) if !selection.waived.is_empty() => {
                    // Only the exclusions can have made apt fail.
                    assert!(theirs.is_none(), "seed {seed}: {entries:?}: {:?}", selection.waived);
                    waived += 1;
                }
                (Ok(selection), Some(theirs)) => {
                    let packages = selection.packages.iter();
                    let ours: BTreeSet<_> =
                        packages.map(|one| format!("{}={}", one.name, one.version)).collect();
                    if ours == theirs {
                        solved += 1;
                    } else {
                        let more: Vec<_> = ours.difference(&theirs).collect();
                        let less: Vec<_> = theirs.difference(&ours).collect();
                        different.push(format!("seed {seed}: {entries:?}: more {more:?}, less {less:?}"));
                    }
                }
                (Err(_), None) => failed += 1,
                (Ok(_), None) => different.push(format!("seed {seed}: {entries:?}: apt fails")),
                (Err(error), Some(_)) => different.push(format!("seed {seed}: {entries:?}: {error}")),
            }
        }
    }
    let count = solved + failed + waived;
    println!("{solved} solved, {failed} failed, {waived} waived, {} different", different.len());
    assert!(different.is_empty(), "{count} equal, but\n{}", different.join("\n"));
    assert!(solved > sets / 4 && failed > 0, "{solved} solved, {failed} failed");
}
