"""Codes, keys, revocations and scans, with orders that were really bought: on both databases."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from mobility.accounts.caller import SYSTEM, Caller, ForbiddenError, Role
from mobility.acts.sales.inspect import inspect_online
from mobility.acts.sales.revocations import list_keys, revoke_in, rotate_key, sign_revocations, withdraw_key
from mobility.acts.sales.scans import SCANS_MAX, ScanError, list_double_uses, upload_scans
from mobility.acts.sales.ticket_codes import (
    GENERATIONS_MAX,
    bind,
    find_uic_code,
    live_code,
    paper_code,
    paper_sheet,
    uic_code,
)
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.storage.key_files import KeyFolder
from mobility.storage.ticket_keys import TicketKeys
from tests.contracts.on_demand_town import Begin
from tests.contracts.sales_scene import Sales, buyer
from ticketing.orders.refusal import Reason as Refused
from ticketing.tickets import qr, rotating
from ticketing.tickets.answer import Answer, Reason
from ticketing.tickets.dosipas.schema import header_codec, rail_ticket_codec
from ticketing.tickets.inspection import Here, inspect, inspect_all, scan_of
from ticketing.tickets.keys import Algorithm
from ticketing.tickets.known import Known, KnownError, keys_document, list_document, read_known
from ticketing.tickets.picture import read_content
from ticketing.tickets.read_code import read_code
from ticketing.tickets.revocation_list import Cancelled, RevocationList
from ticketing.tickets.scan import Scan
from ticketing.tickets.ticket import Ticket

INSPECTOR = Caller("ines", frozenset((Role.INSPECTOR,)))
ADMINISTRATOR = Caller("ada", frozenset((Role.ADMINISTRATOR,)))
TELEPHONE = bytes(range(32))
DEVICE_KEY = rotating.public_key(TELEPHONE).hex()


class Scene:
    """A ticket by coach and train, bought by Théo; and who inspects."""

    def __init__(self, begin: Begin, folder: Path) -> None:
        self.sales = Sales(begin)
        keys = TicketKeys(KeyFolder(folder), "MOBI")
        self.ports = TicketPorts(self.sales.acts, keys, "MOBI", b"s" * 32, "Réseau")
        (self.ticket,) = self.buy()
        self.tick(self.ticket.valid_from_s + 60 - self.now_s)

    def buy(self) -> list[Ticket]:
        bought = self.sales.buy(self.sales.journey(self.sales.coach(), self.sales.train()))
        return self.sales.tickets(bought.id)

    def tick(self, seconds: int) -> None:
        self.sales.clock.now += dt.timedelta(seconds=seconds)

    @property
    def now_s(self) -> int:
        return int(self.sales.clock.now.timestamp())

    def known(self) -> Known:
        """What a device fetches."""
        keys = keys_document(*list_keys(self.ports))
        lines = list_document(sign_revocations(self.ports, INSPECTOR))
        return read_known(json.dumps(keys | lines))

    def look(self, code: str, know: Known | None = None, **where: str) -> Answer:
        return inspect(qr.to_bytes(code), know or self.known(), Here(self.now_s, **where))

    def revoke(self) -> None:
        with self.sales.begin() as work:
            work.orders.lock_order(self.ticket.order_id)
            revoke_in(work, [self.ticket.ref], self.now_s)
            work.commit()

    def scan(self, number: int, after_s: int, vehicle: str, device: str = "d1", **more: object) -> Scan:
        made = Scan(
            device,
            f"s{number}",
            "MOBI",
            self.ticket.ref,
            self.now_s + after_s,
            vehicle,
            "coach",
            1,
            "green",
            "valid",
        )
        return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def scene(begin: Begin, tmp_path: Path) -> Scene:
    return Scene(begin, tmp_path / "keys")


def test_a_code_is_made_again_to_the_byte(scene: Scene) -> None:
    first = paper_code(scene.ports, buyer(), scene.ticket.ref)
    rotate_key(scene.ports, ADMINISTRATOR, Algorithm.ED25519, 0)
    scene.tick(600)
    assert paper_code(scene.ports, buyer(), scene.ticket.ref) == first
    assert scene.look(first.text, network_id="coach").reason is Reason.VALID
    (newer,) = scene.buy()
    code = read_code(qr.to_bytes(paper_code(scene.ports, buyer(), newer.ref).text))
    assert code.key_id == "3"
    sheet = paper_sheet(scene.ports, buyer(), scene.ticket.ref)
    assert sheet == paper_sheet(scene.ports, buyer(), scene.ticket.ref)
    assert qr.to_bytes(first.text) in read_content(sheet)


def test_what_is_somebody_elses_nobody_learns_of(scene: Scene) -> None:
    for caller, ref in ((buyer("thea"), scene.ticket.ref), (buyer(), "NOTHING1-1")):
        for act in (paper_code, live_code):
            with scene.sales.refused(Refused.UNKNOWN):
                act(scene.ports, caller, ref)


def test_the_server_shows_what_a_telephone_would(scene: Scene) -> None:
    shown = live_code(scene.ports, buyer(), scene.ticket.ref)
    assert shown.good_until_s - scene.now_s <= 30
    assert scene.look(shown.text).reason is Reason.VALID
    scene.tick(120)
    assert scene.look(shown.text).reason is Reason.STALE


def test_a_telephone_takes_a_ticket_over(scene: Scene) -> None:
    paper = paper_code(scene.ports, buyer(), scene.ticket.ref)
    bound = bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY)
    assert (bound.ticket.generation, bound.ticket.device_key) == (2, DEVICE_KEY)
    assert bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY) == bound
    assert scene.look(bound.text).reason is Reason.NOT_LIVE
    live = qr.to_text(rotating.show(qr.to_bytes(bound.text), TELEPHONE, scene.now_s))
    assert scene.look(live).reason is Reason.VALID
    assert scene.look(paper.text).reason is Reason.REPLACED
    with scene.sales.refused(Refused.STATE):
        live_code(scene.ports, buyer(), scene.ticket.ref)
    with scene.sales.refused(Refused.INVALID):
        bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY.upper())
    for number in range(3, GENERATIONS_MAX + 1):
        bind(scene.ports, buyer(), scene.ticket.ref, f"{number:064x}")
    with scene.sales.refused(Refused.STATE):
        bind(scene.ports, buyer(), scene.ticket.ref, "f" * 64)


def test_a_withdrawn_key_is_believed_by_nobody_and_its_tickets_are_issued_anew(scene: Scene) -> None:
    before = paper_code(scene.ports, buyer(), scene.ticket.ref)
    with pytest.raises(ForbiddenError):
        withdraw_key(scene.ports, INSPECTOR, "1")
    withdraw_key(scene.ports, ADMINISTRATOR, "1")
    assert scene.look(before.text).reason is Reason.KEY_WITHDRAWN
    after = paper_code(scene.ports, buyer(), scene.ticket.ref)
    assert after.ticket.generation == 2
    assert scene.look(after.text).reason is Reason.VALID
    assert after == paper_code(scene.ports, buyer(), scene.ticket.ref)


def test_cancelling_never_makes_a_valid_code(scene: Scene) -> None:
    before, know = paper_code(scene.ports, buyer(), scene.ticket.ref), scene.known()
    scene.revoke()
    assert scene.look(before.text).reason is Reason.REVOKED
    assert scene.look(before.text, know).reason is Reason.VALID  # who has not synchronised
    withdraw_key(scene.ports, ADMINISTRATOR, "1")
    for act in (paper_code, live_code):
        with scene.sales.refused(Refused.STATE):
            act(scene.ports, buyer(), scene.ticket.ref)
    with scene.sales.refused(Refused.STATE):
        bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY)


def test_the_list_has_what_is_revoked_or_replaced_until_the_ticket_is_long_over(scene: Scene) -> None:
    assert scene.known().lists["MOBI"] == RevocationList("MOBI", scene.now_s, {})
    with pytest.raises(ForbiddenError):
        sign_revocations(scene.ports, buyer())
    bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY)
    scene.revoke()
    line = Cancelled("MOBI", scene.ticket.ref, scene.now_s, 2)
    assert scene.known().lists["MOBI"].lines == {scene.ticket.ref: line}
    scene.tick(30 * 86_400)
    assert scene.known().lists["MOBI"].lines == {}


def test_a_list_is_signed_by_the_key_that_signs_then_and_by_none_that_is_withdrawn(scene: Scene) -> None:
    before = list_document(sign_revocations(scene.ports, INSPECTOR))
    scene.tick(5)
    withdraw_key(scene.ports, ADMINISTRATOR, "1")
    keys = keys_document(*list_keys(scene.ports))
    with pytest.raises(KnownError, match=r"key 1 of 'MOBI'.*does not sign any more"):
        read_known(json.dumps(keys), json.dumps(before))
    assert scene.known().lists["MOBI"].as_of_s == scene.now_s


# ── UIC codes ────────────────────────────────────────────────────────────────────────────────────────


def test_a_ticket_for_trains_has_a_uic_code_and_others_have_none(scene: Scene) -> None:
    octets = uic_code(scene.ports, buyer(), scene.ticket.ref)
    assert octets == uic_code(scene.ports, buyer(), scene.ticket.ref)
    document = rail_ticket_codec().decode(
        header_codec().decode(octets)["level2SignedData"]["level1Data"]["dataSequence"][0]["data"]
    )["transportDocument"][0]["ticket"][1]
    regions = [document["validRegion"], *(one["validRegion"] for one in document["includedAddOns"])]
    carriers = [one.get("carrierNum", one.get("carrierIA5")) for part in regions for _, one in part]
    assert carriers == [
        9999,
        "coach",
    ]  # the railway's by its code in the tariff; who has none by its name here
    with scene.sales.refused(Refused.UNKNOWN):
        uic_code(scene.ports, buyer("thea"), scene.ticket.ref)
    coach = scene.sales.tickets(scene.sales.buy(scene.sales.journey(scene.sales.coach())).id)[0]
    assert (coach.rics, find_uic_code(scene.ports, buyer(), coach)) == ((), b"")
    with scene.sales.refused(Refused.STATE):
        uic_code(scene.ports, buyer(), coach.ref)


def test_both_codes_of_a_ticket_are_judged_alike(scene: Scene) -> None:
    """Everywhere, at every time, before and after it is revoked; with nothing but the fetched file."""
    codes = (
        qr.to_bytes(paper_code(scene.ports, buyer(), scene.ticket.ref).text),
        uic_code(scene.ports, buyer(), scene.ticket.ref),
    )
    know = [scene.known()]
    scene.revoke()
    know.append(scene.known())
    reasons = set()
    for known_then in (*know, replace(know[0], lists={})):
        for network in ("rail", "coach", "city", ""):
            for at_s in (scene.now_s - 86_400, scene.now_s, scene.now_s + 7_200, scene.now_s + 2 * 86_400):
                here = Here(at_s, network)
                one, other = (inspect(code, known_then, here) for code in codes)
                assert (one.reason, one.colour) == (other.reason, other.colour), here
                reasons.add(one.reason)
    assert {Reason.VALID, Reason.REVOKED, Reason.WRONG_NETWORK, Reason.EXPIRED, Reason.NO_LIST} <= reasons


def test_one_code_is_seen_before_where_the_other_was(scene: Scene) -> None:
    know, where = scene.known(), Here(scene.now_s, "coach", vehicle="trip-1", device="d")
    paper = qr.to_bytes(paper_code(scene.ports, buyer(), scene.ticket.ref).text)
    uic = uic_code(scene.ports, buyer(), scene.ticket.ref)
    for first, then in ((paper, uic), (uic, paper)):
        scan = scan_of(inspect(first, know, where), where, "1")
        assert scan is not None
        assert inspect(then, know, where, [scan]).reason is Reason.SEEN_BEFORE


def test_a_sheet_carries_both_codes_of_one_ticket(scene: Scene) -> None:
    sheet = paper_sheet(scene.ports, buyer(), scene.ticket.ref)
    codes = read_content(sheet)
    text = paper_code(scene.ports, buyer(), scene.ticket.ref).text
    assert set(codes) == {qr.to_bytes(text), uic_code(scene.ports, buyer(), scene.ticket.ref)}
    here = Here(scene.now_s, "coach", vehicle="trip-1", device="d")
    for _ in range(2):  # sent twice, it is noted once
        (answer,) = inspect_online(scene.ports, INSPECTOR, codes, here, "s")
        assert answer.reason is Reason.VALID
    with scene.sales.begin(read_only=True) as work:
        assert [one.id for one in work.scans.list_of("MOBI", scene.ticket.ref)] == ["s"]
    (again,) = inspect_online(scene.ports, INSPECTOR, codes, here, "t")
    assert again.reason is Reason.SEEN_BEFORE
    forged = bytearray(codes[0])
    forged[-1] ^= 1
    assert inspect_all([bytes(forged), *codes], scene.known(), here)[-1].reason is not Reason.VALID


def test_what_a_page_shows_of_a_uic_code_is_stale_before_long(scene: Scene) -> None:
    know, shown = scene.known(), uic_code(scene.ports, buyer(), scene.ticket.ref, live=True)
    for after_s, reason in ((0, Reason.VALID), (59, Reason.VALID), (60, Reason.STALE), (-31, Reason.AHEAD)):
        assert inspect(shown, know, Here(scene.now_s + after_s, "coach")).reason is reason
    bind(scene.ports, buyer(), scene.ticket.ref, DEVICE_KEY)
    assert inspect(shown, scene.known(), Here(scene.now_s, "coach")).reason is Reason.REPLACED
    with scene.sales.refused(Refused.STATE):
        uic_code(scene.ports, buyer(), scene.ticket.ref, live=True)


@pytest.mark.parametrize("key_id", ["1", "2"])
def test_whichever_key_is_withdrawn_both_codes_are_issued_anew_together(scene: Scene, key_id: str) -> None:
    before = uic_code(scene.ports, buyer(), scene.ticket.ref)
    withdraw_key(scene.ports, ADMINISTRATOR, key_id)
    sheet = read_content(paper_sheet(scene.ports, buyer(), scene.ticket.ref))
    generations = [
        read_code(raw, scene.known().keys.values(), scene.now_s).ticket.generation for raw in sheet
    ]
    assert generations == [2, 2]
    (answer,) = inspect_all(sheet, scene.known(), Here(scene.now_s))
    assert answer.reason is Reason.VALID
    wanted = {"1": Reason.REPLACED, "2": Reason.KEY_WITHDRAWN}[key_id]
    assert inspect(before, scene.known(), Here(scene.now_s)).reason is wanted


# ── scans ────────────────────────────────────────────────────────────────────────────────────────────


def test_scans_are_added_once_and_never_changed(scene: Scene, engine: Engine) -> None:
    scans = [scene.scan(1, 0, "trip-1"), scene.scan(2, 5, "trip-1")]
    with pytest.raises(ForbiddenError):
        upload_scans(scene.ports, buyer(), scans)
    first = upload_scans(scene.ports, INSPECTOR, scans)
    assert (first.added, first.known, first.refused) == (["s1", "s2"], [], {})
    again = upload_scans(scene.ports, INSPECTOR, [*scans, scene.scan(3, 9, "trip-1")])
    assert (again.added, again.known) == (["s3"], ["s1", "s2"])
    other = upload_scans(scene.ports, INSPECTOR, [scene.scan(1, 0, "trip-9")])
    assert list(other.refused) == ["s1"]
    with scene.sales.begin(read_only=True) as work:
        assert work.scans.list_of("MOBI", scene.ticket.ref)[:2] == scans
    for statement in ("UPDATE ticket_scan SET vehicle = 'x'", "DELETE FROM ticket_scan"):
        with pytest.raises(DBAPIError, match="never changed or deleted"), engine.begin() as connection:
            connection.execute(text(statement))


def test_what_makes_no_sense_is_refused_alone(scene: Scene) -> None:
    scans = [scene.scan(1, 0, "t"), scene.scan(2, 2 * 86_400, "t"), scene.scan(3, -91 * 86_400, "t")]
    made = upload_scans(scene.ports, INSPECTOR, scans)
    assert (made.added, sorted(made.refused)) == (["s1"], ["s2", "s3"])
    with pytest.raises(ScanError, match="At most"):
        upload_scans(scene.ports, INSPECTOR, [scene.scan(n, 0, "t") for n in range(SCANS_MAX + 1)])


def test_double_use_is_found_whatever_the_order_of_uploads(scene: Scene) -> None:
    """Three devices; each order of their uploads ends with the same."""
    with scene.sales.begin(read_only=True) as work:
        assert work.scans.list_of("MOBI", scene.ticket.ref) == []
    found = []
    for run, order in enumerate(itertools.permutations(range(3))):
        ref = f"OTHERREF-{run}"
        scans = [
            scene.scan(1, 0, "trip-1", f"a{run}", ref=ref),
            scene.scan(1, 60, "trip-2", f"b{run}", ref=ref),
            scene.scan(1, 7_000, "trip-1", f"c{run}", ref=ref),
        ]
        last: Sequence[object] = ()
        for number in order:
            last = upload_scans(scene.ports, INSPECTOR, [scans[number]]).double_uses
        found.append([use.rule for use in last])  # type: ignore[attr-defined]
    assert found == [["two-at-once", "came-back"]] * 6
    until_s = scene.now_s + 10_000
    uses = list_double_uses(scene.ports, SYSTEM, scene.now_s, until_s)
    assert len(uses) == 12
    assert list_double_uses(scene.ports, SYSTEM, until_s, until_s + 1) == []
    with pytest.raises(ForbiddenError):
        list_double_uses(scene.ports, INSPECTOR, 0, until_s)


def test_a_single_that_was_ridden_twice_is_found_by_its_rights(scene: Scene) -> None:
    upload_scans(scene.ports, INSPECTOR, [scene.scan(1, 0, "trip-1")])
    later = upload_scans(scene.ports, INSPECTOR, [scene.scan(2, 4_000, "trip-2", "d2")])
    assert [use.rule for use in later.double_uses] == ["too-many-rides"]


def test_online_all_devices_are_one(scene: Scene) -> None:
    code = qr.to_bytes(paper_code(scene.ports, buyer(), scene.ticket.ref).text)
    at = Here(scene.now_s, "coach", vehicle="trip-1", device="d1")
    with pytest.raises(ForbiddenError):
        inspect_online(scene.ports, buyer(), [code], at)

    def asked(raw: bytes, where: Here, scan_id: str = "") -> Reason:
        (answer,) = inspect_online(scene.ports, INSPECTOR, [raw], where, scan_id)
        return answer.reason

    assert asked(code, at, "s1") is Reason.VALID
    assert asked(code, at, "s1") is Reason.VALID  # the same scan again
    elsewhere = replace(at, vehicle="trip-2", device="d2", at_s=at.at_s + 60)
    assert asked(code, elsewhere, "s1") is Reason.USED_ELSEWHERE
    again = replace(at, device="d3", at_s=at.at_s + 90)
    assert asked(code, again) is Reason.SEEN_BEFORE
    assert asked(b"nothing", at, "s9") is Reason.UNREADABLE
    scene.revoke()
    assert asked(code, replace(at, device="d4")) is Reason.REVOKED
