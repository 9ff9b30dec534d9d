//! The line that a terminal shows while a command waits for a host.

use std::net::TcpListener;
use std::sync::{Mutex, mpsc};

use crate::support::env::{KEY, ROOT, TestEnv, fixture};
use crate::support::registry::InMemoryRegistry;
use crate::support::terminal::Terminal;

/// The line is erased like this.
const ERASE: &str = "\r\u{1b}[2K";

/// What remains visible: of each line, the text after the last erasure.
fn visible(shown: &str) -> String {
    let lines = shown.split('\n').map(|line| line.rsplit(ERASE).next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").replace('\r', "")
}

#[test]
fn the_progress_line_names_the_host_and_disappears() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "x");
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    registry.reply_with(move |request| {
        if request.target.ends_with("/manifests/3.13") {
            // Until the test drops the sender.
            let _ = held.lock().unwrap().recv();
        }
        None
    });
    let (host, env) = (registry.host(), TestEnv::new());
    let image = format!("{host}/x:3.13");
    let flags = ["--key", KEY, "--trusted-root", ROOT, "--plain-http", &host, "--no-cache"];
    let mut terminal = Terminal::start(env.command(&[&["verify"], &flags[..], &[&image]].concat()));
    terminal.wait_for(&format!("waiting for {host}"));
    drop(release);
    let (status, shown) = terminal.end();
    assert_eq!(status.code(), Some(0), "{shown}");
    let visible = visible(&shown);
    assert!(visible.starts_with(&format!("\u{1b}[1m{image}")), "{visible:?}");
    assert!(!visible.contains("waiting") && !visible.contains(" of 30 "), "{visible:?}");
}

#[test]
fn an_interrupt_removes_the_progress_line() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (host, env) = (silent.local_addr().unwrap().to_string(), TestEnv::new());
    let image = format!("{host}/x:1");
    let access = ["--plain-http", &host, "--no-cache"];
    for command in [&["verify"][..], &["base"], &["attest", "list"], &["attest", "get"]] {
        let mut terminal = Terminal::start(env.command(&[command, &access, &[&image]].concat()));
        let line = format!("waiting for {host}\u{1b}[?7h");
        terminal.wait_for(&line);
        terminal.interrupt();
        let (status, shown) = terminal.end();
        assert_eq!(status.code(), Some(130), "{command:?}");
        assert!(shown.ends_with(&format!("{line}{ERASE}")), "{command:?}: {shown:?}");
    }
}
