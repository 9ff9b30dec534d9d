//! Pages of HTML: their content in snapshots, their structure, and the same bytes at the same time.

use std::collections::BTreeSet;

use dhi::report::VerifyRenderer;
use roxmltree::{Document, Node, ParsingOptions};

use crate::output_matrix::masked;
use crate::output_matrix::situations::{Situation, situations};
use crate::support::env::{KEY, ROOT, Run, TestEnv, run};
use crate::support::pages::{HOSTILE, document, hostile, report};

const TIME: &str = "1790000000";

/// A page is also well-formed XML.
fn parsed(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}: {page}"))
}

fn elements<'a>(page: &'a Document<'_>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    page.descendants().filter(move |node| node.has_tag_name(name))
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

fn of_verdict(situation: &Situation) -> String {
    VerifyRenderer::html(situation.run(), "2026-10-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap())
        .render(&situation.images, &[])
}

/// What stands between `<body>` and the script, without digests.
fn body(page: &str) -> String {
    let (_, body) = page.split_once("<body>").unwrap();
    let (body, _) = body.split_once("<script>").unwrap();
    masked(&body.replace("><", ">\n<"))
}

/// `dhi vex apply` about the fixtures.
fn applied(env: &TestEnv, more: &[&str]) -> Run {
    let fixed = ["vex", "apply", "--fail-on", "high", "--image", "oci:fixtures/python:3.13", "--platform"];
    let trust = ["linux/amd64", "--key", KEY, "--trusted-root", ROOT];
    let report = ["--effective-time", "2026-10-01T00:00:00Z", "fixtures/vex/grype.json"];
    let arguments = [fixed.as_slice(), &trust, &report, more].concat();
    run(env.command(&arguments).env("SOURCE_DATE_EPOCH", TIME))
}

#[test]
fn pages_match_their_snapshots() {
    let snapshot = |name: String, page: &str| {
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(name, body(page));
        });
    };
    for situation in
        situations().iter().filter(|one| ["one-fails", "two-levels", "excused"].contains(&one.name))
    {
        snapshot(format!("page-{}", situation.name), &of_verdict(situation));
    }
    snapshot("page-applied".to_owned(), &applied(&TestEnv::new(), &["--format", "html"]).stdout);
}

/// The structure that a reader, a keyboard and a browser rely on.
fn check_structure(name: &str, page: &str) {
    let page = parsed(page);
    let mut ids = BTreeSet::new();
    for id in page.descendants().filter_map(|node| node.attribute("id")) {
        assert!(ids.insert(id), "{name}: two parts have the id {id}");
    }
    for node in page.descendants().filter(Node::is_element) {
        let tag = node.tag_name().name();
        for attribute in node.attributes() {
            let (attribute, value) = (attribute.name(), attribute.value());
            assert!(
                !attribute.starts_with("on") && !["style", "src"].contains(&attribute),
                "{name}: {attribute}"
            );
            match attribute {
                "href" if value.starts_with('#') => assert!(ids.contains(&value[1..]), "{name}: {value}"),
                "href" => {
                    assert!(value.starts_with("https://"), "{name}: {value}");
                    assert_eq!(node.attribute("rel"), Some("noopener noreferrer nofollow"));
                }
                "aria-labelledby" => assert!(ids.contains(value), "{name}: {value}"),
                _ => assert!(value.len() < 1000, "{name}: {tag} {attribute}"),
            }
        }
        match tag {
            "svg" => assert!(node.attribute("role") == Some("img") && node.attribute("aria-label").is_some()),
            "th" => assert!(node.attribute("scope").is_some(), "{name}: {}", text(node)),
            "table" => assert!(node.children().any(|child| child.has_tag_name("caption")), "{name}"),
            "details" => assert!(node.first_element_child().unwrap().has_tag_name("summary"), "{name}"),
            "section" => assert!(
                node.children().any(|child| ["h2", "h3", "h4"].iter().any(|head| child.has_tag_name(*head))),
                "{name}"
            ),
            "dl" | "ul" | "ol" => assert!(node.has_children(), "{name}: an empty {tag}"),
            _ => {}
        }
    }
    for once in ["h1", "main", "header", "footer", "script", "style", "title"] {
        assert_eq!(elements(&page, once).count(), 1, "{name}: {once}");
    }
}

#[test]
fn pages_have_a_sound_structure() {
    for situation in situations() {
        check_structure(situation.name, &of_verdict(situation));
    }
    let env = TestEnv::new();
    check_structure("applied", &applied(&env, &["--format", "html"]).stdout);
    let (bad, statements) = hostile(HOSTILE);
    for (name, report, document) in [("many", report(40), document(40)), ("hostile", bad, statements)] {
        let report = env.write("report.json", report.to_string());
        let vex = env.write("vex.json", document.to_string());
        let page =
            env.dhi(&["vex", "apply", &report, "--vex", &vex, "--trust-unsigned", &vex, "--format", "html"]);
        check_structure(name, &page.stdout);
    }
}

