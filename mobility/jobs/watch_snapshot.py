"""Serve the active snapshot, and the next one as soon as it is published, without a request noticing."""

from __future__ import annotations

import math
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import structlog

from mobility.acts.ports import FeedPorts
from mobility.journeys.serving import NothingToServeError, Serving

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _State:
    """What is published: which snapshot, and which state of the places."""

    snapshot: str | None
    places: int


class SnapshotWatch:
    """Keeps the network that is served, in one reference that a thread swaps.

    A new snapshot is opened and warmed up beside the old one; requests under way keep the old one, because
    they took the reference once. What cannot be opened is logged, and the old one goes on being served.
    `open_snapshot` opens and warms up the snapshot with a content hash, whose folder is held meanwhile; `dress` lays
    real time over what it opened, then and whenever `renew` says that there is something newer.
    """

    def __init__(
        self,
        ports: FeedPorts,
        open_snapshot: Callable[[str], Serving],
        interval_s: float,
        dress: Callable[[Serving], Serving],
    ) -> None:
        self._ports = ports
        self._open = open_snapshot
        self._dress = dress
        self._interval_s = interval_s
        self._looked_s = -math.inf
        self._planned: Serving | None = None
        self._serving: Serving | None = None
        self._state: _State | None = None
        self._refused: _State | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._swap = threading.Lock()
        self._dressing = threading.Lock()

    def current(self) -> Serving:
        """What is served now. Raises NothingToServeError."""
        serving = self._serving
        if serving is None:
            raise NothingToServeError("no network has been imported yet: mobility feed import PATH_OR_URL")
        return serving

    def start(self) -> None:
        """Open what is published now, and watch for what comes."""
        self.look()
        self._thread = threading.Thread(target=self._watch, name="snapshot-watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop watching and let go of the network."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._put(None)

    def renew(self) -> None:
        """Lay the newest real time over what is served. A network that is just being opened keeps nobody waiting."""
        with self._dressing:
            if self._planned is not None:
                self._serving = self._dress(self._planned)

    def _put(self, planned: Serving | None) -> None:
        with self._dressing:
            self._planned = planned
            self._serving = None if planned is None else self._dress(planned)

    def newest(self) -> Serving:
        """What is served, having looked within the last interval. Raises NothingToServeError."""
        if time.monotonic() >= self._looked_s + self._interval_s:
            self.look()
        return self.current()

    def look(self) -> None:
        """Look once whether something new is published, and serve it."""
        with self._swap:
            self._looked_s = time.monotonic()
            state = self._published()
            if state in (self._state, self._refused):
                return
            if state.snapshot is None:
                self._put(None)
                self._state = state
                return
            self._change(state, state.snapshot)

    def _change(self, state: _State, snapshot: str) -> None:
        try:
            self._put(self._open_held(snapshot))
        except FileNotFoundError:
            # Removed as unused while it was opened: a newer one is published by now. Else files are missing.
            if self._published() == state:
                self._refuse(state, snapshot)
        except Exception:
            self._refuse(state, snapshot)
        else:
            self._state, self._refused = state, None
            log.info("serving", snapshot=snapshot)

    def _refuse(self, state: _State, snapshot: str) -> None:
        self._refused = state
        log.exception(
            "snapshot cannot be opened", snapshot=snapshot, kept=self._state and self._state.snapshot
        )

    def _open_held(self, snapshot: str) -> Serving:
        with ExitStack() as held:
            held.enter_context(self._ports.folders.hold(self._ports.folders.snapshot_folder(snapshot)))
            serving = self._open(snapshot)
            # The folder is let go of when the last request on this network is done, in whatever state of real time.
            weakref.finalize(serving.network, held.pop_all().close)
        return serving

    def _published(self) -> _State:
        with self._ports.unit_of_work(read_only=True) as work:
            return _State(work.snapshots.find_active(), work.places.stamp())

    def _watch(self) -> None:
        is_well = True
        while not self._stop.wait(self._interval_s):
            try:
                self.look()
                is_well = True
            except Exception:
                # The database may be away for a while; what is served goes on being served.
                if is_well:
                    log.exception("cannot look for new networks")
                is_well = False
