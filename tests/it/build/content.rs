//! What is in a built image.

use dhi::oci::Digest;
use serde_json::{Value, json};

use super::{BuildFixture, BuiltLayout};

/// 2025-01-01, when the packages were made.
const DATE: u64 = 1_735_689_600;
const CREATED: &str = "2025-01-01T00:00:00Z";

/// The files of the image, by path.
const TREE: [&str; 33] = [
    ". d0755 0:0",
    "data d0750 65532:65532",
    "etc d0755 0:0",
    "etc/apk d0755 0:0",
    "etc/apk/arch -0644 0:0",
    "etc/apk/world -0644 0:0",
    "etc/app.conf -0640 0:65532",
    "etc/app.link l0777 0:0 -> /etc/app.conf",
    "etc/group -0644 0:0",
    "etc/gshadow -0640 0:42",
    "etc/os-release l0777 0:0 -> ../usr/lib/os-release",
    "etc/passwd -0644 0:0",
    "etc/shadow -0640 0:42",
    "lib d0755 0:0",
    "lib/apk d0755 0:0",
    "lib/apk/db d0755 0:0",
    "lib/apk/db/installed -0644 0:0",
    "lib/apk/db/lock -0600 0:0",
    "lib/apk/db/scripts.tar -0644 0:0",
    "lib/apk/db/triggers -0644 0:0",
    "usr d0755 0:0",
    "usr/bin d0755 0:0",
    "usr/bin/app -4755 0:0",
    "usr/bin/run l0777 0:0 -> app",
    "usr/lib d0755 0:0",
    "usr/lib/os-release -0644 0:0",
    "usr/share d0755 0:0",
    "usr/share/app -0644 0:0",
    "usr/share/lib -0644 0:0",
    "var d0755 0:0",
    "var/lib d0755 0:0",
    "var/lib/app d2770 0:65532",
    "var/lib/app/state -0640 65532:65532",
];

#[test]
fn files_have_the_owners_and_modes_of_their_sources() {
    let fixture = BuildFixture::new();
    fixture.built("out", &[]);
    let layout = fixture.layout("out");
    let tree = layout.tree();
    let shown: Vec<String> = tree.iter().map(|(path, node)| format!("{path} {}", node.shown)).collect();
    assert_eq!(shown, TREE);
    assert!(tree.values().all(|node| node.time == DATE), "{tree:?}");
    assert_eq!(layout.text("etc/app.conf"), "port = 8080\n");
    assert_eq!(layout.text("usr/share/app"), "1-r0");
    assert_eq!(layout.text("var/lib/app/state"), "state");
    assert_eq!(
        layout.text("etc/passwd"),
        "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\napp:x:65532:65532::/home/app:/sbin/nologin\n"
    );
    assert_eq!(layout.text("etc/group"), "root:x:0:\nnogroup:x:65534:\napp:x:65532:app\n");
    assert_eq!(
        layout.text("usr/lib/os-release"),
        "PRETTY_NAME=\"Test 3.23\"\nNAME=Test\nVERSION_ID=\"3.23\"\nID=alpine\n"
    );
}

#[test]
fn the_database_of_apk_lists_what_is_installed() {
    let fixture = BuildFixture::new();
    fixture.built("out", &[]);
    let layout = fixture.layout("out");
    assert_eq!(layout.text("etc/apk/world"), "app\n");
    assert_eq!(layout.text("etc/apk/arch"), "x86_64\n");
    let installed = layout.text("lib/apk/db/installed");
    let of = |letter: &str| {
        let prefix = format!("{letter}:");
        installed.lines().filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of("P"), ["app", "lib"]);
    assert_eq!(of("V"), ["1-r0", "1-r0"]);
    assert_eq!(of("D"), ["lib"]);
    assert_eq!(of("R"), ["app", "app", "run", "state", "lib"]);
    assert_eq!(of("M"), ["0:65532:2770"]);
    assert_eq!(of("a"), ["0:0:4755", "0:0:777", "65532:65532:640"]);
    // The identities are those of the lock.
    let lock: Value = serde_json::from_slice(&fixture.lock()).unwrap();
    let packages = lock["platforms"][0]["packages"].as_array().unwrap();
    let checksum = |package: &Value| package["identity"]["apk"]["checksum"].as_str().unwrap().to_owned();
    let locked: Vec<String> = packages.iter().map(checksum).collect();
    assert_eq!(of("C"), locked);
}

