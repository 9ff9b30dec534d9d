//! The page around every result: policy, styles, the verdict in words, contents, script.
//!
//! A page loads nothing: its content security policy allows its own style and script by their hashes, and nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::facts::Facts;
use super::writer::{Anchor, Attribute, FixedName, Html, Tag, VerbatimTag, class};
use crate::evidence::ConclusionKind;
use crate::oci::Digest;

/// The styles of all pages.
pub(super) const STYLE: &str = include_str!("style.css");
/// The script of all pages: search and filters. Without it a page shows everything.
pub(super) const SCRIPT: &str = include_str!("script.js");

/// Where the results begin.
const MAIN: Anchor = Anchor::of("results");

/// What a page is about.
pub(super) struct Document<'a> {
    /// The conclusion.
    pub(super) kind: ConclusionKind,
    /// The verdict in words.
    pub(super) headline: &'a str,
    /// What the title names: an image, a report. Empty: only the verdict.
    pub(super) subject: &'a str,
    /// What was judged: names and values.
    pub(super) about: Facts,
    /// When the page is made. A page does not ask the clock.
    pub(super) time: Timestamp,
    /// The sections, with the number of entries of each.
    pub(super) contents: &'a [(Anchor, &'static str, Option<usize>)],
}

impl Document<'_> {
    /// Writes the page with what `main` writes in it.
    pub(super) fn write(&self, html: &mut Html, main: impl FnOnce(&mut Html)) {
        html.doctype();
        html.element(Tag::Html, &[Attribute::Fixed(FixedName::Lang, "en")], |html| {
            html.element(Tag::Head, &[], |html| self.head(html));
            html.line();
            html.element(Tag::Body, &[], |html| {
                html.says(Tag::A, &[class("skip"), Attribute::To(MAIN)], "Skip to the results");
                html.line();
                html.element(Tag::Header, &[], |html| self.header(html));
                html.line();
                let attributes = [Attribute::Id(MAIN), Attribute::Fixed(FixedName::Tabindex, "-1")];
                html.element(Tag::Main, &attributes, main);
                html.line();
                html.element(Tag::Footer, &[], |html| self.footer(html));
                html.verbatim(VerbatimTag::Script, SCRIPT);
            });
        });
        html.line();
    }

    fn head(&self, html: &mut Html) {
        let named = |name, content| [Attribute::Fixed(FixedName::Name, name), Attribute::Content(content)];
        html.meta(&[Attribute::Fixed(FixedName::Charset, "utf-8")]);
        html.meta(&[
            Attribute::Fixed(FixedName::HttpEquiv, "Content-Security-Policy"),
            Attribute::Content(&content_security_policy()),
        ]);
        html.meta(&named("viewport", "width=device-width, initial-scale=1"));
        html.meta(&named("referrer", "no-referrer"));
        html.meta(&named("color-scheme", "light dark"));
        html.meta(&named("generator", concat!("dhi ", env!("CARGO_PKG_VERSION"))));
        html.element(Tag::Title, &[], |html| {
            html.name(self.kind.as_str());
            html.name(": ");
            if !self.subject.is_empty() {
                html.name(self.subject);
                html.name(": ");
            }
            html.name(self.headline);
        });
        html.verbatim(VerbatimTag::Style, STYLE);
    }

    fn header(&self, html: &mut Html) {
        html.element(Tag::H1, &[], |html| {
            verdict(html, self.kind);
            html.says(Tag::Span, &[class("headline")], self.headline);
        });
        let mut about = self.about.clone();
        about.say("made at", in_words(self.time));
        about.write(html);
        let contents: Vec<_> = self.contents.iter().filter(|(_, _, count)| *count != Some(0)).collect();
        if contents.len() > 1 {
            let attributes = [Attribute::Label("Contents")];
            html.element(Tag::Nav, &attributes, |html| {
                html.element(Tag::Ul, &[], |html| {
                    for (anchor, name, count) in contents {
                        html.element(Tag::Li, &[], |html| {
                            html.says(Tag::A, &[Attribute::To(*anchor)], name);
                            if let Some(count) = count {
                                html.says(Tag::Span, &[class("count")], &count.to_string());
                            }
                        });
                    }
                });
            });
        }
    }

    fn footer(&self, html: &mut Html) {
        html.element(Tag::P, &[], |html| {
            html.sentence(concat!("Made by dhi ", env!("CARGO_PKG_VERSION"), " at "));
            time(html, self.time);
            html.sentence(". The page loads nothing from elsewhere.");
        });
    }
}

