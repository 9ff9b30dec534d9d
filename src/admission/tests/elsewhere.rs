use super::{found, not_judged, refused, uses};

/// A pod with these annotations and these members of its specification.
fn pod(annotations: &str, spec: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{annotations: {{{annotations}}}}}\nspec: {{containers: [{{image: good}}], {spec}}}\n"
    )
}

#[test]
fn only_annotations_that_choose_an_image_are_listed() {
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
        let reasons = not_judged(&pod(annotation, ""));
        assert!(
            reasons.len() == 1 && reasons[0].contains("can choose an image"),
            "{annotation}: {reasons:?}"
        );
        for version in ["apps/v1", "example.com/v1"] {
            let template = format!(
                "apiVersion: {version}\nkind: X\nspec:\n  template:\n    metadata: {{annotations: {{{annotation}}}}}\n    spec: {{containers: [{{image: good}}]}}\n"
            );
            assert_eq!(not_judged(&template).len(), 1, "{annotation}");
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
        assert_eq!(not_judged(&pod(annotation, "")), [""; 0], "{annotation}");
    }
}

#[test]
fn only_storage_drivers_that_can_mount_images_are_listed() {
    for volume in [
        "csi: {driver: image.csi.k8s.io, volumeAttributes: {image: evil/files}}",
        "csi: {driver: csi-image.warm-metal.tech, volumeAttributes: {image: evil/files, pullAlways: 'true'}}",
        "csi: {driver: model.csi.modelpack.org, volumeAttributes: {model.csi.modelpack.org/reference: 'r.example.com/m:1'}}",
        "csi: {driver: any, volumeAttributes: {source: 'oci://evil/files'}}",
        "flexVolume: {driver: any, options: {image: evil/files}}",
    ] {
        let reasons = not_judged(&pod("", &format!("volumes: [{{name: v, {volume}}}]")));
        assert!(reasons.len() == 1 && reasons[0].contains("for the driver"), "{volume}: {reasons:?}");
    }
    let volume = "apiVersion: v1\nkind: PersistentVolume\nspec: {csi: {driver: csi-image.warm-metal.tech, volumeHandle: evil/files}}\n";
    assert!(not_judged(volume)[0].contains("`volumeHandle: evil/files`"), "{:?}", not_judged(volume));
    for volume in [
        "csi: {driver: secrets-store.csi.k8s.io, volumeAttributes: {secretProviderClass: x}}",
        "csi: {driver: ebs.csi.aws.com, volumeHandle: vol-1, volumeAttributes: {fsType: ext4}}",
        "rbd: {image: disk, monitors: [a]}",
    ] {
        assert_eq!(not_judged(&pod("", &format!("volumes: [{{name: v, {volume}}}]"))), [""; 0], "{volume}");
    }
}

#[test]
fn images_that_operators_receive_are_listed() {
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
        let reasons = not_judged(&container(members));
        assert!(reasons.len() == 1 && reasons[0].contains("passes"), "{members}: {reasons:?}");
    }
    for members in [
        "env: [{name: IMAGE_DIR, value: /var/images}, {name: HOST, value: 'db.example.com:5432'}, {name: X, valueFrom: {}}]",
        "env: [{name: URL, value: 'https://example.com/a:b'}, {name: RELATED_IMAGE_X, value: ''}]",
        "args: ['--listen=:8080', --config=/etc/app/config.yaml, '--upstream=http://x.example.com/']",
    ] {
        assert_eq!(not_judged(&container(members)), [""; 0], "{members}");
    }
}

/// Tekton, Argo Workflows, KServe, Istio, Crossplane, OpenShift, Argo CD, OLM.
#[test]
fn custom_resources_are_judged_at_image_and_listed_elsewhere() {
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
        assert_eq!(
            (uses(&text).len(), not_judged(&text).len()),
            (judged, listed),
            "{spec}: {:?}",
            not_judged(&text)
        );
    }
}

