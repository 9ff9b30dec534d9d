//! Images that a cluster fills in, and exceptions for parts that are not judged.

use super::{AdmitFixture, conforms, pod, show};

const GATEWAY: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress}
spec:
  template:
    metadata:
      annotations: {inject.istio.io/templates: gateway}
      labels: {sidecar.istio.io/inject: 'true'}
    spec:
      containers:
      - name: istio-proxy
        image: auto
";

fn exception(text: &str, day: &str) -> String {
    format!(
        "- text: {text}\n  check: admit/not-judged\n  reason: istio puts its proxy there\n  expires: {day}\n"
    )
}

#[test]
fn an_exception_excuses_the_image_placeholder_of_istio() {
    let setup = AdmitFixture::new();
    let gateway = setup.write("gateway.yaml", GATEWAY);
    let gateway = show(&gateway);
    let run = setup.check(&[gateway]);
    run.assert(0, "HOME/gateway.yaml:12 Deployment/ingress  Istio's webhook");
    run.assert(0, "Istio's webhook in the cluster");
    setup.check(&["--strict", gateway]).assert(1, "error[admit/not-judged]: a part of the manifests");
    let file = setup.write("exceptions.yaml", &exception("auto", "2099-12-31"));
    let run = setup.check(&["--strict", "--exceptions", show(&file), gateway]);
    run.assert(0, "excused until 2099-12-31: istio puts its proxy there");
    assert!(!run.stderr.contains("unused"), "{}", run.stderr);
    let document =
        setup.check(&["--strict", "--exceptions", show(&file), "--format", "json", gateway]).json();
    conforms(&document);
    assert_eq!(
        (&document["notJudged"][0]["text"], &document["notJudged"][0]["exception"]["expires"]),
        (&"auto".into(), &"2099-12-31".into())
    );
    // The policy has no part in it.
    for policy in ["attested", "signed"] {
        let flags = ["--strict", "--policy", policy];
        setup.check(&[&flags[..], &[gateway]].concat()).assert(1, "error[admit/not-judged]");
        let excused = [&flags[..], &["--exceptions", show(&file), gateway]].concat();
        setup.check(&excused).assert(0, "excused until 2099-12-31");
    }
    let image = "- {image: x, check: base/not-dhi, reason: r, expires: 2099-12-31}\n";
    let image = setup.write("image.yaml", image);
    setup
        .check(&["--policy", "attested", "--exceptions", show(&image), gateway])
        .assert(2, "has no findings that can be excused");
}

