//! Addresses in documents.

/// An address that the schemas accept as one.
pub(super) fn address(text: &str) -> Option<String> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && !br#"<>"{}|\^`"#.contains(&byte));
    let rest = ["http://", "https://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    (is_plain && rest.is_some_and(|rest| !rest.is_empty())).then(|| text.to_owned())
}

/// What an address ends with.
pub(super) fn last_part(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}
