//! The fixed limits of the module `yaml`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    YAML_DEPTH: usize = 100, Count, "depth of sequences and mappings in one YAML document";
    /// Keys, aliases and merged members are limited to twice as many.
    YAML_NODES: usize = 524_288, Count, "values of one YAML document";
    YAML_DOCUMENTS: usize = 16_384, Count, "documents of one YAML stream";
}
