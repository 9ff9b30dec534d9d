//! What maintainer scripts made on a real system, and what situations from bug reports must give, against our
//! trees.

use std::collections::BTreeSet;
use std::fs;
use std::io::Cursor;
use std::sync::Arc;

use serde_json::Value;

use super::{print, shared_data};
use dhi::builder::packages::deb::container::{Container, ControlFiles};
use dhi::builder::packages::deb::control::Stanzas;
use dhi::builder::rootfs::accounts::{AccountsPlan, Group, PlannedUser, run_as, write_accounts};
use dhi::builder::rootfs::package_database::{Conffiles, Waived, write_deb_database};
use dhi::builder::rootfs::synthesis::{synthesize_deb, write_certificates};
use dhi::builder::rootfs::{
    Content, Description, Installed, Metadata, Node, NodeKind, Origin, Tree, TreePath,
};

const EPOCH: i64 = 1_700_000_000;

/// `None`, with a line of output, where the data are not there.
fn text_of(path: &str) -> Option<String> {
    let path = shared_data().join(path);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        print(&format!("skipped: there is no {}", path.display()));
    }
    text
}

fn json_of(path: &str) -> Option<Value> {
    text_of(path).map(|text| serde_json::from_str(&text).unwrap())
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn put(tree: &mut Tree, at: &str, mode: u16, kind: NodeKind, origin: Origin) {
    let origin = Arc::new(origin);
    for parent in path(at).ancestors() {
        if tree.get(&parent).is_none() {
            let metadata = Metadata::of_root(0o755, 1);
            tree.put(parent, Node { metadata, kind: NodeKind::Directory, origin: Arc::clone(&origin) })
                .unwrap();
        }
    }
    tree.put(path(at), Node { metadata: Metadata::of_root(mode, 1), kind, origin }).unwrap();
}

fn package() -> Origin {
    Origin::Package { name: "p".to_owned(), version: "1".to_owned() }
}

fn file(content: impl Into<Content>) -> NodeKind {
    NodeKind::File { content: content.into(), link: None }
}

fn link(target: &str) -> NodeKind {
    NodeKind::Symlink { target: target.to_owned() }
}

fn content(tree: &Tree, at: &str) -> String {
    let content = tree.get(&path(at)).unwrap().content().unwrap();
    String::from_utf8(content.read_all().unwrap().to_vec()).unwrap()
}

/// A package with this control file and script.
fn deb(control: &str, postinst: &str) -> Installed {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, text) in [("control", control), ("postinst", postinst)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in
        [("debian-binary", b"2.0\n".as_slice()), ("control.tar", &archive), ("data.tar", b"")]
    {
        let size = content.len();
        bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes());
        bytes.extend(content);
    }
    let mut file = Cursor::new(bytes);
    let container = Container::read(&mut file).unwrap();
    let files = ControlFiles::read(&mut file, &container).unwrap();
    let stanza = Stanzas::new(control.as_bytes()).next().unwrap();
    let field = |name| stanza.get(name).unwrap().unwrap().to_owned();
    Installed {
        name: field("Package"),
        version: field("Version"),
        architecture: field("Architecture"),
        description: Description::Deb(files),
        shipped: Vec::new(),
    }
}

fn named(name: &str, postinst: &str) -> Installed {
    deb(&format!("Package: {name}\nVersion: 1\nArchitecture: amd64\nDescription: test\n"), postinst)
}

