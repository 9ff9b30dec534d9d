//! Stages (`contents.builds`) and their steps.

use std::ops::Range;

use super::keyword::keywords;
use super::{
    Accounts, Contents, ImageSource, OctalMode, PathEntry, Spanned, StepUses, Text, TextMap, Tree, Typed,
};

/// One stage: a root file system of its own, steps that run in it, and what the image takes from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stage {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Its name.
    pub name: Option<Text>,
    /// The condition under which it is built (`if`).
    pub condition: Option<Text>,
    /// Who may use what it makes.
    pub entitlement: Option<Text>,
    /// The image whose files it begins with.
    pub uses: Option<Typed<ImageSource>>,
    /// The working directory of steps.
    pub work_dir: Option<Text>,
    /// The shell of steps, with its arguments.
    pub shell: Option<Text>,
    /// Whether all steps have network access.
    pub privileged: Option<Spanned<bool>>,
    /// Environment variables of steps.
    pub environment: TextMap,
    /// Directories that are kept between builds.
    pub caches: Vec<Cache>,
    /// The stage is built once for each row.
    pub matrix: Vec<MatrixRow>,
    /// What it is filled with.
    pub contents: Option<Contents>,
    /// The steps.
    pub pipeline: Vec<Step>,
    /// Paths that are created, changed or deleted before the steps.
    pub paths: Vec<PathEntry>,
    /// Users and groups of the stage.
    pub accounts: Option<Accounts>,
    /// What is copied into the image.
    pub outputs: Vec<Output>,
    /// Statements about the image that are made of files.
    pub attestations: Vec<StageAttestation>,
}

/// One row of a matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatrixRow {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Its name, which is appended to the name of the stage.
    pub name: Option<Text>,
    /// The variables that it sets.
    pub items: TextMap,
}

/// A directory that is kept between builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The directory.
    pub path: Text,
    /// How builds at the same time use it.
    pub sharing: Option<Spanned<CacheSharing>>,
}

keywords! {
    /// How builds at the same time use a cache.
    CacheSharing {
        /// All at once.
        Shared = "shared",
        /// Each has its own.
        Private = "private",
        /// One after another.
        Locked = "locked",
    }
}

/// A step: a script, an action, or a script in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// Its name.
    pub name: Option<Text>,
    /// The condition under which it runs (`if`).
    pub condition: Option<Text>,
    /// The action, or the image in which the script runs.
    pub uses: Option<Typed<StepUses>>,
    /// The user that runs it.
    pub run_as: Option<Text>,
    /// Its working directory.
    pub work_dir: Option<Text>,
    /// The shell, with its arguments.
    pub shell: Option<Text>,
    /// Whether it has network access.
    pub privileged: Option<Spanned<bool>>,
    /// Environment variables.
    pub environment: TextMap,
    /// Directories that are kept between builds.
    pub caches: Vec<Cache>,
    /// Secrets that it reads.
    pub secrets: Vec<Secret>,
    /// The arguments of the action: a mapping.
    pub with: Option<Tree>,
    /// The script.
    pub runs: Option<Text>,
}

/// A secret of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The name under which the builder is given it.
    pub id: Text,
    /// The environment variable that holds it.
    pub env: Text,
    /// The condition under which it is used (`if`).
    pub condition: Option<Text>,
    /// Whether the step runs without it.
    pub optional: Option<Spanned<bool>>,
}

/// Files of a stage that are copied into the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The path in the stage.
    pub source: Option<Text>,
    /// The path in the image.
    pub target: Option<Text>,
    /// The condition under which they are copied (`if`).
    pub condition: Option<Text>,
    /// The owner.
    pub uid: Option<Spanned<u32>>,
    /// The group.
    pub gid: Option<Spanned<u32>>,
    /// The permissions.
    pub mode: Option<Typed<OctalMode>>,
    /// Whether only what the steps changed is copied.
    pub diff: Option<Spanned<bool>>,
}

/// A statement about the image whose predicate is a file of the stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageAttestation {
    /// The bytes of the mapping.
    pub range: Range<usize>,
    /// The condition under which it is made (`if`).
    pub condition: Option<Text>,
    /// The predicate type.
    pub predicate_type: Option<Text>,
    /// The file.
    pub source: Option<Text>,
    /// Whether only what the steps changed is used.
    pub diff: Option<Spanned<bool>>,
}
