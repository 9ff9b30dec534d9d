use super::fixture::{component, image};
use crate::oci::{Digest, Platform};
use crate::vex::matching::{self, ImageMatch};
use crate::vex::{
    Component, Equivalence, Identity, ImageFacts, NearMissPart, PackageUrl, ProductGrade, RepositoryAlias,
    Scanned, ScannedKind, VerifiedImage,
};

const A: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

type Outcome = Result<ImageMatch, NearMissPart>;

fn compare(statement: &str, subject: &Scanned) -> Outcome {
    matching::image(&component(&[statement]), subject, &ImageFacts::default())
}

fn grade(statement: &str, subject: &Scanned) -> Result<ProductGrade, NearMissPart> {
    compare(statement, subject).map(|found| found.grade)
}

fn other_image(statement: &str, found: &str) -> NearMissPart {
    NearMissPart::Image { statement: statement.to_owned(), found: found.to_owned() }
}

fn other_tag(statement: &str, found: &str) -> NearMissPart {
    NearMissPart::ImageTag { statement: statement.to_owned(), found: found.to_owned() }
}

fn other_digest(statement: &str, found: &str) -> NearMissPart {
    NearMissPart::ImageDigest { statement: statement.to_owned(), found: found.to_owned() }
}

#[test]
fn a_registry_with_a_port_is_one_registry() {
    // bugs-vex 08.
    let subject = image("localhost:5000/demo/ubuntu", &["localhost:5000/demo/ubuntu:24.04"], &[]);
    let at =
        |url: &str, tag: &str| compare(&format!("pkg:oci/ubuntu?repository_url={url}&tag={tag}"), &subject);
    let parent = at("localhost:5000/demo", "24.04").unwrap();
    assert_eq!(
        (parent.grade, parent.equivalences),
        (ProductGrade::ImageTag, vec![Equivalence::RepositoryUrl])
    );
    let full = at("localhost%3A5000%2Fdemo%2Fubuntu", "24.04").unwrap();
    assert_eq!((full.grade, full.equivalences), (ProductGrade::ImageTag, vec![]));
    assert_eq!(at("localhost:5000/demo", "22.04"), Err(other_tag("22.04", "24.04")));
    for url in ["localhost:5001/demo", "localhost/demo"] {
        let found = "localhost:5000/demo/ubuntu";
        assert_eq!(at(url, "24.04"), Err(other_image(&format!("{url}/ubuntu"), found)), "{url}");
    }
}

#[test]
fn every_form_of_a_product_names_the_image() {
    let subject = image("dhi.io/bash", &["dhi.io/bash:5"], &[&format!("dhi.io/bash@{A}")]);
    for (statement, expected) in [
        ("pkg:oci/bash?repository_url=dhi.io", ProductGrade::ImageAny),
        ("pkg:oci/bash?repository_url=dhi.io/bash", ProductGrade::ImageAny),
        ("pkg:oci/bash?repository_url=https://dhi.io/bash/", ProductGrade::ImageAny),
        ("pkg:oci/dhi.io%2Fbash", ProductGrade::ImageAny),
        ("pkg:oci/dhi%2Fbash", ProductGrade::ImageAny),
        ("pkg:docker/dhi/bash", ProductGrade::ImageAny),
        ("pkg:docker/dhi.io/bash", ProductGrade::ImageAny),
        ("pkg:docker/bash?repository_url=dhi.io", ProductGrade::ImageAny),
        ("dhi.io/bash", ProductGrade::ImageAny),
        ("docker.io/dhi/bash", ProductGrade::ImageAny),
        ("pkg:oci/bash?repository_url=dhi.io&tag=5", ProductGrade::ImageTag),
        ("pkg:docker/dhi/bash@5", ProductGrade::ImageTag),
        ("dhi.io/bash:5", ProductGrade::ImageTag),
        (&format!("pkg:oci/bash@{A}"), ProductGrade::ImageDigest),
        (&format!("pkg:oci/bash?digest={A}"), ProductGrade::ImageDigest),
        (&format!("pkg:docker/dhi/bash@5?digest={A}&platform=linux%2Famd64"), ProductGrade::ImageDigest),
        (&format!("dhi.io/bash@{A}"), ProductGrade::ImageDigest),
        (&format!("dhi.io/bash:5@{A}"), ProductGrade::ImageDigest),
        (A, ProductGrade::ImageDigest),
        ("pkg:oci/bash", ProductGrade::ImageNameOnly),
        ("pkg:oci/bash?tag=5", ProductGrade::ImageNameOnly),
        ("pkg:oci/bash?arch=amd64", ProductGrade::ImageNameOnly),
    ] {
        assert_eq!(grade(statement, &subject), Ok(expected), "{statement}");
    }
}

