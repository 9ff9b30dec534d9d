//! Licences as SPDX license expressions (SPDX 2.3, annex D).
//!
//! Invariant: an expression has only identifiers of the SPDX license list and `LicenseRef-…`, each with its entry among
//! the extracted licences. What a package says is kept: a name that is not on the list becomes a `LicenseRef`.

use std::collections::BTreeMap;

use super::identity::short_hash;
use super::limits::{LICENCE_DEPTH, LICENCE_NAME, LICENCE_TERMS};

/// The licence of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    /// The expression. `None`: nothing is known.
    pub expression: Option<String>,
    /// What the `LicenseRef`s of the expression mean, sorted by identifier.
    pub extracted: Vec<ExtractedLicence>,
}

/// A licence that is not on the SPDX license list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExtractedLicence {
    /// `LicenseRef-NAME-HASH`: equal names with equal texts have the same.
    pub id: String,
    /// The name, as the package writes it.
    pub name: String,
    /// The text. The name, if the package has no text.
    pub text: String,
}

/// A licence expression.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Expression {
    Name(String),
    And(Vec<Expression>),
    Or(Vec<Expression>),
}

/// Which operator is nearest around a part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    Open,
    Close,
    Comma,
    And,
    Or,
    Word(&'a str),
}

impl Licence {
    /// The licence that a package names: an SPDX expression, or the synopsis of a machine-readable `copyright` file. A
    /// text that is no expression is one name.
    pub fn parse(text: &str) -> Self {
        Self::of_parts(&[text], &BTreeMap::new())
    }

    /// All of `parts` together, with the texts of names that are not on the list.
    pub(super) fn of_parts(parts: &[&str], texts: &BTreeMap<&str, &str>) -> Self {
        let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
        let terms: usize = parts.iter().map(|part| part.split_ascii_whitespace().count()).sum();
        if parts.is_empty()
            || terms > LICENCE_TERMS
            || parts.iter().any(|part| part.len() > LICENCE_NAME || is_unknown(part))
        {
            return Self::default();
        }
        let parsed = parts.iter().map(|part| Parser::parse(part));
        let whole = Expression::join(parsed.collect(), Expression::And);
        let mut extracted = BTreeMap::new();
        let mut expression = String::new();
        whole.write(&mut expression, Around::Nothing, texts, &mut extracted);
        Self { expression: Some(expression), extracted: extracted.into_values().collect() }
    }

    /// The name of the only licence, if it is not on the list.
    pub(super) fn only_extracted(&self) -> Option<&ExtractedLicence> {
        self.extracted.first().filter(|only| self.expression.as_deref() == Some(only.id.as_str()))
    }
}

/// Whether a package says that it does not know.
fn is_unknown(text: &str) -> bool {
    matches!(text, "NOASSERTION" | "NONE")
}

impl Expression {
    /// Joins parts by one operator: parts with the same operator are merged, equal parts are one.
    fn join(parts: Vec<Self>, operator: fn(Vec<Self>) -> Self) -> Self {
        let mut joined: Vec<Self> = Vec::with_capacity(parts.len());
        let is_and = matches!(operator(Vec::new()), Self::And(_));
        for part in parts {
            let inner = match part {
                Self::And(inner) if is_and => inner,
                Self::Or(inner) if !is_and => inner,
                other => vec![other],
            };
            for part in inner {
                if !joined.contains(&part) {
                    joined.push(part);
                }
            }
        }
        match joined.len() {
            1 => joined.pop().unwrap_or(Self::And(Vec::new())),
            _ => operator(joined),
        }
    }

