//! `image: auto`: Istio's webhook puts its proxy there when a pod is made, so that nothing called `auto` is run. It does so
//! only for its own container, in a pod that asks for it by label or annotation; any other `auto` is pulled from Docker Hub.

use crate::yaml::Value;

/// What stands for the image of the proxy.
const AUTO: &str = "auto";
/// The container that Istio fills in.
const CONTAINER: &str = "istio-proxy";
/// The label, or the older annotation, that asks for it or forbids it.
const INJECT: &str = "sidecar.istio.io/inject";
/// The annotation that names what is filled in.
pub(super) const TEMPLATES: &str = "inject.istio.io/templates";
/// The label that names which Istio does it.
const REVISION: &str = "istio.io/rev";
/// The templates of every Istio, which fill in its own container.
const OWN_TEMPLATES: [&str; 2] = ["gateway", "sidecar"];

/// Whether the webhook fills in a container of the pod that has these metadata and this specification.
pub(super) fn fills(metadata: Value<'_>, spec: Value<'_>) -> bool {
    let lists =
        ["containers", "initContainers"].iter().filter_map(|list| spec.get(list).and_then(Value::items));
    asks(metadata, spec) && lists.flatten().any(is_filled)
}

/// Whether it is the container that is filled in, where one is.
pub(super) fn is_filled(container: Value<'_>) -> bool {
    let is = |name: &str, text: &str| container.get(name).and_then(Value::text) == Some(text);
    is("name", CONTAINER) && is("image", AUTO)
}

/// Whether these templates do no more than that.
pub(super) fn is_own_template(text: &str) -> bool {
    OWN_TEMPLATES.contains(&text)
}

fn asks(metadata: Value<'_>, spec: Value<'_>) -> bool {
    let of =
        |list: &str, name: &str| metadata.get(list).and_then(|list| list.get(name)).filter(|v| !v.is_null());
    // Istio leaves pods in the node's network alone.
    if spec.get("hostNetwork").is_some_and(|host| !host.is_null() && host.scalar() != Some("false")) {
        return false;
    }
    // The label counts where both are there.
    if let Some(inject) = of("labels", INJECT).or_else(|| of("annotations", INJECT)) {
        return inject.text() == Some("true");
    }
    let is_text = |value: Option<Value<'_>>| value.and_then(Value::text).is_some_and(|text| !text.is_empty());
    is_text(of("annotations", TEMPLATES)) || is_text(of("labels", REVISION))
}
