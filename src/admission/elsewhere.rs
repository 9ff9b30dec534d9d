//! Images that other programs read from a manifest: sidecar injectors, storage drivers, operators. The manifest does
//! not define how they use the text, so each place is listed as not judged.

use std::collections::HashSet;

use super::istio;
use super::mentions::{is_about_image, is_about_pulling, is_image, is_named, is_url, within};
use super::position::Position;
use super::reader::{Reader, shown};
use super::uses::Place;
use crate::yaml::{Entries, Value};

/// Annotations that choose an image although their name does not contain `image`.
const ANNOTATIONS: [&str; 3] =
    ["config.linkerd.io/proxy-version", istio::TEMPLATES, "dapr.io/component-container"];
/// Names of annotations in which a version chooses the image of an injected library.
const LIBRARY: (&str, &str) = ("admission.datadoghq.com/", "-lib.version");
/// The annotation of kubectl with a copy of the object.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Members that together form an image: one of `NAMES` and one of `VERSIONS`.
const NAMES: [&str; 2] = ["repository", "hub"];
const VERSIONS: [&str; 3] = ["tag", "digest", "version"];

/// Parameters of disk images (Ceph RBD), which are not pulled.
const DISKS: [&str; 2] = ["imageFormat", "imageFeatures"];

/// Whether a text is a configuration or a manifest that names an image, or a part of one.
fn holds_image(text: &str) -> bool {
    let (is_long, is_flow) = (text.contains('\n'), text.contains(['{', '[']));
    let (mut name, mut version) = (false, false);
    let mut members = text.lines().flat_map(|line| line.split(['{', ',', '[']));
    let found = members.any(|member| {
        let Some((key, value)) = member.split_once(':') else { return false };
        let key = key.trim_matches([' ', '\t', '-', '?']);
        let bare = key.trim_matches(['"', '\'']);
        // In YAML, white space ends a plain name, and member names contain none.
        if bare.contains(char::is_whitespace)
            || bare == key && !value.is_empty() && !value.starts_with([' ', '\t'])
        {
            return false;
        }
        name |= NAMES.contains(&bare);
        version |= VERSIONS.contains(&bare);
        let value = value.split(" #").next().unwrap_or_default();
        let value = value.trim().trim_matches(['"', '\'', '}', ']', ' ']);
        // A single line may be prose.
        let is_told = is_long || is_flow || !value.contains(char::is_whitespace);
        is_about_image(bare) && is_told && !["true", "false", "null", "~"].contains(&value)
    });
    found || name && version
}

/// Whether a text is data for a program: JSON, or a text without white space. Other texts may be prose.
fn is_data(text: &str) -> bool {
    text.starts_with(['[', '{']) || !text.contains(char::is_whitespace)
}

/// The text of a scalar that is neither empty nor a boolean.
fn meaningful(value: Value<'_>) -> Option<&str> {
    value.scalar().filter(|text| !value.is_null() && !["", "true", "false"].contains(text))
}

/// As [`meaningful`], and counts the text as searched. `None` if the limit of searched texts is reached.
fn searchable<'a>(reader: &mut Reader<'_>, value: Value<'a>) -> Option<&'a str> {
    meaningful(value).filter(|text| reader.count_searched(text))
}

fn list_at(reader: &mut Reader<'_>, value: Value<'_>, at: Position<'_>, reason: String) {
    list_in_object(reader, value, at.object, reason);
}

/// Lists a scalar with its text, or another value without one.
fn list_in_object(reader: &mut Reader<'_>, value: Value<'_>, object: &Place, reason: String) {
    let place = Place { line: value.line(), ..object.clone() };
    match value.scalar() {
        Some(text) => reader.found.list_text_not_judged(place, value.range().start, text, reason),
        None => reader.found.list_not_judged(place, reason),
    }
}

/// Lists the images in a text, each with its line.
fn list_images(
    reader: &mut Reader<'_>,
    value: Value<'_>,
    images: &[&str],
    object: &Place,
    reason: impl Fn(&str) -> String,
) {
    let mut lines = reader.lines(value);
    for image in images {
        let place = Place { line: lines.of(image), ..object.clone() };
        reader.found.list_text_not_judged(place, value.range().start, image, reason(image));
    }
}

/// Lists annotations by which sidecar injectors may choose an image.
pub(super) fn annotations(reader: &mut Reader<'_>, annotations: &Entries<'_>, at: Position<'_>) {
    for (name, value) in annotations {
        let Some(text) = searchable(reader, *value).filter(|_| *name != APPLIED) else { continue };
        if at.has_istio_proxy && *name == istio::TEMPLATES && istio::is_own_template(text) {
            continue;
        }
        let library = name.starts_with(LIBRARY.0) && name.ends_with(LIBRARY.1);
        if ANNOTATIONS.contains(name)
            || library
            || is_about_image(name)
            || holds_image(text)
            || is_url(text)
            || is_data(text) && !within(text, &mut None).is_empty()
        {
            let first = text.lines().next().unwrap_or_default();
            list_at(
                reader,
                *value,
                at,
                format!("the annotation `{}: {}` can choose an image", shown(name), shown(first)),
            );
        }
    }
}

