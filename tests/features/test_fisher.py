from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from resight.errors import InputError
from resight.features.fisher import CHUNK, FisherEncoder, learn_encoder
from tests.reference import fisher as slow


def made_encoder(rng: np.random.Generator, size: int, axes: int, gaussians: int) -> FisherEncoder:
    weights = rng.uniform(0.1, 1, gaussians)
    return FisherEncoder(
        rng.normal(0, 1, size),
        np.linalg.qr(rng.normal(0, 1, (size, axes)))[0],
        weights / weights.sum(),
        rng.normal(0, 1, (gaussians, axes)),
        rng.uniform(0.05, 2, (gaussians, axes)),
    )


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 9), st.integers(1, 5), st.integers(1, 6))
def test_a_fisher_vector_is_its_definition(seed: int, count: int, axes: int, gaussians: int) -> None:
    rng = np.random.default_rng(seed)
    encoder = made_encoder(rng, axes + 2, axes, gaussians)
    descriptors = rng.normal(0, 1.5, (count, axes + 2)).astype(np.float32)
    found = encoder.encode(descriptors)
    assert found.shape == (encoder.size,) == (2 * axes * gaussians,) and found.dtype == np.float32
    assert_allclose(found, slow.encode(encoder, descriptors.astype(np.float64)), atol=1e-5)


def test_many_descriptors_are_taken_in_parts_and_their_order_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    encoder = made_encoder(rng, 5, 4, 3)
    descriptors = rng.normal(0, 1, (2 * CHUNK + 17, 5)).astype(np.float32)
    found = encoder.encode(descriptors)
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)
    assert_allclose(encoder.encode(descriptors[rng.permutation(len(descriptors))]), found, atol=1e-6)
    assert_allclose(encoder.encode(np.concatenate([descriptors, descriptors])), found, atol=1e-6)


def test_a_shift_pulls_at_the_means_along_it() -> None:
    rng = np.random.default_rng(1)
    encoder = made_encoder(rng, 3, 3, 2)
    which = rng.choice(2, 20_000, p=encoder.weights)
    drawn = encoder.means[which] + np.sqrt(encoder.variances[which]) * rng.normal(0, 1, (len(which), 3))
    drawn[:, 0] += 0.5
    by_mean = encoder.encode((drawn @ encoder.axes.T + encoder.centre).astype(np.float32))[:6].reshape(2, 3)
    assert (by_mean[:, 0] > 0).all()
    assert (by_mean[:, 0] ** 2).sum() > (by_mean[:, 1:] ** 2).sum(), "more than in all other directions together"


def test_axes_and_mixture_are_found_again_and_depend_on_the_seed_alone() -> None:
    rng = np.random.default_rng(2)
    which = rng.choice(3, 6000, p=[0.5, 0.3, 0.2])
    centres = np.array([[0, 0, 0.0], [6, 0, 0], [0, 8, 0]])
    rows = (centres[which] + rng.normal(0, [0.5, 0.5, 0.01], (6000, 3))).astype(np.float32)
    encoder = learn_encoder(rows, 2, 3, 3, 1e-8, seed=0)
    again = learn_encoder(rows, 2, 3, 3, 1e-8, seed=0)
    assert all((getattr(encoder, name) == getattr(again, name)).all() for name in ("weights", "means", "variances"))
    assert_allclose(np.sort(encoder.weights), [0.2, 0.3, 0.5], atol=0.02)
    assert_allclose(encoder.variances, 0.25, atol=0.03)
    found = np.sort((encoder.means @ encoder.axes.T + encoder.centre)[:, :2].sum(1))
    assert_allclose(found, [0, 6, 8], atol=0.1)
    assert encoder.parameters == 3 + 6 + 3 + 12


def test_too_few_or_broken_descriptors_are_refused() -> None:
    with pytest.raises(InputError, match="32 Gaussians"):
        learn_encoder(np.zeros((5, 3), np.float32), 2, 32, 1, 1e-8, 0)
    with pytest.raises(InputError, match="finite"):
        learn_encoder(np.full((50, 3), np.nan, np.float32), 2, 4, 1, 1e-8, 0)
