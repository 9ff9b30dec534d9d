//! Writes HTML and SVG. Invariant: text from outside is never markup.
//!
//! Every text and every attribute value passes through [`escape`]. Names of elements and attributes are closed enums
//! without event handlers, styles and sources. An address is only that of a part of the page, or one that
//! [`Link`] made. Text that is not escaped is a constant of this program.

use std::fmt::{self, Write as _};
use std::ops::Range;

use jiff::Timestamp;

use super::link::Link;
use super::page::Page;
use super::shown::{NAME, SENTENCE, cut, escape};

/// HTML under construction. Elements are always closed.
pub(super) struct Html {
    page: Page,
    out: String,
    slots: Vec<usize>,
}

/// The elements of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    A,
    Body,
    Caption,
    Code,
    Dd,
    Details,
    Div,
    Dl,
    Dt,
    Figcaption,
    Figure,
    Footer,
    H1,
    H2,
    H3,
    H4,
    Head,
    Header,
    Html,
    Li,
    Main,
    Meta,
    Nav,
    Ol,
    P,
    Rect,
    Section,
    Span,
    Strong,
    Summary,
    Svg,
    Table,
    Tbody,
    Td,
    Th,
    Thead,
    Time,
    Title,
    Tr,
    Ul,
}

/// An attribute with its value.
#[derive(Clone, Copy)]
pub(super) enum Attribute<'a> {
    /// A constant.
    Fixed(FixedName, &'static str),
    /// `id`.
    Id(Anchor),
    /// `href`, to a part of the page.
    To(Anchor),
    /// `href`, to another page, which learns nothing of this one.
    Link(&'a Link),
    /// `aria-label`.
    Label(&'a str),
    /// `aria-labelledby`.
    LabelledBy(Anchor),
    /// `content` of a `meta` element.
    Content(&'a str),
    /// `datetime`.
    Datetime(Timestamp),
    /// A length of a picture.
    Length(LengthName, usize),
    /// `viewBox` of a picture with this width and height.
    ViewBox(usize, usize),
}

/// The attributes that have constant values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FixedName {
    Charset,
    Class,
    DataFix,
    DataGate,
    DataList,
    DataOrigin,
    DataSeverity,
    DataStatus,
    DataVerdict,
    HttpEquiv,
    Lang,
    Name,
    PreserveAspectRatio,
    Role,
    Scope,
    Tabindex,
}

/// The lengths of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthName {
    Height,
    Width,
    X,
    Y,
}

/// A part of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor(&'static str, Option<usize>);

impl Anchor {
    /// A part that occurs once.
    pub(super) const fn of(name: &'static str) -> Self {
        Self(name, None)
    }

    /// One of several such parts.
    pub(super) const fn nth(name: &'static str, number: usize) -> Self {
        Self(name, Some(number))
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Some(number) => write!(f, "{}-{number}", self.0),
            None => f.write_str(self.0),
        }
    }
}

