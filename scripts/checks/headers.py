#!/usr/bin/env python3
"""Checks that every header of ours compiles alone, with the flags its folder is built with.

Needs build/release to be built (generated headers). A header that was clean is not compiled again
until it or something it includes changes.
"""

import pathlib
import subprocess
import sys

import database

PATTERNS = ["src/*.hpp", "tests/*.hpp", "bench/*.hpp", "fuzz/*.hpp"]
C_HEADERS = ["native/include/*.h"]
# Components are compiled for another machine; their build checks their headers.
OTHER_TARGETS = ("tests/guests/",)


def nearest(header, commands):
    """The flags of the source of that name, else of one as near to the header as there is."""
    own = str(pathlib.PurePosixPath(header).with_suffix(".cpp"))
    if own in commands:
        return commands[own]
    folder = pathlib.PurePosixPath(header).parent
    while True:
        # A test is the last choice: it sees libraries that the header's users do not have.
        inside = sorted(
            (name for name in commands if pathlib.PurePosixPath(name).is_relative_to(folder)),
            key=lambda name: (name.endswith("_test.cpp"), name),
        )
        if inside:
            return commands[inside[0]]
        if folder == pathlib.PurePosixPath("."):
            return None
        folder = folder.parent


def main():
    commands = database.compile_commands()
    headers = [n for n in database.tracked(*PATTERNS) if not n.startswith(OTHER_TARGETS)]
    tasks = []
    for header in headers:
        command = nearest(header, commands)
        if command is None:
            print(f"{header}: nothing that is built tells how to compile it")
            return 1
        tasks.append((header, command[0], [*database.flags(command), "-x", "c++"]))
    for header in database.tracked(*C_HEADERS):
        common = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Inative/include"]
        tasks.append((header, "gcc", [*common, "-std=c11", "-x", "c"]))
        tasks.append((header, "g++", [*common, "-std=c++20", "-x", "c++"]))

    version = subprocess.run(["g++", "--version"], capture_output=True, text=True, check=True).stdout
    cache = database.CleanCache("headers", version)

    def compile_alone(task):
        header, compiler, options = task
        key = f"{header} {compiler} {options}"
        if cache.is_clean(key):
            return None
        # Included from an empty file: that is how users see it, and #pragma once is at home there.
        result = subprocess.run(
            [compiler, *options, "-fsyntax-only", "-include", header, "/dev/null"],
            cwd=database.ROOT, capture_output=True, text=True, check=False,
        )
        if result.returncode != 0:
            return f"{header} does not compile alone:\n{result.stderr}"
        read = database.dependencies(compiler, options, header)
        if read is not None:
            cache.remember(key, read)
        return None

    reports = database.run_all(tasks, compile_alone, lambda *_: None)
    for report in reports:
        print(report)
    print(f"{len(tasks) - len(reports)} of {len(tasks)} headers compile alone")
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main())
