"""What the sandbox's bank says, in French and English. Both have the same keys."""

from __future__ import annotations

from mobility.pages.account_wording import ACCOUNT_WORDS

_COMMON = ("title", "skip", "language", "errors_title", "colon", "form_expired")

SANDBOX_BANK_WORDS: dict[str, dict[str, str]] = {
    "fr": {
        **{key: ACCOUNT_WORDS["fr"][key] for key in _COMMON},
        "heading": "Banque d’essai",
        "no_money": "Ceci est un essai : aucun argent n’est débité.",
        "reference": "Commande",
        "amount": "Montant",
        "state": "Paiement",
        "card": "Carte d’essai",
        "pay": "Payer",
        "give_up": "Abandonner",
        "back": "Revenir à la commande",
        "choose": "Choisissez une des cartes d’essai.",
        "unknown": "Ce paiement n’existe pas.",
        "silent": "La banque ne répond pas. Revenez à la commande : elle dit où en est le paiement.",
        "state_pending": "En attente de la banque",
        "state_captured": "Payé",
        "state_refused": "Refusé",
        "state_cancelled": "Abandonné",
    },
    "en": {
        **{key: ACCOUNT_WORDS["en"][key] for key in _COMMON},
        "heading": "Test bank",
        "no_money": "This is a test: no money is taken.",
        "reference": "Order",
        "amount": "Amount",
        "state": "Payment",
        "card": "Test card",
        "pay": "Pay",
        "give_up": "Give up",
        "back": "Back to the order",
        "choose": "Choose one of the test cards.",
        "unknown": "There is no such payment.",
        "silent": "The bank does not answer. Go back to the order: it says how the payment stands.",
        "state_pending": "Waiting for the bank",
        "state_captured": "Paid",
        "state_refused": "Refused",
        "state_cancelled": "Given up",
    },
}
