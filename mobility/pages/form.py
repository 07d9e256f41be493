"""What a traveller filled in: read, checked, and kept as it was for the form to show it again."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from mobility.journeys.places import Ambiguous, Match, Places, Resolved, Unknown
from mobility.journeys.places.normalise import list_squeezed, list_words
from mobility.journeys.question import Cursor, Optimize
from mobility.pages.exchange_link import ExchangeLink
from mobility.pages.local_time import LocalInstant, MissingHour, offset_name, read_local
from mobility.pages.wording import LANGUAGES, Wording
from on_demand.booking import Party

TEXT_MAX = 200
HEADS = ("adults", "children", "wheelchairs", "companions")
"""Fields of who travels, and of `on_demand.booking.Party`."""
HEADS_MAX = 20
ALONE = Party()
FULL_FARE = "adult"
CARD = "card_"
"""Fields of cards begin so, and end with their ids."""

_TIME = re.compile(r"(\d{1,2})\s*[:hH.]\s*(\d{2})?", re.ASCII)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")
_YEARS = range(1990, 2100)
_CURSOR = re.compile(r"(EARLIER|LATER)\|(\d{1,10})", re.ASCII)


@dataclass
class PlaceField:
    """One end of the journey: what is in its field, and what that means."""

    name: str
    """`from` or `to`."""
    text: str = ""
    place: Resolved | None = None
    chosen_id: str = ""
    """The stop or place the text was chosen to mean."""
    choices: tuple[Match, ...] = ()
    error: str = ""

    @property
    def understood(self) -> str:
        """What the text was taken for, where it is not that name itself."""
        if self.place is None or self.place.name == self.text:
            return ""
        typed, name = (list_squeezed(list_words(text)) for text in (self.text, self.place.name))
        return "" if set(typed) & set(name) else self.place.name


@dataclass
class Form:
    """The whole form. It can be searched with when `is_complete`."""

    language: str
    origin: PlaceField
    destination: PlaceField
    date: str
    time: str
    arrive_by: bool = False
    second_hour: bool = False
    cursor: Cursor | None = None
    instant: LocalInstant | None = None
    party: Party = ALONE
    category: str = FULL_FARE
    """What the grown-ups of the party pay as."""
    categories: tuple[tuple[str, str], ...] = ()
    """Those there are, with their names; (): nobody asks."""
    cards: tuple[str, ...] = ()
    """Reduction cards that each grown-up has."""
    all_cards: tuple[tuple[str, str], ...] = ()
    """Those there are, with their names."""
    optimize: Optimize = Optimize.ARRIVAL
    """What is to be kept low beside arrival and changes."""
    exchange: ExchangeLink | None = None
    """What the journey is looked for in exchange for."""
    errors: dict[str, str] = field(default_factory=dict)
    """By field name, in words; those of `from` and `to` too."""
    notice: str = ""
    other_hour: str = ""
    """The words of the link to the second of two equal hours, or back to the first; "" when there is none."""
    is_sent: bool = False

    @property
    def is_complete(self) -> bool:
        return bool(self.is_sent and self.origin.place and self.destination.place and not self.errors)

    @property
    def is_party_shown(self) -> bool:
        """Whether somebody said who travels."""
        is_said = self.party != ALONE or self.category != FULL_FARE or bool(self.cards)
        return is_said or any(name in self.errors for name in (*HEADS, "category"))

    def list_heads(self) -> list[tuple[str, int]]:
        """Who travels, by field."""
        return [(name, getattr(self.party, name)) for name in HEADS]

    def link(self, **changes: str) -> str:
        """The address of this page with what is in the form, some of it changed ("" leaves a field out)."""
        fields = {
            "from": self.origin.text,
            "from_id": self.origin.chosen_id,
            "from_name": self.origin.text if self.origin.chosen_id else "",
            "to": self.destination.text,
            "to_id": self.destination.chosen_id,
            "to_name": self.destination.text if self.destination.chosen_id else "",
            "date": self.date if self.is_sent else "",
            "time": self.time if self.is_sent else "",
            "by": "arrive" if self.arrive_by else "",
            "hour": "second" if self.second_hour else "",
            "page": str(self.cursor) if self.cursor else "",
            "category": self.category if self.category != FULL_FARE else "",
            **{f"{CARD}{card}": "1" for card in self.cards},
            "wish": self.optimize.value if self.optimize is not Optimize.ARRIVAL else "",
            **{name: str(count) for name, count in self.list_heads() if count != getattr(ALONE, name)},
            "exchange": "" if self.exchange is None else self.exchange.written,
            "lang": "" if self.language == LANGUAGES[0] else self.language,
        } | changes
        kept = {name: value for name, value in fields.items() if value}
        return f"/?{urlencode(kept)}" if kept else "/"


def read_language(fields: Mapping[str, str]) -> str:
    """The language asked for; French when none is or none that is spoken here."""
    asked = fields.get("lang", "")[:2].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]


def read_form(
    fields: Mapping[str, str],
    places: Places,
    zone: ZoneInfo,
    now: dt.datetime,
    words: Wording,
    categories: Sequence[tuple[str, str]] = (),
    cards: Sequence[tuple[str, str]] = (),
) -> Form:
    """Read the fields of a request. What is wrong is said in `errors`, beside the field it is wrong in.

    `categories`: as what grown-ups may travel, `cards`: what they may have that reduces prices, with names. A card that
    there is not any more is left out: its box is not there either."""
    local_now = now.astimezone(zone)
    form = Form(
        language=words.language,
        origin=PlaceField("from"),
        destination=PlaceField("to"),
        date=_clean(fields.get("date", "")) or local_now.date().isoformat(),
        time=_clean(fields.get("time", "")) or f"{local_now:%H:%M}",
        arrive_by=fields.get("by") == "arrive",
        second_hour=fields.get("hour") == "second",
        is_sent="from" in fields or "to" in fields,
        category=_clean(fields.get("category", "")) or FULL_FARE,
        categories=tuple(categories),
        cards=tuple(sorted(card for card, _ in cards if fields.get(f"{CARD}{card}"))),
        all_cards=tuple(cards),
    )
    if fields.get("exchange"):
        form.exchange = ExchangeLink.find(fields["exchange"])
        if form.exchange is None:
            form.errors["content"] = words("exchange_wrong")
    wish = _clean(fields.get("wish", ""))
    if wish in {one.value for one in Optimize}:
        form.optimize = Optimize(wish)
    elif wish:
        form.errors["wish"] = words("wish_wrong")
    if form.category not in {FULL_FARE, *(name for name, _ in categories)}:
        form.errors["category"], form.category = words("category_wrong"), FULL_FARE
    _read_when(form, zone, words)
    _read_party(form, fields, words)
    for end in (form.origin, form.destination):
        _read_place(end, fields, places, words)
        if form.is_sent and end.error:
            form.errors[end.name] = end.error
    if fields.get("page"):
        cursor = _CURSOR.fullmatch(fields["page"])
        if cursor is None:
            form.errors["page"] = words("page_wrong")
        else:
            form.cursor = Cursor(cursor[1] == "LATER", int(cursor[2]))
    return form


def _read_party(form: Form, fields: Mapping[str, str], words: Wording) -> None:
    heads = {name: _clean(fields.get(name, "")) or str(getattr(ALONE, name)) for name in HEADS}
    for name, typed in heads.items():
        if not (typed.isascii() and typed.isdigit() and int(typed[:9]) <= HEADS_MAX):
            form.errors[name] = words("heads_wrong", count=HEADS_MAX)
            return
    party = Party(**{name: int(typed) for name, typed in heads.items()})
    if party.seats + party.wheelchairs < 1:
        form.errors["adults"] = words("nobody_travels")
    elif party.companions > party.wheelchairs:
        form.errors["companions"] = words("companions_wrong")
    else:
        form.party = party


def _read_place(end: PlaceField, fields: Mapping[str, str], places: Places, words: Wording) -> None:
    end.text = _clean(fields.get(end.name, ""))
    chosen = _clean(fields.get(f"{end.name}_id", ""))
    # What was chosen holds as long as the text it was chosen for has not been written over.
    match = None
    if chosen and end.text == _clean(fields.get(f"{end.name}_name", "")):
        match = places.find_match(chosen, lang=words.language)
    found: Resolved | Ambiguous | Unknown
    if match is not None:
        found = places.settle(match)
    else:
        chosen = ""
        found = places.resolve(end.text, lang=words.language) if end.text else Unknown()
    if isinstance(found, Resolved):
        end.place, end.chosen_id = found, chosen
        end.text = found.name if chosen else end.text
    elif isinstance(found, Ambiguous):
        end.choices = found.choices
        end.error = words(f"choices_{end.name}")
    elif end.text:
        end.error = words("place_unknown", text=end.text)
    else:
        end.error = words(f"{end.name}_missing")


def _read_when(form: Form, zone: ZoneInfo, words: Wording) -> None:
    date, time = _read_date(form.date), _read_time(form.time)
    if date is None:
        form.errors["date"] = words("date_wrong", example="2026-06-15")
    if time is None:
        form.errors["time"] = words("time_wrong", example="08:30")
    if date is None or time is None:
        return
    form.date, form.time = date.isoformat(), f"{time:%H:%M}"
    found = read_local(date, time, zone, second=form.second_hour)
    day = words.day(date)
    if isinstance(found, MissingHour):
        form.errors["time"] = words(
            "time_missing_hour", date=day, time=form.time, instead=f"{found.instead:%H:%M}"
        )
        return
    form.instant = found
    if found.other is not None:
        shown, other = ("second", "first") if form.second_hour else ("first", "second")
        chosen = words(f"time_{shown}", offset=offset_name(found.instant.astimezone(zone)))
        form.notice = words("time_repeated", date=day, time=form.time, chosen=chosen)
        form.other_hour = words(
            "time_show_other", other=words(f"time_{other}", offset=offset_name(found.other.astimezone(zone)))
        )


def _read_date(text: str) -> dt.date | None:
    for pattern in _DATES:
        try:
            date = dt.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a date alone
        except ValueError:
            continue
        return date if date.year in _YEARS else None
    return None


def _read_time(text: str) -> dt.time | None:
    found = _TIME.match(text)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None


def _clean(text: str) -> str:
    """What was typed, without what cannot be shown, and no longer than a name can be."""
    shown = "".join(character for character in text if unicodedata.category(character)[0] != "C")
    return " ".join(shown.split())[:TEXT_MAX]
