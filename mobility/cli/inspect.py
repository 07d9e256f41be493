"""`mobility inspect FILE|-`: a ticket, without a network or a database; `sync` and `upload` need one of them."""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from typer.core import TyperGroup

from ground.paris import PARIS
from mobility.cli.console import errors, fail, out, print_json
from mobility.cli.instants import read_instant
from ticketing.tickets.answer import Answer, Colour, told
from ticketing.tickets.answer_document import answer_document
from ticketing.tickets.code import CodeError
from ticketing.tickets.inspection import Here, inspect_all, scan_of, unreadable
from ticketing.tickets.known import Known, KnownError, check_follows, keys_document, list_document, read_known
from ticketing.tickets.picture import read_content
from ticketing.tickets.scan import Scan

KNOWN_FILE = Path("inspection.json")
CODES = {Colour.GREEN: 0, Colour.RED: 1, Colour.ORANGE: 3}
SCANS_AT_ONCE = 500


class _CodeByDefault(TyperGroup):
    """`mobility inspect FILE` is `mobility inspect code FILE`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, *self.get_help_option_names(ctx)}:
            args = ["code", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_CodeByDefault,
    no_args_is_help=True,
    help="Inspect tickets: `mobility inspect FILE|-` (all of it: `mobility inspect code --help`).",
)

Keys = Annotated[
    Path,
    typer.Option("--keys", envvar="MOBILITY_INSPECTION_FILE", help="Public keys, as `sync` writes them."),
]
Server = Annotated[
    str, typer.Option("--server", metavar="URL", help="Of a server; else the database here is asked.")
]
Token = Annotated[
    str, typer.Option("--token", envvar="MOBILITY_TOKEN", help="An inspector's access token, with --server.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("code")
def code(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE|-", help="A picture, a PDF, the text of a code or its bytes; -: from stdin."
        ),
    ],
    keys: Keys = KNOWN_FILE,
    revoked: Annotated[
        Path | None, typer.Option("--revoked", help="Revoked tickets, where they are in a file of their own.")
    ] = None,
    at: Annotated[
        str,
        typer.Option(
            "--at",
            help="When: 'HH:MM', 'tuesday HH:MM', 'YYYY-MM-DD HH:MM' or ISO 8601; now. A time to come is judged by "
            "what is known now.",
        ),
    ] = "",
    network: Annotated[
        str, typer.Option("--network", help="Whose vehicle it is: an agency or service.")
    ] = "",
    zone: Annotated[str, typer.Option("--zone", help="The zone one is in.")] = "",
    stop: Annotated[str, typer.Option("--stop", help="The stop one is at.")] = "",
    vehicle: Annotated[str, typer.Option("--vehicle", help="The trip or vehicle one is in.")] = "",
    scans: Annotated[
        Path | None,
        typer.Option("--scans", help="Note what is scanned in this file, and see what was before."),
    ] = None,
    device: Annotated[str, typer.Option("--device", help="What this device calls itself.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say whether a ticket is valid here and now, and why: green, orange or red. Needs no network and no database, but
    the file `mobility inspect sync` writes; where the database is at hand and that file is not, it is written first.

    Ends with code 0 when it is green, 3 when a person has to decide (orange), 1 when it is red.
    """
    here = Here(
        int(read_instant(at, PARIS).timestamp()), network, zone, stop, vehicle, device or _this_device()
    )
    if not keys.exists() and _has_database():
        sync(keys=keys)
    known = _read_known([keys, *([revoked] if revoked else [])])
    ahead_s = max(here.at_s - int(time.time()), 0)
    if ahead_s:
        lists = {issuer: replace(one, as_of_s=one.as_of_s + ahead_s) for issuer, one in known.lists.items()}
        known = replace(known, lists=lists)
    content = sys.stdin.buffer.read() if file == "-" else _read(Path(file))
    before = [] if scans is None else _read_scans(scans)
    answers = _answers(content, known, here, before, scans)
    if as_json:
        documents = [answer_document(answer) for answer in answers]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for answer in answers:
            _print_answer(answer)
        _print_lists(known, here.at_s)
    colours = {answer.colour for answer in answers}
    worst = next(colour for colour in (Colour.RED, Colour.ORANGE, Colour.GREEN) if colour in colours)
    if CODES[worst]:
        raise typer.Exit(CODES[worst])


