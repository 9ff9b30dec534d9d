//! Compose files: images of services and jobs, of hooks that run before them, and mounted images. Services that are
//! built from source or run by a provider are listed as not judged.

use std::collections::HashSet;

use super::reader::{Reader, shown};
use super::uses::{Place, Role};
use super::{Error, elsewhere};
use crate::oci::Platform;
use crate::yaml::Value;

/// The members of a Compose file (Compose specification, with `jobs` of compose-go 2.16). Names with `x-` are
/// extensions.
const MEMBERS: [&str; 10] =
    ["version", "name", "include", "services", "models", "networks", "volumes", "secrets", "configs", "jobs"];

const OTHER_FILE: &str = "refers to another file: pipe `docker compose config` to `dhi admit check -`";

/// Whether it is a Compose file; it may be a Kubernetes object too. Other programs have `jobs` too, so these must
/// look like Compose jobs.
pub(super) fn is_file(root: Value<'_>) -> bool {
    let members = |name| root.get(name).and_then(Value::entries);
    let runs = |job: Value<'_>| {
        ["image", "build", "pre_start", "volumes"].iter().any(|name| job.get(name).is_some())
    };
    members("services").is_some() || members("jobs").unwrap_or_default().iter().any(|(_, job)| runs(*job))
}

/// Reads a Compose file. Unknown members are listed, unless the document is a Kubernetes object too.
pub(super) fn file(reader: &mut Reader<'_>, root: Value<'_>, is_object: bool) -> Result<(), Error> {
    for (list, kind) in [("services", "service"), ("jobs", "job")] {
        for (name, service) in root.get(list).and_then(Value::entries).unwrap_or_default() {
            reader.visit(1)?;
            reader.found.objects += 1;
            *reader.found.services.entry(name.to_owned()).or_default() += 1;
            let place = Place { kind: kind.to_owned(), name: shown(name), ..reader.place(service) };
            self::service(reader, &place, service)?;
        }
    }
    for (name, model) in root.get("models").and_then(Value::entries).unwrap_or_default() {
        let place = Place { kind: "model".to_owned(), name: shown(name), ..reader.place(model) };
        let text = model.get("model").and_then(Value::scalar).unwrap_or_default();
        reader
            .found
            .list_not_judged(place, format!("the model `{}` is not judged: it is not an image", shown(text)));
    }
    if let Some(include) = root.get("include") {
        let place = reader.place(include);
        reader.found.list_not_judged(place, format!("`include` {OTHER_FILE}"));
    }
    let members = root.entries().unwrap_or_default();
    for (name, member) in members.into_iter().filter(|_| !is_object) {
        if !MEMBERS.contains(&name) && !name.starts_with("x-") {
            let place = reader.place(member);
            reader
                .found
                .list_not_judged(place, format!("`{}` is not a member of a Compose file", shown(name)));
        }
    }
    Ok(())
}

fn service(reader: &mut Reader<'_>, place: &Place, service: Value<'_>) -> Result<(), Error> {
    let platform = platform(reader, service)?;
    let extends = written(service, "extends");
    let image = written(service, "image");
    let based = extends.and_then(|extends| match extends.scalar() {
        Some(name) => Some(name),
        None => extends.get("service").and_then(Value::scalar),
    });
    reader.found.extended.extend(based.map(str::to_owned));
    // Docker Compose runs the provider plugin and ignores the image; engines without providers run the image.
    let is_provided = written(service, "provider").is_some();
    if is_provided {
        reader.found.list_not_judged(place.clone(), "`provider` runs it, not an image");
    }
    match (written(service, "build"), image) {
        // The engine decides whether the image is built or pulled.
        (Some(build), image) => built(reader, place, build, image),
        (None, Some(image)) => {
            reader.image_for(place, Role::Container, None, image, platform.clone())?;
        }
        // An extended service of this file is read on its own; another file is listed below.
        (None, None) if is_provided || extends.is_some() => {}
        (None, None) => reader.found.list_not_judged(place.clone(), "it names no image"),
    }
    if let Some(file) = extends.and_then(|extends| written(extends, "file")) {
        let place = Place { line: file.line(), ..place.clone() };
        reader.found.list_not_judged(place, format!("`extends` {OTHER_FILE}"));
    }
    passed_images(reader, place, service);
    volumes(reader, place, service)?;
    hooks(reader, place, service, platform.as_ref())
}

/// Images in variables (a mapping, or texts `NAME=VALUE`) and arguments, which a service may start itself.
fn passed_images(reader: &mut Reader<'_>, place: &Place, service: Value<'_>) {
    if let Some(variables) = written(service, "environment") {
        for (name, value) in variables.entries().unwrap_or_default() {
            let text = value.scalar().filter(|_| !value.is_null()).unwrap_or_default();
            elsewhere::variable(reader, name, value, text, place);
        }
        for value in variables.items().into_iter().flatten() {
            let Some((name, text)) = value.scalar().and_then(|text| text.split_once('=')) else { continue };
            elsewhere::variable(reader, name, value, text, place);
        }
    }
    for name in ["entrypoint", "command"] {
        let Some(arguments) = written(service, name) else { continue };
        // A single text is split into words.
        let whole = arguments.scalar().map(|_| arguments);
        let all = arguments.items().into_iter().flatten().chain(whole);
        elsewhere::arguments(reader, all, &HashSet::new(), place);
    }
}

