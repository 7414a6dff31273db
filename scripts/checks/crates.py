#!/usr/bin/env python3
"""Checks the crates that the Rust workspace is built from on this platform: every one comes from
crates.io, pinned by checksum in Cargo.lock, under a licence that can be combined with ours.

    crates.py CARGO       the cargo to ask (scripts/find-rust knows where it is)
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"
PLATFORM = "x86_64-unknown-linux-gnu"

# Licences that ask for no more than to be named. One choice of an OR, and all parts of an AND.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
}


def allowed(expression):
    """Whether an SPDX licence expression can be met by ALLOWED licences alone."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def peek():
        return tokens[position] if position < len(tokens) else None

    def take():
        nonlocal position
        position += 1
        return tokens[position - 1]

    def term():
        if peek() == "(":
            take()
            value = either()
            if take() != ")":
                raise ValueError(f"unbalanced: {expression}")
            return value
        name = take()
        if peek() == "WITH":
            take()
            name = f"{name} WITH {take()}"
        return name in ALLOWED

    def both():
        value = term()
        while peek() == "AND":
            take()
            other = term()
            value = value and other
        return value

    def either():
        value = both()
        while peek() == "OR":
            take()
            other = both()
            value = value or other
        return value

    value = either()
    if peek() is not None:
        raise ValueError(f"not understood: {expression}")
    return value


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    metadata = json.loads(
        subprocess.run(
            [arguments[0], "metadata", "--locked", "--format-version=1", "--filter-platform", PLATFORM],
            cwd=ROOT, check=True, stdout=subprocess.PIPE,
        ).stdout
    )
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    problems = []
    for entry in lock.split("[[package]]")[1:]:
        name = re.search(r'^name = "(.*)"', entry, re.M).group(1)
        source = re.search(r'^source = "(.*)"', entry, re.M)
        if source and (source.group(1) != CRATES_IO or "checksum = " not in entry):
            problems.append(f"{name}: not from crates.io with a checksum: {source.group(1)}")
    used = {node["id"] for node in metadata["resolve"]["nodes"]}
    packages = [p for p in metadata["packages"] if p["id"] in used and p["source"]]
    for package in packages:
        licence = package["license"] or ""
        if not licence or not allowed(licence):
            problems.append(f"{package['name']} {package['version']}: licence '{licence}'")
    for problem in problems:
        print(problem)
    print(f"{len(packages)} crates, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
