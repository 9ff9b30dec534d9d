//! Which members of `input` a policy reads, by its text.
//!
//! A rule about a member that is missing does not fire, so a policy that reads an unknown member must not pass. The
//! reading takes too many reads rather than too few: every other use of `input` counts as a read of all its members.

use std::collections::BTreeSet;

/// The members that a policy reads.
pub(in crate::policy::rego) struct InputReads {
    /// Each as a path from `input`.
    paths: Vec<Vec<String>>,
    /// The names of all members that it selects of anything, and its texts.
    names: BTreeSet<String>,
}

impl InputReads {
    /// The reads of one module.
    pub(in crate::policy::rego) fn of_source(source: &str) -> Self {
        let mut reads = Self { paths: Vec::new(), names: BTreeSet::new() };
        reads.add(source);
        reads
    }

    /// Whether a member, a part of it, or an object that has it is read.
    pub(in crate::policy::rego) fn reads_path(&self, member: &[&str]) -> bool {
        self.paths.iter().any(|path| begin_equal(path, member))
    }

    /// Whether `member`, a path such as `input.source.image.config`, or a part of it is read. Parts in `known` do not
    /// count.
    pub(super) fn reads(&self, member: &str, known: &[String]) -> bool {
        let member: Vec<&str> = member.split('.').collect();
        self.paths.iter().any(|path| {
            let is_known = known.iter().any(|known| {
                let known: Vec<&str> = known.split('.').collect();
                known.len() <= path.len() && begin_equal(path, &known)
            });
            !is_known && begin_equal(path, &member)
        })
    }

    /// A member of `of`, a path such as `input.source`, that is read and is none of `besides`. `*`: any.
    pub(in crate::policy::rego) fn other(&self, of: &str, besides: &[&str]) -> Option<&str> {
        let of: Vec<&str> = of.split('.').collect();
        let inner = self.paths.iter().filter(|path| begin_equal(path, &of) && path.len() >= of.len());
        let mut names = inner.map(|path| path.get(of.len()).map_or("*", String::as_str));
        names.find(|name| !besides.contains(name))
    }

    /// Whether `member` is read: by its path, or by its name if some path ends in front of it.
    pub(super) fn reads_named(&self, member: &str) -> bool {
        let path: Vec<&str> = member.split('.').collect();
        let by_path = |read: &Vec<String>| read.len() >= path.len() && begin_equal(read, &path);
        let is_open = |read: &Vec<String>| read.len() < path.len() && begin_equal(read, &path);
        let is_named = || path.last().is_some_and(|name| self.names.contains(*name));
        self.paths.iter().any(by_path) || (is_named() && self.paths.iter().any(is_open))
    }

    /// Adds the reads of a Rego module. Comments are skipped.
    fn add(&mut self, source: &str) {
        let mut rest = source;
        let mut before = None;
        while let Some(c) = rest.chars().next() {
            let length = match c {
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '"' => text_length(rest),
                '`' => rest.get(1..).and_then(|rest| rest.find('`')).map_or(rest.len(), |end| end + 2),
                _ if is_word(c) => {
                    let word = word(rest);
                    if word == "input" && before != Some('.') {
                        self.paths.push(path(rest));
                    } else if before == Some('.') {
                        self.names.insert(word.to_owned());
                    }
                    word.len()
                }
                _ => c.len_utf8(),
            };
            if matches!(c, '"' | '`') {
                self.names.extend(rest.get(1..length.saturating_sub(1)).map(str::to_owned));
            }
            before = Some(c);
            rest = rest.get(length..).unwrap_or_default();
        }
    }
}

/// Whether one path begins with the other.
fn begin_equal(path: &[String], other: &[&str]) -> bool {
    path.iter().zip(other).all(|(one, other)| one == other)
}

