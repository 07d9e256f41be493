"""Arrays lent to a kernel for the length of one call."""

from __future__ import annotations

import os

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic


def borrow_as(typing_context, lent):
    """The same arrays, tuples of arrays or numbers, whose references are not counted.

    Who calls the kernel holds the arrays until it returns. Counting on top of that, atomically and anew in every
    function that takes a tuple apart, costs a search up to an eighth of its time.
    """

    def generate(context, builder, signature, arguments):
        return _without_owner(context, builder, signature.args[0], arguments[0])

    return lent(lent), generate


def _without_owner(context, builder, kind, value):
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        parts = cgutils.unpack_tuple(builder, value, len(kind))
        made = [_without_owner(context, builder, own, part) for own, part in zip(kind, parts, strict=True)]
        return context.make_tuple(builder, kind, made)
    return value


def give_back(lent):
    """What borrowing is to plain Python, which counts whatever one does."""
    return lent


borrow = give_back if os.environ.get("NUMBA_DISABLE_JIT") == "1" else intrinsic(borrow_as)
