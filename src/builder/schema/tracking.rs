//! Entries of `track`.

use super::shape::KeyRule::With;
use super::shape::Shape::{Any, List, Word};
use super::shape::{Object, Shape, field, text, words};
use crate::builder::definition::TrackerKind;

pub(super) const TRACKER: Object = Object {
    name: "tracker",
    about: "How variables follow new versions of one thing.",
    fields: &[
        field("type", "What is followed.", Word(words::<TrackerKind>)),
        text("owner", "The owner of a GitHub repository."),
        text("repo", "The name of a GitHub repository."),
        text("branch", "The branch."),
        text("use", "Whether releases or tags count: `release` or `tag`."),
        text("match", "A regular expression that selects versions."),
        text("package", "The package URL of a package."),
        text("name", "The name of an artifact or a file."),
        text("url", "The address of a file."),
        field("set", "The variables that are set: a name, a list or a mapping.", Any),
        field("increment", "The variables whose change increments.", List(&Shape::Text)),
        field("reset", "The variables whose change resets.", List(&Shape::Text)),
    ],
    required: &["type"],
    rules: &[
        With {
            key: "type",
            words: &["github_release", "github_repository"],
            required: &["owner", "repo", "set"],
        },
        With { key: "type", words: &["github_tag"], required: &["owner", "repo", "match", "set"] },
        With { key: "type", words: &["alpine_package", "debian_package"], required: &["package", "set"] },
        With { key: "type", words: &["oci_artifact"], required: &["name", "set", "match"] },
        With { key: "type", words: &["file", "json_file"], required: &["url", "set"] },
    ],
};
