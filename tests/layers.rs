//! Imports in `src/` match the table in `docs/architecture.md`, pure modules do no I/O, and files of a module do not
//! import each other in circles.
//!
//! The sources are parsed, not compiled.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// One row of the table.
#[derive(Debug)]
struct Row {
    layer: u32,
    pure: Purity,
    built: bool,
    imports: Vec<String>,
}

/// Which part of a module is pure.
#[derive(Debug, PartialEq)]
enum Purity {
    Whole,
    /// All submodules but these. The files of the module itself are not judged.
    AllBut(Vec<String>),
    None,
}

impl Purity {
    fn read(cell: &str) -> Option<Self> {
        match cell {
            "yes" => Some(Self::Whole),
            "no" => Some(Self::None),
            _ => {
                let names = cell.strip_prefix("but ")?.split(',');
                let names = names.map(|name| name.trim().strip_prefix('`')?.strip_suffix('`'));
                names.map(|name| name.map(str::to_owned)).collect::<Option<_>>().map(Self::AllBut)
            }
        }
    }

    /// Whether the module of this path is pure. `path` begins with the module of the table.
    fn contains<T: AsRef<str>>(&self, path: &[T]) -> bool {
        match self {
            Self::Whole => true,
            Self::None => false,
            Self::AllBut(parts) => {
                path.get(1).is_some_and(|part| parts.iter().all(|impure| impure != part.as_ref()))
            }
        }
    }
}

/// The table of modules.
#[derive(Debug)]
struct Layers(BTreeMap<String, Row>);

impl Layers {
    fn read(markdown: &str) -> Self {
        let mut rows = BTreeMap::new();
        for line in markdown.lines() {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            let [_, layer, name, pure, state, imports, _contents, _] = cells.as_slice() else { continue };
            let Some(name) = name.strip_prefix('`').and_then(|name| name.strip_suffix('`')) else { continue };
            let imports = imports.split(',').map(|import| import.trim().trim_matches('`').to_owned());
            let row = Row {
                layer: layer.parse().unwrap_or_else(|_| panic!("no layer: {line}")),
                pure: Purity::read(pure).unwrap_or_else(|| panic!("not `yes`, `no` or submodules: {line}")),
                built: *state == "built",
                imports: imports.filter(|import| import != "–").collect(),
            };
            assert!(matches!(*state, "built" | "later"), "{line}");
            assert!(rows.insert(name.to_owned(), row).is_none(), "module `{name}` has two rows");
        }
        let layers = Self(rows);
        for (name, row) in &layers.0 {
            for import in &row.imports {
                assert!(
                    !layers.meaning(import).is_empty(),
                    "`{name}` imports `{import}`, which is no module"
                );
            }
        }
        layers
    }

    /// The modules that an entry of the column "imports" means.
    fn meaning(&self, import: &str) -> Vec<&str> {
        let stands_for = |name: &str, row: &Row| {
            import == "all"
                || import == name
                || import.strip_prefix("layer ") == Some(&*row.layer.to_string())
        };
        self.0.iter().filter(|(name, row)| stands_for(name, row)).map(|(name, _)| name.as_str()).collect()
    }

    /// Everything that `module` may import, and itself.
    fn allowed(&self, module: &str) -> BTreeSet<&str> {
        let mut allowed = BTreeSet::new();
        let mut open = self.meaning(module);
        while let Some(name) = open.pop() {
            if allowed.insert(name) {
                open.extend(self.0[name].imports.iter().flat_map(|import| self.meaning(import)));
            }
        }
        allowed
    }

    /// Modules that are in the table and not in `src/`, or the other way round.
    fn differences(&self, folders: &BTreeSet<String>) -> Vec<String> {
        let unknown = folders.iter().filter(|folder| !self.0.contains_key(*folder));
        let mut wrong: Vec<String> =
            unknown.map(|folder| format!("`src/{folder}` is no module of the table")).collect();
        for (name, row) in &self.0 {
            match (row.built, folders.contains(name)) {
                (true, false) => wrong.push(format!("`{name}` is built, but there is no `src/{name}`")),
                (false, true) => wrong.push(format!("`{name}` is for later, but there is a `src/{name}`")),
                _ => {}
            }
        }
        wrong
    }

