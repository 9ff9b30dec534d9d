//! Layouts with one error each. Each query runs on the directory and on an archive of it, and both must have the same
//! result.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};

use super::*;
use crate::diagnostic::{Remedy, ToDiagnostic as _};
use crate::oci::media_type;

const CONFIG: &str = r#"{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;

/// Builds a layout directory.
struct LayoutBuilder {
    directory: TempDir,
    entries: Vec<Value>,
}

impl LayoutBuilder {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir_all(directory.path().join("blobs/sha256")).unwrap();
        fs::write(directory.path().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let mut layout = Self { directory, entries: Vec::new() };
        layout.write_index();
        layout
    }

    fn repository(&self) -> Repository {
        Repository::Layout(self.directory.path().to_owned())
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.directory.path().join("blobs/sha256").join(digest.hex())
    }

    fn write(&self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        fs::write(self.path(&digest), bytes).unwrap();
        digest
    }

    /// Writes a manifest and returns its descriptor.
    fn manifest(&self, name: &str, subject: Option<&Value>) -> Value {
        let mut text = json!({
            "schemaVersion": 2,
            "mediaType": media_type::OCI_MANIFEST,
            "artifactType": "text/plain",
            "config": serde_json::from_str::<Value>(CONFIG).unwrap(),
            "layers": [],
            "annotations": {"name": name},
        });
        if let Some(subject) = subject {
            text["subject"] = subject.clone();
        }
        self.describe(media_type::OCI_MANIFEST, &text.to_string())
    }

    fn list(&self, manifests: &[Value]) -> Value {
        let text = json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": manifests});
        self.describe(media_type::OCI_INDEX, &text.to_string())
    }

    fn describe(&self, kind: &str, text: &str) -> Value {
        json!({"mediaType": kind, "size": text.len(), "digest": self.write(text.as_bytes())})
    }

    fn add(&mut self, descriptor: &Value, name: Option<&str>) -> Digest {
        let mut descriptor = descriptor.clone();
        if let Some(name) = name {
            descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        }
        self.add_raw(descriptor)
    }

    fn add_raw(&mut self, descriptor: Value) -> Digest {
        let digest = digest(&descriptor);
        self.entries.push(descriptor);
        self.write_index();
        digest
    }

    fn write_index(&mut self) {
        let text = json!({"schemaVersion": 2, "manifests": self.entries});
        fs::write(self.directory.path().join("index.json"), text.to_string()).unwrap();
    }

    /// The layout as an archive.
    fn packed(&self) -> NamedTempFile {
        let file = NamedTempFile::new().unwrap();
        let mut archive = ::tar::Builder::new(file.as_file());
        archive.follow_symlinks(false);
        archive.append_dir_all(".", self.directory.path()).unwrap();
        archive.into_inner().unwrap();
        file
    }

    async fn unnamed(&self) -> Result<Content, Error> {
        self.manifest_of(Version::Unnamed).await
    }

    async fn tag(&self, tag: &str) -> Result<Content, Error> {
        self.manifest_of(Version::Tag(tag.parse().unwrap())).await
    }

    async fn name(&self, name: &str) -> Result<Content, Error> {
        self.manifest_of(Version::Name(name.parse().unwrap())).await
    }

    async fn digest(&self, digest: Digest) -> Result<Content, Error> {
        self.manifest_of(Version::Digest(digest)).await
    }

    async fn manifest_of(&self, version: Version) -> Result<Content, Error> {
        let packed = self.packed();
        let registry = LayoutRegistry::new(Limits::default());
        let from_archive = registry.manifest(&Repository::Archive(packed.path().into()), &version).await;
        same(registry.manifest(&self.repository(), &version).await, &from_archive)
    }

    async fn blob(&self, descriptor: &Descriptor, limit: u64) -> Result<Bytes, Error> {
        let packed = self.packed();
        let registry = LayoutRegistry::new(Limits::default());
        let from_archive = registry.blob(&Repository::Archive(packed.path().into()), descriptor, limit).await;
        same(registry.blob(&self.repository(), descriptor, limit).await, &from_archive)
    }

