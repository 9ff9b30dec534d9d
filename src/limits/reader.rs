//! The one way in which files and streams are read whole: no more than a bound, and an excess is seen.

use std::io::{self, Read};

/// Why there is nothing that was read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// There is more than the bound.
    #[error("it is over {0} bytes")]
    TooLong(u64),
    /// It cannot be read.
    #[error(transparent)]
    Failed(#[from] io::Error),
}

/// Everything that `from` has, which is at most `bound` bytes. One byte more is read at the most.
pub fn read_whole(from: impl Read, bound: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    from.take(bound.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= bound) {
        Ok(bytes)
    } else {
        Err(Unread::TooLong(bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_bound_is_never_taken_for_the_whole() {
        assert_eq!(read_whole(&b"four"[..], 4).unwrap(), b"four");
        assert_eq!(read_whole(&b""[..], 0).unwrap(), b"");
        assert!(matches!(read_whole(&b"fives"[..], 4), Err(Unread::TooLong(4))));
        assert!(matches!(read_whole(io::repeat(0), 9), Err(Unread::TooLong(9))));
        assert_eq!(read_whole(&b"all"[..], u64::MAX).unwrap(), b"all");
    }
}
