#!/usr/bin/env python3
"""Times nine policies of Docker's contract on an image of 300 packages and 900 findings, beside the real OPA.

    cargo build --release --bin dhi && benches/policy.py [--peers DIR] [--runs N]

The facts are those of `fixtures/python`, with an SPDX document, a Scout SBOM and a scan of the given size. `dhi` is the
whole process: it reads the recorded facts, starts the evaluator and prints the result. OPA evaluates the same nine
policies on the same documents in one process; it has no host functions, so they are replaced by rules that read the
documents from `input`. The script prints medians and peak memory, and exits with 1 if the target is missed.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
POLICIES = PROJECT / "tests/it/rego/contract"
PACKAGES = 300
FINDINGS = 3
TARGET_MS = 50
NOW = "2026-01-01T00:00:00Z"

HOST = """
host_referrer(type) := object.get(input.referrers, type, null)

host_verify(references, _) := {reference: object.get(input.signatures, reference, {}) | some reference in references}

host_purl(purl) := {"type": split(trim_prefix(purl, "pkg:"), "/")[0]}
"""


def run(command, accepted):
    """Seconds and peak resident MiB of the process and its children; fails loudly."""
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in accepted:
        sys.exit(f"{command[0]} ended with {process.returncode}: {errors.decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def purl(number):
    return f"pkg:deb/debian/package-{number}@1.{number}-1?os_distro=trixie&os_name=debian&os_version=13"


def predicates():
    """The large predicates, by type."""
    packages = [
        {
            "SPDXID": f"SPDXRef-{number}",
            "name": f"package-{number}",
            "versionInfo": f"1.{number}-1",
            "externalRefs": [
                {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl(number)}
            ],
        }
        for number in range(PACKAGES)
    ]
    artifacts = [
        {"type": "deb", "namespace": "debian", "name": f"package-{number}", "version": f"1.{number}-1", "purl": purl(number)}
        for number in range(PACKAGES)
    ]
    scan = [
        {
            "purl": purl(number),
            "vulnerabilities": [
                {
                    "source_id": f"CVE-2025-{number * FINDINGS + turn}",
                    "published_at": "2025-12-30T00:00:00Z",
                    "fixed_by": "2.0",
                    "cisa_exploited": False,
                    "aliases": [],
                    "cvss": {"score": 7.5, "severity": "MEDIUM"},
                }
                for turn in range(FINDINGS)
            ],
        }
        for number in range(PACKAGES)
    ]
    return {
        "https://spdx.dev/Document": {"spdxVersion": "SPDX-2.3", "packages": packages},
        "https://scout.docker.com/sbom/v0.1": {"source": {"type": "image"}, "artifacts": artifacts},
        "https://scout.docker.com/vulnerabilities/v0.1": scan,
    }


def recorded(dhi, folder):
    """A file of recorded facts with the large predicates, and the same documents as input of OPA."""
    verify = [
        dhi,
        "verify",
        f"oci:{PROJECT}/fixtures/python:3.13",
        "--platform=linux/amd64",
        f"--key={PROJECT}/fixtures/keys/fixture.pub",
        f"--trusted-root={PROJECT}/fixtures/trusted_root.json",
        "--format=json",
        "--facts",
    ]
    document = json.loads(subprocess.run(verify, check=True, capture_output=True).stdout)
    facts = document["images"][0]["platforms"][0]["facts"]
    large = predicates()
    referrers = {}
    for attestation in facts["attestations"]:
        statement = attestation["statement"]
        if attestation["predicateType"] in large:
            statement["predicate"] = large[attestation["predicateType"]]
        referrers[attestation["predicateType"]] = {"statement": statement, "image": attestation["image"]}
    (folder / "facts.json").write_text(json.dumps(document))
    image = {"digest": facts["digest"], "name": facts["name"], "config": facts["config"]["document"]}
    (folder / "input.json").write_text(json.dumps({"source": {"image": image}, "referrers": referrers, "signatures": {}}))


def for_opa(folder):
    """The policies without host functions, each in its own package."""
    modules = folder / "opa"
    modules.mkdir()
    for number, file in enumerate(sorted(POLICIES.glob("*.rego"))):
        source = file.read_text().replace("package docker.scout", f"package nine.p{number}")
        source = source.replace("oci.referrer(", "host_referrer(").replace("cosign.verify_images(", "host_verify(")
        source = source.replace("scout.parse_purl(", "host_purl(").replace("data.config", "{}")
        source = source.replace("time.now_ns()", f'time.parse_rfc3339_ns("{NOW}")')
        (modules / file.name).write_text(re.sub(r"(?m)^#.*\n", "", source) + HOST)
    return modules


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--peers", type=pathlib.Path, default=pathlib.Path.home() / ".cache/dhi-peers/bin")
    arguments.add_argument("--runs", type=int, default=15)
    arguments = arguments.parse_args()
    dhi = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "release/dhi"
    opa = arguments.peers / "opa"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        recorded(dhi, folder)
        modules = for_opa(folder)
        ours = [dhi, "policy", "eval", folder / "facts.json", f"--policy-dir={POLICIES}", f"--effective-time={NOW}"]
        theirs = [opa, "eval", "--data", modules, "--input", folder / "input.json", "data.nine"]
        measured, compared = [], []
        # In turn, so that a busy moment of the machine falls on both. The first run fills the caches.
        for turn in range(arguments.runs + 1):
            one = run(ours, (0, 1))
            other = run(theirs, (0,)) if opa.exists() else None
            if turn > 0:
                measured.append(one)
                compared += [other] if other else []
        count = len(list(POLICIES.glob("*.rego")))
        milliseconds = 1000 * statistics.median(seconds for seconds, _ in measured)
        print(f"{count} policies, {PACKAGES} packages, {PACKAGES * FINDINGS} findings, {arguments.runs} runs, median")
        print(f"dhi policy eval  {milliseconds:8.1f} ms  {max(mib for _, mib in measured):6.0f} MiB")
        if compared:
            other = 1000 * statistics.median(seconds for seconds, _ in compared)
            print(f"opa eval         {other:8.1f} ms  {max(mib for _, mib in compared):6.0f} MiB  ratio {other / milliseconds:.1f}")
        else:
            print("opa is not here")
        if milliseconds > TARGET_MS:
            sys.exit(f"the target of {TARGET_MS} ms is missed")


main()