    /// What is wrong with one source file. `path` is that of its module below the crate: `["oci", "json"]`.
    fn violations(&self, path: &[&str], source: &str, codes: &Codes) -> Vec<String> {
        let module = path[0];
        let allowed = self.allowed(module);
        let read = Reading::of(path, source, false);
        let imported: BTreeSet<String> = read.mentions.iter().filter_map(Mention::top).collect();
        let mut wrong: Vec<String> = imported
            .iter()
            .filter(|target| !allowed.contains(target.as_str()))
            .map(|target| match line_of(source, target) {
                Some(line) => format!("line {line}: `{module}` -> `{target}`"),
                None => format!("`{module}` -> `{target}`"),
            })
            .collect();
        // Tests may give what a module above would report.
        let reported = read.mentions.iter().filter(|mention| !mention.tests);
        let used: BTreeSet<&str> = reported.filter_map(Mention::code).collect();
        for (code, declared) in used.into_iter().filter_map(|code| Some((code, codes.0.get(code)?))) {
            if !allowed.contains(declared.as_str()) {
                wrong.push(format!("`{module}` -> `{declared}`: `Code::{code}`"));
            }
        }
        if self.0[module].pure.contains(path) {
            wrong.extend(impurities(source));
            if self.0[module].pure != Purity::Whole {
                wrong.extend(self.impure_imports(module, &read));
            }
            let outside = read.mentions.iter().filter(|mention| mention.kind != Kind::Code && !mention.tests);
            let impure: BTreeSet<String> =
                outside.map(|mention| mention.path.join("::")).filter(|path| is_impure(path)).collect();
            wrong.extend(impure.into_iter().map(|path| format!("`{path}`")));
        }
        wrong
    }
}

impl Layers {
    /// What a pure submodule mentions of modules that are not pure, its own module included.
    fn impure_imports(&self, module: &str, read: &Reading) -> BTreeSet<String> {
        let outside = read.mentions.iter().filter(|mention| !mention.tests);
        let targets = outside.filter_map(|mention| absolute(&mention.module, &mention.path));
        targets
            .filter(|target| target.len() > 1 || target.first().is_some_and(|top| top != module))
            .filter_map(|target| {
                let row = self.0.get(target.first()?)?;
                let shown = if target[0] == module { target[..2].join("::") } else { target[0].clone() };
                (!row.pure.contains(&target)).then(|| format!("`{shown}` is not pure"))
            })
            .collect()
    }
}

/// The module that declares each constant of `Code`.
struct Codes(BTreeMap<String, String>);

impl Codes {
    /// Reads every `codes! { NAME = "area/name", …; }`.
    fn read<'a>(sources: impl IntoIterator<Item = (&'a [String], &'a str)>) -> Self {
        let mut codes = BTreeMap::new();
        for (path, source) in sources {
            for item in syn::parse_file(source).unwrap().items {
                let syn::Item::Macro(item) = item else { continue };
                if !item.mac.path.is_ident("codes") {
                    continue;
                }
                for declaration in item.mac.tokens.to_string().split(';') {
                    let Some((name, _)) = declaration.split_once('=') else { continue };
                    let name = name.trim().to_owned();
                    let other = codes.insert(name.clone(), path[0].clone());
                    assert_eq!(other, None, "`Code::{name}` is declared twice");
                }
            }
        }
        Self(codes)
    }
}

/// A path that a file mentions.
#[derive(Debug)]
struct Mention {
    /// The module that contains it.
    module: Vec<String>,
    path: Vec<String>,
    /// Whether it is in a test.
    tests: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A private `use`.
    Import,
    /// A `use` that others see.
    Reexport,
    /// A path in code.
    Code,
}

impl Mention {
    /// The module of the table that it leads to, where it says where it begins.
    fn top(&self) -> Option<String> {
        absolute(&self.module, &self.path)?.into_iter().next()
    }

    /// The name of the code, where it is one.
    fn code(&self) -> Option<&str> {
        let at = self.path.iter().position(|part| part == "Code")?;
        self.path.get(at + 1).map(String::as_str)
    }
}

/// `crate`, `self` and `super` at the beginning of a path, followed.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at = match path.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => module.to_vec(),
        _ => return None,
    };
    for part in path {
        match part.as_str() {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            other => at.push(other.to_owned()),
        }
    }
    Some(at)
}

/// One file as it is read.
#[derive(Default)]
struct Reading {
    module: Vec<String>,
    mentions: Vec<Mention>,
    /// The modules of the file: its own and those that are written in it.
    names: BTreeMap<Vec<String>, Names>,
    in_tests: bool,
}

/// The names that a module gives to its items.
#[derive(Default)]
struct Names {
    defined: BTreeSet<String>,
    /// Those that a `use` brings in, with the paths that they stand for.
    imported: BTreeMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

impl Reading {
    fn of(path: &[&str], source: &str, is_test: bool) -> Self {
        let file = syn::parse_file(source).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        let module: Vec<String> = path.iter().map(|&part| part.to_owned()).collect();
        let names = BTreeMap::from([(module.clone(), Names::default())]);
        let mut reading = Self { module, names, in_tests: is_test, ..Self::default() };
        reading.visit_file(&file);
        reading
    }

