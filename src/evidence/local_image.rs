//! Binds an image of a local engine to what was verified.
//!
//! What is verified is the object of a registry, by the digest that the engine pulled. The engine's image is proven
//! only if its image ID is a digest of what was verified.

use super::platform::PlatformKey;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::{Digest, Reference};

/// What an engine reports about the requested image. Nothing proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalImage {
    /// The requested reference: `docker-daemon:…`.
    pub requested: Reference,
    /// The image ID: the digest of the configuration, or of the manifest or index, as the engine stores images.
    pub id: Digest,
    /// The socket of the engine, as `unix://PATH`.
    pub engine: String,
    /// Whether the object names an image with this ID. Set only if no image is judged.
    pub is_named: bool,
}

/// The verified object whose digest is the image ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentifiedBy {
    /// The root.
    Root,
    /// The manifest of an image that was judged.
    Manifest(PlatformKey),
    /// The configuration of an image that was judged.
    Config(PlatformKey),
    /// The manifest or configuration of an image that the object names, if no image is judged.
    Named,
}

/// The failure that the image of a local engine is not one that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherImage {
    /// What the engine reports.
    pub local: LocalImage,
    /// What was verified.
    pub verified: Reference,
    /// Whether images of other platforms were not judged, so that the engine's image may be one of them.
    pub is_narrowed: bool,
}

impl ToDiagnostic for OtherImage {
    fn to_diagnostic(&self) -> Diagnostic {
        let Self { local, verified, is_narrowed } = self;
        let what = "the image of the engine differs from the image that the registry has under its digest";
        let what = match is_narrowed {
            true => "the image of the engine is not one of the judged images",
            false => what,
        };
        let remedy = match is_narrowed {
            true => Remedy::AskForAllPlatforms,
            false => Remedy::ReplaceLocalImage { reference: verified.to_string() },
        };
        Diagnostic::new(Code::VERIFY_OTHER_IMAGE, what)
            .fact("image ID", local.id)
            .fact("pulled as", verified)
            .fact("engine", &local.engine)
            .remedy(remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::tests::{evidence, image};
    use crate::evidence::{Failure, Kind, PassedOver, PlatformEvidence};
    use crate::limits::Exceeded;
    use crate::oci::ImageConfig;

    fn digest(of: &str) -> Digest {
        Digest::of(of.as_bytes())
    }

    fn with_config(name: &str) -> PlatformEvidence {
        let config = ImageConfig {
            digest: digest(&format!("{name} config")),
            platform: "linux/amd64".parse().unwrap(),
            user: None,
            labels: Default::default(),
            diff_ids: Vec::new(),
        };
        PlatformEvidence { config: Some(config), ..image(digest(name)) }
    }

    /// Compares an engine's image with the ID `id` with `platforms`.
    fn identified(platforms: Vec<PlatformEvidence>, id: &str) -> Result<IdentifiedBy, Box<OtherImage>> {
        let mut evidence = evidence(platforms);
        assert_eq!(evidence.identified(), None, "no engine was asked");
        evidence.local_image = Some(LocalImage {
            requested: "docker-daemon:x:1".parse().unwrap(),
            id: digest(id),
            engine: "unix:///x".to_owned(),
            is_named: false,
        });
        evidence.passed_over =
            vec![PassedOver { digest: digest("other"), platform: "linux/arm64".parse().unwrap() }];
        evidence.identified().unwrap()
    }

    #[test]
    fn the_image_id_is_a_digest_of_a_judged_image() {
        let key = |place, name| PlatformKey { position: place, digest: digest(name) };
        let both = || vec![with_config("one"), with_config("two")];
        assert_eq!(identified(both(), "index"), Ok(IdentifiedBy::Root));
        assert_eq!(identified(both(), "two"), Ok(IdentifiedBy::Manifest(key(1, "two"))));
        assert_eq!(identified(both(), "one config"), Ok(IdentifiedBy::Config(key(0, "one"))));
        for id in ["three", "other", "other config", ""] {
            let other = identified(both(), id).unwrap_err();
            assert!(other.is_narrowed, "{id}");
            assert_eq!(other.to_diagnostic().code, Code::VERIFY_OTHER_IMAGE, "{id}");
        }
    }

    #[test]
    fn only_images_without_failures_count() {
        let limit = Failure::Limit(Exceeded::new("x", 1, "bytes"));
        for (unusable, id) in [
            (PlatformEvidence { failures: vec![limit], ..with_config("one") }, "one config"),
            (PlatformEvidence { kind: Kind::Chart, ..with_config("one") }, "one"),
            (PlatformEvidence { kind: Kind::Other, ..with_config("one") }, "one config"),
            (image(digest("one")), "one config"),
        ] {
            assert!(identified(vec![unusable, with_config("two")], id).is_err(), "{id}");
        }
    }
}
