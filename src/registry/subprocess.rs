//! Runs another program with bounded output and time: without a shell, and killed when its time is over.
//!
//! Credential helpers and signing programs run through it. Errors never quote what the program printed.

use crate::diagnostic::IoCause;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

/// The bounds of one run of a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Bytes of its standard output.
    pub(crate) output: u64,
    /// Time until it must have ended.
    pub(crate) time: Duration,
}

/// Runs `command` with `input` on its standard input. Returns its exit status and standard output.
///
/// # Errors
///
/// A text with the cause when the program cannot be run, or exceeds a bound. It quotes nothing of the output.
pub(crate) async fn run_bounded(
    command: &mut Command,
    input: &[u8],
    bounds: Bounds,
) -> Result<(ExitStatus, Vec<u8>), String> {
    match tokio::time::timeout(bounds.time, communicate(command, input, bounds.output)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("it does not answer within {} s", bounds.time.as_secs())),
    }
}

async fn communicate(
    command: &mut Command,
    input: &[u8],
    bound: u64,
) -> Result<(ExitStatus, Vec<u8>), String> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("it cannot be run: {}", IoCause(&error)))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program may answer without reading its input, so a broken pipe is not an error.
        let _ = stdin.write_all(input).await;
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        let read = stdout.take(bound.saturating_add(1)).read_to_end(&mut output).await;
        read.map_err(|error| format!("its answer cannot be read: {error}"))?;
    }
    if u64::try_from(output.len()).is_ok_and(|length| length > bound) {
        return Err(format!("its answer is over {bound} bytes"));
    }
    let status =
        child.wait().await.map_err(|error| format!("it cannot be waited for: {}", IoCause(&error)))?;
    Ok((status, output))
}
