"""Everything kept about a person: handed to them, or erased."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from mobility.accounts.caller import Caller, Permission, Role
from mobility.accounts.consents import consent_texts
from mobility.acts.account_ports import UnknownPersonError
from mobility.acts.accounts.people import ADMINISTRATORS_LOCK, require_other_administrator
from mobility.acts.accounts.ports import AccountPorts, Obstacle
from mobility.acts.accounts.sign_in import person_lock
from mobility.acts.ports import UnitOfWork


class StillNeededError(Exception):
    """Somebody cannot be erased yet; `obstacles` say why, in both languages."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        super().__init__(" ".join(obstacle.english for obstacle in obstacles))
        self.obstacles = tuple(obstacles)
        self.french = " ".join(obstacle.french for obstacle in obstacles)


class AccountData:
    """What accounts keep: fills `mobility.acts.accounts.ports.PersonalData`."""

    section = "account"

    def export(self, work: UnitOfWork, person_id: str) -> Any:
        """The account, its ways in, consents and bank details."""
        accounts = work.accounts
        person, payee = accounts.get_person(person_id), accounts.find_payee(person_id)
        texts = consent_texts()
        return {
            "id": person.id,
            "pseudonym": person.pseudonym,
            "roles": sorted(person.roles),
            "email": person.email,
            "displayName": person.display_name,
            "givenName": person.given_name,
            "familyName": person.family_name,
            "phone": person.phone,
            "birthDate": None if person.birth_date is None else person.birth_date.isoformat(),
            "createdAt": person.created_at.isoformat(),
            "hasPassword": accounts.find_password(person_id) is not None,
            "identities": [
                {"issuer": issuer, "subject": subject, "linkedAt": at.isoformat()}
                for issuer, subject, at in accounts.list_identities(person_id)
            ],
            "sessions": [
                {
                    "beganAt": session.began_at.isoformat(),
                    "expiresAt": session.expires_at.isoformat(),
                    "endedAt": None if session.ended_at is None else session.ended_at.isoformat(),
                    "idToken": session.id_token,
                }
                for session in accounts.list_sessions(person_id)
            ],
            "consents": [
                {
                    "purpose": consent.purpose,
                    "version": consent.version,
                    "given": consent.given,
                    "at": consent.at.isoformat(),
                    "text": texts[consent.purpose].french
                    if consent.purpose in texts and texts[consent.purpose].hash == consent.text_hash
                    else None,
                }
                for consent in accounts.list_consents(person_id)
            ],
            "bankAccount": payee and {"name": payee.name, "iban": payee.iban, "bic": payee.bic},
        }

    def list_obstacles(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> list[Obstacle]:
        """Money the person is still to get."""
        person = work.accounts.get_person(person_id)
        owed_cents = -work.ledger.balance(f"driver:{person.pseudonym}")
        if owed_cents == 0:
            return []
        amount = f"{abs(owed_cents) // 100},{abs(owed_cents) % 100:02}"
        if owed_cents > 0:
            return [
                Obstacle(
                    f"{amount} € vous sont encore dus : attendez le prochain virement.",
                    f"{amount.replace(',', '.')} € are still owed to you: wait for the next payment.",
                )
            ]
        return [
            Obstacle(
                f"Vous avez reçu {amount} € de trop : écrivez à la Région pour les régler.",
                f"You received {amount.replace(',', '.')} € too much: write to the Region to settle it.",
            )
        ]

    def erase(self, work: UnitOfWork, person_id: str, at: dt.datetime) -> None:
        """Empty the row and destroy the key of the register's commitment."""
        work.accounts.empty_person(person_id, at)


def export_person(ports: AccountPorts, caller: Caller, person_id: str) -> dict[str, Any]:
    """Everything kept about a person, by section: their own, or anybody's for an administrator (who answers a letter).

    Raises ForbiddenError and UnknownPersonError.
    """
    caller.require_self_or(person_id, Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work(read_only=True) as work:
        if work.accounts.get_person(person_id).is_erased:
            raise UnknownPersonError("there is no such account")
        return {"exportedAt": ports.now().isoformat()} | {
            data.section: data.export(work, person_id) for data in ports.personal_data
        }


def erase_person(ports: AccountPorts, caller: Caller, person_id: str) -> None:
    """Forget a person: everywhere, at once or not at all. The register keeps a pseudonym that is nobody's any more.

    Raises ForbiddenError, UnknownPersonError, LastAdministratorError, and StillNeededError while money is owed or a
    ride is ahead.
    """
    caller.require_self_or(person_id, Permission.MANAGE_ACCOUNTS)
    with ports.unit_of_work() as work:
        work.lock(ADMINISTRATORS_LOCK)
        work.lock(person_lock(person_id))
        person = work.accounts.get_person(person_id)
        if person.is_erased:
            raise UnknownPersonError("there is no such account")
        if Role.ADMINISTRATOR in person.roles:
            require_other_administrator(work)
        now = ports.now()
        obstacles = [
            obstacle for data in ports.personal_data for obstacle in data.list_obstacles(work, person_id, now)
        ]
        if obstacles:
            raise StillNeededError(obstacles)
        for data in reversed(
            ports.personal_data
        ):  # accounts come first and go last: others may look people up
            data.erase(work, person_id, now)
        work.commit()
