//! Kubernetes objects. Images are found by the structure of a pod at any depth: `containers`, `initContainers`,
//! `ephemeralContainers` and image volumes. So all workload kinds are read, also in lists, Knative and most custom
//! resources.
//!
//! In kinds that are not Kubernetes' own, every other member `image` is judged too, and texts that may be images are
//! listed. In all kinds, images that other programs may read are listed (`elsewhere.rs`).

use super::position::Position;
use super::reader::{Reader, shown};
use super::uses::{Place, Role};
use super::{Error, elsewhere, istio, kinds};
use crate::yaml::Value;

/// Lists of containers in a pod.
const LISTS: [(&str, Role); 3] = [
    ("containers", Role::Container),
    ("initContainers", Role::InitContainer),
    ("ephemeralContainers", Role::EphemeralContainer),
];

/// Whether it is an object: it has a `kind` and an `apiVersion`, both texts.
pub(super) fn is_object(root: Value<'_>) -> bool {
    let is_text = |name| root.get(name).and_then(Value::text).is_some_and(|text| !text.is_empty());
    is_text("kind") && is_text("apiVersion")
}

/// Reads an object and the objects in it.
pub(super) fn object(reader: &mut Reader<'_>, root: Value<'_>) -> Result<(), Error> {
    let outside = reader.place(root);
    walk(
        reader,
        root,
        Position { object: &outside, known: true, slot: None, member: "", has_istio_proxy: false, depth: 0 },
    )
}

fn walk(reader: &mut Reader<'_>, value: Value<'_>, at: Position<'_>) -> Result<(), Error> {
    reader.visit(at.depth)?;
    let inner = Position { slot: None, depth: at.depth + 1, ..at };
    if let Some(items) = value.items() {
        for item in items {
            if !at.known {
                elsewhere::item(reader, at.member, false, item, at);
            }
            walk(reader, item, inner)?;
        }
        return Ok(());
    }
    let Some(entries) = value.entries() else {
        value.scalar().inspect(|text| _ = reader.count_searched(text));
        return Ok(());
    };
    for (name, _) in &entries {
        reader.count_searched(name);
    }
    let place = object_start(reader, value, at);
    let (object, known) = match &place {
        Some((place, known)) => (place, *known),
        None => (at.object, at.known),
    };
    let at = Position { object, known, ..at };
    let inner = Position { object, known, ..inner };
    match at.slot {
        Some(Role::Volume) => volume(reader, value, at)?,
        Some(role) => container(reader, value, role, at)?,
        None if !known => image_members(reader, &entries, at)?,
        None => {}
    }
    // A pod, or a pod template.
    let is_pod = place.as_ref().is_none_or(|(place, known)| *known && place.kind == "Pod");
    let has_istio_proxy = match (value.get("metadata"), value.get("spec")) {
        (Some(metadata), Some(spec)) if is_pod => istio::injects_proxy(metadata, spec),
        _ => false,
    };
    for (name, child) in entries {
        let inner = Position { member: name, ..inner };
        let list = LISTS.iter().find(|(list, _)| *list == name).map(|(_, role)| *role);
        let slot = list.or((name == "volumes").then_some(Role::Volume));
        match name {
            "annotations" => {
                let annotations = child.entries().unwrap_or_default();
                elsewhere::annotations(reader, &annotations, at);
                // Annotations contain only texts.
                if annotations.iter().all(|(_, value)| value.scalar().is_some()) {
                    continue;
                }
            }
            "csi" | "flexVolume" => elsewhere::driver(reader, child, at),
            "parameters" if known => elsewhere::parameters(reader, child, at),
            "data" | "stringData"
                if known && place.as_ref().is_some_and(|(place, _)| is_configuration(place)) =>
            {
                elsewhere::configuration(reader, child, object);
            }
            _ => {}
        }
        // A device driver interprets `opaque` parameters of a claim by its own rules.
        let known = known && name != "opaque"
            || at.slot.is_some_and(|slot| slot != Role::Volume) && was_read(name, child);
        let has_istio_proxy = match name {
            "metadata" | "spec" => has_istio_proxy,
            "annotations" | "containers" | "initContainers" => at.has_istio_proxy,
            _ => false,
        };
        let inner = Position { known, has_istio_proxy, ..inner };
        match (slot, child.items()) {
            (Some(role), Some(items)) => {
                for item in items {
                    if known && list.is_some() && !item.is_mapping() {
                        return Err(reader.wrong(item, &format!("an item of `{name}` is not an object")));
                    }
                    if !known {
                        elsewhere::item(reader, name, list.is_some(), item, at);
                    }
                    walk(reader, item, Position { slot: Some(role), depth: inner.depth + 1, ..inner })?;
                }
            }
            _ => walk(reader, child, inner)?,
        }
    }
    Ok(())
}