/// Lists images for storage drivers, in a pod or a `PersistentVolume`: `csi` and `flexVolume`.
pub(super) fn driver(reader: &mut Reader<'_>, volume: Value<'_>, at: Position<'_>) {
    let driver = volume.get("driver").and_then(Value::scalar).unwrap_or_default();
    let attributes = ["volumeAttributes", "options"];
    for attributes in attributes.iter().filter_map(|name| volume.get(name)) {
        list_attributes(reader, attributes, &format!("for the driver `{}`", shown(driver)), at);
    }
    if let Some(handle) = volume.get("volumeHandle")
        && let Some(text) = searchable(reader, handle)
        && (is_about_image(driver) || is_url(text) || is_image(text))
    {
        list_at(
            reader,
            handle,
            at,
            format!("`volumeHandle: {}` for the driver `{}`", shown(text), shown(driver)),
        );
    }
}

/// Lists images in `parameters` of a `StorageClass` and similar objects.
pub(super) fn parameters(reader: &mut Reader<'_>, parameters: Value<'_>, at: Position<'_>) {
    list_attributes(reader, parameters, "among the parameters of a driver", at);
}

fn list_attributes(reader: &mut Reader<'_>, attributes: Value<'_>, purpose: &str, at: Position<'_>) {
    for (name, value) in attributes.entries().unwrap_or_default() {
        let Some(text) = searchable(reader, value).filter(|_| !DISKS.contains(&name)) else { continue };
        let is_reference = name.to_ascii_lowercase().contains("reference");
        if is_about_image(name) || is_reference || is_url(text) || is_image(text) {
            list_at(reader, value, at, format!("`{}: {}` {}", shown(name), shown(text), purpose));
        }
    }
}

/// Lists images in variables and arguments of a container, which may start other containers, as operators do.
pub(super) fn passed_images(reader: &mut Reader<'_>, container: Value<'_>, object: &Place) {
    let items = |name| container.get(name).and_then(Value::items).into_iter().flatten();
    let mut variables = HashSet::new();
    for variable in items("env") {
        let name = variable.get("name").and_then(Value::scalar).unwrap_or_default();
        let is_listed = match (variable.get("value"), variable.get("valueFrom")) {
            (Some(value), _) => {
                meaningful(value).is_some_and(|text| self::variable(reader, name, value, text, object))
            }
            (None, Some(from)) => variable_from(reader, name, from, object),
            (None, None) => false,
        };
        if is_listed {
            variables.insert(format!("$({name})"));
        }
    }
    arguments(reader, items("command").chain(items("args")), &variables, object);
}

/// Lists the images of a variable. `text` is `value` or a part of it. Returns whether any was listed.
pub(super) fn variable(
    reader: &mut Reader<'_>,
    name: &str,
    value: Value<'_>,
    text: &str,
    object: &Place,
) -> bool {
    if ["", "true", "false"].contains(&text) || !reader.count_searched(text) {
        return false;
    }
    let reason = |image: &str| format!("the variable `{}` passes the image `{}`", shown(name), shown(image));
    // Operators of OLM read these variables with any value.
    if name.starts_with("RELATED_IMAGE_") || is_named(name, text) || is_url(text) {
        list_images(reader, value, &[text], object, reason);
        return true;
    }
    let images = within(text, &mut None);
    list_images(reader, value, &images, object, reason);
    !images.is_empty()
}

/// Lists a variable whose value is in another object.
fn variable_from(reader: &mut Reader<'_>, name: &str, from: Value<'_>, object: &Place) -> bool {
    let is_elsewhere =
        ["configMapKeyRef", "secretKeyRef", "fileKeyRef"].iter().any(|kind| from.get(kind).is_some());
    let is_listed = is_elsewhere && is_about_image(name);
    if is_listed {
        let reason = format!("the variable `{}` passes an image from another object", shown(name));
        reader.found.list_not_judged(Place { line: from.line(), ..object.clone() }, reason);
    }
    is_listed
}

/// Lists images in arguments. An argument can be the name of the next one. Arguments that only repeat a listed variable
/// are ignored.
pub(super) fn arguments<'a>(
    reader: &mut Reader<'_>,
    arguments: impl Iterator<Item = Value<'a>>,
    variables: &HashSet<String>,
    object: &Place,
) {
    let mut before: Option<String> = None;
    for argument in arguments {
        let Some(text) = searchable(reader, argument) else {
            before = None;
            continue;
        };
        let name = before.take();
        let (set, value) = match (text.split_once('='), name) {
            (Some((set, value)), _) => (Some(set.to_owned()), value),
            (None, name) => (name.filter(|name| name.starts_with('-')), text),
        };
        if variables.contains(value) {
            continue;
        }
        let is_whole = is_image(value) || is_url(text) || set.is_some_and(|set| is_named(&set, value));
        let images = if is_whole { vec![text] } else { within(text, &mut before) };
        let reason = |image: &str| format!("the argument `{}` passes an image", shown(image));
        list_images(reader, argument, &images, object, reason);
    }
}

