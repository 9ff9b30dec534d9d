use super::*;
use crate::builder::packages::apk::container::Entry;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::rootfs::fixture::{self, deb, path, put_directory, put_file, text};
use crate::builder::rootfs::installed::Description;
use crate::builder::rootfs::node::Origin;

fn target(tree: &Tree, at: &str) -> Option<String> {
    tree.get(&path(at)).and_then(|node| node.link_target()).map(str::to_owned)
}

fn make(tree: &mut Tree, packages: &mut [Installed], dev: bool) -> Vec<Unsynthesized> {
    synthesize_deb(tree, packages, dev, 9).unwrap()
}

#[test]
fn base_files_gets_its_directories_and_copies() {
    let mut tree = Tree::new(0);
    put_directory(&mut tree, "/var/run", 0o755);
    put_directory(&mut tree, "/var/run/app", 0o2755);
    put_file(&mut tree, "/var/run/app/x", "x");
    put_directory(&mut tree, "/var/lock", 0o1777);
    put_directory(&mut tree, "/var/spool", 0o755);
    put_directory(&mut tree, "/root", 0o700);
    put_file(&mut tree, "/usr/share/base-files/dot.bashrc", "rc");
    put_file(&mut tree, "/etc/dpkg/origins/debian", "");
    let mut packages = [deb("base-files", &[]), deb("app", &[])];
    fixture::ship(&mut packages[1], &["var/run/app", "var/run/app/x", "var/running"]);
    assert_eq!(make(&mut tree, &mut packages, false), []);
    assert_eq!(target(&tree, "var/run").as_deref(), Some("/run"));
    assert_eq!(target(&tree, "var/lock").as_deref(), Some("/run/lock"));
    assert_eq!(target(&tree, "var/spool/mail").as_deref(), Some("../mail"));
    assert_eq!(target(&tree, "etc/dpkg/origins/default").as_deref(), Some("debian"));
    assert_eq!((text(&tree, "run/app/x"), text(&tree, "root/.bashrc")), ("x".to_owned(), "rc".to_owned()));
    let node = |at| tree.get(&path(at)).unwrap();
    assert_eq!(node("run/app").metadata.mode, 0o2755);
    assert_eq!(node("run/lock").metadata.mode, 0o1777);
    assert_eq!((node("var/mail").metadata.mode, node("var/mail").metadata.gid), (0o2775, 8));
    assert_eq!((node("root/.bashrc").metadata.mtime, node("root").metadata.mode), (9, 0o700));
    assert_eq!(*node("mnt").origin, Origin::Synthesized { by: "base-files".to_owned() });
    assert!(tree.get(&path("etc/profile")).is_none());
    assert!(tree.get(&path("usr/local/libexec")).is_none());
    let went: Vec<&str> = packages[1].shipped.iter().map(|shipped| shipped.at.as_str()).collect();
    assert_eq!(went, ["run/app", "run/app/x", "var/running"]);
    let shipped: Vec<&str> = packages[1].shipped.iter().map(|shipped| shipped.path.as_str()).collect();
    assert_eq!(shipped, ["var/run/app", "var/run/app/x", "var/running"]);
}

#[test]
fn what_cannot_move_is_an_error() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/var/run/x", "1");
    put_file(&mut tree, "/run/x", "2");
    let error = synthesize_deb(&mut tree, &mut [deb("base-files", &[])], false, 0);
    assert_eq!(error, Err(WriteError::Occupied(path("run/x"))));
}

#[test]
fn nothing_is_made_for_absent_packages() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/share/libc-bin/nsswitch.conf", "x");
    put_file(&mut tree, "/usr/share/zoneinfo/Etc/UTC", "x");
    let before = tree.clone();
    assert_eq!(make(&mut tree, &mut [deb("app", &[])], false), []);
    assert_eq!(tree, before);
}

