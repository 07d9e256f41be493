"""What the acts on accounts refuse, as answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from mobility.accounts.caller import ForbiddenError
from mobility.accounts.details import DetailError
from mobility.accounts.limits import TooManyError
from mobility.accounts.passwords import WeakPasswordError
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.acts.accounts.api_keys import UnknownKeyError
from mobility.acts.accounts.people import LastAdministratorError, RolesRefusedError, SignUpOffError
from mobility.acts.accounts.personal_data import StillNeededError
from mobility.acts.accounts.provider import NoProviderError, ProviderRefusedError
from mobility.acts.accounts.sign_in import LocalLoginOffError, SessionEndedError, WrongCredentialsError
from mobility.http.problems import Problem
from mobility.http.who import forbidden

_WORDS: dict[type[Exception], tuple[int, str, str, str]] = {
    WrongCredentialsError: (
        401,
        "wrong-credentials",
        "Adresse ou mot de passe incorrect.",
        "Wrong address or password.",
    ),
    SessionEndedError: (
        401,
        "session-ended",
        "Votre session est terminée : connectez-vous à nouveau.",
        "Your session has ended: sign in again.",
    ),
    LocalLoginOffError: (
        409,
        "not-offered",
        "Ici, on se connecte avec le fournisseur d’identité.",
        "People sign in with the identity provider here.",
    ),
    SignUpOffError: (
        409,
        "not-offered",
        "Ici, les comptes sont créés par l’administration ou le fournisseur d’identité.",
        "Accounts are made by an administrator or the identity provider here.",
    ),
    NoProviderError: (
        409,
        "not-offered",
        "Aucun fournisseur d’identité n’est configuré.",
        "No identity provider is set up.",
    ),
    EmailTakenError: (
        409,
        "email-taken",
        "Un autre compte a cette adresse électronique.",
        "Another account has this e-mail address.",
    ),
    UnknownPersonError: (404, "not-found", "Ce compte n’existe pas.", "There is no such account."),
    UnknownKeyError: (404, "not-found", "Cette clé n’existe pas.", "There is no such key."),
    LastAdministratorError: (
        409,
        "last-administrator",
        "C’est le dernier administrateur : nommez-en d’abord un autre.",
        "This is the last administrator: make somebody else one first.",
    ),
    RolesRefusedError: (
        422,
        "bad-parameter",
        "Un partenaire est un système : il reçoit une clé, pas un compte.",
        "A partner is a system: it gets an API key, not an account.",
    ),
}


def account_problems() -> dict[type[Exception], Callable[[Any], Problem]]:
    """What becomes of each refusal."""
    return {
        **{kind: partial(_worded, kind) for kind in _WORDS},
        ForbiddenError: lambda error: forbidden(),
        TooManyError: _too_many,
        DetailError: lambda error: Problem(422, "bad-parameter", error.french, str(error), field=error.field),
        WeakPasswordError: lambda error: Problem(
            422, "bad-parameter", error.french, str(error), field="password"
        ),
        StillNeededError: lambda error: Problem(409, "still-needed", error.french, str(error)),
        ProviderRefusedError: lambda error: Problem(401, "provider-refused", error.french, str(error)),
    }


def _worded(kind: type[Exception], error: Exception) -> Problem:
    return Problem(*_WORDS[kind])


def _too_many(error: TooManyError) -> Problem:
    return Problem(
        429,
        "too-many-requests",
        f"Trop d’essais. Réessayez dans {error.wait_s} secondes.",
        f"Too many attempts. Try again in {error.wait_s} seconds.",
        headers={"Retry-After": str(error.wait_s)},
    )
