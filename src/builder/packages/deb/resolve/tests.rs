use std::collections::BTreeMap;

use std::fmt::Write;

use super::super::index::{Contents, Index};
use super::*;
use crate::builder::packages::selection::{Reason, Warning};
use crate::builder::packages::unsolved::{Available, Failure, Problem};

/// `NAME VERSION` and fields, separated by `;`.
fn stanzas(packages: &[&str]) -> String {
    let mut text = String::new();
    for package in packages {
        let mut parts = package.split(';').map(str::trim);
        let (name, version) = parts.next().unwrap().split_once(' ').unwrap();
        writeln!(text, "Package: {name}\nVersion: {version}\nArchitecture: amd64").unwrap();
        let digest = format!("{:x}", package.len()).repeat(64);
        writeln!(text, "Filename: pool/{name}.deb\nSize: 1\nSHA256: {}", &digest[..64]).unwrap();
        for field in parts {
            writeln!(text, "{field}").unwrap();
        }
        text.push('\n');
    }
    text
}

fn index(packages: &[&str]) -> Index {
    Index::read(stanzas(packages).as_bytes(), "amd64", Contents::Repository).unwrap()
}

fn source(index: &Index) -> Source<'_> {
    Source { index, repository: 0, rank: Rank::Automatic }
}

fn ask(universe: Universe<'_>, entries: &str) -> Result<Selection, Unsolved> {
    let requests: Vec<_> = entries.split(' ').map(|entry| Request::parse(entry).unwrap()).collect();
    resolve(universe, &requests)
}

fn solve(packages: &[&str], entries: &str) -> Result<Selection, Unsolved> {
    let index = index(packages);
    ask(
        Universe { sources: &[source(&index)], installed: None, provided: &[], held: &BTreeMap::new() },
        entries,
    )
}

fn shown(selection: &Selection) -> String {
    let names = selection.packages.iter().map(|one| format!("{}={}", one.name, one.version));
    names.collect::<Vec<_>>().join(" ")
}

fn solution(packages: &[&str], entries: &str) -> String {
    solve(packages, entries).map_or_else(|error| format!("error: {error}"), |selection| shown(&selection))
}

fn failure(packages: &[&str], entries: &str) -> Failure {
    match solve(packages, entries) {
        Err(Unsolved::Failures(failures)) => failures.into_iter().next().unwrap(),
        other => panic!("{other:?}"),
    }
}