#[test]
fn other_images_do_not_match() {
    let subject = image("dhi.io/bash", &["dhi.io/bash:5"], &[&format!("dhi.io/bash@{A}")]);
    for statement in [
        "pkg:oci/bash?repository_url=ghcr.io",
        "pkg:oci/bash?repository_url=dhi.io/x",
        "pkg:oci/bash?repository_url=ghcr.io/dhi.io/bash",
        "pkg:oci/bash?repository_url=a b",
        "pkg:docker/bash",
        "pkg:docker/Dhi/Bash",
        "pkg:oci/python",
        "pkg:oci/dhi.io",
        "docker.io/library/bash",
        "dhi.io/bash/x",
        &format!("pkg:oci/python@{A}"),
        &format!("pkg:oci/bash@{A}?repository_url=ghcr.io"),
    ] {
        let outcome = grade(statement, &subject);
        assert!(matches!(outcome, Err(NearMissPart::Image { .. })), "{statement}: {outcome:?}");
    }
    for statement in
        ["bash", "Unknown Product", "https://dhi.io/bash", "pkg:oci", "dhi.io/bash:5 ", "dhi.io/bash@5"]
    {
        let outcome = grade(statement, &subject);
        assert_eq!(outcome, Err(NearMissPart::NoForm { statement: statement.to_owned() }), "{statement}");
    }
    assert_eq!(grade("pkg:docker/dhi/bash@4", &subject), Err(other_tag("4", "5")));
    assert_eq!(grade("pkg:oci/bash?tag=4", &subject), Err(other_tag("4", "5")));
    assert_eq!(grade(&format!("pkg:oci/bash@{B}"), &subject), Err(other_digest(B, A)));
    // Name and digest differ: the digest is the exact difference.
    assert_eq!(grade(&format!("pkg:oci/python@{B}"), &subject), Err(other_digest(B, A)));
    assert!(grade(&format!("pkg:docker/dhi/bash@4?digest={A}"), &subject).is_err());
    let arch = NearMissPart::Qualifier {
        name: "arch".to_owned(),
        statement: "arm64".to_owned(),
        found: "amd64".to_owned(),
    };
    assert_eq!(grade("pkg:oci/bash?arch=arm64", &subject), Err(arch));
    assert!(grade("pkg:docker/dhi/bash?platform=linux/arm64", &subject).is_err());
    assert!(grade("pkg:oci/bash?variant=v8", &subject).is_err());
    // Contradictions within the statement.
    assert!(grade("pkg:docker/dhi/bash@5?tag=6", &subject).is_err());
    assert!(grade(&format!("pkg:oci/bash@{A}?digest={B}"), &subject).is_err());
}

