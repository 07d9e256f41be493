"""Who asks, and what they may do. Every door hands an act a `Caller`; the act asks it for the permission it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here; one account may have several."""

    TRAVELLER = "traveller"
    DRIVER = "driver"
    """Of one's own car: carpooling."""
    VEHICLE_DRIVER = "vehicle-driver"
    """Of an operator's vehicle, on demand-responsive services."""
    AGENT = "agent"
    """At the telephone of a demand-responsive service."""
    INSPECTOR = "inspector"
    """Checks tickets aboard and at gates."""
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    PARTNER = "partner"
    """A system of somebody else's, known by an API key."""


class Permission(StrEnum):
    """What can be done. Own things (one's bookings, rides, trips, data) need no more than being the one they belong to,
    which the act checks by `Caller.person`."""

    BOOK_SEATS = "book seats"
    PUBLISH_RIDES = "publish rides"
    LOG_TRIPS = "log trips"
    MANAGE_LINES = "manage lines"
    """Lines, stops, fares, bookings of others."""
    DECIDE_TRIPS = "decide trips"
    """The queue of suspicions."""
    MANAGE_POLICIES = "manage policies"
    GRANT_SUBSIDIES = "grant subsidies"
    PAY_OUT = "pay out"
    READ_AUDIT = "read audit"
    """Statements, derivations, register, exports: pseudonymous."""
    MANAGE_ACCOUNTS = "manage accounts"
    SEARCH_RIDES = "search rides"
    """As a partner system (standard covoiturage)."""
    BOOK_FOR_OTHERS = "book for others"
    """As a partner system."""
    MANAGE_ON_DEMAND = "manage on-demand services"
    """Services, vehicles, shifts, the day's tours, breakdowns."""
    BOOK_ON_DEMAND_FOR_OTHERS = "book on-demand rides for others"
    """For who calls: book, find by telephone number, change, cancel."""
    DRIVE_ON_DEMAND = "drive on-demand vehicles"
    """The manifests of one's own shifts: who is where, aboard, done, not there."""

    BUY_TICKETS = "buy tickets"
    SELL_TICKETS = "sell tickets"
    """For cash, at a counter, on the phone or aboard; for others."""
    INSPECT_TICKETS = "inspect tickets"
    """Read what tickets say and which are revoked, upload scans."""
    MANAGE_SALES = "manage sales"
    """Orders of others, refunds beyond the rules, the day's closing."""
    MANAGE_TARIFFS = "manage tariffs"


GRANTED: dict[Role, frozenset[Permission]] = {
    Role.TRAVELLER: frozenset((Permission.BOOK_SEATS, Permission.LOG_TRIPS, Permission.BUY_TICKETS)),
    Role.DRIVER: frozenset((Permission.PUBLISH_RIDES, Permission.LOG_TRIPS)),
    Role.VEHICLE_DRIVER: frozenset(
        (Permission.DRIVE_ON_DEMAND, Permission.SELL_TICKETS, Permission.INSPECT_TICKETS)
    ),
    Role.AGENT: frozenset((Permission.BOOK_ON_DEMAND_FOR_OTHERS, Permission.SELL_TICKETS)),
    Role.INSPECTOR: frozenset((Permission.INSPECT_TICKETS,)),
    Role.OPERATOR: frozenset(
        (
            Permission.MANAGE_LINES,
            Permission.DECIDE_TRIPS,
            Permission.GRANT_SUBSIDIES,
            Permission.PAY_OUT,
            Permission.MANAGE_ON_DEMAND,
            Permission.BOOK_ON_DEMAND_FOR_OTHERS,
            Permission.SELL_TICKETS,
            Permission.INSPECT_TICKETS,
            Permission.MANAGE_SALES,
        )
    ),
    Role.AUDITOR: frozenset((Permission.READ_AUDIT,)),
    Role.ADMINISTRATOR: frozenset(
        (Permission.MANAGE_ACCOUNTS, Permission.MANAGE_POLICIES, Permission.MANAGE_TARIFFS)
    ),
    Role.PARTNER: frozenset((Permission.SEARCH_RIDES, Permission.BOOK_FOR_OTHERS)),
}
"""Who may do what. Those who decide about money do not make its rules, and those who audit it move none."""


class ForbiddenError(Exception):
    """The caller may not do that; the message names the permission, never what it was about."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `person` is the account's id; of a partner system, the key's."""

    person: str
    roles: frozenset[Role] = field(default_factory=frozenset)
    operator: str = ""
    """Of a partner system: its domain name, as standard covoiturage names operators."""
    session: str = ""
    """The sign-in this request belongs to; "" of a partner system."""

    def may(self, permission: Permission) -> bool:
        """Whether one of the roles grants it."""
        return any(permission in GRANTED[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raises ForbiddenError unless one of the roles grants it."""
        if not self.may(permission):
            raise ForbiddenError(f"this needs the permission to {permission.value}")

    def require_self_or(self, person: str, permission: Permission) -> None:
        """Raises ForbiddenError unless it is about the caller, or one of the roles grants it."""
        if self.person != person:
            self.require(permission)


SYSTEM = Caller("system", frozenset(Role))
"""The application itself: its jobs, and whoever has a shell on its machine."""
