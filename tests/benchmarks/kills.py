"""Phones send what they signed while server and worker are killed again and again: is anything lost or paid twice?

    python -m tests.benchmarks.kills --uploads 10000 --kills 25

A server and a worker on a database of their own (SQLite, or --database postgresql+psycopg://…) are killed with
SIGKILL at random points and started again; phones send each piece until it is acknowledged. Then closings are killed in
the same way until one gets through, and payouts of the month that they closed. What is there at the end is compared
with what the same uploads come to where nothing was killed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from pydantic import SecretStr
from rich.console import Console

from carpool.phone import Phone
from carpool.rehearsal import Drive, PhonePassenger, rehearse
from carpool.trip import TripStatus
from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.accounts.opaque_tokens import TokenKind, hash_token
from mobility.acts.accounts.bank_account import put_bank_account
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.acts.audit.archive import export_archive
from mobility.acts.carpool_lines import seed_lines
from mobility.acts.grant_subsidy import close
from mobility.acts.import_feed import FeedSource, import_feed
from mobility.acts.pay_out import pay_out
from mobility.acts.policies import keep_defaults
from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.log_evidence import Upload, log_evidence, register_device
from mobility.bootstrap import Services, build_services
from mobility.settings import Settings
from tests.mobility.region_feed import write_feed
from ticketing.audit_archive.verify import verify_archives
from ticketing.canonical_json import from_canonical
from ticketing.postings import postings_of
from ticketing.verify_chain import verify_chain

ROLES = frozenset((Role.TRAVELLER, Role.DRIVER))
PIECES_A_TRIP = 6
TRIPS_A_PAIR = 30
BATCH = 6
SENDERS = 4
LATE = "no network"
PAYER, PAYER_IBAN, DRIVERS_IBAN = "Région", "FR7630006000011234567890189", "FR1420041010050500013M02606"


@dataclass(frozen=True)
class Member:
    """Somebody with a phone, an account and a token."""

    caller: Caller
    phone: Phone
    token: Callable[[], str]
    """A new access token."""


@dataclass
class Scene:
    """What phones have to send: pieces with who sends them, shuffled within what one phone remembers."""

    members: list[Member] = field(default_factory=list)
    batches: list[tuple[Member, tuple[bytes, ...]]] = field(default_factory=list)

    @property
    def pieces(self) -> set[bytes]:
        return {piece for _, batch in self.batches for piece in batch}


@dataclass(frozen=True)
class Outcome:
    """What a database holds in the end, in a form that two can be compared by."""

    evidence: frozenset[str]
    trips: tuple[tuple[str, str, int], ...]
    """Trip, status, granted cents (-1: not granted), by trip."""
    balances: tuple[tuple[str, int], ...]
    paid: tuple[int, ...]
    """Cents, one for each driver who was paid."""


def settings_for(folder: Path, database: str = "") -> Settings:
    return Settings(
        data_dir=folder,
        database_url=database,
        worker="separate",
        log_level="warning",
        payer_name=PAYER,
        payer_iban=SecretStr(PAYER_IBAN),
    )


def last_month(today: dt.date) -> str:
    """The month before, which is closed and paid: YYYY-MM."""
    return f"{today.replace(day=1) - dt.timedelta(days=1):%Y-%m}"


def prepare(services: Services, uploads: int, seed: int) -> Scene:
    """People, lines, a timetable to compare tracks with, and the trips of the last days in everybody's phone: some of
    the month before, with which the register begins."""
    today = dt.datetime.now(PARIS).date()
    with services.unit_of_work() as work:
        keep_defaults(work, dt.datetime.fromisoformat(f"{last_month(today)}-01T12:00:00Z"))
        work.commit()
    last_day = min(today - dt.timedelta(days=3), today.replace(day=7))
    calendar = (
        "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\n"
        + "".join(
            f"{service},1,1,1,1,1,1,1,{today.year - 1}0101,{today.year + 1}1231\n"
            for service in ("DAILY", "WEEK", "MARKET")
        )
    )
    archive = write_feed(services.settings.data_dir / "region.zip", {"calendar.txt": calendar})
    import_feed(services.feeds, FeedSource(str(archive), "region"))
    seed_lines(services.acts)
    with services.unit_of_work(read_only=True) as work:
        lines = work.rides.list_lines()
    lots, scene = random.Random(seed), Scene()
    trip_count = -(-uploads // PIECES_A_TRIP)
    for pair in range(-(-trip_count // TRIPS_A_PAIR)):
        driver, rider = (_member(services, f"{name}{pair}", pair, seed) for name in ("driver", "rider"))
        scene.members += [driver, rider]
        line = lines[pair % len(lines)]
        ends = (line.stops[0].stop.id, line.stops[-1].stop.id)
        for number in range(min(TRIPS_A_PAIR, trip_count - pair * TRIPS_A_PAIR)):
            day = last_day - dt.timedelta(days=number // 2)
            hour = 6 + pair % 3 if number % 2 == 0 else 16 + pair % 3
            starts = dt.datetime.combine(day, dt.time(hour, lots.randrange(60)), dt.UTC)
            drive = Drive(line, *(ends if number % 2 == 0 else ends[::-1]), starts)
            nonce = hashlib.sha256(f"{seed} {pair} {number}".encode()).hexdigest()[:32]
            rehearse(
                drive,
                driver.phone,
                [PhonePassenger(rider.phone, drive.from_stop, drive.to_stop)],
                nonce,
                every_s=300,
            )
        for member in (driver, rider):
            pieces = list(member.phone.outbox)
            lots.shuffle(pieces)
            scene.batches += [(member, tuple(pieces[i : i + BATCH])) for i in range(0, len(pieces), BATCH)]
    lots.shuffle(scene.batches)
    return scene


def _member(services: Services, name: str, number: int, seed: int) -> Member:
    born = dt.date(1980, 1, 1)
    phone_number = f"+3335301{number % 100:02}{'12'['r' in name[:1]]}0"
    details = Details(f"{name}@mobigo.example", name, name.title(), "Essai", phone_number, born)
    caller = Caller(add_person(services.accounts, SYSTEM, details, ROLES).id, ROLES)
    if name.startswith("driver"):
        put_bank_account(services.accounts, caller, name.title(), DRIVERS_IBAN)
    key = hashlib.sha256(f"{seed} {name}".encode()).digest()
    phone = Phone(key, lambda: dt.datetime.now(dt.UTC), f"phone of {name}")
    register_device(services.trips, caller, phone.registration())
    with services.unit_of_work() as work:
        session = begin_session(services.accounts, work, caller.person, TokenKind.REFRESH)
        work.commit()
        found = work.accounts.find_session_of(hash_token(session.refresh_token))
    assert found is not None
    issue = services.accounts.tokens.issue
    return Member(caller, phone, lambda: issue(caller.person, found.id, dt.datetime.now(dt.UTC)))


# ── with kills ─────────────────────────────────────────────────────────────────────────────────────────────


class Victims:
    """The server and the worker, which are killed and started again."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = (folder / "victims.log").open("ab")
        self.environment = os.environ | {
            "MOBILITY_DATA_DIR": str(settings.data_dir),
            "MOBILITY_DATABASE_URL": settings.database_url,
            "MOBILITY_WORKER": "separate",
            "MOBILITY_LOG_LEVEL": "error",
            # The worker grants while phones still send, but leaves the month open that is paid in the end.
            "MOBILITY_SUBSIDY_SETTLE_AFTER_H": str(24 * dt.datetime.now(PARIS).day + 24),
            "MOBILITY_PAYER_NAME": PAYER,
            "MOBILITY_PAYER_IBAN": PAYER_IBAN,
        }
        self.commands = {"api": ("serve", "--port", str(self.port)), "worker": ("worker",)}
        self.running = {name: self.start(*command) for name, command in self.commands.items()}
        self.kills = 0

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "mobility", *command],
            env=self.environment,
            stdout=self.log,
            stderr=self.log,
        )

    def kill(self, name: str) -> None:
        """SIGKILL, and start another one."""
        self.running[name].send_signal(signal.SIGKILL)
        self.running[name].wait()
        self.kills += 1
        self.running[name] = self.start(*self.commands[name])

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        self.log.close()


