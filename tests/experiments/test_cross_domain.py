"""The matrix of domains: trained on a row, tested on a column."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.datasets import Split, SplitRule
from resight.errors import InputError
from resight.experiments.cross_domain import Trained, as_matrix, cross_domain, extract_trained, method_on
from resight.experiments.scoring import SplitFeatures, fit_metric
from resight.features.colour import ColourExtractor
from resight.tracklets import TrackletSet
from tests.conftest import make_tracklets


@pytest.fixture(scope="module")
def splits() -> dict[str, Split]:
    """Two domains of the same plain people, who are other people in each."""
    people = make_tracklets(10, length=3)
    rule = SplitRule(query_camera=1, gallery_camera=2)
    return {name: rule.draw(people.with_domain(name), seed) for name, seed in (("a", 0), ("b", 1))}


def _random(name: str, splits: dict[str, Split], sides: dict[str, float], seed: int = 0) -> Trained:
    """Features that tell people apart in some domains only, by what `sides` gives as noise."""
    rng = np.random.default_rng(seed)
    means: dict[tuple[str, int], np.ndarray] = {}

    def rows(tracklets: TrackletSet) -> np.ndarray:
        found = []
        for t in tracklets:
            mean = means.setdefault((t.domain, t.person), rng.normal(size=24))
            found.append(mean + sides[t.domain] * rng.normal(size=24))
        return np.array(found, np.float32)

    train = splits[name].train
    tested = {domain: (rows(split.query), rows(split.gallery)) for domain, split in splits.items()}
    return Trained(name, "made", "", rows(train), train, tested)


def test_every_row_is_tested_on_every_column(splits: dict[str, Split]) -> None:
    trained = [
        _random("a", splits, {"a": 0.1, "b": 40.0}, 1),
        _random("b", splits, {"a": 40.0, "b": 0.1}, 2),
    ]
    scores = cross_domain(trained, splits, ("euclidean", "xqda"), seed=3, synthetic=frozenset("b"))
    assert len(scores.records) == 8 and {r.seed for r in scores.records} == {3}
    assert {(r.domain, r.synthetic) for r in scores.records} == {("a", False), ("b", True)}
    rows = [method_on("made", "a"), method_on("made", "b")]
    for metric in ("euclidean", "xqda"):
        cells = as_matrix(scores.records, rows, ["a", "b"], metric)
        assert cells[0, 0] == cells[1, 1] == 1 and max(cells[0, 1], cells[1, 0]) < 0.9
    assert as_matrix(scores.records, rows, ["a"], "xqda", "map")[0, 0] == 1
    assert np.isnan(as_matrix(scores.records, ["other"], ["a"], "xqda")).all()
    with pytest.raises(InputError, match="unknown figure"):
        as_matrix(scores.records, rows, ["a"], "xqda", "rank5")


def test_a_metric_learns_from_its_row_alone(splits: dict[str, Split]) -> None:
    row = _random("a", splits, {"a": 0.5, "b": 0.5})
    scores = cross_domain([row], splits, ("xqda",))
    metric = fit_metric("xqda", row.train, row.train_set, {})
    query, gallery = row.tested["b"]
    wanted = metric.distance(query, gallery).argmin(axis=1)
    right = splits["b"].gallery.persons[wanted] == splits["b"].query.persons
    (record,) = (r for r in scores.records if r.domain == "b")
    assert record.cmc[0] == pytest.approx(right.mean()) and record.n_query == len(query)


def test_real_features_of_a_union_of_domains(splits: dict[str, Split], tmp_path: Path) -> None:
    union = splits["a"].train + splits["b"].train
    assert len(set(union.labels().tolist())) == len(union.identities) == 10
    row = extract_trained("a+b", ColourExtractor(), union, splits, tmp_path)
    assert row.train.shape == (len(union), 768) and set(row.tested) == {"a", "b"}
    scores = cross_domain([row], splits, ("euclidean",))
    assert as_matrix(scores.records, [method_on(row.method, "a+b")], ["a", "b"], "euclidean").min() > 0.5


def test_people_who_were_trained_on_are_not_tested_on(splits: dict[str, Split]) -> None:
    row = _random("a", splits, {"a": 1.0, "b": 1.0})
    known = Trained("b", "made", "", row.train, splits["b"].query, row.tested)
    with pytest.raises(InputError, match=r"person \d+ of b was trained on, and b tests on that person"):
        cross_domain([known], splits)
    with pytest.raises(InputError, match="what was trained on a has no features on c"):
        cross_domain([row], {"c": splits["a"]})
    assert SplitFeatures(row.train, *row.tested["a"], row.train_set).train is row.train
