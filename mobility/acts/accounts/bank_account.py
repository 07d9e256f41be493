"""Where a driver's money goes: seen and changed by that person alone."""

from __future__ import annotations

from mobility.accounts.bank_details import read_payee
from mobility.accounts.caller import Caller, Permission
from mobility.accounts.person import Payee
from mobility.acts.accounts.ports import AccountPorts


def find_bank_account(ports: AccountPorts, caller: Caller) -> Payee | None:
    """The caller's own. Raises ForbiddenError for who is no driver."""
    caller.require(Permission.PUBLISH_RIDES)
    with ports.unit_of_work(read_only=True) as work:
        return work.accounts.find_payee(caller.person)


def put_bank_account(ports: AccountPorts, caller: Caller, name: str, iban: str, bic: str = "") -> Payee:
    """Change the caller's own. Raises ForbiddenError for who is no driver, and DetailError."""
    caller.require(Permission.PUBLISH_RIDES)
    payee = read_payee(name, iban, bic)
    with ports.unit_of_work() as work:
        work.accounts.put_payee(caller.person, payee, ports.now())
        work.commit()
    return payee


def remove_bank_account(ports: AccountPorts, caller: Caller) -> None:
    """Forget the caller's own; what is owed to them waits. Raises ForbiddenError for who is no driver."""
    caller.require(Permission.PUBLISH_RIDES)
    with ports.unit_of_work() as work:
        work.accounts.remove_payee(caller.person)
        work.commit()