#[test]
fn the_time_zone_needs_its_file() {
    let mut packages = [deb("tzdata", &[])];
    let mut tree = Tree::new(0);
    put_directory(&mut tree, "/etc", 0o755);
    make(&mut tree, &mut packages, false);
    assert!(tree.get(&path("etc/localtime")).is_none());
    put_file(&mut tree, "/usr/share/zoneinfo/Etc/UTC", "x");
    make(&mut tree, &mut packages, false);
    assert_eq!(target(&tree, "etc/localtime").as_deref(), Some("/usr/share/zoneinfo/Etc/UTC"));
}

#[test]
fn templates_are_copied_to_where_nothing_is() {
    let mut packages = [deb("libc-bin", &[]), deb("readline-common", &[])];
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/share/libc-bin/nsswitch.conf", "names");
    put_file(&mut tree, "/usr/share/readline/inputrc", "keys");
    make(&mut tree, &mut packages, false);
    assert_eq!(text(&tree, "etc/nsswitch.conf"), "names");
    assert_eq!(text(&tree, "etc/inputrc"), "keys");
    put_file(&mut tree, "/etc/inputrc", "own keys");
    make(&mut tree, &mut packages, false);
    assert_eq!(text(&tree, "etc/inputrc"), "own keys");
}

const MAWK: &str = "update-alternatives --install /usr/bin/awk awk /usr/bin/mawk 5 \\\n \
    --slave /usr/share/man/man1/awk.1.gz awk.1.gz /usr/share/man/man1/mawk.1.gz \\\n \
    --slave /usr/bin/nawk nawk /usr/bin/mawk\n";
const GAWK: &str = "update-alternatives --quiet --install /usr/bin/awk awk /usr/bin/gawk 10\n";

#[test]
fn the_alternative_of_highest_priority_wins() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/bin/mawk", "");
    let mut packages = [deb("mawk", &[("postinst", MAWK)]), deb("gawk", &[("postinst", GAWK)])];
    make(&mut tree, &mut packages, false);
    // What is not in the tree is no alternative, and manual pages may be absent.
    assert_eq!(target(&tree, "etc/alternatives/awk").as_deref(), Some("/usr/bin/mawk"));
    assert_eq!(target(&tree, "usr/bin/nawk").as_deref(), Some("/etc/alternatives/nawk"));
    assert!(tree.get(&path("etc/alternatives/awk.1.gz")).is_none());
    assert!(tree.get(&path("var/lib/dpkg")).is_none());
    let origin = &*tree.get(&path("usr/bin/awk")).unwrap().origin;
    assert_eq!(*origin, Origin::Synthesized { by: "mawk".to_owned() });

    put_file(&mut tree, "/usr/bin/gawk", "");
    put_file(&mut tree, "/bin/sh", "");
    assert_eq!(make(&mut tree, &mut packages, true), []);
    assert_eq!(target(&tree, "etc/alternatives/awk").as_deref(), Some("/usr/bin/gawk"));
    assert_eq!(
        text(&tree, "var/lib/dpkg/alternatives/awk"),
        "auto\n/usr/bin/awk\nawk.1.gz\n/usr/share/man/man1/awk.1.gz\nnawk\n/usr/bin/nawk\n\n/usr/bin/gawk\n10\n\n\n\
         /usr/bin/mawk\n5\n/usr/share/man/man1/mawk.1.gz\n/usr/bin/mawk\n\n"
    );
}

#[test]
fn equal_priorities_are_decided_by_path() {
    let script = |name: &str| format!("update-alternatives --install /usr/bin/x x /usr/bin/{name} 5\n");
    let mut packages =
        [deb("b", &[("postinst", script("b").as_str())]), deb("a", &[("postinst", script("a").as_str())])];
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/bin/a", "");
    put_file(&mut tree, "/usr/bin/b", "");
    make(&mut tree, &mut packages, false);
    assert_eq!(target(&tree, "etc/alternatives/x").as_deref(), Some("/usr/bin/a"));
    let mut other = Tree::new(0);
    put_file(&mut other, "/usr/bin/a", "");
    put_file(&mut other, "/usr/bin/b", "");
    packages.reverse();
    make(&mut other, &mut packages, false);
    assert_eq!(tree, other);
}

