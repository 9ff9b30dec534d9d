//! Files of recorded facts where a command asks for an image or for manifests.
//!
//! Recorded facts prove nothing, so only `dhi policy eval` takes them. A file is told by its form, and a path also by its
//! content.

use std::fs::File;

use super::limits::FACTS_FILE;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::limits::read_whole;
use crate::policy::facts::RecordedFacts;
#[cfg(feature = "rego")]
use crate::report::quoted;

/// Whether the text has the form of a path.
pub(super) fn is_path(text: &str) -> bool {
    ["/", "./", "../"].iter().any(|start| text.starts_with(start))
}

/// Whether the text has the form of a JSON file. A reference with such a name has a tag or a digest.
pub(super) fn is_json(text: &str) -> bool {
    text.ends_with(".json") && !text.contains(':')
}

/// Refuses a file of recorded facts in place of a reference.
///
/// # Errors
///
/// `usage/reference` for the name of a JSON file, and for a path to recorded facts.
pub(super) fn check_reference(text: &str) -> Result<(), Diagnostic> {
    if is_json(text) {
        let what = format!("`{text}` names a file and not an image: recorded facts prove nothing");
        return Err(refused(Code::USAGE_REFERENCE, what, text));
    }
    if is_path(text) && holds_facts(text) {
        let what = format!("`{text}` is a file of recorded facts, which prove nothing");
        return Err(refused(Code::USAGE_REFERENCE, what, text));
    }
    Ok(())
}

/// Refuses recorded facts in place of manifests.
///
/// # Errors
///
/// `admit/input` if `content` of `file` is recorded facts.
pub(super) fn check_manifests(file: &str, content: &str) -> Result<(), Diagnostic> {
    // Manifests in JSON have no members of facts, so few are read twice.
    let looks_like = content.trim_start().starts_with('{');
    if looks_like && RecordedFacts::read(content.as_bytes(), file).is_ok() {
        let what = format!("`{file}` is a file of recorded facts, which prove nothing, and not of manifests");
        return Err(refused(Code::ADMIT_INPUT, what, file));
    }
    Ok(())
}

fn holds_facts(path: &str) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let bytes = || read_whole(File::open(path).ok()?, FACTS_FILE).ok();
    is_file && bytes().is_some_and(|bytes| RecordedFacts::read(&bytes, path).is_ok())
}

#[cfg(feature = "rego")]
fn refused(code: Code, what: String, file: &str) -> Diagnostic {
    let text = format!("evaluate policies on recorded facts: `dhi policy eval {}`", quoted(file));
    Diagnostic::new(code, what).remedy(Remedy::ChangeCommandLine { text })
}

/// This build evaluates no policies in Rego.
#[cfg(not(feature = "rego"))]
fn refused(code: Code, what: String, _: &str) -> Diagnostic {
    let text = "name an image, such as `dhi.io/python:3.13`".to_owned();
    Diagnostic::new(code, what).remedy(Remedy::ChangeCommandLine { text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_json_file_is_no_reference() {
        for file in ["facts.json", "./facts.json", "/tmp/facts.json", "a/b.json"] {
            let error = check_reference(file).unwrap_err();
            assert_eq!(error.code, Code::USAGE_REFERENCE, "{file}");
        }
        for reference in ["python", "facts.json:1", "oci:facts.json", "archive:facts.json", "./no-such-file"]
        {
            assert_eq!(check_reference(reference), Ok(()), "{reference}");
        }
    }

    #[test]
    fn facts_in_place_of_manifests_are_told_by_their_content() {
        let facts = r#"{"source": {"image": {"name": "a/b", "digest": "sha256:7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e"}}}"#;
        assert_eq!(check_manifests("x", facts).unwrap_err().code, Code::ADMIT_INPUT);
        for manifest in ["{\"apiVersion\": \"v1\", \"kind\": \"List\"}", "services: {}", ""] {
            assert_eq!(check_manifests("x", manifest), Ok(()), "{manifest}");
        }
    }
}
