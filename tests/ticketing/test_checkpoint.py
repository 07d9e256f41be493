"""A checkpoint is read as it was written, in whatever order it was gathered, and nothing else is."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.checkpoint import Checkpoint, CheckpointError, checkpoint_lines, hash_lines, read_checkpoint

NAMES = st.text("abc:/-é", min_size=1, max_size=6)
CENTS = st.integers(-(10**9), 10**9).filter(bool)
CHECKPOINTS = st.builds(
    Checkpoint,
    st.dictionaries(NAMES, CENTS, max_size=6),
    st.dictionaries(st.tuples(NAMES, NAMES), CENTS, max_size=6),
    st.dictionaries(st.integers(1, 10**9), NAMES, max_size=4),
)


@given(checkpoint=CHECKPOINTS, seed=st.integers(0, 99))
def test_what_is_written_is_read_whatever_the_order(checkpoint: Checkpoint, seed: int) -> None:
    assert read_checkpoint(checkpoint.lines()) == checkpoint
    balances, counters = list(checkpoint.balances.items()), list(checkpoint.counters.items())
    random.Random(seed).shuffle(balances)
    random.Random(seed).shuffle(counters)
    lines = checkpoint_lines([*balances, ("zero", 0)], counters, reversed(checkpoint.standing.items()))
    assert hash_lines(lines) == checkpoint.hash


@pytest.mark.parametrize(
    "lines",
    [
        [b"{}"],
        [b'{"account":"a","cents":0}'],
        [b'{"account":"a","cents":true}'],
        [b'{"cents":1,"account":"a"}'],
        [b'{"account":"a","cents":1}', b'{"account":"a","cents":1}'],
        [b'{"account":"b","cents":1}', b'{"account":"a","cents":1}'],
        [b'{"counter":"c","of":"d","value":1}'],
        [b'{"counter":"c","key":"d","value":0}'],
        [b'{"entry":true,"hash":"d"}'],
        [b'{"account":"a","cents":1} '],
    ],
)
def test_anything_else_is_refused(lines: list[bytes]) -> None:
    with pytest.raises(CheckpointError):
        read_checkpoint(lines)
