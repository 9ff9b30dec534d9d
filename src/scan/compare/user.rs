//! The user that runs an image, as container engines find it: `User` of the configuration, `/etc/passwd` and
//! `/etc/group`.
//!
//! Source: the package `user` of Moby, which Docker, containerd, Podman and runc use or follow.

use super::error::UnknownUser;
use super::tree::{Content, Tree};
use crate::report::ImageUser;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";

/// Finds the user that `configured` names: `USER`, `USER:GROUP`, each a name or an ID. Empty: root.
///
/// # Errors
///
/// [`UnknownUser`] if a name is not listed: engines then do not start the image.
pub(super) fn resolve(configured: &str, tree: &Tree) -> Result<ImageUser, UnknownUser> {
    let (user, group) = match configured.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (configured, None),
    };
    let user = if user.is_empty() { "0" } else { user };
    let passwd = lines(tree, PASSWD)?;
    let id = id(user)?;
    let entry = passwd.iter().map(|line| Fields::of(line)).find(|entry| match id {
        Some(id) => entry.number(2) == Some(id),
        None => entry.text(0) == user,
    });
    let mut found = match (&entry, id) {
        (Some(entry), _) => ImageUser {
            name: Some(entry.text(0).to_owned()).filter(|name| !name.is_empty()),
            id: entry.number(2).ok_or_else(|| UnknownUser::Malformed(user.to_owned()))?,
            group: entry.number(3).unwrap_or(0),
            other_groups: Vec::new(),
        },
        // Engines give the group root to a user that is not listed.
        (None, Some(id)) => ImageUser { name: None, id, group: 0, other_groups: Vec::new() },
        (None, None) => return Err(UnknownUser::NotListed { name: user.to_owned(), list: PASSWD }),
    };
    let groups = lines(tree, GROUP)?;
    let mut groups = groups.iter().map(|line| Fields::of(line));
    if let Some(group) = group {
        let id = self::id(group)?;
        let entry = groups.find(|entry| match id {
            Some(id) => entry.number(2) == Some(id),
            None => entry.text(0) == group,
        });
        found.group = match (entry.and_then(|entry| entry.number(2)), id) {
            (Some(id), _) | (None, Some(id)) => id,
            (None, None) => {
                return Err(UnknownUser::NotListed { name: group.to_owned(), list: GROUP });
            }
        };
    } else if let Some(name) = &found.name {
        let lists = groups.filter(|entry| entry.text(3).split(',').any(|member| member == name));
        found.other_groups = lists.filter_map(|entry| entry.number(2)).collect();
    }
    Ok(found)
}

/// The ID that a text is. `None`: it is a name.
fn id(text: &str) -> Result<Option<u64>, UnknownUser> {
    match text.parse::<i64>() {
        Ok(id) => u32::try_from(id)
            .ok()
            .filter(|id| i32::try_from(*id).is_ok())
            .map(|id| Some(u64::from(id)))
            .ok_or_else(|| UnknownUser::Malformed(text.to_owned())),
        Err(_) => Ok(None),
    }
}

/// The lines of a list. An image without the file has none.
fn lines(tree: &Tree, path: &'static str) -> Result<Vec<String>, UnknownUser> {
    let Some(found) = tree.find(path.as_bytes()) else { return Ok(Vec::new()) };
    let text = match tree.node(found.node).map(|node| &node.content) {
        Some(Content::File(file)) => file.text.as_deref(),
        _ => None,
    };
    let text = text.ok_or(UnknownUser::Unreadable(path))?;
    Ok(String::from_utf8_lossy(text).lines().map(|line| line.trim().to_owned()).collect())
}

/// A line of fields that colons separate.
struct Fields<'a>(Vec<&'a str>);

impl<'a> Fields<'a> {
    fn of(line: &'a str) -> Self {
        Self(line.split(':').map(str::trim).collect())
    }

    /// A field. Empty if there is none.
    fn text(&self, at: usize) -> &'a str {
        self.0.get(at).copied().unwrap_or_default()
    }

    fn number(&self, at: usize) -> Option<u64> {
        self.text(at).parse::<u32>().ok().map(u64::from)
    }
}
