//! Content that `dhi` writes is found by regctl: in registries with and without the referrers API, and in layouts.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use bytes::Bytes;
use dhi::limits::Limits;
use dhi::oci::{Digest, Reference, Version, media_type};
use dhi::registry::{
    Credentials, Error, FoundBy, Freshness, LayoutRegistry, LockDir, Login, Options, Push, Referrer,
    Registry as _, RemoteRegistry, Secret,
};
use serde_json::json;

use crate::access::USERS;
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};

/// The variables for one of several writer processes: reference, number, lock directory.
const WRITER: [&str; 3] = ["DHI_WRITER_REFERENCE", "DHI_WRITER_NUMBER", "DHI_WRITER_LOCKS"];
const WRITERS: usize = 8;

fn remote(reference: &Reference, locks: &Path) -> RemoteRegistry {
    with_logins(reference, locks, Credentials::none())
}

fn with_logins(reference: &Reference, locks: &Path, credentials: Credentials) -> RemoteRegistry {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let host = reference.repository.to_string().split('/').next().unwrap().to_owned();
    let turns = LockDir::at(locks.to_owned());
    let options = Options { plain_http: vec![host], lock_dir: turns, credentials, ..Options::default() };
    RemoteRegistry::new(options, Arc::new(())).unwrap()
}

fn reference(text: &str) -> Reference {
    text.parse().unwrap()
}

/// Pushes an image of one layer; its digest.
async fn image(registry: &dyn Push, reference: &Reference) -> Digest {
    let repository = &reference.repository;
    let config = registry.push_blob(repository, Bytes::from_static(b"{}")).await.unwrap();
    // Larger than what goes out in one write.
    let layer: Bytes = vec![7; 3 << 20].into();
    let size = layer.len();
    let layer = registry.push_blob(repository, layer).await.unwrap();
    let text = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST,
        "config": { "mediaType": media_type::OCI_CONFIG, "digest": config, "size": 2 },
        "layers": [{ "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": layer, "size": size }],
    });
    let version = reference.version();
    let bytes = text.to_string().into();
    registry.push_manifest(repository, &version, media_type::OCI_MANIFEST, bytes).await.unwrap()
}

/// Pushes a referrer of it, with its blobs.
async fn refer(
    registry: &dyn Push,
    reference: &Reference,
    subject: &Digest,
    number: usize,
) -> (Digest, FoundBy) {
    let repository = &reference.repository;
    let config = registry.push_blob(repository, Bytes::from_static(b"{}")).await.unwrap();
    let statement = format!("statement {number}");
    let layer = registry.push_blob(repository, statement.clone().into()).await.unwrap();
    let of = registry.manifest(repository, &Version::Digest(*subject)).await.unwrap();
    let annotations = json!({ "in-toto.io/predicate-type": format!("https://example.com/{number}") });
    let text = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::IN_TOTO,
        "config": { "mediaType": media_type::OCI_EMPTY, "digest": config, "size": 2 },
        "layers": [{ "mediaType": media_type::IN_TOTO, "digest": layer, "size": statement.len() }],
        "subject": { "mediaType": media_type::OCI_MANIFEST, "digest": subject, "size": of.bytes.len() },
        "annotations": annotations,
    });
    let bytes: Bytes = text.to_string().into();
    let descriptor = json!({
        "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(&bytes), "size": bytes.len(),
        "artifactType": media_type::IN_TOTO, "annotations": annotations,
    });
    let descriptor = serde_json::from_value(descriptor).unwrap();
    let referrer = Referrer { descriptor, subject: *subject, bytes };
    let found_by = registry.push_referrer(repository, &referrer).await.unwrap();
    (referrer.descriptor.digest, found_by)
}

