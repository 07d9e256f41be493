"""What inspectors' devices ask and are answered. Instants are epoch seconds: devices compare them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mobility.acts.sales.scans import SCANS_MAX, Upload
from mobility.http.account_schemas import Answered, Asked
from ticketing.tickets.answer import Answer, Colour, Reason
from ticketing.tickets.answer_document import answer_document
from ticketing.tickets.double_use import DoubleUse
from ticketing.tickets.inspection import Here
from ticketing.tickets.qr import TEXT_MAX
from ticketing.tickets.scan import Scan

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Words = Annotated[str, Field(max_length=120)]
Instant = Annotated[int, Field(ge=0, le=4_102_444_800, description="Epoch seconds, before 2100.")]


class ScanAsked(Asked):
    id: Name = Field(
        description="Of the device's choice, unique for it: uploaded again, it is not added again."
    )
    issuer: Annotated[str, Field(min_length=1, max_length=40)]
    ref: Annotated[str, Field(min_length=1, max_length=64)]
    at: Instant
    vehicle: Words = Field("", description="The trip or vehicle the inspector was in.")
    network: Words = ""
    generation: int = Field(1, ge=1, le=1_000_000)
    colour: Colour
    reason: Reason

    def read(self, device: str) -> Scan:
        return Scan(
            device,
            self.id,
            self.issuer,
            self.ref,
            self.at,
            self.vehicle,
            self.network,
            self.generation,
            self.colour.value,
            self.reason.value,
        )


class ScansAsked(Asked):
    device: Name = Field(description="What the device calls itself: always the same, and no other one.")
    scans: list[ScanAsked] = Field(max_length=SCANS_MAX)


class ScanAnswered(Answered):
    device: str
    id: str
    at: int
    vehicle: str
    network: str


class DoubleUseAnswered(Answered):
    issuer: str
    ref: str
    rule: str = Field(description="two-at-once, came-back, too-many-rides.")
    scans: list[ScanAnswered]


class ScanRefused(Answered):
    id: str
    fr: str
    en: str


class UploadAnswered(Answered):
    added: list[str]
    known: list[str] = Field(description="Uploaded before.")
    refused: list[ScanRefused]
    double_uses: list[DoubleUseAnswered] = Field(description="Of the tickets in it, over all devices.")


class CheckAsked(Asked):
    code: str = Field(
        min_length=1,
        max_length=TEXT_MAX,
        description="The text of the code, or its bytes in hexadecimal or Base64.",
    )
    at: Instant | None = Field(None, description="Else now.")
    network: Words = ""
    zone: Words = ""
    stop: Words = ""
    vehicle: Words = ""
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")] = ""
    scan: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{0,64}$")] = Field(
        "", description="The scan's id: with it (and a device) it is noted."
    )

    def read(self, now_s: int) -> Here:
        at_s = now_s if self.at is None else self.at
        return Here(at_s, self.network, self.zone, self.stop, self.vehicle, self.device)


class RightAnswered(Answered):
    network: str
    from_stop: str
    to_stop: str
    zones: list[str]
    valid_from: int
    valid_until: int


class TicketRead(Answered):
    """What a code says."""

    ref: str
    issuer: str
    product: str
    category: str
    count: int
    cents: int
    rights: list[RightAnswered]
    valid_from: int
    valid_until: int
    issued: int
    generation: int
    key: str
    form: Literal["paper", "live", "copy"]


class NoteAnswered(Answered):
    fr: str
    en: str


class CheckAnswered(Answered):
    colour: Colour
    reason: Reason
    fr: str
    en: str
    notes: list[NoteAnswered]
    list_as_of: int = Field(description="How fresh the list of cancelled tickets was; 0: there was none.")
    ticket: TicketRead | None = Field(
        description="What was read; of what is red for its signature, nothing is true."
    )


class KeyRead(Answered):
    issuer: str
    id: str
    algorithm: str
    public_key: str
    valid_from: int
    valid_until: int
    withdrawn: int


class KeysAnswered(Answered):
    """The keys of `docs/tickets.md`, as inspectors keep them in a file."""

    format: str
    keys_as_of: int
    keys: list[KeyRead]


class CancelledAnswered(Answered):
    """Revoked and replaced tickets, as inspectors keep them in a file."""

    format: str
    signed_list: str = Field(description="Base64 of the signed list (COSE_Sign1, docs/tickets.md).")


class CodeAnswered(Answered):
    ref: str
    text: str = Field(description="Of the QR code.")
    good_until: int = Field(
        description="When a live one is followed by the next, epoch seconds; 0: it stays."
    )
    generation: int


class DeviceAsked(Asked):
    device_key: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="The telephone's Ed25519 public key, hexadecimal."
    )


def check_answer(answer: Answer) -> CheckAnswered:
    return CheckAnswered.model_validate(answer_document(answer))


def upload_answer(upload: Upload) -> UploadAnswered:
    refused = [ScanRefused(id=one, fr=words[0], en=words[1]) for one, words in upload.refused.items()]
    return UploadAnswered(
        added=upload.added,
        known=upload.known,
        refused=refused,
        double_uses=[double_use_answer(use) for use in upload.double_uses],
    )


def double_use_answer(use: DoubleUse) -> DoubleUseAnswered:
    scans = [
        ScanAnswered(device=one.device, id=one.id, at=one.at_s, vehicle=one.vehicle, network=one.network_id)
        for one in use.scans
    ]
    return DoubleUseAnswered(issuer=use.scans[0].issuer, ref=use.scans[0].ref, rule=use.rule, scans=scans)
