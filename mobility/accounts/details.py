"""What people write about themselves, read strictly: it is refused with words, never mended silently."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

import phonenumbers

EMAIL_MAX = 254
NAME_MAX = 100
OLDEST_YEARS = 120

_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@(?:[^@\s.<>,;:\"()\[\]\\]+\.)+[^@\s.<>,;:\"()\[\]\\]{2,}")


class DetailError(Exception):
    """Something a person wrote does not fit; `field` names it, `french` and the message say why."""

    def __init__(self, field: str, french: str, english: str) -> None:
        super().__init__(english)
        self.field, self.french = field, french


def read_email(text: str) -> str:
    """An e-mail address in small letters. That mail arrives there is not checked. Raises DetailError."""
    email = unicodedata.normalize("NFC", text.strip()).lower()
    if len(email) > EMAIL_MAX or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise DetailError(
            "email",
            "Cette adresse électronique n’est pas valable. Exemple : prenom.nom@exemple.fr",
            "This e-mail address is not valid. Example: first.last@example.org",
        )
    return email


def read_phone(text: str) -> str:
    """A telephone number as E.164; without a country it is a French one. "" stays "". Raises DetailError."""
    if not text.strip():
        return ""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise DetailError(
            "phone",
            "Ce numéro de téléphone n’existe pas. Exemple : 06 12 34 56 78 ou +33 6 12 34 56 78",
            "There is no such telephone number. Example: +33 6 12 34 56 78",
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read_name(text: str, field: str) -> str:
    """A name on one line; "" stays "". Raises DetailError."""
    name = unicodedata.normalize("NFC", " ".join(text.split()))
    if len(name) > NAME_MAX or not name.isprintable() or any(sign in name for sign in "<>{}"):
        raise DetailError(
            field,
            f"Un nom tient sur une ligne d’au plus {NAME_MAX} caractères, sans < > {{ }}.",
            f"A name is one line of at most {NAME_MAX} characters, without < > {{ }}.",
        )
    return name


def check_birth_date(date: dt.date | None, today: dt.date) -> dt.date | None:
    """A day somebody alive may be born on. Raises DetailError."""
    if (date is not None and not 0 <= today.year - date.year <= OLDEST_YEARS) or (date and date > today):
        raise DetailError(
            "birth_date", "Personne n’est né à cette date.", "Nobody who is alive was born on that day."
        )
    return date
