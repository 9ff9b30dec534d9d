//! Paths from a package to the root of the dependency graph (R12).
//!
//! Invariant: a path that is not proven to be cut counts as open. A node without parents that is not the root counts as
//! the root, and so does a package from which no path leads anywhere. A parent that is on the path already adds
//! nothing, so a path is simple; whether a simple path exists is the same as whether a walk does, which takes one visit
//! of each node.

use std::collections::{BTreeSet, HashMap};

use crate::vex::package_index::FoldedName;
use crate::vex::{FoundPackage, Graph, Scan};

/// The dependency graph of a scan, with its nodes by name.
#[derive(Debug)]
pub(super) struct Ancestors<'a> {
    graph: &'a Graph,
    by_name: HashMap<FoldedName, Vec<usize>>,
}

/// What a walk over the parents of a package meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Walk {
    /// Whether it reaches the root, or a node that counts as the root.
    pub(super) reaches_root: bool,
    /// The nodes at which it was cut.
    pub(super) cut: BTreeSet<usize>,
    /// All nodes that it met, without the package itself.
    pub(super) met: BTreeSet<usize>,
}

impl<'a> Ancestors<'a> {
    /// Indexes the nodes of the graph of a scan.
    pub(super) fn new(scan: &'a Scan) -> Option<Self> {
        let graph = scan.graph.as_ref()?;
        let mut by_name: HashMap<FoldedName, Vec<usize>> = HashMap::new();
        for (node, purl) in graph.nodes.iter().enumerate() {
            if let Some(purl) = purl {
                by_name.entry(FoldedName::of(purl.name())).or_default().push(node);
            }
        }
        Some(Self { graph, by_name })
    }

    /// The nodes whose package has this name.
    pub(super) fn named(&self, name: &FoldedName) -> &[usize] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The package of a node.
    pub(super) fn package(&self, node: usize) -> Option<FoundPackage> {
        let purl = self.graph.nodes.get(node)?.as_ref()?;
        Some(FoundPackage {
            name: purl.name().to_owned(),
            version: purl.version().map(ToOwned::to_owned),
            purl: Some(purl.clone()),
            ..FoundPackage::default()
        })
    }

    /// Walks from a package to the root, and not beyond the nodes that are cut. The package itself is never cut.
    pub(super) fn walk(&self, package: usize, is_cut: impl Fn(usize) -> bool) -> Walk {
        let mut walk = Walk { reaches_root: false, cut: BTreeSet::new(), met: BTreeSet::new() };
        let mut visited = vec![false; self.graph.nodes.len()];
        let mut open = vec![package];
        while let Some(node) = open.pop() {
            // A parent that the report does not have leads nowhere, as a node without parents does.
            let Some(visited) = visited.get_mut(node) else {
                walk.reaches_root = true;
                continue;
            };
            if std::mem::replace(visited, true) {
                continue;
            }
            if node != package {
                walk.met.insert(node);
                if is_cut(node) {
                    walk.cut.insert(node);
                    continue;
                }
            }
            let parents = self.graph.parents.get(node).map_or(&[][..], Vec::as_slice);
            walk.reaches_root |= node == self.graph.root || parents.is_empty();
            open.extend(parents);
        }
        walk
    }

    /// Whether every path from a package meets a node that is cut.
    pub(super) fn is_unreachable(&self, package: usize, is_cut: impl Fn(usize) -> bool) -> bool {
        // Without any path to the root, the report does not record how the package gets there.
        self.walk(package, |_| false).reaches_root && !self.walk(package, is_cut).reaches_root
    }
}

#[cfg(test)]
mod tests {
    use super::Ancestors;
    use crate::vex::{Graph, Scan, Scanned};

    /// A graph by the parents of each node. Node 0 is the root.
    fn scan(parents: &[&[usize]]) -> Scan {
        let graph = Graph {
            nodes: vec![None; parents.len()],
            parents: parents.iter().map(|parents| parents.to_vec()).collect(),
            root: 0,
        };
        Scan {
            subject: Scanned::default(),
            findings: Vec::new(),
            suppressed_before: 0,
            graph: Some(graph),
            not_scanned: None,
        }
    }

    fn is_unreachable(parents: &[&[usize]], package: usize, cut: &[usize]) -> bool {
        let scan = scan(parents);
        Ancestors::new(&scan).unwrap().is_unreachable(package, |node| cut.contains(&node))
    }

    #[test]
    fn every_path_must_be_cut() {
        // 3 is needed by 1 and 2.
        let diamond: &[&[usize]] = &[&[], &[0], &[0], &[1, 2]];
        assert!(!is_unreachable(diamond, 3, &[]));
        assert!(!is_unreachable(diamond, 3, &[1]));
        assert!(is_unreachable(diamond, 3, &[1, 2]));
        assert!(is_unreachable(diamond, 3, &[0]));
        // A path that joins another one below the cut is cut with it.
        let joined: &[&[usize]] = &[&[], &[0], &[1], &[2, 1]];
        assert!(is_unreachable(joined, 3, &[1]));
        assert!(!is_unreachable(joined, 3, &[2]));
    }

    #[test]
    fn a_way_back_adds_no_path() {
        // 3 and 2 need each other, and 4 is a dead end behind the cycle.
        let cycle: &[&[usize]] = &[&[], &[0], &[3, 1, 4], &[2], &[2]];
        assert!(is_unreachable(cycle, 3, &[1]));
        let second_way: &[&[usize]] = &[&[], &[0], &[3, 1, 4], &[2], &[2, 0]];
        assert!(!is_unreachable(second_way, 3, &[1]));
    }

    #[test]
    fn what_leads_nowhere_counts_as_reached() {
        // 2 has no parents and is not the root.
        let orphan: &[&[usize]] = &[&[], &[0], &[], &[1, 2]];
        assert!(!is_unreachable(orphan, 3, &[1]));
        // The package itself has none.
        assert!(!is_unreachable(&[&[], &[]], 1, &[]));
        // The package and 1 need each other and nothing else needs them.
        let closed: &[&[usize]] = &[&[], &[2], &[1]];
        assert!(!is_unreachable(closed, 2, &[]));
        assert!(!is_unreachable(closed, 2, &[1]));
        // A parent that the report does not have.
        let broken: &[&[usize]] = &[&[], &[0], &[1, 9]];
        assert!(!is_unreachable(broken, 2, &[1]));
        // The package itself is not in the report.
        assert!(!is_unreachable(&[&[]], 5, &[0]));
    }

    #[test]
    fn a_deep_and_wide_graph_takes_one_visit_a_node() {
        // 2^200 paths: each of 200 levels has two nodes, and each needs both of the level below.
        let mut parents: Vec<Vec<usize>> = vec![vec![]];
        for level in 0..200 {
            let below = if level == 0 { vec![0] } else { vec![2 * level - 1, 2 * level] };
            parents.extend([below.clone(), below]);
        }
        let parents: Vec<&[usize]> = parents.iter().map(Vec::as_slice).collect();
        assert!(!is_unreachable(&parents, 400, &[1]));
        assert!(is_unreachable(&parents, 400, &[1, 2]));
    }
}
