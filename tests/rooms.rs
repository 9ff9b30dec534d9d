//! The rooms of `src/` import only what the table in `docs/architecture.md` allows, and pure rooms do no I/O.
//!
//! Only text is read: sources are parsed, not compiled.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// One row of the table.
#[derive(Debug)]
struct Room {
    floor: String,
    pure: bool,
    built: bool,
    imports: Vec<String>,
}

/// The table of rooms.
#[derive(Debug)]
struct House(BTreeMap<String, Room>);

impl House {
    fn read(markdown: &str) -> Self {
        let mut rooms = BTreeMap::new();
        for line in markdown.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, floor, name, pure, state, imports, _never, _] = cells.as_slice() else { continue };
            let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
            let imports = imports.split(',').map(|import| import.trim().trim_matches('`').to_owned());
            let room = Room {
                floor: (*floor).to_owned(),
                pure: *pure == "yes",
                built: *state == "built",
                imports: imports.filter(|import| !import.is_empty()).collect(),
            };
            assert!(matches!(*pure, "yes" | "no") && matches!(*state, "built" | "later"), "{line}");
            assert!(rooms.insert(name.to_owned(), room).is_none(), "room `{name}` stands twice");
        }
        let house = Self(rooms);
        for (name, room) in &house.0 {
            for import in &room.imports {
                assert!(
                    !house.meaning(import).is_empty(),
                    "`{name}` may import `{import}`, which is no room"
                );
            }
        }
        house
    }

    /// The rooms that a word of the column "may import" stands for.
    fn meaning(&self, word: &str) -> Vec<&str> {
        self.0
            .iter()
            .filter(|(name, room)| {
                word == "all" || word == *name || word == "ground" && room.floor == "ground"
            })
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Everything that `room` may import, and itself.
    fn allowed(&self, room: &str) -> BTreeSet<&str> {
        let mut allowed = BTreeSet::new();
        let mut open = self.meaning(room);
        while let Some(name) = open.pop() {
            if allowed.insert(name) {
                open.extend(self.0[name].imports.iter().flat_map(|import| self.meaning(import)));
            }
        }
        allowed
    }

    /// What of the rooms is in the table and not in `src/`, or the other way round.
    fn differences(&self, folders: &BTreeSet<String>) -> Vec<String> {
        let unknown = folders.iter().filter(|folder| !self.0.contains_key(*folder));
        let mut wrong: Vec<String> =
            unknown.map(|folder| format!("`src/{folder}` is no room of the table")).collect();
        for (name, room) in &self.0 {
            match (room.built, folders.contains(name)) {
                (true, false) => wrong.push(format!("`{name}` is built, but there is no `src/{name}`")),
                (false, true) => wrong.push(format!("`{name}` is for later, but there is a `src/{name}`")),
                _ => {}
            }
        }
        wrong
    }

    /// What is wrong with one source file of a room. `module` is the file's path below the crate: `["oci", "json"]`.
    fn violations(&self, module: &[&str], source: &str) -> Vec<String> {
        let room = module[0];
        let allowed = self.allowed(room);
        let paths = Paths::read(module, source);
        let mut wrong: Vec<String> = paths
            .rooms
            .iter()
            .filter(|target| !allowed.contains(target.as_str()))
            .map(|target| match line_of(source, target) {
                Some(line) => format!("line {line}: `{room}` -> `{target}`"),
                None => format!("`{room}` -> `{target}`"),
            })
            .collect();
        if self.0[room].pure {
            wrong.extend(impurities(source));
            wrong.extend(paths.outside.iter().filter(|path| is_impure(path)).map(|path| format!("`{path}`")));
        }
        wrong
    }
}

/// The paths that a file mentions, wherever they stand.
#[derive(Default)]
struct Paths {
    module: Vec<String>,
    /// First segments below the crate.
    rooms: BTreeSet<String>,
    /// Whole imports from other crates, outside test modules.
    outside: BTreeSet<String>,
    in_tests: bool,
}

impl Paths {
    fn read(module: &[&str], source: &str) -> Self {
        let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{module:?}: {error}"));
        let mut paths =
            Self { module: module.iter().map(|&part| part.to_owned()).collect(), ..Self::default() };
        paths.visit_file(&file);
        paths
    }

