"""What the sandbox's bank remembers: a SQLite file of its own, as a bank's book is nobody else's. Any number of threads
and processes of one machine may use it."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS charge (key TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lost (name TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS event (
    n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, body BLOB NOT NULL,
    due_s REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS event_due ON event (due_s);
"""


@dataclass(frozen=True, slots=True)
class Charge:
    """One payment, as the bank sees it. Instants are epoch seconds."""

    key: str
    ref: str
    order_id: str
    reference: str
    amount_cents: int
    currency: str
    return_url: str
    method: str
    """The card; "": none was chosen yet."""
    state: str
    """As `PaymentState`."""
    captured_cents: int = 0
    refunds: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    ripe_s: float | None = None
    """When the money is taken."""


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """A webhook to be sent."""

    n: int
    id: str
    body: bytes
    attempts: int


class SandboxBook:
    """One transaction is one `with book.open() as page`; it is committed unless something is raised."""

    def __init__(self, file: Path) -> None:
        self._file, self._own = file, threading.local()
        file.parent.mkdir(parents=True, exist_ok=True)
        for tries_left in range(50, -1, -1):
            try:
                connection = self._connect()
                connection.execute("PRAGMA journal_mode = WAL")
                connection.executescript(_SCHEMA)
                return
            except sqlite3.OperationalError:  # others open it just now: that waits for nobody
                if not tries_left:
                    raise
                time.sleep(0.1)

    def _connect(self) -> sqlite3.Connection:
        """The connection of this thread, which stays open: whoever closes the last one has its log written back."""
        if not hasattr(self._own, "opened"):
            self._own.opened = _Opened(self._file)
        opened: _Opened = self._own.opened
        return opened.connection

    @contextmanager
    def open(self) -> Iterator[BookPage]:
        """A transaction, alone in the book."""
        connection = self._connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield BookPage(connection)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def find(self, key: str, ref: str) -> Charge | None:
        """A payment as it is written, by our key or the bank's name of it."""
        return BookPage(self._connect()).find(key, ref)

    def list_all(self) -> list[Charge]:
        """All payments."""
        rows = self._connect().execute("SELECT body FROM charge")
        return [Charge(**json.loads(body)) for (body,) in rows]

    def has_due(self, now_s: float) -> bool:
        """Whether a webhook is to be sent."""
        found = self._connect().execute("SELECT 1 FROM event WHERE due_s <= ? LIMIT 1", (now_s,))
        return found.fetchone() is not None


class _Opened:
    """A connection that is closed with the thread that has it."""

    def __init__(self, file: Path) -> None:
        # Who collects what a thread left behind is another thread.
        self.connection = sqlite3.connect(file, timeout=30.0, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA synchronous = NORMAL")

    def __del__(self) -> None:
        self.connection.close()


class BookPage:
    """What can be done in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, key: str, ref: str) -> Charge | None:
        """A payment, by key or ref; either may be ""."""
        row = self._connection.execute(
            "SELECT body FROM charge WHERE key = ? OR ref = ?", (key or None, ref or None)
        ).fetchone()
        return None if row is None else Charge(**json.loads(row[0]))

    def put(self, charge: Charge) -> None:
        """Remember a payment, instead of the one of its key."""
        self._connection.execute(
            "INSERT OR REPLACE INTO charge (key, ref, body) VALUES (?, ?, ?)",
            (charge.key, charge.ref, json.dumps(asdict(charge))),
        )

    def lose(self, name: str) -> bool:
        """Whether something is lost that is lost once: True the first time."""
        made = self._connection.execute("INSERT OR IGNORE INTO lost (name) VALUES (?)", (name,))
        return made.rowcount == 1

    def add_event(self, event_id: str, body: dict[str, Any], due_s: float) -> None:
        """A webhook to be sent."""
        self._connection.execute(
            "INSERT INTO event (id, body, due_s) VALUES (?, ?, ?)",
            (event_id, json.dumps(body, separators=(",", ":")).encode(), due_s),
        )

    def take_due(self, now_s: float, again_s: float, limit: int = 50) -> list[QueuedEvent]:
        """The webhooks that are due, as they were queued; each is due again at `again_s` unless it is dropped."""
        rows = self._connection.execute(
            "SELECT n, id, body, attempts FROM event WHERE due_s <= ? ORDER BY due_s, n LIMIT ?",
            (now_s, limit),
        ).fetchall()
        taken = [QueuedEvent(*row) for row in rows]
        for event in taken:
            self._connection.execute(
                "UPDATE event SET due_s = ?, attempts = attempts + 1 WHERE n = ?", (again_s, event.n)
            )
        return taken

    def postpone(self, n: int, due_s: float) -> None:
        """Send it again then."""
        self._connection.execute("UPDATE event SET due_s = ? WHERE n = ?", (due_s, n))

    def forget_events(self, ref: str) -> None:
        """What was to be told of a payment does not happen any more."""
        self._connection.execute(
            "DELETE FROM event WHERE instr(CAST(body AS TEXT), ?) > 0", (f'"ref":"{ref}"',)
        )

    def drop(self, n: int) -> None:
        """It was heard, or given up."""
        self._connection.execute("DELETE FROM event WHERE n = ?", (n,))
