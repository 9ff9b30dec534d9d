//! Which files of an image, archive or checkout a definition copies: `includes` and `excludes`.
//!
//! A pattern is a path relative to the root of what is copied from; a leading `/` means the same. It matches the path and
//! everything below it. `*` stands for any characters of one part, `?` for one of them, `**` for any number of parts, and
//! at the end for everything below a directory but not the directory. What an exclude matches is never copied.

use super::limits::{PATH_BYTES, PATH_PARTS, PATTERNS};
use super::path::{PathError, TreePath};
use crate::limits::Exceeded;

/// The files that are copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    includes: Vec<Pattern>,
    excludes: Vec<Pattern>,
}

/// A pattern that cannot match, or that would not end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectionError {
    /// An empty text.
    #[error("a pattern is empty: write `**` for everything")]
    Empty,
    /// A part is `..`.
    #[error("the pattern `{}` leads upwards", .0.escape_debug())]
    Upwards(String),
    /// Its first parts are no path of an image.
    #[error("{0}")]
    Path(#[from] PathError),
    /// A NUL.
    #[error("the pattern `{}` contains a NUL byte", .0.escape_debug())]
    Nul(String),
    /// A limit was reached.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    text: String,
    /// The parts before the first one with `*` or `?`. Most patterns have no others.
    literal: TreePath,
    /// The other parts.
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// One part of a path: text with `*` and `?`.
    One(String),
    /// Any number of parts.
    Any,
}

impl Selection {
    /// Reads patterns. Without `includes` everything is selected.
    ///
    /// # Errors
    ///
    /// [`SelectionError`] for the first pattern that is wrong.
    pub fn new<'a>(
        includes: impl IntoIterator<Item = &'a str>,
        excludes: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, SelectionError> {
        let read = |patterns: &mut dyn Iterator<Item = &'a str>| {
            patterns.map(Pattern::read).collect::<Result<Vec<Pattern>, _>>()
        };
        let selection =
            Self { includes: read(&mut includes.into_iter())?, excludes: read(&mut excludes.into_iter())? };
        if selection.includes.len() + selection.excludes.len() > PATTERNS {
            return Err(Exceeded::new("the number of patterns", PATTERNS, "patterns").into());
        }
        Ok(selection)
    }

    /// Whether a path is selected.
    pub fn contains(&self, path: &TreePath) -> bool {
        let matches = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(path));
        (self.includes.is_empty() || matches(&self.includes)) && !matches(&self.excludes)
    }

    /// The includes that match none of these paths, as they are written.
    pub fn unmatched<'a>(&self, paths: impl IntoIterator<Item = &'a TreePath>) -> Vec<String> {
        let mut open: Vec<&Pattern> = self.includes.iter().collect();
        for path in paths {
            if open.is_empty() {
                break;
            }
            open.retain(|pattern| !pattern.matches(path));
        }
        open.into_iter().map(|pattern| pattern.text.clone()).collect()
    }
}

impl Pattern {
    fn read(text: &str) -> Result<Self, SelectionError> {
        if text.is_empty() {
            return Err(SelectionError::Empty);
        }
        if text.contains('\0') {
            return Err(SelectionError::Nul(text.to_owned()));
        }
        if text.len() > PATH_BYTES {
            return Err(Exceeded::new("the length of a pattern", PATH_BYTES, "bytes").into());
        }
        let (mut literal, mut parts) = (Vec::new(), Vec::new());
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => return Err(SelectionError::Upwards(text.to_owned())),
                // Several of them mean the same as one.
                "**" if parts.last() == Some(&Part::Any) => {}
                "**" => parts.push(Part::Any),
                part if parts.is_empty() && !part.contains(['*', '?']) => literal.push(part),
                part => parts.push(Part::One(part.to_owned())),
            }
        }
        if literal.len() + parts.len() > PATH_PARTS {
            return Err(Exceeded::new("the depth of a pattern", PATH_PARTS, "parts").into());
        }
        if parts.last() == Some(&Part::Any) {
            parts.push(Part::One("*".to_owned()));
        }
        let literal = TreePath::parse(&literal.join("/"))?;
        Ok(Self { text: text.to_owned(), literal, parts })
    }

    /// Whether it matches a path or a directory above it.
    fn matches(&self, path: &TreePath) -> bool {
        let Some(rest) = path.below(&self.literal) else { return false };
        if self.parts.is_empty() {
            return true;
        }
        // The positions in the pattern that are reached with the parts of the path read so far.
        let mut reached = vec![false; self.parts.len() + 1];
        reach(&mut reached, 0, &self.parts);
        for part in rest.split('/').filter(|part| !part.is_empty()) {
            if reached.last() == Some(&true) {
                return true;
            }
            let mut next = vec![false; reached.len()];
            for (at, pattern) in self.parts.iter().enumerate() {
                if reached.get(at) != Some(&true) {
                    continue;
                }
                match pattern {
                    Part::Any => reach(&mut next, at, &self.parts),
                    Part::One(text) if matches_part(text, part) => reach(&mut next, at + 1, &self.parts),
                    Part::One(_) => {}
                }
            }
            reached = next;
        }
        reached.last() == Some(&true)
    }
}

