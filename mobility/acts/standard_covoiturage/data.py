"""What other platforms wrote to our people: read by those it is for, exported to them, and erased with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mobility.accounts.caller import Caller
from mobility.acts.accounts.ports import Obstacle
from mobility.acts.ports import ActPorts, UnitOfWork
from mobility.acts.standard_covoiturage.ports import PartnerMessage


def list_messages(ports: ActPorts, caller: Caller) -> list[PartnerMessage]:
    """The caller's messages, the newest first."""
    with ports.unit_of_work(read_only=True) as work:
        return work.standard.list_messages(caller.person)


class PartnerMessages:
    """Fills `PersonalData`."""

    @property
    def section(self) -> str:
        return "partner_messages"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        return [
            {"at": one.at.isoformat(), "from": one.sender, "operator": one.operator, "text": one.text}
            for one in work.standard.list_messages(person_id)
        ]

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> Sequence[Obstacle]:
        return ()

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        work.standard.erase_person(person_id)
