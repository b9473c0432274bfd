"""Every metric on real features of iLIDS-VID (DVDL) and CUHK01 (JSTL), beside Euclid; needs ../shared/real/features.

The splits are those of the files, features are L2-normalised. Each learner stands there with its default settings and
with those of a few (`SETTINGS`) that have the best mAP on training people alone: three folds of them, twice.

Run: ``taskset -c 1 python benchmarks/metric_learners.py [--only NAME …]``.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray

from resight.evaluation import Evaluation, evaluate, paired_interval
from resight.experiments.scoring import rank1_values
from resight.metrics import METRICS, Euclidean

FEATURES = Path(__file__).parents[2] / "shared" / "real" / "features"
AXES: list[dict[str, Any]] = [{}, {"pca": 30}, {"pca": 64}]
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "xqda": [{}, {"regularization": 1e-4}, {"regularization": 1e-5}],
    "kissme": AXES,
    "mahalanobis": AXES,
    "rca": AXES,
    "rplm": [{}, {"weighted": True}, {"pca": 30}],
    "ranksvm": [{}, {"C": 0.01}, {"C": 1.0}],
}
"""What is chosen from; a metric that is not here has its defaults alone."""


@dataclass(frozen=True)
class Side:
    """Features ``(n, d)``, L2-normalised, with person and camera ``(n,)``."""

    features: NDArray[np.float64]
    people: NDArray[np.int64]
    cameras: NDArray[np.int64]

    def part(self, chosen: NDArray[np.bool_]) -> Side:
        """Return the chosen rows."""
        return Side(self.features[chosen], self.people[chosen], self.cameras[chosen])


def ilidsvid(path: Path) -> tuple[Side, Side, Side]:
    """Training people, queries and gallery: 150 people each half, one feature in each of two cameras."""
    file = scipy.io.loadmat(path)

    def side(half: str) -> Side:
        parts = [(f"probe{half}", 1), (f"gallery{half}", 2)]
        features = np.concatenate([file[f"{name}Features"].T for name, _ in parts])
        people = np.concatenate([file[f"{name}Id"].ravel() for name, _ in parts]).astype(np.int64)
        return Side(unit(features), people, np.repeat([camera for _, camera in parts], len(people) // 2))

    test = side("Testing")
    return side("Training"), test.part(test.cameras == 1), test.part(test.cameras == 2)


def cuhk01(path: Path) -> tuple[Side, Side, Side]:
    """Training people, queries and gallery.

    485 people to train on, two images in each of two views; 486 to test on, both images of view 2 asking, one image
    of view 1 in the gallery.
    """
    file = scipy.io.loadmat(path)["images"][0, 0]
    features = unit(file["data"].reshape(64, -1).T.astype(np.float64))
    people, views, part = (file[name].ravel().astype(np.int64) for name in ("labels", "idxViews", "set"))
    whole = Side(features, people, views)
    return whole.part(part == 1), whole.part(part == 4), whole.part(part == 3)


def unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide each row by its length."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def ranked(metric: Any, train: Side, query: Side, gallery: Side) -> Evaluation:
    """Fit a metric on the training people and rank the gallery."""
    metric.fit(train.features, train.people, cameras=train.cameras)
    distances = metric.distance(query.features, gallery.features)
    return evaluate(distances, query.people, gallery.people, query.cameras, gallery.cameras)


def chosen(name: str, train: Side) -> dict[str, Any]:
    """Return the settings of the best mAP in three folds of the training people, twice."""
    settings = SETTINGS.get(name, [{}])
    if len(settings) == 1:
        return settings[0]
    found = np.zeros(len(settings))
    for seed in (0, 1):
        people = np.random.default_rng(seed).permutation(np.unique(train.people))
        for fold in range(3):
            held = np.isin(train.people, people[fold::3])
            parts = train.part(~held), train.part(held & (train.cameras == 2)), train.part(held & (train.cameras == 1))
            found += [ranked(METRICS[name](**options), *parts).mean_ap for options in settings]
    return settings[int(found.argmax())]


def table(title: str, sides: tuple[Side, Side, Side], names: list[str]) -> None:
    """Print one data set's table."""
    train, _, gallery = sides
    plain = ranked(Euclidean(), *sides)
    people = f"{len(set(train.people.tolist()))} training people, {plain.n_valid} queries, {len(gallery.people)}"
    print(f"\n{title}: {people} in the gallery\n\n| metric | settings | rank-1 | 5 | 10 | 20 | mAP | over Euclid | s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        best = chosen(name, train)
        for options in [{}] if not best else [{}, best]:
            start = time.process_time()
            found = ranked(METRICS[name](**options), *sides)
            seconds = time.process_time() - start
            gain = paired_interval([found.query_ids], [rank1_values(found)], [rank1_values(plain)])
            figures = " | ".join(f"{100 * v:.1f}" for v in (*found.cmc[[0, 4, 9, 19]], found.mean_ap))
            interval = f"{100 * gain.mean:+.1f} ({100 * gain.low:+.1f} to {100 * gain.high:+.1f})"
            words = ", ".join(f"{key} = {value}" for key, value in options.items()) or "default"
            print(f"| {name} | {words} | {figures} | {interval} | {seconds:.1f} |", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(METRICS), help="metrics by name")
    names = parser.parse_args().only
    if not FEATURES.is_dir():
        print("../shared/real/features is absent: the real features are not part of the project")
        return
    table("iLIDS-VID, DVDL", ilidsvid(FEATURES / "ilidsvid_dvdl.mat"), names)
    table("CUHK01, JSTL", cuhk01(FEATURES / "cuhk01_jstl64.mat"), names)


if __name__ == "__main__":
    main()
