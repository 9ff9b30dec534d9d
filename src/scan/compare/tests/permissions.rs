//! Users, writable paths, privileged files and programs.

use super::super::package_databases;
use super::super::permissions::Permissions;
use super::super::user::resolve;
use super::*;
use crate::report::{ImageUser, Writable, WritableBy};

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\n# comment\n\napp:x:1000:2000:App:/home/app:/bin/false\n";
const GROUP: &str = "root:x:0:\napp:x:2000:\nextra:x:3000:other,app\ndocker:x:4000:other\n";

fn accounts() -> Layer {
    Layer::new().text("etc/passwd", PASSWD).text("etc/group", GROUP)
}

fn user(id: u64, group: u64, name: Option<&str>, other_groups: &[u64]) -> ImageUser {
    ImageUser { name: name.map(str::to_owned), id, group, other_groups: other_groups.to_vec() }
}

#[test]
fn users_are_found_by_name_and_by_id() {
    let tree = tree([accounts()]);
    for (configured, expected) in [
        ("", user(0, 0, Some("root"), &[])),
        ("root", user(0, 0, Some("root"), &[])),
        ("0", user(0, 0, Some("root"), &[])),
        ("app", user(1000, 2000, Some("app"), &[3000])),
        ("1000", user(1000, 2000, Some("app"), &[3000])),
        ("app:", user(1000, 2000, Some("app"), &[3000])),
        ("app:docker", user(1000, 4000, Some("app"), &[])),
        ("app:5000", user(1000, 5000, Some("app"), &[])),
        (":app", user(0, 2000, Some("root"), &[])),
        // A user that is not listed is in the group root.
        ("65532", user(65532, 0, None, &[])),
        ("65532:65532", user(65532, 65532, None, &[])),
    ] {
        assert_eq!(resolve(configured, &tree), Ok(expected), "{configured}");
    }
    for (configured, message) in [
        ("nobody", "`nobody` is not in `/etc/passwd`"),
        ("app:none", "`none` is not in `/etc/group`"),
        ("-1", "`-1` is no user or group"),
        ("4294967296", "`4294967296` is no user or group"),
    ] {
        assert_eq!(resolve(configured, &tree).unwrap_err().to_string(), message);
    }
}

#[test]
fn an_image_without_accounts_has_numbers_only() {
    let empty = tree([]);
    assert_eq!(resolve("", &empty), Ok(user(0, 0, None, &[])));
    assert_eq!(resolve("1000", &empty), Ok(user(1000, 0, None, &[])));
    assert!(resolve("root", &empty).is_err());
    let folder = tree([Layer::new().directory("etc/passwd", 0o755, (0, 0))]);
    assert_eq!(resolve("1000", &folder).unwrap_err().to_string(), "`/etc/passwd` cannot be read");
}

