//! The `copyright` file of a Debian package (`usr/share/doc/PACKAGE/copyright`), if it is machine-readable
//! (copyright-format 1.0, DEP 5). The text of others names licences in ways that only people understand.

use std::collections::BTreeMap;

use super::licence::Licence;
use super::limits::COPYRIGHT_FILE;
use crate::builder::packages::deb::control::{Stanza, Stanzas};

/// The licence of everything that the file names. Nothing is known of a file that is not machine-readable, damaged or
/// too long.
pub(super) fn licence(bytes: &[u8]) -> Licence {
    read(bytes).unwrap_or_default()
}

fn read(bytes: &[u8]) -> Option<Licence> {
    if bytes.len() > COPYRIGHT_FILE {
        return None;
    }
    let stanzas: Vec<Stanza<'_>> = Stanzas::new(bytes).collect();
    let (header, rest) = stanzas.split_first()?;
    let format = field(header, "Format")?.to_ascii_lowercase();
    if !format.contains("copyright-format") && !format.contains("dep5") {
        return None;
    }
    let mut names = Vec::new();
    let mut texts = BTreeMap::new();
    for stanza in rest {
        let Some(licence) = field(stanza, "License") else { continue };
        let (name, text) = licence.split_once('\n').unwrap_or((licence, ""));
        let name = name.trim();
        if !text.trim().is_empty() {
            texts.entry(name).or_insert(text);
        }
        if field(stanza, "Files").is_some() {
            names.push(name);
        }
    }
    if names.is_empty() {
        names.extend(field(header, "License").and_then(|licence| licence.lines().next()));
    }
    names.dedup();
    let texts: BTreeMap<&str, String> =
        texts.into_iter().map(|(name, text)| (name, unfolded(text))).collect();
    let texts = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    Some(Licence::of_parts(&names, &texts))
}

fn field<'a>(stanza: &Stanza<'a>, name: &str) -> Option<&'a str> {
    stanza.get(name).ok().flatten()
}

/// The text without the space before each line. A line with only a dot is empty (deb-control(5)).
fn unfolded(text: &str) -> String {
    let lines = text.lines().map(|line| match line.strip_prefix(' ').unwrap_or(line).trim_end() {
        "." => "",
        line => line,
    });
    lines.collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MACHINE_READABLE: &str = "\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: x

Files: *
Copyright: 2020 A
License: BSD-3-clause

Files: debian/*
Copyright: 2021 B
License: GPL-2+

Files: src/z.c
Copyright: none
License: public-domain
 Nobody owns this.
 .
   * Nobody ever will.

License: BSD-3-clause
 Redistribution …

License: GPL-2+
 This is free software …
";

    #[test]
    fn the_licences_of_all_files_count() {
        let licence = licence(MACHINE_READABLE.as_bytes());
        let [extracted] = licence.extracted.as_slice() else { panic!("{licence:?}") };
        assert_eq!(extracted.text, "Nobody owns this.\n\n  * Nobody ever will.");
        let expected = format!("BSD-3-Clause AND GPL-2.0-or-later AND {}", extracted.id);
        assert_eq!(licence.expression, Some(expected));
    }

    #[test]
    fn the_header_counts_where_no_files_are_listed() {
        let text =
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nLicense: MIT\n";
        assert_eq!(licence(text.as_bytes()).expression.as_deref(), Some("MIT"));
    }

    #[test]
    fn other_files_assert_nothing() {
        let folded = format!(" continued\n{MACHINE_READABLE}");
        for text in ["", "This is Debian's x.\n\nLicense: MIT\n", "License: MIT\n", &folded] {
            assert_eq!(licence(text.as_bytes()), Licence::default(), "{text}");
        }
        let mut long = MACHINE_READABLE.as_bytes().to_vec();
        long.resize(COPYRIGHT_FILE + 1, b'\n');
        assert_eq!(licence(&long), Licence::default());
    }
}
