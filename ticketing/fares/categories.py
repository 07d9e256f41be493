"""Which rows of a product somebody of a category may pay."""

from __future__ import annotations

from ticketing.fares.tables import FeedFares, ProductRow


def usable_rows(product_id: str, fares: FeedFares, category: str, currency: str) -> dict[str, ProductRow]:
    """The cheapest row by medium ("": with any) of a product for a rider category.

    Rows without a category are for anybody. Where the product has none for `category` (compared without regard to
    case), its default category's are, too: whoever has no reduction pays what one pays without any.
    """
    rows = [row for row in fares.rows_of.get(product_id, ()) if row.currency == currency]
    wanted = category.casefold()
    own = [row for row in rows if row.category_id and row.category_id.casefold() == wanted]
    eligible = [row for row in rows if not row.category_id] + (own or [row for row in rows if row.is_default])
    cheapest: dict[str, ProductRow] = {}
    for row in eligible:
        known = cheapest.get(row.medium_id)
        if known is None or row.cents < known.cents:
            cheapest[row.medium_id] = row
    anyhow = cheapest.get("")
    if anyhow is not None:
        for medium, row in cheapest.items():
            if anyhow.cents < row.cents:
                cheapest[medium] = anyhow
    return cheapest


def find_row(
    product_id: str, medium_id: str, fares: FeedFares, category: str, currency: str
) -> ProductRow | None:
    """What a product costs with a medium."""
    rows = usable_rows(product_id, fares, category, currency)
    return rows.get(medium_id, rows.get(""))