#[test]
fn a_file_of_a_package_is_no_alternative_link() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/bin/mawk", "");
    put_file(&mut tree, "/usr/bin/awk", "own");
    make(&mut tree, &mut [deb("mawk", &[("postinst", MAWK)])], false);
    assert_eq!(text(&tree, "usr/bin/awk"), "own");
    assert!(tree.get(&path("etc/alternatives/awk")).is_none());
}

#[test]
fn a_java_runtime_gets_its_links() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/lib/jvm/java-21-openjdk-arm64/bin/java", "");
    let call = "update-alternatives --install /usr/bin/$i $i $basedir/bin/$i $priority";
    let mut packages = [deb("openjdk-21-jre-headless", &[("postinst", call)])];
    fixture::ship(&mut packages[0], &["usr/lib/jvm/java-21-openjdk-arm64/bin/java"]);
    assert_eq!(make(&mut tree, &mut packages, false), []);
    let java = "/usr/lib/jvm/java-21-openjdk-arm64/bin/java";
    assert_eq!(target(&tree, "etc/alternatives/java").as_deref(), Some(java));
}

#[test]
fn effects_that_are_not_made_are_reported() {
    let mut tree = Tree::new(0);
    let ping = "if command -v setcap > /dev/null; then\n    if setcap cap_net_raw+ep $PROGRAM; then\n";
    let computed = "update-alternatives --install /usr/bin/$i $i $BIN 1";
    let mut packages = [
        deb("iputils-ping", &[("postinst", ping)]),
        deb("libpam-runtime", &[]),
        deb("ca-certificates-java", &[]),
        deb("vim", &[("postinst", computed)]),
    ];
    let effects = make(&mut tree, &mut packages, true);
    let of = |package: &str, effect| Unsynthesized { package: Some(package.to_owned()), effect };
    let call = "if setcap cap_net_raw+ep $PROGRAM; then".to_owned();
    assert_eq!(
        effects,
        [
            Unsynthesized { package: None, effect: MissingEffect::Shell },
            of("ca-certificates-java", MissingEffect::JavaKeystore),
            of("iputils-ping", MissingEffect::Capabilities(call)),
            of("libpam-runtime", MissingEffect::PamConfiguration),
            of("vim", MissingEffect::Alternative(computed.to_owned())),
        ]
    );
}

#[test]
fn busybox_gets_links_where_nothing_is() {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/bin/busybox", "");
    put_file(&mut tree, "/usr/bin/busybox-extras", "");
    put_file(&mut tree, "/bin/ls", "coreutils");
    put_file(&mut tree, "/etc/busybox-paths.d/busybox", "/bin/ls\nbin/cat\n\nusr/bin/[\n");
    put_file(&mut tree, "/etc/busybox-paths.d/busybox-extras", "usr/sbin/httpd\n");
    put_file(&mut tree, "/etc/busybox-paths.d/gone", "bin/gone\n");
    let mut package = Installed {
        description: Description::Apk { info: Box::default(), identity: [0; 20], scripts: Vec::new() },
        ..deb("busybox", &[])
    };
    fixture::ship(&mut package, &["etc/busybox-paths.d/busybox"]);
    let effects = synthesize_apk(&mut tree, &[package], true, 9).unwrap();
    assert_eq!(effects, [Unsynthesized { package: None, effect: MissingEffect::Shell }]);
    assert_eq!(text(&tree, "bin/ls"), "coreutils");
    assert_eq!(target(&tree, "bin/cat").as_deref(), Some("/bin/busybox"));
    assert_eq!(target(&tree, "usr/bin/[").as_deref(), Some("/bin/busybox"));
    assert_eq!(target(&tree, "usr/sbin/httpd").as_deref(), Some("/usr/bin/busybox-extras"));
    assert!(tree.get(&path("bin/gone")).is_none());
    assert_eq!(*tree.get(&path("bin/cat")).unwrap().origin, Origin::Synthesized { by: "busybox".to_owned() });
}

