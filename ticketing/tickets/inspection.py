"""Inspection without a network: from the bytes of a code to an answer in words.

In this order, the first no decides: form, issuer and key, signature, key's validity, live picture; network, zone, time;
cancelled; used elsewhere. What only makes one doubt is orange, and is said when nothing is red.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from ticketing.tickets.answer import (
    AT_THE_EDGE,
    COLOURS,
    NEWER_THAN_LIST,
    RULES,
    WORDS,
    Answer,
    Colour,
    Reason,
    told,
)
from ticketing.tickets.code import Code, CodeError, Flaw
from ticketing.tickets.double_use import find_double_use
from ticketing.tickets.keys import TicketKey
from ticketing.tickets.known import Known
from ticketing.tickets.read_code import read_code
from ticketing.tickets.scan import Scan
from ticketing.tickets.ticket import Right


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when somebody inspects. "" is not said, and not checked."""

    at_s: int
    network_id: str = ""
    zone: str = ""
    stop: str = ""
    vehicle: str = ""
    """The trip or vehicle: the same for all who inspect in it."""
    device: str = ""
    zone_name: str = "Europe/Paris"
    """IANA: which local time words are in."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How strictly. Seconds."""

    clock_tolerance_s: int = 120
    """So much earlier than its beginning and later than its end a ticket is let pass."""
    live_tolerance_s: int = 30
    """So much the clocks of a telephone and an inspector may differ."""
    list_age_s_max: int = 86_400
    repeat_s: int = 900
    """Where no vehicle is said: within this time the same ticket is one seen before."""


_WORST_FIRST = (Colour.RED, Colour.ORANGE, Colour.GREEN)
_FLAWS = {
    Flaw.FORM: Reason.UNREADABLE,
    Flaw.KEY: Reason.NO_KEY,
    Flaw.SIGNATURE: Reason.WRONG_SIGNATURE,
}


def inspect(
    raw: bytes,
    known: Known,
    here: Here,
    seen: Sequence[Scan] = (),
    rules: Rules = Rules(),
) -> Answer:
    """The answer for the bytes of a code. `seen`: what this device scanned before, of whatever ticket.

    Never raises, whatever the bytes.
    """
    answer = _inspect(raw, known, here, seen, rules)
    issuer = "" if answer.code is None else answer.code.ticket.issuer
    return replace(answer, list_as_of_s=known.list_as_of_s(issuer))


def inspect_all(
    codes: Sequence[bytes], known: Known, here: Here, seen: Sequence[Scan] = (), rules: Rules = Rules()
) -> list[Answer]:
    """The answers for the codes in one picture: one a ticket, the worst, since a sheet may carry a ticket as more than
    one code."""
    answers: dict[object, Answer] = {}
    for number, raw in enumerate(codes):
        answer = inspect(raw, known, here, seen, rules)
        of = number if answer.code is None else (answer.code.ticket.issuer, answer.code.ticket.ref)
        answers[of] = min(answers.get(of, answer), answer, key=lambda one: _WORST_FIRST.index(one.colour))
    return list(answers.values())


def unreadable(why: str, here: Here) -> Answer:
    """The answer where there is not even a code: an empty picture, a text that is none."""
    return _answer(Reason.UNREADABLE, here, None, why=why)


def scan_of(answer: Answer, here: Here, scan_id: str) -> Scan | None:
    """What the device notes of an answer; None: it was not surely a ticket of anybody's."""
    unsure = (Reason.UNREADABLE, Reason.UNKNOWN_ISSUER, Reason.UNKNOWN_KEY, Reason.WRONG_SIGNATURE)
    if answer.code is None or answer.reason in unsure:
        return None
    ticket = answer.code.ticket
    return Scan(
        here.device,
        scan_id,
        ticket.issuer,
        ticket.ref,
        here.at_s,
        here.vehicle,
        here.network_id,
        ticket.generation,
        answer.colour.value,
        answer.reason.value,
    )


