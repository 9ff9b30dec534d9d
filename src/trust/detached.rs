//! Signatures alone in a file, without key, certificate or log entry.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The bytes of the signature in a file: base64, as `cosign sign-blob` writes it, or raw bytes, as
/// `openssl dgst -sign` does. Whether they are a signature is decided only by verifying it.
pub(super) fn read(file: &[u8]) -> Vec<u8> {
    let text: Vec<u8> = file.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(text).unwrap_or_else(|_| file.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_read_as_base64_and_as_bytes() {
        let der = [&[0x30, 0x45, 0x02, 0x21, 0x00][..], &[0xf7; 66]].concat();
        let text = STANDARD.encode(&der);
        let (head, tail) = text.split_at(40);
        for file in [text.clone(), format!("{text}\n"), format!("{head}\r\n{tail}\n")] {
            assert_eq!(read(file.as_bytes()), der);
        }
        assert_eq!(read(&der), der);
    }
}
