//! What a host says in words: its message is found in whatever form it is sent, and is fit to be shown only without
//! secrets, in one bounded line.

use crate::registry::limits::HOST_MESSAGE;
use crate::registry::{Secret, Secrets};

/// Text of a foreign answer, fit to be shown: one line, bounded, without control characters and without any secret of
/// the run, nor one of `own`, what was sent with the request, however short.
pub(in crate::registry) fn displayable(text: &str, secrets: &Secrets, own: &[Secret]) -> String {
    let own: Vec<&str> = own.iter().map(Secret::expose).collect();
    let text = secrets.redact_with(text, &own);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let line: String = words.join(" ");
    if line.chars().count() > HOST_MESSAGE {
        line.chars().take(HOST_MESSAGE).chain(['…']).collect()
    } else {
        line
    }
}

/// The message of an error answer: of a registry, of a token server, or its text.
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
            // So that a secret which goes on there is seen as one that is cut off.
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
    fn messages_of_registries_and_token_servers_are_found() {
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
    fn secrets_are_cut_out_of_foreign_text() {
        let secret = Secret::new("hunter2");
        let secrets = Secrets::default();
        assert_eq!(displayable("you sent hunter2\n\u{1b}[31m", &secrets, &[secret]), "you sent *** [31m");
        assert_eq!(displayable(&"é".repeat(999), &secrets, &[]).chars().count(), 201);
        // Its own secrets do not hide the beginning of another one, nor the other way round.
        let (other, own) = (Secrets::default(), ["hunter2 tail", "a", ""].map(Secret::new));
        other.add("hunter2");
        other.add("banana!");
        assert_eq!(displayable("hunter2 tail, banana! x", &other, &own), "***, *** x");
        // What is cut off is looked at before.
        secrets.add("hunter2");
        let long = format!("{}HUNTER2", "x ".repeat(97));
        assert!(displayable(&long, &secrets, &[]).ends_with("x ***"), "{long}");
    }
}