def _inspect(raw: bytes, known: Known, here: Here, seen: Sequence[Scan], rules: Rules) -> Answer:
    try:
        code = read_code(raw, known.keys.values(), here.at_s)
    except CodeError as error:
        return _answer(_FLAWS[error.flaw], here, None, why=str(error))
    for check in (_check_key, _check_live, _check_rights, _check_list):
        refused = check(code, known, here, rules)
        if refused is not None:
            return refused
    doubts = [
        *_doubt_use(code, here, seen, rules),
        *_doubt_stop(code, here),
        *_doubt_times(code, known, here, rules),
    ]
    notes = _notes(code, known, here, rules)
    if not doubts:
        answer = _answer(Reason.VALID, here, code, until=code.ticket.valid_until_s)
        return replace(answer, notes=notes)
    first = min(doubts, key=lambda doubt: doubt.colour is not Colour.RED)
    others = tuple((one.french, one.english) for one in doubts if one is not first)
    return replace(first, notes=others + notes)


def _answer(reason: Reason, where: Here, code: Code | None, /, **values: Any) -> Answer:
    """With its words: values that are instants are told in local time."""
    zone = ZoneInfo(where.zone_name)
    words = []
    for french, template in zip((True, False), WORDS[reason], strict=True):
        shown = {
            name: told(value, zone, french)
            if name in ("at", "until", "synced") and isinstance(value, int)
            else value[not french]
            if isinstance(value, tuple)
            else value
            for name, value in values.items()
        }
        words.append(template.format(**shown))
    return Answer(COLOURS.get(reason, Colour.RED), reason, words[0], words[1], code)


def _check_key(code: Code, known: Known, here: Here, rules: Rules) -> Answer | None:
    ticket = code.ticket
    named = {"issuer": ticket.issuer, "key": code.key_id}
    if not any(issuer == ticket.issuer for issuer, _ in known.keys):
        return _answer(Reason.UNKNOWN_ISSUER, here, code, **named)
    key: TicketKey | None = known.keys.get((ticket.issuer, code.key_id))
    if key is None:
        return _answer(Reason.UNKNOWN_KEY, here, code, synced=known.keys_as_of_s, **named)
    if key.algorithm is not code.algorithm or not code.is_signed_by(key.public_key):
        return _answer(Reason.WRONG_SIGNATURE, here, code)
    if key.withdrawn_s:
        return _answer(Reason.KEY_WITHDRAWN, here, code, at=key.withdrawn_s, ref=ticket.ref, **named)
    if not key.may_sign(ticket.issued_s):
        return _answer(Reason.KEY_NOT_VALID, here, code, at=ticket.issued_s, **named)
    return None


def _check_live(code: Code, known: Known, here: Here, rules: Rules) -> Answer | None:
    if not code.shown_until_s:
        if not code.ticket.device_key:
            return None
        return _answer(Reason.NOT_LIVE, here, code)
    if here.at_s >= code.shown_until_s + rules.live_tolerance_s:
        return _answer(Reason.STALE, here, code, seconds=here.at_s - code.shown_from_s)
    if here.at_s < code.shown_from_s - rules.live_tolerance_s:
        return _answer(Reason.AHEAD, here, code, seconds=code.shown_from_s - here.at_s)
    return None


def _check_rights(code: Code, known: Known, here: Here, rules: Rules) -> Answer | None:
    """Whether one right fits network, zone and time together."""
    rights = [
        one for one in code.ticket.rights if not one.network_id or here.network_id in ("", one.network_id)
    ]
    if not rights:
        networks = ", ".join(dict.fromkeys(one.network_id for one in code.ticket.rights)) or "–"
        return _answer(Reason.WRONG_NETWORK, here, code, here=here.network_id, networks=networks)
    zoned = [one for one in rights if not one.zones or here.zone in ("", *one.zones)]
    if not zoned:
        zones = ", ".join(dict.fromkeys(zone for one in rights for zone in one.zones))
        return _answer(Reason.WRONG_ZONE, here, code, here=here.zone, zones=zones)
    windows = [_window(code, right) for right in zoned]
    tolerance_s = rules.clock_tolerance_s
    if any(start - tolerance_s <= here.at_s < end + tolerance_s for start, end in windows):
        return None
    if all(here.at_s < start for start, _ in windows):
        return _answer(Reason.NOT_YET, here, code, at=min(start for start, _ in windows))
    past = max((end for _, end in windows if end <= here.at_s), default=0)
    coming = min((start for start, _ in windows if start > here.at_s), default=0)
    if coming:
        return _answer(Reason.NOT_YET, here, code, at=coming)
    return _answer(Reason.EXPIRED, here, code, at=past)


