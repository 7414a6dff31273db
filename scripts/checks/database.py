"""What the checks on C++ code share: compile commands, content keys, a cache of clean results."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
CACHE = ROOT / "build" / "check-cache"


def tracked(*patterns):
    """Tracked files that match git's patterns, as paths from the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, check=True, capture_output=True
    ).stdout.decode()
    return [name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def compile_commands():
    """{path from the root: argument list} for every C++ file of ours that the build compiles."""
    commands = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if not path.is_relative_to(ROOT):
            continue
        arguments = shlex.split(entry["command"])
        if pathlib.Path(arguments[0]).name == "ccache":
            arguments = arguments[1:]
        commands.setdefault(path.relative_to(ROOT).as_posix(), arguments)
    return commands


def flags(arguments):
    """A compile command without its compiler, input and outputs."""
    kept = []
    skip = False
    for argument in arguments[1:]:
        if skip:
            skip = False
        elif argument in ("-o", "-MF", "-MT", "-MQ", "-c"):
            skip = True
        elif argument not in ("-MD", "-MMD"):
            kept.append(argument)
    return kept


class Contents:
    """Digests of files, each read once."""

    def __init__(self):
        self._digests = {}

    def digest(self, path):
        if path not in self._digests:
            try:
                data = pathlib.Path(path).read_bytes()
            except OSError:
                data = b"(not there)"
            self._digests[path] = hashlib.sha256(data).hexdigest()
        return self._digests[path]


class CleanCache:
    """Remembers that a check was clean for an input and everything that it depended on.

    A result names the files that were read, with their digests; it holds while none changed.
    System headers are left to `version`, which names the tools that were used.
    """

    def __init__(self, name, version):
        self._folder = CACHE / name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._version = version
        self._contents = Contents()

    def _path(self, key):
        return self._folder / hashlib.sha256(f"{self._version}\n{key}".encode()).hexdigest()

    def is_clean(self, key):
        try:
            stored = json.loads(self._path(key).read_text())
        except (OSError, ValueError):
            return False
        return all(self._contents.digest(path) == digest for path, digest in stored.items())

    def remember(self, key, dependencies):
        stored = {path: self._contents.digest(path) for path in dependencies}
        temporary = self._path(key).with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(stored))
        temporary.replace(self._path(key))


def dependencies(compiler, options, source):
    """The files below the root that compiling `source` reads, by the preprocessor's word."""
    result = subprocess.run(
        [compiler, *options, "-E", "-MM", "-MT", "x", source],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )
    if result.returncode != 0:
        return None
    words = result.stdout.replace("\\\n", " ").split()[1:]
    found = {str(pathlib.Path(ROOT, word).resolve()) for word in words}
    return sorted(path for path in found if pathlib.Path(path).is_relative_to(ROOT))


def run_all(tasks, work, progress):
    """Runs `work(task)` on all cores; work returns None or a report. Returns the reports."""
    reports = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = {pool.submit(work, task): task for task in tasks}
        for done, future in enumerate(concurrent.futures.as_completed(futures), start=1):
            report = future.result()
            progress(done, len(tasks), futures[future], report is None)
            if report is not None:
                reports.append(report)
    return reports