fn problem(packages: &[&str], entries: &str) -> Problem {
    match failure(packages, entries) {
        Failure::NotInstallable { problem, .. } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn packages_come_with_what_they_need() {
    let packages =
        ["a 1; Depends: b (>= 2), c | d", "b 1", "b 3; Pre-Depends: e", "d 1", "e 1; Depends: a", "f 1"];
    assert_eq!(solution(&packages, "a"), "a=1 b=3 d=1 e=1");
    let selection = solve(&packages, "a").unwrap();
    let why: Vec<_> = selection.why("e").into_iter().map(|link| link.package).collect();
    assert_eq!(why, ["a", "b", "e"]);
    let Reason::Needed(dependency) = &selection.package("d").unwrap().reason else { panic!() };
    assert_eq!((dependency.field, dependency.relation.as_str()), ("Depends", "c | d"));
    assert_eq!(selection.package("a").unwrap().reason, Reason::Requested { entry: "a".to_owned() });
}

#[test]
fn an_alternative_that_is_there_already_suffices() {
    let packages = ["a 1; Depends: b | c", "b 1", "c 1", "d 1; Provides: b"];
    assert_eq!(solution(&packages, "a c"), "a=1 c=1");
    assert_eq!(solution(&packages, "a d"), "a=1 d=1");
    assert_eq!(solution(&packages, "a"), "a=1 b=1");
}

#[test]
fn providers_rank_by_priority_then_name() {
    let awk = [
        "a 1; Depends: awk",
        "g 1; Provides: awk; Priority: optional",
        "m 1; Provides: awk; Priority: required",
    ];
    let selection = solve(&awk, "a").unwrap();
    assert_eq!(shown(&selection), "a=1 m=1");
    assert_eq!(selection.warnings, []);
    let [choice] = selection.choices.as_slice() else { panic!("{:?}", selection.choices) };
    assert_eq!((choice.name.as_str(), choice.taken.as_str()), ("awk", "m"));
    let ranked: Vec<_> =
        choice.candidates.iter().map(|one| (one.name.as_str(), one.priority.as_str())).collect();
    assert_eq!(ranked, [("m", "required"), ("g", "optional")]);
    let tie = ["a 1; Depends: awk", "m 1; Provides: awk", "g 1; Provides: awk"];
    let selection = solve(&tie, "a").unwrap();
    assert_eq!(shown(&selection), "a=1 g=1");
    assert!(matches!(selection.warnings.as_slice(), [Warning::Tie(choice)] if choice.taken == "g"));
    assert_eq!(
        solution(
            &["a 1; Depends: awk", "awk 1; Priority: extra", "g 1; Provides: awk; Priority: required"],
            "a"
        ),
        "a=1 awk=1"
    );
}

#[test]
fn versioned_relations_need_versioned_provides() {
    let packages =
        ["a 1; Depends: v (>= 2)", "b 1; Depends: v", "p 1; Provides: v", "q 1; Provides: v (= 2)"];
    assert_eq!(solution(&packages, "a"), "a=1 q=1");
    assert!(matches!(
        problem(&["a 1; Depends: v (>= 2)", "p 1; Provides: v"], "a"),
        Problem::OtherVersion { available, .. } if available[0].name == "p"
    ));
}

#[test]
fn requested_names_that_are_provided() {
    let packages = ["p 1; Provides: v (= 7), w", "q 1; Provides: w", "r 1", "r 2; Provides: s"];
    let selection = solve(&packages, "v").unwrap();
    assert_eq!(shown(&selection), "p=1");
    let warning = Warning::Provided { entry: "v".to_owned(), taken: "p".to_owned() };
    assert_eq!(selection.warnings, [warning]);
    assert_eq!(solution(&packages, "v=7"), "p=1");
    assert!(matches!(failure(&packages, "v=8"), Failure::NoVersion { .. }));
    let Failure::SeveralProviders { providers, .. } = failure(&packages, "w") else { panic!() };
    assert_eq!(providers.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["p", "q"]);
    assert_eq!(solution(&packages, "s"), "r=2");
}

#[test]
fn pins_choose_a_version() {
    let packages = ["a 1", "a 2; Depends: b", "b 1; Breaks: a (<< 2)", "c 1; Depends: a (>= 2)"];
    assert_eq!(solution(&packages, "a=1"), "a=1");
    assert_eq!(solution(&packages, "a a=1"), "a=1");
    assert_eq!(solution(&packages, "a"), "a=2 b=1");
    let Failure::NoVersion { available, .. } = failure(&packages, "a=3") else { panic!() };
    assert_eq!(available.iter().map(|one| one.version.as_str()).collect::<Vec<_>>(), ["2", "1"]);
    assert!(matches!(failure(&packages, "a=1 a=2"), Failure::TwoVersions { .. }));
    assert!(matches!(
        problem(&packages, "a=1 c"),
        Problem::OtherVersion { available, .. } if available[0].version == "1"
    ));
    for entry in ["a>=1", "a@edge", "!a=1"] {
        assert!(matches!(failure(&packages, entry), Failure::Entry { .. }), "{entry}");
    }
}

#[test]
fn unknown_names_suggest_close_ones() {
    let packages = ["libssl3 1", "openssl 1", "zlib1g 1"];
    assert_eq!(
        failure(&packages, "libssl"),
        Failure::NoPackage { name: "libssl".to_owned(), closest: vec!["libssl3".to_owned()] }
    );
    assert_eq!(failure(&packages, "x"), Failure::NoPackage { name: "x".to_owned(), closest: Vec::new() });
}

#[test]
fn conflicts_are_avoided_or_explained() {
    let packages = [
        "a 1; Depends: x | y",
        "x 1; Conflicts: b",
        "y 1",
        "b 1",
        "c 1; Depends: x",
        "d 1; Breaks: c (<< 2)",
    ];
    assert_eq!(solution(&packages, "a b"), "a=1 b=1 y=1");
    assert_eq!(solution(&packages, "b a"), "a=1 b=1 y=1");
    let Problem::Conflict { dependency, with, .. } = problem(&packages, "b c") else { panic!() };
    assert_eq!((dependency.package.as_str(), dependency.field, with.as_str()), ("x", "Conflicts", "b"));
    let Problem::Conflict { dependency, with, chain, .. } = problem(&packages, "c d") else { panic!() };
    assert_eq!((dependency.package.as_str(), dependency.field, with.as_str()), ("d", "Breaks", "c"));
    assert_eq!(chain.iter().map(|link| link.package.as_str()).collect::<Vec<_>>(), ["c"]);
    // A package does not exclude itself, nor what it provides.
    assert_eq!(solution(&["m 1; Provides: mta; Conflicts: mta", "n 1; Provides: mta"], "m"), "m=1");
}

/// A later entry takes away what an earlier one had: the earlier one gets its other alternative.
#[test]
fn an_earlier_choice_is_taken_back() {
    let packages = ["a 1; Depends: x | y", "x 1", "y 1", "b 1; Depends: z", "z 1; Conflicts: x"];
    assert_eq!(solution(&packages, "a b"), "a=1 b=1 y=1 z=1");
}

#[test]
fn what_a_failed_alternative_needed_is_left_out() {
    let packages =
        ["a 1; Depends: x | y", "x 1; Depends: helper, z", "helper 1", "z 1; Depends: none", "y 1", "b 1"];
    assert_eq!(solution(&packages, "a"), "a=1 y=1");
}

#[test]
fn missing_relations_are_found_at_the_end_of_the_chain() {
    let packages = ["a 1; Depends: b", "b 1; Depends: c (>= 2) | d", "c 1"];
    let Failure::NotInstallable { entry, chain, problem } = failure(&packages, "a") else { panic!() };
    assert_eq!(entry, "a");
    assert_eq!(chain.iter().map(|link| link.package.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let Problem::OtherVersion { dependency, available, elsewhere } = problem else { panic!("{problem:?}") };
    assert_eq!((dependency.package.as_str(), dependency.relation.as_str()), ("b", "c (>= 2) | d"));
    let there = Available { name: "c".to_owned(), version: "1".to_owned(), repository: Some(0) };
    assert_eq!((available, elsewhere), (vec![there], Vec::new()));
    let missing = self::problem(&["a 1; Depends: none"], "a");
    assert_eq!(missing.to_string(), "`a` needs `none`, which no package is or provides");
}

#[test]
fn excluded_packages_stay_out_and_are_waived() {
    let packages = ["a 1; Depends: x, y | z", "x 2; Depends: w", "y 1", "z 1", "w 1"];
    let selection = solve(&packages, "a !x !y").unwrap();
    assert_eq!(shown(&selection), "a=1 z=1");
    let [waived] = selection.waived.as_slice() else { panic!("{:?}", selection.waived) };
    assert_eq!((waived.dependency.package.as_str(), waived.dependency.relation.as_str()), ("a", "x"));
    assert_eq!(waived.excluded, [("x".to_owned(), "2".to_owned())]);
    let selection = solve(&packages, "a !y !z").unwrap();
    assert_eq!(selection.waived[0].excluded.len(), 2);
    // Listed and excluded: it is there.
    let selection = solve(&packages, "a x !x !none").unwrap();
    assert_eq!((shown(&selection).as_str(), selection.waived.len()), ("a=1 w=1 x=2 y=1", 0));
    assert_eq!(
        selection.warnings,
        [
            Warning::ListedAndExcluded { name: "x".to_owned() },
            Warning::UnknownExclusion { name: "none".to_owned() },
        ]
    );
    // What nothing would have met is not waived.
    assert!(matches!(failure(&["a 1; Depends: x, none", "x 1"], "a !x"), Failure::NotInstallable { .. }));
}

#[test]
fn names_that_the_builder_provides() {
    let index = index(&["i 1; Depends: usrmerge | usr-is-merged (>= 3)", "usrmerge 1", "usr-is-merged 4"]);
    let sources = [source(&index)];
    let solution = |provided, entries| {
        let universe = Universe { sources: &sources, installed: None, provided, held: &BTreeMap::new() };
        ask(universe, entries).map(|selection| shown(&selection))
    };
    assert_eq!(solution(&[], "i").unwrap(), "i=1 usrmerge=1");
    assert_eq!(solution(&["usr-is-merged"], "i").unwrap(), "i=1");
    assert_eq!(solution(&["usr-is-merged"], "i usr-is-merged").unwrap(), "i=1 usr-is-merged=4");
}

fn installed(packages: &[&str]) -> Index {
    Index::read(stanzas(packages).as_bytes(), "amd64", Contents::Installed).unwrap()
}

#[test]
fn an_installed_set_is_extended() {
    let base = installed(&["libc 1", "helper 1; Depends: libc (= 1)", "old 1", "tool 2"]);
    let index = index(&[
        "libc 2",
        "helper 2; Depends: libc (= 2)",
        "a 1; Depends: libc",
        "b 1; Depends: libc (>= 2)",
        "c 1; Conflicts: old",
        "d 1; Conflicts: libc (<< 2)",
        "tool 1",
        "tool 3",
    ]);
    let universe = Universe {
        sources: &[source(&index)],
        installed: Some(&base),
        provided: &[],
        held: &BTreeMap::new(),
    };
    let solution = |entries| ask(universe, entries).map(|selection| shown(&selection));
    assert_eq!(solution("a").unwrap(), "a=1");
    let selection = ask(universe, "b").unwrap();
    assert_eq!(shown(&selection), "b=1 helper=2 libc=2");
    assert_eq!(selection.package("libc").unwrap().replaces.as_deref(), Some("1"));
    let Reason::Outdated { relation: Some(relation) } = &selection.package("helper").unwrap().reason else {
        panic!()
    };
    assert_eq!((relation.version.as_str(), relation.relation.as_str()), ("1", "libc (= 1)"));
    assert_eq!(solution("d").unwrap(), "d=1 helper=2 libc=2");
    assert_eq!(solution("tool").unwrap(), "tool=3");
    assert_eq!(solution("old").unwrap(), "");
    // Nothing that is installed is removed.
    let Err(Unsolved::Failures(failures)) = ask(universe, "c") else { panic!() };
    let Failure::NotInstallable { problem: Problem::Conflict { with, .. }, .. } = &failures[0] else {
        panic!()
    };
    assert_eq!(with, "old");
}

#[test]
fn circles_end() {
    let packages = ["a 1; Depends: b", "b 1; Depends: c; Pre-Depends: a", "c 1; Depends: c, a, b"];
    assert_eq!(solution(&packages, "a"), "a=1 b=1 c=1");
    let broken = ["a 1; Depends: b", "b 1; Depends: c", "c 1; Depends: a, none"];
    assert!(matches!(failure(&broken, "a"), Failure::NotInstallable { .. }));
}

fn generated(count: usize, stanza: impl Fn(usize) -> String) -> Index {
    let packages: Vec<_> = (0..count).map(stanza).collect();
    index(&packages.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The stack of the walk is not that of the thread.
#[test]
fn long_rows_of_dependencies_end() {
    let index = generated(2_900, |at| format!("p{at} 1; Depends: p{}", at + 1));
    let universe = Universe {
        sources: &[source(&index)],
        installed: None,
        provided: &["p2900"],
        held: &BTreeMap::new(),
    };
    assert_eq!(ask(universe, "p0").unwrap().packages.len(), 2_900);
    let index = generated(20_000, |at| format!("p{at} 1; Depends: p{}", at + 1));
    let universe = Universe {
        sources: &[source(&index)],
        installed: None,
        provided: &["p20000"],
        held: &BTreeMap::new(),
    };
    assert!(matches!(ask(universe, "p0"), Err(Unsolved::Failures(_))));
}

/// Each level doubles the ways, and none of them leads anywhere.
#[test]
fn graphs_made_to_explode_have_an_answer() {
    let level = |at: usize, side: &str| {
        let next = at + 1;
        format!("{side}{at} 1; Depends: x{next} | y{next}, y{next} | x{next}; Conflicts: {side}{}", at + 20)
    };
    let index = generated(400, |at| level(at / 2, if at % 2 == 0 { "x" } else { "y" }));
    let universe =
        Universe { sources: &[source(&index)], installed: None, provided: &[], held: &BTreeMap::new() };
    assert!(matches!(ask(universe, "x0"), Err(Unsolved::Failures(_) | Unsolved::Exceeded(_))));
}

/// Every package has a thousand ways, all of which end at the same missing one.
#[test]
fn wide_relations_end_in_bounded_time() {
    let names = |at: usize| (0..300).map(|one| format!("p{}", (at + one) % 600)).collect::<Vec<_>>();
    let stanza =
        |at: usize| format!("p{at} 1; Depends: {}, none; Conflicts: v; Provides: v", names(at).join(" | "));
    let index = generated(600, stanza);
    let universe =
        Universe { sources: &[source(&index)], installed: None, provided: &[], held: &BTreeMap::new() };
    assert!(matches!(ask(universe, "p0 p100 p200"), Err(Unsolved::Failures(_) | Unsolved::Exceeded(_))));
    // Ways that hold, but exclude each other.
    let stanza =
        |at: usize| format!("p{at} 1; Depends: {}; Conflicts: v; Provides: v", names(at + 1).join(" | "));
    let index = generated(600, stanza);
    let universe =
        Universe { sources: &[source(&index)], installed: None, provided: &[], held: &BTreeMap::new() };
    assert!(matches!(ask(universe, "p0 p100"), Err(Unsolved::Failures(_) | Unsolved::Exceeded(_))));
}
