//! The fixed limits of the module `builder::sbom`.

use crate::limits::limits;

limits! {
    COPYRIGHT_FILE: usize = 4_194_304, Bytes, "`copyright` file of a Debian package that is read for its licences";
    LICENCE_NAME: usize = 4096, Bytes, "licence expression of one package or of one part of it";
    LICENCE_TERMS: usize = 256, Count, "licences and operators in the licence expression of one package";
    /// Parentheses use the stack.
    LICENCE_DEPTH: usize = 16, Count, "parentheses inside each other in a licence expression";
    SNIPPET_FILE: usize = 16_777_216, Bytes, "SPDX file in `opt/docker/sbom` of an image that is built";
    SNIPPET_PACKAGES: usize = 10_000, Count, "packages in one SPDX file in `opt/docker/sbom`";
    SNIPPET_TEXT: usize = 4096, Bytes, "text in an SPDX file in `opt/docker/sbom` that is used";
}
