//! VEX repositories: over HTTP on this machine and from local git repositories, with their copies.

mod access;
mod archives;
mod commands;
mod git;
mod offline;
mod processes;
mod scans;
mod several;
mod signed;
mod unchanged;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::env::{Run, TestEnv};
use crate::support::http::{HttpServer, Reply, Request, RequestLog};

const CVE: &str = "CVE-2026-4101";
const PURL: &str = "pkg:npm/table@7.1.0";
const MANIFEST: &str = "/.well-known/vex-repository.json";
const ARCHIVE: &str = "/a.tar.gz";
/// The unsigned documents of the repository `test` count.
const TRUSTED: [&str; 4] = ["--vex-repo", "test", "--trust-unsigned", "test"];

/// What a server answers. Tests change it between runs.
struct Site {
    interval: &'static str,
    archive: Vec<u8>,
    /// Where it is.
    path: &'static str,
    tag: Option<String>,
    /// The value of `Authorization` without which requests are refused.
    login: Option<String>,
    /// In place of every other answer.
    instead: Option<Reply>,
    /// Where `/moved.tar.gz` is.
    redirect: Option<String>,
    /// The locations of the manifest, after the address of the server.
    locations: Vec<String>,
}

/// A VEX repository on this machine, and a user's environment.
struct Fixture {
    env: TestEnv,
    server: HttpServer,
    log: RequestLog,
    site: Arc<Mutex<Site>>,
}

impl Fixture {
    /// A repository with one document that says `not_affected`, in the user's list as `test`.
    fn new() -> Self {
        let fixture = Self::unlisted();
        fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.url()]).assert(0, "added  test");
        fixture
    }

    fn unlisted() -> Self {
        let site = Arc::new(Mutex::new(Site {
            interval: "24h",
            archive: archive(&[
                ("index.json", index()),
                ("table.json", document("not_affected", "2026-01-01")),
            ]),
            path: ARCHIVE,
            tag: Some("\"one\"".to_owned()),
            login: None,
            instead: None,
            redirect: None,
            locations: vec![format!("{ARCHIVE}//repo-main")],
        }));
        let log = RequestLog::default();
        let answers = Arc::clone(&site);
        let server =
            HttpServer::start("127.0.0.1", &log, move |request| answers.lock().unwrap().answer(request));
        Self { env: TestEnv::new(), server, log, site }
    }

    fn url(&self) -> String {
        format!("http://{}", self.server.host())
    }

    fn change(&self, change: impl FnOnce(&mut Site)) {
        change(&mut self.site.lock().unwrap());
    }

    /// Applies the repositories that the arguments name to a report with one finding.
    fn apply(&self, more: &[&str]) -> Run {
        self.env.dhi(&self.applying(more).iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn applying(&self, more: &[&str]) -> Vec<String> {
        let report = self.env.write("report.json", report().to_string());
        let arguments = ["vex", "apply", &report, "--format", "json"];
        arguments.iter().chain(more).map(|&argument| argument.to_owned()).collect()
    }

    /// The requests since the last call, as `STATUS PATH`.
    fn requests(&self) -> Vec<String> {
        self.log.take().iter().map(|request| format!("{} {}", request.status, request.path())).collect()
    }

    /// The directory of the only copy.
    fn copy(&self) -> PathBuf {
        let mut copies = std::fs::read_dir(self.env.path("cache/dhi/vex")).unwrap();
        let copy = copies.next().unwrap().unwrap().path();
        assert!(copies.next().is_none());
        copy
    }

    /// The file with the content of the only copy.
    fn pack(&self) -> PathBuf {
        let files = std::fs::read_dir(self.copy()).unwrap().map(|entry| entry.unwrap().path());
        let mut packs = files.filter(|path| path.extension().is_some_and(|end| end == "pack"));
        let pack = packs.next().unwrap();
        assert!(packs.next().is_none(), "an old pack was kept");
        pack
    }
}

impl Site {
    fn answer(&self, request: &Request) -> Reply {
        if let Some(reply) = &self.instead {
            return reply.clone();
        }
        if let Some(login) = &self.login
            && request.header("authorization") != Some(login)
        {
            return Reply::new(401, "log in");
        }
        let host = request.header("host").unwrap();
        match request.path() {
            MANIFEST => Reply::json(200, self.manifest(host).to_string()),
            path if path == self.path => {
                let reply = match &self.tag {
                    Some(tag) if request.header("if-none-match") == Some(tag) => Reply::new(304, ""),
                    _ => Reply::new(200, self.archive.clone()),
                };
                self.tag.iter().fold(reply, |reply, tag| reply.header("ETag", tag))
            }
            "/moved.tar.gz" if self.redirect.is_some() => {
                Reply::redirect(self.redirect.as_deref().unwrap_or_default())
            }
            _ => Reply::new(404, ""),
        }
    }

    fn manifest(&self, host: &str) -> Value {
        let url = |location: &String| match location.starts_with('/') {
            true => json!({ "url": format!("http://{host}{location}") }),
            false => json!({ "url": location }),
        };
        let locations: Vec<Value> = self.locations.iter().map(url).collect();
        json!({
            "name": "test",
            "description": "test",
            "versions": [{ "spec_version": "0.1", "locations": locations, "update_interval": self.interval }],
        })
    }
}

/// An index that lists one document.
fn index() -> String {
    json!({
        "updated_at": "2026-01-01T00:00:00Z",
        "packages": [{ "id": "pkg:npm/table", "location": "table.json", "format": "openvex" }],
    })
    .to_string()
}

fn document(status: &str, day: &str) -> String {
    json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://acme.example/vex/1",
        "author": "Acme <vex@acme.example>",
        "timestamp": format!("{day}T00:00:00Z"),
        "version": 1,
        "statements": [{
            "vulnerability": { "name": CVE },
            "products": [{ "@id": PURL }],
            "status": status,
            "justification": "vulnerable_code_not_present",
        }],
    })
    .to_string()
}

/// A report of Grype with one finding.
fn report() -> Value {
    json!({
        "matches": [{
            "vulnerability": {
                "id": CVE, "dataSource": "", "namespace": "github:language:javascript", "severity": "High",
                "urls": [], "fix": { "versions": ["9.0.0"], "state": "fixed" }, "advisories": [],
            },
            "relatedVulnerabilities": [],
            "matchDetails": [],
            "artifact": {
                "id": "table", "name": "table", "version": "7.1.0", "type": "npm", "locations": null,
                "language": "javascript", "licenses": [], "cpes": [], "purl": PURL, "upstreams": [],
            },
        }],
        "source": { "type": "sbom-file", "target": "sbom.json" },
        "distro": { "name": "", "version": "", "idLike": null },
        "descriptor": { "name": "grype", "version": "0.110.0", "timestamp": "2026-11-29T10:00:00Z" },
    })
}

/// A tar archive by gzip, with the files below `repo-main`.
fn archive(files: &[(&str, String)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, format!("repo-main/{name}"), content.as_bytes()).unwrap();
    }
    gzip(&builder.into_inner().unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Asserts the exit code and the number of suppressed findings.
#[track_caller]
fn assert_suppressed(run: &Run, code: i32, suppressed: u64) {
    let context = format!("{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.code, code, "{context}");
    assert_eq!(run.json()["counts"]["suppressed"], suppressed, "{context}");
}