    async fn referrers(&self, subject: &Value) -> Result<Vec<Descriptor>, Error> {
        self.referrers_within(subject, Limits::default()).await
    }

    async fn referrers_within(&self, subject: &Value, limits: Limits) -> Result<Vec<Descriptor>, Error> {
        let packed = self.packed();
        let archive = Repository::Archive(packed.path().into());
        let registry = LayoutRegistry::new(limits);
        let subject = digest(subject);
        let from_archive = registry.referrers(&archive, &subject, Freshness::Now).await;
        let list =
            same(registry.referrers(&self.repository(), &subject, Freshness::Now).await, &from_archive)?;
        assert_eq!((list.found_by, list.age), (FoundBy::Layout, None));
        Ok(list.descriptors)
    }
}

/// The result of the directory, after checking that the archive has the same.
fn same<T: PartialEq + std::fmt::Debug>(
    directory: Result<T, Error>,
    archive: &Result<T, Error>,
) -> Result<T, Error> {
    match (&directory, archive) {
        (Err(Error::Layout { .. }), Err(Error::Archive { .. })) => {}
        (Err(one), Err(other)) => assert_eq!(
            std::mem::discriminant(one),
            std::mem::discriminant(other),
            "{one}, but from the archive {other}"
        ),
        _ => assert_eq!(&directory, archive),
    }
    directory
}

fn digest(descriptor: &Value) -> Digest {
    descriptor["digest"].as_str().unwrap().parse().unwrap()
}

fn digests(list: &[Descriptor]) -> Vec<Digest> {
    list.iter().map(|entry| entry.digest).collect()
}

fn descriptor(digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: "text/plain".to_owned(),
        digest,
        size,
        artifact_type: None,
        platform: None,
        annotations: std::collections::BTreeMap::new(),
    }
}

fn fallback(subject: &Value) -> String {
    digest(subject).fallback_tag()
}

