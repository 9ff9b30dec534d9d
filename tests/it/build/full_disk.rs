//! Builds whose output does not fit.

use std::io::Write as _;
use std::process::Command;

use super::BuildFixture;
use crate::support::env::{DHI, run};

/// Runs a command where the directory `$0` has 100 KiB, and prints what is in it afterwards.
const SCRIPT: &str = "mount -t tmpfs -o size=100k none \"$0\" || exit 99
\"$@\"; code=$?; echo \"left: $(ls -A \"$0\" | tr '\\n' ' ')\"; exit $code";

#[test]
fn a_full_disk_leaves_no_output() {
    let allowed = Command::new("unshare").args(["--mount", "true"]).output();
    if !allowed.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "mount namespaces must be there in CI");
        let _ = writeln!(std::io::stderr(), "skipped: no mount namespace can be made (`unshare --mount`)");
        return;
    }
    let fixture = BuildFixture::locked();
    // It does not get smaller when it is compressed.
    let mut state = 1_u64;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    fixture.env.write("project/files/app.conf", noise.take(300 << 10).collect::<Vec<u8>>());
    let full = fixture.env.file("full");
    std::fs::create_dir(&full).unwrap();
    let (definition, context) = (fixture.definition(), fixture.env.file("project"));
    let build = |output: &str, directory: &str| {
        let mut command = fixture.env.program("unshare");
        command.args(["--mount", "sh", "-c", SCRIPT, directory, DHI, "build", &definition]);
        command.args(["--context", &context, "--output", output, "--tag", "app:1"]);
        run(&mut command)
    };
    for output in [format!("oci:{full}/layout"), format!("archive:{full}/app.tar")] {
        let run = build(&output, &full);
        assert_eq!(run.stdout, "left: \n", "{output}: {}", run.stderr);
        assert!(run.stderr.contains("No space left") || run.stderr.contains("no space"), "{}", run.stderr);
    }
    // Elsewhere the same build works.
    let elsewhere = fixture.env.file("elsewhere");
    let run = build(&format!("archive:{elsewhere}.tar"), &full);
    run.assert(0, "PHASE");
}
