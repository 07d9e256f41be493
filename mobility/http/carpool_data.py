"""`/v1/carpool/gtfs.zip` and `gtfs-rt.pb`: the lines and their rides for everybody."""

from __future__ import annotations

from fastapi import APIRouter, Response

from mobility.acts.carpool_gtfs import Operator
from mobility.acts.open_carpool_data import export_gtfs, export_updates
from mobility.acts.ports import ActPorts
from mobility.http.carpool_lines import PREFIX

_ZIP = {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
_PROTOBUF = {"content": {"application/x-protobuf": {"schema": {"type": "string", "format": "binary"}}}}


def carpool_data_router(ports: ActPorts, operator: Operator) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix=PREFIX, tags=["carpool"])

    @router.get(
        "/gtfs.zip",
        summary="Lines and rides as GTFS, route type 1551",
        response_class=Response,
        responses={200: _ZIP},
    )
    def gtfs() -> Response:
        """Renewed at 03:00 in Paris; what changes between is in `gtfs-rt.pb`. Nobody's name is in it."""
        return Response(
            export_gtfs(ports, operator),
            media_type="application/zip",
            headers={"Cache-Control": "max-age=300"},
        )

    @router.get(
        "/gtfs-rt.pb",
        summary="Rides published or cancelled since, as GTFS Realtime",
        response_class=Response,
        responses={200: _PROTOBUF},
    )
    def updates() -> Response:
        """A whole message of trip updates, up to date at every call."""
        return Response(
            export_updates(ports), media_type="application/x-protobuf", headers={"Cache-Control": "no-store"}
        )

    return router
