"""Damage inside a JPEG, which decoders fill with grey or nonsense: its coded blocks are walked through, none is drawn.

Of the usual kind (baseline and extended, Huffman, eight bits, one scan) every code is followed, ITU T.81 F.2.2. Other
kinds, progressive ones above all, are taken as they are.
"""

from __future__ import annotations

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
SLACK = 8
"""Bytes that some cameras leave behind the last block."""
WHAT = (
    "",
    "its data end too early",
    "a code stands for nothing",
    "a mark to begin anew is missing",
    "data are left over behind the last block",
)


def damage_inside(data: bytes) -> str:
    """Say what is wrong inside a JPEG; empty where nothing is, or it is of a kind that is not walked through."""
    if not data.startswith(b"\xff\xd8"):
        return ""
    tables, sampling, size, restart = b"", dict[int, tuple[int, int]](), (0, 0), 0
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        mark, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        if mark == 0xFF:
            place += 1
            continue
        body = data[place + 4 : place + 2 + length]
        place += 2 + length
        if mark in (0xC0, 0xC1) and len(body) >= 6 and body[0] == 8:
            size = (int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big"))
            parts = (body[i : i + 3] for i in range(6, len(body) - 2, 3))
            sampling = {part[0]: (part[1] >> 4, part[1] & 15) for part in parts}
        elif mark == 0xC4:
            tables += body
        elif mark == 0xDD:
            restart = int.from_bytes(body[:2], "big")
        elif mark == 0xDA:
            usual = tables and min(size) > 0 and all(min(factors) > 0 for factors in sampling.values())
            if not usual or not body or body[0] != len(sampling) or len(body) < 1 + 2 * body[0]:
                return ""
            blocks = _blocks(body, sampling, size)
            return WHAT[walk(np.frombuffer(data, np.uint8), place, _lookup(tables), *blocks, restart)]
    return ""


@lru_cache(maxsize=16)
def _lookup(body: bytes) -> NDArray[np.uint16]:
    """Return a row for each Huffman table: by the next 16 bits, length of the code times 256, and its value.

    Rows 0 to 3 are for the first coefficient, 4 to 7 for the others.
    """
    tables = np.zeros((8, 65536), np.uint16)
    while len(body) > 17:
        row, counts = (body[0] >> 4 & 1) * 4 + (body[0] & 3), body[1:17]
        values, code, used = body[17 : 17 + sum(counts)], 0, 0
        tables[row] = 0
        for bits, count in enumerate(counts, start=1):
            for value in values[used : used + count]:
                tables[row, code << 16 - bits : code + 1 << 16 - bits] = bits << 8 | value
                code += 1
            used += count
            code <<= 1
        body = body[17 + used :]
    return tables


def _blocks(
    body: bytes, sampling: dict[int, tuple[int, int]], size: tuple[int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return the rows of the two tables for each block of a unit, and how many units the picture has."""
    chosen = [(body[i], body[i + 1]) for i in range(1, 2 * body[0], 2)]
    alone = len(chosen) == 1
    across, down = (max(s[i] for s in sampling.values()) for i in (0, 1))
    first, others = list[int](), list[int]()
    for part, rows in chosen:
        wide, high = (1, 1) if alone or part not in sampling else sampling[part]
        first += [rows >> 4 & 3] * (wide * high)
        others += [4 + (rows & 3)] * (wide * high)
    across, down = (8, 8) if alone else (8 * across, 8 * down)
    units = -(-size[0] // down) * -(-size[1] // across)
    return np.array(first), np.array(others), units


@numba.njit(cache=True, nogil=True)
def walk(
    data: Bytes,
    place: int,
    tables: NDArray[np.uint16],
    first: NDArray[np.int64],
    others: NDArray[np.int64],
    units: int,
    restart: int,
) -> int:
    """Follow all codes of a scan from byte `place` on; return the place in `WHAT` of what is wrong, 0 for nothing."""
    bits, held = np.uint64(0), 0
    for unit in range(units):
        if restart > 0 and unit > 0 and unit % restart == 0:
            held = 0
            bits = np.uint64(0)
            while place + 1 < len(data) and data[place] == 0xFF and data[place + 1] == 0xFF:
                place += 1
            if place + 1 >= len(data) or data[place] != 0xFF or not 0xD0 <= data[place + 1] <= 0xD7:
                return 3
            place += 2
        for block in range(len(first)):
            k = 0
            while k < 64:
                while held <= 32 and place < len(data):
                    if data[place] == 0xFF:
                        if place + 1 >= len(data) or data[place + 1] != 0:
                            break
                        bits = bits << np.uint64(8) | np.uint64(0xFF)
                        place += 2
                    else:
                        bits = bits << np.uint64(8) | np.uint64(data[place])
                        place += 1
                    held += 8
                if held >= 16:
                    window = bits >> np.uint64(held - 16)
                else:
                    window = bits << np.uint64(16 - held) | np.uint64((1 << (16 - held)) - 1)
                found = tables[first[block] if k == 0 else others[block], int(window & np.uint64(0xFFFF))]
                length, value = int(found >> 8), int(found & 0xFF)
                if length == 0:
                    return 1 if held < 16 else 2
                run, extra = (0, value) if k == 0 else (value >> 4, value & 15)
                if extra > 15:
                    return 2
                held -= length + extra
                if held < 0:
                    return 1
                if k > 0 and extra == 0:
                    k = 64 if run < 15 else k + 16
                    if k > 64:
                        return 2
                    continue
                k += run + 1
                if k > 64:
                    return 2
    left = held // 8
    while place + 1 < len(data) and not (data[place] == 0xFF and data[place + 1] != 0):
        place += 1
        left += 1
    return 4 if left > SLACK else 0
