//! Messages in error responses: found in the JSON formats of registries and token servers, and made safe to display.

use crate::registry::limits::HOST_MESSAGE;
use crate::registry::{Secret, Secrets};

/// Makes untrusted text safe to display: one line of limited length, without control characters, without the secrets of
/// the run and without `sent`, the secrets of the request. The latter are removed even if they are short.
pub(in crate::registry) fn displayable(text: &str, secrets: &Secrets, sent: &[Secret]) -> String {
    let sent: Vec<&str> = sent.iter().map(Secret::expose).collect();
    let text = secrets.redact_with(text, &sent);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ");
    if line.chars().count() > HOST_MESSAGE {
        line.chars().take(HOST_MESSAGE).chain(['…']).collect()
    } else {
        line
    }
}

/// The message in the body of an error response: in the format of registries, of token servers, or plain text.
pub(super) fn error_message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct ErrorEntry {
        #[serde(default)]
        code: serde_json::Value,
        #[serde(default)]
        message: serde_json::Value,
    }
    #[derive(serde::Deserialize)]
    struct Wire {
        errors: Option<Vec<ErrorEntry>>,
        message: Option<String>,
        details: Option<String>,
        error_description: Option<String>,
        error: Option<String>,
    }
    let Ok(wire) = serde_json::from_slice::<Wire>(body) else {
        let start = body.get(..1024).unwrap_or(body);
        let text = String::from_utf8_lossy(start);
        return match text.trim_start().starts_with('<') {
            true => String::new(),
            false if start.len() == body.len() => text.into_owned(),
            // The sign lets the redaction recognise a secret that is cut off here.
            false => format!("{}…", text.trim_end_matches(char::REPLACEMENT_CHARACTER)),
        };
    };
    let listed = wire.errors.and_then(|errors| errors.into_iter().next()).map(|one| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        format!("{} {}", text(&one.code), text(&one.message))
    });
    listed.or(wire.details).or(wire.error_description).or(wire.message).or(wire.error).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_in_every_error_format() {
        for (body, text) in [
            (r#"{"errors":[{"code":"DENIED","message":"no"},{"code":"x"}]}"#, "DENIED no"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, "expired"),
            ("<html>", ""),
            ("plain", "plain"),
            ("{}", ""),
        ] {
            assert_eq!(error_message(body.as_bytes()), text);
        }
    }

    #[test]
    fn secrets_are_redacted_from_messages() {
        let secret = Secret::new("hunter2");
        let secrets = Secrets::default();
        assert_eq!(displayable("you sent hunter2\n\u{1b}[31m", &secrets, &[secret]), "you sent *** [31m");
        assert_eq!(displayable(&"é".repeat(999), &secrets, &[]).chars().count(), 201);
        // Secrets of the request and of the run that overlap are both redacted.
        let (other, sent) = (Secrets::default(), ["hunter2 tail", "a", ""].map(Secret::new));
        other.add("hunter2");
        other.add("banana!");
        assert_eq!(displayable("hunter2 tail, banana! x", &other, &sent), "***, *** x");
        // The text is redacted before it is shortened.
        secrets.add("hunter2");
        let long = format!("{}HUNTER2", "x ".repeat(97));
        assert!(displayable(&long, &secrets, &[]).ends_with("x ***"), "{long}");
    }
}
