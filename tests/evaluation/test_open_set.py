from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from resight.errors import InputError
from resight.evaluation import evaluate, evaluate_open_set
from tests.reference import open_set as slow


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    far=st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.5, 1.0]),
    levels=st.sampled_from([2, 6, 1000]),
)
def test_the_rates_equal_those_of_every_threshold_tried(seed: int, far: float, levels: int) -> None:
    rng = np.random.default_rng(seed)
    n_query, n_gallery = int(rng.integers(2, 15)), int(rng.integers(1, 20))
    distance = rng.integers(0, levels, (n_query, n_gallery)) / 8
    sides = [rng.integers(1, 7, n) for n in (n_query, n_gallery)] + [
        rng.integers(1, 3, n) for n in (n_query, n_gallery)
    ]
    try:
        result = evaluate_open_set(distance, *sides, far=[far], max_rank=3)
    except InputError as error:
        assert "with a true match and without" in str(error)
        return
    for rank in (1, 2, 3):
        dir_, reached, _ = slow.evaluate(distance, *sides, far, rank)
        assert result.dir[0, rank - 1] == pytest.approx(dir_)
        assert result.reached[0] == pytest.approx(reached)
    assert result.reached[0] <= far


def test_by_hand() -> None:
    # Two people are there (1 and 2), two impostors (8 and 9) come as near as 2 and 4.
    distance = [[1.0, 5.0, 6.0], [5.0, 3.0, 6.0], [2.0, 9.0, 9.0], [4.0, 9.0, 9.0]]
    sides = [1, 2, 8, 9], [1, 2, 3], [1, 1, 1, 1], [2, 2, 2]
    result = evaluate_open_set(distance, *sides, far=[0.0, 0.5, 1.0], max_rank=2)
    assert (result.n_genuine, result.n_impostors) == (2, 2)
    assert result.threshold.tolist() == [2, 4, np.inf]
    assert result.reached.tolist() == [0, 0.5, 1]
    assert result.dir[:, 0].tolist() == [0.5, 1, 1]


def test_where_all_are_accepted_it_is_the_closed_set_s_cmc() -> None:
    rng = np.random.default_rng(3)
    distance = rng.integers(0, 20, (30, 40)).astype(float)
    sides = rng.integers(1, 15, 30), rng.integers(1, 12, 40), rng.integers(1, 3, 30), rng.integers(1, 3, 40)
    result = evaluate_open_set(distance, *sides, far=[1.0], max_rank=40)
    closed = evaluate(distance, *sides)
    assert closed.n_valid == result.n_genuine < 30
    assert_allclose(result.dir[0], closed.cmc)
    assert (np.diff(result.dir[0]) >= 0).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"far": [1.5]}, "rates lie between 0 and 1"),
        ({"far": []}, "rates lie between 0 and 1"),
        ({"max_rank": 0}, "ranks start at 1"),
        ({"distance": np.zeros((2, 2))}, r"shape \(2, 2\)"),
        ({"distance": np.full((3, 2), np.nan)}, "NaN or infinite"),
        ({"query_ids": [1, 2, 1]}, "with a true match and without: 3 and 0"),
        ({"query_ids": [7, 8, 9]}, "with a true match and without: 0 and 3"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "distance": np.arange(6.0).reshape(3, 2),
        "query_ids": [1, 2, 9],
        "gallery_ids": [1, 2],
        "query_cameras": [1, 1, 1],
        "gallery_cameras": [2, 2],
    }
    assert evaluate_open_set(**arguments).n_impostors == 1
    with pytest.raises(InputError, match=message):
        evaluate_open_set(**(arguments | change))
