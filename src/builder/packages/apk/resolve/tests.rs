//! What the scenarios of apk do not have: reasons, choices, installed packages, and hostile graphs.

use super::super::index::{Index, Package};
use super::*;
use crate::builder::packages::apk::index::encode_identity;
use crate::builder::packages::{Link, Request, Warning};

/// Fields of a package, as in an index: `NAME VERSION FIELD:VALUE…`, the fields separated by `|`.
fn text(packages: &[&str]) -> String {
    let mut text = String::new();
    for (at, package) in packages.iter().enumerate() {
        let (head, fields) = package.split_once('|').unwrap_or((package, ""));
        let (name, version) = head.trim().split_once(' ').unwrap();
        let mut identity = [0; 20];
        identity[..8].copy_from_slice(&at.to_be_bytes());
        identity[8] = u8::try_from(package.len() % 256).unwrap();
        text += &format!("C:{}\nP:{name}\nV:{version}\nA:x86_64\nS:1\nI:4096\n", encode_identity(&identity));
        text.extend(
            fields.split('|').filter(|field| !field.is_empty()).map(|field| format!("{}\n", field.trim())),
        );
        text.push('\n');
    }
    text
}

fn solve_in(
    repositories: &[(&str, Option<&str>)],
    installed: &str,
    entries: &[&str],
) -> Result<Solution, Unsolved> {
    let indexes: Vec<_> = repositories
        .iter()
        .map(|(text, tag)| (Index::parse(text.as_bytes(), "x86_64").unwrap(), *tag))
        .collect();
    let repositories: Vec<_> = indexes.iter().map(|(index, tag)| Repository { index, tag: *tag }).collect();
    let installed = Index::parse_installed(installed.as_bytes()).unwrap();
    let requests: Vec<_> = entries.iter().map(|entry| Request::parse(entry).unwrap()).collect();
    let world = World::from_requests(&requests).unwrap();
    let installed = &installed.packages;
    resolve(&Input { architecture: "x86_64", repositories: &repositories, installed, world: &world })
}

fn solve(packages: &[&str], entries: &[&str]) -> Result<Solution, Unsolved> {
    solve_in(&[(&text(packages), None)], "", entries)
}

fn chosen(solution: &Solution) -> Vec<String> {
    let packages = solution.selection.packages.iter();
    packages.map(|package| format!("{}={}", package.name, package.version)).collect()
}

