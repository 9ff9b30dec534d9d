//! Runs a scanner within bounds, with everything that it starts, and ends all of it at once.
//!
//! A program that is run belongs to a process group of its own. The group is killed when the run ends, fails or is
//! dropped; [`stop_all`] kills the groups of all runs before the process itself ends.

use std::process::{ExitStatus, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

use crate::diagnostic::IoCause;
use crate::registry::mutex::lock;

/// How long output is read after the program ended, if something outside of its process group keeps it open.
const READ_AFTER_END: Duration = Duration::from_secs(10);

/// The process groups that run.
static GROUPS: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// The bounds of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Bytes of its standard output.
    pub(super) output: u64,
    /// Bytes of its messages that are kept: the last ones.
    pub(super) messages: u64,
    /// Time until it must have ended.
    pub(super) time: Duration,
}

/// A program that ended.
#[derive(Debug)]
pub(super) struct Ended {
    /// How.
    pub(super) status: ExitStatus,
    /// Its standard output.
    pub(super) output: Vec<u8>,
    /// The end of its messages.
    pub(super) messages: Vec<u8>,
}

/// Why a run has no result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// It cannot be started or waited for.
    Failed(String),
    /// It printed more than this number of bytes.
    TooLong(u64),
}

/// Kills a process group when it is dropped.
struct Group(Option<u32>);

impl Group {
    fn new(leader: Option<u32>) -> Self {
        lock(&GROUPS).extend(leader);
        Self(leader)
    }

    /// Kills it.
    fn end(&mut self) {
        let Some(leader) = self.0.take() else { return };
        lock(&GROUPS).retain(|group| *group != leader);
        kill(leader);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Kills every program that runs, with everything that it started.
pub fn stop_all() {
    let groups = std::mem::take(&mut *lock(&GROUPS));
    groups.into_iter().for_each(kill);
}

#[cfg(unix)]
fn kill(group: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    if let Some(group) = i32::try_from(group).ok().and_then(Pid::from_raw) {
        // A group that has ended already is no error.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill(_: u32) {
    // The program itself is killed when its handle is dropped.
}

/// Runs `command` without input.
pub(super) async fn run(command: &mut Command, bounds: Bounds) -> Result<Ended, Broken> {
    match tokio::time::timeout(bounds.time, wait(command, bounds)).await {
        Ok(ended) => ended,
        Err(_) => Err(Broken::Failed(format!("it does not end within {} s", bounds.time.as_secs()))),
    }
}

async fn wait(command: &mut Command, bounds: Bounds) -> Result<Ended, Broken> {
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| Broken::Failed(format!("it cannot be run: {}", IoCause(&error))))?;
    let mut group = Group::new(child.id());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let output = async {
        let mut output = Vec::new();
        if let Some(stdout) = stdout {
            let read = stdout.take(bounds.output.saturating_add(1)).read_to_end(&mut output).await;
            read.map_err(|error| Broken::Failed(format!("its output cannot be read: {}", IoCause(&error))))?;
        }
        match u64::try_from(output.len()).is_ok_and(|length| length <= bounds.output) {
            true => Ok(output),
            false => Err(Broken::TooLong(bounds.output)),
        }
    };
    let messages = async { Ok(end_of(stderr, bounds.messages).await) };
    let mut texts = std::pin::pin!(async { tokio::try_join!(output, messages) });
    let ended = |status: std::io::Result<ExitStatus>| {
        status.map_err(|error| Broken::Failed(format!("it cannot be waited for: {}", IoCause(&error))))
    };
    let (status, (output, messages)) = tokio::select! {
        texts = &mut texts => {
            let texts = texts?;
            (ended(child.wait().await)?, texts)
        }
        status = child.wait() => {
            let status = ended(status)?;
            // What it started and did not end may hold its output open.
            group.end();
            let texts = tokio::time::timeout(READ_AFTER_END, texts).await;
            let texts = texts.map_err(|_| {
                Broken::Failed("it ended, and another program keeps its output open".to_owned())
            })?;
            (status, texts?)
        }
    };
    Ok(Ended { status, output, messages })
}

/// The last bytes of a stream. What cannot be read is left out: messages only explain a failure.
async fn end_of(stream: Option<impl AsyncRead + Unpin>, bound: u64) -> Vec<u8> {
    let bound = usize::try_from(bound).unwrap_or(usize::MAX);
    let mut end = Vec::new();
    let Some(mut stream) = stream else { return end };
    let mut buffer = vec![0; 8 << 10];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        end.extend_from_slice(buffer.get(..read).unwrap_or_default());
        // Twice the bound, so that not every read moves the text.
        if end.len() > bound.saturating_mul(2) {
            end.drain(..end.len() - bound);
        }
    }
    if end.len() > bound {
        end.drain(..end.len() - bound);
    }
    end
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { output: 64, messages: 8, time: Duration::from_secs(60) };

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn output_and_the_last_messages_are_returned() {
        let ended = run(&mut shell("echo found; echo 123456789 >&2; exit 3"), BOUNDS).await.unwrap();
        assert_eq!(
            (ended.output.as_slice(), ended.messages.as_slice()),
            (&b"found\n"[..], &b"3456789\n"[..])
        );
        assert_eq!(ended.status.code(), Some(3));
    }

    #[tokio::test]
    async fn what_a_program_leaves_does_not_delay_it() {
        let ended = run(&mut shell("sleep 600 & echo found"), BOUNDS).await.unwrap();
        assert!(ended.status.success());
        assert_eq!(ended.output, b"found\n");
    }

    #[tokio::test]
    async fn output_over_the_bound_ends_the_program() {
        let endless = run(&mut shell("while :; do echo more; done"), BOUNDS).await;
        assert_eq!(endless.unwrap_err(), Broken::TooLong(64));
        let missing = run(&mut Command::new("/nowhere/scanner"), BOUNDS).await.unwrap_err();
        assert!(matches!(missing, Broken::Failed(cause) if cause.contains("cannot be run")));
    }

    /// Whether a process exists that has not ended.
    fn runs(process: &str) -> bool {
        let state = std::fs::read_to_string(format!("/proc/{process}/stat"));
        state.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_a_program_starts_ends_with_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("child");
        let script = format!("sleep 600 & echo $! > {}; wait", file.display());
        let bounds = Bounds { time: Duration::from_millis(800), ..BOUNDS };
        let late = run(&mut shell(&script), bounds).await.unwrap_err();
        assert!(matches!(late, Broken::Failed(cause) if cause.contains("does not end within")));
        let child = std::fs::read_to_string(file).unwrap();
        for _ in 0..1000 {
            if !runs(child.trim()) {
                return;
            }
            tokio::task::yield_now().await;
            std::thread::yield_now();
        }
        panic!("process {child} still runs");
    }
}
