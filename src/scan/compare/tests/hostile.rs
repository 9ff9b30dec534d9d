//! Layers that engines unpack differently, that are damaged or that are too large make all files unknown.

use super::*;

#[test]
fn entries_that_lead_out_are_refused() {
    for name in ["../etc/passwd", "etc/../../passwd", "..", "a/.."] {
        assert_eq!(
            cause([Layer::new().file(name)]),
            format!("its entry `{name}` leads out of its directory")
        );
    }
    assert_eq!(
        cause([Layer::new().hard_link("a", "../etc/shadow")]),
        "its entry `a` leads out of its directory"
    );
    assert_eq!(cause([Layer::new().link("./", "etc")]), "its entry `./` replaces the root directory");
    // An absolute name is below the root of the image.
    assert_eq!(paths(&tree([Layer::new().file("/etc/passwd")])), ["etc/", "etc/passwd"]);
}

#[test]
fn a_link_cannot_lead_an_entry_out_of_the_tree() {
    let found = tree([Layer::new().link("out", "../../../..").file("out/etc/x")]);
    assert_eq!(paths(&found), ["etc/", "etc/x", "out -> ../../../.."]);
}

#[test]
fn links_that_lead_to_each_other_are_refused() {
    let layer = Layer::new().link("a", "b").link("b", "a").file("a/x");
    assert_eq!(cause([layer]), "its entry `a/x` is below symbolic links that lead to each other");
}

#[test]
fn what_is_below_a_file_is_refused() {
    for layer in [Layer::new().file("a").file("a/x"), Layer::new().file("f").link("a", "f").file("a/x")] {
        assert_eq!(cause([layer]), "its entry `a/x` is below something that is no directory");
    }
}

#[test]
fn whiteouts_that_name_no_file_are_refused() {
    for name in [".wh.", "etc/.wh..", "etc/.wh..."] {
        assert_eq!(
            cause([Layer::new().file(name)]),
            format!("its entry `{name}` is a whiteout that names no file")
        );
    }
    let lower = Layer::new().file("usr/x").link("lib", "usr");
    assert_eq!(
        cause([lower, Layer::new().file("lib/.wh.x")]),
        "its entry `lib/.wh.x` is below a symbolic link of a lower layer, which engines unpack differently"
    );
}

#[test]
fn damaged_layers_are_refused() {
    let read = |bytes: &[u8]| LayersRead::default().add(bytes, Digest::of(bytes), LIMIT).unwrap_err();
    let good = Layer::new().text("a", "text").file("b").bytes();
    assert_eq!(read(&good[..700]), LayerError::CutOff);
    assert_eq!(read(&good[..1600]), LayerError::CutOff);
    assert_eq!(read(b"text"), LayerError::CutOff);
    let mut flipped = good.clone();
    flipped[1024] ^= 1;
    assert_eq!(read(&flipped).to_string(), "a header's checksum is wrong (at byte 1024)");
    let gzip = [&[0x1f, 0x8b][..], &[0; 100]].concat();
    assert!(matches!(read(&gzip), LayerError::Compression(_)));
    let hidden = [&good[..1536], &[0; 512], &good[..1536]].concat();
    assert_eq!(read(&hidden).to_string(), "a block of zeros is between entries (at byte 1536)");
    let sparse = Layer::new().entry("a", tar::EntryType::GNUSparse, b"", |_| ());
    assert_eq!(cause([sparse]), "the entry is sparse, which is not supported (at byte 0)");
    let declared = Digest::of(b"");
    let other = LayersRead::default().add(&good, declared, LIMIT).unwrap_err();
    assert_eq!(other, LayerError::Digest { declared, found: Digest::of(&good) });
}

#[test]
fn large_layers_stop_at_the_limit() {
    let zeros = vec![0; 2 << 20];
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &zeros).unwrap();
    let error = LayersRead::default().add(&bomb.finish().unwrap(), Digest::of(&zeros), LIMIT).unwrap_err();
    assert_eq!(error.to_string(), "its uncompressed size is over the limit of 1048576 bytes");
    // Each step down a chain of links makes the path longer than any name.
    let folder = ["d"; 40].join("/");
    let mut layer = Layer::new().directory(&folder, 0o755, (0, 0)).link("link0", &folder);
    for number in 0..13 {
        let below = format!("link{number}/{folder}");
        layer = layer.directory(&below, 0o755, (0, 0)).link(&format!("link{}", number + 1), &below);
    }
    assert_eq!(cause([layer]), "the number of directories above a file is over the limit of 512 directories");
}

#[test]
fn lists_of_users_and_packages_have_a_limit() {
    let name = "etc/passwd";
    let layer =
        Layer::new().entry(name, tar::EntryType::Regular, b"", |header| header.set_size((64 << 20) + 1));
    assert_eq!(
        cause([layer]),
        "a list of users or packages of 67108865 bytes is over the limit of 67108864 bytes"
    );
}
