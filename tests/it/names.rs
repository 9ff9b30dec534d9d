//! References, predicate types, keys and files in the forms of other tools.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, read, run};
use crate::support::registry::{Challenge, InMemoryRegistry, Request};

const TRUST: [&str; 4] = ["--key", KEY, "--trusted-root", ROOT];
const NAME: &str = "org.opencontainers.image.ref.name";

/// A copy of the fixtures' image in a directory of the test's own.
struct LayoutCopy {
    env: TestEnv,
    directory: PathBuf,
}

impl LayoutCopy {
    fn named(name: &str) -> Self {
        let env = TestEnv::new();
        let directory = env.path(name);
        copy(&fixture("python"), &directory);
        Self { env, directory }
    }

    /// Gives the image these names, in this order, and with the annotation of containerd.
    fn rename(&self, names: &[&str]) {
        let path = self.directory.join("index.json");
        let mut index: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let entry = index["manifests"][0].clone();
        let entries = names.iter().map(|name| {
            let mut entry = entry.clone();
            entry["annotations"] = json!({ NAME: name });
            entry
        });
        let others = index["manifests"].as_array().unwrap().iter().skip(1).cloned();
        index["manifests"] = entries.chain(others).collect();
        std::fs::write(&path, index.to_string()).unwrap();
    }

    /// Adds one of the image's own manifests under another name.
    fn add_other(&self, name: &str) {
        let path = self.directory.join("index.json");
        let mut index: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let digest = index["manifests"][0]["digest"].as_str().unwrap().replace(':', "/");
        let root = std::fs::read_to_string(self.directory.join("blobs").join(digest)).unwrap();
        let root: Value = serde_json::from_str(&root).unwrap();
        let mut other = root["manifests"][0].clone();
        other["annotations"] = json!({ NAME: name });
        index["manifests"].as_array_mut().unwrap().push(other);
        std::fs::write(&path, index.to_string()).unwrap();
    }

    fn verify(&self, reference: &str) -> Run {
        self.env.verify(&[&ATTESTED_ONLY[..], &["--offline", reference]].concat())
    }

