#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use super::super::context::{ContextError, ContextName, ContextNode, NoContext};
use super::super::limits::{CONTEXT_FILES, PATH_BYTES};
use super::super::node::{LinkGroup, Metadata, Node, NodeKind};
use super::super::path::{PathError, TreePath};
use super::super::resolve::ResolveError;
use super::*;
use crate::builder::definition;

/// The time of everything that is made.
const EPOCH: i64 = 1_700_000_000;

/// Files by path: `None` is a directory, `Some` the text of a file. A text that begins with `->` is a link.
#[derive(Default)]
struct Files(BTreeMap<&'static str, Option<&'static str>>);

impl Context for Files {
    fn open(&self, path: &str) -> Result<ContextNode, ContextError> {
        match self.0.get(path) {
            None => Err(ContextError::Missing),
            Some(Some(text)) => {
                let is_executable = text.starts_with("#!");
                Ok(ContextNode::File { content: (*text).into(), is_executable })
            }
            Some(None) => {
                let below = self.0.iter().filter_map(|(below, text)| {
                    let name = below.strip_prefix(path)?.strip_prefix('/')?;
                    let target = text.and_then(|text| text.strip_prefix("->")).map(str::to_owned);
                    (!name.contains('/')).then(|| ContextName { name: name.to_owned(), target })
                });
                Ok(ContextNode::Directory(below.rev().collect()))
            }
        }
    }
}

fn entries(yaml: &str) -> Vec<PathEntry> {
    let read = definition::read(&format!("paths:\n{yaml}"), "test.yaml").unwrap();
    assert_eq!(
        read.findings.iter().filter(|finding| finding.severity == definition::Severity::Error).count(),
        0
    );
    read.definition.paths
}

/// One line for each node but the root: path, kind, mode, owner.
fn lines(tree: &Tree) -> Vec<String> {
    let line = |(path, node): (&TreePath, &Node)| {
        let kind = match &node.kind {
            NodeKind::Directory => "d".to_owned(),
            NodeKind::File { content, .. } => {
                format!("f{:?}", String::from_utf8_lossy(&content.read_all().unwrap()))
            }
            NodeKind::Symlink { target } => format!("-> {target}"),
            NodeKind::Special(_) => "special".to_owned(),
        };
        let Metadata { mode, uid, gid, .. } = node.metadata;
        format!("{path} {kind} {mode:04o} {uid}:{gid}")
    };
    tree.iter().filter(|(path, _)| !path.is_root()).map(line).collect()
}

fn applied(yaml: &str) -> (Tree, Vec<PathRemarkKind>) {
    let mut tree = Tree::new(EPOCH);
    let remarks = apply_paths(&mut tree, &entries(yaml), &NoContext, EPOCH).unwrap();
    (tree, remarks.into_iter().map(|remark| remark.kind).collect())
}

fn tree(yaml: &str) -> Vec<String> {
    let (tree, remarks) = applied(yaml);
    assert_eq!(remarks, []);
    lines(&tree)
}

fn fault(yaml: &str) -> PathFault {
    fault_in(yaml, &NoContext)
}

fn fault_in(yaml: &str, context: &dyn Context) -> PathFault {
    apply_paths(&mut Tree::new(EPOCH), &entries(yaml), context, EPOCH).unwrap_err().cause
}

