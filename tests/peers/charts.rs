//! Helm charts, packaged and pushed by helm, then attested and signed as hardened charts are.

use std::path::PathBuf;

use serde_json::Value;

use crate::cosign::{Form, Key};
use crate::image::{Image, On};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};
use crate::verify::{Verdict, verify, verify_attested};

const CHART: &str = "apiVersion: v2\nname: web-chart\nversion: 1.42.0\ndescription: A web server\n";
const TEMPLATE: &str =
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata: {greeting: hello}\n";

/// `helm package`; the archive.
fn package(env: &PeerEnv) -> PathBuf {
    env.write("web-chart/Chart.yaml", CHART);
    env.write("web-chart/templates/config.yaml", TEMPLATE);
    env.run("helm", ["package", "web-chart"]);
    env.path("web-chart-1.42.0.tgz")
}

/// `helm push`; the reference that helm gives it, and its digest.
fn push(env: &PeerEnv, archive: &PathBuf, registry: &Registry, folder: &str) -> (String, String) {
    let to = format!("oci://{}/{folder}", registry.host);
    let pushed = env.peer("helm").arg("push").arg(archive).args([&to, "--plain-http"]).output().unwrap();
    let said = both(&pushed);
    assert!(pushed.status.success(), "{said}");
    let (_, digest) = said.split_once("Digest: ").unwrap_or_else(|| panic!("{said}"));
    (format!("{}/{folder}/web-chart:1.42.0", registry.host), digest.trim().to_owned())
}

fn repository(tagged: &str) -> &str {
    tagged.rsplit_once(':').unwrap().0
}

/// `platform_of_entry` is empty for a chart that its index names without one.
fn is_a_chart(verdict: &Verdict, platform_of_entry: &str, chart: &str) {
    let platforms = verdict.image()["platforms"].as_array().unwrap();
    let [platform] = platforms.as_slice() else { panic!("{verdict}") };
    let found = ["kind", "platform", "digest"].map(|name| platform[name].as_str().unwrap_or_default());
    assert_eq!(found, ["chart", platform_of_entry, chart], "{verdict}");
}

#[test]
fn charts_pushed_by_helm_verify() {
    let peers = ["helm", "refreg", "docker-registry", "regctl", "cosign2", "cosign3"];
    let Some(env) = PeerEnv::with(&peers) else { return };
    let key = Key::generate(&env, "team");
    let archive = package(&env);
    for kind in [Kind::Ggcr, Kind::Distribution2] {
        let registry = Registry::start(&env, kind);
        for form in Form::BOTH {
            let (tagged, digest) = push(&env, &archive, &registry, &format!("charts/{}", form.word()));
            verify(&env, &["--key", key.public(), &tagged]).ends(1, &["base/not-dhi"]);
            let unsigned = verify_attested(&env, &["--key", key.public(), &tagged]);
            unsigned.ends(3, &["attest/none"]);
            let checks = unsigned.image()["checks"].as_array().unwrap();
            assert!(checks.iter().any(|check| check["failure"]["hint"].is_string()), "{unsigned}");

            let chart = Image::around_chart(&env, &tagged, On::Chart);
            assert_eq!(chart.digest, digest);
            chart.push(&env, &tagged);
            verify(&env, &["--key", key.public(), &tagged]).ends(3, &["trust/unsigned"]);
            form.sign_image(&env, &key, repository(&tagged), &chart);
            let verdict = verify(&env, &["--key", key.public(), "--require-index-signature", &tagged]);
            verdict.passes(2, form);
            is_a_chart(&verdict, "", &digest);

            // To helm it is the chart that it pushed.
            env.write("pulled/README", "");
            env.run("helm", ["pull", &format!("oci://{tagged}"), "--plain-http", "--destination", "pulled"]);
            let pulled = std::fs::read(env.path("pulled/web-chart-1.42.0.tgz")).unwrap();
            assert_eq!(pulled, std::fs::read(&archive).unwrap());
        }
    }
}

#[test]
fn charts_in_an_index_are_proven_by_either_attestations() {
    let Some(env) = PeerEnv::with(&["helm", "refreg", "docker-registry", "regctl", "cosign2", "cosign3"])
    else {
        return;
    };
    let key = Key::generate(&env, "team");
    let archive = package(&env);
    for kind in [Kind::OciRegistry, Kind::Distribution2] {
        let registry = Registry::start(&env, kind);
        for (on, name) in [(On::ChartInIndex, "chart"), (On::Index, "index")] {
            let (pushed, digest) = push(&env, &archive, &registry, name);
            let chart = Image::around_chart(&env, &pushed, on);
            let tagged = format!("{}/{name}/whole:1.42.0", registry.host);
            chart.push(&env, &tagged);
            Form::SimpleSigning.sign_image(&env, &key, repository(&tagged), &chart);
            for more in [&[][..], &["--platform", "linux/amd64"]] {
                let verdict = verify(&env, &[&["--key", key.public(), &tagged], more].concat());
                verdict.passes(2, Form::SimpleSigning);
                is_a_chart(&verdict, "linux/amd64", &digest);
            }
        }
    }
}

#[test]
fn charts_with_statements_about_another_chart_fail() {
    let Some(env) = PeerEnv::with(&["helm", "refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let key = Key::generate(&env, "team");
    let registry = Registry::start(&env, Kind::Ggcr);
    let (tagged, _) = push(&env, &package(&env), &registry, "charts");
    let chart: Value =
        serde_json::from_str(&env.regctl(&["manifest", "get", "--format", "raw-body", &tagged])).unwrap();
    assert_eq!(chart["config"]["mediaType"], "application/vnd.cncf.helm.config.v1+json");
    let other = Image::around_chart(&env, &tagged, On::Wrong);
    other.push(&env, &tagged);
    Form::SimpleSigning.sign_image(&env, &key, repository(&tagged), &other);
    verify(&env, &["--key", key.public(), &tagged]).ends(4, &["trust/subject-mismatch"]);
}
