//! What the definitions of the catalog put into an image beside packages: `paths`, `contents.files`, `contents.artifacts`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use dhi::builder::definition::{Definition, TargetPlatform, Text, read};
use dhi::builder::platform::{complete, resolve};
use dhi::builder::rootfs::{
    CheckoutEntry, CheckoutKind, Context, ContextError, ContextName, ContextNode, Fetched, MemorySpool,
    NoContext, Placement, Tree, add_artifact, add_fetched, apply_paths,
};

use super::rendered_definitions::{Nothing, definitions};

const EPOCH: i64 = 1_700_000_000;

/// The folder of the catalog. It has no large files: one that is missing is empty.
struct Catalog {
    root: PathBuf,
    missing: Cell<usize>,
}

impl Context for Catalog {
    fn open(&self, path: &str) -> Result<ContextNode, ContextError> {
        let at = self.root.join(path);
        let unreadable = |error: std::io::Error| ContextError::Unreadable(error.to_string());
        if at.is_dir() {
            let names = fs::read_dir(&at).map_err(unreadable)?.map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                ContextName { name, target: None }
            });
            return Ok(ContextNode::Directory(names.collect()));
        }
        if !at.exists() {
            self.missing.set(self.missing.get() + 1);
            return Ok(ContextNode::File { content: "".into(), is_executable: false });
        }
        let is_executable = at.metadata().map_err(unreadable)?.permissions().mode() & 0o100 != 0;
        let content = fs::read(&at).map_err(unreadable)?.into();
        Ok(ContextNode::File { content, is_executable })
    }
}

/// The definitions of images, each for its first platform.
fn images() -> Vec<(String, Definition)> {
    let mut found = Vec::new();
    definitions(&crate::shared_data().join("catalog/image"), &mut found);
    let resolved = found.into_iter().map(|(path, text)| {
        let file = path.display().to_string();
        let complete = complete(&file, &text, &Nothing).unwrap();
        let platform = complete.definition.platforms().first().copied().unwrap_or(TargetPlatform::LinuxAmd64);
        (file, resolve(&complete.definition, &complete.sources, platform).unwrap().resolved.definition)
    });
    resolved.collect()
}

fn skipped(images: &[(String, Definition)]) -> bool {
    if images.is_empty() {
        crate::print("skipped: there are no definitions of images");
    }
    images.is_empty()
}

#[test]
fn the_paths_of_each_image_are_applied() {
    let context = Catalog { root: crate::shared_data().join("catalog"), missing: Cell::new(0) };
    let images = images();
    if skipped(&images) {
        return;
    }
    let (mut kinds, mut remarks) = (BTreeMap::new(), BTreeMap::new());
    for (file, definition) in &images {
        let mut tree = Tree::new(EPOCH);
        let found = apply_paths(&mut tree, &definition.paths, &context, EPOCH)
            .unwrap_or_else(|error| panic!("{file}: {error}"));
        for entry in &definition.paths {
            *kinds.entry(entry.kind.value.to_string()).or_insert(0) += 1;
        }
        for remark in found {
            *remarks.entry(remark.kind.to_string()).or_insert(0) += 1;
        }
        assert!(tree.iter().all(|(_, node)| node.metadata.mtime == EPOCH), "{file}");
    }
    crate::print(&format!(
        "paths of {} images: {kinds:?}, remarks {remarks:?}, {} files not in the catalog",
        images.len(),
        context.missing.get()
    ));
    // A script that reads the same files with another YAML reader counts these.
    let expected = [("delete", 5), ("directory", 410), ("emptyfile", 3), ("file", 145), ("symlink", 222)];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
}

#[test]
fn the_artifacts_of_each_image_have_valid_patterns() {
    let images = images();
    if skipped(&images) {
        return;
    }
    let (mut artifacts, mut includes) = (0, 0);
    for (file, definition) in &images {
        for artifact in definition.contents.iter().flat_map(|contents| &contents.artifacts) {
            let image = Tree::new(EPOCH);
            let done = add_artifact(&mut Tree::new(EPOCH), artifact, &image, "image", EPOCH)
                .unwrap_or_else(|error| panic!("{file}: {error}"));
            // An image without files has nothing that a pattern matches.
            let written: Vec<&str> =
                artifact.includes.iter().map(|include: &Text| include.value.as_str()).collect();
            assert_eq!(done.unmatched, written, "{file}");
            (artifacts, includes) = (artifacts + 1, includes + written.len());
        }
    }
    crate::print(&format!("{artifacts} artifacts with {includes} includes"));
    assert!(artifacts > 0 && includes > 0);
}

