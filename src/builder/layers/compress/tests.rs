use std::collections::BTreeMap;
use std::io::Read;

use super::*;
use crate::builder::layers::test_tree::{file, package, put, tree};
use crate::builder::layers::{Layering, plan};

const ALL: [Compression; 3] = [Compression::None, Compression::Gzip, Compression::Zstd];

/// Text that compresses, of several pieces.
fn content(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        b"etaoin shrdlu\n"[(state >> 28) as usize % 14]
    })
    .take(length)
    .collect()
}

fn encoded(compression: Compression, content: &[u8], piece: usize) -> (LayerBlob, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut encoder = LayerEncoder::new(compression, &mut bytes).unwrap();
    for piece in content.chunks(piece) {
        encoder.write_all(piece).unwrap();
        encoder.flush().unwrap();
    }
    (encoder.finish().unwrap(), bytes)
}

fn decoded(compression: Compression, bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    match compression {
        Compression::None => content.extend_from_slice(bytes),
        Compression::Gzip => {
            flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
        }
        Compression::Zstd => {
            zstd::Decoder::new(bytes).unwrap().read_to_end(&mut content).unwrap();
        }
    }
    content
}

#[test]
fn digests_and_sizes_are_those_of_the_bytes() {
    let mut tree = tree();
    put(&mut tree, "usr/share/text", file(&"text ".repeat(100_000), package("text")));
    let layer = plan(&tree, Layering::Squashed, &BTreeMap::new()).remove(0);
    let mut archive = Vec::new();
    write_tar(&tree, &layer, &mut archive).unwrap();
    for (compression, media_type) in ALL.into_iter().zip([
        "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.oci.image.layer.v1.tar+gzip",
        "application/vnd.oci.image.layer.v1.tar+zstd",
    ]) {
        let mut bytes = Vec::new();
        let blob = write_layer(&tree, &layer, compression, &mut bytes).unwrap();
        let expected = LayerBlob {
            media_type,
            digest: Digest::of(&bytes),
            diff_id: Digest::of(&archive),
            size: bytes.len() as u64,
            uncompressed_size: archive.len() as u64,
        };
        assert_eq!(blob, expected);
        assert_eq!(decoded(compression, &bytes), archive);
    }
}

#[test]
fn the_pieces_that_arrive_change_nothing() {
    for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
        let content = content(length);
        for compression in ALL {
            let expected = encoded(compression, &content, usize::MAX);
            assert_eq!(decoded(compression, &expected.1), content);
            for piece in [509, 4096, PIECE - 1, PIECE, PIECE + 1] {
                assert!(
                    encoded(compression, &content, piece) == expected,
                    "{compression:?} {length} {piece}"
                );
            }
        }
    }
}

/// If this fails after an update of a library, images get other digests: the change log must say so.
#[test]
fn compressed_bytes_are_pinned() {
    let content = content(400_000);
    let digest = |compression| encoded(compression, &content, PIECE).0.digest.short();
    assert_eq!(digest(Compression::Gzip), "sha256:012158bc94ed");
    assert_eq!(digest(Compression::Zstd), "sha256:75eb3c730bc7");
}

#[test]
fn the_gzip_header_has_no_name_time_or_system() {
    let (_, bytes) = encoded(Compression::Gzip, b"x", 1);
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
fn errors_of_the_output_are_reported() {
    let mut tree = tree();
    let content: String = content(1_000_000).into_iter().map(char::from).collect();
    put(&mut tree, "a", file(&content, package("a")));
    let layer = plan(&tree, Layering::Squashed, &BTreeMap::new()).remove(0);
    for compression in ALL {
        let mut whole = Vec::new();
        write_layer(&tree, &layer, compression, &mut whole).unwrap();
        for length in [0, whole.len() / 2, whole.len() - 1] {
            let mut short = vec![0; length];
            let result = write_layer(&tree, &layer, compression, &mut short.as_mut_slice());
            assert!(matches!(result, Err(LayerError::Write(_))), "{compression:?} {length}: {result:?}");
        }
    }
}
