"""Payments through the library eopayment: PayFiP, which public bodies in France are paid by, and Mollie.

Neither signs what it notifies: a notification only says which payment to ask about, and the answer to that question
is believed. PayFiP knows no refunds and no cancelling: what is to be given back is paid out by the accountant, and an
unpaid operation ends by itself after 15 minutes.
"""

from __future__ import annotations

import decimal
import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from mobility.acts.sales.payment_port import (
    PaymentAnswer,
    PaymentEvent,
    PaymentRequest,
    PaymentState,
    ProviderRefusedError,
    ProviderSilentError,
    WebhookError,
)

BACKENDS = ("payfip_ws", "mollie")
"""Those that can be asked how a payment stands and say how much was paid. The others of the library only tell."""

T = TypeVar("T")

TIMEOUT_S = 15
_EMAIL_LENGTHS = range(6, 81)


class EopaymentProvider:
    """Fills `PaymentProvider`. `options`: those of the library's backend (PayFiP: `numcli`, `saisie`; `wsdl_url` and
    `page_url` for another service than the State's). `notify_url`: where it tells us that something happened."""

    def __init__(self, backend: str, options: Mapping[str, str], notify_url: str) -> None:
        if backend not in BACKENDS:
            raise ValueError(f"MOBILITY_EOPAYMENT_BACKEND must be one of {', '.join(BACKENDS)}")
        self._backend, self._options, self._notify_url = backend, dict(options), notify_url
        self._payment(notify_url)  # says at once what is wrong with the options

    @property
    def name(self) -> str:
        return "payfip" if self._backend == "payfip_ws" else self._backend

    def begin(self, request: PaymentRequest) -> PaymentAnswer:
        """Where the answer is lost, nobody knows the address the buyer would have paid at: beginning again makes
        another operation, of which one alone can be paid."""
        import eopayment

        if self._backend == "payfip_ws" and len(request.email) not in _EMAIL_LENGTHS:
            raise ProviderRefusedError("PayFiP needs the buyer's e-mail address, of 6 to 80 characters")
        amount = f"{decimal.Decimal(request.amount_cents) / 100:.2f}"
        asked = {
            "email": request.email,
            "orderid": request.reference,
            "subject": f"Commande {request.reference}",
        }
        if self._backend == "payfip_ws":
            asked["timeout"] = TIMEOUT_S  # type: ignore[assignment]
        payment = self._payment(request.return_url)
        least = payment.get_minimal_amount()
        if least is not None and decimal.Decimal(amount) < least:
            raise ProviderRefusedError(f"{self.name} takes no amount below {least} €")
        ref, kind, address = _within(lambda: payment.request(amount, **asked))
        if kind != eopayment.URL:
            raise ProviderRefusedError(f"{self._backend} gave a form and no address")
        page = self._options.get("page_url")
        if page:
            address = f"{page}?{str(address).partition('?')[2]}"
        return PaymentAnswer(str(ref), PaymentState.PENDING, redirect_url=str(address))

    def find(self, key: str, provider_ref: str) -> PaymentAnswer | None:
        if not provider_ref:
            return None
        payment = self._payment(self._notify_url)
        if self._backend == "payfip_ws":
            said = _within(lambda: payment.payment_status(provider_ref, timeout=TIMEOUT_S))
        else:
            said = _within(lambda: payment.response(f"id={provider_ref}"))
        return self._answer(provider_ref, said)

    def refund(self, provider_ref: str, key: str, amount_cents: int) -> PaymentAnswer:
        raise ProviderRefusedError(f"{self.name} gives nothing back by itself: pay it out by hand")

    def cancel(self, provider_ref: str) -> PaymentAnswer:
        """It cannot be cancelled; how it stands."""
        answer = self.find("", provider_ref)
        if answer is None:
            raise ProviderRefusedError("there is no such payment")
        return answer

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> PaymentEvent | None:
        import eopayment

        try:
            _, ref = eopayment.Payment.guess(
                method="POST", body=body, query_string="", headers=dict(headers), backends=(self._backend,)
            )
        except Exception as error:
            raise WebhookError("it names no payment") from error
        try:
            answer = self.find("", str(ref))
        except ProviderRefusedError as error:
            raise WebhookError(f"{self.name} does not confirm it: {error}") from error
        return None if answer is None else PaymentEvent(str(ref), "", answer)

    def _payment(self, return_url: str) -> Any:
        import eopayment

        options = {key: value for key, value in self._options.items() if key not in ("wsdl_url", "page_url")}
        payment = eopayment.Payment(
            self._backend,
            options | {"normal_return_url": return_url, "automatic_return_url": self._notify_url},
        )
        wsdl = self._options.get("wsdl_url")
        if wsdl and self._backend == "payfip_ws":
            from eopayment.payfip_ws import PayFiP

            payment.backend.payfip = PayFiP(wsdl_url=wsdl)
        return payment

    def _answer(self, ref: str, said: Any) -> PaymentAnswer:
        import eopayment

        if said.result == eopayment.PAID:
            return PaymentAnswer(ref, PaymentState.CAPTURED, self._cents(said.bank_data))
        if said.result in (eopayment.DENIED, eopayment.ERROR):
            return PaymentAnswer(ref, PaymentState.REFUSED, reason=str(said.bank_status or ""))
        if said.result in (eopayment.CANCELLED, eopayment.EXPIRED):
            return PaymentAnswer(ref, PaymentState.CANCELLED, reason=str(said.bank_status or ""))
        return PaymentAnswer(ref, PaymentState.PENDING)

    def _cents(self, data: Mapping[str, Any]) -> int:
        """What was paid, as the provider says it: PayFiP in cents, Mollie in euros."""
        try:
            if self._backend == "payfip_ws":
                return int(data["montant"])
            return int(decimal.Decimal(data["amount"]["value"]) * 100)
        except (KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise ProviderSilentError("the answer names no amount") from error


def _within(ask: Callable[[], T]) -> T:
    """What the library answers, in a time: it waits for some services without end."""
    done: queue.SimpleQueue[tuple[T | None, Exception | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((ask(), None))
        except Exception as error:
            done.put((None, error))

    threading.Thread(target=run, daemon=True, name="eopayment").start()
    try:
        said, failure = done.get(timeout=TIMEOUT_S + 5)
    except queue.Empty as error:
        raise ProviderSilentError("no answer in time") from error
    if isinstance(failure, ValueError):
        raise ProviderRefusedError(str(failure)) from failure
    if failure is not None:
        raise _failure(failure) from failure
    return cast("T", said)


def _failure(error: Exception) -> ProviderSilentError | ProviderRefusedError:
    """A fault the service answers with did nothing; whatever else goes wrong may have."""
    code = getattr(error, "code", "")
    if isinstance(code, str) and code[:1].isalpha() and code[1:].isdigit():  # PayFiP's own: A1, T2, P5 …
        return ProviderRefusedError(f"{code}: {getattr(error, 'message', '')}")
    return ProviderSilentError(f"{type(error).__name__}: {error}")