def _check_list(code: Code, known: Known, here: Here, rules: Rules) -> Answer | None:
    found = known.find_cancelled(code.ticket.issuer, code.ticket.ref)
    if found is not None and found.at_s:
        return _answer(Reason.REVOKED, here, code, at=found.at_s)
    if found is not None and code.ticket.generation < found.generation:
        return _answer(Reason.REPLACED, here, code)
    return None


def _doubt_use(code: Code, here: Here, seen: Sequence[Scan], rules: Rules) -> list[Answer]:
    """Seen before, on this device or another that told this one."""
    ticket = code.ticket
    before = [
        one
        for one in seen
        if (one.issuer, one.ref) == (ticket.issuer, ticket.ref) and one.colour != Colour.RED.value
    ]
    if not before:
        return []
    now = Scan(here.device, "", ticket.issuer, ticket.ref, here.at_s, here.vehicle, here.network_id)
    for found in find_double_use([*before, now], ticket.rights):
        if now in found.scans:
            other = next(one for one in reversed(found.scans) if one.vehicle != now.vehicle)
            rule = RULES[found.rule]
            return [
                _answer(Reason.USED_ELSEWHERE, here, code, vehicle=other.vehicle, at=other.at_s, rule=rule)
            ]
    again = [one for one in before if _is_repeat(one, here, rules)]
    if not again:
        return []
    return [_answer(Reason.SEEN_BEFORE, here, code, at=max(one.at_s for one in again))]


def _is_repeat(scan: Scan, here: Here, rules: Rules) -> bool:
    if here.vehicle and scan.vehicle:
        return here.vehicle == scan.vehicle and abs(here.at_s - scan.at_s) < 12 * 3_600
    return abs(here.at_s - scan.at_s) < rules.repeat_s


def _doubt_stop(code: Code, here: Here) -> list[Answer]:
    """A stop between two others is not known to lie on the way: there is no timetable here."""
    rights = [
        one for one in code.ticket.rights if not one.network_id or here.network_id in ("", one.network_id)
    ]
    if not here.stop or any(not one.from_stop or here.stop in (one.from_stop, one.to_stop) for one in rights):
        return []
    ends = {"origin": rights[0].from_stop, "destination": rights[0].to_stop}
    return [_answer(Reason.OTHER_STOPS, here, code, here=here.stop, **ends)]


def _doubt_times(code: Code, known: Known, here: Here, rules: Rules) -> list[Answer]:
    """Clocks and the list's age."""
    doubts = []
    if code.ticket.issued_s > here.at_s + rules.clock_tolerance_s:
        doubts.append(_answer(Reason.CLOCK, here, code, at=code.ticket.issued_s))
    list_as_of_s = known.list_as_of_s(code.ticket.issuer)
    if not list_as_of_s:
        doubts.append(_answer(Reason.NO_LIST, here, code))
    elif here.at_s - list_as_of_s > rules.list_age_s_max:
        doubts.append(_answer(Reason.OLD_LIST, here, code, at=list_as_of_s))
    return doubts


def _notes(code: Code, known: Known, here: Here, rules: Rules) -> tuple[tuple[str, str], ...]:
    notes = []
    zone = ZoneInfo(here.zone_name)
    list_as_of_s = known.list_as_of_s(code.ticket.issuer)
    if list_as_of_s and code.ticket.issued_s > list_as_of_s:
        at = (told(list_as_of_s, zone, french) for french in (True, False))
        french, english = (words.format(at=one) for words, one in zip(NEWER_THAN_LIST, at, strict=True))
        notes.append((french, english))
    windows = (_window(code, right) for right in code.ticket.rights)
    if not any(start <= here.at_s < end for start, end in windows):
        french, english = (words.format(seconds=rules.clock_tolerance_s) for words in AT_THE_EDGE)
        notes.append((french, english))
    return tuple(notes)


def _window(code: Code, right: Right) -> tuple[int, int]:
    return (
        right.valid_from_s or code.ticket.valid_from_s,
        right.valid_until_s or code.ticket.valid_until_s,
    )
