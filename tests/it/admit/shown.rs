//! The output of `dhi admit check`.

use dhi::oci::Digest;
use roxmltree::Document;
use serde_json::Value;

use super::{AdmitFixture, conforms, pod, show};
use crate::renderers::{Outputs, outputs_of};
use crate::snapshots::snapshot;
use crate::support::registry::Reply;

#[test]
fn output_formats_match_their_snapshots() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    snapshot!("admit-pass", setup.piped(&["-"], &pod("web", &[&good, &good])));
    let rollout = format!(
        "apiVersion: example.com/v1\nkind: Engine\nmetadata: {{name: e, namespace: shop}}\nspec: {{image: {good}, proxyImage: p}}\n"
    );
    let mixed = format!("{}---\n{rollout}", pod("web", &[&good, &bad, "$TAG"]));
    snapshot!("admit-mixed", setup.piped(&["-"], &mixed));
    snapshot!("admit-strict", setup.piped(&["--strict", "-"], &rollout));
    let document = setup.piped(&["--strict", "--format", "json", "-"], &mixed);
    conforms(&document.json());
    assert_eq!(document.json()["error"]["code"], "admit/not-judged");
    snapshot!(
        "admit-json",
        setup.piped(
            &["--format", "json", "-"],
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 1}]}\n"
        )
    );
    snapshot!("admit-bad-yaml", setup.piped(&["-"], "kind: Pod\nspec: {a: 1, a: 2}\n"));
    snapshot!("admit-nothing", setup.piped(&["-"], ""));
    snapshot!("admit-help", setup.env.dhi(&["admit", "check", "--help"]));
}

/// A manifest with an image of each kind, and a part that cannot be judged.
struct Mixed {
    setup: AdmitFixture,
    text: String,
}

impl Mixed {
    fn new() -> Self {
        let setup = AdmitFixture::new();
        let closed = format!("{}/closed/app:1", setup.registry.host());
        setup.registry.script("/v2/closed/app/manifests/1", Reply::new(401, ""));
        let images = [&setup.good(), &setup.bad(), &closed, "$TAG"];
        let engine =
            "---\napiVersion: example.com/v1\nkind: Engine\nmetadata: {name: e}\nspec: {proxyImage: p}\n";
        let text = format!("{}{engine}", pod("web", &images));
        Self { setup, text }
    }

    fn outputs(&self, more: &[&str]) -> Outputs {
        let setup = &self.setup;
        outputs_of(&setup.env, |flags| setup.piped(&[flags, more, &["-"]].concat(), &self.text))
    }
}

/// The first word of each row that a table has.
fn verdicts(table: &str) -> Vec<&str> {
    let rows = table.lines().skip(1).take_while(|line| !line.is_empty());
    rows.map(|row| row.trim_start().split("  ").next().unwrap()).collect()
}

/// What was not judged is a row of its own kind in each format, and never a pass.
#[test]
fn no_format_shows_unjudged_images_as_passed() {
    let mixed = Mixed::new();
    for (flags, code) in [(&[][..], 5), (&["--strict"], 5)] {
        let strict = !flags.is_empty();
        let out = mixed.outputs(flags);
        assert_eq!(out.code, code, "{}", out.table);
        assert_eq!(verdicts(&out.table), ["pass", "fail", "unknown", "fail", "not judged"], "{}", out.table);
        let last = "unknown  1 of 4 images pass dhi-or-dhi-based; 2 failed, 1 unknown, 1 not judged";
        assert_eq!(out.table.lines().last(), Some(last));
        let reason = "`proxyImage: p` in an object of an unknown kind";
        assert!(out.table.contains(reason), "{}", out.table);

        conforms(&out.json);
        assert_eq!(out.json["verdict"], "unknown");
        assert_eq!(out.json["counts"]["notJudged"], 1);
        assert_eq!(out.json["notJudged"][0]["reason"], reason);
        assert_eq!(out.json.get("error").is_some(), strict);

        let row = |line: &&str| line.contains(reason.trim_matches('`')) || line.contains("Engine e");
        let rows: Vec<&str> = out.markdown.lines().filter(|line| line.starts_with("| **")).collect();
        assert_eq!(rows.len(), 5, "{}", out.markdown);
        assert!(rows.last().filter(|line| row(line)).unwrap().starts_with("| **not judged** | "));
        assert!(out.markdown.starts_with(&format!("## dhi: {last}\n")), "{}", out.markdown);
        // Each failure has a block; what was not judged is one with `--strict`.
        assert_eq!(out.markdown.matches("<details>").count(), 3 + usize::from(strict), "{}", out.markdown);
        assert!(rows.last().unwrap().contains(&format!(" | {reason} | none |")), "{}", out.markdown);

        let junit = Document::parse(&out.junit).unwrap();
        let of_part = junit.descendants().find(|node| node.attribute("name") == Some("not judged")).unwrap();
        let ends: Vec<&str> = of_part
            .children()
            .filter(roxmltree::Node::is_element)
            .map(|node| node.tag_name().name())
            .collect();
        assert_eq!(ends, [if strict { "failure" } else { "skipped" }], "{}", out.junit);
        let errors = junit.descendants().filter(|node| node.has_tag_name("error"));
        let errors: Vec<_> = errors.filter_map(|node| node.attribute("type")).collect();
        assert_eq!(errors, ["registry/unauthorized"]);

        let part = out.github.lines().find(|line| line.contains("proxyImage")).unwrap();
        let command = if strict { "error" } else { "warning" };
        let title = if strict { "not judged (admit/not-judged)" } else { "not judged" };
        assert!(part.starts_with(&format!("::{command} title=dhi%3A {title}::<stdin>:19 ")), "{part}");
        let errors = out.github.lines().filter(|line| line.starts_with("::error "));
        assert_eq!(errors.count(), 3 + usize::from(strict), "{}", out.github);
        let notices: Vec<&str> = out.github.lines().filter(|line| line.starts_with("::notice ")).collect();
        assert!(matches!(notices[..], [one] if !one.contains("Engine")), "{notices:?}");

        let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
        let run = &sarif["runs"][0];
        assert_eq!(run["properties"]["counts"], out.json["counts"]);
        let of_part = |list: &Value| {
            let all = list.as_array().unwrap().iter();
            all.filter(|one| one["message"]["text"].as_str().unwrap().contains("proxyImage")).count()
        };
        let notified = of_part(&run["invocations"][0]["toolExecutionNotifications"]);
        let expected = if strict { (1, 0) } else { (0, 1) };
        assert_eq!((of_part(&run["results"]), notified), expected, "{sarif:#}");
    }
}

