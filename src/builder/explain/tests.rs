//! What is told about small definitions.

use super::{Explanation, UnpinnedKind};
use crate::builder::definition::{Definition, TargetPlatform, read};
use crate::report::Style;

fn explain(text: &str) -> Explanation {
    let definition = read(text, "a.yaml").unwrap().definition;
    Explanation::new("a.yaml", &definition, &[(TargetPlatform::LinuxAmd64, definition.clone())])
}

const IMAGE: &str = "# syntax=dhi.io/build:2-debian13
name: a
image: dhi.io/a
variant: dev
entitlement: els
tags: [a]
vars: {KNOWN: a}
contents:
  packages: [bash, curl=8.0-1]
  files:
    - {url: 'https://example.org/a', path: '/${UNKNOWN}/${KNOWN}', uid: 0, gid: 0, secret-id: token}
  builds:
    - name: s
      privileged: true
      pipeline:
        - {name: one, uses: go/build@v1, with: {output: '${target.dir}/${GOFLAGS}'}}
        - {name: two, uses: go/build@v1}
        - {name: three, runs: 'echo ${HOME}'}
";

#[test]
fn what_is_open_or_gated_is_told() {
    let told = explain(IMAGE);
    let open: Vec<(UnpinnedKind, &str)> =
        told.unpinned.iter().map(|one| (one.kind, one.name.as_str())).collect();
    assert_eq!(
        open,
        [
            (UnpinnedKind::Version, "bash"),
            (UnpinnedKind::Digest, "dhi.io/build:2-debian13"),
            (UnpinnedKind::Checksum, "https://example.org/a"),
        ]
    );
    let gated: Vec<(&str, &str)> = told.gated.iter().map(|one| (one.what, one.name.as_str())).collect();
    assert_eq!(
        gated,
        [("product", "els"), ("frontend", "dhi.io/build:2-debian13"), ("file", "https://example.org/a")]
    );
    assert_eq!((told.network[0].stage.as_str(), told.network[0].step.as_deref()), ("s", None));
    assert_eq!((told.secrets[0].id.as_str(), told.secrets[0].env.as_deref()), ("token", None));
    assert_eq!((told.actions[0].name.as_str(), told.actions[0].steps), ("go/build@v1", 2));
}

#[test]
fn only_names_outside_scripts_are_unresolved() {
    let told = explain(IMAGE);
    let names: Vec<(&str, &[String])> =
        told.unresolved.iter().map(|one| (one.reference.as_str(), one.places.as_slice())).collect();
    assert_eq!(
        names,
        [
            ("${UNKNOWN}", &["file /${UNKNOWN}/${KNOWN}, path".to_owned()][..]),
            ("${GOFLAGS}", &["stage s: step one, with.output".to_owned()][..]),
        ]
    );
}

#[test]
fn an_image_without_user_runs_as_root() {
    let text = explain(IMAGE).text(Style::default());
    assert!(text.contains("runs as\n  user       root\n  root user  does not exist\n"), "{text}");
    assert!(text.contains("explained  runs as root, development image, "), "{text}");
}

#[test]
fn a_user_with_the_number_of_root_runs_as_root() {
    for (run_as, is_root) in [("app", true), ("app:1", true), ("'00'", true), ("other", false)] {
        let text = format!(
            "{IMAGE}accounts:\n  run-as: {run_as}\n  users:\n    - {{name: app, uid: 0, gid: 1}}\n    - {{name: other, uid: 2, gid: 2}}\n"
        );
        let told = explain(&text);
        assert_eq!(told.runs_as_root, is_root, "{run_as}");
        assert_eq!(told.text(Style::default()).contains("explained  runs as root, "), is_root, "{run_as}");
    }
}

#[test]
fn the_last_line_names_the_platform_where_others_differ() {
    let platform = TargetPlatform::LinuxAmd64;
    let [one, two] = [IMAGE, &IMAGE.replace("curl=8.0-1", "curl=8.0-2")]
        .map(|text| read(text, "a.yaml").unwrap().definition);
    let last = |other: &Definition| {
        let evaluated = [(platform, one.clone()), (TargetPlatform::LinuxArm64, other.clone())];
        let text = Explanation::new("a.yaml", &one, &evaluated).text(Style::default());
        text.lines().last().unwrap().to_owned()
    };
    assert!(last(&one).ends_with(" 1 secret"), "{}", last(&one));
    assert!(last(&two).ends_with(" 1 secret (linux/amd64)"), "{}", last(&two));
}
