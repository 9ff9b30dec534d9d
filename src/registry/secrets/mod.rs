//! The secrets of a run, and their redaction from text that is printed or stored, in every encoding in which a registry
//! or proxy may return them.

mod documents;
mod encodings;
mod forms;
mod url_logins;

use std::borrow::Cow;
use std::sync::{Arc, PoisonError, RwLock};

use forms::{Known, SHORTEST, effort};
use url_logins::{HIDDEN, logins_in_urls};

/// The minimum length, in bytes, of a line that is a secret of its own. Private keys have several lines.
const LINE: usize = 4 * SHORTEST;

/// The secrets of a run. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<Known>>);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(***)")
    }
}

impl Secrets {
    /// The secrets in environment variables: the token for `dhi.io` and the logins of proxies.
    pub fn of_environment() -> Self {
        let secrets = Self::default();
        secrets.add_environment();
        secrets
    }

    pub(super) fn add_environment(&self) {
        super::proxy_logins::from_environment().iter().for_each(|secret| self.add(secret.expose()));
        if let Ok(token) = std::env::var("DHI_TOKEN") {
            self.add_login(&std::env::var("DHI_USERNAME").unwrap_or_default(), &token);
        }
    }

    /// Adds a password, token or other secret.
    pub fn add(&self, secret: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.add_forms(secret);
        // In a JSON key file, the lines of the key are separated by an escape.
        let lines = secret.split(['\n', '\r']).flat_map(|line| line.split("\\n")).map(str::trim);
        for line in lines.filter(|line| line.len() >= LINE && line.len() < secret.len()) {
            // `-----BEGIN PRIVATE KEY-----` is not a secret.
            if !line.starts_with("-----") {
                known.add_forms(line);
            }
        }
    }

    /// Adds a password, alone and in the form of HTTP basic authentication.
    pub fn add_login(&self, username: &str, password: &str) {
        if !password.is_empty() {
            self.add(password);
            self.add(&format!("{username}:{password}"));
        }
    }