/// `class`.
pub(super) const fn class(name: &'static str) -> Attribute<'static> {
    Attribute::Fixed(FixedName::Class, name)
}

impl Html {
    /// Nothing yet.
    pub(super) fn new(page: &Page) -> Self {
        Self { page: page.clone(), out: String::new(), slots: Vec::new() }
    }

    /// An element with what `inner` writes in it.
    pub(super) fn element(&mut self, tag: Tag, attributes: &[Attribute<'_>], inner: impl FnOnce(&mut Self)) {
        let name = tag.as_str();
        self.start(name, attributes);
        inner(self);
        let _ = write!(self.out, "</{name}>");
    }

    /// An element that has no content.
    pub(super) fn meta(&mut self, attributes: &[Attribute<'_>]) {
        self.start(Tag::Meta.as_str(), attributes);
        // So that a page is also well-formed XML.
        let _ = self.out.pop();
        self.out.push_str("/>");
    }

    /// A sentence. What is between backticks is code.
    pub(super) fn sentence(&mut self, text: &str) {
        let text = self.page.redacted(text, SENTENCE);
        let part = cut(&text, SENTENCE);
        let mut rest = part.shown;
        while let Some((before, code, after)) = literal(rest) {
            escape(before, &mut self.out);
            self.element(Tag::Code, &[], |html| escape(code, &mut html.out));
            rest = after;
        }
        escape(rest, &mut self.out);
        self.cut_mark(part.all);
    }

    /// A name: an id, a package, a reference.
    pub(super) fn name(&mut self, text: &str) {
        let text = self.page.redacted(text, NAME);
        let part = cut(&text, NAME);
        escape(part.shown, &mut self.out);
        self.cut_mark(part.all);
    }

    /// A name as code.
    pub(super) fn code(&mut self, text: &str) {
        self.element(Tag::Code, &[], |html| html.name(text));
    }

    /// An element with a sentence.
    pub(super) fn says(&mut self, tag: Tag, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |html| html.sentence(text));
    }

    /// An element whose text is not markup, such as a style: `text` is a constant of this program.
    pub(super) fn verbatim(&mut self, tag: VerbatimTag, text: &'static str) {
        let name = tag.as_str();
        let _ = write!(self.out, "<{name}>{text}</{name}>");
    }

    /// The first line of a page.
    pub(super) fn doctype(&mut self) {
        self.out.push_str("<!DOCTYPE html>\n");
    }

    /// A line break in the source, so that a page can be compared line by line.
    pub(super) fn line(&mut self) {
        self.out.push('\n');
    }

    /// Marks the place at which a list is inserted.
    pub(super) fn slot(&mut self) {
        self.slots.push(self.out.len());
    }

    /// The text.
    pub(super) fn into_text(self) -> String {
        self.out
    }

    /// The text before, between and after the two places of lists.
    pub(super) fn into_parts(self) -> [String; 3] {
        let at = |number: usize| self.slots.get(number).copied().unwrap_or(self.out.len());
        let part = |range: Range<usize>| self.out.get(range).unwrap_or_default().to_owned();
        [part(0..at(0)), part(at(0)..at(1)), part(at(1)..self.out.len())]
    }

    fn start(&mut self, name: &str, attributes: &[Attribute<'_>]) {
        let _ = write!(self.out, "<{name}");
        for attribute in attributes {
            self.attribute(attribute);
        }
        self.out.push('>');
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        let _ = match attribute {
            Attribute::Fixed(name, value) => write!(self.out, " {}=\"{value}\"", name.as_str()),
            Attribute::Id(anchor) => write!(self.out, " id=\"{anchor}\""),
            Attribute::To(anchor) => write!(self.out, " href=\"#{anchor}\""),
            Attribute::LabelledBy(anchor) => write!(self.out, " aria-labelledby=\"{anchor}\""),
            Attribute::Datetime(time) => write!(self.out, " datetime=\"{time}\""),
            Attribute::Length(name, length) => write!(self.out, " {}=\"{length}\"", name.as_str()),
            Attribute::ViewBox(width, height) => write!(self.out, " viewBox=\"0 0 {width} {height}\""),
            Attribute::Link(link) => {
                self.value("href", link.as_str());
                write!(self.out, " rel=\"noopener noreferrer nofollow\"")
            }
            Attribute::Label(text) => {
                // The text itself is not repeated in an attribute.
                let text = self.page.redacted(text, NAME);
                self.value("aria-label", cut(&text, NAME).shown);
                Ok(())
            }
            Attribute::Content(text) => {
                self.value("content", text);
                Ok(())
            }
        };
    }

    fn value(&mut self, name: &str, value: &str) {
        let _ = write!(self.out, " {name}=\"");
        escape(value, &mut self.out);
        self.out.push('"');
    }

    /// That a text is cut, with the number of its characters.
    fn cut_mark(&mut self, all: Option<usize>) {
        if let Some(all) = all {
            self.element(Tag::Span, &[class("cut")], |html| {
                let _ = write!(html.out, "… cut, {all} characters in all");
            });
        }
    }
}

/// The text before the first literal in backticks, the literal, and the text after it. An empty literal is none.
fn literal(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty()).then_some((before, code, after))
}

/// The elements whose text is not markup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VerbatimTag {
    Style,
    Script,
}

impl VerbatimTag {
    fn as_str(self) -> &'static str {
        match self {
            Self::Style => "style",
            Self::Script => "script",
        }
    }
}

