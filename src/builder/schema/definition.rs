//! The definition as a whole, its dates, `os-release` and tests.

use super::Shape::{Bool, Form, Integer, List, Texts, Word};
use super::accounts::ACCOUNTS;
use super::contents::{ARTIFACTS, FILES, KEYRING, MAPPINGS, PACKAGES, REPOSITORIES};
use super::forms::{DATE, PORT, SIGNAL, TAG};
use super::paths::PATH_ENTRY;
use super::shape::KeyRule::OneOf;
use super::shape::{Object, Shape, field, text, words};
use super::stage::STAGE;
use super::tracking::TRACKER;
use crate::builder::definition::{Compression, Entitlement, OutputForm, TargetPlatform, Variant};

pub(super) const DEFINITION: Object = Object {
    name: "definition",
    about: "An image, a package or a Helm chart.",
    fields: &[
        field(
            "includes",
            "Files that complete this one, relative to the root of the repository.",
            List(&Shape::Text),
        ),
        field(
            "track",
            "How variables follow new versions of what they name.",
            List(&Shape::Object(&TRACKER)),
        ),
        text("name", "The name for people. Packages have none."),
        text("image", "The repository of the product. That of a package is called `pkg-…`."),
        field("compression", "The compression of layers. Default: `zstd`.", Word(words::<Compression>)),
        field("output", "Several layers, or one. Default: `layered`.", Word(words::<OutputForm>)),
        field("entitlement", "Who may use the product.", Word(words::<Entitlement>)),
        field(
            "variant",
            "`runtime` (the default) has only what runs the program, `dev` also a shell and a package manager, \
             `helm` is a chart.",
            Word(words::<Variant>),
        ),
        text("flavor", "The flavor of the product, such as `fpm` or `compat`."),
        field("tags", "The tags of the product.", List(&Form(&TAG))),
        text("suffix", "What is appended to the tags."),
        field("platforms", "The platforms. Default: all.", List(&Word(words::<TargetPlatform>))),
        field("dates", "Dates of the packaged version.", Shape::Object(&DATES)),
        field(
            "vars",
            "Variables, which `${NAME}` inserts in other values. A value `#{ … }` is an expression over the platform.",
            Texts,
        ),
        field("contents", "Packages, files and stages.", Shape::Object(&IMAGE_CONTENTS)),
        field("accounts", "Users and groups.", Shape::Object(&ACCOUNTS)),
        field("os-release", "The content of `/etc/os-release`.", Shape::Object(&OS_RELEASE)),
        text("work-dir", "The working directory of the image."),
        field("stop-signal", "The signal that stops the container, such as `SIGINT`.", Form(&SIGNAL)),
        field("environment", "Environment variables of the image.", Texts),
        field(
            "paths",
            "Paths that are created, changed or deleted, in this order.",
            List(&Shape::Object(&PATH_ENTRY)),
        ),
        field("annotations", "Annotations of the manifests.", Texts),
        field("labels", "Labels of the image configuration.", Texts),
        field("entrypoint", "The program that the image runs, and its arguments.", List(&Shape::Text)),
        field("cmd", "Arguments of the entrypoint that users replace.", List(&Shape::Text)),
        field(
            "ports",
            "Ports that the image exposes: `N`, `N/tcp`, `N/udp`, or a range `N-M`.",
            List(&Form(&PORT)),
        ),
        field("volumes", "Directories that are volumes.", List(&Shape::Text)),
        field("tests", "Tests of the image.", List(&Shape::Object(&TEST))),
        field("fips-compliant", "Whether the image claims to be FIPS compliant.", Bool),
        field("stig-certified", "Whether the image claims a STIG certification.", Bool),
    ],
    required: &[],
    rules: &[OneOf(&[&["image", "tags"], &["includes"]])],
};

const DATES: Object = Object {
    name: "dates",
    about: "Dates of the packaged version.",
    fields: &[
        text("type", "Where the dates are from."),
        text("url", "The page that has the dates."),
        field("release", "The day of the release.", Form(&DATE)),
        field("end-of-life", "The last day with updates.", Form(&DATE)),
        field("end-of-support", "The last day with support.", Form(&DATE)),
    ],
    required: &[],
    rules: &[],
};

const OS_RELEASE: Object = Object {
    name: "os-release",
    about: "The members of `/etc/os-release`.",
    fields: &[
        text("name", "`NAME`"),
        text("id", "`ID`, such as `debian`"),
        text("id-like", "`ID_LIKE`"),
        text("version-id", "`VERSION_ID`, such as `\"13\"`"),
        text("version-codename", "`VERSION_CODENAME`, such as `trixie`"),
        text("pretty-name", "`PRETTY_NAME`"),
        text("home-url", "`HOME_URL`"),
        text("bug-report-url", "`BUG_REPORT_URL`"),
    ],
    required: &[],
    rules: &[],
};

const TEST: Object = Object {
    name: "test",
    about: "A test of the image.",
    fields: &[
        text("name", "Its name."),
        text("directory", "The directory in which the commands run."),
        field("commands", "The commands.", List(&Shape::Text)),
        field("exit-code", "The expected exit code.", Integer),
        field("timeout", "The longest time, in seconds.", Integer),
        text("output", "A text that the output must contain."),
    ],
    required: &["exit-code"],
    rules: &[],
};

const IMAGE_CONTENTS: Object = Object {
    name: "contents",
    about: "What the image is filled with.",
    fields: &[
        REPOSITORIES,
        KEYRING,
        PACKAGES,
        MAPPINGS,
        FILES,
        ARTIFACTS,
        field(
            "builds",
            "Stages: root file systems of their own, in which steps make what the image takes from them.",
            List(&Shape::Object(&STAGE)),
        ),
    ],
    required: &[],
    rules: &[],
};
