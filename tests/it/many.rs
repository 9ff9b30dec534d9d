//! Many references in one run: memory does not grow with their number or with the sizes of their statements, each has
//! its own read limit, and results are shown in the order of the arguments as they arrive.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use dhi::limits::Limits;
use dhi::oci::Reference;
use dhi::registry::{Credentials, LayoutRegistry, Options as Remote, Registry, RemoteRegistry};
use dhi::trust::LogPolicy;
use serde_json::Value;

use crate::measure::Measured;
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, TestEnv, fixture, trust};
use crate::support::registry::InMemoryRegistry;

const MIB: u64 = 1 << 20;
/// What a run may hold, however many references it has.
const MOST: u64 = 300 * MIB;

/// A registry with the image of the fixtures under `x`, and `count` names of it.
fn served(layout: &str, count: usize) -> (InMemoryRegistry, Vec<String>) {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture(layout), "x");
    let tag = if layout == "python" { "3.13" } else { "latest" };
    let digest = dhi::oci::Digest::of(&registry.tagged("x", tag).unwrap());
    let names = (0..count).map(|number| {
        let tag = format!("tag-{number}");
        registry.tag("x", &tag, &digest);
        format!("{}/x:{tag}", registry.host())
    });
    let names = names.collect();
    (registry, names)
}

/// `dhi verify` with the fixtures' key of many references.
fn verify(env: &TestEnv, host: &str, more: &[&str], references: &[String]) -> Command {
    let common = ["verify", "--key", KEY, "--trusted-root", ROOT, "--no-cache", "--plain-http", host];
    let mut command = env.command(&[&common[..], more].concat());
    command.args(references);
    command
}

/// 10 images with statements of 24 MiB: keeping their bytes and their text would take 480 MiB.
#[test]
fn large_statements_of_many_images_have_bounded_memory() {
    let (registry, names) = served("log-shape-2", 10);
    let env = TestEnv::new();
    let path = |name: &str| env.file(name);
    let dhi = |arguments: &[&str]| env.dhi(arguments);
    env.generate_key("team");
    let predicate = format!("{{\"text\":\"{}\"}}", "x".repeat(24 << 20));
    std::fs::write(path("large.json"), predicate).unwrap();
    let host = registry.host();
    for (form, flag) in [("simple", &[][..]), ("bundle", &["--bundle-format"][..])] {
        let kind = format!("https://example.org/large/{form}");
        let (key, file) = (path("team.key"), path("large.json"));
        let add = ["attest", "add", "--plain-http", &host, "--key", &key, "--file", &file];
        dhi(&[&add[..], flag, &["--predicate-type", &kind, &names[0]]].concat()).assert(0, "");
        let key = path("team.pub");
        let flags = ["verify", "--no-cache", "--plain-http", &host, "--key", &key, "--format", "json"];
        let mut command = env.command(&[&flags[..], &["--predicate-type", &kind]].concat());
        command.args(&names);
        let measured = Measured::of(&command);
        let document = measured.run.json();
        assert_eq!(measured.run.code, 0, "{form}: {:?}", measured.run.ids());
        let images = document["images"].as_array().unwrap();
        assert_eq!(images.len(), names.len());
        let size =
            |image: &Value| image["platforms"][0]["attestations"][0]["statement"]["size"].as_u64().unwrap();
        assert!(images.iter().all(|image| size(image) > 24 * MIB));
        assert!(measured.memory < MOST, "{form}: {} MiB", measured.memory / MIB);
    }
}

/// Ten times as many references take nearly the same memory, in every format: what differs is a few bytes for each.
#[test]
fn memory_does_not_grow_with_the_number_of_references() {
    let (registry, names) = served("python", 400);
    let (host, env) = (registry.host(), TestEnv::new());
    let file = |format: &str| format!("{format}={}", env.path(format).display());
    let files: Vec<String> = ["json", "sarif", "junit", "markdown"].map(file).to_vec();
    let mut more = vec!["--skip-tlog", "--explain", "--platform", "linux/amd64"];
    more.extend(ATTESTED_ONLY);
    more.extend(files.iter().flat_map(|file| ["--output", file.as_str()]));
    let few = Measured::of(&verify(&env, &host, &more, &names[..20]));
    let many = Measured::of(&verify(&env, &host, &more, &names));
    assert_eq!((few.run.code, many.run.code), (0, 0), "{}", many.run.stderr);
    assert_eq!(many.run.stdout.matches(&format!("\npass  {host}/")).count(), names.len());
    let last = format!("\n\npass  {0} of {0} images pass attested\n", names.len());
    assert!(many.run.stdout.ends_with(&last));
    let read = |format: &str| std::fs::read_to_string(env.path(format)).unwrap();
    let json: Value = serde_json::from_str(&read("json")).unwrap();
    assert_eq!(json["images"].as_array().unwrap().len(), names.len());
    assert_eq!(read("junit").matches("<testsuite ").count(), names.len());
    // Each result is some 28 kB in these formats together.
    let text: usize = ["json", "sarif", "junit", "markdown"].iter().map(|format| read(format).len()).sum();
    assert!(text as u64 > 8 * MIB, "{text}");
    assert!(many.memory < few.memory + 6 * MIB, "{} and {} MiB", few.memory / MIB, many.memory / MIB);
    assert!(many.memory < MOST);
}

