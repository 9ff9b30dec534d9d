//! The bundle of trusted certificates.

use std::sync::Arc;

use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::limits::{CERTIFICATE, CERTIFICATE_BUNDLE, SCRIPT_DATA};
use crate::builder::rootfs::node::{Node, Origin};
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::tree::Tree;
use crate::builder::rootfs::tree_writer::{TreeWriter, WriteError, read};
use crate::limits::Exceeded;

const STOCK: &str = "/usr/share/ca-certificates";
const LOCAL: &str = "/usr/local/share/ca-certificates";
const DIRECTORY: &str = "/etc/ssl/certs";
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const SELECTION: &str = "/etc/ca-certificates.conf";

/// A file with certificates.
type Certificates = (TreePath, Arc<[u8]>);

/// Writes the bundle of certificates, if the package `ca-certificates` is installed. To be called after
/// everything else that can bring certificates: files, artifacts, outputs of stages and `paths`. `dev`: also
/// a link for each file with certificates.
///
/// 1. The files `*.crt` below `/usr/share/ca-certificates` by path, without those that
///    `/etc/ca-certificates.conf` deselects with `!`.
/// 2. Those below `/usr/local/share/ca-certificates` by path.
/// 3. A missing last newline is added.
///
/// A bundle that `paths` of the definition wrote stays.
///
/// # Errors
///
/// [`WriteError`] if something stands in the way, or a certificate cannot be read.
pub fn write_certificates(
    tree: &mut Tree,
    packages: &[Installed],
    dev: bool,
    epoch: i64,
) -> Result<(), WriteError> {
    let Some(package) = packages.iter().find(|package| package.name == "ca-certificates") else {
        return Ok(());
    };
    let is_alpine = matches!(package.description, Description::Apk { .. });
    let stock_directory = TreePath::parse(STOCK)?;
    let mut stock = certificates(tree, &stock_directory)?;
    let selection = TreePath::parse(SELECTION)?;
    let deselected = deselected(tree, &selection)?;
    stock.retain(|(path, _)| {
        let name = path.below(&stock_directory).unwrap_or_default();
        !deselected.iter().any(|other| other == name)
    });
    let local = certificates(tree, &TreePath::parse(LOCAL)?)?;
    let list: String = stock
        .iter()
        .filter_map(|(path, _)| path.below(&stock_directory))
        .map(|name| format!("{name}\n"))
        .collect();
    let all: Vec<Certificates> = stock.into_iter().chain(local).collect();
    let mut bundle = Vec::new();
    for (_, bytes) in &all {
        bundle.extend_from_slice(bytes);
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            bundle.push(b'\n');
        }
        if bundle.len() as u64 > CERTIFICATE_BUNDLE {
            return Err(Exceeded::new("bundle of certificates", CERTIFICATE_BUNDLE, "bytes").into());
        }
    }

    let origin = Origin::Synthesized { by: "certificates".to_owned() };
    let mut writer = TreeWriter::new(tree, origin, epoch);
    let at = TreePath::parse(BUNDLE)?;
    let is_of_definition = |node: &Node| matches!(*node.origin, Origin::Path(_));
    if !writer.tree().get(&writer.tree().resolve(&at)?).is_some_and(is_of_definition) {
        writer.file(&at, 0o644, bundle.into())?;
    }
    if !is_alpine {
        writer.directory(&TreePath::parse(LOCAL)?, 0o755)?;
        // Without it, the next trigger in the image would find that no certificate is selected.
        if !writer.exists(&selection)? {
            writer.file(&selection, 0o644, list.into())?;
        }
    }
    if dev {
        let directory = TreePath::parse(DIRECTORY)?;
        for (path, _) in &all {
            let link = directory.join(&link_name(path.name(), is_alpine))?;
            if !writer.exists(&link)? {
                writer.link(&link, &path.to_string())?;
            }
        }
    }
    Ok(())
}

/// The files `*.crt` below a directory, by path. Links to files count.
fn certificates(tree: &Tree, directory: &TreePath) -> Result<Vec<Certificates>, WriteError> {
    let directory = tree.resolve(directory)?;
    let mut found = Vec::new();
    for (path, node) in tree.below(&directory) {
        if path.name().ends_with(".crt")
            && !node.is_directory()
            && let Some(bytes) = read(tree, path, CERTIFICATE, "certificate")?
        {
            found.push((path.clone(), bytes));
        }
    }
    Ok(found)
}

/// The names that a selection marks with `!`.
fn deselected(tree: &Tree, selection: &TreePath) -> Result<Vec<String>, WriteError> {
    let Some(text) = read(tree, selection, SCRIPT_DATA, "selection of certificates")? else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_prefix('!')).map(|name| name.trim().to_owned()).collect())
}

/// The name of the link to a certificate, as `update-ca-certificates` of the distribution makes it.
fn link_name(file: &str, is_alpine: bool) -> String {
    let stem = file.strip_suffix(".crt").unwrap_or(file);
    let prefix = if is_alpine { "ca-cert-" } else { "" };
    let stem = stem.chars().map(|character| match character {
        ' ' | ',' => '_',
        '(' | ')' => '=',
        other => other,
    });
    format!("{prefix}{}.pem", stem.collect::<String>())
}
