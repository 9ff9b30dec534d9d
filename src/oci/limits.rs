//! The fixed limits of the module `oci`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    JSON_DEPTH: usize = 100, Count, "depth of arrays and objects in one JSON document";
    JSON_MEMBERS: usize = 262_144, Count, "members of one object in a JSON document, with those of the objects around it";
    JSON_ELEMENTS: usize = 1_048_576, Count, "elements of one array in a JSON document";
    CLAIMED_TEXT: usize = 256, Count, "characters of one unsigned text in reports";
    REPOSITORY_NAME: usize = 255, Count, "characters of one name of a repository, with its registry";
}
