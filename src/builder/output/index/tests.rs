use super::*;
use crate::builder::output::image_manifest;
use crate::oci::{Digest, ImageIndex, Manifest};

fn manifest(annotations: &BTreeMap<String, String>) -> Document {
    let config = Document::new(media_type::OCI_CONFIG, &BTreeMap::<String, String>::new()).unwrap();
    let layer = Descriptor::bare("application/vnd.oci.image.layer.v1.tar+zstd", Digest::of(b"layer"), 5);
    image_manifest(&config, &[layer], annotations).unwrap()
}

fn text(document: &Document) -> &str {
    std::str::from_utf8(&document.bytes).unwrap()
}

fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn parsed(document: &Document) -> ImageIndex {
    match Manifest::parse(&document.bytes, Some(document.media_type)).unwrap() {
        Manifest::Index(index) => index,
        other => panic!("{other:?}"),
    }
}

fn index(title: &str, annotations: &[(&str, &str)]) -> Document {
    let platform: Platform = "linux/amd64".parse().unwrap();
    let manifest = manifest(&BTreeMap::new());
    let image = PlatformImage { platform: &platform, manifest: &manifest, compression: Compression::Zstd };
    image_index(&[image], title, &of(annotations)).unwrap()
}

#[test]
fn the_bytes_of_a_manifest_are_pinned() {
    let annotations = of(&[("org.opencontainers.image.licenses", "MIT"), ("a", "b")]);
    let expected = format!(
        concat!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":"#,
            r#"{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":2}},"layers":"#,
            r#"[{{"mediaType":"application/vnd.oci.image.layer.v1.tar+zstd","digest":"{}","size":5}}],"#,
            r#""annotations":{{"a":"b","org.opencontainers.image.licenses":"MIT"}}}}"#,
        ),
        Digest::of(b"{}"),
        Digest::of(b"layer"),
    );
    assert_eq!(text(&manifest(&annotations)), expected);
    assert!(!text(&manifest(&BTreeMap::new())).contains("annotations"));
}

#[test]
fn the_bytes_of_an_index_are_pinned() {
    let platforms: [Platform; 2] = ["linux/amd64".parse().unwrap(), "linux/arm64".parse().unwrap()];
    let manifest = manifest(&BTreeMap::new());
    let image =
        |at: usize, compression| PlatformImage { platform: &platforms[at], manifest: &manifest, compression };
    let images = [image(0, Compression::Zstd), image(1, Compression::Gzip)];
    let index = image_index(&images, "shop/web", &BTreeMap::new()).unwrap();
    let (digest, size) = (manifest.digest, manifest.bytes.len());
    let expected = format!(
        concat!(
            r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":["#,
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":{size},"#,
            r#""platform":{{"os":"linux","architecture":"amd64"}},"#,
            r#""annotations":{{"io.github.containers.compression.zstd":"true"}}}},"#,
            r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{digest}","size":{size},"#,
            r#""platform":{{"os":"linux","architecture":"arm64"}}}}],"#,
            r#""annotations":{{"org.opencontainers.image.title":"shop/web"}}}}"#,
        ),
        digest = digest,
        size = size,
    );
    assert_eq!(text(&index), expected);
    assert_eq!(image_index(&[], "shop/web", &BTreeMap::new()), Err(OutputError::NoImages));
}

#[test]
fn no_index_is_taken_for_one_of_dockers() {
    let title = |index: &Document| parsed(index).annotations.get(TITLE).cloned();
    assert_eq!(title(&index("shop/web", &[])).as_deref(), Some("shop/web"));
    assert_eq!(title(&index("shop/web", &[(TITLE, "own")])).as_deref(), Some("own"));
    assert_eq!(title(&index("dhi/python", &[])), None);
    assert_eq!(title(&index("shop/web", &[(TITLE, "dhi/python")])), None);
    assert_eq!(title(&index("", &[])), None);
    let annotated = index("shop/web", &[(BUILD_ID, "1"), ("kept", "x")]);
    assert_eq!(parsed(&annotated).annotations, of(&[("kept", "x"), (TITLE, "shop/web")]));
}