#[test]
fn docker_hub_has_several_spellings() {
    let hub = [
        "pkg:oci/alpine?repository_url=docker.io/library",
        "pkg:oci/alpine?repository_url=docker.io",
        "pkg:oci/alpine?repository_url=index.docker.io/library/alpine",
        "pkg:oci/alpine?repository_url=registry-1.docker.io/library",
        "pkg:docker/alpine",
        "pkg:docker/library/alpine",
        "docker.io/alpine",
        "index.docker.io/library/alpine",
    ];
    for name in ["alpine", "library/alpine", "docker.io/library/alpine", "index.docker.io/library/alpine"] {
        let subject = image(name, &[], &[&format!("{name}@{A}")]);
        for statement in hub {
            assert_eq!(grade(statement, &subject), Ok(ProductGrade::ImageAny), "{statement} {name}");
        }
    }
    let subject = image("alpine", &[], &[]);
    let found = compare("pkg:oci/alpine?repository_url=docker.io/library", &subject).unwrap();
    assert_eq!(found.equivalences, [Equivalence::RepositoryUrl, Equivalence::ImageAlias]);
    assert_eq!(compare("alpine:3", &image("alpine", &["alpine:3"], &[])).unwrap().equivalences, []);
}

#[test]
fn repositories_are_the_same_if_the_user_states_it() {
    let alias = |mirror: &str, original: &str| RepositoryAlias {
        mirror: mirror.to_owned(),
        original: original.to_owned(),
    };
    let facts = ImageFacts {
        aliases: vec![alias("registry.example.com/mirror/dhi-bash", "dhi.io/bash")],
        ..ImageFacts::default()
    };
    let mirror = "registry.example.com/mirror/dhi-bash";
    let subject = image(mirror, &[&format!("{mirror}:5")], &[]);
    for (statement, expected) in [
        ("pkg:docker/dhi/bash", ProductGrade::ImageAny),
        ("pkg:docker/dhi/bash@5", ProductGrade::ImageTag),
        ("pkg:oci/bash", ProductGrade::ImageNameOnly),
    ] {
        let found = matching::image(&component(&[statement]), &subject, &facts).unwrap();
        assert_eq!(
            (found.grade, found.equivalences),
            (expected, vec![Equivalence::ImageAlias]),
            "{statement}"
        );
        assert!(compare(statement, &subject).is_err(), "{statement}");
    }
    // A statement on the mirror is about the original, too.
    let original = image("dhi.io/bash", &[], &[]);
    assert!(
        matching::image(&component(&["pkg:docker/registry.example.com/mirror/dhi-bash"]), &original, &facts)
            .is_ok()
    );
    assert!(matching::image(&component(&["pkg:docker/dhi/python"]), &subject, &facts).is_err());
}

#[test]
fn a_tag_proves_no_digest() {
    let subject = image("alpine", &["alpine:3.18"], &[]);
    assert_eq!(grade(&format!("alpine:3.18@{A}"), &subject), Err(other_digest(A, "")));
    assert_eq!(grade(&format!("pkg:oci/alpine@{A}?tag=3.18"), &subject), Err(other_digest(A, "")));
    assert_eq!(grade(A, &subject), Err(other_digest(A, "")));
    // An equal digest does without a tag that the report does not have.
    let pulled = image("alpine", &[], &[&format!("alpine@{A}")]);
    assert_eq!(grade(&format!("alpine:3.18@{A}"), &pulled), Ok(ProductGrade::ImageDigest));
    assert_eq!(grade("alpine:3.18", &pulled), Err(other_tag("3.18", "")));
}

#[test]
fn hashes_are_digests() {
    let hash = |text: &str| Component { identities: vec![Identity::Hash(text.to_owned())] };
    let subject = image("alpine", &[], &[&format!("alpine@{A}")]);
    let facts = ImageFacts::default();
    let (_, a) = A.split_once(':').unwrap();
    let (_, b) = B.split_once(':').unwrap();
    assert_eq!(matching::image(&hash(a), &subject, &facts).unwrap().grade, ProductGrade::ImageDigest);
    assert_eq!(matching::image(&hash(b), &subject, &facts), Err(other_digest(b, A)));
    // The digest that Grype computes is no evidence by itself.
    let subject = Scanned { manifest_digest: Some(B.to_owned()), ..subject };
    assert_eq!(matching::image(&hash(b), &subject, &facts), Err(other_digest(b, A)));
}