/// Where there is nothing but what was not judged nothing passes, though nothing fails.
#[test]
fn a_run_of_unjudged_parts_only_is_not_judged() {
    let setup = AdmitFixture::new();
    let text = "apiVersion: example.com/v1\nkind: Engine\nspec: {proxyImage: p}\n";
    let run = setup.piped(&["-"], text);
    assert!(run.stdout.ends_with("\n\nnot judged  no images in 1 object; 1 not judged\n"), "{}", run.stdout);
    assert_eq!(run.code, 0);
    let json = setup.piped(&["--format", "json", "-"], text).json();
    conforms(&json);
    assert_eq!(json["verdict"], "not-judged");
    let strict = setup.piped(&["--strict", "-"], text);
    assert!(strict.stdout.ends_with("\n\nfail  no images in 1 object; 1 not judged\n"), "{}", strict.stdout);
    assert_eq!(strict.code, 1);
}

#[test]
fn a_pass_by_exception_is_marked_in_its_row() {
    let setup = AdmitFixture::new();
    crate::policy::bare(&setup.env);
    setup.registry.serve_layout(&setup.env.path("bare"), "bare/app");
    let bare = format!("{}/bare/app:1", setup.registry.host());
    let exceptions = setup.write(
        "exceptions.yaml",
        "- {image: '**', check: base/not-dhi, reason: until the rebuild, expires: 2100-12-31}\n",
    );
    let text = pod("web", &[&setup.good(), &bare]);
    let flags = ["--exceptions", show(&exceptions), "-"];
    let run = setup.piped(&flags, &text);
    let says = "pass (1 finding excused until 2100-12-31)";
    assert_eq!((run.code, verdicts(&run.stdout)), (0, vec!["pass", says]), "{}{}", run.stdout, run.stderr);
    let last = format!("{says}  2 of 2 images pass dhi-or-dhi-based; 0 not judged");
    assert_eq!(run.stdout.lines().last(), Some(last.as_str()));
    let json = setup.piped(&[&["--format", "json"], &flags[..]].concat(), &text).json();
    conforms(&json);
    assert_eq!(json["excused"]["exceptions"]["findings"], 1);
}

#[test]
fn quiet_runs_and_digests_are_for_scripts() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    let both = setup.write("both.yaml", &pod("web", &[&good, &bad]));
    let one = setup.write("one.yaml", &pod("web", &[&good]));
    let run = setup.check(&["--quiet", show(&one)]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
    let run = setup.check(&["-q", show(&both)]);
    assert_eq!((run.code, &*run.stdout), (3, ""));
    assert!(run.stderr.starts_with("error[trust/unsigned]"), "{}", run.stderr);
    assert!(!run.stderr.contains("good/app"), "{}", run.stderr);
    let run = setup.check(&["--format", "digest", show(&both)]);
    let digest = Digest::of(&setup.registry.tagged("good/app", "latest").unwrap());
    assert_eq!((run.code, run.stdout), (3, format!("127.0.0.1:PORT/good/app:latest@{digest}\n")));
    assert!(run.stderr.ends_with("\nfail  1 of 2 images pass dhi-or-dhi-based; 1 failed, 0 not judged\n"));
    // What is no image, or not judged, is not lost.
    let wrong = setup.write("wrong.yaml", &pod("web", &[&good, "No Image"]));
    for flags in [&["-q"][..], &["--format", "digest"]] {
        let run = setup.check(&[flags, &[show(&wrong)]].concat());
        run.assert(2, "HOME/wrong.yaml:10");
        assert!(run.stderr.starts_with("error["), "{}", run.stderr);
    }
    let run = setup.check(&["--resolve", "-q", show(&one)]);
    assert!(run.stdout.contains(&format!("good/app:latest@{digest}")), "{}", run.stdout);
    assert_eq!((run.code, &*run.stderr), (0, ""));
}
