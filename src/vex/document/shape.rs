//! The shape of a text: which members it has.

use super::origin::MARK;
use crate::vex::json_reader::{Fault, Reader};

/// What a text is, as far as its members tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Shape {
    /// A VEX document.
    Document,
    /// An in-toto statement.
    Statement,
    /// A DSSE envelope.
    Envelope,
    /// A Sigstore bundle.
    Bundle,
    /// None of these.
    Unknown,
}

/// The format of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    OpenVex,
    Csaf,
    CycloneDx,
    Attestation(Shape),
}

/// The members that decide, with what they decide. `@context` is that of OpenVEX in nearly all documents; its reader
/// refuses a document without statements.
const DECISIVE: [(&str, Format); 10] = [
    ("@context", Format::OpenVex),
    ("statements", Format::OpenVex),
    ("predicateType", Format::Attestation(Shape::Statement)),
    ("predicate", Format::Attestation(Shape::Statement)),
    ("payloadType", Format::Attestation(Shape::Envelope)),
    ("verificationMaterial", Format::Attestation(Shape::Bundle)),
    ("dsseEnvelope", Format::Attestation(Shape::Bundle)),
    ("messageSignature", Format::Attestation(Shape::Bundle)),
    ("document", Format::Csaf),
    ("bomFormat", Format::CycloneDx),
];

/// How many bytes of a large text are looked at first.
const BEGIN: usize = 4096;

/// The shape of a text in UTF-8, with or without a byte order mark. Of several documents, that of the first. The text
/// is not checked.
pub fn shape(bytes: &[u8]) -> Shape {
    // The first members decide nearly always. To validate a large text as UTF-8 takes time.
    let begin = bytes.get(..BEGIN).and_then(|begin| begin.utf8_chunks().next()).map(|chunk| chunk.valid());
    let found = begin.and_then(|begin| format(begin.strip_prefix(MARK).unwrap_or(begin)));
    let whole = || {
        let text = std::str::from_utf8(bytes).ok()?;
        format(text.strip_prefix(MARK).unwrap_or(text))
    };
    match found.or_else(whole) {
        Some(Format::Attestation(shape)) => shape,
        Some(_) => Shape::Document,
        None => Shape::Unknown,
    }
}

/// The format by the first member that decides.
pub(super) fn format(text: &str) -> Option<Format> {
    let mut found = None;
    let known = DECISIVE.map(|(name, _)| name);
    // The fault ends the search. The reader of the format finds all others again.
    let _ = Reader::new(text).object(&known, |reader, name| {
        found = DECISIVE.iter().find(|(decisive, _)| *decisive == name).map(|(_, format)| *format);
        Err::<(), Fault>(reader.fault("found"))
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_members_decide() {
        for (text, expected) in [
            (r#"{"@context":"https://openvex.dev/ns/v0.2.0","statements":[]}"#, Shape::Document),
            (r#"{"Statements":[]}"#, Shape::Document),
            (r#"{"x":{"predicateType":1},"document":{"csaf_version":"2.0"}}"#, Shape::Document),
            (r#"{"$schema":"","bomFormat":"CycloneDX"}"#, Shape::Document),
            (
                r#"{"_type":"","subject":[],"predicateType":"","predicate":{"statements":[]}}"#,
                Shape::Statement,
            ),
            (r#"{"payload":"","payloadType":"","signatures":[]}"#, Shape::Envelope),
            ("\u{feff}{\"mediaType\":\"\",\"verificationMaterial\":{}}", Shape::Bundle),
            (r#"{"spdxVersion":"SPDX-2.3"}"#, Shape::Unknown),
            ("[]", Shape::Unknown),
            ("", Shape::Unknown),
            (r#"{"x":"#, Shape::Unknown),
        ] {
            assert_eq!(shape(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(shape(b"{\0\"\0"), Shape::Unknown);
        for padding in [1, BEGIN - 8, BEGIN, 3 * BEGIN] {
            // The character of two bytes stands on every place relative to the end of the first part.
            for name in ["x", "xx", "é", "xé"] {
                let large = format!(r#"{{"{name}":"{}","predicateType":""}}"#, "é".repeat(padding));
                assert_eq!(shape(large.as_bytes()), Shape::Statement, "{padding} {name}");
            }
        }
    }
}
