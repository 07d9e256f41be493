"""`/v1/feeds`: which feeds are served, from when they are, and how many findings they have."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mobility.acts.ports import UnitsOfWork
from mobility.acts.records import FeedSummary

PATH = "/v1/feeds"


def feed_routes(begin: UnitsOfWork) -> list[Route]:
    """The feeds with an active version. What they hold is told by `mobility feed findings`."""

    def show(request: Request) -> Response:
        with begin(read_only=True) as work:
            summaries = work.feeds.list_feeds()
        shown = [_present(summary) for summary in summaries if summary.active is not None]
        return Response(orjson.dumps(shown), media_type="application/json")

    return [Route(PATH, show)]


def _present(summary: FeedSummary) -> dict[str, object]:
    active = summary.active
    assert active is not None
    return {
        "id": summary.feed_id,
        "version": active.version,
        "publisherVersion": active.publisher_version,
        # a path on this machine is nobody's business
        "source": active.source if active.source.startswith(("http://", "https://")) else None,
        "importedAt": active.imported_at,
        "serviceFrom": active.first_day,
        "serviceTo": active.last_day,
        "stops": active.stop_count,
        "routes": active.route_count,
        "trips": active.trip_count,
        "findings": {
            "errors": active.error_count,
            "warnings": active.warning_count,
            "infos": active.info_count,
        },
        "lastImport": summary.last_import.outcome if summary.last_import else None,
    }
