"""An inspector's answer for programs: plain data, the same over HTTP and from the command line."""

from __future__ import annotations

from typing import Any

from ticketing.tickets.answer import Answer
from ticketing.tickets.code import Code


def answer_document(answer: Answer) -> dict[str, Any]:
    """Names in camelCase, instants as epoch seconds."""
    return {
        "colour": answer.colour.value,
        "reason": answer.reason.value,
        "fr": answer.french,
        "en": answer.english,
        "notes": [{"fr": french, "en": english} for french, english in answer.notes],
        "listAsOf": answer.list_as_of_s,
        "ticket": None if answer.code is None else _read(answer.code),
    }


def _read(code: Code) -> dict[str, Any]:
    ticket = code.ticket
    form = "live" if code.shown_until_s else "copy" if ticket.device_key else "paper"
    return {
        "ref": ticket.ref,
        "issuer": ticket.issuer,
        "product": ticket.product_id,
        "category": ticket.category,
        "count": ticket.count,
        "cents": ticket.cents,
        "rights": [
            {
                "network": right.network_id,
                "fromStop": right.from_stop,
                "toStop": right.to_stop,
                "zones": list(right.zones),
                "validFrom": right.valid_from_s or ticket.valid_from_s,
                "validUntil": right.valid_until_s or ticket.valid_until_s,
            }
            for right in ticket.rights
        ],
        "validFrom": ticket.valid_from_s,
        "validUntil": ticket.valid_until_s,
        "issued": ticket.issued_s,
        "generation": ticket.generation,
        "key": code.key_id,
        "form": form,
    }
