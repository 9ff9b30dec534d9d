#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use super::super::node::{Metadata, Node, NodeKind};
use super::super::paths::PathFault;
use super::*;

const EPOCH: i64 = 1_700_000_000;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new(EPOCH);
    for (name, text) in files {
        let kind = match text.strip_prefix("->") {
            Some(target) => NodeKind::Symlink { target: target.to_owned() },
            None => NodeKind::File { content: (*text).into(), link: None },
        };
        let by = name.rsplit('/').next().unwrap().trim_end_matches(".yaml").to_owned();
        let origin = Origin::Package { name: by, version: "1".to_owned() }.into();
        tree.make_parents(&path(name), EPOCH).unwrap();
        tree.put(path(name), Node { metadata: Metadata::of_root(0o644, 1), kind, origin }).unwrap();
    }
    tree
}

fn one(text: &str) -> Result<Fragments, FragmentError> {
    read_fragments(&tree(&[("opt/docker/config/a.yaml", text)]))
}

fn fault(text: &str) -> (Option<usize>, FragmentFault) {
    let error = one(text).unwrap_err();
    assert_eq!(error.file, path("opt/docker/config/a.yaml"));
    (error.line, error.cause)
}

#[test]
fn fragments_apply_in_the_order_of_their_names() {
    let tree = tree(&[
        ("opt/docker/config/b.yaml", "environment:\n  HOME: /b\n  LATER: x\n"),
        ("opt/docker/config/a.yaml", "environment:\n  JAVA_VERSION: jdk-8u502+b07\n  HOME: /a\n  SAME: s\n"),
        ("opt/docker/config/c.yaml", "environment:\n  SAME: s\n"),
        ("opt/docker/config/d.yml", "unknown: x\n"),
        ("opt/docker/config/deep/e.yaml", "unknown: x\n"),
        ("opt/docker/config-other.yaml", "unknown: x\n"),
    ]);
    let fragments = read_fragments(&tree).unwrap();
    let found: Vec<_> = fragments
        .environment
        .iter()
        .map(|variable| (variable.name.as_str(), variable.value.as_str()))
        .collect();
    let expected = [("JAVA_VERSION", "jdk-8u502+b07"), ("HOME", "/b"), ("SAME", "s"), ("LATER", "x")];
    assert_eq!(found, expected);
    assert_eq!(fragments.remarks.len(), 1);
    let remark = "`HOME` of `/opt/docker/config/a.yaml` is replaced by `/opt/docker/config/b.yaml`";
    assert_eq!(fragments.remarks[0].to_string(), remark);
}

#[test]
fn a_tree_without_fragments_has_none() {
    assert_eq!(read_fragments(&Tree::new(EPOCH)), Ok(Fragments::default()));
    assert_eq!(one("environment: {}\n").unwrap().environment, []);
}

#[test]
fn paths_of_fragments_are_applied() {
    let text = "paths:\n  - {type: directory, path: /var/lib/x, uid: 7, gid: 7, mode: '0750'}
  - {type: symlink, path: /opt/java, source: /usr/lib/jvm/j, uid: 0, gid: 0}\n";
    let mut tree = tree(&[("opt/docker/config/j.yaml", text)]);
    let fragments = read_fragments(&tree).unwrap();
    assert_eq!(apply_fragment_paths(&mut tree, &fragments, EPOCH), Ok(vec![]));
    let made = tree.get(&path("var/lib/x")).unwrap();
    assert_eq!((made.metadata.mode, made.metadata.uid), (0o750, 7));
    assert_eq!(made.origin.as_ref(), &Origin::Synthesized { by: "j".to_owned() });
    assert_eq!(tree.get(&path("opt/java")).unwrap().link_target(), Some("/usr/lib/jvm/j"));
}

