"""`mobility account …`: people, their roles, partners' keys. Whoever has a shell on the machine may do all of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from mobility.accounts.caller import SYSTEM, Role
from mobility.accounts.details import DetailError
from mobility.accounts.passwords import WeakPasswordError
from mobility.accounts.person import ApiKey, Person
from mobility.accounts.vault import SealError
from mobility.acts.account_ports import EmailTakenError, UnknownPersonError
from mobility.acts.accounts import api_keys, people
from mobility.acts.accounts.personal_data import StillNeededError, erase_person, export_person
from mobility.bootstrap import Services, build_services, load_settings
from mobility.cli.console import fail, out, print_json, print_table

app = typer.Typer(
    no_args_is_help=True, help="People with accounts, their roles, and keys of partner systems."
)
keys = typer.Typer(no_args_is_help=True, help="API keys of partner systems.")
app.add_typer(keys, name="key")

REFUSALS = (
    DetailError,
    EmailTakenError,
    WeakPasswordError,
    SealError,
    StillNeededError,
    UnknownPersonError,
    api_keys.UnknownKeyError,
    people.LastAdministratorError,
    people.RolesRefusedError,
)
"""Errors whose message is for the person who typed the command."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Who = Annotated[str, typer.Argument(metavar="EMAIL_OR_ID", help="The person.")]


@contextmanager
def _services() -> Iterator[Services]:
    """Without networks: accounts need none."""
    with build_services(load_settings()) as services:
        yield services


