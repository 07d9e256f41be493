"""What selling is made of, and what its worker does: a part of `mobility.bootstrap`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from mobility.accounts.caller import SYSTEM
from mobility.accounts.vault import Vault
from mobility.acts.delivery_ports import Event
from mobility.acts.on_demand.booking_ports import OnDemandPorts
from mobility.acts.ports import ActPorts
from mobility.acts.sales.best_fare import settle_due
from mobility.acts.sales.close_day import close_days
from mobility.acts.sales.follow_payments import follow_payments
from mobility.acts.sales.follow_seats import follow_booking, follow_ride
from mobility.acts.sales.release import release_due
from mobility.acts.sales.sales_ports import SalesPorts
from mobility.acts.sales.tariffs import list_versions
from mobility.jobs.schedule import Handler, Job
from mobility.jobs.watch_snapshot import SnapshotWatch
from mobility.journeys.serving import NothingToServeError
from mobility.outside.payments.providers import PaymentParts
from mobility.settings import Settings
from ticketing.fares.tables import FeedFares


def build_sales(
    settings: Settings,
    acts: ActPorts,
    on_demand: OnDemandPorts,
    vault: Vault,
    payments: PaymentParts,
    watch: SnapshotWatch,
) -> SalesPorts:
    """The ports of all acts of selling."""
    return SalesPorts(
        acts=acts,
        on_demand=on_demand,
        offer_key=vault.derive("ticket offers"),
        journey_key=vault.derive("offered journeys"),
        tariffs=list_versions,
        feed_fares=partial(_feed_fares, watch),
        providers=payments.providers,
        issuer=settings.ticket_issuer,
        seller=settings.carpool_operator_name,
    )


def _feed_fares(watch: SnapshotWatch) -> Mapping[str, FeedFares]:
    try:
        return {fares.feed_id: fares for fares in watch.newest().network.fares}
    except NothingToServeError:
        return {}


def sales_handlers(ports: SalesPorts) -> list[Handler]:
    """What is done when a service that was sold is cancelled."""

    def ride(event: Event) -> None:
        follow_ride(ports, event.payload["ride_id"])

    def booking(event: Event) -> None:
        follow_booking(ports, event.payload["booking_id"])

    return [Handler("on-demand.cancelled", ride), Handler("booking.cancelled", booking)]


def sales_jobs(ports: SalesPorts, payments: PaymentParts) -> list[Job]:
    """What is done again and again."""
    jobs = [
        Job("release orders nobody paid", 5.0, partial(release_due, ports)),
        Job("ask about payments, pay refunds", 1.0, partial(follow_payments, ports)),
        Job("give best fares back", 900.0, partial(settle_due, ports)),
        Job("close days of sales", 1800.0, lambda: len(close_days(ports.acts, SYSTEM))),
    ]
    if payments.webhooks is not None:
        jobs.append(Job("send the test bank's webhooks", 0.5, payments.webhooks.send_due))
    return jobs
