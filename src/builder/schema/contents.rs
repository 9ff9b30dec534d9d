//! `contents` of a definition and of a stage.

use super::forms::{CHECKSUM, IMAGE, MODE, PACKAGE, REPOSITORY, SOURCE, WEB_URL};
use super::shape::Shape::{Form, Id, List, Texts, Word};
use super::shape::{Field, Object, Shape, field, text, words};
use crate::builder::definition::TargetPlatform;

pub(super) const REPOSITORIES: Field = field(
    "repositories",
    "Package repositories: the URL of an Alpine repository, or a line `deb [signed-by=FILE] URL SUITE COMPONENT`. The \
     first one has the highest priority.",
    List(&Form(&REPOSITORY)),
);
pub(super) const KEYRING: Field =
    field("keyring", "URLs of the keys that sign the repositories.", List(&Form(&WEB_URL)));
pub(super) const PACKAGES: Field = field(
    "packages",
    "Packages: `name`, `name=version`, `name~version` (Alpine). `!name` excludes one that others depend on.",
    List(&Form(&PACKAGE)),
);
pub(super) const MAPPINGS: Field = field("mappings", "Package URLs of packages, by package name.", Texts);
pub(super) const FILES: Field =
    field("files", "Files from URLs and Git repositories.", List(&Shape::Object(&FILE_SOURCE)));
pub(super) const ARTIFACTS: Field = field("artifacts", "Files from images.", List(&Shape::Object(&ARTIFACT)));

pub(super) const STAGE_CONTENTS: Object = Object {
    name: "stage-contents",
    about: "What the root file system of a stage is filled with.",
    fields: &[REPOSITORIES, KEYRING, PACKAGES, MAPPINGS, FILES, ARTIFACTS],
    required: &[],
    rules: &[],
};

const FILE_SOURCE: Object = Object {
    name: "file",
    about: "A file or a Git checkout.",
    fields: &[
        field("url", "Where it is fetched: `https://…`, or `git+https://…#REF`.", Form(&SOURCE)),
        text("if", "The condition under which it is used."),
        field(
            "checksum",
            "What the fetched bytes must have: `sha256:` and 64 hex digits, the commit of a checkout, or the URL of a \
             checksum file.",
            Form(&CHECKSUM),
        ),
        text("path", "Where it is stored. A tar archive is unpacked if the path has no file extension."),
        field("includes", "The parts of an archive or checkout that are used.", List(&Shape::Text)),
        field("excludes", "The parts that are not used.", List(&Shape::Text)),
        field(
            "platforms",
            "The platforms for which it is used. Default: all.",
            List(&Word(words::<TargetPlatform>)),
        ),
        field("spdx", "How the SBOM describes it.", Shape::Object(&SPDX)),
        field("uid", "The owner.", Id),
        field("gid", "The group.", Id),
        field("mode", "The permissions, octal and quoted.", Form(&MODE)),
        text("secret-id", "The secret with the login for the URL."),
    ],
    required: &["url", "path"],
    rules: &[],
};

const SPDX: Object = Object {
    name: "spdx",
    about: "How the SBOM describes a file.",
    fields: &[
        text("name", "The name."),
        text("version", "The version."),
        field("packages", "The packages in it.", List(&Shape::Object(&SPDX_PACKAGE))),
    ],
    required: &[],
    rules: &[],
};

const SPDX_PACKAGE: Object = Object {
    name: "spdx-package",
    about: "A package in a file.",
    fields: &[
        text("name", "The name."),
        text("purl", "The package URL."),
        text("license", "The license expression."),
        text("path", "The path in the file."),
    ],
    required: &[],
    rules: &[],
};

const ARTIFACT: Object = Object {
    name: "artifact",
    about: "Files of an image that are copied.",
    fields: &[
        field("name", "The image, by digest.", Form(&IMAGE)),
        text("if", "The condition under which it is used."),
        field("includes", "The paths that are copied. Default: all.", List(&Shape::Text)),
        field("excludes", "The paths that are not copied.", List(&Shape::Text)),
        field("uid", "The owner.", Id),
        field("gid", "The group.", Id),
    ],
    required: &["name"],
    rules: &[],
};
