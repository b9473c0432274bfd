"""Rank-1 of C3D under FGSM and PGD on its embedding, and under random signs of the same size (docs/robustness.md).

People, split and metric as in `benchmarks/noise.py`, Euclid alone; every second query is attacked.
Run: ``python benchmarks/attacks.py MODEL.safetensors [prid 120 20]`` (domain, people, frames a tracklet).
"""

from __future__ import annotations

import sys
from dataclasses import replace

from noise import FIRST, subject
from resight.datasets import open_dataset
from resight.experiments.attack_curve import attack_curve
from resight.experiments.curve_points import lines
from resight.methods.opening import open_model
from resight.robustness.attacks import Attack, Way

EPSILONS: dict[Way, tuple[int, ...]] = {"random": (1, 4), "fgsm": (1, 4), "pgd": (1, 2)}
"""In grey levels."""


def main(model: str, domain: str = "prid", people: int = 120, length: int = 20) -> None:
    options = {"domain": domain, "people": people, "first_person": FIRST, "frames": [length, length]}
    split = open_dataset("synthetic", None, **options).split("0")
    whole = subject(replace(open_model(model), precision="fp32"), split, domain)
    metrics = {"euclidean": whole.metrics["euclidean"]}
    some = replace(whole, metrics=metrics, split=replace(split, query=split.query[::2]))
    for way, levels in EPSILONS.items():
        points = attack_curve(some, Attack(way), "push-away", [level / 255 for level in levels])
        for line in lines(points):
            ranks = "  ".join(f"{255 * e:.0f}: {100 * m:.1f}" for e, m in zip(line.levels, line.mean, strict=True))
            print(f"{line.change}, rank-1 by epsilon: {ranks} ({line.n_query} queries)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[2:3], *(int(n) for n in sys.argv[3:5]))
