#!/usr/bin/env python3
"""Checks on the tracked files themselves.

    files.py readmes   every folder that holds tracked files has a README.md of at most ten lines,
                       the root's excepted, which may fill a page
    files.py paths     no absolute path of somebody's machine and no private registry in any file

Exits with 1 and a line per violation.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

README_LINES = 10
# Folders whose meaning is given by the folder above: data, or a layout that some tool prescribes.
README_NOT_NEEDED = re.compile(
    r"^\.ci$|^docs/decisions$|^tests/guests/.+|^bench/guests/.+"
    r"|(^|/)(include|src/bin|corpus|goldens?|testdata|hermes_native)(/|$)"  # anywhere
    r"|.+/(wit|src|tests|hermes|testing|www)(/|$)|^wit/.+|^sdk/.+"  # below a package
)

MACHINE_PATHS = re.compile(
    # A home, a work folder or a temporary folder with a name below it.
    r"(?<![\w.$}/-])/(?:home|Users|root|work|workspace|mnt|tmp)/[A-Za-z0-9_.-]+"
)
# What may look like that and is meant: name the file and the text.
MACHINE_PATHS_MEANT = re.compile(r"/tmp/(?:hermes|X|foo)[-.\w]*|/(?:home|root)/(?:user|you|[a-z])\b")
REGISTRIES = re.compile(r'(?:registry|index|mirror|proxy)\S*\s*[=:]\s*"?(?:sparse\+|git\+)?https?://([^/"\s]+)')
PUBLIC_REGISTRIES = {"registry.npmjs.org", "github.com", "index.crates.io", "crates.io", "deb.debian.org"}


def tracked():
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def readmes(names):
    folders = {
        str(parent) for name in names for parent in pathlib.PurePosixPath(name).parents
    } - {"."}
    for folder in sorted(folders):
        readme = ROOT / folder / "README.md"
        if f"{folder}/README.md" not in names:
            if not README_NOT_NEEDED.search(folder):
                yield f"{folder}: no README.md"
            continue
        lines = len(readme.read_text(encoding="utf-8").splitlines())
        if lines > README_LINES:
            yield f"{folder}/README.md: {lines} lines; say it in {README_LINES}"
    if "README.md" not in names:
        yield "README.md: the repository has none"


def paths(names):
    for name in names:
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            for match in MACHINE_PATHS.finditer(line):
                if not MACHINE_PATHS_MEANT.match(match.group(0)):
                    yield f"{name}:{number}: a path of one machine: {match.group(0)}"
            for match in REGISTRIES.finditer(line):
                if match.group(1) not in PUBLIC_REGISTRIES:
                    yield f"{name}:{number}: a registry that is not public: {match.group(1)}"


def main(arguments):
    checks = {"readmes": readmes, "paths": paths}
    if len(arguments) != 1 or arguments[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 2
    problems = list(checks[arguments[0]](tracked()))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