#[test]
fn every_form_of_an_image_is_found_in_unknown_kinds() {
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
        assert!(!not_judged(&text).is_empty(), "{spec}");
    }
    for spec in [
        "containers: [main, sidecar]",
        "image: {pullPolicy: Always}, imageScan: {enabled: true}, images: []",
        "note: 'image: good in words, and more', log: \"an image of it\\nfor all images, or: none\"",
    ] {
        let text = format!("apiVersion: example.com/v1\nkind: X\nspec: {{{spec}}}\n");
        assert_eq!(not_judged(&text), [""; 0], "{spec}");
    }
}

#[test]
fn unknown_members_of_containers_and_volumes_are_listed() {
    for version in ["v1\nkind: Pod", "example.com/v1\nkind: X"] {
        for spec in [
            "containers: [{name: a, image: good, debugImage: evil}]",
            "containers: [{name: a, image: good, x: 'docker.io/evil/x:1'}]",
            "containers: [{image: good}], volumes: [{name: v, emptyDir: {}, seedImage: evil}]",
        ] {
            let text = format!("apiVersion: {version}\nspec: {{{spec}}}\n");
            assert_eq!(
                (uses(&text).len(), not_judged(&text).len()),
                (1, 1),
                "{version} {spec}: {:?}",
                not_judged(&text)
            );
        }
    }
    let pod = pod("", "volumes: [{name: v, configMap: {name: images}}, {name: w, rbd: {image: disk}}]");
    assert_eq!(not_judged(&pod), [""; 0]);
}

#[test]
fn objects_with_external_images_are_listed() {
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
        ("elasticsearch.k8s.elastic.co/v1, kind: Elasticsearch, spec: {version: 8.1.0}", 1),
        ("pkg.crossplane.io/v1, kind: Provider", 1),
        ("sailoperator.io/v1, kind: Istio, spec: {version: v1.30}", 1),
        ("monitoring.coreos.com/v1, kind: ServiceMonitor", 0),
        (
            "admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, webhooks: [{rules: [{resources: [pods/*]}]}]",
            1,
        ),
        (
            "admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, webhooks: [{rules: [{resources: [certificates]}]}]",
            0,
        ),
        // Custom resources in known groups.
        ("v1, kind: Mine, spec: {proxyImage: evil}", 1),
        ("apps/v1, kind: Mine, spec: {proxyImage: evil}", 1),
        ("apps/mine, kind: Deployment, spec: {proxyImage: evil}", 1),
        ("apps/v1, kind: DeploymentList, items: [{apiVersion: apps/v1, kind: Deployment, metadata: {}}]", 0),
    ] {
        let text = format!("{{apiVersion: {object}, metadata: {{name: x}}}}\n");
        assert_eq!(not_judged(&text).len(), listed, "{object}: {:?}", not_judged(&text));
    }
}

/// The lines of listed texts, with the text that an exception names.
fn listed(text: &str) -> Vec<(usize, String)> {
    let found = found(text);
    let all = found.not_judged.iter().map(|one| (one.place.line, one.text.clone().unwrap_or_default()));
    all.collect()
}

fn container(members: &str) -> String {
    format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: good\n{members}")
}

