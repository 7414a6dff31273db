#!/usr/bin/env python3
"""Tests of layers.py: small trees that break one rule each, and one that breaks none."""

import pathlib
import tempfile
import unittest

import layers


class Tree(unittest.TestCase):
    def check(self, files):
        """Checks a tree of {path below src/: text}."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in files.items():
                path = pathlib.Path(root, "src", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return layers.check(root)

    def assert_refused(self, files, *words):
        problems = self.check(files)
        self.assertEqual(len(problems), 1, problems)
        for word in words:
            self.assertIn(word, problems[0])

    def test_a_clean_tree(self):
        self.assertEqual(
            self.check(
                {
                    "base/result.hpp": "#include <expected>\n",
                    "base/clock.cpp": '#include "base/result.hpp"\n',
                    "wasm/engine.cpp": '#include "base/result.hpp"\n'
                    '#include "hermes_native/wasm.h"\n',
                    "app/module.hpp": '#include "wasm/engine.hpp"\n',
                    "wasm/engine.hpp": "",
                    "runtime_extensions/extension.hpp": '#include "app/module.hpp"\n',
                    "runtime_extensions/cron/host.hpp": '#include "runtime_extensions/extension.hpp"\n'
                    '#include "runtime_extensions/cron/schedule.hpp"\n'
                    '#include "wit/cron/api.hpp"\n',
                    "runtime_extensions/cron/schedule.hpp": "",
                    "engine/engine.cpp": '#include "runtime_extensions/cron/host.hpp"\n',
                    "cli/main.cpp": '#include "app/module.hpp"\n',
                }
            ),
            [],
        )

    def test_a_lower_layer_includes_a_higher_one(self):
        for low, high in zip(layers.LAYERS, layers.LAYERS[1:]):
            with self.subTest(low=low, high=high):
                self.assert_refused(
                    {f"{low}/a.hpp": f'#include "{high}/b.hpp"\n', f"{high}/b.hpp": ""},
                    f"src/{low}/a.hpp:1:",
                    f"src/{low} is below src/{high}",
                )

    def test_the_lowest_includes_the_highest(self):
        self.assert_refused(
            {"base/a.cpp": '\n\n#include "cli/b.hpp"\n', "cli/b.hpp": ""}, "src/base/a.cpp:3:"
        )

    def test_spaces_do_not_hide_an_include(self):
        self.assert_refused(
            {"base/a.cpp": ' #  include  "app/b.hpp"\n', "app/b.hpp": ""}, "src/base/a.cpp:1:"
        )

    def test_angle_brackets_do_not_hide_an_include(self):
        self.assert_refused(
            {"base/a.cpp": "#include <app/b.hpp>\n", "app/b.hpp": ""}, "with quotes"
        )

    def test_an_extension_includes_another(self):
        self.assert_refused(
            {
                "runtime_extensions/init/host.cpp": '#include "runtime_extensions/cron/host.hpp"\n',
                "runtime_extensions/cron/host.hpp": "",
            },
            "extension 'init' must not include extension 'cron'",
        )

    def test_the_common_part_includes_an_extension(self):
        self.assert_refused(
            {
                "runtime_extensions/extension.hpp": '#include "runtime_extensions/cron/host.hpp"\n',
                "runtime_extensions/cron/host.hpp": "",
            },
            "common to all extensions must not include extension 'cron'",
        )

    def test_only_wasm_includes_the_native_header(self):
        for layer in layers.LAYERS:
            if layer == "wasm":
                continue
            for line in ('#include "hermes_native/wasm.h"\n', "#include <hermes_native/wasm.h>\n"):
                with self.subTest(layer=layer, line=line):
                    self.assert_refused({f"{layer}/a.cpp": line}, "only src/wasm")

    def test_only_extensions_include_generated_bindings(self):
        for layer in layers.LAYERS:
            if layer == layers.EXTENSIONS:
                continue
            with self.subTest(layer=layer):
                self.assert_refused(
                    {f"{layer}/a.cpp": '#include "wit/cron/api.hpp"\n'},
                    "only extensions",
                )

    def test_a_file_that_is_not_there(self):
        self.assert_refused({"base/a.cpp": '#include "clock.hpp"\n', "base/clock.hpp": ""}, "no such file")

    def test_a_folder_that_is_no_layer(self):
        self.assert_refused({"helpers/a.hpp": ""}, "'helpers' is not a layer")

    def test_comments_and_strings_are_not_includes(self):
        self.assertEqual(
            self.check(
                {
                    "base/a.cpp": '// #include "cli/b.hpp"\n/*\n#include "cli/b.hpp"\n*/\n'
                    'const char* s = "/*";\n',
                    "cli/b.hpp": "",
                }
            ),
            [],
        )

    def test_a_comment_does_not_hide_what_follows(self):
        self.assert_refused(
            {"base/a.cpp": '/* why */ #include "cli/b.hpp"\n', "cli/b.hpp": ""}, "src/base/a.cpp:1:"
        )


if __name__ == "__main__":
    unittest.main()
