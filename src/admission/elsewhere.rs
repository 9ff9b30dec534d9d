//! Images that other programs read from a manifest: injectors of sidecars, storage drivers, operators. Nothing here
//! says what they do with the text, so each place is listed as not judged.

use super::kubernetes::At;
use super::manifests::Reader;
use crate::oci::{Reference, Repository};
use crate::report::Place;
use crate::yaml::{Entries, Value};

/// Annotations that choose an image and do not say so in their name.
const ANNOTATIONS: [&str; 3] =
    ["config.linkerd.io/proxy-version", "inject.istio.io/templates", "dapr.io/component-container"];
/// Names of annotations in which a version chooses the image of an injected library.
const LIBRARY: (&str, &str) = ("admission.datadoghq.com/", "-lib.version");
/// What kubectl keeps: the object itself.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Schemes of images in URLs.
const SCHEMES: [&str; 3] = ["docker://", "oci://", "docker-image://"];
/// Pairs that are an image together.
const NAMES: [&str; 2] = ["repository", "hub"];
const VERSIONS: [&str; 3] = ["tag", "digest", "version"];

/// Whether a name is about an image, and not about how one is pulled.
fn is_about_image(name: &str) -> bool {
    let name: String = name.chars().filter(|c| !"-_.".contains(*c)).collect::<String>().to_ascii_lowercase();
    let about_pulling = ["pullpolicy", "pullsecret", "pullsecrets", "pullsecretname"];
    name.contains("image") && !about_pulling.iter().any(|end| name.ends_with(end))
}

/// Whether a text can be nothing else than an image: with its registry, and with a tag or a digest.
fn is_image(text: &str) -> bool {
    let Some((host, rest)) = text.split_once('/') else { return false };
    let has_host = host == "localhost" || host.contains(['.', ':']);
    let has_version = rest.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
    has_host
        && has_version
        && text.parse().is_ok_and(|one: Reference| matches!(one.repository, Repository::Remote(_)))
}

fn is_url(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.contains(scheme))
}

/// Whether a text is a configuration or a manifest of its own that names an image.
fn holds_image(text: &str) -> bool {
    let names = |line: &str| line.trim_start_matches([' ', '-']).starts_with("image:");
    text.contains("\"image\"") || text.contains('\n') && text.lines().any(names)
}

/// A scalar that says something: not nothing, and not yes or no.
fn telling(value: Value<'_>) -> Option<&str> {
    value.scalar().filter(|text| !value.is_null() && !["", "true", "false"].contains(text))
}

fn leave(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>, reason: String) {
    reader.found.leave(Place { line: value.line(), ..at.object.clone() }, reason);
}

/// What injectors read.
pub(super) fn annotations(reader: &mut Reader<'_>, annotations: &Entries<'_>, at: At<'_>) {
    for (name, value) in annotations {
        let Some(text) = telling(*value).filter(|_| *name != APPLIED) else { continue };
        let library = name.starts_with(LIBRARY.0) && name.ends_with(LIBRARY.1);
        if ANNOTATIONS.contains(name)
            || library
            || is_about_image(name)
            || holds_image(text)
            || is_url(text)
            || is_image(text)
        {
            let first = text.lines().next().unwrap_or_default();
            leave(reader, *value, at, format!("the annotation `{name}: {first}` can choose an image"));
        }
    }
}

/// A volume of a storage driver, in a pod or as a `PersistentVolume`: `csi` and `flexVolume`.
pub(super) fn driver(reader: &mut Reader<'_>, volume: Value<'_>, at: At<'_>) {
    let driver = volume.get("driver").and_then(Value::scalar).unwrap_or_default();
    let attributes = ["volumeAttributes", "options"];
    let attributes = attributes.iter().filter_map(|name| volume.get(name)?.entries()).flatten();
    for (name, value) in attributes {
        let Some(text) = telling(value) else { continue };
        let is_reference = name.to_ascii_lowercase().contains("reference");
        if is_about_image(name) || is_reference || is_url(text) || is_image(text) {
            leave(reader, value, at, format!("`{name}: {text}` for the driver `{driver}`"));
        }
    }
    if let Some(handle) = volume.get("volumeHandle")
        && let Some(text) = telling(handle)
        && (is_about_image(driver) || is_url(text) || is_image(text))
    {
        leave(reader, handle, at, format!("`volumeHandle: {text}` for the driver `{driver}`"));
    }
}

/// Images that a container is given to start others with, as operators are: variables and arguments.
pub(super) fn handed_on(reader: &mut Reader<'_>, container: Value<'_>, at: At<'_>) {
    let items = |name| container.get(name).and_then(Value::items).into_iter().flatten();
    for variable in items("env") {
        let name = variable.get("name").and_then(Value::scalar).unwrap_or_default();
        let Some(value) = variable.get("value") else { continue };
        let Some(text) = telling(value) else { continue };
        if name.starts_with("RELATED_IMAGE_") || is_image(text) {
            leave(reader, value, at, format!("the variable `{name}` hands on the image `{text}`"));
        }
    }
    for argument in items("command").chain(items("args")) {
        let text = telling(argument).unwrap_or_default();
        let value = text.split_once('=').map_or(text, |(_, value)| value);
        if is_image(value) {
            leave(reader, argument, at, format!("the argument `{text}` hands on an image"));
        }
    }
}

/// A member of an object of an unknown kind that is not `image` with a text.
pub(super) fn member(reader: &mut Reader<'_>, name: &str, value: Value<'_>, at: At<'_>) {
    if let Some(text) = value.scalar() {
        let chooses = is_about_image(name) || is_url(text) || is_image(text) || holds_image(text);
        if telling(value).is_some() && chooses {
            let first = text.lines().next().unwrap_or_default();
            leave(reader, value, at, format!("`{name}: {first}` in a kind that is not known"));
        }
        return;
    }
    let has =
        |names: &[&str]| names.iter().any(|name| value.get(name).is_some_and(|part| telling(part).is_some()));
    let in_parts = has(&NAMES) && has(&VERSIONS);
    let named =
        name == "image" && has(&["repository", "registry", "name", "reference", "tag", "digest", "url"]);
    let several = value.is_mapping() && name.to_ascii_lowercase().ends_with("images");
    if in_parts || named || several {
        leave(reader, value, at, format!("`{name}` in parts, in a kind that is not known"));
    }
}

/// An item of a list in an object of an unknown kind: an image, or a parameter that is one.
pub(super) fn item(reader: &mut Reader<'_>, list: &str, value: Value<'_>, at: At<'_>) {
    if let Some(text) = telling(value) {
        let assigned = text.split_once('=').map_or(text, |(_, value)| value);
        if is_about_image(list) || is_url(text) || is_image(assigned) {
            leave(reader, value, at, format!("`{text}` in `{list}` of a kind that is not known"));
        }
    }
    let Some(name) = value.get("name").and_then(Value::scalar) else { return };
    for part in ["value", "default"] {
        if let Some(given) = value.get(part)
            && let Some(text) = telling(given)
            && (is_about_image(name) || name == "bundle")
            && !is_url(text)
            && !is_image(text)
        {
            leave(reader, given, at, format!("the parameter `{name}: {text}` in a kind that is not known"));
        }
    }
}