fn writable(tree: &Tree, user: &ImageUser) -> (Vec<(String, WritableBy)>, Vec<String>) {
    match Permissions::of(tree, Some(user)).writable {
        Some(Writable::Paths { paths, temporary }) => {
            (paths.into_iter().map(|path| (path.path, path.by)).collect(), temporary)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn writable_paths_follow_owner_group_and_mode() {
    use WritableBy::{Group, Owner, World};
    let tree = tree([Layer::new()
        .directory("tmp", 0o1777, (0, 0))
        .directory("cache", 0o1777, (0, 0))
        .directory("home/app", 0o750, (1000, 2000))
        .owned("home/app/file", 0o600, (0, 0))
        .owned("opt/owned", 0o444, (1000, 0))
        .owned("opt/group", 0o664, (0, 3000))
        .owned("opt/group-read", 0o646, (0, 3000))
        .owned("opt/world", 0o666, (0, 0))
        .owned("opt/plain", 0o664, (0, 0))
        .directory("closed", 0o700, (0, 0))
        .owned("closed/world", 0o666, (0, 0))
        .directory("dev/shm", 0o1777, (0, 0))
        .link("opt/link", "world")]);
    let (paths, temporary) = writable(&tree, &user(1000, 2000, None, &[3000]));
    let paths: Vec<(&str, WritableBy)> = paths.iter().map(|(path, by)| (path.as_str(), *by)).collect();
    assert_eq!(
        paths,
        [("/home/app", Owner), ("/opt/group", Group), ("/opt/owned", Owner), ("/opt/world", World)]
    );
    assert_eq!(temporary, ["/cache", "/tmp"]);
    let root = Permissions::of(&tree, Some(&user(0, 0, None, &[])));
    assert_eq!(root.writable, Some(Writable::Everything));
    assert_eq!(Permissions::of(&tree, None).writable, None);
}

#[test]
fn files_that_give_privileges_are_listed() {
    let capability = ["45 SCHILY.xattr.security.capability=\u{1}\u{0}\u{0}\u{2}pcap\n".to_owned()];
    let record = &capability[0];
    let length = record.len();
    let record = record.replacen("45", &length.to_string(), 1);
    let tree = tree([Layer::new()
        .owned("bin/su", 0o4755, (0, 0))
        .owned("bin/wall", 0o2755, (0, 5))
        .directory("shared", 0o2775, (0, 5))
        .entry("pax", tar::EntryType::XHeader, record.as_bytes(), |_| ())
        .program("bin/ping")
        .program("bin/ls")]);
    let found = Permissions::of(&tree, None);
    let found: Vec<_> = found
        .privileged
        .iter()
        .map(|file| (file.path.as_str(), file.set_user, file.set_group, file.capabilities))
        .collect();
    assert_eq!(
        found,
        [
            ("/bin/ping", false, false, true),
            ("/bin/su", true, false, false),
            ("/bin/wall", false, true, false)
        ]
    );
}

#[test]
fn shells_are_executables_by_any_of_their_names() {
    let found = Permissions::of(
        &tree([Layer::new()
            .program("usr/bin/dash")
            .link("usr/bin/sh", "dash")
            .link("bin", "usr/bin")
            .program("busybox/busybox")
            .link("opt/ash", "/busybox/busybox")
            .file("usr/share/completions/bash")
            .directory("etc/zsh", 0o755, (0, 0))
            .link("usr/bin/fish", "gone")
            .program("usr/bin/pip3.13")
            .link("usr/bin/pip", "pip3.13")
            .program("usr/bin/apt.conf")]),
        None,
    );
    let shown = |programs: &[crate::report::Program]| -> Vec<String> {
        programs.iter().map(|program| format!("{}: {}", program.path, program.names.join(" "))).collect()
    };
    assert_eq!(shown(&found.shells), ["/busybox/busybox: ash busybox", "/usr/bin/dash: dash sh"]);
    assert_eq!(shown(&found.package_managers), ["/usr/bin/pip3.13: pip pip3.13"]);
}

#[test]
fn package_databases_are_read_and_others_are_named() {
    let stanza = "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\n";
    let found = package_databases::read(&tree([Layer::new()
        .text("var/lib/dpkg/status", stanza)
        .text("var/lib/dpkg/status.d/tzdata", "Package: tzdata\nVersion: 2026a\n")
        .text("var/lib/dpkg/status.d/tzdata.md5sums", "0  usr/share/x\n")
        .text("usr/lib/apk/db/installed", "P:musl\nV:1.2\n\n")
        .link("lib", "usr/lib")]));
    assert_eq!(found.read, ["/var/lib/dpkg/status", "/lib/apk/db/installed", "/var/lib/dpkg/status.d"]);
    assert_eq!(found.packages.len(), 3);
    assert!(found.unread.is_empty());
    let rpm = package_databases::read(&tree([Layer::new()
        .file("var/lib/rpm/rpmdb.sqlite")
        .text("var/lib/dpkg/status", "Package: bash\n")]));
    assert_eq!(rpm.unread, ["/var/lib/dpkg/status", "/var/lib/rpm/rpmdb.sqlite"]);
    assert!(rpm.read.is_empty() && rpm.packages.is_empty());
    assert_eq!(package_databases::read(&tree([])), crate::report::Databases::default());
}
