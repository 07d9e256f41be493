"""Whether driver and passengers were there, together, each with a phone of their own, and said so in time."""

from __future__ import annotations

from collections.abc import Iterator

from carpool.checks.case import Case, Finding
from carpool.nearness import find_place_at, fixes_apart_m
from carpool.proof import share_a_phone
from carpool.trip import EvidenceClass


def complete(case: Case) -> Iterator[Finding]:
    """The driver's phone has said that the trip is over."""
    if not case.assembly.is_ended:
        words = "the driver's phone has not said that the trip is over"
        yield case.incomplete("end", words) if case.may_still_come else case.cannot_run("end", words)


def gaps(case: Case) -> Iterator[Finding]:
    """Every phone counts what it says of a trip: a number that is missing is still to come."""
    if not case.may_still_come:
        return
    numbers: dict[str, set[int]] = {}
    for piece in case.evidence:
        numbers.setdefault(piece.statement.device, set()).add(piece.statement.seq)
    missing = sum(max(known) + 1 - len(known) for known in numbers.values())
    if missing:
        yield case.incomplete("gaps", f"{missing} statements that phones counted have not come yet")


def passengers_evidence(case: Case) -> Iterator[Finding]:
    """A passenger's phone may be without network for a while: what it has to say is waited for, then done without."""
    partial = [p for p in case.trip.passages if p.evidence_class is not EvidenceClass.C]
    if case.may_still_come and (partial or not case.trip.passages):
        yield case.incomplete("passengers_evidence", "passengers' phones may still have something to say")


def alighting(case: Case) -> Iterator[Finding]:
    """Something says when each passenger got out."""
    most = case.thresholds.of("alighting", "unshown_max")
    unshown = [rider for rider in case.assembly.riders if rider.alight is None]
    if len(unshown) > most:
        words = f"nothing says when {len(unshown)} passengers got out"
        yield case.found("alighting", len(unshown), most, words)


def within_trip(case: Case) -> Iterator[Finding]:
    """Nobody is in the vehicle before it starts or after it has arrived, or gets out before getting in."""
    most_s = case.thresholds.of("within_trip", "outside_s_max")
    for passage in case.trip.passages:
        early_s = int((case.trip.start.at - passage.board.at).total_seconds())
        late_s = int((passage.alight.at - case.trip.end.at).total_seconds())
        if max(early_s, late_s) > most_s:
            words = f"a passenger's part reaches {max(early_s, late_s):,} s beyond the trip"
            yield case.found("within_trip", max(early_s, late_s), most_s, words)
        elif passage.alight.at <= passage.board.at:
            backward_s = int((passage.board.at - passage.alight.at).total_seconds())
            yield case.found("within_trip", backward_s, 0, "a passenger got out before getting in")


def short_passage(case: Case) -> Iterator[Finding]:
    """Class C: so short a ride that nothing shows it was one."""
    least_s = case.thresholds.of("short_passage", "duration_s_min")
    least_m = case.thresholds.of("short_passage", "distance_m_min")
    for passage in case.trip.passages:
        if passage.evidence_class is not EvidenceClass.C:
            continue
        took_s = int((passage.alight.at - passage.board.at).total_seconds())
        went_m = round(fixes_apart_m(passage.board, passage.alight))
        if took_s < least_s:
            yield case.found("short_passage", took_s, least_s, f"a passenger rode along for {took_s:,} s")
        if went_m < least_m:
            yield case.found("short_passage", went_m, least_m, f"a passenger rode along for {went_m:,} m")


def same_device(case: Case) -> Iterator[Finding]:
    """Driver and passengers each have a phone of their own."""
    most = case.thresholds.of("same_device", "shared_max")
    groups = [case.assembly.driver_devices, *(rider.devices for rider in case.assembly.riders)]
    shared = sum(
        share_a_phone(one, other, case.devices)
        for index, one in enumerate(groups)
        for other in groups[index + 1 :]
    )
    if shared > most:
        yield case.found("same_device", shared, most, f"one phone speaks for several people ({shared} pairs)")


def together(case: Case) -> Iterator[Finding]:
    """Driver and passenger are shown at the same time and place when they get in and out. By a scanned code the two
    clocks are compared; by two phones' positions the places are."""
    most_s, most_m = (case.thresholds.of("together", name) for name in ("apart_s_max", "apart_m_max"))
    gap_s = case.thresholds.limits.gap_s_max
    for passage, rider in zip(case.trip.passages, case.assembly.riders, strict=True):
        for scan in rider.scans:
            apart_s = abs(int((scan.at - scan.token_at).total_seconds()))
            if apart_s > most_s:
                words = f"a code was scanned {apart_s:,} s from when it was shown"
                yield case.found("together", apart_s, most_s, words)
        if passage.evidence_class is EvidenceClass.A:
            words = "nothing but words says that driver and passenger were together"
            yield case.cannot_run("together", words, most_m)
        if passage.evidence_class is not EvidenceClass.C:
            continue
        for at in (passage.board.at, passage.alight.at):
            one = find_place_at(case.assembly.driver_track, at, gap_s)
            other = find_place_at(rider.own, at, gap_s)
            apart_m = round(fixes_apart_m(one, other)) if one is not None and other is not None else 0
            if apart_m > most_m:
                words = f"driver and passenger were {apart_m:,} m apart when the passenger got in or out"
                yield case.found("together", apart_m, most_m, words)


def late(case: Case) -> Iterator[Finding]:
    """Sent long after it was signed, and nobody says why."""
    most_s = case.thresholds.of("late", "delay_s_max")
    delays_s = [
        int((piece.received_at - piece.statement.at).total_seconds())
        for piece in case.evidence
        if not piece.reason
    ]
    after_s = [
        int((piece.received_at - piece.statement.ends_at).total_seconds())
        for piece in case.evidence
        if not piece.reason and piece.statement.ends_at is not None
    ]
    latest_s = max((*delays_s, *after_s), default=0)
    if latest_s > most_s:
        words = f"sent {latest_s:,} s after it happened, and no reason is given"
        yield case.found("late", latest_s, most_s, words)


def clock(case: Case) -> Iterator[Finding]:
    """Phones' clocks are what times are from: one that is far off shows nothing."""
    most_s = case.thresholds.of("clock", "ahead_s_max")
    ahead_s = max(
        (int((piece.statement.at - piece.received_at).total_seconds()) for piece in case.evidence), default=0
    )
    if ahead_s > most_s:
        words = f"a statement is dated {ahead_s:,} s later than it was received"
        yield case.found("clock", ahead_s, most_s, words)
    skew_s = max((abs(skew) for skew in case.skews_s.values()), default=0)
    if skew_s > case.thresholds.of("clock", "skew_s_max"):
        words = f"a phone's clock was {skew_s:,} s off when it sent"
        yield case.found("clock", skew_s, case.thresholds.of("clock", "skew_s_max"), words)


def contradiction(case: Case) -> Iterator[Finding]:
    """A device numbers its statements: two with one number cannot both be what happened."""
    most = case.thresholds.of("contradiction", "twice_max")
    found = case.assembly.contradictions
    if len(found) > most:
        yield case.found("contradiction", len(found), most, "; ".join(found[:3]))
