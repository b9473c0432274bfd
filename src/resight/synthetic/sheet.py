"""Contact sheets: a domain's people at a glance, for documentation and for tuning a domain of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from resight.frames import Frames
from resight.synthetic.domains import Domain
from resight.synthetic.synthesis import synthesize


def contact_sheet(
    domain: str | Path | Domain, people: int = 4, frames: int = 8, step: int = 3, seed: int = 0, **options: Any
) -> Frames:
    """Draw people of a domain, one tracklet a row, grouped by person and then by day and camera.

    Parameters
    ----------
    domain : str, Path or Domain
        As `synthesize` takes it.
    people : int
        How many.
    frames, step : int
        Frames a row, and how many frames lie from one to the next.
    seed : int
        The world's.
    **options
        Of `synthesize`: ``days=2``, ``twins=True`` …

    Returns
    -------
    uint8 RGB ``(H, W, 3)``
    """
    length = (frames - 1) * step + 1
    options = {"tracklets_per_camera": 1} | options
    tracklets = synthesize(domain, people, seed=seed, frames=(length, length), **options)
    rows = [np.concatenate(list(t.load(range(0, length, step))), axis=1) for t in tracklets]
    return np.concatenate(rows, axis=0)
