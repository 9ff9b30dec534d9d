//! The lists of a definition that an included file can have too.

use super::keyword::keywords;

keywords! {
    /// A list that is merged with that of an included file. The word is the path of its keys.
    ListKey {
        /// Trackers.
        Track = "track",
        /// Tags.
        Tags = "tags",
        /// Platforms.
        Platforms = "platforms",
        /// Package repositories.
        Repositories = "contents.repositories",
        /// Keys of package repositories.
        Keyring = "contents.keyring",
        /// Packages.
        Packages = "contents.packages",
        /// Files.
        Files = "contents.files",
        /// Artifacts.
        Artifacts = "contents.artifacts",
        /// Stages.
        Builds = "contents.builds",
        /// Users.
        Users = "accounts.users",
        /// Groups.
        Groups = "accounts.groups",
        /// Paths.
        Paths = "paths",
        /// The entrypoint.
        Entrypoint = "entrypoint",
        /// The arguments of the entrypoint.
        Cmd = "cmd",
        /// Ports.
        Ports = "ports",
        /// Volumes.
        Volumes = "volumes",
        /// Tests.
        Tests = "tests",
    }
}
