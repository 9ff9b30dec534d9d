//! JSON documents without whitespace, so that they can be part of a report. Numbers and texts stay as they are written.

use serde_json::value::RawValue;

use super::image::ImageFacts;

impl ImageFacts {
    /// The same facts, each document without whitespace between its parts.
    #[must_use]
    pub fn compact(mut self) -> Self {
        let config = self.config.iter_mut().filter_map(|config| config.document.as_mut());
        let index = self.index.iter_mut().map(|index| &mut index.document);
        let statements =
            self.attestations.iter_mut().filter_map(|attestation| attestation.statement.as_mut());
        for document in config.chain(self.manifest.as_mut()).chain(index).chain(statements) {
            if let Some(shorter) = compact(document) {
                *document = shorter;
            }
        }
        self
    }
}

/// The document without whitespace between its parts.
fn compact(document: &RawValue) -> Option<Box<RawValue>> {
    let mut short = String::with_capacity(document.get().len());
    let (mut in_text, mut escaped) = (false, false);
    for c in document.get().chars() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c == '"' {
            in_text = true;
        } else if c.is_ascii_whitespace() {
            continue;
        }
        short.push(c);
    }
    RawValue::from_string(short).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whitespace_between_the_parts_is_removed() {
        for (written, expected) in [
            ("{ \"a b\" :\r\n\t[ 9.0, 1e3 , \"c \\\" d\" ] }", "{\"a b\":[9.0,1e3,\"c \\\" d\"]}"),
            (r#"[ "\\" , " x" ]"#, r#"["\\"," x"]"#),
        ] {
            let raw = RawValue::from_string(written.to_owned()).unwrap();
            assert_eq!(compact(&raw).unwrap().get(), expected, "{written}");
        }
    }
}
