use super::*;
use crate::builder::rootfs::fixture::{deb, path, put_file, ship, text};
use crate::builder::rootfs::node::Origin;

fn write(tree: &mut Tree, packages: &[Installed], waived: &[Waived], dev: bool) -> Result<(), DatabaseError> {
    let conffiles = Conffiles::read(tree, packages).unwrap();
    write_deb_database(tree, packages, &conffiles, waived, "amd64", dev, 7)
}

fn names(tree: &Tree) -> Vec<String> {
    let directory = path("var/lib/dpkg");
    tree.below(&directory)
        .filter(|(_, node)| !node.is_directory())
        .map(|(path, _)| path.as_str()[13..].to_owned())
        .collect()
}

const STANZA: &str = "Package: app\nStatus: install ok installed\nVersion: 1-1\nArchitecture: amd64\n\
    Maintainer: A <a@example.org>\nDescription: a\n b\n";

#[test]
fn a_runtime_image_has_entries_for_scanners() {
    let mut tree = Tree::new(0);
    let packages = [deb("app", &[("md5sums", "0  usr/bin/app\n"), ("postinst", "x")]), deb("a", &[])];
    write(&mut tree, &packages, &[], false).unwrap();
    assert_eq!(names(&tree), ["status.d/a", "status.d/app", "status.d/app.md5sums"]);
    assert_eq!(text(&tree, "var/lib/dpkg/status.d/app"), STANZA);
    assert_eq!(text(&tree, "var/lib/dpkg/status.d/app.md5sums"), "0  usr/bin/app\n");
    let node = tree.get(&path("var/lib/dpkg/status.d/app")).unwrap();
    assert_eq!((node.metadata.mode, node.metadata.mtime), (0o644, 7));
    assert_eq!(*node.origin, Origin::Synthesized { by: "package database".to_owned() });
}

#[test]
fn an_image_with_dpkg_has_its_database() {
    let mut tree = Tree::new(0);
    let app = [
        ("conffiles", "/etc/app.conf\n/etc/gone\nremove-on-upgrade /etc/old\n"),
        ("postinst", "#!/bin/sh\n"),
        ("md5sums", "0  usr/bin/app\n"),
        ("triggers", "# x\ninterest-noawait /usr/share/app # y\ninterest ldconfig\nactivate-noawait z\n"),
    ];
    let library = "Package: lib\nVersion: 1\nArchitecture: amd64\nMulti-Arch: same\nDescription: x\n";
    let mut packages = [deb("lib", &[("control", library)]), deb("dpkg", &[]), deb("app", &app)];
    ship(&mut packages[2], &["/", "etc/", "etc/app.conf", "var/run/app/"]);
    packages[2].shipped[3].at = path("run/app");
    put_file(&mut tree, "/etc/app.conf", "setting\n");
    write(&mut tree, &packages, &[], false).unwrap();
    assert_eq!(
        names(&tree),
        [
            "available",
            "info/app.conffiles",
            "info/app.list",
            "info/app.md5sums",
            "info/app.postinst",
            "info/app.triggers",
            "info/dpkg.list",
            "info/format",
            "info/lib:amd64.list",
            "status",
            "triggers/File",
            "triggers/Unincorp",
            "triggers/ldconfig",
        ]
    );
    assert_eq!(text(&tree, "var/lib/dpkg/info/app.list"), "/.\n/etc\n/etc/app.conf\n/var/run/app\n");
    assert_eq!(tree.get(&path("var/lib/dpkg/info/app.postinst")).unwrap().metadata.mode, 0o755);
    assert_eq!(tree.get(&path("var/lib/dpkg/info/app.md5sums")).unwrap().metadata.mode, 0o644);
    assert_eq!(text(&tree, "var/lib/dpkg/triggers/File"), "/usr/share/app app/noawait\n");
    assert_eq!(text(&tree, "var/lib/dpkg/triggers/ldconfig"), "app\n");
    let status = text(&tree, "var/lib/dpkg/status");
    // printf 'setting\n' | md5sum
    let app =
        format!("{STANZA}Conffiles:\n /etc/app.conf 2c1d4f59f062ce424618f4d25961fb76\n\nPackage: dpkg\n");
    assert!(status.starts_with(&app), "{status}");
    assert_eq!(status.matches("\nStatus: install ok installed\n").count(), 3);
}