#[tokio::test]
async fn a_tag_is_found_alone_and_in_a_full_reference() {
    for name in ["3.13", "dhi.io/python:3.13", "localhost:5000/a/b:3.13", "dhi.io/x:3.13@sha256:00"] {
        let mut layout = LayoutBuilder::new();
        let image = layout.manifest("image", None);
        let expected = layout.add(&image, Some(name));
        let content = layout.tag("3.13").await.unwrap();
        assert_eq!(content.digest, expected, "{name}");
        assert_eq!(content.media_type.as_deref(), Some(media_type::OCI_MANIFEST));
    }
    let mut layout = LayoutBuilder::new();
    let mut image = layout.manifest("image", None);
    image["annotations"] = json!({"io.containerd.image.name": "docker.io/library/python:3.13"});
    layout.add_raw(image);
    assert!(layout.tag("3.13").await.is_ok());
    assert!(layout.tag("13").await.unwrap_err().is_not_found());
    assert!(layout.tag("python").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_port_or_digest_in_a_name_is_not_a_tag() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    layout.add(&image, Some("localhost:5000/python"));
    layout.add(&image, Some(&format!("dhi.io/python@{}", digest(&image))));
    assert!(layout.tag("5000").await.unwrap_err().is_not_found());
    assert!(layout.tag(&digest(&image).hex()).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_ambiguous_tag_is_refused_a_repeated_one_is_not() {
    let mut layout = LayoutBuilder::new();
    let (one, other) = (layout.manifest("one", None), layout.manifest("other", None));
    layout.add(&one, Some("1"));
    layout.add(&one, Some("dhi.io/python:1"));
    assert!(layout.tag("1").await.is_ok());
    layout.add(&other, Some("dhi.io/nginx:1"));
    let error = layout.tag("1").await.unwrap_err();
    let Error::AmbiguousName { images, .. } = &error else { panic!("{error}") };
    let named = |name: &str, image: &Value| (name.to_owned(), digest(image));
    let all = [named("1", &one), named("dhi.io/nginx:1", &other), named("dhi.io/python:1", &one)];
    assert_eq!(images, &all);
    let diagnostic = error.to_diagnostic();
    let reference = format!("{}:dhi.io/nginx:1", layout.repository());
    assert_eq!(diagnostic.remedies, [Remedy::NameLayoutImage { reference }]);
}

#[tokio::test]
async fn a_full_name_finds_only_its_image() {
    let mut layout = LayoutBuilder::new();
    let (web, api) = (layout.manifest("web", None), layout.manifest("api", None));
    layout.add(&web, Some("shop/web:latest"));
    let mut containerd = api.clone();
    containerd["annotations"] = json!({"io.containerd.image.name": "docker.io/shop/api:latest",
        "org.opencontainers.image.ref.name": "latest"});
    layout.add_raw(containerd);
    for (name, image) in [
        ("shop/web:latest", &web),
        ("shop/web", &web),
        ("docker.io/shop/web:latest", &web),
        ("docker.io/shop/api:latest", &api),
        ("shop/api", &api),
        ("shop/api:latest", &api),
    ] {
        assert_eq!(layout.name(name).await.unwrap().digest, digest(image), "{name}");
    }
    for name in [
        "shop/web:latest2",
        "shop/web:Latest",
        "shop/web:1",
        "Shop/web:latest",
        "evil/shop/web:latest",
        "evil.io/shop/web:latest",
        "web:latest",
        "shop/we",
        "shop//web:latest",
        "shop/web:latest/x",
    ] {
        let error = layout.name(name).await.unwrap_err();
        assert!(error.is_not_found(), "{name}: {error}");
        assert!(error.to_string().contains("`shop/web:latest`"), "{error}");
    }
    // `latest` is the name of one image and the tag of both.
    assert!(matches!(layout.tag("latest").await, Err(Error::AmbiguousName { .. })));
}

#[tokio::test]
async fn two_images_under_equivalent_names_are_refused() {
    const TAG: &str = "org.opencontainers.image.ref.name";
    const NAME: &str = "io.containerd.image.name";
    let forged = |annotations: Value| {
        let mut layout = LayoutBuilder::new();
        let (good, evil) = (layout.manifest("good", None), layout.manifest("evil", None));
        layout.add(&good, Some("shop/web:latest"));
        let mut entry = evil.clone();
        entry["annotations"] = annotations;
        layout.add_raw(entry);
        layout
    };
    for annotations in [
        json!({TAG: "docker.io/shop/web:latest"}),
        json!({TAG: "shop/web"}),
        json!({TAG: "other", NAME: "docker.io/shop/web:latest"}),
        json!({TAG: "index.docker.io/shop/web"}),
        json!({TAG: format!("shop/web:latest@sha256:{}", "0".repeat(64))}),
    ] {
        let error = forged(annotations.clone()).name("shop/web:latest").await.unwrap_err();
        assert!(matches!(error, Error::AmbiguousName { .. }), "{annotations}: {error}");
    }
    for annotations in [
        json!({TAG: "shop/web:1atest"}),
        json!({TAG: "quay.io/shop/web:latest"}),
        json!({TAG: "shop/web:latest/"}),
    ] {
        let found = forged(annotations.clone()).name("shop/web:latest").await.unwrap();
        assert!(String::from_utf8_lossy(&found.bytes).contains("good"), "{annotations}");
    }
}

#[tokio::test]
async fn without_latest_the_only_image_is_chosen() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let expected = layout.add(&image, Some("3.13"));
    let signature = layout.manifest("signature", Some(&image));
    layout.add(&signature, None);
    let list = layout.list(&[signature]);
    layout.add(&list, Some(&fallback(&image)));
    layout.add(&layout.manifest("old", None), Some(&format!("{}.sig", fallback(&image))));
    assert_eq!(layout.unnamed().await.unwrap().digest, expected);
    // An explicit tag must exist.
    assert!(layout.tag("latest").await.unwrap_err().is_not_found());
    assert!(layout.tag("3.14").await.unwrap_err().is_not_found());

    layout.add(&layout.manifest("second", None), Some("3.14"));
    let error = layout.unnamed().await.unwrap_err();
    assert!(error.is_not_found());
    assert!(error.to_string().contains("(the layout has `3.13`, `3.14`)"), "{error}");

    let latest = layout.manifest("latest", None);
    assert_eq!(layout.add(&latest, Some("latest")), layout.unnamed().await.unwrap().digest);
}

#[tokio::test]
async fn a_tampered_blob_is_an_error() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let digest = layout.add(&image, Some("1"));
    let text = fs::read_to_string(layout.path(&digest)).unwrap();
    fs::write(layout.path(&digest), text.replace("image", "emagi")).unwrap();
    assert!(matches!(layout.tag("1").await, Err(Error::Digest { expected, .. }) if expected == digest));
    assert!(matches!(layout.digest(digest).await, Err(Error::Digest { .. })));
}

#[tokio::test]
async fn sizes_must_match_the_descriptor_and_the_limit() {
    let mut layout = LayoutBuilder::new();
    let blob = layout.write(b"12345");
    assert_eq!(layout.blob(&descriptor(blob, 5), 5).await.unwrap(), "12345");
    assert!(matches!(
        layout.blob(&descriptor(blob, 4), 5).await,
        Err(Error::Size { expected: 4, found: 5, .. })
    ));
    assert!(matches!(
        layout.blob(&descriptor(blob, 6), 9).await,
        Err(Error::Size { expected: 6, found: 5, .. })
    ));
    assert!(matches!(layout.blob(&descriptor(blob, 5), 4).await, Err(Error::Limit { .. })));

    let mut image = layout.manifest("image", None);
    image["size"] = json!(1);
    layout.add(&image, Some("1"));
    assert!(matches!(layout.tag("1").await, Err(Error::Size { .. })));
}

#[tokio::test]
async fn all_reads_together_are_bounded() {
    let layout = LayoutBuilder::new();
    let blob = layout.write(&[0; 1000]);
    let registry = LayoutRegistry::new(Limits { total: 1500, ..Limits::default() });
    assert!(registry.blob(&layout.repository(), &descriptor(blob, 1000), 1000).await.is_ok());
    let again = registry.blob(&layout.repository(), &descriptor(blob, 1000), 1000).await;
    assert!(matches!(again, Err(Error::Limit { .. })));
}

#[tokio::test]
async fn only_a_missing_file_is_not_found() {
    let layout = LayoutBuilder::new();
    let absent = Digest::of(b"absent");
    assert!(layout.digest(absent).await.unwrap_err().is_not_found());
    assert!(layout.blob(&descriptor(absent, 1), 1).await.unwrap_err().is_not_found());

    fs::create_dir(layout.path(&absent)).unwrap();
    assert!(matches!(layout.digest(absent).await, Err(Error::Layout { .. })));

    let none = Repository::Layout(layout.directory.path().join("none"));
    let registry = LayoutRegistry::new(Limits::default());
    let tag = Version::Unnamed;
    assert!(matches!(registry.manifest(&none, &tag).await, Err(Error::Layout { .. })));
    assert!(matches!(registry.blob(&none, &descriptor(absent, 1), 1).await, Err(Error::Layout { .. })));
    assert!(matches!(registry.referrers(&none, &absent, Freshness::Now).await, Err(Error::Layout { .. })));
    let remote = Repository::Remote(
        "dhi.io/python"
            .parse::<crate::oci::Reference>()
            .map(|reference| {
                let Repository::Remote(name) = reference.repository else { panic!("remote") };
                name
            })
            .unwrap(),
    );
    assert!(matches!(registry.manifest(&remote, &tag).await, Err(Error::Layout { .. })));
}

#[tokio::test]
async fn invalid_layout_files_are_refused() {
    for (file, text) in [
        ("oci-layout", r#"{"imageLayoutVersion":"2.0.0"}"#),
        ("oci-layout", r#"{"imageLayoutVersion":"1.0.0","imageLayoutVersion":"1.0.0"}"#),
        ("oci-layout", "{}"),
        ("index.json", "{}"),
        ("index.json", r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#),
        (
            "index.json",
            r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:..","size":1}]}"#,
        ),
    ] {
        let layout = LayoutBuilder::new();
        fs::write(layout.directory.path().join(file), text).unwrap();
        assert!(matches!(layout.tag("latest").await, Err(Error::Layout { .. })), "{text}");
        fs::remove_file(layout.directory.path().join(file)).unwrap();
        assert!(matches!(layout.tag("latest").await, Err(Error::Layout { .. })), "{file}");
    }
    let layout = LayoutBuilder::new();
    fs::write(layout.directory.path().join("oci-layout"), " ".repeat(5000)).unwrap();
    assert!(matches!(layout.tag("latest").await, Err(Error::Limit { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn only_links_out_of_the_layout_are_refused() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, b"secret").unwrap();
    let digest = Digest::of(b"secret");
    let refused = |result: Result<Bytes, Error>| {
        let error = result.unwrap_err();
        assert!(matches!(&error, Error::Layout { cause, .. } if cause.contains("symbolic link")), "{error}");
    };

    let layout = LayoutBuilder::new();
    symlink(&secret, layout.path(&digest)).unwrap();
    refused(layout.blob(&descriptor(digest, 6), 6).await);

    let layout = LayoutBuilder::new();
    fs::write(outside.path().join(digest.hex()), b"secret").unwrap();
    fs::remove_dir(layout.directory.path().join("blobs/sha256")).unwrap();
    symlink(outside.path(), layout.directory.path().join("blobs/sha256")).unwrap();
    refused(layout.blob(&descriptor(digest, 6), 6).await);

    let layout = LayoutBuilder::new();
    fs::rename(layout.directory.path().join("index.json"), outside.path().join("index.json")).unwrap();
    symlink(outside.path().join("index.json"), layout.directory.path().join("index.json")).unwrap();
    refused(layout.tag("latest").await.map(|content| content.bytes));

    let layout = LayoutBuilder::new();
    layout.write(b"secret");
    let link = outside.path().join("link");
    symlink(layout.directory.path(), &link).unwrap();
    let registry = LayoutRegistry::new(Limits::default());
    let blob = registry.blob(&Repository::Layout(link), &descriptor(digest, 6), 6).await;
    assert_eq!(blob.unwrap(), "secret");
}

#[tokio::test]
async fn referrers_are_the_union_of_fallback_tag_and_subjects() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let index = layout.list(std::slice::from_ref(&image));
    layout.add(&index, Some("1"));
    let listed = layout.manifest("listed", Some(&image));
    let own = layout.manifest("own", Some(&image));
    let nested = layout.manifest("nested", Some(&image));
    let of_listed = layout.manifest("of listed", Some(&listed));
    let fallback_list = layout.list(&[listed.clone(), listed.clone()]);
    layout.add(&fallback_list, Some(&format!("dhi.io/python:{}", fallback(&image))));
    let deeper = layout.list(&[layout.list(std::slice::from_ref(&nested))]);
    layout.add(&deeper, None);
    layout.add(&listed, None);
    layout.add(&own, None);
    let list_of_listed = layout.list(std::slice::from_ref(&of_listed));
    layout.add(&list_of_listed, Some(&fallback(&listed)));

    let found = layout.referrers(&image).await.unwrap();
    assert_eq!(digests(&found), [digest(&listed), digest(&own), digest(&nested)]);
    for (entry, name) in found.iter().zip(["listed", "own", "nested"]) {
        assert_eq!(entry.artifact_type.as_deref(), Some("text/plain"), "{name}");
        assert_eq!(entry.annotations.get("name").map(String::as_str), Some(name));
    }
    assert_eq!(digests(&layout.referrers(&listed).await.unwrap()), [digest(&of_listed)]);
    assert_eq!(layout.referrers(&index).await.unwrap(), []);
}

#[tokio::test]
async fn a_missing_or_tampered_referrer_stays_in_the_list() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    layout.add(&image, Some("1"));
    let (missing, tampered) =
        (layout.manifest("gone", Some(&image)), layout.manifest("tampered", Some(&image)));
    let list = layout.list(&[missing.clone(), tampered.clone()]);
    layout.add(&list, Some(&fallback(&image)));
    layout.add(&tampered, None);
    fs::remove_file(layout.path(&digest(&missing))).unwrap();
    fs::write(layout.path(&digest(&tampered)), b"{}").unwrap();
    let found = layout.referrers(&image).await.unwrap();
    assert_eq!(digests(&found), [digest(&missing), digest(&tampered)]);
}

#[tokio::test]
async fn a_missing_or_tampered_list_fails_only_its_subject() {
    for gone in [true, false] {
        let mut layout = LayoutBuilder::new();
        let (image, other) = (layout.manifest("image", None), layout.manifest("other", None));
        let list = layout.list(&[layout.manifest("signature", Some(&image))]);
        let path = {
            let digest = layout.add(&list, Some(&fallback(&image)));
            layout.path(&digest)
        };
        if gone {
            fs::remove_file(path).unwrap();
        } else {
            fs::write(path, b"{}").unwrap();
        }
        assert!(!layout.referrers(&image).await.unwrap_err().is_not_found());
        assert_eq!(layout.referrers(&other).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_unattributable_unreadable_entry_fails_every_list() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let signature = layout.manifest("signature", Some(&image));
    let path = {
        let digest = layout.add(&signature, None);
        layout.path(&digest)
    };
    fs::write(&path, fs::read_to_string(&path).unwrap().replace("signature", "signatura")).unwrap();
    assert!(matches!(layout.referrers(&image).await, Err(Error::Digest { .. })));

    // An entry with a platform or tag is an image: verification reads it when it is requested.
    let mut layout = LayoutBuilder::new();
    let tagged = layout.manifest("tagged", None);
    let path = {
        let digest = layout.add(&tagged, Some("1"));
        layout.path(&digest)
    };
    fs::write(path, b"{}").unwrap();
    let mut platform = layout.manifest("platform", None);
    platform["platform"] = json!({"os": "linux", "architecture": "amd64"});
    let list = layout.list(&[platform.clone()]);
    fs::write(layout.path(&digest(&platform)), b"{}").unwrap();
    layout.add(&list, None);
    assert_eq!(layout.referrers(&tagged).await.unwrap(), []);
}

#[tokio::test]
async fn blobs_that_are_not_manifests_are_not_opened() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let layer = layout.describe("application/vnd.oci.image.layer.v1.tar+gzip", "not JSON");
    let path = {
        let digest = layout.add(&layer, None);
        layout.path(&digest)
    };
    fs::write(path, b"changed").unwrap();
    assert_eq!(layout.referrers(&image).await.unwrap(), []);
}

#[tokio::test]
async fn entries_nesting_and_referrers_are_bounded() {
    let mut layout = LayoutBuilder::new();
    let image = layout.manifest("image", None);
    let mut list = layout.list(&[layout.manifest("a", Some(&image)), layout.manifest("b", Some(&image))]);
    for _ in 0..3 {
        list = layout.list(&[list]);
    }
    layout.add(&list, None);
    assert_eq!(layout.referrers(&image).await.unwrap().len(), 2);
    for limits in [
        Limits { nesting: 2, ..Limits::default() },
        Limits { layout_entries: 5, ..Limits::default() },
        Limits { referrers: 1, ..Limits::default() },
        Limits { manifest: 300, ..Limits::default() },
        Limits { total: 600, ..Limits::default() },
    ] {
        let result = layout.referrers_within(&image, limits.clone()).await;
        assert!(matches!(result, Err(Error::Limit { .. })), "{result:?} {limits:?}");
    }
    // An index cannot list itself. One that is listed twice is read once.
    layout.add(&list, None);
    assert_eq!(layout.referrers(&image).await.unwrap().len(), 2);
}