def send_all(victims: Victims, scene: Scene, deadline_s: float) -> int:
    """Send every batch until it is acknowledged; how many tries failed."""
    waiting, lock, failures = list(scene.batches), threading.Lock(), [0]
    ends = time.monotonic() + deadline_s

    def send() -> None:
        with httpx.Client(base_url=victims.url, timeout=20) as client:
            while True:
                with lock:
                    if not waiting:
                        return
                    member, batch = waiting.pop()
                while not _is_acknowledged(client, member, batch):
                    failures[0] += 1
                    if time.monotonic() > ends:
                        raise TimeoutError("the server does not come back")
                    time.sleep(0.1)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures[0]


def _is_acknowledged(client: httpx.Client, member: Member, batch: tuple[bytes, ...]) -> bool:
    body = {"evidence": [{"statement": piece.decode(), "lateBecause": LATE} for piece in batch]}
    try:
        answer = client.post(
            "/v1/carpool/evidence", json=body, headers={"Authorization": f"Bearer {member.token()}"}
        )
    except httpx.TransportError:
        return False
    if answer.status_code == 503:
        return False
    if answer.status_code != 200:
        raise AssertionError(f"{answer.status_code}: {answer.text}")
    outcomes = {receipt["outcome"] for receipt in answer.json()["receipts"]}
    assert outcomes <= {"stored", "known"}, answer.text
    return True


