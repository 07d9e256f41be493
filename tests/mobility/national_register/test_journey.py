"""What the register is sent: identities as it hashes them, and a body that its own specification accepts."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mobility.accounts.caller import Role
from mobility.accounts.person import Person
from mobility.acts.national_register.journey import (
    Journey,
    JourneyUnsendableError,
    describe_journey,
    identity_key,
    plain_name,
    updatable,
    without_identity,
)
from mobility.acts.national_register.tell import CANCELLING
from tests.mobility.national_register import journey_schema

SPECIFICATION = Path(__file__).parents[4] / "shared" / "specs" / "rpc-api-v3.3.yaml"
AT = dt.datetime(2026, 10, 24, 22, 30, tzinfo=dt.UTC)
SIRET = "20005372600010"

SOMEBODY = Person(
    "1" * 32, "2" * 32, frozenset((Role.DRIVER,)), AT, family_name="Durand", phone="+33612345678"
)
JOURNEY = Journey(
    id="f" * 32,
    trip_id="e" * 32,
    evidence_class="B",
    started_at=AT,
    start=(47.123456789, 5.1),
    ended_at=AT + dt.timedelta(minutes=40),
    end=(47.4, 5.3),
    distance_m=33_000,
    driver_id="d",
    passenger_id="p",
    driver=SOMEBODY,
    passenger=replace(SOMEBODY, phone="+590690101010", birth_date=dt.date(2008, 10, 25)),
    contribution_cents=150,
    incentive_cents=330,
    is_granted=False,
)


def test_the_registers_own_example() -> None:
    assert plain_name("D'Hérûg-de-l'Hérault") == "D HERUG DE L HERAULT"
    expected = sha256(b"+33701020304-D HERUG DE L HERAULT").hexdigest()
    assert identity_key("+33701020304", "D'Hérûg-de-l'Hérault") == expected


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Tô", "TO"),
        ("Œdipe", "OEDIPE"),
        ("Lætitia", "LAETITIA"),
        ("Groß", "GROSS"),
        ("Łukasz Øre", "LUKASZ ORE"),
        ("N’Guyen", "N GUYEN"),
        ("  de  la   Tour ", "DE LA TOUR"),
        ("Müller-Lüdenscheidt", "MULLER LUDENSCHEIDT"),
        ("E\u0301douard", "EDOUARD"),
        ("Đorđević", "DORDEVIC"),
    ],
)
def test_names_are_made_plain(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@given(st.text(max_size=30))
def test_any_name_is_capitals_and_single_spaces(name: str) -> None:
    plain = plain_name(name)
    assert re.fullmatch(r"([A-Z]+( [A-Z]+)*)?", plain)
    assert plain_name(plain) == plain


@given(st.text(alphabet="abcéèêàçœîôù'- ", min_size=1, max_size=20))
def test_accents_and_capitals_make_no_difference(name: str) -> None:
    assert plain_name(name.upper()) == plain_name(name.lower()) == plain_name(name)


@pytest.mark.parametrize("name", ["", "Иванов", "李", "--"])
def test_a_name_without_latin_letters_is_not_guessed(name: str) -> None:
    with pytest.raises(JourneyUnsendableError, match="no family name"):
        identity_key("+33701020304", name)


def test_the_body_is_what_the_schema_says() -> None:
    body = describe_journey(JOURNEY, JOURNEY.id, SIRET)
    Draft202012Validator(journey_schema.JOURNEY).validate(body)
    Draft202012Validator(journey_schema.UPDATE).validate(updatable(body))
    Draft202012Validator(journey_schema.CANCELLING).validate(CANCELLING)
    assert body["start"] == {"datetime": "2026-10-24T22:30:00Z", "lat": 47.123457, "lon": 5.1}
    assert body["driver"]["identity"]["phone_trunc"] == "+336123456"
    assert body["driver"]["identity"]["operator_user_id"] == SOMEBODY.pseudonym
    assert "over_18" not in body["driver"]["identity"]
    # 22:30 UTC is 00:30 of the 25th in Paris: the passenger's birthday
    assert body["passenger"]["identity"]["over_18"] is True
    assert describe_journey(replace(JOURNEY, incentive_cents=0), "j", SIRET)["incentives"] == []


def test_an_unknown_age_is_not_of_age() -> None:
    body = describe_journey(replace(JOURNEY, passenger=SOMEBODY), JOURNEY.id, SIRET)
    assert body["passenger"]["identity"]["over_18"] is None


@pytest.mark.parametrize("identifier", ["", "A" * 32, "a-b", "a" * 257, "é"])
def test_identifiers_the_register_does_not_take(identifier: str) -> None:
    with pytest.raises(JourneyUnsendableError, match="id is not made of"):
        describe_journey(JOURNEY, identifier, SIRET)


def test_no_error_says_who_it_was() -> None:
    nameless = replace(SOMEBODY, family_name="Иванов")
    with pytest.raises(JourneyUnsendableError) as caught:
        describe_journey(replace(JOURNEY, driver=nameless), JOURNEY.id, SIRET)
    assert "Иванов" not in str(caught.value)


def test_without_an_identity_the_rest_stays() -> None:
    body = describe_journey(JOURNEY, JOURNEY.id, SIRET)
    bare = without_identity(body, "driver")
    assert bare["driver"] == {"identity": {}, "revenue": 330}
    assert bare | {"driver": body["driver"]} == body
    assert without_identity(updatable(body), "driver") == updatable(body)


@pytest.mark.shared
@pytest.mark.skipif(
    not SPECIFICATION.exists(), reason="the register's specification is not beside the project"
)
def test_the_registers_specification_accepts_it() -> None:
    document = yaml.safe_load(SPECIFICATION.read_text(encoding="utf-8"))
    body = describe_journey(JOURNEY, JOURNEY.id, SIRET)
    address = "/journeys/{operator_journey_id}"
    for path, method, sent in (
        ("/journeys", "post", body),
        (address, "patch", updatable(body)),
        (f"{address}/cancel", "post", CANCELLING),
    ):
        operation = document["paths"][path][method]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        _validator(document, schema).validate(sent)
        assert list(_validator(document, schema).iter_errors(sent | {"more": 1})), (
            "the schema refuses something"
        )


def _validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": document["components"]})
