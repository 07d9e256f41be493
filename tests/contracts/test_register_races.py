"""Two connections at the same moment: one chain, one entry a key.

Each race has a control: the same two with the lock taken too late, after what it should have guarded was read. There,
the harm is done, which is how we know that the race is a race.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from mobility.acts.record import LOCK, record
from mobility.storage.unit_of_work import SqlUnitOfWork, units_of_work
from tests.contracts.conftest import POSTGIS
from tests.ticketing import bodies
from ticketing.ledger import KeyReusedError
from ticketing.postings import LedgerError
from ticketing.verify_chain import verify_chain

Begin = Callable[..., SqlUnitOfWork]
Item = tuple[str, dict[str, Any]]
NOW = dt.datetime(2026, 10, 3, 12, tzinfo=dt.UTC)

pytestmark = pytest.mark.parametrize("engine", [POSTGIS], indirect=True)


def race(engine: Engine, *items: Item, late: bool = False) -> list[Exception | int]:
    """Enter items at the same moment, each on a connection of its own: the seq of each, or why it was refused.

    `late`: nobody begins to append before all have read what they judge by, and no row is locked while reading.
    """
    met = threading.Barrier(len(items))
    outcomes: list[Exception | int] = [0] * len(items)

    def enter(index: int, item: Item) -> None:
        with units_of_work(engine)() as work:
            if late:
                _read_before_locking(work, met)
            else:
                met.wait(timeout=120)
            try:
                outcomes[index] = record(work, *item, NOW).seq
                work.commit()
            except (LedgerError, IntegrityError) as error:
                outcomes[index] = error

    threads = [threading.Thread(target=enter, args=pair) for pair in enumerate(items)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return outcomes


def _read_before_locking(work: SqlUnitOfWork, met: threading.Barrier) -> None:
    """States are those of before the lock; the head, read last, is that of after it."""
    real_lock, real_head = work.lock, work.register.head
    seen = {name: state for name, state in work.ledger.list_states() if name.startswith("key:")}
    met.wait(timeout=120)
    work.lock = lambda name: None  # type: ignore[method-assign]
    work.ledger.find_state = seen.get  # type: ignore[method-assign, assignment]

    def head() -> Any:
        real_lock(LOCK)
        return real_head()

    work.register.head = head  # type: ignore[method-assign]


def enter(engine: Engine, *items: Item) -> None:
    with units_of_work(engine)() as work:
        for item in items:
            record(work, *item, NOW)
        work.commit()


def is_whole(engine: Engine) -> bool:
    with units_of_work(engine)() as work:
        return list(verify_chain(work.register.list_entries())) == []


def refused(outcomes: list[Exception | int], kind: type[Exception]) -> int:
    return sum(isinstance(one, kind) for one in outcomes)


def test_appenders_never_fork_the_chain(engine: Engine) -> None:
    for turn in range(5):
        outcomes = race(engine, *[("grant", bodies.grant(turn * 4 + index)) for index in range(4)])
        assert all(isinstance(one, int) for one in outcomes)
    with units_of_work(engine)() as work:
        assert work.register.head().seq == 21  # type: ignore[union-attr]
        assert work.ledger.balance("driver:d1") == -330 * 20
    assert is_whole(engine)


def _append_without_lock(engine: Engine) -> list[Exception | int]:
    """Two appenders that both read the head before either appends."""
    met = threading.Barrier(2)
    outcomes: list[Exception | int] = [0, 0]

    def append(index: int) -> None:
        with units_of_work(engine)() as work:
            work.lock = lambda name: None  # type: ignore[method-assign]
            real_head = work.register.head

            def head() -> Any:
                found = real_head()
                met.wait(timeout=120)
                return found

            work.register.head = head  # type: ignore[method-assign]
            try:
                outcomes[index] = record(work, "refusal", {"trip_id": f"t{index}"}, NOW).seq
                work.commit()
            except IntegrityError as error:
                outcomes[index] = error

    threads = [threading.Thread(target=append, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    return outcomes


def test_control_without_the_lock_one_appender_fails(engine: Engine) -> None:
    """The key of the table is the second guard: the act fails, and the chain stays whole."""
    enter(engine, ("refusal", {}))
    outcomes = _append_without_lock(engine)
    assert refused(outcomes, IntegrityError) == 1
    assert is_whole(engine)


def test_control_without_lock_and_key_the_chain_forks(engine: Engine) -> None:
    enter(engine, ("refusal", {}))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE register_entry DROP CONSTRAINT pk_register_entry"))
    assert _append_without_lock(engine) == [3, 3]
    assert not is_whole(engine)


FUNDED: Item = ("envelope", bodies.envelope(300, idempotency_key="k"))
OTHER: Item = ("envelope", bodies.envelope(301, idempotency_key="k"))


def test_a_key_is_one_entry(engine: Engine) -> None:
    """Invariant 5."""
    enter(engine, ("refusal", {}))
    assert race(engine, FUNDED, FUNDED, FUNDED) == [3, 3, 3]
    assert is_whole(engine)


def test_a_key_is_one_content(engine: Engine) -> None:
    enter(engine, ("refusal", {}))
    assert refused(race(engine, FUNDED, OTHER), KeyReusedError) == 1


def test_control_with_the_lock_too_late_a_key_is_two_entries(engine: Engine) -> None:
    enter(engine, ("refusal", {}))
    assert sorted(race(engine, FUNDED, FUNDED, late=True), key=str) == [3, 4]
