"""Open-set identification with plain loops: every threshold tried, every ranking counted. Slow and obvious."""

from __future__ import annotations

import math
from typing import Any


def evaluate(
    distance: Any, query_ids: Any, gallery_ids: Any, query_cameras: Any, gallery_cameras: Any, far: float, rank: int
) -> tuple[float, float, float]:
    """Return the best detection and identification rate whose false accept rate keeps within `far`, and both rates."""
    genuine, impostors = [], []
    for q, row in enumerate(distance):
        entries = []
        for g, value in enumerate(row):
            match = bool(gallery_ids[g] == query_ids[q])
            if not (match and gallery_cameras[g] == query_cameras[q]):
                entries.append((float(value), match))
        if any(match for _, match in entries):
            genuine.append(sorted(entries))  # among equals another person (False) comes first
        elif entries:
            impostors.append(min(value for value, _ in entries))
    candidates = sorted({value for row in genuine for value, _ in row} | set(impostors) | {math.inf})
    best = (0.0, 0.0, -math.inf)
    for threshold in candidates:
        accepted = sum(value < threshold for value in impostors) / len(impostors)
        if accepted > far + 1e-12:
            break
        found = 0
        for entries in genuine:
            place = next(i for i, (_, match) in enumerate(entries, start=1) if match)
            found += place <= rank and entries[place - 1][0] < threshold
        best = (found / len(genuine), accepted, threshold)
    return best
