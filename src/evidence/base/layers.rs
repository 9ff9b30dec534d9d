//! Compares the layers of an image with those of a possible base.
//!
//! An image is built on another if and only if it begins with all layers of the other. Neither some common layers,
//! nor a label, nor an empty list, nor common blobs that are not layers are proof.

use crate::oci::{Descriptor, Digest, media_type, quote_untrusted};

/// Label with the ChainID of a hardened image's own layers. Images built on it inherit the label, through any number
/// of builds.
pub(super) const CHAIN_ID: &str = "com.docker.dhi.chain-id";

/// How the layers of a child were compared with those of its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LayerProof {
    /// The stored layers are those of the base, byte for byte.
    Blobs,
    /// Only the child's configuration declares them; its layers are compressed differently and were not read.
    Declared,
    /// The child's layers were downloaded, decompressed and hashed.
    Hashed,
}

impl LayerProof {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Declared => "declared",
            Self::Hashed => "hashed",
        }
    }
}

/// Where the base ends in the child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The number of the child's layers that are the base's.
    pub layers: usize,
    /// ChainID over them (OCI image specification, `config.md`).
    pub chain_id: Digest,
    /// Digest of the last of them, as the child stores it.
    pub last_layer: Digest,
    /// Digest of the last of them, uncompressed.
    pub last_diff_id: Digest,
    /// Which of them, counted from 0, are stored as other blobs than in the base.
    pub differing: Vec<usize>,
}

/// Why an image is not the base.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// The child's configuration and manifest disagree.
    #[error("the image declares {declared} layers and has {stored}")]
    Child {
        /// `diff_ids` of the configuration.
        declared: usize,
        /// `layers` of the manifest.
        stored: usize,
    },
    /// The base's configuration and manifest disagree.
    #[error("it declares {declared} layers and has {stored}")]
    Base {
        /// `diff_ids` of the configuration.
        declared: usize,
        /// `layers` of the manifest.
        stored: usize,
    },
    /// The base has no layers, so every image would begin with it.
    #[error("it has no layers")]
    Empty,
    /// The child has fewer layers than the base.
    #[error(
        "the image has fewer layers ({child}) than it ({base}): it was squashed or flattened, which leaves no proof, or has another base"
    )]
    Fewer {
        /// Layers of the child.
        child: usize,
        /// Layers of the base.
        base: usize,
    },
    /// The child begins with other layers.
    #[error("its {base} layers are not the first layers of the image; {common} are")]
    Other {
        /// Layers of the base.
        base: usize,
        /// The number of equal layers from the beginning.
        common: usize,
    },
    /// A layer of the child or of the base has the media type of something else, such as a statement or a chart.
    #[error(
        "layer {number} of {whose} has the media type {}, which is not a layer type",
        quote_untrusted(media_type)
    )]
    NotALayer {
        /// `the image`, or `it` for the base.
        whose: &'static str,
        /// Which one, counted from 1.
        number: usize,
        /// The type.
        media_type: String,
    },
    /// It is a hardened image, and a ChainID label is about another one.
    #[error(
        "it is a hardened image with the ChainID {found}, but the label `com.docker.dhi.chain-id` of {whose} is {}",
        quote_untrusted(label)
    )]
    ChainId {
        /// `the image`, or `it` for the base.
        whose: &'static str,
        /// The label as written.
        label: String,
        /// The ChainID over the layers of the base.
        found: Digest,
    },
}

impl Mismatch {
    /// Whether squashing may be the cause.
    pub fn is_flattened(&self) -> bool {
        matches!(self, Self::Fewer { .. })
    }

    /// Whether the image begins with all layers of the candidate, and only a label contradicts it.
    pub fn is_of_label(&self) -> bool {
        matches!(self, Self::ChainId { .. })
    }
}

/// Layers as the configuration declares them and as the manifest stores them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layers<'a> {
    pub(super) declared: &'a [Digest],
    pub(super) stored: &'a [Descriptor],
}

/// ChainID of the layers (OCI image specification, `config.md`, "Layer ChainID"). None for no layers.
pub fn chain_id(diff_ids: &[Digest]) -> Option<Digest> {
    let (first, rest) = diff_ids.split_first()?;
    Some(rest.iter().fold(*first, |chain, next| Digest::of(format!("{chain} {next}").as_bytes())))
}

