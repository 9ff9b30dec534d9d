use super::{left, uses};

/// A pod with these annotations and these members of its specification.
fn pod(annotations: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{annotations: {{{annotations}}}}}\nspec: {{containers: [{{image: good}}], {spec}}}\n"
    )
}

#[test]
fn annotations_that_choose_an_image_are_listed_and_others_are_not() {
    for annotation in [
        "sidecar.istio.io/proxyImage: evil/proxy",
        "sidecar.istio.io/proxyImageType: debug",
        "inject.istio.io/templates: mine",
        "proxy.istio.io/config: \"image:\\n  imageType: distroless\\n\"",
        "config.linkerd.io/proxy-image: evil/proxy",
        "config.linkerd.io/proxy-version: edge-1",
        "config.linkerd.io/init-image-version: v1",
        "dapr.io/sidecar-image: evil/daprd",
        "dapr.io/component-container: '{\"image\": \"evil/component\"}'",
        "vault.hashicorp.com/agent-image: evil/vault",
        "instrumentation.opentelemetry.io/image: evil/agent",
        "admission.datadoghq.com/java-lib.version: v1",
        "admission.datadoghq.com/java-lib.custom-image: evil/java",
        "image.openshift.io/triggers: '[]'",
        "cdi.kubevirt.io/storage.import.endpoint: 'docker://evil/disk'",
        "anything: registry.example.com/evil/app:1",
    ] {
        let said = left(&pod(annotation, ""));
        assert!(said.len() == 1 && said[0].contains("can choose an image"), "{annotation}: {said:?}");
        for version in ["apps/v1", "example.com/v1"] {
            let template = format!(
                "apiVersion: {version}\nkind: X\nspec:\n  template:\n    metadata: {{annotations: {{{annotation}}}}}\n    spec: {{containers: [{{image: good}}]}}\n"
            );
            assert_eq!(left(&template).len(), 1, "{annotation}");
        }
    }
    for annotation in [
        "config.linkerd.io/image-pull-policy: Always",
        "vault.hashicorp.com/agent-image-pull-secret: x",
        "sidecar.istio.io/inject: 'true'",
        "image.example.com/scan: 'true'",
        "kubectl.kubernetes.io/last-applied-configuration: '{\"image\": \"good\"}'",
        "note: 'image: good in a line of text'",
        "prometheus.io/path: /metrics",
    ] {
        assert_eq!(left(&pod(annotation, "")), [""; 0], "{annotation}");
    }
}

#[test]
fn storage_drivers_that_may_mount_images_are_listed_and_others_are_not() {
    for volume in [
        "csi: {driver: image.csi.k8s.io, volumeAttributes: {image: evil/files}}",
        "csi: {driver: csi-image.warm-metal.tech, volumeAttributes: {image: evil/files, pullAlways: 'true'}}",
        "csi: {driver: model.csi.modelpack.org, volumeAttributes: {model.csi.modelpack.org/reference: 'r.example.com/m:1'}}",
        "csi: {driver: any, volumeAttributes: {source: 'oci://evil/files'}}",
        "flexVolume: {driver: any, options: {image: evil/files}}",
    ] {
        let said = left(&pod("", &format!("volumes: [{{name: v, {volume}}}]")));
        assert!(said.len() == 1 && said[0].contains("for the driver"), "{volume}: {said:?}");
    }
    let volume = "apiVersion: v1\nkind: PersistentVolume\nspec: {csi: {driver: csi-image.warm-metal.tech, volumeHandle: evil/files}}\n";
    assert!(left(volume)[0].contains("`volumeHandle: evil/files`"), "{:?}", left(volume));
    for volume in [
        "csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: x}}",
        "csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1, volumeAttributes: {fsType: ext4}}",
        "rbd: {image: disk, monitors: [a]}",
    ] {
        assert_eq!(left(&pod("", &format!("volumes: [{{name: v, {volume}}}]"))), [""; 0], "{volume}");
    }
}

