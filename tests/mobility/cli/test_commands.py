"""The command line as people and programs use it: what it prints, where, and with which code it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.mobility.acts.line_feed import FIRST_DAY, LAST_DAY, TODAY, write_line_feed
from tests.mobility.cli.conftest import Run


def test_from_a_feed_to_a_journey(run: Run, tmp_path: Path) -> None:
    archive = write_line_feed(tmp_path / "line.zip", "Villiers", 5)
    imported = run("feed", "import", str(archive))
    assert imported.code == 0, imported.err
    assert re.search(
        rf"line: version \w{{12}}, 2 stops, 1 routes, 1 trips, valid {FIRST_DAY} to {LAST_DAY}", imported.out
    )
    assert "unchanged" in run("feed", "import", str(archive)).out
    listed = run("feed", "list")
    assert re.search(r"^line +\w{12} +active .* 2 +1 +1 ", listed.out, flags=re.MULTILINE)
    planned = run("plan", "Villiers A", "47.2,5.2", "--time", f"{TODAY} 07:30")
    assert planned.code == 0, planned.err
    assert "08:05  Villiers A  —  1 to Villiers B (bus)" in planned.out
    assert f"{TODAY:%a %d %b}  08:05 → 09:00" in planned.out
    arriving = run(
        "plan",
        "line_Villiers-a",
        "line_Villiers-b",
        "--time",
        f"{TODAY}T11:00+01:00",
        "--arrive-by",
        "--json",
    )
    answer = json.loads(arriving.out)
    assert answer["itineraries"][-1]["legs"][-1]["to"]["stopId"] == "line_Villiers-b"


def test_versions_are_chosen(run: Run, tmp_path: Path) -> None:
    for minute in (1, 2):
        run("feed", "import", str(write_line_feed(tmp_path / "line.zip", "line", minute)))
    (feed,) = json.loads(run("feed", "list", "--json").out)
    newest, oldest = (version["version"] for version in feed["versions"])
    assert f"version {oldest[:12]} is now served" in run("feed", "rollback", "line").out
    again = run("feed", "rollback", "line")
    assert (again.code, "no version before" in again.err) == (1, True)
    assert f"version {newest[:12]} is now served" in run("feed", "activate", "line", newest[:6]).out
    assert "served already" in run("feed", "activate", "line", newest[:6]).out
    findings = run("feed", "findings", "line", "--version", oldest[:12], "--json")
    assert isinstance(json.loads(findings.out), list)
    assert "line is removed; nothing is left to serve" in run("feed", "remove", "line").out
    assert "no feed yet" in run("feed", "list").out


def test_refusals_are_words_on_stderr_and_code_1(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"no zip")
    good = write_line_feed(tmp_path / "line.zip", "line")
    for words, said in [
        (("feed", "import", str(tmp_path / "bad.zip"), str(good)), "bad.zip was not imported"),
        (("feed", "import", str(tmp_path / "none.zip")), "there is no file"),
        (("feed", "findings", "ter"), "there is no feed 'ter'; there is: bad, line, none"),
        (("plan", "Nowhere at all", "line A"), "no stop or place is called 'Nowhere at all'"),
    ]:
        ended = run(*words)
        assert ended.code == 1, words
        assert said in ended.err
        assert "Traceback" not in ended.err
    listed = run("feed", "list").out
    assert re.search(r"^line ", listed, flags=re.MULTILINE), "what can be imported is"
    assert "bad: the last import failed: bad: the archive is not" in listed
    assert "feed 'bad' was never imported: bad: the archive" in run("feed", "findings", "bad").err
    assert "bad is removed" in run("feed", "remove", "bad").out


def test_wrong_words_are_code_2(run: Run, tmp_path: Path) -> None:
    for words in [
        ("feed", "import"),
        ("feed", "import", "a.zip", "b.zip", "--id", "one"),
        ("feed", "findings", "ter", "--severity", "terrible"),
        ("serve", "--port", "http"),
        ("fly",),
    ]:
        assert run(*words).code == 2, words
    run("feed", "import", str(write_line_feed(tmp_path / "line.zip", "line")))
    assert run("plan", "line A", "line B", "--time", "noon").code == 2


def test_nothing_to_serve_is_said(run: Run) -> None:
    ended = run("plan", "Dijon", "Dole")
    assert (ended.code, "no network has been imported yet" in ended.err) == (1, True)


def test_settings_that_do_not_fit_are_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = run("serve", "--workers", "2")
    assert (ended.code, "MOBILITY_CACHE_URL=redis://" in ended.err) == (1, True)
    monkeypatch.setenv("MOBILITY_WORKERS", "1")
    monkeypatch.setenv("MOBILITY_PORT", "x")
    ended = run("db", "upgrade")
    assert (ended.code, "MOBILITY_PORT" in ended.err) == (1, True)


def test_places_are_imported_and_listed(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "hameaux.csv"
    table.write_text("nom,lat,lon\nTrifouilly,47.1,6.2\nNulle part,,\n", encoding="utf-8")
    ended = run("places", "import", str(table), "--kind", "locality")
    assert "1 places imported" in ended.out
    assert "left out: hameaux.csv, line 3" in ended.err
    (place,) = json.loads(run("places", "list", "trifouilly", "--json").out)
    assert (place["kind"], place["lat"]) == ("locality", 47.1)
    assert "Trifouilly" in run("places", "list", "trifou").out


def test_help_is_there_for_every_command(run: Run) -> None:
    for words in [
        (),
        ("feed",),
        ("feed", "import"),
        ("places",),
        ("db", "upgrade"),
        ("plan",),
        ("serve",),
        ("demo",),
    ]:
        ended = run(*words, "--help")
        assert ended.code == 0
        assert "Usage: mobility" in ended.out
    assert run("settings").out.startswith("# Settings")
    assert run("--version").code == 0


def test_a_server_serves_and_ends_when_it_is_told(tmp_path: Path) -> None:
    environment = os.environ | {"MOBILITY_DATA_DIR": str(tmp_path / "data"), "MOBILITY_WARM_UP_DAYS": "0"}
    mobility = [sys.executable, "-m", "mobility"]
    archive = write_line_feed(tmp_path / "line.zip", "line")
    subprocess.run(
        [*mobility, "feed", "import", str(archive)], env=environment, check=True, capture_output=True
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [*mobility, "serve", "--port", str(port)], env=environment, stderr=subprocess.PIPE
    )
    try:
        health = json.loads(_get(f"http://127.0.0.1:{port}/api/v1/health"))
        assert health["status"] == "ok"
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=120)
    assert server.returncode in (0, -signal.SIGTERM)


def _get(address: str) -> bytes:
    until = time.monotonic() + 300
    while True:
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                return bytes(answer.read())
        except (ConnectionError, urllib.error.URLError):
            assert time.monotonic() < until, "the server never answered"
            time.sleep(0.2)


def test_sources_of_real_time(run: Run, tmp_path: Path) -> None:
    archive = write_line_feed(tmp_path / "line.zip", "Villiers", 5)
    assert run("feed", "import", str(archive)).code == 0
    assert "no source yet" in run("live", "list").out
    address = "https://example.org/updates.pb?key=SECRET"
    added = run("live", "add", "updates", address, "--feed", "line", "--interval", "30s")
    assert (added.code, added.err) == (0, "")
    assert "updates: https://example.org/updates.pb for line, every 30 s" in added.out
    file = run("live", "add", "alerts", str(tmp_path / "alerts.pb"), "--feed", "line")
    assert file.code == 0
    listed = run("live", "list")
    assert "no server looked yet" in listed.out
    assert "SECRET" not in listed.out + run("live", "list", "--json").out
    names = [source["name"] for source in json.loads(run("live", "list", "--json").out)]
    assert names == ["alerts", "updates"]
    for words, said in (
        (("add", "Bad Name", address, "--feed", "line"), "cannot name a source"),
        (("add", "x", address, "--feed", "none"), "there is no feed 'none'"),
        (("add", "x", "ftp://example.org/x", "--feed", "line"), "neither a file nor an http(s) address"),
        (("add", "x", str(tmp_path), "--feed", "line"), "is a folder"),
        (("add", "x", address, "--feed", "line", "--interval", "0s"), "cannot be kept"),
        (("remove", "x"), "there is no source 'x'; there is: alerts, updates"),
    ):
        refused = run("live", *words)
        assert (refused.code, said in refused.err) == (1, True), (words, refused)
    assert run("live", "add", "x", address, "--feed", "line", "--interval", "soon").code == 2
    assert "updates is removed" in run("live", "remove", "updates").out
