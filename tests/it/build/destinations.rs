//! Where builds put the image, and what they print.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use dhi::oci::Digest;
use serde_json::{Value, json};

use super::{BuildFixture, digest};

const NAME: &str = "r.example.com/acme/app:1";

/// The files of an archive, in their order.
fn members(file: &Path) -> Vec<(String, Vec<u8>)> {
    let bytes = std::fs::read(file).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let files = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (name, content)
    });
    files.filter(|(name, _)| !name.ends_with('/')).collect()
}

#[test]
fn one_build_writes_all_destinations() {
    let fixture = BuildFixture::new();
    let (own, buildx) = (fixture.env.file("own.tar"), fixture.env.file("buildx.tar"));
    let (first, second) = (format!("archive:{own}"), format!("type=oci,dest={buildx}"));
    let built = fixture.built("out", &["-o", &first, "-o", &second, "-t", NAME]);
    assert_eq!(fixture.layout("out").root()["digest"], built);
    let bytes = std::fs::read(&own).unwrap();
    assert!(bytes == std::fs::read(&buildx).unwrap());
    // Alone it is the same, if its layers are compressed so: by default any engine can load it.
    let alone = fixture.env.file("alone.tar");
    let output = format!("archive:{alone}");
    let run = fixture.build(&["-o", &output, "-t", NAME, "--compression=zstd"]);
    assert_eq!(digest(&run), built);
    assert!(bytes == std::fs::read(&alone).unwrap());
    assert_ne!(digest(&fixture.build(&["-o", &output, "-t", NAME])), built);
    assert_eq!(fixture.built("gzip", &["--compression=gzip"]), digest(&fixture.build(&["-o", &output])));
}

#[test]
fn an_archive_holds_the_image_for_old_and_new_engines() {
    let fixture = BuildFixture::new();
    let file = fixture.env.file("app.tar");
    let built = digest(&fixture.build(&["-o", &format!("archive:{file}"), "-t", NAME]));
    let all: BTreeMap<String, Vec<u8>> = members(Path::new(&file)).into_iter().collect();
    let json = |name: &str| -> Value { serde_json::from_slice(&all[name]).unwrap() };
    for (name, content) in &all {
        if let Some(hex) = name.strip_prefix("blobs/sha256/") {
            assert_eq!(Digest::of(content).hex(), hex);
        }
    }
    assert_eq!(json("oci-layout"), json!({"imageLayoutVersion": "1.0.0"}));
    let root = json("index.json")["manifests"][0].clone();
    assert_eq!(root["digest"], built);
    assert_eq!(
        root["annotations"],
        json!({"io.containerd.image.name": NAME, "org.opencontainers.image.ref.name": "1"})
    );
    let index = json(&format!("blobs/sha256/{}", &built["sha256:".len()..]));
    let path =
        |descriptor: &Value| descriptor["digest"].as_str().unwrap().replace("sha256:", "blobs/sha256/");
    let manifest = json(&path(&index["manifests"][0]));
    let listed = manifest["layers"].as_array().unwrap();
    assert!(listed.iter().all(|layer| layer["mediaType"].as_str().unwrap().ends_with(".tar+gzip")));
    let layers: Vec<String> = listed.iter().map(path).collect();
    assert!(layers.iter().all(|layer| all.contains_key(layer)));
    assert_eq!(
        json("manifest.json"),
        json!([{"Config": path(&manifest["config"]), "RepoTags": [NAME], "Layers": layers}])
    );
}

#[test]
fn metadata_is_written_as_buildx_does() {
    let fixture = BuildFixture::new();
    let file = fixture.env.file("metadata.json");
    let built = fixture.built("out", &["--metadata-file", &file, "-t", NAME]);
    let metadata: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let root = fixture.layout("out").root();
    assert_eq!(
        metadata,
        json!({
            "containerimage.descriptor": {
                "mediaType": "application/vnd.oci.image.index.v1+json",
                "digest": built,
                "size": root["size"],
            },
            "containerimage.digest": built,
            "image.name": NAME,
        })
    );
}

#[test]
fn the_summary_is_for_people_and_the_digest_is_data() {
    let fixture = BuildFixture::new();
    let output = format!("oci:{}", fixture.env.file("out"));
    let run = fixture.build(&["-o", &output]);
    digest(&run);
    for text in ["2 packages", "packages of app", "SPDX, CycloneDX, provenance, unsigned"] {
        assert!(run.stderr.contains(text), "{}", run.stderr);
    }
    assert!(!run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn a_build_into_a_used_layout_keeps_what_is_there() {
    let fixture = BuildFixture::new();
    let first = fixture.built("out", &[]);
    let directory = fixture.env.file("out");
    fixture.env.write("project/files/app.conf", "other\n");
    let second = digest(&fixture.build(&["-o", &format!("oci:{directory}:other")]));
    assert_ne!(first, second);
    let layout = fixture.layout("out");
    assert_eq!(layout.root()["digest"], first);
    assert_eq!(layout.text("etc/app.conf"), "port = 8080\n");
    fixture.env.dhi(&["attest", "list", "--all", &format!("oci:{directory}:other")]).assert(0, "SPDX SBOM");
    // The name moves.
    assert_eq!(fixture.built("out", &[]), second);
    assert_eq!(fixture.layout("out").root()["digest"], second);
}
