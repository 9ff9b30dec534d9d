//! Stages and their steps.

use super::accounts::ACCOUNTS;
use super::contents::STAGE_CONTENTS;
use super::forms::{IMAGE, MODE};
use super::paths::PATH_ENTRY;
use super::shape::KeyRule::OneOf;
use super::shape::Shape::{Arguments, Bool, Form, Id, List, Suggested, Texts, Word};
use super::shape::{Object, Shape, field, text, words};
use crate::builder::definition::CacheSharing;
use crate::builder::lint::action_names;

pub(super) const STAGE: Object = Object {
    name: "stage",
    about: "A stage: a root file system of its own, and the steps that run in it.",
    fields: &[
        text("name", "Its name."),
        text("if", "The condition under which it is built."),
        text("entitlement", "Who may use what it makes."),
        field("uses", "The image whose files it begins with, by digest.", Form(&IMAGE)),
        text("work-dir", "The working directory of steps. Default: `${source.dir}`."),
        text("shell", "The shell of steps, with its arguments. Default: `bash` if it exists, else `sh`."),
        field("privileged", "Whether all steps have network access.", Bool),
        field("environment", "Environment variables of steps.", Texts),
        field("caches", "Directories that are kept between builds.", List(&Shape::Object(&CACHE))),
        field("matrix", "The stage is built once for each of these.", List(&Shape::Object(&MATRIX_ROW))),
        field("contents", "What it is filled with.", Shape::Object(&STAGE_CONTENTS)),
        field("pipeline", "The steps.", List(&Shape::Object(&STEP))),
        field("paths", "Paths that are made before the steps.", List(&Shape::Object(&PATH_ENTRY))),
        field("accounts", "Users and groups of the stage.", Shape::Object(&ACCOUNTS)),
        field("outputs", "What is copied into the image.", List(&Shape::Object(&OUTPUT))),
        field(
            "attestations",
            "Statements about the image that are made of files.",
            List(&Shape::Object(&ATTESTATION)),
        ),
    ],
    required: &["name"],
    rules: &[],
};

const CACHE: Object = Object {
    name: "cache",
    about: "A directory that is kept between builds.",
    fields: &[
        text("path", "The directory."),
        field("sharing", "How builds at the same time use it.", Word(words::<CacheSharing>)),
    ],
    required: &["path"],
    rules: &[],
};

const MATRIX_ROW: Object = Object {
    name: "matrix-row",
    about: "One variation of a stage.",
    fields: &[
        text("name", "Its name, which is appended to the name of the stage."),
        field("items", "The variables that it sets.", Texts),
    ],
    required: &["name"],
    rules: &[],
};

const STEP: Object = Object {
    name: "step",
    about: "A step: a script, an action, or a script in an image.",
    fields: &[
        text("name", "Its name."),
        text("if", "The condition under which it runs."),
        field(
            "uses",
            "The action, such as `go/build@v1`, or the image in which the script runs.",
            Suggested(|| action_names().collect()),
        ),
        text("run-as", "The user that runs it."),
        text("work-dir", "Its working directory."),
        text("shell", "The shell, with its arguments."),
        field("privileged", "Whether it has network access.", Bool),
        field("environment", "Environment variables.", Texts),
        field("caches", "Directories that are kept between builds.", List(&Shape::Object(&CACHE))),
        field("secrets", "Secrets that it reads.", List(&Shape::Object(&SECRET))),
        field("with", "The arguments of the action.", Arguments),
        text("runs", "The script. It begins with `set -eux -o pipefail`."),
    ],
    required: &[],
    rules: &[OneOf(&[&["runs"], &["uses"]])],
};

const SECRET: Object = Object {
    name: "secret",
    about: "A secret of a step.",
    fields: &[
        text("id", "The name under which the builder is given it."),
        text("env", "The environment variable that holds it."),
        text("if", "The condition under which it is used."),
        field("optional", "Whether the step runs without it.", Bool),
    ],
    required: &["id", "env"],
    rules: &[],
};

const OUTPUT: Object = Object {
    name: "output",
    about: "Files of a stage that are copied into the image.",
    fields: &[
        text("source", "The path in the stage."),
        text("target", "The path in the image."),
        text("if", "The condition under which they are copied."),
        field("uid", "The owner.", Id),
        field("gid", "The group.", Id),
        field("mode", "The permissions, octal and quoted.", Form(&MODE)),
        field("diff", "Whether only what the steps changed is copied.", Bool),
    ],
    required: &["source", "target"],
    rules: &[],
};

const ATTESTATION: Object = Object {
    name: "attestation",
    about: "A statement about the image whose predicate is a file of the stage.",
    fields: &[
        text("if", "The condition under which it is made."),
        text("predicate-type", "The predicate type, a URI."),
        text("source", "The file with the predicate."),
        field("diff", "Whether only what the steps changed is used.", Bool),
    ],
    required: &["predicate-type", "source"],
    rules: &[],
};
