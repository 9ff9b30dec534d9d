//! Writing to layout directories: existing content stays, and written content is found.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bytes::Bytes;
use dhi::cli::CommandHints;
use dhi::diagnostic::ToDiagnostic as _;
use dhi::limits::Limits;
use dhi::oci::{Digest, Repository, Version, media_type};
use dhi::registry::{Error, FoundBy, Freshness, LayoutRegistry, LockDir, Push as _, Referrer, Registry as _};
use dhi::report::HintTexts as _;
use serde_json::{Value, json};
use tempfile::TempDir;

const NAME: &str = "org.opencontainers.image.ref.name";

/// A directory with a layout, and beside it the one with the locks.
struct LayoutDirectory(TempDir);

impl LayoutDirectory {
    /// `entries` are the text between the brackets of `manifests`.
    fn new(entries: &str) -> Self {
        let directory = Self(tempfile::tempdir().unwrap());
        fs::create_dir(directory.layout()).unwrap();
        fs::write(directory.layout().join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        let index = format!(r#"{{"x-own":1.50,"manifests":[{entries}],"schemaVersion":2}}"#);
        fs::write(directory.layout().join("index.json"), index).unwrap();
        directory
    }

    fn layout(&self) -> std::path::PathBuf {
        self.0.path().join("layout")
    }

    fn repository(&self) -> Repository {
        Repository::Layout(self.layout())
    }

    fn registry(&self) -> LayoutRegistry {
        self.within(Limits::default())
    }

    fn within(&self, limits: Limits) -> LayoutRegistry {
        LayoutRegistry::new(limits).with_lock_dir(LockDir::at(self.0.path().join("locks")))
    }

    fn index(&self) -> String {
        fs::read_to_string(self.layout().join("index.json")).unwrap()
    }

    fn entries(&self) -> Vec<Value> {
        let index: Value = serde_json::from_str(&self.index()).unwrap();
        index["manifests"].as_array().unwrap().clone()
    }

    fn blob(&self, digest: &Digest) -> std::path::PathBuf {
        self.layout().join("blobs/sha256").join(digest.hex())
    }
}

fn manifest(number: usize, subject: Option<&Digest>) -> Bytes {
    let mut text = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::IN_TOTO,
        "config": { "mediaType": media_type::OCI_EMPTY, "digest": Digest::of(b"{}"), "size": 2 },
        "layers": [], "annotations": { "number": number.to_string() }
    });
    if let Some(subject) = subject {
        text["subject"] = json!({ "mediaType": media_type::OCI_MANIFEST, "digest": subject, "size": 1 });
    }
    text.to_string().into()
}

fn referrer(number: usize, subject: &Digest) -> Referrer {
    let bytes = manifest(number, Some(subject));
    let descriptor = json!({
        "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(&bytes), "size": bytes.len(),
        "artifactType": media_type::IN_TOTO, "annotations": { "number": number.to_string() }
    });
    Referrer { descriptor: serde_json::from_value(descriptor).unwrap(), subject: *subject, bytes }
}

fn tag(text: &str) -> Version {
    Version::Tag(text.parse().unwrap())
}

async fn tagged(
    directory: &LayoutDirectory,
    registry: &LayoutRegistry,
    name: &str,
    number: usize,
) -> Result<Digest, Error> {
    let bytes = manifest(number, None);
    registry.push_manifest(&directory.repository(), &tag(name), media_type::OCI_MANIFEST, bytes).await
}

/// All files below a directory.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for entry in fs::read_dir(directory).unwrap().flatten() {
        if entry.file_type().unwrap().is_dir() {
            all.extend(files(&entry.path()));
        } else {
            all.insert(entry.path().display().to_string());
        }
    }
    all
}

#[tokio::test]
async fn written_content_is_read_in_the_same_run() {
    let directory = LayoutDirectory::new("");
    let (registry, repository) = (directory.registry(), directory.repository());
    // The layout is known before it changes.
    assert!(registry.manifest(&repository, &tag("x")).await.unwrap_err().is_not_found());
    let blob = registry.push_blob(&repository, Bytes::from_static(b"{}")).await.unwrap();
    assert_eq!(fs::read(directory.blob(&blob)).unwrap(), b"{}");
    let image = tagged(&directory, &registry, "x", 1).await.unwrap();
    assert_eq!(registry.manifest(&repository, &tag("x")).await.unwrap().digest, image);
    for number in [2, 3, 2] {
        let pushed = registry.push_referrer(&repository, &referrer(number, &image)).await;
        assert_eq!(pushed, Ok(FoundBy::Layout));
    }
    let list = registry.referrers(&repository, &image, Freshness::Now).await.unwrap();
    let wanted = [referrer(2, &image).descriptor, referrer(3, &image).descriptor];
    assert_eq!(list.descriptors, wanted);
    let fresh = directory.registry().referrers(&repository, &image, Freshness::Now).await.unwrap();
    assert_eq!(fresh, list);
    // The image and one list.
    let names: Vec<_> = directory.entries().iter().map(|entry| entry["annotations"][NAME].clone()).collect();
    assert_eq!(names, [json!("x"), json!(image.fallback_tag())]);
    assert!(files(&directory.layout()).iter().all(|file| !file.contains(".tmp-")));
}