/// What we do not make, with the reason. A path stands for everything below it.
const DIFFERENCES: &[(&str, &str)] = &[
    ("etc/.pwd.lock", "a lock of the tools for accounts"),
    ("etc/group-", "a copy that these tools make"),
    ("etc/gshadow-", "a copy that these tools make"),
    ("etc/passwd-", "a copy that these tools make"),
    ("etc/shadow-", "a copy that these tools make"),
    ("etc/subgid", "ranges of numbers for containers inside the image"),
    ("etc/subuid", "ranges of numbers for containers inside the image"),
    ("etc/apt", "of mmdebstrap, not of a script"),
    ("etc/hostname", "of mmdebstrap, not of a script"),
    ("etc/resolv.conf", "of mmdebstrap, not of a script"),
    ("var/log/apt", "of mmdebstrap, not of a script"),
    ("etc/environment", "PAM is reported as missing"),
    ("etc/security/opasswd", "PAM is reported as missing"),
    ("etc/pam.d", "PAM is reported as missing"),
    ("var/lib/pam", "PAM is reported as missing"),
    ("etc/fstab", "a container mounts nothing"),
    ("etc/ld.so.cache", "the loader finds multiarch directories without it"),
    ("etc/shells", "nobody logs in"),
    ("var/lib/shells.state", "nobody logs in"),
    ("etc/systemd", "a container has no service manager"),
    ("var/log/btmp", "nobody logs in"),
    ("var/log/lastlog", "nobody logs in"),
    ("var/log/wtmp", "nobody logs in"),
    ("etc/redis", "users of services come from the definition, never from scripts"),
    ("var/lib/redis", "users of services come from the definition, never from scripts"),
    ("var/log/redis", "users of services come from the definition, never from scripts"),
];