    fn add(&mut self, path: Vec<String>, kind: Kind) {
        self.mentions.push(Mention { module: self.module.clone(), path, tests: self.in_tests, kind });
    }

    /// The names of the module that is read, unless it is a test.
    fn names(&mut self) -> Option<&mut Names> {
        if self.in_tests { None } else { self.names.get_mut(&self.module) }
    }

    fn define(&mut self, name: &syn::Ident) {
        if let Some(names) = self.names() {
            names.defined.insert(name.to_string());
        }
    }

    fn add_tree(&mut self, before: &[String], tree: &syn::UseTree, kind: Kind) {
        let with = |ident: &syn::Ident| [before, &[ident.to_string()]].concat();
        let (path, name) = match tree {
            syn::UseTree::Path(path) => return self.add_tree(&with(&path.ident), &path.tree, kind),
            syn::UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.add_tree(before, tree, kind));
            }
            syn::UseTree::Name(name) => (with(&name.ident), Some(&name.ident)),
            syn::UseTree::Rename(rename) => (with(&rename.ident), Some(&rename.rename)),
            syn::UseTree::Glob(_) => ([before, &["*".to_owned()]].concat(), None),
        };
        // `use a::b::{self}` names `b`.
        let own_name = path.iter().rev().find(|part| *part != "self").cloned().unwrap_or_default();
        let name = name.map(|name| if name == "self" { own_name } else { name.to_string() });
        if let Some(names) = self.names() {
            let target: Vec<String> = path.iter().filter(|part| *part != "*").cloned().collect();
            match name {
                Some(name) => drop(names.imported.insert(name, target)),
                None => names.globs.push(target),
            }
        }
        self.add(path, kind);
    }
}

