"""`mobility audit …`: statements, archives that are checked without the database, what-ifs, budgets."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from mobility.accounts.caller import SYSTEM
from mobility.acts.audit import entries, envelopes, months, ports
from mobility.acts.audit.archive import export_archive, month_of
from mobility.acts.audit.ports import AuditError, note_read
from mobility.acts.audit.tables import Table, write_audit_table
from mobility.cli import payouts
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services
from ticketing.audit_archive.export import ExportError
from ticketing.audit_archive.replay import Difference, Recorded, replay_archive, replay_month
from ticketing.audit_archive.report import Report
from ticketing.audit_archive.verify import verify_archives
from ticketing.money import euros
from ticketing.period import is_period
from ticketing.policy_fields import PolicyError
from ticketing.subsidy_policy import PolicyVersion, read_policy_text
from ticketing.table_files import Format

app = typer.Typer(
    no_args_is_help=True,
    help="The money and its proof: statements, archives, payouts, budgets. People are pseudonyms throughout.",
)
payouts.add_to(app)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Period = Annotated[str, typer.Argument(metavar="MONTH", help="YYYY-MM.")]


@app.command("months")
def months_(as_json: AsJson = False) -> None:
    """List the months of the register, whether each is closed, and what its signed root vouches for."""
    with open_services() as services:
        shown = months.list_months(services.audit, SYSTEM)
    if as_json:
        print_json([asdict(one) for one in shown])
        return
    print_table(
        ("MONTH", "FIRST ENTRY", "LAST ENTRY", "ROOT", "KEY"),
        [(one.period, one.first_seq, one.last_seq, one.root or "open", one.key_id) for one in shown],
    )


@app.command("export")
def export(
    period: Period,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FILE", help="Where to. [default: audit-MONTH.zip, here]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the archive of a closed month: all of its register, where it begins, and what follows from it.

    The same register gives the same bytes. `mobility audit verify` checks it anywhere, without the database;
    docs/audit-archive.md is its format.
    """
    path = to or Path(f"audit-{period}.zip")
    with open_services() as services:
        try:
            export_archive(services.audit, SYSTEM, period, path)
        except (ExportError, OSError) as error:
            raise fail(f"{period} was not exported: {error}") from None
    if as_json:
        print_json({"period": period, "path": str(path), "bytes": path.stat().st_size})
    else:
        out.print(f"{path}: {path.stat().st_size:,} bytes", markup=False)


