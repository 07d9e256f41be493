"""Purchases while server and worker are killed again and again: is money without a ticket, or a ticket without money?

    python -m tests.benchmarks.purchase_kills --purchases 10000 --kills 60
    python -m tests.benchmarks.purchase_kills --database postgresql+psycopg://…

A shop (the routes and acts of sales) and its worker on a database of their own (SQLite, or --database) are killed with
SIGKILL at random points, some of them while they start again; clients send each step with its key until it is answered,
and some give back what they bought. The bank is the sandbox in a process of its own, with a book of its own: its cards
answer late, twice, in the wrong order, after the money was taken, or not at all, and lose the first answer to a refund.
When all is sent and hours have passed, orders, tickets, the book of sales and the bank's own book must say the same of
every cent.
"""

from __future__ import annotations

import argparse
import random
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from mobility.outside.payments.sandbox import Sandbox
from mobility.outside.payments.sandbox_book import SandboxBook
from mobility.storage import migrations
from mobility.storage.database import open_database
from mobility.storage.unit_of_work import units_of_work
from tests.benchmarks.purchase_shop import serve_bank, serve_shop, work
from tests.mobility.under_fire.purchase_truths import check_purchases, settle
from tests.mobility.under_fire.purchase_world import (
    SECRET,
    add_buyers,
    coach_and_train,
    now_utc,
    sales_ports,
    tell_due,
)
from ticketing.orders.order import OrderStatus

CLIENTS = 4
EACH_BUYS = 4
"""So many purchases has a buyer, on average: who has more pays for fewer, with passes and caps."""
CARDS = {
    "ok": 60,
    "double-webhook": 5,
    "shuffled-webhooks": 5,
    "early-webhook": 4,
    "late-webhook": 4,
    "lost-webhook": 4,
    "timeout-after-capture": 6,
    "timeout-before": 3,
    "slow": 3,
    "never": 1,
    "refuse": 3,
    "partial": 1,
    "": 1,
}
"""By test card, how often; "": the buyer is sent to the bank's page, and never comes back."""
LEAVES = 0.03
"""The part of the buyers who order, and do not pay."""
GIVES_BACK = 0.08
"""The part of those who pay and, whatever became of it, give it back at once."""
PATIENCE_S = 300.0
"""So long does a client send one step again: then the server does not come back."""
KILLED_WITHIN_S = 2.0
"""So long after its turn, at most, is a process killed: starting again takes longer."""


@dataclass
class Purchase:
    """One buyer's wish, and the keys it is sent with."""

    number: int
    name: str
    card: str
    product: str
    """"": a journey."""
    is_given_back: bool


@dataclass
class Sent:
    """What the clients met."""

    answered: int = 0
    failed_tries: int = 0
    slowest_s: float = 0.0
    seen: Counter[str] = field(default_factory=Counter)


