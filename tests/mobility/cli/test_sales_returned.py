"""What a bank sends back of an operator's payment, at the command line: owed again, once."""

from __future__ import annotations

import json

from tests.mobility.cli.conftest import Run
from tests.mobility.cli.test_sales import sold

__all__ = ["sold"]

REASON = ("--reason", "AC01 account number wrong")


def test_what_came_back_is_owed_again(sold: Run) -> None:
    sold("sales", "close", "2025-03-31")
    sold("sales", "apportion", "2025-03")
    paid = json.loads(sold("sales", "pay", "V1", "rail=4.06", "--json").out)
    assert "owed in all: 0.00 €" in sold("sales", "statement", "2025-03", "--operator", "rail").out
    number = str(paid["seq"])
    for words, said in (
        ((number, "moon", *REASON), "paid nothing to moon"),
        (("1", "rail", *REASON), "no payout to operators"),
        ((number, "rail", "--reason", " "), "needs the bank's reason"),
    ):
        refused = sold("sales", "returned", *words)
        assert (refused.code, said in refused.err, "Traceback" in refused.err) == (1, True, False), (
            refused.err
        )
    noted = sold("sales", "returned", number, "rail", *REASON)
    assert (noted.code, "rail is owed 4.06 € again" in noted.out) == (0, True), noted.err
    assert "owed in all: 4.06 €" in sold("sales", "statement", "2025-03", "--operator", "rail").out
    twice = sold("sales", "returned", number, "rail", *REASON, "--json")
    assert (twice.code, "come back" in twice.err) == (1, True)
    assert json.loads(sold("sales", "pay", "V2", "rail=4.06", "--json").out)["total_cents"] == 406
    assert "hold" in sold("sales", "verify").out
