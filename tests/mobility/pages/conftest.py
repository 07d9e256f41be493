"""The page on a small region, as a browser without JavaScript sees it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from mobility.journeys.places import Places
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.journeys.street_times import CrowFlyStreets
from mobility.pages.journeys import pages_router
from routing.planner import Planner
from tests.mobility.small_region import TOWNS, build_network

NOW = dt.datetime(2026, 6, 15, 5, 42, tzinfo=dt.UTC)


class OneNetwork:
    """The services the page needs, of one network that may be taken away."""

    def __init__(self, serving: Serving) -> None:
        self.serving: Serving | None = serving

    def current(self) -> Serving:
        if self.serving is None:
            raise NothingToServeError("no network has been imported yet")
        return self.serving


@pytest.fixture(scope="package")
def services(tmp_path_factory: pytest.TempPathFactory) -> OneNetwork:
    network = build_network(tmp_path_factory.mktemp("region"))
    planner = Planner(network.timetable, network.info)
    planner.warm_up([])
    places = Places(network, TOWNS)
    return OneNetwork(Serving("v1", network, planner, places, CrowFlyStreets(places)))


@pytest.fixture(scope="package")
def browser(services: OneNetwork) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(pages_router(services, lambda: NOW, lambda request, rider: rider))
    with TestClient(app) as client:
        yield client
