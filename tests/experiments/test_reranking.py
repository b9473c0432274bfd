from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from resight.datasets import open_dataset
from resight.errors import RecipeError
from resight.experiments.evaluation_job import evaluate_job
from resight.experiments.own_matching import own_matching
from resight.experiments.reranking import NOTE, score_reranked
from resight.experiments.scoring import Entry, SplitFeatures
from resight.features.colour import ColourExtractor
from resight.metrics import Euclidean
from resight.report import Results
from resight.tracklets import TrackletSet
from tests.experiments.test_jobs import feature_arrays, wanted


def test_the_option_adds_rows_of_their_own(tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", **feature_arrays())
    plain = evaluate_job(wanted(features=tmp_path / "f.npz"), tmp_path / "plain")
    both = evaluate_job(wanted(features=tmp_path / "f.npz", rerank=True), tmp_path / "both")
    names = [r.metric for r in both.records]
    assert names == ["euclidean", "euclidean, re-ranked", "xqda", "xqda, re-ranked"]
    assert both.records[::2] == plain.records and plain.notes == [] and both.notes == [NOTE]
    assert {(c.a, c.b) for c in both.comparisons if "re-ranked" in c.a} == {
        (f"features + {name}, re-ranked", f"features + {name}") for name in ("euclidean", "xqda")
    }
    assert "euclidean, re-ranked" in (tmp_path / "both" / "report.html").read_text()
    assert Results.load(tmp_path / "both" / "results.json").records == both.records


class Own(ColourExtractor):
    """Colour that matches by Euclid as if by a way of its own."""

    def distance(self, query: TrackletSet, gallery: TrackletSet) -> NDArray[np.float64]:
        return Euclidean().distance(self.extract(query), self.extract(gallery))


def test_own_matching_and_features_re_rank_alike(tmp_path: Path) -> None:
    options = {"domain": "prid", "people": 16, "frames": [2, 2]}
    split = open_dataset("synthetic", None, **options).split("0")
    query, gallery = (ColourExtractor().extract(part) for part in (split.query, split.gallery))
    entry = Entry("prid", split, "colour", "", "own", 0, True)
    matching, numbers = own_matching(Own(), split)
    first, _ = score_reranked(entry, matching, numbers, Own())
    features = SplitFeatures(query[:0], query, gallery, split.train)
    second, _ = score_reranked(entry, Euclidean().fit(gallery), features)
    assert first == second and first.metric == "own, re-ranked"
    with pytest.raises(RecipeError, match="needs the method"):
        score_reranked(entry, matching, numbers)
