#!/usr/bin/env python3
"""Checks that every #include in src/ looks only down the layers of docs/architecture.md.

    layers.py [ROOT]      ROOT is the repository (default: the one this script is in)

The rules:
  * a folder of src/ includes itself and the layers before it in LAYERS, nothing else of src/;
  * an extension never includes another extension; what stands directly in
    src/runtime_extensions/ is common to all of them;
  * the C header of native/ is for src/wasm alone;
  * generated bindings are for the extensions alone;
  * an include in quotes names a file of ours from src/ on, and that file exists;
  * everything in src/ belongs to a layer of the table.
tests/, bench/ and fuzz/ stand outside the house: they may include all of it.

Exits with 0 when the tree is clean, with 1 and a line per violation when it is not.
"""

import pathlib
import re
import sys

# From the lowest to the highest. A layer may include every one before it.
LAYERS = [
    "base",
    "sqlite",
    "wasm",
    "event",
    "vfs",
    "package",
    "app",
    "http",
    "p2p",
    "runtime_extensions",
    "engine",
    "cli",
]

EXTENSIONS = "runtime_extensions"
SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".inc"}
NATIVE_PREFIX = "hermes_native/"
GENERATED_PREFIX = "wit/"

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def strip_comments(text):
    """Removes comments but keeps the line structure, so that line numbers stay right."""
    pattern = re.compile(r'"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/', re.DOTALL)

    def keep(match):
        token = match.group(0)
        return token if token.startswith('"') else "\n" * token.count("\n")

    return pattern.sub(keep, text)


def includes(text):
    """Yields (line number, True if in quotes, path) of every include directive."""
    for number, line in enumerate(strip_comments(text).splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def extension_of(parts):
    """The extension that a path below src/ belongs to; None for the files common to all."""
    return parts[1] if parts[0] == EXTENSIONS and len(parts) > 2 else None


def violation(source, quoted, target, src):
    """What is wrong with `source` (a path below src/) including `target`, or None."""
    layer = source.parts[0]
    if target.startswith(NATIVE_PREFIX):
        if layer != "wasm":
            return f"{target}: only src/wasm includes the C header of native/"
        return None
    if target.startswith(GENERATED_PREFIX):
        if layer != EXTENSIONS:
            return f"{target}: only extensions include generated bindings"
        return None

    target_path = pathlib.PurePosixPath(target)
    ours = (src / target).is_file()
    if not ours:
        if quoted:
            return f'"{target}": no such file in src/ (paths start there; libraries take <...>)'
        return None
    if not quoted:
        return f"<{target}>: our own files are included with quotes"

    target_layer = target_path.parts[0]
    if target_layer not in LAYERS:
        return f"{target}: '{target_layer}' is not a layer"
    if LAYERS.index(target_layer) > LAYERS.index(layer):
        return f"{target}: src/{layer} is below src/{target_layer} and must not include it"
    if target_layer == EXTENSIONS and layer == EXTENSIONS:
        own, other = extension_of(source.parts), extension_of(target_path.parts)
        if other is not None and own != other:
            who = f"extension '{own}'" if own else "what is common to all extensions"
            return f"{target}: {who} must not include extension '{other}'"
    return None


def check(root):
    """All violations in the tree, as printable lines."""
    src = pathlib.Path(root) / "src"
    problems = []
    for path in sorted(src.rglob("*")):
        if not path.is_file() or path.suffix not in SUFFIXES:
            continue
        source = pathlib.PurePosixPath(path.relative_to(src).as_posix())
        if source.parts[0] not in LAYERS:
            problems.append(f"src/{source}: '{source.parts[0]}' is not a layer of {__file__}")
            continue
        for number, quoted, target in includes(path.read_text(encoding="utf-8")):
            problem = violation(source, quoted, target, src)
            if problem:
                problems.append(f"src/{source}:{number}: {problem}")
    return problems


def main(arguments):
    root = arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
