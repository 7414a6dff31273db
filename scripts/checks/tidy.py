#!/usr/bin/env python3
"""Runs clang-tidy 19 over every C++ file that build/release compiles and git tracks.

    tidy.py [FILE...]     only these

A file that was clean is not looked at again until it, something it includes, its flags, a .clang-tidy
or clang-tidy itself changes.
"""

import pathlib
import subprocess
import sys

import database

# Options that GCC knows and clang does not.
GCC_ONLY = {"-Wno-maybe-uninitialized", "-Wno-stringop-overflow", "-Wno-tsan"}


def main(arguments):
    sources = set(database.tracked("*.cpp", ":!:*golden/*"))
    commands = {
        name: command for name, command in database.compile_commands().items() if name in sources
    }
    if arguments:
        wanted = {
            pathlib.Path(name).resolve().relative_to(database.ROOT).as_posix() for name in arguments
        }
        unknown = wanted - set(commands)
        if unknown:
            print(f"not compiled by build/release: {' '.join(sorted(unknown))}")
            return 1
        commands = {name: command for name, command in commands.items() if name in wanted}

    version = subprocess.run(
        ["clang-tidy-19", "--version"], capture_output=True, text=True, check=True
    ).stdout
    configuration = "".join(
        (database.ROOT / name).read_text() for name in database.tracked(".clang-tidy", "*/.clang-tidy")
    )
    cache = database.CleanCache("tidy", version + configuration)

    def tidy(name):
        options = [flag for flag in database.flags(commands[name]) if flag not in GCC_ONLY]
        key = f"{name} {options}"
        if cache.is_clean(key):
            return None
        result = subprocess.run(
            ["clang-tidy-19", "--quiet", "--warnings-as-errors=*", name, "--", *options],
            cwd=database.ROOT, capture_output=True, text=True, check=False,
        )
        if result.returncode != 0:
            return f"{name}:\n{result.stdout}{result.stderr if not result.stdout else ''}"
        read = database.dependencies("g++", options, name)
        if read is not None:
            cache.remember(key, read)
        return None

    def progress(done, total, name, clean):
        if sys.stderr.isatty():
            print(f"\r\033[K  clang-tidy [{done}/{total}] {name}", end="", file=sys.stderr, flush=True)
        elif not clean or done % 10 == 0 or done == total:
            verdict = "" if clean else ": findings, see the end"
            print(f"  clang-tidy [{done}/{total}] {name}{verdict}", file=sys.stderr, flush=True)

    reports = database.run_all(sorted(commands), tidy, progress)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    for report in reports:
        print(report)
    print(f"{len(commands) - len(reports)} of {len(commands)} files are clean")
    return 1 if reports else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