#[tokio::test]
async fn other_entries_keep_their_bytes() {
    let other = Digest::of(b"other");
    let foreign = format!(
        r#"{{"size":7, "x":[1.0,{{"b":1,"a":2}}],"digest":"{other}","mediaType":"a/b","annotations":{{"{NAME}":"y"}}}}"#
    );
    let directory = LayoutDirectory::new(&foreign);
    let registry = directory.registry();
    let before = directory.index();
    let image = tagged(&directory, &registry, "x", 1).await.unwrap();
    let own = json!({
        "mediaType": media_type::OCI_MANIFEST, "digest": image, "size": manifest(1, None).len(),
        "annotations": { NAME: "x" }
    });
    assert_eq!(directory.index(), before.replace(&foreign, &format!("{foreign},{own}")));
    // A tag moves, once.
    let next = tagged(&directory, &registry, "x", 2).await.unwrap();
    let after = directory.index();
    tagged(&directory, &registry, "x", 2).await.unwrap();
    assert_eq!(directory.index(), after);
    let digests: Vec<_> = directory.entries().iter().map(|entry| entry["digest"].clone()).collect();
    assert_eq!(digests, [json!(other), json!(next)]);
    // By digest it is listed without a name, where it is not listed yet.
    for number in [2, 3, 3] {
        let bytes = manifest(number, None);
        let version = Version::Digest(Digest::of(&bytes));
        let kind = media_type::OCI_MANIFEST;
        registry.push_manifest(&directory.repository(), &version, kind, bytes).await.unwrap();
    }
    assert_eq!(directory.entries().len(), 3);
    assert_eq!(directory.entries()[2].get("annotations"), None);
}

#[tokio::test]
async fn a_list_of_another_tool_is_added_to() {
    let image = Digest::of(b"image");
    let theirs =
        json!({ "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(b"x"), "size": 1, "x": 1.5 });
    let list =
        json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [theirs], "y": {} });
    let list = list.to_string();
    let entry = json!({
        "mediaType": media_type::OCI_INDEX, "digest": Digest::of(list.as_bytes()), "size": list.len(),
        "annotations": { NAME: image.fallback_tag() }
    });
    let directory = LayoutDirectory::new(&entry.to_string());
    let (registry, repository) = (directory.registry(), directory.repository());
    // The list itself is missing. A new one would lose the referrers that it names.
    let error = registry.push_referrer(&repository, &referrer(1, &image)).await.unwrap_err();
    assert!(matches!(error, Error::BadContent { .. }), "{error}");
    assert_eq!(directory.entries(), [entry]);
    registry.push_blob(&repository, Bytes::from(list.clone())).await.unwrap();
    registry.push_referrer(&repository, &referrer(1, &image)).await.unwrap();
    let digest: Digest = directory.entries()[0]["digest"].as_str().unwrap().parse().unwrap();
    let text = fs::read_to_string(directory.blob(&digest)).unwrap();
    let own = serde_json::to_string(&referrer(1, &image).descriptor).unwrap();
    assert_eq!(text, list.replace(&theirs.to_string(), &format!("{theirs},{own}")));
    assert_eq!(directory.entries().len(), 1);
}

#[tokio::test]
async fn entries_that_cannot_be_changed_without_loss_are_refused() {
    let (image, one, two) = (Digest::of(b"image"), Digest::of(b"1"), Digest::of(b"2"));
    let list = image.fallback_tag();
    let entry = |digest: &Digest, annotations: Value| {
        json!({ "mediaType": media_type::OCI_INDEX, "digest": digest, "size": 1, "annotations": annotations })
            .to_string()
    };
    // Two lists of one subject; an entry with two names.
    let directory = LayoutDirectory::new(&format!(
        "{},{}",
        entry(&one, json!({ NAME: list })),
        entry(&two, json!({ NAME: list }))
    ));
    let before = directory.index();
    let error =
        directory.registry().push_referrer(&directory.repository(), &referrer(1, &image)).await.unwrap_err();
    assert!(matches!(error, Error::AmbiguousName { .. }), "{error}");
    assert_eq!(directory.index(), before);
    let both = json!({ NAME: "x", "io.containerd.image.name": "docker.io/acme/api:y" });
    let directory = LayoutDirectory::new(&entry(&one, both));
    let before = directory.index();
    let error = tagged(&directory, &directory.registry(), "x", 1).await.unwrap_err();
    assert!(error.to_string().contains("the name `docker.io/acme/api:y` too"), "{error}");
    assert_eq!(directory.index(), before);
}

