"""LOMO + XQDA on VIPeR, ten splits of 316 people, beside the published figures; needs the pictures.

Person p's pictures are ``cam_a/p.png`` and ``cam_b/p.png`` in the folder given; the splits are NumPy's permutations of
seeds 0 to 9, the first half of the people for training. Forms of Retinex are compared on the training half of seed 0
alone (``--choose``): twelve random halves of it train, the others test.

Run: ``taskset -c 1 python benchmarks/lomo_viper.py VIPeR``.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from resight.evaluation import evaluate
from resight.features import lomo as module
from resight.frames import numeric_order, read_image
from resight.metrics import XQDA

RANKS = np.array([1, 5, 10, 20])
PUBLISHED = (40.00, 68.13, 80.51, 91.08)
HALF, PEOPLE = 316, 632
FORMS: dict[str, dict[str, Any] | None] = {
    "none": None,
    "as here": {},
    "all of the surrounding": {"discount": 1.0},
    "half of it": {"discount": 0.5},
    "all of it, stretch 3": {"discount": 1.0, "stretch": 3.0},
    "all of it, σ 5 and 20": {"discount": 1.0, "sigmas": (5.0, 20.0)},
    "all of it, σ 15, 80, 250": {"discount": 1.0, "sigmas": (15.0, 80.0, 250.0)},
}


def described(frames: NDArray[np.uint8], form: dict[str, Any] | None) -> NDArray[np.float64]:
    """Return LOMO of frames, in coordinates of their span: exact, and XQDA then needs seconds."""
    even = module.retinex

    def changed(values: NDArray[np.uint8]) -> NDArray[np.float32]:
        return even(values, **(form or {}))

    with patch.object(module, "retinex", changed):
        parts = [module.lomo(frames[i : i + 64], form is not None) for i in range(0, len(frames), 64)]
    features = np.concatenate(parts)
    values, vectors = scipy.linalg.eigh((features @ features.T).astype(np.float64))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))


def cmc(
    a: NDArray[np.float64], b: NDArray[np.float64], train: NDArray[np.int64], test: NDArray[np.int64], **options: Any
) -> NDArray[np.float64]:
    """Train on some people, find camera B's pictures of the others in camera A's; percent at `RANKS`."""
    people = np.tile(train, 2)
    metric = XQDA(**options).fit(np.concatenate([a[train], b[train]]), people, cameras=np.repeat([1, 2], len(train)))
    found = evaluate(metric.distance(b[test], a[test]), test, test, np.full_like(test, 2), np.ones_like(test))
    return 100 * found.cmc[RANKS - 1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--choose", action="store_true", help="compare forms of Retinex on a training half")
    options = parser.parse_args()
    cameras = [numeric_order((options.folder / name).glob("*.png")) for name in ("cam_a", "cam_b")]
    frames = np.stack([read_image(path) for camera in cameras for path in camera])
    if options.choose:
        half = np.sort(np.random.default_rng(0).permutation(PEOPLE)[:HALF])
        frames = frames[np.concatenate([half, half + PEOPLE])]
        for name, form in FORMS.items():
            a, b = np.split(described(frames, form), 2)
            halves = [np.split(np.random.default_rng(s).permutation(HALF), 2) for s in range(12)]
            print(f"{name:28s}", np.mean([cmc(a, b, *half) for half in halves], axis=0).round(2))
        return
    for name in ("as here", "none", "all of the surrounding"):
        begun = time.process_time()
        a, b = np.split(described(frames, FORMS[name]), 2)
        spent = 1e3 * (time.process_time() - begun) / len(frames)
        splits = [np.random.default_rng(seed).permutation(PEOPLE) for seed in range(10)]
        for regularization in (1e-3, 3e-3):
            found = [cmc(a, b, s[:HALF], s[HALF:], regularization=regularization) for s in splits]
            mean, spread = np.mean(found, axis=0).round(2), np.std(found, axis=0, ddof=1).round(2)
            print(
                f"{name}, λ = {regularization:g}: {mean} ± {spread}, seed 0 {found[0].round(2)}, {spent:.1f} ms a frame"
            )
    print(f"published {PUBLISHED}")


if __name__ == "__main__":
    main()
