//! Package files that `dpkg-deb` builds.

use std::fs::{self, File};
use std::io::Read;

use dhi::builder::packages::deb::container::{
    Compression, Container, ControlFiles, Expected, check_identity,
};

use crate::support::peers::{PeerEnv, succeed};

const CONTROL: &str = "Package: demo\nVersion: 1:1.0-1\nArchitecture: all\nMaintainer: A <a@deb.example>\n\
    Description: nothing\n more\n";

#[test]
fn packages_of_dpkg_deb_are_read() {
    let Some(env) = PeerEnv::with(&["dpkg-deb"]) else { return };
    for folder in ["demo/DEBIAN", "demo/usr/share/demo"] {
        fs::create_dir_all(env.path(folder)).unwrap();
    }
    env.write("demo/DEBIAN/control", CONTROL);
    let content: String = (0..20_000).map(|number| format!("{number}\n")).collect();
    env.write("demo/usr/share/demo/numbers", &content);
    for (name, compression) in [
        ("xz", Compression::Xz),
        ("gzip", Compression::Gzip),
        ("zstd", Compression::Zstd),
        ("none", Compression::None),
    ] {
        let package = format!("{name}.deb");
        let mut build = env.peer("dpkg-deb");
        succeed(build.args(["--root-owner-group", "-Z", name, "--build", "demo", &package]));
        let mut file = File::open(env.path(&package)).unwrap();
        let container = Container::read(&mut file).unwrap();
        assert_eq!(container.data.compression, compression);
        let control = ControlFiles::read(&mut file, &container).unwrap();
        assert_eq!(control.control(), CONTROL.as_bytes());
        let expected = Expected { name: "demo", version: "1:1.0-1", architecture: "all" };
        assert_eq!(check_identity(control.control(), &expected), Ok(()));
        let mut archive = Vec::new();
        container.data.reader(&mut file, 1 << 20).unwrap().read_to_end(&mut archive).unwrap();
        let theirs = env.peer("dpkg-deb").args(["--fsys-tarfile", &package]).output().unwrap();
        assert_eq!(archive, theirs.stdout, "{name}");
    }
}
