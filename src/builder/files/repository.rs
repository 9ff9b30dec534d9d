//! The repository of a definition, from which it includes files.

use std::path::{Component, Path, PathBuf};

use super::limits::ANCESTORS;
use crate::builder::definition::limits::DEFINITION_SIZE;
use crate::builder::platform::Loader;
use crate::diagnostic::IoCause;
use crate::limits::read_whole;
use crate::registry::open_nonblocking;

/// Directories below the root of the catalog that hold definitions.
const KINDS: [&str; 3] = ["chart", "image", "package"];

/// Where included files are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repository {
    /// Below this directory. Joined with the path of a file, it gives a name by which the user can open the file.
    At(PathBuf),
    /// Nowhere: the definition is no file.
    None,
}

impl Repository {
    /// The repository of the definition `name`. `root` is its root, if that is known. Otherwise it is the nearest
    /// directory above the definition with `.git`, else the one that holds the `image`, `package` or `chart` directory
    /// of the definition, else the directory of the definition.
    pub fn of(name: &str, root: Option<&Path>) -> Self {
        let file = Path::new(name);
        match root {
            Some(root) => Self::At(root.to_owned()),
            None if file.is_file() => {
                let root = std::path::absolute(file).ok().and_then(|file| root_of(&file).map(Path::to_owned));
                // Where the definition is named relative to the current directory, so is its root.
                let from = std::path::absolute(".").ok().filter(|_| file.is_relative());
                root.map_or(Self::None, |root| {
                    Self::At(from.map_or(root.clone(), |from| relative(&root, &from)))
                })
            }
            None => Self::None,
        }
    }
}

fn root_of(definition: &Path) -> Option<&Path> {
    let above = || definition.ancestors().skip(1).take(ANCESTORS);
    let is_kind = |directory: &&Path| KINDS.iter().any(|kind| directory.ends_with(kind));
    let of_git = above().find(|directory| directory.join(".git").exists());
    of_git.or_else(|| above().find(is_kind)?.parent()).or_else(|| definition.parent())
}

/// `path` relative to the directory `from`. Both are absolute.
fn relative(path: &Path, from: &Path) -> PathBuf {
    let common = path.components().zip(from.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(common).map(|_| Component::ParentDir);
    let found: PathBuf = up.chain(path.components().skip(common)).collect();
    if found.as_os_str().is_empty() { PathBuf::from(".") } else { found }
}

impl Loader for Repository {
    fn name(&self, path: &str) -> String {
        match self {
            Self::At(root) => root.strip_prefix(".").unwrap_or(root).join(path).display().to_string(),
            Self::None => path.to_owned(),
        }
    }

    fn load(&self, path: &str) -> Result<String, String> {
        let Self::At(root) = self else {
            return Err("the repository of the definition is not known".to_owned());
        };
        let failed = |error: &std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
            _ => IoCause(error).to_string(),
        };
        // A definition of someone else must not show other files, by a link neither.
        let root = root.canonicalize().map_err(|error| failed(&error))?;
        let file = root.join(path).canonicalize().map_err(|error| failed(&error))?;
        if !file.starts_with(&root) {
            return Err("it is outside of the repository".to_owned());
        }
        let opened = open_nonblocking(&file).map_err(|error| failed(&error))?;
        if !opened.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err("it is not a regular file".to_owned());
        }
        let bytes = read_whole(opened, DEFINITION_SIZE as u64).map_err(|error| error.to_string())?;
        String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_included_from_the_repository() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("image/redis")).unwrap();
        fs::write(root.path().join("base.yaml"), "vars: {}").unwrap();
        let definition = root.path().join("image/redis/8.yaml");
        fs::write(&definition, "").unwrap();
        let name = definition.display().to_string();
        for repository in [Repository::of(&name, None), Repository::of("-", Some(root.path()))] {
            assert_eq!(repository.load("base.yaml").as_deref(), Ok("vars: {}"));
            assert_eq!(repository.load("none.yaml"), Err("it does not exist".to_owned()));
            assert!(repository.load("image").is_err());
        }
        assert_eq!(Repository::of("-", None), Repository::None);
        assert!(Repository::None.load("base.yaml").is_err());
    }

    #[test]
    fn included_files_have_names_that_can_be_opened() {
        for (path, from, expected) in [
            ("/a/b", "/a/b", "."),
            ("/a/b/c", "/a/b", "c"),
            ("/a", "/a/b/c", "../.."),
            ("/a/x", "/a/b", "../x"),
            ("/a/b/../x", "/a/b", "../x"),
        ] {
            assert_eq!(relative(Path::new(path), Path::new(from)), Path::new(expected), "{path} {from}");
        }
        for (root, name) in
            [(".", "a/b.yaml"), ("..", "../a/b.yaml"), ("/r", "/r/a/b.yaml"), ("./r", "r/a/b.yaml")]
        {
            assert_eq!(Repository::of("-", Some(Path::new(root))).name("a/b.yaml"), name);
        }
        assert_eq!(Repository::None.name("a/b.yaml"), "a/b.yaml");
    }

    #[cfg(unix)]
    #[test]
    fn nothing_outside_of_the_repository_is_included() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret.yaml"), "secret: x").unwrap();
        let root = outside.path().join("repository");
        fs::create_dir_all(root.join("image/redis")).unwrap();
        fs::write(root.join("image/redis/8.yaml"), "").unwrap();
        std::os::unix::fs::symlink("../secret.yaml", root.join("link.yaml")).unwrap();
        std::os::unix::fs::symlink("..", root.join("up")).unwrap();
        let name = root.join("image/redis/8.yaml").display().to_string();
        let absolute = outside.path().join("secret.yaml").display().to_string();
        for repository in [Repository::of(&name, None), Repository::of("-", Some(&root))] {
            for path in ["link.yaml", "up/secret.yaml", "../secret.yaml", &absolute] {
                let expected = Err("it is outside of the repository".to_owned());
                assert_eq!(repository.load(path), expected, "{path}");
            }
            assert_eq!(repository.load("secret.yaml"), Err("it does not exist".to_owned()));
        }
    }

    #[test]
    fn a_git_repository_is_the_root() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/image/redis")).unwrap();
        fs::create_dir_all(root.path().join("plain")).unwrap();
        let of = |path: &str| {
            let file = root.path().join(path);
            fs::write(&file, "").unwrap();
            Repository::of(&file.display().to_string(), None)
        };
        assert_eq!(of("a/image/redis/8.yaml"), Repository::At(root.path().join("a")));
        assert_eq!(of("plain/8.yaml"), Repository::At(root.path().join("plain")));
        fs::create_dir(root.path().join(".git")).unwrap();
        for path in ["a/image/redis/8.yaml", "plain/8.yaml"] {
            assert_eq!(of(path), Repository::At(root.path().to_owned()), "{path}");
        }
    }
}
