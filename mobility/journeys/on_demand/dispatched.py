"""A ride with a service whose vehicles are dispatched here, as the planner reckons with it before it is promised."""

from __future__ import annotations

from dataclasses import dataclass

from mobility.journeys.on_demand.halts import Hail
from on_demand.booking import Party
from on_demand.promise import duration_s, make_request, within
from on_demand.service import Service
from on_demand.service_windows import TravelWindow
from on_demand.tour import Request


@dataclass(frozen=True, slots=True)
class DispatchedRide:
    """From a hail to another within a window of the service. `lead_s` passes between setting out (getting off a coach
    or train) and the instant the ride is promised for; `tail_s` between its latest arrival and being there (boarding):
    what is walked, and what is kept free for the connection."""

    service: Service
    window: TravelWindow
    origin: Hail
    destination: Hail
    party: Party
    direct_s: int
    """Driving without others."""
    lead_s: int
    tail_s: int
    trip_key: str = ""
    """Of one between two vehicles: names its trip in the router's overlay."""

    @property
    def promised_s(self) -> int:
        """From the instant it is promised for to the latest arrival."""
        return duration_s(self.service.promise, self.party, self.direct_s)

    @property
    def duration_s(self) -> int:
        """In all."""
        return self.lead_s + self.promised_s + self.tail_s

    def make_request(self, set_out_s: int, request_id: str) -> Request | None:
        """What the dispatcher is asked for, when one sets out (gets off) at an instant; None: it is not in its
        hours."""
        request = make_request(
            self.service,
            self.origin.place,
            self.destination.place,
            self.party,
            self.direct_s,
            leave_s=set_out_s + self.lead_s,
            request_id=request_id,
        )
        return within(request, self.window)
