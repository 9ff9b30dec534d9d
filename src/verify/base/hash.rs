//! Hashes layers of an image that are stored differently than in its base.
//!
//! Such a layer is the base's only if its uncompressed bytes have the digest that both configurations declare. The
//! bytes are counted while they are hashed and are not kept, so a small blob that expands without end is refused.

use std::collections::BTreeSet;
use std::io::Read;

use bytes::Bytes;

use crate::evidence::{Candidate, CandidateOutcome, Failure, LayerFailure, LayerProof, PlatformEvidence};
use crate::limits::Exceeded;
use crate::oci::Digest;

use super::super::decompression::decompressed;
use super::search::Search;

impl Search<'_> {
    /// Hashes every layer that a proof needs, once for all candidates.
    pub(super) async fn hash_layers(&self, child: &PlatformEvidence, candidates: &mut [Candidate]) {
        let bases = candidates.iter().filter_map(|candidate| match &candidate.outcome {
            CandidateOutcome::Proved(base) if base.proof == LayerProof::Declared => Some(base),
            _ => None,
        });
        let needed: BTreeSet<usize> =
            bases.flat_map(|base| base.boundary.differing.iter().copied()).collect();
        let mut failed: Option<(usize, Failure)> = None;
        for index in needed {
            if let Err(failure) = self.hash_layer(child, index).await {
                failed = Some((index, failure));
                break;
            }
        }
        for candidate in candidates {
            let CandidateOutcome::Proved(base) = &mut candidate.outcome else { continue };
            if base.proof != LayerProof::Declared {
                continue;
            }
            match &failed {
                Some((index, failure))
                    if base.boundary.differing.last().is_some_and(|last| last >= index) =>
                {
                    candidate.outcome = CandidateOutcome::Failed(failure.clone());
                }
                _ => base.proof = LayerProof::Hashed,
            }
        }
    }

    async fn hash_layer(&self, child: &PlatformEvidence, index: usize) -> Result<(), Failure> {
        let changed = |cause| Failure::Layer { number: index + 1, cause };
        let declared = child.config.as_ref().and_then(|config| config.diff_ids.get(index)).copied();
        let (Some(declared), Some(stored)) = (declared, child.layers.get(index)) else {
            return Err(changed(LayerFailure::Missing));
        };
        let limits = &self.options.limits;
        let repository = &self.evidence.reference.repository;
        let _reserved = self.options.memory.attestation(stored.size, 1).await;
        let bytes = self.walk.blob(repository, stored, limits.layer).await?;
        let limit = limits.layer_unpacked;
        let hashed = tokio::task::spawn_blocking(move || uncompressed(&bytes, declared, limit)).await;
        let found = match hashed {
            Ok(Ok(found)) => found,
            Ok(Err(Unreadable::Limit)) => {
                let what = format!("layer {} ({}), uncompressed,", index + 1, stored.digest.short());
                return Err(Exceeded::new(what, limit, "bytes").into());
            }
            Ok(Err(Unreadable::Broken(cause))) => {
                return Err(changed(LayerFailure::Broken { cause, layer: stored.digest }));
            }
            Err(error) => return Err(Failure::Bug(format!("a layer could not be hashed: {error}"))),
        };
        if found == declared {
            return Ok(());
        }
        Err(changed(LayerFailure::Differs { layer: stored.digest, declared, found }))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Unreadable {
    Limit,
    Broken(String),
}

/// The digest of the uncompressed bytes, with the hash algorithm of `like`.
fn uncompressed(bytes: &Bytes, like: Digest, limit: u64) -> Result<Digest, Unreadable> {
    let reader = decompressed(bytes).map_err(|error| Unreadable::Broken(error.to_string()))?;
    hash(reader, like, limit)
}

fn hash(mut reader: impl Read, like: Digest, limit: u64) -> Result<Digest, Unreadable> {
    let mut hasher = like.hasher();
    let mut buffer = vec![0; 64 * 1024];
    let mut total = 0_u64;
    loop {
        let read = reader.read(&mut buffer).map_err(|error| Unreadable::Broken(error.to_string()))?;
        if read == 0 {
            return Ok(hasher.finish());
        }
        total += read as u64;
        if total > limit {
            return Err(Unreadable::Limit);
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn each_compression_gives_the_digest_of_the_content() {
        let content = b"layer".repeat(1000);
        let digest = Digest::of(&content);
        let (first, second) = content.split_at(1234);
        for stored in [
            content.clone(),
            gzip(&content),
            [gzip(first), gzip(second)].concat(),
            zstd::stream::encode_all(content.as_slice(), 3).unwrap(),
        ] {
            assert_eq!(uncompressed(&stored.into(), digest, 5000), Ok(digest));
        }
        let sha512: Digest = format!("sha512:{}", "0".repeat(128)).parse().unwrap();
        assert_eq!(uncompressed(&content.clone().into(), sha512, 5000), Ok(sha512.rehash(&content)));
    }

    #[test]
    fn a_bomb_stops_at_the_limit_and_a_truncated_layer_fails() {
        let zeros = vec![0; 1 << 20];
        let digest = Digest::of(&zeros);
        for stored in [gzip(&zeros), zstd::stream::encode_all(zeros.as_slice(), 3).unwrap()] {
            assert!(stored.len() < 4096);
            assert_eq!(uncompressed(&stored.clone().into(), digest, 1 << 16), Err(Unreadable::Limit));
            let cut = Bytes::copy_from_slice(&stored[..stored.len() - 4]);
            assert!(matches!(uncompressed(&cut, digest, 1 << 21), Err(Unreadable::Broken(_))));
        }
    }
}