def under_kills(settings: Settings, scene: Scene, kills: int, seed: int, folder: Path) -> tuple[int, int]:
    """Send everything and grant it, while things are killed; how many kills and failed tries there were."""
    lots, victims = random.Random(seed), Victims(settings, folder)
    is_sent = threading.Event()

    def kill_now_and_then() -> None:
        while victims.kills < kills:
            if is_sent.wait(lots.uniform(0.5, 5.0)) and victims.kills >= kills // 2:
                return
            victims.kill(lots.choice(("api", "api", "worker")))

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        failed = send_all(victims, scene, deadline_s=600)
        is_sent.set()
        killer.join()
    finally:
        victims.stop()
    return victims.kills + _grant_under_kills(victims, lots, max(kills // 4, 1)), failed


def _grant_under_kills(victims: Victims, lots: random.Random, kills: int) -> int:
    """Judge, grant and pay by commands that are killed, until one of each gets through."""
    victims.log = open(os.devnull, "ab")  # noqa: SIM115 - closed below
    now = dt.datetime.now(dt.UTC)
    until = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    done = 0
    for command in (
        ("worker", "--once"),
        ("carpool", "trips", "--limit", "1"),
        ("carpool", "grant", "--until", until),
        ("audit", "pay-out", last_month(now.astimezone(PARIS).date())),
    ):
        for left in range(kills, -1, -1):
            process = victims.start(*command)
            if left == 0:
                assert process.wait(600) == 0, f"{command} fails"
                break
            try:
                process.wait(lots.uniform(2.0, 8.0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                done += 1
    victims.log.close()
    return done


# ── without, and what both come to ─────────────────────────────────────────────────────────────────────────


def undisturbed(services: Services, scene: Scene) -> None:
    """The same uploads, judged and granted where nothing is killed."""
    for member, batch in scene.batches:
        log_evidence(services.trips, member.caller, [Upload(piece, LATE) for piece in batch])


def finish(services: Services) -> None:
    """Judge, grant and pay whatever is left."""
    while judge_due(services.trips):
        pass
    until = dt.datetime.now(dt.UTC).replace(microsecond=0)
    close(services.acts, services.register_keys, SYSTEM, until)
    pay_out(services.payouts, SYSTEM, last_month(until.astimezone(PARIS).date()))


def check(services: Services, scene: Scene) -> Outcome:
    """Everything that must hold in the end; what there is, to be compared."""
    hashes = {hashlib.sha256(piece).hexdigest(): piece for piece in scene.pieces}
    with services.unit_of_work(read_only=True) as work:
        states = work.trips.list_standing(list(TripStatus), 100_000)
        trips = []
        stored: set[str] = set()
        for state in states:
            for received in work.evidence.list_of_trip(state.id):
                assert received.data == hashes[received.hash], "evidence is not what was sent"
                assert received.hash not in stored, "evidence is stored twice"
                stored.add(received.hash)
            granted = work.subsidies.find_grant(state.id)
            trips.append((state.id, str(state.status), -1 if granted is None else granted.amount_cents))
        assert stored == set(hashes), f"{len(set(hashes) - stored)} pieces are lost"
        entries = list(work.register.list_entries())
        assert not list(verify_chain(entries)), "the chain is broken"
        sums: dict[str, int] = {}
        for entry in entries:
            transaction = postings_of(entry)
            for posting in transaction.postings if transaction else ():
                sums[posting.account] = sums.get(posting.account, 0) + posting.amount_cents
        balances = dict(work.ledger.list_balances())
        assert balances == {account: cents for account, cents in sums.items() if cents}, (
            "balances are not the register's"
        )
        assert sum(balances.values()) == 0
        grants = [entry for entry in entries if entry.kind == "grant"]
        assert len(grants) == sum(cents >= 0 for _, _, cents in trips), (
            "a trip is granted twice, or not at all"
        )
        payouts = [from_canonical(entry.body) for entry in entries if entry.kind == "payout"]
    paid = [(line["driver"], line["amount_cents"]) for payout in payouts for line in payout["lines"]]
    assert len(paid) == len({driver for driver, _ in paid}), "a driver is paid twice"
    files = list((services.settings.data_dir / "payouts").glob("*.xml"))
    assert len(files) == len(payouts), "a file for the bank is missing, or one too many"
    _check_archive(services)
    amounts = sorted(cents for account, cents in balances.items() if account.startswith("driver:"))
    return Outcome(
        frozenset(stored),
        tuple(sorted(trips)),
        tuple((str(i), cents) for i, cents in enumerate(amounts)),
        tuple(sorted(cents for _, cents in paid)),
    )


def _check_archive(services: Services) -> None:
    """What the auditor gets of the month that was closed holds on its own."""
    period = last_month(dt.datetime.now(PARIS).date())
    path = services.settings.data_dir / f"audit-{period}.zip"
    export_archive(services.audit, SYSTEM, period, path)
    (report,) = verify_archives([path])
    assert report.holds, f"the archive does not hold: {report.plain()}"


def run(folder: Path, uploads: int, kills: int, seed: int = 1, database: str = "") -> str:
    """The whole trial; what it found, in words. Raises AssertionError when anything is lost, doubled or different."""
    began = time.monotonic()
    settings = settings_for(folder / "killed", database)
    with build_services(settings) as services:
        scene = prepare(services, uploads, seed)
    done, failed = under_kills(settings, scene, kills, seed, folder)
    with build_services(settings) as services:
        finish(services)
        killed = check(services, scene)
    with build_services(settings_for(folder / "control")) as services:
        control = prepare(services, uploads, seed)
        undisturbed(services, control)
        finish(services)
        expected = check(services, control)
    assert killed == expected, f"what was killed comes to something else: {_difference(killed, expected)}"
    proven = sum(status == "proven" for _, status, _ in killed.trips)
    cents = sum(killed.paid) - sum(amount for _, amount in killed.balances)
    return (
        f"{len(killed.evidence):,} pieces of {len(killed.trips):,} trips, {done} kills, {failed:,} failed tries: "
        f"nothing lost, {proven:,} trips proven, {cents / 100:,.2f} € granted once and "
        f"{sum(killed.paid) / 100:,.2f} € of them paid once, as without kills; "
        f"{time.monotonic() - began:.0f} s"
    )


def _difference(killed: Outcome, expected: Outcome) -> str:
    other = set(killed.trips) ^ set(expected.trips)
    return f"{len(killed.evidence ^ expected.evidence)} pieces, {len(other)} trips ({sorted(other)[:6]}), or balances"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--uploads", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="of the killed ones; empty: SQLite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Console().print(run(Path(folder), asked.uploads, asked.kills, asked.seed, asked.database))


if __name__ == "__main__":
    main()
