"""The page of the sandbox's bank, where a buyer pays with a test card: never where real people pay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from mobility.acts.sales.payment_port import PaymentState, ProviderRefusedError, ProviderSilentError
from mobility.pages.frame import PageSet
from mobility.pages.page_sessions import FormExpiredError, PageSessions
from mobility.pages.sandbox_bank_wording import SANDBOX_BANK_WORDS

_PAGES = PageSet(SANDBOX_BANK_WORDS, referrer="no-referrer")


class ShownCharge(Protocol):
    """A payment a buyer was sent to."""

    @property
    def ref(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def amount_cents(self) -> int: ...
    @property
    def currency(self) -> str: ...
    @property
    def return_url(self) -> str: ...
    @property
    def method(self) -> str: ...
    @property
    def state(self) -> str: ...


class ShownCard(Protocol):
    """A test card."""

    @property
    def name(self) -> str: ...
    @property
    def french(self) -> str: ...
    @property
    def english(self) -> str: ...


class Bank(Protocol):
    """What its page needs of the sandbox. `mobility.outside.payments.sandbox` fills it."""

    def show(self, ref: str) -> ShownCharge | None: ...
    def list_cards(self) -> Sequence[ShownCard]: ...
    def choose(self, ref: str, card_name: str) -> ShownCharge: ...
    def give_up(self, ref: str) -> ShownCharge: ...


def sandbox_bank_pages(bank: Bank, sessions: PageSessions) -> APIRouter:
    """The routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sandbox-bank/{ref}")
    def show_payment(request: Request, ref: str) -> Response:
        return _page(request, sessions, bank, ref)

    @router.post("/sandbox-bank/{ref}")
    def take_card(
        request: Request, ref: str, card: str = Form(""), do: str = Form(""), form_token: str = Form("")
    ) -> Response:
        words = _PAGES.words(request)
        if bank.show(ref) is None:
            return _page(request, sessions, bank, ref)
        try:
            sessions.check_form(request, form_token)
            charge = bank.give_up(ref) if do == "give-up" else bank.choose(ref, card)
        except FormExpiredError:
            return _page(request, sessions, bank, ref, 422, {"": words("form_expired")})
        except ProviderRefusedError:
            return _page(request, sessions, bank, ref, 422, {"card": words("choose")})
        except ProviderSilentError:
            return _page(request, sessions, bank, ref, 504, {"": words("silent")})
        if not charge.return_url:
            return _page(request, sessions, bank, ref)
        return RedirectResponse(charge.return_url, status_code=303)

    return router


def _page(
    request: Request,
    sessions: PageSessions,
    bank: Bank,
    ref: str,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    words, charge = _PAGES.words(request), bank.show(ref)
    shown: dict[str, Any] = {"charge": charge, "cards": [], "amount": "", "state": "", "back": ""}
    if charge is None:
        status, errors = 404, {"": words("unknown")}
    else:
        shown["amount"] = words.money(charge.amount_cents, charge.currency)
        shown["back"] = charge.return_url
        if charge.state == PaymentState.PENDING and not charge.method:
            shown["cards"] = [
                (card.name, card.french if words.language == "fr" else card.english)
                for card in bank.list_cards()
            ]
        else:
            shown["state"] = words(f"state_{charge.state}")
    return _PAGES.page(
        request, sessions, "sandbox_bank.html", words("heading"), status, errors=errors or {}, **shown
    )
