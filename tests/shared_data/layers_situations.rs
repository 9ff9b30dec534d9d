//! Situations from bug reports about layers and configurations, with their right values.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;

use dhi::builder::definition::{PortRange, read};
use dhi::builder::layers::{Budget, LayerCheck, LayerFault, Layering, PlannedLayer, plan, write_tar};
use dhi::builder::output::{ImageSettings, image_config};
use dhi::builder::rootfs::{Metadata, Node, NodeKind, Origin, PathError, Tree, TreePath};
use serde_json::Value;

use super::{print, shared_data};

const EPOCH: i64 = 1_700_000_000;

/// The text of a file of a situation. `None`, with a line of output, where the data are not there.
fn situation(name: &str) -> Option<String> {
    let path = shared_data().join("bugs-builder").join(name);
    if path.exists() {
        return Some(fs::read_to_string(path).unwrap());
    }
    print(&format!("skipped: there is no {}", path.display()));
    None
}

fn expected(name: &str) -> Option<Value> {
    situation(&format!("{name}/expected.json")).map(|text| serde_json::from_str(&text).unwrap())
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn put(tree: &mut Tree, at: &str, mode: u16, owner: u32, content: Option<&str>, origin: Origin) {
    let kind = match content {
        Some(content) => NodeKind::File { content: content.into(), link: None },
        None => NodeKind::Directory,
    };
    let metadata = Metadata { uid: owner, gid: owner, ..Metadata::of_root(mode, EPOCH) };
    tree.put(path(at), Node { metadata, kind, origin: origin.into() }).unwrap();
}

fn written(tree: &Tree, layer: &PlannedLayer) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tar(tree, layer, &mut bytes).unwrap();
    bytes
}

#[test]
fn each_port_of_a_range_is_exposed() {
    let (Some(text), Some(expected)) =
        (situation("19-port-range/definition.yaml"), expected("19-port-range"))
    else {
        return;
    };
    let image = read(&text, "definition.yaml").unwrap().definition;
    let ports: Vec<PortRange> = image.ports.into_iter().map(|port| port.value.unwrap()).collect();
    let settings =
        ImageSettings { platform: "linux/amd64".parse().unwrap(), ports, ..ImageSettings::default() };
    let config: Value = serde_json::from_slice(&image_config(&settings, &[]).unwrap().bytes).unwrap();
    let found = &config["config"]["ExposedPorts"];
    let sorted =
        |value: &Value| value.as_object().unwrap().keys().cloned().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(sorted(found), sorted(&expected["config.ExposedPorts"]));
    for (port, value) in expected["config.ExposedPorts"].as_object().unwrap() {
        assert_eq!(&found[port], value);
    }
    for wrong in expected["must_not"].as_array().unwrap() {
        assert_eq!(found.get(wrong.as_str().unwrap()), None);
    }
}

/// The tree that the three packages and the paths of the definition give.
fn three_packages() -> Tree {
    let mut tree = Tree::new(EPOCH);
    let of = |name: &str| Origin::Package { name: name.to_owned(), version: "1".to_owned() };
    put(&mut tree, "tmp", 0o1777, 0, None, Origin::Path(0));
    put(&mut tree, "var", 0o755, 0, None, of("first"));
    put(&mut tree, "var/lib", 0o750, 7, None, of("first"));
    put(&mut tree, "var/lib/one", 0o644, 0, Some("1"), of("first"));
    put(&mut tree, "tmp/two", 0o644, 0, Some("2"), of("second"));
    put(&mut tree, "var/lib/app", 0o750, 65_532, None, Origin::Path(1));
    put(&mut tree, "var/lib/app/two", 0o644, 0, Some("2"), of("second"));
    put(&mut tree, "var/lib/app/three", 0o644, 0, Some("3"), of("third"));
    put(&mut tree, "tmp/.keep", 0o644, 0, Some(""), Origin::Path(2));
    tree
}

