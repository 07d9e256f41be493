"""Poll the sources of real time, watch rides and tariffs, and lay all of it over the network that is served.

One thread does it all: it reads which sources there are, hands the fetching to others (a source that does not answer
keeps nobody waiting), takes in what came, and has the network dressed anew. Requests only ever see a finished state.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from gtfs_feeds.network import Network
from gtfs_feeds.realtime.feed_index import FeedIndex
from gtfs_feeds.realtime.message import MessageRefusedError
from gtfs_feeds.realtime.state import LiveFeed, live_at, receive, rematch
from mobility.acts.ports import FetchMessage, Message, SourceError, UnitsOfWork
from mobility.acts.records import LiveSource, LiveStatus
from mobility.jobs.watch_on_demand import OnDemandWatch, Sign
from mobility.jobs.watch_rides import RidesWatch
from mobility.jobs.watch_tariffs import TariffsWatch
from mobility.journeys.lay_over import Heard, lay_over
from mobility.journeys.live import IDLE, LIVE, STALE, WAITING
from mobility.journeys.on_demand.laid_services import LaidServices, lay_services
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.serving import Serving
from on_demand.tour import VehicleDay

log = structlog.get_logger(__name__)

TICK_S = 0.2
SOURCES_EVERY_S = 1.0
"""How often it is looked which sources there are."""

AGE_EVERY_S = 5.0
"""How often what grew stale is let go of; and how often the status of a quiet source is written."""

BACK_OFF_S_MAX = 300.0
JITTER = 0.15
FETCHES_AT_ONCE = 16

UNMATCHED_RULES = frozenset(
    (
        *("unknown_trip", "trip_not_running", "ambiguous_trip", "unknown_route", "trip_descriptor_missing"),
        *("unknown_start_time", "start_time_missing", "invalid_start_date", "invalid_start_time"),
    )
)
"""Findings that speak of a trip the network does not have."""

Outcome = Callable[[str, str], None]
"""Told of every poll: the source, and 'new', 'same', 'failed' (it could not be had) or 'refused' (it is no use)."""


@dataclass(eq=False)
class _Polled:
    """One source as this process knows it."""

    source: LiveSource
    feed: LiveFeed
    due_at: float = 0.0
    tag: str = ""
    failures: int = 0
    fetching: Future[Message | None] | None = None
    polled_at: dt.datetime | None = None
    arrived_at: dt.datetime | None = None
    error: str = ""
    is_served: bool = True
    written_at: float = 0.0
    is_told: bool = True
    """The database knows the last change."""

    @property
    def state(self) -> str:
        if not self.is_served:
            return IDLE
        if self.feed.timestamp_s is None:
            return WAITING
        return STALE if self.feed.stale else LIVE


class RealTimePoll:
    """`dress` lays real time over a network; `renew` (given to `start`) has the served one dressed anew."""

    def __init__(
        self,
        begin: UnitsOfWork,
        fetch: FetchMessage,
        now: Callable[[], dt.datetime],
        sign: Sign = lambda _: "",
        journey_key: bytes = b"",
    ) -> None:
        self._begin, self._fetch, self._now = begin, fetch, now
        self._lock = threading.Lock()
        """Held while a network is dressed or turned to, and while a source's feed is replaced; never while a message
        is read or waited for."""
        self._rides = RidesWatch(begin, now)
        self._on_demand = OnDemandWatch(begin, now, is_holiday, sign)
        self._tariffs = TariffsWatch(begin, journey_key)
        self._services: LaidServices | None = None
        self._polled: dict[str, _Polled] = {}
        self._network: Network | None = None
        self._indices: dict[str, FeedIndex] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._fetchers = ThreadPoolExecutor(FETCHES_AT_ONCE, thread_name_prefix="live-fetch")
        self._listeners: list[Outcome] = []
        self._sources_at = self._aged_at = 0.0
        self._is_well = True
        self.applied_s = 0.0
        """How long the last state took from the message to the swap, in seconds."""

    def listen(self, listener: Outcome) -> None:
        """Tell somebody of every poll."""
        self._listeners.append(listener)

    def start(self, renew: Callable[[], None]) -> None:
        """Begin to poll."""
        self._thread = threading.Thread(target=self._run, args=(renew,), name="live", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop polling."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._fetchers.shutdown(wait=False, cancel_futures=True)
        self._rides.close()

    def hear_tours(self, tours: Sequence[VehicleDay]) -> None:
        """Know at once how tours on demand were changed here."""
        self._on_demand.hear(tours)

    def list_statuses(self) -> list[LiveStatus]:
        """How every source is, as this process sees it."""
        return [_status(one) for one in self._polled.values() if one.polled_at is not None]

    # ── from messages to a state ───────────────────────────────────────────────────────────────────────

    def dress(self, base: Serving) -> Serving:
        """The network with what is known laid over it; as planned when that fails."""
        with self._lock:
            try:
                if base.network is not self._network:
                    self._turn_to(base.network)
                heard = [Heard(one.source.name, one.feed, one.state) for one in self._polled.values()]
                base = self._tariffs.price(base)
                self._on_demand.read_once()
                self._services = lay_services(self._services, base, self._on_demand, is_holiday)
                return lay_over(base, heard, self._rides.carpool, self._now_s(), self._services)
            except Exception:
                log.exception("rides and real time cannot be laid over the network; it is served as planned")
                return base

    def _turn_to(self, network: Network) -> None:
        """Another network is served: what was received is read again against it."""
        self._network, self._indices = network, {}
        for one in self._polled.values():
            index = self._find_index(one.source.feed_id)
            one.is_served = index is not None
            if index is None:
                one.feed, one.tag = LiveFeed.empty(one.source.feed_id), ""
            else:
                one.feed = rematch(one.feed, index, self._now_s())

    def _find_index(self, feed_id: str) -> FeedIndex | None:
        if feed_id not in self._indices and self._network is not None:
            try:
                self._indices[feed_id] = FeedIndex(self._network, feed_id)
            except KeyError:
                return None
        return self._indices.get(feed_id)

    def _now_s(self) -> int:
        return int(self._now().timestamp())

    # ── polling ────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, renew: Callable[[], None]) -> None:
        while not self._stop.wait(TICK_S):
            try:
                began = time.monotonic()
                if self._look(began):
                    renew()
                    self.applied_s = time.monotonic() - began
                self._write_statuses()
                self._is_well = True
            except Exception:
                # The database may be away for a while; what was received goes on being shown until it is stale.
                if self._is_well:
                    log.exception("real time cannot be polled")
                self._is_well = False

    def _look(self, now: float) -> bool:
        """Whether what requests see must change."""
        is_changed = False
        if now - self._sources_at >= SOURCES_EVERY_S:
            with self._begin(read_only=True) as work:
                sources = {source.name: source for source in work.live.list_sources()}
            is_changed = self._change_sources(sources)
            self._sources_at = now
        is_changed |= self._rides.look(now)
        is_changed |= self._on_demand.look(now)
        is_changed |= self._tariffs.look(now)
        if self._network is None:
            return is_changed
        for one in self._polled.values():
            if one.fetching is not None and one.fetching.done():
                is_changed |= self._take(one, now)
            if one.fetching is None and now >= one.due_at:
                one.fetching = self._fetchers.submit(self._fetch, one.source.address, one.tag)
        if now - self._aged_at >= AGE_EVERY_S:
            is_changed |= self._age()
            self._aged_at = now
        return is_changed

    def _change_sources(self, sources: dict[str, LiveSource]) -> bool:
        known = {name: one.source for name, one in self._polled.items()}
        if sources == known:
            return False
        with self._lock:
            kept = {name: one for name, one in self._polled.items() if sources.get(name) == one.source}
            for name, source in sources.items():
                if name not in kept:
                    kept[name] = _Polled(source, LiveFeed.empty(source.feed_id))
                    kept[name].is_served = self._find_index(source.feed_id) is not None
            self._polled = dict(sorted(kept.items()))
        log.info("sources of real time", sources=list(self._polled))
        return True

    def _take(self, one: _Polled, now: float) -> bool:
        """Take in what a fetch brought. Whatever is wrong with it changes nothing, and is told."""
        assert one.fetching is not None
        fetched, one.fetching = one.fetching, None
        one.polled_at = self._now()
        before = one.error
        try:
            message = fetched.result()
        except SourceError as error:
            one.failures += 1
            self._tell(one, "failed", before, str(error))
        except Exception as error:
            one.failures += 1
            self._tell(one, "failed", before, f"it cannot be read: {type(error).__name__}")
            log.exception("a source of real time cannot be read", source=one.source.name)
        else:
            one.failures = 0
            one.due_at = now + _spread(one.source.interval_s)
            return self._receive(one, message, before)
        one.due_at = now + _spread(_back_off_s(one))
        return False

    def _receive(self, one: _Polled, message: Message | None, before: str) -> bool:
        if message is None:
            self._tell(one, "same", before, before)  # what was wrong with it still is
            return False
        with self._lock:
            index, before_feed = self._find_index(one.source.feed_id), one.feed
            one.tag = message.tag if index is not None else ""
        if index is None:
            self._tell(one, "refused", before, f"the feed {one.source.feed_id!r} is not served")
            return False
        try:
            feed = receive(before_feed, index, message.content, self._now_s())
        except MessageRefusedError as error:
            self._tell(one, "refused", before, str(error))
            return False
        except Exception as error:
            log.exception("a message of real time was not understood", source=one.source.name)
            self._tell(one, "refused", before, f"it was not understood: {type(error).__name__}")
            return False
        if feed is before_feed:
            self._tell(one, "same", before, "")
            return False
        with self._lock:
            if one.feed is not before_feed:  # another network is served since: read it again, against that
                one.tag, one.due_at = "", 0.0
                return False
            one.feed, one.arrived_at = feed, one.polled_at
        self._tell(one, "new", before, "")
        return True

    def _tell(self, one: _Polled, outcome: str, before: str, error: str) -> None:
        one.error = error
        one.is_told = one.is_told and outcome == "same" and error == before
        if error and error != before:
            log.warning("real time: " + outcome, source=one.source.name, error=error)
        elif before and not error:
            log.info("real time is back", source=one.source.name)
        for listener in self._listeners:
            listener(one.source.name, outcome)

    def _age(self) -> bool:
        is_changed = False
        for one in self._polled.values():
            with self._lock:
                before, one.feed = one.feed, live_at(one.feed, self._now_s())
            if one.feed is not before:
                if one.feed.stale and not before.stale:
                    log.warning("real time is stale and not shown any more", source=one.source.name)
                one.is_told, is_changed = False, True
        return is_changed

    def _write_statuses(self) -> None:
        now = time.monotonic()
        due = [
            one
            for one in self._polled.values()
            if one.polled_at is not None and (not one.is_told or now - one.written_at >= AGE_EVERY_S)
        ]
        if not due:
            return
        with self._begin() as work:
            for one in due:
                work.live.put_status(_status(one))
            work.commit()
        for one in due:
            one.is_told, one.written_at = True, now


def _status(one: _Polled) -> LiveStatus:
    assert one.polled_at is not None
    feed = one.feed
    stamped_at = None if feed.timestamp_s is None else dt.datetime.fromtimestamp(feed.timestamp_s, dt.UTC)
    return LiveStatus(
        source=one.source.name,
        polled_at=one.polled_at,
        state=one.state,
        arrived_at=one.arrived_at,
        stamped_at=stamped_at,
        error=one.error,
        trips_matched=len(feed.trips) + len(feed.extra_trips),
        trips_unmatched=sum(finding.count for finding in feed.findings if finding.rule in UNMATCHED_RULES),
        alerts=len(feed.alerts),
        vehicles=len(feed.vehicles),
        findings=feed.findings,
    )


def _spread(interval_s: float) -> float:
    """Many servers that ask at one moment are a burden: each a little earlier or later."""
    return interval_s * random.uniform(1 - JITTER, 1 + JITTER)


def _back_off_s(one: _Polled) -> float:
    """A server that fails is asked less and less often; a file costs nothing to look at."""
    if "://" not in one.source.address:
        return one.source.interval_s
    return max(
        min(one.source.interval_s * 2.0 ** min(one.failures, 16), BACK_OFF_S_MAX), one.source.interval_s
    )
