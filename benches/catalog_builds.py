#!/usr/bin/env python3
"""Builds every definition of a catalog that has no build stages and whose packages are in public repositories.

    cargo build --release --bin dhi && benches/catalog_builds.py FOLDER [--dhi FILE] [--minutes N] [--match TEXT]

Each definition is locked with what `examples/definitions/substitute-debian.yaml` replaces, and built for its platforms
into a temporary layout. The script prints how many were built, and why others were not: the code of the error, with a
count, then every error that is not about the lock. It exits with 1 if one of those is not a refusal of what the builder
does not support.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
SUBSTITUTE = PROJECT / "examples/definitions/substitute-debian.yaml"
STAGES = re.compile(r"^  builds:", re.MULTILINE)
CODE = re.compile(r"^error\[([a-z0-9/-]+)\]", re.MULTILINE)
# Packages and repositories that are not public, and what the builder says that it does not support.
EXPECTED = ("packages/unsolved", "packages/repository", "build/unsupported")
SLOWEST = 300


def build(dhi, definition, substitute, folder, environment):
    """Exit code, standard error, seconds and platforms of a build. `None` as exit code: it did not end."""
    layout = folder / "layout"
    command = [dhi, "build", definition, "--lock", folder / "lock", "--update", "--substitute", substitute]
    command += ["--output", f"oci:{layout}"]
    begin = time.monotonic()
    try:
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SLOWEST, check=False)
        code, errors = ended.returncode, ended.stderr
    except subprocess.TimeoutExpired:
        code, errors = None, f"no end after {SLOWEST} s"
    seconds = time.monotonic() - begin
    platforms = 0
    if code == 0:
        index = ended.stdout.strip()
        document = json.loads((layout / "blobs" / index.replace(":", "/")).read_text())
        platforms = len(document.get("manifests", [document]))
    shutil.rmtree(layout, ignore_errors=True)
    (folder / "lock").unlink(missing_ok=True)
    return code, errors, seconds, platforms


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path, help="definitions, at any depth")
    release = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "release/dhi"
    arguments.add_argument("--dhi", type=pathlib.Path, default=release)
    arguments.add_argument("--substitute", type=pathlib.Path, default=SUBSTITUTE)
    arguments.add_argument("--minutes", type=float, default=60, help="start no other build after this time")
    arguments.add_argument("--match", default="", help="only definitions whose path contains this text")
    arguments.add_argument("--verbose", action="store_true", help="print a line for each definition")
    arguments = arguments.parse_args()
    found = sorted(path for path in arguments.folder.rglob("*.yaml") if arguments.match in str(path))
    if not found:
        sys.exit(f"no definitions in {arguments.folder}")
    staged = {path for path in found if STAGES.search(path.read_text())}
    end = time.monotonic() + 60 * arguments.minutes
    built, images, late, spent = 0, 0, 0, 0.0
    causes, failures, faults = collections.Counter(), [], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        environment = {**os.environ, "DHI_CACHE_DIR": str(folder / "cache")}
        for path in found:
            if path in staged:
                continue
            if time.monotonic() > end:
                late += 1
                continue
            code, errors, seconds, platforms = build(
                arguments.dhi, path, arguments.substitute, folder, environment
            )
            name = path.relative_to(arguments.folder)
            cause = "built"
            if code == 0:
                built, images, spent = built + 1, images + platforms, spent + seconds
            else:
                match = CODE.search(errors)
                cause = match.group(1) if match else f"exit code {code}"
                causes[cause] += 1
                if cause not in EXPECTED:
                    faults += 1
                if cause not in EXPECTED[:2]:
                    failures.append(f"{name}\n{errors.strip()}")
            if arguments.verbose:
                print(f"{seconds:6.1f} s  {cause:24} {name}", flush=True)
    print(f"{len(found)} definitions, {len(staged)} with build stages, {late} not tried for lack of time")
    print(f"{built} built, {images} images, {spent:.0f} s")
    for cause, count in causes.most_common():
        print(f"{count:4} {cause}")
    for failure in failures:
        print(f"\n{failure}")
    if faults or not built:
        sys.exit(f"{faults} definitions were not built for other reasons")


main()
