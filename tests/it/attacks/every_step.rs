//! A registry that fails at one step of a run, for each step of a good run. No failure may lead to a pass.

use std::time::Duration;

use dhi::oci::media_type;

use super::measure::{MIB, Measured, verify};
use super::tampered_image::{GOOD, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, TestEnv};
use crate::support::registry::{Body, InMemoryRegistry, Reply};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Tag,
    Manifest,
    Blob,
    Referrers,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            _ if path.contains("/blobs/") => Self::Blob,
            _ if path.contains("/referrers/") => Self::Referrers,
            _ if path.contains("/manifests/sha256:") => Self::Manifest,
            _ => Self::Tag,
        }
    }
}

/// The good image in a registry, and the paths that a run asks for.
struct ServedImage {
    registry: InMemoryRegistry,
    env: TestEnv,
    steps: Vec<String>,
    /// More flags of each run.
    flags: &'static [&'static str],
}

impl ServedImage {
    fn new() -> Self {
        let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
        TamperedImage::of(GOOD).serve(&registry, "x", "1");
        let mut served = Self { registry, env, steps: Vec::new(), flags: &[] };
        served.run().run.assert(0, "pass");
        served.steps = served.registry.log().into_iter().map(|one| one.target).collect();
        let kinds: Vec<Kind> = served.steps.iter().map(|path| Kind::of(path)).collect();
        let count = |kind| kinds.iter().filter(|own| **own == kind).count();
        // 1 tag; the image, BuildKit's entry, 2 attestations, 3 signatures; a configuration, 2 statements, 3
        // payloads; the lists of the index, the image and the attestations.
        assert_eq!([Kind::Tag, Kind::Manifest, Kind::Blob, Kind::Referrers].map(count), [1, 7, 6, 4]);
        served
    }

    fn run(&self) -> Measured {
        let host = self.registry.host();
        let more = [&["--require-index-signature", "--require-tlog"], self.flags].concat();
        Measured::of(&verify(&self.env, &host, &format!("{host}/x:1"), &more))
    }

    /// A run for each step, which is answered so; the ids are among those that `expected` says for its kind.
    fn each(
        &self,
        reply: impl Fn(Kind, &str) -> Reply,
        admitted: u64,
        time: Duration,
        expected: impl Fn(Kind) -> (i32, &'static [&'static str]),
    ) {
        for path in &self.steps {
            let kind = Kind::of(path);
            self.registry.script(path, reply(kind, path));
            let measured = self.run();
            let (code, ids) = expected(kind);
            assert_eq!(measured.run.code, code, "{kind:?} {path}: {}", measured.run.stdout);
            let found = measured.run.ids();
            let is_expected = !found.is_empty() && found.iter().all(|id| ids.contains(&id.as_str()));
            assert!(is_expected, "{kind:?} {path}: {found:?}");
            measured.within(admitted, time);
            self.registry.unscript(path);
        }
        assert_eq!(self.run().run.code, 0, "it is good again");
    }
}

const SECONDS: Duration = Duration::from_secs(10);

/// What the limits let a manifest or list have; blobs have the size of their descriptor, all small here.
const MANIFEST: u64 = 4 * MIB;

fn json(body: impl Into<Vec<u8>>) -> Reply {
    Reply::new(200, body).header("Content-Type", "application/json")
}

#[test]
fn an_endless_answer_ends_at_the_limit() {
    ServedImage::new().each(
        |_, _| json("").body(Body::Endless),
        MANIFEST,
        SECONDS,
        |kind| match kind {
            Kind::Blob => (4, &["trust/tampered"]),
            _ => (4, &["limits/exceeded"]),
        },
    );
}

#[test]
fn a_declared_length_of_exabytes_is_refused_before_reading() {
    ServedImage::new().each(
        |_, _| json("").body(Body::Lying(1 << 62, b"{}".to_vec())),
        0,
        SECONDS,
        |kind| match kind {
            Kind::Blob => (4, &["trust/tampered"]),
            _ => (4, &["limits/exceeded"]),
        },
    );
}

#[test]
fn a_truncated_answer_is_an_error() {
    // The length is within all bounds and the body is cut off; blobs are found out by their length before that.
    ServedImage::new().each(
        |_, _| json("").body(Body::Lying(3 << 20, b"{}".to_vec())),
        MANIFEST,
        2 * SECONDS,
        |kind| match kind {
            Kind::Blob => (4, &["trust/tampered"]),
            _ => (6, &["registry/unreachable"]),
        },
    );
}

#[test]
fn html_with_status_200_never_passes() {
    ServedImage::new().each(
        |_, _| Reply::html(),
        0,
        SECONDS,
        |kind| match kind {
            Kind::Blob => (4, &["trust/tampered"]),
            _ => (6, &["registry/unusable-answer"]),
        },
    );
}

#[test]
fn a_compression_bomb_is_never_decompressed() {
    let bomb = bomb(300 * MIB);
    assert!(bomb.len() < 3 << 20, "{}", bomb.len());
    for encoding in ["gzip", "deflate", "br", "zstd", "GZIP, identity", "x"] {
        // One encoding for all steps, the others where they are cheap.
        let served = ServedImage::new();
        let steps = if encoding == "gzip" { served.steps.len() } else { 3 };
        let served = ServedImage { steps: served.steps.iter().take(steps).cloned().collect(), ..served };
        served.each(
            |_, _| json(bomb.clone()).header("Content-Encoding", encoding),
            0,
            SECONDS,
            |_| (6, &["registry/unusable-answer"]),
        );
    }
}

