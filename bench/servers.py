"""HTTP servers beside each other on this machine, and what their clients see of them.

Everything listens on loopback. Servers and clients share the processors, as in every figure of this kind that is taken on
one machine.
"""

import contextlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE = ROOT / "build" / "release" / "hermes"
GUESTS = ROOT / "build" / "guests"
WASMTIME = ROOT / "build" / "peers" / "bin" / "wasmtime"
WORK = ROOT / "build" / "bench" / "http"

# The pool of the engine, in the words of `wasmtime serve`.
TUNED = (
    "pooling-allocator,pooling-pagemap-scan,pooling-memory-keep-resident=2097152,pooling-table-keep-resident=524288"
)
CONNECTIONS = 32
WARM_UP_SECONDS = 1
SECONDS = 4
ROUNDS = 3


class ServerError(Exception):
    """A server or a client that does not do what it should."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write(name, text):
    """A file of that name for a server or a client."""
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / name
    file.write_text(text)
    return file


class Server:
    """A process that listens on `port` of loopback until the end of the `with`."""

    def __init__(self, name, command, port):
        self.name = name
        self.port = port
        self.log = WORK / f"{name}.log"
        self.command = [str(part) for part in command]
        self.process = None

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.__exit__()
        raise ServerError(f"{self.name} does not listen:\n{self.log.read_text(errors='replace')[-2000:]}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def url(self, path, host="127.0.0.1"):
        return f"http://{host}:{self.port}{path}"

    def resident_bytes(self):
        """Of the process and its children: nginx serves from one."""
        total = 0
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                text = status.read_text()
                if int(re.search(r"^PPid:\s*(\d+)", text, re.M)[1]) == self.process.pid or status.parent.name == str(
                    self.process.pid
                ):
                    total += int(re.search(r"^VmRSS:\s*(\d+)", text, re.M)[1]) * 1024
        return total


def hermes(name, components, workers=None, limits="", www=None):
    """The engine with one application of `components`, on both loopback addresses."""
    port = free_port()
    text = f'[server]\nlisten = ["127.0.0.1:{port}", "[::1]:{port}"]\ndefault-application = "bench"\n[limits]\n{limits}\n'
    if www is not None:
        text += f'[applications.bench]\nwww = "{www}"\n'
    config = write(f"{name}.toml", text)
    command = [ENGINE, "playground", *components, "--app-name", "bench", "--http", config, "--log-level", "warn"]
    if workers is not None:
        command += ["--workers", workers]
    return Server(name, command, port)


def wasmtime_serve(name, component, options):
    if not WASMTIME.exists():
        raise ServerError(f"{WASMTIME.relative_to(ROOT)} is missing: run scripts/bench-peers")
    port = free_port()
    command = [WASMTIME, "serve", "-S", "cli"]
    if options:
        command += ["-O", options]
    return Server(name, [*command, "--addr", f"127.0.0.1:{port}", component], port)


def nginx(name, www, http2=False, shared="", bounds="", workers=1):
    """No access log, as many connections as the engine takes. `shared`, `bounds`: more for http, for the server."""
    port = free_port()
    text = f"""
daemon off; worker_processes {workers}; pid {WORK}/{name}.pid; error_log {WORK}/{name}.error.log warn;
worker_rlimit_nofile 65536;
events {{ worker_connections 20000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 300;
  default_type text/plain;
  client_body_temp_path {WORK}/{name}.body; proxy_temp_path {WORK}/{name}.proxy; fastcgi_temp_path {WORK}/{name}.fastcgi;
  uwsgi_temp_path {WORK}/{name}.uwsgi; scgi_temp_path {WORK}/{name}.scgi;
  {shared}
  server {{ listen 127.0.0.1:{port}{' http2' if http2 else ''}; listen [::1]:{port}; root {www}; {bounds} }}
}}
"""
    config = write(f"{name}.conf", text)
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return Server(name, [program, "-p", WORK, "-c", config, "-e", f"{WORK}/{name}.error.log"], port)


def wrk(url, seconds=SECONDS, connections=CONNECTIONS, script=None):
    """Requests per second, all of which were answered with 200."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *(["-s", script] if script else []), url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    bad = re.search(r"(Socket errors:.*|Non-2xx.*)", done.stdout)
    if done.returncode != 0 or not found or bad:
        raise ServerError(f"wrk {url}: {bad[1] if bad else done.stdout + done.stderr}")
    return float(found[1])