impl Tag {
    fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::Body => "body",
            Self::Caption => "caption",
            Self::Code => "code",
            Self::Dd => "dd",
            Self::Details => "details",
            Self::Div => "div",
            Self::Dl => "dl",
            Self::Dt => "dt",
            Self::Figcaption => "figcaption",
            Self::Figure => "figure",
            Self::Footer => "footer",
            Self::H1 => "h1",
            Self::H2 => "h2",
            Self::H3 => "h3",
            Self::H4 => "h4",
            Self::Head => "head",
            Self::Header => "header",
            Self::Html => "html",
            Self::Li => "li",
            Self::Main => "main",
            Self::Meta => "meta",
            Self::Nav => "nav",
            Self::Ol => "ol",
            Self::P => "p",
            Self::Rect => "rect",
            Self::Section => "section",
            Self::Span => "span",
            Self::Strong => "strong",
            Self::Summary => "summary",
            Self::Svg => "svg",
            Self::Table => "table",
            Self::Tbody => "tbody",
            Self::Td => "td",
            Self::Th => "th",
            Self::Thead => "thead",
            Self::Time => "time",
            Self::Title => "title",
            Self::Tr => "tr",
            Self::Ul => "ul",
        }
    }
}

impl FixedName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Charset => "charset",
            Self::Class => "class",
            Self::DataFix => "data-fix",
            Self::DataGate => "data-gate",
            Self::DataList => "data-list",
            Self::DataOrigin => "data-origin",
            Self::DataSeverity => "data-severity",
            Self::DataStatus => "data-status",
            Self::DataVerdict => "data-verdict",
            Self::HttpEquiv => "http-equiv",
            Self::Lang => "lang",
            Self::Name => "name",
            Self::PreserveAspectRatio => "preserveAspectRatio",
            Self::Role => "role",
            Self::Scope => "scope",
            Self::Tabindex => "tabindex",
        }
    }
}

impl LengthName {
    fn as_str(self) -> &'static str {
        match self {
            Self::Height => "height",
            Self::Width => "width",
            Self::X => "x",
            Self::Y => "y",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_removed_before_a_text_is_cut() {
        let secret = "hunter2-hunter2";
        let page = Page::new(Timestamp::UNIX_EPOCH, move |text| text.replace(secret, "***"));
        for most in [NAME, SENTENCE] {
            let text = format!("{}{secret}{}", "a".repeat(most - 8), "b".repeat(20));
            let mut html = Html::new(&page);
            if most == NAME {
                html.name(&text)
            } else {
                html.sentence(&text)
            }
            html.meta(&[Attribute::Label(&text)]);
            assert!(!html.out.contains("hunter2"), "{}", html.out);
            assert!(html.out.contains("a***b"), "{}", html.out);
        }
    }

    fn html(write: impl FnOnce(&mut Html)) -> String {
        let mut html = Html::new(&Timestamp::UNIX_EPOCH.into());
        write(&mut html);
        html.into_text()
    }

    #[test]
    fn text_and_values_stay_text() {
        let evil = "\"><script>alert(1)</script>\u{202e}";
        let shown = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}";
        for write in [Html::name, Html::sentence] {
            assert_eq!(html(|html| write(html, evil)), shown);
        }
        let labelled = html(|html| html.element(Tag::Svg, &[Attribute::Label(evil)], |html| html.name(evil)));
        assert_eq!(labelled, format!("<svg aria-label=\"{shown}\">{shown}</svg>"));
    }

    #[test]
    fn long_text_is_cut_and_in_no_attribute() {
        let long = "x".repeat(1 << 20);
        let name = html(|html| html.element(Tag::Code, &[Attribute::Label(&long)], |html| html.name(&long)));
        assert!(name.len() < 3 * NAME && name.contains("… cut, 1048576 characters in all"), "{name}");
        let sentence = html(|html| html.sentence(&long));
        assert!(sentence.len() < SENTENCE + 200 && sentence.contains("1048576"));
    }

    #[test]
    fn literals_of_a_sentence_are_code() {
        for (text, expected) in [
            ("add `--key FILE` or `x`", "add <code>--key FILE</code> or <code>x</code>"),
            ("an open ` one", "an open ` one"),
            ("`` none", "`` none"),
            ("`<b>`", "<code>&lt;b&gt;</code>"),
        ] {
            assert_eq!(html(|html| html.sentence(text)), expected);
        }
    }

    #[test]
    fn lists_are_inserted_at_their_places() {
        let mut document = Html::new(&Timestamp::UNIX_EPOCH.into());
        document.element(Tag::Main, &[], |html| {
            html.element(Tag::Ul, &[], Html::slot);
            html.element(Tag::Ol, &[], Html::slot);
        });
        assert_eq!(document.into_parts(), ["<main><ul>", "</ul><ol>", "</ol></main>"]);
    }
}