class Processes:
    """A shop and its worker, which are killed and started again, and a bank. They are forked of a process that has
    imported everything: so they are there again in a moment, and killed more often at work than while they begin."""

    def __init__(self, folder: Path, database: str) -> None:
        shop_port, bank_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{shop_port}"
        self.does: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {
            "bank": (serve_bank, (folder, bank_port, shop_port)),
            "shop": (serve_shop, (database, shop_port, bank_port)),
            "worker": (work, (database, bank_port)),
        }
        self.context = get_context("forkserver")
        self.context.set_forkserver_preload([serve_shop.__module__])
        self.running = {name: self._start(name) for name in self.does}
        self.kills = Counter[str]()

    def kill(self, name: str) -> None:
        """SIGKILL, and another one."""
        self._end(name)
        self.kills[name] += 1
        self.running[name] = self._start(name)

    def stop(self) -> None:
        """All, for good."""
        for name in self.does:
            self._end(name)

    def _start(self, name: str) -> BaseProcess:
        does, arguments = self.does[name]
        process = self.context.Process(target=does, args=arguments)
        process.start()
        return process

    def _end(self, name: str) -> None:
        self.running[name].kill()
        self.running[name].join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Clients:
    """Buyers who send every step until it is answered."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sent, self.lock = Sent(), threading.Lock()

    def run(self, waiting: list[Purchase], clients: int = CLIENTS) -> Sent:
        """All of them, by so many at once. Raises what went wrong."""
        failures: list[BaseException] = []

        def one_after_another() -> None:
            with httpx.Client(base_url=self.url, timeout=20) as client:
                while not failures:
                    with self.lock:
                        if not waiting:
                            return
                        purchase = waiting.pop()
                    try:
                        self._buy(client, purchase)
                    except BaseException as error:
                        failures.append(error)

        threads = [threading.Thread(target=one_after_another) for _ in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]
        return self.sent

    def _buy(self, client: httpx.Client, purchase: Purchase) -> None:
        began = time.monotonic()
        asked = (
            {"products": [{"product": purchase.product}]}
            if purchase.product
            else {"journeys": [coach_and_train(now_utc())]}
        )
        order = None
        while order is None:  # dearer than it was offered: the buyer gave something back meanwhile
            (offer,) = self._post(client, purchase, "/v1/offers", asked, "")
            order = self._post(client, purchase, "/v1/orders", {"offers": [offer["offer"]]}, "order")
        if purchase.card != "leaves" and order["cents"]:  # who has a pass and reached their cap pays nothing
            path = f"/v1/orders/{order['id']}/payments"
            paid = self._post(client, purchase, path, {"method": purchase.card}, "pay")
            self.sent.seen[paid["status"]] += 1
            if purchase.is_given_back:
                self._post(client, purchase, f"/v1/orders/{order['id']}/cancel", {}, "cancel")
                self.sent.seen["given back"] += 1
        with self.lock:
            self.sent.answered += 1
            self.sent.slowest_s = max(self.sent.slowest_s, time.monotonic() - began)

    def _post(
        self, client: httpx.Client, purchase: Purchase, path: str, body: dict[str, Any], step: str
    ) -> Any:
        headers = {"x-person": purchase.name}
        if step:
            headers["Idempotency-Key"] = f"{step} {purchase.number}"
        began = time.monotonic()
        while True:
            try:
                answer = client.post(path, json=body, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code in (200, 201):
                return answer.json()
            if answer is not None and answer.status_code == 409 and step == "order":
                return None
            if answer is not None and answer.status_code not in (429, 500, 502, 503):
                raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
            if answer is not None and answer.status_code == 500:
                self.sent.seen["500"] += 1
            with self.lock:
                self.sent.failed_tries += 1
            if time.monotonic() > began + PATIENCE_S:
                raise TimeoutError("the server does not come back")
            time.sleep(0.3)


def wishes(count: int, names: Sequence[str], seed: int) -> list[Purchase]:
    """What everybody wants."""
    lots = random.Random(seed)
    cards, weights = list(CARDS), list(CARDS.values())
    found = []
    for number in range(count):
        card = "leaves" if lots.random() < LEAVES else lots.choices(cards, weights)[0]
        product = "rail-month" if lots.random() < 0.03 else ""
        found.append(Purchase(number, lots.choice(names), card, product, lots.random() < GIVES_BACK))
    return found


def trial(
    folder: Path, purchases: int, kills: int, seed: int = 1, database: str = ""
) -> tuple[Sent, Counter[str], Counter[str]]:
    """Everything: what clients met, how often what was killed, and how the orders ended. Raises AssertionError where
    anything is not as it must be."""
    database = database or f"sqlite:///{folder / 'shop.sqlite'}"
    engine, lots = open_database(database), random.Random(seed)
    migrations.upgrade(engine)
    names = [f"b{number}" for number in range(max(purchases // EACH_BUYS, 1))]
    add_buyers(engine, names)
    processes = Processes(folder, database)
    clients, is_over = Clients(processes.url), threading.Event()
    turns = sorted(lots.randrange(purchases) for _ in range(kills))

    def kill_in_turn() -> None:
        for turn in turns:
            while clients.sent.answered < turn and not is_over.wait(0.05):
                """Not yet."""
            is_over.wait(lots.uniform(0.0, KILLED_WITHIN_S))
            processes.kill(lots.choice(("shop", "shop", "worker")))

    killer = threading.Thread(target=kill_in_turn)
    killer.start()
    try:
        sent = clients.run(wishes(purchases, names, seed))
    finally:
        is_over.set()
        killer.join()
        processes.stop()
    assert not sent.seen["500"], f"{sent.seen['500']} answers were 500"
    book = SandboxBook(folder / "bank.sqlite")
    settle(
        lambda now: sales_ports(engine, [Sandbox(book, SECRET, now)], now),
        lambda ports, now: tell_due(ports, book, now),
    )
    bank = Sandbox(book, SECRET, now_utc)
    for charge in book.list_all():
        bank.find(charge.key, charge.ref)  # a slow one ripens when it is asked about
    ways = check_purchases(units_of_work(engine), book, sales_ports(engine, []))
    assert sum(ways[status.value] for status in OrderStatus) == purchases, ways
    engine.dispose()
    return sent, processes.kills, ways


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name, default in (("purchases", 10_000), ("kills", 60), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--database", default="", help="an empty database; SQLite in a folder of its own")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        sent, kills, ways = trial(Path(folder), asked.purchases, asked.kills, asked.seed, asked.database)
        Console().print(
            f"{sent.answered:,} purchases, kills: {dict(kills)}, {sent.failed_tries:,} tries sent again, the slowest "
            f"purchase {sent.slowest_s:.1f} s, {time.monotonic() - began:.0f} s in all. Payments as first answered: "
            f"{dict(sent.seen)}. In the end: {dict(ways)}. Every cent at the bank has a ticket or went back; every "
            "ticket has its money.",
            markup=False,
        )


if __name__ == "__main__":
    main()
