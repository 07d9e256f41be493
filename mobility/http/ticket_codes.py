"""`/v1/tickets/{ref}/code…`: the codes of one's tickets, as text, pictures and paper."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from mobility.accounts.caller import Caller
from mobility.acts.sales.ticket_codes import ShownCode, bind, live_code, paper_code, paper_sheet, uic_code
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.http.inspection_schemas import CodeAnswered, DeviceAsked
from mobility.http.who import Who
from ticketing.tickets import qr
from ticketing.tickets.dosipas.aztec import aztec_png, aztec_svg

PREFIX = "/v1/tickets"
Ref = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="A ticket.")]
Live = Annotated[bool, Query(description="What a telephone shows now; else what is printed.")]
NOT_KEPT = {"Cache-Control": "no-store"}


def ticket_codes_router(ports: TicketPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["tickets"])

    def shown(caller: Caller, ref: str, live: bool) -> ShownCode:
        return (live_code if live else paper_code)(ports, caller, ref)

    @router.get("/{ref}/code", summary="The code of a ticket, as text")
    def code(ref: Ref, response: Response, caller: Caller = Depends(who), live: Live = False) -> CodeAnswered:
        """A live one is good for 30 seconds; a ticket that is bound to a telephone is shown by the telephone alone."""
        response.headers.update(NOT_KEPT)
        return _answer(shown(caller, ref, live))

    @router.get("/{ref}/code.png", summary="The same as a picture", response_class=Response)
    def picture(ref: Ref, caller: Caller = Depends(who), live: Live = False) -> Response:
        return Response(qr.png(shown(caller, ref, live).text), media_type="image/png", headers=NOT_KEPT)

    @router.get("/{ref}/code.svg", summary="The same as a drawing", response_class=Response)
    def drawing(ref: Ref, caller: Caller = Depends(who), live: Live = False) -> Response:
        return Response(qr.svg(shown(caller, ref, live).text), media_type="image/svg+xml", headers=NOT_KEPT)

    @router.get("/{ref}/code.pdf", summary="The ticket on a sheet of paper", response_class=Response)
    def sheet(ref: Ref, caller: Caller = Depends(who)) -> Response:
        headers = NOT_KEPT | {"Content-Disposition": f'inline; filename="{ref}.pdf"'}
        return Response(paper_sheet(ports, caller, ref), media_type="application/pdf", headers=headers)

    @router.get("/{ref}/uic-code", summary="The UIC code of a ticket, as bytes", response_class=Response)
    def uic(ref: Ref, caller: Caller = Depends(who), live: Live = False) -> Response:
        """DOSIPAS (U2, FCB3), for tickets of networks whose inspectors read it: tickets say so (`hasUicCode`)."""
        octets = uic_code(ports, caller, ref, live)
        return Response(octets, media_type="application/octet-stream", headers=NOT_KEPT)

    @router.get("/{ref}/uic-code.png", summary="The same as an Aztec code", response_class=Response)
    def uic_picture(ref: Ref, caller: Caller = Depends(who), live: Live = False) -> Response:
        octets = aztec_png(uic_code(ports, caller, ref, live))
        return Response(octets, media_type="image/png", headers=NOT_KEPT)

    @router.get("/{ref}/uic-code.svg", summary="The same as a drawing", response_class=Response)
    def uic_drawing(ref: Ref, caller: Caller = Depends(who), live: Live = False) -> Response:
        drawn = aztec_svg(uic_code(ports, caller, ref, live))
        return Response(drawn, media_type="image/svg+xml", headers=NOT_KEPT)

    @router.put("/{ref}/device", summary="Bind a ticket to a telephone")
    def device(
        ref: Ref, asked: DeviceAsked, response: Response, caller: Caller = Depends(who)
    ) -> CodeAnswered:
        """Level 1, for the telephone to sign each time it shows it (docs/tickets.md); earlier codes are replaced."""
        response.headers.update(NOT_KEPT)
        return _answer(bind(ports, caller, ref, asked.device_key))

    return router


def _answer(code: ShownCode) -> CodeAnswered:
    return CodeAnswered(
        ref=code.ticket.ref,
        text=code.text,
        good_until=code.good_until_s,
        generation=code.ticket.generation,
    )
