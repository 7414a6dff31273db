"""Headless Chromium for tests: starts it, drives one page, and hears what the page complains of.

Speaks Chromium's DevTools protocol (https://chromedevtools.github.io/devtools-protocol/) through a pipe, so
nothing but Python's own library is needed and no port is open.

    with Chromium() as browser:
        page = browser.open("http://127.0.0.1:8080/")
        page.wait_for("document.querySelectorAll('tbody tr').length > 0")
        page.screenshot("build/page.png")
        assert page.complaints == []
"""

import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

# Debian's packages, the small one first.
PROGRAMS = ("chromium-headless-shell", "chromium")

# Whatever is waited for comes long before; a test that hangs fails instead.
PATIENCE_S = 60


class BrowserError(Exception):
    """The browser is not there, has ended, or refuses a command."""


def find_chromium():
    for program in PROGRAMS:
        path = shutil.which(program)
        if path:
            return path
    raise BrowserError(f"there is no {' and no '.join(PROGRAMS)}: run scripts/install test")


class Chromium:
    """One browser with a profile of its own, gone at the end of the `with` block."""

    def __init__(self):
        self._profile = tempfile.TemporaryDirectory(prefix="hermes-chromium-", ignore_cleanup_errors=True)
        to_browser, self._commands = os.pipe()
        self._answers, from_browser = os.pipe()
        arguments = [
            find_chromium(),
            "--headless",
            # In a container the tests are root, and the sandbox has no namespaces to work with. What is
            # opened are pages of our own.
            "--no-sandbox",
            # There, /dev/shm is small.
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--hide-scrollbars",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-extensions",
            "--disable-sync",
            "--force-color-profile=srgb",
            f"--user-data-dir={self._profile.name}",
            "--remote-debugging-pipe",
            "about:blank",
        ]

        # The protocol is spoken on the descriptors 3 and 4 of the browser. Both may be taken: first away
        # from there.
        def place_descriptors():
            reading, writing = (os.dup(descriptor) for descriptor in (to_browser, from_browser))
            while reading < 5:
                reading = os.dup(reading)
            while writing < 5:
                writing = os.dup(writing)
            os.dup2(reading, 3, inheritable=True)
            os.dup2(writing, 4, inheritable=True)

        # Files, not pipes: nobody reads along.
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            close_fds=False, preexec_fn=place_descriptors)
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._last_id = 0
        self._results = {}
        self._pages = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._commands)
        os.close(self._answers)
        self._log.close()
        self._profile.cleanup()

    def open(self, url, width=1280, height=900, dark=False):
        """A new page with this address; returns when it is loaded."""
        target = self.command("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.command("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        page = self._pages[session] = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.command(f"{domain}.enable")
        page.look(width, height, dark)
        page.go(url)
        return page

    def command(self, method, parameters=None, session=None):
        """Sends a command and waits for its result."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        wanted = self._last_id
        self.hear(lambda: wanted in self._results, method)
        answer = self._results.pop(wanted)
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def hear(self, until, what):
        """Takes in what the browser says until `until()` is true."""
        give_up = time.monotonic() + PATIENCE_S
        while not until():
            left = give_up - time.monotonic()
            if left <= 0 or not select.select([self._answers], [], [], left)[0]:
                raise BrowserError(f"{what}: nothing came for {PATIENCE_S} s\n{self._said()}")
            received = os.read(self._answers, 1 << 16)
            if not received:
                raise BrowserError(f"{what}: the browser has ended\n{self._said()}")
            *messages, self._buffer = (self._buffer + received).split(b"\0")
            for message in messages:
                self._take(json.loads(message))

    def _take(self, message):
        if "id" in message:
            self._results[message["id"]] = message
        elif message.get("sessionId") in self._pages:
            self._pages[message["sessionId"]].on_event(message["method"], message["params"])

    def _said(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-4000:]


class Page:
    """A tab. `complaints`: errors and warnings of the console, exceptions, what the policy forbade and what
    could not be loaded. `requests`: the addresses that it asked for."""

    def __init__(self, browser, session):
        self._browser = browser
        self._session = session
        self._loaded = False
        self.complaints = []
        self.requests = []

    def command(self, method, parameters=None):
        return self._browser.command(method, parameters, self._session)

    def go(self, url):
        self._loaded = False
        result = self.command("Page.navigate", {"url": url})
        if "errorText" in result:
            raise BrowserError(f"{url}: {result['errorText']}")
        self._browser.hear(lambda: self._loaded, f"loading {url}")

    def look(self, width, height, dark=False):
        """How large the window is, and which colours the reader prefers."""
        self.command("Emulation.setDeviceMetricsOverride",
                     {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.command("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def evaluate(self, expression):
        """The value of a JavaScript expression, which may be a promise."""
        answer = self.command("Runtime.evaluate", {
            "expression": expression, "returnByValue": True, "awaitPromise": True})
        if "exceptionDetails" in answer:
            raise BrowserError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait_for(self, expression):
        """Waits until the expression is true; asked at each frame that the page draws."""
        give_up = time.monotonic() + PATIENCE_S
        while not self.evaluate(
                f"new Promise((done) => setTimeout(() => done(Boolean({expression})), 50))"):
            if time.monotonic() > give_up:
                shown = self.evaluate("document.body.innerText")
                raise BrowserError(f"not true after {PATIENCE_S} s: {expression}\nThe page shows:\n{shown}")

    def text(self, selector):
        """What a reader sees of the first element that fits."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def press(self, key):
        """A key, as from the keyboard: "Tab", "Enter"."""
        code = {"Tab": 9, "Enter": 13}[key]
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            self.command("Input.dispatchKeyEvent", {
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, **text})

    def screenshot(self, path, whole=True):
        """As a PNG file: the whole page, or what is in the window."""
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = self.command("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole,
                                                          **self._clip(whole)})
        path.write_bytes(base64.b64decode(picture["data"]))

    def _clip(self, whole):
        if not whole:
            return {}
        size = self.command("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def on_event(self, method, event):
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(event["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(each.get("value", each)) for each in event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
