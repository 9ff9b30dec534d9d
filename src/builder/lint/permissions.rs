//! Permissions of paths, files and outputs.

use super::linter::{Linter, shown};
use crate::builder::definition::{OctalMode, PathKind, Rule, Text, Typed};

const SET_USER_ID: u32 = 0o4000;
const SET_GROUP_ID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o0002;

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    for (stage, entry) in linter.paths() {
        let Some(mode) = entry.mode.as_ref().filter(|_| entry.kind.value != PathKind::Symlink) else {
            continue;
        };
        check_length(linter, mode);
        // Only what ends in the image matters to its users.
        if stage.is_none() {
            check_bits(linter, mode, Some(&entry.path));
        }
    }
    for (stage, contents) in linter.contents() {
        for file in &contents.files {
            let Some(mode) = &file.mode else { continue };
            check_length(linter, mode);
            if stage.is_none() {
                check_bits(linter, mode, file.path.as_ref());
            }
        }
    }
    for output in definition.stages.iter().flat_map(|stage| &stage.outputs) {
        if let Some(mode) = &output.mode {
            check_length(linter, mode);
            check_bits(linter, mode, output.target.as_ref());
        }
    }
}

fn check_length(linter: &mut Linter<'_>, mode: &Typed<OctalMode>) {
    let (text, range) = (mode.as_str(), mode.text.range.clone());
    // Without quotes, it is a number for YAML readers, and that is reported already.
    let is_quoted = linter.text.get(range.clone()) != Some(text);
    if text.len() == 3 && mode.value.is_some() && is_quoted {
        let finding = linter.finding(Rule::SHORT_MODE, range.clone(), format!("`{text}` has three digits"));
        linter.report(finding.suggest(range, format!("\"0{text}\"")));
    }
}

fn check_bits(linter: &mut Linter<'_>, mode: &Typed<OctalMode>, path: Option<&Text>) {
    let Some(bits) = mode.value.map(OctalMode::bits) else { return };
    let (range, path) = (mode.text.range.clone(), path.map(|path| shown(path)).unwrap_or_default());
    let set_id = match (bits & SET_USER_ID != 0, bits & SET_GROUP_ID != 0) {
        (false, false) => None,
        (true, false) => Some("the set-user-ID bit"),
        (false, true) => Some("the set-group-ID bit"),
        (true, true) => Some("the set-user-ID and set-group-ID bits"),
    };
    if let Some(what) = set_id {
        linter.find(Rule::SET_ID, range.clone(), format!("`{path}` has {what}"));
    }
    if bits & OTHERS_WRITE != 0 && bits & STICKY == 0 {
        linter.find(Rule::WORLD_WRITABLE, range, format!("every user can change `{path}`"));
    }
}
