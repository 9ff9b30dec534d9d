//! `dhi admit check` on manifests that helm renders.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::cosign::{Form, Key};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both, succeed};

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\n";
const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
  labels: {app: web}   # comments stay
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      {{- with .Values.init }}
      initContainers:
      - {name: init, image: \"{{ . }}\"}
      {{- end }}
      containers:
      - name: web
        image: {{ .Values.image | quote }}
        args: [--listen, \":8080\"]
";
const CRON_JOB: &str = "\
{{- if .Values.cron }}
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: shop}
spec:
  schedule: '0 3 * * *'
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: job, image: '{{ .Values.image }}'}]}}}}
{{- end }}
";
const HOOK: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: test
  annotations: {helm.sh/hook: test}
spec: {containers: [{name: test, image: {{ .Values.image }}}]}
";

/// `helm template`, with these values.
fn template(env: &PeerEnv, values: &[&str]) -> String {
    env.write("shop/Chart.yaml", CHART);
    env.write("shop/values.yaml", "cron: true\n");
    env.write("shop/templates/deployment.yaml", DEPLOYMENT);
    env.write("shop/templates/cron.yaml", CRON_JOB);
    env.write("shop/templates/tests/hook.yaml", HOOK);
    let sets = values.iter().flat_map(|value| ["--set", value]);
    env.run("helm", ["template", "one", "shop"].into_iter().chain(sets))
}

/// `dhi admit check -`; exit code, standard output, everything for messages.
fn check(env: &PeerEnv, arguments: &[&str], manifests: &str) -> (i32, String, String) {
    let mut command = env.dhi(&[]);
    command.args(["admit", "check", "--plain-http", "127.0.0.1", "--no-cache"]).args(arguments).arg("-");
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(manifests.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let story = both(&output);
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).unwrap(), story)
}

#[test]
fn rendered_helm_charts_are_judged_and_resolved() {
    let Some(env) = PeerEnv::with(&["helm", "refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let key = Key::generate(&env, "team");
    let repository = format!("{}/shop/web", registry.host);
    let tagged = format!("{repository}:1");
    let image = Image::pushed(&env, Recipe::WHOLE, &tagged);
    Form::SimpleSigning.sign_image(&env, &key, &repository, &image);
    let trust = ["--key", key.public()];

    let rendered = template(&env, &[&format!("image={tagged}")]);
    assert!(rendered.contains("# Source: shop/templates/deployment.yaml"), "{rendered}");
    let (exit, stdout, story) = check(&env, &[&trust[..], &["--format", "json"]].concat(), &rendered);
    assert_eq!(exit, 0, "{story}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    let [one] = document["images"].as_array().unwrap().as_slice() else { panic!("{story}") };
    assert_eq!(one["image"]["digest"], image.digest.as_str(), "{story}");
    let mut uses: Vec<String> = one["uses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("{} {} {}", one["kind"], one["name"], one["container"]).replace('"', ""))
        .collect();
    uses.sort();
    assert_eq!(uses, ["CronJob nightly job", "Deployment one-web web", "Pod test test"], "{story}");
    for one in one["uses"].as_array().unwrap() {
        let line = usize::try_from(one["line"].as_u64().unwrap()).unwrap();
        assert!(rendered.lines().nth(line - 1).unwrap().contains(&tagged), "{one}");
    }

    let (exit, resolved, story) = check(&env, &[&trust[..], &["--resolve"]].concat(), &rendered);
    assert_eq!(exit, 0, "{story}");
    assert_eq!(resolved, rendered.replace(&tagged, &format!("{tagged}@{}", image.digest)), "{story}");

    // Helm can run the check itself: what it deploys is then what was printed. Hooks are not given to it.
    let mut helm = env.peer("helm");
    helm.args(["template", "one", "shop", "--set", &format!("image={tagged}")]);
    helm.args(["--post-renderer", crate::support::env::DHI]);
    let flags =
        ["admit", "check", "--plain-http", "127.0.0.1", "--no-cache", "--resolve", "--key", key.public()];
    for argument in flags.iter().chain(&["-"]) {
        helm.arg(format!("--post-renderer-args={argument}"));
    }
    let pinned = succeed(&mut helm);
    assert!(pinned.contains(&format!("image: \"{tagged}@{}\"", image.digest)), "{pinned}");
    assert!(pinned.contains(&format!("{{name: test, image: {tagged}}}")), "{pinned}");

    // With an unsigned init container nothing is printed.
    let unsigned =
        template(&env, &[&format!("image={tagged}"), &format!("init={}/shop/none:1", registry.host)]);
    let (exit, resolved, story) = check(&env, &[&trust[..], &["--resolve"]].concat(), &unsigned);
    assert_eq!((exit, resolved.as_str()), (3, ""), "{story}");
    assert!(story.contains("Deployment/one-web (init container init)"), "{story}");
}

#[test]
fn a_template_and_a_failed_helm_are_errors() {
    let Some(env) = PeerEnv::with(&["helm"]) else { return };
    template(&env, &["image=x"]);
    let failed = env
        .peer("helm")
        .args(["template", "one", "shop", "--set", "cron.x.y=1", "--show-only", "none"])
        .output();
    let failed = failed.unwrap();
    assert!(!failed.status.success() && failed.stdout.is_empty(), "{}", both(&failed));
    let (exit, _, story) = check(&env, &[], "");
    assert_eq!(exit, 2, "{story}");
    assert!(story.contains("error[admit/input]"), "{story}");
    let (exit, _, story) = check(&env, &[], DEPLOYMENT);
    assert_eq!(exit, 2, "{story}");
    assert!(story.contains("helm template"), "{story}");
}
