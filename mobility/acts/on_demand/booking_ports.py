"""What the acts on rides of demand-responsive transport need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mobility.acts.ports import ActPorts
from on_demand.calendar import IsHoliday
from on_demand.ports import Drives
from on_demand.service import Service
from on_demand.service_areas import ServiceAreas


class KnownAreas:
    """The areas of services, prepared once for each state of a service. Any thread may ask."""

    def __init__(self) -> None:
        self._of: dict[str, ServiceAreas] = {}

    def of(self, service: Service) -> ServiceAreas:
        """The areas of a service."""
        known = self._of.get(service.id)
        if known is None or known.service is not service:
            known = self._of[service.id] = ServiceAreas(service)
        return known


@dataclass(frozen=True)
class OnDemandPorts:
    """Storage, clock and identifiers, as of all acts; and what is of these alone."""

    acts: ActPorts
    drives: Callable[[], Drives]
    """How long driving takes by what is served now; taken once an act."""
    key: bytes
    """Signs quotes."""
    is_holiday: IsHoliday
    areas: KnownAreas = field(default_factory=KnownAreas)
