"""Agreeing, and taking it back."""

from __future__ import annotations

from mobility.accounts.caller import Caller
from mobility.accounts.consents import consent_texts
from mobility.accounts.details import DetailError
from mobility.accounts.person import Consent
from mobility.acts.accounts.ports import AccountPorts


def give_consent(ports: AccountPorts, caller: Caller, purpose: str, version: str, given: bool) -> Consent:
    """Somebody agrees to the text of a purpose, or takes that back. `version`: of the text they were shown.

    Raises DetailError for a purpose that is not asked, or a text that reads otherwise now.
    """
    text = consent_texts().get(purpose)
    if text is None:
        raise DetailError("purpose", "Cette question n’est pas posée.", "This is not asked.")
    if text.version != version:
        raise DetailError(
            "version",
            "Le texte a changé : relisez-le avant de répondre.",
            "The text has changed: read it again before you answer.",
        )
    consent = Consent(caller.person, purpose, version, text.hash, given, ports.now())
    with ports.unit_of_work() as work:
        work.accounts.add_consent(consent)
        work.commit()
    return consent


def list_consents(ports: AccountPorts, caller: Caller) -> list[Consent]:
    """All that the caller agreed to and took back, the oldest first."""
    with ports.unit_of_work(read_only=True) as work:
        return work.accounts.list_consents(caller.person)
