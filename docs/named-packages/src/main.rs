//! Gives current documents and registry answers to the packages that were requested for `dhi`, and prints what they make
//! of them. It is the evidence for `docs/dependencies.md`. Run it from the project's folder:
//! `cargo run --manifest-path docs/named-packages/Cargo.toml`. It is not part of `dhi`, and contacts only its own server
//! on loopback.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::str::FromStr;

use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::{Client, Reference};
use serde_json::Value;

/// Package URLs that packageurl-go, which scanners use, reads in another way.
const PACKAGE_URLS: [&str; 9] = [
    "PKG:npm/table@1",
    "pkg:npm/Table@1",
    "pkg:golang/github.com/acme/Engine@v1",
    "pkg:apk/alpine/Busybox@1",
    "pkg:oci/dhi.io/bash",
    "pkg:nuget/acme/json@1",
    "pkg:deb/debian/curl?a=1;b=2",
    "pkg:deb/debian/curl@1%2",
    "pkg:deb/debian/curl?a=1&A=2",
];

fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    for statement in statements("fixtures/python") {
        let predicate_type = statement["predicateType"].as_str().unwrap_or_default().to_owned();
        let predicate = statement["predicate"].to_string();
        match predicate_type.as_str() {
            "https://openvex.dev/ns/v0.2.0" => {
                let read = serde_json::from_str::<openvex::OpenVex>(&predicate);
                report("openvex 0.1.1 reads OpenVEX 0.2.0", &read.map(|_| "yes"));
            }
            "https://cyclonedx.org/bom/v1.6" => {
                let read = cyclonedx_bom::models::bom::Bom::parse_from_json(predicate.as_bytes());
                report("cyclonedx-bom 0.8.1 reads CycloneDX 1.6", &read.map(|_| "yes"));
            }
            "https://slsa.dev/provenance/v1" | "https://scout.docker.com/tests/v0.1" => {
                println!("in-toto 0.4.0 on {predicate_type}; what it prints by itself begins here:");
                let read = in_toto::models::StatementWrapper::try_from_value(statement);
                println!();
                report("  in-toto 0.4.0 reads the statement", &read.map(|_| "yes"));
            }
            _ => {}
        }
    }
    for text in PACKAGE_URLS {
        report(&format!("packageurl 0.7.1 reads {text}"), &packageurl::PackageUrl::from_str(text));
    }
    // OpenVEX 0.0.1 as vexctl and go-vex wrote it, and with parts that occur in documents of that version.
    let old = serde_json::json!({
        "@context": "https://openvex.dev/ns/v0.0.1", "@id": "x", "author": "x", "role": "x", "version": "1",
        "statements": [{
            "vulnerability": "CVE-2023-12345", "products": ["pkg:apk/wolfi/git@2.39.0-r1"], "status": "not_affected",
            "justification": "component_not_present",
        }],
    });
    let read = |document: &Value| serde_json::from_value::<openvex::OpenVex>(document.clone()).map(|_| "yes");
    report("openvex 0.1.1 reads OpenVEX 0.0.1", &read(&old));
    let mut changed = old.clone();
    changed.as_object_mut().expect("an object").remove("version");
    report("openvex 0.1.1 reads OpenVEX 0.0.1 without `version`", &read(&changed));
    let mut changed = old;
    changed["statements"][0]["justification"] = "not_used".into();
    report("openvex 0.1.1 reads OpenVEX 0.0.1 with an unknown label", &read(&changed));
    // In the form that `dhi attest add` writes: statement 0.1 and SLSA 0.2. in-toto has types for both.
    let statement = serde_json::json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [{ "name": "pkg:docker/acme/api@1.0", "digest": { "sha256": "00".repeat(32) } }],
        "predicate": {
            "builder": { "id": "https://example.org/builder" },
            "buildType": "https://example.org/type",
        },
    });
    println!("in-toto 0.4.0 on SLSA 0.2; what it prints by itself begins here:");
    let predicate = in_toto::models::PredicateWrapper::try_from_value(statement["predicate"].clone());
    let read = in_toto::models::StatementWrapper::try_from_value(statement);
    println!();
    report("  in-toto 0.4.0 reads the predicate alone", &predicate.map(|_| "yes"));
    report("  in-toto 0.4.0 reads the statement with a list of subjects", &read.map(|_| "yes"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let found = runtime.block_on(referrers(&[(
        "referrers",
        "200 OK",
        "Link: </v2/x/referrers/next>; rel=\"next\"\r\n",
        &list(1),
    )]));
    report("oci-client 0.18.0: a list of two pages with one referrer each has this many", &found);
    let found = runtime.block_on(referrers(&[
        ("referrers", "404 Not Found", "", ""),
        ("manifests", "403 Forbidden", "", r#"{"errors":[{"code":"DENIED","message":"no"}]}"#),
    ]));
    report("oci-client 0.18.0: a refused fallback tag gives this many referrers", &found);
}

fn report<T: std::fmt::Display, E: std::fmt::Debug>(what: &str, result: &Result<T, E>) {
    match result {
        Ok(value) => println!("{what}: {value}"),
        Err(error) => {
            let error: String = format!("{error:?}").chars().take(200).collect();
            println!("{what}: error {error}");
        }
    }
}

/// The statements of a fixture, one of each predicate type.
fn statements(layout: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    for file in std::fs::read_dir(Path::new(layout).join("blobs/sha256")).expect("the fixtures") {
        let bytes = std::fs::read(file.expect("a file").path()).expect("a blob");
        if let Ok(value) = serde_json::from_slice::<Value>(&bytes)
            && value.get("predicateType").is_some()
            && !found.iter().any(|known| known["predicateType"] == value["predicateType"])
        {
            found.push(value);
        }
    }
    found.sort_by_key(|value| value["predicateType"].to_string());
    found
}

fn list(count: usize) -> String {
    let descriptor = format!(
        r#"{{"mediaType":"application/vnd.oci.image.manifest.v1+json","size":1,"digest":"sha256:{}"}}"#,
        "0".repeat(64)
    );
    format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{}]}}"#,
        vec![descriptor; count].join(",")
    )
}

/// Requests the referrers of an image from a server. Each answer is a text of the path, a status, headers and a body.
async fn referrers(answers: &[(&str, &str, &str, &str)]) -> Result<usize, String> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let answers: Vec<[String; 4]> =
        answers.iter().map(|(a, b, c, d)| [a, b, c, d].map(|text| (*text).to_owned())).collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or_default();
            let line =
                String::from_utf8_lossy(&request[..length]).lines().next().unwrap_or_default().to_owned();
            let answer = answers.iter().find(|answer| line.contains(&answer[0]));
            let empty = [String::new(), "200 OK".to_owned(), String::new(), "{}".to_owned()];
            let [_, status, headers, body] = answer.unwrap_or(&empty);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\n{headers}Content-Type: application/vnd.oci.image.index.v1+json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    let client = Client::new(ClientConfig { protocol: ClientProtocol::Http, ..ClientConfig::default() });
    let image: Reference =
        format!("{address}/x@sha256:{}", "1".repeat(64)).parse().map_err(|error| format!("{error}"))?;
    let index = client.pull_referrers(&image, None).await.map_err(|error| format!("{error}"))?;
    Ok(index.manifests.len())
}
