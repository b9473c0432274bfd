"""How fast the world is drawn: CPU milliseconds a frame of each domain by one thread, everything included.

Run: ``python benchmarks/world_rates.py [DOMAIN ...]``; on an idle machine, as other work beside it costs up to a half.
"""

from __future__ import annotations

import sys
import time
from statistics import median

import cv2

from resight.synthetic import synthesize
from resight.synthetic.film import film
from resight.synthetic.synthesis import SyntheticFrames

PEOPLE, ROUNDS = 6, 5


def milliseconds(domain: str) -> list[float]:
    """Draw the same tracklets several times; people and cameras are made before the clock starts."""
    tracklets = synthesize(domain, PEOPLE, frames=(40, 60), tracklets_per_camera=1)
    shots = [(t.frames.filmed_in(), t.frames.shot()) for t in tracklets if isinstance(t.frames, SyntheticFrames)]
    found = []
    for _ in range(ROUNDS + 1):
        begun = time.process_time()
        frames = sum(len(film(*shot)) for shot in shots)
        found.append(1000 * (time.process_time() - begun) / frames)
    return found[1:]


if __name__ == "__main__":
    cv2.setNumThreads(1)
    first = None
    for name in sys.argv[1:] or ["prid", "aerial", "plaza", "ilids", "mars"]:
        times = milliseconds(name)
        first = first or median(times)
        middle, spread = median(times), f"{min(times):.2f} to {max(times):.2f}"
        print(f"{name}: {middle:.2f} ms ({spread}), {1000 / middle:.0f} a second, {middle / first:.2f} times the first")
