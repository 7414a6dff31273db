"""Tests of scripts/build-guests: what makes it build again, and what it says when a tool fails."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "build-guests"


def load_script():
    loader = importlib.machinery.SourceFileLoader("build_guests", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module  # its data classes look themselves up
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


class BuildGuestsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.script = load_script()
        self.script.ROOT = self.root
        self.script.OUT = self.root / "build" / "guests"

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def digest(self, *texts):
        return self.script.digest(self.script.files_in("guest"), *texts)

    def test_same_inputs_have_the_same_digest(self):
        self.write("guest/main.cpp", "int x;")
        self.assertEqual(self.digest("clang 19"), self.digest("clang 19"))

    def test_every_input_counts(self):
        self.write("guest/main.cpp", "int x;")
        seen = {self.digest("clang 19")}
        changes = [
            lambda: self.write("guest/main.cpp", "int y;"),
            lambda: self.write("guest/other.cpp", ""),
            lambda: (self.root / "guest/other.cpp").rename(self.root / "guest/another.cpp"),
            lambda: self.write("guest/wit/world.wit", "package a:b;"),
        ]
        for change in changes:
            change()
            digest = self.digest("clang 19")
            self.assertNotIn(digest, seen)
            seen.add(digest)
        self.assertNotIn(self.digest("clang 20"), seen)
        self.assertNotIn(self.digest("clang 1", "9"), seen)

    def test_what_a_link_leads_to_counts(self):
        self.write("guest/main.cpp", "")
        self.write("contract/cron/cron.wit", "old")
        (self.root / "guest/deps").symlink_to("../contract")
        before = self.digest()
        self.write("contract/cron/cron.wit", "new")
        self.assertNotEqual(self.digest(), before)

    def test_what_tools_leave_behind_does_not_count(self):
        self.write("guest/main.js", "")
        before = self.digest()
        self.write("guest/node_modules/package/index.js", "")
        self.write("guest/target/release/x", "")
        self.assertEqual(self.digest(), before)

    def guest(self, build):
        self.write("guest/main.cpp", "")
        self.write("scripts/build-guests", "")
        self.write("Cargo.lock", 'name = "wit-component"\nversion = "1.2.3"\n')
        return self.script.Guest("guest", "C++", "guest", ["guest"], build, lambda _: [])

    def test_builds_once_and_again_after_a_change_or_a_failure(self):
        built = []

        def build(guest, _):
            built.append(guest.name)
            if len(built) == 3:
                raise self.script.BuildError("the third time fails")
            guest.output.write_text("component")

        guest = self.guest(build)
        results = []
        for change in [None, None, "int y;", "int z;", None, None]:
            if change:
                self.write("guest/main.cpp", change)
            results.append(self.script.bring_up_to_date(guest, force=False).result)
        happened = [r if r in ("unchanged", "failed") else "built" for r in results]
        expected = ["built", "unchanged", "built", "failed", "built", "unchanged"]
        self.assertEqual(happened, expected)

    def test_a_failure_leaves_no_component_of_before(self):
        guest = self.guest(lambda guest, shop: shop.run("false", cwd=self.root))
        guest.output.parent.mkdir(parents=True)
        guest.output.write_text("an older component")
        outcome = self.script.bring_up_to_date(guest, force=False)
        self.assertEqual(outcome.result, "failed")
        self.assertIn("false failed; the whole log is build/guests/logs/guest.log", outcome.error)
        self.assertFalse(guest.output.exists())

    def test_a_failure_shows_the_beginning_and_the_end_of_the_last_tool(self):
        shop = self.script.Workshop("guest")
        shop.run("echo", "of an earlier tool", cwd=self.root)
        with self.assertRaises(self.script.BuildError) as failure:
            shop.run("sh", "-c", "seq 1000 1999; exit 1", cwd=self.root)
        text = str(failure.exception)
        for shown in ("1000", "1999"):
            self.assertIn(f"    {shown}\n", text + "\n")
        for hidden in ("1500", "earlier"):
            self.assertNotIn(hidden, text)

    def test_a_missing_tool_is_named_with_the_way_to_get_it(self):
        shop = self.script.Workshop("guest")
        with self.assertRaisesRegex(self.script.BuildError, "no-such-tool: not found.*install"):
            shop.run("no-such-tool", cwd=self.root)

    def test_names_and_groups(self):
        guests = [self.script.Guest(n, "", "", [], None, None) for n in ("heartbeat", "noop")]
        names = lambda *wanted: [g.name for g in self.script.select(guests, wanted)]
        self.assertEqual(names("all"), ["heartbeat", "noop"])
        self.assertEqual(names("example"), ["heartbeat"])
        self.assertEqual(names("noop", "all"), ["noop", "heartbeat"])
        with self.assertRaisesRegex(self.script.BuildError, "'nope'.*heartbeat, noop"):
            names("nope")


if __name__ == "__main__":
    unittest.main()
