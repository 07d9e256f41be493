"""Errors whose message is for the person who typed the command."""

from __future__ import annotations

from ground.refusal import RefusedError
from gtfs_feeds.findings import FeedRefusedError
from mobility.accounts.caller import ForbiddenError
from mobility.acts.entity_tag import ChangedMeanwhileError
from mobility.acts.find_feed import UnknownFeedError
from mobility.acts.import_places import PlacesRefusedError
from mobility.acts.import_streets import StreetsRefusedError
from mobility.acts.live_sources import LiveSourceError
from mobility.acts.publish_snapshot import FeedsBusyError
from mobility.acts.remove_streets import NoStreetsError
from mobility.bootstrap import ConfigurationError
from mobility.cli import accounts, audit, carpool_grants, sales, tariff
from mobility.journeys.serving import NothingToServeError

REFUSALS = (
    *accounts.REFUSALS,
    *audit.REFUSALS,
    *carpool_grants.REFUSALS,
    *sales.REFUSALS,
    *tariff.REFUSALS,
    ChangedMeanwhileError,
    ConfigurationError,
    FeedRefusedError,
    FeedsBusyError,
    ForbiddenError,
    LiveSourceError,
    NothingToServeError,
    NoStreetsError,
    PlacesRefusedError,
    RefusedError,
    StreetsRefusedError,
    UnknownFeedError,
)
