"""The page for inspectors: a picture of a code, taken by the telephone's camera, and the answer in large words.

It works without JavaScript. Each check is noted as a scan of the inspector's, once however often the form is sent.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from mobility.accounts.caller import Caller, Permission
from mobility.acts.sales.inspect import inspect_online
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.pages.frame import PageSet
from mobility.pages.inspection_wording import INSPECTION_WORDS
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.wording import Wording
from ticketing.tickets.answer import Answer
from ticketing.tickets.answer_document import answer_document
from ticketing.tickets.code import CodeError
from ticketing.tickets.inspection import Here, unreadable
from ticketing.tickets.picture import read_content

HERE = "/inspection"
TEXT_MAX = 120
CODES_MAX = 5
"""In one picture."""

_PAGES = PageSet(INSPECTION_WORDS)
_words, _page = _PAGES.words, _PAGES.page


@dataclass(frozen=True, slots=True)
class Place:
    """Where the inspector is: kept in the form from one ticket to the next."""

    network: str = ""
    zone: str = ""
    stop: str = ""
    vehicle: str = ""


def inspection_pages(ports: TicketPorts, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)

    def show(
        request: Request,
        caller: Caller,
        place: Place,
        answers: list[Answer],
        error: str = "",
        status: int = 200,
    ) -> Response:
        words = _words(request)
        may_inspect = caller.may(Permission.INSPECT_TICKETS)
        if not may_inspect:
            error, status = words("not_allowed"), 403
        shown: dict[str, Any] = {
            "answers": [_shown(answer, words) for answer in answers],
            "place": place,
            "may_inspect": may_inspect,
            "scan": secrets.token_hex(8),
            "errors": {"picture": error} if error else {},
        }
        return _page(request, sessions, "inspection.html", words("inspection"), status, **shown)

    @router.get(HERE)
    def ask(request: Request) -> Response:
        caller = sessions.caller(request)
        return sessions.ask_to_sign_in(request) if caller is None else show(request, caller, Place(), [])

    @router.post(HERE)
    def check(
        request: Request,
        picture: Annotated[UploadFile | None, File()] = None,
        code: Annotated[str, Form()] = "",
        network: Annotated[str, Form()] = "",
        zone: Annotated[str, Form()] = "",
        stop: Annotated[str, Form()] = "",
        vehicle: Annotated[str, Form()] = "",
        scan: Annotated[str, Form()] = "",
        form_token: Annotated[str, Form()] = "",
    ) -> Response:
        caller, words = sessions.caller(request), _words(request)
        if caller is None:
            return sessions.ask_to_sign_in(request)
        place = Place(*(_typed(one) for one in (network, zone, stop, vehicle)))
        if not caller.may(Permission.INSPECT_TICKETS):
            return show(request, caller, place, [])
        try:
            sessions.check_form(request, form_token)
        except FormExpiredError:
            return show(request, caller, place, [], words("form_expired"), 422)
        content = (picture.file.read() if picture is not None else b"") or code.strip().encode()
        if not content:
            return show(request, caller, place, [], words("nothing_sent"), 422)
        return show(request, caller, place, _answers(ports, caller, content, place, _typed(scan)))

    return router


def _answers(ports: TicketPorts, caller: Caller, content: bytes, place: Place, scan: str) -> list[Answer]:
    device = f"page-{caller.person}"[:64]
    here = Here(
        int(ports.acts.now().timestamp()), place.network, place.zone, place.stop, place.vehicle, device
    )
    try:
        codes = read_content(content)[:CODES_MAX]
    except CodeError as error:
        return [unreadable(str(error), here)]
    return inspect_online(ports, caller, codes, here, scan)


def _shown(answer: Answer, words: Wording) -> dict[str, Any]:
    is_french = words.language == "fr"
    ticket = answer_document(answer)["ticket"]
    rights = []
    for right in ticket["rights"] if ticket else ():
        parts = [right["network"] or words("everywhere")]
        if right["fromStop"]:
            parts.append(f"{right['fromStop']} → {right['toStop']}")
        if right["zones"]:
            parts.append(words("zones", zones=", ".join(right["zones"])))
        rights.append(", ".join(parts))
    return {
        "colour": answer.colour.value,
        "words": answer.french if is_french else answer.english,
        "notes": [french if is_french else english for french, english in answer.notes],
        "ticket": ticket,
        "rights": rights,
    }


def _typed(text: str) -> str:
    """What somebody typed, without what no name has (databases keep no null characters)."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:TEXT_MAX]
