"""Closings: what was claimed is granted in the order of trip start and id. docs/decisions/0017 says why so.

A closing works in portions, one transaction each, under the lock "register": whatever is killed in between, the next
call goes on where it stopped. Of two at once, each portion waits for the one before, whoever made it. A closing that
reaches beyond a month's end closes that month before it grants the next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from mobility.accounts.caller import SYSTEM, Caller, Permission
from mobility.acts.close_period import close_period
from mobility.acts.policies import Versions, keep_defaults, versions
from mobility.acts.ports import ActPorts, Progress, UnitOfWork, no_progress
from mobility.acts.record import LOCK, record_all
from mobility.acts.register_ports import SigningKeys
from mobility.acts.subsidy_ports import Claim, Closing, GrantLine
from ticketing.cap_counters import CapCounters, keys_touched
from ticketing.facts import Grant, TripFacts
from ticketing.grant_body import facts_as_written, facts_from_plain, grant_body, grant_from_plain
from ticketing.period import period_end
from ticketing.register import open_period
from ticketing.subsidy import NoPolicyError, find_versions, grant

CLAIMS_AT_ONCE = 1_000
"""How many claims a transaction grants: a third of a second, for which others wait."""


class ClosingError(Exception):
    """A closing cannot begin or go on; the message says why and what to do. What it granted so far is granted."""


@dataclass(frozen=True, slots=True)
class ClosingReport:
    """What a call of `close` did itself."""

    until: dt.datetime
    trips: int
    amount_cents: int
    months: tuple[str, ...]
    """The months it closed, YYYY-MM."""


def close(
    ports: ActPorts,
    keys: SigningKeys,
    caller: Caller,
    until: dt.datetime,
    report: Progress = no_progress,
    claims_at_once: int = CLAIMS_AT_ONCE,
) -> ClosingReport:
    """Grant all that is claimed for trips that started before `until` (aware, not in the future), after what another
    closing may have left. Raises ForbiddenError and ClosingError."""
    caller.require(Permission.GRANT_SUBSIDIES)
    until = until.astimezone(dt.UTC).replace(microsecond=0)
    if until > ports.now():
        raise ClosingError(
            f"until: {until.isoformat()} is in the future: trips that start before it are not known yet"
        )
    trips = cents = 0
    months: list[str] = []
    while True:
        closing, waiting = _begin(ports, until)
        done = 0
        while (step := _take_step(ports, keys, closing.number, claims_at_once)) is not None:
            trips, cents, done = trips + step.trips, cents + step.amount_cents, done + step.trips
            months += step.months
            report(
                f"granting trips until {closing.until:%Y-%m-%d %H:%M} UTC", min(done / max(waiting, 1), 1.0)
            )
        if closing.until >= until:
            return ClosingReport(until, trips, cents, tuple(months))


def _begin(ports: ActPorts, until: dt.datetime) -> tuple[Closing, int]:
    """The closing that is to be worked on, and how many claims wait for it: first one that was left behind or that
    another process is at; else a new one."""
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        keep_defaults(work, ports.now())
        closing = work.subsidies.find_open_closing() or work.subsidies.add_closing(until, ports.now())
        waiting = work.subsidies.count_claims(closing.until)
        work.commit()
    return closing, waiting


def _take_step(ports: ActPorts, keys: SigningKeys, number: int, claims_at_once: int) -> ClosingReport | None:
    """One transaction of a closing: a portion of claims, the end of a month, or the end of the closing. None: it has
    ended."""
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        closing = work.subsidies.find_closing(number)
        if closing is None or closing.ended_at is not None:
            return None
        now = ports.now()
        month = open_period(work.register.head(), now)
        month_ends = period_end(month)
        claims = work.subsidies.next_claims(min(closing.until, month_ends), claims_at_once)
        months: tuple[str, ...] = ()
        cents = 0
        if claims:
            cents = sum(line.amount_cents for line in _grant_portion(work, claims, closing, now))
        elif closing.until >= month_ends:
            close_period(work, keys, month, now, work.subsidies.list_counters())
            months = (month,)
        else:
            work.subsidies.end_closing(number, now)
        work.commit()
    return ClosingReport(closing.until, len(claims), cents, months)


def _grant_portion(
    work: UnitOfWork, claims: Sequence[Claim], closing: Closing, now: dt.datetime
) -> list[GrantLine]:
    known = versions(work)
    plain = [orjson.loads(one.facts) for one in claims]
    made = _grant_in_order(work, known, [facts_as_written(one) for one in plain])
    bodies = [
        ("grant", grant_body(facts, granted, campaign, closing.number))
        for facts, (_, granted, campaign) in zip(plain, made, strict=False)
    ]
    entries = record_all(work, bodies, now)
    lines = [
        GrantLine(
            entry.seq,
            trip.trip_id,
            closing.number,
            trip.driver,
            trip.line_id,
            trip.started_at,
            entry.period,
            granted.amount_cents,
        )
        for entry, (trip, granted, _) in zip(entries, made, strict=True)
    ]
    work.subsidies.add_grants(lines)
    work.subsidies.remove_claims([line.trip_id for line in lines])
    return lines


def _grant_in_order(
    work: UnitOfWork, known: Versions, trips: Sequence[TripFacts]
) -> list[tuple[TripFacts, Grant, str]]:
    """Grants, each with its trip and its campaign, counted in the stored counters. It ends before a trip no policy is
    known for. Raises ClosingError when that is the first."""
    chosen = []
    for trip in trips:
        try:
            chosen.append((trip, *find_versions(trip, known.policies, known.scales)))
        except NoPolicyError as error:
            if not chosen:
                raise ClosingError(str(error)) from error
            break
    counters = known.counters()
    keys = {key for trip, policy, _ in chosen for key in keys_touched(trip, policy.campaign, counters)}
    before = work.subsidies.read_counters(keys)
    counts = CapCounters(counters, before)
    made = []
    for trip, policy, scale in chosen:
        granted = grant(trip, policy, scale, counts)
        counts.count(trip, granted, policy.campaign)
        made.append((trip, granted, policy.campaign))
    after = counts.values()
    work.subsidies.write_counters({key: value for key, value in after.items() if before.get(key) != value})
    return made


def settle(ports: ActPorts, keys: SigningKeys, settle_after: dt.timedelta) -> int:
    """The daily closing: of what started long enough ago that late phones are in. How many trips were granted."""
    return close(ports, keys, SYSTEM, ports.now() - settle_after).trips


@dataclass(frozen=True, slots=True)
class DriversGrants:
    """What a driver was granted, and what the trips that wait would be granted if they were all there was: an estimate,
    as trips by others and late ones may still come before them."""

    granted: tuple[tuple[GrantLine, TripFacts, Grant], ...]
    estimated: tuple[tuple[TripFacts, Grant], ...]


def list_drivers_grants(ports: ActPorts, caller: Caller, period: str = "") -> DriversGrants:
    """The caller's own grants, of one month or ("") all."""
    with ports.unit_of_work(read_only=True) as work:
        me = work.accounts.find_person(caller.person)
        return DriversGrants((), ()) if me is None else _grants_of(work, me.pseudonym, period)


