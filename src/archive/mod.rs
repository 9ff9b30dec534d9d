//! Tar archives: headers, and the files of a stream.
//!
//! Invariant: an archive that two tar readers could interpret differently is refused, and no size in it is believed
//! before it is compared with a bound.
//!
//! Source: POSIX ustar and pax, GNU's long names and base-256 numbers.

mod error;
mod header;
mod stream;

pub(crate) use error::{TarError, at_byte, refused};
#[cfg(feature = "builder")]
pub(crate) use header::CAPABILITY;
pub(crate) use header::{BLOCK, BLOCK_LENGTH, ExtendedHeaders, Header, Kind, escaped, is_zero};
pub(crate) use stream::{Member, MemberBounds, StreamBounds, read_files, read_members};
