"""The demo's on-demand services as others get them: GTFS-Flex the canonical validator has nothing against."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path

from gtfs_feeds.flex.write import Publisher, write_flex
from gtfs_feeds.reader import read_feed
from mobility.demo.on_demand import list_services
from mobility.journeys.public_holidays import is_holiday
from on_demand.calendar import is_active

FIRST = dt.date(2026, 3, 2)


def test_the_services_as_a_feed(tmp_path: Path) -> None:
    services = list_services(FIRST)
    archive = tmp_path / "flex.zip"
    write_flex(
        services, archive, Publisher("Région", "https://example.org", email="a@example.org"), is_holiday, "1"
    )
    command = [sys.executable, "-m", "gtfs_validator.cli", "-i", str(archive), "-o", str(tmp_path / "out")]
    subprocess.run([*command, "-d", f"{FIRST}"], check=True, stdout=subprocess.DEVNULL)
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    system = json.loads((tmp_path / "out" / "system_errors.json").read_text(encoding="utf-8"))
    assert system["notices"] == []
    assert {one["severity"] for one in report["notices"]} <= {"INFO"}
    tables, findings = read_feed(archive, "x", today=FIRST)
    assert [found.rule for found in findings] == ["flexible_service"]
    for service, again in zip(services, tables.flex, strict=True):
        assert (again.stops, again.groups, again.zones) == (service.stops, service.groups, service.zones)
        assert (again.rules, again.trips) == (service.rules, service.trips)
        for ours, theirs in zip(service.calendars, again.calendars, strict=True):
            days = [FIRST + dt.timedelta(number) for number in range(200)]
            assert [is_active(ours, day, is_holiday) for day in days] == [
                is_active(theirs, day, lambda _: False) for day in days
            ], "public holidays are dates now"
