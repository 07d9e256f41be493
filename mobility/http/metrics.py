"""What Prometheus reads at `/metrics`. Several workers share PROMETHEUS_MULTIPROC_DIR, or each answers for itself."""

from __future__ import annotations

import os

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
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

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
            return generate_latest(registry)
        return generate_latest(self.registry)


def metrics_routes(metrics: Metrics) -> list[Route]:
    """`/metrics`."""

    def show(request: Request) -> Response:
        return Response(metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", show)]
