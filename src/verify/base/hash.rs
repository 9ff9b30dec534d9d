//! A layer that is stored otherwise than in the base is the base's only when its uncompressed bytes have the
//! digest that both configurations name. The bytes are counted while they are hashed and never held, so that a
//! small blob cannot stand for endless ones.

use std::collections::BTreeSet;
use std::io::Read;

use bytes::Bytes;

use crate::evidence::{Candidate, CandidateOutcome, Failure, LayerFailure, LayerProof, PlatformEvidence};
use crate::limits::Exceeded;
use crate::oci::Digest;

use super::super::limits::ZSTD_WINDOW;
use super::search::Search;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

impl Search<'_> {
    /// Hashes every layer that a proof lacks, once for all candidates.
    pub(super) async fn hash_layers(&self, child: &PlatformEvidence, candidates: &mut [Candidate]) {
        let bases = candidates.iter().filter_map(|candidate| match &candidate.outcome {
            CandidateOutcome::Proved(base) if base.proof == LayerProof::Declared => Some(base),
            _ => None,
        });
        let wanted: BTreeSet<usize> =
            bases.flat_map(|base| base.boundary.differing.iter().copied()).collect();
        let mut wrong: Option<(usize, Failure)> = None;
        for place in wanted {
            if let Err(failure) = self.hash_layer(child, place).await {
                wrong = Some((place, failure));
                break;
            }
        }
        for candidate in candidates {
            let CandidateOutcome::Proved(base) = &mut candidate.outcome else { continue };
            if base.proof != LayerProof::Declared {
                continue;
            }
            match &wrong {
                Some((place, failure))
                    if base.boundary.differing.last().is_some_and(|last| last >= place) =>
                {
                    candidate.outcome = CandidateOutcome::Failed(failure.clone());
                }
                _ => base.proof = LayerProof::Hashed,
            }
        }
    }

    async fn hash_layer(&self, child: &PlatformEvidence, place: usize) -> Result<(), Failure> {
        let changed = |cause| Failure::Layer { number: place + 1, cause };
        let declared = child.config.as_ref().and_then(|config| config.diff_ids.get(place)).copied();
        let (Some(declared), Some(stored)) = (declared, child.layers.get(place)) else {
            return Err(changed(LayerFailure::Missing));
        };
        let limits = &self.options.limits;
        let repository = &self.evidence.reference.repository;
        let _room = self.options.memory.attestation(stored.size, 1).await;
        let bytes = self.walk.blob(repository, stored, limits.layer).await?;
        let limit = limits.layer_unpacked;
        let hashed = tokio::task::spawn_blocking(move || uncompressed(&bytes, declared, limit)).await;
        let found = match hashed {
            Ok(Ok(found)) => found,
            Ok(Err(Unreadable::Limit)) => {
                let what = format!("layer {} ({}), uncompressed,", place + 1, stored.digest.short());
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

/// The digest of the uncompressed bytes, in the algorithm of `like`. The format is told by the first bytes, as
/// container engines do.
fn uncompressed(bytes: &Bytes, like: Digest, limit: u64) -> Result<Digest, Unreadable> {
    if bytes.starts_with(&GZIP) {
        // Several members after one another are one stream.
        return hash(flate2::bufread::MultiGzDecoder::new(bytes.as_ref()), like, limit);
    }
    if bytes.starts_with(&ZSTD) {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes.as_ref())
            .map_err(|error| Unreadable::Broken(error.to_string()))?;
        decoder.window_log_max(ZSTD_WINDOW.ilog2()).map_err(|error| Unreadable::Broken(error.to_string()))?;
        return hash(decoder, like, limit);
    }
    hash(bytes.as_ref(), like, limit)
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
    fn every_compression_gives_the_digest_of_the_content() {
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
    fn a_bomb_ends_at_the_limit_and_a_cut_off_layer_is_no_layer() {
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