#[test]
fn scripts_of_alpine_are_read_too() {
    let scripts =
        vec![Entry { name: ".post-install".to_owned(), content: b"setcap cap_net_raw+ep /bin/x\n".to_vec() }];
    let info: Box<PackageInfo> = Box::default();
    let package =
        Installed { description: Description::Apk { info, identity: [0; 20], scripts }, ..deb("x", &[]) };
    let effects = synthesize_apk(&mut Tree::new(0), &[package], false, 0).unwrap();
    let call = MissingEffect::Capabilities("setcap cap_net_raw+ep /bin/x".to_owned());
    assert_eq!(effects, [Unsynthesized { package: Some("x".to_owned()), effect: call }]);
}

fn certificates() -> Tree {
    let mut tree = Tree::new(0);
    put_file(&mut tree, "/usr/share/ca-certificates/mozilla/a.crt", "A\n");
    put_file(&mut tree, "/usr/share/ca-certificates/mozilla/b (1).crt", "B");
    put_file(&mut tree, "/usr/share/ca-certificates/mozilla/N.crt", "N\n");
    put_file(&mut tree, "/usr/share/ca-certificates/x.pem", "X\n");
    put_file(&mut tree, "/usr/local/share/ca-certificates/team/two.crt", "2\n");
    put_file(&mut tree, "/usr/local/share/ca-certificates/corp.crt", "1");
    tree
}

#[test]
fn stock_certificates_come_before_local_ones() {
    let mut tree = certificates();
    write_certificates(&mut tree, &[deb("other", &[])], false, 3).unwrap();
    assert_eq!(tree, certificates());
    write_certificates(&mut tree, &[deb("ca-certificates", &[])], false, 3).unwrap();
    assert_eq!(text(&tree, "etc/ssl/certs/ca-certificates.crt"), "N\nA\nB\n1\n2\n");
    assert_eq!(text(&tree, "etc/ca-certificates.conf"), "mozilla/N.crt\nmozilla/a.crt\nmozilla/b (1).crt\n");
    assert_eq!(tree.below(&path("etc/ssl/certs")).count(), 1);
    let node = tree.get(&path("etc/ssl/certs/ca-certificates.crt")).unwrap();
    assert_eq!(*node.origin, Origin::Synthesized { by: "certificates".to_owned() });
}

#[test]
fn a_development_image_has_links_to_certificates() {
    let mut tree = certificates();
    write_certificates(&mut tree, &[deb("ca-certificates", &[])], true, 3).unwrap();
    let names: Vec<&str> = tree.below(&path("etc/ssl/certs")).map(|(path, _)| path.name()).collect();
    assert_eq!(names, ["N.pem", "a.pem", "b_=1=.pem", "ca-certificates.crt", "corp.pem", "two.pem"]);
    assert_eq!(
        target(&tree, "etc/ssl/certs/two.pem").as_deref(),
        Some("/usr/local/share/ca-certificates/team/two.crt")
    );
}

#[test]
fn deselected_certificates_and_own_bundles_count() {
    let mut tree = certificates();
    put_file(&mut tree, "/etc/ca-certificates.conf", "mozilla/N.crt\n!mozilla/a.crt\n");
    write_certificates(&mut tree, &[deb("ca-certificates", &[])], false, 3).unwrap();
    assert_eq!(text(&tree, "etc/ssl/certs/ca-certificates.crt"), "N\nB\n1\n2\n");
    assert_eq!(text(&tree, "etc/ca-certificates.conf"), "mozilla/N.crt\n!mozilla/a.crt\n");

    let bundle = path("etc/ssl/certs/ca-certificates.crt");
    let node = tree.get(&bundle).unwrap().clone();
    let own = crate::builder::rootfs::node::NodeKind::File { content: "own".into(), link: None };
    let own = crate::builder::rootfs::node::Node { kind: own, origin: Origin::Path(2).into(), ..node };
    tree.put(bundle, own).unwrap();
    write_certificates(&mut tree, &[deb("ca-certificates", &[])], false, 3).unwrap();
    assert_eq!(text(&tree, "etc/ssl/certs/ca-certificates.crt"), "own");
}
