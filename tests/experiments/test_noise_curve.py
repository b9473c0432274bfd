from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from resight.datasets import Split, open_dataset
from resight.errors import InputError, RecipeError
from resight.experiments.curve_points import Point, lines
from resight.experiments.noise_curve import Subject, corruption_curve, noise_curve
from resight.features.colour import ColourExtractor
from resight.metrics import XQDA, Euclidean
from resight.tracklets import TrackletSet


@pytest.fixture(scope="module")
def split() -> Split:
    return open_dataset("synthetic", None, domain="prid", people=40, frames=[4, 4]).split("0")


@pytest.fixture(scope="module")
def subject(split: Split) -> Subject:
    known = ColourExtractor().extract(split.train)
    metric = XQDA().fit(known, split.train.labels(), cameras=split.train.views())
    metrics = {"euclidean": Euclidean().fit(known), "xqda": metric}
    return Subject(ColourExtractor(), metrics, split, "prid", synthetic=True)


def test_noise_lowers_the_rank_of_colour_and_the_curve_is_plain_data(subject: Subject, tmp_path: Path) -> None:
    points = noise_curve(replace(subject, store=tmp_path), variances=(1e-3, 3e-3), seeds=(0, 1))
    assert [(p.metric, p.level, p.seed) for p in points if p.metric == "xqda"] == [
        ("xqda", 0.0, 0),
        *(("xqda", v, s) for v in (1e-3, 3e-3) for s in (0, 1)),
    ]
    again = [Point(**p) for p in json.loads(json.dumps([asdict(p) for p in points]))]
    assert again == points
    assert noise_curve(replace(subject, store=tmp_path), variances=(1e-3, 3e-3), seeds=(0, 1)) == points
    by_metric = {line.metric: line for line in lines(points)}
    for line in by_metric.values():
        assert line.levels == [0.0, 1e-3, 3e-3] and (line.n_splits, line.n_seeds, line.n_query) == (1, 2, 20)
        assert all(low <= mean <= high for low, mean, high in zip(line.low, line.mean, line.high, strict=True))
        assert line.grid.mean == pytest.approx(np.mean(line.mean[1:]))
    assert by_metric["xqda"].mean[2] < by_metric["xqda"].mean[0]


def test_noise_on_both_sides_is_another_curve(subject: Subject) -> None:
    probe, both = (
        noise_curve(subject, variances=(3e-3,), seeds=(0,), side=side)  # type: ignore[arg-type]
        for side in ("probe", "both")
    )
    assert probe[0].first_rank == both[0].first_rank
    assert [p.first_rank for p in probe[2:]] != [p.first_rank for p in both[2:]]
    assert {line.side for line in lines([*probe, *both])} == {"probe", "both"}


class Crossed(ColourExtractor):
    """Matches by features crossed with each other, as a published matching of its own would."""

    name = "crossed"

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> NDArray[np.float64]:
        return Euclidean().distance(self.extract(query), self.extract(gallery))


def test_own_matching_sees_the_noise_too(subject: Subject) -> None:
    own = replace(subject, extractor=Crossed(), metrics={"own": None, "euclidean": subject.metrics["euclidean"]})
    points = noise_curve(own, variances=(3e-3,), seeds=(0,))
    ranks: dict[Any, Any] = {(p.metric, p.level): p.first_rank for p in points}
    assert ranks["own", 3e-3] == ranks["euclidean", 3e-3] != ranks["own", 0.0]


def test_corruptions_make_curves_too(subject: Subject) -> None:
    (line,) = lines(corruption_curve(replace(subject, metrics={"xqda": subject.metrics["xqda"]}), "darkness", (5,)))
    assert line.change == "darkness" and line.levels == [0.0, 5.0] and line.n_seeds == 1
    assert line.mean[1] < line.mean[0]


def test_what_does_not_fit_is_said(subject: Subject, split: Split) -> None:
    with pytest.raises(RecipeError, match="'probe' or on 'both'"):
        noise_curve(subject, side="gallery")  # type: ignore[arg-type]
    with pytest.raises(RecipeError, match="no matching of its own"):
        noise_curve(replace(subject, metrics={"own": None}))
    clean, noisy = noise_curve(replace(subject, metrics={"euclidean": Euclidean()}), variances=(1e-3,), seeds=(0,))
    with pytest.raises(InputError, match="different queries"):
        lines([clean, noisy, replace(noisy, seed=1, people=noisy.people[::-1])])
    with pytest.raises(InputError, match="nothing was measured"):
        lines([clean])


def test_averages_go_over_levels_seeds_and_splits_by_hand() -> None:
    def made(split: str, level: float, seed: int, ranks: list[int]) -> Point:
        people = list(range(len(ranks)))
        share = float(np.mean([r == 1 for r in ranks if r]))
        return Point(
            "d", split, "m", "e", "p", "white noise", "probe", level, seed, 4, 4, False, share, 0.5, people, ranks
        )

    points = [
        made("0", 0.0, 0, [1, 1, 1, 0]),
        made("0", 1.0, 0, [1, 1, 2, 0]),
        made("0", 1.0, 1, [1, 2, 2, 0]),
        made("0", 2.0, 0, [2, 2, 2, 0]),
        made("0", 2.0, 1, [1, 2, 2, 0]),
        made("1", 1.0, 0, [1, 1]),
    ]
    (line,) = lines(points)
    assert line.mean == pytest.approx([1.0, (1 / 2 + 1) / 2, 1 / 6])
    assert line.grid.mean == pytest.approx(((2 / 3 + 1 / 3 + 0 + 1 / 3) / 4 + 1) / 2)
    assert (line.n_splits, line.n_seeds, line.n_query) == (2, 2, 3)
