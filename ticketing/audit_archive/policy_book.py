"""The policies and scales of costs that were published, and which of them a trip is granted by."""

from __future__ import annotations

from typing import Any

from ticketing.cost_scale import CostScale, read_scale
from ticketing.entry import RegisterEntry
from ticketing.facts import Grant, TripFacts
from ticketing.policy_fields import PolicyError
from ticketing.subsidy import NoPolicyError, find_versions
from ticketing.subsidy_policy import Counter, PolicyVersion, read_policy


class PolicyBook:
    """Versions as they were published, in the order of the register."""

    def __init__(self) -> None:
        self._policies: list[PolicyVersion] = []
        self._scales: list[CostScale] = []

    def add(self, entry: RegisterEntry, body: dict[str, Any]) -> None:
        """A version was published. Raises NoPolicyError when it cannot be read, or is not what its hash says."""
        try:
            if entry.kind == "policy":
                version = read_policy(body["policy"])
                self._policies = sorted([*self._policies, version], key=lambda one: one.valid_from)
                said = version.hash
            else:
                scale = read_scale(body["scale"])
                self._scales = sorted([*self._scales, scale], key=lambda one: one.valid_from)
                said = scale.hash
        except PolicyError as error:
            raise NoPolicyError(f"the {entry.kind} of entry {entry.seq} cannot be read: {error}") from error
        if body["hash"] != said:
            raise NoPolicyError(f"the {entry.kind} of entry {entry.seq} is not what its hash says")

    def counters(self) -> frozenset[Counter]:
        """All that any of the policies counts."""
        return frozenset(counter for policy in self._policies for counter in policy.counters())

    def versions_for(self, trip: TripFacts, recorded: Grant) -> tuple[PolicyVersion, CostScale]:
        """What was in force when a trip started; it must be what its grant names. Raises NoPolicyError."""
        policy, scale = find_versions(trip, self._policies, self._scales)
        if recorded.policy != policy.hash or recorded.scale != scale.hash:
            raise NoPolicyError(
                f"it is granted by policy {recorded.policy[:12]} and scale {recorded.scale[:12]}; in force when the "
                f"trip started were {policy.hash[:12]} and {scale.hash[:12]}"
            )
        return policy, scale

    @property
    def policies(self) -> tuple[PolicyVersion, ...]:
        """The policies by `valid_from`."""
        return tuple(self._policies)

    @property
    def scales(self) -> tuple[CostScale, ...]:
        """The scales by `valid_from`."""
        return tuple(self._scales)
