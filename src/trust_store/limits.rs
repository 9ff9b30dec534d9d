//! The fixed limits of the module `trust_store`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    TUF_ROOTS: u32 = 32, Count, "versions of a TUF repository's root in one update";
    TUF_ROLES: u32 = 8, Count, "roles of a TUF repository that are searched for one file";
}