def list_grants_of(ports: ActPorts, caller: Caller, driver: str, period: str = "") -> DriversGrants:
    """The grants of a driver by pseudonym, of one month or ("") all. Raises ForbiddenError."""
    caller.require(Permission.READ_AUDIT)
    with ports.unit_of_work(read_only=True) as work:
        return _grants_of(work, driver, period)


def _grants_of(work: UnitOfWork, driver: str, period: str) -> DriversGrants:
    lines = work.subsidies.list_grants(driver, period)
    waiting = [facts_from_plain(orjson.loads(one.facts)) for one in work.subsidies.list_claims(driver)]
    granted = tuple((line, *_recorded(work, line)) for line in lines)
    return DriversGrants(granted, tuple(estimate(work, waiting)))


def estimate(work: UnitOfWork, trips: Sequence[TripFacts]) -> list[tuple[TripFacts, Grant]]:
    """What trips would be granted now, in their order, if nothing else came before them."""
    known = versions(work)
    counters = known.counters()
    counts: CapCounters | None = None
    made = []
    for trip in sorted(trips, key=lambda one: (one.started_at, one.trip_id)):
        try:
            policy, scale = find_versions(trip, known.policies, known.scales)
        except NoPolicyError:
            continue
        if counts is None:
            campaigns = {one.campaign for one in known.policies}
            keys = {
                key
                for one in trips
                for campaign in campaigns
                for key in keys_touched(one, campaign, counters)
            }
            counts = CapCounters(counters, work.subsidies.read_counters(keys))
        granted = grant(trip, policy, scale, counts)
        counts.count(trip, granted, policy.campaign)
        made.append((trip, granted))
    return made


def _recorded(work: UnitOfWork, line: GrantLine) -> tuple[TripFacts, Grant]:
    entry = work.register.find_entry(line.seq)
    assert entry is not None, f"grant {line.seq} has no entry in the register"
    body = orjson.loads(entry.body)
    return facts_from_plain(body["facts"]), grant_from_plain(body["grant"])
