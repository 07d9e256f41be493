"""A ticket on a sheet of paper: large letters, French and English, one QR code."""

from __future__ import annotations

import datetime as dt
import io
from zoneinfo import ZoneInfo

from fpdf import FPDF

from ticketing.money import euros
from ticketing.orders.order import OrderItem
from ticketing.sheet import new_sheet, write_line
from ticketing.tickets import qr
from ticketing.tickets.answer import told
from ticketing.tickets.dosipas.aztec import aztec_png
from ticketing.tickets.ticket import Ticket

MARGIN_MM = 18
QR_MM, AZTEC_MM = 90, 60
"""Modules of a millimetre and more: cheap cameras read them at arm's length, from a creased sheet."""

CATEGORIES = {
    "adult": ("Tarif normal", "Adult"),
    "youth": ("Jeune", "Youth"),
    "senior": ("Senior", "Senior"),
    "solidarity": ("Solidaire", "Solidarity"),
    "child": ("Enfant", "Child"),
}


def paper(
    ticket: Ticket,
    item: OrderItem,
    text: str,
    sold_by: str,
    uic: bytes = b"",
    zone_name: str = "Europe/Paris",
) -> bytes:
    """A PDF, A4. `text`: of its code; `sold_by`: who to write to; `uic`: the code for inspectors of railways, if it has
    one. The same ticket gives the same bytes."""
    zone = ZoneInfo(zone_name)
    pdf = new_sheet(f"Titre de transport {ticket.ref}", "fr", MARGIN_MM)
    pdf.set_creation_date(dt.datetime.fromtimestamp(ticket.issued_s, dt.UTC))
    write_line(pdf, sold_by or ticket.issuer, 13)
    write_line(pdf, "Titre de transport / Ticket", 26, bold=True)
    write_line(pdf, _product(ticket, item), 20, bold=True)
    write_line(pdf, _who(ticket), 16)
    pdf.ln(2)
    for leg in item.legs:
        leaves = dt.datetime.fromtimestamp(leg.departure_s, zone)
        names = f"{leg.origin.name or leg.origin.id} → {leg.destination.name or leg.destination.id}"
        write_line(pdf, f"{leaves:%d/%m/%Y %H:%M}   {names}", 15)
    pdf.ln(2)
    write_line(pdf, f"Valable du {told(ticket.valid_from_s, zone, french=True)}", 15)
    write_line(pdf, f"au {told(ticket.valid_until_s, zone, french=True)}", 15)
    start, end = (told(at_s, zone, french=False) for at_s in (ticket.valid_from_s, ticket.valid_until_s))
    write_line(pdf, f"Valid from {start} until {end}", 12)
    _codes(pdf, ticket.ref, text, uic)
    write_line(pdf, f"{ticket.ref}   {euros(ticket.cents).replace('.', ',')}", 20, bold=True, align="C")
    pdf.ln(2)
    write_line(pdf, "Présentez ce code, non plié, au conducteur ou au contrôleur.", 13)
    write_line(pdf, "Show this code, not folded, to the driver or inspector.", 13)
    if uic:
        write_line(pdf, "En train, le petit code (UIC). On trains, the smaller code (UIC).", 13)
    return bytes(pdf.output())


def _codes(pdf: FPDF, ref: str, text: str, uic: bytes) -> None:
    """One in the middle, or both beside each other, as far apart as the sheet allows."""
    qr_x = pdf.l_margin if uic else (pdf.w - QR_MM) / 2
    top = pdf.y
    if uic:
        pdf.image(
            io.BytesIO(aztec_png(uic, scale=8)),
            x=pdf.w - pdf.r_margin - AZTEC_MM,
            y=top + (QR_MM - AZTEC_MM) / 2,
            w=AZTEC_MM,
            alt_text=f"Code UIC (Aztec) du titre {ref}. UIC code (Aztec) of ticket {ref}.",
        )
        pdf.set_y(top)
    pdf.image(
        io.BytesIO(qr.png(text, scale=8)),
        x=qr_x,
        w=QR_MM,
        alt_text=f"Code QR du titre {ref}. QR code of ticket {ref}.",
    )


def _product(ticket: Ticket, item: OrderItem) -> str:
    for line in item.lines:
        if line.product_id == ticket.product_id:
            return line.name_fr if line.name_fr == line.name_en else f"{line.name_fr} / {line.name_en}"
    return ticket.product_id


def _who(ticket: Ticket) -> str:
    french, english = CATEGORIES.get(ticket.category, (ticket.category, ticket.category))
    many = f"{ticket.count} × " if ticket.count > 1 else ""
    return f"{many}{french}" if french == english else f"{many}{french} / {english}"
