"""Made-up real time of the demo region: a publisher in a thread, that writes what its vehicles would say by now."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gtfs_feeds.network import Network
from gtfs_feeds.realtime.generate import generate_message

SEED = 2026
INTERVAL_S = 15.0


class DemoPublisher:
    """Writes a message to `path` every so often. The same instants tell the same stories: they follow from the seed.

    `failed` is told of an error; the publisher goes on.
    """

    def __init__(
        self,
        network: Network,
        path: Path,
        *,
        failed: Callable[[Exception], None],
        seed: int = SEED,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._network, self._path, self._seed, self._interval_s = network, path, seed, interval_s
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-publisher", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def close(self) -> None:
        """Publish no more."""
        self._stop.set()
        self._thread.join()

    def publish(self, now_s: int) -> None:
        """Write the message of one instant, aside and then in its place, so that no reader sees half of it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        aside = self._path.with_suffix(".unfinished")
        aside.write_bytes(generate_message(self._network, now_s, seed=self._seed))
        os.replace(aside, self._path)

    def _run(self) -> None:
        while True:
            try:
                self.publish(int(time.time()))
            except Exception as error:
                self._failed(error)
            if self._stop.wait(self._interval_s):
                return
