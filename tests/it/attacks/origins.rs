//! The hosts that a run contacts: the named registry, and those to which that registry redirects. Fetched content adds
//! no host.
//!
//! Two servers check this: one at an address that must not be contacted, and a proxy for all other hosts. The test
//! compares the hosts that `--verbose` lists with their connections.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use dhi::oci::media_type;
use serde_json::{Value, json};

use super::measure::verify;
use super::tampered_image::{GOOD, SLSA, SPDX, TamperedImage};
use crate::support::env::{Run, TestEnv, read, run};
use crate::support::registry::{Challenge, InMemoryRegistry, Reply, Tokens};

/// A port that must not be contacted.
struct ForbiddenHost {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl ForbiddenHost {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.3:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stopped) = (Arc::clone(&connections), Arc::clone(&stop));
        std::thread::spawn(move || {
            for _ in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, connections, stop }
    }

    /// URLs that lead here, or through the proxy.
    fn urls(&self) -> [String; 4] {
        [
            format!("http://{}/http", self.address),
            format!("https://{}/https", self.address),
            "https://elsewhere.example.com/https".to_owned(),
            "http://elsewhere.example.com/http".to_owned(),
        ]
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for ForbiddenHost {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

/// A registry with an image, and a trap beside it.
struct OriginsFixture {
    registry: InMemoryRegistry,
    forbidden: ForbiddenHost,
    /// Whatever is not on this machine would be asked for through it.
    proxy: ForbiddenHost,
    env: TestEnv,
}

impl OriginsFixture {
    fn new(tampered: &TamperedImage, forbidden: ForbiddenHost) -> Self {
        let registry = InMemoryRegistry::start();
        tampered.serve(&registry, "x", "1");
        Self { registry, forbidden, proxy: ForbiddenHost::new(), env: TestEnv::new() }
    }

    /// `dhi verify`, and the origins that it lists.
    fn verify(&self, more: &[&str]) -> (Run, BTreeSet<String>) {
        let host = self.registry.host();
        let mut command = verify(&self.env, &host, &format!("{host}/x:1"), &[&["-v"], more].concat());
        self.contacted(&mut command)
    }

    fn contacted(&self, command: &mut std::process::Command) -> (Run, BTreeSet<String>) {
        let proxy = format!("http://{}", self.proxy.address);
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
            command.env(name, &proxy);
        }
        let run = run(command);
        let words = run.stderr.lines().filter_map(|line| line.strip_prefix("> ")?.split(' ').nth(1));
        let urls = words.filter_map(|url| url.split_once("://"));
        let origins =
            urls.map(|(scheme, rest)| format!("{scheme}://{}", rest.split('/').next().unwrap())).collect();
        (run, origins)
    }

    /// That only the registry was contacted.
    #[track_caller]
    fn is_alone(&self, origins: &BTreeSet<String>) {
        assert_eq!(*origins, BTreeSet::from([self.registry.url("")]));
        assert_eq!((self.forbidden.connections(), self.proxy.connections()), (0, 0));
    }
}

/// Puts the URLs wherever a descriptor or a manifest can have one, known names first.
fn decorate(value: &mut Value, urls: &[String]) {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let image = ["source", "url", "documentation", "base.name", "vendor"];
        let image = image.iter().map(|name| format!("org.opencontainers.image.{name}"));
        let others = [
            "com.docker.dhi.url",
            "vnd.docker.reference.url",
            "dev.sigstore.cosign/rekor-url",
            "in-toto.io/predicate-url",
        ];
        image.chain(others.map(str::to_owned)).collect()
    });
    match value {
        Value::Object(members) => {
            for (_, member) in members.iter_mut() {
                decorate(member, urls);
            }
            if members.contains_key("digest") {
                members.insert("urls".to_owned(), json!(urls));
            }
            if members.contains_key("digest") || members.contains_key("schemaVersion") {
                let annotations = members.entry("annotations").or_insert_with(|| json!({}));
                for (name, url) in NAMES.iter().zip(urls.iter().cycle()) {
                    annotations[name] = url.clone().into();
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| decorate(element, urls)),
        _ => {}
    }
}

#[test]
fn urls_in_unsigned_content_are_not_followed() {
    let forbidden = ForbiddenHost::new();
    let urls = forbidden.urls();
    let mut tampered = TamperedImage::of(GOOD);
    tampered.edit_index(|index| decorate(index, &urls));
    for predicate_type in [SPDX, SLSA] {
        let signature = tampered.signature(&tampered.attestation(predicate_type));
        tampered.edit(&signature, |manifest| decorate(manifest, &urls));
    }
    let setup = OriginsFixture::new(&tampered, forbidden);
    for headers in [false, true] {
        if headers {
            for name in
                ["Content-Location", "Refresh", "Alt-Svc", "Warning", "OCI-Mirror", "X-Registry-Mirror"]
            {
                for url in &urls {
                    setup.registry.add_header(name, url);
                }
            }
            // Locations of answers that redirect nowhere, and links that are no next page.
            setup.registry.add_header("Location", &urls[0]);
            setup.registry.add_header("Link", &format!("<{}>; rel=\"prev describedby\"", urls[0]));
        }
        let (run, origins) = setup.verify(&[]);
        run.assert(0, "pass");
        assert!(run.stderr.contains("/referrers/"), "{}", run.stderr);
        setup.is_alone(&origins);
    }
}

#[test]
fn urls_in_signed_content_are_not_followed() {
    // All that can be forged is; nothing of it is believed, and all is asked for nevertheless.
    let forbidden = ForbiddenHost::new();
    let urls = forbidden.urls();
    let mut tampered = TamperedImage::of(GOOD);
    tampered.edit_index(|index| decorate(index, &urls));
    let attestations = [SPDX, SLSA].map(|kind| move |tampered: &TamperedImage| tampered.attestation(kind));
    for attestation in attestations {
        let manifest = attestation(&tampered);
        let signature = tampered.signature(&manifest);
        tampered.edit(&signature, |manifest| decorate(manifest, &urls));
        let manifest = attestation(&tampered);
        let statement = tampered.value(&manifest)["layers"][0]["digest"].as_str().unwrap().to_owned();
        tampered.edit(&statement, |statement| {
            statement["subject"][0]["name"] = urls[0].clone().into();
            statement["subject"][0]["uri"] = urls[1].clone().into();
            statement["subject"][0]["downloadLocation"] = urls[2].clone().into();
            statement["predicate"]["downloadLocation"] = urls[0].clone().into();
            statement["predicate"]["externalDocumentRefs"] = json!(urls);
            statement["predicate"]["runDetails"] = json!({ "metadata": { "invocationId": urls[1] } });
        });
        let manifest = attestation(&tampered);
        tampered.edit(&manifest, |manifest| decorate(manifest, &urls));
    }
    let image = tampered.image();
    let config = tampered.value(&image)["config"]["digest"].as_str().unwrap().to_owned();
    tampered.edit(&config, |config| {
        config["config"]["Labels"] = json!({ "com.docker.dhi.url": urls[0], "url": urls[2] });
    });
    let image = tampered.image();
    tampered.edit(&image, |image| {
        decorate(image, &urls);
        image["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
    });
    let setup = OriginsFixture::new(&tampered, forbidden);
    let (run, origins) = setup.verify(&[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(setup.registry.count("/v2/x/blobs/") >= 4, "{:?}", setup.registry.lines());
    setup.is_alone(&origins);
}

#[test]
fn urls_in_bundles_and_their_log_entries_are_not_followed() {
    let forbidden = ForbiddenHost::new();
    let urls = forbidden.urls();
    let mut tampered = TamperedImage::of("bundles");
    for bundle in tampered.bundles() {
        tampered.edit(&bundle, |bundle| {
            bundle["verificationMaterial"]["publicKey"]["hint"] = urls[0].clone().into();
            bundle["verificationMaterial"]["tlogEntries"] = json!([{
                "logIndex": "1", "logId": { "keyId": "AAAA" }, "logUrl": urls[0], "baseUrl": urls[2],
                "kindVersion": { "kind": "dsse", "version": "0.0.1" }, "canonicalizedBody": "e30=",
                "inclusionProof": { "checkpoint": { "envelope": format!("{}\n1\nAAAA\n", urls[1]) } },
            }]);
            bundle["dsseEnvelope"]["signatures"][0]["keyid"] = urls[2].clone().into();
        });
    }
    let setup = OriginsFixture::new(&tampered, forbidden);
    let (run, origins) = setup.verify(&[]);
    assert!(run.stdout.contains("\"exitCode\""), "{}", run.stdout);
    setup.is_alone(&origins);
}

#[test]
fn hosts_in_the_trusted_root_and_signed_name_are_not_asked() {
    let forbidden = ForbiddenHost::new();
    let mut root: Value = serde_json::from_str(&read(crate::support::env::ROOT)).unwrap();
    root["tlogs"][0]["baseUrl"] = forbidden.urls()[0].clone().into();
    let setup = OriginsFixture::new(&TamperedImage::of(GOOD), forbidden);
    let path = setup.env.path("root.json");
    std::fs::write(&path, root.to_string()).unwrap();
    let host = setup.registry.host();
    let reference = format!("{host}/x:1");
    let first =
        ["verify", "-v", "--key", crate::support::env::KEY, "--no-cache", "--require-tlog", "--plain-http"];
    let more = [&host, "--trusted-root", path.to_str().unwrap(), &reference];
    let (run, origins) = setup.contacted(&mut setup.env.command(&[&first[..], &more].concat()));
    run.assert(0, "pass");
    setup.is_alone(&origins);
}

#[test]
fn a_next_page_at_another_host_is_not_requested() {
    let tampered = TamperedImage::of(GOOD);
    for at in 0..4 {
        let setup = OriginsFixture::new(&tampered, ForbiddenHost::new());
        let url = setup.forbidden.urls()[at].clone();
        let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [] });
        let reply = Reply::new(200, list.to_string())
            .header("Content-Type", media_type::OCI_INDEX)
            .header("Link", &format!("<{url}>; rel=\"next\""));
        setup.registry.script(&format!("/v2/x/referrers/{}", tampered.image()), reply);
        let (run, origins) = setup.verify(&[]);
        run.assert(6, "registry/unusable-answer");
        setup.is_alone(&origins);
    }
}

/// A login of the user for a host.
fn log_in(env: &TestEnv, host: &str) {
    let path = env.path(".docker");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(
        path.join("config.json"),
        json!({ "auths": { host: { "auth": "bWU6cGFzcw==" } } }).to_string(),
    )
    .unwrap();
}

#[test]
fn a_foreign_realm_gets_no_login_and_needs_tls() {
    for logged_in in [true, false] {
        for at in 0..4 {
            let setup = OriginsFixture::new(&TamperedImage::of(GOOD), ForbiddenHost::new());
            let url = setup.forbidden.urls()[at].clone();
            if logged_in {
                log_in(&setup.env, &setup.registry.host());
            } else if !url.starts_with("http://elsewhere") {
                // Without a login there is nothing to lose, and a registry on this machine may name any realm that
                // has TLS or is on this machine too.
                continue;
            }
            setup.registry.demand(Challenge::bearer(&url, &Tokens::new()));
            let (run, origins) = setup.verify(&[]);
            run.assert(5, "registry/realm-refused");
            setup.is_alone(&origins);
        }
    }
}

#[test]
fn a_redirect_to_another_host_carries_no_login() {
    let (tampered, store) = (TamperedImage::of(GOOD), InMemoryRegistry::start());
    tampered.serve(&store, "x", "1");
    let setup = OriginsFixture::new(&tampered, ForbiddenHost::new());
    log_in(&setup.env, &setup.registry.host());
    let tokens = setup.registry.demand_own_tokens();
    tokens.only_for("Basic bWU6cGFzcw==");
    let host = setup.registry.host();
    let (run, _) = setup.verify(&[]);
    run.assert(0, "pass");
    let blobs: BTreeSet<String> = setup
        .registry
        .log()
        .into_iter()
        .map(|one| one.target)
        .filter(|path| path.contains("/blobs/"))
        .collect();
    assert_eq!(blobs.len(), 6);
    for path in &blobs {
        setup.registry.script(path, Reply::redirect(&store.url(path)));
    }
    let (run, origins) = setup.verify(&[]);
    run.assert(0, "pass");
    assert_eq!(origins, BTreeSet::from([format!("http://{host}"), store.url("")]));
    assert_eq!(store.log().len(), blobs.len());
    assert!(store.log().iter().all(|one| one.header("authorization").is_none()));
    assert!(store.log().iter().all(|one| one.header("cookie").is_none() && one.header("referer").is_none()));
    // Nowhere else: not out of this machine without TLS, and not with a user name.
    for location in
        ["http://elsewhere.example.com/", &format!("http://me:pass@{}/", setup.forbidden.address), "ftp://x/"]
    {
        for path in &blobs {
            setup.registry.script(path, Reply::redirect(location));
        }
        let (run, origins) = setup.verify(&[]);
        run.assert(6, "registry/server-error");
        setup.is_alone(&origins);
    }
}

#[test]
fn cookies_are_not_kept() {
    let setup = OriginsFixture::new(&TamperedImage::of(GOOD), ForbiddenHost::new());
    setup.registry.add_header("Set-Cookie", "id=1; Path=/");
    let (run, origins) = setup.verify(&[]);
    run.assert(0, "pass");
    assert!(setup.registry.log().iter().all(|one| one.header("cookie").is_none()));
    setup.is_alone(&origins);
}

#[test]
fn forbidden_hosts_see_every_connection() {
    // A realm and a redirect that are allowed reach them: the tests above can fail.
    let setup = OriginsFixture::new(&TamperedImage::of(GOOD), ForbiddenHost::new());
    setup.registry.demand(Challenge::bearer(&setup.forbidden.urls()[0], &Tokens::new()));
    let (run, _) = setup.verify(&[]);
    assert_ne!(run.code, 0);
    assert_ne!(setup.forbidden.connections(), 0, "{}", run.stderr);
    let setup = OriginsFixture::new(&TamperedImage::of(GOOD), ForbiddenHost::new());
    setup.registry.script("/v2/x/manifests/1", Reply::redirect("https://elsewhere.example.com/"));
    let (run, origins) = setup.verify(&[]);
    assert_ne!(run.code, 0);
    assert_ne!(setup.proxy.connections(), 0, "{}", run.stderr);
    assert!(origins.contains("https://elsewhere.example.com"), "{origins:?}");
}
