//! Definitions of images.

use std::fmt::{Debug, Display};
use std::ops::Range;
use std::str::FromStr;

use dhi::builder::definition::{InvalidValue, LineIndex, Read, Typed, read};

/// A definition is read to the same values and findings each time. Each range is in the text and each position on a
/// line of it. A value that is written again parses to the same value.
pub fn definition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let again = read(text, "x.yaml");
    let Read { definition, findings } = match read(text, "x.yaml") {
        Ok(read) => {
            assert_eq!(again.as_ref(), Ok(&read));
            read
        }
        Err(error) => {
            assert_eq!(again.err(), Some(error));
            return;
        }
    };
    let index = LineIndex::new(text);
    let lines = text.split('\n').count();
    let placed = |range: &Range<usize>| {
        assert!(text.get(range.clone()).is_some(), "{range:?}");
        let (start, end) = (index.position(range.start), index.position(range.end));
        assert!(start <= end && start.column > 0 && (1..=lines).contains(&end.line), "{start:?} {end:?}");
    };
    for finding in &findings {
        placed(&finding.range);
        assert!(!finding.message.is_empty());
        if let Some(suggestion) = &finding.suggestion {
            placed(&suggestion.range);
        }
    }
    placed(&definition.range);
    let contents =
        definition.stages.iter().filter_map(|stage| stage.contents.as_ref()).chain(&definition.contents);
    for contents in contents {
        contents.packages.iter().for_each(rewritten);
        contents.repositories.iter().for_each(rewritten);
        contents.keyring.iter().for_each(rewritten);
        for file in &contents.files {
            file.url.iter().for_each(rewritten);
            file.checksum.iter().for_each(rewritten);
            file.mode.iter().for_each(rewritten);
        }
        contents.artifacts.iter().filter_map(|artifact| artifact.name.as_ref()).for_each(rewritten);
    }
    for stage in &definition.stages {
        placed(&stage.range);
        for step in &stage.pipeline {
            step.uses.iter().for_each(rewritten);
            for part in step.runs.iter().filter(|runs| runs.value.len() > 2) {
                let end = part.value.chars().next().map_or(0, char::len_utf8);
                placed(&part.range_of(text, 0..end));
            }
        }
    }
    definition.tags.iter().for_each(rewritten);
    definition.ports.iter().for_each(rewritten);
}

/// A value that is written again parses to the same value.
fn rewritten<T: FromStr<Err = InvalidValue> + Display + Debug + PartialEq>(typed: &Typed<T>) {
    if let Some(value) = &typed.value {
        assert_eq!(value.to_string().parse().as_ref(), Ok(value), "{}", typed.as_str());
    }
}
