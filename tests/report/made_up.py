"""A run that never happened: plausible figures under nonsense names, and drawn people."""

from __future__ import annotations

import cv2
import numpy as np

from resight.report.ranking import RankedEntry, Ranking
from resight.report.results import Comparison, Record, Results, TrainingRun

DOMAINS = ("Quagmire Station", "Plumwick Arcade", "Teapot Heights")
METHODS = ("C3D fine-tuned", "C3D untrained", "colour", "Zibble net")
METRICS = ("euclidean", "xqda")


def cmc_of(rank1: float, n: int, length: int, rng: np.random.Generator) -> list[float]:
    ranks = np.where(rng.random(n) < rank1, 1, 1 + rng.geometric(0.06 + 0.2 * rank1, n))
    return [float((ranks <= k).mean()) for k in range(1, length + 1)]


def record(domain="Quagmire Station", method="colour", metric="xqda", split="0", seed=0, **changes) -> Record:
    rng = np.random.default_rng(seed)
    values = {"weights": "w", "protocol": "cross_camera", "n_people": 100, "n_query": 200, "n_valid": 198}
    values |= {"n_gallery": 220, "map": 0.4, "minp": 0.2, "cmc": cmc_of(0.5, 198, 50, rng)}
    return Record(domain=domain, method=method, metric=metric, split=split, seed=seed, **(values | changes))


def person(rng: np.random.Generator, shirt, trousers, skin, frames: int, dark: float) -> np.ndarray:
    ground = rng.integers(90, 190, 3)
    phase, out = rng.random() * 6, []
    for t in range(frames):
        picture = np.full((128, 64, 3), ground * dark, np.uint8)
        picture[96:] = (ground * dark * 0.75).astype(np.uint8)
        swing = 9 * np.sin(phase + 0.8 * t)
        for side in (-1, 1):
            cv2.line(
                picture, (32, 74), (int(32 + side * swing), 118), [int(c * dark) for c in trousers], 9, cv2.LINE_AA
            )
            cv2.line(
                picture, (32, 38), (int(32 - side * swing), 72), [int(c * dark * 0.85) for c in shirt], 6, cv2.LINE_AA
            )
        cv2.ellipse(picture, (32, 54), (11, 23), 0, 0, 360, [int(c * dark) for c in shirt], -1, cv2.LINE_AA)
        cv2.circle(picture, (32, 22), 9, [int(c * dark) for c in skin], -1, cv2.LINE_AA)
        noise = rng.normal(0, 5, picture.shape)
        out.append(np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8))
    return np.stack(out)


def ranking(domain: str, method: str, hit: int | None, rng: np.random.Generator, frames: int = 1) -> Ranking:
    clothes = [rng.integers(20, 235, (3, 3)) for _ in range(9)]
    entries = []
    for i in range(8):
        correct = hit is not None and (i + 1 == hit or (i + 1 > hit and rng.random() < 0.2))
        worn, dark = (clothes[0] if correct else clothes[i + 1]), float(rng.uniform(0.5, 1.1))
        who = "0041" if correct else f"{rng.integers(100, 900):04d}"
        entries.append(
            RankedEntry(person(rng, *worn, frames, dark), correct, False, who, int(rng.integers(1, 5)), 0.2 + 0.07 * i)
        )
    junk = RankedEntry(person(rng, *clothes[0], frames, 0.9), False, True, "0041", 1, 0.11)
    entries.insert(0, junk)
    return Ranking(domain, method, person(rng, *clothes[0], frames, 0.9), "0041", 1, entries)


