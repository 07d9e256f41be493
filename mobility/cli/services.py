"""The services a command works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mobility.acts.import_places import seed_places
from mobility.bootstrap import Services, build_services, load_settings
from mobility.cli.console import errors
from mobility.journeys.serving import Serving


@contextmanager
def open_services() -> Iterator[Services]:
    """Services on the settings of the environment; the schema is brought up, and a new database gets its towns."""
    with build_services(load_settings()) as services:
        with errors.status("making the database ready"):
            seed_places(services.feeds)
        yield services


def open_serving(services: Services) -> Serving:
    """The network that is served, opened for one answer. Raises NothingToServeError."""
    services.watch.look()
    return services.current()
