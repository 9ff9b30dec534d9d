#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::super::node::{Metadata, SpecialKind};
use super::*;

const EPOCH: i64 = 1_700_000_000;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

/// A tree: `a/` is a directory, `a -> b` a link, `a = x` a file. A number before it is the owner, another one the mode.
fn tree(by: &str, lines: &[&str]) -> Tree {
    let mut tree = Tree::new(EPOCH);
    for line in lines {
        let (numbers, line) = line.split_once(": ").unwrap_or(("0 755", line));
        let (uid, mode) = numbers.split_once(' ').unwrap();
        let (name, kind) = if let Some((name, target)) = line.split_once(" -> ") {
            (name, NodeKind::Symlink { target: target.to_owned() })
        } else if let Some((name, text)) = line.split_once(" = ") {
            (name, NodeKind::File { content: text.into(), link: None })
        } else if let Some((name, group)) = line.split_once(" # ") {
            let link = Some(LinkGroup(group.parse().unwrap()));
            (name, NodeKind::File { content: group.into(), link })
        } else {
            (line, NodeKind::Directory)
        };
        let metadata = Metadata {
            uid: uid.parse().unwrap(),
            ..Metadata::of_root(u16::from_str_radix(mode, 8).unwrap(), 1_000)
        };
        tree.make_parents(&path(name), EPOCH).unwrap();
        let origin = Origin::Package { name: by.to_owned(), version: "1".to_owned() };
        tree.put(path(name), Node { metadata, kind, origin: origin.into() }).unwrap();
    }
    tree
}

fn lines(tree: &Tree) -> Vec<String> {
    let line = |(path, node): (&TreePath, &Node)| {
        let Metadata { mode, uid, gid, .. } = node.metadata;
        let kind = match &node.kind {
            NodeKind::Symlink { target } => format!(" -> {target}"),
            NodeKind::File { content, .. } => {
                format!(" = {}", String::from_utf8_lossy(&content.read_all().unwrap()))
            }
            _ => "/".to_owned(),
        };
        format!("{path}{kind} {mode:o} {uid}:{gid}")
    };
    tree.iter().skip(1).map(line).collect()
}

struct Plan<'a> {
    includes: &'a [&'a str],
    excludes: &'a [&'a str],
    target: &'a str,
    ownership: Ownership,
}

const ALL: Plan<'_> = Plan {
    includes: &[],
    excludes: &[],
    target: "",
    ownership: Ownership { uid: None, gid: None, mode: None },
};

fn copy(into: &mut Tree, from: &Tree, plan: &Plan<'_>) -> Result<Transferred, TransferError> {
    let selection = Selection::new(plan.includes.iter().copied(), plan.excludes.iter().copied()).unwrap();
    let plan = Transfer {
        from,
        selection: &selection,
        target: path(plan.target),
        ownership: plan.ownership,
        origin: Origin::Artifact("image".to_owned()),
        epoch: EPOCH,
    };
    transfer(into, &plan)
}

#[test]
fn selected_files_come_with_their_directories() {
    let from =
        tree("x", &["0 750: opt", "7 700: opt/a", "8 640: opt/a/f = x", "opt/a/g = y", "etc/passwd = z"]);
    let mut into = Tree::new(EPOCH);
    let done = copy(&mut into, &from, &Plan { includes: &["opt/a/f", "none"], ..ALL }).unwrap();
    assert_eq!(done, Transferred { replaced: vec![], unmatched: vec!["none".to_owned()] });
    assert_eq!(lines(&into), ["/opt/ 750 0:0", "/opt/a/ 700 7:0", "/opt/a/f = x 640 8:0"]);
    let file = into.get(&path("opt/a/f")).unwrap();
    assert_eq!((file.metadata.mtime, file.origin.as_ref()), (1_000, &Origin::Artifact("image".to_owned())));
}

#[test]
fn the_owner_is_replaced() {
    let from = tree("x", &["7 4755: a/set = x", "0 4755: a/same = x", "5 777: a/l -> set", "5 700: d"]);
    let mut into = Tree::new(EPOCH);
    let ownership = Ownership { uid: Some(0), gid: Some(0), mode: None };
    copy(&mut into, &from, &Plan { ownership, ..ALL }).unwrap();
    let expected =
        ["/a/ 755 0:0", "/a/l -> set 777 0:0", "/a/same = x 4755 0:0", "/a/set = x 755 0:0", "/d/ 700 0:0"];
    assert_eq!(lines(&into), expected);
}

#[test]
fn what_is_replaced_is_reported_with_both_origins() {
    let mut into = tree(
        "old",
        &["a/same = x", "a/mode = x", "a/text = x", "a/kind = x", "a/l -> x", "a/m -> x", "0 700: d", "e"],
    );
    let from = tree(
        "new",
        &[
            "a/same = x",
            "5 700: a/mode = x",
            "a/text = y",
            "a/kind -> x",
            "a/l -> x",
            "a/m -> y",
            "d",
            "e",
            "a/n = n",
        ],
    );
    let done = copy(&mut into, &from, &ALL).unwrap();
    let found: Vec<_> =
        done.replaced.iter().map(|replaced| (replaced.path.as_str(), replaced.change)).collect();
    let expected = [
        ("a/kind", Change::Kind),
        ("a/l", Change::None),
        ("a/m", Change::Content),
        ("a/mode", Change::Metadata),
        ("a/same", Change::None),
        ("a/text", Change::Content),
        ("d", Change::Metadata),
    ];
    assert_eq!(found, expected);
    let first = &done.replaced[0];
    let shown = format!("{} {}", first.before, first.after);
    assert_eq!(shown, "package `old` 1 artifact `image`");
}

