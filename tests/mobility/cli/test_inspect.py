"""`mobility inspect …`, as it is typed: pictures, PDFs, text and bytes, with nothing but a file of keys."""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from mobility.cli.main import make_app
from mobility.storage.key_files import KeyFolder
from mobility.storage.ticket_keys import TicketKeys
from tests.ticketing.tickets.ticket_world import KEY, NOW, SINGLE, live, paper
from ticketing.orders.order import OrderItem, OrderStatus
from ticketing.tickets import qr
from ticketing.tickets.dosipas.aztec import aztec_png
from ticketing.tickets.dosipas.code import static_code
from ticketing.tickets.keys import Algorithm, new_key
from ticketing.tickets.known import keys_document, list_document, read_known
from ticketing.tickets.paper import paper as sheet
from ticketing.tickets.revocation_list import Cancelled, sign_list

AT = ("--at", "2026-03-28T23:20:00+00:00")
TEXT = qr.to_text(paper())


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOBILITY_DATA_DIR", str(tmp_path / "data"))
    keys = keys_document([KEY.public, P256.public], NOW - 600) | list_document(sign_list([], NOW - 600, KEY))
    Path("inspection.json").write_text(json.dumps(keys))


def run(*words: str, typed: bytes = b"") -> Any:
    return CliRunner().invoke(make_app(["inspect"]), ["inspect", *words], input=typed)


def photograph(text: str) -> bytes:
    """Turned, small, not quite black and white, as JPEG."""
    with Image.open(io.BytesIO(qr.png(text, scale=5))) as clean:
        turned = clean.convert("L").rotate(7, expand=True, fillcolor=230).point(lambda one: 40 + one * 3 // 5)
    kept = io.BytesIO()
    turned.save(kept, "JPEG", quality=60)
    return kept.getvalue()


P256 = new_key("MOBI", "2", Algorithm.P256, bytes(range(1, 33)))
UIC = static_code(replace(SINGLE, rics=(("coach", 9999),)), P256)
ITEM = OrderItem("i", OrderStatus.FULFILLED, (), (), ())
CONTENTS = {
    "text": TEXT.encode(),
    "text with a line's end": TEXT.encode() + b"\n",
    "hexadecimal": paper().hex().encode(),
    "bytes": paper(),
    "png": qr.png(TEXT),
    "photograph": photograph(TEXT),
    "pdf": sheet(SINGLE, ITEM, TEXT, "Réseau"),
    "uic": UIC,
    "uic in hexadecimal": UIC.hex().encode(),
    "uic as a picture": aztec_png(UIC),
    "pdf with both": sheet(SINGLE, ITEM, TEXT, "Réseau", UIC),
    "live": qr.to_text(live()).encode(),
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_ticket_in_whatever_form(kind: str) -> None:
    Path("ticket").write_bytes(CONTENTS[kind])
    for answer in (run("ticket", *AT, "--json"), run("-", *AT, "--json", typed=CONTENTS[kind])):
        assert answer.exit_code == 0, answer.output
        read = json.loads(answer.stdout)
        assert (read["colour"], read["ticket"]["ref"]) == ("green", SINGLE.ref)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "ticket"),
        (b"hello", "MT1:"),
        (b"MT1:hello", "Base45"),
        (b"%PDF-1.7 nonsense", "PDF"),
        (b"\x89PNG nonsense", "picture"),
        (b"\xff\xfe\x00\x01", "COSE_Sign1"),
    ],
)
def test_what_is_no_ticket_is_red_and_says_why(content: bytes, why: str) -> None:
    answer = run("-", *AT, "--json", typed=content)
    assert answer.exit_code == 1
    read = json.loads(answer.stdout)
    assert (read["colour"], read["reason"]) == ("red", "unreadable")
    assert why in read["en"]
    blank = io.BytesIO()
    Image.new("L", (50, 50), 255).save(blank, "PNG")
    assert "no QR or Aztec code" in run("-", *AT, typed=blank.getvalue()).stdout


def test_colours_are_codes_and_words() -> None:
    Path("t").write_text(TEXT)
    green = run("t", *AT, "--network", "coach")
    assert (green.exit_code, "VALID / VALABLE" in green.stdout) == (0, True)
    orange = run("t", *AT, "--network", "coach", "--stop", "bfc:9")
    assert (orange.exit_code, "vérifiez" in orange.stdout) == (3, True)
    assert run("t", *AT, "--network", "ter").exit_code == 1
    assert "Expired" in run("t").stdout
    Path("list.json").write_text(
        json.dumps(list_document(sign_list([Cancelled("MOBI", SINGLE.ref, NOW)], NOW, KEY)))
    )
    revoked = run("t", *AT, "--revoked", "list.json")
    assert (revoked.exit_code, "Annulé le 29/03/2026 à 00:20" in revoked.stdout) == (1, True)


def test_a_uic_code_is_judged_as_any_other_and_seen_before_where_it_was() -> None:
    Path("uic.png").write_bytes(aztec_png(UIC))
    Path("t").write_text(TEXT)
    on = (*AT, "--vehicle", "trip-1", "--device", "d", "--scans", "scans", "--network", "coach")
    assert run("t", *on).exit_code == 0
    again = run("uic.png", *on, "--json")
    assert (again.exit_code, json.loads(again.stdout)["reason"]) == (3, "seen-before")
    assert json.loads(run("uic.png", *AT, "--network", "ter", "--json").stdout)["reason"] == "wrong-network"
    revoked = list_document(sign_list([Cancelled("MOBI", SINGLE.ref, NOW)], NOW, KEY))
    Path("list.json").write_text(json.dumps(revoked))
    assert json.loads(run("uic.png", *AT, "--revoked", "list.json", "--json").stdout)["reason"] == "revoked"