/// The object that begins with this mapping, if any, and whether its kind is known. Objects inside an object of an
/// unknown kind are unknown too: its controller may interpret them by its own rules.
fn object_start(reader: &mut Reader<'_>, value: Value<'_>, at: Position<'_>) -> Option<(Place, bool)> {
    let kind = value.get("kind").and_then(Value::scalar)?;
    let metadata = value.get("metadata");
    let version = value.get("apiVersion").and_then(Value::scalar);
    // A reference to an object also has a kind, but no metadata.
    if at.depth > 0 && (metadata.is_none() || version.is_none()) {
        return None;
    }
    let named = |name| metadata.and_then(|data| data.get(name)).and_then(Value::scalar).map(shown);
    // A YAML tag can change the text, so such a group is unknown.
    let known = match value.get("apiVersion").and_then(Value::text) {
        Some(version) => kinds::is_known(version, kind),
        None => version.is_none(),
    };
    let place = Place {
        line: value.line(),
        kind: shown(kind),
        namespace: named("namespace"),
        name: named("name").or_else(|| named("generateName")).unwrap_or_default(),
        ..at.object.clone()
    };
    // A list does not count as an object, nor does a document that no API accepts.
    if (at.depth > 0 || is_object(value)) && !(kind.ends_with("List") && value.get("items").is_some()) {
        reader.found.objects += 1;
    }
    if matches!(kind, "Kustomization" | "Component")
        && version.is_some_and(|version| version.starts_with("kustomize."))
    {
        reader.found.list_not_judged(
            place.clone(),
            "the files that it refers to: pipe `kustomize build` to `dhi admit check -`",
        );
    }
    if let Some(reason) = version.and_then(|version| kinds::external_images(value, version, kind)) {
        reader.found.list_not_judged(place.clone(), reason);
    }
    Some((place, known && at.known))
}

/// Whether programs read the texts of the object as configuration.
fn is_configuration(place: &Place) -> bool {
    ["ConfigMap", "Secret"].contains(&place.kind.as_str())
}

/// Whether a member of a container was read completely, as variables or arguments.
fn was_read(name: &str, value: Value<'_>) -> bool {
    let Some(mut items) = value.items() else { return false };
    match name {
        "command" | "args" => items.all(|item| item.scalar().is_some()),
        "env" => items.all(|item| {
            let members = item.entries();
            members
                .is_some_and(|all| all.iter().all(|(name, _)| ["name", "value", "valueFrom"].contains(name)))
        }),
        _ => false,
    }
}

fn container(reader: &mut Reader<'_>, value: Value<'_>, role: Role, at: Position<'_>) -> Result<(), Error> {
    elsewhere::passed_images(reader, value, at.object);
    other_members(reader, value, at);
    if at.has_istio_proxy && istio::is_proxy(value) {
        let image = value.get("image").unwrap_or(value);
        let reason = "Istio's webhook in the cluster sets the image of the container `istio-proxy`";
        reader.found.list_text_not_judged(
            Place { line: image.line(), ..at.object.clone() },
            image.range().start,
            "auto",
            reason,
        );
        return Ok(());
    }
    match named(value, "image") {
        Some(image) if !at.known && elsewhere::is_default(reader, "image", image, at.object) => Ok(()),
        Some(image) => reader.image(at.object, role, value.get("name"), image),
        None => {
            let name = value.get("name").and_then(Value::scalar).unwrap_or_default();
            let place = Place { line: value.line(), ..at.object.clone() };
            reader.found.list_not_judged(place, format!("container `{}` names no image", shown(name)));
            Ok(())
        }
    }
}

/// A member that names an image. The API server treats an empty text as missing.
fn named<'a>(value: Value<'a>, name: &str) -> Option<Value<'a>> {
    value.get(name).filter(|image| !image.is_null() && image.scalar() != Some(""))
}

/// Reads the members of a container or volume, other than its image, that may name images.
fn other_members(reader: &mut Reader<'_>, value: Value<'_>, at: Position<'_>) {
    for (name, member) in value.entries().unwrap_or_default() {
        if name != "image" {
            elsewhere::member(reader, name, member, at);
        }
    }
}

/// Reads `volumes[].image.reference`; in unknown kinds `volumes[].image` may be a text.
fn volume(reader: &mut Reader<'_>, value: Value<'_>, at: Position<'_>) -> Result<(), Error> {
    match value.get("image") {
        // This reads all members.
        Some(source) if !source.is_mapping() && !at.known => {
            return image_members(reader, &value.entries().unwrap_or_default(), at);
        }
        _ => other_members(reader, value, at),
    }
    match value.get("image") {
        Some(source) if source.is_mapping() => match named(source, "reference") {
            Some(image) if !at.known && elsewhere::is_default(reader, "reference", image, at.object) => {
                Ok(())
            }
            Some(image) => reader.image(at.object, Role::Volume, value.get("name"), image),
            None => {
                let place = Place { line: source.line(), ..at.object.clone() };
                reader.found.list_not_judged(place, "an image volume names no image");
                Ok(())
            }
        },
        _ => Ok(()),
    }
}

/// Reads images outside of pods, in objects of unknown kinds.
fn image_members(
    reader: &mut Reader<'_>,
    entries: &[(&str, Value<'_>)],
    at: Position<'_>,
) -> Result<(), Error> {
    let name = entries.iter().find(|(name, _)| *name == "name").map(|(_, value)| *value);
    for (key, value) in entries {
        let is_scalar = value.scalar().is_some() && !value.is_null();
        if *key == "image" && is_scalar {
            if elsewhere::is_default(reader, key, *value, at.object) {
                continue;
            }
            reader.image(at.object, Role::Field, name, *value)?;
        } else {
            elsewhere::member(reader, key, *value, at);
        }
    }
    Ok(())
}