/// The index A with the images B for amd64 and C for arm64.
fn verified() -> ImageFacts {
    let digest = |text: &str| text.parse::<Digest>().unwrap();
    let platform = |architecture: &str| {
        Some(Platform { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: None })
    };
    let images = vec![(digest(B), platform("amd64")), (digest(C), platform("arm64"))];
    ImageFacts {
        verified: Some(VerifiedImage { root: digest(A), images, configs: Vec::new() }),
        ..ImageFacts::default()
    }
}

#[test]
fn a_verified_index_binds_its_images() {
    let named = |digest: &str| image("acme/app", &[], &[&format!("acme/app@{digest}")]);
    let with = |statement: &str, subject: &Scanned, facts: &ImageFacts| {
        matching::image(&component(&[statement]), subject, facts).map(|found| found.grade)
    };
    let facts = verified();
    let by_digest = Ok(ProductGrade::ImageDigest);
    // The report names the index: the image for its platform counts, no other.
    assert_eq!(with(A, &named(A), &facts), by_digest);
    assert_eq!(with(B, &named(A), &facts), by_digest);
    assert_eq!(with(C, &named(A), &facts), Err(other_digest(C, A)));
    // The report names an image: the index counts, another image does not.
    assert_eq!(with(A, &named(B), &facts), by_digest);
    assert_eq!(with(C, &named(B), &facts), Err(other_digest(C, B)));
    // Without the index, nothing is bound.
    let unknown = ImageFacts::default();
    assert_eq!(with(B, &named(A), &unknown), Err(other_digest(B, A)));
    assert_eq!(with(A, &named(B), &unknown), Err(other_digest(A, B)));
    // A report that does not name the platform.
    let nowhere = Scanned { architecture: None, ..named(A) };
    assert_eq!(with(B, &nowhere, &facts), Err(other_digest(B, A)));
    // A report without a digest is not bound by the verified image.
    assert!(with(A, &image("acme/app", &["acme/app:1"], &[]), &facts).is_err());
    // What Grype computed confirms the index.
    let computed = Scanned { manifest_digest: Some(B.to_owned()), ..image("acme/app", &["acme/app:1"], &[]) };
    assert_eq!(with(A, &computed, &facts), by_digest);
    // An architecture in the statement still counts.
    assert!(with(&format!("pkg:oci/app@{A}?arch=arm64"), &named(A), &facts).is_err());
    assert!(with(&format!("pkg:oci/app@{A}?arch=x86_64"), &named(A), &facts).is_ok());
}

#[test]
fn no_image_of_an_index_is_bound_if_two_fit() {
    let platform = |os: &str, variant: &str| {
        Some(Platform {
            os: os.to_owned(),
            architecture: "arm".to_owned(),
            variant: Some(variant.to_owned()),
        })
    };
    let digest = |text: &str| text.parse::<Digest>().unwrap();
    let facts = |b: Option<Platform>, c: Option<Platform>| ImageFacts {
        verified: Some(VerifiedImage {
            root: digest(A),
            images: vec![(digest(B), b), (digest(C), c)],
            configs: Vec::new(),
        }),
        ..ImageFacts::default()
    };
    let variants = facts(platform("linux", "v6"), platform("linux", "v7"));
    let systems = facts(platform("linux", "v7"), platform("windows", "v7"));
    let on = |architecture: &str| Scanned {
        architecture: Some(architecture.to_owned()),
        ..image("acme/app", &[], &[&format!("acme/app@{A}")])
    };
    let bound = |subject: &Scanned, facts: &ImageFacts| {
        [B, C].map(|digest| matching::image(&component(&[digest]), subject, facts).is_ok())
    };
    assert_eq!(bound(&on("arm"), &variants), [false, false]);
    assert_eq!(bound(&on("arm/v7"), &variants), [false, true]);
    assert_eq!(bound(&on("linux/arm/v6"), &variants), [true, false]);
    assert_eq!(bound(&on("arm"), &systems), [false, false]);
    assert_eq!(bound(&on("windows/arm"), &systems), [false, true]);
    // The computed digest tells which one it is.
    let computed = Scanned { manifest_digest: Some(B.to_owned()), ..on("arm") };
    assert_eq!(bound(&computed, &variants), [true, false]);
    assert_eq!(bound(&computed, &ImageFacts::default()), [false, false]);
    // What the report names counts more.
    let named = Scanned { repo_digests: vec![format!("acme/app@{C}")], ..computed };
    assert_eq!(bound(&named, &variants), [false, true]);
}

