"""`/v1/me/messages`: what people on other platforms wrote to whoever is signed in."""

from __future__ import annotations

import datetime as dt

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from mobility.accounts.caller import Caller
from mobility.acts.ports import ActPorts
from mobility.acts.standard_covoiturage.data import list_messages
from mobility.http.who import Who, people_only


class PartnerMessage(BaseModel):
    """One message; `sender` as the other platform shows them, with its domain name."""

    id: str
    at: dt.datetime
    sender: str
    operator: str
    ride_id: str
    booking_id: str
    text: str


def messages_router(ports: ActPorts, who: Who) -> APIRouter:
    """The messages of the caller."""
    router = APIRouter(tags=["carpool"])
    person = people_only(who)

    @router.get("/v1/me/messages", summary="What people on other platforms wrote to me")
    def show(caller: Caller = Depends(person)) -> list[PartnerMessage]:
        return [
            PartnerMessage(
                id=one.id,
                at=one.at,
                sender=one.sender,
                operator=one.operator,
                ride_id=one.ride_id,
                booking_id=one.booking_id,
                text=one.text,
            )
            for one in list_messages(ports, caller)
        ]

    return router