/// Marks a position, and the one behind it if it stands for no part too.
fn reach(reached: &mut [bool], at: usize, parts: &[Part]) {
    if let Some(position) = reached.get_mut(at) {
        *position = true;
    }
    if parts.get(at) == Some(&Part::Any)
        && let Some(position) = reached.get_mut(at + 1)
    {
        *position = true;
    }
}

/// Whether a text with `*` and `?` matches one part of a path. It goes back to the last `*` only, which is enough.
fn matches_part(pattern: &str, part: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, part): (Vec<char>, Vec<char>) = (pattern.chars().collect(), part.chars().collect());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < part.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || part.get(read) == Some(wanted) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                (at, read) = (back + 1, from + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn selects(includes: &[&str], excludes: &[&str], path: &str) -> bool {
        let selection = Selection::new(includes.iter().copied(), excludes.iter().copied()).unwrap();
        selection.contains(&TreePath::parse(path).unwrap())
    }

    #[test]
    fn a_pattern_matches_paths_and_what_is_below_them() {
        for (pattern, matched, other) in [
            (
                "opt/docker",
                &["opt/docker", "opt/docker/a/b"][..],
                &["opt", "opt/docker-x", "x/opt/docker"][..],
            ),
            ("/usr/local/**", &["usr/local/a", "usr/local/a/b"], &["usr/local", "usr", "usr/locale/a"]),
            ("./usr//local/", &["usr/local", "usr/local/a"], &["usr"]),
            ("**", &["a", "a/b"], &[""]),
            ("/", &["", "a", "a/b"], &[]),
            ("**/lib", &["lib", "a/lib", "a/b/lib/c"], &["a/libx", "a"]),
            ("a/**/b", &["a/b", "a/x/b", "a/x/y/b/c"], &["a", "a/x", "b"]),
            ("a/**/**/b/**", &["a/b/c", "a/x/b/c/d"], &["a/b", "a/x/b"]),
            ("usr/lib/*-linux-gnu/lib*.so*", &["usr/lib/x-linux-gnu/libc.so.6"], &["usr/lib/libc.so.6"]),
            ("usr/local/cuda-*", &["usr/local/cuda-", "usr/local/cuda-12/x"], &["usr/local/cuda"]),
            (
                "opt/python*/lib/python*/site-packages/pip-*",
                &["opt/python-3/lib/python3/site-packages/pip-1"],
                &[],
            ),
            ("a?c", &["abc", "aéc"], &["ac", "abbc", "a/c"]),
            ("*a*b*", &["xaxxbx", "ab", "aab", "abab"], &["ba", "a"]),
            ("usr/bin/[", &["usr/bin/["], &["usr/bin/a"]),
        ] {
            for path in matched {
                assert!(selects(&[pattern], &[], path), "{pattern} {path}");
                assert!(!selects(&[], &[pattern], path), "!{pattern} {path}");
            }
            for path in other {
                assert!(!selects(&[pattern], &[], path), "{pattern} {path}");
                assert!(selects(&[], &[pattern], path), "!{pattern} {path}");
            }
        }
    }

    #[test]
    fn excludes_win() {
        assert!(!selects(&["usr/**"], &["usr/lib"], "usr/lib/x"));
        assert!(!selects(&["usr/lib/x"], &["usr"], "usr/lib/x"));
        assert!(selects(&["usr/**", "opt"], &["usr/lib"], "opt/x"));
    }

    #[test]
    fn includes_that_match_nothing_are_listed() {
        let selection = Selection::new(["usr/**", "opt/x", "/etc"], []).unwrap();
        let paths = ["usr", "usr/a", "etc"].map(|path| TreePath::parse(path).unwrap());
        assert_eq!(selection.unmatched(&paths), ["opt/x"]);
    }

    #[test]
    fn wrong_patterns_are_refused() {
        let error = |pattern: &str| Selection::new([pattern], []).unwrap_err();
        assert_eq!(error(""), SelectionError::Empty);
        assert_eq!(error("a/../b"), SelectionError::Upwards("a/../b".to_owned()));
        assert_eq!(error("a\0"), SelectionError::Nul("a\0".to_owned()));
        assert!(matches!(error(&"x".repeat(PATH_BYTES + 1)), SelectionError::Limit(_)));
        assert!(matches!(error(&"x/".repeat(PATH_PARTS + 1)), SelectionError::Limit(_)));
        let many = vec!["a"; PATTERNS + 1];
        assert!(matches!(Selection::new([], many), Err(SelectionError::Limit(_))));
    }

    #[test]
    fn patterns_with_many_stars_end_soon() {
        let stars = format!("{}b", "*a".repeat(1_000));
        assert!(!selects(&[&stars], &[], &"a".repeat(200)));
        let any = "**/a/".repeat(100);
        assert!(!selects(&[&format!("{any}b")], &[], &"a/".repeat(200)));
    }
}
