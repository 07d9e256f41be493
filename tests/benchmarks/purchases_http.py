"""How many purchases a second over HTTP?

    python -m tests.benchmarks.purchases_http                                       # SQLite
    python -m tests.benchmarks.purchases_http --database postgresql+psycopg://…     # an empty database

The whole application, as `mobility serve` serves it, in processes of their own on ports of 127.0.0.1; buyers who are
signed in ask for an offer (coach and train, 11.50 €), order it and pay with a test card at the sandbox's bank: three
requests. They come from this process, on the same cores. What the client costs is not counted in the CPU of a
purchase, what the bank costs is.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn
from rich.console import Console

from mobility.accounts.caller import SYSTEM
from mobility.accounts.opaque_tokens import TokenKind
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.sales.tariffs import publish_tariff
from mobility.api import create_app
from mobility.bootstrap import build_services
from mobility.settings import Settings
from mobility.storage import migrations
from mobility.storage.database import open_database
from tests.contracts.sales_scene import TARIFF_TEXT
from tests.mobility.under_fire.purchase_world import add_buyers, coach_and_train, now_utc
from ticketing.tariff.read_tariff import parse_tariff


def settings_of(folder: str, database: str) -> Settings:
    """The settings of a server that sells."""
    return Settings(data_dir=Path(folder), database_url=database, log_level="error", worker="separate")


def serve(folder: str, database: str, door: socket.socket, ready: Any, done: Any, results: Any) -> None:
    """In a process of its own: its seconds of CPU between two words."""
    with build_services(settings_of(folder, database)) as services:
        server = uvicorn.Server(uvicorn.Config(create_app(services), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        while not server.started:
            time.sleep(0.05)
        ready.wait()
        cpu_s = time.process_time()
        done.wait()
        results.put(time.process_time() - cpu_s)
        server.should_exit = True
        thread.join()


class Client:
    """Somebody's connection to a server."""

    def __init__(self, port: int) -> None:
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, path: str, body: dict[str, Any], token: str, key: str = "") -> Any:
        """The answer, which is a good one."""
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        self._http.request(
            "POST", path, json.dumps(body), headers | ({"idempotency-key": key} if key else {})
        )
        answer = self._http.getresponse()
        said = answer.read()
        assert answer.status < 300, f"{path}: {answer.status} {said.decode()}"
        return json.loads(said)

    def buy(self, journey: str, token: str, key: str) -> float:
        """How long a purchase takes, in seconds."""
        began_s = time.perf_counter()
        (offer,) = self.post("/v1/offers", {"journeys": [journey]}, token)
        order = self.post("/v1/orders", {"offers": [offer["offer"]]}, token, f"order {key}")
        paid = self.post(f"/v1/orders/{order['id']}/payments", {"method": "ok"}, token, f"pay {key}")
        assert paid["status"] == "captured", paid
        return time.perf_counter() - began_s


def tokens_of(folder: str, database: str, purchases: int) -> tuple[list[str], bytes]:
    """A token for each buyer, and the key that signs the journeys that are shown."""
    names = [f"b{number}" for number in range(purchases // 2 + 1)]
    engine = open_database(database)
    migrations.upgrade(engine)
    add_buyers(engine, names)
    engine.dispose()
    with build_services(settings_of(folder, database)) as services:
        publish_tariff(services.acts, SYSTEM, parse_tariff(TARIFF_TEXT))
        with services.unit_of_work() as work:
            made = [begin_session(services.accounts, work, name, TokenKind.REFRESH) for name in names]
            work.commit()
        return [one.access_token for one in made], services.sales.journey_key


def run(folder: str, database: str, purchases: int, processes: int, clients: int) -> str:
    """Buy, and say how it went."""
    tokens, key = tokens_of(folder, database, purchases)
    context = multiprocessing.get_context("spawn")
    results, ready, done = context.Queue(), context.Barrier(processes + 1), context.Event()
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(processes)]
    ports = [door.getsockname()[1] for door in doors]
    servers = [
        context.Process(target=serve, args=(folder, database, door, ready, done, results)) for door in doors
    ]
    for server in servers:
        server.start()
    waiting, took = list(range(purchases)), list[float]()
    journeys = [coach_and_train(now_utc(), key=key) for _ in range(purchases)]

    def one_after_another(port: int) -> None:
        client = Client(port)
        while waiting:
            number = waiting.pop()
            took.append(client.buy(journeys[number], tokens[number // 2], str(number)))

    ready.wait()
    began_s = time.perf_counter()
    threads = [
        threading.Thread(target=one_after_another, args=(ports[n % processes],)) for n in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall_s = time.perf_counter() - began_s
    done.set()
    cpu_s = sum(results.get() for _ in servers)
    for server in servers:
        server.join()
    assert len(took) == purchases, f"{len(took)} of {purchases} were answered"
    p50, p95 = (1000 * sorted(took)[int(len(took) * part)] for part in (0.5, 0.95))
    return (
        f"{purchases:,} purchases over HTTP on {database.partition(':')[0]}, {processes} servers, {clients} clients: "
        f"{purchases / wall_s:.0f} a second, p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
        f"{1000 * cpu_s / purchases:.1f} ms of a server's CPU each"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("purchases", 600), ("processes", 2), ("clients", 4)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = asked.database or f"sqlite:///{folder}/shop.sqlite"
        load = os.getloadavg()[0]
        said = run(folder, database, asked.purchases, asked.processes, asked.clients)
        Console().print(f"{said}. {os.cpu_count()} cores, load before {load:.1f}.", markup=False)


if __name__ == "__main__":
    main()
