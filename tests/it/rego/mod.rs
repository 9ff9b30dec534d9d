//! Policies in Rego: `dhi policy`, `dhi verify --policy` and `dhi admit check --policy`.

mod bundles;
mod host;
mod recorded;
