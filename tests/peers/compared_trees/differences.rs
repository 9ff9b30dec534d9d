//! The differences between built images and what the real tools make. `docs/build.md` explains them to users.

/// Paths with the reason why they differ. `*` stands for any text, at most once in a path.
pub(super) type Differences = &'static [(&'static str, &'static str)];

const OF_MMDEBSTRAP: &str = "of mmdebstrap and its apt, not of a script";
const ACCOUNT_TOOLS: &str = "a lock, or a copy that the tools for accounts make";
const PAM: &str = "PAM is reported as missing";
const LOGINS: &str = "nobody logs in";
const SERVICES: &str = "a container has no service manager";
const DPKG_STATE: &str = "a lock, or state that dpkg makes when it runs";
const ADDRESSES: &str = "an engine writes addresses when a container starts";
const SERVICE_USER: &str = "users of services come from the definition, never from scripts";
const BYTECODE: &str = "no compiled Python";
const CERTIFICATE_LINKS: &str = "the bundle has all certificates";

/// Differences of all sets.
pub(super) const COMMON: Differences = &[
    ("dev/*", OF_MMDEBSTRAP),
    ("etc/.pwd.lock", ACCOUNT_TOOLS),
    ("etc/apt/sources.list", OF_MMDEBSTRAP),
    ("etc/dpkg/dpkg.cfg.d/99mmdebstrap", OF_MMDEBSTRAP),
    ("etc/environment", PAM),
    ("etc/fstab", "a container mounts nothing"),
    ("etc/group-", ACCOUNT_TOOLS),
    ("etc/hostname", OF_MMDEBSTRAP),
    ("etc/hosts", ADDRESSES),
    ("etc/ld.so.cache", "the loader finds multiarch directories without it"),
    ("etc/networks", ADDRESSES),
    ("etc/pam.d/common-*", PAM),
    ("etc/passwd-", ACCOUNT_TOOLS),
    ("etc/resolv.conf", OF_MMDEBSTRAP),
    ("etc/security/opasswd", PAM),
    ("etc/shells", LOGINS),
    ("etc/ssl/certs/*.0", CERTIFICATE_LINKS),
    ("etc/subgid", "ranges of numbers for containers inside the image"),
    ("etc/subuid", "ranges of numbers for containers inside the image"),
    ("etc/systemd/system/timers.target.wants*", SERVICES),
    ("usr/lib/os-release", "from the definition"),
    ("var/cache/apt/archives/*", OF_MMDEBSTRAP),
    ("var/cache/debconf/*", "no database of `debconf`"),
    ("var/lib/apt/extended_states", OF_MMDEBSTRAP),
    ("var/lib/apt/lists/*", OF_MMDEBSTRAP),
    ("var/lib/pam/*", PAM),
    ("var/lib/shells.state", LOGINS),
    ("var/lib/systemd/deb-systemd-helper-enabled*", SERVICES),
    ("var/log/btmp", LOGINS),
    ("var/log/lastlog", LOGINS),
    ("var/log/wtmp", LOGINS),
];

/// Differences of all images that have dpkg.
pub(super) const WITH_DPKG: Differences = &[
    ("var/lib/dpkg/arch", DPKG_STATE),
    ("var/lib/dpkg/arch-native", DPKG_STATE),
    ("var/lib/dpkg/available", "dpkg makes it when it first needs it"),
    ("var/lib/dpkg/diversions*", "diversions are not supported; these only protect a merge of directories"),
    ("var/lib/dpkg/lock*", DPKG_STATE),
    ("var/lib/dpkg/status-old", DPKG_STATE),
    ("var/lib/dpkg/triggers/Lock", DPKG_STATE),
];

/// Differences of the runtime image with a service.
pub(super) const REDIS: Differences = &[
    ("etc/group", SERVICE_USER),
    ("etc/gshadow", SERVICE_USER),
    ("etc/gshadow-", ACCOUNT_TOOLS),
    ("etc/nsswitch.conf", "only the reference has `libc-bin`, which makes it"),
    ("etc/passwd", SERVICE_USER),
    ("etc/rc*redis-server", SERVICES),
    ("etc/redis*", SERVICE_USER),
    ("etc/shadow", SERVICE_USER),
    ("etc/shadow-", ACCOUNT_TOOLS),
    ("etc/ssl/certs/*.pem", CERTIFICATE_LINKS),
    ("etc/systemd/system/multi-user.target.wants*", SERVICES),
    ("etc/systemd/system/redis.service", SERVICES),
    ("var/lib/dpkg/*", "an image without dpkg has a list of packages for scanners"),
    ("var/lib/redis", SERVICE_USER),
    ("var/log/redis", SERVICE_USER),
];

/// Differences of the runtime image with an interpreter.
pub(super) const PYTHON: Differences = &[
    ("etc/passwd", "the image has no shell for root"),
    ("etc/python3*", BYTECODE),
    ("etc/ssl/certs/*.pem", CERTIFICATE_LINKS),
    ("usr/lib/python3*__pycache__", BYTECODE),
    ("usr/lib/python3*.pyc", BYTECODE),
    ("usr/local/lib/python3*", "pip makes it"),
    ("usr/share/python3*__pycache__", BYTECODE),
    ("usr/share/python3*.pyc", BYTECODE),
    ("var/lib/dpkg/triggers/File", "only the reference has packages with these triggers"),
    ("var/lib/python*", BYTECODE),
];

/// Whether a path is one of a difference.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((start, end)) => path.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some(),
    }
}
