"""`/v1/sales`, as operators and auditors ask it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mobility.acts.sales.post import post
from tests.mobility.audit.conftest import NOW, Audited
from tests.ticketing.sales_bodies import bought, given_back, line

AUDITOR, OPERATOR = 50, 60
OCTOBER = NOW.replace(month=10, day=20)


@pytest.fixture
def sold(audited: Audited) -> Audited:
    """Two orders of October."""
    with audited.services.unit_of_work() as work:
        if not work.sales_journal.list_entries("o1"):
            for order, items in (
                ("o1", bought(line("i/1", 275, 0))),
                ("o2", [*bought(line("i/1", 1100)), *given_back("i/1", 550)]),
            ):
                post(work, SimpleNamespace(id=order, pseudonym=f"p-{order}"), items, OCTOBER)
            work.commit()
    return audited


def ask(audited: Audited, method: str, path: str, who: int, status: int = 200, **more: Any) -> Any:
    headers = audited.headers(who) | more.pop("headers", {})
    response = audited.client.request(method, f"/v1/sales/{path}", headers=headers, **more)
    assert response.status_code == status, response.text
    return response


def test_a_month_is_closed_divided_read_and_paid(sold: Audited) -> None:
    assert ask(sold, "GET", "periods/2026-10/days", AUDITOR).json() == []
    ask(sold, "POST", "days/2026-10-31/close", AUDITOR, 403)
    closed = ask(sold, "POST", "days/2026-10-31/close", OPERATOR).json()
    assert [one["day"] for one in closed] == [f"2026-10-{day}" for day in range(20, 32)]
    assert ask(sold, "POST", "days/2026-10-31/close", OPERATOR).json() == []
    assert ask(sold, "GET", "periods/2026-10/days", AUDITOR).json() == closed
    for day in ("2026-11-31", "2027-01-01"):
        ask(sold, "POST", f"days/{day}/close", OPERATOR, 409)
    divided = ask(sold, "POST", "periods/2026-10/apportion", OPERATOR).json()
    assert divided["body"]["shares"] == [["coach", 131 + 238], ["rail", 144 + 262]]
    ask(sold, "POST", "periods/2026-10/apportion", OPERATOR, 409)
    (rail,) = ask(sold, "GET", "periods/2026-10/statements?operator=rail", AUDITOR).json()
    assert (rail["shareCents"], rail["owedCents"], rail["isDivided"]) == (406, 406, True)
    assert sum(one["shareCents"] for one in rail["rows"]) == 406
    taxes = {
        one["vatPermille"]: one["dueTax"] for one in ask(sold, "GET", "periods/2026-10/vat", AUDITOR).json()
    }
    assert taxes == {0: 0, 100: 50}
    entries = ask(sold, "GET", "orders/o2/entries", OPERATOR).json()
    assert [one["n"] for one in entries] == list(range(1, 8))
    assert all(sum(posting["amountCents"] for posting in one["postings"]) == 0 for one in entries)
    table = ask(sold, "GET", "periods/2026-10/tables/shares.csv", AUDITOR)
    assert "1.31" in table.text
    assert "1.44" in table.text
    assert ask(sold, "GET", "periods/2026-10/accounting-entries.txt", AUDITOR).text.count("\r\n") > 10
    paid = {"headers": {"Idempotency-Key": "V1"}, "json": [{"operator": "rail", "amountCents": 406}]}
    first = ask(sold, "POST", "operator-payouts", OPERATOR, **paid).json()
    paid["headers"] = {"Idempotency-Key": "V1"}
    assert ask(sold, "POST", "operator-payouts", OPERATOR, **paid).json() == first
    more = {"headers": {"Idempotency-Key": "V2"}, "json": [{"operator": "rail", "amountCents": 1}]}
    assert "cannot be paid" in ask(sold, "POST", "operator-payouts", OPERATOR, 409, **more).text


def test_rules_are_the_administrators_and_every_read_is_noted(sold: Audited) -> None:
    ask(sold, "POST", "rules", OPERATOR, 403, json={})
    ask(sold, "GET", "periods/2026-13/vat", AUDITOR, 400)
    ask(sold, "GET", "orders/o1/entries", AUDITOR)
    reads = sold.client.get("/v1/audit/reads", headers=sold.headers(AUDITOR)).json()
    assert any(one["what"] == "sales: book of order o1" for one in reads)
