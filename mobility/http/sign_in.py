"""`/v1/auth/…`: signing in and out, by password or identity provider."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from starlette.requests import Request

from mobility.accounts.caller import Caller
from mobility.accounts.opaque_tokens import TokenKind
from mobility.acts.accounts import sign_in as acts
from mobility.acts.accounts.people import Details, sign_up
from mobility.acts.accounts.ports import AccountPorts
from mobility.acts.accounts.provider import begin_provider_sign_in, finish_provider_sign_in
from mobility.http.account_schemas import (
    LoginAsked,
    ProviderBegunAnswered,
    ProviderFinishAsked,
    RefreshAsked,
    SignedUpAnswered,
    SignUpAsked,
    TokensAnswered,
)
from mobility.http.my_account import person_answer
from mobility.http.problems import Problem
from mobility.http.who import Who, client_address, people_only


def sign_in_router(ports: AccountPorts, who: Who) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/auth", tags=["accounts"])
    person = people_only(who)

    @router.post("/login", summary="Sign in with a password")
    def login(asked: LoginAsked, request: Request) -> TokensAnswered:
        return _tokens(acts.sign_in(ports, asked.email, asked.password, client_address(request)))

    @router.post("/refresh", summary="The next access token, and the next refresh token")
    def refresh(asked: RefreshAsked, request: Request) -> TokensAnswered:
        """A refresh token is used once. When one comes twice it is in two hands, and the session ends."""
        return _tokens(acts.refresh(ports, asked.refresh_token, client_address(request)))

    @router.post("/logout", status_code=204, summary="End the session of a refresh token")
    def logout(asked: RefreshAsked) -> None:
        acts.sign_out(ports, asked.refresh_token)

    @router.post("/logout-everywhere", status_code=204, summary="End all of one's sessions")
    def logout_everywhere(caller: Caller = Depends(person)) -> None:
        acts.sign_out_everywhere(ports, caller)

    @router.post("/sign-up", status_code=201, summary="Make an account, as a traveller")
    def make_account(asked: SignUpAsked, request: Request) -> SignedUpAnswered:
        details = Details(**asked.model_dump(exclude={"password"}))
        person, tokens = sign_up(ports, details, asked.password, client_address(request))
        return SignedUpAnswered(person=person_answer(person), tokens=_tokens(tokens))

    @router.post("/provider/begin", summary="Begin to sign in with the identity provider, in an app")
    def begin_with_provider(request: Request) -> ProviderBegunAnswered:
        return _begin(ports, request, None)

    @router.post("/provider/link", summary="Begin to link one's account with the identity provider")
    def link_provider(request: Request, caller: Caller = Depends(person)) -> ProviderBegunAnswered:
        return _begin(ports, request, caller)

    @router.post("/provider/finish", summary="Sign in with the code the identity provider sent back")
    def finish_with_provider(asked: ProviderFinishAsked, request: Request) -> TokensAnswered:
        address = client_address(request)
        return _tokens(
            finish_provider_sign_in(ports, asked.state, asked.secret, asked.code, address, TokenKind.REFRESH)
        )

    return router


def _begin(ports: AccountPorts, request: Request, link_to: Caller | None) -> ProviderBegunAnswered:
    if not ports.rules.app_redirect_url:
        raise Problem(
            409,
            "not-offered",
            "Les applications ne se connectent pas ici avec un fournisseur d’identité.",
            "Apps do not sign in with an identity provider here.",
        )
    begun = begin_provider_sign_in(ports, ports.rules.app_redirect_url, client_address(request), link_to)
    return ProviderBegunAnswered(authorization_url=begun.url, state=begun.state, secret=begun.secret)


def _tokens(tokens: acts.Tokens) -> TokensAnswered:
    return TokensAnswered(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in_s,
    )