/// cert-manager, Prometheus operator, Tekton, Argo, Strimzi, Rook, OLM, Spark, GitLab runner and similar programs.
#[test]
fn images_in_arguments_and_variables_are_listed() {
    let digest = format!("nginx@sha256:{}", "a".repeat(64));
    for (members, texts) in [
        (
            "    args: [--acme-http01-solver-image=quay.io/jetstack/x:v1.18.2]\n",
            &[(6, "--acme-http01-solver-image=quay.io/jetstack/x:v1.18.2")][..],
        ),
        (
            "    args:\n    - --config-reloader-image\n    - quay.io/x/reloader\n",
            &[(8, "quay.io/x/reloader")],
        ),
        (
            "    args: ['-git-image', alpine/git, '-shell-image', busybox]\n",
            &[(6, "alpine/git"), (6, "busybox")],
        ),
        (
            "    command: [workflow-controller, --executor-image, 'argoproj/argoexec:v3']\n",
            &[(6, "argoproj/argoexec:v3")],
        ),
        (
            "    args: [--default-base-image=quay.io/prometheus/prometheus]\n",
            &[(6, "--default-base-image=quay.io/prometheus/prometheus")],
        ),
        ("    args: ['--reloader=$(REGISTRY)/reloader:v1']\n", &[(6, "--reloader=$(REGISTRY)/reloader:v1")]),
        ("    args: ['$(REGISTRY)/app:1']\n", &[(6, "$(REGISTRY)/app:1")]),
        ("    args: ['{{ .Registry }}/org/app:stable']\n", &[(6, "{{ .Registry }}/org/app:stable")]),
        (
            "    args: ['--operator-img=busybox:1', '--run-at=12/12:1.0']\n",
            &[(6, "--operator-img=busybox:1")],
        ),
        ("    args: [--image, '$(IMAGE)']\n", &[(6, "$(IMAGE)")]),
        (
            "    args: ['--conf', 'spark.kubernetes.container.image=spark:v3']\n",
            &[(6, "spark.kubernetes.container.image=spark:v3")],
        ),
        ("    command: [sh, -c, 'exec operator --image team/app && true']\n", &[(6, "team/app")]),
        (
            "    command:\n    - sh\n    - -c\n    - |\n      set -e\n      docker run registry.example.com/x:1 -v /a:/b\n      docker run registry.example.com/y:1\n",
            &[(11, "registry.example.com/x:1"), (12, "registry.example.com/y:1")],
        ),
        (
            "    args: ['--images=a=quay.io/x/a:1,b=quay.io/x/b:2']\n",
            &[(6, "quay.io/x/a:1"), (6, "quay.io/x/b:2")],
        ),
        (&format!("    args: [--run, '{digest}']\n"), &[(6, &digest)]),
        ("    args: ['--from=docker://evil/x']\n", &[(6, "--from=docker://evil/x")]),
        ("    env:\n    - {name: RELATED_IMAGE_PROXY, value: evil}\n", &[(7, "evil")]),
        ("    env:\n    - name: ROOK_CSI_PLUGIN_IMAGE\n      value: team/cephcsi\n", &[(8, "team/cephcsi")]),
        (
            "    env:\n    - name: STRIMZI_KAFKA_IMAGES\n      value: |\n        3.9.0=quay.io/strimzi/kafka:0.45-kafka-3.9.0\n        4.0.0=quay.io/strimzi/kafka:0.45-kafka-4.0.0\n",
            &[(9, "quay.io/strimzi/kafka:0.45-kafka-3.9.0"), (10, "quay.io/strimzi/kafka:0.45-kafka-4.0.0")],
        ),
        (
            "    env:\n    - {name: TASKS, value: '{\"proxy\": {\"image\": \"team/app\"}}'}\n",
            &[(7, "team/app")],
        ),
        ("    env:\n    - {name: PROXY_IMAGE, value: '${IMAGE}'}\n", &[(7, "${IMAGE}")]),
        ("    env:\n    - {name: PROXY, value: 'localhost:5000/x:1'}\n", &[(7, "localhost:5000/x:1")]),
        (
            "    env:\n    - name: PROXY_IMAGE\n      valueFrom: {configMapKeyRef: {name: a, key: b}}\n",
            &[(8, "")],
        ),
        // The argument only repeats the variable.
        (
            "    env:\n    - {name: PROXY_IMAGE, value: team/app}\n    args: [--image, $(PROXY_IMAGE), '--proxy=$(PROXY_IMAGE)']\n",
            &[(7, "team/app")],
        ),
    ] {
        let expected: Vec<(usize, String)> =
            texts.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
        assert_eq!(listed(&container(members)), expected, "{members}");
        // In an unknown kind the same is listed, and nothing twice.
        let unknown = container(members).replace("v1\nkind: Pod", "example.com/v1\nkind: X");
        assert_eq!(listed(&unknown), expected, "{unknown}");
    }
    for members in [
        "    args: ['--upstream=https://example.com/a:b', '--bind=0.0.0.0:8080', --v=2, '--config=/etc/x.d/a:b']\n",
        "    args: ['--image-pull-policy', Always, '--image-pull-secret=regcred', '--image-gc-high-threshold=85']\n",
        "    args: ['--match=^quay\\.io/.*:v1$', '--taint=node.example.com/x:NoSchedule=', '--ns=team/app']\n",
        "    args: [--image]\n    command: [--image, --verbose]\n",
        "    env: [{name: IMAGE_TAG, value: v1.2}, {name: IMAGE_DIR, value: /var/images}, {name: HERO_IMAGE, value: hero.png}]\n",
        "    env: [{name: URL, value: 'postgres://u@db.example.com/x:1'}, {name: HOST, value: 'db.example.com:5432'}]\n",
        "    env: [{name: POD_IMAGE, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n",
    ] {
        assert_eq!(listed(&container(members)), [], "{members}");
    }
}