    fn add(&mut self, path: &[String]) {
        let mut at = match path.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            Some("self" | "super") => self.module.clone(),
            _ => {
                if !self.in_tests {
                    self.outside.insert(path.join("::"));
                }
                return;
            }
        };
        for part in path {
            match part.as_str() {
                "crate" | "self" => {}
                "super" => drop(at.pop()),
                other => at.push(other.to_owned()),
            }
        }
        self.rooms.extend(at.into_iter().next());
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |ident: &dyn ToString| [before, &[ident.to_string()]].concat();
        match tree {
            syn::UseTree::Path(path) => self.add_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) => self.add(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.add(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.add(&with(&"*")),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.add_tree(before, tree)),
        }
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.add_tree(&[], &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if matches!(parts[0].as_str(), "crate" | "super") {
            self.add(&parts);
        }
        visit::visit_path(self, path);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(crate)` and `pub(in …)` import nothing.
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.visit_path(&mac.path);
        // What a macro is given need not be Rust; a path in it is a run of tokens.
        let tokens = mac.tokens.to_string().replace(' ', "");
        for (start, _) in tokens.match_indices("crate::") {
            let name: String =
                tokens[start + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let begins = !tokens[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if begins && !name.is_empty() {
                self.rooms.insert(name);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let outer = self.in_tests;
        self.in_tests |= item.attrs.iter().any(is_cfg_test);
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
        self.in_tests = outer;
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    }
}

/// The first line that names the room below the crate, as text.
fn line_of(source: &str, room: &str) -> Option<usize> {
    let direct = [format!("crate::{room}"), format!("super::{room}")];
    let named = source.lines().position(|line| direct.iter().any(|path| line.contains(path.as_str())));
    named
        .or_else(|| source.lines().position(|line| line.contains("crate::") && line.contains(room)))
        .map(|at| at + 1)
}

const IMPURE: [&str; 13] = [
    "tokio",
    "reqwest",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::os",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Instant::now",
    "async fn",
    ".await",
];

/// Addresses are values; the rest of the module is sockets.
const ADDRESSES: [&str; 3] = ["std::net::Ipv4Addr", "std::net::Ipv6Addr", "std::net::IpAddr"];

fn is_impure(import: &str) -> bool {
    let below = |module: &str| import == module || import.starts_with(&format!("{module}::"));
    IMPURE.iter().any(|module| below(module)) && !ADDRESSES.iter().any(|address| below(address))
}

/// Lines of a pure room that mention I/O, async code or a clock. Comments and test modules are left out.
fn impurities(source: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lines = source.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if line.trim() == "#[cfg(test)]" {
            // The formatter puts the end of an item under its beginning.
            let indent = &line[..line.len() - line.trim_start().len()];
            let begins = lines.by_ref().find(|(_, line)| !line.trim_start().starts_with("#["));
            if begins.is_some_and(|(_, line)| line.ends_with('{')) {
                lines.by_ref().find(|(_, line)| *line == format!("{indent}}}"));
            }
            continue;
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        let text = ADDRESSES.iter().fold(line.to_owned(), |text, address| text.replace(address, ""));
        for word in IMPURE {
            let mentioned = text.match_indices(word).any(|(start, _)| {
                let part = |c: char| c.is_alphanumeric() || c == '_';
                let inside = text[..start].ends_with(part) && word.starts_with(part);
                !inside && !text[start + word.len()..].starts_with(part)
            });
            // A group such as `std::net::{…}` is judged by what it imports.
            if mentioned && !(word == "std::net" && text.contains("std::net::{")) {
                wrong.push(format!("line {}: `{word}` in a pure room", at + 1));
            }
        }
    }
    wrong
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn house() -> House {
    House::read(&fs::read_to_string(root().join("docs/architecture.md")).unwrap())
}

/// All Rust files below a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// `src/oci/json.rs` is `["oci", "json"]`, `src/oci/mod.rs` is `["oci"]`.
fn module(file: &Path) -> Vec<String> {
    let relative = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut parts: Vec<String> =
        relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// Files of `#[cfg(test)] mod tests;` are test modules too.
fn is_test_file(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "tests.rs")
        || file.parent().is_some_and(|folder| folder.ends_with("tests"))
}

#[test]
fn rooms_import_only_what_the_table_allows_and_pure_rooms_do_no_io() {
    let house = house();
    let mut wrong = Vec::new();
    for file in sources(&root().join("src")) {
        let module = module(&file);
        let module: Vec<&str> = module.iter().map(String::as_str).collect();
        if matches!(module.as_slice(), ["lib" | "main"]) {
            continue;
        }
        let shown = file.strip_prefix(root()).unwrap().display();
        if !house.0.contains_key(module[0]) {
            wrong.push(format!("{shown}: `{}` is no room of the table", module[0]));
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        let source =
            if is_test_file(&file) { format!("#[cfg(test)]\nmod tests {{\n{source}\n}}\n") } else { source };
        let module = if is_test_file(&file) { &module[..module.len() - 1] } else { &module[..] };
        wrong.extend(house.violations(module, &source).into_iter().map(|what| format!("{shown}: {what}")));
    }
    assert!(wrong.is_empty(), "not allowed by docs/architecture.md:\n{}", wrong.join("\n"));
}

#[test]
fn each_built_room_has_a_folder_and_each_folder_is_a_built_room() {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            folders.insert(name);
        } else {
            assert!(matches!(name.as_str(), "lib.rs" | "main.rs"), "`src/{name}` belongs to no room");
        }
    }
    let house = house();
    assert_eq!(house.differences(&folders), [""; 0]);

