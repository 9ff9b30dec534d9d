use std::io::{Cursor, Read, Write};

use super::limits::{CONTROL_FILES, MEMBERS};
use super::*;

const CONTROL: &str = "Package: redis\nVersion: 5:8.0.2-3\nArchitecture: amd64\nDescription: store\n long\n";

/// A member of an `ar` archive. `size` is written into its header.
fn member_of_size(name: &str, content: &[u8], size: &str) -> Vec<u8> {
    let mut bytes = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes();
    bytes.extend(content);
    if content.len() % 2 == 1 {
        bytes.push(b'\n');
    }
    bytes
}

fn member(name: &str, content: &[u8]) -> Vec<u8> {
    member_of_size(name, content, &content.len().to_string())
}

fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    [b"!<arch>\n".to_vec(), members.concat()].concat()
}

/// A tar archive of files.
fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut root = tar::Header::new_gnu();
    root.set_entry_type(tar::EntryType::Directory);
    root.set_size(0);
    root.set_mode(0o755);
    builder.append_data(&mut root, "./", &[][..]).unwrap();
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

fn format() -> Vec<u8> {
    member("debian-binary", b"2.0\n")
}

fn control_tar() -> Vec<u8> {
    tar_of(&[
        ("control", CONTROL.as_bytes()),
        ("md5sums", b"0  usr/bin/redis\n"),
        ("postinst", b"#!/bin/sh\n"),
    ])
}

/// An ordinary package.
fn package() -> Vec<u8> {
    let data = tar_of(&[("usr/bin/redis", b"ELF")]);
    archive(&[format(), member("control.tar.xz", &xz(&control_tar())), member("data.tar.xz", &xz(&data))])
}

fn read(bytes: &[u8]) -> Result<Container, ContainerError> {
    Container::read(&mut Cursor::new(bytes))
}

fn control(bytes: &[u8]) -> Result<ControlFiles, ContainerError> {
    let mut file = Cursor::new(bytes);
    let container = Container::read(&mut file)?;
    ControlFiles::read(&mut file, &container)
}

/// A package with this `control.tar`.
fn with_control(archive: &[u8]) -> Vec<u8> {
    self::archive(&[format(), member("control.tar", archive), member("data.tar", b"")])
}

#[test]
fn an_ordinary_package_is_read() {
    let package = package();
    let files = control(&package).unwrap();
    assert_eq!(files.control(), CONTROL.as_bytes());
    assert_eq!(files.names().collect::<Vec<_>>(), ["control", "md5sums", "postinst"]);
    assert_eq!(files.get("postinst"), Some(&b"#!/bin/sh\n"[..]));
    assert_eq!(files.get("preinst"), None);
    let expected = Expected { name: "redis", version: "5:8.0.2-3", architecture: "amd64" };
    assert_eq!(check_identity(files.control(), &expected), Ok(()));
}

#[test]
fn every_compression_is_read() {
    let content = tar_of(&[("control", CONTROL.as_bytes())]);
    for (extension, compressed, compression) in [
        ("", content.clone(), Compression::None),
        (".gz", gzip(&content), Compression::Gzip),
        (".xz", xz(&content), Compression::Xz),
        (".zst", zstd(&content), Compression::Zstd),
    ] {
        let package = archive(&[
            format(),
            member(&format!("control.tar{extension}"), &compressed),
            member(&format!("data.tar{extension}"), &compressed),
        ]);
        let mut file = Cursor::new(&package);
        let container = Container::read(&mut file).unwrap();
        assert_eq!((container.control.compression, container.data.compression), (compression, compression));
        let mut data = Vec::new();
        container.data.reader(&mut file, content.len() as u64).unwrap().read_to_end(&mut data).unwrap();
        assert_eq!(data, content, "{compression}");
        assert_eq!(control(&package).unwrap().control(), CONTROL.as_bytes(), "{compression}");
    }
}

#[test]
fn other_compressions_are_refused_by_name() {
    for name in ["control.tar.bz2", "control.tar.lzma", "control.tar.lz", "control.tarx"] {
        let package = archive(&[format(), member(name, b""), member("data.tar", b"")]);
        assert_eq!(read(&package), Err(ContainerError::Compression { member: name.to_owned() }));
    }
    let package = archive(&[format(), member("control.tar", b""), member("data.tar.bz2", b"")]);
    assert_eq!(read(&package), Err(ContainerError::Compression { member: "data.tar.bz2".to_owned() }));
}

