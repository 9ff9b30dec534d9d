//! Follows symbolic links inside a tree.
//!
//! Invariant: no link leads out of the tree. Absolute targets begin at its root, and `..` at the root stays there.

use super::limits::LINKS_FOLLOWED;
use super::path::{PathError, TreePath};
use super::tree::Tree;

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// More links than a system follows, as in a loop.
    #[error("more than {LINKS_FOLLOWED} symbolic links lead to `{0}`")]
    Loop(TreePath),
    /// A target that is not a path in an image.
    #[error("a symbolic link on the way to `{path}` has an invalid target: {error}")]
    Target {
        /// The path that is followed.
        path: TreePath,
        /// What is wrong.
        error: PathError,
    },
}

impl Tree {
    /// Where a path is, with the links among its parents followed. The last part is not followed, and nothing has to be
    /// there.
    ///
    /// # Errors
    ///
    /// [`ResolveError`].
    pub fn resolve(&self, path: &TreePath) -> Result<TreePath, ResolveError> {
        self.walk(path, LastLink::Kept)
    }

    /// Where a path leads, with all links followed. Nothing has to be there.
    ///
    /// # Errors
    ///
    /// [`ResolveError`].
    pub fn resolve_all(&self, path: &TreePath) -> Result<TreePath, ResolveError> {
        self.walk(path, LastLink::Followed)
    }

    fn walk(&self, path: &TreePath, last: LastLink) -> Result<TreePath, ResolveError> {
        // Paths are made of parts that were checked, so looking one up needs no checks.
        let link = |at: &str| {
            let at = TreePath::parse(at).ok()?;
            self.get(&at)?.link_target()
        };
        let walked = walk(path.as_str(), last, link).ok_or_else(|| ResolveError::Loop(path.clone()))?;
        TreePath::parse(&walked.at).map_err(|error| ResolveError::Target { path: path.clone(), error })
    }
}

/// Whether a link that is the last part of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastLink {
    Followed,
    Kept,
}

/// Where a path leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Walked {
    /// The path without links.
    pub(super) at: String,
    /// The links that were followed, each with the path that it leads to.
    pub(super) followed: Vec<(String, String)>,
}

/// What is left to do of a walk.
enum Step<'a> {
    Part(&'a str),
    /// The end of the target of this link.
    EndOfTarget(String),
}

/// Follows a path from the root. `link` gives the target of the link at a path. `None` after too many links.
pub(super) fn walk<'a>(
    path: &'a str,
    last: LastLink,
    link: impl Fn(&str) -> Option<&'a str>,
) -> Option<Walked> {
    let mut walked = Walked::default();
    let mut steps: Vec<Step<'a>> = parts(path).map(Step::Part).collect();
    let mut count = 0_usize;
    while let Some(step) = steps.pop() {
        let part = match step {
            Step::Part(part) => part,
            Step::EndOfTarget(link) => {
                walked.followed.push((link, walked.at.clone()));
                continue;
            }
        };
        let before = walked.at.len();
        if part == ".." {
            walked.at.truncate(walked.at.rfind('/').unwrap_or_default());
            continue;
        }
        if before > 0 {
            walked.at.push('/');
        }
        walked.at.push_str(part);
        if last == LastLink::Kept && steps.is_empty() {
            continue;
        }
        let Some(target) = link(&walked.at) else { continue };
        count += 1;
        if count > LINKS_FOLLOWED {
            return None;
        }
        steps.push(Step::EndOfTarget(walked.at.clone()));
        steps.extend(parts(target).map(Step::Part));
        walked.at.truncate(if target.starts_with('/') { 0 } else { before });
    }
    Some(walked)
}

/// The parts of a path, the last one first.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.rsplit('/').filter(|part| !matches!(*part, "" | "."))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::builder::rootfs::{Metadata, Node, NodeKind, Origin};

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn tree(links: &[(&str, &str)], directories: &[&str]) -> Tree {
        let mut tree = Tree::new(0);
        let node =
            |kind| Node { metadata: Metadata::of_root(0o755, 0), kind, origin: Arc::new(Origin::Implied) };
        for directory in directories {
            tree.put(path(directory), node(NodeKind::Directory)).unwrap();
        }
        for (at, target) in links {
            tree.put(path(at), node(NodeKind::Symlink { target: (*target).to_owned() })).unwrap();
        }
        tree
    }

    #[test]
    fn links_stay_inside_the_tree() {
        let tree = tree(
            &[
                ("lib", "usr/lib"),
                ("var/run", "/run"),
                ("usr/lib/up", "../../../../../etc"),
                ("chain", "lib/up/./"),
                ("top", "/"),
                ("usr/lib/own", "own.1"),
            ],
            &["usr", "usr/lib", "var", "run", "etc"],
        );
        for (from, parents, all) in [
            ("lib", "lib", "usr/lib"),
            ("lib/a/b", "usr/lib/a/b", "usr/lib/a/b"),
            ("var/run/app", "run/app", "run/app"),
            ("lib/up/passwd", "etc/passwd", "etc/passwd"),
            ("chain", "chain", "etc"),
            ("chain/x", "etc/x", "etc/x"),
            ("top/top/lib/own", "usr/lib/own", "usr/lib/own.1"),
            ("", "", ""),
            ("missing/x", "missing/x", "missing/x"),
        ] {
            assert_eq!(tree.resolve(&path(from)), Ok(path(parents)), "{from}");
            assert_eq!(tree.resolve_all(&path(from)), Ok(path(all)), "{from}");
        }
    }

    #[test]
    fn loops_and_long_chains_are_errors() {
        let tree = tree(&[("a", "b"), ("b", "a"), ("self", "self"), ("deep", "deep/x")], &[]);
        for from in ["a", "b", "self", "deep"] {
            assert_eq!(tree.resolve(&path(from)), Ok(path(from)));
            assert_eq!(tree.resolve_all(&path(from)), Err(ResolveError::Loop(path(from))));
            let below = path(from).join("x").unwrap();
            assert_eq!(tree.resolve(&below), Err(ResolveError::Loop(below)));
        }
        let names: Vec<String> = (0..=LINKS_FOLLOWED + 1).map(|number| format!("l{number}")).collect();
        let links: Vec<(&str, &str)> = names.iter().zip(&names[1..]).map(|(a, b)| (&**a, &**b)).collect();
        let tree = self::tree(&links, &[]);
        assert!(tree.resolve_all(&path("l0")).is_err());
        assert_eq!(tree.resolve_all(&path("l1")), Ok(path(&names[LINKS_FOLLOWED + 1])));
    }

    #[test]
    fn targets_that_no_image_can_have_are_errors() {
        let long = "x/".repeat(300);
        for target in [".wh.x", "a\0b", &long] {
            let tree = tree(&[("l", target)], &[]);
            let error = tree.resolve_all(&path("l"));
            assert!(matches!(error, Err(ResolveError::Target { .. })), "{error:?}");
        }
    }
}
