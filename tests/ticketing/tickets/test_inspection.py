"""What inspectors are told, and why: each reason, both edges of each tolerance, the night the clock is put back."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.ticketing.tickets import dosipas_world
from tests.ticketing.tickets.ticket_world import (
    DEVICE,
    GROUP,
    KEY,
    NOW,
    PASS,
    SINGLE,
    here,
    knowing,
    live,
    paper,
)
from ticketing.tickets import cose, rotating
from ticketing.tickets.answer import COLOURS, WORDS, Answer, Colour, Reason
from ticketing.tickets.dosipas.aztec import aztec_image
from ticketing.tickets.dosipas.code import code_to_show, show, static_code
from ticketing.tickets.inspection import Here, Rules, inspect, scan_of, unreadable
from ticketing.tickets.keys import Algorithm, TicketKey, new_key
from ticketing.tickets.known import Known, known
from ticketing.tickets.picture import read_content
from ticketing.tickets.revocation_list import Cancelled
from ticketing.tickets.scan import Scan
from ticketing.tickets.ticket import Ticket

RULES = Rules()


def ask(raw: bytes, at_s: int = NOW, know: Known | None = None, **where: str) -> Answer:
    return inspect(raw, know or knowing(as_of_s=at_s - 600), here(at_s, **where))


def told(answer: Answer) -> tuple[Colour, Reason]:
    return answer.colour, answer.reason


def test_every_reason_has_a_colour_and_words() -> None:
    assert set(WORDS) == set(Reason)
    assert {reason for reason in Reason if COLOURS.get(reason) is Colour.GREEN} == {Reason.VALID}


def test_a_valid_ticket_is_green() -> None:
    answer = ask(paper(), network_id="coach", stop="bfc:20401")
    assert told(answer) == (Colour.GREEN, Reason.VALID)
    assert answer.english == "Valid until 2026-03-29 03:20."
    assert answer.french == "Titre valable jusqu’au 29/03/2026 à 03:20."
    assert answer.notes == ()
    assert told(ask(live())) == (Colour.GREEN, Reason.VALID)


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at_s", "reason"),
    [
        (SINGLE.valid_from_s - RULES.clock_tolerance_s - 1, Reason.NOT_YET),
        (SINGLE.valid_from_s - RULES.clock_tolerance_s, Reason.VALID),
        (SINGLE.valid_from_s, Reason.VALID),
        (SINGLE.valid_until_s - 1, Reason.VALID),
        (SINGLE.valid_until_s + RULES.clock_tolerance_s - 1, Reason.VALID),
        (SINGLE.valid_until_s + RULES.clock_tolerance_s, Reason.EXPIRED),
    ],
)
def test_a_ticket_is_valid_from_its_beginning_to_its_end_give_or_take_the_tolerance(
    at_s: int, reason: Reason
) -> None:
    answer = ask(paper(), at_s)
    assert answer.reason is reason
    is_inside = SINGLE.valid_from_s <= at_s < SINGLE.valid_until_s
    assert bool(answer.notes) == (reason is Reason.VALID and not is_inside)


@pytest.mark.parametrize(
    ("late_s", "reason"),
    [
        (-31, Reason.AHEAD),
        (-30, Reason.VALID),
        (0, Reason.VALID),
        (29, Reason.VALID),
        (59, Reason.VALID),
        (60, Reason.STALE),
        (600, Reason.STALE),
    ],
)
def test_a_screenshot_goes_stale(late_s: int, reason: Reason) -> None:
    shown_s = NOW // 30 * 30
    assert ask(live(at_s=shown_s), shown_s + late_s).reason is reason


def test_a_telephones_ticket_without_the_telephone_is_none() -> None:
    level_1 = cose.encode(SINGLE, KEY, rotating.public_key(DEVICE))
    assert told(ask(level_1)) == (Colour.RED, Reason.NOT_LIVE)
    other = bytes(32)
    assert told(ask(rotating.show(level_1, other, NOW))) == (Colour.RED, Reason.WRONG_SIGNATURE)
    assert ask(rotating.show(paper(), DEVICE, NOW)).reason is Reason.UNREADABLE


def test_each_right_has_its_own_time() -> None:
    """The train until an hour from now, the coach from half an hour on."""
    raw = paper(GROUP)
    assert ask(raw, network_id="ter").reason is Reason.VALID
    assert ask(raw, network_id="coach").reason is Reason.NOT_YET
    assert ask(raw, NOW + 1_800, network_id="coach").reason is Reason.VALID
    assert ask(raw, NOW + 3_720, network_id="ter").reason is Reason.EXPIRED
    assert ask(raw, NOW + 3_720, network_id="coach").reason is Reason.VALID


OCTOBER = 1_792_877_400
"""24 Oct 2026 23:30 in Paris; the clock is put back at 03:00 the next morning."""


def test_in_the_night_the_clock_is_put_back_time_goes_on() -> None:
    """From 23:30 until 03:00 it is 3 h 30 on the clock and 4 h 30 in truth."""
    until_s = OCTOBER + 4 * 3_600 + 1_800
    night = replace(SINGLE, valid_from_s=OCTOBER, valid_until_s=until_s, issued_s=OCTOBER)
    raw = paper(night)
    first, second = OCTOBER + 3 * 3_600, OCTOBER + 4 * 3_600
    for at_s in (first, second):
        assert ask(raw, at_s).reason is Reason.VALID
    assert ask(raw, until_s - 1).reason is Reason.VALID
    assert ask(raw, until_s + RULES.clock_tolerance_s).reason is Reason.EXPIRED
    assert "2026-10-25 03:00." in ask(raw, first).english
    seen = [ask(paper(replace(night, valid_until_s=end)), OCTOBER).english for end in (first, second)]
    assert seen == ["Valid until 2026-10-25 02:30 (UTC+2).", "Valid until 2026-10-25 02:30 (UTC+1)."]


def test_in_the_night_the_clock_is_put_forward_nothing_is_lost() -> None:
    """29 March 2026: after 01:59 comes 03:00."""
    assert ask(paper(replace(SINGLE, valid_until_s=NOW + 6_000))).english == "Valid until 2026-03-29 03:00."


def test_a_ticket_issued_later_than_now_says_that_a_clock_is_wrong() -> None:
    early = replace(SINGLE, issued_s=NOW + RULES.clock_tolerance_s)
    assert ask(paper(early)).reason is Reason.VALID
    assert told(ask(paper(replace(early, issued_s=early.issued_s + 1)))) == (Colour.ORANGE, Reason.CLOCK)


# ── place ────────────────────────────────────────────────────────────────────────────────────────────


def test_networks_zones_and_stops() -> None:
    answer = ask(paper(), network_id="ter")
    assert told(answer) == (Colour.RED, Reason.WRONG_NETWORK)
    assert "'ter'" in answer.english
    assert "coach" in answer.english
    month = paper(PASS)
    assert ask(month, network_id="city-dijon", zone="12").reason is Reason.VALID
    wrong = ask(month, network_id="city-dijon", zone="3")
    assert told(wrong) == (Colour.RED, Reason.WRONG_ZONE)
    assert "1, 12" in wrong.english
    assert ask(month, network_id="coach", zone="3").reason is Reason.VALID
    between = ask(paper(), network_id="coach", stop="bfc:9")
    assert told(between) == (Colour.ORANGE, Reason.OTHER_STOPS)
    assert ask(month, network_id="coach", stop="bfc:9").reason is Reason.VALID
    everywhere = replace(SINGLE, rights=(replace(SINGLE.rights[0], network_id="", from_stop="", to_stop=""),))
    assert ask(paper(everywhere), network_id="any").reason is Reason.VALID


def test_a_ticket_without_a_right_is_valid_nowhere() -> None:
    assert ask(paper(replace(SINGLE, rights=()))).reason is Reason.WRONG_NETWORK


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────


def with_key(**changes: Any) -> Known:
    key = replace(KEY.public, **changes)
    return known([key], [], NOW - 600)


@pytest.mark.parametrize(
    ("know", "colour", "reason"),
    [
        (Known(), Colour.RED, Reason.UNKNOWN_ISSUER),
        (with_key(issuer="SNCF"), Colour.RED, Reason.UNKNOWN_ISSUER),
        (with_key(id="2"), Colour.ORANGE, Reason.UNKNOWN_KEY),
        (with_key(public_key=bytes(32)), Colour.RED, Reason.WRONG_SIGNATURE),
        (with_key(algorithm=Algorithm.P256), Colour.RED, Reason.WRONG_SIGNATURE),
        (with_key(withdrawn_s=NOW - 60), Colour.RED, Reason.KEY_WITHDRAWN),
        (with_key(withdrawn_s=NOW + 60), Colour.RED, Reason.KEY_WITHDRAWN),
        (with_key(valid_from_s=SINGLE.issued_s + 1), Colour.RED, Reason.KEY_NOT_VALID),
        (with_key(valid_until_s=SINGLE.issued_s), Colour.RED, Reason.KEY_NOT_VALID),
        (with_key(valid_from_s=SINGLE.issued_s), Colour.GREEN, Reason.VALID),
        (with_key(valid_until_s=SINGLE.issued_s + 1), Colour.GREEN, Reason.VALID),
    ],
)
def test_only_a_key_that_might_sign_then_is_believed(know: Known, colour: Colour, reason: Reason) -> None:
    assert told(ask(paper(), know=know)) == (colour, reason)


def test_a_ticket_of_an_old_key_is_good_until_its_end() -> None:
    """Keys rotate; what they signed in their time stays verifiable."""
    rotated = with_key(valid_until_s=SINGLE.issued_s + 60)
    assert ask(paper(), know=rotated).reason is Reason.VALID
    assert ask(paper(), SINGLE.valid_until_s + 200, know=rotated).reason is Reason.EXPIRED


def test_somebody_elses_key_of_the_same_name_signs_nothing_of_ours() -> None:
    forger = new_key("MOBI", "1", Algorithm.ED25519, b"f" * 32)
    assert ask(paper(key=forger)).reason is Reason.WRONG_SIGNATURE


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────


def test_revoked_is_by_issuer_and_ref_never_by_bytes() -> None:
    line = Cancelled("MOBI", SINGLE.ref, NOW - 900)
    answers = [
        ask(raw, know=knowing(line)) for raw in (paper(), live(), paper(replace(SINGLE, generation=7)))
    ]
    assert [told(answer) for answer in answers] == [(Colour.RED, Reason.REVOKED)] * 3
    for other in (Cancelled("SNCF", SINGLE.ref, NOW - 900), Cancelled("MOBI", "K7Q2XAB8-9", NOW - 900)):
        assert ask(paper(), know=knowing(other)).reason is Reason.VALID


def test_a_code_before_the_newest_generation_is_replaced() -> None:
    line = Cancelled("MOBI", SINGLE.ref, 0, 3)
    for generation, reason in ((2, Reason.REPLACED), (3, Reason.VALID), (4, Reason.VALID)):
        assert ask(paper(replace(SINGLE, generation=generation)), know=knowing(line)).reason is reason


def test_issued_after_the_list_is_not_unknown() -> None:
    know = knowing(as_of_s=SINGLE.issued_s - 1)
    answer = ask(paper(), know=know)
    assert told(answer) == (Colour.GREEN, Reason.VALID)
    assert "Issued after the list" in answer.notes[0][1]
    assert ask(paper(), know=knowing(as_of_s=SINGLE.issued_s)).notes == ()


def test_the_age_of_the_list() -> None:
    old = knowing(as_of_s=NOW - RULES.list_age_s_max)
    assert ask(paper(), know=old).reason is Reason.VALID
    older = knowing(as_of_s=NOW - RULES.list_age_s_max - 1)
    assert told(ask(paper(), know=older)) == (Colour.ORANGE, Reason.OLD_LIST)
    none = Known({("MOBI", "1"): KEY.public}, NOW)
    assert told(ask(paper(), know=none)) == (Colour.ORANGE, Reason.NO_LIST)


def test_an_answer_says_how_old_the_list_of_its_issuer_is() -> None:
    other = new_key("1187", "1", Algorithm.ED25519, bytes(range(1, 33)))
    know = replace(knowing(), keys=knowing().keys | {("1187", "1"): other.public})
    assert ask(paper(), know=know).list_as_of_s == NOW - 600
    foreign = ask(cose.encode(replace(SINGLE, issuer="1187"), other), know=know)
    assert (told(foreign), foreign.list_as_of_s) == ((Colour.ORANGE, Reason.NO_LIST), 0)


# ── seen before ──────────────────────────────────────────────────────────────────────────────────────


def scan(at_s: int, vehicle: str = "", ticket: Ticket = SINGLE, **more: Any) -> Scan:
    return Scan(
        "d", str(at_s), ticket.issuer, ticket.ref, at_s, vehicle, "coach", 1, "green", "valid", **more
    )


def seen(*before: Scan, at_s: int = NOW, vehicle: str = "", ticket: Ticket = PASS) -> Answer:
    return inspect(paper(ticket), knowing(), Here(at_s, "coach", vehicle=vehicle, device="e"), before)


def test_the_same_ticket_again_is_said() -> None:
    assert told(seen(scan(NOW - 60), ticket=SINGLE)) == (Colour.ORANGE, Reason.SEEN_BEFORE)
    assert seen(scan(NOW - RULES.repeat_s + 1), ticket=SINGLE).reason is Reason.SEEN_BEFORE
    assert seen(scan(NOW - RULES.repeat_s), ticket=SINGLE).reason is Reason.VALID
    assert seen(scan(NOW - 3_000, "trip-1"), vehicle="trip-1", ticket=SINGLE).reason is Reason.SEEN_BEFORE
    assert seen(scan(NOW - 60, ticket=GROUP)).reason is Reason.VALID
    assert seen(replace(scan(NOW - 60), colour="red"), ticket=SINGLE).reason is Reason.VALID


def test_a_ticket_in_another_vehicle_at_once_is_refused() -> None:
    before = scan(NOW - 119, "trip-1", PASS)
    answer = seen(before, vehicle="trip-2")
    assert told(answer) == (Colour.RED, Reason.USED_ELSEWHERE)
    assert "trip-1" in answer.french
    assert seen(before, vehicle="trip-2", at_s=NOW + 1).reason is Reason.VALID


def test_a_single_is_for_one_ride() -> None:
    before = scan(NOW - 1_800, "trip-1")
    assert told(seen(before, vehicle="trip-2", ticket=SINGLE)) == (Colour.RED, Reason.USED_ELSEWHERE)
    month = scan(NOW - 1_800, "trip-1", PASS)
    assert seen(month, vehicle="trip-2").reason is Reason.VALID


def test_red_comes_before_orange_and_doubts_are_told_together() -> None:
    know = Known({("MOBI", "1"): KEY.public}, NOW)
    place = Here(NOW, "coach", stop="bfc:9", device="e")
    answer = inspect(paper(), know, place, [scan(NOW - 60)])
    assert answer.reason is Reason.SEEN_BEFORE
    assert [english.split()[0] for _, english in answer.notes] == ["Valid", "Signature"]
    both = replace(place, vehicle="trip-2")
    assert inspect(paper(), know, both, [scan(NOW - 60, "trip-1")]).reason is Reason.USED_ELSEWHERE


def test_what_is_noted_is_only_what_is_surely_somebodys() -> None:
    place = here(vehicle="trip-1", network_id="coach", device="e")
    answer = inspect(paper(), knowing(), place)
    assert scan_of(answer, place, "7") == Scan(
        "e", "7", "MOBI", SINGLE.ref, NOW, "trip-1", "coach", 1, "green", "valid"
    )
    assert scan_of(unreadable("nothing", place), place, "7") is None
    key: TicketKey = replace(KEY.public, public_key=bytes(32))
    forged = inspect(paper(), known([key], [], NOW), place)
    assert forged.reason is Reason.WRONG_SIGNATURE
    assert scan_of(forged, place, "7") is None


# ── DOSIPAS ──────────────────────────────────────────────────────────────────────────────────────────


def dosipas(*cancelled: Cancelled, **changes: Any) -> Known:
    return known([replace(dosipas_world.KEY.public, **changes)], cancelled, dosipas_world.ISSUED_S)


@pytest.mark.parametrize(
    ("know", "reason"),
    [
        (dosipas(), Reason.VALID),
        (dosipas(Cancelled("bfc", dosipas_world.TICKET.ref, 5)), Reason.REVOKED),
        (dosipas(withdrawn_s=5), Reason.KEY_WITHDRAWN),
        (dosipas(valid_until_s=dosipas_world.ISSUED_S - 3_600), Reason.KEY_NOT_VALID),
        (dosipas(public_key=dosipas_world.TELEPHONE.public.public_key), Reason.WRONG_SIGNATURE),
        (dosipas(id="8"), Reason.NO_KEY),
        (knowing(), Reason.NO_KEY),
    ],
)
def test_uic_codes_are_inspected_by_the_same_rules(know: Known, reason: Reason) -> None:
    code = static_code(dosipas_world.TICKET, dosipas_world.KEY)
    at = here(dosipas_world.ISSUED_S + 600, network_id="rail")
    assert inspect(code, know, at).reason is reason
    assert read_content(aztec_png(code)) == [code]


def aztec_png(code: bytes) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(np.array(aztec_image(code))).save(kept, "PNG")
    return kept.getvalue()


def test_uic_codes_on_telephones_go_stale_too() -> None:
    telephone = dosipas_world.TELEPHONE
    shown_by = (Algorithm.P256, telephone.public.public_key)
    ends_s = dosipas_world.TICKET.valid_until_s
    kept = code_to_show(dosipas_world.TICKET, dosipas_world.KEY, shown_by, ends_s)
    at_s = dosipas_world.ISSUED_S + 600
    shown = show(kept, Algorithm.P256, telephone.secret, at_s)
    for late_s, reason in ((0, Reason.VALID), (59, Reason.VALID), (60, Reason.STALE), (-31, Reason.AHEAD)):
        assert inspect(shown, dosipas(), here(at_s + late_s)).reason is reason
    assert inspect(kept, dosipas(), here(at_s)).reason is Reason.WRONG_SIGNATURE