/// A verdict as a word in its colour.
pub(super) fn verdict(html: &mut Html, kind: ConclusionKind) {
    let name = match kind {
        ConclusionKind::Pass => "verdict pass",
        ConclusionKind::Fail => "verdict fail",
        ConclusionKind::Unknown | ConclusionKind::NotJudged => "verdict open",
    };
    html.says(Tag::Span, &[class(name)], kind.as_str());
    html.sentence(" ");
}

fn in_words(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time.
fn time(html: &mut Html, time: Timestamp) {
    html.says(Tag::Time, &[Attribute::Datetime(time)], &in_words(time));
}

/// A heading of a section with the number of its entries.
pub(super) fn heading(html: &mut Html, tag: Tag, id: Anchor, text: &str, count: Option<usize>) {
    html.element(tag, &[Attribute::Id(id)], |html| {
        html.sentence(text);
        if let Some(count) = count {
            html.sentence(" ");
            html.says(Tag::Span, &[class("count")], &count.to_string());
        }
    });
}

/// A section of the page under a heading.
pub(super) fn section(
    html: &mut Html,
    id: Anchor,
    title: &str,
    count: Option<usize>,
    inner: impl FnOnce(&mut Html),
) {
    html.line();
    html.element(Tag::Section, &[Attribute::LabelledBy(id)], |html| {
        heading(html, Tag::H2, id, title, count);
        inner(html);
    });
}

fn content_security_policy() -> String {
    let (style, script) = (hash(STYLE), hash(SCRIPT));
    format!(
        "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// The hash of a style or script, as a content security policy names it.
fn hash(text: &str) -> String {
    let digest = match Digest::of(text.as_bytes()) {
        Digest::Sha256(bytes) => STANDARD.encode(bytes),
        Digest::Sha512(bytes) => STANDARD.encode(bytes),
    };
    format!("sha256-{digest}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn style_and_script_load_nothing_and_end_nowhere() {
        for text in [STYLE, SCRIPT] {
            assert!(!text.contains("url(") && !text.contains("://"), "{text}");
            assert!(!text.contains(['<', '&', '\r']) && !text.contains("@import"));
        }
        for word in ["innerHTML", "eval", "fetch", "import", "XMLHttpRequest", "document.write", ".src"] {
            assert!(!SCRIPT.contains(word), "{word}");
        }
        let policy = content_security_policy();
        assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    }

    /// The colours of a theme by their names.
    fn colours(css: &str) -> BTreeMap<String, String> {
        let lines = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #"));
        lines.map(|(name, value)| (name.to_owned(), value.trim_end_matches(';').to_owned())).collect()
    }

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    }

    /// The contrast of two colours (WCAG 2.2, relative luminance).
    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_has_the_contrast_of_level_aa_in_both_themes() {
        let (light, dark) = STYLE.split_once("@media (prefers-color-scheme: dark)").unwrap();
        for theme in [light, dark].map(|theme| theme.split_once("\n}\n").map_or(theme, |(theme, _)| theme)) {
            let colours = colours(theme);
            let text = ["text", "muted", "link", "critical", "high", "medium", "low", "pass", "fail", "open"];
            for name in text {
                for background in ["page", "panel"] {
                    let contrast = contrast(&colours[name], &colours[background]);
                    assert!(contrast >= 4.5, "{name} on {background}: {contrast}");
                }
            }
            // Words on the colour of a verdict.
            for name in ["pass", "fail", "open"] {
                assert!(contrast(&colours["page"], &colours[name]) >= 4.5, "{name}");
            }
            // Pictures and the focus ring (level AA asks for 3).
            for name in ["bar", "focus", "control"] {
                assert!(contrast(&colours[name], &colours["page"]) >= 3.0, "{name}");
            }
        }
    }
}
