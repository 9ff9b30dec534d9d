//! The limit of the number of statements in one document.

use crate::vex::json_reader::{Fault, Reader};
use crate::vex::limits::STATEMENTS;

/// Refuses more statements than a document may have.
pub(super) fn check(count: usize, reader: &Reader<'_>) -> Result<(), Fault> {
    if count > STATEMENTS {
        let measured = "the number of its statements";
        return Err(Fault::exceeded(reader.position(), measured, STATEMENTS, "statements"));
    }
    Ok(())
}
