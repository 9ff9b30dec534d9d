//! Aliases of repositories, as VEX compares them.

use crate::verify::Alias;
use crate::vex::RepositoryAlias;

pub(super) fn alias(alias: &Alias) -> RepositoryAlias {
    RepositoryAlias { mirror: alias.copy.to_string(), original: alias.original.to_string() }
}