@app.command("sync")
def sync(server: Server = "", token: Token = "", keys: Keys = KNOWN_FILE, as_json: AsJson = False) -> None:
    """Fetch public keys and revoked tickets into a file; from then on inspecting needs neither network nor database.

    The list of revoked tickets is signed. One that was changed, or is older than the one in the file, is refused, and
    the file stays as it is.
    """
    if server:
        with _client(server, token) as client:
            both = _ask(client, "GET", "/v1/inspection/keys") | _ask(
                client, "GET", "/v1/inspection/revocations"
            )
    else:
        both = _from_here()
    known = _check_fetched(both, keys)
    aside = keys.with_name(f".{keys.name}-{secrets.token_hex(4)}")
    aside.write_text(json.dumps(both, indent=1), encoding="utf-8")
    aside.replace(keys)
    cancelled = sum(len(one.lines) for one in known.lists.values())
    if as_json:
        as_of = {issuer: one.as_of_s for issuer, one in known.lists.items()}
        print_json({"file": str(keys), "keys": len(known.keys), "cancelled": cancelled, "listsAsOf": as_of})
    else:
        counts = f"{len(known.keys)} keys, {cancelled} revoked or replaced tickets"
        errors.print(f"{counts} in {keys}", markup=False)


@app.command("upload")
def upload(
    scans: Annotated[Path, typer.Argument(metavar="SCANS", help="The file `--scans` of inspecting wrote.")],
    server: Server = "",
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Upload what was scanned, and say which tickets were used twice. Uploaded again, nothing is added twice."""
    found = _read_scans(scans)
    answers = [
        _upload(found[start : start + SCANS_AT_ONCE], server, token)
        for start in range(0, len(found), SCANS_AT_ONCE)
    ]
    added, known = (sum(len(one[name]) for one in answers) for name in ("added", "known"))
    refused = [row for one in answers for row in one["refused"]]
    doubles = [row for one in answers for row in one["doubleUses"]]
    if as_json:
        print_json({"added": added, "known": known, "refused": refused, "doubleUses": doubles})
        return
    out.print(f"{added} added, {known} known already", markup=False)
    for row in refused:
        fail(f"{row['id']}: {row['en']}")
    for row in doubles:
        where = ", ".join(f"{scan['vehicle']} ({scan['device']})" for scan in row["scans"])
        out.print(f"{row['ref']} used twice ({row['rule']}): {where}", style="red", markup=False)


@app.command("rotate")
def rotate(
    algorithm: Annotated[
        str, typer.Option("--algorithm", help="Ed25519 (COSE) or P-256 (DOSIPAS).")
    ] = "Ed25519",
    in_hours: Annotated[
        float, typer.Option("--in-hours", min=0, help="When it begins to sign: devices must know it by then.")
    ] = 24.0,
) -> None:
    """Sign tickets with a new key from tomorrow on. What the old one signed stays valid."""
    from mobility.accounts.caller import SYSTEM
    from mobility.acts.sales.revocations import rotate_key
    from mobility.cli.services import open_services
    from ticketing.tickets.keys import Algorithm

    if algorithm not in list(Algorithm):
        raise typer.BadParameter(f"{algorithm!r} is none of {', '.join(Algorithm)}")
    with open_services() as services:
        key = rotate_key(services.tickets, SYSTEM, Algorithm(algorithm), int(in_hours * 3_600)).public
    out.print(f"key {key.id} ({key.algorithm.value}) signs from {_local(key.valid_from_s)} on", markup=False)


@app.command("withdraw")
def withdraw(
    key_id: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as tickets name it.")],
) -> None:
    """Let nothing a key signed be believed any more: it got into wrong hands. Its tickets are issued anew."""
    from mobility.accounts.caller import SYSTEM
    from mobility.acts.sales.revocations import withdraw_key
    from mobility.cli.services import open_services

    with open_services() as services:
        try:
            key = withdraw_key(services.tickets, SYSTEM, key_id).public
        except ValueError as error:
            raise fail(str(error)) from None
    out.print(
        f"key {key_id} is withdrawn; key {key.id} is the newest. Devices have to synchronise now",
        markup=False,
    )


def _local(at_s: int) -> str:
    return told(at_s, PARIS, french=False)


def _answers(
    content: bytes, known: Known, here: Here, before: Sequence[Scan], scans: Path | None
) -> list[Answer]:
    try:
        codes = read_content(content)
    except CodeError as error:
        return [unreadable(str(error), here)]
    answers = inspect_all(codes, known, here, before)
    if scans is not None:
        made = (scan_of(answer, here, f"{here.at_s}-{secrets.token_hex(4)}") for answer in answers)
        with scans.open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(asdict(scan)) + "\n" for scan in made if scan is not None)
    return answers


def _check_fetched(both: dict[str, Any], path: Path) -> Known:
    """What was fetched, unless it is forged, or older than what the file there says."""
    try:
        offered = read_known(json.dumps(both))
        check_follows(_held(path), offered, int(time.time()))
    except KnownError as error:
        raise fail(f"{path} stays as it is: {error}") from None
    return offered


def _held(path: Path) -> Known:
    """What a file says; nothing where there is none, or none that can be read."""
    if not path.exists():
        return Known()
    try:
        return read_known(_read(path))
    except KnownError as error:
        errors.print(f"{path} is replaced: {error}", markup=False)
        return Known()


def _print_lists(known: Known, at_s: int) -> None:
    for issuer, one in known.lists.items():
        hours, seconds = divmod(max(at_s - one.as_of_s, 0), 3_600)
        age = f"{hours // 24} days" if hours >= 48 else f"{hours} h {seconds // 60} min"
        out.print(
            f"  list of {issuer}: {len(one.lines)} cancelled tickets as of {_local(one.as_of_s)}, {age} old",
            style="dim",
            markup=False,
        )


def _print_answer(answer: Answer) -> None:
    words = {Colour.GREEN: "VALID / VALABLE", Colour.ORANGE: "LOOK / VÉRIFIER", Colour.RED: "NO / NON"}
    style = {Colour.GREEN: "bold green", Colour.ORANGE: "bold yellow", Colour.RED: "bold red"}
    out.print(words[answer.colour], style=style[answer.colour], markup=False)
    out.print(f"  {answer.english}\n  {answer.french}", markup=False)
    for french, english in answer.notes:
        out.print(f"  {english}\n  {french}", style="dim", markup=False)
    read = answer_document(answer)["ticket"]
    if read is None:
        return
    count = f", {read['count']} people" if read["count"] > 1 else ""
    out.print(f"  {read['ref']}  {read['product']}  {read['category']}{count}  {read['form']}", markup=False)
    for right in read["rights"]:
        ends = f"  {right['fromStop']} → {right['toStop']}" if right["fromStop"] else ""
        zones = f"  zones {', '.join(right['zones'])}" if right["zones"] else ""
        out.print(f"  {right['network'] or 'all networks'}{ends}{zones}", markup=False)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise fail(f"{path} cannot be read: {error.strerror}") from None


def _has_database() -> bool:
    """Whether this is the machine of the server."""
    folder = Path(os.environ.get("MOBILITY_DATA_DIR", ".data"))
    return "MOBILITY_DATABASE_URL" in os.environ or (folder / "mobility.sqlite").exists()


def _read_known(paths: Sequence[Path]) -> Known:
    missing = [path for path in paths if not path.exists()]
    if missing:
        raise fail(f"{missing[0]} is not there: fetch keys and revoked tickets with `mobility inspect sync`")
    try:
        return read_known(*(_read(path) for path in paths))
    except KnownError as error:
        raise fail(f"{', '.join(map(str, paths))}: {error}") from None


def _read_scans(path: Path) -> list[Scan]:
    if not path.exists():
        return []
    try:
        return [Scan(**json.loads(line)) for line in _read(path).decode().splitlines() if line.strip()]
    except (ValueError, TypeError) as error:
        raise fail(f"{path} is no file of scans: {error}") from None


def _this_device() -> str:
    return re.sub(r"[^A-Za-z0-9_.:-]", "-", platform.node())[:64] or "device"


def _from_here() -> dict[str, Any]:
    """Keys and list of the database here. The house is only imported when it is needed."""
    from mobility.accounts.caller import SYSTEM
    from mobility.acts.sales.revocations import list_keys, sign_revocations
    from mobility.cli.services import open_services

    with open_services() as services:
        signed = sign_revocations(services.tickets, SYSTEM)
        return keys_document(*list_keys(services.tickets)) | list_document(signed)


def _upload(scans: Sequence[Scan], server: str, token: str) -> dict[str, Any]:
    if not server:
        from mobility.accounts.caller import SYSTEM
        from mobility.acts.sales.scans import upload_scans
        from mobility.cli.services import open_services
        from mobility.http.inspection_schemas import upload_answer

        with open_services() as services:
            made = upload_scans(services.tickets, SYSTEM, scans)
        return upload_answer(made).model_dump(by_alias=True)
    made_of: dict[str, list[dict[str, Any]]] = {}
    for scan in scans:
        row = asdict(scan)
        made_of.setdefault(row.pop("device"), []).append(
            row | {"at": row.pop("at_s"), "network": row.pop("network_id")}
        )
    total: dict[str, Any] = {"added": [], "known": [], "refused": [], "doubleUses": []}
    with _client(server, token) as client:
        for device, rows in made_of.items():
            answer = _ask(client, "POST", "/v1/inspection/scans", {"device": device, "scans": rows})
            for name in total:
                total[name] += answer[name]
    return total


def _client(server: str, token: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=server.rstrip("/"), headers=headers, timeout=30)


def _ask(client: httpx.Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
    try:
        answer = client.request(method, path, json=body)
    except httpx.HTTPError as error:
        raise fail(f"{client.base_url} does not answer: {error}") from None
    if answer.is_success:
        read = answer.json()
        assert isinstance(read, dict)
        return read
    try:
        why = answer.json().get("en", answer.text)
    except (ValueError, AttributeError):
        why = answer.text[:200]
    raise fail(f"{client.base_url} refused: {answer.status_code} {why}")
