//! `dhi scan REF --compare REF`: two images of layouts side by side, with reports about both.

use dhi::oci::Digest;
use serde_json::{Value, json};

use crate::support::env::{KEY, ROOT, Run, TestEnv, read};
use crate::support::layered_image::{LayeredImage, layer};

const HARDENED: &str = "oci:fixtures/python:3.13";
const REPORT: &str = "fixtures/vex/grype.json";
const NOW: [&str; 2] = ["--effective-time", "2026-10-01T00:00:00Z"];

/// An ordinary image: a shell, a package manager, a set-user-ID file, root.
fn ordinary(env: &TestEnv) -> LayeredImage {
    let root = (0, 0);
    let dpkg = "Package: tar\nStatus: install ok installed\nVersion: 1.34\n\n\
                Package: perl-base\nStatus: install ok installed\nVersion: 5.36\n";
    let layers = [
        layer(&[
            ("etc/passwd", 0o644, root, "root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/srv:/bin/sh\n"),
            ("etc/group", 0o644, root, "root:x:0:\nweb:x:1000:\nlog:x:50:web\n"),
            ("usr/bin/bash", 0o755, root, "#"),
            ("usr/bin/apt-get", 0o755, root, "#"),
            ("usr/bin/su", 0o4755, root, "#"),
            ("var/lib/dpkg/status", 0o644, root, dpkg),
            ("tmp/", 0o1777, root, ""),
        ]),
        layer(&[
            ("srv/", 0o755, (1000, 1000), ""),
            ("srv/app", 0o644, root, "#"),
            ("var/log/web/", 0o775, (0, 50), ""),
            ("usr/bin/.wh.su", 0o644, root, ""),
        ]),
    ];
    let config = json!({"Entrypoint": ["/usr/bin/bash", "-c"], "ExposedPorts": {"8080/tcp": {}}});
    LayeredImage::new(env, "ordinary", &config, &layers)
}

fn compare(env: &TestEnv, to: &str, from: &str, reports: [&str; 2], more: &[&str]) -> Run {
    let given = ["scan", to, "--compare", from, "--key", KEY, "--trusted-root", ROOT, "--offline"];
    let [of_to, of_from] = reports;
    env.dhi(&[&given, NOW.as_slice(), &["--report", of_to, "--report", of_from], more].concat())
}

