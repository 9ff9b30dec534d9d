//! The evaluator process: its memory stays within its limit, and it ends with whatever waits for its answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dhi::Limits;
use dhi::gate::Evaluator;
use dhi::policy::facts::{ImageFacts, RecordedFacts};
use dhi::policy::rego::{RegoPolicy, Settings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::limits::{LONG, doubling, endless};
use super::{holds, policy};
use crate::support::env::{DHI, TestEnv};

/// The memory of these evaluators.
const MEMORY: u64 = 512 << 20;

/// The `input` of a policy about one image.
fn input() -> String {
    json!({"source": {"image": {"name": "web", "digest": format!("sha256:{}", "7e".repeat(32))}}}).to_string()
}

fn facts() -> ImageFacts {
    RecordedFacts::read(input().as_bytes(), "facts.json").unwrap().images()[0].clone()
}

/// Starts an evaluator whose processor time is an hour, and sends it these policies. Returns its input too.
fn start(sources: &[String]) -> (Child, ChildStdin) {
    let policies = sources.iter().map(|source| {
        let policy = RegoPolicy::parse("a.rego", source).unwrap();
        json!({
            "origin": "a.rego",
            "source": source,
            "config": {},
            "applies_to": "everything",
            "digest": policy.identity().digest,
        })
    });
    let request = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "policies": policies.collect::<Vec<_>>(),
        "facts": facts(),
        "now": "2026-11-30T00:00:00Z",
        "prints": false,
        "bindings": false,
        "result": 1 << 20,
        "threads": 2,
    })
    .to_string();
    let mut process = Command::new(DHI)
        .args(["evaluate-policies", &MEMORY.to_string(), "3600", &request.len().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = process.stdin.take().unwrap();
    input.write_all(request.as_bytes()).unwrap();
    (process, input)
}

/// Waits until `value` has one.
#[track_caller]
fn wait_for<T>(what: &str, time: Duration, mut value: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(value) = value() {
            return value;
        }
        assert!(began.elapsed() < time, "{what}: not within {time:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// State and parent of a process.
fn state(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in brackets, can hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// Whether the process has ended. Its parent may not have asked for its status yet.
fn is_gone(pid: u32) -> bool {
    state(pid).is_none_or(|(state, _)| matches!(state, 'Z' | 'X'))
}

/// The evaluator that the process started.
fn evaluator_of(parent: u32) -> Option<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.find(|pid| {
        let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        state(*pid).is_some_and(|(_, of)| of == parent)
            && arguments.split(|byte| *byte == 0).any(|argument| argument == b"evaluate-policies")
    })
}

/// The largest address space that the process has had, in bytes.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmPeak:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

#[test]
fn the_memory_of_an_evaluator_stays_within_its_limit() {
    let (mut process, input) = start(&[policy("grows", &doubling())]);
    let mut largest = 0;
    let status = wait_for("the end", LONG, || {
        largest = largest.max(peak(process.id()).unwrap_or_default());
        process.try_wait().unwrap()
    });
    drop(input);
    assert!(status.signal().is_some(), "{status}");
    // It had taken much when it was refused more.
    assert!((MEMORY / 4..=MEMORY).contains(&largest), "{largest}");
}

/// Nothing but the end of its input ends this process.
#[test]
fn an_evaluator_ends_with_the_program_that_started_it() {
    let (mut process, input) = start(&[holds("first"), policy("endless", &endless())]);
    let mut answer = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut answer).unwrap();
    assert!(answer.contains("evaluated"), "{answer}");
    assert_eq!(process.try_wait().unwrap(), None);
    // As the system does when the program is killed.
    drop(input);
    wait_for("the end", LONG, || process.try_wait().unwrap());
}

/// Drops an evaluation when `pid` names its process, and checks that this process ends.
fn drop_when_started(evaluator: &Evaluator, pid: impl Fn() -> Option<u32>) {
    let settings = Settings { now: "2026-11-30T00:00:00Z".parse().unwrap(), prints: false, bindings: false };
    let limits = Limits::default().with(|limits| {
        limits.policy_time = Duration::from_secs(3600);
        limits.policies_time = Duration::from_secs(3600);
    });
    let policies = [Arc::new(RegoPolicy::parse("endless.rego", &policy("endless", &endless())).unwrap())];
    let facts = facts();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let pid = runtime.block_on(async {
        let started = async {
            loop {
                if let Some(pid) = pid() {
                    return pid;
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::select! {
            results = evaluator.evaluate(&policies, &facts, &settings, &limits) => panic!("{results:?}"),
            pid = started => pid,
        }
    });
    wait_for("the end", LONG, || is_gone(pid).then_some(()));
}

#[test]
fn a_dropped_evaluation_ends_its_process() {
    let env = TestEnv::new();
    let file = env.path("pid");
    let pid = || {
        let written = std::fs::read_to_string(&file).ok()?;
        written.strip_suffix('\n')?.parse().ok()
    };
    // The first reads its input to the end, as an evaluator does. The second never looks at it.
    for program in [DHI, "/bin/sleep 3600 #"] {
        let script = format!("#!/bin/sh\necho $$ > '{}'\nexec {program} \"$@\"\n", file.display());
        let program = env.write("evaluator", script);
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        drop_when_started(&Evaluator::program(program), pid);
        std::fs::remove_file(&file).unwrap();
    }
}

/// The processor time of ten policies is a minute, so it is not that which ends them.
#[test]
fn an_interrupted_command_leaves_no_evaluator() {
    let env = TestEnv::new();
    let facts = env.write("facts.json", input());
    for number in 0..10 {
        env.write(&format!("rego/{number}.rego"), policy(&format!("endless-{number}"), &endless()));
    }
    for signal in [Signal::INT, Signal::TERM, Signal::KILL] {
        let mut command = env.command(&["policy", "eval", &facts, "--policy-dir", &env.file("rego")]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut dhi = command.spawn().unwrap();
        let evaluator = wait_for("an evaluator", LONG, || evaluator_of(dhi.id()));
        kill_process(Pid::from_child(&dhi), signal).unwrap();
        let status = wait_for("the end of the command", LONG, || dhi.try_wait().unwrap());
        assert!(!status.success(), "{signal:?}: {status}");
        wait_for("the end of the evaluator", Duration::from_secs(30), || is_gone(evaluator).then_some(()));
    }
}
