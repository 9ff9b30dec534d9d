//! Compose files: the images of services, and images that they mount.

use super::Error;
use super::manifests::Reader;
use crate::report::{Place, Role};
use crate::yaml::Value;

/// Reads a file with `services`.
pub(super) fn file(reader: &mut Reader<'_>, root: Value<'_>) -> Result<(), Error> {
    for (name, service) in root.get("services").and_then(Value::entries).unwrap_or_default() {
        reader.visit(1)?;
        reader.found.objects += 1;
        let place = Place { kind: "service".to_owned(), name: name.to_owned(), ..reader.place(service) };
        self::service(reader, &place, service)?;
    }
    if let Some(include) = root.get("include") {
        let place = reader.place(include);
        reader.found.leave(
            place,
            "`include` leads to other files: pipe `docker compose config` to `dhi admit check -`",
        );
    }
    Ok(())
}

fn service(reader: &mut Reader<'_>, place: &Place, service: Value<'_>) -> Result<(), Error> {
    let extends = service.get("extends");
    let other_file = extends.and_then(|extends| extends.get("file")).filter(|file| !file.is_null());
    match service.get("image").filter(|image| !image.is_null()) {
        Some(image) => reader.image(place, Role::Container, None, image)?,
        None if service.get("build").is_some() => {
            reader.found.leave(place.clone(), "it is built from source and names no image");
        }
        // A service of this file stands for itself, another file is listed below.
        None if extends.is_some() => {}
        None => reader.found.leave(place.clone(), "it names no image"),
    }
    if let Some(file) = other_file {
        let place = Place { line: file.line(), ..place.clone() };
        let reason = "`extends` leads to another file: pipe `docker compose config` to `dhi admit check -`";
        reader.found.leave(place, reason);
    }
    for volume in service.get("volumes").and_then(Value::items).into_iter().flatten() {
        reader.visit(2)?;
        if volume.get("type").and_then(Value::scalar) == Some("image")
            && let Some(image) = volume.get("source")
        {
            reader.image(place, Role::Volume, volume.get("target"), image)?;
        }
    }
    Ok(())
}