/// The path at the start of `text`, as far as its members are written out.
fn path(text: &str) -> Vec<String> {
    let first = word(text);
    let mut path = vec![first.to_owned()];
    let mut rest = text.get(first.len()..).unwrap_or_default();
    loop {
        let (name, length) = if let Some(after) = rest.strip_prefix('.') {
            let name = word(after);
            (name, name.len() + 1)
        } else if let Some(after) = rest.strip_prefix("[\"") {
            let name = after.split_once("\"]").map_or("", |(name, _)| name);
            (name, name.len() + 4)
        } else {
            return path;
        };
        if name.is_empty() || name.contains(['\\', '"']) {
            return path;
        }
        path.push(name.to_owned());
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word(text: &str) -> &str {
    let end = text.find(|c| !is_word(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The length of the text in double quotes at the start.
fn text_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == '"' && !escaped {
            return at + 1;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<String> {
        InputReads::of_source(source).paths.iter().map(|path| path.join(".")).collect()
    }

    #[test]
    fn paths_are_read_as_far_as_they_are_written_out() {
        let label = r#"x := input.source.image.config.config.Labels["a.b"]"#;
        for (source, expected) in [
            ("x if input.source.image.name == 1", vec!["input.source.image.name"]),
            (label, vec!["input.source.image.config.config.Labels.a.b"]),
            ("import input.source.image as img", vec!["input.source.image"]),
            ("some k; input[k]", vec!["input"]),
            ("walk(input, [p, v])", vec!["input"]),
            (r#"object.get(input, "a", 1)"#, vec!["input"]),
            ("# input.a\nx := \"input.b \\\" input.c\" # input\ny := input.d", vec!["input.d"]),
            ("x := `input.a` == input.b", vec!["input.b"]),
            ("x.input.y; my_input.z; inputs", vec![]),
            (r#"input["a"][i].b"#, vec!["input.a"]),
        ] {
            assert_eq!(read(source), expected, "{source}");
        }
    }

    #[test]
    fn a_part_or_the_whole_of_a_member_is_a_read() {
        let reads = |source: &str, known: &[&str]| {
            let known: Vec<String> = known.iter().map(|known| (*known).to_owned()).collect();
            InputReads::of_source(source).reads("input.a.b", &known)
        };
        for source in ["input.a.b", "input.a.b.c", "input.a", "input[x]"] {
            assert!(reads(source, &[]), "{source}");
        }
        assert!(!reads("input.a.c", &[]) && !reads("input.ab", &[]));
        assert!(!reads("input.a.b.c.d", &["input.a.b.c"]));
        assert!(reads("input.a.b", &["input.a.b.c"]) && reads("input.a.b.d", &["input.a.b.c"]));
    }

    #[test]
    fn members_of_an_sbom_are_others() {
        let other = |source: &str| {
            InputReads::of_source(source).other("input", &["source", "dhi"]).map(str::to_owned)
        };
        assert_eq!(other("input.source.x; input.dhi.y"), None);
        assert_eq!(other("some a in input.artifacts").as_deref(), Some("artifacts"));
        assert_eq!(other("input[x]").as_deref(), Some("*"));
        let of_source = |source: &str| {
            InputReads::of_source(source).other("input.source", &["*", "type", "image"]).map(str::to_owned)
        };
        assert_eq!(of_source("input.source.image.x; input.source.type; input.artifacts; input.source"), None);
        assert_eq!(of_source("input.source.provenance.x").as_deref(), Some("provenance"));
    }

    #[test]
    fn a_name_counts_where_a_path_ends_early() {
        let reads = |source: &str| InputReads::of_source(source).reads_named("input.a.distro");
        for source in [
            "input.a.distro.os",
            "x := input.a\nx.distro.os",
            "x := input\nx.a[\"distro\"]",
            "object.get(input.a, `distro`, {})",
        ] {
            assert!(reads(source), "{source}");
        }
        for source in ["x := input.a\nx.name", "input.a.name\nx.distro", "input.a # .distro", "x.distro"] {
            assert!(!reads(source), "{source}");
        }
    }
}
