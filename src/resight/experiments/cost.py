"""What a method costs, beside what it finds."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from resight.experiments.peak_memory import PeakMemory
from resight.features.extract import Extractor
from resight.report import Cost
from resight.tracklets import TrackletSet

TIMED = 16
"""Tracklets that the time is taken on, one by one."""


def measure_cost(extractor: Extractor, tracklets: TrackletSet, trained_in: Path | None = None) -> Cost:
    """Measure a method on up to `TIMED` tracklets.

    Parameters
    ----------
    extractor : Extractor
    tracklets : TrackletSet
        Read once before, so that drawing or decoding them for the first time does not count.
    trained_in : Path or None
        Folder of its training, for the time that took.

    Returns
    -------
    Cost
        The time is the median over the tracklets; the memory is the most that the process held meanwhile.
    """
    memory, some = PeakMemory(), tracklets[:TIMED]
    size = extractor.extract(some).shape[1]
    times = []
    for tracklet in some:
        unknown = TrackletSet([replace(tracklet, key=f"{tracklet.key}, timed")])  # so that no extractor has it kept
        begun = time.perf_counter()
        extractor.extract(unknown)
        times.append(time.perf_counter() - begun)
    seconds = None
    if trained_in is not None:
        seconds = float(json.loads((trained_in / "finished.json").read_text(encoding="utf-8"))["seconds"])
    return Cost(
        method=extractor.name,
        train_seconds=seconds,
        tracklet_milliseconds=1000 * float(np.median(times)),
        parameters=getattr(extractor, "parameters", None),
        feature_size=size,
        peak_megabytes=memory.mebibytes,
    )
