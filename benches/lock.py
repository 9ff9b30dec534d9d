#!/usr/bin/env python3
"""Times the choice of about 200 packages of Debian 13 from warm indexes, beside the machine's apt.

    cargo build --release --bin dhi && benches/lock.py [--mirror URL] [--runs N]

Both have the indexes of main, updates and security in their caches. `dhi` is the whole process without network: it
verifies the signed lists, reads the indexes, chooses the packages and writes the lock. apt simulates the installation in
an empty root, without recommended packages. The script checks that both choose the same packages, prints medians and peak
memory, and exits with 1 if a target is missed.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = (
    "base-files build-essential git python3 curl nginx redis vim postgresql-client nodejs openssh-client rsync jq procps"
    " iproute2"
).split()
TARGET_MS = 100
TARGET_MIB = 150
KEYRING = PROJECT / "src/builder/repositories/debian_keys/trixie.gpg"


def run(command, environment=None):
    """Seconds, peak resident MiB, and standard output."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    output = process.stdout.read()
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024, output.decode()


def apt(root, mirror):
    """The options of apt for an empty root with its own lists."""
    for folder in ("etc/apt/preferences.d", "state/lists/partial", "cache/archives/partial"):
        (root / folder).mkdir(parents=True)
    (root / "status").write_text("")
    suites = [(mirror, "trixie"), (mirror, "trixie-updates"), (f"{mirror}-security", "trixie-security")]
    lines = [f"deb [signed-by={KEYRING}] {url} {suite} main" for url, suite in suites]
    (root / "etc/apt/sources.list").write_text("\n".join(lines) + "\n")
    options = {
        "Dir::Etc": root / "etc/apt",
        "Dir::State": root / "state",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "APT::Architecture": "amd64",
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
    }
    return [f"-o{name}={value}" for name, value in options.items()]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mirror", default=os.environ.get("DHI_DEBIAN_MIRROR"), help="address of a mirror of Debian")
    arguments.add_argument("--runs", type=int, default=15)
    arguments = arguments.parse_args()
    if not arguments.mirror:
        sys.exit("give the address of a mirror of Debian: --mirror URL, or DHI_DEBIAN_MIRROR")
    mirror = arguments.mirror.rstrip("/")
    dhi = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "release/dhi"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "image.yaml").write_text(
            "# syntax=dhi.io/build:2-debian13\nname: Bench\nimage: example/bench\nvariant: dev\ntags: ['1']\n"
            f"platforms: [linux/amd64]\ncontents:\n  packages: [{', '.join(PACKAGES)}]\n"
        )
        environment = {**os.environ, "DHI_DEBIAN_MIRROR": mirror, "DHI_CACHE_DIR": str(folder / "dhi")}
        lock = [dhi, "definition", "lock", folder / "image.yaml", "--update"]
        run(lock, environment)
        options = apt(folder / "apt", mirror)
        run(["apt-get", *options, "update"])
        simulate = ["apt-get", *options, "-s", "install", *PACKAGES]
        ours, theirs = [], []
        # In turn, so that a busy moment of the machine falls on both. The first run fills the caches.
        for turn in range(arguments.runs + 1):
            one = run([*lock, "--offline"], environment)
            other = run(simulate)
            if turn > 0:
                ours.append(one)
                theirs.append(other)
        text = (folder / "image.yaml.lock").read_text()
        chosen = set(re.findall(r'\{"name":"([^"]+)","version":"[^"]+","architecture"', text))
        installed = set(re.findall(r"^Inst (\S+) ", theirs[-1][2], re.MULTILINE))
        milliseconds = 1000 * statistics.median(seconds for seconds, _, _ in ours)
        least = 1000 * min(seconds for seconds, _, _ in ours)
        memory = max(mib for _, mib, _ in ours)
        other = 1000 * statistics.median(seconds for seconds, _, _ in theirs)
        print(f"{len(chosen)} packages, {arguments.runs} runs, median")
        print(f"dhi definition lock  {milliseconds:8.1f} ms  (least {least:.1f})  {memory:6.0f} MiB")
        print(f"apt-get -s install   {other:8.1f} ms  {max(mib for _, mib, _ in theirs):6.0f} MiB  ratio {other / milliseconds:.1f}")
        if chosen != installed:
            sys.exit(f"other packages than apt: {sorted(chosen ^ installed)}")
        if milliseconds > TARGET_MS or memory > TARGET_MIB:
            sys.exit(f"the target of {TARGET_MS} ms and {TARGET_MIB} MiB is missed")


main()
