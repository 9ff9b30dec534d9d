//! What people see.

use super::{Cluster, conforms, pod};
use crate::binary::snapshot;

#[test]
fn results() {
    let cluster = Cluster::new();
    let (good, bad) = (cluster.good(), cluster.bad());
    snapshot!("admit-pass", cluster.piped(&["-"], &pod("web", &[&good, &good])));
    let rollout = format!(
        "apiVersion: example.com/v1\nkind: Engine\nmetadata: {{name: e, namespace: shop}}\nspec: {{image: {good}, proxyImage: p}}\n"
    );
    let mixed = format!("{}---\n{rollout}", pod("web", &[&good, &bad, "$TAG"]));
    snapshot!("admit-mixed", cluster.piped(&["-"], &mixed));
    snapshot!("admit-strict", cluster.piped(&["--strict", "-"], &rollout));
    let document = cluster.piped(&["--strict", "--format", "json", "-"], &mixed);
    conforms(&document.json());
    assert_eq!(document.json()["error"]["id"], "admit/not-judged");
    snapshot!(
        "admit-json",
        cluster.piped(
            &["--format", "json", "-"],
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 1}]}\n"
        )
    );
    snapshot!("admit-bad-yaml", cluster.piped(&["-"], "kind: Pod\nspec: {a: 1, a: 2}\n"));
    snapshot!("admit-nothing", cluster.piped(&["-"], ""));
    snapshot!("admit-help", cluster.user.dhi(&["admit", "check", "--help"]));
}
