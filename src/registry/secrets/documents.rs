//! Removes secrets from JSON and XML. The result is well-formed and keeps the structure of the document.

use std::borrow::Cow;

use super::Secrets;
use super::encodings::in_quotes;

impl Secrets {
    /// Redacts a JSON document or a part of one. Only strings with a secret change. Member names of letters only are
    /// kept, so that the document matches its schema. All other text is unchanged.
    pub fn redact_json<'a>(&self, document: &'a str) -> Cow<'a, str> {
        let mut shown = String::with_capacity(document.len());
        let mut rest = document;
        while let Some(start) = rest.find('"') {
            let (before, from) = rest.split_at(start);
            let (text, after) = from.split_at(end_of_text(from));
            let is_name = after.trim_start().starts_with(':');
            shown.push_str(before);
            shown.push_str(&self.redact_text(text, is_name));
            rest = after;
        }
        shown.push_str(rest);
        if shown == document { Cow::Borrowed(document) } else { Cow::Owned(shown) }
    }

    /// Redacts an XML document or a part of one. Only attribute values and text between tags change.
    pub fn redact_xml<'a>(&self, document: &'a str) -> Cow<'a, str> {
        let mut shown = String::with_capacity(document.len());
        let mut rest = document;
        while let Some(start) = rest.find('<') {
            let (text, from) = rest.split_at(start);
            let (tag, after) = from.split_at(end_of_tag(from));
            shown.push_str(&self.redact_escaped(text));
            if tag.starts_with("<?") {
                shown.push_str(tag);
            } else {
                self.redact_tag(tag, &mut shown);
            }
            rest = after;
        }
        shown.push_str(&self.redact_escaped(rest));
        if shown == document { Cow::Borrowed(document) } else { Cow::Owned(shown) }
    }

    /// Redacts the attribute values of an XML tag, given with its brackets.
    fn redact_tag(&self, tag: &str, shown: &mut String) {
        let mut rest = tag;
        while let Some(start) = rest.find(['"', '\'']) {
            let (before, from) = rest.split_at(start);
            let (quote, from) = from.split_at(1);
            let (value, after) = from.split_at(from.find(quote).unwrap_or(from.len()));
            shown.push_str(before);
            shown.push_str(quote);
            shown.push_str(&self.redact_escaped(value));
            shown.push_str(after.get(..1).unwrap_or_default());
            rest = after.get(1..).unwrap_or_default();
        }
        shown.push_str(rest);
    }

    /// Redacts escaped XML text.
    fn redact_escaped<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Ok(unescaped) = quick_xml::escape::unescape(text) else { return self.redact(text) };
        match self.redact(&unescaped) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(shown) => Cow::Owned(quick_xml::escape::escape(shown).into_owned()),
        }
    }

    /// Redacts a JSON string, given with its quotes.
    fn redact_text<'a>(&self, text: &'a str, is_name: bool) -> Cow<'a, str> {
        let Ok(unescaped) = serde_json::from_str::<String>(text) else { return self.redact(text) };
        // `$schema` counts as letters only.
        let word = unescaped.strip_prefix('$').unwrap_or(&unescaped);
        if is_name && word.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Cow::Borrowed(text);
        }
        match self.redact(&unescaped) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(shown) => Cow::Owned(in_quotes(&shown)),
        }
    }
}

/// The length of the JSON string at the beginning, quotes included.
fn end_of_text(document: &str) -> usize {
    let mut is_escaped = false;
    let end = document.bytes().enumerate().skip(1).find_map(|(at, byte)| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends.then_some(at + 1)
    });
    end.unwrap_or(document.len())
}

/// The length of the XML tag at the beginning, brackets included.
fn end_of_tag(document: &str) -> usize {
    let mut quote = None;
    let end = document.bytes().enumerate().find_map(|(at, byte)| {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
        (byte == b'>' && quote.is_none()).then_some(at + 1)
    });
    end.unwrap_or(document.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_and_the_form_of_json_stay() {
        let secrets = Secrets::default();
        for secret in ["deadbeef", "verdict", "images", "key-of-map"] {
            secrets.add(secret);
        }
        let hex = format!("{}deadbeef", "0".repeat(56));
        secrets.add("sha256:");
        for digest in [format!("sha256:{hex}"), hex.clone(), "sha256:00deadbeef00".to_owned()] {
            assert_eq!(secrets.redact(&digest), digest);
        }
        assert_eq!(secrets.redact("deadbeef sha256-deadbeef sha256: x"), "*** sha256-*** *** x");
        let document = serde_json::json!({
            "verdict": "pass", "images": [{ "key-of-map": 1.5, "says": "a \"verdict\" deadbeef", "digest": hex }],
        });
        let shown = serde_json::json!({
            "verdict": "pass", "images": [{ "***": 1.5, "says": "a \"***\" ***", "digest": hex }],
        });
        assert_eq!(secrets.redact_json(&format!("{document:#}\n")), format!("{shown:#}\n"));
        assert_eq!(secrets.redact_json(&document.to_string()), shown.to_string());
        // Unchanged strings keep their escapes, changed ones are written in ASCII.
        let odd = r#"{ "a" : "\u202e", "verdict":"x", "b":["verdict \\\u202e é\" 𝄞" ] }"#;
        let hidden = r#"{ "a" : "\u202e", "verdict":"x", "b":["*** \\\u202e \u00e9\" \ud834\udd1e" ] }"#;
        assert_eq!(secrets.redact_json(odd), hidden);
        let harmless = r#"{ "a":1}"#;
        assert!(matches!(secrets.redact_json(harmless), Cow::Borrowed(_)));
    }

    #[test]
    fn the_form_of_xml_and_the_schema_of_json_stay() {
        let secrets = Secrets::default();
        for secret in
            ["version", "testsuite", "classname", "encoding=", "amp;quot", "</failure>", "schema", "$schema"]
        {
            secrets.add(secret);
        }
        let document = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name='a > version' classname=\"x\">\n\
                        <failure message=\"&amp;quot &lt;/failure&gt;\">a &amp; version</failure></testsuite>";
        let shown = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name='a &gt; ***' classname=\"x\">\n\
                     <failure message=\"&amp;quot ***\">a &amp; ***</failure></testsuite>";
        assert_eq!(secrets.redact_xml(document), shown);
        assert!(matches!(secrets.redact_xml("<a b='c'>d</a>"), Cow::Borrowed(_)));
        for part in ["version", "<", "<a b='version", "version=\"'\">", "&version; <", "<?version"] {
            let _ = secrets.redact_xml(part);
        }
        let schema = r#"{"$schema":"x","version":"1","$schema-2":"y"}"#;
        assert_eq!(secrets.redact_json(schema), r#"{"$schema":"x","version":"1","***-2":"y"}"#);
    }
}
