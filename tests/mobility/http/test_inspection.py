"""`/v1/inspection/…` and `/v1/tickets/{ref}/code…` with a ticket that was issued, from code to scan."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.opaque_tokens import TokenKind
from mobility.accounts.passwords import Passwords
from mobility.acts.accounts.people import Details, add_person
from mobility.acts.accounts.sign_in import begin_session
from mobility.api import create_app
from mobility.bootstrap import Services, build_services
from mobility.pages.page_sessions import SESSION_COOKIE
from mobility.settings import Settings
from ticketing.fares.leg import FareLeg, FareMode, FareStop
from ticketing.orders.order import Order, OrderItem, OrderStatus
from ticketing.pricing.price import PriceLine
from ticketing.pricing.rider import Rider
from ticketing.tickets import qr, rotating
from ticketing.tickets.inspection import Here, inspect
from ticketing.tickets.issue import issue
from ticketing.tickets.known import read_known
from ticketing.tickets.picture import read_content
from ticketing.tickets.revocation_list import Cancelled

TELEPHONE = bytes(range(32))


@dataclass(frozen=True)
class Scene:
    services: Services
    client: TestClient
    tokens: dict[str, str]
    ref: str
    now_s: int

    def ask(self, who: str, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return self.client.request(method, path, headers=headers, **more)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("inspection")
    with build_services(Settings(data_dir=folder, log_level="error", worker="separate")) as services:
        services.accounts = replace(services.accounts, passwords=Passwords(1, 1024, 1))
        tokens, people = {}, {}
        for role in (Role.TRAVELLER, Role.INSPECTOR, Role.OPERATOR):
            details = Details(f"{role}@example.org", "", "Anne", "Durand", "0612345678")
            people[role] = add_person(services.accounts, SYSTEM, details, frozenset((role,))).id
            with services.unit_of_work() as work:
                session = begin_session(services.accounts, work, people[role], TokenKind.REFRESH)
                work.commit()
            tokens[str(role)] = session.access_token
        now = services.acts.now().replace(microsecond=0)
        order = bought(people[Role.TRAVELLER], now)
        with services.unit_of_work() as work:
            work.orders.put_order(order)
            at_s, issuer = int(now.timestamp()), services.tickets.issuer
            (ticket,) = issue(order, order.items[0], issuer, at_s, {"coach": 9999})
            work.orders.put_ticket(ticket)
            work.commit()
        client = TestClient(create_app(services))
        yield Scene(services, client, tokens, ticket.ref, int(now.timestamp()))


def bought(person: str, now: dt.datetime) -> Order:
    at_s = int(now.timestamp())
    leg = FareLeg(
        FareMode.COACH, FareStop("a", "Besançon"), FareStop("b", "Dole"), at_s, at_s + 1_800, 9, "f", "coach"
    )
    line = PriceLine("single", "Trajet", "Single", "single", (0,), (0,), 150, 150, "", 100)
    item = OrderItem("1", OrderStatus.FULFILLED, (leg,), (Rider(),), (line,))
    return Order("o1", "K7Q2XAB8", person, "p", OrderStatus.FULFILLED, (item,), "t@1", now, now, None)


def test_a_code_as_text_picture_drawing_and_paper(scene: Scene) -> None:
    here = f"/v1/tickets/{scene.ref}/code"
    text = scene.ask("traveller", "GET", here).json()["text"]
    png = scene.ask("traveller", "GET", f"{here}.png")
    pdf = scene.ask("traveller", "GET", f"{here}.pdf")
    assert (png.headers["content-type"], pdf.headers["content-type"]) == ("image/png", "application/pdf")
    assert read_content(png.content) == [qr.to_bytes(text)]
    uic = scene.ask("traveller", "GET", f"/v1/tickets/{scene.ref}/uic-code")
    assert set(read_content(pdf.content)) == {qr.to_bytes(text), uic.content}
    svg = scene.ask("traveller", "GET", f"{here}.svg")
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert svg.text.startswith("<svg")
    live = scene.ask("traveller", "GET", here, params={"live": True}).json()
    assert live["text"] != text
    assert live["goodUntil"] % 30 == 0
    assert {one.headers["cache-control"] for one in (png, pdf, svg)} == {"no-store"}
    assert scene.ask("inspector", "GET", here).status_code == 404
    assert scene.ask("", "GET", here).status_code == 401


def test_a_uic_code_as_bytes_picture_and_drawing(scene: Scene) -> None:
    here = f"/v1/tickets/{scene.ref}/uic-code"
    octets = scene.ask("traveller", "GET", here)
    assert octets.headers["content-type"] == "application/octet-stream"
    png, svg = (scene.ask("traveller", "GET", here + ending) for ending in (".png", ".svg"))
    assert read_content(png.content) == [octets.content]
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "<svg" in svg.text[:400]
    live = scene.ask("traveller", "GET", f"{here}.png", params={"live": True})
    assert read_content(live.content) != [octets.content]
    assert {one.headers["cache-control"] for one in (octets, png, svg, live)} == {"no-store"}
    assert scene.ask("traveller", "GET", f"/v1/tickets/{scene.ref}").json()["hasUicCode"] is True
    for ending in ("", ".png", ".svg"):
        assert scene.ask("inspector", "GET", here + ending).status_code == 404
        assert scene.ask("", "GET", here + ending).status_code == 401
    asked = {"code": octets.content.hex(), "network": "coach", "at": scene.now_s}
    answer = scene.ask("inspector", "POST", "/v1/inspection/checks", json=asked).json()
    assert (answer["colour"], answer["ticket"]["ref"], answer["ticket"]["key"]) == ("green", scene.ref, "2")
    page = browser(scene, Role.INSPECTOR)
    fields = form_of(page.get("/inspection").text) | {"network": "coach", "scan": ""}
    sent = page.post("/inspection", data=fields, files={"picture": ("p.png", png.content)})
    assert (sent.text.count('class="answer green"'), scene.ref in sent.text) == (1, True)


def test_a_device_needs_only_what_it_fetched(scene: Scene) -> None:
    keys = scene.ask("", "GET", "/v1/inspection/keys")
    revoked = scene.ask("inspector", "GET", "/v1/inspection/revocations")
    known = read_known(keys.content, revoked.content)
    text = scene.ask("traveller", "GET", f"/v1/tickets/{scene.ref}/code").json()["text"]
    answer = inspect(qr.to_bytes(text), known, Here(scene.now_s + 5, "coach"))
    assert answer.colour == "green", answer


def test_checks_scans_and_double_use(scene: Scene) -> None:
    text = scene.ask("traveller", "GET", f"/v1/tickets/{scene.ref}/code").json()["text"]
    asked = {
        "code": text,
        "network": "coach",
        "vehicle": "trip-1",
        "device": "d1",
        "scan": "1",
        "at": scene.now_s,
    }
    first = scene.ask("inspector", "POST", "/v1/inspection/checks", json=asked).json()
    assert (first["colour"], first["ticket"]["ref"], first["ticket"]["form"]) == ("green", scene.ref, "paper")
    row = {
        "id": "1",
        "issuer": "MOBI",
        "ref": scene.ref,
        "at": scene.now_s + 30,
        "vehicle": "trip-2",
        "network": "coach",
        "colour": "green",
        "reason": "valid",
    }
    body = {"device": "d2", "scans": [row]}
    added = scene.ask("inspector", "POST", "/v1/inspection/scans", json=body).json()
    assert added["added"] == ["1"]
    assert [use["rule"] for use in added["doubleUses"]] == ["two-at-once", "too-many-rides"]
    assert scene.ask("inspector", "POST", "/v1/inspection/scans", json=body).json()["known"] == ["1"]
    changed = {"device": "d2", "scans": [row | {"vehicle": "trip-3"}]}
    refused = scene.ask("inspector", "POST", "/v1/inspection/scans", json=changed).json()["refused"]
    assert [one["id"] for one in refused] == ["1"]
    uses = scene.ask("operator", "GET", "/v1/inspection/double-uses").json()
    assert {use["ref"] for use in uses} == {scene.ref}
    nonsense = scene.ask("inspector", "POST", "/v1/inspection/checks", json={"code": "hello"}).json()
    assert (nonsense["colour"], nonsense["ticket"]) == ("red", None)
    for wrong in ({"device": "d", "scans": [row | {"colour": "blue"}]}, {"device": "", "scans": []}):
        assert scene.ask("inspector", "POST", "/v1/inspection/scans", json=wrong).status_code == 400


def test_a_telephone_shows_it_from_then_on(scene: Scene) -> None:
    key = rotating.public_key(TELEPHONE).hex()
    bound = scene.ask("traveller", "PUT", f"/v1/tickets/{scene.ref}/device", json={"deviceKey": key}).json()
    assert bound["generation"] == 2
    revoked = scene.ask("inspector", "GET", "/v1/inspection/revocations")
    known = read_known(scene.ask("", "GET", "/v1/inspection/keys").content, revoked.content)
    assert known.lists["MOBI"].lines == {scene.ref: Cancelled("MOBI", scene.ref, 0, 2)}
    shown = rotating.show(qr.to_bytes(bound["text"]), TELEPHONE, scene.now_s + 60)
    assert inspect(shown, known, Here(scene.now_s + 60, "coach")).reason == "valid"
    live = scene.ask("traveller", "GET", f"/v1/tickets/{scene.ref}/code", params={"live": True})
    assert live.status_code == 409
    with Image.open(io.BytesIO(qr.png(qr.to_text(shown)))) as picture:
        assert picture.width > 300
    bad = scene.ask("traveller", "PUT", f"/v1/tickets/{scene.ref}/device", json={"deviceKey": "x"})
    assert bad.status_code == 400


def browser(scene: Scene, who: Role) -> TestClient:
    """Somebody signed in to the pages."""
    accounts = scene.services.accounts
    with scene.services.unit_of_work() as work:
        (person,) = [one for one in work.accounts.list_people() if who in one.roles]
        cookie = begin_session(accounts, work, person.id, TokenKind.PAGE).refresh_token
        work.commit()
    client = TestClient(scene.client.app, cookies={SESSION_COOKIE: cookie})
    return client


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', page))


def test_the_page_reads_a_photograph_larger_than_other_requests_may_be(scene: Scene) -> None:
    client = browser(scene, Role.INSPECTOR)
    page = client.get("/inspection", params={"lang": "en"})
    assert page.status_code == 200
    assert 'capture="environment"' in page.text
    shown = rotating.show(level_1(scene), TELEPHONE, int(scene.services.acts.now().timestamp()))
    noise = Image.effect_noise((1_200, 1_200), 90)
    with Image.open(io.BytesIO(qr.png(qr.to_text(shown)))) as code:
        noise.paste(code.convert("L"), (200, 200))
    kept = io.BytesIO()
    noise.save(kept, "PNG")
    assert len(kept.getvalue()) > 1_000_000
    fields = form_of(page.text) | {"vehicle": "trip-\x007", "network": "coach"}
    answer = client.post(
        "/inspection", params={"lang": "en"}, data=fields, files={"picture": ("p.png", kept.getvalue())}
    )
    assert answer.status_code == 200
    assert 'class="answer' in answer.text
    assert scene.ref in answer.text
    assert 'value="trip-7"' in answer.text
    with scene.services.unit_of_work(read_only=True) as work:
        vehicles = [scan.vehicle for scan in work.scans.list_of("MOBI", scene.ref)]
    assert vehicles.count("trip-7") == 1
    again = client.post("/inspection", data=fields, files={"picture": ("p.png", kept.getvalue())})
    assert again.status_code == 200
    with scene.services.unit_of_work(read_only=True) as work:
        assert len(work.scans.list_of("MOBI", scene.ref)) == len(vehicles)


def level_1(scene: Scene) -> bytes:
    """Of the telephone's ticket."""
    key = rotating.public_key(TELEPHONE).hex()
    asked = scene.ask("traveller", "PUT", f"/v1/tickets/{scene.ref}/device", json={"deviceKey": key})
    return qr.to_bytes(asked.json()["text"])


