//! The error codes of the module `builder`. What is wrong inside a definition is a finding of a rule, not a code.

use crate::diagnostic::codes;

codes! {
    DEFINITION_SOURCE = "definition/source", Usage, "a definition cannot be read";
    DEFINITION_UNREADABLE = "definition/unreadable", Usage, "a definition is not YAML with one meaning";
    DEFINITION_INVALID = "definition/invalid", Usage, "a definition has errors, so it is not known what it means";
    DEFINITION_DENIED = "definition/denied", Denied, "the host of a definition demands a login";
    PACKAGES_SUBSTITUTION = "packages/substitution", Usage, "a substitution file cannot be used";
    PACKAGES_MIRROR = "packages/mirror", Usage, "no mirror of Debian is known";
    PACKAGES_REPOSITORY = "packages/repository", Unavailable, "a package repository cannot be fetched or used";
    PACKAGES_DENIED = "packages/denied", Denied, "a package repository demands a login or refuses it";
    PACKAGES_UNTRUSTED = "packages/untrusted", BadProof, "a package repository or a package is not proven";
    PACKAGES_UNSOLVED = "packages/unsolved", Usage, "the packages of a definition cannot be chosen";
    BUILD_UNSUPPORTED = "build/unsupported", Usage, "a definition needs something that this program does not build";
    BUILD_INPUT = "build/input", Unavailable, "a file or image that a build needs cannot be fetched";
    BUILD_UNTRUSTED = "build/untrusted", BadProof, "a file that a build fetched is not the one in the lock";
    BUILD_FILES = "build/files", Usage, "the files of an image cannot be put together";
    BUILD_NOT_REPRODUCIBLE = "build/not-reproducible", Fail, "two builds of one definition give different images";
    LOCK_FILE = "lock/file", Usage, "a lock file cannot be used";
    LOCK_CHANGED = "lock/changed", Fail, "a lock file does not fit its definition, or is not the newest";
    LOCK_KEY_CHANGED = "lock/key-changed", BadProof, "a key of a repository changed since it was locked";
    LOCK_MISSING = "lock/missing", Missing, "there is no lock file, or it does not have the package";
}
