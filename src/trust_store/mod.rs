//! Bytes from elsewhere, bounded, and never interpreted here: key files, keyrings, trusted roots.

mod codes;
mod data;
mod error;
mod fetch;
pub mod limits;
mod source;
mod tuf;

pub use codes::CODES;
pub use data::{DataDirectory, DataLock};
pub use error::Error;
pub use source::Source;
pub use tuf::{SIGSTORE_TUF_URL, TufRepository};
