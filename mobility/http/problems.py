"""Errors as people and programs read them: RFC 9457 problem details, with `error` as MOTIS's clients read it."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
PLAIN_JSON = ("/standard-covoiturage/",)
"""Where somebody else's standard says that errors are `{"error": …}`, of the type application/json."""

TITLES = {
    "bad-parameter": ("Paramètre incompréhensible", "A parameter cannot be understood"),
    "not-offered": ("Demande non prise en charge", "What was asked for is not offered"),
    "too-large": ("Demande trop grande", "The request is too large"),
    "place-not-found": ("Lieu inconnu", "No such place"),
    "not-found": ("Introuvable", "Not found"),
    "method-not-allowed": ("Méthode non admise", "Method not allowed"),
    "too-many-requests": ("Trop de demandes", "Too many requests"),
    "nothing-to-serve": ("Aucun horaire chargé", "No timetable is loaded"),
    "unauthenticated": ("Connexion nécessaire", "Sign in first"),
    "wrong-credentials": ("Connexion refusée", "Sign-in refused"),
    "session-ended": ("Session terminée", "The session has ended"),
    "provider-refused": ("Connexion refusée", "Sign-in refused"),
    "email-taken": ("Adresse déjà utilisée", "Address already in use"),
    "last-administrator": ("Dernier administrateur", "The last administrator"),
    "still-needed": ("Compte encore nécessaire", "The account is still needed"),
    "forbidden": ("Action non permise", "Not allowed"),
    "already-on-the-road": ("Déjà en route à ce moment", "On the road already at that time"),
    "no-seat": ("Plus de place", "No seat is left"),
    "price-unknown": ("Prix inconnu", "The price is not known"),
    "price-changed": ("Le prix a changé", "The price has changed"),
    "not-refundable": ("Non remboursable", "Not refundable"),
    "too-late": ("Trop tard", "Too late"),
    "too-early": ("Trop tôt", "Too early"),
    "expired": ("Délai dépassé", "Its time is over"),
    "not-possible-now": ("Impossible dans cet état", "Not possible as things stand"),
    "changed-meanwhile": ("Changé entre-temps", "Changed meanwhile"),
    "suspended": ("Suspension en cours", "Suspended"),
    "key-reused": ("Clé d’idempotence déjà utilisée", "Idempotency key used before"),
    "in-use": ("Encore utilisé", "Still in use"),
    "internal-error": ("Erreur interne", "Internal error"),
}


class Problem(HTTPException):
    """An error to be answered. `code` is one of TITLES; `field` names the parameter; `more` is shown beside.

    An HTTPException, since of what reading a body raises FastAPI hands on nothing else.
    """

    def __init__(
        self,
        status: int,
        code: str,
        french: str,
        english: str,
        *,
        field: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(status, english)
        self.headers: dict[str, str] = headers or {}
        self.status, self.code, self.french, self.english = status, code, french, english
        self.field, self.more = field, more


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer of a problem, in the language the client prefers; both are in it."""
    return Response(
        orjson.dumps(problem_body(problem, prefers_french(request), request_id(request))),
        status_code=problem.status,
        media_type="application/json" if request.url.path.startswith(PLAIN_JSON) else MEDIA_TYPE,
        headers={"Content-Language": "fr" if prefers_french(request) else "en", **problem.headers},
    )


def problem_body(problem: Problem, french: bool, identifier: str) -> dict[str, Any]:
    """The body of a problem's answer."""
    title = TITLES[problem.code][0 if french else 1]
    body: dict[str, Any] = {
        "type": f"urn:mobility:problem:{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": problem.french if french else problem.english,
        "error": problem.english,
        "fr": problem.french,
        "en": problem.english,
        "requestId": identifier,
    }
    if problem.field is not None:
        body["field"] = problem.field
    return body | problem.more


def prefers_french(request: Request) -> bool:
    """Whether Accept-Language names French before English (RFC 9110, 12.5.4; weights are not weighed)."""
    wanted = request.headers.get("accept-language", "").lower()
    french, english = wanted.find("fr"), wanted.find("en")
    return french >= 0 and (english < 0 or french < english)


def request_id(request: Request) -> str:
    """The identifier of this request, as the middleware gave it."""
    return str(request.scope.get("state", {}).get("request_id", ""))
