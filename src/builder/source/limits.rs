//! The limits of reading definitions. The size of a definition is a limit of its reader.

use crate::limits::limits;

limits! {
    SHOWN_TARGET: usize = 2048, Bytes, "the address of a redirect that an error names";
}
