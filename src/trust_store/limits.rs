//! The limits of this module.

use crate::limits::limits;

limits! {
    TUF_ROOTS: u32 = 32, Count, "versions of the root of a TUF repository in one update";
    TUF_ROLES: u32 = 8, Count, "roles of a TUF repository that are asked for one file";
}