#[test]
fn changed_content_fails_its_digest() {
    let other = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let served = ServedImage::new();
    let paths: Vec<String> =
        served.steps.iter().filter(|path| Kind::of(path) != Kind::Referrers).cloned().collect();
    let served = ServedImage { steps: paths, ..served };
    served.each(
        |_, _| Reply::new(200, other).header("Content-Type", media_type::OCI_INDEX),
        0,
        SECONDS,
        |kind| match kind {
            // A tag can move: then that is judged, and has nothing in it.
            Kind::Tag => (3, &["trust/unsigned", "verify/no-such-platform"]),
            _ => (4, &["trust/tampered"]),
        },
    );
}

#[test]
fn an_attestation_left_out_of_a_list_is_missing() {
    let none = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let served = ServedImage::new();
    let lists = served.steps.iter().filter(|path| Kind::of(path) == Kind::Referrers).cloned().collect();
    // With the default policy its base would be fetched instead.
    let served = ServedImage { steps: lists, flags: &ATTESTED_ONLY, ..served };
    served.each(
        |_, _| Reply::new(200, none).header("Content-Type", media_type::OCI_INDEX),
        0,
        SECONDS,
        |_| (3, &["trust/unsigned", "attest/none"]),
    );
}

#[test]
fn a_refusal_is_unknown() {
    for status in [401, 403] {
        ServedImage::new().each(
            |_, _| Reply::json(status, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
            0,
            SECONDS,
            |_| (5, &["registry/unauthorized"]),
        );
    }
}

#[test]
fn an_outage_is_unknown() {
    ServedImage::new().each(
        |_, _| Reply::json(500, "{}"),
        0,
        2 * SECONDS,
        |_| (6, &["registry/server-error"]),
    );
}

#[test]
fn a_redirect_loop_ends() {
    ServedImage::new().each(|_, path| Reply::redirect(path), 0, SECONDS, |_| (4, &["limits/exceeded"]));
}

#[test]
fn an_endless_error_message_is_read_up_to_its_limit() {
    ServedImage::new().each(
        |_, _| Reply::json(403, "").body(Body::Endless),
        MIB,
        SECONDS,
        |_| (5, &["registry/unauthorized"]),
    );
}

#[test]
fn endless_pages_end_at_the_limit() {
    let page = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#;
    let served = ServedImage::new();
    let lists = served.steps.iter().filter(|path| Kind::of(path) == Kind::Referrers).cloned().collect();
    // With the default policy its base would be fetched instead.
    let served = ServedImage { steps: lists, flags: &ATTESTED_ONLY, ..served };
    served.each(
        |_, path| {
            Reply::new(200, page)
                .header("Content-Type", media_type::OCI_INDEX)
                .header("Link", &format!("<{path}?page=again>; rel=\"next\""))
        },
        0,
        SECONDS,
        |_| (4, &["limits/exceeded"]),
    );
}

/// So many zeros in gzip: a block of fixed Huffman codes (RFC 1951, 3.2.6), nearly all "258 bytes as the last one".
fn bomb(size: u64) -> Vec<u8> {
    struct Bits(Vec<u8>, u8);
    impl Bits {
        fn push(&mut self, bit: bool) {
            if self.1 == 0 {
                self.0.push(0);
            }
            if let Some(last) = self.0.last_mut() {
                *last |= u8::from(bit) << self.1;
            }
            self.1 = (self.1 + 1) % 8;
        }
        /// Huffman codes stand with their first bit first.
        fn code(&mut self, code: u16, length: u32) {
            for at in (0..length).rev() {
                self.push(code >> at & 1 == 1);
            }
        }
    }
    let mut bits = Bits(b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec(), 0);
    // The last block, of type 1; the literal 0.
    for bit in [true, true, false] {
        bits.push(bit);
    }
    bits.code(0b0011_0000, 8);
    for _ in 0..size / 258 {
        // Length 258 is symbol 285; distance 1 is symbol 0.
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    bits.code(0, 7);
    let length = u32::try_from(size / 258 * 258 + 1).unwrap();
    // A reader that counts the output does not reach the checksum.
    bits.0.extend([0, 0, 0, 0]);
    bits.0.extend(length.to_le_bytes());
    bits.0
}

#[tokio::test]
async fn a_dripping_answer_ends_at_the_run_timeout() {
    use dhi::limits::Limits;
    use dhi::registry::{Options as Remote, RemoteRegistry};
    use dhi::trust::LogPolicy;

    let served = ServedImage::new();
    let host = served.registry.host();
    let limits = Limits::default().with(|limits| {
        limits.verify_timeout = Duration::from_millis(300);
        limits.read_timeout = SECONDS;
    });
    let reference: dhi::oci::Reference = format!("{host}/x:1").parse().unwrap();
    for path in &served.steps {
        served.registry.script(path, json("").body(Body::Dripping(Duration::from_millis(50))));
        let options = Remote { limits: limits.clone(), plain_http: vec![host.clone()], ..Remote::default() };
        let registry = RemoteRegistry::new(options, std::sync::Arc::new(())).unwrap();
        let options = dhi::verify::Options { limits: limits.clone(), ..dhi::verify::Options::of(&reference) };
        let trust = crate::support::env::trust(LogPolicy::Require);
        let start = std::time::Instant::now();
        let result = dhi::verify::verify(&registry, &reference, &trust, &options).await;
        let error = result.err().unwrap_or_else(|| panic!("{path} passes"));
        assert_eq!(dhi::diagnostic::ToDiagnostic::code(&error).as_str(), "limits/exceeded", "{path}");
        // The drip has no end; how late this is seen depends on the load of the machine.
        assert!(start.elapsed() < Duration::from_secs(300));
        served.registry.unscript(path);
    }
}