/// Asserts that a document has the shape of its schema.
fn assert_valid(document: &Value) {
    let schema: Value = serde_json::from_str(&read("docs/schemas/compare-1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{document:#}");
}

#[test]
fn a_hardened_and_an_ordinary_image_are_compared() {
    let env = TestEnv::new();
    let from = ordinary(&env);
    let findings = [("CVE-1", "Critical", "perl-base"), ("CVE-2005-2541", "Negligible", "tar")];
    let report = from.report(&env, "from.json", &findings);
    let run = |more: &[&str]| {
        let platform = ["--platform", "linux/amd64"];
        compare(&env, HARDENED, &from.reference, [REPORT, &report], &[&platform, more].concat())
    };
    let document = run(&["--format", "json"]);
    assert_eq!(document.code, 0, "{}", document.stderr);
    let document = document.json();
    assert_valid(&document);
    let (before, after) = (&document["from"], &document["to"]);
    assert_eq!((&before["answer"], &after["answer"]), (&json!("not-dhi"), &json!("dhi")));
    assert_eq!((&before["digest"], &before["attestations"]), (&json!(from.digest), &json!("none")));
    assert_eq!(before["runtime"]["exposedPorts"], json!(["8080/tcp"]));
    assert_eq!(before["files"]["shells"], json!([{"path": "/usr/bin/bash", "names": ["bash"]}]));
    assert_eq!(before["files"]["packageManagers"][0]["path"], "/usr/bin/apt-get");
    // The second layer hides it.
    assert_eq!(before["files"]["privileged"], json!([]));
    assert_eq!(before["files"]["user"]["isRoot"], true);
    assert_eq!((&after["files"]["user"]["id"], &after["files"]["shells"]), (&json!(65532), &json!([])));
    let packages = &document["packages"];
    assert_eq!((&packages["from"]["source"], &packages["from"]["count"]), (&json!("databases"), &json!(2)));
    assert_eq!(packages["changes"]["removed"][0]["name"], "perl-base");
    assert_eq!(packages["changes"]["changed"][0]["name"], "tar");
    let findings = &document["findings"];
    assert_eq!(findings["gone"][0]["id"], "CVE-1");
    assert_eq!(findings["bySeverity"]["gone"]["critical"], 1);
    let table = run(&[]);
    table.assert(0, "compared  packages: 1 removed,");
    for part in ["root: 0:0 (root)", "65532:0 (no name)", "hardened image, signed as dhi/python"] {
        assert!(table.stdout.contains(part), "{part}\n{}", table.stdout);
    }
    let markdown = run(&["--format", "markdown"]);
    markdown.assert(0, "| privileged files | none | none |");
    assert!(markdown.stdout.starts_with("## dhi: packages: 1 removed,"), "{}", markdown.stdout);
}

#[test]
fn writable_paths_are_those_of_the_configured_user() {
    let env = TestEnv::new();
    let root = (0, 0);
    let accounts = layer(&[
        ("etc/passwd", 0o644, root, "root:x:0:0:::\nweb:x:1000:1000:::\n"),
        ("etc/group", 0o644, root, "log:x:50:web\n"),
        ("tmp/", 0o1777, root, ""),
    ]);
    let data = layer(&[
        ("srv/", 0o755, (1000, 1000), ""),
        ("srv/app", 0o644, root, ""),
        ("var/log/web/", 0o775, (0, 50), ""),
        ("opt/open", 0o666, root, ""),
    ]);
    let from = LayeredImage::new(&env, "from", &json!({"User": "web"}), &[accounts.clone(), data.clone()]);
    let to = LayeredImage::new(&env, "to", &json!({"User": "web"}), &[accounts]);
    let reports = [to.report(&env, "to.json", &[]), from.report(&env, "from.json", &[])];
    let run =
        compare(&env, &to.reference, &from.reference, [&reports[0], &reports[1]], &["--format", "json"]);
    let document = run.json();
    assert_valid(&document);
    let paths = &document["from"]["files"]["writable"]["paths"];
    let shown: Vec<String> = paths.as_array().unwrap().iter().map(|path| path["path"].to_string()).collect();
    assert_eq!(shown, ["\"/opt/open\"", "\"/srv\"", "\"/var/log/web\""]);
    assert_eq!(document["to"]["files"]["writable"]["temporary"], json!(["/tmp"]));
    assert_eq!(document["to"]["files"]["writable"]["paths"], json!([]));
    assert_eq!(document["sharedLayers"]["count"], 1);
}

#[test]
fn a_layer_that_cannot_be_read_makes_files_unknown() {
    let env = TestEnv::new();
    let good = layer(&[("usr/bin/bash", 0o755, (0, 0), "#")]);
    let escaping = {
        let mut bytes = layer(&[("aa/etc/passwd", 0o644, (0, 0), "")]);
        bytes[..2].copy_from_slice(b"..");
        let sum: u64 = bytes[..512]
            .iter()
            .enumerate()
            .fold(0, |sum, (at, byte)| sum + u64::from(if (148..156).contains(&at) { b' ' } else { *byte }));
        bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        bytes
    };
    let from = LayeredImage::new(&env, "good", &json!({}), std::slice::from_ref(&good));
    let report = from.report(&env, "from.json", &[]);
    let other = Digest::of(b"other").to_string();
    for (name, to, code) in [
        (
            "escaping",
            LayeredImage::new(&env, "escaping", &json!({}), &[good.clone(), escaping]),
            "scan/files",
        ),
        ("text", LayeredImage::new(&env, "text", &json!({}), &[b"no tar".to_vec()]), "scan/files"),
        (
            "declared",
            LayeredImage::declaring(&env, "declared", &json!({}), std::slice::from_ref(&good), &[other]),
            "trust/tampered",
        ),
        (
            "fewer",
            LayeredImage::declaring(&env, "fewer", &json!({}), std::slice::from_ref(&good), &[]),
            "scan/files",
        ),
        (
            "missing",
            {
                let layout = LayeredImage::new(&env, "missing", &json!({}), std::slice::from_ref(&good));
                std::fs::remove_file(layout.path.join("blobs/sha256").join(Digest::of(&good).hex())).unwrap();
                layout
            },
            "registry/not-found",
        ),
    ] {
        let of_to = to.report(&env, &format!("{name}.json"), &[]);
        let run = compare(&env, &to.reference, &from.reference, [&of_to, &report], &["--format", "json"]);
        let document = run.json();
        assert_valid(&document);
        let image = &document["to"];
        assert_eq!(
            (&image["files"], &image["unknown"]["files"]["code"]),
            (&Value::Null, &json!(code)),
            "{name}"
        );
        assert_eq!(document["from"]["files"]["shells"][0]["path"], "/usr/bin/bash", "{name}");
        assert_eq!(run.code, 0, "{name}: facts do not decide");
        let table = compare(&env, &to.reference, &from.reference, [&of_to, &report], &[]);
        table.assert(0, &format!("warning[{code}]"));
    }
}

#[test]
fn the_gate_is_about_the_scanned_image_alone() {
    let env = TestEnv::new();
    let from = ordinary(&env);
    let to = LayeredImage::new(&env, "to", &json!({}), &[layer(&[("a", 0o644, (0, 0), "")])]);
    let high = [("CVE-1", "High", "tar")];
    let of_from = from.report(&env, "from.json", &high);
    let of_to = to.report(&env, "to.json", &[("CVE-2", "Low", "tar")]);
    let gate = ["--fail-on", "high"];
    let passes = compare(&env, &to.reference, &from.reference, [&of_to, &of_from], &gate);
    passes.assert(0, "findings: 1 gone, 1 new, 0 unchanged");
    assert!(
        passes.stdout.ends_with("pass  1 of 1 finding remains; none count (severity high or above)\n"),
        "{}",
        passes.stdout
    );
    let fails = compare(&env, &from.reference, &to.reference, [&of_from, &of_to], &gate);
    fails.assert(1, "fail  1 of 1 finding remains; 1 counts (severity high or above)");
    let document = compare(
        &env,
        &from.reference,
        &to.reference,
        [&of_from, &of_to],
        &[&gate[..], &["--format", "json"]].concat(),
    );
    assert_eq!(
        (document.code, &document.json()["verdict"], &document.json()["exitCode"]),
        (1, &json!("fail"), &json!(1))
    );
}

#[test]
fn findings_that_are_unknown_decide_the_exit_code() {
    let env = TestEnv::new();
    let (from, to) = (ordinary(&env), ordinary(&env));
    let report = to.report(&env, "to.json", &[]);
    let run = compare(&env, &to.reference, &from.reference, [&report, "attestation"], &[]);
    run.assert(3, "findings: not compared, since those of one image are unknown");
    assert!(run.stdout.contains("error["), "{}", run.stdout);
    assert!(run.stdout.contains("unpacked size"), "{}", run.stdout);
}

#[test]
fn one_image_is_compared_with_one_other() {
    let env = TestEnv::new();
    let from = ordinary(&env);
    let run = env.dhi(&["scan", HARDENED, HARDENED, "--compare", &from.reference, "--report", REPORT]);
    run.assert(2, "`--compare` compares one image, and 2 are given");
    let run = env.dhi(&["scan", HARDENED, "--compare", &from.reference, "--report", REPORT]);
    run.assert(2, "2 images need as many reports, and 1 are given");
    let missing = compare(&env, HARDENED, "oci:nowhere", [REPORT, REPORT], &[]);
    assert_ne!(missing.code, 0);
    assert!(missing.stderr.contains("nowhere"), "{}", missing.stderr);
}

#[test]
fn other_formats_are_about_the_scanned_image() {
    let env = TestEnv::new();
    let from = ordinary(&env);
    let report = from.report(&env, "from.json", &[("CVE-1", "High", "tar")]);
    let file = env.file("out.sarif");
    let output = format!("sarif={file}");
    let platform = ["--platform", "linux/amd64", "--output", &output];
    let run = compare(&env, HARDENED, &from.reference, [REPORT, &report], &platform);
    run.assert(0, "compared  packages");
    let sarif = std::fs::read_to_string(&file).unwrap();
    assert!(sarif.contains("CVE-2026-20002") && !sarif.contains("\"CVE-1\""), "{sarif}");
}

#[cfg(unix)]
#[test]
fn both_images_are_scanned() {
    use super::stand_in::{StandIn, grype_report};

    let env = TestEnv::new();
    let grype = StandIn::grype(&env, &grype_report());
    let run = grype.scan(&[HARDENED, "--compare", HARDENED, "--offline"]);
    run.assert(0, "findings: 0 gone, 0 new, 3 unchanged");
    run.assert(0, "scanned with grype 0.110.0, database of 2026-09-30 (today)");
    assert_eq!(grype.recorded("arguments").lines().count(), 2);
    // A report about another image than the one that was given is refused.
    let other = ordinary(&env);
    let run = grype.scan(&[HARDENED, "--compare", &other.reference, "--offline"]);
    assert!(run.stdout.contains("findings: not compared"), "{}{}", run.stdout, run.stderr);
    assert!(run.code > 1, "{}", run.stdout);
}