def test_what_the_page_refuses_it_says(scene: Scene) -> None:
    client = browser(scene, Role.INSPECTOR)
    fields = form_of(client.get("/inspection").text)
    nothing = client.post("/inspection", data=fields, files={"picture": ("", b"")})
    assert (nothing.status_code, "Prenez une photo" in nothing.text) == (422, True)
    for content in (b"hello", b"\x89PNG", b"%PDF-", b"\x00\x01\xff"):
        red = client.post("/inspection", data=fields, files={"picture": ("p", content)})
        assert (red.status_code, "Non valable" in red.text) == (200, True)
    typed = client.post("/inspection", data=fields | {"code": "MT1:hello"})
    assert "Non valable" in typed.text
    forged = client.post("/inspection", data=fields | {"form_token": "0", "code": "MT1:hello"})
    assert forged.status_code == 422
    assert client.post("/inspection", files={"picture": ("p", b"0" * 12_500_000)}).status_code == 413
    assert client.post("/login", files={"picture": ("p", b"0" * 1_500_000)}).status_code == 413
    traveller = browser(scene, Role.TRAVELLER)
    assert traveller.get("/inspection").status_code == 403
    assert traveller.post("/inspection", data=fields | {"code": "MT1:A"}).status_code == 403
    nobody = TestClient(scene.client.app).get("/inspection", follow_redirects=False)
    assert nobody.headers["location"].startswith("/login")
