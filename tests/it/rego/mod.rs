//! Policies in Rego: `dhi policy`, `dhi verify --policy` and `dhi admit check --policy`.

mod built_in;
mod bundles;
mod contract;
