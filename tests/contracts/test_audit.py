"""The audit on both databases: what the application granted is exported, checked without it, and read with a note."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts.audit import entries, envelopes, months
from mobility.acts.audit.archive import export_archive
from mobility.acts.audit.ports import AuditError, AuditPorts, UnknownAuditError, list_reads
from mobility.acts.audit.tables import Table, write_audit_table
from mobility.acts.claim_subsidy import claim, withdraw
from mobility.acts.grant_subsidy import close
from mobility.acts.ports import ActPorts
from mobility.storage.key_files import KeyFolder
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.unit_of_work import units_of_work
from tests.ticketing.months import person, random_trip
from ticketing.audit_archive.replay import replay_archive
from ticketing.audit_archive.verify import verify_archives
from ticketing.facts import TripFacts
from ticketing.journey_rows import Commune
from ticketing.table_files import Format

AUDITOR = Caller("auditor-1", frozenset((Role.AUDITOR,)))
ADMINISTRATOR = Caller("admin-1", frozenset((Role.ADMINISTRATOR,)))


class _Clock:
    at = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.at


class Application:
    """What of the application the audit looks at, for real, with a clock that is set."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        numbers = itertools.count()
        self.clock, self.keys = _Clock(), RegisterKeys(KeyFolder(folder / "keys"))
        self.begin = units_of_work(engine)
        self.acts = ActPorts(self.begin, self.clock, lambda: f"{next(numbers):032x}")
        self.ports = AuditPorts(self.acts, "BFC", lambda: {"89387": Commune("Sens", "CA")})

    def live(self, month: str, trips: list[TripFacts]) -> None:
        """Trips are proven; the month is granted and closed."""
        with self.begin() as work:
            for trip in trips:
                claim(work, trip, trip.ended_at)
            work.commit()
        year, number = int(month[:4]), int(month[5:])
        self.clock.at = dt.datetime(year, number + 1, 3, 6, tzinfo=dt.UTC)
        until = dt.datetime(year, number + 1, 1, tzinfo=dt.UTC)
        close(self.acts, self.keys, SYSTEM, until, claims_at_once=7)

    def take_back(self, trip_id: str) -> None:
        """A granted trip is cancelled."""
        with self.begin() as work:
            withdraw(work, trip_id, "it was a bus", self.clock())
            work.commit()


@pytest.fixture
def application(engine: Engine, tmp_path: Path) -> Application:
    made, rng = Application(engine, tmp_path), random.Random(3)
    months_of_trips = {
        month: [random_trip(rng, 100 * n + k, month) for k in range(20)]
        for n, month in enumerate(("2026-09", "2026-10"))
    }
    made.clock.at = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    envelopes.fund_envelope(made.ports, ADMINISTRATOR, "bfc-carpool-lines", 50_000, "2026-17")
    made.live("2026-09", months_of_trips["2026-09"])
    made.take_back(months_of_trips["2026-09"][3].trip_id)
    late = random_trip(rng, 999, "2026-09")
    made.live("2026-10", [*months_of_trips["2026-10"], late])
    return made


def test_what_was_granted_is_exported_and_holds_without_the_database(
    application: Application, tmp_path: Path
) -> None:
    paths = []
    for month in ("2026-09", "2026-10"):
        export_archive(application.ports, AUDITOR, month, tmp_path / month)
        paths.append(tmp_path / month)
    fingerprint = entries.list_keys(application.ports)[0].fingerprint
    reports = verify_archives(paths, fingerprint)
    assert [report.wrong for report in reports] == [None, None]
    assert not reports[1].not_checked
    assert all(report.is_trusted for report in reports)
    for path in paths:
        assert all(one.difference_cents == 0 for one in replay_archive(path))
    again = tmp_path / "again"
    export_archive(application.ports, AUDITOR, "2026-10", again)
    assert again.read_bytes() == paths[1].read_bytes()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_statement_is_what_the_ledger_says(application: Application) -> None:
    statement = months.read_statement(application.ports, AUDITOR, "2026-10")
    with application.begin(read_only=True) as work:
        balances = dict(work.ledger.list_balances("driver:"))
    assert statement.balances() == balances
    assert all(month.holds for month in statement.drivers.values())
    earlier = months.read_statement(application.ports, AUDITOR, "2026-09")
    assert {one.driver: one.closing_cents for one in earlier.drivers.values()} == {
        one.driver: one.opening_cents for one in statement.drivers.values()
    }
    assert statement.totals()["trips"] == 20  # and one late, less one taken back


