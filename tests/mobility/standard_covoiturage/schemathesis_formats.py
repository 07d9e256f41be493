"""Formats of the standard that schemathesis does not know; read by its command line (SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("partial-time", st.times().map(lambda time: time.isoformat("seconds")))
