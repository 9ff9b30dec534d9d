//! Users and groups.

use super::forms::MODE;
use super::shape::Shape::{Bool, Form, Id, List};
use super::shape::{Object, Shape, field, text};

pub(super) const ACCOUNTS: Object = Object {
    name: "accounts",
    about: "Users and groups.",
    fields: &[
        field("root", "Whether the user `root` exists.", Bool),
        text("run-as", "The user that runs the image: a name, or a number in quotes."),
        field("users", "Users besides `root`.", List(&Shape::Object(&USER))),
        field("groups", "Groups besides that of `root`.", List(&Shape::Object(&GROUP))),
    ],
    required: &[],
    rules: &[],
};

const USER: Object = Object {
    name: "user",
    about: "A user.",
    fields: &[
        text("name", "The name."),
        field("uid", "The number.", Id),
        field("gid", "The number of the primary group.", Id),
        field("mode", "The permissions of the home directory, octal and quoted.", Form(&MODE)),
    ],
    required: &["name", "uid", "gid"],
    rules: &[],
};

const GROUP: Object = Object {
    name: "group",
    about: "A group.",
    fields: &[
        text("name", "The name."),
        field("gid", "The number.", Id),
        field("members", "The names of its members.", List(&Shape::Text)),
    ],
    required: &["name", "gid"],
    rules: &[],
};
