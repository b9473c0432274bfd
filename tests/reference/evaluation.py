"""Evaluation as METHODS §3.3 tells it: every ranking sorted in full and walked with plain loops. Slow and obvious."""

from __future__ import annotations

import math
from typing import Any


def evaluate(
    distance: Any,
    query_ids: Any,
    gallery_ids: Any,
    query_cameras: Any,
    gallery_cameras: Any,
    protocol: str,
    query_outfits: Any = None,
    gallery_outfits: Any = None,
) -> dict[str, Any]:
    """Return the lists `first_rank`, `ap` and `inp` over queries; 0 and NaN where there is no true match."""
    first_rank, precisions, penalties = [], [], []
    for q, row in enumerate(distance):
        order = []
        for g, value in enumerate(row):
            match = bool(gallery_ids[g] == query_ids[q])
            if protocol in ("cross_camera", "clothes_changing"):
                order.append((float(value), match, g))  # among equals another person comes first
            else:
                order.append((float(value), g, g))
        order.sort()
        flags = []
        for _, _, g in order:
            match = bool(gallery_ids[g] == query_ids[q])
            if match and gallery_cameras[g] == query_cameras[q]:
                continue
            if protocol.startswith("mars") and gallery_ids[g] == -1:
                continue
            if protocol == "clothes_changing" and match and gallery_outfits[g] == query_outfits[q]:
                continue
            flags.append(match)
        if not any(flags):
            first_rank.append(0)
            precisions.append(math.nan)
            penalties.append(math.nan)
            continue
        places = [rank for rank, match in enumerate(flags, start=1) if match]
        first_rank.append(places[0])
        penalties.append(len(places) / places[-1])
        precisions.append(mars_ap(flags) if protocol == "mars_official" else hit_ap(flags))
    return {"first_rank": first_rank, "ap": precisions, "inp": penalties}


def hit_ap(flags: list[bool]) -> float:
    """Mean of the precision at every hit."""
    hits, total = 0, 0.0
    for rank, match in enumerate(flags, start=1):
        if match:
            hits += 1
            total += hits / rank
    return total / hits


def mars_ap(flags: list[bool]) -> float:
    """MARS's trapezoid, step by step as in its evaluation code."""
    good = sum(flags)
    recall_before, precision_before, hits, area = 0.0, 1.0, 0, 0.0
    for j, match in enumerate(flags):
        hits += match
        recall, precision = hits / good, hits / (j + 1)
        area += (recall - recall_before) * (precision_before + precision) / 2
        recall_before, precision_before = recall, precision
        if hits == good:
            break
    return area
