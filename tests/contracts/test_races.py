"""Two at once at one thing, each with a control that shows the race where the guard is off: payouts, decisions, and
statements that come twice. tests/mobility/under_fire/README.md lists where the other races stand."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from carpool.trip import TripStatus
from mobility.accounts.caller import SYSTEM
from mobility.acts import pay_out as paying
from mobility.acts.pay_out import PayoutPorts, pay_out
from mobility.acts.trips import decide as deciding
from mobility.acts.trips.decide import Decision, decide_trip
from mobility.acts.trips.log_evidence import Upload, log_evidence
from mobility.acts.trips.ports import TripRefusedError
from mobility.storage.evidence import SqlEvidence
from mobility.storage.trip_tables import StatementRow
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts import test_payouts as payouts
from tests.contracts.at_once import at_once
from tests.contracts.carpool_line import OPERATOR
from tests.contracts.conftest import POSTGIS
from tests.contracts.trip_scene import scene_on
from ticketing import entry_rules
from ticketing.canonical_json import from_canonical
from ticketing.postings import LedgerError

pytestmark = pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
LOCKED = pytest.mark.parametrize("is_locked", [True, False], ids=["with the lock", "control: without"])


def both_there(function: Callable[..., Any], is_locked: bool = False) -> Callable[..., Any]:
    """Each waits once for the other before it does what it does; with a lock held, not for long: it never comes."""
    met, mine = threading.Barrier(2), threading.local()

    def wait_and_do(*arguments: Any, **named: Any) -> Any:
        if not hasattr(mine, "has_waited"):
            mine.has_waited = True
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(1.5 if is_locked else 30)
        return function(*arguments, **named)

    return wait_and_do


def unlock(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    """Turn off the locks whose names begin so, the first time each unit of work takes them."""
    lock = SqlUnitOfWork.lock
    seen: set[tuple[int, str]] = set()

    def careless(work: SqlUnitOfWork, name: str) -> None:
        if name.startswith(names) and (id(work), name) not in seen:
            seen.add((id(work), name))
            return
        lock(work, name)

    monkeypatch.setattr(SqlUnitOfWork, "lock", careless)


@pytest.mark.parametrize(
    "guards",
    [
        pytest.param(("lock", "rule"), id="with the lock"),
        pytest.param(("rule",), id="with the rule of the ledger alone"),
        pytest.param((), id="control: with neither"),
    ],
)
def test_two_payouts_at_once_pay_once(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, guards: tuple[str, ...]
) -> None:
    """The lock makes the second see what the first paid. Where it failed, the ledger would refuse the second: nobody
    is paid more than is owed. With neither, both pay."""
    ports: PayoutPorts = payouts.ports.__wrapped__(engine, tmp_path)
    payouts._enter(ports, 0, payouts.IBANS[0])
    earned = payouts._grant(ports, [0])
    payouts._record(ports, "close", {})
    monkeypatch.setattr(paying, "commit_payout", both_there(paying.commit_payout, "lock" in guards))
    if "lock" not in guards:
        unlock(monkeypatch, ("register",))
    if "rule" not in guards:
        monkeypatch.setitem(entry_rules.RULES, "payout", lambda entry, body, rows: {})
    answers = at_once(*[lambda: pay_out(ports, SYSTEM, "2026-10")] * 2)
    refused = [answer for answer in answers if isinstance(answer, LedgerError)]
    assert len(refused) == (1 if guards == ("rule",) else 0)
    with ports.acts.unit_of_work(read_only=True) as work:
        entries = list(work.register.list_entries(kinds=["payout"]))
    paid = sum(from_canonical(entry.body)["total_cents"] for entry in entries)
    assert paid == sum(earned.values()) * (1 if guards else 2)


@LOCKED
def test_two_decisions_on_one_held_trip_are_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, is_locked: bool
) -> None:
    """One approves while another refuses: whoever comes first has decided, and the register has one decision."""
    scene = scene_on(engine)
    trip = scene.drive()
    scene.clock.wait(days=3)
    scene.send()
    scene.judge()
    with scene.begin(read_only=True) as work:
        held = work.trips.find_trip(trip)
    assert held is not None
    assert held.status is TripStatus.HELD
    monkeypatch.setattr(deciding, "record_decision", both_there(deciding.record_decision, is_locked))
    if not is_locked:
        unlock(monkeypatch, ("trip ",))
        monkeypatch.setattr("mobility.storage.rides.SqlRides.lock_person", lambda rides, person: None)
    answers = at_once(
        lambda: decide_trip(scene.ports, OPERATOR, trip, Decision.APPROVE, "looked at it"),
        lambda: decide_trip(scene.ports, OPERATOR, trip, Decision.REFUSE, "looked at it too"),
    )
    refused = [answer for answer in answers if isinstance(answer, TripRefusedError)]
    with scene.begin(read_only=True) as work:
        decisions = list(work.register.list_entries(kinds=["decision"]))
    assert ([len(decisions), len(refused)] == [1, 1]) is is_locked


@pytest.mark.parametrize("is_guarded", [True, False], ids=["with the key", "control: without"])
def test_a_statement_that_comes_twice_at_once_is_one_row(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """What guards it is that its hash is the key of its row; the control has rows without that key."""
    scene = scene_on(engine)
    scene.drive(riders=())
    piece = Upload(scene.phones["dora"].outbox[0])
    if not is_guarded:
        _drop_keys(engine)
    monkeypatch.setattr(SqlEvidence, "accept", both_there(SqlEvidence.accept))
    at_once(*[lambda: log_evidence(scene.ports, scene.caller("dora"), [piece])] * 2)
    with scene.begin(read_only=True) as work:
        rows = work.session.scalar(select(func.count()).select_from(StatementRow))
    assert (rows == 1) is is_guarded


def _drop_keys(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("statement", "evidence"):
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table} CASCADE"))
