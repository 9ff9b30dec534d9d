//! Limits on the memory and time of a run.

use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use super::tampered_image::{GOOD, TamperedImage};
pub(crate) use crate::measure::Measured;
use crate::support::env::TestEnv;
use crate::support::registry::InMemoryRegistry;

pub(crate) const MIB: u64 = 1 << 20;
/// What a run may take beyond the memory of a harmless one and the bytes that the limits admit.
const BEYOND: u64 = 64 * MIB;

impl Measured {
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

/// The memory of a run that verifies the good image from a registry.
static BASE: LazyLock<u64> = LazyLock::new(|| {
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    TamperedImage::of(GOOD).serve(&registry, "x", "1");
    let host = registry.host();
    let measured = Measured::of(&verify(&env, &host, &format!("{host}/x:1"), &[]));
    measured.run.assert(0, "pass");
    assert!((MIB..=BEYOND).contains(&measured.memory), "{}", measured.memory);
    measured.memory
});

/// `dhi verify` of `reference` on `host`, with the fixtures' key and log.
pub(super) fn verify(env: &TestEnv, host: &str, reference: &str, more: &[&str]) -> Command {
    use crate::support::env::{KEY, ROOT};
    let first = ["verify", "--format", "json", "--key", KEY, "--trusted-root", ROOT, "--no-cache"];
    env.command(&[&first[..], &["--plain-http", host], more, &[reference]].concat())
}
