"""What Prometheus reads at `/metrics`. Several workers share PROMETHEUS_MULTIPROC_DIR, or each answers for itself."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.acts.records import LiveStatus

_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """The measurements of one process."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "mobility_requests", "Requests answered", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "mobility_request_seconds",
            "Time to answer",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self._search = Histogram(
            "mobility_plan_search_seconds", "Time in the planner", buckets=_BUCKETS_S, registry=self.registry
        )
        self._empty = Counter(
            "mobility_plan_empty", "Plans without an itinerary", ("reason",), registry=self.registry
        )
        self._snapshot = Gauge(
            "mobility_snapshot_info", "The network that is served", ("version",), registry=self.registry
        )
        self._version = ""
        self._collectors: list[Collector] = []

        self._live_polls = Counter(
            "mobility_live_polls",
            "Looks at sources of real time",
            ("source", "outcome"),
            registry=self.registry,
        )
        self._live_age = self._live_gauge("age_seconds", "Since the publisher's instant of what is used")
        self._live_trips = self._live_gauge(
            "trips", "Trips a source speaks of, by whether they are known", "known"
        )
        self._live_alerts = self._live_gauge("alerts", "Alerts of a source")
        self._live_vehicles = self._live_gauge("vehicles", "Vehicles of a source")
        self._live_is_live = self._live_gauge(
            "is_live", "1: what a source says is shown; 0: it is stale or failed"
        )

    def _live_gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(
            f"mobility_live_{name}",
            what,
            ("source", *labels),
            registry=self.registry,
            multiprocess_mode="mostrecent",
        )

    def observe_poll(self, source: str, outcome: str) -> None:
        """One look at a source of real time: 'new', 'same', 'failed' or 'refused'."""
        self._live_polls.labels(source, outcome).inc()

    def set_live(self, statuses: Sequence[LiveStatus], now_s: float) -> None:
        """How the sources of real time are."""
        gauges = self._live_age, self._live_trips, self._live_alerts, self._live_vehicles, self._live_is_live
        for gauge in gauges:
            gauge.clear()
        for one in statuses:
            if one.stamped_at is not None:
                self._live_age.labels(one.source).set(now_s - one.stamped_at.timestamp())
            self._live_trips.labels(one.source, "yes").set(one.trips_matched)
            self._live_trips.labels(one.source, "no").set(one.trips_unmatched)
            self._live_alerts.labels(one.source).set(one.alerts)
            self._live_vehicles.labels(one.source).set(one.vehicles)
            self._live_is_live.labels(one.source).set(one.state == "live")

    def observe(self, route: str, method: str, status: int, took_s: float) -> None:
        """One request was answered."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(took_s)

    def observe_plan(self, version: str, search_s: float, reason: str | None) -> None:
        """One plan was made. `reason`: why it is empty."""
        self._search.observe(search_s)
        if reason is not None:
            self._empty.labels(reason).inc()
        if version != self._version:
            self._snapshot.clear()
            self._snapshot.labels(version).set(1)
            self._version = version

    def render(self) -> bytes:
        """The exposition, of all workers when they share a folder."""
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            for collector in self._collectors:
                registry.register(collector)
            return generate_latest(registry)
        return generate_latest(self.registry)

    def add(self, collector: Collector) -> None:
        """Something that is the same in all processes, and is asked when it is read."""
        self._collectors.append(collector)
        self.registry.register(collector)


def metrics_routes(metrics: Metrics, list_live: Callable[[], Sequence[LiveStatus]]) -> list[Route]:
    """`/metrics`."""

    def show(request: Request) -> Response:
        metrics.set_live(list_live(), time.time())
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", show)]
