"""People for the demo: one for each role, and drivers enough for every line."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from mobility.accounts.caller import SYSTEM, Caller, Role
from mobility.acts.accounts.bank_account import put_bank_account
from mobility.acts.accounts.people import commit_identity, new_person, set_password
from mobility.acts.accounts.ports import AccountPorts

DOMAIN = "demo.example"
"""Reserved (RFC 2606): no mail ever arrives there."""

_IBAN = "FR7630006000011234567890189"
"""The example of the national bank's documentation; nobody's."""

_PEOPLE: tuple[tuple[str, str, str, str, tuple[Role, ...]], ...] = (
    ("voyageuse", "Vera", "Voyage", "+33639980001", (Role.TRAVELLER,)),
    ("conducteur", "Denis", "Duroute", "+33639980002", (Role.TRAVELLER, Role.DRIVER)),
    ("exploitante", "Elsa", "Ploitant", "", (Role.OPERATOR,)),
    ("agente", "Agathe", "Appel", "", (Role.AGENT,)),
    ("chauffeuse", "Charline", "Volant", "", (Role.VEHICLE_DRIVER,)),
    ("controleur", "Conrad", "Quai", "", (Role.INSPECTOR,)),
    ("auditeur", "Audric", "Compte", "", (Role.AUDITOR,)),
    ("administratrice", "Ada", "Ministre", "", (Role.ADMINISTRATOR,)),
)
"""Invented; the numbers are of those kept for fiction (ARCEP decision 2018-0881: 06 39 98 xx xx)."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody of the demo."""

    id: str
    email: str
    roles: tuple[Role, ...]


def seed_demo_people(ports: AccountPorts, password: str = "") -> tuple[list[DemoPerson], str]:
    """The people of the demo, made where they are missing, and the password they all have from now on ("": a new one).

    Only for a demo: whoever has the password is administrator.
    """
    password = password or f"demo-{secrets.token_hex(5)}"
    seeded = []
    for name, given_name, family_name, phone, roles in _PEOPLE:
        email = f"{name}@{DOMAIN}"
        with ports.unit_of_work(read_only=True) as work:
            known = work.accounts.find_by_email(email)
        if known is None:
            known = replace(
                new_person(ports, frozenset(roles)),
                email=email,
                given_name=given_name,
                family_name=family_name,
                phone=phone,
            )
            with ports.unit_of_work() as work:
                work.accounts.put_person(known)
                if Role.DRIVER in roles:
                    commit_identity(ports, work, known)
                work.commit()
            if Role.DRIVER in roles:
                put_bank_account(ports, Caller(known.id, known.roles), f"{given_name} {family_name}", _IBAN)
        set_password(ports, SYSTEM, known.id, password)
        seeded.append(DemoPerson(known.id, email, roles))
    return seeded, password
