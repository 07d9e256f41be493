"""The test cards of the sandbox: what each makes the bank do. A card is chosen by its name, by the buyer on the bank's
page or as the `method` of a payment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TestCard:
    """How the bank behaves with it; a card of which nothing is said pays at once."""

    name: str
    french: str
    english: str
    refuses: str = ""
    """Why nothing is taken; "": it is."""
    takes_percent: int = 100
    ripens_s: float | None = 0.0
    """After so long the money is taken; None: never by itself."""
    loses: str = ""
    """Which answers never come: "request" (the first one is not even heard), "answer" (of what was done), "refund"
    (the first answer to a refund)."""
    answers_pending: bool = False
    """The answer says nothing of the money that was taken: only the webhook, or who asks."""
    webhook_after_s: float | None = 0.0
    """None: it never comes."""
    webhook_times: int = 1
    is_shuffled: bool = False
    """What happened last is told first."""
    is_early: bool = False
    """The webhook is there before the answer."""
    cancel_captures: bool = False
    """Who cancels hears that the money was just taken."""
    refuses_refund: str = ""


CARDS: dict[str, TestCard] = {
    card.name: card
    for card in (
        TestCard("ok", "Payée tout de suite", "Paid at once"),
        TestCard(
            "refuse", "Refusée : provision insuffisante", "Refused: not enough money", "insufficient-funds"
        ),
        TestCard("slow", "La banque met 20 secondes", "The bank takes 20 seconds", ripens_s=20.0),
        TestCard("never", "La banque ne décide jamais", "The bank never decides", ripens_s=None),
        TestCard(
            "late-webhook",
            "Payée, annoncée 30 secondes plus tard",
            "Paid, told 30 seconds later",
            answers_pending=True,
            webhook_after_s=30.0,
        ),
        TestCard(
            "lost-webhook",
            "Payée, jamais annoncée",
            "Paid, never told",
            answers_pending=True,
            webhook_after_s=None,
        ),
        TestCard("double-webhook", "Annoncée deux fois", "Told twice", webhook_times=2),
        TestCard(
            "shuffled-webhooks", "Annoncée dans le désordre", "Told in the wrong order", is_shuffled=True
        ),
        TestCard("early-webhook", "Annoncée avant la réponse", "Told before the answer", is_early=True),
        TestCard(
            "timeout-before",
            "La demande se perd avant la banque",
            "The request is lost before the bank",
            loses="request",
        ),
        TestCard(
            "timeout-after-capture",
            "Payée, mais la réponse se perd",
            "Paid, but the answer is lost",
            loses="answer",
        ),
        TestCard("partial", "La moitié seulement est prise", "Only half is taken", takes_percent=50),
        TestCard(
            "late-capture",
            "Prise au moment où l’on annule",
            "Taken just when it is cancelled",
            ripens_s=None,
            cancel_captures=True,
        ),
        TestCard(
            "refund-timeout",
            "Payée ; la réponse au remboursement se perd",
            "Paid; the answer to the refund is lost",
            loses="refund",
        ),
        TestCard(
            "refund-refused",
            "Payée ; tout remboursement est refusé",
            "Paid; every refund is refused",
            refuses_refund="charge-disputed",
        ),
    )
}
"""By name, in the order a page shows them."""
