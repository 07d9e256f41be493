"""Log lines: one JSON object each, or for people; with the request's identifier, without what was asked."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


class _Handler(logging.StreamHandler[TextIO]):
    """Ours, so that setting up twice does not write twice."""


def configure_logging(level: str = "info", form: str = "json") -> None:
    """Set up structlog and what logs through the standard library. `form`: 'json' or 'text'.

    Uvicorn's access log is silenced: it writes query strings, and with them coordinates.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer()
    )
    exceptions: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info] if form == "json" else []
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *exceptions, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(),
    )
    handler = _Handler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [kept for kept in root.handlers if not isinstance(kept, _Handler)] + [handler]
    root.setLevel(number)
    for name in ("httpx", "httpcore"):  # they write whole addresses
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    access = logging.getLogger("uvicorn.access")
    access.handlers.clear()
    access.propagate = False
    access.disabled = True
