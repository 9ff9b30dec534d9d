//! A scanner and what it starts end with `dhi`.

use std::process::{Command, Stdio};

use super::IMAGE;
use super::stand_in::{StandIn, grype_report};
use crate::support::env::TestEnv;

fn terminate(process: u32) {
    assert!(Command::new("kill").args(["-TERM", &process.to_string()]).status().unwrap().success());
}

/// Whether a process exists that has not ended.
fn is_running(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

#[test]
fn a_signal_ends_the_scanner_and_its_children() {
    let env = TestEnv::new();
    let grype = StandIn::grype(&env, &grype_report());
    let ready = grype.path("ready");
    let script = format!("sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait", ready.display());
    let grype = grype.then(&script);
    let mut command = grype.command(&[IMAGE]);
    let mut dhi = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let child = loop {
        if let Ok(child) = std::fs::read_to_string(&ready) {
            break child.trim().to_owned();
        }
        assert!(dhi.try_wait().unwrap().is_none(), "it ended before the scanner ran");
        std::thread::yield_now();
    };
    assert!(is_running(&child));
    terminate(dhi.id());
    assert_eq!(dhi.wait().unwrap().code(), Some(128 + 15));
    // It was killed before `dhi` ended; the system may still be about to remove it.
    while is_running(&child) {
        std::thread::yield_now();
    }
    // Copies of the image and logins are in the directory in which the scanner runs.
    let directory = grype.recorded("directory");
    assert!(directory.starts_with('/') && !std::path::Path::new(directory.trim()).exists(), "{directory}");
}