def made_up(seeds: int = 3, synthetic: bool = True, frames: int = 1):
    """Results of three domains and eight rows each, ranked lists, and filters."""
    rng = np.random.default_rng(5)
    records, comparisons, rankings = [], [], []
    for d, domain in enumerate(DOMAINS):
        for m, method in enumerate(METHODS):
            for k, metric in enumerate(METRICS):
                level = (0.56, 0.18, 0.26, 0.44)[m] + 0.07 * k - 0.08 * d
                for seed in range(seeds):
                    rank1 = float(np.clip(level + rng.normal(0, 0.02), 0.02, 0.98))
                    n = (300, 178, 632)[d]
                    cmc = cmc_of(rank1, n, 50, rng)
                    interval = {
                        "rank1": (cmc[0] - 0.05, cmc[0] + 0.05),
                        "map": (0.72 * rank1 - 0.04, 0.72 * rank1 + 0.04),
                    }
                    band = {"low": [max(0, v - 0.05) for v in cmc], "high": [min(1, v + 0.04) for v in cmc]}
                    sizes = {"n_people": n // 2, "n_query": n, "n_valid": n, "n_gallery": n + 40}
                    records.append(
                        Record(
                            domain,
                            method,
                            f"{method} (made up)",
                            metric,
                            "cross_camera",
                            f"split {seed}",
                            seed,
                            cmc=cmc,
                            map=0.72 * rank1,
                            minp=0.4 * rank1,
                            interval=interval,
                            band=band,
                            seconds=11.5,
                            synthetic=synthetic and d < 2,
                            **sizes,
                        )
                    )
        for a, b, size in (
            ("C3D fine-tuned + euclidean", "C3D untrained + euclidean", 0.3),
            ("C3D fine-tuned + euclidean", "colour + euclidean", 0.16 - 0.1 * d),
            ("C3D fine-tuned + xqda", "C3D fine-tuned + euclidean", 0.03),
            ("C3D fine-tuned + xqda", "Zibble net + xqda", -0.12 + 0.08 * d),
        ):
            for what in ("rank-1", "mAP"):
                x = size * (0.8 if what == "mAP" else 1) + rng.normal(0, 0.01)
                low, high = x - 0.05, x + 0.055
                verdict = "holds" if low > 0 else ("does not hold" if high < 0 else "can't be told")
                comparisons.append(Comparison(a, b, domain, what, x, low, high, verdict, seeds))
        for hit in (1, 1, 4, None):
            rankings.append(ranking(domain, "C3D fine-tuned + xqda", hit, rng, frames))
    steps = np.arange(20, 2001, 20)
    training = []
    for seed in range(seeds):
        rows = []
        for s in steps:
            row = {"step": float(s), "loss": float(0.7 + 5.2 * np.exp(-s / 500) + rng.normal(0, 0.07)), "lr": 1e-3}
            if s % 200 == 0:
                row |= {"val_rank1": float(0.6 - 0.5 * np.exp(-s / 600) + rng.normal(0, 0.01))}
                row |= {"val_map": float(0.45 - 0.4 * np.exp(-s / 700) + rng.normal(0, 0.01))}
            rows.append(row)
        training.append(TrainingRun(f"seed {seed}", rows))
    y, x = np.mgrid[-1:2, -1:2]
    angles = rng.uniform(0, np.pi, (64, 1, 1))
    waves = np.cos(1.4 * (x * np.cos(angles) + y * np.sin(angles)))[:, None, None] - 0.4
    filters = waves * rng.normal(1, 0.5, (64, 3, 3, 1, 1)) + rng.normal(0, 0.1, (64, 3, 3, 3, 3))
    results = Results(
        title="Three places that do not exist",
        created="2031-02-30T25:61:00+00:00",
        command="resight run nonsense --seeds 3 -o out",
        recipe={"name": "nonsense", "seed": 0, "training": {"iterations": 2000, "batch": 32}, "data": list(DOMAINS)},
        versions={"resight": "0.0.0", "torch": "9.9.9", "python": "3.99"},
        commit="0123456789abcdef0123456789abcdef01234567",
        records=records,
        comparisons=comparisons,
        notes=["Teapot Heights: the kettle occluded camera 3 for most of the day."],
        training=training,
    )
    return results, rankings, {"C3D fine-tuned": filters}
