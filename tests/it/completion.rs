//! Completion in real shells, through a pseudo-terminal: keys are typed, and the arguments of the completed command are
//! read. A shell that is not installed is skipped with a notice.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::env::{DHI, TestEnv, fixture};
use crate::support::registry::InMemoryRegistry;

/// What is typed behind `dhi `, and the arguments that the shell then has.
const TYPED: [(&str, &[&str]); 7] = [
    ("verify oci:fix\tpy\t\n", &["verify", "oci:fixtures/python"]),
    ("verify archive:fixtures/im\t\n", &["verify", "archive:fixtures/image.tar"]),
    ("verify --key my\\ d\ta\\ k\t\n", &["verify", "--key", "my dir/a key.pub"]),
    ("verify --output=json=my\ta\t\n", &["verify", "--output=json=my dir/a key.pub"]),
    ("verify --policy sig\t\n", &["verify", "--policy", "signed"]),
    ("attest get --predicate-type cycl\t\n", &["attest", "get", "--predicate-type", "cyclonedx"]),
    ("help trust/wrong-k\t\n", &["help", "trust/wrong-key"]),
];

/// A home directory with files of the names that shells split.
fn home() -> TestEnv {
    let env = TestEnv::new();
    env.write("fixtures/python/oci-layout", "{}");
    env.write("fixtures/image.tar", "");
    env.write("my dir/a key.pub", "");
    env.write("my dir/other", "");
    env
}

#[expect(clippy::print_stdout, reason = "shows that a test is skipped")]
fn is_installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if found.is_err() {
        println!("skipped: {program} is not installed");
    }
    found.is_ok()
}

/// What an interactive shell prints when `keys` are typed.
fn typed(env: &TestEnv, shell: &str, keys: &str) -> String {
    // `script` gives the shell a pseudo-terminal. A shell that waits for the end of a quote is ended.
    let mut command = env.bare_program("timeout");
    command.args(["60", "script", "-qefc", shell, "/dev/null"]).current_dir(env.home()).env("TERM", "dumb");
    command.env("XDG_CACHE_HOME", env.path("cache")).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(keys.as_bytes()).unwrap();
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
}

/// Types each line into `shell` and compares the arguments.
fn complete_all(shell: &str, start: &str) {
    let env = home();
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("bad/two-signatures"), "team/app");
    let image = format!("{}/team/app:latest", registry.host());
    env.verify(&["--plain-http", &registry.host(), &image]).assert(0, "pass");

    let mut lines: Vec<(String, String)> = Vec::new();
    for (keys, arguments) in TYPED {
        let arguments = arguments.iter().map(|argument| format!("<{argument}>")).collect();
        lines.push((keys.to_owned(), arguments));
    }
    // The first digits of the port.
    let typed_image = &image[..image.find('/').unwrap() - 1];
    lines.push((format!("verify {typed_image}\t\n"), format!("<verify><{image}>")));

    let keys: String = lines.iter().map(|(keys, _)| format!("dhi {keys}")).collect();
    let echo = "dhi() { printf '<%s>' \"$@\"; printf '\\n'; }";
    let printed = typed(&env, shell, &format!("{echo}\n{start}\n{keys}exit\n"));
    for (keys, arguments) in lines {
        let is_printed = printed.lines().any(|line| line.trim_end().ends_with(&arguments));
        assert!(is_printed, "{keys:?} {arguments}\n{printed}");
    }
}

#[test]
fn bash_completes_what_is_typed() {
    if is_installed("bash") && is_installed("script") {
        complete_all("bash --norc --noprofile -i", &format!("source <(COMPLETE=bash {DHI})"));
    }
}

/// Bash closes a quote behind a single completion, and must not close it behind a directory.
#[test]
fn bash_completes_in_open_quotes() {
    if is_installed("bash") && is_installed("script") {
        let env = home();
        let keys = ["\"", "'"].map(|quote| format!("dhi verify --key {quote}my d\ta k\t\n")).concat();
        let start = format!("dhi() {{ printf '<%s>' \"$@\"; echo; }}\nsource <(COMPLETE=bash {DHI})\n");
        let printed = typed(&env, "bash --norc --noprofile -i", &format!("{start}{keys}exit\n"));
        let lines =
            printed.lines().filter(|line| line.trim_end().ends_with("<verify><--key><my dir/a key.pub>"));
        assert_eq!(lines.count(), 2, "{printed}");
    }
}

#[test]
fn zsh_completes_what_is_typed() {
    if is_installed("zsh") && is_installed("script") {
        let start = format!("autoload -Uz compinit; compinit -u -D\nsource <(COMPLETE=zsh {DHI})");
        complete_all("zsh -f -i", &start);
    }
}

#[test]
fn fish_completes_what_is_typed() {
    if !is_installed("fish") {
        return;
    }
    let env = home();
    for (line, value) in [
        ("verify oci:fixtures/p", "oci:fixtures/python"),
        ("verify archive:fixtures/im", "archive:fixtures/image.tar"),
        ("verify --key my\\ dir/a\\ k", "my dir/a key.pub"),
        ("verify --output=json=my\\ dir/a\\ k", "--output=json=my dir/a key.pub"),
        ("help trust/wrong-k", "trust/wrong-key"),
    ] {
        let script = format!("COMPLETE=fish {DHI} | source; complete -C \"dhi {line}\"");
        let mut command = env.bare_program("fish");
        let output = command.args(["--no-config", "-c", &script]).current_dir(env.home()).output().unwrap();
        let values = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(values.lines().any(|known| known == value), "{line}\n{values}");
    }
}

/// The scripts that packages install have the same text as those that a shell loads, but for the path of the program.
#[test]
fn installed_scripts_call_the_program_by_its_name() {
    let env = TestEnv::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let installed = env.dhi(&["completion", shell]);
        let loaded = crate::support::env::run(env.command(&[]).env("COMPLETE", shell));
        assert_eq!(loaded.stdout.replace(DHI, "dhi"), installed.stdout, "{shell}");
        assert!(!installed.stdout.is_empty() && installed.code == 0, "{}", installed.stderr);
    }
}