/// Each result is the same as that of a run of its own, in the order of the arguments, those that stand twice twice.
#[test]
fn results_are_in_the_order_of_the_arguments() {
    let good = "oci:fixtures/bad/two-signatures";
    let bad = "oci:fixtures/bad/wrong-key";
    let gone = "oci:fixtures/nothing:3.12";
    let order = [good, bad, good, gone, bad, good];
    let env = TestEnv::new();
    // With `-v` each image has a block, however many there are.
    let one = |format: &str, name: &str| env.verify(&["-v", "--format", format, name]);
    let all = |format: &str| env.verify(&[&["-v", "--format", format], &order[..]].concat());
    let table = all("table");
    // Of several references each ends with its own verdict; the last line is over all, whichever comes last.
    let block = |name: &&str| {
        let alone = one("table", name);
        let (block, last) = alone.stdout.trim_end().rsplit_once("\n\n").unwrap();
        let (word, _) = last.split_once("  ").unwrap();
        let own = format!("\n\n{word}  {name}");
        format!("{}{own}\n", block.strip_suffix(&own).unwrap_or(block))
    };
    let blocks: Vec<String> = order.iter().map(block).collect();
    let last = "\nfail  3 of 6 images pass dhi-or-dhi-based; 3 failed\n";
    assert_eq!((table.stdout, table.code), (blocks.join("\n") + last, 4));
    // One annotation for each that did not pass, and one for all others.
    let github = all("github");
    let failed = [bad, gone, bad].map(|name| one("github", name).stdout).concat();
    let passed = github.stdout.strip_prefix(&failed).unwrap_or_else(|| panic!("{}", github.stdout));
    assert!(
        passed
            .starts_with("::notice title=dhi%3A 3 passed::3 of 6 images pass dhi-or-dhi-based; 3 failed%0A")
    );
    assert_eq!((passed.lines().count(), passed.matches(good).count(), github.code), (1, 3, 4));
    let json = all("json");
    let images: Vec<Value> = order.iter().map(|name| one("json", name).json()["images"][0].clone()).collect();
    assert_eq!((json.json()["images"].clone(), json.code), (images.into(), 4));
    // Behind the result, whichever came last.
    for order in [[bad, good], [good, bad]] {
        assert_eq!(env.verify(&order).code, 4);
    }
}

/// The first result is there while the second reference is still waited for.
#[test]
fn results_are_shown_as_they_come() {
    let (registry, names) = served("log-shape-2", 1);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let other = silent.local_addr().unwrap().to_string();
    let env = TestEnv::new();
    // Of what passes annotations say nothing before the end.
    let missing = format!("{}/missing/x:1", registry.host());
    for (format, first, end) in [
        ("table", &names[0], format!("pass  {}\n", names[0])),
        ("github", &missing, format!("{missing}: fail")),
    ] {
        let references = [first.clone(), format!("{other}/x:1")];
        let more = ["--plain-http", &other, "--policy", "attested", "--format", format];
        let mut command = verify(&env, &registry.host(), &more, &references);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // The second reference is asked for, and not answered before the first result was read.
        let (asked, _) = silent.accept().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut shown = Vec::new();
        while !String::from_utf8_lossy(&shown).contains(&end) {
            let mut byte = [0];
            stdout.read_exact(&mut byte).unwrap();
            shown.push(byte[0]);
        }
        assert!(child.try_wait().unwrap().is_none(), "the second is still waited for");
        child.kill().unwrap();
        child.wait().unwrap();
        drop(asked);
        // The attempts that were repeated have ended.
    }
}

/// The bound on all bytes is for one reference: many that are each within it are judged, and one that is not is no pass.
#[tokio::test]
async fn each_reference_has_its_own_read_limit() {
    let (scripted, names) = served("log-shape-2", 6);
    let host = scripted.host();
    let layout = format!("oci:{}:latest", fixture("log-shape-2").display());
    let trust = trust(LogPolicy::Require);
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let remote = |limits: &Limits| {
        let options = Remote {
            limits: limits.clone(),
            plain_http: vec![host.clone()],
            credentials: Credentials::none(),
            ..Remote::default()
        };
        Box::new(RemoteRegistry::new(options, std::sync::Arc::new(())).unwrap()) as Box<dyn Registry>
    };
    let local = |limits: &Limits| Box::new(LayoutRegistry::new(limits.clone())) as Box<dyn Registry>;
    let layouts = vec![layout; 6];
    for (names, is_remote) in [(&names, true), (&layouts, false)] {
        let open = |limits: &Limits| if is_remote { remote(limits) } else { local(limits) };
        let judge = async |names: &[String], total: u64| {
            let limits = Limits::default().with(|limits| limits.total = total);
            let registry = open(&limits);
            let mut good = 0;
            for name in names {
                let reference: Reference = name.parse().unwrap();
                let options =
                    dhi::verify::Options { limits: limits.clone(), ..dhi::verify::Options::of(&reference) };
                let Ok(found) = dhi::verify::verify(&*registry, &reference, &trust, &options).await else {
                    continue;
                };
                let verdict = dhi::evidence::judge(
                    &found,
                    &dhi::evidence::Requirements::default(),
                    &dhi::policy::BuiltIn::Attested,
                    &[],
                    &dhi::evidence::PolicyInput::default(),
                );
                good += usize::from(verdict.exit == dhi::diagnostic::Exit::Pass);
            }
            good
        };
        // Less than twice what one of them takes.
        let mut enough = 64 * MIB;
        while judge(&names[..1], enough / 2).await > 0 {
            enough /= 2;
        }
        // So this would not do for four of them.
        assert_eq!(judge(names, 2 * enough).await, names.len());
        assert_eq!(judge(names, enough / 16).await, 0, "what is over the bound is no pass");
    }
}
