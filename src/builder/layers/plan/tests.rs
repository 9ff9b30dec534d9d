use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::builder::layers::test_tree::{Made, any_tree, directory, file, package, path, put, tree};
use crate::builder::layers::{LayerCheck, write_tar};

fn layered(budget: usize) -> Layering {
    Layering::Layered(Budget::try_from(budget).unwrap())
}

fn titles(layers: &[PlannedLayer]) -> Vec<String> {
    layers.iter().map(|layer| layer.part.to_string()).collect()
}

fn strings(layer: &PlannedLayer) -> Vec<&str> {
    layer.paths.iter().map(TreePath::as_str).collect()
}

/// One file of each part, and of four packages.
fn full() -> Tree {
    let mut tree = tree();
    put(&mut tree, "etc/passwd", file("x", Origin::Accounts));
    put(&mut tree, "etc/debian_version", file("13", package("base-files")));
    put(&mut tree, "lib/libc.so.6", file("c", package("libc6")));
    for (name, size) in [("a", 10), ("b", 3000), ("c", 20), ("d", 5000)] {
        put(&mut tree, &format!("usr/bin/{name}"), file(&"x".repeat(size), package(name)));
    }
    put(&mut tree, "opt/node", file("n", Origin::Artifact("node".to_owned())));
    put(&mut tree, "opt/fetched", file("f", Origin::Fetched("https://deb.example/f".to_owned())));
    tree
}

fn sources() -> BTreeMap<String, String> {
    [("libc6", "glibc"), ("a", "one"), ("c", "one")].map(|(name, source)| (name.into(), source.into())).into()
}

#[test]
fn packages_go_together_by_source_package() {
    let layers = plan(&full(), Layering::default(), &sources());
    let expected = [
        "base packages",
        "packages of b",
        "packages of d",
        "packages of one",
        "artifacts",
        "files",
        "accounts, paths and package database",
    ];
    assert_eq!(titles(&layers), expected);
    assert_eq!(strings(&layers[0]), ["", "etc", "etc/debian_version", "lib", "lib/libc.so.6"]);
    assert_eq!(strings(&layers[3]), ["", "usr", "usr/bin", "usr/bin/a", "usr/bin/c"]);
    assert_eq!(strings(&layers[6]), ["", "etc", "etc/passwd"]);
    assert_eq!(layers.iter().map(|layer| layer.size).collect::<Vec<_>>(), [3, 3000, 5000, 30, 1, 1, 1]);
}

#[test]
fn a_small_budget_merges_what_changes_together() {
    let top = "accounts, paths and package database";
    for (budget, expected) in [
        (6, &["base packages", "packages of d", "packages", "artifacts", "files", top][..]),
        (5, &["base packages", "packages", "artifacts", "files", top]),
        (4, &["base packages", "packages", "files", top]),
        (3, &["packages", "files", top]),
        (2, &["all files", top]),
        (1, &["all files"]),
    ] {
        assert_eq!(titles(&plan(&full(), layered(budget), &sources())), expected, "{budget}");
    }
    assert_eq!(titles(&plan(&full(), Layering::Squashed, &sources())), ["all files"]);
    for wrong in [0, LAYERS + 1] {
        assert_eq!(Budget::try_from(wrong), Err(LayerError::Budget(wrong)));
    }
}

#[test]
fn an_empty_tree_is_one_layer_with_the_root() {
    let layers = plan(&tree(), Layering::default(), &BTreeMap::new());
    assert_eq!(layers, [PlannedLayer { part: Part::Top, paths: vec![TreePath::ROOT], size: 0 }]);
}

#[test]
fn an_empty_directory_is_in_the_layer_of_its_origin() {
    let mut tree = tree();
    put(&mut tree, "var/empty", directory(0o700, package("a")));
    put(&mut tree, "var/log", file("x", package("b")));
    let layers = plan(&tree, Layering::default(), &BTreeMap::new());
    assert_eq!(
        layers.iter().map(strings).collect::<Vec<_>>(),
        [["", "var", "var/empty"], ["", "var", "var/log"]]
    );
}

#[test]
fn a_hard_link_is_in_the_highest_layer_of_its_names() {
    let mut tree = tree();
    let mut node = file("same", package("base-files"));
    node.kind = NodeKind::File { content: "same".into(), link: Some(LinkGroup(4)) };
    put(&mut tree, "a", node.clone());
    put(&mut tree, "c", Node { origin: Origin::Base(0).into(), ..node.clone() });
    put(&mut tree, "d", Node { origin: Origin::Path(1).into(), ..node });
    put(&mut tree, "b", file("x", package("base-files")));
    let layers = plan(&tree, Layering::default(), &BTreeMap::new());
    assert_eq!(layers.iter().map(strings).collect::<Vec<_>>(), [vec!["", "b"], vec!["", "a", "c", "d"]]);
    assert_eq!(layers[1].size, 4);
}

