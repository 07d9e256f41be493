"""Services as GTFS-Flex for everybody, and an operator's GTFS-Flex as services of ours."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from ground.document import write_document
from gtfs_feeds.findings import Finding
from gtfs_feeds.flex.write import Publisher, write_flex
from gtfs_feeds.reader import read_feed
from mobility.accounts.caller import Caller, Permission
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.services import get_service, put_service_in
from on_demand.refusal import OnDemandRefusedError, Reason
from on_demand.service import Service
from on_demand.service_checks import check_service, refuse


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a feed."""

    services: tuple[Service, ...]
    findings: tuple[Finding, ...]
    """What is odd in it, and what that cost."""


def export_flex(ports: OnDemandPorts, publisher: Publisher, service_ids: Sequence[str] = ()) -> bytes:
    """A zip of GTFS-Flex with services ((): all); the same services give the same bytes. Nobody's rides are in it.

    Raises OnDemandRefusedError where there is none, or they go by different clocks: export these one by one.
    """
    with ports.acts.unit_of_work(read_only=True) as work:
        services = [get_service(work, one) for one in service_ids] or work.on_demand.list_services()
    if not services:
        raise OnDemandRefusedError(
            Reason.UNKNOWN, "Il n'y a aucun service à exporter.", "There is no service to export."
        )
    version = sha256(b"\0".join(write_document(one) for one in services)).hexdigest()[:16]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gtfs-flex.zip"
        try:
            write_flex(services, path, publisher, ports.is_holiday, version)
        except ValueError as error:
            raise OnDemandRefusedError(
                Reason.INVALID,
                "Ces services n'ont pas la même heure : exportez-les un par un.",
                str(error),
                "service",
            ) from error
        return path.read_bytes()


def import_flex(
    ports: OnDemandPorts,
    caller: Caller,
    path: Path,
    service_id: str = "",
    *,
    is_dispatched: bool = True,
    overwrite: bool = False,
) -> Imported:
    """Make services of ours of the flexible routes of a feed, with their stops, zones, rules and hours; promise, fare
    and connections are as of a new service. `service_id`: the id of the one there is (else ids are its routes').
    `is_dispatched`: vehicles of ours will ride for them. All of them are made, or none.

    Raises ForbiddenError, OnDemandRefusedError and gtfs_feeds.findings.FeedRefusedError.
    """
    caller.require(Permission.MANAGE_ON_DEMAND)
    if not path.is_dir() and not (path.is_file() and zipfile.is_zipfile(path)):
        raise OnDemandRefusedError(
            Reason.INVALID,
            f"{path.name} n'est ni une archive zip ni un dossier GTFS.",
            f"{path.name} is neither a zip nor a folder of GTFS.",
            "file",
        )
    tables, findings = read_feed(path, "import", today=ports.acts.now().date())
    read = list(tables.flex)
    if not read or (service_id and len(read) > 1):
        routes = ", ".join(service.id for service in read)
        raise OnDemandRefusedError(
            Reason.INVALID,
            "Ce GTFS n'a aucun service flexible (GTFS-Flex)."
            if not read
            else f"Ce GTFS a {len(read)} services ({routes}) : importez-les sans --id.",
            "This feed has no flexible service (GTFS-Flex)."
            if not read
            else f"This feed has {len(read)} services ({routes}): import them without --id.",
            "file",
        )
    made = [
        replace(service, id=service_id or _our_id(service.id), is_dispatched=is_dispatched)
        for service in read
    ]
    for service in made:
        refuse(check_service(service))
    with ports.acts.unit_of_work() as work:
        known = [service.id for service in made if work.on_demand.find_service(service.id) is not None]
        if known and not overwrite:
            raise OnDemandRefusedError(
                Reason.IN_USE,
                f"Il y a déjà : {', '.join(known)}. Choisissez un autre identifiant, ou remplacez (--replace).",
                f"There is already: {', '.join(known)}. Choose another id, or replace (--replace).",
            )
        for service in made:
            put_service_in(work, service)
        work.commit()
    return Imported(tuple(made), tuple(findings))


def _our_id(route_id: str) -> str:
    """A route's id as one of ours, which are in addresses."""
    return re.sub(r"[^A-Za-z0-9_.:-]+", "-", route_id).strip("-_.:")[:64] or "service"
