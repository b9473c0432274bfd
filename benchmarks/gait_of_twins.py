"""Does a 3D-CNN that learned motions know people by their gait? Twins of `prid`: one body, one outfit, other gaits.

`c3d-small-actions`, which learned to name actions and nobody's name, describes each tracklet by fc6; XQDA learns on 300
other twins before the same cameras. Tested are the calibration's twins (1 to 89), the first camera against the second,
with the cameras of five seeds: frames as they are, shuffled, and one repeated, in training and test alike. Null twins
walk alike too, and must be at chance. Differences of frames in order from the others are over people and seeds.
Run: ``python benchmarks/gait_of_twins.py [TWINS]``: ``1`` (gait ×1), ``1.8`` or ``null``; 20 minutes of one core.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from resight.datasets.base import rank_across_cameras
from resight.evaluation import evaluate, paired_interval
from resight.methods.opening import open_model
from resight.metrics import METRICS
from resight.robustness import controlled
from resight.synthetic import synthesize
from resight.tracklets import TrackletSet

TEST, OTHERS, CAMERA_SEEDS = range(1, 90), range(251_000, 251_300), range(5)
REGULARIZATION = 1e-5
"""Of XQDA. It and fc6 were chosen on twins 250000 to 250088 and camera seeds 11 and 12."""
CONTROLS = ("in order", "shuffled", "frozen")
FIGURES = ("rank-1", "rank-5", "mAP")


def film(people: range, camera_seed: int, twins: str) -> TrackletSet:
    """Film twins before the cameras of a seed, 27 to 48 frames each."""
    kind = {"null_twins": True} if twins == "null" else {"twins": True, "gait": float(twins)}
    return synthesize("prid", people, frames=(27, 48), camera_seed=camera_seed, **kind)


def measure(twins: str, camera_seed: int, network: object) -> dict[str, NDArray[np.float64]]:
    """Return what each query adds to the three figures ``(89, 3)``, by control and metric."""
    train, (query, gallery) = film(OTHERS, camera_seed, twins), rank_across_cameras(film(TEST, camera_seed, twins))
    found = {}
    for control in CONTROLS:
        shown = [part if control == "in order" else controlled(part, control) for part in (train, query, gallery)]
        rows = [network.extract(part) for part in shown]  # type: ignore[attr-defined]
        for name, options in (("euclidean", {}), ("xqda", {"regularization": REGULARIZATION})):
            metric = METRICS[name](**options).fit(rows[0], train.persons, cameras=train.cameras)
            ranked = evaluate(
                metric.distance(rows[1], rows[2]), query.persons, gallery.persons, query.cameras, gallery.cameras
            )
            first = ranked.first_rank
            found[f"{control} + {name}"] = np.stack([first == 1, first <= 5, ranked.average_precision], axis=1)
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    wanted = sys.argv[1] if len(sys.argv) > 1 else "1"
    actions = replace(open_model("c3d-small-actions"), layer="fc6", relu=False)
    seeds = [measure(wanted, seed, actions) for seed in CAMERA_SEEDS]
    people = [np.array(TEST)] * len(seeds)
    for row in seeds[0]:
        values = 100 * np.array([seed[row].mean(axis=0) for seed in seeds])
        named = zip(FIGURES, values.T, strict=True)
        words = [f"{name} {v.mean():.1f} ({v.min():.1f} to {v.max():.1f})" for name, v in named]
        print(f"{row}: {', '.join(words)}", flush=True)
    for metric in ("euclidean", "xqda"):
        for control in CONTROLS[1:]:
            for place, name in enumerate(FIGURES):
                first, second = ([seed[f"{c} + {metric}"][:, place] for seed in seeds] for c in ("in order", control))
                gap = paired_interval(people, first, second)
                low, high = 100 * gap.low, 100 * gap.high
                print(f"{metric}, in order over {control}, {name}: {100 * gap.mean:+.1f} ({low:.1f} to {high:.1f})")
