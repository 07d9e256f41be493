"""The only place that chooses the parts: which database, which cache, which files."""

from __future__ import annotations

import datetime as dt
import hmac
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pydantic import ValidationError
from sqlalchemy import Engine

from carpool.checks.thresholds import default_thresholds
from ground.signed import sign
from gtfs_feeds.flex.write import Publisher
from mobility.accounts.access_tokens import AccessTokens
from mobility.accounts.limits import Limiter
from mobility.accounts.passwords import Passwords
from mobility.accounts.vault import Vault
from mobility.acts.accounts.personal_data import AccountData
from mobility.acts.accounts.ports import AccountPorts, AccountRules, PersonalData
from mobility.acts.accounts.sign_in import forget_sessions
from mobility.acts.audit.ports import AuditPorts
from mobility.acts.carpool_gtfs import Operator
from mobility.acts.change_booking import settle_bookings
from mobility.acts.delivery_ports import Event
from mobility.acts.grant_subsidy import settle
from mobility.acts.national_register.data import NationalRegisterData
from mobility.acts.national_register.read import read_journeys
from mobility.acts.national_register.tell import NationalPorts, follow_trip, tell_register
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.on_demand.keep_connections import KEEP_CONNECTIONS_EVERY_S, keep_connections
from mobility.acts.on_demand.personal_data import OnDemandData
from mobility.acts.on_demand.reoptimise import Reoptimiser
from mobility.acts.on_demand.riding import settle_rides
from mobility.acts.on_demand.waiting_list import serve_waiting_list
from mobility.acts.open_snapshot import open_snapshot
from mobility.acts.pay_out import PayoutPorts
from mobility.acts.ports import ActPorts, FeedPorts, NearbyPlaces, UnitsOfWork
from mobility.acts.publish_lines import LINES_EVERY_S, publish_lines
from mobility.acts.regular_rides import materialise_rides
from mobility.acts.ride_data import RideData
from mobility.acts.sales.personal_data import SalesData
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.ticket_ports import TicketPorts
from mobility.acts.standard_covoiturage.data import PartnerMessages
from mobility.acts.standard_covoiturage.offers import Shown
from mobility.acts.standard_covoiturage.ports import StandardSource
from mobility.acts.standard_covoiturage.rides import StandardRides
from mobility.acts.standard_covoiturage.test_data import StandardTestData
from mobility.acts.trips.judge import judge_due
from mobility.acts.trips.personal_data import TripData
from mobility.acts.trips.ports import TripPorts
from mobility.acts.trips.road_times import StreetRoads
from mobility.acts.trips.vehicle_tracks import TimetableVehicles
from mobility.jobs.poll_realtime import RealTimePoll
from mobility.jobs.schedule import Handler, Job
from mobility.jobs.watch_snapshot import SnapshotWatch
from mobility.jobs.worker import Worker
from mobility.journeys.on_demand.connected_trains import ConnectedTrains
from mobility.journeys.on_demand.crow_drives import CrowDrives
from mobility.journeys.on_demand.drives import StreetDrives
from mobility.journeys.public_holidays import is_holiday
from mobility.journeys.serving import NothingToServeError, Serving
from mobility.outside.communes import read_communes
from mobility.outside.feed_download import FeedFetcher
from mobility.outside.identity_provider import OpenIdProvider, ProviderSettings
from mobility.outside.message_download import MessageFetcher
from mobility.outside.national_register import HttpRegisterClient
from mobility.outside.operator_accounts import read_operator_accounts
from mobility.outside.payments.providers import PaymentParts, open_providers
from mobility.sales_parts import build_sales, sales_handlers, sales_jobs
from mobility.settings import Settings, render_settings_table
from mobility.storage import migrations
from mobility.storage.cache import Cache, open_cache
from mobility.storage.database import open_database
from mobility.storage.key_files import KeyFolder, TokenKeys, add_vault_key, open_vault
from mobility.storage.network_folders import FileNetworkFolders
from mobility.storage.payouts import PayoutFolder
from mobility.storage.points import nearby_places
from mobility.storage.register_keys import RegisterKeys
from mobility.storage.ticket_keys import TicketKeys
from mobility.storage.unit_of_work import units_of_work
from on_demand.ports import Drives
from on_demand.reoptimise import by_clock
from on_demand.tour_search import Spent


class ConfigurationError(Exception):
    """The settings do not fit together; the message says what to do."""


