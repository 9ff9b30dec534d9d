//! The manifests that mutants start from, and the parts that mutations insert.

/// Parts of Kubernetes objects with a unique image.
pub(super) const POD_PIECES: [&str; 16] = [
    "initContainers: [{name: i, image: evil/a}]",
    "initContainers:\n  - {name: i, image: evil/b}\n",
    "\"initContainers\":[{\"image\":\"evil/c\"}]",
    "?initContainers: [{image: evil/d}]",
    "{name: x, image: evil/e}",
    "- {name: x, image: evil/f}",
    "- image: evil/g\n",
    "image: evil/h",
    "\"image\":\"evil/i\"",
    "volumes: [{name: v, image: {reference: evil/j}}]",
    "ephemeralContainers: [image: evil/k]",
    "<<: {image: evil/l}",
    "<<: *a",
    "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: evil/m}]}\n",
    "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"evil/n\"}]}}",
    "spec: {containers: [{image: evil/o}]}",
];

/// Parts of Compose files with a unique image.
pub(super) const COMPOSE_PIECES: [&str; 14] = [
    "evil: {image: evil/a}",
    "evil:\n    image: evil/b\n",
    "  evil: {image: evil/c}\n",
    "image: evil/d",
    "\"image\":\"evil/e\"",
    "?image: evil/f",
    "volumes: [{type: image, source: evil/g, target: /x}]",
    "- {type: image, source: evil/h, target: /x}",
    "<<: {image: evil/i}",
    "<<: *base",
    "services: {evil: {image: evil/j}}",
    "\nservices:\n  evil: {image: evil/k}\n",
    "pre_start: [{image: evil/l, command: x}]",
    "jobs: {evil: {image: evil/m}}",
];

const FLOW: &str = "{apiVersion: v1, kind: Pod, metadata: {name: x, labels: {a: 'b c', \"d\": e}}, spec: {containers: [{name: a, image: one/a}, \
                    {name: b, image: \"one/b\", args: [-x, \"y\", 'z']}], volumes: [{name: v, image: {reference: one/c}}]}}\n";
const BLOCK: &str = "\
# A pod
apiVersion: v1
kind: Pod
metadata:
  name: x
  annotations: {note: \"image: none\"}   # a comment
spec:
  initContainers:
  - name: i
    image: 'two/a'
    command: [sh, -c, \"echo\"]
  containers:
    - name: c
      image: two/b
      env: [{name: A, value: 'b'}, {name: C, value: \"d\"}]
      args:
      - >-
        folded
        text
      - |
        literal: text
        image: none
    - {name: d, image: two/c}
";
const ANCHORS: &str = "\
apiVersion: v1
kind: List
x: &a {image: three/a, name: n}
y: &b
  image: three/b
items:
- apiVersion: v1
  kind: Pod
  metadata: &m {name: p}
  spec:
    containers:
    - {<<: *a, name: c}
    - <<: [*a, *b]
      name: d
    - *b
- {apiVersion: v1, kind: Pod, metadata: *m, spec: {containers: [*a, {<<: *b}]}}
";
const JSON: &str = "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Pod\",\n  \"metadata\": {\"name\": \"j\"},\n  \"spec\": {\n    \"containers\": [\n      \
                    {\"name\": \"c\", \"image\": \"four/a\"},\n      {\"image\": \"four/b\", \"args\": [\"\\u0061\", 1, true, null]}\n    ]\n  }\n}\n";
const STREAM: &str = "\
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data:
  on: 'yes'
  text: |
    ---
    kind: Pod
---
# nothing
---
apiVersion: v1
kind: Pod
spec: {containers: [{image: five/a}]}
...
---
{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"containers\": [{\"image\": \"five/b\"}]}}
";
const EXPLICIT: &str = "\
? apiVersion
: v1
? kind
: Pod
spec:
  ? containers
  : - ? image
      : six/a
    - image: six/b
    - { ? image : six/c, name : x }
";

/// Kubernetes manifests; `rendered` are those that real tools printed.
pub(super) fn kubernetes(rendered: &[String]) -> Vec<String> {
    let own = [FLOW, FLOW, BLOCK, BLOCK, ANCHORS, ANCHORS, JSON, JSON, STREAM, EXPLICIT];
    own.into_iter().map(str::to_owned).chain(rendered.iter().cloned()).collect()
}

/// Compose files.
pub(super) fn compose() -> Vec<String> {
    [
        "\
name: shop
x-base: &base {restart: always, image: one/a}
services:
  web: {<<: *base, ports: ['80:80']}
  api: {build: ., image: local/api}
  child: {extends: {service: web}, environment: {A: b}}
  db:
    image: \"one/b\" # a comment
    volumes:
    - data:/var
    - {type: image, source: one/c, target: /f}
volumes: {data: {}}
",
        "{services: {web: {image: two/a, command: [x, 'y', \"z\"]}, db: {image: two/b, volumes: [{type: image, source: two/c, target: /x}]}}}\n",
        "\
services:
  web:
    image: three/a
    command:
      - sh
      - -c
      - |
        image: none
    pre_start:
    - {image: three/b, command: x}
---
services:
  web:
    image: 'three/c'
",
        "{\"services\": {\"web\": {\"image\": \"four/a\", \"environment\": {\"A\": \"\\u0061\"}}, \"db\": {\"image\": \"four/b\"}}}\n",
        "\
x-one: &one
  image: five/a
x-two: &two
  image: five/b
  labels: {a: b}
services:
  a:
    <<: [*one, *two]
    profiles: [x]
  b:
    <<: *two
  ? c
  : *one
",
    ]
    .map(str::to_owned)
    .to_vec()
}