@app.command("verify")
def verify(
    archives: Annotated[
        list[Path], typer.Argument(metavar="ARCHIVE…", help="One month, or several that follow each other.")
    ],
    key: Annotated[
        str,
        typer.Option(
            "--key",
            metavar="FINGERPRINT",
            help="The fingerprint of the signing key, as the Region publishes it.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check archives without the database: frame, hash chain, signatures, balances, statements, payouts, and every
    grant derived again from its policy and counters.

    Says what was checked, and names the first entry that is wrong. Without --key it is told that nobody vouches for the
    key; each archive after the first is held against the one before. Code 0: all holds; 1: something is wrong.
    """
    try:
        reports = verify_archives(archives, key.lower().replace(":", "").replace(" ", ""))
    except (OSError, ValueError) as error:
        raise fail(str(error)) from None
    if as_json:
        print_json([report.plain() for report in reports])
    else:
        for report in reports:
            _print_report(report)
    if not all(report.holds for report in reports):
        raise typer.Exit(1)


def _print_report(report: Report) -> None:
    out.print(f"{report.archive}: {report.period or 'no month could be read'}", markup=False)
    for check in report.checks:
        out.print(f"  ok      {check}", markup=False)
    for words in report.not_checked:
        out.print(f"  open    {words}", markup=False)
    if report.wrong is not None:
        fail(f"  WRONG   {report.wrong.shown}")
    else:
        out.print(f"  {'trusted' if report.is_trusted else 'UNKNOWN'} {report.trust}", markup=False)


@app.command("replay")
def replay(
    source: Annotated[
        str, typer.Argument(metavar="ARCHIVE|MONTH", help="An archive, or a month (YYYY-MM) of the database.")
    ],
    policy: Annotated[
        Path | None,
        typer.Option("--policy", metavar="FILE", help="A policy, TOML or JSON. [default: those of the time]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What a month's trips would have earned by another policy: the difference for each driver, line and month.

    The policy counts as if it had always been in force. Without one the same policies must give the same cents: code 1
    when they do not. An archive is checked first.
    """
    other = None if policy is None else _read_policy(policy)
    differences = _replay_database(source, other) if is_period(source) else _replay_file(Path(source), other)
    if as_json:
        print_json([asdict(one) | {"difference_cents": one.difference_cents} for one in differences])
    else:
        rows = [
            (
                *(one.driver, one.line_id, one.month, one.trips, euros(one.recorded_cents)),
                *(euros(one.replayed_cents), euros(one.difference_cents)),
            )
            for one in differences
        ]
        print_table(("DRIVER", "LINE", "MONTH", "TRIPS", "RECORDED", "REPLAYED", "DIFFERENCE"), rows)
        recorded, replayed = (
            sum(getattr(one, name) for one in differences) for name in ("recorded_cents", "replayed_cents")
        )
        out.print(f"together {euros(recorded)}, replayed {euros(replayed)}: {euros(replayed - recorded)}")
    if other is None and any(one.difference_cents for one in differences):
        raise fail("the policies of the time do not give what was recorded")


def _read_policy(path: Path) -> PolicyVersion:
    try:
        return read_policy_text(path.read_text(encoding="utf-8"), path.suffix == ".json")
    except (OSError, UnicodeDecodeError, PolicyError) as error:
        raise fail(f"{path}: {error}") from None


def _replay_file(path: Path, policy: PolicyVersion | None) -> list[Difference]:
    try:
        (report,) = verify_archives([path])
    except OSError as error:
        raise fail(f"{error}: neither an archive nor a month (YYYY-MM)") from None
    if report.wrong is not None:
        raise fail(f"{path}: {report.wrong.shown}")
    return replay_archive(path, policy)


def _replay_database(period: str, policy: PolicyVersion | None) -> list[Difference]:
    with open_services() as services:
        note_read(services.audit, SYSTEM, f"replay of {period}")
        with services.unit_of_work(read_only=True) as work:
            month = month_of(work, period)
            span = work.register.find_period(period)
            assert span is not None, "month_of found it"
            recorded = Recorded(
                month.begin.counters,
                [linked.entry for linked in month.earlier],
                lambda: work.register.list_entries(*span),
                work.register.find_entry,
            )
            return replay_month(recorded, policy)


@app.command("statement")
def statement(
    period: Period,
    by_line: Annotated[bool, typer.Option("--lines", help="For each line instead of each driver.")] = False,
    as_json: AsJson = False,
) -> None:
    """The statement of a month: trips, kilometres, passengers and amounts; of the open one, so far."""
    with open_services() as services:
        found = months.read_statement(services.audit, SYSTEM, period)
    if as_json:
        drivers = [asdict(found.drivers[name]) for name in sorted(found.drivers)]
        lines = [asdict(found.lines[name]) for name in sorted(found.lines)]
        print_json({"period": period, "drivers": drivers, "lines": lines, "totals": found.totals()})
    elif by_line:
        print_table(
            ("LINE", "CAMPAIGN", "TRIPS", "KM", "PASSENGERS", "GRANTED", "WITHDRAWN", "FARES"),
            [
                (
                    *(one.line_id, one.campaign, one.trips, one.distance_m // 1000, one.passengers),
                    *(euros(one.granted_cents), euros(one.withdrawn_cents), euros(one.fares_cents)),
                )
                for _, one in sorted(found.lines.items())
            ],
        )
    else:
        print_table(
            ("DRIVER", "TRIPS", "KM", "PASSENGERS", "BEFORE", "GRANTED", "WITHDRAWN", "PAID", "BALANCE"),
            [
                (
                    *(
                        one.driver,
                        one.trips,
                        one.distance_m // 1000,
                        one.passengers,
                        euros(one.opening_cents),
                    ),
                    *(euros(one.granted_cents), euros(one.withdrawn_cents)),
                    *(euros(one.paid_cents - one.returned_cents), euros(one.closing_cents)),
                )
                for _, one in sorted(found.drivers.items())
            ],
        )


@app.command("table")
def table(
    period: Period,
    which: Annotated[
        Table,
        typer.Argument(
            metavar="TABLE",
            help="`journeys`: under the national column names, refused ones too; `open-data`: nobody in it; "
            "`drivers`, `lines`: the statement.",
        ),
    ],
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.CSV,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Where to. [default: TABLE-MONTH.FORMAT, here]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a table of a month as CSV, XLSX or Parquet; the three hold the same rows."""
    path = to or Path(f"{which.value}-{period}.{form.value}")
    with open_services() as services:
        try:
            rows = write_audit_table(services.audit, SYSTEM, period, which, form, path)
        except OSError as error:
            raise fail(f"{path} cannot be written: {error}") from None
    if as_json:
        print_json({"path": str(path), "rows": rows})
    else:
        out.print(f"{path}: {rows:,} rows", markup=False)


@app.command("envelope")
def envelope(
    campaign: Annotated[str, typer.Argument(metavar="[CAMPAIGN]", help="One of them. [default: all]")] = "",
    until: Annotated[
        str,
        typer.Option("--until", metavar="DAY", help="How far to look: YYYY-MM-DD. [default: 31 December]"),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Budgets of campaigns: what was put in, what is used, how long it lasts at the pace of the working days so far.

    The range holds 95 % under the view that days are independent and alike; less than ten days tell no pace.
    """
    try:
        horizon = dt.date.fromisoformat(until) if until else None
    except ValueError:
        raise fail(f"--until: {until!r} is no day: YYYY-MM-DD") from None
    with open_services() as services:
        found = envelopes.list_envelopes(services.audit, SYSTEM, campaign, horizon)
    if as_json:
        print_json([asdict(one) | {"left_cents": one.left_cents} for one in found])
        return
    for one in found:
        out.print(
            f"{one.campaign}: {euros(one.used_cents)} of {euros(one.budget_cents)} used, {euros(one.left_cents)} left"
        )
        if one.alerts_percent:
            fail(f"  more than {one.alerts_percent[-1]} % is used")
        if one.forecast is None:
            out.print("  too few working days are known to tell a pace")
            continue
        ahead = one.forecast
        out.print(
            f"  {euros(ahead.cents_per_day)} a working day over {ahead.days_seen}; in {ahead.days_left} more: "
            f"{euros(ahead.end_cents)} ({euros(ahead.end_low_cents)} to {euros(ahead.end_high_cents)})"
        )
        if ahead.runs_out_earliest is None:
            out.print("  it lasts beyond that")
            continue
        on, latest = (str(day or "later") for day in (ahead.runs_out_on, ahead.runs_out_latest))
        out.print(f"  runs out: {on} (between {ahead.runs_out_earliest} and {latest})")


@app.command("fund")
def fund(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign a policy names.")],
    amount: Annotated[str, typer.Argument(metavar="EUROS", help="Such as 50000 or 1250.50; -100 takes out.")],
    decision: Annotated[
        str, typer.Option("--decision", metavar="NUMBER", help="The decision it follows from; counts once.")
    ],
    as_json: AsJson = False,
) -> None:
    """Put money into a campaign's envelope, as an entry of the register. (Negative amounts after `--`.)"""
    cents = payouts.read_euros(amount)
    with open_services() as services:
        entry = envelopes.fund_envelope(services.audit, SYSTEM, campaign, cents, decision)
    if as_json:
        print_json({"seq": entry.seq, "campaign": campaign, "amount_cents": cents})
    else:
        out.print(f"{campaign}: {euros(cents)}, entry {entry.seq}")


@app.command("keys")
def keys(as_json: AsJson = False) -> None:
    """List the keys that sign monthly roots, with the fingerprints to publish and to give to `verify --key`."""
    with open_services() as services:
        shown = entries.list_keys(services.audit)
        roots = entries.list_roots(services.audit)
    if as_json:
        listed: list[dict[str, Any]] = [asdict(one) for one in shown]
        print_json({"keys": listed, "roots": [_plain_root(root) for root in roots]})
        return
    print_table(
        ("KEY", "FINGERPRINT", "ANNOUNCED BY ENTRY", "REPLACES"),
        [(one.key_id, one.fingerprint, one.announced_by, one.replaces) for one in shown],
    )


def _plain_root(root: Any) -> dict[str, str]:
    return {
        "period": root.period,
        "document": root.document.decode(),
        "signature": root.signature.hex(),
    }


@app.command("reads")
def reads(
    first: Annotated[int, typer.Option("--from", help="Number of the first read to list.")] = 0,
    as_json: AsJson = False,
) -> None:
    """List who read what of the audit, when (at most a thousand at once)."""
    with open_services() as services:
        found = ports.list_reads(services.audit, SYSTEM, first)
    if as_json:
        print_json([asdict(read) | {"id": number} for number, read in found])
    else:
        print_table(
            ("ID", "WHEN", "WHO", "WHAT"),
            [(number, f"{read.at:%Y-%m-%d %H:%M:%S}", read.person, read.what) for number, read in found],
        )


REFUSALS = (AuditError, payouts.PayoutError)
