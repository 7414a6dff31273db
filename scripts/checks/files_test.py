#!/usr/bin/env python3
"""Tests of files.py and of the licence rule of crates.py."""

import pathlib
import tempfile
import unittest

import crates
import files


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root, files.ROOT = files.ROOT, pathlib.Path(folder.name)
        self.addCleanup(setattr, files, "ROOT", self.root)

    def write(self, tree):
        for name, text in tree.items():
            path = files.ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(tree)

    def paths(self, text):
        return list(files.paths(self.write({"a.txt": text})))

    def test_paths_of_a_machine(self):
        # Put together here, so that this file does not have what it looks for.
        for folder in ("home", "Users", "root", "work", "mnt"):
            path = f"/{folder}/someone/code"
            for text in (path, f'"{path}"', f"-I {path}", f"x={path}", f"({path})"):
                with self.subTest(text=text):
                    self.assertEqual(len(self.paths(text)), 1)

    def test_paths_that_are_none(self):
        for text in (
            "/usr/bin/env bash",
            "${HOME}/" + "root/x",
            "src/" + "work/queue.hpp",
            "https://example.org/" + "home/page",
            "a /" + "work / b",
        ):
            with self.subTest(text=text):
                self.assertEqual(self.paths(text), [])

    def test_the_line_is_named(self):
        self.assertIn("a.txt:3:", self.paths("\n\n/" + "home/someone\n")[0])

    def test_registries(self):
        key = "regis" + "try"
        self.assertEqual(len(self.paths(f"{key} = https://packages.internal/x")), 1)
        self.assertEqual(self.paths(f'source = "{key}+https://github.com/rust-lang/x"'), [])
        self.assertEqual(self.paths(f"{key}=https://registry.npmjs.org/"), [])

    def test_a_folder_without_readme(self):
        names = self.write({"README.md": "", "src/README.md": "", "src/a/b.cpp": ""})
        self.assertEqual(list(files.readmes(names)), ["src/a: no README.md"])

    def test_a_readme_that_is_too_long(self):
        names = self.write({"README.md": "\n" * 90, "src/README.md": "line\n" * 11})
        problems = list(files.readmes(names))
        self.assertEqual(len(problems), 1)
        self.assertIn("src/README.md: 11 lines", problems[0])


class Licences(unittest.TestCase):
    def test_expressions(self):
        for expression, expected in {
            "MIT": True,
            "MIT OR Apache-2.0": True,
            "MIT/Apache-2.0": True,
            "GPL-3.0": False,
            "GPL-3.0 OR MIT": True,
            "MIT AND GPL-3.0": False,
            "Apache-2.0 WITH LLVM-exception": True,
            "GPL-2.0 WITH Classpath-exception-2.0": False,
            "(MIT OR GPL-3.0) AND Unicode-3.0": True,
            "(MIT OR Apache-2.0) AND GPL-3.0": False,
            "GPL-3.0 OR MIT AND Zlib": True,
        }.items():
            with self.subTest(expression=expression):
                self.assertEqual(crates.allowed(expression), expected)

    def test_nonsense_is_refused(self):
        for expression in ("MIT MIT", "(MIT"):
            with self.subTest(expression=expression), self.assertRaises((ValueError, IndexError)):
                crates.allowed(expression)


if __name__ == "__main__":
    unittest.main()
