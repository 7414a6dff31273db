#!/usr/bin/env python3
"""The pages that are served, in headless Chromium: what a reader sees of a running engine.

    pages_test.py BUILD      BUILD has the programs; pictures go to BUILD/screenshots

The arguments after BUILD are those of unittest.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

from chromium import Chromium

ROOT = pathlib.Path(__file__).resolve().parents[2]
GUESTS = ROOT / "build/guests"
BUILD = ROOT / "build/release"

HOSTILE = "<img src=x onerror="


def environment():
    return {**os.environ, "XDG_CACHE_HOME": str(ROOT / "build/test-cache")}


def ask(url, method="GET"):
    """The status of the answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=60) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        error.read()
        return error.code


class Program:
    """A program that says where it listens on one of its streams."""

    def __init__(self, command, pattern, count, stream):
        self._process = subprocess.Popen(command, env=environment(), text=True, stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.found = []
        said = []
        wanted = getattr(self._process, stream)
        while len(self.found) < count:
            line = wanted.readline()
            if not line:
                raise AssertionError(f"{command[0]} has ended: {''.join(said)}{self._process.stderr.read()}")
            said.append(line)
            self.found += re.findall(pattern, line)
        # What else it says is of no interest, but it must be able to say it.
        self._readers = [threading.Thread(target=each.read, daemon=True)
                         for each in (self._process.stdout, self._process.stderr)]
        for reader in self._readers:
            reader.start()

    def say(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def end(self):
        self._process.stdin.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for reader in self._readers:
            reader.join()
        self._process.stdout.close()
        self._process.stderr.close()


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = cls.enterClassContext(Chromium())

    def picture(self, page, name):
        page.screenshot(BUILD / "screenshots" / f"{name}.png")


class AdminPage(PageTest):
    """The page for operators."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = Program([BUILD / "tests/two_applications"], r"^(?:admin|http) (http://\S+/)$", 2, "stdout")
        cls.addClassCleanup(cls.engine.end)
        cls.admin, cls.http = cls.engine.found
        for path, count in (("api/echo", 40), ("api/unknown", 6), ("nothing", 3), ("api/trap", 2)):
            for _ in range(count):
                ask(cls.http + path)

    def setUp(self):
        self.page = self.browser.open(self.admin)
        self.page.wait_for("document.querySelectorAll('#applications tbody tr').length === 2")

    def cells(self, row):
        """The texts of the cells of the first row that has `row` in it."""
        return self.page.evaluate(
            "[...document.querySelectorAll('tbody tr')]"
            f".find((row) => row.innerText.includes({json.dumps(row)}))"
            "?.innerText.split('\\t').map((text) => text.trim())")

    def column(self, table, row, column):
        """What stands in the named column of the row with all of the texts `row`."""
        return self.page.evaluate(f"""(() => {{
            const table = document.querySelector({json.dumps(table)});
            const index = [...table.tHead.rows[0].cells].findIndex((cell) => cell.innerText === {json.dumps(column)});
            const row = [...table.tBodies[0].rows].find((row) => {json.dumps(row)}.every(
                (text, index) => row.cells[index].innerText === text));
            return row?.cells[index].innerText;
        }})()""")

    def test_shows_both_applications_and_what_became_of_their_events(self):
        self.assertEqual(self.page.text("#state"), "ready")
        self.assertEqual(self.page.text("#version"), "1.2.3")
        self.assertEqual(self.column("#applications table", ["shop"], "State"), "ready")
        self.assertEqual(self.column("#applications table", ["shop"], "Modules"), "2")
        self.assertEqual(self.column("#events table", ["traps", "on-cron"], "Trapped"), "1")
        self.assertEqual(self.column("#events table", ["traps", "init"], "Completed"), "1")
        self.assertEqual(self.column("#events table", ["shop", "reply"], "Trapped"), "2")
        # Another test asks, too.
        self.assertGreaterEqual(int(self.column("#http-requests", ["shop"], "2xx")), 40)
        self.assertEqual(self.column("#http-requests", ["shop"], "4xx"), "9")
        self.assertEqual(self.column("#http-requests", ["shop"], "5xx"), "2")
        self.assertRegex(self.column("#http-requests", ["shop"], "Took p50"), r"^[0-9.]+ (µs|ms|s)$")
        self.assertEqual(self.page.complaints, [])

    def test_is_live(self):
        completed = "document.querySelector('#modules tbody tr:nth-child(2) td:last-child').innerText"
        before = self.page.evaluate(completed)
        self.page.wait_for(f"{completed} !== {json.dumps(before)}")
        self.page.wait_for("document.getElementById('chart-completed').getAttribute('d').length > 10")
        self.page.wait_for("document.querySelectorAll('#cron tbody tr').length > 0")
        self.assertRegex(self.page.text("#cron tbody tr td:nth-child(4)"), r"^(now|[0-9].*s)$")
        for _ in range(5):
            ask(self.http + "api/echo")
        self.page.wait_for("[...document.querySelectorAll('#tiles dt')].some((name) =>"
                           " name.innerText === 'HTTP requests' && name.nextElementSibling.innerText !== '0/ s')")
        self.assertEqual(self.page.complaints, [])

    def test_problems_can_be_opened_with_the_keyboard_and_stay_open(self):
        self.page.wait_for("document.querySelectorAll('#problems summary').length >= 3")
        self.assertIn("the call trapped", self.page.text("#problems"))
        self.page.evaluate("[...document.querySelectorAll('#problems summary')].find((each) =>"
                           " each.innerText.includes('traps / hostile-trap')).focus()")
        self.page.press("Enter")
        trapped = "document.querySelector('#problems details[open]')"
        self.page.wait_for(trapped)
        self.assertIn("on-cron#", self.page.evaluate(f"{trapped}.innerText"))
        self.assertGreater(self.page.evaluate(f"{trapped}.querySelectorAll('.backtrace li').length"), 0)
        up = self.page.text("#uptime")
        self.page.wait_for(f"document.querySelector('#uptime').innerText !== {json.dumps(up)}")
        self.assertTrue(self.page.evaluate(f"{trapped} === document.activeElement.parentElement"))
        self.assertEqual(self.page.complaints, [])

    def test_hostile_texts_stay_texts(self):
        self.page.wait_for(f"document.querySelector('#problems').innerText.includes({json.dumps(HOSTILE)})")
        self.assertIn(HOSTILE, self.page.text("#modules"))
        self.assertEqual(self.page.evaluate("document.querySelectorAll('img, main script').length"), 0)
        self.assertEqual(self.page.evaluate("document.title"), "Hermes")
        # And if a script tried, the browser would not let it.
        self.assertEqual(self.page.evaluate(
            "(() => { try { document.body.innerHTML = '<img src=x>'; return 'done'; }"
            " catch (error) { return error.name; } })()"), "TypeError")

    def test_asks_nobody_but_its_own_server(self):
        self.page.wait_for("document.querySelectorAll('#cron tbody tr').length > 0")
        for url in self.page.requests:
            self.assertTrue(url.startswith((self.admin, "data:")), url)

    def test_says_when_the_engine_is_not_ready(self):
        self.assertTrue(self.page.evaluate("document.getElementById('banner').hidden"))
        self.engine.say("drain")
        self.page.wait_for("!document.getElementById('banner').hidden")
        self.assertIn("application traps is draining", self.page.text("#banner"))
        self.assertEqual(self.page.text("#state"), "not ready")
        self.assertEqual(self.page.evaluate("document.title"), "not ready – Hermes")
        self.assertEqual(ask(self.admin + "readyz"), 503)
        self.assertEqual(ask(self.admin + "healthz"), 200)
        self.picture(self.page, "admin-not-ready")
        self.engine.say("ready")
        self.page.wait_for("document.getElementById('banner').hidden")
        self.assertEqual(ask(self.admin + "readyz"), 200)
        self.assertEqual(self.page.complaints, [])

    def test_says_when_the_connection_is_lost_and_comes_back(self):
        self.engine.freeze()
        self.addCleanup(self.engine.thaw)
        self.page.wait_for("document.body.classList.contains('stale')")
        self.assertIn("The engine does not answer", self.page.text("#banner"))
        self.assertEqual(self.page.text("#state"), "no connection")
        self.picture(self.page, "admin-no-connection")
        self.engine.thaw()
        self.page.wait_for("!document.body.classList.contains('stale')")
        self.assertEqual(self.page.text("#state"), "ready")

    def test_fits_every_window(self):
        self.page.wait_for("document.getElementById('chart-completed').getAttribute('d').split('M').length > 4")
        self.page.evaluate("[...document.querySelectorAll('#problems summary')].find((each) =>"
                           " each.innerText.includes('traps / hostile-trap')).click()")
        for name, width, dark in (("light", 1280, False), ("dark", 1280, True),
                                  ("narrow", 390, False), ("narrow-dark", 390, True)):
            self.page.look(width, 900, dark)
            # What is too wide is scrolled where it is, not with the whole page.
            self.assertLessEqual(self.page.evaluate("document.documentElement.scrollWidth"), width)
            self.picture(self.page, f"admin-{name}")
        self.assertEqual(self.page.complaints, [])


class ExamplePage(PageTest):
    """The page of examples/heartbeat, as `make run` serves it."""

    def test_shows_the_ticks(self):
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "http.toml"
            example = ROOT / "examples/heartbeat"
            text = (example / "http.toml").read_text()
            # Another port, and the files where they are.
            text = text.replace("127.0.0.1:8080", "127.0.0.1:0").replace('"www"', f'"{example / "www"}"')
            config.write_text(text)
            data = pathlib.Path(folder) / "data"
            data.mkdir()
            engine = Program([BUILD / "hermes", "playground", GUESTS / "heartbeat.wasm", "--http", config,
                              "--dir", f"{data}::/data", "--log-format", "json"],
                             r"answered at (http://[0-9.:]+/)", 1, "stderr")
            self.addCleanup(engine.end)
            page = self.browser.open(engine.found[0], 800, 700)
            page.wait_for("document.querySelectorAll('#ticks tr').length >= 2")
            self.assertRegex(page.text("#state"), r'^The last tick was ".+"\.$')
            self.assertIn("beat 1", page.text("#ticks"))
            self.assertEqual(page.complaints, [])
            self.picture(page, "example")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
