//! Which members of `input` a policy reads, by its text.
//!
//! A rule about a member that is missing does not fire, so a policy that reads an unknown member must not pass. The
//! reading takes too many reads rather than too few: every other use of `input` counts as a read of all its members.

use regorus::Engine;

/// The members that a policy reads, each as a path from `input`.
pub(in crate::policy::rego) struct InputReads(Vec<Vec<String>>);

impl InputReads {
    /// The reads of all modules in `engine`. Without a module everything counts as read.
    pub(super) fn of(engine: &Engine) -> Self {
        let sources = engine.get_policies().unwrap_or_default();
        if sources.is_empty() {
            return Self(vec![vec!["input".to_owned()]]);
        }
        Self(sources.iter().flat_map(|source| paths(source.get_contents())).collect())
    }

    /// The reads of one module.
    pub(in crate::policy::rego) fn of_source(source: &str) -> Self {
        Self(paths(source))
    }

    /// Whether a member, a part of it, or an object that has it is read.
    pub(in crate::policy::rego) fn reads_path(&self, member: &[&str]) -> bool {
        self.0.iter().any(|path| begin_equal(path, member))
    }

    /// Whether `member`, a path such as `input.source.image.config`, or a part of it is read. Parts in `known` do not
    /// count.
    pub(super) fn reads(&self, member: &str, known: &[String]) -> bool {
        let member: Vec<&str> = member.split('.').collect();
        self.0.iter().any(|path| {
            let is_known = known.iter().any(|known| {
                let known: Vec<&str> = known.split('.').collect();
                known.len() <= path.len() && begin_equal(path, &known)
            });
            !is_known && begin_equal(path, &member)
        })
    }

    /// A member of `input` besides these that is read. `*`: any.
    pub(in crate::policy::rego) fn other(&self, besides: &[&str]) -> Option<&str> {
        self.0.iter().find_map(|path| match path.get(1) {
            None => Some("*"),
            Some(name) if besides.contains(&name.as_str()) => None,
            Some(name) => Some(name.as_str()),
        })
    }
}

/// Whether one path begins with the other.
fn begin_equal(path: &[String], other: &[&str]) -> bool {
    path.iter().zip(other).all(|(one, other)| one == other)
}

/// The paths that begin with `input` in a Rego module. Texts and comments are skipped.
fn paths(source: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
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
                    found.push(path(rest));
                }
                word.len()
            }
            _ => c.len_utf8(),
        };
        before = Some(c);
        rest = rest.get(length..).unwrap_or_default();
    }
    found
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
        paths(source).iter().map(|path| path.join(".")).collect()
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
            InputReads(paths(source)).reads("input.a.b", &known)
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
        let other = |source: &str| InputReads(paths(source)).other(&["source", "dhi"]).map(str::to_owned);
        assert_eq!(other("input.source.x; input.dhi.y"), None);
        assert_eq!(other("some a in input.artifacts").as_deref(), Some("artifacts"));
        assert_eq!(other("input[x]").as_deref(), Some("*"));
    }
}