#[test]
fn documents_have_the_members_of_the_definition() {
    let fixture = BuildFixture::new();
    let digest = fixture.built("out", &[]);
    let layout = fixture.layout("out");
    let root = layout.root();
    assert_eq!(root["digest"], digest);
    let mut index = layout.json(&root);
    let entry = index["manifests"][0].take();
    let manifest = layout.json(&entry);
    assert_eq!(
        entry,
        json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": entry["digest"],
            "size": entry["size"],
            "platform": {"os": "linux", "architecture": "amd64"},
            "annotations": {"io.github.containers.compression.zstd": "true"},
        })
    );
    assert_eq!(
        index,
        json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [null],
            "annotations": {"org.example.team": "web", "org.opencontainers.image.title": "acme/app"},
        })
    );
    let layers = manifest["layers"].as_array().unwrap();
    let kinds: Vec<&Value> = layers.iter().map(|layer| &layer["mediaType"]).collect();
    assert_eq!(kinds, ["application/vnd.oci.image.layer.v1.tar+zstd"; 3]);
    assert_eq!(
        manifest,
        json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": manifest["config"]["digest"],
                "size": manifest["config"]["size"],
            },
            "layers": layers,
            "annotations": {"org.example.team": "web"},
        })
    );
}

#[test]
fn the_configuration_is_that_of_the_definition() {
    let fixture = BuildFixture::new();
    fixture.built("out", &[]);
    let layout = fixture.layout("out");
    let config = layout.json(&layout.json(&layout.manifest())["config"]);
    let diff_ids: Vec<Digest> = layout.layers().iter().map(|layer| Digest::of(layer)).collect();
    let chain = diff_ids[1..]
        .iter()
        .fold(diff_ids[0], |chain, diff_id| Digest::of(format!("{chain} {diff_id}").as_bytes()));
    let holds = ["packages of app", "packages of lib", "accounts, paths and package database"];
    let history: Vec<Value> = holds
        .iter()
        .map(|holds| json!({"created": CREATED, "created_by": format!("dhi build: {holds}")}))
        .collect();
    assert_eq!(
        config,
        json!({
            "created": CREATED,
            "architecture": "amd64",
            "os": "linux",
            "config": {
                "User": "app",
                "ExposedPorts": {"8080/tcp": {}, "9000/udp": {}, "9001/udp": {}},
                "Env": [
                    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "APP_HOME=/data",
                ],
                "Entrypoint": ["/usr/bin/app"],
                "Cmd": ["--serve"],
                "Volumes": {"/data": {}},
                "WorkingDir": "/data",
                "Labels": {
                    "com.docker.dhi.chain-id": chain.to_string(),
                    "com.docker.dhi.created": CREATED,
                    "com.docker.dhi.distro": "alpine-3.23",
                    "com.docker.dhi.flavor": "",
                    "com.docker.dhi.name": "acme/app",
                    "com.docker.dhi.package-manager": "",
                    "com.docker.dhi.shell": "",
                    "com.docker.dhi.title": "App",
                    "com.docker.dhi.variant": "runtime",
                    "com.docker.dhi.version": "1",
                    "team": "web",
                },
                "StopSignal": "SIGTERM",
            },
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": history,
        })
    );
}

#[test]
fn a_second_build_makes_no_request() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    let requests = [
        "GET /alpine/x86_64/APKINDEX.tar.gz",
        "GET /alpine/x86_64/app-1-r0.apk",
        "GET /alpine/x86_64/lib-1-r0.apk",
        "GET /keys/test-1.rsa.pub",
    ];
    assert_eq!(fixture.host.take_log(), requests);
    assert_eq!(fixture.built("second", &[]), first);
    assert_eq!(fixture.host.take_log(), [""; 0]);
    assert_eq!(fixture.layout("first").blobs(), fixture.layout("second").blobs());
}

#[test]
fn compression_and_form_do_not_change_the_files() {
    let fixture = BuildFixture::new();
    let zstd = fixture.built("zstd", &[]);
    let gzip = fixture.built("gzip", &["--compression=gzip"]);
    assert_ne!(zstd, gzip);
    let layers = fixture.layout("zstd").layers();
    assert_eq!(fixture.layout("gzip").layers(), layers);
    fixture.define("packages: [app]\noutput: squashed\n");
    fixture.built("squashed", &[]);
    let squashed = fixture.layout("squashed");
    assert_eq!((layers.len(), squashed.layers().len()), (3, 1));
    let shown = |layout: &BuiltLayout| {
        let tree = layout.tree();
        tree.into_iter().map(|(path, node)| (path, node.shown, node.content, node.time)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&squashed), shown(&fixture.layout("zstd")));
}

#[test]
fn a_changed_file_or_definition_is_seen() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    fixture.env.write("project/files/app.conf", "port = 8081\n");
    let second = fixture.built("second", &[]);
    assert_ne!(second, first);
    assert_eq!(fixture.layout("second").text("etc/app.conf"), "port = 8081\n");
    fixture.env.write("project/files/app.conf", "port = 8080\n");
    assert_eq!(fixture.built("third", &[]), first);
    fixture.define("packages: [app, unused]");
    assert_ne!(fixture.built("fourth", &[]), first);
    assert_eq!(fixture.layout("fourth").text("usr/share/unused"), "1-r0");
}
