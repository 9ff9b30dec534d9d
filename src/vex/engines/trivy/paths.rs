//! Whether a package reaches the root of the dependency graph without meeting a statement that suppresses.
//!
//! Trivy follows every simple path by itself, which takes exponential time. Here, a search that visits each node once
//! decides, and paths are followed only where a cycle makes a difference, up to a limit.

use std::collections::{BTreeMap, BTreeSet};

use crate::vex::limits::GRAPH_STEPS;

/// What the search found. `T` is what suppresses at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach<T> {
    /// A path reaches the root, or a node from which no path leads on.
    Root {
        /// Whether another path meets a statement that suppresses.
        partly: bool,
    },
    /// No path does. With what Trivy finds last, and the node where.
    Never(T, usize),
    /// There are too many paths to follow.
    Undecided,
}

/// The dependency graph, upwards.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upwards<'a> {
    /// The parents of each node.
    pub(super) parents: &'a [Vec<usize>],
    /// The node of what was scanned.
    pub(super) root: usize,
}

impl Upwards<'_> {
    /// Searches from a package. `suppressing` is asked once for each node.
    pub(super) fn reach<T: Copy>(self, package: usize, suppressing: impl Fn(usize) -> Option<T>) -> Reach<T> {
        let mut search = Search { graph: self, suppressing, known: BTreeMap::new() };
        let mut open = vec![package];
        let mut seen = BTreeSet::from([package]);
        let mut free = BTreeSet::new();
        let mut reached = false;
        while let Some(node) = open.pop() {
            if search.at(node).is_some() {
                continue;
            }
            free.insert(node);
            let parents = self.parents_of(node);
            reached |= node == self.root || parents.is_empty();
            if node != self.root {
                open.extend(parents.iter().copied().filter(|parent| seen.insert(*parent)));
            }
        }
        if reached {
            return search.root();
        }
        if self.has_cycle(&free) { search.follow_paths(package) } else { search.last(package) }
    }

    fn parents_of(&self, node: usize) -> &[usize] {
        self.parents.get(node).map_or(&[], Vec::as_slice)
    }

    /// Whether some of these nodes depend on each other in a circle: whether some remain after those without a parent
    /// among them are removed, again and again.
    fn has_cycle(&self, nodes: &BTreeSet<usize>) -> bool {
        let mut open_parents: BTreeMap<usize, usize> = BTreeMap::new();
        let mut children: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &node in nodes {
            let inside: BTreeSet<_> =
                self.parents_of(node).iter().filter(|parent| nodes.contains(parent)).collect();
            open_parents.insert(node, inside.len());
            for &parent in inside {
                children.entry(parent).or_default().push(node);
            }
        }
        let mut ready: Vec<_> =
            open_parents.iter().filter(|(_, open)| **open == 0).map(|(node, _)| *node).collect();
        let mut removed = 0;
        while let Some(node) = ready.pop() {
            removed += 1;
            for child in children.get(&node).into_iter().flatten() {
                if let Some(open) = open_parents.get_mut(child) {
                    *open -= 1;
                    if *open == 0 {
                        ready.push(*child);
                    }
                }
            }
        }
        removed < nodes.len()
    }
}

struct Search<'a, T, F> {
    graph: Upwards<'a>,
    suppressing: F,
    known: BTreeMap<usize, Option<T>>,
}

impl<T: Copy, F: Fn(usize) -> Option<T>> Search<'_, T, F> {
    fn at(&mut self, node: usize) -> Option<T> {
        *self.known.entry(node).or_insert_with(|| (self.suppressing)(node))
    }

    fn root(&self) -> Reach<T> {
        Reach::Root { partly: self.known.values().any(Option::is_some) }
    }

    /// What Trivy finds last in a graph without cycles, in which no path reaches the root: at the end of the last path.
    fn last(&mut self, package: usize) -> Reach<T> {
        let mut node = package;
        loop {
            if let Some(found) = self.at(node) {
                return Reach::Never(found, node);
            }
            match self.graph.parents_of(node).last() {
                Some(parent) => node = *parent,
                None => return self.root(),
            }
        }
    }

    /// Follows each simple path, depth first. A node whose parents are all on the path counts as reaching the root.
    fn follow_paths(&mut self, package: usize) -> Reach<T> {
        let mut last = None;
        let mut path = BTreeSet::new();
        // A node to enter, or one to leave again.
        let mut open = vec![Step::Enter(package)];
        let mut steps = 0;
        while let Some(step) = open.pop() {
            steps += 1;
            if steps > GRAPH_STEPS {
                return Reach::Undecided;
            }
            let node = match step {
                Step::Enter(node) => node,
                Step::Leave(node) => {
                    path.remove(&node);
                    continue;
                }
            };
            if let Some(found) = self.at(node) {
                last = Some((found, node));
                continue;
            }
            let parents = self.graph.parents_of(node).iter();
            let onward: Vec<_> = parents.filter(|parent| !path.contains(*parent)).collect();
            if onward.is_empty() {
                return self.root();
            }
            path.insert(node);
            open.push(Step::Leave(node));
            open.extend(
                onward.into_iter().rev().filter(|parent| **parent != node).map(|parent| Step::Enter(*parent)),
            );
        }
        last.map_or_else(|| self.root(), |(found, node)| Reach::Never(found, node))
    }
}

enum Step {
    Enter(usize),
    Leave(usize),
}
