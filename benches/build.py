#!/usr/bin/env python3
"""Times builds of a Debian image from cached packages, beside `mmdebstrap --variant=extract` on the same packages.

    cargo build --release --bin dhi && benches/build.py [--mirror URL] [--runs N]

`dhi` is the whole process, from the lock and the package files in its cache to a layout, with SBOM and provenance: with
cached packages (no layers cached), warm, and for two platforms. The floor is what no builder can avoid: the package files
are hashed and unpacked, and the tar archive is hashed and compressed with zstd; the script measures it with command line
tools on the same bytes, one after the other. mmdebstrap gets the same package files from a local directory, and writes a
tar file. The script prints medians and peak memory, and exits with 1 if a target is missed.
"""

import argparse
import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
PACKAGES = "base-files ca-certificates netbase python3 redis-server tzdata".split()
TARGET_FLOOR = 1.3
TARGET_WARM = 0.3
TARGET_PLATFORMS = 1.8
TARGET_MIB = 200


def run(command, environment=None):
    """Seconds, and peak resident MiB of the process. Its output is not kept."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def blob(layout, digest):
    return layout / "blobs" / digest.replace(":", "/")


def image_of(layout):
    """The digest of the image in a layout, whose other entries are lists of referrers."""
    entries = json.loads((layout / "index.json").read_text())["manifests"]
    name = "org.opencontainers.image.ref.name"
    images = [one for one in entries if not one.get("annotations", {}).get(name, "").startswith("sha256-")]
    return images[0]["digest"]


def largest_layer(layout):
    """The unpacked size in MiB of the largest layer of any platform."""
    sizes = []
    for entry in json.loads(blob(layout, image_of(layout)).read_text())["manifests"]:
        for layer in json.loads(blob(layout, entry["digest"]).read_text())["layers"]:
            program = "zstd" if layer["mediaType"].endswith("zstd") else "gzip"
            file = open(blob(layout, layer["digest"]), "rb")
            with file:
                unpacked = subprocess.run([program, "-dc"], stdin=file, stdout=subprocess.PIPE, check=True)
            sizes.append(len(unpacked.stdout))
    return max(sizes) / (1 << 20)


def floor(debs, folder):
    """Seconds to hash and unpack the packages, and to hash and compress what they hold."""
    tars = folder / "tars"
    begin = time.monotonic()
    for deb in debs:
        hashlib.sha256(deb.read_bytes()).digest()
    hashed = time.monotonic()
    with open(tars, "wb") as output:
        for deb in debs:
            subprocess.run(["dpkg-deb", "--fsys-tarfile", deb], stdout=output, check=True)
    unpacked = time.monotonic()
    size = tars.stat().st_size
    hashlib.sha256(tars.read_bytes()).digest()
    tarred = time.monotonic()
    subprocess.run(["zstd", "-q", "-3", "-T1", "-f", tars, "-o", folder / "tars.zst"], check=True)
    done = time.monotonic()
    phases = {"sha256": hashed - begin + tarred - unpacked, "xz": unpacked - hashed, "zstd": done - tarred}
    return done - begin, phases, size


def definition(file, platforms):
    file.write_text(
        "# syntax=dhi.io/build:2-debian13\nname: Bench\nimage: example/bench\nvariant: runtime\ntags: ['1']\n"
        f"platforms: [{platforms}]\ncontents:\n  packages: [{', '.join(PACKAGES)}]\n"
    )


def packages_of(lock, blobs):
    """The package files of each platform of a lock, in a cache of blobs."""
    files = []
    for platform in json.loads(lock.read_text())["platforms"]:
        hashes = [package["identity"]["deb"].replace("sha256:", "") for package in platform["packages"]]
        files.append([blobs / digest for digest in hashes])
    return files


def largest(measured):
    return max(mib for _, mib in measured)


def median(measured):
    return statistics.median(seconds for seconds, _ in measured)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--mirror", default=os.environ.get("DHI_DEBIAN_MIRROR"), help="address of a mirror of Debian")
    arguments.add_argument("--runs", type=int, default=5)
    arguments = arguments.parse_args()
    if not arguments.mirror:
        sys.exit("give the address of a mirror of Debian: --mirror URL, or DHI_DEBIAN_MIRROR")
    for program in ("mmdebstrap", "dpkg-deb", "dpkg-scanpackages", "zstd"):
        if shutil.which(program) is None:
            sys.exit(f"{program} is not installed")
    mirror = arguments.mirror.rstrip("/")
    dhi = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "release/dhi"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)  # mmdebstrap drops privileges to read the packages
        one, two = folder / "one.yaml", folder / "two.yaml"
        definition(one, "linux/amd64")
        definition(two, "linux/amd64, linux/arm64")
        layout, cache, only = folder / "layout", folder / "cache", folder / "only"
        blobs = pathlib.Path("v1/blobs/sha256")

        def build(file, cache, *more):
            shutil.rmtree(layout, ignore_errors=True)
            environment = {**os.environ, "DHI_DEBIAN_MIRROR": mirror, "DHI_CACHE_DIR": str(cache)}
            return run([dhi, "build", file, "--output", f"oci:{layout}", *more], environment)

        def build_cold(file, debs):
            """With the package files in the cache, and nothing else."""
            shutil.rmtree(only, ignore_errors=True)
            (only / blobs).mkdir(parents=True)
            for deb in debs:
                shutil.copy(deb, only / blobs / deb.name)
            return build(file, only, "--locked", "--offline")

        build(one, cache)
        build(two, cache)
        single = packages_of(folder / "one.yaml.lock", cache / blobs)[0]
        both = packages_of(folder / "two.yaml.lock", cache / blobs)
        both = [*both[0], *both[1]]
        debs = []
        (folder / "debs").mkdir()
        for deb in single:
            debs.append(folder / "debs" / f"{deb.name}.deb")
            shutil.copy(deb, debs[-1])
        with open(folder / "debs/Packages", "wb") as output:
            packages = ["dpkg-scanpackages", "--multiversion", "."]
            subprocess.run(packages, cwd=folder / "debs", stdout=output, stderr=subprocess.DEVNULL, check=True)
        lock = json.loads((folder / "one.yaml.lock").read_text())
        names = ",".join(package["name"] for package in lock["platforms"][0]["packages"])
        mmdebstrap = ["mmdebstrap", "--variant=extract", "--mode=root", "--architectures=amd64", "--format=tar"]
        mmdebstrap += [f"--include={names}", "trixie", folder / "mmdebstrap.tar"]
        mmdebstrap += [f"deb [trusted=yes] copy:{folder}/debs ./"]
        ours, warm, two_cold, theirs, floors = [], [], [], [], []
        # In turn, so that a busy moment of the machine falls on all. The first run fills the caches of the system.
        for turn in range(arguments.runs + 1):
            results = (
                build_cold(one, single),
                build(one, cache, "--locked"),
                build_cold(two, set(both)),
                floor(debs, folder),
                run(mmdebstrap),
            )
            if turn > 0:
                for values, result in zip((ours, warm, two_cold, floors, theirs), results):
                    values.append(result)
        build(two, cache, "--locked")
        memory_limit = largest_layer(layout) + TARGET_MIB
    size = floors[0][2] / (1 << 20)
    least = statistics.median(seconds for seconds, _, _ in floors)
    parts = ", ".join(
        f"{name} {statistics.median(phases[name] for _, phases, _ in floors):.2f}" for name in floors[0][1]
    )
    cold, again, platforms, other = map(median, (ours, warm, two_cold, theirs))
    print(f"{len(single)} packages, {size:.0f} MiB unpacked, {arguments.runs} runs, median")
    print(f"floor, one thread          {least:7.2f} s  ({parts})")
    print(f"dhi build, cached packages {cold:7.2f} s  {largest(ours):5.0f} MiB  {cold / least:.2f} of the floor")
    print(f"dhi build, warm            {again:7.2f} s  {largest(warm):5.0f} MiB")
    print(f"dhi build, two platforms   {platforms:7.2f} s  {largest(two_cold):5.0f} MiB  {platforms / cold:.2f} of one")
    print(f"mmdebstrap                 {other:7.2f} s  {largest(theirs):5.0f} MiB  ratio {other / cold:.1f}")
    peak = max(map(largest, (ours, warm, two_cold)))
    missed = [
        text
        for text, is_missed in (
            (f"cached packages: {TARGET_FLOOR} of the floor", cold > TARGET_FLOOR * least),
            (f"warm: {TARGET_WARM} s", again > TARGET_WARM),
            (f"two platforms: {TARGET_PLATFORMS} of one", platforms > TARGET_PLATFORMS * cold),
            (f"memory: {memory_limit:.0f} MiB", peak > memory_limit),
        )
        if is_missed
    ]
    if missed:
        sys.exit(f"missed targets: {'; '.join(missed)}")


main()
