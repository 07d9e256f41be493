"""ETag and If-Match: two who change a thing at once notice (RFC 9110, 8.8.3 and 13.1.1)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header

from mobility.acts.entity_tag import ChangedMeanwhileError, tag_of
from mobility.http.problems import Problem

IfMatch = Annotated[str, Header(alias="If-Match", max_length=200, description="The ETag it had when read.")]


def entity_tag(thing: Any) -> dict[str, str]:
    """The ETag header of a thing."""
    return {"ETag": f'"{tag_of(thing)}"'}


def wanted_tag(if_match: str) -> str:
    """The tag of an If-Match header; "" when there is none."""
    return if_match.strip().removeprefix("W/").strip('"')


def changed_problem(error: ChangedMeanwhileError) -> Problem:
    """That somebody was faster, as an answer."""
    return Problem(412, "changed-meanwhile", error.french, str(error))