#[test]
fn images_that_operators_are_handed_are_listed() {
    let container = |members: &str| {
        format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: good, {members}}}]}}\n")
    };
    let digest = format!("command: [run, 'quay.io/evil/app@sha256:{}']", "a".repeat(64));
    for members in [
        "env: [{name: RELATED_IMAGE_PROXY, value: evil/proxy}]",
        "env: [{name: PROXY, value: 'quay.io/evil/proxy:1'}]",
        "args: ['--config-reloader=quay.io/evil/reloader:v0.70']",
        &digest,
    ] {
        let said = left(&container(members));
        assert!(said.len() == 1 && said[0].contains("hands on"), "{members}: {said:?}");
    }
    for members in [
        "env: [{name: IMAGE_DIR, value: /var/images}, {name: HOST, value: 'db.example.com:5432'}, {name: X, valueFrom: {}}]",
        "env: [{name: URL, value: 'https://example.com/a:b'}, {name: RELATED_IMAGE_X, value: ''}]",
        "args: ['--listen=:8080', --config=/etc/app/config.yaml, '--upstream=http://x.example.com/']",
    ] {
        assert_eq!(left(&container(members)), [""; 0], "{members}");
    }
}

/// Tekton, Argo Workflows, KServe, Istio, Crossplane, OpenShift, Argo CD, OLM.
#[test]
fn custom_resources_are_judged_where_they_say_image_and_listed_where_they_choose_one() {
    for (spec, judged, listed) in [
        ("steps: [{image: a}, {name: b, image: b}], stepTemplate: {image: c}, sidecars: [{image: d}]", 4, 0),
        (
            "params: [{name: BUILDER_IMAGE, value: evil}, {name: bundle, value: evil}, {name: url, default: 'quay.io/evil/x:1'}]",
            0,
            3,
        ),
        ("taskRef: {resolver: bundles, bundle: 'quay.io/evil/task:1'}", 0, 1),
        (
            "templates: [{container: {image: a}}, {script: {image: b}}, {containerSet: {containers: [{image: c}]}}]",
            3,
            0,
        ),
        ("predictor: {model: {storageUri: 'oci://evil/model'}}", 0, 1),
        ("hub: docker.io/istio, tag: '1'", 0, 1),
        ("image: {imageType: distroless}", 0, 1),
        ("image: {registry: r, tag: 1.5}", 0, 1),
        ("package: 'xpkg.example.com/evil/provider:v1'", 0, 1),
        ("from: {kind: DockerImage, name: 'quay.io/evil/base:1'}", 0, 1),
        ("images: [evil/a, evil/b]", 0, 2),
        ("images: {web: evil/a}", 0, 1),
        ("kustomize: {images: ['a=quay.io/evil/a:1']}", 0, 1),
        ("resource: {manifest: \"kind: Pod\\nspec:\\n  containers:\\n  - image: evil\\n\"}", 0, 1),
        ("values: '{\"image\": \"evil\"}', note: 'image: in words'", 0, 1),
        ("relatedImages: [{name: a, image: b}]", 1, 0),
        (
            "imageTag: 1.5, baseImage: b, imagePullPolicy: Always, imagePullSecrets: [{name: x}], imageScan: true",
            0,
            2,
        ),
        ("replicas: 1, host: 'a.example.com:80', url: 'https://example.com/a:b', version: v1", 0, 0),
    ] {
        let text = format!("apiVersion: example.com/v1\nkind: X\nmetadata: {{name: x}}\nspec: {{{spec}}}\n");
        assert_eq!((uses(&text).len(), left(&text).len()), (judged, listed), "{spec}: {:?}", left(&text));
    }
}

#[test]
fn in_unknown_kinds_no_shape_of_an_image_goes_unseen() {
    for spec in [
        "initContainers: ['docker.io/evil/x:1']",
        "containers: [evil/x]",
        "volumes: ['oci://docker.io/evil/x']",
        "proxyImage: {name: evil/x, tag: '1'}",
        "imageTag: {newName: evil/x}",
        "images: [{name: evil/x, tag: '1'}]",
        "images: [[evil/x]]",
        "sidecars: [{repository: evil/x, tag: '1'}]",
        "image: [{name: evil/x, tag: '1'}]",
        "image: {main: {path: evil/x}}",
        "params: [{name: image, value: [evil/x]}]",
        "valuesContent: 'image: docker.io/evil/x:1'",
        "valuesContent: 'proxyImage: evil/x'",
        "valuesContent: '{web: {image: evil/x}}'",
        "valuesContent: \"proxyImage: evil/x\\na: b\"",
        "valuesContent: \"images:\\n- evil/x\"",
        "valuesContent: \"a:\\n  repository: evil/x\\n  tag: 1\"",
        "set: ['image.name=evil/x']",
        "from: {kind: DockerImage, name: evil}",
        "matrix: [['docker.io/evil/x:1']]",
    ] {
        let text = format!("apiVersion: example.com/v1\nkind: X\nspec: {{{spec}}}\n");
        assert!(!left(&text).is_empty(), "{spec}");
    }
    for spec in [
        "containers: [main, sidecar]",
        "image: {pullPolicy: Always}, imageScan: {enabled: true}, images: []",
        "note: 'image: good in words, and more', log: \"an image of it\\nfor all images, or: none\"",
    ] {
        let text = format!("apiVersion: example.com/v1\nkind: X\nspec: {{{spec}}}\n");
        assert_eq!(left(&text), [""; 0], "{spec}");
    }
}

