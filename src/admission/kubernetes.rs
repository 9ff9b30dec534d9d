//! Kubernetes objects. Images are found by the shape of a pod, wherever it stands: `containers`, `initContainers`,
//! `ephemeralContainers` and image volumes. So every workload kind is read, with lists, Knative and most custom
//! resources. In kinds that are not Kubernetes' own, every other text called `image` is judged too, and what only
//! looks like one is listed, as are images that other programs read from an object of any kind.

use super::position::At;
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

/// Whether it is an object: with a kind and the version of its API, both texts.
pub(super) fn is_object(root: Value<'_>) -> bool {
    let is_text = |name| root.get(name).and_then(Value::text).is_some_and(|text| !text.is_empty());
    is_text("kind") && is_text("apiVersion")
}

/// Reads an object and the objects in it.
pub(super) fn object(reader: &mut Reader<'_>, root: Value<'_>) -> Result<(), Error> {
    let nobody = reader.place(root);
    walk(reader, root, At { object: &nobody, known: true, slot: None, member: "", filled: false, depth: 0 })
}

fn walk(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>) -> Result<(), Error> {
    reader.visit(at.depth)?;
    let inner = At { slot: None, depth: at.depth + 1, ..at };
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
        value.scalar().inspect(|text| _ = reader.searches(text));
        return Ok(());
    };
    for (name, _) in &entries {
        reader.searches(name);
    }
    let place = starts(reader, value, at);
    let (object, known) = match &place {
        Some((place, known)) => (place, *known),
        None => (at.object, at.known),
    };
    let at = At { object, known, ..at };
    let inner = At { object, known, ..inner };
    match at.slot {
        Some(Role::Volume) => volume(reader, value, at)?,
        Some(role) => container(reader, value, role, at)?,
        None if !known => stray(reader, &entries, at)?,
        None => {}
    }
    // A pod, or the template of one.
    let is_pod = place.as_ref().is_none_or(|(place, known)| *known && place.kind == "Pod");
    let filled = match (value.get("metadata"), value.get("spec")) {
        (Some(metadata), Some(spec)) if is_pod => istio::fills(metadata, spec),
        _ => false,
    };
    for (name, child) in entries {
        let inner = At { member: name, ..inner };
        let list = LISTS.iter().find(|(list, _)| *list == name).map(|(_, role)| *role);
        let slot = list.or((name == "volumes").then_some(Role::Volume));
        match name {
            "annotations" => {
                let annotations = child.entries().unwrap_or_default();
                elsewhere::annotations(reader, &annotations, at);
                // Texts are all that annotations are.
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
        // A driver of devices reads what it likes from its part of a claim.
        let known = known && name != "opaque"
            || at.slot.is_some_and(|slot| slot != Role::Volume) && was_read(name, child);
        let filled = match name {
            "metadata" | "spec" => filled,
            "annotations" | "containers" | "initContainers" => at.filled,
            _ => false,
        };
        let inner = At { known, filled, ..inner };
        match (slot, child.items()) {
            (Some(role), Some(items)) => {
                for item in items {
                    if known && list.is_some() && !item.is_mapping() {
                        return Err(reader.wrong(item, &format!("an item of `{name}` is not an object")));
                    }
                    if !known {
                        elsewhere::item(reader, name, list.is_some(), item, at);
                    }
                    walk(reader, item, At { slot: Some(role), depth: inner.depth + 1, ..inner })?;
                }
            }
            _ => walk(reader, child, inner)?,
        }
    }
    Ok(())
}

/// The object that begins with this mapping, if one does, and whether its kind is known. What stands in an object of an
/// unknown kind stays unknown: its controller may read it as it likes.
fn starts(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>) -> Option<(Place, bool)> {
    let kind = value.get("kind").and_then(Value::scalar)?;
    let metadata = value.get("metadata");
    let version = value.get("apiVersion").and_then(Value::scalar);
    // A reference to an object has a kind too, and a name but no metadata.
    if at.depth > 0 && (metadata.is_none() || version.is_none()) {
        return None;
    }
    let named = |name| metadata.and_then(|data| data.get(name)).and_then(Value::scalar).map(shown);
    // A tag can turn a text into another: such a group is not known.
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
    // A list is not an object, nor is what no API takes.
    if (at.depth > 0 || is_object(value)) && !(kind.ends_with("List") && value.get("items").is_some()) {
        reader.found.objects += 1;
    }
    if matches!(kind, "Kustomization" | "Component")
        && version.is_some_and(|version| version.starts_with("kustomize."))
    {
        reader.found.leave(place.clone(), "what it leads to: pipe `kustomize build` to `dhi admit check -`");
    }
    if let Some(reason) = version.and_then(|version| kinds::brings(value, version, kind)) {
        reader.found.leave(place.clone(), reason);
    }
    Some((place, known && at.known))
}

/// Whether the texts of the object are configuration of programs.
fn is_configuration(place: &Place) -> bool {
    ["ConfigMap", "Secret"].contains(&place.kind.as_str())
}

/// Whether a member of a container was read whole, as what every container has: variables and arguments.
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

fn container(reader: &mut Reader<'_>, value: Value<'_>, role: Role, at: At<'_>) -> Result<(), Error> {
    elsewhere::handed_on(reader, value, at.object);
    others(reader, value, at);
    if at.filled && istio::is_filled(value) {
        let image = value.get("image").unwrap_or(value);
        let reason =
            "`image: auto` of the container `istio-proxy` is filled in by the cluster, by Istio's webhook";
        reader.found.leave_text(
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
            reader.found.leave(place, format!("container `{}` names no image", shown(name)));
            Ok(())
        }
    }
}

/// A member that names an image. To the API server an empty text is none.
fn named<'a>(value: Value<'a>, name: &str) -> Option<Value<'a>> {
    value.get(name).filter(|image| !image.is_null() && image.scalar() != Some(""))
}

/// Members of a container or volume that are about images, beside its own.
fn others(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>) {
    for (name, member) in value.entries().unwrap_or_default() {
        if name != "image" {
            elsewhere::member(reader, name, member, at);
        }
    }
}

/// `volumes[].image.reference`; in unknown kinds a volume may also say `image` itself.
fn volume(reader: &mut Reader<'_>, value: Value<'_>, at: At<'_>) -> Result<(), Error> {
    match value.get("image") {
        // This reads all of it.
        Some(source) if !source.is_mapping() && !at.known => {
            return stray(reader, &value.entries().unwrap_or_default(), at);
        }
        _ => others(reader, value, at),
    }
    match value.get("image") {
        Some(source) if source.is_mapping() => match named(source, "reference") {
            Some(image) if !at.known && elsewhere::is_default(reader, "reference", image, at.object) => {
                Ok(())
            }
            Some(image) => reader.image(at.object, Role::Volume, value.get("name"), image),
            None => {
                let place = Place { line: source.line(), ..at.object.clone() };
                reader.found.leave(place, "an image volume names no image");
                Ok(())
            }
        },
        _ => Ok(()),
    }
}

/// Images outside of pod shapes, in kinds that are not known.
fn stray(reader: &mut Reader<'_>, entries: &[(&str, Value<'_>)], at: At<'_>) -> Result<(), Error> {
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