fn is_difference(at: &str) -> bool {
    let is_service = at.starts_with("etc/rc") && at.ends_with("redis-server");
    is_service
        || DIFFERENCES.iter().any(|(path, _)| {
            at.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// `PATH|TYPE|MODE|UID:GID|TARGET`, as the table has it.
fn described(at: &TreePath, node: &Node) -> String {
    let (kind, target) = match &node.kind {
        NodeKind::Directory => ('d', ""),
        NodeKind::File { .. } => ('f', ""),
        NodeKind::Symlink { target } => ('l', target.as_str()),
        NodeKind::Special(_) => ('?', ""),
    };
    let Metadata { mode, uid, gid, .. } = &node.metadata;
    format!("{}|{kind}|{mode:o}|{uid}:{gid}|{target}", at.as_str())
}

/// Calls as the scripts of the packages have them, with what the table says that they made.
fn scripts(lines: &[&str]) -> Vec<Installed> {
    let target = |name: &str| {
        let start = format!("etc/alternatives/{name}|");
        let line = lines.iter().find(|line| line.starts_with(&start)).unwrap();
        line.rsplit('|').next().unwrap().to_owned()
    };
    let link = |name: &str| {
        let end = format!("|/etc/alternatives/{name}");
        let line = lines.iter().find(|line| line.ends_with(&end)).unwrap();
        format!("/{}", line.split('|').next().unwrap())
    };
    let call = |name: &str, priority: u32, followers: &[&str]| {
        let follower = |name: &&str| format!(" \\\n\t--slave {} {name} {}", link(name), target(name));
        let followers: String = followers.iter().map(follower).collect();
        let (link, target) = (link(name), target(name));
        format!(
            "if true; then\n\tupdate-alternatives --install {link} {name} {target} {priority}{followers}\nfi\n"
        )
    };
    let pages =
        ["which.1.gz", "which.de1.gz", "which.es1.gz", "which.fr1.gz", "which.it1.gz", "which.ja1.gz"];
    let pages: Vec<&str> = pages.into_iter().chain(["which.pl1.gz", "which.sl1.gz"]).collect();
    vec![
        named("mawk", &call("awk", 5, &["awk.1.gz", "nawk", "nawk.1.gz"])),
        named("bash", &call("builtins.7.gz", 10, &[])),
        named("util-linux", &call("pager", 50, &["pager.1.gz"])),
        named("tar", &call("rmt", 50, &["rmt.8.gz"])),
        named("debianutils", &call("which", 0, &pages)),
    ]
}

#[test]
fn effects_of_scripts_are_those_of_real_ones() {
    let Some(table) = text_of("truth/deb/postinst-diff-trixie.txt") else { return };
    let lines: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("> ")).collect();
    let mut packages = scripts(&lines);
    packages.push(named("base-files", "install_local_dir /usr/local/libexec\n"));
    for name in ["base-passwd", "ca-certificates", "libc-bin", "tzdata"] {
        packages.push(named(name, ""));
    }
    let mut tree = Tree::new(0);
    for directory in ["etc", "var/spool", "usr/share/info", "var/run", "root"] {
        put(&mut tree, directory, 0o755, NodeKind::Directory, package());
    }
    put(&mut tree, "var/lock", 0o1777, NodeKind::Directory, package());
    put(&mut tree, "usr/bin/more", 0o755, file(""), package());
    put(&mut tree, "bin", 0o777, link("usr/bin"), package());
    for at in [
        "etc/dpkg/origins/debian",
        "usr/share/base-files/dot.bashrc",
        "usr/share/base-files/dot.profile",
        "usr/share/base-files/info.dir",
        "usr/share/base-files/motd",
        "usr/share/base-files/profile",
        "usr/share/libc-bin/nsswitch.conf",
        "usr/share/zoneinfo/Etc/UTC",
    ] {
        put(&mut tree, at, 0o644, file(""), package());
    }
    for line in lines.iter().filter(|line| line.starts_with("etc/alternatives/")) {
        let target = line.rsplit('|').next().unwrap();
        if target != "/bin/more" {
            put(&mut tree, target, 0o755, file(""), package());
        }
    }
    let unpacked: BTreeSet<String> = tree.iter().map(|(path, node)| described(path, node)).collect();

    let missing = synthesize_deb(&mut tree, &mut packages, false, EPOCH).unwrap();
    assert_eq!(missing, []);
    write_accounts(&mut tree, &packages, &AccountsPlan { root: true, ..AccountsPlan::default() }, EPOCH)
        .unwrap();
    write_certificates(&mut tree, &packages, false, EPOCH).unwrap();

    let made: BTreeSet<String> = tree.iter().map(|(path, node)| described(path, node)).collect();
    let (differences, expected): (Vec<&str>, Vec<&str>) =
        lines.iter().partition(|line| is_difference(line.split('|').next().unwrap()));
    let lost: Vec<&&str> = expected.iter().filter(|line| !made.contains(**line)).collect();
    assert!(lost.is_empty(), "not made: {lost:#?}");
    // And nothing else: the bundle of certificates and directories are not in the table.
    let more: Vec<&String> = made
        .difference(&unpacked)
        .filter(|line| !expected.contains(&line.as_str()))
        .filter(|line| !["etc/alternatives|", "etc/ssl", "run|"].iter().any(|start| line.starts_with(start)))
        .collect();
    assert!(more.is_empty(), "made: {more:#?}");
    for line in table.lines().filter_map(|line| line.strip_prefix("< ")) {
        assert!(is_difference(line.split('|').next().unwrap()) || !made.contains(line), "kept: {line}");
    }
    print(&format!("{} effects are made, {} are documented differences", expected.len(), differences.len()));
}

#[test]
fn waived_packages_do_not_stop_apt() {
    let Some(expected) = json_of("bugs-builder/15-waived-in-dev-image/expected.json") else { return };
    let index = text_of("bugs-builder/15-waived-in-dev-image/main.Packages").unwrap();
    let stanza = |name: &str| {
        let start = format!("Package: {name}\n");
        index.split("\n\n").find(|stanza| stanza.starts_with(&start)).unwrap().to_owned()
    };
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let name = |text: &str| text.split(['=', ':', ' ']).next().unwrap().to_owned();
    let packages: Vec<Installed> = strings(&expected["install"])
        .iter()
        .map(|package| deb(&format!("{}\n", stanza(&name(package)).trim_end()), ""))
        .collect();
    let waived: Vec<Waived> = expected["waived"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let name = name(entry["dependency"].as_str().unwrap());
            let version =
                stanza(&name).lines().find_map(|line| line.strip_prefix("Version: ").map(str::to_owned));
            Waived { name, version }
        })
        .collect();
    let mut tree = Tree::new(0);
    write_deb_database(&mut tree, &packages, &Conffiles::default(), &waived, "amd64", true, EPOCH).unwrap();
    let status = content(&tree, "var/lib/dpkg/status");
    for name in strings(&expected["scanner"]["not_listed"]) {
        assert!(!status.contains(&format!("Package: {name}\n")), "{status}");
    }
    let own = status.split("\n\n").find(|stanza| stanza.starts_with("Package: dhi-waived\n")).unwrap();
    for line in ["Status: install ok installed", "Multi-Arch: allowed", "Architecture: amd64"] {
        assert!(own.lines().any(|other| other == line), "{own}");
    }
    assert!(own.contains("\nProvides: interp (= 3.13-1), tzdata (= 2025b-1)\n"), "{own}");
    assert_eq!(status.matches("Package: ").count(), packages.len() + 1);
    assert!(tree.get(&path("var/lib/dpkg/status.d")).is_none());
}

#[test]
fn accounts_of_an_image_are_locked() {
    let Some(expected) = json_of("bugs-builder/17-shadow/expected.json") else { return };
    let user = |name: &str, uid, gid| PlannedUser { name: name.to_owned(), uid, gid };
    let members = vec!["nonroot".to_owned()];
    let plan = AccountsPlan {
        root: true,
        users: vec![user("nonroot", 65532, 65532), user("kafka", 1001, 0)],
        groups: vec![Group { name: "nonroot".to_owned(), gid: 65532, members }],
    };
    let mut tree = Tree::new(0);
    put(&mut tree, "bin/sh", 0o755, file(""), package());
    let (accounts, remarks) = write_accounts(&mut tree, &[named("base-files", "")], &plan, EPOCH).unwrap();
    assert_eq!(remarks, []);
    for entry in expected["tree"].as_array().unwrap() {
        let metadata = &tree.get(&path(entry["path"].as_str().unwrap())).unwrap().metadata;
        let mode = u16::from_str_radix(entry["mode"].as_str().unwrap(), 8).unwrap();
        assert_eq!(Some(u64::from(metadata.uid)), entry["uid"].as_u64());
        assert_eq!((metadata.mode, Some(u64::from(metadata.gid))), (mode, entry["gid"].as_u64()), "{entry}");
    }
    let (passwd, shadow) = (content(&tree, "etc/passwd"), content(&tree, "etc/shadow"));
    let lines: Vec<Vec<&str>> = shadow.lines().map(|line| line.split(':').collect()).collect();
    for (line, locked) in passwd.lines().zip(&lines) {
        let fields: Vec<&str> = line.split(':').collect();
        assert_eq!((fields[0], fields[1], fields.len()), (locked[0], "x", 7));
        assert_eq!((locked[1], locked[2], locked.len()), ("*", "", 9));
    }
    assert_eq!(passwd.lines().count(), lines.len());
    let root = run_as(&accounts, "root").unwrap();
    assert_eq!((root.uid, root.gid, root.remark), (0, 0, None));
}

#[test]
fn the_bundle_has_all_certificates_in_order() {
    let Some(expected) = json_of("bugs-builder/26-ca-bundle/expected.json") else { return };
    let pem = |name: &str, end: &str| {
        file(format!("-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----{end}"))
    };
    let mut tree = Tree::new(0);
    let stock = "usr/share/ca-certificates/mozilla";
    put(&mut tree, &format!("{stock}/b.crt"), 0o644, pem("BBBB", ""), package());
    put(&mut tree, &format!("{stock}/a.crt"), 0o644, pem("AAAA", "\n"), package());
    put(&mut tree, &format!("{stock}/N\u{151}.crt"), 0o644, pem("NNNN", "\n"), package());
    put(&mut tree, &format!("{stock}/x.pem"), 0o644, pem("XXXX", "\n"), package());
    let local = "usr/local/share/ca-certificates";
    put(&mut tree, &format!("{local}/corp.crt"), 0o644, pem("LLLL", ""), package());
    put(&mut tree, &format!("{local}/not.pem"), 0o644, pem("NO", "\n"), package());
    let packages = [named("ca-certificates", ""), named("corp-ca", "")];
    let two = "-----BEGIN CERTIFICATE-----\nM1\n-----END CERTIFICATE-----\n\
        -----BEGIN CERTIFICATE-----\nM2\n-----END CERTIFICATE-----\n";
    put(&mut tree, &format!("{local}/team/two.crt"), 0o644, file(two), Origin::Path(0));
    write_certificates(&mut tree, &packages, false, EPOCH).unwrap();
    let bundle = content(&tree, expected["path"].as_str().unwrap());
    let names: Vec<&str> = bundle.lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(serde_json::json!(names), expected["certificates_in_order"]);
    for (text, count) in expected["lines_like"].as_object().unwrap() {
        assert_eq!(Some(bundle.matches(text.as_str()).count() as u64), count.as_u64());
    }
}