    /// Whether the text contains any secret, even a short one. For text that is stored or discarded as a whole.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let bytes = text.as_bytes();
        let short = || {
            let lower = text.to_ascii_lowercase();
            known.short.iter().any(|short| lower.as_bytes().windows(short.len()).any(|part| *part == **short))
        };
        known.find(bytes, 0, &mut effort(bytes)).is_some() || short()
    }

    /// Whether the bytes contain a secret that would be redacted from output.
    pub(crate) fn is_shown_in(&self, bytes: &[u8]) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.find(bytes, 0, &mut effort(bytes)).is_some()
    }

    /// The text without secrets and without logins in URLs.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.redact_with(text, &[])
    }

    /// As [`Self::redact`], and also without `more`, even if these are short.
    pub(super) fn redact_with<'a>(&self, text: &'a str, more: &[&str]) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut hidden: Vec<(usize, usize)> = logins_in_urls(text);
        for secret in more.iter().filter(|secret| !secret.is_empty()) {
            hidden.extend(text.match_indices(secret).map(|(at, _)| (at, at + secret.len())));
        }
        let (mut at, mut effort) = (0, effort(text.as_bytes()));
        while let Some((start, end)) = known.find(text.as_bytes(), at, &mut effort) {
            hidden.push((start, end));
            // Another secret can overlap with this one.
            at = start + 1;
        }
        if hidden.is_empty() {
            return Cow::Borrowed(text);
        }
        hidden.sort_unstable();
        let mut shown = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end) in hidden {
            // If a match starts or ends within a character, the whole character is removed.
            let start = (0..=start).rev().find(|start| text.is_char_boundary(*start)).unwrap_or_default();
            let end = (end..text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            if start >= at {
                shown.push_str(text.get(at..start).unwrap_or_default());
                shown.push_str(HIDDEN);
            }
            at = at.max(end);
        }
        shown.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(shown)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    use super::encodings::in_quotes;
    use super::*;

    const PASSWORD: &str = r#"Hunt3r/2&"x"#;

    fn secrets() -> Secrets {
        let secrets = Secrets::default();
        secrets.add_login("me", PASSWORD);
        secrets
    }

    #[test]
    fn every_form_of_a_secret_is_hidden() {
        for form in [
            r#"Hunt3r/2&"x"#,
            r#"hUNT3R/2&"X"#,
            "Hunt3r%2F2%26%22x",
            "Hunt3r/2%26%22x",
            "%48%75%6e%74%33%72%2f%32%26%22%78",
            r#"Hunt3r/2&\"x"#,
            r#"Hunt3r\/2&\"x"#,
            r"Hunt3r/2&",
            r"Hunt3r/2&amp;&quot;x",
            r"Hunt3r/2&#38;&#x22;x",
            r"Hunt3r/2\&\x",
            &STANDARD_NO_PAD.encode(PASSWORD),
            &URL_SAFE_NO_PAD.encode(PASSWORD),
            &STANDARD_NO_PAD.encode(format!("me:{PASSWORD}")),
            &STANDARD_NO_PAD.encode(format!("me:{PASSWORD}")).to_ascii_lowercase(),
        ] {
            // The two that are not the whole secret.
            let whole = !matches!(form, r"Hunt3r/2&" | r"Hunt3r/2\&\x");
            let text = format!("you sent {form}, yes");
            let shown = secrets().redact(&text).into_owned();
            assert_eq!(
                shown == "you sent ***, yes" || shown == "you sent ***=, yes",
                whole,
                "{text}: {shown}"
            );
            assert_eq!(secrets().is_in(&text), whole, "{text}");
        }
        // Cut off at its end, as long texts are.
        assert_eq!(secrets().redact("you sent Hunt3r/2…"), "you sent ***…");
        assert_eq!(secrets().redact("you sent Hunt3r.. more"), "you sent ***.. more");
        assert_eq!(secrets().redact("you sent Hunt.. more"), "you sent Hunt.. more");
    }

    #[test]
    fn tokens_are_hidden_whole_and_by_their_beginning() {
        let secrets = Secrets::default();
        let token = format!("eyJ{}.{}", "ab1_-".repeat(40), "z".repeat(30));
        secrets.add(&token);
        assert_eq!(secrets.redact(&format!("<{token}>")), "<***>");
        assert_eq!(secrets.redact(&format!("<{}>", &token[..100])), "<***>");
        assert_eq!(format!("{secrets:?}"), "Secrets(***)");
    }

    #[test]
    fn short_secrets_garble_nothing_and_are_not_stored() {
        let secrets = Secrets::default();
        for short in ["a", "pass", "12345", ""] {
            secrets.add_login("x", short);
        }
        let text = "verdict: pass, 12345 bytes of a layer";
        assert!(matches!(secrets.redact(text), Cow::Borrowed(_)));
        assert_eq!(secrets.redact("x:pass x:12345"), "*** ***");
        assert!(secrets.is_in("Bearer realm=\"https://12345.example\"") && !secrets.is_in("b"));
        assert!(!Secrets::default().is_in("anything"));
    }

    #[test]
    fn text_that_can_be_read_in_many_ways_costs_little() {
        let secrets = Secrets::default();
        secrets.add(&format!("{}x", "\\".repeat(40)));
        secrets.add(&format!("{}x", "%25".repeat(13)));
        let text = format!("begin {}{} end", "\\".repeat(2_000), "%25".repeat(2_000));
        // If the step limit is reached, the rest is redacted.
        let shown = secrets.redact(&text).into_owned();
        assert!(shown.starts_with("begin ") && shown.ends_with("***"), "{shown}");
        assert!(secrets.is_in(&text));
        // Text that begins like a secret again and again is no such text.
        let secrets = Secrets::default();
        secrets.add(&format!("{}b", "a".repeat(15)));
        let text = "a".repeat(15_000);
        assert!(matches!(secrets.redact(&text), Cow::Borrowed(_)));
    }

    /// Each character as JSON and this program escape it.
    fn escaped(text: &str) -> [String; 4] {
        let units = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
        let odd = |c: char| !c.is_ascii_graphic() && c != ' ';
        [
            units(text),
            text.chars()
                .map(|c| if odd(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.into() })
                .collect(),
            text.chars().map(|c| if odd(c) { format!("&#x{:x};", u32::from(c)) } else { c.into() }).collect(),
            text.bytes().map(|byte| format!("%{byte:02X}")).collect(),
        ]
    }

    #[test]
    fn characters_that_are_escaped_hide_nothing() {
        for secret in [
            "abc\tTAIL99",
            "\u{200b}hunter",
            "hunt\u{7}\u{8}\u{c}\r\nTAIL",
            "p\u{e4}ssw\u{f6}rt\u{1d11e}TAIL",
            "\u{1d11e}abcdef",
            "q\"uo\\te\u{a0}d",
        ] {
            let secrets = Secrets::default();
            secrets.add(secret);
            let json = serde_json::to_string(secret).unwrap();
            let twice = serde_json::to_string(&json).unwrap();
            let ascii = in_quotes(secret);
            let forms = [secret, json.trim_matches('"'), ascii.trim_matches('"')];
            for form in forms.into_iter().chain(escaped(secret).iter().map(String::as_str)) {
                assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
                assert!(secrets.is_shown_in(form.as_bytes()), "{form}");
            }
            assert!(secrets.is_shown_in(twice.as_bytes()), "{twice}");
            let document = format!("{{\"a\":{ascii}}}");
            assert_eq!(secrets.redact_json(&document), r#"{"a":"***"}"#);
            // Escaped by this program before it came into a document.
            let document = serde_json::json!({ "a": escaped(secret)[1] }).to_string();
            assert_eq!(secrets.redact_json(&document), r#"{"a":"***"}"#);
        }
        // As SARIF and quotes write it.
        let secrets = Secrets::default();
        secrets.add("a{b}\tc`defgh");
        for form in [r"a{{b}}\u{{9}}c'defgh", r"a{b}\u{9}c\u{60}defgh"] {
            assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(secrets.redact("`a{b}\tc`.. is"), "`***.. is");
        // What only looks like it.
        let secrets = Secrets::default();
        secrets.add("hunter\n2");
        for text in [
            r"hunter\x2",
            r"hunter\u{b}2",
            r"hunter\ud8342",
            r"hunter\u{110000}2",
            r"hunter\u",
            "hunter&#x;2",
        ] {
            assert!(matches!(secrets.redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn long_secrets_are_hidden_to_their_end() {
        let phrase = format!("correct horse {}!{{\"TAIL\"}} end", "battery staple ".repeat(9));
        let secrets = Secrets::default();
        secrets.add_login("me", &phrase);
        assert_eq!(secrets.redact(&format!("you sent {phrase}.")), "you sent ***.");
        assert_eq!(secrets.redact(&format!("you sent me:{phrase}, {phrase}.")), "you sent ***, ***.");
        for form in escaped(&phrase) {
            assert_eq!(secrets.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(secrets.redact(&format!("<{}…", &phrase[..99])), "<***…");
        assert_eq!(secrets.redact(&format!("<{}>", &phrase[..99])), "<***>");
        // Many that begin alike cost no more than the text is worth.
        let secrets = Secrets::default();
        let same: String = (1000..1300).map(|number| format!("{number}.")).collect();
        for number in 0..500 {
            secrets.add(&format!("eyJh{same}{number:03}"));
        }
        let text = format!("<eyJh{same}499> and more");
        assert_eq!(secrets.redact(&text), "<***> and more");
    }

    #[test]
    fn each_line_of_a_key_is_a_secret() {
        let secrets = Secrets::default();
        let (first, second) = ("MIIEvQIBADANBgkqhkiG9w0BAQEF", "AASCBKcwggSjAgEAAoIBAQC7VJTU");
        secrets.add(&format!(
            "-----BEGIN PRIVATE KEY-----\n{first}\r\n{second}\nAb12\n-----END PRIVATE KEY-----\n"
        ));
        assert_eq!(secrets.redact(&format!("no {second} {first}; Ab12")), "no *** ***; Ab12");
        assert_eq!(secrets.redact("no -----BEGIN PRIVATE KEY-----"), "no -----BEGIN PRIVATE KEY-----");
        let secrets = Secrets::default();
        secrets.add(&format!(r#"{{ "private_key": "-----BEGIN PRIVATE KEY-----\n{first}\n{second}\n" }}"#));
        assert_eq!(secrets.redact(&format!("no {second} {first}")), "no *** ***");
    }

    #[test]
    fn secrets_that_overlap_are_hidden_together() {
        let secrets = Secrets::default();
        secrets.add("abcdefgh");
        secrets.add("efghijkl");
        assert_eq!(secrets.redact("<abcdefghijkl>"), "<***>");
        assert_eq!(secrets.redact_with("<xabcdefghijklm> a", &["xa", "lm", ""]), "<***> a");
    }

    proptest::proptest! {
        #[test]
        fn no_secret_survives_and_any_text_is_text(before in "\\PC{0,30}", secret in "[!-~]{6,60}", after in "\\PC{0,30}") {
            let secrets = Secrets::default();
            secrets.add(&secret);
            let text = format!("{before}{secret}{after}");
            let shown = secrets.redact(&text).into_owned();
            let hex = secret.bytes().all(|byte| byte.is_ascii_hexdigit());
            proptest::prop_assert!(hex || !shown.to_ascii_lowercase().contains(&secret.to_ascii_lowercase()), "{}", shown);
        }
    }
}