    fn reference(&self, name: &str) -> String {
        format!("oci:{}{name}", self.directory.display())
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn layout_images_are_found_by_names_of_other_tools() {
    let copy = LayoutCopy::named("all");
    copy.rename(&["shop/web:latest"]);
    copy.add_other("shop/api:latest");
    copy.verify(&copy.reference(":shop/web:latest")).assert(0, "pass");
    copy.verify(&copy.reference(":docker.io/shop/web")).assert(0, "pass");
    // The other one is an image of one platform, whose attestations are the same.
    copy.verify(&copy.reference(":shop/api:latest")).assert(0, "linux/amd64");
    for ambiguous in ["", ":latest"] {
        let run = copy.verify(&copy.reference(ambiguous));
        run.assert(2, "error[usage/reference]");
        run.assert(2, "shop/api:latest  sha256:");
        run.assert(2, &format!("write the whole name, such as `{}`", copy.reference(":shop/api:latest")));
    }
    let missing = copy.verify(&copy.reference(":shop/wob:latest"));
    missing.assert(3, "(the layout has `shop/api:latest`, `shop/web:latest`)");
}

#[test]
fn paths_have_spaces_colons_and_at_signs() {
    for name in ["my images", "reg:5000/app", "a@b", "it's"] {
        let copy = LayoutCopy::named(name);
        copy.verify(&copy.reference(":3.13")).assert(0, "pass");
        copy.verify(&copy.reference("")).assert(0, "pass");
        copy.rename(&["shop/web:1"]);
        copy.verify(&copy.reference(":shop/web:1")).assert(0, "pass");
    }
}

#[test]
fn an_ambiguous_layout_path_is_refused() {
    let copy = LayoutCopy::named("all");
    copy.rename(&["shop/web:3.13"]);
    copy.verify(&copy.reference(":shop/web:3.13")).assert(0, "pass");
    std::fs::create_dir_all(copy.env.path("all:shop/web")).unwrap();
    let run = copy.verify(&copy.reference(":shop/web:3.13"));
    run.assert(2, "error[usage/reference]");
    run.assert(2, "all:shop/web\n");
    run.assert(2, "hint: ");
}

#[test]
fn oci_urls_of_helm_name_a_registry() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    let (env, host) = (TestEnv::new(), registry.host());
    let verify =
        |reference: &str| env.verify(&[&ATTESTED_ONLY[..], &["--plain-http", &host, reference]].concat());
    verify(&format!("oci://{host}/dhi/python:3.13")).assert(0, "pass");
    verify(&format!("oci://{host}/Dhi/Python:3.13")).assert(2, &format!("write `{host}/dhi/python:3.13`"));
    verify("oci://dir/sub:1").assert(2, "for a layout directory write `oci:/dir/sub:1`");
}

#[test]
fn image_ids_are_distinguished_from_names() {
    let id = "3f2a9c1b2d3e";
    let run = TestEnv::new().verify(&[id]);
    run.assert(2, "error[usage/reference]");
    run.assert(2, &format!("docker image inspect --format '{{{{json .RepoDigests}}}}' {id}"));
}

#[test]
fn predicate_types_have_short_names() {
    let env = TestEnv::new();
    let image = "oci:fixtures/python:3.13";
    let of = |name: &str| {
        let list = [&["attest", "list", "--format", "json"], &TRUST[..], &["--predicate-type", name, image]];
        let list = env.dhi(&list.concat());
        assert_eq!(list.code, 0, "{name}: {}", list.stderr);
        let list = list.json();
        let attestations = list["platforms"][0]["attestations"].as_array().unwrap().clone();
        let verified = attestations.iter().filter(|one| one["state"] == "verified");
        verified.map(|one| one["predicateType"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for (name, stem) in [
        ("spdx", "https://spdx.dev/Document"),
        ("spdxjson", "https://spdx.dev/Document"),
        ("cyclonedx", "https://cyclonedx.org/bom"),
        ("provenance", "https://slsa.dev/provenance/v"),
        ("openvex", "https://openvex.dev/ns"),
        ("vuln", "https://in-toto.io/attestation/vulns"),
        ("vsa", "https://slsa.dev/verification_summary/v1"),
        ("changelog", "https://docker.com/dhi/changelog"),
    ] {
        let types = of(name);
        assert!(!types.is_empty(), "{name}");
        assert!(types.iter().all(|one| one.starts_with(stem)), "{name}: {types:?}");
    }
    let verify = |name: &str| env.verify(&["--predicate-type", name, image]);
    verify("spdx").assert(0, "pass");
    let exact = verify("https://cyclonedx.org/bom");
    exact.assert(3, "error[attest/predicate-missing]");
    // What is there is listed, so that the question can be corrected.
    exact.assert(3, "https://cyclonedx.org/bom/v1.6");
    let page =
        [&["attest", "get", "--platform", "linux/amd64"], &TRUST[..], &["--predicate-type", "spdx", image]];
    let statement = env.dhi(&page.concat()).json();
    assert_eq!(statement["predicateType"], "https://spdx.dev/Document");
    for command in
        [&["verify"][..], &["attest", "list"], &["attest", "get"], &["attest", "add", "--file", "x"]]
    {
        let run = env.dhi(&[command, &["--predicate-type", "sdpx", image]].concat());
        run.assert(2, "values  spdx, cyclonedx, provenance, openvex");
        run.assert(2, "did you mean `--predicate-type spdx`?");
    }
}

/// A SubjectPublicKeyInfo in PEM.
fn pem(algorithm: &[u8], key: &[u8]) -> String {
    let mut bits = vec![0];
    bits.extend(key);
    let spki = tag(0x30, &[tag(0x30, algorithm), tag(0x03, &bits)].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(spki))
}

fn tag(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut all = vec![kind];
    match u8::try_from(length) {
        Ok(short @ ..0x80) => all.push(short),
        Ok(long) => all.extend([0x81, long]),
        Err(_) => {
            all.push(0x82);
            all.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    all.extend(content);
    all
}

/// Keys that are well-formed and can verify nothing.
fn useless_keys() -> Vec<(&'static str, String)> {
    const EC: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    const P384: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x22];
    const P521: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x23];
    const K256: &[u8] = &[0x06, 5, 0x2b, 0x81, 4, 0, 0x0a];
    const RSA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    const ED25519: &[u8] = &[0x06, 3, 0x2b, 0x65, 0x70];
    let point = |length: usize| [vec![4], vec![7; 2 * length]].concat();
    let rsa = |bits: usize, last: u8, exponent: &[u8]| {
        let mut modulus = vec![0xc5; bits / 8];
        *modulus.last_mut().unwrap() = last;
        let numbers = [tag(0x02, &[vec![0], modulus].concat()), tag(0x02, exponent)].concat();
        tag(0x30, &numbers)
    };
    let ec = |curve: &[u8], key: &[u8]| pem(&[EC, curve].concat(), key);
    let mut other_sign = [0xff; 32];
    other_sign[0] = 0xee;
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut off = [0; 32];
    off[0] = 2;
    let exponent = [1, 0, 1];
    vec![
        ("P-256 off the curve", ec(P256, &point(32))),
        ("P-256 compressed off the curve", ec(P256, &[vec![2], vec![0xff; 32]].concat())),
        ("P-256 at infinity", ec(P256, &[0])),
        ("P-256 of zeros", ec(P256, &[vec![4], vec![0; 64]].concat())),
        ("P-384 off the curve", ec(P384, &point(48))),
        ("P-521", ec(P521, &point(66))),
        ("secp256k1", ec(K256, &point(32))),
        ("RSA of 1024 bits", pem(RSA, &rsa(1024, 0xc5, &exponent))),
        ("RSA with an even modulus", pem(RSA, &rsa(2048, 0xc4, &exponent))),
        ("RSA with exponent 1", pem(RSA, &rsa(2048, 0xc5, &[1]))),
        ("RSA with an even exponent", pem(RSA, &rsa(2048, 0xc5, &[4]))),
        ("RSA with exponent 0", pem(RSA, &rsa(2048, 0xc5, &[0]))),
        ("Ed25519 at the identity", pem(ED25519, &identity)),
        ("Ed25519 of small order", pem(ED25519, &[0; 32])),
        ("Ed25519 off the curve", pem(ED25519, &off)),
        ("Ed25519 not reduced", pem(ED25519, &other_sign)),
    ]
}

#[test]
fn an_unusable_key_is_refused_wherever_keys_are_read() {
    let env = TestEnv::new();
    let write = |name: &str, text: &str| {
        let path = env.path(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let image = "oci:fixtures/python:3.13";
    let root: Value = serde_json::from_str(&read(ROOT)).unwrap();
    let pod =
        json!({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": [{"image": "a.example/b:1"}]}});
    let pod = write("pod.json", &pod.to_string());
    for (name, key) in useless_keys() {
        let file = write("useless.pub", &key);
        let ring = json!({"schemaVersion": 1, "keys": [{"id": "x", "pem": key, "state": "active"}]});
        let ring = write("ring.json", &ring.to_string());
        let der: String = key.lines().filter(|line| !line.starts_with('-')).collect();
        let mut own = root.clone();
        own["tlogs"][0]["publicKey"]["rawBytes"] = der.into();
        let own = write("root.json", &own.to_string());
        for arguments in [
            &["verify", "--key", &file, image][..],
            &["verify", "--key", "env://USELESS", image],
            &["verify", "--attestor-key", &file, image],
            &["verify", "--keyring", &ring, image],
            &["verify", "--accept-vsa", &file, "--max-age", "1d", image],
            &["verify", "--key", KEY, "--trusted-root", &own, image],
            &["attest", "list", "--key", &file, image],
            &["base", "--key", &file, image],
            &["admit", "check", "--key", &file, &pod],
            &["keys", "list", "--key", &file],
            &["keys", "list", "--keyring", &ring],
            &["keys", "update", "--from", &file, "--pin", &format!("sha256:{}", "0".repeat(64))],
        ] {
            let run = run(env.command(arguments).env("USELESS", &key));
            assert_eq!(run.code, 2, "{name}: {arguments:?}: {}{}", run.stdout, run.stderr);
            assert!(run.stderr.contains("error[trust/key-file]"), "{name}: {arguments:?}: {}", run.stderr);
        }
    }
}

#[test]
fn a_missing_file_is_reported_with_its_purpose() {
    let env = TestEnv::new();
    let image = "oci:fixtures/python:3.13";
    let key = env.dhi(&["verify", "--key", "nope", image]);
    key.assert(2, "error[trust/key-file]: `nope` cannot be read: there is no such file");
    key.assert(2, "hint: a key is a PEM file");
    let exceptions = env.verify(&["--exceptions", "nope.yaml", image]);
    exceptions.assert(2, "error[policy/exceptions]: `nope.yaml` cannot be read: there is no such file");
    exceptions.assert(2, "hint: give a file");
}

#[test]
fn a_wrong_key_file_is_named_with_a_command_to_convert_it() {
    let env = TestEnv::new();
    for (text, hint) in [
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "openssl x509 -in"),
        (
            "-----BEGIN RSA PUBLIC KEY-----\nAAAA\n-----END RSA PUBLIC KEY-----\n",
            "openssl rsa -RSAPublicKey_in",
        ),
        ("-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n", "openssl pkey -in"),
        ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\nAAAA\n", "cosign public-key --key"),
        ("ssh-ed25519 AAAA me@host\n", "ssh-keygen -e -m PKCS8 -f"),
    ] {
        let path = env.path("my key");
        std::fs::write(&path, text).unwrap();
        let run = env.dhi(&["verify", "--key", path.to_str().unwrap(), "oci:fixtures/python:3.13"]);
        run.assert(2, "error[trust/key-file]");
        run.assert(2, hint);
        run.assert(2, &format!("'{}'", path.display()));
    }
}

#[test]
fn utf_16_files_are_recognised() {
    let copy = LayoutCopy::named("copy");
    let env = &copy.env;
    let utf16 = |text: &str| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    let path = |name: &str| env.file(name);
    env.generate_key("team");
    let add = |file: &str| {
        let (key, layout) = (path("team.key"), copy.reference(":3.13"));
        let arguments = [
            "attest",
            "add",
            "--offline",
            "--key",
            &key,
            "--file",
            file,
            "--predicate-type",
            "spdx",
            "--platform",
            "linux/amd64",
            "--sign-container-identity",
            "r.example/a",
            &layout,
        ];
        env.dhi(&arguments)
    };
    let sbom = r#"{"spdxVersion":"SPDX-2.3","packages":[]}"#;
    std::fs::write(path("sbom.json"), utf16(sbom)).unwrap();
    let run = add(&path("sbom.json"));
    run.assert(2, "error[sign/predicate]");
    run.assert(2, "it is UTF-16");
    run.assert(2, &format!("iconv -f UTF-16 -t UTF-8 {} > utf-8.txt", path("sbom.json")));
    std::fs::write(path("sbom.json"), format!("\u{feff}{sbom}")).unwrap();
    add(&path("sbom.json")).assert(2, &format!("tail -c +4 {} > utf-8.txt", path("sbom.json")));
    std::fs::write(path("sbom.json"), sbom).unwrap();
    add(&path("sbom.json")).assert(0, "");
    std::fs::write(path("x.yaml"), utf16("- image: x\n")).unwrap();
    let run = env.verify(&["--exceptions", &path("x.yaml"), "oci:fixtures/python:3.13"]);
    run.assert(2, "error[policy/exceptions]");
    run.assert(2, "it is UTF-16");
    std::fs::write(path("key.pub"), utf16(&read(KEY))).unwrap();
    let run = env.dhi(&["verify", "--key", &path("key.pub"), "oci:fixtures/python:3.13"]);
    run.assert(2, "error[trust/key-file]");
    run.assert(2, "iconv -f UTF-16");
}

#[test]
fn other_private_key_formats_get_a_conversion_hint() {
    let copy = LayoutCopy::named("copy");
    let env = &copy.env;
    let path = |name: &str| env.file(name);
    let block = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
    let sign = |text: &str| {
        std::fs::write(path("k.pem"), text).unwrap();
        let (key, layout) = (path("k.pem"), copy.reference(":3.13"));
        let arguments =
            ["sign", "--offline", "--key", &key, "--sign-container-identity", "r.example/a", &layout];
        env.dhi(&arguments)
    };
    let run = sign(&format!("{}{}", block("EC PARAMETERS"), block("EC PRIVATE KEY")));
    run.assert(2, "error[sign/key]");
    run.assert(2, &format!("openssl pkcs8 -topk8 -nocrypt -in {} -out pkcs8.pem", path("k.pem")));
    sign(&block("OPENSSH PRIVATE KEY")).assert(2, "ssh-keygen -p -N '' -m PKCS8");
    sign(&block("PGP PRIVATE KEY BLOCK")).assert(2, "dhi keys generate");
    sign(&block("CERTIFICATE")).assert(2, "it is a certificate");
}

#[test]
fn login_files_are_read_as_docker_does() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    let (env, host) = (TestEnv::new(), registry.host());
    let image = format!("{host}/dhi/python:3.13");
    let directory = env.path(".docker");
    std::fs::create_dir(&directory).unwrap();
    let verify = |variable: &str| {
        let arguments =
            [&["verify"], &TRUST[..], &ATTESTED_ONLY[..], &["--plain-http", &host, "--no-cache", &image]]
                .concat();
        run(env.command(&arguments).env("DOCKER_AUTH_CONFIG", variable))
    };
    for text in ["", " \n"] {
        std::fs::write(directory.join("config.json"), text).unwrap();
        verify("").assert(0, "pass");
        verify(text).assert(0, "pass");
    }
    let broken = verify(r#"{"auths": {"x": {"auth": "Sup3rSecret"}}}"#);
    broken.assert(2, "error[usage/config]: the variable `DOCKER_AUTH_CONFIG` cannot be used");
    assert!(!broken.stderr.contains("Sup3r"), "{}", broken.stderr);
    std::fs::write(directory.join("config.json"), "{").unwrap();
    verify("").assert(2, "error[usage/config]: the login file");
}

#[test]
fn variable_logins_override_files_for_their_host_only() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    registry.demand(Challenge::Basic("Basic bWU6cGFzcw==".to_owned()));
    let (env, host) = (TestEnv::new(), registry.host());
    let image = format!("{host}/dhi/python:3.13");
    std::fs::create_dir(env.path(".docker")).unwrap();
    let file = json!({"auths": {host.clone(): {"auth": STANDARD.encode("you:word")}}}).to_string();
    std::fs::write(env.path(".docker/config.json"), file).unwrap();
    let arguments =
        [&["verify"], &TRUST[..], &ATTESTED_ONLY[..], &["--plain-http", &host, "--no-cache", &image]]
            .concat();
    let verify = |variable: &str| run(env.command(&arguments).env("DOCKER_AUTH_CONFIG", variable));
    let variable = json!({"Auths": {host.clone(): {"AUTH": "bWU6\r\ncGFzcw==\n"}}}).to_string();
    verify(&variable).assert(0, "pass");
    verify("").assert(5, "error[registry/unauthorized]");
    for other in ["other.example".to_owned(), format!("{host}0"), format!("{host}/other"), format!("{host} ")]
    {
        verify(&variable.replace(&host, &other)).assert(5, "error[registry/unauthorized]");
    }
}

#[test]
fn a_registry_token_is_not_sent_to_the_token_server() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    registry.demand_own_tokens();
    let (env, host) = (TestEnv::new(), registry.host());
    let image = format!("{host}/dhi/python:3.13");
    let variable = json!({"auths": {host.clone(): {"registrytoken": "Sup3rToken"}}}).to_string();
    let arguments = [&["verify"], &TRUST[..], &["--plain-http", &host, "--no-cache", &image]].concat();
    let refused = run(env.command(&arguments).env("DOCKER_AUTH_CONFIG", variable));
    refused.assert(5, "error[registry/unauthorized]");
    assert!(!format!("{}{}", refused.stdout, refused.stderr).contains("Sup3r"));
    let log = registry.log();
    let sent = |logged: &Request| logged.header("authorization") == Some("Bearer Sup3rToken");
    assert!(log.iter().any(sent));
    assert!(log.iter().all(|logged| logged.target.starts_with("/v2/")));
}

#[cfg(unix)]
#[test]
fn a_pipe_as_settings_file_does_not_block() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "dhi/python");
    let (env, host) = (TestEnv::new(), registry.host());
    let image = format!("{host}/dhi/python:3.13");
    let pipe = env.path("pipe");
    assert!(env.program("mkfifo").arg(&pipe).status().unwrap().success());
    let arguments = [&["verify"], &TRUST[..], &["--plain-http", &host, "--no-cache", &image]].concat();
    for variable in ["REGISTRY_AUTH_FILE", "DHI_CONFIG"] {
        run(env.command(&arguments).env(variable, &pipe)).assert(2, "it is a named pipe");
    }
}
