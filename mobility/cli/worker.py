"""`mobility worker`: the process that hands events on and runs the jobs, and how that goes."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from typing import Annotated, Any

import typer

from mobility.acts.delivery_ports import EventState
from mobility.cli.console import fail, out, print_json, print_table
from mobility.cli.services import open_services

app = typer.Typer(help="The worker: hands events on and does what is due again and again.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
EventId = Annotated[
    int, typer.Argument(metavar="ID", help="The event's number, as `worker events` lists it.")
]


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
) -> None:
    """Run until stopped (SIGTERM or Ctrl+C: what is begun is ended first). Any number may run at once.

    `mobility serve` does the same in threads, unless MOBILITY_WORKER=separate.
    """
    if context.invoked_subcommand is not None:
        return
    with open_services() as services:
        if once:
            out.print(f"{services.worker.run_once():,} done")
            return
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        services.worker.start()
        out.print(f"working as {services.worker.name}", markup=False)
        stop.wait()


@app.command("status")
def status(as_json: AsJson = False) -> None:
    """How many events wait, since when, which are dead; and how each job goes."""
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        counts, runs = work.deliveries.count(), work.jobs.list_runs()
    if as_json:
        print_json({"events": [asdict(one) for one in counts], "jobs": [asdict(one) for one in runs]})
        return
    if counts:
        print_table(
            ("events", "state", "count", "oldest"),
            [(one.kind, one.state, one.count, f"{one.oldest_at:%Y-%m-%d %H:%M:%S}") for one in counts],
        )
    if runs:
        print_table(
            ("job", "due", "last ended", "did", "runs", "failures", "running at", "error"),
            [
                (
                    run.name,
                    f"{run.due_at:%Y-%m-%d %H:%M:%S}",
                    f"{run.ended_at:%Y-%m-%d %H:%M:%S}" if run.ended_at else "never",
                    run.done,
                    run.runs,
                    run.failures,
                    run.worker,
                    run.error,
                )
                for run in runs
            ],
        )
    if not runs:
        out.print("no worker ran yet: mobility worker, or mobility serve")
    dead = sum(one.count for one in counts if one.state == EventState.DEAD)
    if dead:
        out.print(f"{dead:,} failed too often: mobility worker events --state dead")


@app.command("events")
def events(
    state: Annotated[EventState | None, typer.Option("--state", help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List events, the newest first: what they are about, how often they were tried, why they failed."""
    with open_services() as services, services.unit_of_work(read_only=True) as work:
        found = work.deliveries.list_events(state, limit)
    if as_json:
        print_json([asdict(event) for event in found])
        return
    rows: list[tuple[Any, ...]] = [
        (
            event.id,
            event.kind,
            event.subject,
            event.state,
            f"{event.created_at:%Y-%m-%d %H:%M:%S}",
            event.attempts,
            event.error,
        )
        for event in found
    ]
    if rows:
        print_table(("id", "kind", "subject", "state", "written", "attempts", "error"), rows)
    else:
        out.print("no such event")


@app.command("retry")
def retry(event_id: EventId) -> None:
    """Have a dead event tried again from the start."""
    with open_services() as services, services.unit_of_work() as work:
        if not work.deliveries.revive(event_id, services.acts.now()):
            raise fail(f"there is no dead event {event_id}: mobility worker events --state dead")
        work.commit()
    out.print(f"event {event_id} is tried again")


@app.command("drop")
def drop(
    event_id: EventId,
    reason: Annotated[str, typer.Option("--reason", help="Why nothing is to follow from it; it is kept.")],
) -> None:
    """Give a dead event up: nothing follows from it, and later ones of its subject go on."""
    with open_services() as services, services.unit_of_work() as work:
        if not work.deliveries.drop(event_id, reason, services.acts.now()):
            raise fail(f"there is no dead event {event_id}: mobility worker events --state dead")
        work.commit()
    out.print(f"event {event_id} is dropped")
