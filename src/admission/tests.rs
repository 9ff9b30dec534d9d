mod compose;
mod elsewhere;

use super::{Error, Found, Input, find};
use crate::diagnostic::{Remedy, ToDiagnostic};

fn input(text: &str) -> Vec<Input> {
    vec![Input { file: "x.yaml".to_owned(), text: text.to_owned() }]
}

fn found(text: &str) -> Found {
    find(&input(text), &[]).unwrap()
}

/// Uses as `written @ line object role container`.
fn uses(text: &str) -> Vec<String> {
    let show = |used: &super::Use| format!("{} @ {used}", used.written).replace("x.yaml:", "");
    let found = found(text);
    assert!(found.refused.is_empty(), "{:?}", found.refused);
    found.uses.iter().map(|one| show(&one.used)).collect()
}

fn not_judged(text: &str) -> Vec<String> {
    found(text).not_judged.iter().map(|one| format!("{}: {}", one.place, one.reason)).collect()
}

fn refused(text: &str) -> Vec<String> {
    found(text)
        .refused
        .iter()
        .map(|(used, diagnostic)| format!("{} {diagnostic:?}", used.place.line))
        .collect()
}

fn error(text: &str) -> Error {
    find(&input(text), &[]).map(|found| format!("{found:?}")).unwrap_err()
}

const POD: &str = "  initContainers:
  - {name: i, image: init}
  containers:
  - name: c
    image: main
  ephemeralContainers:
  - {name: e, image: debug}
  volumes:
  - name: v
    image: {reference: files, pullPolicy: Always}
  - name: other
    configMap: {name: x}
";

fn indented(levels: usize) -> String {
    POD.lines().map(|line| format!("{}{line}\n", "  ".repeat(levels))).collect()
}

#[test]
fn every_workload_kind_is_read() {
    let template = |head: &str, path: &[&str]| {
        let mut text = format!("{head}metadata: {{name: n, namespace: s}}\n");
        for (level, name) in path.iter().enumerate() {
            text.push_str(&format!("{}{name}:\n", "  ".repeat(level)));
        }
        text.push_str(&indented(path.len() - 1));
        text
    };
    let pod_template = ["spec", "template", "spec"];
    for (head, path) in [
        ("apiVersion: v1\nkind: Pod\n", &["spec"][..]),
        ("apiVersion: v1\nkind: PodTemplate\n", &["template", "spec"]),
        ("apiVersion: v1\nkind: ReplicationController\n", &pod_template),
        ("apiVersion: apps/v1\nkind: Deployment\n", &pod_template),
        ("apiVersion: apps/v1\nkind: StatefulSet\n", &pod_template),
        ("apiVersion: apps/v1\nkind: DaemonSet\n", &pod_template),
        ("apiVersion: apps/v1\nkind: ReplicaSet\n", &pod_template),
        ("apiVersion: batch/v1\nkind: Job\n", &pod_template),
        ("apiVersion: batch/v1\nkind: CronJob\n", &["spec", "jobTemplate", "spec", "template", "spec"]),
        ("apiVersion: serving.knative.dev/v1\nkind: Service\n", &pod_template),
        ("apiVersion: serving.knative.dev/v1\nkind: Configuration\n", &pod_template),
        ("apiVersion: serving.knative.dev/v1\nkind: Revision\n", &["spec"]),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n", &pod_template),
    ] {
        let text = template(head, path);
        let kind = head.trim().rsplit(' ').next().unwrap();
        let names: Vec<String> =
            uses(&text).iter().map(|one| one.replace(&format!(" {kind}/s/n"), "")).collect();
        let line = |text_of: &str| text.lines().position(|line| line.contains(text_of)).unwrap() + 1;
        let expected = [
            format!("init @ {} (init container i)", line("image: init")),
            format!("main @ {} (c)", line("image: main")),
            format!("debug @ {} (ephemeral container e)", line("image: debug")),
            format!("files @ {} (volume v)", line("reference: files")),
        ];
        assert_eq!(names, expected, "{text}");
        assert_eq!(found(&text).objects, 1);
    }
}

#[test]
fn uses_in_lists_and_streams_name_their_object() {
    let text = "\
# Source: chart/templates/a.yaml
---
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  metadata: {name: a}
  spec: {containers: [{name: x, image: one}]}
- {apiVersion: v1, kind: Pod, metadata: {generateName: b-}, spec: {containers: [{name: y, image: two}]}}
--- # a comment
# nothing
...
---
apiVersion: v1
kind: ConfigMap
metadata: {name: data}
data: {image: not-run, x: 'kind: Pod'}
";
    assert_eq!(uses(text), ["one @ 10 Pod/a (x)", "two @ 11 Pod/b- (y)"]);
    assert_eq!(found(text).objects, 3);
    assert_eq!(not_judged(text), [""; 0]);
    let status = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\nstatus: {containerStatuses: [{image: b}]}\n";
    assert_eq!(uses(status), ["a @ 3 Pod"]);
}

