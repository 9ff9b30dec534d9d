#!/usr/bin/env python3
"""Times `dhi definition lint` over a directory of definitions.

    cargo build --release --bin dhi && benches/definition.py DIR [--runs N]

DIR is a copy of the open catalog, or a part of it. The script prints the number of files, the median time and the peak
memory, and exits with 1 if the target for 380 definitions is missed: at most 1 s and 100 MiB.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
TARGET_SECONDS = 1
TARGET_MIB = 100


def run(command):
    """Seconds and peak resident MiB of the process; fails loudly."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--dhi", default=PROJECT / "target/release/dhi")
    arguments = parser.parse_args()
    lint = [arguments.dhi, "definition", "lint", arguments.directory]
    missed = False
    with tempfile.TemporaryDirectory() as directory:
        result = pathlib.Path(directory) / "result.json"
        subprocess.run([*lint, "--output", f"json={result}"], stdout=subprocess.DEVNULL, check=False)
        document = json.loads(result.read_text())
        print(f"{len(document['files'])} definitions, {len(document['findings'])} findings")
    for format in ["text", "json", "sarif"]:
        runs = [run([*lint, "-v", "--format", format]) for _ in range(arguments.runs)]
        seconds = statistics.median(seconds for seconds, _ in runs)
        memory = max(memory for _, memory in runs)
        missed |= seconds > TARGET_SECONDS or memory > TARGET_MIB
        print(f"{format:6} {seconds * 1000:7.1f} ms  {memory:6.1f} MiB")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
