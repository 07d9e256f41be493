"""A number that grows with every committed change, so that whoever keeps a copy knows when it is old."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, select, update
from sqlalchemy.orm import Session


class Stamp:
    """The one row of `row`, a table with a `value`, as one session sees it."""

    def __init__(self, session: Session, row: Any) -> None:
        self._session, self._row = session, row
        self._is_changed = False

    def change(self) -> None:
        """Something changes: it grows with the commit."""
        if not self._is_changed:
            self._is_changed = True
            # Everybody who changes something waits here for everybody else, so at the very end: then stamps are
            # seen in the order they were given, and nothing is locked after it that somebody could wait for.
            event.listen(self._session, "before_commit", self._grow, once=True)

    @property
    def value(self) -> int:
        """As of the last commit."""
        return self._session.scalar(select(self._row.value)) or 0

    def _grow(self, session: Session) -> None:
        self._is_changed = False
        session.flush()
        session.execute(update(self._row).values(value=self._row.value + 1))
