//! Peak memory and processor time of a run, as the kernel counts them at its end. They do not depend on the load of the
//! machine.
//!
//! The peak that the kernel reports of a process includes that of the process that started it, since both share memory
//! until the program is executed. This test process can have any size, so it starts a small process of itself, which
//! starts the binary.

use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use serde::{Deserialize, Serialize};

use crate::support::env::Run;

/// The variable with the file that names the program to start, in the small process.
const ORDER: &str = "DHI_TEST_MEASURE";

/// A run with its greatest resident memory in bytes, and the time of processors that it took. The time of a clock says
/// how loaded the machine is.
pub(crate) struct Measured {
    pub(crate) run: Run,
    pub(crate) memory: u64,
    pub(crate) time: Duration,
}

/// What to start. The environment is that of the small process.
#[derive(Deserialize, Serialize)]
struct Order {
    program: String,
    arguments: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Report {
    code: i32,
    stdout: String,
    stderr: String,
    memory: u64,
    time: Duration,
}

impl Measured {
    /// Runs `command`, which gives its whole environment.
    pub(crate) fn of(command: &Command) -> Self {
        let text = |text: &std::ffi::OsStr| text.to_str().unwrap().to_owned();
        let order =
            Order { program: text(command.get_program()), arguments: command.get_args().map(text).collect() };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), serde_json::to_vec(&order).unwrap()).unwrap();
        let mut small = Command::new(std::env::current_exe().unwrap());
        small.args(["--exact", "measure::start_what_is_measured", "--nocapture"]).env_clear();
        small.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        small.env(ORDER, file.path()).current_dir(command.get_current_dir().unwrap());
        let output = small.stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let report: Report = serde_json::from_slice(&std::fs::read(file.path()).unwrap()).unwrap();
        let Report { code, stdout, stderr, memory, time } = report;
        Self { run: Run { code, stdout, stderr }, memory, time }
    }
}

/// Not a test: with the variable set, it starts the measured program and reports its memory and time.
#[test]
fn start_what_is_measured() {
    let Some(file) = std::env::var_os(ORDER) else { return };
    let order: Order = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let run = crate::support::env::run(Command::new(order.program).args(order.arguments).env_remove(ORDER));
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    // In kilobytes, but on macOS.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let time = used.user_time() + used.system_time();
    let report = Report {
        code: run.code,
        stdout: run.stdout,
        stderr: run.stderr,
        memory: u64::try_from(used.max_rss()).unwrap() * unit,
        time: Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap()),
    };
    std::fs::write(file, serde_json::to_vec(&report).unwrap()).unwrap();
}

/// A large process of its own does not count, and a short run is not missed.
#[test]
fn a_run_is_measured_without_the_process_that_starts_it() {
    let ballast = vec![1_u8; 512 << 20];
    let measured = Measured::of(&crate::support::env::TestEnv::new().command(&["--version"]));
    assert_eq!(measured.run.code, 0, "{}", measured.run.stderr);
    assert!((1 << 20..128 << 20).contains(&measured.memory), "{}", measured.memory);
    assert!(ballast.iter().all(|byte| *byte == 1));
}