/// What regctl lists, with the predicate types that the list tells.
fn listed(env: &PeerEnv, reference: &str) -> BTreeSet<String> {
    let format = r#"{{range .Descriptors}}{{println .Digest (index .Annotations "in-toto.io/predicate-type")}}{{end}}"#;
    let text = env.regctl(&["artifact", "list", "--format", format, reference]);
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn line(digest: &Digest, number: usize) -> String {
    format!("{digest} https://example.com/{number}")
}

#[tokio::test]
async fn regctl_lists_what_was_pushed_to_each_registry() {
    let Some(env) = PeerEnv::with(&["refreg", "docker-registry", "registry3", "regctl"]) else { return };
    for (kind, found_by) in [
        (Kind::Ggcr, FoundBy::Api),
        (Kind::OciRegistry, FoundBy::Api),
        (Kind::Distribution2, FoundBy::FallbackTag),
        (Kind::Distribution3, FoundBy::FallbackTag),
    ] {
        let server = Registry::start(&env, kind);
        let name = format!("{}/acme/api:1", server.host);
        let reference = reference(&name);
        let registry = remote(&reference, &env.path("locks"));
        let subject = image(&registry, &reference).await;
        let (one, found) = refer(&registry, &reference, &subject, 1).await;
        assert_eq!(found, found_by, "{kind:?}");
        assert_eq!(listed(&env, &name), [line(&one, 1)].into(), "{kind:?}");

        // Another tool and this one add to the same list.
        let file = env.write("sbom.json", "{}");
        let file = file.display().to_string();
        let theirs = ["artifact", "put", "--artifact-type", "application/spdx+json", "--subject", &name];
        env.regctl(&[&theirs[..], &["--file", &file]].concat());
        let (two, _) = refer(&registry, &reference, &subject, 2).await;
        let all = listed(&env, &name);
        assert!(all.len() == 3 && all.contains(&line(&one, 1)) && all.contains(&line(&two, 2)), "{all:?}");
        let own = registry.referrers(&reference.repository, &subject, Freshness::Now).await.unwrap();
        assert_eq!((own.descriptors.len(), own.found_by), (3, found_by), "{kind:?}");
        // A second time changes nothing.
        assert_eq!(refer(&registry, &reference, &subject, 2).await, (two, found_by));
        assert_eq!(listed(&env, &name), all, "{kind:?}");
    }
}

#[tokio::test]
async fn regctl_lists_what_was_written_to_a_layout() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl"]) else { return };
    let server = Registry::start(&env, Kind::Ggcr);
    let name = format!("{}/acme/api:1", server.host);
    let origin = reference(&name);
    let registry = remote(&origin, &env.path("locks"));
    let subject = image(&registry, &origin).await;
    let (one, _) = refer(&registry, &origin, &subject, 1).await;
    let directory = env.path("layout");
    let peer = format!("ocidir://{}:1", directory.display());
    env.copy(&name, &peer);

    let place = reference(&format!("oci:{}:1", directory.display()));
    let layout = LayoutRegistry::new(Limits::default()).with_lock_dir(LockDir::at(env.path("locks")));
    let (two, found_by) = refer(&layout, &place, &subject, 2).await;
    assert_eq!(found_by, FoundBy::Layout);
    let both = BTreeSet::from([line(&one, 1), line(&two, 2)]);
    assert_eq!(listed(&env, &peer), both);

    // regctl adds one more and cleans up; nothing of it is lost, and it copies all of them back.
    let file = env.write("sbom.json", "{}").display().to_string();
    let theirs = ["artifact", "put", "--artifact-type", "application/spdx+json", "--subject", &peer];
    env.regctl(&[&theirs[..], &["--file", &file]].concat());
    let fresh = LayoutRegistry::new(Limits::default());
    let list = fresh.referrers(&place.repository, &subject, Freshness::Now).await.unwrap();
    assert_eq!(list.descriptors.len(), 3);
    let back = format!("{}/acme/back:1", server.host);
    env.copy(&peer, &back);
    let all = listed(&env, &back);
    assert!(all.len() == 3 && all.is_superset(&both), "{all:?}");

    // An image that is written here, by its tag.
    let place = reference(&format!("oci:{}:2", directory.display()));
    let digest = image(&layout, &place).await;
    let peer = format!("ocidir://{}:2", directory.display());
    assert_eq!(env.regctl(&["image", "digest", &peer]).trim(), digest.to_string());
}

#[tokio::test]
async fn a_registry_with_logins_is_written_with_a_login() {
    let Some(env) = PeerEnv::with(&["docker-registry", "registry3"]) else { return };
    for kind in [Kind::Distribution2, Kind::Distribution3] {
        let server = Registry::with_login(&env, kind, USERS);
        let reference = reference(&format!("{}/acme/api:1", server.host));
        let with = |password: &str| {
            let login = Login::Basic { username: "ada".to_owned(), password: Secret::new(password) };
            let credentials = Credentials::none().with(&server.host, login);
            with_logins(&reference, &env.path("locks"), credentials)
        };
        for (registry, is_sent) in
            [(remote(&reference, &env.path("locks")), false), (with("wrong horse"), true)]
        {
            let refused = registry.push_blob(&reference.repository, Bytes::from_static(b"{}")).await;
            let Err(Error::PushRefused { logged_in, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(logged_in, is_sent, "{kind:?}");
        }
        let registry = with("correct horse");
        let subject = image(&registry, &reference).await;
        assert_eq!(refer(&registry, &reference, &subject, 1).await.1, FoundBy::FallbackTag);
    }
}

/// Processes, not threads: they share nothing but the lock directory.
#[test]
fn several_processes_lose_no_entry() {
    let Some(env) = PeerEnv::with(&["docker-registry", "regctl"]) else { return };
    let server = Registry::start(&env, Kind::Distribution2);
    let name = format!("{}/acme/api:1", server.host);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let origin = reference(&name);
    runtime.block_on(image(&remote(&origin, &env.path("locks")), &origin));
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let mut writer = Command::new(std::env::current_exe().unwrap());
            writer.args(["--exact", "push::one_of_several_writers", "--ignored"]);
            let locks = env.path("locks").display().to_string();
            writer.envs(WRITER.into_iter().zip([name.clone(), number.to_string(), locks]));
            writer.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            writer.spawn().unwrap()
        })
        .collect();
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", both(&output));
    }
    assert_eq!(listed(&env, &name).len(), WRITERS);
}

#[tokio::test]
#[ignore = "a process of the test before"]
async fn one_of_several_writers() {
    let [name, number, locks] = WRITER.map(|name| std::env::var(name).unwrap());
    let reference = reference(&name);
    let registry = remote(&reference, Path::new(&locks));
    let subject = registry.manifest(&reference.repository, &reference.version()).await.unwrap().digest;
    let (_, found_by) = refer(&registry, &reference, &subject, number.parse().unwrap()).await;
    assert_eq!(found_by, FoundBy::FallbackTag);
}