impl<'ast> Visit<'ast> for Reading {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let (attributes, name): (&[syn::Attribute], _) = match item {
            syn::Item::Const(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Enum(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
            syn::Item::Static(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Struct(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Trait(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Type(item) => (&item.attrs, Some(&item.ident)),
            syn::Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
            syn::Item::Impl(item) => (&item.attrs, None),
            syn::Item::Mod(item) => (&item.attrs, None),
            syn::Item::Use(item) => (&item.attrs, None),
            _ => (&[], None),
        };
        let outer = self.in_tests;
        self.in_tests |= attributes.iter().any(is_cfg_test);
        if let Some(name) = name {
            self.define(name);
        }
        visit::visit_item(self, item);
        self.in_tests = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        let outer = self.in_tests;
        self.in_tests |= item.attrs.iter().any(is_cfg_test);
        visit::visit_impl_item_fn(self, item);
        self.in_tests = outer;
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_private = matches!(item.vis, syn::Visibility::Inherited);
        self.add_tree(&[], &item.tree, if is_private { Kind::Import } else { Kind::Reexport });
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        // A single name in small letters is mostly a variable; functions are seen where they are called.
        if parts.len() > 1 || parts[0].starts_with(char::is_uppercase) {
            self.add(parts, Kind::Code);
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let syn::Expr::Path(function) = &*call.func
            && let Some(name) = function.path.get_ident()
        {
            self.add(vec![name.to_string()], Kind::Code);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {
        // `pub(crate)` and `pub(in …)` import nothing.
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.visit_path(&mac.path);
        // What a macro is given need not be Rust; a path in it is a run of tokens.
        let tokens = without_texts(&mac.tokens.to_string()).replace(" ::", "::").replace(":: ", "::");
        for path in tokens.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')) {
            let parts: Vec<String> = path.split("::").map(|part| part.trim_matches(':').to_owned()).collect();
            let is_path = parts.len() > 1 || parts[0].starts_with(char::is_uppercase);
            if is_path && parts.iter().all(|part| part.starts_with(|c: char| c.is_alphabetic() || c == '_')) {
                self.add(parts, Kind::Code);
            }
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        if item.content.is_some() && !self.in_tests {
            self.names.entry(self.module.clone()).or_default();
        }
        visit::visit_item_mod(self, item);
        self.module.pop();
    }
}

fn is_cfg_test(attribute: &syn::Attribute) -> bool {
    match &attribute.meta {
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string() == "test",
        _ => false,
    }
}

/// Tokens with their string literals left out.
fn without_texts(tokens: &str) -> String {
    let mut out = String::new();
    let mut rest = tokens;
    while let Some((before, text)) = rest.split_once('"') {
        out.push_str(before);
        let mut escaped = false;
        let end = text.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        rest = end.map_or("", |end| &text[end + 1..]);
    }
    out + rest
}

/// The first line that names the module below the crate, as text.
fn line_of(source: &str, module: &str) -> Option<usize> {
    let direct = [format!("crate::{module}"), format!("super::{module}")];
    let named = source.lines().position(|line| direct.iter().any(|path| line.contains(path.as_str())));
    named
        .or_else(|| source.lines().position(|line| line.contains("crate::") && line.contains(module)))
        .map(|at| at + 1)
}

const IMPURE: [&str; 15] = [
    "tokio",
    "reqwest",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::os",
    "std::thread",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "Instant::now",
    "elapsed()",
    "async fn",
    ".await",
];

/// Addresses are values; the rest of the module is sockets.
const ADDRESSES: [&str; 3] = ["std::net::Ipv4Addr", "std::net::Ipv6Addr", "std::net::IpAddr"];

fn is_impure(import: &str) -> bool {
    let below = |module: &str| import == module || import.starts_with(&format!("{module}::"));
    IMPURE.iter().any(|module| below(module)) && !ADDRESSES.iter().any(|address| below(address))
}

/// Lines of a pure module that mention I/O, async code or a clock. Comments and test modules are left out.
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
                wrong.push(format!("line {}: `{word}` in a pure module", at + 1));
            }
        }
    }
    wrong
}

/// One file of `src/`.
struct Source {
    /// As it is shown.
    file: String,
    /// The path of its module below the crate: `src/oci/json.rs` is `["oci", "json"]`, `src/oci/mod.rs` is `["oci"]`.
    path: Vec<String>,
    text: String,
}

impl Source {
    fn new(file: &str, text: &str) -> Self {
        let below = file.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
        let mut path: Vec<String> = below.split('/').map(str::to_owned).collect();
        if path.last().is_some_and(|last| last == "mod") {
            path.pop();
        }
        Self { file: file.to_owned(), path, text: text.to_owned() }
    }

    /// The files of `#[cfg(test)] mod tests;` are test modules too.
    fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests")
    }
}

/// Imports between the files of modules.
struct Graph<'a> {
    /// Every module of the crate by its path, without tests, with its file.
    modules: BTreeMap<Vec<String>, (&'a Source, Names)>,
    /// From file to file, with the paths that lead there.
    edges: BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<String>>>,
}

impl<'a> Graph<'a> {
    fn read(sources: &'a [Source]) -> Self {
        let mut modules = BTreeMap::new();
        let mut mentions = Vec::new();
        for source in sources.iter().filter(|source| !source.is_test()) {
            let path: Vec<&str> = source.path.iter().map(String::as_str).collect();
            let reading = Reading::of(&path, &source.text, false);
            modules.extend(reading.names.into_iter().map(|(path, names)| (path, (source, names))));
            mentions.extend(reading.mentions.into_iter().map(|mention| (source, mention)));
        }
        let mut graph = Self { modules, edges: BTreeMap::new() };
        for (source, mention) in
            mentions.iter().filter(|(_, mention)| !mention.tests && mention.kind != Kind::Reexport)
        {
            let Some(target) = graph.resolve(&mention.module, &mention.path, 16) else { continue };
            let target = graph.modules[&target].0;
            if target.file != source.file && target.path[0] == source.path[0] {
                let paths = graph.edges.entry(&source.file).or_default().entry(&target.file).or_default();
                paths.insert(mention.path.join("::"));
            }
        }
        graph
    }

    /// The module that defines the item of a path. None if the item is a module or in another crate.
    fn resolve(&self, from: &[String], path: &[String], fuel: usize) -> Option<Vec<String>> {
        let fuel = fuel.checked_sub(1)?;
        let (mut at, mut rest) = match path.first()?.as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (from.to_vec(), &path[1..]),
            "super" => (from[..from.len() - 1].to_vec(), &path[1..]),
            _ => (from.to_vec(), path),
        };
        let is_relative = rest.len() == path.len();
        while let Some((name, behind)) = rest.split_first() {
            if name == "super" {
                at.pop();
                rest = behind;
                continue;
            }
            let inner = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.modules.contains_key(&inner) {
                at = inner;
                rest = behind;
                continue;
            }
            let (_, names) = self.modules.get(&at)?;
            if names.defined.contains(name) {
                return Some(at);
            }
            if let Some(target) = names.imported.get(name) {
                // `use name;` of a crate.
                return match target.as_slice() == [name.clone()] {
                    true => None,
                    false => self.resolve(&at, &[target, behind].concat(), fuel),
                };
            }
            let globs = names.globs.iter().filter_map(|glob| self.module(&at, glob));
            let behind_glob = |module: Vec<String>| {
                let path = [&["self".to_owned()], rest].concat();
                let knows = self.modules.get(&module).is_some_and(|(_, names)| {
                    names.defined.contains(name) || names.imported.contains_key(name)
                });
                if knows { self.resolve(&module, &path, fuel) } else { None }
            };
            let found = globs.filter(|module| *module != at).find_map(behind_glob);
            // What no text defines (a macro does) belongs to the module that has to have it.
            return found.or_else(|| (!is_relative || rest.len() < path.len()).then_some(at));
        }
        None
    }