    fn write(
        &self,
        into: &mut String,
        around: Around,
        texts: &BTreeMap<&str, &str>,
        extracted: &mut BTreeMap<String, ExtractedLicence>,
    ) {
        let (parts, operator, own) = match self {
            Self::Name(name) => return into.push_str(&identifier(name, texts, extracted)),
            Self::And(parts) => (parts, " AND ", Around::And),
            Self::Or(parts) => (parts, " OR ", Around::Or),
        };
        let is_nested = around != Around::Nothing;
        if is_nested {
            into.push('(');
        }
        for (position, part) in parts.iter().enumerate() {
            if position > 0 {
                into.push_str(operator);
            }
            part.write(into, own, texts, extracted);
        }
        if is_nested {
            into.push(')');
        }
    }
}

/// The term of an expression for a name.
fn identifier(
    name: &str,
    texts: &BTreeMap<&str, &str>,
    extracted: &mut BTreeMap<String, ExtractedLicence>,
) -> String {
    if let Some(listed) = listed(name) {
        return listed;
    }
    let text = texts.get(name).copied().filter(|text| !text.is_empty()).unwrap_or(name);
    let stem = name.strip_prefix("LicenseRef-").unwrap_or(name);
    let mut plain: String =
        stem.chars().take(40).map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    plain.truncate(plain.trim_end_matches('-').len());
    let id = format!("LicenseRef-{plain}-{}", short_hash(&[name, text]));
    let licence = ExtractedLicence { id: id.clone(), name: name.to_owned(), text: text.to_owned() };
    extracted.insert(id.clone(), licence);
    id
}

/// The identifier on the SPDX license list for a name, with its exception.
fn listed(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split_ascii_whitespace().collect();
    match words.iter().position(|word| word.eq_ignore_ascii_case("with")) {
        None => licence_id(name),
        Some(at) => {
            let licence = licence_id(&words.get(..at)?.join(" "))?;
            let exception = exception_id(&words.get(at + 1..)?.join(" "), &licence)?;
            Some(format!("{licence} WITH {exception}"))
        }
    }
}

/// The identifier for a licence without an exception.
fn licence_id(name: &str) -> Option<String> {
    if let Some(gnu) = gnu_id(name) {
        return Some(gnu);
    }
    let (stem, plus) = name.strip_suffix('+').map_or((name, ""), |stem| (stem, "+"));
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(stem)).map(|(_, id)| *id);
    let id = alias.or_else(|| on_list(stem)).or_else(|| {
        // The machine-readable format drops a last `.0`.
        let is_version = stem.ends_with(|last: char| last.is_ascii_digit());
        if is_version { on_list(&format!("{stem}.0")) } else { None }
    })?;
    Some(format!("{id}{plus}"))
}

/// Names of the machine-readable format (DEP 5) that the list has under another name.
const ALIASES: [(&str, &str); 5] = [
    ("Expat", "MIT"),
    ("CC0", "CC0-1.0"),
    ("Zope-2.0", "ZPL-2.0"),
    ("Zope-2.1", "ZPL-2.1"),
    ("Artistic", "Artistic-1.0"),
];

/// The identifier, in the letters of the list. Case does not count (annex D.2).
fn on_list(name: &str) -> Option<&'static str> {
    if let Some(id) = spdx::license_id(name) {
        return Some(id.name);
    }
    spdx::identifiers::LICENSES.iter().find(|one| one.name.eq_ignore_ascii_case(name)).map(|one| one.name)
}

/// Licences of GNU: `GPL-2`, `GPL-2+`, `LGPL-2.1-only`, `GFDL-NIV-1.3+`. The list says `-only` or `-or-later`.
fn gnu_id(name: &str) -> Option<String> {
    let (stem, suffix) = [("+", "-or-later"), ("-or-later", "-or-later"), ("-only", "-only")]
        .into_iter()
        .find_map(|(end, suffix)| name.strip_suffix(end).map(|stem| (stem, suffix)))
        .unwrap_or((name, "-only"));
    let (family, version) = stem.rsplit_once('-')?;
    let (family, extra) = match family.to_ascii_uppercase().as_str() {
        "GPL" => ("GPL", ""),
        "LGPL" => ("LGPL", ""),
        "AGPL" => ("AGPL", ""),
        "GFDL" => ("GFDL", ""),
        "GFDL-NIV" => ("GFDL", "-no-invariants"),
        _ => return None,
    };
    let version = match version.contains('.') {
        true => version.to_owned(),
        false => format!("{version}.0"),
    };
    on_list(&format!("{family}-{version}{extra}{suffix}")).map(str::to_owned)
}

