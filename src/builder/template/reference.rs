//! References: `${NAME}` and its other forms.

use std::ops::Range;

use super::limits::TEMPLATE_PATTERN;

/// Which templates a text can contain. It depends on the place of the text in the definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A value of `vars`: references, also those with a regular expression, and expressions.
    Variable,
    /// Any other value: references without a regular expression, and expressions.
    Value,
    /// A script or the content of a file: references only. `#{…}` may be Ruby, and `${a:(…)}` shell.
    Script,
}

/// A fact about the target that templates can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetFact {
    /// The architecture, such as `amd64`.
    Arch,
    /// Whether the variant is `dev`.
    Dev,
    /// Whether the image is for FIPS 140.
    Fips,
    /// The flavor. Empty if there is none.
    Flavor,
}

impl TargetFact {
    /// All facts with their names.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("target.arch", Self::Arch),
        ("target.dev", Self::Dev),
        ("target.fips", Self::Fips),
        ("target.flavor", Self::Flavor),
    ];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(own, _)| *own == name).map(|(_, fact)| fact)
    }
}

/// What a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'t> {
    /// `NAME` or `vars.NAME`: a variable of the definition, or text that is not ours.
    Variable(&'t str),
    /// `target.arch` and the like.
    Target(TargetFact),
    /// `source.dir` or `target.dir`: a directory of a build, known when it runs.
    Directory,
    /// `matrix.NAME`: a value of the matrix of a build.
    Matrix(&'t str),
    /// Another name with a dot. It stays as it is written.
    Other(&'t str),
}

/// `${NAME}` or `${NAME:PATTERN}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The whole reference in the text of the template.
    pub range: Range<usize>,
    /// The reference as it is written.
    pub written: &'t str,
    /// What it names.
    pub name: Name<'t>,
    /// The regular expression whose first group selects a part of the value, and its range.
    pub pattern: Option<(&'t str, Range<usize>)>,
}

/// Text, or a reference in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Text without references.
    Text(&'t str),
    /// A reference.
    Reference(Reference<'t>),
}

impl<'t> Name<'t> {
    fn of(written: &'t str) -> Self {
        match written.split_once('.') {
            None => Self::Variable(written),
            Some(("vars", name)) if !name.contains('.') => Self::Variable(name),
            Some(("matrix", name)) if !name.contains('.') => Self::Matrix(name),
            Some(("source" | "target", "dir")) => Self::Directory,
            Some(_) => TargetFact::named(written).map_or(Self::Other(written), Self::Target),
        }
    }
}

/// The length of the name at the beginning of a text: of letters, digits, `_`, `-` and `.`. 0 if there is none.
pub(super) fn name_length(text: &str) -> usize {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return 0;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.find(|c| !is_part(c)).unwrap_or(text.len())
}

/// The reference at the beginning of `text`, which begins with `${`. `None` for all forms of the shell.
pub(super) fn reference_at(text: &str, offset: usize, kind: Kind) -> Option<Reference<'_>> {
    let inner = text.strip_prefix("${")?;
    let (name, rest) = inner.split_at_checked(name_length(inner))?;
    if name.is_empty() || name.ends_with('.') {
        return None;
    }
    let start = "${".len() + name.len();
    let (pattern, end) = match rest.strip_prefix(':') {
        Some(rest) if kind == Kind::Variable && rest.starts_with(['^', '(']) => {
            let pattern = rest.get(..closing_brace(rest)?)?;
            let start = start + ":".len();
            let end = start + pattern.len();
            (Some((pattern, offset + start..offset + end)), end)
        }
        _ => (None, start),
    };
    let rest = text.get(end..)?;
    let end = end + rest.strip_prefix('}').map(|_| "}".len())?;
    Some(Reference { range: offset..offset + end, written: text.get(..end)?, name: Name::of(name), pattern })
}

/// The beginnings of references without a closing brace, such as `${NAME`: the bytes of each up to the end of its name.
/// A backslash takes the sign behind it out of the count.
pub fn unclosed(text: &str) -> Vec<Range<usize>> {
    // The braces that are open: where the name of a reference ends, nothing for any other.
    let mut open: Vec<Option<Range<usize>>> = Vec::new();
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'$' if bytes.next_if(|(_, next)| *next == b'{').is_some() => {
                let start = at + "${".len();
                let name = text.get(start..).map_or(0, name_length);
                open.push((name > 0).then_some(at..start + name));
            }
            b'{' => open.push(None),
            b'}' => {
                open.pop();
            }
            _ => {}
        }
    }
    open.into_iter().flatten().collect()
}

/// The position of the brace that closes a pattern, which can contain pairs of braces such as `{2}`.
fn closing_brace(pattern: &str) -> Option<usize> {
    let (mut open, mut escaped) = (0_usize, false);
    for (position, byte) in pattern.bytes().enumerate().take(TEMPLATE_PATTERN + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'{' => open += 1,
            b'}' if open == 0 => return Some(position),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

/// The references of a text, and the text between them.
pub(super) fn pieces(text: &str, offset: usize, kind: Kind) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut begun, mut position) = (0, 0);
    while let Some(found) = text.get(position..).and_then(|rest| rest.find("${")) {
        position += found;
        let rest = text.get(position..).unwrap_or_default();
        let Some(reference) = reference_at(rest, offset + position, kind) else {
            position += "${".len();
            continue;
        };
        push_text(&mut pieces, text.get(begun..position));
        position += reference.written.len();
        begun = position;
        pieces.push(Piece::Reference(reference));
    }
    push_text(&mut pieces, text.get(begun..));
    pieces
}

fn push_text<'t>(pieces: &mut Vec<Piece<'t>>, text: Option<&'t str>) {
    pieces.extend(text.filter(|text| !text.is_empty()).map(Piece::Text));
}
