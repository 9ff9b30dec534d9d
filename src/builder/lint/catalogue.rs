//! Why each rule exists and what to do about it. The rules of the reader are among them.

use crate::builder::definition::{Rule, Severity};
use Severity::{Error, Note, Warning};

/// What is said about a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleText {
    /// The rule.
    pub rule: Rule,
    /// The severities that its findings can have. The first one is the usual one.
    pub severities: &'static [Severity],
    /// Why it matters.
    pub why: &'static str,
    /// What to do.
    pub action: &'static str,
}

/// All rules: those of the reader, then those of this module.
pub fn rule_texts() -> &'static [RuleText] {
    TEXTS
}

/// What is said about one rule.
pub(super) fn rule_text(rule: Rule) -> Option<&'static RuleText> {
    TEXTS.iter().find(|text| text.rule == rule)
}

/// The usual severity of a rule.
pub(super) fn severity(rule: Rule) -> Severity {
    rule_text(rule).and_then(|text| text.severities.first().copied()).unwrap_or(Error)
}

macro_rules! texts {
    ($($rule:ident: [$($severity:ident),+], $why:literal, $action:literal;)*) => {
        const TEXTS: &[RuleText] = &[
            $(RuleText { rule: Rule::$rule, severities: &[$($severity),+], why: $why, action: $action },)*
        ];
    };
}

