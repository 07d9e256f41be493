"""Value added tax that prices include, by line or on the total: a tariff version says which."""

from __future__ import annotations

from collections.abc import Sequence

from ticketing.money import apportion

LINE, TOTAL = "line", "total"
MODES = (LINE, TOTAL)


def vat_included(cents: int, permille: int) -> int:
    """The tax within a price, to the nearest cent, half a cent upwards: 150 at 100 ‰ is 14 (13.64)."""
    return (2 * cents * permille + 1000 + permille) // (2 * (1000 + permille))


def vat_of_lines(lines: Sequence[tuple[int, int]], mode: str) -> list[int]:
    """The tax of each (cents, permille).

    `line`: rounded for each. `total`: rounded once for each rate on the sum of its lines, and laid on them by largest
    remainder: seven times 150 at 100 ‰ is 98 by line and 95 on the total.
    """
    if mode == LINE:
        return [vat_included(cents, permille) for cents, permille in lines]
    vat = [0] * len(lines)
    for rate in {permille for _, permille in lines}:
        at = [index for index, (_, permille) in enumerate(lines) if permille == rate]
        cents = [lines[index][0] for index in at]
        if sum(cents):
            for index, part in zip(at, apportion(vat_included(sum(cents), rate), cents), strict=True):
                vat[index] = part
    return vat