/// The hooks that run before a service. A hook without an image uses that of the service.
fn hooks(
    reader: &mut Reader<'_>,
    place: &Place,
    service: Value<'_>,
    platform: Option<&Platform>,
) -> Result<(), Error> {
    let Some(hooks) = written(service, "pre_start") else { return Ok(()) };
    let Some(hooks) = hooks.items() else {
        return Err(reader.wrong(hooks, "`pre_start` is not a list"));
    };
    for hook in hooks {
        reader.visit(2)?;
        let own = match written(hook, "platform") {
            Some(_) => self::platform(reader, hook)?,
            None => platform.cloned(),
        };
        if let Some(image) = written(hook, "image") {
            reader.image_for(place, Role::InitContainer, None, image, own)?;
        }
        volumes(reader, place, hook)?;
    }
    Ok(())
}

/// Mounted images. They have the platform of the engine, not of the service.
fn volumes(reader: &mut Reader<'_>, place: &Place, service: Value<'_>) -> Result<(), Error> {
    let Some(volumes) = written(service, "volumes") else { return Ok(()) };
    let Some(volumes) = volumes.items() else {
        return Err(reader.wrong(volumes, "`volumes` of a service is not a list"));
    };
    for volume in volumes {
        reader.visit(2)?;
        let Some(kind) = written(volume, "type") else { continue };
        let place_of = |line| Place { line, ..place.clone() };
        match (kind.text(), written(volume, "source")) {
            (Some("image"), Some(image)) => {
                reader.image(place, Role::Volume, volume.get("target"), image)?;
            }
            (Some("image"), None) => {
                reader.found.list_not_judged(place_of(kind.line()), "an image volume names no image");
            }
            // The variable may expand to `image`.
            (Some(text), _) if text.contains('$') => {
                reader.found.list_not_judged(
                    place_of(kind.line()),
                    format!("a volume of the type `{}`", shown(text)),
                );
            }
            // A YAML tag may turn the value into `image`.
            (None, _) => return Err(reader.wrong(kind, "the `type` of a volume is not a text")),
            (Some(_), _) => {}
        }
    }
    Ok(())
}

/// Lists a service that is built from source, and the images that its build names.
fn built(reader: &mut Reader<'_>, place: &Place, build: Value<'_>, image: Option<Value<'_>>) {
    let reason = match image.and_then(Value::scalar) {
        Some(image) => {
            format!("it is built from source, and `{}` is the name of what is built", shown(image))
        }
        None => "it is built from source and names no image".to_owned(),
    };
    reader.found.list_not_judged(place.clone(), reason);
    let mut list_not_judged = |value: Value<'_>, reason: String| {
        reader.found.list_not_judged(Place { line: value.line(), ..place.clone() }, reason);
    };
    if let Some(text) = written(build, "dockerfile_inline") {
        list_not_judged(text, "the images of `dockerfile_inline`".to_owned());
    }
    for list in ["additional_contexts", "cache_from"] {
        let Some(list_of) = written(build, list) else { continue };
        let members = list_of.entries().unwrap_or_default().into_iter().map(|(_, member)| member);
        for one in members.chain(list_of.items().into_iter().flatten()) {
            let text = one.scalar().unwrap_or_default();
            if list == "cache_from" || text.contains("docker-image://") {
                list_not_judged(one, format!("`{list}: {}` of its build", shown(text)));
            }
        }
    }
}

/// The platform that the engine has to pull. `linux` or `arm64` alone is incomplete, so the engine completes it and all
/// platforms are judged. An invalid platform is an error: it is unknown what would be pulled.
fn platform(reader: &Reader<'_>, container: Value<'_>) -> Result<Option<Platform>, Error> {
    let Some(value) = written(container, "platform") else { return Ok(None) };
    if value.text().is_some_and(Platform::is_part) {
        return Ok(None);
    }
    let platform = value.text().and_then(|text| text.parse().ok());
    let text = value.scalar().unwrap_or_default();
    let cause = || match text.contains('$') {
        true => format!(
            "the variables of `platform: {text}` are not filled in; pipe `docker compose config` to `dhi admit check -`"
        ),
        false => format!("`platform: {text}` is not a platform such as `linux/amd64`"),
    };
    platform.map(Some).ok_or_else(|| reader.wrong(value, &cause()))
}

/// A member that exists and is not null.
fn written<'a>(value: Value<'a>, name: &str) -> Option<Value<'a>> {
    value.get(name).filter(|member| !member.is_null())
}
