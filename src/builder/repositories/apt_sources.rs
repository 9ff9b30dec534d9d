//! The mirrors of Debian that this machine's apt uses.
//!
//! Both formats of sources are read (sources.list(5)): one line each, and stanzas. What cannot be read is passed over:
//! apt reports it. Only addresses are taken from here; which keys sign a suite is never configured by the machine.

use crate::registry::urls::Url;

/// One source of apt: an address and its suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AptSource {
    /// The address.
    pub(super) url: Url,
    /// The suites.
    pub(super) suites: Vec<String>,
}

/// The sources in a file of one-line entries (`sources.list`).
pub(super) fn of_lines(text: &str) -> Vec<AptSource> {
    text.lines().filter_map(of_line).collect()
}

fn of_line(line: &str) -> Option<AptSource> {
    let line = line.split('#').next().unwrap_or_default().trim();
    let rest = line.strip_prefix("deb").filter(|rest| rest.starts_with([' ', '\t', '[']))?.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(options) => options.split_once(']')?.1,
        None => rest,
    };
    let mut words = rest.split_whitespace();
    let url = web_url(words.next()?)?;
    let suite = words.next()?.to_owned();
    Some(AptSource { url, suites: vec![suite] })
}

/// The sources in a file of stanzas (`*.sources`).
pub(super) fn of_stanzas(text: &str) -> Vec<AptSource> {
    let mut sources = Vec::new();
    let text = text.replace("\r\n", "\n");
    for stanza in text.split("\n\n") {
        let fields = fields(stanza);
        let words = |name: &str| {
            let field = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
            field.map(|(_, value)| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        };
        let is_off = words("Enabled").is_some_and(|value| value.first().is_some_and(|first| first == "no"));
        let is_binary = words("Types").is_some_and(|types| types.iter().any(|kind| kind == "deb"));
        if is_off || !is_binary {
            continue;
        }
        let suites = words("Suites").unwrap_or_default();
        let urls = words("URIs").unwrap_or_default();
        sources.extend(
            urls.iter().filter_map(|url| web_url(url)).map(|url| AptSource { url, suites: suites.clone() }),
        );
    }
    sources
}

/// The fields of a stanza. Comments stand between its lines too.
fn fields(stanza: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in stanza.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

/// An address that this program can fetch from.
fn web_url(text: &str) -> Option<Url> {
    text.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(url: &str, suites: &[&str]) -> AptSource {
        AptSource {
            url: url.parse().unwrap(),
            suites: suites.iter().map(|suite| (*suite).to_owned()).collect(),
        }
    }

    #[test]
    fn one_line_entries_are_read() {
        let text = "# deb http://off.example/debian trixie main\n\
            deb http://deb.example/debian trixie main contrib # note\n\
            deb-src http://deb.example/debian trixie main\n\
            deb [arch=amd64 signed-by=/k.gpg] https://sec.example/s trixie-security main\n\
            deb file:/mirror trixie main\n\
            debian\n";
        assert_eq!(
            of_lines(text),
            [
                source("http://deb.example/debian", &["trixie"]),
                source("https://sec.example/s", &["trixie-security"]),
            ]
        );
    }

    #[test]
    fn stanzas_are_read() {
        let text = "Types: deb deb-src\n# a comment\nURIs: http://deb.example/debian\n http://two.example/debian\n\
            Suites: trixie trixie-updates\nComponents: main\n\n\
            Types: deb\r\nURIs: http://off.example\r\nSuites: x\r\nEnabled: no\r\n\n\
            Types: deb-src\nURIs: http://src.example\nSuites: x\n";
        assert_eq!(
            of_stanzas(text),
            [
                source("http://deb.example/debian", &["trixie", "trixie-updates"]),
                source("http://two.example/debian", &["trixie", "trixie-updates"]),
            ]
        );
    }
}
