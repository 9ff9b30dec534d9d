//! Entries of `paths`.

use super::forms::MODE;
use super::shape::KeyRule::With;
use super::shape::Shape::{Bool, Form, Id, List, Word};
use super::shape::{Object, field, text, words};
use crate::builder::definition::{PathKind, TargetPlatform};

pub(super) const PATH_ENTRY: Object = Object {
    name: "path",
    about: "A path that is created, changed or deleted.",
    fields: &[
        field("type", "What is done.", Word(words::<PathKind>)),
        text("path", "The path."),
        text("if", "The condition under which it is done."),
        text("content", "The content of a file."),
        field("uid", "The owner.", Id),
        field("gid", "The group.", Id),
        field("mode", "The permissions, octal and quoted.", Form(&MODE)),
        text(
            "source",
            "The target of a link. For a file or directory: a path in the repository of the definition.",
        ),
        field("recursive", "Whether owner and permissions apply to everything below.", Bool),
        field(
            "platforms",
            "The platforms for which it is done. Default: all.",
            List(&Word(words::<TargetPlatform>)),
        ),
    ],
    required: &["type", "path"],
    rules: &[With { key: "type", words: &["symlink"], required: &["source"] }],
};
