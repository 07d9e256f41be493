"""Policies and scales of costs: published once, in the register with all they say, never altered, in force by day.

Until something is published, the Region's own policy and the scale of the year hold (`ticketing/policies`); the first
closing or publication puts them in the register.
"""

from __future__ import annotations

import datetime as dt
import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from ground.paris import PARIS
from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.record import LOCK, record
from mobility.acts.subsidy_ports import POLICY, SCALE, PublishedVersion
from ticketing.cap_counters import CounterKey, changes_of
from ticketing.cost_scale import CostScale, default_scale, read_scale
from ticketing.grant_body import facts_from_plain, grant_from_plain
from ticketing.subsidy_policy import Counter, PolicyVersion, default_policy, read_policy


class PublicationError(Exception):
    """A version cannot be published, or is not known; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Versions:
    """All policies and scales there are, each by `valid_from`: what `ticketing.subsidy.find_versions` chooses from."""

    policies: tuple[PolicyVersion, ...]
    scales: tuple[CostScale, ...]

    def counters(self) -> frozenset[Counter]:
        """What is counted: all that any of the policies asks for."""
        return frozenset().union(*(policy.counters() for policy in self.policies))


@dataclass(frozen=True, slots=True)
class ShownPolicy:
    """A policy with where it stands. `published_at` is None for the default that nobody published yet."""

    policy: PolicyVersion
    published_at: dt.datetime | None
    in_force: bool


def versions(work: UnitOfWork) -> Versions:
    """The published versions; of what nothing is published yet, the default."""
    policies = work.subsidies.list_versions(POLICY)
    scales = work.subsidies.list_versions(SCALE)
    return Versions(
        tuple(_policy(one.content) for one in policies) or (default_policy(),),
        tuple(_scale(one.content) for one in scales) or (default_scale(),),
    )


def list_policies(ports: ActPorts) -> list[ShownPolicy]:
    """All policies in the order in which they come into force; the one of today is marked. Anybody may ask."""
    with ports.unit_of_work(read_only=True) as work:
        published = {one.hash: one.published_at for one in work.subsidies.list_versions(POLICY)}
        policies = versions(work).policies
    today = ports.now().astimezone(PARIS).date().isoformat()
    begun = [policy for policy in policies if policy.valid_from <= today]
    return [
        ShownPolicy(policy, published.get(policy.hash), bool(begun) and policy is begun[-1])
        for policy in policies
    ]


def find_policy(ports: ActPorts, hash_start: str = "") -> PolicyVersion:
    """The policy whose hash begins so ("": the one in force today). Raises PublicationError."""
    shown = list_policies(ports)
    found = [
        one.policy
        for one in shown
        if (one.policy.hash.startswith(hash_start) if hash_start else one.in_force)
    ]
    if len(found) != 1:
        known = ", ".join(one.policy.hash[:12] for one in shown)
        which = f"whose hash begins with {hash_start!r}" if hash_start else "in force today"
        raise PublicationError(f"there is not one policy {which} but {len(found)}; there is: {known}")
    return found[0]


def publish_policy(ports: ActPorts, caller: Caller, written: Any) -> PublishedVersion:
    """Publish a policy, given as plain data. Raises ForbiddenError, PolicyError, and PublicationError unless it begins
    after all that is closed."""
    caller.require(Permission.MANAGE_POLICIES)
    policy = read_policy(written)
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        keep_defaults(work, ports.now())
        before = versions(work).counters()
        _check(work, POLICY, policy.hash, policy.valid_from)
        # Counters nobody asked for so far start where counting from scratch has them. They stand in the entry, so that
        # whoever checks the register from here on knows where they start.
        counters = _count_again(work, policy.counters() - before)
        published = _publish(work, POLICY, policy, ports.now(), counters)
        work.commit()
    return published


def publish_scale(ports: ActPorts, caller: Caller, written: Any) -> PublishedVersion:
    """Publish a scale of costs; the same conditions hold."""
    caller.require(Permission.MANAGE_POLICIES)
    scale = read_scale(written)
    with ports.unit_of_work() as work:
        work.lock(LOCK)
        keep_defaults(work, ports.now())
        _check(work, SCALE, scale.hash, scale.valid_from)
        published = _publish(work, SCALE, scale, ports.now(), {})
        work.commit()
    return published


def keep_defaults(work: UnitOfWork, at: dt.datetime) -> None:
    """Where nothing is published yet, publish the defaults. The caller holds the lock "register"."""
    if not work.subsidies.list_versions(SCALE):
        _publish(work, SCALE, default_scale(), at, {})
    if not work.subsidies.list_versions(POLICY):
        _publish(work, POLICY, default_policy(), at, {})


def diff_policies(old: PolicyVersion, new: PolicyVersion) -> list[str]:
    """What a policy has otherwise than another, as the lines of a unified diff."""
    texts = [
        json.dumps(json.loads(one.canonical), indent=2, ensure_ascii=False).splitlines() for one in (old, new)
    ]
    return list(difflib.unified_diff(texts[0], texts[1], old.hash[:12], new.hash[:12], lineterm="", n=2))


def _check(work: UnitOfWork, kind: str, content_hash: str, valid_from: str) -> None:
    published = work.subsidies.list_versions(kind)
    if any(one.hash == content_hash for one in published):
        raise PublicationError(f"this {kind} is published already: {content_hash}")
    if published and valid_from < published[0].valid_from:
        return  # for days nothing could be granted on
    closed = work.subsidies.closed_until()
    begins = dt.datetime.combine(dt.date.fromisoformat(valid_from), dt.time(), PARIS)
    if closed is not None and begins < closed:
        local = closed.astimezone(PARIS)
        midnight = local.date() + dt.timedelta(days=1 if local.time() != dt.time() else 0)
        raise PublicationError(
            f"valid_from: {valid_from} is too early: trips until {local:%Y-%m-%d %H:%M} (Europe/Paris) are granted "
            f"or being granted, and stay so; this {kind} can begin on {midnight} at the earliest"
        )


def _publish(
    work: UnitOfWork,
    kind: str,
    version: PolicyVersion | CostScale,
    at: dt.datetime,
    counters: dict[CounterKey, int],
) -> PublishedVersion:
    body = {"hash": version.hash, kind: orjson.loads(version.canonical)}
    if kind == POLICY:
        body["counters"] = [
            {"cap": cap, "key": key, "value": value} for (cap, key), value in sorted(counters.items())
        ]
        work.subsidies.write_counters(counters)
    entry = record(work, kind, body, at)
    published = PublishedVersion(
        version.hash, kind, version.valid_from, version.canonical, entry.at, entry.seq
    )
    work.subsidies.add_version(published)
    return published


def _count_again(work: UnitOfWork, counters: Sequence[Counter] | frozenset[Counter]) -> dict[CounterKey, int]:
    """Where counters stand, counted from all grants that were not taken back."""
    values: dict[CounterKey, int] = {}
    standing = work.subsidies.stream_granted() if counters else iter(())
    seq = next(standing, None)
    for entry in work.register.list_entries(seq, kinds=("grant",)) if seq is not None else ():
        if entry.seq == seq:
            body = orjson.loads(entry.body)
            trip, made = facts_from_plain(body["facts"]), grant_from_plain(body["grant"])
            for key, step in changes_of(trip, made, body["campaign"], counters):
                values[key] = values.get(key, 0) + step
            seq = next(standing, None)
    return values


@lru_cache(maxsize=256)
def _policy(content: bytes) -> PolicyVersion:
    return read_policy(orjson.loads(content))


@lru_cache(maxsize=256)
def _scale(content: bytes) -> CostScale:
    return read_scale(orjson.loads(content))