/// Knative, Istio, Argo, GitLab runner, Spark.
#[test]
fn images_in_configuration_are_listed_at_their_line() {
    for (data, texts) in [
        ("  queue-sidecar-image: gcr.io/knative/queue\n", &[(3, "gcr.io/knative/queue")][..]),
        (
            "  executor: |\n    imagePullPolicy: Always\n    image: argoproj/argoexec:v3.6\n",
            &[(5, "argoproj/argoexec:v3.6")],
        ),
        (
            "  config.toml: |\n    [runners.docker]\n      image = \"alpine:latest\"\n      helper_image = \"x/y\"\n",
            &[(5, "alpine:latest"), (6, "x/y")],
        ),
        ("  spark.conf: \"spark.kubernetes.container.image team/spark\\n\"\n", &[(3, "team/spark")]),
        ("  values: '{\"global\": {\"proxy\": {\"image\": \"istio/proxyv2\"}}}'\n", &[(3, "istio/proxyv2")]),
        ("  run.sh: |\n    podman run \\\n      quay.io/x/y:1\n", &[(5, "quay.io/x/y:1")]),
        (
            "  9000: \"default/example-go:8080\"\n  image: not-run\n  url: https://example.com/a:b\n  x: 'kind: Pod'\n",
            &[],
        ),
    ] {
        for (kind, member) in [("ConfigMap", "data"), ("Secret", "stringData")] {
            let text = format!("apiVersion: v1\nkind: {kind}\n{member}:\n{data}");
            let expected: Vec<(usize, String)> =
                texts.iter().map(|(line, text)| (*line + 1, (*text).to_owned())).collect();
            assert_eq!(listed(&text), expected, "{text}");
        }
    }
}

#[test]
fn an_empty_image_is_the_default_of_its_controller() {
    for spec in ["steps: [{image: ''}, {image: good}]", "image: '', other: {image: good}"] {
        let unknown = format!("apiVersion: tekton.dev/v1\nkind: Task\nspec:\n  {{{spec}}}\n");
        assert_eq!(listed(&unknown), [(4, String::new())], "{unknown}");
        assert_eq!(uses(&unknown), ["good @ 4 Task (image)"], "{unknown}");
    }
    let containers = "apiVersion: x.y/v1\nkind: X\ncontainers:\n- image: ''\n- image: good\n";
    assert_eq!(listed(containers), [(4, String::new())]);
    let pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers: [{name: c, image: ''}]\n";
    assert!(not_judged(pod)[0].contains("container `c` names no image"));
    // A placeholder may become any image, in known and unknown kinds.
    for image in [
        "'$(params.image)'",
        "'{{inputs.parameters.image}}'",
        "'${IMAGE}'",
        "'quay.io/x:${TAG}'",
        "'{{ .Values.image }}'",
        "'<IMAGE>'",
    ] {
        for object in [
            format!("apiVersion: tekton.dev/v1\nkind: Task\nspec: {{image: {image}}}\n"),
            format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: {image}}}]}}\n"),
        ] {
            assert_eq!(refused(&object).len(), 1, "{object}");
        }
    }
    // An invalid image is refused in every kind.
    for image in ["Python", "'a b'", "' '", "1", "oci:x"] {
        assert_eq!(
            refused(&format!("apiVersion: tekton.dev/v1\nkind: Task\nspec: {{image: {image}}}\n")).len(),
            1,
            "{image}"
        );
    }
    let volume = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: good}], volumes: [{name: v, image: {reference: ''}}]}\n";
    assert!(not_judged(volume)[0].contains("an image volume names no image"));
}

