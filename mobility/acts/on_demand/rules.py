"""The rules of riding on demand, by the day they begin."""

from __future__ import annotations

import datetime as dt

from mobility.accounts.caller import Caller, Permission
from mobility.acts.ports import ActPorts
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.ride_rules import RideRules, check_rules, default_rules


def list_rules(ports: ActPorts) -> list[RideRules]:
    """All versions, by the day they begin; the first are those where there are no others. Anybody may read them."""
    with ports.unit_of_work(read_only=True) as work:
        return [default_rules(), *work.on_demand.list_rules()]


def put_rules(ports: ActPorts, caller: Caller, rules: RideRules) -> None:
    """Add a version, valid from a day to come: what was counted stays counted. Raises ForbiddenError and
    OnDemandRefusedError."""
    caller.require(Permission.MANAGE_ON_DEMAND)
    check_rules(rules)
    today = ports.now().date()
    if dt.date.fromisoformat(rules.valid_from) <= today:
        raise OnDemandRefusedError(
            Reason.TOO_LATE,
            f"Les règles changent au plus tôt le {today + dt.timedelta(days=1)}.",
            f"Rules change on {today + dt.timedelta(days=1)} at the earliest.",
            "validFrom",
        )
    with ports.unit_of_work() as work:
        work.lock("on-demand rules")
        work.on_demand.put_rules(rules)
        work.commit()