def test_only_closed_months_have_an_archive(application: Application, tmp_path: Path) -> None:
    with application.begin() as work:
        claim(work, random_trip(random.Random(9), 5, "2026-11"), application.clock())
        work.commit()
    close(application.acts, application.keys, SYSTEM, application.clock())
    with pytest.raises((AuditError, UnknownAuditError)):
        export_archive(application.ports, AUDITOR, "2026-11", tmp_path / "a")
    with pytest.raises(UnknownAuditError, match="nothing in 2020-01"):
        export_archive(application.ports, AUDITOR, "2020-01", tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_every_read_is_noted(application: Application, tmp_path: Path) -> None:
    months.list_months(application.ports, AUDITOR)
    entries.list_grants(application.ports, AUDITOR, "2026-09", driver=person(1))
    write_audit_table(application.ports, AUDITOR, "2026-09", Table.JOURNEYS, Format.CSV, tmp_path / "a.csv")
    list(entries.stream_register(application.ports, AUDITOR, "2026-09"))
    reads = [read for _, read in list_reads(application.ports, AUDITOR)]
    assert [read.what for read in reads] == [
        "months",
        f"grants of 2026-09 {person(1)}",
        "table journeys of 2026-09 as csv",
        "register of 2026-09, as a stream",
        "the log of reads",
    ]
    assert {read.person for read in reads} == {"auditor-1"}


def test_grants_come_with_all_that_led_to_them(application: Application) -> None:
    found = entries.list_grants(application.ports, AUDITOR, "2026-10", limit=5)
    assert len(found) == 5
    assert found[0].body["grant"]["steps"]
    more = entries.list_grants(application.ports, AUDITOR, "2026-10", after_seq=found[-1].entry.seq)
    assert len(found) + len(more) == 21
    of_one = entries.list_grants(application.ports, AUDITOR, "2026-10", driver=person(2), limit=1000)
    assert {one.body["facts"]["driver"] for one in of_one} == {person(2)}
    of_line = entries.list_grants(application.ports, AUDITOR, "2026-10", line_id="alesia", limit=1000)
    assert {one.body["facts"]["line_id"] for one in of_line} == {"alesia"}
    trip_id = found[0].body["facts"]["trip_id"]
    (alone,) = entries.find_trip_entries(application.ports, AUDITOR, trip_id)
    assert alone.entry == found[0].entry
    with pytest.raises(UnknownAuditError):
        entries.find_trip_entries(application.ports, AUDITOR, "nothing")


def test_the_register_as_a_stream_is_that_of_the_archive(application: Application, tmp_path: Path) -> None:
    export_archive(application.ports, AUDITOR, "2026-10", tmp_path / "a.zip")
    streamed = b"".join(entries.stream_register(application.ports, AUDITOR, "2026-10"))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("register.jsonl") == streamed


def test_envelopes_say_what_is_used_and_how_long_it_lasts(application: Application) -> None:
    (found,) = envelopes.list_envelopes(application.ports, AUDITOR)
    with application.begin(read_only=True) as work:
        used = work.ledger.balance("subsidy:bfc-carpool-lines")
    assert (found.budget_cents, found.used_cents) == (50_000, used)
    assert found.forecast is not None
    assert found.forecast.days_seen > 40
    envelopes.fund_envelope(application.ports, ADMINISTRATOR, "bfc-carpool-lines", 50_000, "2026-17")
    (again,) = envelopes.list_envelopes(application.ports, AUDITOR, "bfc-carpool-lines")
    assert again.budget_cents == 50_000, "one decision counts once"
    with pytest.raises(UnknownAuditError):
        envelopes.list_envelopes(application.ports, AUDITOR, "another")


def test_a_changed_row_of_the_database_is_not_exported(
    application: Application, engine: Engine, tmp_path: Path
) -> None:
    """Somebody with the database's superuser changes a grant: the export says where it does not follow any more."""
    with application.begin(read_only=True) as work:
        grant = next(work.register.list_entries(kinds=("grant",)))
    body = json.loads(grant.body)
    body["grant"]["amount_cents"] += 100
    changed = json.dumps(body, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            names = connection.execute(
                text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            ).scalars()
            for name in list(names):
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("ALTER TABLE register_entry DISABLE TRIGGER ALL"))
        connection.execute(
            text("UPDATE register_entry SET body = :body WHERE seq = :seq"),
            {"body": changed, "seq": grant.seq},
        )
    with pytest.raises(Exception, match=f"entry {grant.seq} "):
        export_archive(application.ports, AUDITOR, "2026-09", tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.AUDITOR])
def test_who_may_not_read_learns_nothing(application: Application, tmp_path: Path, role: Role) -> None:
    caller = Caller("x", frozenset((role,)))
    ports = application.ports
    for call in (
        lambda: months.list_months(ports, caller),
        lambda: months.read_statement(ports, caller, "2020-01"),
        lambda: export_archive(ports, caller, "2020-01", tmp_path / "a"),
        lambda: entries.list_grants(ports, caller, "2020-01"),
        lambda: entries.list_entries(ports, caller, "2020-01"),
        lambda: entries.list_decided(ports, caller, "2020-01"),
        lambda: entries.find_trip_entries(ports, caller, "x"),
        lambda: entries.stream_register(ports, caller, "2020-01"),
        lambda: envelopes.list_envelopes(ports, caller),
        lambda: write_audit_table(ports, caller, "2020-01", Table.LINES, Format.CSV, tmp_path / "a"),
        lambda: list_reads(ports, caller),
    ):
        with pytest.raises(ForbiddenError):
            call()
    if role is not Role.ADMINISTRATOR:
        with pytest.raises(ForbiddenError):
            envelopes.fund_envelope(ports, caller, "c", 1, "x")
    with ports.acts.unit_of_work(read_only=True) as work:
        assert list(work.access_log.list_reads()) == []


def test_a_late_trip_is_accounted_in_the_open_month(application: Application) -> None:
    found = entries.list_grants(application.ports, AUDITOR, "2026-10", limit=1000)
    late = [one for one in found if one.body["facts"]["started_at"] < "2026-10"]
    assert len(late) == 1
    assert late[0].entry.period == "2026-10"
