//! `image: auto`: Istio's webhook replaces it with its proxy when a pod is created.
//!
//! It does so only for its own container, in a pod that requests it by label or annotation. Any other `auto` is an
//! image of Docker Hub.

use crate::yaml::Value;

/// The placeholder for the image of the proxy.
const AUTO: &str = "auto";
/// The container of the proxy.
const CONTAINER: &str = "istio-proxy";
/// The label, or the older annotation, that requests or forbids the injection.
const INJECT: &str = "sidecar.istio.io/inject";
/// The annotation that names the injected templates.
pub(super) const TEMPLATES: &str = "inject.istio.io/templates";
/// The label that names the revision of Istio.
const REVISION: &str = "istio.io/rev";
/// The templates of every Istio, which inject only its own container.
const OWN_TEMPLATES: [&str; 2] = ["gateway", "sidecar"];

/// Whether the webhook injects the proxy into a container of the pod with these metadata and this specification.
pub(super) fn injects_proxy(metadata: Value<'_>, spec: Value<'_>) -> bool {
    let lists =
        ["containers", "initContainers"].iter().filter_map(|list| spec.get(list).and_then(Value::items));
    requests_injection(metadata, spec) && lists.flatten().any(is_proxy)
}

/// Whether the container is the placeholder of the proxy.
pub(super) fn is_proxy(container: Value<'_>) -> bool {
    let is = |name: &str, text: &str| container.get(name).and_then(Value::text) == Some(text);
    is("name", CONTAINER) && is("image", AUTO)
}

/// Whether these templates inject only the proxy.
pub(super) fn is_own_template(text: &str) -> bool {
    OWN_TEMPLATES.contains(&text)
}

fn requests_injection(metadata: Value<'_>, spec: Value<'_>) -> bool {
    let of =
        |list: &str, name: &str| metadata.get(list).and_then(|list| list.get(name)).filter(|v| !v.is_null());
    // Istio ignores pods in the network of the node.
    if spec.get("hostNetwork").is_some_and(|host| !host.is_null() && host.scalar() != Some("false")) {
        return false;
    }
    // If both exist, the label counts.
    if let Some(inject) = of("labels", INJECT).or_else(|| of("annotations", INJECT)) {
        return inject.text() == Some("true");
    }
    let is_text = |value: Option<Value<'_>>| value.and_then(Value::text).is_some_and(|text| !text.is_empty());
    is_text(of("annotations", TEMPLATES)) || is_text(of("labels", REVISION))
}
