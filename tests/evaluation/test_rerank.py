from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from resight.errors import InputError
from resight.evaluation import evaluate, ranking
from resight.evaluation.rerank import rerank, rerank_features
from resight.metrics import XQDA, Euclidean
from tests.reference import rerank as slow


def made(n_query: int, n_gallery: int, seed: int, dims: int = 5) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    people = rng.integers(0, max(2, n_gallery // 5), n_query + n_gallery)
    rows = rng.normal(size=(people.max() + 1, dims))[people] + 0.6 * rng.normal(size=(len(people), dims))
    both = np.square(rows[:, None] - rows[None]).sum(2)
    return rows, people, both


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 25), st.integers(0, 99), st.integers(1, 12), st.integers(1, 6), st.floats(0, 1)
)
def test_it_is_the_publication_step_by_step(
    n_query: int, n_gallery: int, seed: int, k1: int, k2: int, weight: float
) -> None:
    _, _, both = made(n_query, n_gallery, seed)
    k2 = min(k1, k2)
    found = rerank(both[:n_query, n_query:], both[:n_query, :n_query], both[n_query:, n_query:], k1, k2, weight)
    assert_allclose(found, slow.rerank(both, n_query, k1, k2, weight), atol=1e-12)


def test_ties_and_equal_tracklets(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 3, (30, 2)).astype(float)
    both = np.square(rows[:, None] - rows[None]).sum(2)
    wanted = slow.rerank(both, 8, 5, 3, 0.3)
    parts = both[:8, 8:], both[:8, :8], both[8:, 8:]
    assert_allclose(rerank(*parts, 5, 3), wanted, atol=1e-12)
    monkeypatch.setattr("resight.evaluation.rerank.BLOCK_BYTES", 8 * 30 * 7)  # blocks of 7 rows, across both parts
    assert_allclose(rerank(*parts, 5, 3), wanted, atol=1e-12)
    assert ranking.BLOCK_BYTES > 8 * 30 * 7


def test_features_and_matrices_agree_and_a_weight_of_one_changes_no_rank() -> None:
    rows, _, _ = made(12, 40, 3)
    metric = Euclidean().fit(rows)
    query, gallery = rows[:12], rows[12:]
    parts = (metric.distance(query, gallery), metric.distance(query, query), metric.distance(gallery, gallery))
    assert_allclose(rerank_features(query, gallery, metric), rerank(*parts), atol=1e-9)
    kept = rerank_features(query, gallery, metric, weight=1.0)
    assert (kept.argsort(1, kind="stable") == parts[0].argsort(1, kind="stable")).all()


def test_distances_below_zero_keep_their_order() -> None:
    rows, people, _ = made(20, 60, 4)
    metric = XQDA(solver="svd").fit(rows, people)
    metric.metric_ = metric.metric_ - 0.5 * np.eye(len(metric.metric_))  # far from positive
    original = metric.distance(rows[:20], rows[20:])
    assert original.min() < 0
    found = rerank_features(rows[:20], rows[20:], metric, weight=1.0)
    assert (found.argsort(1, kind="stable") == original.argsort(1, kind="stable")).all()
    assert np.isfinite(rerank_features(rows[:20], rows[20:], metric)).all()


def test_it_finds_what_neighbours_know() -> None:
    """People who drift from one gallery tracklet to the next: neighbours lead from the query to the far ones."""
    rng = np.random.default_rng(5)
    people = np.repeat(np.arange(30), 9)
    rows = rng.normal(size=(30, 16))[people] + rng.normal(size=(270, 16)) * 0.7
    query = np.arange(0, 270, 9)
    gallery = np.setdiff1d(np.arange(270), query)
    before = Euclidean().distance(rows[query], rows[gallery])
    after = rerank_features(rows[query], rows[gallery], Euclidean().fit(rows), k1=8, k2=3)
    first, second = (
        evaluate(d, people[query], people[gallery], np.zeros(30, int), np.ones(240, int)).mean_ap
        for d in (before, after)
    )
    assert second > first + 0.02, (first, second)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"query_query": np.zeros((2, 3))}, "have shapes"),
        ({"query_gallery": np.full((3, 5), np.nan)}, "NaN or infinite"),
        ({"k2": 30}, "k2 <= k1"),
        ({"weight": 1.5}, "weight from 0 to 1"),
    ],
)
def test_what_does_not_fit_is_said(change: dict[str, Any], sentence: str) -> None:
    arguments = {
        "query_gallery": np.ones((3, 5)),
        "query_query": np.ones((3, 3)),
        "gallery_gallery": np.ones((5, 5)),
    }
    with pytest.raises(InputError, match=sentence):
        rerank(**(arguments | change))
