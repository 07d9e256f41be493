"""`mobility carpool grant` and `mobility carpool policy …`: what drivers earn, and by which rules."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from ground.paris import PARIS
from mobility.accounts.caller import SYSTEM
from mobility.acts.close_period import SigningKeyError
from mobility.acts.grant_subsidy import ClosingError, close
from mobility.acts.policies import (
    PublicationError,
    diff_policies,
    find_policy,
    list_policies,
    publish_policy,
    publish_scale,
)
from mobility.acts.simulate_subsidy import simulate
from mobility.bootstrap import load_settings
from mobility.cli.console import out, print_json, print_table, progress_bars
from mobility.cli.instants import read_instant
from mobility.cli.services import open_services
from ticketing.facts import Grant
from ticketing.grant_body import grant_to_plain
from ticketing.money import euros
from ticketing.policy_fields import PolicyError
from ticketing.register import PeriodClosedError
from ticketing.subsidy import NoPolicyError
from ticketing.subsidy_policy import PolicyVersion, parse_document, read_policy_text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
HASH_SHOWN = 12

REFUSALS = (ClosingError, NoPolicyError, PeriodClosedError, PolicyError, PublicationError, SigningKeyError)
"""Errors whose message is for the person who typed the command."""

policies = typer.Typer(
    no_args_is_help=True, help="The rules drivers are paid by: versions that are never altered."
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of subsidies."""
    app.command("grant")(grant)
    app.add_typer(policies, name="policy")


def grant(
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="TIME",
            help="Trips that started before: 'now', 'YYYY-MM-DD', 'YYYY-MM-DD HH:MM' or ISO 8601, Europe/Paris unless "
            "it says otherwise. [default: as the worker does, so long ago that late phones are in]",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Grant what proven trips have earned, in the order of their start, and close the months that are over.

    The worker does so daily. What is granted is granted: a trip that is proven later takes what its caps leave.
    """
    with open_services() as services, progress_bars() as report:
        if until:
            wanted = read_instant(until, PARIS)
        else:
            wanted = services.acts.now() - dt.timedelta(hours=load_settings().subsidy_settle_after_h)
        done = close(services.acts, services.register_keys, SYSTEM, wanted, report)
    if as_json:
        print_json(
            {
                "until": done.until,
                "trips": done.trips,
                "amount_cents": done.amount_cents,
                "months_closed": done.months,
            }
        )
        return
    out.print(
        f"{done.trips:,} trips until {done.until.astimezone(PARIS):%Y-%m-%d %H:%M}: {euros(done.amount_cents)}"
    )
    for month in done.months:
        out.print(f"{month} is closed: mobility audit export {month}")


@policies.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the policies in the order in which they come into force."""
    with open_services() as services:
        shown = list_policies(services.acts)
    if as_json:
        print_json(
            [
                {"hash": one.policy.hash, "in_force": one.in_force, "published_at": one.published_at}
                | orjson.loads(one.policy.canonical)
                for one in shown
            ]
        )
        return
    rows = [
        (
            one.policy.hash[:HASH_SHOWN],
            one.policy.campaign,
            one.policy.valid_from,
            one.policy.valid_until or "",
            "in force" if one.in_force else "",
            f"{one.published_at.astimezone(PARIS):%Y-%m-%d %H:%M}"
            if one.published_at
            else "not yet: the default",
            one.policy.title,
        )
        for one in shown
    ]
    print_table(("policy", "campaign", "from", "until", "", "published", "title"), rows)


Hash = Annotated[
    str, typer.Argument(metavar="[POLICY]", help="The start of its hash; else the one in force.")
]


@policies.command("show")
def show(
    policy: Hash = "",
    against: Annotated[
        str, typer.Option("--diff", metavar="POLICY", help="Show what differs from this one.")
    ] = "",
) -> None:
    """Show a policy in full (JSON, every field written out), or what it has otherwise than another."""
    with open_services() as services:
        found = find_policy(services.acts, policy)
        if against:
            for line in diff_policies(find_policy(services.acts, against), found):
                out.print(line, markup=False)
            return
    print_json({"hash": found.hash} | orjson.loads(found.canonical))


@policies.command("publish")
def publish(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A policy, TOML or JSON: see docs/policies.md.")
    ],
    is_scale: Annotated[bool, typer.Option("--scale", help="It is a scale of costs, not a policy.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a policy: it enters the register, is never altered, and is in force from its first day on.

    That day may not be before what is granted already.
    """
    written = parse_document(_read(file), _is_json(file))
    with open_services() as services:
        publish_it = publish_scale if is_scale else publish_policy
        done = publish_it(services.acts, SYSTEM, written)
    if as_json:
        print_json({"hash": done.hash, "kind": done.kind, "valid_from": done.valid_from, "seq": done.seq})
        return
    out.print(
        f"{done.kind} {done.hash[:HASH_SHOWN]} is in force from {done.valid_from} on (entry {done.seq})"
    )


@policies.command("simulate")
def simulate_(
    kilometres: Annotated[
        float, typer.Argument(metavar="KM", min=0, max=2000, help="Of the vehicle's trip.")
    ],
    passengers: Annotated[int, typer.Argument(metavar="PASSENGERS", min=0, max=8, help="How many.")],
    policy: Annotated[
        str,
        typer.Option(
            "--policy", metavar="POLICY|FILE", help="The start of a hash, or a file. [default: in force]"
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a trip would earn, step by step, if it were the only one."""
    with open_services() as services:
        chosen = _policy_of(services.acts, policy)
        made = simulate(services.acts, chosen, round(kilometres * 1000), passengers)
    if as_json:
        print_json(grant_to_plain(made))
        return
    _print_steps(made)


def _policy_of(ports: Any, words: str) -> PolicyVersion:
    file = Path(words)
    if words and file.suffix.lower() in (".toml", ".json"):
        return read_policy_text(_read(file), _is_json(file))
    return find_policy(ports, words)


def _print_steps(made: Grant) -> None:
    print_table(
        ("rule", "before", "after", ""),
        [(step.rule, euros(step.before_cents), euros(step.after_cents), step.words) for step in made.steps],
    )
    out.print(f"\n{euros(made.amount_cents)} by policy {made.policy[:HASH_SHOWN]}")


def _is_json(file: Path) -> bool:
    return file.suffix.lower() == ".json"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file} cannot be read: {error}") from error
