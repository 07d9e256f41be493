"""What a month would have come to under another policy: the same trips, granted and taken back in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ticketing.audit_archive.members import CHECKPOINT, EARLIER, REGISTER
from ticketing.audit_archive.policy_book import PolicyBook
from ticketing.audit_archive.reading import OpenArchive, parse
from ticketing.canonical_json import from_stored
from ticketing.cap_counters import CapCounters, CounterKey
from ticketing.checkpoint import read_checkpoint
from ticketing.entry import RegisterEntry
from ticketing.facts import TripFacts
from ticketing.grant_body import facts_from_plain, grant_from_plain
from ticketing.period import period_of
from ticketing.subsidy import Withdrawn, replay
from ticketing.subsidy_policy import PolicyVersion
from ticketing.table_files import Cell, Column, Kind

ALWAYS = "0001-01-01"


@dataclass(slots=True)
class Difference:
    """What one driver earned on one line with trips of one month, and would have. Trips taken back count in neither."""

    driver: str
    line_id: str
    month: str
    trips: int = 0
    recorded_cents: int = 0
    replayed_cents: int = 0

    @property
    def difference_cents(self) -> int:
        """More (positive) or less than was recorded."""
        return self.replayed_cents - self.recorded_cents


DIFFERENCE_COLUMNS = (
    Column("driver"),
    Column("line_id"),
    Column("month"),
    Column("trips", Kind.INTEGER),
    Column("recorded", Kind.CENTS),
    Column("replayed", Kind.CENTS),
    Column("difference", Kind.CENTS),
)


def difference_rows(differences: Iterable[Difference]) -> Iterator[list[Cell]]:
    """Rows of DIFFERENCE_COLUMNS."""
    for one in differences:
        yield [
            *(one.driver, one.line_id, one.month, one.trips),
            *(one.recorded_cents, one.replayed_cents, one.difference_cents),
        ]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A month as it is in the register: the counters it begins with, the standing entries of before, its own."""

    counters: Mapping[CounterKey, int]
    standing: Iterable[RegisterEntry]
    entries: Callable[[], Iterator[RegisterEntry]]
    """They are read twice."""
    find_grant: Callable[[int], RegisterEntry | None]
    """Of an earlier month."""


def replay_month(month: Recorded, policy: PolicyVersion | None = None) -> list[Difference]:
    """What a month's trips earn by a policy, as if it had always been in force (None: by those they were granted by,
    which must give the same cents). By driver, line and month of the trip.

    Counters go on from where they stood before the month: another policy's own past is not made up.
    """
    book = PolicyBook()
    for entry in month.standing:
        if entry.kind in ("policy", "scale"):
            book.add(entry, from_stored(entry.body))
    for entry in month.entries():
        if entry.kind in ("policy", "scale"):
            book.add(entry, from_stored(entry.body))
    counted = book.counters() | (policy.counters() if policy else frozenset())
    policies = (replace(policy, valid_from=ALWAYS),) if policy else book.policies
    counters = CapCounters(counted, month.counters)
    folded = _Fold(month, counters, is_same=policy is None)
    replayed = {
        trip.trip_id: made.amount_cents
        for trip, made in replay(folded.events(), policies, book.scales, counters)
    }
    return folded.differences(replayed)


class _Fold:
    """The trips of a month in the order of the register, and what was recorded for each."""

    def __init__(self, month: Recorded, counters: CapCounters, is_same: bool) -> None:
        self._month, self._counters, self._is_same = month, counters, is_same
        self._recorded: dict[str, tuple[str, str, str, int]] = {}

    def events(self) -> Iterator[TripFacts | Withdrawn]:
        """What `replay` takes. A grant of an earlier month that is taken back leaves the counters as it went in."""
        for entry in self._month.entries():
            if entry.kind == "grant":
                body = from_stored(entry.body)
                trip = facts_from_plain(body["facts"])
                month = period_of(trip.started_at)
                cents = body["grant"]["amount_cents"]
                self._recorded[trip.trip_id] = (trip.driver, trip.line_id, month, cents)
                yield trip
            elif entry.kind == "policy" and self._is_same:
                new = from_stored(entry.body).get("counters", ())
                self._counters.put({(one["cap"], one["key"]): one["value"] for one in new})
            elif entry.kind == "withdrawal":
                body = from_stored(entry.body)
                if self._recorded.pop(body["trip_id"], None) is not None:
                    yield Withdrawn(body["trip_id"])
                    continue
                granted = self._month.find_grant(body["grant_seq"])
                if granted is None:
                    raise LookupError(f"entry {body['grant_seq']}, which is taken back, is not there")
                before = from_stored(granted.body)
                trip, made = facts_from_plain(before["facts"]), grant_from_plain(before["grant"])
                self._counters.release(trip, made, before["campaign"])

    def differences(self, replayed: Mapping[str, int]) -> list[Difference]:
        """By driver, line and month."""
        found: dict[tuple[str, str, str], Difference] = {}
        for trip_id, (driver, line_id, month, cents) in self._recorded.items():
            one = found.setdefault((driver, line_id, month), Difference(driver, line_id, month))
            one.trips += 1
            one.recorded_cents += cents
            one.replayed_cents += replayed[trip_id]
        return [found[key] for key in sorted(found)]


def replay_archive(path: Path, policy: PolicyVersion | None = None) -> list[Difference]:
    """The same of an archive, which was checked before (`verify_archives`)."""
    with path.open("rb") as file:
        archive = OpenArchive(file)
        begin = read_checkpoint(archive.lines(CHECKPOINT))
        earlier = {
            linked.entry.seq: linked.entry
            for linked in (
                parse(EARLIER, number, line) for number, line in enumerate(archive.lines(EARLIER), 1)
            )
        }

        def entries() -> Iterator[RegisterEntry]:
            for number, line in enumerate(archive.lines(REGISTER), 1):
                yield parse(REGISTER, number, line).entry

        return replay_month(Recorded(begin.counters, earlier.values(), entries, earlier.get), policy)