#[test]
fn members_follow_deb5() {
    let (control, data) = (member("control.tar", b"ab"), member("data.tar", b"abc"));
    let accepted = [
        // A trailing slash belongs to the name in `ar`.
        vec![member("debian-binary/", b"2.0\n"), member("control.tar/", b"ab"), member("data.tar/", b"abc")],
        vec![format(), member("_gpgbuilder", b"x"), control.clone(), member("_x", b""), data.clone()],
        vec![format(), control.clone(), data.clone(), member("anything", b"x"), b"garbage".to_vec()],
        vec![member("debian-binary", b"2.1\nmore\n"), control.clone(), data.clone()],
    ];
    for members in accepted {
        let container = read(&archive(&members)).unwrap();
        assert_eq!((container.control.size, container.data.size), (2, 3));
    }
    let named = |member: &str| ContainerError::Member { member: member.to_owned() };
    for (members, expected) in [
        (vec![format(), member("extra", b""), control.clone(), data.clone()], named("extra")),
        (vec![format(), control.clone(), member("extra", b""), data.clone()], named("extra")),
        (vec![format(), control.clone(), control.clone(), data.clone()], named("control.tar")),
        (vec![format(), data.clone(), control.clone()], named("data.tar")),
        (vec![format(), format(), control.clone(), data.clone()], named("debian-binary")),
        (vec![control.clone(), format(), data.clone()], ContainerError::NotAPackage),
        (vec![member("_x", b""), format(), control.clone(), data.clone()], ContainerError::NotAPackage),
        (vec![format(), control.clone()], ContainerError::Missing { member: "data.tar" }),
        (vec![format()], ContainerError::Missing { member: "control.tar" }),
        (vec![], ContainerError::CutOff),
    ] {
        assert_eq!(read(&archive(&members)), Err(expected));
    }
    assert_eq!(read(b""), Err(ContainerError::NotAPackage));
    assert_eq!(read(b"\x7fELF and more"), Err(ContainerError::NotAPackage));
    let many = [vec![format()], vec![member("_x", b""); MEMBERS]].concat();
    assert!(matches!(read(&archive(&many)), Err(ContainerError::Limit(_))));
}

#[test]
fn other_format_versions_are_refused() {
    for (content, version) in [("3.0\n", "3.0"), ("2.0", "2.0"), ("2.\n", "2."), ("2.x\n", "2.x"), ("", "")] {
        let package = archive(&[member("debian-binary", content.as_bytes())]);
        assert_eq!(read(&package), Err(ContainerError::Format { version: version.to_owned() }));
    }
    let long = archive(&[member("debian-binary", &[b'2'; 5000])]);
    assert_eq!(read(&long), Err(ContainerError::Format { version: "2".repeat(16) }));
}

#[test]
fn sizes_that_are_none_are_refused() {
    for size in ["-1", "+4", "4x", "", "0x4", "4 4", "1e1"] {
        let package = archive(&[member_of_size("debian-binary", b"2.0\n", size)]);
        assert_eq!(read(&package), Err(ContainerError::Header { at: 8 }), "{size:?}");
    }
    for size in ["9999999999", "5"] {
        let package = archive(&[member_of_size("debian-binary", b"2.0\n", size)]);
        assert_eq!(read(&package), Err(ContainerError::CutOff), "{size:?}");
    }
}

#[test]
fn padding_is_a_line_feed() {
    let odd = member("_x", b"abc");
    let good = archive(&[format(), odd.clone(), member("control.tar", b""), member("data.tar", b"")]);
    assert!(read(&good).is_ok());
    let mut bad = odd.clone();
    *bad.last_mut().unwrap() = b'x';
    let bad = archive(&[format(), bad, member("control.tar", b""), member("data.tar", b"")]);
    assert_eq!(read(&bad), Err(ContainerError::Padding { member: "_x".to_owned() }));
    // Without padding the next header is not where it should be.
    let none = archive(&[format(), odd[..odd.len() - 1].to_vec(), member("control.tar", b"")]);
    assert_eq!(read(&none), Err(ContainerError::Padding { member: "_x".to_owned() }));
    // The last member may lack it.
    let last = member("data.tar", b"abc");
    let last = archive(&[format(), member("control.tar", b""), last[..last.len() - 1].to_vec()]);
    assert_eq!(read(&last).unwrap().data.size, 3);
}

#[test]
fn each_truncation_is_refused() {
    let package = package();
    assert!(control(&package).is_ok());
    for length in 0..package.len() - 1 {
        assert!(read(&package[..length]).is_err(), "{length}");
    }
}

#[test]
fn damaged_packages_do_not_panic() {
    let package = package();
    for position in 0..package.len() {
        let mut damaged = package.clone();
        damaged[position] ^= 0x55;
        let _ = control(&damaged);
    }
    for bytes in [xz(&control_tar()), gzip(&control_tar()), zstd(&control_tar())] {
        for length in 0..bytes.len() - 1 {
            for compression in [Compression::Xz, Compression::Gzip, Compression::Zstd] {
                let mut content = Vec::new();
                let read = compression.reader(&bytes[..length], 1 << 20).unwrap().read_to_end(&mut content);
                assert!(read.is_err() || content.is_empty(), "{compression} {length}");
            }
        }
    }
}

