"""The rules of riding over HTTP: everybody reads them, they begin tomorrow or later."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from mobility.accounts.caller import SYSTEM
from mobility.acts.on_demand.rules import put_rules
from on_demand.ride_rules import default_rules
from tests.mobility.on_demand.conftest import NOW, Server


def test_rules_are_read_by_everybody_and_changed_by_operators(server: Server) -> None:
    (first,) = server.ask("GET", "/rules").json()
    assert first.pop("validFrom") == "0001-01-01"
    assert (first["holdS"], first["freeCancelS"]) == (600, 3600)
    assert first["ladder"][0] == {"faults": 1, "suspendedDays": 0}
    tomorrow = (NOW.date() + dt.timedelta(days=1)).isoformat()
    assert server.ask("PUT", f"/rules/{tomorrow}", "vera", first).status_code == 403
    assert server.ask("PUT", f"/rules/{tomorrow}", "", first).status_code == 401
    strict = replace(default_rules(), valid_from=tomorrow, hold_s=60)
    put_rules(server.services.acts, SYSTEM, strict)
    assert [one["holdS"] for one in server.ask("GET", "/rules").json()] == [600, 60]
