#!/usr/bin/env python3
"""Compares full verification of one image by `dhi` and by real cosign, on the same local registry in one run.

    cargo build --release && benches/verify.py [--peers DIR] [--runs N]

The image of fixtures/python (index, 2 platforms, 15 attestations each: 31 signatures) is pushed to a registry on
loopback. `dhi verify` checks everything in one command. cosign is called in a shell loop for each of the 31 signed
digests and checks only signatures and log entries (offline); so `dhi` runs with `--policy attested`, which checks only
signatures and attestations. Both are repeated through a proxy that adds 30 ms to each round trip. The script prints
medians and the peak memory of `dhi`, and exits with 1 if a target is missed.
"""

import argparse
import asyncio
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
DELAY = 0.030
TARGETS = {"local": 15, "30 ms": 25}
MEMORY_MIB = 60


def start_registry(peers):
    process = subprocess.Popen([peers / "refreg", "-impl", "ggcr", "-listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().split()[-1]


class Proxy:
    """Hands every byte on after DELAY on the way in: one delay for each round trip, none for bytes under way."""

    def __init__(self, target):
        self.host, port = target.split(":")
        self.port = int(port)
        self.address = None
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self.serve(ready)), daemon=True).start()
        ready.wait()

    async def serve(self, ready):
        server = await asyncio.start_server(self.connection, "127.0.0.1", 0)
        self.address = "127.0.0.1:%d" % server.sockets[0].getsockname()[1]
        ready.set()
        await server.serve_forever()

    async def connection(self, reader, writer):
        upstream_reader, upstream_writer = await asyncio.open_connection(self.host, self.port)
        await asyncio.gather(pipe(reader, upstream_writer, DELAY), pipe(upstream_reader, writer, 0), return_exceptions=True)


async def pipe(reader, writer, delay):
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()

    async def read():
        while data := await reader.read(1 << 16):
            queue.put_nowait((loop.time() + delay, data))
        queue.put_nowait((loop.time() + delay, b""))

    task = asyncio.create_task(read())
    while True:
        due, data = await queue.get()
        await asyncio.sleep(max(0, due - loop.time()))
        if not data:
            break
        writer.write(data)
        await writer.drain()
    writer.close()
    await task


def run(command, env):
    """Seconds, peak resident MiB; fails loudly."""
    with tempfile.TemporaryFile() as output:
        begin = time.monotonic()
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output, cwd=PROJECT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            output.seek(0)
            sys.exit(f"{command[0]} failed: {output.read().decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def signed_digests(layout):
    """The index and every attestation manifest: all that cosign has to be asked about."""
    index = json.loads((layout / "index.json").read_text())
    blob = lambda digest: json.loads((layout / "blobs/sha256" / digest.split(":")[1]).read_bytes())
    ref = lambda entry: entry.get("annotations", {}).get("org.opencontainers.image.ref.name", "")
    root = next(entry["digest"] for entry in index["manifests"] if not ref(entry).startswith("sha256-"))
    lists = {ref(entry): entry["digest"] for entry in index["manifests"]}
    found = [root]
    for platform in blob(root)["manifests"]:
        for referrer in blob(lists[platform["digest"].replace(":", "-")])["manifests"]:
            if referrer.get("artifactType") == "application/vnd.in-toto+json":
                found.append(referrer["digest"])
    return found


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--peers", type=pathlib.Path, default=pathlib.Path.home() / ".cache/dhi-peers/bin")
    arguments.add_argument("--runs", type=int, default=5)
    arguments = arguments.parse_args()
    peers, layout = arguments.peers, PROJECT / "fixtures/python"
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target"))
    dhi = target / "release/dhi"

    home = tempfile.TemporaryDirectory()
    env = {"HOME": home.name, "PATH": os.environ["PATH"], "SIGSTORE_REKOR_PUBLIC_KEY": str(PROJECT / "fixtures/keys/log.pub")}
    registry, direct = start_registry(peers)
    missed = False
    try:
        regctl = [peers / "regctl"]
        subprocess.run([*regctl, "registry", "set", direct, "--tls", "disabled"], env=env, check=True, capture_output=True)
        subprocess.run([*regctl, "image", "copy", "--referrers", f"ocidir://{layout}:3.13", f"{direct}/dhi/python:3.13"], env=env, check=True, capture_output=True)
        digests = signed_digests(layout)
        print(f"{len(digests)} signed objects, {arguments.runs} runs, median")
        print(f"{'':8}  {'dhi cold':>9}  {'dhi warm':>9}  {'cosign loop':>11}  {'ratio':>6}  {'dhi memory':>10}")
        for name, host in [("local", direct), ("30 ms", Proxy(direct).address)]:
            verify = [dhi, "verify", "--policy", "attested", "--plain-http", host, "--key", "fixtures/keys/fixture.pub", "--trusted-root", "fixtures/trusted_root.json", "--require-tlog", "--require-index-signature", f"{host}/dhi/python:3.13"]
            cosign = f"""for digest in {' '.join(digests)}; do
                {peers}/cosign2 verify --key fixtures/keys/fixture.pub --offline --experimental-oci11 --allow-http-registry {host}/dhi/python@$digest || exit 1
            done"""
            cold, warm, loop, memory = [], [], [], []
            for _ in range(arguments.runs):
                with tempfile.TemporaryDirectory() as cache:
                    own = env | {"DHI_CACHE_DIR": cache}
                    seconds, mib = run(verify, own)
                    cold.append(seconds), memory.append(mib)
                    seconds, mib = run(verify, own)
                    warm.append(seconds), memory.append(mib)
                loop.append(run(["sh", "-c", cosign], env | {"COSIGN_EXPERIMENTAL": "1"})[0])
            cold, warm, loop = map(statistics.median, (cold, warm, loop))
            ratio, peak = loop / cold, max(memory)
            print(f"{name:8}  {cold:7.3f} s  {warm:7.3f} s  {loop:9.2f} s  {ratio:5.0f}x  {peak:6.0f} MiB")
            missed |= ratio < TARGETS[name] or peak > MEMORY_MIB
    finally:
        registry.kill()
        registry.wait()
    if missed:
        sys.exit("a target is missed: " + ", ".join(f"{name} {ratio}x" for name, ratio in TARGETS.items()) + f", {MEMORY_MIB} MiB")


main()
