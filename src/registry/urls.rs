//! URLs that a user gives: whether they hold a login, and how they are displayed.
//!
//! A login in a URL gets into shell histories, process lists and messages, so callers refuse it. A query may hold a
//! token: it is sent, but not displayed.

use std::fmt;

pub(crate) use reqwest::Url;

/// Displays a URL without login, query and fragment.
pub(crate) struct DisplayUrl<'a>(pub(crate) &'a Url);

impl fmt::Display for DisplayUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = self.0.clone();
        url.set_query(None);
        url.set_fragment(None);
        let _ = url.set_password(None);
        let _ = url.set_username("");
        f.write_str(url.as_str())
    }
}

/// Whether the URL has a user name or password, also as lenient URL parsers read it.
pub(crate) fn has_login(text: &str) -> bool {
    match text.parse::<Url>() {
        Ok(url) => !url.username().is_empty() || url.password().is_some() || authority(text).contains('@'),
        Err(_) => authority(text).contains('@'),
    }
}

/// The URL without login, query and fragment. They are also removed from text that does not parse as a URL.
pub(crate) fn display_url(text: &str) -> String {
    if let Ok(url) = text.parse::<Url>()
        && url.has_host()
    {
        let displayed = DisplayUrl(&url).to_string();
        // If nothing was removed, keep the user's spelling.
        let is_unchanged = text.eq_ignore_ascii_case(displayed.trim_end_matches('/'));
        return if is_unchanged { text.to_owned() } else { displayed };
    }
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let login = authority(text);
    match login.rfind('@') {
        Some(end) => text.replacen(login.get(..end).unwrap_or_default(), "***", 1),
        None => text.to_owned(),
    }
}

/// Whether the text is a URL by its scheme, and not a file name.
pub(crate) fn is_url(text: &str) -> bool {
    let scheme = text.split(':').next().unwrap_or_default();
    ["http", "https"].iter().any(|http| scheme.eq_ignore_ascii_case(http)) && text.contains(':')
        || text.split_once("://").is_some_and(|(scheme, _)| {
            scheme.len() > 1
                && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        })
}

/// The authority part: login, host and port.
fn authority(text: &str) -> &str {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest).trim_start_matches(['/', '\\']);
    rest.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_urls_are_detected_and_not_displayed() {
        for text in [
            "https://me:hunter2@host/key.pem?tok=hunter3#x",
            "https://hunter2@host",
            "https://:hunter2@host",
            "HTTPS://me:hunter2@host/",
            "https:me:hunter2@host",
            "https:\\\\me:hunter2@host",
            "https:///me:hunter2@host",
            "http://me:hunter2@host:99999/",
            "https://me:hunter2@[bad",
            "https://hun@ter2:hunter2@host",
            "ftp://me:hunter2@host/x?hunter3",
        ] {
            assert!(has_login(text) && is_url(text), "{text}");
            let shown = display_url(text);
            assert!(!shown.contains("hunter") && !shown.contains("ter2"), "{text}: {shown}");
        }
    }

    #[test]
    fn urls_are_displayed_without_their_query() {
        for (text, shown_as) in [
            ("https://host/key.pem?tok=hunter2", "https://host/key.pem"),
            ("https://host/a@b/key.pem#x", "https://host/a@b/key.pem"),
            ("https://host", "https://host"),
            ("https://Host/x", "https://Host/x"),
            ("https://[bad?tok=hunter2", "https://[bad"),
        ] {
            assert!(!has_login(text), "{text}");
            assert_eq!(display_url(text), shown_as);
        }
        for file in ["key.pem", "./https", "C:\\key.pem", "a@b.pem", "env://KEY/x/../y://", "dir/x://y"] {
            assert_eq!(is_url(file), file.starts_with("env"), "{file}");
        }
    }
}