    /// The module that a path names.
    fn module(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        let module = absolute(from, path).unwrap_or_else(|| [from, path].concat());
        self.modules.contains_key(&module).then_some(module)
    }

    /// Each set of files that import each other, with the imports that make it so.
    fn circles(&self) -> Vec<(String, String)> {
        let reached = |from: &'a str| {
            let mut reached = BTreeSet::new();
            let mut open = vec![from];
            while let Some(file) = open.pop() {
                for &next in self.edges.get(file).into_iter().flat_map(BTreeMap::keys) {
                    if reached.insert(next) {
                        open.push(next);
                    }
                }
            }
            reached
        };
        let reach: BTreeMap<&str, BTreeSet<&str>> =
            self.edges.keys().map(|file| (*file, reached(file))).collect();
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for (&file, reached) in &reach {
            if !reached.contains(file) || seen.contains(file) {
                continue;
            }
            let circle: Vec<&str> = reached
                .iter()
                .copied()
                .filter(|other| reach.get(other).is_some_and(|back| back.contains(file)))
                .collect();
            let mut shown = String::new();
            for from in &circle {
                for (to, paths) in self.edges[from].iter().filter(|(to, _)| circle.contains(to)) {
                    let is_rooted = |path: &&String| path.starts_with("super") || path.starts_with("crate");
                    let any = paths.iter().any(|path| is_rooted(&path));
                    let paths: Vec<&str> =
                        paths.iter().filter(|path| !any || is_rooted(path)).map(String::as_str).collect();
                    shown.push_str(&format!("  {from} -> {to}: {}\n", paths.join(", ")));
                }
            }
            seen.extend(circle);
            let module = file.split('/').nth(1).unwrap().to_owned();
            circles.push((module, shown));
        }
        circles
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn layers() -> Layers {
    Layers::read(&fs::read_to_string(root().join("docs/architecture.md")).unwrap())
}

/// All files of modules.
fn sources() -> Vec<Source> {
    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut all = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                all.extend(files(&path));
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                all.push(path);
            }
        }
        all.sort();
        all
    }
    let mut sources = Vec::new();
    for file in files(&root().join("src")) {
        let parts: Vec<_> =
            file.strip_prefix(root()).unwrap().iter().map(|part| part.to_str().unwrap()).collect();
        if !matches!(parts.as_slice(), ["src", "lib.rs" | "main.rs"]) {
            sources.push(Source::new(&parts.join("/"), &fs::read_to_string(&file).unwrap()));
        }
    }
    sources
}

fn codes(sources: &[Source]) -> Codes {
    Codes::read(sources.iter().map(|source| (source.path.as_slice(), source.text.as_str())))
}

#[test]
fn imports_match_the_table_and_pure_modules_do_no_io() {
    let layers = layers();
    let sources = sources();
    let codes = codes(&sources);
    assert!(codes.0.len() > 50, "the codes were not read: {}", codes.0.len());
    let mut wrong = Vec::new();
    for source in &sources {
        let path: Vec<&str> = source.path.iter().map(String::as_str).collect();
        if !layers.0.contains_key(path[0]) {
            wrong.push(format!("{}: `{}` is no module of the table", source.file, path[0]));
            continue;
        }
        let in_tests = format!("#[cfg(test)]\nmod tests {{\n{}\n}}\n", source.text);
        let found = match source.is_test() {
            true => layers.violations(&path[..path.len() - 1], &in_tests, &codes),
            false => layers.violations(&path, &source.text, &codes),
        };
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", source.file)));
    }
    assert!(wrong.is_empty(), "not allowed by docs/architecture.md:\n{}", wrong.join("\n"));
}

