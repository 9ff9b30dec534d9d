//! Images that other programs read from a manifest: injectors of sidecars, storage drivers, operators. Nothing here
//! says what they do with the text, so each place is listed as not judged.

use std::collections::HashSet;

use super::istio;
use super::mentions::{is_about_image, is_about_pulling, is_image, is_named, is_url, within};
use super::position::At;
use super::reader::{Reader, shown};
use super::uses::Place;
use crate::yaml::{Entries, Value};

/// Annotations that choose an image and do not say so in their name.
const ANNOTATIONS: [&str; 3] =
    ["config.linkerd.io/proxy-version", istio::TEMPLATES, "dapr.io/component-container"];
/// Names of annotations in which a version chooses the image of an injected library.
const LIBRARY: (&str, &str) = ("admission.datadoghq.com/", "-lib.version");
/// What kubectl keeps: the object itself.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Pairs that are an image together.
const NAMES: [&str; 2] = ["repository", "hub"];
const VERSIONS: [&str; 3] = ["tag", "digest", "version"];

/// What the parameters of disk images say (Ceph RBD): nothing that is pulled.
const DISKS: [&str; 2] = ["imageFormat", "imageFeatures"];

/// Whether a text is a configuration or a manifest of its own that names an image, or a piece of one.
fn holds_image(text: &str) -> bool {
    let (is_long, is_flow) = (text.contains('\n'), text.contains(['{', '[']));
    let (mut name, mut version) = (false, false);
    let mut members = text.lines().flat_map(|line| line.split(['{', ',', '[']));
    let found = members.any(|member| {
        let Some((key, value)) = member.split_once(':') else { return false };
        let key = key.trim_matches([' ', '\t', '-', '?']);
        let bare = key.trim_matches(['"', '\'']);
        // In YAML, white space ends a plain name, and none is in the names of members.
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

/// Whether a text is written for a program: JSON, or without white space. Others may be prose.
fn is_data(text: &str) -> bool {
    text.starts_with(['[', '{']) || !text.contains(char::is_whitespace)
}

/// A scalar that says something: not nothing, and not yes or no.
fn telling(value: Value<'_>) -> Option<&str> {
    value.scalar().filter(|text| !value.is_null() && !["", "true", "false"].contains(text))
}

/// The same, as long as texts may be searched.
fn told<'a>(reader: &mut Reader<'_>, value: Value<'a>) -> Option<&'a str> {
    telling(value).filter(|text| reader.searches(text))
}

fn leave(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>, reason: String) {
    listed(reader, value, at.object, reason);
}

/// Lists a text, or what has several parts.
fn listed(reader: &mut Reader<'_>, value: Value<'_>, object: &Place, reason: String) {
    let place = Place { line: value.line(), ..object.clone() };
    match value.scalar() {
        Some(text) => reader.found.leave_text(place, value.range().start, text, reason),
        None => reader.found.leave(place, reason),
    }
}

/// Lists the images in a text, each where it stands.
fn parts(
    reader: &mut Reader<'_>,
    value: Value<'_>,
    images: &[&str],
    object: &Place,
    reason: impl Fn(&str) -> String,
) {
    let mut lines = reader.lines(value);
    for image in images {
        let place = Place { line: lines.of(image), ..object.clone() };
        reader.found.leave_text(place, value.range().start, image, reason(image));
    }
}

/// What injectors read.
pub(super) fn annotations(reader: &mut Reader<'_>, annotations: &Entries<'_>, at: At<'_>) {
    for (name, value) in annotations {
        let Some(text) = told(reader, *value).filter(|_| *name != APPLIED) else { continue };
        if at.filled && *name == istio::TEMPLATES && istio::is_own_template(text) {
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
            leave(
                reader,
                *value,
                at,
                format!("the annotation `{}: {}` can choose an image", shown(name), shown(first)),
            );
        }
    }
}

/// A volume of a storage driver, in a pod or as a `PersistentVolume`: `csi` and `flexVolume`.
pub(super) fn driver(reader: &mut Reader<'_>, volume: Value<'_>, at: At<'_>) {
    let driver = volume.get("driver").and_then(Value::scalar).unwrap_or_default();
    let attributes = ["volumeAttributes", "options"];
    for attributes in attributes.iter().filter_map(|name| volume.get(name)) {
        given(reader, attributes, &format!("for the driver `{}`", shown(driver)), at);
    }
    if let Some(handle) = volume.get("volumeHandle")
        && let Some(text) = told(reader, handle)
        && (is_about_image(driver) || is_url(text) || is_image(text))
    {
        leave(
            reader,
            handle,
            at,
            format!("`volumeHandle: {}` for the driver `{}`", shown(text), shown(driver)),
        );
    }
}

/// `parameters` of a `StorageClass` and the like.
pub(super) fn parameters(reader: &mut Reader<'_>, parameters: Value<'_>, at: At<'_>) {
    given(reader, parameters, "among the parameters of a driver", at);
}

fn given(reader: &mut Reader<'_>, attributes: Value<'_>, whom: &str, at: At<'_>) {
    for (name, value) in attributes.entries().unwrap_or_default() {
        let Some(text) = told(reader, value).filter(|_| !DISKS.contains(&name)) else { continue };
        let is_reference = name.to_ascii_lowercase().contains("reference");
        if is_about_image(name) || is_reference || is_url(text) || is_image(text) {
            leave(reader, value, at, format!("`{}: {}` {}", shown(name), shown(text), whom));
        }
    }
}

/// Images that a container is given to start others with, as operators are: variables and arguments.
pub(super) fn handed_on(reader: &mut Reader<'_>, container: Value<'_>, object: &Place) {
    let items = |name| container.get(name).and_then(Value::items).into_iter().flatten();
    let mut variables = HashSet::new();
    for variable in items("env") {
        let name = variable.get("name").and_then(Value::scalar).unwrap_or_default();
        let is_listed = match (variable.get("value"), variable.get("valueFrom")) {
            (Some(value), _) => {
                telling(value).is_some_and(|text| self::variable(reader, name, value, text, object))
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

/// A variable with this text, which is all of `value` or a part of it. Says whether it was listed.
pub(super) fn variable(
    reader: &mut Reader<'_>,
    name: &str,
    value: Value<'_>,
    text: &str,
    object: &Place,
) -> bool {
    if ["", "true", "false"].contains(&text) || !reader.searches(text) {
        return false;
    }
    let hands_on =
        |image: &str| format!("the variable `{}` hands on the image `{}`", shown(name), shown(image));
    // Operators of OLM read these whatever they hold.
    if name.starts_with("RELATED_IMAGE_") || is_named(name, text) || is_url(text) {
        parts(reader, value, &[text], object, hands_on);
        return true;
    }
    let images = within(text, &mut None);
    parts(reader, value, &images, object, hands_on);
    !images.is_empty()
}

/// A variable whose value stands in another object.
fn variable_from(reader: &mut Reader<'_>, name: &str, from: Value<'_>, object: &Place) -> bool {
    let is_elsewhere =
        ["configMapKeyRef", "secretKeyRef", "fileKeyRef"].iter().any(|kind| from.get(kind).is_some());
    let is_listed = is_elsewhere && is_about_image(name);
    if is_listed {
        let reason = format!("the variable `{}` hands on an image that stands elsewhere", shown(name));
        reader.found.leave(Place { line: from.line(), ..object.clone() }, reason);
    }
    is_listed
}

/// Arguments, of which one can be the name of the next. Those that only repeat a listed variable are passed over.
pub(super) fn arguments<'a>(
    reader: &mut Reader<'_>,
    arguments: impl Iterator<Item = Value<'a>>,
    variables: &HashSet<String>,
    object: &Place,
) {
    let mut before: Option<String> = None;
    for argument in arguments {
        let Some(text) = told(reader, argument) else {
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
        let reason = |image: &str| format!("the argument `{}` hands on an image", shown(image));
        parts(reader, argument, &images, object, reason);
    }
}

/// What programs read as configuration: the texts of a `ConfigMap` or `Secret`. A name alone makes no image of a text
/// that does not look like one.
pub(super) fn configuration(reader: &mut Reader<'_>, data: Value<'_>, object: &Place) {
    for (key, value) in data.entries().unwrap_or_default() {
        let Some(text) = told(reader, value) else { continue };
        // The key is the name of the first word, as an argument is.
        let mut before = (is_about_image(key) && !text.contains('\n')).then(|| key.to_owned());
        let images = within(text, &mut before);
        let reason =
            |image: &str| format!("the image `{}` in `{}`, which programs read", shown(image), shown(key));
        parts(reader, value, &images, object, reason);
    }
}

/// An image that a controller chooses by itself: the text is empty. Says whether it is one.
pub(super) fn is_default(reader: &mut Reader<'_>, name: &str, value: Value<'_>, object: &Place) -> bool {
    let is_empty = value.scalar() == Some("") && !value.is_null();
    if is_empty {
        listed(reader, value, object, format!("`{name}` is empty: its controller chooses the image"));
    }
    is_empty
}

/// A member of an object of an unknown kind that is not `image` with a text, or one that stands in a container or volume
/// and is none of theirs.
pub(super) fn member(reader: &mut Reader<'_>, name: &str, value: Value<'_>, at: At<'_>) {
    let whose = at.whose();
    if let Some(text) = told(reader, value) {
        if is_about_image(name) || is_url(text) || is_image(text) || holds_image(text) {
            let first = text.lines().next().unwrap_or_default();
            leave(reader, value, at, format!("`{}: {}` {}", shown(name), shown(first), whose));
        }
    } else if in_parts(value) || is_about_image(name) && value.is_mapping() && says_more(value) {
        leave(reader, value, at, format!("`{}` in parts, {}", shown(name), whose));
    } else if value.get("kind").and_then(Value::scalar) == Some("DockerImage")
        && let Some(of) = value.get("name")
        && let Some(text) = told(reader, of)
        && !is_image(text)
    {
        leave(reader, of, at, format!("the image `{}` of `{}`, {}", shown(text), shown(name), whose));
    }
}

/// Whether two members are an image together.
fn in_parts(value: Value<'_>) -> bool {
    let has =
        |names: &[&str]| names.iter().any(|name| value.get(name).is_some_and(|part| telling(part).is_some()));
    has(&NAMES) && has(&VERSIONS)
}

/// Whether a mapping that is about an image has members which say something, and are not judged or listed themselves.
fn says_more(value: Value<'_>) -> bool {
    let is_judged = value.get("image").is_some_and(|image| telling(image).is_some());
    value.entries().unwrap_or_default().iter().any(|(name, part)| {
        // Beside an image, a name is what it is called.
        let is_seen = is_about_image(name) || is_judged && *name == "name";
        match part.scalar() {
            Some(_) => telling(*part).is_some() && !is_seen && !is_about_pulling(name),
            None => !is_about_image(name) && !is_empty(*part),
        }
    })
}

fn is_empty(value: Value<'_>) -> bool {
    value.items().is_none_or(|mut items| items.next().is_none())
        && value.entries().is_none_or(|entries| entries.is_empty())
}

/// An item of a list in an object of an unknown kind: an image, or a parameter that is one. What should be a container
/// and is a text names an image too.
pub(super) fn item(reader: &mut Reader<'_>, list: &str, is_slot: bool, value: Value<'_>, at: At<'_>) {
    let whose = at.whose();
    if let Some(text) = told(reader, value) {
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
            leave(reader, value, at, format!("`{}` in `{}` {}", shown(first), shown(list), whose));
        }
        return;
    }
    if in_parts(value) || is_about_image(list) && value.is_mapping() && says_more(value) {
        leave(reader, value, at, format!("an item of `{}` in parts, {}", shown(list), whose));
    }
    let Some(name) = value.get("name").and_then(Value::scalar) else { return };
    if !is_about_image(name) && name != "bundle" {
        return;
    }
    for part in ["value", "default"] {
        let Some(given) = value.get(part) else { continue };
        match told(reader, given) {
            Some(text) if !is_url(text) && !is_image(text) => {
                leave(
                    reader,
                    given,
                    at,
                    format!("the parameter `{}: {}` {}", shown(name), shown(text), whose),
                );
            }
            None if given.scalar().is_none() && !is_empty(given) => {
                leave(reader, given, at, format!("the parameter `{}` {}", shown(name), whose));
            }
            _ => {}
        }
    }
}
