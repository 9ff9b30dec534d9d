//! One image is built on another exactly when it begins with all of the other's layers. Nothing less is a proof:
//! neither some common layers, nor a label, nor an empty list, nor blobs in common that are no layers.

use crate::oci::{Descriptor, Digest, media_type, quote_untrusted};

/// Label with the ChainID of a hardened image's own layers. Whatever is built on that inherits it, through any number of
/// builds.
pub(super) const CHAIN_ID: &str = "com.docker.dhi.chain-id";

/// How it is known that a child has the layers of its base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerProof {
    /// The stored layers are those of the base, byte for byte.
    Blobs,
    /// The child's configuration says so; its layers were compressed again and were not read.
    Declared,
    /// The child's layers were downloaded, uncompressed and hashed.
    Hashed,
}

impl LayerProof {
    /// The word in reports.
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
    /// So many of the child's layers are the base's.
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
pub enum Mismatch {
    /// The child's configuration and manifest disagree.
    #[error("the image declares {declared} layers and has {stored}")]
    Child {
        /// `diff_ids` of the configuration.
        declared: usize,
        /// `layers` of the manifest.
        stored: usize,
    },
    /// So do those of the base.
    #[error("it declares {declared} layers and has {stored}")]
    Base {
        /// `diff_ids` of the configuration.
        declared: usize,
        /// `layers` of the manifest.
        stored: usize,
    },
    /// The base has no layers, so everything would begin with it.
    #[error("it has no layers")]
    Empty,
    /// The child has fewer layers than the base.
    #[error(
        "the image has fewer layers ({child}) than it ({base}): it was squashed or flattened, which leaves no proof, or is built on something else"
    )]
    Fewer {
        /// Layers of the child.
        child: usize,
        /// Layers of the base.
        base: usize,
    },
    /// The child begins otherwise.
    #[error("its {base} layers are not the first layers of the image; {common} are")]
    Other {
        /// Layers of the base.
        base: usize,
        /// So many are equal from the beginning.
        common: usize,
    },
    /// What either stores at the place of a layer is something else, such as a statement or a chart.
    #[error(
        "layer {number} of {whose} has the media type {}, which is none of layers",
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
    /// It is a hardened image, and the label is about another one.
    #[error(
        "it is a hardened image with the ChainID {found}, and the label `com.docker.dhi.chain-id` of {whose} is {}",
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
    /// Whether squashing may be what is behind it.
    pub fn is_flattened(&self) -> bool {
        matches!(self, Self::Fewer { .. })
    }

    /// Whether the image begins with all of its layers, and only a label says that another image is meant.
    pub fn is_of_label(&self) -> bool {
        matches!(self, Self::ChainId { .. })
    }
}

/// Layers as the configuration declares and as the manifest stores them.
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

/// Whether `child` begins with all layers of `base`.
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

    /// One letter for each layer: small ones as the base stores them, large ones compressed otherwise.
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
    fn only_all_layers_of_the_base_from_the_first_are_a_proof() {
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
    fn the_last_layer_is_the_one_before_the_child_begins() {
        for (child, stored) in [("abc", b'b'), ("aBc", b'B')] {
            let boundary = found(child, "ab").unwrap();
            assert_eq!(boundary.last_layer, Digest::of(&[0, stored]));
            assert_eq!(boundary.last_diff_id, Digest::of(b"b"));
        }
    }

    #[test]
    fn layers_that_are_stored_otherwise_are_named() {
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
        // The same blob under the names of OCI and of Docker; and what comes after the base is not compared.
        for number in [1, 2] {
            assert_eq!(found(&with(number, DOCKER), &stored).unwrap().differing, [0; 0]);
            assert_eq!(found(&stored, &with(number, DOCKER)).unwrap().layers, 2);
        }
        assert!(found(&with(3, media_type::IN_TOTO), &stored).is_ok());
    }

    #[test]
    fn a_configuration_that_hides_layers_is_no_proof() {
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
    fn chain_ids_are_those_of_the_specification() {
        let ids = layers("abc").0;
        assert_eq!(chain_id(&ids[..1]), Some(ids[0]));
        let two = Digest::of(format!("{} {}", ids[0], ids[1]).as_bytes());
        assert_eq!(chain_id(&ids[..2]), Some(two));
        assert_eq!(chain_id(&ids), Some(Digest::of(format!("{two} {}", ids[2]).as_bytes())));
        assert_eq!(chain_id(&[]), None);
    }
}
