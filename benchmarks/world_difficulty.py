"""How hard the world's domains are for colour: rank-1 and mAP of the colour floor, Euclidean and with XQDA.

People 1 to N train XQDA (`svd`), N + 1 to 2 N are tested, one tracklet a camera; cameras 1 and 2 ask each other, so a
seed has 2 N queries. Each further argument sets a knob of all domains anew.
Run: ``python benchmarks/world_difficulty.py [prid,ilids,aerial 60 0,1,2 [light__drift=1.5 …]]``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import yaml

from resight.evaluation import evaluate
from resight.features.colour import ColourExtractor
from resight.metrics import XQDA
from resight.synthetic.domains import Domain, load_domain
from resight.synthetic.synthesis import synthesize

FRAMES = (8, 16)


def measure(domain: str | Path | Domain, people: int, seed: int, **options: object) -> np.ndarray:
    """Return rank-1 and mAP in percent ``(2, 2)``, first row Euclidean, second XQDA; `options` are `synthesize`'s."""
    options = {"frames": FRAMES, "tracklets_per_camera": 1} | options
    filmed = synthesize(domain, 2 * people, seed=seed, **options).filter(lambda t: t.camera <= 2)
    features = ColourExtractor().extract(filmed)
    persons, cameras = filmed.persons, filmed.cameras
    train = persons <= people
    metric = XQDA().fit(features[train], persons[train], cameras=cameras[train])
    found = []
    for camera in (1, 2):
        query, gallery = ~train & (cameras == camera), ~train & (cameras == 3 - camera)
        plain = ((features[query][:, None] - features[gallery][None]) ** 2).sum(axis=2)
        for distance in (plain, metric.distance(features[query], features[gallery])):
            ranked = evaluate(distance, persons[query], persons[gallery], cameras[query], cameras[gallery])
            found.append((100 * ranked.rank1, 100 * ranked.mean_ap))
    return np.array(found).reshape(2, 2, 2).mean(axis=0)


def main() -> None:
    """Measure the domains named on the command line."""
    names, people, seeds, *changes = sys.argv[1:] or ("prid,ilids,aerial", "60", "0")
    knobs = {key: yaml.safe_load(value) for key, value in (change.split("=", 1) for change in changes)}
    for name in names.split(","):
        for seed in seeds.split(","):
            (r1, ap), (xr1, xap) = measure(load_domain(name).variant(**knobs), int(people), int(seed))
            print(f"{name} seed {seed}: colour {r1:.1f} / {ap:.1f}, colour + XQDA {xr1:.1f} / {xap:.1f}", flush=True)


if __name__ == "__main__":
    main()
