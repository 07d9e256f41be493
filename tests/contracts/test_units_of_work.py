"""One unit of work, one transaction, at most one commit; events leave with it or not at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from mobility.journeys.place import Place
from mobility.storage.outbox import OutboxRow
from mobility.storage.places import PlaceRow
from mobility.storage.unit_of_work import SqlUnitOfWork
from tests.contracts.conftest import NOW, POSTGIS

Begin = Callable[..., SqlUnitOfWork]
DIJON = Place("test:dijon", "commune", "Dijon", 47.32, 5.04, 160_000, "Côte-d'Or")


def _count(begin: Begin) -> int:
    with begin(read_only=True) as work:
        return work.places.count()


def _events(engine: Engine) -> list[tuple[str, object]]:
    with Session(engine) as session:
        return [(row.kind, row.payload) for row in session.scalars(select(OutboxRow).order_by(OutboxRow.id))]


def test_what_is_committed_is_seen(begin: Begin) -> None:
    with begin() as work:
        work.places.replace("test", [DIJON], NOW)
        work.commit()
    with begin(read_only=True) as work:
        assert work.places.list_places() == [DIJON]


def test_what_is_not_committed_never_happened(begin: Begin) -> None:
    with begin() as work:
        work.places.replace("test", [DIJON], NOW)
    assert _count(begin) == 0


def test_an_error_takes_everything_back(begin: Begin) -> None:
    def fail() -> None:
        with begin() as work:
            work.places.replace("test", [DIJON], NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert _count(begin) == 0


def test_it_commits_once(begin: Begin) -> None:
    with begin() as work:
        work.commit()
        with pytest.raises(RuntimeError, match="at most once"):
            work.commit()


def test_a_read_only_one_never_commits(begin: Begin) -> None:
    with begin(read_only=True) as work, pytest.raises(RuntimeError, match="read-only"):
        work.commit()


def test_an_event_leaves_with_its_transaction(begin: Begin, engine: Engine) -> None:
    with begin() as work:
        work.places.replace("test", [DIJON], NOW)
        work.events.add("PlacesImported", {"count": 1}, NOW)
        work.commit()
    assert _events(engine) == [("PlacesImported", {"count": 1})]


def test_an_event_is_gone_with_its_transaction(begin: Begin, engine: Engine) -> None:
    with begin() as work:
        work.events.add("PlacesImported", {"count": 1}, NOW)
        work.session.flush()
    assert _events(engine) == []


def test_a_lock_is_held_to_the_end_of_the_transaction(begin: Begin) -> None:
    """Two that read, wait and write under the lock are one after the other; see the control below."""
    assert _read_wait_write(begin, lock=True) == 2


@pytest.mark.parametrize("engine", [POSTGIS], indirect=True)
def test_without_the_lock_they_are_not(begin: Begin) -> None:
    """The control: the same without the lock loses one of the two. (SQLite has one writer at a time anyway.)"""
    assert _read_wait_write(begin, lock=False) == 1


def _read_wait_write(begin: Begin, lock: bool) -> int:
    """Two threads each add one to a count kept as a place's inhabitants; how far the count got."""
    with begin() as work:
        work.places.replace("count", [Place("count", "poi", "count", 0.0, 0.0, 0)], NOW)
        work.commit()
    both_read = threading.Barrier(2)

    def add_one() -> None:
        with begin() as work:
            if lock:
                work.lock("count")
            (count,) = work.places.list_places()
            if lock:
                time.sleep(0.1)
            else:
                both_read.wait(timeout=60)
            work.session.execute(update(PlaceRow).values(population=count.population + 1))
            work.commit()

    threads = [threading.Thread(target=add_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with begin(read_only=True) as work:
        (count,) = work.places.list_places()
    return count.population
