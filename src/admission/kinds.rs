//! Tables of kinds: those that Kubernetes and Knative Serving define, and those whose controllers run images that the
//! manifest does not contain.

use crate::yaml::Value;

/// API groups whose objects name images only in pods, and their kinds: Kubernetes' own, and Knative Serving. Any other
/// kind of such a group is a custom resource.
const KNOWN: [(&str, &[&str]); 25] = [
    (
        "",
        &[
            "Binding",
            "ComponentStatus",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "List",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "ReplicationController",
            "ResourceQuota",
            "Secret",
            "Service",
            "ServiceAccount",
            "Status",
        ],
    ),
    (
        "admissionregistration.k8s.io",
        &[
            "MutatingAdmissionPolicy",
            "MutatingAdmissionPolicyBinding",
            "MutatingWebhookConfiguration",
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
            "ValidatingWebhookConfiguration",
        ],
    ),
    ("apiextensions.k8s.io", &["ConversionReview", "CustomResourceDefinition"]),
    ("apiregistration.k8s.io", &["APIService"]),
    ("apps", &["ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "Scale", "StatefulSet"]),
    ("authentication.k8s.io", &["SelfSubjectReview", "TokenRequest", "TokenReview"]),
    (
        "authorization.k8s.io",
        &[
            "LocalSubjectAccessReview",
            "SelfSubjectAccessReview",
            "SelfSubjectRulesReview",
            "SubjectAccessReview",
        ],
    ),
    ("autoscaling", &["HorizontalPodAutoscaler", "Scale"]),
    ("batch", &["CronJob", "Job", "JobTemplate"]),
    ("certificates.k8s.io", &["CertificateSigningRequest", "ClusterTrustBundle", "PodCertificateRequest"]),
    ("coordination.k8s.io", &["Lease", "LeaseCandidate"]),
    ("discovery.k8s.io", &["EndpointSlice"]),
    ("events.k8s.io", &["Event"]),
    (
        "extensions",
        &["DaemonSet", "Deployment", "Ingress", "NetworkPolicy", "PodSecurityPolicy", "ReplicaSet", "Scale"],
    ),
    ("flowcontrol.apiserver.k8s.io", &["FlowSchema", "PriorityLevelConfiguration"]),
    ("internal.apiserver.k8s.io", &["StorageVersion"]),
    ("kustomize.config.k8s.io", &["Component", "Kustomization"]),
    ("networking.k8s.io", &["IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR"]),
    ("node.k8s.io", &["RuntimeClass"]),
    ("policy", &["Eviction", "PodDisruptionBudget", "PodSecurityPolicy"]),
    ("rbac.authorization.k8s.io", &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"]),
    (
        "resource.k8s.io",
        &["DeviceClass", "DeviceTaintRule", "ResourceClaim", "ResourceClaimTemplate", "ResourceSlice"],
    ),
    ("scheduling.k8s.io", &["PriorityClass"]),
    ("serving.knative.dev", &["Configuration", "DomainMapping", "Revision", "Route", "Service"]),
    (
        "storage.k8s.io",
        &[
            "CSIDriver",
            "CSINode",
            "CSIStorageCapacity",
            "StorageClass",
            "VolumeAttachment",
            "VolumeAttributesClass",
        ],
    ),
];

/// Whether all images of `kind` are found by the structure of a pod.
pub(super) fn is_known(version: &str, kind: &str) -> bool {
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let kinds = KNOWN.iter().find(|(known, _)| *known == group).map(|(_, kinds)| *kinds).unwrap_or_default();
    let kind = kind.strip_suffix("List").filter(|one| !one.is_empty()).unwrap_or(kind);
    is_version(version) && kinds.contains(&kind)
}

/// Whether the API server accepts the version: `v1`, `v2beta1`.
fn is_version(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(rest) = text.strip_prefix('v') else { return false };
    let parts = rest.split_once("alpha").or_else(|| rest.split_once("beta"));
    parts.map_or_else(|| digits(rest), |(major, minor)| digits(major) && digits(minor))
}

const FETCHES: &str = "its controller fetches manifests or charts, whose images are not in this file";
const CHANGES: &str = "it can change the images of other objects";
const INSTALLS: &str = "its controller installs a package, whose images are not in this file";
const BUILDS: &str = "it builds an image from others";
const RUNS: &str = "its operator chooses images that are not in this file";

/// Kinds whose controllers run images that the manifest does not contain.
const EXTERNAL_IMAGES: [(&str, &[&str], &str); 62] = [
    ("admissionregistration.k8s.io", &["MutatingAdmissionPolicy"], CHANGES),
    ("mutations.gatekeeper.sh", &["Assign", "AssignImage", "ModifySet"], CHANGES),
    ("policies.kyverno.io", &["MutatingPolicy", "NamespacedMutatingPolicy"], CHANGES),
    ("policies.kyverno.io", &["GeneratingPolicy", "NamespacedGeneratingPolicy"], CHANGES),
    ("image.toolkit.fluxcd.io", &["ImageUpdateAutomation"], CHANGES),
    ("apps.kruise.io", &["SidecarSet"], CHANGES),
    ("argoproj.io", &["Application", "ApplicationSet"], FETCHES),
    ("helm.toolkit.fluxcd.io", &["HelmRelease"], FETCHES),
    ("helm.fluxcd.io", &["HelmRelease"], FETCHES),
    ("kustomize.toolkit.fluxcd.io", &["Kustomization"], FETCHES),
    (
        "source.toolkit.fluxcd.io",
        &["Bucket", "ExternalArtifact", "GitRepository", "HelmChart", "HelmRepository", "OCIRepository"],
        FETCHES,
    ),
    ("fluxcd.controlplane.io", &["FluxInstance", "ResourceSet"], FETCHES),
    ("helm.cattle.io", &["HelmChart", "HelmChartConfig"], FETCHES),
    ("fleet.cattle.io", &["Bundle", "GitRepo", "HelmOp"], FETCHES),
    ("helm.crossplane.io", &["Release"], FETCHES),
    ("addons.cluster.x-k8s.io", &["HelmChartProxy"], FETCHES),
    ("addons.cluster.x-k8s.io", &["ClusterResourceSet"], FETCHES),
    ("kappctrl.k14s.io", &["App"], FETCHES),
    ("app.k8s.io", &["Application"], FETCHES),
    ("packaging.carvel.dev", &["PackageInstall", "PackageRepository"], INSTALLS),
    ("operators.coreos.com", &["InstallPlan", "Subscription"], INSTALLS),
    (
        "olm.operatorframework.io",
        &["ClusterCatalog", "ClusterExtension", "ClusterExtensionRevision"],
        INSTALLS,
    ),
    ("pkg.crossplane.io", &["Configuration", "Function", "Provider"], INSTALLS),
    ("build.openshift.io", &["Build", "BuildConfig"], BUILDS),
    ("shipwright.io", &["Build", "BuildRun"], BUILDS),
    ("kpack.io", &["Build", "Builder", "ClusterBuilder", "Image"], BUILDS),
    // Operators, which choose images by a requested version, or by their own version.
    ("agent.k8s.elastic.co", &["Agent"], RUNS),
    ("apm.k8s.elastic.co", &["ApmServer"], RUNS),
    ("beat.k8s.elastic.co", &["Beat"], RUNS),
    ("elasticsearch.k8s.elastic.co", &["Elasticsearch"], RUNS),
    ("enterprisesearch.k8s.elastic.co", &["EnterpriseSearch"], RUNS),
    ("kibana.k8s.elastic.co", &["Kibana"], RUNS),
    ("logstash.k8s.elastic.co", &["Logstash"], RUNS),
    ("maps.k8s.elastic.co", &["ElasticMapsServer"], RUNS),
    ("opensearch.opster.io", &["OpenSearchCluster"], RUNS),
    (
        "kafka.strimzi.io",
        &["Kafka", "KafkaBridge", "KafkaConnect", "KafkaMirrorMaker2", "KafkaNodePool"],
        RUNS,
    ),
    ("monitoring.coreos.com", &["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"], RUNS),
    ("postgresql.cnpg.io", &["Cluster", "Pooler"], RUNS),
    ("acid.zalan.do", &["postgresql"], RUNS),
    ("postgres-operator.crunchydata.com", &["PGAdmin", "PostgresCluster"], RUNS),
    ("mysql.oracle.com", &["InnoDBCluster"], RUNS),
    ("k8s.mariadb.com", &["MariaDB", "MaxScale"], RUNS),
    ("pxc.percona.com", &["PerconaXtraDBCluster"], RUNS),
    ("psmdb.percona.com", &["PerconaServerMongoDB"], RUNS),
    ("mongodbcommunity.mongodb.com", &["MongoDBCommunity"], RUNS),
    ("mongodb.com", &["MongoDB", "MongoDBMultiCluster", "MongoDBOpsManager"], RUNS),
    ("rabbitmq.com", &["RabbitmqCluster"], RUNS),
    ("k8ssandra.io", &["K8ssandraCluster"], RUNS),
    ("cassandra.datastax.com", &["CassandraDatacenter"], RUNS),
    ("cluster.redpanda.com", &["Redpanda"], RUNS),
    ("ceph.rook.io", &["CephCluster", "CephFilesystem", "CephObjectStore"], RUNS),
    ("minio.min.io", &["Tenant"], RUNS),
    ("operator.knative.dev", &["KnativeEventing", "KnativeServing"], RUNS),
    ("operator.tekton.dev", &["TektonConfig", "TektonPipeline", "TektonTrigger", "TektonDashboard"], RUNS),
    ("install.istio.io", &["IstioOperator"], RUNS),
    ("sailoperator.io", &["Istio", "IstioCNI", "ZTunnel"], RUNS),
    ("operator.tigera.io", &["APIServer", "Installation"], RUNS),
    (
        "opentelemetry.io",
        &["Instrumentation", "OpAMPBridge", "OpenTelemetryCollector", "TargetAllocator"],
        RUNS,
    ),
    ("grafana.integreatly.org", &["Grafana"], RUNS),
    ("loki.grafana.com", &["LokiStack"], RUNS),
    ("k8s.keycloak.org", &["Keycloak"], RUNS),
    ("nvidia.com", &["ClusterPolicy", "NVIDIADriver"], RUNS),
];

/// Resources that become pods, so a webhook can change their images.
const WORKLOADS: [&str; 9] = [
    "cronjobs",
    "daemonsets",
    "deployments",
    "jobs",
    "pods",
    "podtemplates",
    "replicasets",
    "replicationcontrollers",
    "statefulsets",
];

/// Whether one of the webhooks of this configuration applies to workloads.
fn changes_workloads(object: Value<'_>) -> bool {
    let rules = items(object, "webhooks").flat_map(|webhook| items(webhook, "rules"));
    rules.flat_map(|rule| items(rule, "resources")).any(|resource| {
        // `pods/*`, `*/*`; a value that is not a text counts as a match.
        let resource = resource.scalar().unwrap_or("*").split('/').next().unwrap_or_default();
        resource == "*" || WORKLOADS.contains(&resource)
    })
}

fn items<'a>(value: Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> {
    value.get(name).and_then(Value::items).into_iter().flatten()
}

/// The reason why an object runs images that it does not contain, if it does.
pub(super) fn external_images(object: Value<'_>, version: &str, kind: &str) -> Option<&'static str> {
    let group = version.split_once('/').map(|(group, _)| group)?;
    if group == "kyverno.io" && matches!(kind, "ClusterPolicy" | "Policy") {
        let rules = object.get("spec").and_then(|spec| spec.get("rules")).and_then(Value::items);
        let changes = |rule: Value<'_>| {
            ["mutate", "generate"].iter().any(|name| rule.get(name).is_some_and(|part| !part.is_null()))
        };
        return rules.is_some_and(|mut rules| rules.any(changes)).then_some(CHANGES);
    }
    if group == "admissionregistration.k8s.io" && kind == "MutatingWebhookConfiguration" {
        return changes_workloads(object).then_some(CHANGES);
    }
    let row = EXTERNAL_IMAGES.iter().find(|(of, kinds, _)| *of == group && kinds.contains(&kind));
    row.map(|(_, _, reason)| *reason)
}