#[test]
fn a_pass_by_an_excused_text_only_is_reported() {
    let setup = AdmitFixture::new();
    let good = setup.good();
    let two = format!("{GATEWAY}---\n{}", pod("web", &[&good]));
    let two = setup.write("two.yaml", &two);
    let file = setup.write("exceptions.yaml", &exception("auto", "2099-12-31"));
    let says = "pass (1 finding excused until 2099-12-31)";
    let check =
        |flags: &[&str]| setup.check(&[&["--exceptions", show(&file)], flags, &[show(&two)]].concat());
    for format in ["table", "junit", "github", "markdown"] {
        let run = check(&["--strict", "--format", format]);
        let text = run.stdout.replace("%3A", ":");
        assert!(run.code == 0 && text.contains(says), "{format}: {text}");
        // Where not everything must be judged there is nothing to excuse.
        let run = check(&["--format", format]);
        assert!(run.code == 0 && !run.stdout.contains(says), "{format}: {}", run.stdout);
    }
    let json = check(&["--strict", "--format", "json"]).json();
    assert_eq!(json["excused"]["exceptions"]["until"], "2099-12-31");
    let sarif = check(&["--strict", "--format", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["properties"]["excused"]["exceptions"]["findings"], 1);
}

#[test]
fn an_exception_excuses_the_exact_text_until_it_expires() {
    let setup = AdmitFixture::new();
    let gateway = setup.write("gateway.yaml", GATEWAY);
    for (text, day, fate) in [
        ("' auto'", "2099-12-31", "unused"),
        ("'auto '", "2099-12-31", "unused"),
        ("\"auto\\n\"", "2099-12-31", "unused"),
        ("aut", "2099-12-31", "unused"),
        ("'**'", "2099-12-31", "unused"),
        ("docker.io/library/auto", "2099-12-31", "unused"),
        ("auto", "2020-12-31", "expired"),
    ] {
        let file = setup.write("exceptions.yaml", &exception(text, day));
        let run = setup.check(&["--strict", "--exceptions", show(&file), show(&gateway)]);
        run.assert(1, "error[admit/not-judged]");
        assert!(run.stderr.contains(&format!("is {fate}")), "{text}: {}", run.stderr);
    }
    // One text excused leaves the others.
    let two = format!("{GATEWAY}        args: [--image, team/app]\n");
    let two = setup.write("two.yaml", &two);
    let file = setup.write("exceptions.yaml", &exception("auto", "2099-12-31"));
    let run = setup.check(&["--strict", "--exceptions", show(&file), show(&two)]);
    run.assert(1, "error[admit/not-judged]: a part of the manifests was not judged");
}

#[test]
fn an_excused_text_excuses_no_failing_image() {
    let setup = AdmitFixture::new();
    let bad = setup.bad();
    let manifest = setup.write("x.yaml", &pod("web", &[&bad]));
    for text in [bad.as_str(), "bad/app", "'**'"] {
        let file = setup.write("exceptions.yaml", &exception(text, "2099-12-31"));
        let run = setup.check(&["--exceptions", show(&file), show(&manifest)]);
        run.assert(3, "error[trust/unsigned]");
        assert!(run.stderr.contains("is unused"), "{}", run.stderr);
    }
    // Nor one whose text is no image.
    let refused = setup.write("x.yaml", &pod("web", &["$IMAGE"]));
    let file = setup.write("exceptions.yaml", &exception("$IMAGE", "2099-12-31"));
    setup.check(&["--exceptions", show(&file), show(&refused)]).assert(2, "error[admit/image]");
    for wrong in [
        exception("auto", "2099-12-31").replace("admit/not-judged", "base/not-dhi"),
        exception("auto", "2099-12-31").replace("text:", "image:"),
    ] {
        let file = setup.write("exceptions.yaml", &wrong);
        setup.check(&["--exceptions", show(&file), show(&manifest)]).assert(2, "error[policy/exceptions]");
    }
}

/// An operator's default (`image: ""`) and a text that is no image: what the others say is judged all the same.
#[test]
fn an_unreadable_image_text_does_not_end_the_run() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    let engine = "apiVersion: example.com/v1\nkind: Engine\nmetadata: {name: e}\nspec:\n  image: \"\"\n";
    let file = setup.write("engine.yaml", &format!("{engine}---\n{}", pod("web", &[&good])));
    let run = setup.check(&[show(&file)]);
    run.assert(0, "`image` is empty");
    run.assert(0, "good/app");
    setup.check(&["--strict", show(&file)]).assert(1, "error[admit/not-judged]");
    let odd = setup.write("odd.yaml", &pod("odd", &["Python:3.13"]));
    let run = setup.check(&[show(&odd), show(&file)]);
    run.assert(2, "error[usage/reference]");
    assert!(run.stdout.contains("good/app"), "{}", run.stdout);
    let worse = setup.write("worse.yaml", &pod("worse", &[&bad.replace("latest", "none")]));
    setup.check(&[show(&odd), show(&file), show(&worse)]).assert(3, "error[usage/reference]");
}

#[test]
fn files_that_compose_would_also_read_are_named() {
    let setup = AdmitFixture::new();
    let good = setup.good();
    let services = format!("services:\n  web:\n    image: {good}\n");
    let compose = setup.write("shop/compose.yaml", &services);
    let run = setup.check(&[show(&compose)]);
    run.assert(0, "pass");
    assert!(!run.stderr.contains("override"), "{}", run.stderr);
    let over = setup.write("shop/compose.override.yml", &services);
    let run = setup.check(&["--strict", show(&compose)]);
    run.assert(0, "pass");
    assert!(run.stderr.contains("HOME/shop/compose.override.yml"), "{}", run.stderr);
    for given in [&[show(&compose), show(&over)][..], &[show(compose.parent().unwrap())], &[show(&over)]] {
        let run = setup.check(given);
        assert!(!run.stderr.contains("which was not given"), "{given:?}: {}", run.stderr);
    }
    // Not beside a file of another name.
    let other = setup.write("shop/prod.yaml", &services);
    assert!(!setup.check(&[show(&other)]).stderr.contains("override"));
}
