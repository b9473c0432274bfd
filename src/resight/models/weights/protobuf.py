"""The wire format of Protocol Buffers, read without a schema: enough for Caffe's files."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}


class Malformed(ValueError):
    """The bytes are no protobuf message, or end in the middle of one."""


def varint(view: memoryview, at: int) -> tuple[int, int]:
    """Read the variable-length integer at `at`; return it and where it ends.

    Raises
    ------
    Malformed
        Where the bytes end within it, or it has more than 64 bits.
    """
    value = shift = 0
    while at < len(view) and shift < 70:
        byte = view[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise Malformed("it ends within a number" if at >= len(view) else "a number has no end")


def varints(view: memoryview) -> list[int]:
    """Read packed integers."""
    values, at = [], 0
    while at < len(view):
        value, at = varint(view, at)
        values.append(value)
    return values


def fields(view: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Go through a message's fields: number, wire type, and an int (varints) or the bytes (all others).

    Raises
    ------
    Malformed
        Where a field runs past the end or is of no known wire type.
    """
    at = 0
    while at < len(view):
        key, at = varint(view, at)
        number, wire = key >> 3, key & 7
        if number == 0 or wire not in (VARINT, FIXED64, BYTES, FIXED32):
            raise Malformed("a field has no number or an unknown type")
        if wire == VARINT:
            integer, at = varint(view, at)
            yield number, wire, integer
            continue
        size = FIXED_SIZES.get(wire)
        if size is None:
            size, at = varint(view, at)
        if at + size > len(view):
            raise Malformed(f"field {number} needs {size:,} bytes and {len(view) - at:,} are left")
        yield number, wire, view[at : at + size]
        at += size
