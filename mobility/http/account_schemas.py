"""What is asked and answered about accounts. Names are in camelCase, as everywhere in this API."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mobility.accounts.access_tokens import LIFETIME_S
from mobility.accounts.caller import Role
from mobility.accounts.passwords import LENGTH_MAX, LENGTH_MIN

Text = Annotated[str, Field(max_length=300)]
Token = Annotated[str, Field(max_length=4000)]
Password = Annotated[
    str, Field(max_length=LENGTH_MAX, description=f"{LENGTH_MIN} to {LENGTH_MAX} characters.")
]


class Asked(BaseModel):
    """A body: what it does not know it refuses, so that a misspelt field is not silently ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Answered(BaseModel):
    """An answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class LoginAsked(Asked):
    email: Text
    password: Password


class RefreshAsked(Asked):
    refresh_token: Token


class TokensAnswered(Answered):
    access_token: str = Field(description="Send it as `Authorization: Bearer …`.")
    refresh_token: str = Field(description="Exchange it, once, for the next pair.")
    token_type: str = "Bearer"
    expires_in: int = Field(LIFETIME_S, description="Seconds the access token lasts.")


class DetailsAsked(Asked):
    """What is left out stays as it is."""

    email: Text | None = None
    display_name: Text | None = Field(None, description="As other travellers see it.")
    given_name: Text | None = None
    family_name: Text | None = None
    phone: Text | None = Field(None, description="National or international; kept as E.164.")
    birth_date: dt.date | None = None


class SignUpAsked(DetailsAsked):
    email: Text
    password: Password


class PersonAsked(DetailsAsked):
    email: Text
    roles: list[Role]
    password: Password | None = Field(None, description="Without one the person signs in with the provider.")


class RolesAsked(Asked):
    roles: list[Role]


class PasswordAsked(Asked):
    password: Password


class PasswordChangeAsked(Asked):
    old_password: Password
    new_password: Password


class ErasureAsked(Asked):
    """Erasing cannot be undone, so the address is asked for once more."""

    email: Text = Field(description="The account's own address, so that nobody is erased by accident.")


class PersonAnswered(Answered):
    id: str
    roles: list[Role]
    email: str
    display_name: str
    given_name: str
    family_name: str
    phone: str = Field(description="E.164.")
    birth_date: dt.date | None
    created_at: dt.datetime


class SignedUpAnswered(Answered):
    person: PersonAnswered
    tokens: TokensAnswered


class BankAccountAsked(Asked):
    name: Text = Field(description="Whose account it is.")
    iban: Text
    bic: Text = ""


class BankAccountAnswered(Answered):
    name: str
    iban: str = Field(description="Its first and last four characters.")
    bic: str


class ConsentAsked(Asked):
    purpose: Text
    version: Text = Field(description="Of the text that was shown.")
    given: bool


class ConsentAnswered(Answered):
    purpose: str
    version: str
    given: bool
    at: dt.datetime


class ConsentTextAnswered(Answered):
    purpose: str
    version: str
    fr: str
    en: str


class ConsentsAnswered(Answered):
    texts: list[ConsentTextAnswered] = Field(description="What is asked now.")
    history: list[ConsentAnswered] = Field(description="What was said, the oldest first.")


class KeyAsked(Asked):
    name: Text
    operator: Text = Field(description="The partner's domain name.")


class KeyAnswered(Answered):
    id: str
    prefix: str = Field(description="How the key begins.")
    name: str
    operator: str
    made_at: dt.datetime
    revoked_at: dt.datetime | None


class NewKeyAnswered(KeyAnswered):
    key: str = Field(description="The key itself; it is never shown again.")


class ProviderBegunAnswered(Answered):
    authorization_url: str = Field(description="Open it in a browser.")
    state: str = Field(description="Comes back with the code: compare it.")
    secret: str = Field(description="Keep it until then; it goes nowhere else.")


class ProviderFinishAsked(Asked):
    state: Text
    secret: Text
    code: Token
