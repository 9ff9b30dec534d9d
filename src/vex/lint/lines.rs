//! The lines of statements in the text of a file, so that tools can point to them.
//!
//! Only OpenVEX has a place for each statement. Statements of other formats are made of several places.

use crate::vex::json_reader::{Fault, Kind, Reader};

/// The line of each statement, for each document of a file that `document::read` accepts. A document of another format,
/// or in an envelope, has none.
pub fn statement_lines(text: &str) -> Vec<Vec<usize>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::new(text);
    let mut documents = Vec::new();
    while !reader.is_at_end() {
        let mut starts = Vec::new();
        if document(&mut reader, &mut starts).is_err() {
            break;
        }
        documents.push(lines_of(text, &starts));
    }
    documents
}

/// The positions of the statements in the next document, or in the predicate of the next attestation.
fn document(reader: &mut Reader<'_>, starts: &mut Vec<usize>) -> Result<(), Fault> {
    if reader.kind() != Kind::Object {
        return reader.skip();
    }
    reader.object(&["statements", "predicate"], |reader, name| match (name, reader.kind()) {
        ("statements", Kind::Array) => reader.array(|reader| {
            let range = reader.range_of(Reader::skip)?;
            starts.push(range.start);
            Ok(())
        }),
        ("predicate", Kind::Object) => document(reader, starts),
        _ => reader.skip(),
    })
}

/// The lines of positions that ascend.
fn lines_of(text: &str, positions: &[usize]) -> Vec<usize> {
    let (mut line, mut from) = (1, 0);
    let mut lines = Vec::with_capacity(positions.len());
    for &position in positions {
        let between = text.get(from..position).unwrap_or_default();
        line += between.bytes().filter(|byte| *byte == b'\n').count();
        from = position;
        lines.push(line);
    }
    lines
}