#[test]
fn a_hash_is_that_of_the_package() {
    let mut tree = Tree::new(0);
    let mut packages = [deb("app", &[("conffiles", "/etc/app.conf\n")])];
    ship(&mut packages[0], &["etc/app.conf"]);
    put_file(&mut tree, "/etc/app.conf", "setting\n");
    let conffiles = Conffiles::read(&tree, &packages).unwrap();
    put_file(&mut tree, "/etc/app.conf", "changed by paths\n");
    write_deb_database(&mut tree, &packages, &conffiles, &[], "amd64", true, 7).unwrap();
    let status = text(&tree, "var/lib/dpkg/status");
    assert!(status.contains(" /etc/app.conf 2c1d4f59f062ce424618f4d25961fb76\n"), "{status}");
}

#[test]
fn waived_packages_are_provided_to_apt() {
    let waived = [
        Waived { name: "tzdata".to_owned(), version: Some("2025b-1".to_owned()) },
        Waived { name: "interp".to_owned(), version: None },
        Waived { name: "tzdata".to_owned(), version: Some("2025b-1".to_owned()) },
        Waived { name: "app".to_owned(), version: None },
    ];
    let mut tree = Tree::new(0);
    write(&mut tree, &[deb("app", &[]), deb("apt", &[])], &waived, true).unwrap();
    let status = text(&tree, "var/lib/dpkg/status");
    assert!(status.contains("\nPackage: dhi-waived\nStatus: install ok installed\n"), "{status}");
    assert!(status.contains("\nProvides: interp, tzdata (= 2025b-1)\n"), "{status}");
    assert!(status.contains("\nArchitecture: amd64\nMulti-Arch: allowed\n"), "{status}");
    assert!(!status.contains("Package: tzdata"), "{status}");
    assert_eq!(text(&tree, "var/lib/dpkg/info/dhi-waived.list"), "/.\n");
    assert_eq!(text(&tree, "var/lib/dpkg/info/dhi-waived.md5sums"), "");

    for (packages, waived) in
        [(vec![deb("app", &[])], waived.as_slice()), (vec![deb("apt", &[])], [].as_slice())]
    {
        let mut tree = Tree::new(0);
        write(&mut tree, &packages, waived, true).unwrap();
        assert!(!text(&tree, "var/lib/dpkg/status").contains("dhi-waived"));
    }
}

#[test]
fn a_package_cannot_hide_or_add_entries() {
    let mut tree = Tree::new(0);
    let hidden = "Package: app\nstatus: deinstall ok config-files\nVersion: 1-1\nArchitecture: amd64\n\
        Conffiles:\n /x 0\nMaintainer: A <a@example.org>\nDescription: a\n b\n";
    write(&mut tree, &[deb("app", &[("control", hidden)])], &[], false).unwrap();
    assert_eq!(text(&tree, "var/lib/dpkg/status.d/app"), STANZA);
    let two = "Package: app\nVersion: 1\n\nPackage: other\nVersion: 2\n";
    let error = |package: Installed| write(&mut Tree::new(0), &[package], &[], true).unwrap_err();
    assert_eq!(error(deb("app", &[("control", two)])), DatabaseError::Control("app".to_owned()));
    let mut package = deb("app", &[]);
    package.name = "../app".to_owned();
    assert_eq!(error(package), DatabaseError::Value("../app".to_owned()));
    let twice = write(&mut Tree::new(0), &[deb("app", &[]), deb("app", &[])], &[], true);
    assert_eq!(twice, Err(DatabaseError::Repeated("app".to_owned())));
    for (name, version) in [("a, b", "1"), ("a\nPackage: b", "1"), ("a", "1), b (= 2"), ("", "1")] {
        let waived = [Waived { name: name.to_owned(), version: Some(version.to_owned()) }];
        let error = write(&mut Tree::new(0), &[deb("apt", &[])], &waived, true);
        assert!(matches!(error, Err(DatabaseError::Value(_))), "{name}");
    }
}

#[test]
fn the_order_of_packages_does_not_matter() {
    let (mut one, mut other) = (Tree::new(0), Tree::new(0));
    let interest = [("triggers", "interest /x\ninterest y\n")];
    let mut packages = [deb("b", &interest), deb("a", &interest), deb("c", &[])];
    write(&mut one, &packages, &[], true).unwrap();
    packages.reverse();
    write(&mut other, &packages, &[], true).unwrap();
    assert_eq!(one, other);
}
