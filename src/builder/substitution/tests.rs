use super::*;

const FILE: &str = "\
repositories:
  http://dhi.example/deb/: null
  https://dhi.example/apk/alpine: https://alpine.example/v3.23/main
  https://dhi.example/apk/alpine/v3.24: null
packages:
  ca-certificates-bundle: ca-certificates
  '*-oci-config': null
  python-3.*: python3
";

fn read(text: &str) -> Result<Substitutions, String> {
    Substitutions::read(text, "s.yaml").map_err(|error| error.to_string())
}

fn repository(line: &str) -> Substitute<RepositoryLine> {
    read(FILE).unwrap().repository(&line.parse().unwrap())
}

fn package(request: &str) -> Substitute<PackageRequest> {
    read(FILE).unwrap().package(&request.parse().unwrap())
}

#[test]
fn the_longest_address_decides() {
    assert_eq!(repository("deb http://dhi.example/deb/debian trixie main"), Substitute::Nothing);
    assert_eq!(repository("deb http://dhi.example/debian trixie main"), Substitute::Same);
    assert_eq!(
        repository("https://dhi.example/apk/alpine/v3.23/main"),
        Substitute::Other("https://alpine.example/v3.23/main".parse().unwrap())
    );
    assert_eq!(repository("https://dhi.example/apk/alpine/v3.24/main"), Substitute::Nothing);
    assert_eq!(repository("https://dhi.example/apk/alpine-old/main"), Substitute::Same);
}

#[test]
fn names_and_patterns_replace_packages() {
    assert_eq!(
        package("ca-certificates-bundle=20260611"),
        Substitute::Other("ca-certificates".parse().unwrap())
    );
    assert_eq!(package("nginx-oci-config"), Substitute::Nothing);
    assert_eq!(package("-oci-config".trim_start_matches('-')), Substitute::Same);
    assert_eq!(package("python-3.14"), Substitute::Other("python3".parse().unwrap()));
    assert_eq!(package("python3"), Substitute::Same);
    assert_eq!(package("!ca-certificates-bundle"), Substitute::Same);
}

#[test]
fn wrong_files_name_the_line_and_the_cause() {
    for (text, message) in [
        ("", "`s.yaml`: expected a mapping with `repositories` or `packages`"),
        ("- a\n", "`s.yaml`, line 1: expected a mapping with `repositories` or `packages`"),
        ("package: {}\n", "`s.yaml`, line 1: unknown key `package`, did you mean `packages`?"),
        (
            "packages:\n  a: [b]\n",
            "`s.yaml`, line 2: expected a replacement of `a`: a text, or `null` to leave it out",
        ),
        (
            "packages:\n  a*b: c\n",
            "`s.yaml`, line 2: `a*b` is not the name of a package; `*` may stand at its beginning or its end",
        ),
        (
            "packages:\n  a: b=1\n",
            "`s.yaml`, line 2: `b=1` is not the name of a package; `*` may stand at its beginning or its end",
        ),
        ("repositories:\n  debian: null\n", "`s.yaml`, line 2: `debian` is not the address of a repository"),
    ] {
        assert_eq!(read(text).unwrap_err(), message, "{text}");
    }
}