#[test]
fn members_of_containers_and_volumes_that_are_none_of_theirs_are_listed() {
    for version in ["v1\nkind: Pod", "example.com/v1\nkind: X"] {
        for spec in [
            "containers: [{name: a, image: good, debugImage: evil}]",
            "containers: [{name: a, image: good, x: 'docker.io/evil/x:1'}]",
            "containers: [{image: good}], volumes: [{name: v, emptyDir: {}, seedImage: evil}]",
        ] {
            let text = format!("apiVersion: {version}\nspec: {{{spec}}}\n");
            assert_eq!((uses(&text).len(), left(&text).len()), (1, 1), "{version} {spec}: {:?}", left(&text));
        }
    }
    let pod = pod("", "volumes: [{name: v, configMap: {name: images}}, {name: w, rbd: {image: disk}}]");
    assert_eq!(left(&pod), [""; 0]);
}

#[test]
fn objects_that_bring_images_from_elsewhere_are_listed() {
    for (object, listed) in [
        ("admissionregistration.k8s.io/v1, kind: MutatingAdmissionPolicy", 1),
        ("argoproj.io/v1alpha1, kind: Application, spec: {source: {repoURL: 'https://example.com/x'}}", 1),
        ("argoproj.io/v1alpha1, kind: ApplicationSet", 1),
        ("helm.toolkit.fluxcd.io/v2, kind: HelmRelease", 1),
        ("helm.cattle.io/v1, kind: HelmChart", 1),
        ("fleet.cattle.io/v1alpha1, kind: GitRepo", 1),
        ("operators.coreos.com/v1alpha1, kind: Subscription", 1),
        ("mutations.gatekeeper.sh/v1alpha1, kind: AssignImage", 1),
        ("build.openshift.io/v1, kind: BuildConfig", 1),
        ("kyverno.io/v1, kind: ClusterPolicy, spec: {rules: [{mutate: {}}]}", 1),
        ("kyverno.io/v1, kind: ClusterPolicy, spec: {rules: [{validate: {}}]}", 0),
        ("storage.k8s.io/v1, kind: StorageClass, parameters: {image: evil}", 1),
        ("storage.k8s.io/v1, kind: VolumeAttributesClass, parameters: {x: 'oci://evil'}", 1),
        ("storage.k8s.io/v1, kind: StorageClass, parameters: {imageFormat: '2', imageFeatures: layering}", 0),
        (
            "resource.k8s.io/v1, kind: ResourceClaim, spec: {config: [{opaque: {parameters: {baseImage: e}}}]}",
            1,
        ),
        ("argoproj.io/v1alpha1, kind: AppProject", 0),
        ("apps/v1, kind: Deployment", 0),
        // Somebody else's kinds in groups that are known.
        ("v1, kind: Mine, spec: {proxyImage: evil}", 1),
        ("apps/v1, kind: Mine, spec: {proxyImage: evil}", 1),
        ("apps/mine, kind: Deployment, spec: {proxyImage: evil}", 1),
        ("apps/v1, kind: DeploymentList, items: [{apiVersion: apps/v1, kind: Deployment, metadata: {}}]", 0),
    ] {
        let text = format!("{{apiVersion: {object}, metadata: {{name: x}}}}\n");
        assert_eq!(left(&text).len(), listed, "{object}: {:?}", left(&text));
    }
}