#[test]
fn layers_of_an_extended_image_are_not_repeated() {
    let mut tree = full();
    let base: Arc<Origin> = Origin::Base(0).into();
    put(&mut tree, "srv", Node { origin: Arc::clone(&base), ..directory(0o755, Origin::Implied) });
    put(&mut tree, "srv/old", Node { origin: Arc::clone(&base), ..file("old", Origin::Implied) });
    let without: BTreeSet<TreePath> =
        plan(&tree, Layering::Squashed, &sources())[0].paths.iter().cloned().collect();
    assert!(!without.contains(&path("srv")) && !without.contains(&path("srv/old")));
    // A directory of it is repeated above a new file, and written where it changed.
    put(&mut tree, "srv/new", file("new", Origin::Path(0)));
    let with = plan(&tree, Layering::Squashed, &sources());
    assert!(with[0].paths.contains(&path("srv")) && !with[0].paths.contains(&path("srv/old")));
    tree.remove(&path("srv/new"));
    put(&mut tree, "srv", directory(0o700, Origin::Path(0)));
    assert!(plan(&tree, Layering::Squashed, &sources())[0].paths.contains(&path("srv")));
}

#[test]
fn a_changed_package_changes_one_layer() {
    let mut tree = tree();
    for (at, size) in (0..40).map(|at| (at, 100 << (at % 13))) {
        put(&mut tree, &format!("usr/bin/{at}"), file(&"x".repeat(size), package(&format!("p{at}"))));
    }
    let before = plan(&tree, layered(10), &BTreeMap::new());
    assert_eq!(before.len(), 10);
    for at in 0..40 {
        let mut changed = tree.clone();
        // A few bytes more, which move no package to another layer.
        let size = (100 << (at % 13)) + 9;
        put(&mut changed, &format!("usr/bin/{at}"), file(&"y".repeat(size), package(&format!("p{at}"))));
        let after = plan(&changed, layered(10), &BTreeMap::new());
        let bytes = |tree: &Tree, layer: &PlannedLayer| {
            let mut bytes = Vec::new();
            write_tar(tree, layer, &mut bytes).unwrap();
            bytes
        };
        let differing =
            before.iter().zip(&after).filter(|(one, other)| bytes(&tree, one) != bytes(&changed, other));
        assert_eq!(differing.count(), 1, "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// With an applier of its own: later entries replace earlier ones, directories stay.
    #[test]
    fn layers_in_order_equal_the_squashed_tree(made in any_tree(), budget in 1_usize..12) {
        let Made { tree, sources } = made;
        let layers = plan(&tree, layered(budget), &sources);
        prop_assert!(layers.len() <= budget);
        let mut applied: BTreeMap<TreePath, Node> = BTreeMap::new();
        for layer in &layers {
            for path in &layer.paths {
                let node = tree.get(path).unwrap();
                if let Some(parent) = path.parent() {
                    prop_assert!(layer.paths.contains(&parent));
                }
                let old = applied.insert(path.clone(), node.clone());
                prop_assert!(old.is_none_or(|old| old.is_directory()), "{path} twice");
            }
        }
        let whole: BTreeMap<TreePath, Node> = tree.iter().map(|(path, node)| (path.clone(), node.clone())).collect();
        prop_assert_eq!(applied, whole);

        // And what is written passes the check.
        for layers in [layers, plan(&tree, Layering::Squashed, &sources)] {
            let mut check = LayerCheck::new(&tree);
            for layer in &layers {
                let mut bytes = Vec::new();
                write_tar(&tree, layer, &mut bytes).unwrap();
                prop_assert_eq!(check.layer(bytes.as_slice()), Ok(()));
            }
            prop_assert_eq!(check.finish(), Ok(()));
        }
    }

    /// The order in which a tree is built does not matter.
    #[test]
    fn the_plan_depends_on_the_tree_alone(made in any_tree()) {
        let mut again = tree();
        let mut nodes: Vec<_> = made.tree.iter().skip(1).collect();
        nodes.sort_by_key(|(path, _)| (path.parts().count(), Reverse(path.as_str().to_owned())));
        for (path, node) in nodes {
            again.put(path.clone(), node.clone()).unwrap();
        }
        let of = |tree| plan(tree, Layering::default(), &made.sources);
        prop_assert_eq!(of(&again), of(&made.tree));
    }
}