@dataclass
class Services:
    """Everything a door needs. `start` begins to serve the published network and to watch for new ones."""

    settings: Settings
    unit_of_work: UnitsOfWork
    feeds: FeedPorts
    acts: ActPorts
    register_keys: RegisterKeys
    accounts: AccountPorts
    cache: Cache
    nearby_places: NearbyPlaces
    watch: SnapshotWatch
    live: RealTimePoll
    trips: TripPorts
    standard: StandardSource
    national: NationalPorts
    audit: AuditPorts
    payouts: PayoutPorts
    on_demand: OnDemandPorts
    tickets: TicketPorts
    sales: SalesPorts
    payments: PaymentParts
    worker: Worker
    live_worker: Worker
    """Does what only a process that knows real time can do."""
    engine: Engine

    def current(self) -> Serving:
        """What a request answers from; taken once a request. Raises NothingToServeError."""
        return self.watch.current()

    @property
    def carpool_operator(self) -> Operator:
        """Who runs the carpool lines."""
        return _operator(self.settings)

    @property
    def on_demand_publisher(self) -> Publisher:
        """Who publishes the services of demand-responsive transport."""
        return Publisher(self.carpool_operator.name, self.carpool_operator.url)

    def rotate_keys(self, drop_old: bool = False) -> tuple[str, int]:
        """New keys sign tokens and seal from now on: the id of the one that signs, and how many seals were made anew.
        `drop_old`: tokens the old keys signed are refused at once."""
        files = KeyFolder(self.settings.keys_dir)
        signs = TokenKeys(files, self.accounts.now).rotate(drop_old)
        add_vault_key(files)
        with units_of_work(self.engine, open_vault(files))() as work:
            resealed = work.accounts.reseal()
            work.commit()
        return signs.id, resealed

    @property
    def schema(self) -> str:
        """The revision of the database's schema."""
        return migrations.current_revision(self.engine) or "none"

    def start(self) -> None:
        """Serve what is published, with its real time, and go on looking; and be a worker, unless one runs apart."""
        self.watch.start()
        self.live.start(self.watch.renew)
        self.live_worker.start()
        if self.settings.worker == "embedded":
            self.worker.start()

    def close(self) -> None:
        """Stop watching and let go of everything."""
        self.worker.close()
        self.live_worker.close()
        self.live.close()
        self.watch.close()
        self.cache.close()
        self.engine.dispose()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def load_settings() -> Settings:
    """The settings from the environment. Raises ConfigurationError with a line for each that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        lines = []
        for one in error.errors():
            names = [f"MOBILITY_{str(part).upper()}" for part in one["loc"][:1]]
            lines.append(": ".join([*names, one["msg"].removeprefix("Value error, ")]))
        raise ConfigurationError("\n".join(lines)) from error


def settings_table() -> str:
    """Every setting with its default and meaning, as Markdown."""
    return render_settings_table()


def utc_now() -> dt.datetime:
    """The clock."""
    return dt.datetime.now(dt.UTC)


def build_services(settings: Settings, now: Callable[[], dt.datetime] = utc_now) -> Services:
    """The services as the settings choose them; the database is brought to the newest schema. `now`: the clock that
    says what is today, and what of real time is stale.

    Raises ConfigurationError when the settings do not fit together.
    """
    if settings.workers > 1 and settings.cache_url.startswith("memory://"):
        raise ConfigurationError(
            f"{settings.workers} workers cannot share a cache in memory: "
            "set MOBILITY_CACHE_URL=redis://HOST:PORT/DB, or serve with one worker (MOBILITY_WORKERS=1)"
        )
    engine = open_database(settings.database_url)
    if migrations.current_revision(engine) != migrations.head_revision():
        migrations.upgrade(engine)
    keys = KeyFolder(settings.keys_dir)
    vault = open_vault(keys)
    # Who has booked finds it so when asking again: the planner of this process does not wait until it looks.
    begin = units_of_work(engine, vault, lambda tours: live.hear_tours(tours))
    ports = _feeds(settings, begin, now)
    quote_key = vault.derive("on-demand quotes")
    live = RealTimePoll(
        begin,
        MessageFetcher(settings.live_message_bytes_max, settings.live_timeout_s),
        ports.now,
        lambda quote: sign(quote, quote_key),
        vault.derive("offered journeys"),
    )
    acts = ActPorts(begin, now, lambda: uuid.uuid4().hex)
    register_keys = RegisterKeys(keys)
    national = _national_register(settings, acts)
    cache = open_cache(settings.cache_url)
    watch = SnapshotWatch(ports, partial(open_snapshot, ports), settings.watch_interval_s, live.dress)
    trips = _trips(acts, watch)
    accounts = _accounts(settings, acts, cache, vault, TokenKeys(keys, now))
    on_demand = OnDemandPorts(acts, partial(_drives, watch), quote_key, is_holiday)
    payments = _payments(settings, vault, now)
    sales = build_sales(settings, acts, on_demand, vault, payments, watch)
    return Services(
        settings=settings,
        unit_of_work=begin,
        feeds=ports,
        acts=acts,
        register_keys=register_keys,
        accounts=accounts,
        cache=cache,
        nearby_places=nearby_places(engine),
        watch=watch,
        live=live,
        trips=trips,
        standard=_standard_covoiturage(settings, acts, vault),
        national=national,
        audit=_audit(settings, acts),
        payouts=_payouts(settings, acts),
        on_demand=on_demand,
        tickets=_tickets(settings, acts, vault, keys),
        sales=sales,
        payments=payments,
        worker=Worker(
            begin,
            [*_handlers(national), *sales_handlers(sales)],
            [
                *_jobs(acts, ports, trips, national, accounts, register_keys, settings),
                *_on_demand_jobs(on_demand),
                *sales_jobs(sales, payments),
            ],
            now,
        ),
        live_worker=Worker(begin, [], _live_jobs(on_demand, watch), now),
        engine=engine,
    )


def _feeds(settings: Settings, begin: UnitsOfWork, now: Callable[[], dt.datetime]) -> FeedPorts:
    return FeedPorts(
        unit_of_work=begin,
        folders=FileNetworkFolders(settings.data_dir),
        fetch=FeedFetcher(settings.feed_download_bytes_max, settings.feed_download_timeout_s),
        now=now,
        versions_kept=settings.feed_versions_kept,
        warm_up_days=settings.warm_up_days,
    )


def _trips(acts: ActPorts, watch: SnapshotWatch) -> TripPorts:
    return TripPorts(
        unit_of_work=acts.unit_of_work,
        now=acts.now,
        roads=StreetRoads(watch.newest),
        vehicles=TimetableVehicles(watch.newest),
        thresholds=default_thresholds(),
    )


def _audit(settings: Settings, acts: ActPorts) -> AuditPorts:
    return AuditPorts(acts, settings.carpool_operator_name, partial(read_communes, settings.communes_file))


def _tickets(settings: Settings, acts: ActPorts, vault: Vault, keys: KeyFolder) -> TicketPorts:
    return TicketPorts(
        acts,
        TicketKeys(keys, settings.ticket_issuer),
        settings.ticket_issuer,
        vault.derive("tickets shown by the server"),
        settings.carpool_operator_name,
    )


def _drives(watch: SnapshotWatch) -> Drives:
    """Driving times by the streets that are served; as the crow flies while there is nothing to serve."""
    try:
        return StreetDrives(watch.newest().streets)
    except NothingToServeError:
        return CrowDrives()


def _payments(settings: Settings, vault: Vault, now: Callable[[], dt.datetime]) -> PaymentParts:
    try:
        return open_providers(settings, vault.derive("sandbox bank"), now)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    except ImportError as error:
        message = f"MOBILITY_PAYMENT_PROVIDER={settings.payment_provider} needs the extra 'payments': {error}"
        raise ConfigurationError(message) from error


def _payouts(settings: Settings, acts: ActPorts) -> PayoutPorts:
    def payer() -> tuple[str, str, str]:
        return settings.payer_name, settings.payer_iban.get_secret_value(), settings.payer_bic

    return PayoutPorts(
        acts,
        PayoutFolder(settings.data_dir / "payouts"),
        payer,
        settings.payout_cents_min,
        partial(read_operator_accounts, settings.operators_file),
    )


def _accounts(
    settings: Settings, acts: ActPorts, cache: Cache, vault: Vault, token_keys: TokenKeys
) -> AccountPorts:
    return AccountPorts(
        unit_of_work=acts.unit_of_work,
        now=acts.now,
        new_id=acts.new_id,
        tokens=AccessTokens(token_keys.load, settings.public_url or "mobility"),
        passwords=Passwords(),
        limiter=Limiter(cache.increment, vault.derive("limits"), acts.now),
        shelf=cache,
        page_secret=vault.derive("pages"),
        rules=AccountRules(
            local_login=settings.local_login,
            sign_up=settings.sign_up,
            public_url=settings.public_url,
            app_redirect_url=settings.oidc_app_redirect_url,
            trust_provider_email=settings.oidc_trust_email,
        ),
        provider=_provider(settings),
        personal_data=PERSONAL_DATA,
    )


def _provider(settings: Settings) -> OpenIdProvider | None:
    if not settings.oidc_issuer:
        return None
    return OpenIdProvider(
        ProviderSettings(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret.get_secret_value(),
            scope=settings.oidc_scope,
            acr_values=settings.oidc_acr_values,
        )
    )


PERSONAL_DATA: tuple[PersonalData, ...] = (
    AccountData(),
    RideData(),
    TripData(),
    PartnerMessages(),
    NationalRegisterData(),
    OnDemandData(),
    SalesData(),
)
"""What each room keeps about people. Accounts come first; a room that keeps something adds itself at the end."""


def _standard_covoiturage(settings: Settings, acts: ActPorts, vault: Vault) -> StandardSource:
    if settings.standard_covoiturage == "test-data":
        return StandardTestData(acts)
    key = vault.derive("standard covoiturage")

    def user_id(person_id: str) -> str:
        return hmac.digest(key, person_id.encode(), "sha256")[:16].hex()

    return StandardRides(acts, Shown(settings.operator_domain, settings.public_url.rstrip("/"), user_id))


def _national_register(settings: Settings, acts: ActPorts) -> NationalPorts:
    client = None
    if settings.national_register_url:
        client = HttpRegisterClient(
            settings.national_register_url,
            settings.national_register_access_key,
            settings.national_register_secret_key.get_secret_value(),
            settings.national_register_timeout_s,
        )
    return NationalPorts(
        unit_of_work=acts.unit_of_work,
        now=acts.now,
        read=read_journeys,
        siret=settings.national_register_siret,
        client=client,
        jitter=lambda: random.uniform(0.75, 1.25),
    )


def _handlers(national: NationalPorts) -> list[Handler]:
    """What is done when something has happened."""

    def tell_trip(event: Event) -> None:
        if national.client is not None:
            follow_trip(national, event.payload["trip_id"])

    return [Handler("trip.proven", tell_trip), Handler("trip.withdrawn", tell_trip)]


def _operator(settings: Settings) -> Operator:
    return Operator(
        settings.carpool_operator_name, settings.carpool_operator_url, settings.carpool_operator_phone
    )


def _jobs(
    acts: ActPorts,
    feeds: FeedPorts,
    trips: TripPorts,
    national: NationalPorts,
    accounts: AccountPorts,
    register_keys: RegisterKeys,
    settings: Settings,
) -> list[Job]:
    """What is done again and again."""
    return [
        Job("publish carpool lines", LINES_EVERY_S, partial(publish_lines, feeds, _operator(settings))),
        Job("make the rides of regular ones", 900.0, partial(materialise_rides, acts)),
        Job("tell the national register", 30.0, partial(tell_register, national)),
        Job("settle bookings", 20.0, partial(settle_bookings, acts)),
        Job("forget sessions", 3600.0, partial(forget_sessions, accounts)),
        Job("judge trips", 2.0, partial(judge_due, trips)),
        Job(
            "grant subsidies",
            86_400.0,
            partial(settle, acts, register_keys, dt.timedelta(hours=settings.subsidy_settle_after_h)),
        ),
    ]


def _reoptimise_budget() -> Spent:
    """What a service day's tours are searched for at a time, of the worker's own time."""
    return by_clock(1.0, time.thread_time)


def _trains(watch: SnapshotWatch) -> ConnectedTrains | None:
    """What real time says of coaches and trains; None: nobody says anything."""
    try:
        serving = watch.current()
    except NothingToServeError:
        return None
    return ConnectedTrains(serving) if serving.live.sources else None


def _on_demand_jobs(ports: OnDemandPorts) -> list[Job]:
    """What is done again and again for rides on demand."""
    return [
        Job("give back holds, serve the waiting list", 5.0, partial(serve_waiting_list, ports)),
        Job("settle rides on demand", 900.0, partial(settle_rides, ports)),
        Job("re-optimise tours on demand", 30.0, Reoptimiser(ports, _reoptimise_budget).run),
    ]


def _live_jobs(ports: OnDemandPorts, watch: SnapshotWatch) -> list[Job]:
    """What is done where real time is known."""
    keep = partial(keep_connections, ports, partial(_trains, watch))
    return [Job("keep connections of rides on demand", KEEP_CONNECTIONS_EVERY_S, keep)]
