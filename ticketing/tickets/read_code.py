"""The bytes of a code, of whichever kind: COSE of either level, or UIC DOSIPAS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ticketing.tickets import rotating
from ticketing.tickets.code import Code, CodeError, Flaw
from ticketing.tickets.dosipas.code import DosipasContent, is_dosipas, read_dosipas
from ticketing.tickets.dosipas.error import DosipasError, Why
from ticketing.tickets.keys import TicketKey

_FLAWS = {Why.FORMAT: Flaw.FORM, Why.KEY: Flaw.KEY, Why.SIGNATURE: Flaw.SIGNATURE}


def read_code(raw: bytes, keys: Iterable[TicketKey] = (), near_s: int = 0) -> Code:
    """What a code says. `near_s`: about now; a live DOSIPAS code does not say the year. Raises CodeError.

    A DOSIPAS code can only be read with the key that it names (its form depends on it); that its key may sign is not
    looked at here.
    """
    if not is_dosipas(raw):
        return rotating.read(raw)
    try:
        content = read_dosipas(
            raw, [replace(key, valid_from_s=0, valid_until_s=0, withdrawn_s=0) for key in keys]
        )
    except DosipasError as error:
        raise CodeError(str(error), _FLAWS[error.why]) from error
    if content.read.is_specimen:
        raise CodeError("a specimen, not valid for travel")
    if not content.read.is_activated:
        raise CodeError("it has not been activated")
    if content.read.unread:
        raise CodeError(f"it is restricted by what is not read here: {', '.join(content.read.unread)}")
    return _code(content, near_s)


def _code(content: DosipasContent, near_s: int) -> Code:
    signer = content.key.public_key
    ticket, from_s, until_s = content.ticket, 0, 0
    if content.shown is not None:
        from_s = content.shown.instant_s(near_s)
        until_s = min(from_s + content.shown.for_s, content.ends_s or from_s + content.shown.for_s)
    return Code(
        ticket,
        content.key.id,
        content.key.algorithm,
        lambda public_key: public_key == signer,
        from_s,
        until_s,
    )
