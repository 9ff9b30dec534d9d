//! The manifests of a whole cluster.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use dhi::oci::Digest;

use super::{AdmitFixture, conforms, pod};
use crate::measure::Measured;
use crate::support::env::{KEY, ROOT, fixture};

const MANIFESTS: usize = 200;
const IMAGES: usize = 60;

/// The most intervals that hold one moment.
fn at_once(intervals: impl IntoIterator<Item = (Instant, Instant)>) -> usize {
    let mut edges: Vec<(Instant, i64)> = Vec::new();
    for (start, end) in intervals {
        edges.extend([(start, 1), (end, -1)]);
    }
    // An end comes before a start at the same moment.
    edges.sort();
    let mut open = 0;
    let most = edges.into_iter().map(|(_, step)| {
        open += step;
        open
    });
    usize::try_from(most.max().unwrap_or_default()).unwrap()
}

#[test]
fn each_image_is_verified_once_and_sixteen_at_a_time() {
    let setup = AdmitFixture::new();
    let (registry, host) = (&setup.registry, setup.registry.host());
    for image in 0..IMAGES {
        registry.serve_layout(&fixture("log-shape-2"), &format!("team/app-{image}"));
    }
    // What one image costs.
    let one = setup.write("one/pod.yaml", &pod("one", &[&format!("{host}/team/app-0:latest")]));
    let run = setup.check(&["--no-cache", one.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let each = registry.log().len();
    assert!(each >= 5, "{}", registry.lines().join("\n"));

    let padding = "x".repeat(100);
    let mut bytes = 0;
    for number in 0..MANIFESTS {
        let images: Vec<String> =
            (0..3).map(|more| format!("{host}/team/app-{}:latest", (number * 3 + more) % IMAGES)).collect();
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let mut text = pod(&format!("pod-{number}"), &images);
        text.push_str("---\napiVersion: v1\nkind: ConfigMap\ndata:\n");
        for line in 0..95 {
            text.push_str(&format!("  key-{line}: {padding}\n"));
        }
        bytes += text.len();
        setup.write(&format!("all/{}/{number}.yaml", number % 7), &text);
    }
    assert!(bytes > 2_000_000, "{bytes}");
    registry.clear_log();
    registry.latency(Duration::from_millis(5));
    let all = setup.env.path("all");
    let run = setup.check(&["--no-cache", "--format", "json", all.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let document = run.json();
    conforms(&document);
    let images = document["images"].as_array().unwrap();
    let uses: usize = images.iter().map(|image| image["uses"].as_array().unwrap().len()).sum();
    assert_eq!((images.len(), uses, &document["objects"]), (IMAGES, MANIFESTS * 3, &(MANIFESTS * 2).into()));

    let log = registry.log();
    assert_eq!(log.len(), IMAGES * each, "each image costs {each}");
    let mut images: BTreeMap<String, (usize, Instant, Instant)> = BTreeMap::new();
    for one in &log {
        let name = one.target.split('/').nth(3).unwrap_or_default().to_owned();
        let image = images.entry(name).or_insert((0, one.start, one.end));
        *image = (image.0 + 1, image.1.min(one.start), image.2.max(one.end));
    }
    assert!(images.values().all(|(count, ..)| *count == each), "{images:?}");
    let parallel = at_once(images.values().map(|(_, start, end)| (*start, *end)));
    assert!((2..=16).contains(&parallel), "{parallel} images at once");
    let requests = at_once(log.iter().map(|one| (one.start, one.end)));
    assert!((2..=16).contains(&requests), "{requests} requests at once");
}

#[test]
fn one_image_under_several_names_is_verified_once() {
    let setup = AdmitFixture::new();
    let host = setup.registry.host();
    let digest = setup.check_file(&pod("a", &[&setup.good()]), &["--format", "json"]).json()["images"][0]
        ["image"]["digest"]
        .as_str()
        .unwrap()
        .to_owned();
    let spellings = [
        format!("{host}/good/app@{digest}"),
        format!("{host}/good/app:latest@{digest}"),
        format!("{host}/good/app:other@{digest}"),
    ];
    let run = setup.check_file(&pod("a", &spellings.each_ref().map(String::as_str)), &["--format", "json"]);
    assert_eq!(run.json()["images"].as_array().unwrap().len(), 1, "{}", run.stdout);
    // Offline nothing is asked for, so names of other registries can be given.
    let names =
        ["python", "docker.io/python", "docker.io/library/python:latest", "index.docker.io/library/python"];
    let run = setup.check_file(&pod("a", &names), &["--format", "json", "--offline"]);
    let document = run.json();
    conforms(&document);
    assert_eq!(run.code, 6, "{}", run.stdout);
    assert_eq!(document["images"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!(document["images"][0]["uses"].as_array().unwrap().len(), 4);
}

#[test]
fn alias_bombs_and_endless_input_end_in_an_error() {
    let setup = AdmitFixture::new();
    setup
        .piped(&["-"], &"---\nkind: ConfigMap\n".repeat(100_000))
        .assert(4, "over the limit of 16384 documents");
    let mut bomb = "kind: List\napiVersion: v1\na0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    setup.piped(&["-"], &bomb).assert(4, "error[limits/exceeded]: `-`: a document with its aliases");
    setup.piped(&["-"], &"[".repeat(2_000_000)).assert(2, "error[usage/yaml]");
    setup
        .piped(&["-"], &" ".repeat(17 << 20))
        .assert(4, "a manifest file is over the limit of 16777216 bytes");
    setup.piped(&["-"], &pod("p", &vec!["x"; 40_000])).assert(4, "over the limit of 32768 uses");
    let images: Vec<String> = (0..5000).map(|number| format!("x{number}")).collect();
    let images: Vec<&str> = images.iter().map(String::as_str).collect();
    setup.piped(&["-"], &pod("p", &images)).assert(4, "over the limit of 4096 different images");
    assert_eq!(setup.registry.lines(), [""; 0], "nothing was fetched");
}

/// Each image is reduced to what is shown of it before all of them are judged, and the first ones do not wait for the last.
#[test]
fn memory_does_not_grow_with_the_number_of_images() {
    let setup = AdmitFixture::new();
    let (registry, host) = (&setup.registry, setup.registry.host());
    let digest = Digest::of(&registry.tagged("good/app", "latest").unwrap());
    let check = |count: usize, format: &str| {
        let images: Vec<String> = (0..count).map(|number| format!("{host}/good/app:tag-{number}")).collect();
        for number in 0..count {
            registry.tag("good/app", &format!("tag-{number}"), &digest);
        }
        let images: Vec<&str> = images.iter().map(String::as_str).collect();
        let file = setup.write("many.yaml", &pod("many", &images));
        let flags = ["admit", "check", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host];
        let more = ["--no-cache", "--format", format, file.to_str().unwrap()];
        Measured::of(&setup.env.command(&[&flags[..], &more].concat()))
    };
    for format in ["table", "json"] {
        let (few, many) = (check(20, format), check(300, format));
        assert_eq!((few.run.code, many.run.code), (0, 0), "{}{}", many.run.stdout, many.run.stderr);
        assert!(many.memory < few.memory + (6 << 20), "{} and {}", few.memory, many.memory);
        if format == "json" {
            let document = many.run.json();
            conforms(&document);
            let images = document["images"].as_array().unwrap();
            let names = images.iter().map(|image| image["image"]["reference"].as_str().unwrap().to_owned());
            let expected = (0..300).map(|number| format!("{host}/good/app:tag-{number}"));
            assert!(names.eq(expected), "in the order of the manifest");
        } else {
            assert!(many.run.stdout.contains("pass  300 of 300 images pass dhi-or-dhi-based; "));
        }
    }
}
