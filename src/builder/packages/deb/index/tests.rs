use super::*;

const STANZA: &str = "Package: a\nVersion: 1:2-3\nArchitecture: all\nFilename: pool/a.deb\nSize: 5\nSHA256: \
    0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF\n";

fn read(text: &str) -> Result<Index, IndexError> {
    Index::read(text.as_bytes(), "amd64", Contents::Repository)
}

fn cause(text: &str) -> Cause {
    read(text).unwrap_err().cause
}

/// The stanza with one field changed.
fn with(field: &str, value: &str) -> String {
    let lines = STANZA.lines().filter(|line| !line.starts_with(field));
    lines.chain([format!("{field}: {value}").as_str()]).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_package_has_what_its_stanza_says() {
    let text = format!(
        "{STANZA}Source: b (7)\nMulti-Arch: allowed\nPriority: important\nEssential: yes\nInstalled-Size: 3\n\
         Pre-Depends: x\nDepends: y | z (>= 1),\n w\nProvides: p (= 4), q, r:any, s (>= 1), t:arm64\nConflicts: c\n\
         Breaks: d (<< 1)\nReplaces: e\nDescription: \u{e9}\n\nPackage: a\nVersion: 1\nArchitecture: amd64\n\
         Filename: ./a.deb\nSize: 6\nSHA256: {}\n",
        "0".repeat(64)
    );
    let index = read(&text).unwrap();
    assert_eq!((index.len(), index.architecture(), index.contents()), (2, "amd64", Contents::Repository));
    assert_eq!(index.names().collect::<Vec<_>>(), ["a", "p", "q", "r"]);
    let name = index.find("a").unwrap();
    assert_eq!(index.packages_of(name), 0..2);
    let package = index.package(0).unwrap();
    assert_eq!(package.sha256[..3], [0x01, 0x23, 0x45]);
    assert_eq!(
        package,
        Package {
            name: "a",
            version: "1:2-3",
            is_all: true,
            multi_arch: MultiArch::Allowed,
            priority: Priority::Important,
            is_essential: true,
            pre_depends: "x",
            depends: "y | z (>= 1),\n w",
            provides: "p (= 4), q, r:any, s (>= 1), t:arm64",
            conflicts: "c",
            breaks: "d (<< 1)",
            replaces: "e",
            source: "b (7)",
            path: "pool/a.deb",
            has_plain_name: false,
            size: 5,
            sha256: package.sha256,
            installed_size: 3072,
        }
    );
    assert_eq!(package.source(), ("b", "7"));
    let groups: Vec<_> = package.dependencies().map(|(field, group)| (field, group.unwrap().text)).collect();
    assert_eq!(groups, [("Pre-Depends", "x"), ("Depends", "y | z (>= 1)"), ("Depends", "w")]);
    assert_eq!(package.filename("amd64"), "pool/a.deb");
    let other = index.package(1).unwrap();
    assert_eq!((other.version, other.source(), other.priority), ("1", ("a", "1"), Priority::None));
    assert_eq!(index.package(2), None);
    let providers = |name| index.providers_of(index.find(name).unwrap()).collect::<Vec<_>>();
    let provider = Provider { package: 0, version: None, only_any: false, with_architecture: false };
    assert_eq!(providers("p"), [Provider { version: Some("4"), ..provider }]);
    assert_eq!(providers("q"), [provider]);
    assert_eq!(providers("r"), [Provider { only_any: true, ..provider }]);
    assert_eq!((index.find("s"), index.find("zz"), index.find("")), (None, None, None));
}

#[test]
fn paths_are_kept_whole() {
    for path in
        ["pool/a_2-3_all.deb", "a_2-3_all.deb", "./a_2-3_all.deb", "pool/a_1%3a2-3_all.deb", "x_2-3_all.deb"]
    {
        let index = read(&with("Filename", path)).unwrap();
        assert_eq!(index.package(0).unwrap().filename("amd64"), path);
    }
}

#[test]
fn an_empty_index_has_nothing() {
    let index = read("").unwrap();
    assert!(index.is_empty());
    assert_eq!(index.find("a"), None);
    assert_eq!(Index::open(index.as_bytes().to_vec()), Ok(index));
}

#[test]
fn an_installed_set_has_no_files() {
    let text = "Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: amd64\n\n\
        Package: b\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n";
    let index = Index::read(text.as_bytes(), "amd64", Contents::Installed).unwrap();
    assert_eq!(index.names().collect::<Vec<_>>(), ["a"]);
    assert_eq!(cause(text), Cause::Missing("Filename"));
}

#[test]
fn stanzas_that_would_mislead_are_refused() {
    let text = str::to_owned;
    assert_eq!(cause("Package: a\n"), Cause::Missing("Version"));
    assert_eq!(cause(&with("Package", "../a")), Cause::Name(text("../a")));
    assert_eq!(
        cause(&with("Architecture", "arm64")),
        Cause::Architecture { found: text("arm64"), wanted: text("amd64") }
    );
    for path in ["/a.deb", "../a.deb", "pool/../../a.deb", "a//b.deb", "a\\b.deb", "a b.deb", "pool/", "a?b"]
    {
        assert_eq!(cause(&with("Filename", path)), Cause::Filename(text(path)));
    }
    for digest in ["", "00", &"g".repeat(64), &"0".repeat(65)] {
        assert_eq!(cause(&with("SHA256", digest)), Cause::Digest(text(digest)));
    }
    for size in ["-1", "+1", "99999999999999999999"] {
        assert_eq!(cause(&with("Size", size)), Cause::Number { field: "Size", value: text(size) });
    }
    assert!(matches!(cause(&with("Version", "1-")), Cause::Version(_)));
    assert!(matches!(cause(&with("Depends", "a [amd64]")), Cause::Relation { field: "Depends", .. }));
    assert!(matches!(cause(&with("Provides", "a (= )")), Cause::Relation { field: "Provides", .. }));
    assert_eq!(
        cause(&format!("{STANZA}size: 6\n")),
        Cause::Control(super::super::control::Cause::Twice(text("size")))
    );
    assert_eq!(read(&format!("{STANZA}\n{}", with("Size", "x"))).unwrap_err().line, 8);
}

/// Every byte changed, every length: an error, or an index that can be read whole.
#[test]
fn damaged_blocks_never_panic() {
    let bytes = read(&format!("{}Provides: x (= 1), y\n", with("Depends", "b"))).unwrap().as_bytes().to_vec();
    for at in 0..bytes.len() {
        assert!(Index::open(bytes[..at].to_vec()).is_err(), "{at}");
        for change in [1, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= change;
            let Ok(index) = Index::open(changed) else { continue };
            for name in index.names() {
                let name = index.find(name).unwrap();
                assert!(index.packages_of(name).all(|at| index.package(at).is_some()));
                assert!(index.providers_of(name).all(|one| index.package(one.package).is_some()));
            }
        }
    }
    assert_eq!(Index::open(Vec::new()), Err(Damaged::Format));
    assert_eq!(Index::open([bytes.as_slice(), b"x"].concat()), Err(Damaged::Part("size")));
}
