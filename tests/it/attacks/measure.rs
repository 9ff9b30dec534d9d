//! How much memory and time a run takes: bounds that nobody measures are wishes.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::forge::{Forge, GOOD};
use crate::binary::{Run, User};
use crate::scripted::Scripted;

pub(crate) const MIB: u64 = 1 << 20;
/// What a run may take beyond the memory of a harmless one and the bytes that the limits admit.
const BEYOND: u64 = 64 * MIB;

/// A run with its greatest resident memory in bytes, and its time.
pub(crate) struct Measured {
    pub(crate) run: Run,
    pub(crate) memory: u64,
    pub(crate) time: Duration,
}

impl Measured {
    pub(crate) fn of(command: &mut Command) -> Self {
        let start = Instant::now();
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let status = format!("/proc/{}/status", child.id());
        let (mut out, mut err) = (String::new(), String::new());
        let mut memory = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| stdout.read_to_string(&mut out).unwrap());
            scope.spawn(|| stderr.read_to_string(&mut err).unwrap());
            // The system keeps the greatest value itself, so that a peak between two looks is not missed.
            while child.try_wait().unwrap().is_none() {
                memory = memory.max(high_water(&status).unwrap_or_default());
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let code = child.wait().unwrap().code().unwrap_or(-1);
        Self { run: Run { code, stdout: out, stderr: err }, memory, time: start.elapsed() }
    }

    /// That it took no more than a harmless run, `admitted` bytes and [`BEYOND`], and no longer than that.
    #[track_caller]
    pub(crate) fn within(&self, admitted: u64, time: Duration) {
        let (base, most) = (*BASE, *BASE + admitted + BEYOND);
        assert!(
            self.memory <= most,
            "{} MiB; {} MiB is the base, and {} MiB are admitted",
            self.memory / MIB,
            base / MIB,
            admitted / MIB
        );
        assert!(self.time <= time, "{:?}", self.time);
    }
}

/// `VmHWM`: the peak of the resident set.
fn high_water(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// The memory of a run that verifies the good image from a registry.
static BASE: LazyLock<u64> = LazyLock::new(|| {
    let (registry, user) = (Scripted::start(), User::new());
    Forge::of(GOOD).serve(&registry, "x", "1");
    let host = registry.host();
    let measured = Measured::of(&mut verify(&user, &host, &format!("{host}/x:1"), &[]));
    measured.run.assert(0, "pass");
    if cfg!(target_os = "linux") {
        assert!((MIB..=BEYOND).contains(&measured.memory), "{}", measured.memory);
    }
    measured.memory
});

/// `dhi verify` of `reference` on `host`, with the fixtures' key and log.
pub(super) fn verify(user: &User, host: &str, reference: &str, more: &[&str]) -> Command {
    use crate::binary::{KEY, ROOT};
    let first = ["verify", "--format", "json", "--key", KEY, "--trusted-root", ROOT, "--no-cache"];
    user.command(&[&first[..], &["--plain-http", host], more, &[reference]].concat())
}