/// The identifier of an exception: itself, or a name of the machine-readable format (`Autoconf exception`).
fn exception_id(name: &str, licence: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase().replace(' ', "-");
    let stem = lower.strip_suffix("-exception").unwrap_or(&lower);
    for candidate in [&lower, stem, &format!("{stem}-exception")] {
        let mut listed = spdx::identifiers::EXCEPTIONS.iter();
        if let Some(listed) = listed.find(|listed| listed.name.eq_ignore_ascii_case(candidate)) {
            return Some(listed.name);
        }
    }
    let is_gpl_3 = licence.starts_with("GPL-3.0");
    let id = match (stem, is_gpl_3) {
        ("autoconf", true) => "Autoconf-exception-3.0",
        ("autoconf", false) => "Autoconf-exception-2.0",
        ("bison", _) => "Bison-exception-2.2",
        ("classpath", _) => "Classpath-exception-2.0",
        ("font", _) => "Font-exception-2.0",
        ("gcc" | "gcc-runtime-library", true) => "GCC-exception-3.1",
        _ => return None,
    };
    spdx::exception_id(id).map(|id| id.name)
}

/// Reads expressions of SPDX, and those of the machine-readable format: there a comma before an operator makes it weaker
/// than all others.
struct Parser<'a> {
    tokens: &'a [Token<'a>],
    depth: usize,
}