#[test]
fn files_of_a_module_do_not_import_each_other_in_circles() {
    let sources = sources();
    let graph = Graph::read(&sources);
    let edges: usize = graph.edges.values().map(BTreeMap::len).sum();
    assert!(edges > 200, "imports were not read: {edges}");
    let circles = graph.circles();
    let shown: Vec<&str> = circles.iter().map(|(_, shown)| shown.as_str()).collect();
    assert!(shown.is_empty(), "these files import each other:\n{}", shown.join("\n"));
}

#[test]
fn built_modules_and_folders_match() {
    let mut folders = BTreeSet::new();
    for entry in fs::read_dir(root().join("src")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            folders.insert(name);
        } else {
            assert!(matches!(name.as_str(), "lib.rs" | "main.rs"), "`src/{name}` belongs to no module");
        }
    }
    let layers = layers();
    assert_eq!(layers.differences(&folders), [""; 0]);

    let planted = |add: &str, remove: &str| {
        let mut folders = folders.clone();
        folders.insert(add.to_owned());
        folders.remove(remove);
        layers.differences(&folders)
    };
    assert_eq!(planted("common", "")[0], "`src/common` is no module of the table");
    assert!(
        planted("oci", "trust").contains(&"`trust` is built, but there is no `src/trust`".to_owned()),
        "{folders:?}"
    );
    assert_eq!(planted("mirror", ""), ["`mirror` is for later, but there is a `src/mirror`"]);
}

#[test]
fn the_table_has_only_downward_imports() {
    let layers = layers();
    assert!(layers.0.len() > 20, "the table was not read: {layers:?}");
    for (name, row) in layers.0.iter().filter(|(name, _)| *name != "cli") {
        for import in row.imports.iter().flat_map(|import| layers.meaning(import)) {
            assert!(
                !layers.allowed(import).contains(name.as_str()),
                "`{name}` and `{import}` import each other"
            );
            assert!(layers.0[import].layer <= row.layer, "`{name}` imports `{import}` of a higher layer");
        }
        if row.pure == Purity::Whole {
            let impure =
                layers.allowed(name).into_iter().find(|import| layers.0[*import].pure != Purity::Whole);
            assert_eq!(impure, None, "`{name}` is pure");
        }
    }
}

#[test]
fn a_forbidden_import_is_found_in_every_form() {
    let layers = layers();
    let none = Codes(BTreeMap::new());
    for (path, source, edge) in [
        (&["oci"][..], "use crate::registry::Error;", "line 1: `oci` -> `registry`"),
        (&["trust"], "\nuse crate::{oci::Digest, evidence};", "line 2: `trust` -> `evidence`"),
        (&["trust", "key"], "use super::super::attestation as a;", "line 1: `trust` -> `attestation`"),
        (&["trust"], "mod a { use super::super::verify::*; }", "line 1: `trust` -> `verify`"),
        (&["registry", "remote"], "fn f() { crate::evidence::g(); }", "line 1: `registry` -> `evidence`"),
        (&["registry"], "fn f(_: Vec<crate::trust::Key>) {}", "line 1: `registry` -> `trust`"),
        (&["report"], "fn f() { println!(\"{}\", crate::verify::X); }", "line 1: `report` -> `verify`"),
        (&["report"], "use crate::admission::Use;", "line 1: `report` -> `admission`"),
        (&["verify"], "use crate::cli;", "line 1: `verify` -> `cli`"),
        (&["oci"], "use crate::unknown::X;", "line 1: `oci` -> `unknown`"),
        (&["limits"], "use crate::oci::Digest;", "line 1: `limits` -> `oci`"),
        (
            &["evidence"],
            "#[cfg(test)]\nmod tests {\n    use crate::registry;\n}",
            "line 3: `evidence` -> `registry`",
        ),
    ] {
        assert_eq!(layers.violations(path, source, &none), [edge], "{source}");
    }
    for (path, source) in [
        (&["oci"][..], "use crate::diagnostic::Code; use crate::limits::Limits; pub(crate) struct X;"),
        (&["evidence"], "use crate::{trust::Key, attestation, oci::Digest}; use super::oci;"),
        (&["report"], "use crate::evidence::Evidence; use crate::trust::Key;"),
        (&["registry", "layout", "scan"], "use super::index::Index; use super::super::Error; use self::x;"),
        (&["verify"], "use crate::registry::Registry; use crate::evidence::Evidence;"),
        (&["verify"], "fn f() { println!(\"crate::cli\"); }"),
        (&["cli"], "use crate::{oci, verify, report, trust_store, registry};"),
    ] {
        assert_eq!(layers.violations(path, source, &none), [""; 0], "{source}");
    }
}