#[test]
fn a_directory_that_only_leads_to_files_keeps_its_metadata() {
    let mut into = tree("old", &["9 1777: d", "d/x = 1"]);
    let from = tree("new", &["0 700: d", "d/y = 2"]);
    copy(&mut into, &from, &Plan { includes: &["d/**"], ..ALL }).unwrap();
    assert_eq!(lines(&into), ["/d/ 1777 9:0", "/d/x = 1 755 0:0", "/d/y = 2 755 0:0"]);
    copy(&mut into, &from, &Plan { includes: &["d"], ..ALL }).unwrap();
    assert_eq!(lines(&into)[0], "/d/ 700 0:0");
}

#[test]
fn files_land_behind_the_links_that_are_there() {
    let mut into = tree(
        "old",
        &["usr/lib", "usr/lib64", "lib -> usr/lib", "lib64 -> /usr/lib64", "run", "var/run -> /../run"],
    );
    let from = tree("new", &["lib/x = x", "lib64/ld = l", "0 700: var/run", "var/run/pid = p"]);
    copy(&mut into, &from, &ALL).unwrap();
    let expected = [
        "/lib -> usr/lib 755 0:0",
        "/lib64 -> /usr/lib64 755 0:0",
        "/run/ 700 0:0",
        "/run/pid = p 755 0:0",
        "/usr/ 755 0:0",
        "/usr/lib/ 755 0:0",
        "/usr/lib/x = x 755 0:0",
        "/usr/lib64/ 755 0:0",
        "/usr/lib64/ld = l 755 0:0",
        "/var/ 755 0:0",
        "/var/run -> /../run 755 0:0",
    ];
    assert_eq!(lines(&into), expected);
}

#[test]
fn directories_and_other_things_do_not_replace_each_other() {
    for (old, new) in [("a/x = 1", "a = 2"), ("a/x = 1", "a -> b"), ("a = 1", "a/x = 2"), ("a = 1", "a")] {
        let error = copy(&mut tree("old", &[old]), &tree("new", &[new]), &ALL).unwrap_err();
        assert!(matches!(&error, TransferError::Conflict { path, .. } if path.as_str() == "a"), "{error}");
        let text = error.to_string();
        assert!(text.contains("artifact `image`"), "{text}");
    }
    let error = copy(&mut tree("old", &["a = 1"]), &tree("new", &["a"]), &ALL).unwrap_err();
    let expected = "`/a` is no directory of package `old` 1 and a directory of artifact `image`";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn hard_links_stay_together_and_apart_from_others() {
    let mut into = tree("old", &["a # 0", "b # 0", "c # 4"]);
    let from = tree("new", &["b # 0", "x # 4", "y # 4", "z # 0"]);
    copy(&mut into, &from, &ALL).unwrap();
    let group = |name: &str| into.get(&path(name)).unwrap().link_group().unwrap();
    assert_eq!((group("a"), group("c")), (LinkGroup(0), LinkGroup(4)));
    assert_eq!((group("b"), group("z")), (LinkGroup(5), LinkGroup(5)));
    assert_eq!((group("x"), group("y")), (LinkGroup(6), LinkGroup(6)));
}

#[test]
fn devices_are_refused_unless_they_are_excluded() {
    let mut from = tree("new", &["dev/null = x", "a = x"]);
    let special = NodeKind::Special(SpecialKind::Character { major: 1, minor: 3 });
    let node = Node { kind: special, ..from.get(&path("dev/null")).unwrap().clone() };
    from.put(path("dev/null"), node).unwrap();
    assert_eq!(copy(&mut Tree::new(EPOCH), &from, &ALL), Err(TransferError::Special(path("dev/null"))));
    assert!(copy(&mut Tree::new(EPOCH), &from, &Plan { excludes: &["dev"], ..ALL }).is_ok());
}

#[test]
fn a_target_directory_is_made_and_kept() {
    let mut from = tree("new", &["f = x"]);
    from.change(&TreePath::ROOT, |metadata| metadata.mode = 0o700);
    let ownership = Ownership { uid: Some(6), gid: Some(6), mode: None };
    let plan = Plan { target: "opt/a", ownership, ..ALL };
    let mut into = Tree::new(EPOCH);
    copy(&mut into, &from, &plan).unwrap();
    assert_eq!(lines(&into), ["/opt/ 755 0:0", "/opt/a/ 700 6:6", "/opt/a/f = x 755 6:6"]);
    let mut into = tree("old", &["opt/a"]);
    copy(&mut into, &from, &plan).unwrap();
    assert_eq!(lines(&into)[1], "/opt/a/ 755 0:0");
    // The root of the image is nobody's.
    let mut into = Tree::new(EPOCH);
    copy(&mut into, &from, &ALL).unwrap();
    assert_eq!(into.get(&TreePath::ROOT).unwrap().metadata.mode, 0o755);
}

#[test]
fn the_mode_is_that_of_files_and_directories_can_be_entered() {
    let from = tree("new", &["d/f = x", "d/l -> f"]);
    let mut into = Tree::new(EPOCH);
    let ownership = Ownership { uid: None, gid: None, mode: Some(0o640) };
    copy(&mut into, &from, &Plan { ownership, ..ALL }).unwrap();
    assert_eq!(lines(&into), ["/d/ 750 0:0", "/d/f = x 640 0:0", "/d/l -> f 755 0:0"]);
}