#[test]
fn each_type_makes_what_it_says() {
    let made = tree(
        "  - {type: directory, path: /a/b/, uid: 1, gid: 2, mode: '1777'}
  - {type: directory, path: /plain}
  - {type: file, path: /a/f, content: \"x\\n\", uid: 3, gid: 4, mode: '750'}
  - {type: file, path: /plain/file, content: z}
  - {type: file, path: /plain/nothing, mode: '0600'}
  - {type: emptyfile, path: /etc/machine-id, uid: 0, gid: 0}
  - {type: symlink, path: /l, source: ../a, uid: 5, gid: 6}\n",
    );
    let expected = [
        "/a d 0755 0:0",
        "/a/b d 1777 1:2",
        "/a/f f\"x\\n\" 0750 3:4",
        "/etc d 0755 0:0",
        "/etc/machine-id f\"\" 0644 0:0",
        "/l -> ../a 0777 5:6",
        "/plain d 0755 0:0",
        "/plain/file f\"z\" 0644 0:0",
        "/plain/nothing f\"\" 0600 0:0",
    ];
    assert_eq!(made, expected);
}

#[test]
fn what_is_made_has_the_epoch_and_its_entry_as_origin() {
    let (tree, _) = applied("  - {type: delete, path: /x}\n  - {type: file, path: /a/f, content: x}\n");
    assert!(tree.iter().all(|(_, node)| node.metadata.mtime == EPOCH));
    let origin = |path: &str| tree.get(&TreePath::parse(path).unwrap()).unwrap().origin.as_ref().clone();
    assert_eq!((origin("a"), origin("a/f")), (Origin::Implied, Origin::Path(1)));
}

#[test]
fn entries_land_behind_links_of_their_parents() {
    let made = tree(
        "  - {type: directory, path: /usr/sbin}
  - {type: symlink, path: /sbin, source: usr/sbin}
  - {type: symlink, path: /var/run, source: /run}
  - {type: file, path: /sbin/tool, content: t, mode: '4755'}
  - {type: directory, path: /var/run/app, uid: 0, gid: 42, mode: '2755'}
  - {type: directory, path: /sbin, mode: '0700'}\n",
    );
    let expected = [
        "/run d 0755 0:0",
        "/run/app d 2755 0:42",
        "/sbin -> usr/sbin 0777 0:0",
        "/usr d 0755 0:0",
        "/usr/sbin d 0700 0:0",
        "/usr/sbin/tool f\"t\" 4755 0:0",
        "/var d 0755 0:0",
        "/var/run -> /run 0777 0:0",
    ];
    assert_eq!(made, expected);
}

#[test]
fn no_link_leads_out_of_the_tree() {
    let made = tree(
        "  - {type: symlink, path: /a/up, source: ../../../../etc}
  - {type: file, path: /a/up/passwd, content: x}\n",
    );
    assert_eq!(made[2..], ["/etc d 0755 0:0", "/etc/passwd f\"x\" 0644 0:0"]);
    let looped = "  - {type: symlink, path: /a, source: b}
  - {type: symlink, path: /b, source: a}
  - {type: file, path: /a/x}\n";
    assert!(matches!(fault(looped), PathFault::Resolve(ResolveError::Loop(_))));
}

#[test]
fn files_and_links_replace_each_other_and_no_directory() {
    let made = tree(
        "  - {type: file, path: /f, content: old}
  - {type: file, path: /target, content: kept}
  - {type: symlink, path: /l, source: target}
  - {type: symlink, path: /f, source: target}
  - {type: file, path: /l, content: new}\n",
    );
    assert_eq!(made, ["/f -> target 0777 0:0", "/l f\"new\" 0644 0:0", "/target f\"kept\" 0644 0:0"]);
    for entry in ["type: file", "type: emptyfile", "type: symlink, source: x"] {
        let yaml = format!("  - {{type: directory, path: /d}}\n  - {{{entry}, path: /d}}\n");
        assert_eq!(fault(&yaml), PathFault::IsDirectory(TreePath::parse("d").unwrap()));
    }
    assert_eq!(fault("  - {type: file, path: /}\n"), PathFault::IsDirectory(TreePath::ROOT));
    let below = "  - {type: file, path: /f}\n  - {type: file, path: /f/x}\n";
    assert!(matches!(fault(below), PathFault::NotInDirectory(_)));
    let over = "  - {type: file, path: /f}\n  - {type: directory, path: /f}\n";
    assert!(matches!(fault(over), PathFault::NotInDirectory(_)));
}

#[test]
fn delete_removes_a_link_itself_and_a_whole_directory() {
    let (tree, remarks) = applied(
        "  - {type: file, path: /run/pid, content: x}
  - {type: symlink, path: /var/run, source: /run}
  - {type: delete, path: /var/run, uid: 0, gid: 0}
  - {type: symlink, path: /var/run, source: ../run}
  - {type: file, path: /gone/a/b, content: x}
  - {type: delete, path: /gone/}
  - {type: delete, path: /never}\n",
    );
    let expected =
        ["/run d 0755 0:0", "/run/pid f\"x\" 0644 0:0", "/var d 0755 0:0", "/var/run -> ../run 0777 0:0"];
    assert_eq!(lines(&tree), expected);
    assert_eq!(remarks, [PathRemarkKind::NothingToDelete]);
    for root in ["/", "//.", "/./"] {
        assert_eq!(fault(&format!("  - {{type: delete, path: {root}}}\n")), PathFault::DeletesRoot);
    }
}

#[test]
fn a_directory_that_exists_keeps_what_is_not_stated() {
    let made = tree(
        "  - {type: directory, path: /tmp, uid: 1, gid: 2, mode: '1777'}
  - {type: file, path: /tmp/x, content: x}
  - {type: directory, path: /tmp, uid: 7}
  - {type: directory, path: /, mode: '0700'}\n",
    );
    assert_eq!(made, ["/tmp d 1777 7:2", "/tmp/x f\"x\" 0644 0:0"]);
}

#[test]
fn recursive_changes_the_tree_that_exists() {
    let before = "  - {type: file, path: /d/e/f, content: x, mode: '4755'}
  - {type: symlink, path: /d/l, source: e}
  - {type: file, path: /d-e, content: x}\n";
    let owner = format!("{before}  - {{type: directory, path: /d, uid: 9, gid: 8, recursive: true}}\n");
    let expected = [
        "/d d 0755 9:8",
        // Another owner of a program would run it with the rights of the first.
        "/d-e f\"x\" 0644 0:0",
        "/d/e d 0755 9:8",
        "/d/e/f f\"x\" 0755 9:8",
        "/d/l -> e 0777 9:8",
    ];
    assert_eq!(tree(&owner), expected);
    let mode = format!("{before}  - {{type: directory, path: /d, mode: '0640', recursive: true}}\n");
    let expected = [
        "/d d 0750 0:0",
        "/d-e f\"x\" 0644 0:0",
        "/d/e d 0750 0:0",
        "/d/e/f f\"x\" 0640 0:0",
        "/d/l -> e 0777 0:0",
    ];
    assert_eq!(tree(&mode), expected);
}

#[test]
fn recursive_changes_a_file_under_all_its_names() {
    let mut tree = Tree::new(EPOCH);
    let file = |tree: &mut Tree, path: &str, link| {
        let path = TreePath::parse(path).unwrap();
        tree.make_parents(&path, EPOCH).unwrap();
        let kind = NodeKind::File { content: "x".into(), link };
        let metadata = Metadata { capability: Some([1].as_slice().into()), ..Metadata::of_root(0o755, 1) };
        tree.put(path, Node { metadata, kind, origin: Origin::Accounts.into() }).unwrap();
    };
    file(&mut tree, "a/x", Some(LinkGroup(0)));
    file(&mut tree, "b/x", Some(LinkGroup(0)));
    file(&mut tree, "b/y", Some(LinkGroup(1)));
    let change = entries("  - {type: directory, path: /a, uid: 5, recursive: true}\n");
    apply_paths(&mut tree, &change, &NoContext, EPOCH).unwrap();
    let owner = |path: &str| {
        let metadata = &tree.get(&TreePath::parse(path).unwrap()).unwrap().metadata;
        (metadata.uid, metadata.capability.is_some(), metadata.mtime)
    };
    assert_eq!((owner("a/x"), owner("b/x"), owner("b/y")), ((5, false, 1), (5, false, 1), (0, true, 1)));
}

fn repository() -> Files {
    Files(BTreeMap::from([
        ("image", None),
        ("image/conf", None),
        ("image/conf/a.yml", Some("a")),
        ("image/conf/run.sh", Some("#!/bin/sh\n")),
        ("image/conf/sub", None),
        ("image/conf/sub/b", Some("b")),
        ("image/conf/link", Some("->sub/b")),
        ("image/wh", None),
        ("image/wh/.wh.a", Some("")),
    ]))
}

fn copied(yaml: &str) -> Vec<String> {
    let mut tree = Tree::new(EPOCH);
    assert_eq!(apply_paths(&mut tree, &entries(yaml), &repository(), EPOCH).unwrap(), []);
    lines(&tree)
}

#[test]
fn a_file_is_copied_from_the_repository() {
    let made = copied(
        "  - {type: file, path: /a, source: image/conf/a.yml, uid: 1, gid: 2, mode: '0600'}
  - {type: file, path: /b, source: /image/./conf/a.yml}
  - {type: file, path: /c, source: image/conf/run.sh}\n",
    );
    assert_eq!(made, ["/a f\"a\" 0600 1:2", "/b f\"a\" 0644 0:0", "/c f\"#!/bin/sh\\n\" 0755 0:0"]);
}

#[test]
fn the_mode_of_a_copied_directory_is_that_of_its_files() {
    let with = |more: &str| {
        copied(&format!("  - {{type: directory, path: /etc/c, source: image/conf/, uid: 1, gid: 2{more}}}\n"))
    };
    let expected = |mode: &str, script: &str, directory: &str| {
        [
            "/etc d 0755 0:0".to_owned(),
            format!("/etc/c d {directory} 1:2"),
            format!("/etc/c/a.yml f\"a\" {mode} 1:2"),
            "/etc/c/link -> sub/b 0777 1:2".to_owned(),
            format!("/etc/c/run.sh f\"#!/bin/sh\\n\" {script} 1:2"),
            format!("/etc/c/sub d {directory} 1:2"),
            format!("/etc/c/sub/b f\"b\" {mode} 1:2"),
        ]
    };
    assert_eq!(with(""), expected("0644", "0755", "0755"));
    assert_eq!(with(", recursive: true"), expected("0644", "0755", "0755"));
    assert_eq!(with(", mode: '0644'"), expected("0644", "0644", "0755"));
    assert_eq!(with(", mode: '0600'"), expected("0600", "0600", "0700"));
    assert_eq!(with(", mode: '0755'"), expected("0755", "0755", "0755"));
}

#[test]
fn a_directory_entry_may_name_a_file() {
    let one = |path: &str| {
        copied(&format!("  - {{type: directory, path: {path}, source: image/conf/a.yml, mode: '0600'}}\n"))
    };
    assert_eq!(one("/c.yml"), ["/c.yml f\"a\" 0600 0:0"]);
    assert_eq!(one("/c/"), ["/c d 0755 0:0", "/c/a.yml f\"a\" 0600 0:0"]);
}

#[test]
fn a_source_stays_in_the_repository() {
    let source = |kind: &str, source: &str| {
        fault_in(&format!("  - {{type: {kind}, path: /a, source: '{source}'}}\n"), &repository())
    };
    for (path, cause) in [
        ("../secret", ContextError::Outside),
        ("image/../../secret", ContextError::Outside),
        ("image/none", ContextError::Missing),
    ] {
        for kind in ["file", "directory"] {
            assert_eq!(
                source(kind, path),
                PathFault::Source { source_path: path.to_owned(), cause: cause.clone() }
            );
        }
    }
    assert_eq!(source("file", "image/conf"), PathFault::SourceIsDirectory("image/conf".to_owned()));
}

#[test]
fn names_that_mark_deletions_are_refused() {
    for (yaml, name) in [
        ("  - {type: file, path: /opt/.wh.keep}\n", "/opt/.wh.keep"),
        ("  - {type: directory, path: /opt/.wh.dir}\n", "/opt/.wh.dir"),
        ("  - {type: symlink, path: /opt/.wh..wh..opq, source: x}\n", ".wh..wh..opq"),
        ("  - {type: emptyfile, path: /opt/.wh.}\n", "/opt/.wh."),
        ("  - {type: file, path: /opt/.wh.a/b}\n", "/opt/.wh.a/b"),
        ("  - {type: directory, path: /opt, source: image/wh}\n", "/opt/.wh.a"),
        ("  - {type: symlink, path: /l, source: .wh.a}\n  - {type: file, path: /l/x}\n", ".wh.a"),
    ] {
        let error = apply_paths(&mut Tree::new(EPOCH), &entries(yaml), &repository(), EPOCH).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
        let is_whiteout = matches!(
            error.cause,
            PathFault::Path(PathError::Whiteout(_))
                | PathFault::Resolve(ResolveError::Target { error: PathError::Whiteout(_), .. })
        );
        assert!(is_whiteout, "{error}");
    }
    let fine = "  - {type: file, path: /opt/.whatever}\n  - {type: file, path: /opt/x.wh.y}\n";
    assert_eq!(tree(fine).len(), 3);
}

#[test]
fn oddities_are_remarks_with_their_place() {
    let yaml = "  - {type: directory, path: '', uid: 0}
  - {type: symlink, path: /l, source: x, mode: '4755'}
  - {type: directory, path: src/patch}\n";
    let entries = entries(yaml);
    let mut tree = Tree::new(EPOCH);
    let remarks = apply_paths(&mut tree, &entries, &NoContext, EPOCH).unwrap();
    let found: Vec<_> = remarks.iter().map(|remark| (remark.position, remark.kind)).collect();
    assert_eq!(found, [(0, PathRemarkKind::EmptyPath), (1, PathRemarkKind::LinkMode)]);
    assert_eq!(remarks[1].range, entries[1].range);
    assert_eq!(lines(&tree), ["/l -> x 0777 0:0", "/src d 0755 0:0", "/src/patch d 0755 0:0"]);
}

#[test]
fn what_cannot_be_applied_is_an_error_with_its_place() {
    let text = "  - {type: directory, path: /a}\n  - {type: file, path: /../b}\n";
    let entries = entries(text);
    let error = apply_paths(&mut Tree::new(EPOCH), &entries, &NoContext, EPOCH).unwrap_err();
    assert_eq!((error.position, &error.range, error.path.as_str()), (1, &entries[1].range, "/../b"));
    assert_eq!(error.to_string(), "the entry `/../b` of `paths`: the path `/../b` leads upwards");
    assert_eq!(fault("  - {type: symlink, path: /l, source: ''}\n"), PathFault::NoTarget);
    assert_eq!(fault("  - {type: file, path: /f, mode: '${MODE}'}\n"), PathFault::Mode("${MODE}".to_owned()));
    let long = "x".repeat(PATH_BYTES);
    let target = fault(&format!("  - {{type: symlink, path: /l, source: {long}}}\n"));
    assert!(matches!(target, PathFault::Target(shown) if shown.len() == 80));
    let path = fault(&format!("  - {{type: file, path: /{long}x}}\n"));
    assert!(matches!(path, PathFault::Path(PathError::TooLong(_))));
}

#[test]
fn the_number_of_copied_files_is_bounded() {
    struct Endless;
    impl Context for Endless {
        fn open(&self, path: &str) -> Result<ContextNode, ContextError> {
            let name = |number: usize| ContextName { name: number.to_string(), target: Some(String::new()) };
            match path {
                "many" => Ok(ContextNode::Directory((0..=CONTEXT_FILES).map(name).collect())),
                _ => Ok(ContextNode::Directory(vec![ContextName { name: "d".to_owned(), target: None }])),
            }
        }
    }
    let copied =
        |source: &str| fault_in(&format!("  - {{type: directory, path: /a, source: {source}}}\n"), &Endless);
    assert!(matches!(copied("many"), PathFault::Limit(_)));
    assert!(matches!(copied("deep"), PathFault::Path(PathError::TooLong(_))));
}