#[test]
fn a_page_of_scans_has_all_images_evidence_and_layers() {
    let env = TestEnv::new();
    let (image, other) = ("oci:fixtures/python:3.13", "oci:fixtures/bad/wrong-key");
    let trust = ["--key", KEY, "--trusted-root", ROOT, "--effective-time", "2026-10-01T00:00:00Z"];
    let scan = |images: &[&str]| {
        let reports = images.iter().flat_map(|_| ["--report", "fixtures/vex/grype.json"]);
        let reports: Vec<&str> = reports.collect();
        let fixed = ["scan", "--platform", "linux/amd64", "--format", "html"];
        env.dhi(&[fixed.as_slice(), &trust, images, &reports].concat())
    };
    let one = scan(&[image]);
    check_structure("one image", &one.stdout);
    for part in [
        "3 of 5 findings remain",
        "Docker Hardened Image",
        "Layers of linux/amd64",
        "of the hardened image itself",
    ] {
        assert!(one.stdout.contains(part), "{part}: {}", one.stdout);
    }
    let both = scan(&[image, other]);
    check_structure("two images", &both.stdout);
    let page = parsed(&both.stdout);
    let images = elements(&page, "ul").find(|list| list.attribute("class") == Some("images")).unwrap();
    assert_eq!(images.children().filter(|child| child.has_tag_name("li")).count(), 2);
    // The report is about another image than the second one, whose findings are thus unknown.
    let incomplete = elements(&page, "h2").find(|head| head.attribute("id") == Some("incomplete")).unwrap();
    assert!(text(incomplete.parent().unwrap()).contains("vex/other-image"), "{}", both.stdout);
    assert_eq!(page.descendants().filter(|node| node.attribute("data-list").is_some()).count(), 5);
}

#[test]
fn a_compared_image_and_evidence_of_vex_apply_are_in_pages() {
    let env = TestEnv::new();
    let (image, report) = ("oci:fixtures/python:3.13", "fixtures/vex/grype.json");
    let fixed = ["scan", image, "--compare", image, "--report", report, "--report", report];
    let more = ["--platform", "linux/amd64", "--key", KEY, "--trusted-root", ROOT, "--format", "html"];
    let compared = env.dhi(&[fixed.as_slice(), &more].concat());
    check_structure("compared", &compared.stdout);
    assert!(compared.stdout.contains("packages: 0 removed, 0 added, 0 changed"), "{}", compared.stdout);
    let page = applied(&env, &["--format", "html"]);
    assert!(page.stdout.contains("Layers of linux/amd64"), "{}", page.stdout);
}

#[test]
fn a_page_has_the_verdict_and_counts_of_the_other_formats() {
    for situation in situations() {
        let page = of_verdict(situation);
        let page = parsed(&page);
        let head = text(elements(&page, "h1").next().unwrap());
        let conclusion = situation.tally().conclusion();
        assert!(head.starts_with(conclusion.kind().as_str()), "{}: {head}", situation.name);
        let verdicts: Vec<String> =
            page.descendants().filter_map(|node| node.attribute("data-verdict")).map(str::to_owned).collect();
        let expected: Vec<String> =
            situation.images.iter().map(|image| image.conclusion().kind().as_str().to_owned()).collect();
        assert_eq!(verdicts, expected, "{}", situation.name);
    }
    let env = TestEnv::new();
    let page = applied(&env, &["--format", "html"]);
    let json = applied(&env, &["--format", "json"]).json();
    assert_eq!(page.code, i32::try_from(json["exitCode"].as_i64().unwrap()).unwrap());
    let parsed = parsed(&page.stdout);
    let listed = |list: &str| {
        parsed.descendants().filter(|node| node.attribute("data-list") == Some(list)).count() as u64
    };
    assert_eq!(json["counts"]["remaining"], listed("remains"));
    assert_eq!(json["counts"]["suppressed"], listed("suppressed"));
    let counting = parsed.descendants().filter(|node| node.attribute("data-gate") == Some("counts"));
    assert_eq!(json["gate"]["counting"], counting.count());
}

#[test]
fn the_same_inputs_give_the_same_page() {
    let env = TestEnv::new();
    let first = applied(&env, &["--format", "html"]);
    assert!(first.stdout.contains("datetime=\"2026-09-21T14:13:20Z\""), "{}", first.stdout);
    assert_eq!(applied(&env, &["--format", "html"]).stdout, first.stdout);
    let file = env.file("page.html");
    applied(&env, &["-o", &format!("html={file}"), "-q"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first.stdout);
    let verified = |file: &str| {
        let output = format!("html={file}");
        let arguments =
            ["verify", "--key", KEY, "--trusted-root", ROOT, "oci:fixtures/python:3.13", "-o", &output];
        run(env.command(&arguments).env("SOURCE_DATE_EPOCH", TIME)).assert(0, "pass");
        std::fs::read_to_string(file).unwrap()
    };
    assert_eq!(verified(&env.file("one.html")), verified(&env.file("two.html")));
}

#[test]
fn only_a_page_needs_a_valid_time() {
    let env = TestEnv::new();
    let with = |format: &str| {
        let arguments =
            ["verify", "--key", KEY, "--trusted-root", ROOT, "oci:fixtures/python:3.13", "--format", format];
        run(env.command(&arguments).env("SOURCE_DATE_EPOCH", "yesterday"))
    };
    assert_eq!(with("table").code, 0);
    let failed = with("html");
    assert_eq!((failed.code, failed.stdout.as_str()), (2, ""));
    assert!(failed.stderr.contains("SOURCE_DATE_EPOCH"), "{}", failed.stderr);
}

#[test]
fn images_of_manifests_have_a_page_with_their_lines() {
    let env = TestEnv::new();
    let manifest = env.write(
        "pod.yaml",
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: oci:fixtures/none\n  - image: 'a b'\n",
    );
    let page = env.file("page.html");
    let checked = env.dhi(&["admit", "check", "--offline", &manifest, "--output", &format!("html={page}")]);
    assert_ne!(checked.code, 0);
    let page = std::fs::read_to_string(page).unwrap();
    check_structure("admit", &page);
    let page = parsed(&page);
    let items: Vec<String> = page
        .descendants()
        .filter(|node| node.attribute("data-verdict").is_some_and(|verdict| verdict != "pass"))
        .map(text)
        .collect();
    assert!(items.iter().any(|item| item.contains("pod.yaml:5")), "{items:?}");
    assert!(items.iter().any(|item| item.contains("pod.yaml:6")), "{items:?}");
}
