//! `dhi definition render`.

use crate::support::env::{TestEnv, run_with_input};

const CACHE: &str = "examples/definitions/cache.yaml";

#[test]
fn a_definition_is_written_for_one_platform() {
    let env = TestEnv::new();
    for (platform, architecture) in [("linux/amd64", "x86_64"), ("linux/arm64", "aarch64")] {
        let run = env.dhi(&["definition", "render", CACHE, "--platform", platform]);
        run.assert(0, &format!("https://downloads.example.com/cache-tool-8.2.1-{architecture}\n"));
        assert!(run.stdout.starts_with("# syntax=dhi.io/build:2-debian13\n"), "{}", run.stdout);
        assert!(run.stdout.contains(&format!("platforms:\n  - {platform}\n")), "{}", run.stdout);
        assert!(!run.stdout.contains("${VERSION}") && !run.stdout.contains("#{"), "{}", run.stdout);
        // Written again, it is the same.
        let again = ["definition", "render", "-", "--platform", platform];
        let again = run_with_input(&mut env.command(&again), run.stdout.as_bytes());
        assert_eq!((again.code, again.stdout), (0, run.stdout));
    }
}

#[test]
fn the_first_platform_is_the_default() {
    let env = TestEnv::new();
    let run = env.dhi(&["definition", "render", CACHE]);
    run.assert(0, "showing linux/amd64; choose with `--platform`");
    let chosen = env.dhi(&["definition", "render", CACHE, "--platform", "linux/amd64"]);
    assert_eq!((run.stdout, ""), (chosen.stdout.clone(), chosen.stderr.as_str()));
    let file = env.file("rendered.yaml");
    env.dhi(&["definition", "render", CACHE, "-o", &file]).assert(0, "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), chosen.stdout);
}

#[test]
fn what_has_errors_is_not_written() {
    let env = TestEnv::new();
    let render = |arguments: &[&str]| env.dhi(&[&["definition", "render"], arguments].concat());
    let wrong = render(&["examples/definitions/mistakes.yaml"]);
    wrong.assert(2, "error[definition/invalid]");
    assert_eq!(wrong.stdout, "");
    let only = env.write(
        "amd64.yaml",
        "# syntax=dhi.io/build:2-debian13\nimage: r.example.com/a\ntags: [a]\nplatforms: [linux/amd64]\n",
    );
    render(&[&only, "--platform", "linux/arm64"])
        .assert(2, "is not for `linux/arm64`, but for `linux/amd64`");
    render(&["no/such.yaml"]).assert(2, "error[definition/source]");
    render(&["--offline", "https://git.example.com/8.yaml"]).assert(2, "needs the network");
    render(&["http://git.example.com/8.yaml"]).assert(2, "write `https://git.example.com/8.yaml`");
}