impl<'a> Parser<'a> {
    /// The expression. A text outside the grammar is one name.
    fn parse(text: &'a str) -> Expression {
        let name = || Expression::Name(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "));
        let tokens = tokens(text);
        let mut parser = Parser { tokens: &tokens, depth: 0 };
        match parser.list() {
            Some(expression) if parser.tokens.is_empty() => expression,
            _ => name(),
        }
    }

    fn next_is(&mut self, token: &Token<'_>) -> bool {
        match self.tokens.split_first() {
            Some((first, rest)) if first == token => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn list(&mut self) -> Option<Expression> {
        let mut whole = self.any_of()?;
        while self.next_is(&Token::Comma) {
            let operator = if self.next_is(&Token::And) {
                Expression::And
            } else if self.next_is(&Token::Or) {
                Expression::Or
            } else {
                return None;
            };
            let next = self.any_of()?;
            whole = Expression::join(vec![whole, next], operator);
        }
        Some(whole)
    }

    fn any_of(&mut self) -> Option<Expression> {
        let mut parts = vec![self.all_of()?];
        while self.next_is(&Token::Or) {
            parts.push(self.all_of()?);
        }
        Some(Expression::join(parts, Expression::Or))
    }

    fn all_of(&mut self) -> Option<Expression> {
        let mut parts = vec![self.term()?];
        while self.next_is(&Token::And) {
            parts.push(self.term()?);
        }
        Some(Expression::join(parts, Expression::And))
    }

    fn term(&mut self) -> Option<Expression> {
        if self.next_is(&Token::Open) {
            self.depth += 1;
            if self.depth > LICENCE_DEPTH {
                return None;
            }
            let inner = self.list()?;
            self.depth -= 1;
            return self.next_is(&Token::Close).then_some(inner);
        }
        let mut words = Vec::new();
        while let Some((Token::Word(word), rest)) = self.tokens.split_first() {
            words.push(*word);
            self.tokens = rest;
        }
        (!words.is_empty()).then(|| Expression::Name(words.join(" ")))
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    for word in text.split_ascii_whitespace() {
        let mut rest = word;
        while !rest.is_empty() {
            let end = rest.find(['(', ')', ',']).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            match plain.to_ascii_lowercase().as_str() {
                "" => {}
                "and" => tokens.push(Token::And),
                "or" => tokens.push(Token::Or),
                _ => tokens.push(Token::Word(plain)),
            }
            let mut marks = after.chars();
            tokens.extend(match marks.next() {
                Some('(') => Some(Token::Open),
                Some(')') => Some(Token::Close),
                Some(',') => Some(Token::Comma),
                _ => None,
            });
            rest = marks.as_str();
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expression(text: &str) -> String {
        Licence::parse(text).expression.unwrap()
    }

    #[test]
    fn names_of_debian_become_identifiers() {
        for (text, expected) in [
            ("Expat", "MIT"),
            ("GPL-2", "GPL-2.0-only"),
            ("GPL-2+", "GPL-2.0-or-later"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("lgpl-2.1+", "LGPL-2.1-or-later"),
            ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
            ("Apache-2", "Apache-2.0"),
            ("BSD-3-clause", "BSD-3-Clause"),
            ("zlib", "Zlib"),
            ("GPL-2+ with Autoconf exception", "GPL-2.0-or-later WITH Autoconf-exception-2.0"),
            ("GPL-3+ with GCC Runtime Library exception", "GPL-3.0-or-later WITH GCC-exception-3.1"),
            ("GPL-2 with Linux-syscall-note exception", "GPL-2.0-only WITH Linux-syscall-note"),
            ("Apache-2.0 with LLVM exception", "Apache-2.0 WITH LLVM-exception"),
            ("GPL-2+ with Libtool exception", "GPL-2.0-or-later WITH Libtool-exception"),
            ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ] {
            assert_eq!(expression(text), expected, "{text}");
            assert!(Licence::parse(text).extracted.is_empty(), "{text}");
        }
    }

    #[test]
    fn operators_keep_their_precedence() {
        for (text, expected) in [
            ("MIT OR Apache-2.0 AND ISC", "MIT OR (Apache-2.0 AND ISC)"),
            ("GPL-1+ or Artistic, and BSD-3-clause", "(GPL-1.0-or-later OR Artistic-1.0) AND BSD-3-Clause"),
            ("(MIT or ISC) and (ISC or MIT)", "(MIT OR ISC) AND (ISC OR MIT)"),
            ("MIT and (ISC and MIT)", "MIT AND ISC"),
            ("((MIT))", "MIT"),
        ] {
            assert_eq!(expression(text), expected, "{text}");
            assert!(spdx::Expression::parse(expected).is_ok(), "{expected}");
        }
    }

    #[test]
    fn other_names_are_extracted() {
        let licence = Licence::parse("public-domain and MIT");
        let [extracted] = licence.extracted.as_slice() else { panic!("{licence:?}") };
        assert_eq!((extracted.name.as_str(), extracted.text.as_str()), ("public-domain", "public-domain"));
        assert!(extracted.id.starts_with("LicenseRef-public-domain-"), "{}", extracted.id);
        assert_eq!(licence.expression, Some(format!("{} AND MIT", extracted.id)));
        // Lists of old Alpine packages, and text that is no expression.
        for text in ["GPL2 MIT", "MIT and", ", or MIT", "(MIT", "GPL-2+ with OpenSSL exception", "GPL"] {
            let licence = Licence::parse(text);
            assert_eq!(licence.only_extracted().map(|only| only.name.as_str()), Some(text));
            assert!(spdx::Expression::parse(&licence.expression.unwrap()).is_ok(), "{text}");
        }
    }

    #[test]
    fn unknown_and_endless_ones_are_not_asserted() {
        let deep = format!("{}MIT{}", "(".repeat(40), ")".repeat(40));
        assert!(expression(&deep).starts_with("LicenseRef-"));
        let long = vec!["MIT"; LICENCE_TERMS + 1].join(" ");
        for text in ["", "  ", "NOASSERTION", "NONE", &long, &"x".repeat(LICENCE_NAME + 1)] {
            assert_eq!(Licence::parse(text), Licence::default());
        }
    }
}
