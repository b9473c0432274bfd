from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from resight.errors import WeightsError
from resight.features.projection import Kind, Projection, fit_projection, random_signs


def samples(n: int = 40, d: int = 300) -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, d)) * np.linspace(1, 5, d) + 3).astype(np.float32)


@pytest.mark.parametrize("kind", ["random", "pca"])
def test_training_samples_end_standardised(kind: Kind) -> None:
    made = samples()
    found = fit_projection(made.copy(), kind, 12, seed=1)(made)
    assert found.shape == (40, 12) and found.dtype == np.float32
    assert_allclose(found.mean(0), 0, atol=1e-4)
    if kind == "random":
        assert_allclose(found.std(0), 1, atol=1e-4)
    else:
        assert found.var(0).mean() == pytest.approx(1, abs=1e-4)


def test_principal_directions_are_scikit_learns() -> None:
    made = samples()
    found = fit_projection(made.copy(), "pca", 12, seed=0)
    reference = PCA(12, svd_solver="full").fit(made.astype(np.float64))
    expected = reference.transform(made) / np.sqrt(reference.explained_variance_.mean() * 39 / 40)
    signs = np.sign((found(made) * expected).sum(0))
    assert_allclose(found(made) * signs, expected, atol=1e-3)


def test_there_are_no_more_principal_directions_than_samples_span() -> None:
    assert fit_projection(samples(n=6), "pca", 12, seed=0).directions.shape == (300, 5)


def test_random_directions_are_sparse_signs_that_follow_from_the_seed() -> None:
    found = random_signs(300, 50, seed=3).toarray()
    assert found.shape == (300, 50) and set(np.unique(found)) == {-1, 0, 1}
    assert ((found != 0).sum(0) == 17).all()
    assert_array_equal(random_signs(300, 50, seed=3).toarray(), found)
    assert (random_signs(300, 50, seed=4).toarray() != found).any()


def test_random_directions_keep_distances_on_average() -> None:
    values = np.random.default_rng(5).normal(size=(20, 300))
    mapped = values @ random_signs(300, 4000, seed=0).toarray() / np.sqrt(17 * 4000 / 300)
    first, second = np.triu_indices(20, 1)
    before = ((values[first] - values[second]) ** 2).sum(1)
    after = ((mapped[first] - mapped[second]) ** 2).sum(1)
    assert_allclose(after, before, rtol=0.15)


@pytest.mark.parametrize("kind", ["random", "pca"])
def test_it_is_kept_in_a_file(kind: Kind, tmp_path: Path) -> None:
    made, path = samples(), tmp_path / "projection.safetensors"
    projection = fit_projection(made.copy(), kind, 12, seed=1)
    projection.save(path)
    again = Projection.load(path)
    assert_array_equal(again(made), projection(made))
    assert again.digest() == projection.digest() != fit_projection(made.copy(), kind, 11, seed=1).digest()
    path.write_bytes(b"other")
    with pytest.raises(WeightsError, match="not a projection"):
        Projection.load(path)
