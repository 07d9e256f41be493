"""Load test of a running server: what HTTP adds to the planner's own time, and what a second worker brings.

    python -m tests.benchmarks.load_test                      # serves what is imported, with 1 and with 2 workers
    python -m tests.benchmarks.load_test --url http://127.0.0.1:8000 --connections 4

The client is one thread on raw sockets with requests encoded beforehand, so that it takes little from the cores it
shares with the server. The planner's time is the server's own word (`debugOutput.searchMicroseconds`).
"""

from __future__ import annotations

import argparse
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

TOWNS = (
    "Besançon",
    "Dijon",
    "Belfort",
    "Chalon-sur-Saône",
    "Auxerre",
    "Nevers",
    "Mâcon",
    "Dole",
    "Vesoul",
    "Sens",
)
"""City pairs are made of these; towns the server does not know are left out."""

START_S = 180.0
"""How long a server may take to begin: the first one after a change compiles its kernels."""

SEARCH = b'"searchMicroseconds":'


@dataclass
class Sample:
    """What a run measured, in milliseconds; `search_ms` is the planner's part of `http_ms`."""

    http_ms: list[float] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.http_ms) / self.seconds if self.seconds else 0.0

    def describe(self) -> dict[str, float]:
        above = [http - search for http, search in zip(self.http_ms, self.search_ms, strict=True)]
        return {
            "requests": len(self.http_ms),
            "per_second": round(self.per_second, 1),
            "http_p50_ms": _percentile(self.http_ms, 50),
            "http_p95_ms": _percentile(self.http_ms, 95),
            "search_p50_ms": _percentile(self.search_ms, 50),
            "search_p95_ms": _percentile(self.search_ms, 95),
            "above_search_p50_ms": _percentile(above, 50),
            "above_search_p95_ms": _percentile(above, 95),
        }


class Connection:
    """One kept-open connection, one request at a time."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._received = bytearray()
        self._wanted = 0

    def send(self, request: bytes) -> None:
        self._received.clear()
        self._wanted = 0
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> bytes | None:
        """The whole response, once it is there."""
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise ConnectionError("the server closed the connection")
        self._received += piece
        if not self._wanted:
            head = self._received.find(b"\r\n\r\n")
            if head < 0:
                return None
            lowered = bytes(self._received[:head]).lower()
            at = lowered.find(b"content-length:")
            self._wanted = head + 4 + int(lowered[at + 15 :].split(b"\r\n", 1)[0])
        return bytes(self._received) if len(self._received) >= self._wanted else None


def run(address: tuple[str, int], requests: list[bytes], connections: int, seconds: float) -> Sample:
    """Keep so many connections busy for a while."""
    sample = Sample()
    selector = selectors.DefaultSelector()
    turn = 0
    opened = [Connection(*address) for _ in range(connections)]
    for connection in opened:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(requests[turn % len(requests)])
        turn += 1
    began = time.perf_counter()
    busy = connections
    while busy:
        for key, _ in selector.select():
            connection = key.data
            response = connection.receive()
            if response is None:
                continue
            now = time.perf_counter()
            if not response.startswith(b"HTTP/1.1 200"):
                raise SystemExit(response[:600].decode(errors="replace"))
            at = response.find(SEARCH) + len(SEARCH)
            sample.http_ms.append((now - connection.began) * 1000)
            sample.search_ms.append(int(response[at : at + 12].split(b",")[0]) / 1000)
            if now - began < seconds:
                connection.send(requests[turn % len(requests)])
                turn += 1
            else:
                busy -= 1
    sample.seconds = time.perf_counter() - began
    for connection in opened:
        connection.socket.close()
    return sample


def make_requests(url: str, time_of_query: str, limit: int) -> list[bytes]:
    """One request for each pair of towns the server knows."""
    host = urlsplit(url).netloc
    stops = [stop for stop in (_find_stop(url, town) for town in TOWNS) if stop]
    pairs = [(origin, destination) for origin in stops for destination in stops if origin != destination]
    if not pairs:
        raise SystemExit("the server knows none of the towns; import the demo region first")
    encoded = []
    for origin, destination in pairs[:: max(1, len(pairs) // limit)]:
        query = urlencode({"fromPlace": origin, "toPlace": destination, "time": time_of_query})
        encoded.append(f"GET /api/v6/plan?{query} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return encoded


def _find_stop(url: str, town: str) -> str | None:
    with urllib.request.urlopen(f"{url}/api/v1/geocode?type=STOP&text={quote(town)}") as response:
        found = json.load(response)
    return str(found[0]["id"]) if found else None


def _percentile(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return round(values[0], 2) if values else 0.0
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 2)


class Server:
    """`mobility serve` on a free port, for as long as the block lasts. `cores`: it may use so many."""

    def __init__(self, workers: int, cores: int | None = None) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.workers, self.cores = workers, cores

    def _start(self) -> None:
        # several workers must name a cache they can share; nothing here uses it
        environment = os.environ | {"MOBILITY_LOG_LEVEL": "warning", "MOBILITY_WARM_UP_DAYS": "3"}
        if self.workers > 1:
            environment.setdefault("MOBILITY_CACHE_URL", "redis://127.0.0.1:6379/0")
        command = [sys.executable, "-m", "mobility", "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers)]
        self.process = subprocess.Popen(command, env=environment)
        if self.cores:  # before it starts its threads, which inherit it
            os.sched_setaffinity(self.process.pid, set(range(self.cores)))

    def __enter__(self) -> Server:
        self._start()
        ends = time.monotonic() + START_S
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/health", timeout=5) as response:
                    if response.status == 200:
                        return self
            except OSError:
                time.sleep(0.1)
        self.__exit__()
        raise SystemExit("the server did not begin to answer")

    def __exit__(self, *exc: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def measure(url: str, arguments: argparse.Namespace, connections: int) -> dict[str, float]:
    """Warm up, then measure."""
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    requests = make_requests(url, arguments.time, arguments.pairs)
    run(address, requests, connections * 2, min(3.0, arguments.seconds))
    return run(address, requests, connections, arguments.seconds).describe()


def main() -> None:
    """Measure and print JSON."""
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--url", help="a server that runs; else one is started with 1 and one with 2 workers")
    reader.add_argument("--time", default="2026-06-16T06:00:00Z", help="when the journeys begin")
    reader.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    reader.add_argument("--connections", type=int, default=16, help="of the throughput measurement")
    reader.add_argument("--pairs", type=int, default=90, help="how many city pairs")
    arguments = reader.parse_args()
    result: dict[str, object] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    if arguments.url:
        result["alone"] = measure(arguments.url, arguments, 1)
        result["busy"] = measure(arguments.url, arguments, arguments.connections)
    else:
        runs = {
            "one_worker": Server(1),
            "one_worker_on_one_core": Server(1, cores=1),
            "two_workers": Server(2),
        }
        for name, server in runs.items():
            with server:
                if name == "one_worker":
                    result["alone"] = measure(server.url, arguments, 1)
                result[name] = measure(server.url, arguments, arguments.connections)
        one, two = result["one_worker_on_one_core"], result["two_workers"]
        assert isinstance(one, dict)
        assert isinstance(two, dict)
        # one worker alone already uses both cores while its kernels run, so that it is held to one here
        result["two_workers_on_two_cores_to_one_on_one"] = round(two["per_second"] / one["per_second"], 2)
        result["load_after"] = os.getloadavg()[0]
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