#[test]
fn a_code_of_a_higher_module_is_found() {
    let layers = layers();
    let declared =
        "use crate::diagnostic::codes;\ncodes! {\n    GATE_NO = \"gate/no\", Fail, \"a; b = c\";\n}";
    let gate = ["gate".to_owned(), "codes".to_owned()];
    let codes = Codes::read([(gate.as_slice(), declared)]);
    assert_eq!(codes.0["GATE_NO"], "gate");
    for source in [
        "fn f() -> Code { Code::GATE_NO }",
        "fn f() { g(crate::diagnostic::Code::GATE_NO) }",
        "fn f() { assert_eq!(found, Code::GATE_NO); }",
    ] {
        let wrong = ["`registry` -> `gate`: `Code::GATE_NO`"];
        assert_eq!(layers.violations(&["registry"], source, &codes), wrong, "{source}");
        assert_eq!(layers.violations(&["gate"], source, &codes), [""; 0], "{source}");
        assert_eq!(layers.violations(&["cli"], source, &codes), [""; 0], "{source}");
    }
    let test = "#[cfg(test)] mod tests { fn f() -> Code { Code::GATE_NO } }";
    assert_eq!(layers.violations(&["registry"], test, &codes), [""; 0]);
}

#[test]
fn io_is_found_in_pure_modules_only() {
    let layers = layers();
    let none = Codes(BTreeMap::new());
    for source in [
        "use std::fs;",
        "use std::{fmt, fs as files};",
        "use std::net::{Ipv6Addr, TcpStream};",
        "fn f() { std::process::abort() }",
        "fn f() { let _ = std::env::var(\"X\"); }",
        "fn f() { let _ = SystemTime::now(); }",
        "fn f() { let _ = jiff::Timestamp::now(); }",
        "fn f() { let _ = std::time::Instant::now(); }",
        "fn f() { let _ = std::time::UNIX_EPOCH.elapsed(); }",
        "fn f() { std::thread::sleep(x); }",
        "async fn f() {}",
        "fn f() { x\n.await; }",
        "fn f() { tokio::spawn(x); }",
        "use reqwest::Client;",
        "#[cfg(test)]\nmod tests {\n}\nuse std::fs::File;",
        "#[cfg(test)]\nmod tests;\nuse std::fs::File;",
    ] {
        assert!(!layers.violations(&["oci"], source, &none).is_empty(), "{source}");
        assert_eq!(layers.violations(&["registry"], source, &none), [""; 0], "{source}");
    }
    for source in [
        "//! Not async, no tokio, no std::fs.",
        "use std::net::{IpAddr, Ipv4Addr};",
        "fn f() { let _: std::net::Ipv6Addr; }",
        "struct Environment; fn f() { awaited(); }",
        "#[cfg(test)]\nmod tests {\n    use std::fs;\n    fn f() {\n        std::env::var(\"X\");\n    }\n}",
    ] {
        assert_eq!(layers.violations(&["oci"], source, &none), [""; 0], "{source}");
    }
}

#[test]
fn a_pure_submodule_is_judged_like_a_pure_module() {
    let layers = layers();
    let none = Codes(BTreeMap::new());
    let pure = &["builder", "definition", "reader"][..];
    for (source, wrong) in [
        ("use std::fs;", "line 1: `std::fs` in a pure module"),
        ("use crate::registry::Registry;", "`registry` is not pure"),
        ("use crate::gate;", "`gate` is not pure"),
        ("use super::super::source::Fetch;", "`builder::source` is not pure"),
        ("fn f() { crate::builder::source::get() }", "`builder::source` is not pure"),
    ] {
        let found = layers.violations(pure, source, &none);
        assert!(found.iter().any(|what| what == wrong), "{source}: {found:?}");
        assert_eq!(layers.violations(&["builder", "source", "http"], source, &none), [""; 0], "{source}");
    }
    for source in [
        "use crate::yaml::Value; use crate::report::Table;",
        "use super::Text; use crate::builder::template::Scope;",
        "#[cfg(test)]\nmod tests {\n    use crate::builder::source::Fetch;\n}",
    ] {
        assert_eq!(layers.violations(pure, source, &none), [""; 0], "{source}");
    }
}

