//! What the files of an image allow: paths that its user may write, and files that give privileges.
//!
//! A path counts as writable if the user owns it (an owner may change the mode), or if its group or everybody may write
//! it, and if the user may enter the directories above it.

use super::programs::Programs;
use super::tree::{Content, Node, NodeId, ROOT, Tree, path_text};
use crate::report::{ImageUser, PrivilegedFile, Program, Writable, WritableBy, WritablePath};

const SET_USER: u16 = 0o4000;
const SET_GROUP: u16 = 0o2000;
const STICKY: u16 = 0o1000;

/// Directories in which everybody makes temporary files.
const TEMPORARY: [&[u8]; 3] = [b"/tmp", b"/var/tmp", b"/run/lock"];
/// Directories that engines cover when they start the image.
const COVERED: [&[u8]; 3] = [b"/proc", b"/sys", b"/dev"];

/// What a walk over all files finds.
pub(super) struct Permissions {
    /// The number of regular files.
    pub(super) files: u64,
    /// Shells.
    pub(super) shells: Vec<Program>,
    /// Package managers.
    pub(super) package_managers: Vec<Program>,
    /// Files that give privileges.
    pub(super) privileged: Vec<PrivilegedFile>,
    /// What the user may write. `None`: the user is unknown.
    pub(super) writable: Option<Writable>,
}

impl Permissions {
    /// Walks over all files of `tree`. `user` runs the image.
    pub(super) fn of(tree: &Tree, user: Option<&ImageUser>) -> Self {
        let mut walk = Walk {
            tree,
            user: user.filter(|user| user.id != 0),
            files: 0,
            programs: Programs::default(),
            privileged: Vec::new(),
            paths: Vec::new(),
            temporary: Vec::new(),
        };
        let root = tree.node(ROOT);
        let entered = Access { enters: true, is_listed: true };
        if let Some(root) = root {
            let access = walk.enter(b"/", root, entered);
            walk.directory(ROOT, &mut b"/".to_vec(), access);
        }
        let (shells, package_managers) = walk.programs.into_lists();
        let writable = match user {
            None => None,
            Some(user) if user.id == 0 => Some(Writable::Everything),
            Some(_) => Some(Writable::Paths { paths: walk.paths, temporary: walk.temporary }),
        };
        Self { files: walk.files, shells, package_managers, privileged: walk.privileged, writable }
    }
}

/// What holds for the entries of a directory.
#[derive(Clone, Copy)]
struct Access {
    /// Whether the user may reach them.
    enters: bool,
    /// Whether writable ones are listed: no directory above them is listed.
    is_listed: bool,
}

struct Walk<'a> {
    tree: &'a Tree,
    /// The user, unless it is root or unknown.
    user: Option<&'a ImageUser>,
    files: u64,
    programs: Programs,
    privileged: Vec<PrivilegedFile>,
    paths: Vec<WritablePath>,
    temporary: Vec<String>,
}

impl Walk<'_> {
    /// Visits the entries of a directory, whose path is given. The depth is bounded by that of the tree.
    fn directory(&mut self, id: NodeId, path: &mut Vec<u8>, access: Access) {
        let tree = self.tree;
        for (name, child, node) in tree.entries(id) {
            let length = path.len();
            if path.last() != Some(&b'/') {
                path.push(b'/');
            }
            path.extend_from_slice(name);
            match &node.content {
                Content::Directory(_) => {
                    let access = self.enter(path, node, access);
                    self.directory(child, path, access);
                }
                Content::File(file) => {
                    self.files += 1;
                    self.programs.add(name, path, child, tree);
                    if node.mode & (SET_USER | SET_GROUP) != 0 || file.has_capabilities {
                        self.privileged.push(PrivilegedFile {
                            path: path_text(path),
                            set_user: node.mode & SET_USER != 0,
                            set_group: node.mode & SET_GROUP != 0,
                            capabilities: file.has_capabilities,
                        });
                    }
                    if access.enters && access.is_listed {
                        self.list(path, node, false);
                    }
                }
                Content::Link(_) => self.programs.add(name, path, child, tree),
                Content::Device => {}
            }
            path.truncate(length);
        }
    }

    /// Lists a directory if the user may write it, and tells what holds for its entries.
    fn enter(&mut self, path: &[u8], node: &Node, above: Access) -> Access {
        if !above.is_listed || !above.enters {
            return above;
        }
        if COVERED.contains(&path) {
            return Access { is_listed: false, ..above };
        }
        let Some(by) = self.writable_by(node) else {
            return Access { enters: self.may_enter(node), ..above };
        };
        let is_temporary = node.mode & STICKY != 0 && by != WritableBy::Owner || TEMPORARY.contains(&path);
        if is_temporary {
            self.temporary.push(path_text(path));
        } else {
            self.paths.push(WritablePath { path: path_text(path), by, is_directory: true });
        }
        Access { is_listed: false, ..above }
    }

    fn list(&mut self, path: &[u8], node: &Node, is_directory: bool) {
        if let Some(by) = self.writable_by(node) {
            self.paths.push(WritablePath { path: path_text(path), by, is_directory });
        }
    }

    fn writable_by(&self, node: &Node) -> Option<WritableBy> {
        let user = self.user?;
        if node.user == user.id {
            return Some(WritableBy::Owner);
        }
        // Of the three parts of a mode, only the first that fits the user counts.
        if is_in_group(user, node.group) {
            return (node.mode & 0o020 != 0).then_some(WritableBy::Group);
        }
        (node.mode & 0o002 != 0).then_some(WritableBy::World)
    }

    fn may_enter(&self, node: &Node) -> bool {
        self.user.is_none_or(|user| {
            let bit = if node.user == user.id {
                0o100
            } else if is_in_group(user, node.group) {
                0o010
            } else {
                0o001
            };
            node.mode & bit != 0
        })
    }
}

fn is_in_group(user: &ImageUser, group: u64) -> bool {
    user.group == group || user.other_groups.contains(&group)
}
