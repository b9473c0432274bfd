"""LOMO, TDL and colour on the synthetic world: rank-1 with several metrics, milliseconds a tracklet, peak memory.

Run: ``taskset -c 1 python benchmarks/classical.py --people 40 --frames 24 48 --splits 5``.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resight.datasets import open_dataset
from resight.datasets.base import Split
from resight.evaluation import evaluate
from resight.features.colour import ColourExtractor
from resight.features.lomo import LomoExtractor
from resight.frames import ArrayFrames
from resight.methods import Matcher, open_trainable
from resight.metrics import METRICS
from resight.tracklets import Tracklet, TrackletSet

DRAWN: dict[tuple[str, str], Tracklet] = {}


def in_memory(tracklets: TrackletSet) -> TrackletSet:
    """Draw the world's frames once."""
    found = []
    for t in tracklets:
        if (t.domain, t.key) not in DRAWN:
            DRAWN[t.domain, t.key] = Tracklet(t.person, t.camera, t.domain, t.key, ArrayFrames(t.load()))
        found.append(DRAWN[t.domain, t.key])
    return TrackletSet(found)


def rank1(distance: NDArray[np.float64], split: Split) -> float:
    query, gallery = split.query, split.gallery
    return 100 * evaluate(distance, query.persons, gallery.persons, query.cameras, gallery.cameras).rank1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--frames", type=int, nargs=2, default=(24, 48))
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--domain", default="prid")
    parser.add_argument("--metrics", nargs="+", default=["euclidean", "xqda"])
    own = parser.parse_args()
    data = open_dataset("synthetic", None, domain=own.domain, people=own.people, frames=tuple(own.frames))
    drawn = in_memory(data.tracklets)
    print(drawn.describe())
    fixed: dict[str, Any] = {
        "colour": ColourExtractor(),
        "lomo": LomoExtractor(),
        "lomo, mean": LomoExtractor(pool="mean"),
        "lomo, no Retinex": LomoExtractor(even_light=False),
    }
    known: dict[str, dict[str, NDArray[np.float32]]] = {}
    for name, extractor in fixed.items():
        extractor.extract(drawn[:1])
        begun = time.process_time()
        known[name] = dict(zip([t.key for t in drawn], extractor.extract(drawn), strict=True))
        print(f"{name}: {1e3 * (time.process_time() - begun) / len(drawn):.0f} ms a tracklet (CPU)")
    found: dict[str, list[float]] = {}
    for number in range(own.splits):
        split = data.split(str(number))
        split = Split(split.name, split.seed, *(in_memory(p) for p in (split.train, split.query, split.gallery)))
        with tempfile.TemporaryDirectory() as folder:
            begun = time.process_time()
            trained = open_trainable("tdl").train(split.train, Path(folder))
            spent = time.process_time() - begun
        assert isinstance(trained, Matcher)
        found.setdefault("tdl, its own distance", []).append(rank1(trained.distance(split.query, split.gallery), split))
        describe = {
            name: lambda part, rows=rows: np.stack([rows[t.key] for t in part]) for name, rows in known.items()
        } | {"tdl": trained.extract}
        for name, extract in describe.items():
            train, query, gallery = (extract(part) for part in (split.train, split.query, split.gallery))
            for kind in own.metrics:
                metric = METRICS[kind]().fit(train, split.train.labels(), cameras=split.train.views())
                found.setdefault(f"{name} + {kind}", []).append(rank1(metric.distance(query, gallery), split))
        print(f"split {number}: tdl trained in {spent:.1f} s (CPU), {trained.parameters} numbers", flush=True)
    print(f"chance {100 / len(split.gallery):.1f}; {len(split.query)} queries, {len(split.gallery)} in the gallery")
    for name, values in found.items():
        print(f"{name:32s} {np.mean(values):5.1f} ± {np.std(values, ddof=1):4.1f}  {np.round(values, 1).tolist()}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
