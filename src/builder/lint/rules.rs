//! The rules.

use crate::builder::definition::finding::rules;

rules! {
    UNREADABLE = "definition/unreadable", "a text that is not YAML with one meaning";
    IMAGE_DIRECTORY = "definition/image-directory", "an image with another name than its directory";
    TAG_REUSED = "definition/tag-reused", "a tag that another definition has too";
    DEV_TAG = "definition/dev-tag", "a tag of a dev image without `-dev`";
    END_OF_LIFE = "definition/end-of-life", "a version without updates";
    NO_END_OF_LIFE = "definition/no-end-of-life", "an image without an end of life";
    NO_ANNOTATION = "definition/no-annotation", "an image without description or licenses";
    NO_ENTRYPOINT = "definition/no-entrypoint", "an image that starts nothing";
    OTHER_DISTRIBUTION = "definition/other-distribution", "a frontend of another distribution than the image";
    FILE_WITHOUT_CHECKSUM = "definition/file-without-checksum", "a file whose content is not fixed";
    CHECKSUM_FILE = "definition/checksum-file", "a checksum that is fetched with the file";
    MOVING_REVISION = "definition/moving-revision", "a tag or branch without the commit";
    PLAIN_HTTP_FILE = "definition/plain-http-file", "a file over a connection that nothing protects";
    UNPINNED_IMAGE = "definition/unpinned-image", "an image without a digest";
    NO_KEYRING = "definition/no-keyring", "a repository of dhi.io without its key";
    NO_SIGNED_BY = "definition/no-signed-by", "a Debian repository without `signed-by`";
    PLAIN_HTTP_REPOSITORY = "definition/plain-http-repository", "a repository over a connection that nothing protects";
    PLAIN_HTTP_KEY = "definition/plain-http-key", "a key over a connection that nothing protects";
    DUPLICATE_REPOSITORY = "definition/duplicate-repository", "a repository that is listed twice";
    PACKAGE_AND_EXCLUSION = "definition/package-and-exclusion", "a package that is requested and excluded";
    DUPLICATE_PACKAGE = "definition/duplicate-package", "a package that is listed twice";
    RUNTIME_SHELL = "definition/runtime-shell", "a runtime image with a shell";
    RUNTIME_PACKAGE_MANAGER = "definition/runtime-package-manager", "a runtime image with a package manager";
    DEV_PACKAGE_MANAGER = "definition/dev-package-manager", "a dev image without a package manager";
    DUPLICATE_STAGE = "definition/duplicate-stage", "two stages with one name";
    REPEATED_TARGET = "definition/repeated-target", "two outputs with one target";
    NO_OUTPUTS = "definition/no-outputs", "a stage from which nothing is taken";
    ERRORS_IGNORED = "definition/errors-ignored", "a script that goes on after a failed command";
    NO_NETWORK = "definition/no-network", "a command that needs the network in a step without it";
    REQUIRED_SECRET = "definition/required-secret", "a step that fails without a secret";
    UNKNOWN_ACTION = "definition/unknown-action", "an action that does not exist";
    UNKNOWN_PARAMETER = "definition/unknown-parameter", "a parameter that the action does not have";
    ARGUMENTS_WITHOUT_ACTION = "definition/arguments-without-action", "arguments without an action";
    RELATIVE_PATH = "definition/relative-path", "a path that is empty or relative";
    PARENT_PATH = "definition/parent-path", "a path with `..`";
    DELETED_ROOT = "definition/deleted-root", "an entry that deletes everything";
    REPEATED_PATH = "definition/repeated-path", "a path that is made twice";
    LINK_MODE = "definition/link-mode", "a symbolic link with permissions";
    DIRECTORY_MODE = "definition/directory-mode", "a directory without permissions";
    SHORT_MODE = "definition/short-mode", "permissions of three digits";
    SET_ID = "definition/set-id", "a set-user-ID or set-group-ID bit";
    WORLD_WRITABLE = "definition/world-writable", "a path that every user can change";
    ROOT_NOT_DECLARED = "definition/root-not-declared", "an image that runs as a `root` that does not exist";
    RUN_AS_NOT_DECLARED = "definition/run-as-not-declared", "an image that runs as a user that does not exist";
    RUNS_AS_ROOT = "definition/runs-as-root", "a runtime image that runs as root";
    DEV_RUNS_AS_USER = "definition/dev-runs-as-user", "a dev image that does not run as root";
    UNDECLARED_GROUP = "definition/undeclared-group", "a user whose group does not exist";
    UNDECLARED_MEMBER = "definition/undeclared-member", "a group whose member does not exist";
    PRIVILEGED_PORT = "definition/privileged-port", "a port below 1024 without root";
    UNRESOLVED_NAME = "definition/unresolved-name", "a name that no variable has";
    MISSING_SOURCE = "definition/missing-source", "a file that does not exist in the repository";
    SOURCE_OUTSIDE = "definition/source-outside", "a file outside the repository";
}
