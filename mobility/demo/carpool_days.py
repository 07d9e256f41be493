"""What happens on the demo's carpool lines on a day: who drives when, who comes along, and how it is logged.

Most of it is everyday; now and then somebody's phone has no network, somebody forgets to scan, and somebody cheats.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from carpool.line import Line
from ground.paris import PARIS
from mobility.demo.carpool_people import DemoPerson


class Story(StrEnum):
    """How a trip is logged."""

    EVERYDAY = "everyday"
    """Both phones, scans at both ends, positions: class C."""
    NO_NETWORK = "no network"
    """The same, sent a day and a half later."""
    ONE_PHONE = "one phone"
    """Passengers show nothing of their own: the driver's phone says they were there."""
    DECLARED = "declared"
    """Written down afterwards: class A."""
    ALONE = "alone"
    """Nobody came along."""
    NO_SHOW = "no show"
    """A booked passenger was not at the stop."""
    SAME_PHONE = "same phone"
    """Driver and passenger are one person with one phone: somebody cheats."""
    TOO_FAST = "too fast"
    """The positions are those of somebody who cannot have driven: somebody cheats."""


_LIKELY = (
    (Story.EVERYDAY, 68),
    (Story.NO_NETWORK, 8),
    (Story.ONE_PHONE, 8),
    (Story.DECLARED, 4),
    (Story.ALONE, 5),
    (Story.NO_SHOW, 4),
    (Story.SAME_PHONE, 2),
    (Story.TOO_FAST, 1),
)


@dataclass(frozen=True, slots=True)
class DemoPassage:
    """Somebody who comes along between two stops of the ride."""

    person: DemoPerson
    from_stop: str
    to_stop: str
    is_booked: bool
    """The evening before; else picked up at the stop."""


@dataclass(frozen=True, slots=True)
class DemoRide:
    """One drive. `leaves_at` is aware, UTC; `calls` are stops with the seconds after it."""

    driver: DemoPerson
    line_id: str
    calls: tuple[tuple[str, int], ...]
    leaves_at: dt.datetime
    seats: int
    passages: tuple[DemoPassage, ...]
    story: Story
    nonce: str
    """32 hex digits: what the driver's phone draws for the trip."""

    @property
    def arrives_at(self) -> dt.datetime:
        return self.leaves_at + dt.timedelta(seconds=self.calls[-1][1])


def list_rides(
    lines: Sequence[Line], people: Sequence[DemoPerson], day: dt.date, seed: int
) -> list[DemoRide]:
    """The rides of a day, by departure; none at weekends. The same arguments give the same rides."""
    if day.weekday() >= 5:
        return []
    rides: list[DemoRide] = []
    for line in lines:
        lots = random.Random(f"{seed}/{day}/{line.id}")
        drivers = [one for one in people if one.line_id == line.id and one.is_driver]
        passengers = [one for one in people if one.line_id == line.id and not one.is_driver]
        for index, driver in enumerate(drivers):
            if lots.random() < 0.45:
                continue
            outward = index % 2 == 0
            riders = lots.sample(passengers, lots.choice((1, 1, 1, 2, 2, 3)))
            passengers = [one for one in passengers if one not in riders]
            rides.append(_drive(line, driver, riders, day, (6, 15), outward, lots))
            rides.append(_drive(line, driver, riders, day, (16, 30), not outward, lots))
            if len(passengers) < 3:
                break
    return sorted(rides, key=lambda ride: (ride.leaves_at, ride.driver.key))


def _drive(
    line: Line,
    driver: DemoPerson,
    riders: Sequence[DemoPerson],
    day: dt.date,
    earliest: tuple[int, int],
    outward: bool,
    lots: random.Random,
) -> DemoRide:
    stops = line.stops if outward else line.stops[::-1]
    began_s = stops[0].drive_s
    calls = tuple((one.stop.id, abs(one.drive_s - began_s)) for one in stops)
    minute = earliest[0] * 60 + earliest[1] + 5 * lots.randrange(21)
    leaves = dt.datetime.combine(day, dt.time(minute // 60, minute % 60), PARIS)
    stories, weights = zip(*_LIKELY, strict=True)
    story: Story = lots.choices(stories, weights)[0]
    riders = riders[:1] if story in (Story.SAME_PHONE, Story.NO_SHOW) else riders
    if story is Story.ALONE:
        riders = ()
    return DemoRide(
        driver=driver,
        line_id=line.id,
        calls=calls,
        leaves_at=leaves.astimezone(dt.UTC),
        seats=3,
        passages=tuple(_come_along(rider, calls, story, lots) for rider in riders),
        story=story,
        nonce=f"{lots.getrandbits(128):032x}",
    )


def _come_along(
    rider: DemoPerson, calls: tuple[tuple[str, int], ...], story: Story, lots: random.Random
) -> DemoPassage:
    """Mostly the whole way, sometimes from or to a stop on it."""
    first, last = 0, len(calls) - 1
    if lots.random() < 0.3 and last >= 3:
        first, last = lots.choice(((0, last - 1), (1, last)))
    booked = story in (Story.DECLARED, Story.ONE_PHONE, Story.NO_SHOW) or lots.random() < 0.75
    return DemoPassage(rider, calls[first][0], calls[last][0], booked)
