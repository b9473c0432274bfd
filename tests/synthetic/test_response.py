"""A camera's response on views of any size."""

from __future__ import annotations

import numpy as np
import pytest

from resight.synthetic.response import develop


@pytest.mark.parametrize(("height", "width", "start"), [(2, 3, 0), (5, 4, 7), (20, 30, 97), (20, 30, 10**6)])
def test_a_view_larger_than_the_noise_begins_it_anew(height: int, width: int, start: int) -> None:
    """A whole scene has more values than there is noise: it must not be read beyond its end."""
    rng = np.random.default_rng(0)
    grain = rng.standard_normal(100, dtype=np.float32)
    linear = np.full((height, width, 3), 0.5, np.float32)
    picture = np.empty((height, width, 3), np.uint8)
    curve = np.linspace(0, 255, 1024, dtype=np.float32)
    develop(linear, np.eye(3, dtype=np.float32), curve, 4.0, grain, start, picture)
    size = 3 * height * width
    begin = start % (100 - size) if size < 100 else start % 100
    noise = np.resize(np.roll(grain, -begin), size).reshape(height, width, 3)
    np.testing.assert_allclose(picture, curve[511] + 4 * noise, atol=0.51)