/// Checks that `child` begins with all layers of `base`.
///
/// # Errors
///
/// [`Mismatch`] with the first difference.
pub(super) fn compare(child: Layers<'_>, base: Layers<'_>) -> Result<Boundary, Mismatch> {
    if child.declared.len() != child.stored.len() {
        return Err(Mismatch::Child { declared: child.declared.len(), stored: child.stored.len() });
    }
    let length = base.declared.len();
    if length != base.stored.len() {
        return Err(Mismatch::Base { declared: length, stored: base.stored.len() });
    }
    let (Some(found), Some(last_diff_id)) = (chain_id(base.declared), base.declared.last()) else {
        return Err(Mismatch::Empty);
    };
    if child.declared.len() < length {
        return Err(Mismatch::Fewer { child: child.declared.len(), base: length });
    }
    let common = child.declared.iter().zip(base.declared).take_while(|(own, other)| own == other).count();
    if common != length {
        return Err(Mismatch::Other { base: length, common });
    }
    let of = |whose, layers: &[Descriptor]| {
        let mut layers = layers.iter().take(length).enumerate();
        let (place, other) = layers.find(|(_, layer)| !media_type::is_layer(&layer.media_type))?;
        Some(Mismatch::NotALayer { whose, number: place + 1, media_type: other.media_type.clone() })
    };
    if let Some(mismatch) = of("the image", child.stored).or_else(|| of("it", base.stored)) {
        return Err(mismatch);
    }
    let last = child.stored.iter().take(length).next_back();
    let Some(last_layer) = last.map(|layer| layer.digest) else { return Err(Mismatch::Empty) };
    let pairs = child.stored.iter().zip(base.stored).enumerate();
    let differing = pairs
        .filter(|(_, (own, other))| own.digest != other.digest || own.size != other.size)
        .map(|(place, _)| place);
    Ok(Boundary {
        layers: length,
        chain_id: found,
        last_layer,
        last_diff_id: *last_diff_id,
        differing: differing.collect(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// One letter for each layer: lower case as the base stores it, upper case compressed differently.
    fn layers(letters: &str) -> (Vec<Digest>, Vec<Descriptor>) {
        let declared = letters.to_lowercase();
        let stored = letters.bytes().map(|letter| Descriptor {
            media_type: "application/vnd.oci.image.layer.v1.tar".to_owned(),
            digest: Digest::of(&[0, letter]),
            size: 1,
            artifact_type: None,
            platform: None,
            annotations: BTreeMap::new(),
        });
        (declared.bytes().map(|letter| Digest::of(&[letter])).collect(), stored.collect())
    }

    fn found(child: &str, base: &str) -> Result<Boundary, Mismatch> {
        let (child, base) = (layers(child), layers(base));
        let both = |(declared, stored): &(Vec<Digest>, Vec<Descriptor>)| (declared.clone(), stored.clone());
        let ((declared, stored), (base_declared, base_stored)) = (both(&child), both(&base));
        compare(
            Layers { declared: &declared, stored: &stored },
            Layers { declared: &base_declared, stored: &base_stored },
        )
    }

    #[test]
    fn only_all_layers_of_the_base_are_a_proof() {
        for (child, base, layers) in [("abc", "ab", 2), ("ab", "ab", 2), ("abc", "a", 1)] {
            let boundary = found(child, base).unwrap();
            assert_eq!((boundary.layers, boundary.differing.len()), (layers, 0), "{child} {base}");
        }
        assert_eq!(found("abc", ""), Err(Mismatch::Empty));
        assert_eq!(found("", ""), Err(Mismatch::Empty));
        assert_eq!(found("a", "ab"), Err(Mismatch::Fewer { child: 1, base: 2 }));
        assert_eq!(found("axb", "ab"), Err(Mismatch::Other { base: 2, common: 1 }));
        assert_eq!(found("xab", "ab"), Err(Mismatch::Other { base: 2, common: 0 }));
        assert_eq!(found("bac", "ab"), Err(Mismatch::Other { base: 2, common: 0 }));
    }

    #[test]
    fn the_boundary_has_the_last_layer_of_the_base() {
        for (child, stored) in [("abc", b'b'), ("aBc", b'B')] {
            let boundary = found(child, "ab").unwrap();
            assert_eq!(boundary.last_layer, Digest::of(&[0, stored]));
            assert_eq!(boundary.last_diff_id, Digest::of(b"b"));
        }
    }

    #[test]
    fn layers_that_are_stored_differently_are_listed() {
        assert_eq!(found("aBc", "ab").unwrap().differing, [1]);
        assert_eq!(found("ABc", "ab").unwrap().differing, [0, 1]);
    }

    #[test]
    fn only_layers_prove_a_base() {
        const DOCKER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
        let (declared, stored) = layers("abc");
        let with = |number: usize, media_type: &str| {
            let mut stored = stored.clone();
            stored[number - 1].media_type = media_type.to_owned();
            stored
        };
        let found = |child: &[Descriptor], base: &[Descriptor]| {
            compare(
                Layers { declared: &declared, stored: child },
                Layers { declared: &declared[..2], stored: &base[..2] },
            )
        };
        for other in [media_type::IN_TOTO, media_type::OCI_CONFIG, "application/vnd.acme.layer+gzip", ""] {
            for number in [1, 2] {
                let wrong = |whose| Mismatch::NotALayer { whose, number, media_type: other.to_owned() };
                let changed = with(number, other);
                assert_eq!(found(&changed, &stored), Err(wrong("the image")), "{other}");
                assert_eq!(found(&changed, &changed), Err(wrong("the image")), "{other}");
                assert_eq!(found(&stored, &changed), Err(wrong("it")), "{other}");
            }
        }
        // OCI's and Docker's media types of the same blob are equal; layers after the base are not compared.
        for number in [1, 2] {
            assert_eq!(found(&with(number, DOCKER), &stored).unwrap().differing, [0; 0]);
            assert_eq!(found(&stored, &with(number, DOCKER)).unwrap().layers, 2);
        }
        assert!(found(&with(3, media_type::IN_TOTO), &stored).is_ok());
    }

    #[test]
    fn a_configuration_with_missing_layers_is_no_proof() {
        let (declared, stored) = layers("abc");
        let base = Layers { declared: &declared[..2], stored: &stored[..2] };
        for (own, other) in [(&declared[..3], &stored[..2]), (&declared[..2], &stored[..3])] {
            let child = Layers { declared: own, stored: other };
            assert!(matches!(compare(child, base), Err(Mismatch::Child { .. })));
            let whole = Layers { declared: &declared, stored: &stored };
            assert!(matches!(compare(whole, child), Err(Mismatch::Base { .. })));
        }
    }

    #[test]
    fn chain_ids_match_the_specification() {
        let ids = layers("abc").0;
        assert_eq!(chain_id(&ids[..1]), Some(ids[0]));
        let two = Digest::of(format!("{} {}", ids[0], ids[1]).as_bytes());
        assert_eq!(chain_id(&ids[..2]), Some(two));
        assert_eq!(chain_id(&ids), Some(Digest::of(format!("{two} {}", ids[2]).as_bytes())));
        assert_eq!(chain_id(&[]), None);
    }
}
