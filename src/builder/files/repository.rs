//! The repository of a definition, from which it includes files.

use std::path::{Path, PathBuf};

use super::limits::ANCESTORS;
use crate::builder::definition::limits::DEFINITION_SIZE;
use crate::builder::platform::Loader;
use crate::diagnostic::IoCause;
use crate::limits::read_whole;
use crate::registry::open_nonblocking;

/// Where included files are looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repository {
    /// Below this directory.
    At(PathBuf),
    /// Below the nearest directory above this definition that has the file.
    Around(PathBuf),
    /// Nowhere: the definition is no file.
    None,
}

impl Repository {
    /// The repository of the definition `name`. `root` is its root, if that is known.
    pub fn of(name: &str, root: Option<&Path>) -> Self {
        let file = Path::new(name);
        match root {
            Some(root) => Self::At(root.to_owned()),
            None if file.is_file() => std::path::absolute(file).map_or(Self::None, Self::Around),
            None => Self::None,
        }
    }
}

impl Loader for Repository {
    fn load(&self, path: &str) -> Result<String, String> {
        let missing = || "it does not exist".to_owned();
        let file = match self {
            Self::At(root) => root.join(path),
            Self::Around(definition) => {
                let above = definition.ancestors().skip(1).take(ANCESTORS);
                above.map(|directory| directory.join(path)).find(|file| file.is_file()).ok_or_else(missing)?
            }
            Self::None => return Err("the repository of the definition is not known".to_owned()),
        };
        let failed = |error: &std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => missing(),
            _ => IoCause(error).to_string(),
        };
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
}
