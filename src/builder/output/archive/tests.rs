use super::*;
use crate::builder::layers::Compression;
use crate::builder::output::{
    HistoryEntry, ImageSettings, PlatformImage, image_config, image_index, image_manifest,
};

const LAYER: &[u8] = b"layer bytes";
const EPOCH: i64 = 1_700_000_000;

struct Made {
    config: Document,
    manifest: Document,
    index: Document,
    layers: Vec<Descriptor>,
}

fn made() -> Made {
    let settings = ImageSettings {
        platform: "linux/amd64".parse().unwrap(),
        created: EPOCH,
        ..ImageSettings::default()
    };
    let diff_id = Digest::of(b"archive");
    let history = HistoryEntry { diff_id, created_by: "all files".to_owned(), created: EPOCH };
    let config = image_config(&settings, &[history]).unwrap();
    let media_type = Compression::Gzip.media_type();
    let layers = vec![Descriptor::bare(media_type, Digest::of(LAYER), LAYER.len() as u64)];
    let manifest = image_manifest(&config, &layers, &BTreeMap::new()).unwrap();
    let image =
        PlatformImage { platform: &settings.platform, manifest: &manifest, compression: Compression::Gzip };
    let index = image_index(&[image], "shop/web", &BTreeMap::new()).unwrap();
    Made { config, manifest, index, layers }
}

fn blob(bytes: &[u8]) -> Blob<'_> {
    Blob { digest: Digest::of(bytes), size: bytes.len() as u64, reader: Box::new(bytes) }
}

fn names() -> Vec<(RemoteName, Tag)> {
    [("shop.example/web", "1.0"), ("web", "latest")]
        .map(|(name, tag)| (RemoteName::parse(name).unwrap(), tag.parse().unwrap()))
        .into()
}

fn written(made: &Made, names: &[(RemoteName, Tag)], blobs: Vec<Blob<'_>>) -> Result<Vec<u8>, OutputError> {
    let image = ArchiveImage { config: made.config.digest, layers: &made.layers };
    let mut bytes = Vec::new();
    Archive { root: &made.index, names, referrers: &[], image, epoch: EPOCH }.write(blobs, &mut bytes)?;
    Ok(bytes)
}

fn all(made: &Made) -> Vec<Blob<'_>> {
    vec![blob(LAYER), blob(&made.manifest.bytes), blob(&made.config.bytes)]
}

/// Names and contents, in order.
fn entries(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        assert_eq!(entry.header().mtime().unwrap(), EPOCH as u64);
        assert_eq!((entry.header().uid().unwrap(), entry.header().gid().unwrap()), (0, 0));
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), text)
    });
    entries.collect()
}

#[test]
fn an_archive_is_a_layout_and_a_docker_archive() {
    let made = made();
    let found = entries(&written(&made, &names(), all(&made)).unwrap());
    let [config, manifest, index] =
        [&made.config, &made.manifest, &made.index].map(|document| blob_path(&document.digest));
    let layer = blob_path(&Digest::of(LAYER));
    let text = |document: &Document| String::from_utf8(document.bytes.clone()).unwrap();
    let mut expected = vec![
        (config.clone(), text(&made.config)),
        (manifest, text(&made.manifest)),
        (index, text(&made.index)),
        (layer.clone(), "layer bytes".to_owned()),
    ];
    expected.sort();
    expected.splice(0..0, ["blobs/", "blobs/sha256/"].map(|name| (name.to_owned(), String::new())));
    let (digest, size) = (made.index.digest, made.index.bytes.len());
    let entry = |full: &str, tag: &str| {
        format!(
            concat!(
                r#"{{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"{}","size":{},"annotations":"#,
                r#"{{"io.containerd.image.name":"{}:{}","org.opencontainers.image.ref.name":"{}"}}}}"#,
            ),
            digest, size, full, tag, tag
        )
    };
    let index_file = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{},{}]}}"#,
        entry("shop.example/web", "1.0"),
        entry("docker.io/library/web", "latest"),
    );
    let docker = format!(
        concat!(
            r#"[{{"Config":"{}","RepoTags":["shop.example/web:1.0","docker.io/library/web:latest"],"#,
            r#""Layers":["{}"]}}]"#,
        ),
        config, layer
    );
    expected.push(("index.json".to_owned(), index_file));
    expected.push(("manifest.json".to_owned(), docker));
    expected.push(("oci-layout".to_owned(), r#"{"imageLayoutVersion":"1.0.0"}"#.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn the_order_and_number_of_blobs_change_nothing() {
    let made = made();
    let expected = written(&made, &names(), all(&made)).unwrap();
    let mut others = all(&made);
    others.reverse();
    others.extend([blob(LAYER), blob(&made.index.bytes)]);
    assert!(written(&made, &names(), others).unwrap() == expected);
}

#[test]
fn an_archive_without_names_has_one_entry() {
    let made = made();
    let found = entries(&written(&made, &[], all(&made)).unwrap());
    let text = |name: &str| found.iter().find(|(found, _)| found == name).unwrap().1.clone();
    assert!(!text("index.json").contains("annotations"));
    assert_eq!(text("index.json").matches(&made.index.digest.to_string()).count(), 1);
    assert!(text("manifest.json").contains(r#""RepoTags":[]"#));
}

#[test]
fn the_root_may_be_a_manifest() {
    let made = made();
    let image = ArchiveImage { config: made.config.digest, layers: &made.layers };
    let archive = Archive { root: &made.manifest, names: &names(), referrers: &[], image, epoch: EPOCH };
    let mut bytes = Vec::new();
    archive.write(vec![blob(LAYER), blob(&made.config.bytes)], &mut bytes).unwrap();
    let found = entries(&bytes);
    assert_eq!(found.len(), 8);
    assert!(found.iter().any(|(name, text)| {
        name == "index.json" && text.matches("application/vnd.oci.image.manifest.v1+json").count() == 2
    }));
}

#[test]
fn absent_and_changed_blobs_are_errors() {
    let made = made();
    for (left_out, digest) in [Digest::of(LAYER), made.manifest.digest, made.config.digest].iter().enumerate()
    {
        let mut blobs = all(&made);
        blobs.remove(left_out);
        assert_eq!(written(&made, &[], blobs), Err(OutputError::Absent(*digest)));
    }
    let digest = Digest::of(LAYER);
    let with = |bytes: &'static [u8]| {
        let mut blobs = all(&made);
        blobs[0].reader = Box::new(bytes);
        written(&made, &[], blobs)
    };
    assert_eq!(with(b"layer bytez"), Err(OutputError::Blob(digest)));
    let short = with(b"layer");
    assert!(matches!(&short, Err(OutputError::Read { digest: of, .. }) if *of == digest), "{short:?}");
    // A longer one would leave bytes out.
    assert_eq!(with(b"layer bytes and more"), Err(OutputError::Blob(digest)));
}
