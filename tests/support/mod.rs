//! What the tests share: one environment for commands, one in-memory registry, one TLS server and one test Sigstore
//! instance. `tests/it` and `tests/peers` include this module by its path.

#![allow(dead_code, unused_imports, reason = "each test binary uses a part")]

#[cfg(feature = "builder")]
pub(crate) mod apk_repository;
pub(crate) mod base;
#[cfg(feature = "builder")]
pub(crate) mod deb_repository;
pub(crate) mod env;
pub(crate) mod http;
pub(crate) mod keyring;
pub(crate) mod layered_image;
pub(crate) mod layout;
#[cfg(feature = "builder")]
pub(crate) mod package_host;
pub(crate) mod pages;
pub(crate) mod peers;
pub(crate) mod registry;
pub(crate) mod rego;
pub(crate) mod rekor;
#[cfg(unix)]
pub(crate) mod terminal;
pub(crate) mod test_sigstore;
pub(crate) mod tls;
pub(crate) mod tuf;
