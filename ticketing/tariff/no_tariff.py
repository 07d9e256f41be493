"""Where no tariff is in force: it prices nothing, so that only what feeds and services ask themselves is known."""

from __future__ import annotations

from ticketing.tariff.tariff import Direction, Tariff, VatMode

NO_TARIFF = Tariff(
    id="",
    title_fr="",
    title_en="",
    valid_from="",
    valid_until=None,
    time_zone="Europe/Paris",
    fare_day_begins_min=270,
    round_to_cents=1,
    round_direction=Direction.NEAREST,
    vat_mode=VatMode.LINE,
    vat_permille=0,
    apportionment="",
    exchange_fee_cents=0,
    categories=(),
    networks=(),
    zones=(),
    times=(),
    reductions=(),
    products=(),
    refunds=(),
    hash="",
    canonical=b"",
)