#[test]
fn each_layer_has_the_parents_of_its_entries() {
    let Some(expected) = expected("21-parents-in-layers") else { return };
    let tree = three_packages();
    let mut checked = 0;
    for budget in 1..=4 {
        let layers = plan(&tree, Layering::Layered(Budget::try_from(budget).unwrap()), &BTreeMap::new());
        assert_eq!(layers.len(), budget);
        let mut check = LayerCheck::new(&tree);
        for layer in &layers {
            let bytes = written(&tree, layer);
            check.layer(bytes.as_slice()).unwrap();
            let mut archive = tar::Archive::new(bytes.as_slice());
            let headers: Vec<(String, tar::Header)> = archive
                .entries()
                .unwrap()
                .map(|entry| {
                    let mut entry = entry.unwrap();
                    entry.read_to_end(&mut Vec::new()).unwrap();
                    (String::from_utf8(entry.path_bytes().into_owned()).unwrap(), entry.header().clone())
                })
                .collect();
            for (directory, right) in expected["every_layer_with_an_entry_below"].as_object().unwrap() {
                let is_below = |(name, _): &&(String, tar::Header)| {
                    name.starts_with(directory.as_str()) && name != directory
                };
                if headers.iter().find(is_below).is_none() {
                    continue;
                }
                let (_, header) = headers.iter().find(|(name, _)| name == directory).unwrap();
                let mode = format!("{:04o}", header.mode().unwrap());
                assert_eq!(mode, right["mode"].as_str().unwrap(), "{directory} of {budget}");
                assert_eq!(header.uid().unwrap(), right["uid"].as_u64().unwrap());
                assert_eq!(header.gid().unwrap(), right["gid"].as_u64().unwrap());
                checked += 1;
            }
        }
        assert_eq!(check.finish(), Ok(()));
    }
    assert!(checked >= 12, "{checked}");
}

/// One layer of another program with an empty file or directory of this name.
fn foreign(name: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["./", "opt/", name] {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        let is_directory = name.ends_with('/');
        header.set_entry_type(if is_directory { tar::EntryType::Directory } else { tar::EntryType::Regular });
        header.set_mode(if is_directory { 0o755 } else { 0o644 });
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        header.set_mtime(EPOCH as u64);
        header.set_device_major(0).unwrap();
        header.set_device_minor(0).unwrap();
        header.set_cksum();
        builder.append(&header, std::io::empty()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn no_layer_has_a_name_that_deletes_files() {
    let Some(expected) = expected("23-whiteout-names") else { return };
    for case in ["file", "opaque", "directory", "bare"] {
        let text = expected[case]["error"]["text_has"][0].as_str().unwrap();
        let name = match text.strip_prefix("/") {
            Some(name) => name.to_owned(),
            None => format!("opt/{text}"),
        };
        let error = TreePath::parse(&name).unwrap_err();
        assert!(matches!(error, PathError::Whiteout(_)) && error.to_string().contains(&name), "{error}");
        let mut tree = Tree::new(EPOCH);
        put(&mut tree, "opt", 0o755, 0, None, Origin::Path(0));
        for name in [name.clone(), format!("{name}/")] {
            let found = LayerCheck::new(&tree).layer(foreign(&name).as_slice());
            assert!(matches!(found, Err(LayerFault::Path(PathError::Whiteout(_)))), "{name}: {found:?}");
        }
    }
    let mut tree = Tree::new(EPOCH);
    put(&mut tree, "opt", 0o755, 0, None, Origin::Path(0));
    for fine in expected["fine"]["tree"].as_array().unwrap() {
        put(&mut tree, fine.as_str().unwrap(), 0o644, 0, Some("1"), Origin::Path(0));
    }
    let layer = plan(&tree, Layering::Squashed, &BTreeMap::new()).remove(0);
    let mut check = LayerCheck::new(&tree);
    check.layer(written(&tree, &layer).as_slice()).unwrap();
    assert_eq!((check.finish(), layer.paths.len()), (Ok(()), 4));
}
