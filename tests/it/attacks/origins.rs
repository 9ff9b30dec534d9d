//! Whom a run contacts: the registry that was named, and where that registry itself sends it. Nothing that was
//! fetched names anybody else.
//!
//! Two witnesses: traps on this machine note every connection, and a proxy that all else would go through notes
//! every host. What `--verbose` lists is compared with what they saw.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use dhi::oci::media_type;
use serde_json::{Value, json};

use super::forge::{Forge, GOOD, SLSA, SPDX};
use super::measure::verify;
use crate::binary::{Run, User, read, run};
use crate::scripted::{Challenge, Reply, Scripted, Tokens};

/// A port that nobody may knock at.
struct Trap {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Trap {
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

impl Drop for Trap {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

/// A registry with an image, and a trap beside it.
struct Scene {
    registry: Scripted,
    trap: Trap,
    /// Whatever is not on this machine would be asked for through it.
    proxy: Trap,
    user: User,
}

impl Scene {
    fn new(forge: &Forge, trap: Trap) -> Self {
        let registry = Scripted::start();
        forge.serve(&registry, "x", "1");
        Self { registry, trap, proxy: Trap::new(), user: User::new() }
    }

    /// `dhi verify`, and the origins that it lists.
    fn verify(&self, more: &[&str]) -> (Run, BTreeSet<String>) {
        let host = self.registry.host();
        let mut command = verify(&self.user, &host, &format!("{host}/x:1"), &[&["-v"], more].concat());
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
        assert_eq!((self.trap.connections(), self.proxy.connections()), (0, 0));
    }
}

/// Puts the URLs wherever a descriptor or a manifest has room for one, known names first.
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
fn urls_in_what_nobody_signs_are_not_followed() {
    let trap = Trap::new();
    let urls = trap.urls();
    let mut forge = Forge::of(GOOD);
    forge.edit_index(|index| decorate(index, &urls));
    for predicate_type in [SPDX, SLSA] {
        let signature = forge.signature(&forge.attestation(predicate_type));
        forge.edit(&signature, |manifest| decorate(manifest, &urls));
    }
    let scene = Scene::new(&forge, trap);
    for headers in [false, true] {
        if headers {
            for name in
                ["Content-Location", "Refresh", "Alt-Svc", "Warning", "OCI-Mirror", "X-Registry-Mirror"]
            {
                for url in &urls {
                    scene.registry.add_header(name, url);
                }
            }
            // Locations of answers that redirect nowhere, and links that are no next page.
            scene.registry.add_header("Location", &urls[0]);
            scene.registry.add_header("Link", &format!("<{}>; rel=\"prev describedby\"", urls[0]));
        }
        let (run, origins) = scene.verify(&[]);
        run.assert(0, "pass");
        assert!(run.stderr.contains("/referrers/"), "{}", run.stderr);
        scene.is_alone(&origins);
    }
}

#[test]
fn urls_in_what_is_signed_are_not_followed() {
    // All that can be forged is; nothing of it is believed, and all is asked for nevertheless.
    let trap = Trap::new();
    let urls = trap.urls();
    let mut forge = Forge::of(GOOD);
    forge.edit_index(|index| decorate(index, &urls));
    let attestations = [SPDX, SLSA].map(|kind| move |forge: &Forge| forge.attestation(kind));
    for attestation in attestations {
        let manifest = attestation(&forge);
        let signature = forge.signature(&manifest);
        forge.edit(&signature, |manifest| decorate(manifest, &urls));
        let manifest = attestation(&forge);
        let statement = forge.value(&manifest)["layers"][0]["digest"].as_str().unwrap().to_owned();
        forge.edit(&statement, |statement| {
            statement["subject"][0]["name"] = urls[0].clone().into();
            statement["subject"][0]["uri"] = urls[1].clone().into();
            statement["subject"][0]["downloadLocation"] = urls[2].clone().into();
            statement["predicate"]["downloadLocation"] = urls[0].clone().into();
            statement["predicate"]["externalDocumentRefs"] = json!(urls);
            statement["predicate"]["runDetails"] = json!({ "metadata": { "invocationId": urls[1] } });
        });
        let manifest = attestation(&forge);
        forge.edit(&manifest, |manifest| decorate(manifest, &urls));
    }
    let image = forge.image();
    let config = forge.value(&image)["config"]["digest"].as_str().unwrap().to_owned();
    forge.edit(&config, |config| {
        config["config"]["Labels"] = json!({ "com.docker.dhi.url": urls[0], "url": urls[2] });
    });
    let image = forge.image();
    forge.edit(&image, |image| {
        decorate(image, &urls);
        image["layers"][0]["mediaType"] = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip".into();
    });
    let scene = Scene::new(&forge, trap);
    let (run, origins) = scene.verify(&[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(scene.registry.count("/v2/x/blobs/") >= 4, "{:?}", scene.registry.lines());
    scene.is_alone(&origins);
}

#[test]
fn urls_in_bundles_and_their_log_entries_are_not_followed() {
    let trap = Trap::new();
    let urls = trap.urls();
    let mut forge = Forge::of("bundles");
    for bundle in forge.bundles() {
        forge.edit(&bundle, |bundle| {
            bundle["verificationMaterial"]["publicKey"]["hint"] = urls[0].clone().into();
            bundle["verificationMaterial"]["tlogEntries"] = json!([{
                "logIndex": "1", "logId": { "keyId": "AAAA" }, "logUrl": urls[0], "baseUrl": urls[2],
                "kindVersion": { "kind": "dsse", "version": "0.0.1" }, "canonicalizedBody": "e30=",
                "inclusionProof": { "checkpoint": { "envelope": format!("{}\n1\nAAAA\n", urls[1]) } },
            }]);
            bundle["dsseEnvelope"]["signatures"][0]["keyid"] = urls[2].clone().into();
        });
    }
    let scene = Scene::new(&forge, trap);
    let (run, origins) = scene.verify(&[]);
    assert!(run.stdout.contains("\"exitCode\""), "{}", run.stdout);
    scene.is_alone(&origins);
}

#[test]
fn the_log_of_the_trusted_root_and_the_signed_name_are_not_asked() {
    let trap = Trap::new();
    let mut root: Value = serde_json::from_str(&read(crate::binary::ROOT)).unwrap();
    root["tlogs"][0]["baseUrl"] = trap.urls()[0].clone().into();
    let scene = Scene::new(&Forge::of(GOOD), trap);
    let path = scene.user.home.path().join("root.json");
    std::fs::write(&path, root.to_string()).unwrap();
    let host = scene.registry.host();
    let reference = format!("{host}/x:1");
    let first = ["verify", "-v", "--key", crate::binary::KEY, "--no-cache", "--require-tlog", "--plain-http"];
    let more = [&host, "--trusted-root", path.to_str().unwrap(), &reference];
    let (run, origins) = scene.contacted(&mut scene.user.command(&[&first[..], &more].concat()));
    run.assert(0, "pass");
    scene.is_alone(&origins);
}

#[test]
fn a_next_page_elsewhere_is_not_asked_for() {
    let forge = Forge::of(GOOD);
    for at in 0..4 {
        let scene = Scene::new(&forge, Trap::new());
        let url = scene.trap.urls()[at].clone();
        let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [] });
        let reply = Reply::new(200, list.to_string())
            .header("Content-Type", media_type::OCI_INDEX)
            .header("Link", &format!("<{url}>; rel=\"next\""));
        scene.registry.script(&format!("/v2/x/referrers/{}", forge.image()), reply);
        let (run, origins) = scene.verify(&[]);
        run.assert(6, "registry/unusable-answer");
        scene.is_alone(&origins);
    }
}

/// A login of the user for a host.
fn log_in(user: &User, host: &str) {
    let path = user.home.path().join(".docker");
    std::fs::create_dir_all(&path).unwrap();
    std::fs::write(
        path.join("config.json"),
        json!({ "auths": { host: { "auth": "bWU6cGFzcw==" } } }).to_string(),
    )
    .unwrap();
}

#[test]
fn a_realm_elsewhere_is_not_asked_with_a_login_nor_without_tls() {
    for logged_in in [true, false] {
        for at in 0..4 {
            let scene = Scene::new(&Forge::of(GOOD), Trap::new());
            let url = scene.trap.urls()[at].clone();
            if logged_in {
                log_in(&scene.user, &scene.registry.host());
            } else if !url.starts_with("http://elsewhere") {
                // Without a login there is nothing to lose, and a registry on this machine may name any realm that
                // has TLS or is on this machine too.
                continue;
            }
            scene.registry.demand(Challenge::bearer(&url, &Tokens::new()));
            let (run, origins) = scene.verify(&[]);
            run.assert(5, "registry/realm-refused");
            scene.is_alone(&origins);
        }
    }
}

#[test]
fn a_redirect_is_the_one_way_elsewhere_and_takes_no_login_along() {
    let (forge, store) = (Forge::of(GOOD), Scripted::start());
    forge.serve(&store, "x", "1");
    let scene = Scene::new(&forge, Trap::new());
    log_in(&scene.user, &scene.registry.host());
    let tokens = scene.registry.demand_own_tokens();
    tokens.only_for("Basic bWU6cGFzcw==");
    let host = scene.registry.host();
    let (run, _) = scene.verify(&[]);
    run.assert(0, "pass");
    let blobs: BTreeSet<String> = scene
        .registry
        .log()
        .into_iter()
        .map(|one| one.target)
        .filter(|path| path.contains("/blobs/"))
        .collect();
    assert_eq!(blobs.len(), 6);
    for path in &blobs {
        scene.registry.script(path, Reply::redirect(&store.url(path)));
    }
    let (run, origins) = scene.verify(&[]);
    run.assert(0, "pass");
    assert_eq!(origins, BTreeSet::from([format!("http://{host}"), store.url("")]));
    assert_eq!(store.log().len(), blobs.len());
    assert!(store.log().iter().all(|one| one.header("authorization").is_none()));
    assert!(store.log().iter().all(|one| one.header("cookie").is_none() && one.header("referer").is_none()));
    // Nowhere else: not out of this machine without TLS, and not with a user name.
    for location in
        ["http://elsewhere.example.com/", &format!("http://me:pass@{}/", scene.trap.address), "ftp://x/"]
    {
        for path in &blobs {
            scene.registry.script(path, Reply::redirect(location));
        }
        let (run, origins) = scene.verify(&[]);
        run.assert(6, "registry/server-error");
        scene.is_alone(&origins);
    }
}

#[test]
fn cookies_are_not_kept() {
    let scene = Scene::new(&Forge::of(GOOD), Trap::new());
    scene.registry.add_header("Set-Cookie", "id=1; Path=/");
    let (run, origins) = scene.verify(&[]);
    run.assert(0, "pass");
    assert!(scene.registry.log().iter().all(|one| one.header("cookie").is_none()));
    scene.is_alone(&origins);
}

#[test]
fn the_traps_catch_what_knocks() {
    // A realm and a redirect that are allowed reach them: the tests above can fail.
    let scene = Scene::new(&Forge::of(GOOD), Trap::new());
    scene.registry.demand(Challenge::bearer(&scene.trap.urls()[0], &Tokens::new()));
    let (run, _) = scene.verify(&[]);
    assert_ne!(run.code, 0);
    assert_ne!(scene.trap.connections(), 0, "{}", run.stderr);
    let scene = Scene::new(&Forge::of(GOOD), Trap::new());
    scene.registry.script("/v2/x/manifests/1", Reply::redirect("https://elsewhere.example.com/"));
    let (run, origins) = scene.verify(&[]);
    assert_ne!(run.code, 0);
    assert_ne!(scene.proxy.connections(), 0, "{}", run.stderr);
    assert!(origins.contains("https://elsewhere.example.com"), "{origins:?}");
}
