from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from resight.metrics.fragment_sets import set_distances
from tests.reference.fragment_sets import set_distance


def test_each_fragment_goes_to_its_nearest_by_hand() -> None:
    distances = np.array([[4.0, 1.0, 7.0], [2.0, 9.0, 3.0]])
    owners = np.zeros(2, np.int64), np.zeros(3, np.int64)
    same = np.ones(2, np.int64), np.ones(3, np.int64)
    # Rows to their nearest: 1, 2; columns: 2, 1, 3; five fragments in all.
    assert_allclose(set_distances(distances, owners, same), [[9 / 5]])
    # The second row goes the other way, as the last column does: 4, 1 of the first; 3 of the last pair, counted twice.
    turned = np.array([1, -1]), np.array([1, 1, -1])
    assert_allclose(set_distances(distances, owners, turned), [[(1 + 3 + 4 + 1 + 3) / 5]])
    # A column that goes a way of its own has no partner and is left out.
    assert_allclose(set_distances(distances, owners, (np.array([1, 1]), np.array([1, 1, 0]))), [[(1 + 2 + 2 + 1) / 4]])
    # Nobody goes the same way: the direction is ignored.
    assert_allclose(set_distances(distances, owners, (np.array([1, 1]), np.array([-1, -1, 0]))), [[9 / 5]])


sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@given(sizes, sizes, st.integers(0, 2**31))
def test_many_sets_at_once_are_pair_by_pair_the_same(first: list[int], second: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    distances = rng.normal(0, 1, (sum(first), sum(second)))
    owners = np.repeat(np.arange(len(first)), first), np.repeat(np.arange(len(second)), second)
    directions = rng.integers(-1, 2, sum(first)), rng.integers(-1, 2, sum(second))
    found = set_distances(distances, owners, directions)
    assert found.shape == (len(first), len(second))
    for i in range(len(first)):
        for j in range(len(second)):
            rows, columns = owners[0] == i, owners[1] == j
            slow = set_distance(
                distances[np.ix_(rows, columns)], directions[0][rows].tolist(), directions[1][columns].tolist()
            )
            assert_allclose(found[i, j], slow, atol=1e-12)
