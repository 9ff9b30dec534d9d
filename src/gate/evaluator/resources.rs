//! The limits that an evaluator process sets for itself.

use std::io;

/// Limits the memory and the processor time of this process. It can open and write no files afterwards.
#[cfg(unix)]
pub(super) fn limit(memory: u64, seconds: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let wanted = [
        (Resource::As, memory),
        (Resource::Cpu, seconds),
        // Standard input, output and error output.
        (Resource::Nofile, 3),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, value) in wanted {
        // A limit that is lower already stays.
        let known = getrlimit(resource).maximum;
        let value = known.map_or(value, |known| known.min(value));
        let limited = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
        // macOS has no limit of the address space.
        if cfg!(target_os = "linux") || !matches!(resource, Resource::As) {
            limited?;
        }
    }
    Ok(())
}

/// There are no such limits here: the program that started this process ends it when its time is over.
#[cfg(not(unix))]
pub(super) fn limit(_: u64, _: u64) -> io::Result<()> {
    Ok(())
}