#[test]
fn a_circular_import_is_found_in_every_form() {
    let circle = |files: &[(&str, &str)]| {
        let sources: Vec<Source> = files.iter().map(|(file, text)| Source::new(file, text)).collect();
        Graph::read(&sources).circles()
    };
    let module = "mod a; mod b; pub use a::A; pub use b::B;";
    for (module, a, b) in [
        (module, "use super::B; pub struct A;", "use super::A; pub struct B;"),
        (module, "use super::b::B; pub struct A;", "use crate::m::a::A; pub struct B;"),
        (module, "use super::{B}; pub struct A;", "pub struct B; fn f() { super::A::new() }"),
        (module, "use super::B as C; pub struct A;", "pub struct B; fn f() { x!(1, \"\\\"\", super::A) }"),
        (module, "use super::b; fn f() { b::g() } pub struct A;", "use crate::m::A; pub struct B;"),
        (
            "mod a; mod b; pub use a::*; use b::B;",
            "use super::B; pub struct A;",
            "use super::A; pub struct B;",
        ),
        (
            "mod a; mod b; pub mod x { pub use super::a::A; }",
            "use super::b::B; pub struct A;",
            "use super::x::A; pub struct B;",
        ),
        ("mod a; mod b;", "use super::b::B; pub struct A;", "impl From<super::a::A> for B {} pub struct B;"),
    ] {
        let found = circle(&[("src/m/mod.rs", module), ("src/m/a.rs", a), ("src/m/b.rs", b)]);
        let [(name, shown)] = found.as_slice() else { panic!("{found:?}: {module}\n{a}\n{b}") };
        assert_eq!(name, "m");
        assert!(
            shown.contains("src/m/a.rs -> src/m/b.rs: ") && shown.contains("src/m/b.rs -> src/m/a.rs: "),
            "{shown}"
        );
    }
    // An item of `mod.rs` itself.
    for (module, a) in [
        ("mod a; pub use a::A; pub struct M(A);", "use super::M; pub struct A;"),
        ("mod a; pub use a::A; pub struct M(a::A);", "use super::M; pub struct A;"),
        ("mod a; pub(crate) use a::g; fn f() -> u8 { g() }", "pub(crate) fn g() -> u8 { super::f() }"),
        ("mod a; pub struct M; fn f() { a::g() }", "fn g() -> super::M { super::M }"),
        ("mod a; use a::A; pub const M: u8 = 1;", "use crate::m::M; pub struct A;"),
        ("mod a; use a::A; pub mod inner { pub struct M; }", "use crate::m::inner::M; pub struct A;"),
    ] {
        let found = circle(&[("src/m/mod.rs", module), ("src/m/a.rs", a)]);
        assert_eq!(found.len(), 1, "{module}\n{a}");
    }
    // Three files and a folder.
    let found = circle(&[
        ("src/m/mod.rs", "mod a; mod b; mod c;"),
        ("src/m/a.rs", "use super::b::B; pub struct A;"),
        ("src/m/b/mod.rs", "mod d; pub use d::B;"),
        ("src/m/b/d.rs", "use super::super::c::C; pub struct B;"),
        ("src/m/c.rs", "use crate::m::a::A; pub struct C;"),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].1.lines().count(), 3, "{found:?}");
}

#[test]
fn imports_without_a_circle_are_accepted() {
    for files in [
        // Declarations and re-exports alone make no edge.
        &[
            ("src/m/mod.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
            ("src/m/a.rs", "pub struct A;"),
            ("src/m/b.rs", "use super::A; pub struct B;"),
        ][..],
        // A variable may have the name of a function.
        &[
            ("src/m/mod.rs", "mod a; pub use a::g; pub struct M; fn f(g: u8) -> u8 { g }"),
            ("src/m/a.rs", "use super::M; pub fn g() {}"),
        ],
        // Tests import what they like.
        &[
            ("src/m/mod.rs", "mod a; pub use a::A; pub struct M(A); #[cfg(test)] mod tests;"),
            ("src/m/a.rs", "pub struct A; #[cfg(test)] mod tests { use super::super::M; }"),
            ("src/m/tests.rs", "use super::*;"),
        ],
        &[
            ("src/m/mod.rs", "mod a; pub use a::A; pub struct M(A);"),
            ("src/m/a.rs", "pub struct A; #[cfg(test)] fn f() -> super::M {}"),
        ],
        // So do other modules, which the table judges, and other crates.
        &[
            ("src/m/mod.rs", "use crate::n::N; pub struct M;"),
            ("src/n/mod.rs", "use crate::m::M; pub struct N;"),
        ],
        &[
            ("src/m/mod.rs", "mod a; use bytes::Bytes; use a::A; pub struct M;"),
            ("src/m/a.rs", "use super::Bytes; use std::fmt; pub struct A; fn f() { println!(\"super::M\") }"),
        ],
    ] {
        let sources: Vec<Source> = files.iter().map(|(file, text)| Source::new(file, text)).collect();
        assert_eq!(Graph::read(&sources).circles(), [], "{files:?}");
    }
}
