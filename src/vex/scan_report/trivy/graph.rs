//! The dependency graph of a Trivy report, as Trivy itself builds it: the artifact, its results, their packages.

use std::collections::HashMap;

use super::result::{Package, TrivyResult};
use crate::vex::Graph;

/// A graph, and which node each package is.
#[derive(Debug, Default)]
pub(super) struct LinkedGraph {
    /// `None`: no package depends on another, as far as the report tells.
    pub(super) graph: Option<Graph>,
    /// For each result: the nodes of its packages. Empty if there is no graph.
    pub(super) nodes: Vec<Vec<usize>>,
}

/// Links the packages of all results.
pub(super) fn link(results: &[TrivyResult]) -> LinkedGraph {
    let mut packages = results.iter().flat_map(|result| &result.packages);
    if packages.all(|package| package.depends_on.is_empty()) {
        return LinkedGraph { graph: None, nodes: vec![Vec::new(); results.len()] };
    }
    let mut graph = Graph { nodes: vec![None], parents: vec![Vec::new()], root: 0 };
    let mut nodes = Vec::new();
    for result in results {
        if result.packages.is_empty() {
            nodes.push(Vec::new());
            continue;
        }
        let root = graph.root;
        let owner = add(&mut graph, None, vec![root]);
        nodes.push(link_packages(&mut graph, owner, &result.packages));
    }
    LinkedGraph { graph: Some(graph), nodes }
}

fn add(graph: &mut Graph, purl: Option<crate::vex::PackageUrl>, parents: Vec<usize>) -> usize {
    graph.nodes.push(purl);
    graph.parents.push(parents);
    graph.nodes.len() - 1
}

/// Links the packages of one result, which `owner` contains.
fn link_packages(graph: &mut Graph, owner: usize, packages: &[Package]) -> Vec<usize> {
    let nodes: Vec<usize> =
        packages.iter().map(|package| add(graph, package.purl.clone(), Vec::new())).collect();
    // Of packages with one ID, the last counts.
    let by_id: HashMap<&str, usize> =
        packages.iter().zip(&nodes).map(|(package, node)| (package.id.as_str(), *node)).collect();
    for (package, node) in packages.iter().zip(&nodes) {
        for child in package.depends_on.iter().filter_map(|id| by_id.get(id.as_str())) {
            if let Some(parents) = graph.parents.get_mut(*child) {
                parents.push(*node);
            }
        }
    }
    let is = |package: &Package, relationship: &str| package.relationship.as_deref() == Some(relationship);
    let has_root = packages.iter().any(|package| is(package, "root"));
    for (package, node) in packages.iter().zip(&nodes) {
        let Some(parents) = graph.parents.get_mut(*node) else { continue };
        // A direct dependency belongs to the project, if the report has one; any other package without parents belongs
        // to the result.
        if if is(package, "direct") { !has_root } else { parents.is_empty() } {
            parents.push(owner);
        }
    }
    nodes
}