#[test]
fn auto_is_replaced_only_by_istio() {
    let gateway = |metadata: &str, spec: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{labels: {{sidecar.istio.io/inject: 'true'}}}}\nspec:\n  template:\n    metadata: {{{metadata}}}\n    spec: {{{spec}}}\n"
        )
    };
    let auto = "containers: [{name: istio-proxy, image: auto}]";
    let label = "labels: {sidecar.istio.io/inject: 'true'}";
    for metadata in [
        label,
        "annotations: {sidecar.istio.io/inject: 'true'}",
        "annotations: {inject.istio.io/templates: gateway}",
        "labels: {istio.io/rev: canary}",
        "labels: {sidecar.istio.io/inject: 'true'}, annotations: {inject.istio.io/templates: gateway}",
        "labels: {sidecar.istio.io/inject: 'true'}, annotations: {sidecar.istio.io/inject: 'false'}",
    ] {
        let text = gateway(metadata, auto);
        assert_eq!(uses(&text), [""; 0], "{metadata}");
        assert_eq!(listed(&text), [(7, "auto".to_owned())], "{metadata}");
        assert!(not_judged(&text)[0].contains("Istio's webhook in the cluster"));
    }
    let sidecar = "initContainers: [{name: istio-proxy, image: auto}], containers: [{name: a, image: good}]";
    assert_eq!((uses(&gateway(label, sidecar)).len(), listed(&gateway(label, sidecar)).len()), (1, 1));
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{{label}}}\nspec: {{{auto}}}\n");
    assert_eq!((uses(&pod).len(), listed(&pod).len()), (0, 1));
    // Custom templates can add containers.
    assert_eq!(listed(&gateway("annotations: {inject.istio.io/templates: 'sidecar,mine'}", auto)).len(), 2);
    // Any other container runs `auto` of Docker Hub.
    for (metadata, spec) in [
        ("", auto),
        ("labels: {sidecar.istio.io/inject: 'false'}", auto),
        (
            "labels: {sidecar.istio.io/inject: 'false'}, annotations: {inject.istio.io/templates: gateway}",
            auto,
        ),
        ("labels: {sidecar.istio.io/inject: 'false'}, annotations: {sidecar.istio.io/inject: 'true'}", auto),
        ("labels: {sidecar.istio.io/inject: true}", auto),
        ("labels: {sidecar.istio.io/inject: 'True'}", auto),
        ("labels: {sidecar.istio.io/injected: 'true'}", auto),
        ("labels: {istio.io/rev: ''}", auto),
        (label, "hostNetwork: true, containers: [{name: istio-proxy, image: auto}]"),
        (label, "containers: [{name: istio-proxy2, image: auto}]"),
        (label, "containers: [{name: app, image: auto}]"),
        (label, "containers: [{image: auto}]"),
        (label, "containers: [{name: istio-proxy, image: 'auto:latest'}]"),
        (label, "ephemeralContainers: [{name: istio-proxy, image: auto}]"),
    ] {
        let text = gateway(metadata, spec);
        assert_eq!(uses(&text).len(), 1, "{text}");
        assert!(!listed(&text).iter().any(|(_, text)| text == "auto"), "{text}");
    }
    // A label of the enclosing object is not a label of the pod.
    let other = format!("apiVersion: example.com/v1\nkind: X\nmetadata: {{{label}}}\nspec: {{{auto}}}\n");
    assert_eq!(uses(&other).len(), 1);
}