@app.command("add")
def add(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The e-mail address.")],
    role: Annotated[
        list[Role], typer.Option("--role", help="What the person is; several times for several.")
    ],
    given_name: Annotated[str, typer.Option("--given-name", help="First name; a driver needs one.")] = "",
    family_name: Annotated[str, typer.Option("--family-name", help="Family name; a driver needs one.")] = "",
    phone: Annotated[str, typer.Option("--phone", help="Telephone number; a driver needs one.")] = "",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="The person signs in with the identity provider.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make an account. The password is asked for, or read as the first line of standard input.

    The first administrator is made this way: mobility account add YOU@example.org --role administrator
    """
    password = "" if no_password else _read_password()
    details = people.Details(email, None, given_name, family_name, phone)
    with _services() as services:
        person = people.add_person(services.accounts, SYSTEM, details, frozenset(role), password)
    _show(person, as_json)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List all accounts with their roles."""
    with _services() as services:
        found = people.list_people(services.accounts, SYSTEM)
    if as_json:
        print_json([_written(person) for person in found])
        return
    if not found:
        out.print("nobody yet: mobility account add EMAIL --role administrator")
        return
    rows = [
        (person.email, " ".join(sorted(person.roles)), _name(person), person.phone, person.id)
        for person in found
    ]
    print_table(("e-mail", "roles", "name", "phone", "id"), rows)


@app.command("roles")
def roles(
    who: Who,
    role: Annotated[list[Role] | None, typer.Option("--role", help="What they are from now on.")] = None,
    as_json: Json = False,
) -> None:
    """Say what somebody is, instead of what they were; it counts from their next request on. Without --role: nothing.

    The last administrator stays one.
    """
    with _services() as services:
        person_id = _find(services, who)
        person = people.set_roles(services.accounts, SYSTEM, person_id, frozenset(role or ()))
    _show(person, as_json)


@app.command("password")
def password(who: Who) -> None:
    """Give somebody a new password; all their sessions end. It is asked for, or read from standard input."""
    with _services() as services:
        people.set_password(services.accounts, SYSTEM, _find(services, who), _read_password())
    out.print("the password is changed, and all sessions have ended")


@app.command("export")
def export(
    who: Who,
    target: Annotated[Path | None, typer.Option("--to", help="A file to write. [default: print]")] = None,
) -> None:
    """Everything that is kept about somebody, as one JSON document."""
    with _services() as services:
        exported = export_person(services.accounts, SYSTEM, _find(services, who))
    if target is None:
        print_json(exported)
        return
    target.write_bytes(orjson.dumps(exported, option=orjson.OPT_INDENT_2))
    out.print(f"written to {target}", markup=False)


@app.command("erase")
def erase(
    who: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; it cannot be undone.")] = False,
) -> None:
    """Forget somebody, for good. Refused while money is owed to them or a ride is ahead.

    The register keeps what it holds under a pseudonym that is nobody's any more, and still verifies.
    """
    if not yes:
        typer.confirm(f"Erase {who} for good?", abort=True)
    with _services() as services:
        erase_person(services.accounts, SYSTEM, _find(services, who))
    out.print("erased")


@app.command("rotate-keys")
def rotate_keys(
    compromised: Annotated[
        bool,
        typer.Option("--compromised", help="Refuse the old keys' tokens at once: everybody gets a new one."),
    ] = False,
) -> None:
    """Make new secret keys: what signs access tokens, and what seals bank details.

    Tokens of the old key count until they expire, ten minutes at most. What older keys sealed is sealed anew; they
    stay in their file, for backups of the database.
    """
    with _services() as services:
        key_id, resealed = services.rotate_keys(drop_old=compromised)
    out.print(f"tokens are signed with key {key_id} now; {resealed} seals were made anew", markup=False)


@keys.command("add")
def add_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    operator: Annotated[
        str, typer.Option("--operator", help="The partner's domain name, such as carpool.example.org.")
    ],
    as_json: Json = False,
) -> None:
    """Make a key for a partner system. It is shown once, here, and kept nowhere."""
    with _services() as services:
        key, token = api_keys.make_key(services.accounts, SYSTEM, name, operator)
    if as_json:
        print_json(_written_key(key) | {"key": token})
        return
    out.print(token, markup=False)


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """List the keys, revoked ones too."""
    with _services() as services:
        found = api_keys.list_keys(services.accounts, SYSTEM)
    if as_json:
        print_json([_written_key(key) for key in found])
        return
    rows = [
        (f"{key.prefix}…", key.name, key.operator, f"{key.made_at:%Y-%m-%d}", _state(key), key.id)
        for key in found
    ]
    print_table(("key", "name", "operator", "made", "state", "id"), rows)


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[
        str, typer.Argument(metavar="ID", help="The key's id, of `mobility account key list`.")
    ],
) -> None:
    """Refuse a key from now on."""
    with _services() as services:
        key = api_keys.revoke_key(services.accounts, SYSTEM, key_id)
    out.print(f"{key.name}: revoked", markup=False)


def _find(services: Services, who: str) -> str:
    if "@" not in who:
        return who
    with services.unit_of_work(read_only=True) as work:
        person = work.accounts.find_by_email(who)
    if person is None:
        raise fail(f"no account has the address {who}")
    return person.id


def _read_password() -> str:
    if sys.stdin.isatty():
        entered: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
        return entered
    return sys.stdin.readline().rstrip("\r\n")


def _show(person: Person, as_json: bool) -> None:
    if as_json:
        print_json(_written(person))
        return
    said = " ".join(sorted(person.roles)) or "no role"
    out.print(f"{person.email}: {said} ({person.id})", markup=False)


def _written(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "email": person.email,
        "roles": sorted(person.roles),
        "name": _name(person),
        "phone": person.phone,
        "createdAt": person.created_at.isoformat(),
    }


def _written_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "prefix": key.prefix,
        "name": key.name,
        "operator": key.operator,
        "madeAt": key.made_at.isoformat(),
        "revokedAt": key.revoked_at and key.revoked_at.isoformat(),
    }


def _name(person: Person) -> str:
    return f"{person.given_name} {person.family_name}".strip() or person.display_name


def _state(key: ApiKey) -> str:
    return "valid" if key.revoked_at is None else f"revoked {key.revoked_at:%Y-%m-%d}"