#[test]
fn unknown_kinds_are_judged_at_image_and_listed_elsewhere() {
    let text = "\
apiVersion: tekton.dev/v1
kind: Task
metadata: {name: t}
spec:
  steps:
  - {name: build, image: builder}
  sidecar: {image: {repository: r, tag: t}}
  proxyImage: proxy
  imageName: named
  embedded: {apiVersion: v1, kind: ConfigMap, metadata: {name: hides}, image: inner}
";
    assert_eq!(uses(text), ["builder @ 6 Task/t (image build)", "inner @ 10 ConfigMap/hides (image)"]);
    let not_judged = not_judged(text);
    assert_eq!(not_judged.len(), 3, "{not_judged:?}");
    assert!(not_judged[0].starts_with("x.yaml:8 Task/t: `proxyImage: proxy`"), "{not_judged:?}");
    let kustomization =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n";
    assert!(super::tests::not_judged(kustomization)[0].contains("kustomize build"));
}

#[test]
fn invalid_images_are_refused_at_their_place() {
    for (image, expected) in [
        ("1.5", "not a text"),
        ("[a]", "not a text"),
        ("{a: b}", "not a text"),
        ("yes", "not a text"),
        ("!!binary ZXZpbA==", "`!!binary`"),
        ("oci:fixtures/python:3.13", "not an image of a registry"),
        ("archive:x.tar", "not an image of a registry"),
        ("registry://dhi.io/python", "not an image of a registry"),
        ("docker://python", "docker://"),
        ("Python", "lower case"),
        ("'a b'", "spaces"),
        ("\"a\\n\"", "control"),
        ("'{{ .Values.image }}'", "not filled in"),
        ("$(params.image)", "not filled in"),
    ] {
        let text = format!("apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {image}\n");
        let reasons = refused(&text).join("\n");
        assert!(reasons.starts_with("5 ") && reasons.contains(expected), "{image}: {reasons}");
    }
    assert!(
        not_judged("apiVersion: v1\nkind: Pod\nspec: {containers: [{name: x, image: }]}\n")[0]
            .contains("`x` names no image")
    );
}

#[test]
fn streams_that_tools_split_differently_are_refused() {
    for text in ["kind: A\n---x: y\n", "kind: A\n--- {kind: B}\n", "kind: A\n----\n", "kind: A\n--- |\n  x\n"]
    {
        let reasons = error(text).to_string();
        assert!(reasons.contains("line 2: only a comment"), "{text}: {reasons}");
    }
    assert!(find(&input("kind: A\napiVersion: v1\n---\r\n--- \n---\t# x\nkind: B\n"), &[]).is_ok());
}

#[test]
fn input_without_objects_is_an_error() {
    for text in ["", "# only a comment\n", "---\n---\n", "a: b\n", "[a]\n"] {
        assert!(matches!(error(text), Error::Nothing(_)), "{text}");
    }
    assert!(matches!(error("just text\n"), Error::Manifest { line: 1, .. }));
    assert!(matches!(
        error("kind: Pod\nspec: {containers: [a]}\napiVersion: v1\n"),
        Error::Manifest { line: 2, .. }
    ));
    let template = error("kind: Pod\nname: {{ .Values.name }}-x\n").to_diagnostic();
    assert_eq!(template.remedies, [Remedy::RenderTemplate], "{}", template.message);
    assert_eq!(uses("kind: ConfigMap\napiVersion: v1\n"), [""; 0]);
    // `UG9k` is `Pod` for readers that decode it.
    for kind in ["!!binary UG9k", "! Pod", "!x Pod", "[Pod]", "1", ""] {
        let text = format!("kind: ConfigMap\n---\napiVersion: v1\nkind: {kind}\n");
        assert!(matches!(error(&text), Error::Manifest { line: 4, .. }), "{kind}");
    }
    let list = "kind: List\napiVersion: v1\nitems: [{apiVersion: !!binary djE=, kind: X, metadata: {name: x}, image: a}]\n";
    assert_eq!(uses(list), ["a @ 3 X/x (image)"]);
}