#[test]
fn what_was_scanned_may_be_no_image() {
    let purl = |text: &str| Some(PackageUrl::parse(text).unwrap());
    let subject = Scanned {
        kind: ScannedKind::Files,
        name: "app".to_owned(),
        purl: purl("pkg:golang/github.com/acme/app@v1.0.0"),
        bom: Some(("urn:uuid:A".to_owned(), "1".to_owned())),
        ..Scanned::default()
    };
    assert_eq!(grade("pkg:golang/github.com/acme/app@v1.0.0", &subject), Ok(ProductGrade::Scanned));
    assert_eq!(grade("pkg:golang/github.com/acme/app", &subject), Ok(ProductGrade::Scanned));
    assert!(grade("pkg:golang/github.com/acme/app@v1.0.1", &subject).is_err());
    // A directory is no image of its name.
    assert!(grade("pkg:oci/app", &subject).is_err());
    let link = |serial: &str, bom_ref: Option<&str>| Component {
        identities: vec![Identity::BomLink {
            serial: serial.to_owned(),
            version: "1".to_owned(),
            bom_ref: bom_ref.map(str::to_owned),
            versions: Vec::new(),
        }],
    };
    let facts = ImageFacts::default();
    assert_eq!(
        matching::image(&link("urn:uuid:a", None), &subject, &facts).unwrap().grade,
        ProductGrade::Scanned
    );
    assert!(matching::image(&link("urn:uuid:b", None), &subject, &facts).is_err());
    assert!(matching::image(&link("urn:uuid:a", Some("x")), &subject, &facts).is_err());
    // The root component of an SBOM of an image.
    let sbom = Scanned {
        kind: ScannedKind::Sbom,
        purl: purl(&format!("pkg:oci/app@{A}?repository_url=ghcr.io/acme/app&tag=1")),
        ..Scanned::default()
    };
    assert_eq!(grade("ghcr.io/acme/app", &sbom), Ok(ProductGrade::ImageAny));
    assert_eq!(grade("ghcr.io/acme/app:1", &sbom), Ok(ProductGrade::ImageTag));
    assert_eq!(grade(A, &sbom), Ok(ProductGrade::ImageDigest));
    let bare = Scanned { purl: purl("pkg:oci/app?tag=1"), ..sbom };
    assert_eq!(grade("pkg:oci/app", &bare), Ok(ProductGrade::Scanned));
}

#[test]
fn the_most_exact_identity_counts_in_any_order() {
    let subject = image("dhi.io/bash", &["dhi.io/bash:5"], &[&format!("dhi.io/bash@{A}")]);
    let digest = format!("pkg:oci/bash@{A}");
    let texts = ["pkg:oci/bash", "pkg:oci/python", &digest, "dhi.io/bash:5", "Bash"];
    for start in 0..texts.len() {
        let mut texts = texts;
        texts.rotate_left(start);
        let found = matching::image(&component(&texts), &subject, &ImageFacts::default()).unwrap();
        assert_eq!((found.grade, found.written), (ProductGrade::ImageDigest, digest.clone()));
    }
}