texts! {
    SYNTAX_LINE: [Error, Warning],
        "The line selects the frontend and its distribution. Without it, a file only completes others.",
        "Begin the file with a line such as `# syntax=dhi.io/build:2-debian13`.";
    UNKNOWN_KEY: [Error],
        "A misspelled key has no effect, and what it should set keeps its default.",
        "Correct the key, or remove it.";
    OLD_KEY: [Warning],
        "Frontends of version 2 read only the present spelling.",
        "Write the present spelling.";
    MISSING_KEY: [Error],
        "The entry cannot be used without the key.",
        "Add the key.";
    WRONG_TYPE: [Error],
        "The value cannot be used there.",
        "Write a value of the expected type.";
    AMBIGUOUS_SCALAR: [Error, Warning],
        "Readers of YAML take it for a number, a date or a boolean (`3.10` becomes `3.1`), or its end for a comment.",
        "Put the text in quotes.";
    UNKNOWN_VALUE: [Error],
        "Only the listed values have a meaning.",
        "Write one of the listed values.";
    INVALID_VALUE: [Error],
        "The value cannot be used as it is written.",
        "Write the value in the expected form.";
    DUPLICATE: [Warning],
        "The second entry has no effect, or it was meant to be another one.",
        "Remove one of the entries.";
    CONFLICT: [Error],
        "Only one of the entries can take effect, and builders choose different ones.",
        "Keep the entry that is meant.";
    TOO_MANY: [Note, Warning, Error],
        "The number of findings of one definition is limited.",
        "Correct the listed findings and check the file again.";
    PLATFORM: [Error],
        "Nothing is built for the platform.",
        "Choose a platform of the definition, or add it to `platforms`.";
    INCLUDE: [Error],
        "What the file has is missing in the definition.",
        "Correct the path, which begins at the root of the repository.";
    UNREADABLE: [Error],
        "YAML readers understand the text in different ways, or not at all. Nothing in it is checked.",
        "Correct the YAML at this line.";
    IMAGE_DIRECTORY: [Warning],
        "In a repository of definitions, the directory has the name of the image. Tools find definitions by it.",
        "Rename the image or the directory.";
    TAG_REUSED: [Warning],
        "The image that is pushed last gets the tag.",
        "Give the tag to one definition.";
    DEV_TAG: [Warning],
        "Users recognize images with a shell and a package manager by this end of the tag.",
        "Append `-dev` to the tag, or change the variant.";
    END_OF_LIFE: [Warning],
        "Vulnerabilities of this version are no longer fixed.",
        "Move to a version that has updates.";
    NO_END_OF_LIFE: [Note],
        "With the date, users and scanners can tell when updates end.",
        "Set `dates: { end-of-life: \"YYYY-MM-DD\" }` if the project publishes one.";
    DATE_ORDER: [Warning],
        "One of the dates is wrong: a version does not end before its release.",
        "Correct the dates.";
    NO_ANNOTATION: [Note],
        "Registries and scanners show these annotations.",
        "Add the annotation.";
    NO_ENTRYPOINT: [Note],
        "A container of the image does not start without a command.",
        "Set `entrypoint` or `cmd`, unless the image is only a base for others.";
    OTHER_DISTRIBUTION: [Warning, Note],
        "The frontend has the tools and the default repositories of its own distribution.",
        "Use the frontend of the distribution in `os-release`.";
    FILE_WITHOUT_CHECKSUM: [Warning, Note],
        "Who controls the server can change the content of the image. In a stage, a step may verify the file.",
        "Add `checksum: sha256:…`.";
    CHECKSUM_FILE: [Note],
        "Who can replace the file can replace the checksum too.",
        "Write the checksum itself: `sha256:…`.";
    MOVING_REVISION: [Warning],
        "A tag or a branch can move to another commit, and the build then has other sources.",
        "Set `checksum` to the commit.";
    PLAIN_HTTP_FILE: [Note],
        "Everyone on the way can read and change what is fetched.",
        "Use `https://`, and set `checksum`.";
    UNPINNED_IMAGE: [Warning],
        "A tag can move to another image, and the build then has other content.",
        "Append the digest: `NAME:TAG@sha256:…`.";
    NO_KEYRING: [Error],
        "The packages of dhi.io are signed with keys that no distribution has, so the repository cannot be verified.",
        "Add the URL of the key to `keyring`.";
    NO_SIGNED_BY: [Warning],
        "Repositories of others fail without it, and with it only the named keys can sign the repository.",
        "Write `deb [signed-by=/usr/share/keyrings/FILE] …` and add the key to `keyring`.";
    PLAIN_HTTP_REPOSITORY: [Warning],
        "The signature protects the packages, but everyone on the way sees what is fetched and can keep updates back.",
        "Use `https://`.";
    PLAIN_HTTP_KEY: [Warning],
        "Who can replace the key can sign packages that the build then trusts.",
        "Use `https://`.";
    DUPLICATE_REPOSITORY: [Warning],
        "The second entry has no effect, or it was meant to be another one.",
        "Remove one of the entries.";
    PACKAGE_AND_EXCLUSION: [Note],
        "An explicit entry wins: the package is installed, and dependencies on it count as satisfied anyway.",
        "Remove `!NAME` if the package is wanted, and the package if it is not.";
    DUPLICATE_PACKAGE: [Note],
        "Equal names are merged. Two entries make a change of one of them easy to miss.",
        "Remove one of the entries. Keep the one with the version.";
    RUNTIME_SHELL: [Note],
        "A shell helps an attacker who can run a command.",
        "Leave it out, or move it to the dev variant.";
    RUNTIME_PACKAGE_MANAGER: [Warning],
        "With a package manager, an attacker can install tools, and the image can change after it was scanned.",
        "Leave it out, or move it to the dev variant.";
    DEV_PACKAGE_MANAGER: [Warning],
        "Users of a dev image expect to install packages in it.",
        "Add `apt` or `apk-tools`.";
    DUPLICATE_STAGE: [Warning],
        "Logs, caches and errors name stages, and cannot tell these apart.",
        "Give each stage a name of its own.";
    REPEATED_TARGET: [Warning],
        "The later output overlays the earlier one.",
        "Remove one of the outputs, or change its target.";
    NO_OUTPUTS: [Warning],
        "The stage is built, and the image has nothing of it.",
        "Add `outputs` or `attestations`, or remove the stage.";
    ERRORS_IGNORED: [Warning],
        "The step succeeds if its last command does, whatever failed before. The image can lack what was to be made.",
        "Begin the script with `set -eux -o pipefail`.";
    NO_NETWORK: [Warning],
        "A step without `privileged: true` has no network, so the command fails.",
        "Fetch the file in `contents.files` with a checksum, or set `privileged: true`.";
    REQUIRED_SECRET: [Note],
        "Everyone who builds the definition needs the secret.",
        "Set `optional: true` if the step can do without it.";
    UNKNOWN_ACTION: [Warning],
        "The step fails if the frontend does not have the action either.",
        "Correct the name or the version.";
    UNKNOWN_PARAMETER: [Warning],
        "A misspelled parameter has no effect, or the action fails.",
        "Correct the name, or remove it.";
    ARGUMENTS_WITHOUT_ACTION: [Warning],
        "Nothing reads the arguments.",
        "Add `uses`, or remove `with`.";
    RELATIVE_PATH: [Warning],
        "It is not defined where the path is.",
        "Begin the path with `/`.";
    PARENT_PATH: [Warning],
        "What it names depends on the directories and links before it, and readers see another path than the real one.",
        "Write the path without `..`.";
    DELETED_ROOT: [Error],
        "Nothing would be left in the image or the stage.",
        "Name the path that is to be deleted.";
    REPEATED_PATH: [Warning],
        "The later entry replaces the earlier one.",
        "Remove one of the entries.";
    LINK_MODE: [Warning],
        "The permissions of a link are those of its target.",
        "Remove `mode`.";
    DIRECTORY_MODE: [Note],
        "The default is `0755`. A directory that exists keeps its permissions.",
        "Set `mode` if the default is not meant.";
    SHORT_MODE: [Note],
        "Four digits show that the number is octal, and that no special bit is set.",
        "Add a leading `0`.";
    SET_ID: [Warning],
        "With the set-user-ID bit, a file runs with the rights of its owner. Faults in it give these rights away.",
        "Leave the bit out, unless the program needs it.";
    WORLD_WRITABLE: [Warning],
        "Every process can change or replace it, whatever user it runs as.",
        "Give it to the user that needs it. A shared directory needs the sticky bit: `1777`.";
    ROOT_NOT_DECLARED: [Error],
        "The image has no user `root` unless it is declared, so its containers do not start.",
        "Add `root: true` to `accounts`, or choose another user.";
    RUN_AS_NOT_DECLARED: [Error],
        "A name is looked up in the image. Its containers do not start if it is missing.",
        "Add the user to `accounts.users`, or write its number.";
    RUNS_AS_ROOT: [Warning],
        "A fault in the program gives an attacker every right in the container.",
        "Choose another user. If root is needed, set the annotation `com.docker.dhi.runtime-root-required: \"true\"`.";
    DEV_RUNS_AS_USER: [Note],
        "Dev images are for building, which usually needs root.",
        "Set `run-as: root` and `root: true`, unless another user is meant.";
    UNDECLARED_GROUP: [Note],
        "Tools show the group of such a user as a number.",
        "Add the group, or correct `gid`.";
    UNDECLARED_MEMBER: [Warning],
        "The entry has no effect, or it is misspelled.",
        "Add the user, or remove the member.";
    SHARED_ID: [Warning],
        "The system knows only the number: each of the accounts has the files and rights of the other.",
        "Give each account a number of its own, or remove one of them.";
    PRIVILEGED_PORT: [Warning],
        "Only root can listen on ports below 1024 where the engine does not allow it to all.",
        "Listen on a port from 1024 on.";
    TEMPLATE: [Error],
        "The value of the text is not known, so nothing can be built.",
        "Correct the expression.";
    UNRESOLVED_NAME: [Warning, Note],
        "The text stays as it is written. Arguments, environment variables and scripts may have names of other programs.",
        "Correct the name, or add the variable to `vars`.";
    UNCLOSED_REFERENCE: [Warning],
        "Without the brace it is no reference, and the text stays as it is written.",
        "Close the reference: `${NAME}`.";
    FIXED_COMPARISON: [Warning],
        "One of the branches is never taken. The architectures have the names of OCI, not those of the kernel.",
        "Compare with `amd64` or `arm64`.";
    MISSING_SOURCE: [Note, Error],
        "The file is copied from the repository of the definition. Where its root is not given, it is guessed.",
        "Correct the path, which begins at the root of the repository, or add the file.";
    SOURCE_OUTSIDE: [Error],
        "A build reads only files of the repository of the definition.",
        "Move the file into the repository, and write its path from the root of the repository.";
}
