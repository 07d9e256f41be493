"""How the worker's events and jobs are, for `/metrics`: read from the database, since the worker may be any process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mobility.acts.ports import UnitsOfWork


class WorkerCollector(Collector):
    """Reads when it is asked."""

    def __init__(self, begin: UnitsOfWork, now: Callable[[], dt.datetime]) -> None:
        self._begin, self._now = begin, now

    def collect(self) -> Iterator[Metric]:
        """Events that are not delivered, by kind and state; jobs, by name."""
        with self._begin(read_only=True) as work:
            counts, runs = work.deliveries.count(delivered=False), work.jobs.list_runs()
        events = GaugeMetricFamily(
            "mobility_events", "Events that are not delivered", labels=("kind", "state")
        )
        ages = GaugeMetricFamily(
            "mobility_events_oldest_seconds", "Since the oldest of them was written", labels=("kind", "state")
        )
        for one in counts:
            labels = (one.kind, one.state.value)
            events.add_metric(labels, one.count)
            ages.add_metric(labels, (self._now() - one.oldest_at).total_seconds())
        started = CounterMetricFamily("mobility_job_runs", "Runs of a job that began", labels=("job",))
        failed = CounterMetricFamily("mobility_job_failures", "Runs of a job that failed", labels=("job",))
        ended = GaugeMetricFamily(
            "mobility_job_ended_seconds", "Since the last run of a job ended", labels=("job",)
        )
        for run in runs:
            started.add_metric((run.name,), run.runs)
            failed.add_metric((run.name,), run.failures)
            if run.ended_at is not None:
                ended.add_metric((run.name,), (self._now() - run.ended_at).total_seconds())
        yield from (events, ages, started, failed, ended)
