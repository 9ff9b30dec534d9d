//! Reads a whole file or stream up to a limit. All such reads in this program use it.

use crate::diagnostic::IoCause;
use std::io::{self, Read};

/// Why a file or stream was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is longer than the limit.
    #[error("it is over {0} bytes")]
    TooLong(u64),
    /// It cannot be read.
    #[error("{}", IoCause(.0))]
    Failed(#[from] io::Error),
}

/// Reads all of `from`, which must be at most `bound` bytes. Reads at most one byte more.
///
/// # Errors
///
/// [`ReadError::TooLong`] if there is more, [`ReadError::Failed`] if reading fails.
pub fn read_whole(from: impl Read, bound: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    from.take(bound.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= bound) {
        Ok(bytes)
    } else {
        Err(ReadError::TooLong(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_over_the_limit_is_an_error_not_truncated() {
        assert_eq!(read_whole(&b"four"[..], 4).unwrap(), b"four");
        assert_eq!(read_whole(&b""[..], 0).unwrap(), b"");
        assert!(matches!(read_whole(&b"fives"[..], 4), Err(ReadError::TooLong(4))));
        assert!(matches!(read_whole(io::repeat(0), 9), Err(ReadError::TooLong(9))));
        assert_eq!(read_whole(&b"all"[..], u64::MAX).unwrap(), b"all");
    }
}
