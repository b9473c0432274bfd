"""Rank-1 of C3D and of colour under white noise on the world, and what bringing noisy frames to 8 bits does to C3D.

People of the world from `FIRST` on, whom the network must not have been trained on, are split in halves: XQDA learns on
the clean features of one, the other is tested; probes are noisy, the gallery is clean. Rounding: features from frames
that stay float through noise, resizing and crop, beside those of the house's 8-bit frames, by cosine distance; the
distance from the clean feature gives the scale.
Run: ``python benchmarks/noise.py MODEL.safetensors [prid 60 24]`` (domain, people, frames a tracklet).
"""

from __future__ import annotations

import sys
from dataclasses import replace

import cv2
import numpy as np
import torch

from resight.datasets import Split, open_dataset
from resight.experiments.curve_points import lines
from resight.experiments.noise_curve import Subject, noise_curve
from resight.features.clips import ClipExtractor
from resight.features.colour import ColourExtractor
from resight.features.extract import Extractor
from resight.frames import ArrayFrames
from resight.methods.opening import open_model
from resight.metrics import XQDA, Euclidean
from resight.robustness import VARIANCES, WhiteNoise, with_noise
from resight.robustness.changed import change_all
from resight.robustness.embedding import Embedding
from resight.tracklets import TrackletSet

FIRST = 10_001


def subject(extractor: Extractor, split: Split, domain: str) -> Subject:
    known = extractor.extract(split.train)
    learned = XQDA().fit(known, split.train.labels(), cameras=split.train.views())
    return Subject(extractor, {"euclidean": Euclidean().fit(known), "xqda": learned}, split, domain, synthetic=True)


def float_features(extractor: ClipExtractor, tracklets: TrackletSet, variance: float) -> np.ndarray:
    """Features of noisy frames that are never brought to whole levels."""
    found, (height, width) = [], extractor.preprocessing.canvas
    for tracklet in tracklets:
        noise = WhiteNoise(tracklet.frames, variance, 0, tracklet.key)
        used = np.unique(extractor.sampling.clips(len(tracklet)))
        levels = [noise.unrounded(tracklet.load([i])[0], int(i)) for i in used]
        shrinks = height < levels[0].shape[0] and width < levels[0].shape[1]
        how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
        frames = np.stack([cv2.resize(frame, (width, height), interpolation=how) for frame in levels]) / 255
        with torch.no_grad():
            found.append(Embedding(extractor, tracklet)(torch.from_numpy(frames)).numpy())
    return np.stack(found)


def apart(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.mean(1 - (first * second).sum(1)))


def main(model: str, domain: str = "prid", people: int = 60, length: int = 24) -> None:
    options = {"domain": domain, "people": people, "first_person": FIRST, "frames": [length, length]}
    split = open_dataset("synthetic", None, **options).split("0")
    parts = (change_all(p, lambda t: ArrayFrames(t.load())) for p in (split.train, split.query, split.gallery))
    train, query, gallery = parts
    split = replace(split, train=train, query=query, gallery=gallery)
    network = replace(open_model(model), precision="fp32")
    print(f"{domain}, split 0, {split.n_people} test people, {len(query)} queries, gallery {len(gallery)}")
    for extractor in (network, ColourExtractor()):
        for line in lines(noise_curve(subject(extractor, split, domain))):
            ranks = "  ".join(
                f"{level:g}: {100 * mean:.1f}" for level, mean in zip(line.levels, line.mean, strict=True)
            )
            grid = f"{100 * line.grid.mean:.1f} ({100 * line.grid.low:.1f} to {100 * line.grid.high:.1f})"
            print(f"{line.method} + {line.metric}, rank-1 by variance: {ranks}; grid {grid}", flush=True)
    clean = network.extract(query)
    metrics = subject(network, split, domain).metrics
    print(
        "variance: cosine distance from float frames: nearest, stochastic; float from clean; rank-1 Euclid, XQDA each"
    )
    for variance in (VARIANCES[0], VARIANCES[2], VARIANCES[-1]):
        exact = float_features(network, query, variance)
        rounded = [network.extract(with_noise(query, variance, 0, how)) for how in ("nearest", "stochastic")]
        far = [apart(exact, other) for other in (*rounded, clean)]
        known = network.extract(gallery)
        ranks = []
        for metric in metrics.values():
            for rows in (exact, *rounded):
                right = gallery.persons[metric.distance(rows, known).argmin(1)] == query.persons
                ranks.append(100 * float(right.mean()))
        print(
            f"{variance:g}: {far[0]:.1e}, {far[1]:.1e}; {far[2]:.1e}; " + ", ".join(f"{r:.1f}" for r in ranks),
            flush=True,
        )


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[2:3], *(int(n) for n in sys.argv[3:5]))
