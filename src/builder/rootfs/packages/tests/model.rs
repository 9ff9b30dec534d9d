//! Random packages against a simple model.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// What a random package ships: a file, a directory or a link to a directory that is always there.
#[derive(Clone, Copy, Debug)]
enum Random {
    File,
    Directory,
    Link,
}

fn random_packages() -> impl Strategy<Value = Vec<Vec<(String, Random)>>> {
    let kind = prop_oneof![4 => Just(Random::File), 3 => Just(Random::Directory), 1 => Just(Random::Link)];
    let entry = ("[ab](/[ab]){0,2}", kind);
    prop::collection::vec(prop::collection::btree_map(entry.0, entry.1, 0..5), 1..4)
        .prop_map(|packages| packages.into_iter().map(|package| package.into_iter().collect()).collect())
}

/// A simple model: all links lead to `/t`, which has no links. `None`: an error.
fn model(packages: &[Vec<(String, Random)>]) -> Option<Vec<String>> {
    // A link where another link leads is a path of its own.
    let mut links: Vec<String> = Vec::new();
    let place = |path: &str, links: &[String]| {
        let mut at = String::new();
        let parts: Vec<&str> = path.split('/').collect();
        for (number, part) in parts.iter().enumerate() {
            at = if at.is_empty() { (*part).to_owned() } else { format!("{at}/{part}") };
            if number + 1 < parts.len() && links.contains(&at) {
                at = "t".to_owned();
            }
        }
        at
    };
    let all = || packages.iter().flatten();
    for _ in 0..5 {
        let found = all().filter(|entry| matches!(entry.1, Random::Link));
        links = found.map(|(path, _)| place(path, &links)).collect();
    }
    let mut nodes = BTreeMap::from([(String::new(), "d"), ("t".to_owned(), "d")]);
    let mut put = |at: &str, kind: &'static str| match nodes.insert(at.to_owned(), kind) {
        None => true,
        Some(before) => before == "d" && kind == "d",
    };
    for (path, kind) in all() {
        let mut at = place(path, &links);
        if matches!(kind, Random::Directory) && links.contains(&at) {
            at = "t".to_owned();
        }
        let above: Vec<&str> = at.match_indices('/').map(|(end, _)| &at[..end]).collect();
        let kind = match kind {
            Random::File => "f",
            Random::Directory => "d",
            Random::Link => "l",
        };
        if !above.into_iter().all(|above| put(above, "d")) || !put(&at, kind) {
            return None;
        }
    }
    Some(nodes.into_iter().map(|(at, kind)| format!("/{at} {kind}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn random_packages_equal_the_model(packages in random_packages()) {
        let added: Vec<Added> = packages.iter().enumerate().map(|(number, package)| {
            let mut entries = vec![directory("t")];
            entries.extend(package.iter().map(|(path, kind)| match kind {
                Random::File => file(path, "x"),
                Random::Directory => directory(path),
                Random::Link => link(path, "/t"),
            }));
            apk(&format!("p{number}"), |_| {}, &entries)
        }).collect();
        let found = merge_all(&added).ok().map(|merged| {
            let short = |line: &String| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
            listing(&merged.tree).iter().map(short).collect::<Vec<_>>()
        });
        prop_assert_eq!(found, model(&packages), "{:?}", merge(&added).err());
    }
}
