//! Our reader of manifests against the real ones: the libraries with which kubectl and the API server read YAML
//! (`kubeyaml`), the loader of `docker compose` and yaml.v3 (`composeyaml`), and PyYAML, which podman-compose uses
//! (`pyyaml`). For each text, either `dhi admit check` sees every image that one of them would run, or it refuses the
//! text. After `--resolve` all of them see the same images with digests.
//!
//! `DHI_YAML_MUTANTS` sets the number of mutants: 10,000 by default, 150,000 in the long job. Mutants that showed a
//! difference are kept in `tests/it/admit/differing`.

mod mutants;
mod seeds;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dhi::admission::{Found, ImageUse, Input, find, pinned};
use dhi::oci::Digest;
use serde_json::Value;

use crate::support::peers::PeerEnv;

/// Findings that are printed.
const SHOWN: usize = 10;

/// A reader that answers each line with a line.
struct Reader {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Reader {
    fn start(env: &PeerEnv, name: &str) -> Self {
        let mut child = env.peer(name).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, stdout: BufReader::new(stdout) }
    }

    fn ask(&mut self, text: &str) {
        self.stdin.write_all(format!("{}\n", STANDARD.encode(text)).as_bytes()).unwrap();
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An image that a real reader sees.
#[derive(Clone)]
struct Seen {
    /// Of a Compose file.
    service: Option<String>,
    image: String,
    /// Whether it counts also where no kind is written: the API server may take the kind from the request.
    kindless: bool,
}

/// The readers of one kind of file.
trait Readers {
    fn read(&mut self, text: &str) -> Vec<Seen>;
}

struct Kubernetes(Reader);

impl Readers for Kubernetes {
    fn read(&mut self, text: &str) -> Vec<Seen> {
        self.0.ask(text);
        let answer = self.0.answer();
        let of = |name: &str, kindless| {
            let images = answer[name].as_array().cloned().unwrap_or_default().into_iter();
            let seen = images.map(move |image| Seen {
                service: None,
                image: image.as_str().unwrap().to_owned(),
                kindless,
            });
            seen.collect::<Vec<_>>()
        };
        [of("kubectl", false), of("server", true), of("typed", true)].concat()
    }
}

struct Compose(Vec<Reader>);

impl Readers for Compose {
    fn read(&mut self, text: &str) -> Vec<Seen> {
        self.0.iter_mut().for_each(|reader| reader.ask(text));
        let answers: Vec<Value> = self.0.iter_mut().map(Reader::answer).collect();
        let lists = answers.iter().flat_map(|answer| [&answer["compose"], &answer["plain"]]);
        let uses = lists.filter_map(Value::as_array).flatten();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        uses.map(|one| Seen {
            service: Some(text(&one["service"])),
            image: text(&one["image"]),
            kindless: false,
        })
        .collect()
    }
}

/// The text as a file, every second time before another: several become one stream behind `--resolve`.
fn inputs(text: &str, other: &str) -> Vec<Input> {
    let files = ["x.yaml", "y.yaml"].into_iter().zip([text, other]);
    let files = files.map(|(file, text)| Input { file: file.to_owned(), text: text.to_owned() });
    files.take(1 + text.len() % 2).collect()
}

/// What is read, if nothing of it is refused.
fn accepted(inputs: &[Input]) -> Option<Found> {
    find(inputs, &[]).ok().filter(|found| found.refused.is_empty())
}

/// Whether the image is judged or listed as not judged.
fn is_known(one: &Seen, found: &Found) -> bool {
    let listed = |kind: &str, name: &str, reason: &str| {
        let mut left = found.not_judged.iter();
        left.any(|left| left.place.kind == kind && left.place.name == name && left.reason.contains(reason))
    };
    found.uses.iter().any(|used| used.used.written == one.image)
        || one.kindless && listed("", "", "neither")
        || one.service.as_ref().is_some_and(|service| listed("service", service, "built"))
}

/// What is wrong with how we read the text, if something is.
fn difference(text: &str, other: &str, readers: &mut impl Readers) -> Option<String> {
    let found = accepted(&inputs(text, ""))?;
    let unseen: BTreeSet<String> =
        readers.read(text).into_iter().filter(|one| !is_known(one, &found)).map(|one| one.image).collect();
    if !unseen.is_empty() {
        return Some(format!("unseen: {unseen:?}"));
    }
    let inputs = inputs(text, other);
    let found = accepted(&inputs)?;
    let digest = Digest::of(b"pinned");
    let resolved = |used: &ImageUse| (used.reference.clone(), Some(used.reference.digest.unwrap_or(digest)));
    let images: Vec<_> = found.uses.iter().map(resolved).collect();
    let written = pinned(&inputs, &found, &images).ok()?;
    let judged: BTreeSet<&str> = found.uses.iter().map(|one| one.used.written.as_str()).collect();
    let loose: BTreeSet<String> = readers
        .read(&written)
        .into_iter()
        .map(|one| one.image)
        .filter(|image| {
            let tag = image.split('@').next().unwrap_or_default();
            !image.contains("@sha256:") && judged.contains(tag)
                || image.contains('@') && !judged.contains(tag)
        })
        .collect();
    (!loose.is_empty()).then(|| format!("not pinned: {loose:?}"))
}

fn count() -> u64 {
    std::env::var("DHI_YAML_MUTANTS").map_or(10_000, |text| text.parse().unwrap())
}

/// Every mutant, and what showed a difference before.
fn differ(seeds: &[String], fragments: &[&str], readers: &mut impl Readers) {
    let kept = files("tests/it/admit/differing");
    for text in &kept {
        assert_eq!(difference(text, &seeds[0], readers), None, "{text}");
    }
    let (mut taken, mut findings) = (0_u64, Vec::new());
    for number in 0..count() {
        let text = mutants::mutant(number, seeds, fragments);
        taken += u64::from(accepted(&inputs(&text, "")).is_some());
        if let Some(what) = difference(&text, &seeds[0], readers) {
            findings.push((number, what, text));
        }
    }
    for (number, what, text) in findings.iter().take(SHOWN) {
        let _ = writeln!(std::io::stderr(), "mutant {number}: {what}\n{text}\n{text:?}\n");
    }
    assert!(
        findings.is_empty(),
        "{} of {} mutants are read differently (above: the first {SHOWN}): mend it, and keep each kind in \
         `tests/it/admit/differing`",
        findings.len(),
        count(),
    );
    // Mutants that no reader accepts would show nothing.
    assert!(taken * 8 > count(), "only {taken} of {} mutants are read", count());
}

/// The texts of a folder of the repository, in order.
fn files(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn kubernetes_readers_see_no_unjudged_image() {
    let Some(env) = PeerEnv::with(&["kubeyaml"]) else { return };
    let mut readers = Kubernetes(Reader::start(&env, "kubeyaml"));
    let seeds = seeds::kubernetes(&files("tests/it/admit/rendered"));
    differ(&seeds, &seeds::POD_PIECES, &mut readers);
}

#[test]
fn compose_readers_see_no_unjudged_image() {
    let Some(env) = PeerEnv::with(&["composeyaml", "pyyaml"]) else { return };
    let mut readers = Compose(vec![Reader::start(&env, "composeyaml"), Reader::start(&env, "pyyaml")]);
    differ(&seeds::compose(), &seeds::COMPOSE_PIECES, &mut readers);
}
