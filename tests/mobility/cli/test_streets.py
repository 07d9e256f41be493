"""`mobility streets …`: what it prints, where, and with which code it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.mobility.cli.conftest import Run
from tests.mobility.street_town import spell, write_extract, write_feed


def test_from_an_extract_to_a_walk(run: Run, tmp_path: Path) -> None:
    extract = str(write_extract(tmp_path / "town.osm.gz"))
    assert "no streets yet" in run("streets", "list").out
    imported = run("streets", "import", extract)
    assert imported.code == 0, imported.err
    assert re.search(
        r"version \w{12}, \d+ crossings, \d+ stretches of street, 46\.973,5\.000 to", imported.out
    )
    assert "there is no timetable yet" in imported.out
    assert run("feed", "import", str(write_feed(tmp_path / "town.zip"))).code == 0
    assert "unchanged" in run("streets", "import", extract).out
    listed = run("streets", "list")
    assert re.search(r"^\w{12} .* unknown .*town\.osm\.gz", listed.out, flags=re.MULTILINE)
    planned = run("plan", spell((0, 20)), spell((1000, 20)), "--time", "2026-06-15 07:00")
    assert planned.code == 0, planned.err
    assert "walk 14 min (1.0 km)" in planned.out
    assert "follow the streets (OpenStreetMap). © OpenStreetMap contributors." in planned.out
    assert "were removed" in run("streets", "remove").out
    again = run("plan", spell((0, 20)), spell((1000, 20)), "--time", "2026-06-15 07:00")
    assert "as the crow flies" in again.out
    assert "OpenStreetMap" not in again.out


def test_json_for_programs(run: Run, tmp_path: Path) -> None:
    assert json.loads(run("streets", "list", "--json").out) == {"active": None, "last_import": None}
    imported = json.loads(
        run("streets", "import", str(write_extract(tmp_path / "town.osm.gz")), "--json").out
    )
    assert (imported["outcome"], imported["snapshot"]) == ("imported", None)
    listed = json.loads(run("streets", "list", "--json").out)
    assert listed["active"]["version"] == imported["version"]
    assert listed["last_import"]["outcome"] == "imported"


def test_refusals_are_words_on_stderr(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.osm.pbf"
    bad.write_bytes(bytes(1000))
    refused = run("streets", "import", str(bad))
    assert (refused.code, refused.out) == (1, "")
    assert f"{bad}: the file is broken" in refused.err
    listed = run("streets", "list")
    assert "no streets yet" in listed.out
    assert f"the last import, of {bad}, failed" in listed.out
    nothing = run("streets", "remove")
    assert (nothing.code, "no streets to remove" in nothing.err) == (1, True)
    assert run("streets", "import").code == 2
