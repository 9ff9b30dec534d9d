//! Finds the images in all inputs.

use super::found::Found;
use super::reader::Reader;
use super::uses::{Place, STDIN};
use super::{Error, Input, Unread, compose, kubernetes};
use crate::yaml::{self, Value};

/// Finds all uses of images. `unread` are directory entries that were not read; they are listed as not judged.
///
/// 1. Checks that all tools split the input into the same documents.
/// 2. Reads each document as a Kubernetes object, a Compose file or both; lists any other document.
/// 3. Removes platforms that another Compose document may change.
///
/// # Errors
///
/// An error if an input is not YAML that all engines read alike, if a limit is reached, or if there is no object.
pub fn find(inputs: &[Input], unread: &[Unread]) -> Result<Found, Error> {
    let mut found = Found::default();
    for Unread { path, reason } in unread {
        found.list_not_judged(Place::without_object(path, 1, 1), *reason);
    }
    for (number, input) in inputs.iter().enumerate() {
        check_separators(input)?;
        for document in yaml::documents(&input.text, &input.file) {
            let document = document.map_err(|error| explained(error, &input.text))?;
            let Some(root) = document.root().filter(|root| !root.is_null()) else { continue };
            let mut reader = Reader::new(&mut found, number, input, document.number);
            self::document(&mut reader, root)?;
            reader.check_limits()?;
        }
    }
    found.remove_ambiguous_platforms();
    if found.objects == 0 && found.refused.is_empty() {
        let what = match inputs {
            [] => "the directory".to_owned(),
            [one] if one.file == STDIN => "standard input".to_owned(),
            [one] => format!("`{}`", one.file),
            several => format!("the {} files", several.len()),
        };
        let why = found.unknown.map(|(place, reason)| format!(" ({place} is {reason})")).unwrap_or_default();
        return Err(Error::Nothing(format!("{what}{why}")));
    }
    Ok(found)
}

/// Adds the most likely cause to a YAML error.
fn explained(error: yaml::Error, text: &str) -> Error {
    let begins_object = |line: usize| {
        let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        line.starts_with('{') || line.starts_with("apiVersion:") || line.starts_with("kind:")
    };
    match &error {
        _ if text.contains("{{") => Error::Template(error),
        yaml::Error::Unreadable { line, .. } if *line > 1 && begins_object(*line) => {
            Error::MissingSeparator(error)
        }
        _ => error.into(),
    }
}

/// Refuses separators that tools interpret differently. Kubernetes tools split a stream at each line that begins with
/// `---`; YAML requires white space after it. Otherwise one reader sees an object where another sees a part of a value.
fn check_separators(input: &Input) -> Result<(), Error> {
    for (number, line) in input.text.split('\n').enumerate() {
        let Some(rest) = line.strip_prefix("---") else { continue };
        let content = rest.trim_start();
        if !rest.is_empty()
            && (content.len() == rest.len() || !(content.is_empty() || content.starts_with('#')))
        {
            return Err(Error::Manifest {
                file: input.file.clone(),
                line: number + 1,
                cause: "only a comment may follow `---` on its line: Kubernetes tools ignore other text"
                    .to_owned(),
            });
        }
    }
    Ok(())
}

/// Reads a document as a Kubernetes object, a Compose file or both, or lists it.
fn document(reader: &mut Reader<'_>, root: Value<'_>) -> Result<(), Error> {
    let (kind, version) = (root.get("kind"), root.get("apiVersion").filter(|version| !version.is_null()));
    // Some readers decode `!!binary`: the text could be a kind for them.
    if let Some(kind) = kind
        && kind.text().is_none()
    {
        return Err(reader.wrong(kind, "`kind` is not a text"));
    }
    if let (Some(_), Some(version)) = (kind, version)
        && version.text().is_none()
    {
        return Err(reader.wrong(version, "`apiVersion` is not a text"));
    }
    // A document can be both: kubectl reads only the object, podman-compose only the services.
    let (is_compose, is_object) = (compose::is_file(root), kubernetes::is_object(root));
    if is_compose {
        compose::file(reader, root, is_object)?;
    } else if !is_object {
        if !root.is_mapping() && root.items().is_none() {
            return Err(reader.wrong(root, "a document is not an object"));
        }
        let filled =
            |value: Option<Value<'_>>| value.and_then(Value::text).is_some_and(|text| !text.is_empty());
        let reason = match (filled(kind), filled(version)) {
            (false, false) => "neither a Kubernetes object nor a Compose file",
            (true, _) => "neither a Kubernetes object (no `apiVersion`) nor a Compose file",
            (false, true) => "neither a Kubernetes object (no `kind`) nor a Compose file",
        };
        let place = reader.place(root);
        reader.found.list_unknown_document(place, reason);
    }
    // One of the two members is enough for an object: the API server can take the other from the request.
    if kind.is_some() || version.is_some() { kubernetes::object(reader, root) } else { Ok(()) }
}