def test_it_says_how_old_the_list_is() -> None:
    Path("t").write_text(TEXT)
    assert "list of MOBI: 0 cancelled tickets as of 2026-03-29 00:10, 0 h 10 min old" in run("t", *AT).stdout
    assert json.loads(run("t", *AT, "--json").stdout)["listAsOf"] == NOW - 600
    Path("bad.json").write_text(Path("inspection.json").read_text().replace("signedList", "list"))
    assert run("t", *AT, "--keys", "bad.json").exit_code == 3


def test_what_was_scanned_is_noted_and_seen_again() -> None:
    Path("t").write_text(TEXT)
    on = (*AT, "--vehicle", "trip-1", "--network", "coach", "--device", "d", "--scans", "scans")
    assert run("t", *on).exit_code == 0
    again = run("t", *on, "--json")
    assert (again.exit_code, json.loads(again.stdout)["reason"]) == (3, "seen-before")
    other = run("t", *on[:2], "--vehicle", "trip-2", "--scans", "scans", "--network", "coach")
    assert "trip-1" in other.stdout
    assert len(Path("scans").read_text().splitlines()) == 3
    Path("scans").write_text("nonsense")
    assert "no file of scans" in run("t", *on).stderr


def test_without_keys_it_says_how_to_get_them() -> None:
    Path("t").write_text(TEXT)
    missing = run("t", "--keys", "nothing.json")
    assert (missing.exit_code, "mobility inspect sync" in missing.stderr) == (1, True)
    Path("bad.json").write_text("{}")
    assert "format" in run("t", "--keys", "bad.json").stderr
    assert "cannot be read" in run("no-file").stderr
    refused = run("sync", "--server", "http://127.0.0.1:9")
    assert (refused.exit_code, "does not answer" in refused.stderr) == (1, True)


def test_an_inspector_imports_neither_the_database_nor_the_web() -> None:
    """Asked of another process: here others have imported everything."""
    import subprocess

    code = (
        "import sys; from mobility.cli.main import make_app; make_app(['inspect']);"
        "print([name for name in ('sqlalchemy', 'fastapi', 'numba', 'mobility.bootstrap') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_keys_and_list_come_from_the_database_here_and_scans_go_there() -> None:
    assert run("sync", "--keys", "k.json").exit_code == 0
    read = json.loads(Path("k.json").read_text())
    assert [key["algorithm"] for key in read["keys"]] == ["Ed25519", "P-256"]
    assert read_known(json.dumps(read)).lists["MOBI"].lines == {}
    assert "key 3 (Ed25519) signs from" in run("rotate", "--in-hours", "0").stdout
    assert "key 1 is withdrawn" in run("withdraw", "1").stdout
    assert "no ticket key is called '9'" in run("withdraw", "9").stderr
    assert run("rotate", "--algorithm", "RSA").exit_code == 2
    assert run("sync", "--keys", "k.json").exit_code == 0
    withdrawn = {key["id"]: bool(key["withdrawn"]) for key in json.loads(Path("k.json").read_text())["keys"]}
    assert [key_id for key_id in withdrawn if withdrawn[key_id]] == ["1"]
    assert len(withdrawn) in (3, 4)  # a new one took its place, unless key 3 signed by then
    row = {
        "device": "d",
        "id": "1",
        "issuer": "MOBI",
        "ref": "R-1",
        "at_s": read["keysAsOf"],
        "colour": "green",
    }
    Path("scans").write_text(json.dumps(row) + "\n")
    assert json.loads(run("upload", "scans", "--json").stdout)["added"] == 1
    assert json.loads(run("upload", "scans", "--json").stdout)["known"] == 1


def test_an_old_list_or_a_forged_one_never_takes_the_place_of_a_newer() -> None:
    """The list of the database here is older than what the device has: as from a server somebody plays back."""
    assert run("sync", "--keys", "k.json").exit_code == 0
    (key, *_) = TicketKeys(KeyFolder(Path("data/keys")), "MOBI").load()
    both = json.loads(Path("k.json").read_text())
    newer = list_document(sign_list([], int(time.time()) + 3_600, key))
    held = json.dumps(both | newer)
    Path("k.json").write_text(held)
    refused = run("sync", "--keys", "k.json")
    assert (refused.exit_code, "plays back an old one" in refused.stderr) == (1, True)
    assert Path("k.json").read_text() == held
    forged = base64.b64decode(both["signedList"])
    flipped = forged[:-1] + bytes([forged[-1] ^ 1])
    Path("forged.json").write_text(json.dumps(list_document(flipped)))
    Path("k.json").write_text(json.dumps(both))
    Path("t").write_text(TEXT)
    answer = run("t", "--keys", "k.json", "--revoked", "forged.json")
    assert (answer.exit_code, "changed on its way" in answer.stderr) == (1, True)
    Path("k.json").write_text("nonsense")
    assert run("sync", "--keys", "k.json").exit_code == 0  # there is nothing to lose
