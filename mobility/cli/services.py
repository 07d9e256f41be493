"""The services a command works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mobility.acts.carpool_lines import seed_lines
from mobility.acts.import_feed import ImportFailure
from mobility.acts.import_places import seed_places
from mobility.acts.import_streets import StreetsRefusedError, renew_streets
from mobility.acts.renew_networks import renew_networks
from mobility.bootstrap import Services, build_services, load_settings
from mobility.cli.console import errors, fail, progress_bars
from mobility.journeys.serving import Serving


@contextmanager
def open_services() -> Iterator[Services]:
    """Services on the settings of the environment, made ready.

    The schema is brought up, a new database gets its towns and carpool lines, and feeds and streets imported by older
    code are made anew.
    """
    with build_services(load_settings()) as services:
        with errors.status("making the database ready"):
            seed_places(services.feeds)
            seed_lines(services.acts)
        with progress_bars() as report:
            renewed = renew_networks(services.feeds, report)
            try:
                renew_streets(services.feeds, report)
            except StreetsRefusedError as error:
                fail(f"the streets were imported by an older version of the code: {error}")
        for outcome in renewed:
            if isinstance(outcome, ImportFailure):
                fail(f"{outcome.feed_id} was imported by an older version of the code: {outcome.error}")
        yield services


def open_serving(services: Services) -> Serving:
    """The network that is served, opened for one answer. Raises NothingToServeError."""
    services.watch.look()
    return services.current()