#[test]
fn the_files_of_each_image_are_put_at_their_paths() {
    let images = images();
    if skipped(&images) {
        return;
    }
    let mut placements = BTreeMap::new();
    for (file, definition) in &images {
        let mut tree = Tree::new(EPOCH);
        for source in definition.contents.iter().flat_map(|contents| &contents.files) {
            let (url, path) = (source.url.as_ref().unwrap().as_str(), source.path.as_ref().unwrap());
            let placement = Placement::of(url, path);
            *placements.entry(format!("{placement:?}")).or_insert(0) += 1;
            if placement == Placement::Store {
                let fetched = Fetched::File("content".into());
                add_fetched(&mut tree, source, url, fetched, &mut MemorySpool, EPOCH)
                    .unwrap_or_else(|error| panic!("{file}: {error}"));
            }
        }
    }
    crate::print(&format!("files: {placements:?}"));
    assert!(placements.contains_key("Store") && placements.contains_key("Unpack(Gzip)"));
}

/// Row 23: a name that marks deletions is refused from every source of files, with its path and the source.
#[test]
fn names_that_mark_deletions_come_from_no_source() {
    let folder = crate::shared_data().join("bugs-builder/23-whiteout-names");
    let Ok(expected) = fs::read_to_string(folder.join("expected.json")) else {
        crate::print("skipped: there are no situations");
        return;
    };
    let expected: serde_json::Value = serde_json::from_str(&expected).unwrap();
    let definition = |text: &str| read(text, "keeps.yaml").unwrap().definition;
    let mut checked = 0;
    for (case, name) in [
        ("file", "/opt/.wh.keep"),
        ("opaque", "/opt/.wh..wh..opq"),
        ("directory", "/opt/.wh.dir/x"),
        ("bare", "/opt/.wh."),
    ] {
        let texts = expected[case]["error"]["text_has"].as_array().unwrap();
        // The last one is the package there.
        let wanted = texts.iter().map(|text| text.as_str().unwrap()).filter(|text| *text != "keeps");
        let wanted: Vec<&str> = wanted.collect();
        let mut errors = Vec::new();
        for kind in ["type: file", "type: emptyfile", "type: directory", "type: symlink, source: x"] {
            let paths = definition(&format!("paths:\n  - {{{kind}, path: {name}}}\n")).paths;
            errors
                .push(apply_paths(&mut Tree::new(EPOCH), &paths, &NoContext, EPOCH).unwrap_err().to_string());
        }
        let (directory, last) = name.rsplit_once('/').unwrap();
        for (path, fetched) in [
            (name.to_owned(), Fetched::File("content".into())),
            ("/".to_owned(), {
                let kind = CheckoutKind::File { content: "content".into(), is_executable: false };
                Fetched::Checkout(vec![CheckoutEntry { path: format!("{directory}/{last}"), kind }])
            }),
        ] {
            let text = format!("contents:\n  files:\n    - {{url: https://x.example/keeps, path: {path}}}\n");
            let contents = definition(&text).contents.unwrap();
            let url = "https://x.example/keeps";
            let error =
                add_fetched(&mut Tree::new(EPOCH), &contents.files[0], url, fetched, &mut MemorySpool, EPOCH);
            let error = error.unwrap_err().to_string();
            assert!(error.contains(url), "{error}");
            errors.push(error);
        }
        for error in errors {
            assert!(wanted.iter().all(|text| error.contains(text)), "{case}: {error}");
            checked += 1;
        }
    }
    assert_eq!(checked, 24);
    for fine in expected["fine"]["tree"].as_array().unwrap() {
        let paths =
            definition(&format!("paths:\n  - {{type: file, path: {}}}\n", fine.as_str().unwrap())).paths;
        assert!(apply_paths(&mut Tree::new(EPOCH), &paths, &NoContext, EPOCH).is_ok(), "{fine}");
    }
}
