"""What a page cannot do, in the words of its reader."""

from __future__ import annotations

from ground.refusal import RefusedError
from mobility.accounts.caller import ForbiddenError
from mobility.pages.page_sessions import FormExpiredError, TypedWrongError
from mobility.pages.wording import Wording

REFUSALS = (RefusedError, ForbiddenError, TypedWrongError)
"""What stands beside a form that was sent."""


def refusal_words(error: Exception, words: Wording) -> str:
    """One of these, or that the form is too old."""
    if isinstance(error, TypedWrongError):
        return str(error)
    if isinstance(error, RefusedError):
        return error.french if words.language == "fr" else error.english
    return words("form_expired" if isinstance(error, FormExpiredError) else "not_allowed")