/// Lists images in the texts of a `ConfigMap` or `Secret`, which programs read as configuration. A text under a name
/// such as `image` is listed only if it has the form of an image.
pub(super) fn configuration(reader: &mut Reader<'_>, data: Value<'_>, object: &Place) {
    for (key, value) in data.entries().unwrap_or_default() {
        let Some(text) = searchable(reader, value) else { continue };
        // The key is the name of the first word, as a flag is for its value.
        let mut before = (is_about_image(key) && !text.contains('\n')).then(|| key.to_owned());
        let images = within(text, &mut before);
        let reason =
            |image: &str| format!("the image `{}` in `{}`, which programs read", shown(image), shown(key));
        list_images(reader, value, &images, object, reason);
    }
}

/// Lists an empty image, which means that the controller chooses one. Returns whether it is empty.
pub(super) fn is_default(reader: &mut Reader<'_>, name: &str, value: Value<'_>, object: &Place) -> bool {
    let is_empty = value.scalar() == Some("") && !value.is_null();
    if is_empty {
        list_in_object(reader, value, object, format!("`{name}` is empty: its controller chooses the image"));
    }
    is_empty
}

/// Lists a member that may name an image: in an object of an unknown kind, or an unknown member of a container or
/// volume.
pub(super) fn member(reader: &mut Reader<'_>, name: &str, value: Value<'_>, at: Position<'_>) {
    let why = at.unknown_because();
    if let Some(text) = searchable(reader, value) {
        if is_about_image(name) || is_url(text) || is_image(text) || holds_image(text) {
            let first = text.lines().next().unwrap_or_default();
            list_at(reader, value, at, format!("`{}: {}` {}", shown(name), shown(first), why));
        }
    } else if in_parts(value) || is_about_image(name) && value.is_mapping() && has_other_members(value) {
        list_at(reader, value, at, format!("`{}` in parts, {}", shown(name), why));
    } else if value.get("kind").and_then(Value::scalar) == Some("DockerImage")
        && let Some(of) = value.get("name")
        && let Some(text) = searchable(reader, of)
        && !is_image(text)
    {
        list_at(reader, of, at, format!("the image `{}` of `{}`, {}", shown(text), shown(name), why));
    }
}

/// Whether two members together form an image.
fn in_parts(value: Value<'_>) -> bool {
    let has = |names: &[&str]| {
        names.iter().any(|name| value.get(name).is_some_and(|part| meaningful(part).is_some()))
    };
    has(&NAMES) && has(&VERSIONS)
}

/// Whether a mapping about an image has meaningful members that are neither judged nor listed themselves.
fn has_other_members(value: Value<'_>) -> bool {
    let is_judged = value.get("image").is_some_and(|image| meaningful(image).is_some());
    value.entries().unwrap_or_default().iter().any(|(name, part)| {
        // In a mapping with an image, `name` is only a label.
        let is_seen = is_about_image(name) || is_judged && *name == "name";
        match part.scalar() {
            Some(_) => meaningful(*part).is_some() && !is_seen && !is_about_pulling(name),
            None => !is_about_image(name) && !is_empty(*part),
        }
    })
}

fn is_empty(value: Value<'_>) -> bool {
    value.items().is_none_or(|mut items| items.next().is_none())
        && value.entries().is_none_or(|entries| entries.is_empty())
}

/// Lists an item of a list in an object of an unknown kind that may be an image, or a parameter with one. A text in a
/// list of containers may be an image too.
pub(super) fn item(reader: &mut Reader<'_>, list: &str, is_slot: bool, value: Value<'_>, at: Position<'_>) {
    let why = at.unknown_because();
    if let Some(text) = searchable(reader, value) {
        let (set, assigned) = text.split_once('=').unwrap_or(("", text));
        let is_path = is_slot && text.contains(['/', ':']);
        if is_about_image(list)
            || is_about_image(set)
            || is_path
            || is_url(text)
            || is_image(assigned)
            || holds_image(text)
        {
            let first = text.lines().next().unwrap_or_default();
            list_at(reader, value, at, format!("`{}` in `{}` {}", shown(first), shown(list), why));
        }
        return;
    }
    if in_parts(value) || is_about_image(list) && value.is_mapping() && has_other_members(value) {
        list_at(reader, value, at, format!("an item of `{}` in parts, {}", shown(list), why));
    }
    let Some(name) = value.get("name").and_then(Value::scalar) else { return };
    if !is_about_image(name) && name != "bundle" {
        return;
    }
    for part in ["value", "default"] {
        let Some(given) = value.get(part) else { continue };
        match searchable(reader, given) {
            Some(text) if !is_url(text) && !is_image(text) => {
                list_at(
                    reader,
                    given,
                    at,
                    format!("the parameter `{}: {}` {}", shown(name), shown(text), why),
                );
            }
            None if given.scalar().is_none() && !is_empty(given) => {
                list_at(reader, given, at, format!("the parameter `{}` {}", shown(name), why));
            }
            _ => {}
        }
    }
}
