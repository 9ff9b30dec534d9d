use std::io::Read;

use super::*;
use crate::builder::packages::apk::container::Entry;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::rootfs::fixture::{deb, path, put_directory, put_file, put_link, ship, text};

const INFO: &str = "pkgname = app\npkgver = 1-r0\narch = x86_64\nsize = 4096\norigin = app-src\ndepend = b\n\
    depend = so:c.so.1\nprovides = cmd:app=1-r0\ninstall_if = b c=1\nreplaces = old\nreplaces_priority = 5\n\
    triggers = /usr/share/x /etc/y\nurl = https://example.org\npkgdesc = an a\nlicense = MIT\nbuilddate = 5\n\
    datahash = 0000000000000000000000000000000000000000000000000000000000000001\n";

fn apk(name: &str) -> Installed {
    let info = PackageInfo::parse(INFO.replace("= app\n", &format!("= {name}\n")).as_bytes()).unwrap();
    let script = |name: &str| Entry { name: name.to_owned(), content: b"#!/bin/sh\n".to_vec() };
    let scripts = vec![script(".PKGINFO"), script(".post-install"), script(".trigger")];
    let description = Description::Apk { info: Box::new(info), identity: [0; 20], scripts };
    Installed {
        name: name.to_owned(),
        version: "1-r0".to_owned(),
        architecture: "x86_64".to_owned(),
        description,
        shipped: Vec::new(),
    }
}

fn database<'a>(world: &'a [String]) -> ApkDatabase<'a> {
    ApkDatabase { world, architecture: "x86_64", ..ApkDatabase::default() }
}

#[test]
fn an_entry_has_the_fields_and_files_of_its_package() {
    let mut tree = Tree::new(0);
    put_directory(&mut tree, "/usr/lib", 0o755);
    put_link(&mut tree, "/lib", "usr/lib");
    put_directory(&mut tree, "/tmp", 0o1777);
    put_file(&mut tree, "/.root", "");
    put_file(&mut tree, "/bin/app", "");
    put_link(&mut tree, "/bin/link", "app");
    put_file(&mut tree, "/bin/plain", "");
    tree.change(&path("bin/app"), |metadata| (metadata.mode, metadata.gid) = (0o4755, 42));
    let mut package = apk("app");
    ship(
        &mut package,
        &["tmp/", "bin/", "bin/app", "root", "bin/link", "bin/lost", "bin/plain", "etc/deep/x"],
    );
    package.shipped[2].sha1 = Some([0xff; 20]);
    package.shipped[5].replaced_by = Some("other".to_owned());
    write_apk_database(&mut tree, &[package], &database(&[]), 7).unwrap();
    assert_eq!(
        text(&tree, "usr/lib/apk/db/installed"),
        "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:app\nV:1-r0\nA:x86_64\nI:4096\nT:an a\nU:https://example.org\nL:MIT\n\
         o:app-src\nt:5\nD:b so:c.so.1\np:cmd:app=1-r0\ni:b c=1\nr:old\nq:5\nF:tmp\nM:0:0:1777\nF:bin\nR:app\n\
         a:0:42:4755\nZ:Q1//////////////////////////8=\nR:link\na:0:0:777\nR:plain\nF:\nR:root\nF:etc/deep\nR:x\n\n"
    );
    assert_eq!(
        text(&tree, "usr/lib/apk/db/triggers"),
        "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA= /usr/share/x /etc/y\n"
    );
    assert_eq!(tree.get(&path("usr/lib/apk/db/lock")).unwrap().metadata.mode, 0o600);
}

#[test]
fn packages_and_world_are_sorted() {
    let mut tree = Tree::new(0);
    let world = ["b=1-r0".to_owned(), "a".to_owned(), "b=1-r0".to_owned()];
    write_apk_database(&mut tree, &[apk("b"), apk("a")], &database(&world), 7).unwrap();
    let installed = text(&tree, "lib/apk/db/installed");
    let names: Vec<&str> = installed.lines().filter(|line| line.starts_with("P:")).collect();
    assert_eq!(names, ["P:a", "P:b"]);
    assert_eq!(text(&tree, "etc/apk/world"), "a\nb=1-r0\n");
    assert_eq!(text(&tree, "etc/apk/arch"), "x86_64\n");
    assert!(tree.get(&path("etc/apk/repositories")).is_none());
}

#[test]
fn scripts_are_in_an_archive() {
    let mut tree = Tree::new(0);
    let long = "l".repeat(120);
    write_apk_database(&mut tree, &[apk(&long), apk("a")], &database(&[]), 7).unwrap();
    let bytes = tree.get(&path("lib/apk/db/scripts.tar")).unwrap().content().unwrap().read_all().unwrap();
    let mut archive = tar::Archive::new(&bytes[..]);
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let header = entry.header();
        assert_eq!(
            (content.as_str(), header.mode().unwrap(), header.mtime().unwrap()),
            ("#!/bin/sh\n", 0o755, 7)
        );
        found.push(String::from_utf8(entry.path_bytes().into_owned()).unwrap());
    }
    let identity = "1-r0.Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let expected: Vec<String> = ["a", &long]
        .iter()
        .flat_map(|name| [".post-install", ".trigger"].map(|script| format!("{name}-{identity}{script}")))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn repositories_and_keys_are_written_if_given() {
    let mut tree = Tree::new(0);
    let repositories = ["https://apk.example/main".to_owned(), "https://apk.example/community".to_owned()];
    let keys = [("test@example.rsa.pub".to_owned(), b"KEY".to_vec())];
    let database = ApkDatabase { repositories: &repositories, keys: &keys, ..database(&[]) };
    write_apk_database(&mut tree, &[], &database, 7).unwrap();
    assert_eq!(
        text(&tree, "etc/apk/repositories"),
        "https://apk.example/main\nhttps://apk.example/community\n"
    );
    assert_eq!(text(&tree, "etc/apk/keys/test@example.rsa.pub"), "KEY");
}

#[test]
fn wrong_packages_and_values_are_refused() {
    let write = |packages: &[Installed], database: &ApkDatabase<'_>| {
        write_apk_database(&mut Tree::new(0), packages, database, 7).unwrap_err()
    };
    let none = database(&[]);
    assert_eq!(write(&[deb("a", &[])], &none), DatabaseError::OtherDistribution("a".to_owned()));
    assert_eq!(write(&[apk("a"), apk("a")], &none), DatabaseError::Repeated("a".to_owned()));
    let mut package = apk("a");
    ship(&mut package, &["bin/x\nR:y"]);
    assert_eq!(write(&[package], &none), DatabaseError::Value("x\nR:y".to_owned()));
    let world = ["a\nb".to_owned()];
    assert_eq!(write(&[], &database(&world)), DatabaseError::Value("a\nb".to_owned()));
    let keys = [("../x".to_owned(), Vec::new())];
    assert_eq!(write(&[], &ApkDatabase { keys: &keys, ..none }), DatabaseError::Value("../x".to_owned()));
}