/// A document that is neither is listed, never ignored. A document that may be both is read as both.
#[test]
fn documents_without_kind_and_version_are_listed() {
    let good = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: good}]}\n---\n";
    for (text, expected) in [
        ("kind: x\n", "(no `apiVersion`)"),
        ("kind: Pod\napiVersion:\nspec: {}\n", "(no `apiVersion`)"),
        ("kind: Pod\napiVersion: ''\nspec: {}\n", "(no `apiVersion`)"),
        ("apiVersion: v1\nspec: {}\n", "(no `kind`)"),
        ("Kind: Pod\nAPIVersion: v1\nspec: {}\n", "neither a Kubernetes object nor a Compose file"),
        ("a: b\n", "neither a Kubernetes object nor a Compose file"),
        ("[{apiVersion: v1, kind: Pod}]\n", "neither"),
    ] {
        let not_judged = not_judged(&format!("{good}{text}"));
        assert!(not_judged.len() == 1 && not_judged[0].contains(expected), "{text}: {not_judged:?}");
        assert_eq!(found(&format!("{good}{text}")).objects, 1, "{text}");
        // Without another document it is an error with the reason.
        let error = error(text);
        assert!(matches!(&error, Error::Nothing(what) if what.contains("neither")), "{error}");
    }
    // A document with only a kind is an object: its images are judged too.
    let text = format!("{good}kind: Pod\nspec: {{containers: [{{image: bad}}]}}\n");
    assert_eq!(uses(&text), ["good @ 3 Pod", "bad @ 6 Pod"]);
    // A kind, or a kind with a version, does not hide a Compose file.
    for head in
        ["kind: x\n", "apiVersion: v1\n", "apiVersion: v1\nkind: x\n", "kind: ConfigMap\napiVersion: v1\n"]
    {
        let found = found(&format!("{head}services: {{web: {{image: bad}}}}\n"));
        assert!(found.uses.iter().any(|one| one.used.written == "bad"), "{head}");
        let is_object = head.contains("kind") && head.contains("apiVersion");
        assert_eq!(found.not_judged.len(), usize::from(!is_object), "{head}");
    }
    for text in
        ["apiVersion: !!binary djE=\nkind: Pod\n", "kind: Pod\napiVersion: 1\n", "kind: 1\napiVersion: v1\n"]
    {
        assert!(matches!(error(text), Error::Manifest { .. }), "{text}");
    }
}

#[test]
fn multiplying_aliases_are_an_error() {
    let mut bomb = "kind: List\napiVersion: v1\na0: &a0 {containers: [{image: x}]}\n".to_owned();
    for level in 1..30 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(matches!(error(&bomb), Error::Exceeded { .. }));
    let mut chain = "kind: List\napiVersion: v1\na0: &a0 [x]\n".to_owned();
    for level in 1..20_000 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(matches!(error(&chain), Error::Exceeded { .. }));
}

#[test]
fn long_texts_are_not_repeated_with_each_use_or_entry() {
    let long = "n".repeat(100_000);
    let key = "n".repeat(900);
    let containers = format!("{{name: {long}, image: good}}, ").repeat(3);
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {long}}}\nspec: {{containers: [{containers}]}}\n"
    );
    let found = found(&text);
    assert_eq!(found.uses.len(), 3);
    for used in found.uses.iter().map(|one| &one.used) {
        assert!(used.place.name.len() < 300 && used.container.len() < 300 && used.written == "good");
    }
    for listed in [
        format!("apiVersion: v1\nkind: Pod\nmetadata: {{annotations: {{image: {long}}}}}\n"),
        format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{name: {long}}}]}}\n"),
        format!(
            "apiVersion: x.y/v1\nkind: X\nspec: {{aimage: {long}, images: [{long}], b: {{{key}image: c}}}}\n"
        ),
        format!(
            "services: {{web: {{build: {{cache_from: [{long}]}}, image: {long}}}}}\nmodels: {{a: {{model: {long}}}}}\n"
        ),
    ] {
        let reasons = not_judged(&listed);
        assert!(!reasons.is_empty() && reasons.iter().all(|one| one.len() < 700), "{}", reasons.len());
    }
    let text = format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: 'user:pass@{long}'}}]}}\n");
    let found = self::found(&text);
    let (used, diagnostic) = &found.refused[0];
    assert_eq!(used.written, "100010 bytes");
    assert_eq!(diagnostic.message, "the image is a text of more than 4096 bytes");
}

#[test]
fn lists_and_searched_texts_have_limits() {
    let is_over = |text: &str, unit: &str| match error(text) {
        Error::Exceeded { exceeded, .. } => assert!(exceeded.limit.ends_with(unit), "{exceeded:?}"),
        other => panic!("{other}"),
    };
    let many = "evil, ".repeat(40_000);
    is_over(&format!("apiVersion: x.y/v1\nkind: X\nimages: [{many}]\n"), "32768 places that are not judged");
    let long = "n".repeat(1 << 20);
    let again = "*z, ".repeat(400);
    is_over(&format!("apiVersion: v1\nkind: ConfigMap\na: &z {long}\nb: [{again}]\n"), "268435456 bytes");
    let many = (0..40_000).map(|number| format!("a/b{number}:v1 ")).collect::<String>();
    is_over(
        &format!("apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: a, args: ['{many}']}}]}}\n"),
        "32768 places that are not judged",
    );
    // Texts that make a reader look ahead or back repeatedly.
    for text in ["<", "$(", "{{", "image:", "a/b:v1'a", "\\\\a/b:v1 ", "image="] {
        let text = text.replace('\'', "").repeat((1 << 20) / text.len());
        let configuration = format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  image: '{text}'\n");
        assert!(found(&configuration).not_judged.len() <= 1, "{}", text.len());
    }
}