#[test]
fn a_fragment_reads_no_file_of_the_repository() {
    let text = "environment:\n  A: b\npaths:\n  - {type: file, path: /a, source: secret}\n";
    let mut tree = tree(&[("opt/docker/config/a.yaml", text)]);
    let fragments = read_fragments(&tree).unwrap();
    let error = apply_fragment_paths(&mut tree, &fragments, EPOCH).unwrap_err();
    assert_eq!(error.line, Some(4));
    assert!(
        matches!(&error.cause, FragmentFault::Path(error) if matches!(error.cause, PathFault::Source { .. }))
    );
}

#[test]
fn unknown_keys_are_errors_with_file_and_line() {
    let error = one("environment:\n  A: b\nenviroment:\n  C: d\n").unwrap_err();
    let expected =
        "`/opt/docker/config/a.yaml`, line 3: unknown key `enviroment`, did you mean `environment`?";
    assert_eq!(error.to_string(), expected);
    // A definition has it.
    assert!(matches!(fault("entrypoint: [a]\n"), (Some(1), FragmentFault::Key { .. })));
    assert!(matches!(
        fault("paths:\n  - {type: file, path: /a, kind: x}\n"),
        (Some(2), FragmentFault::Value(_))
    ));
}

#[test]
fn text_with_another_meaning_is_refused() {
    assert!(matches!(fault("environment:\n  A: 1.10\n"), (Some(2), FragmentFault::Value(_))));
    assert!(matches!(fault("environment:\n  A: b\n  A: c\n"), (Some(3), FragmentFault::Yaml(_))));
    assert!(matches!(fault("environment: {}\n---\nenvironment: {}\n"), (Some(_), FragmentFault::Yaml(_))));
    assert!(matches!(fault("- a\n"), (Some(1), FragmentFault::Shape)));
    assert!(matches!(fault(""), (_, FragmentFault::Yaml(_) | FragmentFault::Shape)));
    assert!(matches!(fault("a: [\n"), (Some(_), FragmentFault::Yaml(_))));
    assert!(matches!(fault("environment:\n  A=B: c\n"), (Some(2), FragmentFault::Value(_))));
    for more in ["if: 'true'", "platforms: [linux/amd64]"] {
        let text = format!("paths:\n  - {{type: file, path: /a, {more}}}\n");
        assert_eq!(fault(&text), (Some(2), FragmentFault::Conditional));
    }
}

#[test]
fn what_is_no_text_file_is_refused() {
    let read = |text: &str| fault(text).1;
    assert_eq!(read("->none"), FragmentFault::NotAFile);
    assert_eq!(read("->."), FragmentFault::NotAFile);
    assert!(matches!(read("->a.yaml"), FragmentFault::Resolve(_)));
    let large = format!("# {}\nenvironment: {{}}\n", "x".repeat(usize::try_from(FRAGMENT_BYTES).unwrap()));
    assert!(matches!(read(&large), FragmentFault::Limit(_)));
    let names: Vec<String> = (0..=FRAGMENTS).map(|at| format!("opt/docker/config/{at}.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "environment: {}")).collect();
    assert!(matches!(
        read_fragments(&tree(&files)),
        Err(FragmentError { cause: FragmentFault::Limit(_), .. })
    ));
    let mut tree = tree(&[("opt/docker/config/a.yaml", "")]);
    let mut node = tree.get(&path("opt/docker/config/a.yaml")).unwrap().clone();
    node.kind = NodeKind::File { content: vec![0xff].into(), link: None };
    tree.put(path("opt/docker/config/a.yaml"), node).unwrap();
    assert!(matches!(read_fragments(&tree).unwrap_err().cause, FragmentFault::Unreadable(_)));
}

#[test]
fn a_directory_behind_a_link_is_read() {
    let tree = tree(&[
        ("opt/docker/config", "->/usr/share/config"),
        ("usr/share/config/a.yaml", "environment:\n  A: b\n"),
    ]);
    assert_eq!(read_fragments(&tree).unwrap().environment[0].value, "b");
}