    let planted = |add: &str, remove: &str| {
        let mut folders = folders.clone();
        folders.insert(add.to_owned());
        folders.remove(remove);
        house.differences(&folders)
    };
    assert_eq!(planted("common", ""), ["`src/common` is no room of the table"]);
    assert_eq!(planted("oci", "trust"), ["`trust` is built, but there is no `src/trust`"]);
    assert_eq!(planted("vex", ""), ["`vex` is for later, but there is a `src/vex`"]);
}

#[test]
fn the_table_has_no_circles_above_the_ground() {
    let house = house();
    assert!(house.0.len() > 20, "the table was not read: {house:?}");
    for (name, room) in house.0.iter().filter(|(name, room)| room.floor != "ground" && *name != "cli") {
        for import in room.imports.iter().flat_map(|import| house.meaning(import)) {
            assert!(
                !house.allowed(import).contains(name.as_str()),
                "`{name}` and `{import}` import each other"
            );
        }
        if room.pure {
            let impure = house.allowed(name).into_iter().find(|import| !house.0[*import].pure);
            assert_eq!(impure, None, "`{name}` is pure");
        }
    }
}

#[test]
fn a_planted_import_is_caught_in_every_form() {
    let house = house();
    for (module, source, edge) in [
        (&["oci"][..], "use crate::registry::Error;", "line 1: `oci` -> `registry`"),
        (&["trust"], "\nuse crate::{oci::Digest, evidence};", "line 2: `trust` -> `evidence`"),
        (&["trust", "key"], "use super::super::attestation as a;", "line 1: `trust` -> `attestation`"),
        (&["trust"], "mod a { use super::super::verify::*; }", "line 1: `trust` -> `verify`"),
        (&["registry", "remote"], "fn f() { crate::evidence::g(); }", "line 1: `registry` -> `evidence`"),
        (&["registry"], "fn f(_: Vec<crate::trust::Key>) {}", "line 1: `registry` -> `trust`"),
        (&["report"], "fn f() { println!(\"{}\", crate::verify::X); }", "line 1: `report` -> `verify`"),
        (&["verify"], "use crate::cli;", "line 1: `verify` -> `cli`"),
        (&["oci"], "use crate::unknown::X;", "line 1: `oci` -> `unknown`"),
        (
            &["evidence"],
            "#[cfg(test)]\nmod tests {\n    use crate::registry;\n}",
            "line 3: `evidence` -> `registry`",
        ),
    ] {
        assert_eq!(house.violations(module, source), [edge], "{source}");
    }
    for (module, source) in [
        (&["oci"][..], "use crate::diagnostic::Code; use crate::limits::Limits; pub(crate) struct X;"),
        (&["evidence"], "use crate::{trust::Key, attestation, oci::Digest}; use super::oci;"),
        (&["report"], "use crate::evidence::Evidence; use crate::trust::Key;"),
        (&["registry", "layout", "scan"], "use super::index::Index; use super::super::Error; use self::x;"),
        (&["verify"], "use crate::registry::Registry; use crate::evidence::Evidence;"),
        (&["cli"], "use crate::{oci, verify, report, trust_store, registry};"),
    ] {
        assert_eq!(house.violations(module, source), [""; 0], "{source}");
    }
}

#[test]
fn planted_io_in_a_pure_room_is_caught_and_in_tests_and_other_rooms_it_is_not() {
    let house = house();
    for source in [
        "use std::fs;",
        "use std::{fmt, fs as files};",
        "use std::net::{Ipv6Addr, TcpStream};",
        "fn f() { std::process::abort() }",
        "fn f() { let _ = std::env::var(\"X\"); }",
        "fn f() { let _ = SystemTime::now(); }",
        "fn f() { let _ = jiff::Timestamp::now(); }",
        "fn f() { let _ = std::time::Instant::now(); }",
        "async fn f() {}",
        "fn f() { x\n.await; }",
        "fn f() { tokio::spawn(x); }",
        "use reqwest::Client;",
        "#[cfg(test)]\nmod tests {\n}\nuse std::fs::File;",
        "#[cfg(test)]\nmod tests;\nuse std::fs::File;",
    ] {
        assert!(!house.violations(&["oci"], source).is_empty(), "{source}");
        assert_eq!(house.violations(&["registry"], source), [""; 0], "{source}");
    }
    for source in [
        "//! Not async, no tokio, no std::fs.",
        "use std::net::{IpAddr, Ipv4Addr};",
        "fn f() { let _: std::net::Ipv6Addr; }",
        "struct Environment; fn f() { awaited(); }",
        "#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() {\n        std::env::var(\"X\");\n    }\n}",
    ] {
        assert_eq!(house.violations(&["oci"], source), [""; 0], "{source}");
    }
}