fn troubles(result: Result<Solution, Unsolved>) -> String {
    match result {
        Err(Unsolved::Broken(troubles)) => {
            troubles.iter().map(|trouble| format!("{trouble}\n")).collect::<String>()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_package_has_its_reason() {
    let packages = [
        "a 1-r0|D:b>=1",
        "b 1-r0|D:so:c.so.1",
        "c 1-r0|p:so:c.so.1=1",
        "docs 1-r0",
        "a-doc 1-r0|i:a docs",
        "d 1-r0|D:c",
    ];
    let solution = solve(&packages, &["a", "docs", "d", "c"]).unwrap();
    let reason = |name: &str| solution.selection.package(name).unwrap().reason.clone();
    assert_eq!(reason("a"), Reason::Requested { entry: "a".to_owned() });
    assert_eq!(reason("c"), Reason::Requested { entry: "c".to_owned() });
    assert_eq!(
        reason("b"),
        Reason::Needed(NeededBy {
            package: "a".to_owned(),
            version: "1-r0".to_owned(),
            field: "depend",
            relation: "b>=1".to_owned()
        })
    );
    let terms = vec!["a".to_owned(), "docs".to_owned()];
    assert_eq!(reason("a-doc"), Reason::Condition { terms, met_by: "docs".to_owned() });
    let why: Vec<_> = solution.selection.why("b").into_iter().map(|link| link.package).collect();
    assert_eq!(why, ["a", "b"]);
    let order: Vec<_> = solution.order.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(order, ["c", "b", "a", "d", "docs", "a-doc"]);
    assert_eq!(solution.selection.package("b").unwrap().path, "x86_64/b-1-r0.apk");
}

#[test]
fn choices_between_providers_are_listed() {
    let packages =
        ["a 1-r0|D:v w", "x 1-r0|p:v|k:10", "y 1-r0|p:v|k:20", "z 1-r0|p:v", "m 1-r0|p:w=1", "n 1-r0|p:w=1"];
    let solution = solve(&packages, &["a"]).unwrap();
    assert_eq!(chosen(&solution), ["a=1-r0", "m=1-r0", "y=1-r0"]);
    let choice = |name: &str| solution.selection.choices.iter().find(|choice| choice.name == name).unwrap();
    let names: Vec<_> =
        choice("v").candidates.iter().map(|one| (one.name.as_str(), one.priority.as_str())).collect();
    assert_eq!((choice("v").taken.as_str(), names), ("y", vec![("y", "20"), ("x", "10")]));
    assert_eq!(choice("v").dependency.as_ref().unwrap().relation, "v");
    // The index decides between equals, and says so.
    assert_eq!(solution.selection.warnings, [Warning::Tie(choice("w").clone())]);
}

#[test]
fn unclear_requests_are_warned_about() {
    let packages = ["a 1-r0", "sh 1-r0|p:cmd:sh=1"];
    let solution = solve(&packages, &["a", "!a", "cmd:sh", "!nothing"]).unwrap();
    assert_eq!(chosen(&solution), ["a=1-r0", "sh=1-r0"]);
    assert_eq!(
        solution.selection.warnings,
        [
            Warning::ListedAndExcluded { name: "a".to_owned() },
            Warning::Provided { entry: "cmd:sh".to_owned(), taken: "sh".to_owned() },
            Warning::UnknownExclusion { name: "nothing".to_owned() },
        ]
    );
}

#[test]
fn equal_versions_come_from_the_first_repository() {
    let (one, other) = (text(&["a 1-r0|D:b", "b 1-r0"]), text(&["a 1-r0", "c 1-r0"]));
    let solution = solve_in(&[(&one, None), (&other, None)], "", &["a"]).unwrap();
    assert_eq!(chosen(&solution), ["a=1-r0", "b=1-r0"]);
    let warning =
        Warning::OtherBytes { name: "a".to_owned(), version: "1-r0".to_owned(), taken: 0, others: vec![1] };
    assert_eq!(solution.selection.warnings, [warning]);
    // The same bytes in both are one package.
    let solution = solve_in(&[(&one, None), (&one, None)], "", &["a"]).unwrap();
    assert_eq!((solution.selection.packages[0].repository, solution.selection.warnings.len()), (0, 0));
}

#[test]
fn a_definition_means_any_revision() {
    let packages = ["a 1-r0", "a 1-r3", "a 2-r0"];
    assert_eq!(chosen(&solve(&packages, &["a=1"]).unwrap()), ["a=1-r3"]);
    assert_eq!(chosen(&solve(&packages, &["a=1-r0"]).unwrap()), ["a=1-r0"]);
    assert_eq!(
        troubles(solve(&packages, &["a=3"])),
        "`a 2-r0` cannot be installed: it does not meet the entry `a=3`\n"
    );
}

#[test]
fn apk_does_not_go_back() {
    // The newest version needs what is missing; the older one would do.
    let packages = ["a 1-r0", "a 2-r0|D:nope"];
    assert_eq!(troubles(solve(&packages, &["a"])), "no package `nope`, needed by `nope` of `a 2-r0`\n");
    // Ruled out before, the newest version is not a candidate.
    let packages = ["a 1-r0", "a 2-r0|D:b=2-r0", "b 1-r0", "b 2-r0", "c 1-r0|D:b=1-r0"];
    assert_eq!(chosen(&solve(&packages, &["a", "c"]).unwrap()), ["a=1-r0", "b=1-r0", "c=1-r0"]);
    // Nothing rules it out here before it is taken.
    let packages = ["a 1-r0", "a 2-r0|D:b=2-r0", "b 1-r0", "c 1-r0|D:b=1-r0"];
    assert_eq!(
        troubles(solve(&packages, &["a", "c"])),
        "`b 1-r0` cannot be installed: it does not meet `b=2-r0` of `a 2-r0`; it is needed by `b=1-r0` of `c 1-r0`\n"
    );
}

#[test]
fn missing_names_have_a_suggestion() {
    let Err(Unsolved::Broken(troubles)) = solve(&["nginx 1-r0"], &["ngimx"]) else { panic!() };
    let [Trouble::NoPackage { closest, needed_by, .. }] = troubles.as_slice() else { panic!("{troubles:?}") };
    assert_eq!(closest.as_deref(), Some("nginx"));
    assert_eq!(needed_by.as_slice(), [Requirer { package: None, relation: "ngimx".to_owned() }]);
}

#[test]
fn a_trouble_has_its_chain() {
    let packages = ["a 1-r0|D:b", "b 1-r0|D:nope !c", "c 1-r0"];
    let Err(Unsolved::Broken(troubles)) = solve(&packages, &["a", "c"]) else { panic!() };
    let names = |chain: &[Link]| chain.iter().map(|link| link.package.clone()).collect::<Vec<_>>();
    let mut chains = Vec::new();
    for trouble in &troubles {
        chains.push(match trouble {
            Trouble::NoPackage { chain, .. } => names(chain),
            Trouble::Package(package) => names(&package.chain),
            other => panic!("{other}"),
        });
    }
    assert_eq!(chains, [vec!["c"], vec!["a", "b"]]);
}

#[test]
fn a_clash_that_no_relation_shows_is_named() {
    // The newest `d` is taken before `v`. What is left for `v` is an older `d`, and nothing goes back.
    let packages = [
        "a 1|D:v",
        "b 1|D:x>1|i:e e",
        "b 2|D:v x>1|p:v|k:2",
        "c 1|D:b<2 w|i:d d",
        "c 2",
        "d 1|p:v=1",
        "d 2|D:!e",
        "e 1",
        "e 2|p:w=2",
    ];
    let text = troubles(solve(&packages, &["a", "d", "c"]));
    assert_eq!(
        text,
        "`d 1` cannot be installed: it conflicts with `d 2`; it is needed by the entry `d`, `v` of `a 1`\n"
    );
}

/// Small universes by a generator: an answer meets every relation, and is the same when it is asked for
/// again.
#[test]
fn an_answer_meets_every_relation() {
    let mut state = 1_u64;
    let mut random = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    let (mut solved, mut broken) = (0, 0);
    for _ in 0..2000 {
        let mut packages = Vec::new();
        for name in 0..8 {
            for version in 1..=1 + random(2) {
                let mut depends = Vec::new();
                for _ in 0..random(3) {
                    let other = random(10);
                    depends.push(match random(6) {
                        0 => format!("n{other}>1"),
                        1 => format!("n{other}<2"),
                        2 => format!("!n{other}"),
                        3 => format!("v{}", other % 3),
                        _ => format!("n{other}"),
                    });
                }
                let mut package = format!("n{name} {version}|D:{}", depends.join(" "));
                match random(6) {
                    0 => package += &format!("|p:v{}={version}", random(3)),
                    1 => package += &format!("|p:v{}|k:{}", random(3), random(3)),
                    2 => package += &format!("|i:n{} n{}", random(8), random(8)),
                    _ => {}
                }
                packages.push(package);
            }
        }
        let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
        let entries: Vec<String> = (0..3).map(|_| format!("n{}", random(8))).collect();
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        match solve(&packages, &entries) {
            Ok(solution) => {
                solved += 1;
                assert_eq!(solve(&packages, &entries).as_ref(), Ok(&solution));
                check(&text(&packages), &solution, &entries);
            }
            Err(Unsolved::Broken(troubles)) => {
                broken += 1;
                assert!(!troubles.is_empty(), "{packages:?} {entries:?}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(solved > 200 && broken > 200, "{solved} {broken}");
}

/// Checks an answer without the resolver's own structures.
fn check(text: &str, solution: &Solution, entries: &[&str]) {
    use crate::builder::packages::apk::dependency::Dependency;
    let index = Index::parse(text.as_bytes(), "x86_64").unwrap();
    let is_chosen = |package: &&Package<'_>| {
        solution.order.iter().any(|(name, version)| name == package.name && version == package.version)
    };
    let chosen: Vec<_> = index.packages.iter().filter(is_chosen).collect();
    assert_eq!(chosen.len(), solution.order.len());
    let provided = |package: &Package<'_>, name: &str| -> Vec<String> {
        let names = package.provides.split_ascii_whitespace();
        let provided = names.map(|text| text.split_once('=').unwrap_or((text, "")));
        std::iter::once((package.name, package.version))
            .chain(provided)
            .filter(|(other, _)| *other == name)
            .map(|(_, version)| version.to_owned())
            .collect()
    };
    let meets = |of: Option<&Package<'_>>, relation: &str| {
        let relation = Dependency::parse(relation).unwrap();
        let others = chosen.iter().filter(|package| !relation.is_conflict || Some(**package) != of);
        let mut versions = others.flat_map(|package| provided(package, relation.name));
        versions.any(|version| relation.accepts(&version, "")) != relation.is_conflict
    };
    for entry in entries {
        assert!(meets(None, entry), "{entry} {solution:?}");
    }
    for package in &chosen {
        for relation in package.depends.split_ascii_whitespace() {
            assert!(meets(Some(package), relation), "{relation} of {} {solution:?}", package.name);
        }
    }
}

#[test]
fn packages_that_cannot_be_read_are_not_installed() {
    for (packages, cause) in [
        (["a 1-r0|D:b=x", "b 1-r0"], "`b=x` has an invalid version"),
        (["a 1-r0|X:1", "b 1-r0"], "it has the unknown field `X`"),
        (["a 1-rx", "b 1-r0"], "its version is invalid"),
    ] {
        let text = troubles(solve(&packages, &["a"]));
        assert!(text.contains(cause), "{text}");
        assert!(solve(&packages, &["b"]).is_ok());
    }
    // A condition that cannot be read is none, and a provided name that cannot be read is passed over.
    let packages = ["a 1-r0", "b 1-r0|i:a=x|p:=1 c"];
    assert_eq!(chosen(&solve(&packages, &["a"]).unwrap()), ["a=1-r0"]);
}

#[test]
fn tags_come_from_their_entry_only() {
    let (main, edge) = (text(&["a 1-r0", "b 1-r0"]), text(&["a 2-r0|D:b>=2", "b 2-r0"]));
    let both = [(main.as_str(), None), (edge.as_str(), Some("edge"))];
    assert_eq!(chosen(&solve_in(&both, "", &["a"]).unwrap()), ["a=1-r0"]);
    let solution = solve_in(&both, "", &["a@edge"]).unwrap();
    assert_eq!(chosen(&solution), ["a=2-r0", "b=2-r0"]);
    assert_eq!(solution.selection.packages[0].repository, 1);
    assert_eq!(
        troubles(solve_in(&both, "", &["a>1-r0"])),
        "`b 2-r0` cannot be installed: it is only in `@edge`, which must be named in the entry; it is needed by \
         `b>=2` of `a 2-r0`\n`a 2-r0` cannot be installed: it is only in `@edge`, which must be named in the entry; \
         it is needed by the entry `a>1-r0`\n"
    );
    assert_eq!(
        solve_in(&both, "", &["a@x"]),
        Err(Unsolved::UnknownTag { entry: "a@x".to_owned(), tag: "x".to_owned() })
    );
}

#[test]
fn installed_packages_stay_if_they_can() {
    let installed = text(&["a 1-r0|D:b", "b 1-r0", "old 1-r0"]);
    let repository = text(&["a 2-r0|D:b", "b 2-r0", "c 1-r0", "d 1-r0|D:b>=2"]);
    let solve = |entries: &[&str]| solve_in(&[(&repository, None)], &installed, entries).unwrap();
    let solution = solve(&["a", "c"]);
    assert_eq!(chosen(&solution), ["c=1-r0"]);
    assert_eq!(solution.order.len(), 3);
    assert_eq!(solution.removed, [("old".to_owned(), "1-r0".to_owned())]);
    let solution = solve(&["a", "d", "old"]);
    assert_eq!(chosen(&solution), ["b=2-r0", "d=1-r0"]);
    assert_eq!(solution.selection.package("b").unwrap().replaces.as_deref(), Some("1-r0"));
    assert_eq!(solution.removed, []);
    assert_eq!(chosen(&solve(&["a>1-r0"])), ["a=2-r0"]);
}

#[test]
fn an_excluded_package_fails_what_needs_it() {
    let packages =
        ["a 1-r0|D:b", "b 1-r0", "c 1-r0|D:/bin/sh", "x 1-r0|p:/bin/sh|k:9", "y 1-r0|p:/bin/sh|k:1"];
    assert!(troubles(solve(&packages, &["a", "!b"])).contains("it does not meet the entry `!b`"));
    assert_eq!(chosen(&solve(&packages, &["c", "!x"]).unwrap()), ["c=1-r0", "y=1-r0"]);
    assert_eq!(chosen(&solve(&packages, &["b", "!a<2"]).unwrap()), ["b=1-r0"]);
}

#[test]
fn a_condition_can_name_an_absent_package() {
    let packages = ["a 1-r0", "b 1-r0", "a-plain 1-r0|i:a !b"];
    assert_eq!(chosen(&solve(&packages, &["a"]).unwrap()), ["a=1-r0", "a-plain=1-r0"]);
    assert_eq!(chosen(&solve(&packages, &["a", "b"]).unwrap()), ["a=1-r0", "b=1-r0"]);
}

#[test]
fn circles_and_long_chains_end() {
    let packages = ["a 1-r0|D:b", "b 1-r0|D:c", "c 1-r0|D:a", "d 1-r0|D:d !d>1"];
    assert_eq!(chosen(&solve(&packages, &["a", "d"]).unwrap()).len(), 4);
    let chain: Vec<String> = (0..30_000).map(|at| format!("n{at} 1-r0|D:n{}", at + 1)).collect();
    let mut chain: Vec<&str> = chain.iter().map(String::as_str).collect();
    chain.push("n30000 1-r0");
    let solution = solve(&chain, &["n0"]).unwrap();
    assert_eq!((solution.order.len(), solution.order[0].0.as_str()), (30_001, "n30000"));
}

#[test]
fn graphs_made_to_explode_end() {
    // Everything needs every version of everything, and everything provides everything.
    let names: Vec<String> = (0..300).map(|at| format!("n{at}")).collect();
    let all = names.join(" ");
    let provided = names.iter().map(|name| format!("{name}=1")).collect::<Vec<_>>().join(" ");
    let packages: Vec<String> =
        names.iter().map(|name| format!("{name} 1-r0|D:{all}|p:{provided}")).collect();
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    assert!(matches!(solve(&packages, &["n0"]), Err(Unsolved::Exceeded(_))));
}

#[test]
fn a_search_has_a_limit() {
    let text = text(&["a 1-r0"]);
    let index = Index::parse(text.as_bytes(), "x86_64").unwrap();
    let world = World::parse("a").unwrap();
    let repositories = [Repository { index: &index, tag: None }; 65];
    let input = Input { architecture: "x86_64", repositories: &repositories, installed: &[], world: &world };
    assert!(matches!(resolve(&input), Err(Unsolved::Exceeded(_))));
    let repositories = [Repository { index: &index, tag: None }];
    let input = Input { repositories: &repositories, ..input };
    let mut universe = Universe::new(&input, &world.dependencies()).unwrap();
    universe.discover();
    let mut search = Search::new(&universe);
    search.spend(usize::MAX).unwrap_err();
    assert!(search.run().is_err());
}