#[tokio::test]
async fn limits_hold_for_what_is_written() {
    let directory = LayoutDirectory::new("");
    let repository = directory.repository();
    let image = Digest::of(b"image");
    let limits = Limits::default().with(|limits| {
        limits.max_upload = 3;
        limits.referrers = 1;
        limits.layout_entries = 2;
    });
    let registry = directory.within(limits);
    registry.push_referrer(&repository, &referrer(1, &image)).await.unwrap();
    tagged(&directory, &registry, "x", 1).await.unwrap();
    let before = directory.index();
    for error in [
        registry.push_blob(&repository, Bytes::from_static(b"content")).await.unwrap_err(),
        registry.push_referrer(&repository, &referrer(2, &image)).await.unwrap_err(),
        tagged(&directory, &registry, "y", 1).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Limit { .. }), "{error}");
    }
    assert_eq!(directory.index(), before);
}

#[tokio::test]
async fn a_missing_layout_is_not_created() {
    let scratch = tempfile::tempdir().unwrap();
    let registry =
        LayoutRegistry::new(Limits::default()).with_lock_dir(LockDir::at(scratch.path().join("locks")));
    let (empty, missing) = (scratch.path().join("empty"), scratch.path().join("missing"));
    fs::create_dir(&empty).unwrap();
    for path in [&empty, &missing] {
        let repository = Repository::Layout(path.clone());
        let image = Digest::of(b"image");
        for error in [
            registry.push_blob(&repository, Bytes::from_static(b"x")).await.unwrap_err(),
            registry.push_manifest(&repository, &tag("x"), "a/b", manifest(1, None)).await.unwrap_err(),
            registry.push_referrer(&repository, &referrer(1, &image)).await.unwrap_err(),
        ] {
            assert!(matches!(error, Error::Layout { .. }), "{error}");
        }
    }
    assert!(!missing.exists() && fs::read_dir(&empty).unwrap().next().is_none());

    let archive = Repository::Archive(scratch.path().join("x.tar"));
    let error = registry.push_blob(&archive, Bytes::from_static(b"x")).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    let problem = error.to_diagnostic();
    assert!(problem.exit().code() == 2 && CommandHints.hint(&problem).unwrap().contains("tar -C"));
}

#[cfg(unix)]
#[tokio::test]
async fn writes_do_not_follow_links_out_of_the_layout() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let directory = LayoutDirectory::new("");
    let outside = directory.0.path().join("outside");
    fs::create_dir(&outside).unwrap();
    symlink(&outside, directory.layout().join("blobs")).unwrap();
    let error =
        directory.registry().push_blob(&directory.repository(), Bytes::from_static(b"x")).await.unwrap_err();
    assert!(matches!(error, Error::Layout { .. }), "{error}");
    assert!(fs::read_dir(&outside).unwrap().next().is_none());
    // A damaged blob is replaced, with the permissions of the other files.
    fs::remove_file(directory.layout().join("blobs")).unwrap();
    let digest =
        directory.registry().push_blob(&directory.repository(), Bytes::from_static(b"x")).await.unwrap();
    fs::write(directory.blob(&digest), "y").unwrap();
    directory.registry().push_blob(&directory.repository(), Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(fs::read(directory.blob(&digest)).unwrap(), b"x");
    let plain = directory.0.path().join("plain");
    fs::write(&plain, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&directory.blob(&digest)), mode(&plain));
}

#[tokio::test]
async fn concurrent_writers_change_the_index_one_at_a_time() {
    let directory = LayoutDirectory::new("");
    let image = Digest::of(b"image");
    // Each of them as another process: nothing is shared but files.
    let registries: Vec<LayoutRegistry> = (0..8).map(|_| directory.registry()).collect();
    let repository = directory.repository();
    let pushes = registries.iter().enumerate().map(|(number, registry)| {
        let repository = &repository;
        async move { registry.push_referrer(repository, &referrer(number, &image)).await }
    });
    for answer in futures_util::future::join_all(pushes).await {
        assert_eq!(answer, Ok(FoundBy::Layout));
    }
    let list = directory.registry().referrers(&repository, &image, Freshness::Now).await.unwrap();
    assert_eq!(list.descriptors.len(), 8);
}