def h2load(url, seconds=SECONDS, connections=8, streams=16):
    """As wrk(), over HTTP/2 without TLS, with `streams` requests under way on each connection."""
    command = ["h2load", "-t1", f"-c{connections}", f"-m{streams}", f"-D{seconds}", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"finished in .*?, ([\d.]+) req/s", done.stdout)
    good = re.search(r"requests: .* (\d+) done, (\d+) succeeded, 0 failed", done.stdout)
    # Those that the end has met are neither.
    if done.returncode != 0 or not found or not good or int(good[1]) - int(good[2]) > connections * streams:
        raise ServerError(f"h2load {url}: {done.stdout + done.stderr}")
    return float(found[1])


def in_turns(servers_and_paths, measure=wrk, rounds=ROUNDS, **options):
    """Medians of `measure` on each server, all of which run all the time, in turns."""
    values = [[] for _ in servers_and_paths]
    for server, path in servers_and_paths:
        measure(server.url(path), **{**options, "seconds": WARM_UP_SECONDS})
    for turn in range(rounds):
        order = list(range(len(servers_and_paths)))
        for index in order if turn % 2 == 0 else reversed(order):
            server, path = servers_and_paths[index]
            values[index].append(measure(server.url(path), **options))
    spreads = [f"{min(each):.4g}..{max(each):.4g} in {rounds} rounds" for each in values]
    return [statistics.median(each) for each in values], spreads


def memory_of_idle_connections(server, path, count):
    """Bytes of the server's memory for each of `count` connections that have had an answer and wait."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count + 200:
        raise ServerError(f"{count} connections need as many open files, and this user may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()

    def connect():
        client = socket.create_connection(("127.0.0.1", server.port))
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += client.recv(65536)
        return client

    with contextlib.ExitStack() as stack:
        # What the first connections need is not for each of them.
        for _ in range(100):
            stack.enter_context(connect())
        before = server.resident_bytes()
        for _ in range(count):
            stack.enter_context(connect())
        return (server.resident_bytes() - before) / count


@contextlib.contextmanager
def running(*servers):
    """All of `servers`, until the end of the `with`."""
    with contextlib.ExitStack() as stack:
        for server in servers:
            stack.enter_context(server)
        yield


def www():
    """A folder with the files that are served."""
    folder = WORK / "www"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1k.bin").write_bytes(bytes(range(256)) * 4)
    (folder / "10m.bin").write_bytes(bytes(range(256)) * (10 << 12))
    return folder


def echo_script(size):
    """A script for wrk that posts `size` bytes."""
    return write("echo.lua", f'wrk.method = "POST"\nwrk.body = string.rep("x", {size})\n')


LORIS = r"""
import resource, socket, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
clients = []
def connect():
    client = socket.create_connection(("127.0.0.1", port))
    client.setblocking(False)
    client.send(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
    return client
clients = [connect() for _ in range(count)]
print("ready", flush=True)
ended = 0
while True:
    # A byte for each, ten times a minute: never silent for long, never done. Who is thrown out comes again.
    for index, client in enumerate(clients):
        try:
            client.send(b"x")
        except OSError:
            client.close()
            ended += 1
            clients[index] = connect()
        if index % 100 == 99:
            time.sleep(0.05)
"""


@contextlib.contextmanager
def slow_clients(server, count):
    """`count` connections that send a request byte by byte and never end it."""
    script = write("loris.py", LORIS)
    process = subprocess.Popen(["python3", script, str(server.port), str(count)], stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline().strip() != "ready":
            raise ServerError(f"{count} slow clients could not connect to {server.name}")
        yield
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def flood(url, connections):
    """As many requests as `connections` can ask, whatever becomes of them."""
    # Longer than anybody looks: it is ended by the end of the `with`.
    command = ["wrk", "-t1", f"-c{connections}", "-d600s", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(WARM_UP_SECONDS)
        if process.poll() is not None:
            raise ServerError(f"wrk {url} has ended by itself")
        yield
    finally:
        process.kill()
        process.wait()


def p99_microseconds(url, seconds=SECONDS, connections=4, pause_ms=0):
    """Of requests one after the other on a few connections, with a pause before each."""
    script = ["-s", write(f"pause-{pause_ms}.lua", f"function delay() return {pause_ms} end\n")] if pause_ms else []
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", *script, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"99%\s+([\d.]+)(us|ms|s)", done.stdout)
    if done.returncode != 0 or not found or "Non-2xx" in done.stdout:
        raise ServerError(f"wrk {url}: {done.stdout + done.stderr}")
    return float(found[1]) * {"us": 1, "ms": 1e3, "s": 1e6}[found[2]]