#[test]
fn bombs_are_stopped_at_the_limit() {
    let zeros = vec![0; 1 << 20];
    for (compression, bytes) in [
        (Compression::None, zeros.clone()),
        (Compression::Gzip, gzip(&zeros)),
        (Compression::Xz, xz(&zeros)),
        (Compression::Zstd, zstd(&zeros)),
    ] {
        let mut content = Vec::new();
        let error = compression.reader(&*bytes, 1000).unwrap().read_to_end(&mut content).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge, "{compression}");
        assert_eq!(content.len(), 1000);
        let mut content = Vec::new();
        compression.reader(&*bytes, 1 << 20).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content.len(), 1 << 20);
    }
    let large = vec![b'#'; usize::try_from(CONTROL_FILES).unwrap()];
    let bomb = xz(&tar_of(&[("control", &large)]));
    let bomb = archive(&[format(), member("control.tar.xz", &bomb), member("data.tar", b"")]);
    assert!(bomb.len() < 100_000);
    assert!(matches!(control(&bomb), Err(ContainerError::Limit(_))));
}

#[test]
fn xz_that_needs_much_memory_is_refused() {
    let mut options = liblzma::stream::LzmaOptions::new_preset(1).unwrap();
    options.dict_size(256 << 20);
    let mut filters = liblzma::stream::Filters::new();
    filters.lzma2(&options);
    let stream =
        liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32).unwrap();
    let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(b"x").unwrap();
    let bytes = encoder.finish().unwrap();
    let read = Compression::Xz.reader(&*bytes, 10).unwrap().read_to_end(&mut Vec::new());
    assert!(read.is_err());
}

#[test]
fn several_streams_are_one_archive() {
    let content = control_tar();
    let (first, rest) = content.split_at(700);
    for (compression, bytes) in [
        (Compression::Gzip, [gzip(first), gzip(rest)].concat()),
        (Compression::Xz, [xz(first), xz(rest)].concat()),
        (Compression::Zstd, [zstd(first), zstd(rest)].concat()),
    ] {
        let mut read = Vec::new();
        compression.reader(&*bytes, 1 << 20).unwrap().read_to_end(&mut read).unwrap();
        assert_eq!(read, content, "{compression}");
    }
}

#[test]
fn control_archives_with_other_things_are_refused() {
    let twice = tar_of(&[("control", b"Package: a\n"), ("./control", b"Package: b\n")]);
    let cause = |archive: &[u8]| match control(&with_control(archive)) {
        Err(ContainerError::Archive { archive: "control.tar", cause }) => cause,
        other => panic!("{other:?}"),
    };
    assert!(cause(&twice).contains("two files `control`"));
    assert!(cause(b"").contains("not a tar archive"));
    let missing = with_control(&tar_of(&[("md5sums", b"")]));
    assert_eq!(control(&missing), Err(ContainerError::Missing { member: "control" }));
    let deep = with_control(&tar_of(&[("control", b""), ("a/b", b"")]));
    assert!(matches!(control(&deep), Err(ContainerError::Limit(_))));
    let mut builder = tar::Builder::new(Vec::new());
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    builder.append_link(&mut link, "control", "/etc/passwd").unwrap();
    assert!(cause(&builder.into_inner().unwrap()).contains("is a link"));
}

#[test]
fn control_files_that_lie_are_refused() {
    let expected = Expected { name: "redis", version: "5:8.0.2-3", architecture: "amd64" };
    let differs = |field, found: &str, expected: &str| {
        Err(ContainerError::Differs { field, found: found.to_owned(), expected: expected.to_owned() })
    };
    for (from, to, result) in [
        ("redis", "openssl", differs("Package", "openssl", "redis")),
        ("5:8.0.2-3", "8.0.2-3", differs("Version", "8.0.2-3", "5:8.0.2-3")),
        // The same version to dpkg, but another text: the lock and the scanners compare texts.
        ("5:8.0.2-3", "5:8.0.02-3", differs("Version", "5:8.0.02-3", "5:8.0.2-3")),
        ("amd64", "all", differs("Architecture", "all", "amd64")),
        ("Package: redis\n", "", differs("Package", "", "redis")),
    ] {
        assert_eq!(check_identity(CONTROL.replacen(from, to, 1).as_bytes(), &expected), result, "{to}");
    }
    let two = format!("{CONTROL}\n{CONTROL}");
    assert_eq!(check_identity(two.as_bytes(), &expected), Err(ContainerError::Stanzas { found: 2 }));
    assert_eq!(check_identity(b"\n\n", &expected), Err(ContainerError::Stanzas { found: 0 }));
    let doubled = format!("{CONTROL}Package: openssl\n");
    assert!(matches!(check_identity(doubled.as_bytes(), &expected), Err(ContainerError::Control(_))));
    assert!(matches!(check_identity(b"no field\n", &expected), Err(ContainerError::Control(_))));
}

#[test]
fn texts_of_errors() {
    let differs = ContainerError::Differs {
        field: "Package",
        found: "openssl".to_owned(),
        expected: "redis".to_owned(),
    };
    assert_eq!(
        differs.to_string(),
        "its control file says `Package: openssl`, the signed index says `redis`"
    );
}
